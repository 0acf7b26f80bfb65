//! Git repositories, made by the real git: the same objects with the same ids on every machine.
//!
//! * [`Git`]: the program, shielded from this machine's and this user's settings.
//! * [`Repo`]: a bare repository and its objects, written one by one.
//! * [`Files`]: what a commit holds.
//! * [`fixtures`]: repositories with all that tags, trees and packs can have; [`hostile`]: with what
//!   they should not have.
//! * [`tree_of_tarball`]: the tree id that git gives what a tarball unpacks to.
//!
//! Names, e-mail addresses and dates are fixed, so that ids can be compared across runs. It refuses
//! to touch a repository that a test has not made, and to use the network.

mod files;
pub mod fixtures;
pub mod hostile;
mod program;
mod tarball;

use std::fs;
use std::path::{Path, PathBuf};

pub use files::{Files, Node};
pub(crate) use program::shielded;
pub use program::{Git, git};
pub use tarball::{Unpacked, tree_of_tarball, unpack};

/// The id of the tree without entries.
pub const EMPTY_TREE: &str = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";
/// A commit that no repository here has, for submodules.
pub const ELSEWHERE: &str = "7b8fbec15a71714619a7e06d617045ffdd6d176b";

/// A bare repository.
#[derive(Clone, Debug)]
pub struct Repo {
    git: Git,
    dir: PathBuf,
}

impl Repo {
    /// Makes an empty one in a directory that is not there yet.
    pub fn create(git: &Git, dir: &Path) -> Self {
        fs::create_dir_all(dir).expect("scratch directories can be made");
        git.run(dir, &["init", "--quiet", "--bare", "."]);
        Self {
            git: git.clone(),
            dir: dir.to_path_buf(),
        }
    }

    /// Its directory.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Runs git in it and returns what it printed, without the line's end; panics unless it succeeds.
    #[track_caller]
    pub fn git(&self, arguments: &[&str]) -> String {
        self.git.run(&self.dir, arguments)
    }

    /// The same with standard input, byte for byte.
    #[track_caller]
    pub fn feed(&self, arguments: &[&str], input: &[u8]) -> Vec<u8> {
        self.git.feed(&self.dir, arguments, input)
    }

    /// Writes an object, sound or not, and returns its id.
    #[track_caller]
    pub fn object(&self, kind: &str, bytes: &[u8]) -> String {
        let arguments = ["hash-object", "-w", "--stdin", "--literally", "-t", kind];
        id(&self.feed(&arguments, bytes))
    }

    /// Writes a tree of entries (mode, name, id) in just this order, sound or not.
    #[track_caller]
    pub fn tree(&self, entries: &[(&str, &[u8], &str)]) -> String {
        let mut bytes = Vec::new();
        for (mode, name, id) in entries {
            bytes.extend_from_slice(mode.as_bytes());
            bytes.push(b' ');
            bytes.extend_from_slice(name);
            bytes.push(0);
            bytes.extend(raw(id));
        }
        self.object("tree", &bytes)
    }

    /// Writes a commit of a tree.
    #[track_caller]
    pub fn commit_tree(&self, tree: &str, parent: Option<&str>) -> String {
        let mut arguments = vec!["commit-tree", "-m", "A commit", tree];
        arguments.extend(parent.into_iter().flat_map(|parent| ["-p", parent]));
        self.git(&arguments)
    }

    /// Writes a commit of these files.
    #[track_caller]
    pub fn commit(&self, files: &Files, parent: Option<&str>) -> String {
        let stream = files.stream("refs/heads/import", parent);
        self.feed(&["fast-import", "--quiet", "--force"], &stream);
        self.git(&["rev-parse", "refs/heads/import"])
    }

    /// Lets the branch `main`, which is HEAD, be at a commit.
    pub fn set_main(&self, commit: &str) {
        self.git(&["update-ref", "refs/heads/main", commit]);
    }

