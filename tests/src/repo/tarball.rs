//! The tree id that git gives what a tarball unpacks to.
//!
//! GNU tar unpacks and git hashes, so that nothing of the program under test judges itself. A tar
//! cannot carry a submodule's commit: those come from the caller, and their directories must be there.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

use super::{EMPTY_TREE, Git, raw};
use crate::scratch::Scratch;
use crate::tools::run;

/// A tarball on disk.
#[derive(Debug)]
pub struct Unpacked {
    /// The name of its one top directory.
    pub top: String,
    scratch: Scratch,
}

impl Unpacked {
    /// The top directory.
    pub fn dir(&self) -> PathBuf {
        self.scratch.join("x").join(&self.top)
    }
}

/// Unpacks with the real tar; panics unless there is exactly one top directory and nothing beside it.
#[track_caller]
pub fn unpack(tar_gz: &[u8]) -> Unpacked {
    let scratch = Scratch::new("unpack");
    scratch.write("x.tar.gz", tar_gz);
    fs::create_dir_all(scratch.join("x")).expect("scratch directories can be made");
    let arguments = ["--no-same-owner", "-xzf", "x.tar.gz", "-C", "x"];
    run(Path::new("tar"), &arguments, scratch.path());
    let listed = fs::read_dir(scratch.join("x")).expect("it was made");
    let names: Vec<_> = listed.flatten().map(|entry| entry.file_name()).collect();
    let [top] = &names[..] else {
        panic!("one top directory, not {names:?}")
    };
    let top = top.to_str().expect("a top directory in UTF-8").to_owned();
    assert!(
        scratch.join("x").join(&top).is_dir(),
        "{top} is a directory"
    );
    Unpacked { top, scratch }
}

/// The tree id of a tarball without its top directory; `submodules` are paths and commits.
#[track_caller]
pub fn tree_of_tarball(git: &Git, tar_gz: &[u8], submodules: &[(Vec<u8>, String)]) -> String {
    let unpacked = unpack(tar_gz);
    let dir = unpacked.dir();
    let tree = tree_of_directory(git, &dir, submodules);
    let repository = dir.join(".git");
    let empty = empty_directories(&dir, &repository)
        .into_iter()
        .filter(|path| submodules.iter().all(|(module, _)| module != path));
    empty.fold(tree, |tree, path| graft(git, &dir, &tree, &path))
}

fn tree_of_directory(git: &Git, dir: &Path, submodules: &[(Vec<u8>, String)]) -> String {
    assert!(!dir.join(".git").exists(), "a tarball with a .git in it");
    git.run(dir, &["init", "--quiet"]);
    // Stronger than what a package says itself of line ends and filters.
    fs::create_dir_all(dir.join(".git/info")).expect("git made a directory");
    fs::write(
        dir.join(".git/info/attributes"),
        "* -text -filter -ident -working-tree-encoding\n",
    )
    .expect("ours");
    for (path, _) in submodules {
        let listed = fs::read_dir(dir.join(OsStr::from_bytes(path)));
        let entries = listed.unwrap_or_else(|error| panic!("{}: {error}", path.escape_ascii()));
        assert_eq!(entries.count(), 0, "{} is empty", path.escape_ascii());
    }
    git.run(dir, &["add", "-A", "-f", "."]);
    for (path, commit) in submodules {
        let entry = [format!("160000,{commit},").as_bytes(), path].concat();
        let arguments = ["update-index", "--add", "--cacheinfo"].map(OsStr::new);
        let arguments = [&arguments[..], &[OsStr::from_bytes(&entry)]].concat();
        git.feed(dir, &arguments, b"");
    }
    git.run(dir, &["write-tree"])
}

/// Directories without entries, as paths below `root`, which git's index cannot have.
fn empty_directories(root: &Path, but: &Path) -> Vec<Vec<u8>> {
    let (mut found, mut open) = (Vec::new(), vec![root.to_path_buf()]);
    while let Some(dir) = open.pop() {
        let entries: Vec<_> = fs::read_dir(&dir).expect("ours").flatten().collect();
        if entries.is_empty() {
            let below = dir.strip_prefix(root).expect("it is below").to_path_buf();
            found.push(below.into_os_string().into_vec());
        }
        let below = entries
            .iter()
            .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()))
            .map(fs::DirEntry::path);
        open.extend(below.filter(|path| path != but));
    }
    found
}

/// The tree with an empty tree more.
fn graft(git: &Git, dir: &Path, tree: &str, path: &[u8]) -> String {
    let slash = path.iter().position(|byte| *byte == b'/');
    let (name, rest) = match slash {
        Some(at) => (&path[..at], Some(&path[at + 1..])),
        None => (path, None),
    };
    let listed = git.feed(dir, &["ls-tree", "-z", tree], b"");
    let mut entries: Vec<&[u8]> = listed.split(|byte| *byte == 0).collect();
    entries.retain(|entry| !entry.is_empty());
    let is_named = |entry: &&[u8]| entry.splitn(2, |byte| *byte == b'\t').nth(1) == Some(name);
    let old = entries.iter().copied().find(is_named);
    let old = old
        .and_then(|entry| entry.get(12..52))
        .map(String::from_utf8_lossy);
    let new = rest.map_or(EMPTY_TREE.into(), |rest| {
        graft(git, dir, &old.unwrap_or(EMPTY_TREE.into()), rest)
    });
    assert_eq!(raw(&new).len(), 20);
    entries.retain(|entry| !is_named(entry));
    let added = [format!("040000 tree {new}\t").as_bytes(), name].concat();
    entries.push(&added);
    let input = [entries.join(&0), vec![0]].concat();
    let printed = git.feed(dir, &["mktree", "-z", "--missing"], &input);
    super::id(&printed)
}