    /// Makes a light tag, or moves one.
    #[track_caller]
    pub fn light_tag(&self, name: &str, id: &str) {
        self.git(&["update-ref", &format!("refs/tags/{name}"), id]);
    }

    /// Makes an annotated tag of any object, or moves one, and returns the tag object's id.
    #[track_caller]
    pub fn annotated_tag(&self, name: &str, id: &str) -> String {
        let kind = self.git(&["cat-file", "-t", id]);
        let bytes = format!(
            "object {id}\ntype {kind}\ntag {name}\ntagger {} <{}> {}\n\nRelease {name}\n",
            program::NAME,
            program::EMAIL,
            program::DATE,
        );
        let tag = self.object("tag", bytes.as_bytes());
        self.light_tag(name, &tag);
        tag
    }

    /// Commits files without parent and tags them lightly; the commit.
    #[track_caller]
    pub fn release(&self, tag: &str, files: &Files) -> String {
        let commit = self.commit(files, None);
        self.light_tag(tag, &commit);
        self.set_main(&commit);
        commit
    }

    /// Removes a tag.
    pub fn remove_tag(&self, name: &str) {
        self.git(&["update-ref", "-d", &format!("refs/tags/{name}")]);
    }

    /// The id of the tree that a tag comes to.
    #[track_caller]
    pub fn tree_of(&self, tag: &str) -> String {
        self.peel(tag, "tree")
    }

    /// The id of the commit that a tag comes to.
    #[track_caller]
    pub fn commit_of(&self, tag: &str) -> String {
        self.peel(tag, "commit")
    }

    /// The id that a tag's reference has: of a tag object if it is annotated.
    #[track_caller]
    pub fn reference(&self, tag: &str) -> String {
        self.git(&["rev-parse", "--verify", &format!("refs/tags/{tag}")])
    }

    #[track_caller]
    fn peel(&self, tag: &str, kind: &str) -> String {
        let name = format!("refs/tags/{tag}^{{{kind}}}");
        self.git(&["rev-parse", "--verify", &name])
    }

    /// An object's bytes without its header.
    #[track_caller]
    pub fn bytes_of(&self, kind: &str, id: &str) -> Vec<u8> {
        self.feed(&["cat-file", kind, id], b"")
    }

    /// All tags, sorted by their bytes.
    pub fn tags(&self) -> Vec<String> {
        let listed = self.git(&["for-each-ref", "--format=%(refname:strip=2)", "refs/tags"]);
        listed.lines().map(String::from).collect()
    }

    /// The submodules of a tag: path and commit.
    pub fn submodules(&self, tag: &str) -> Vec<(Vec<u8>, String)> {
        let listed = self.feed(&["ls-tree", "-r", "-z", &format!("refs/tags/{tag}")], b"");
        let entries = listed.split(|byte| *byte == 0);
        let module = |entry: &[u8]| {
            let rest = entry.strip_prefix(b"160000 commit ")?;
            let (id, path) = rest.split_at_checked(40)?;
            Some((path.get(1..)?.to_vec(), String::from_utf8_lossy(id).into()))
        };
        entries.filter_map(module).collect()
    }

    /// A pack of all that one commit needs and nothing of its history, deltas by their bases' ids.
    pub fn pack_of(&self, commit: &str) -> Vec<u8> {
        let objects = self.git(&["rev-list", "--objects", "--no-object-names", "-1", commit]);
        self.feed(&["pack-objects", "--quiet", "--stdout"], objects.as_bytes())
    }
}

/// The id that a program printed.
fn id(printed: &[u8]) -> String {
    String::from_utf8_lossy(printed).trim().into()
}

/// The twenty bytes of an id.
fn raw(id: &str) -> Vec<u8> {
    let digits = |at: usize| u8::from_str_radix(&id[at..at + 2], 16).expect("an id in hex");
    (0..id.len()).step_by(2).map(digits).collect()
}

#[cfg(test)]
mod tests;
