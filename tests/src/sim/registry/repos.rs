//! The repositories of the virtual Git hosts: small, in generations, made once.
//!
//! From one generation to the next a tag moves, appears or vanishes. What a tag's tarball has to be
//! is made here from the files themselves, with the core's writer but by no other part of an ingest;
//! that it is the commit's tree is proven by the tests of this module.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use zigdepot_core::registry::prefix::Prefix;
use zigdepot_core::registry::tarball::Tarball;

use super::super::catalog::Genuine;
use super::super::random::Random;
pub use super::id::{Id, hex, unhex};
use super::sha1::sha1;

/// The kinds of objects, as packs number them.
pub const COMMIT: u8 = 1;
/// A directory.
pub const TREE: u8 = 2;
/// A file's content.
pub const BLOB: u8 = 3;
/// An annotated tag.
pub const TAG: u8 = 4;

/// An object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Object {
    /// What it is.
    pub kind: u8,
    /// Its bytes.
    pub content: Vec<u8>,
}

/// What a tag names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Target {
    /// The reference's object.
    pub id: Id,
    /// The commit that it leads to.
    pub commit: Id,
}

/// A repository.
#[derive(Debug)]
pub struct Repo {
    /// Its path on every host.
    pub path: &'static str,
    /// The package that it makes.
    pub package: &'static str,
    /// It speaks no newer protocol than 0.
    pub is_old: bool,
    /// All objects that it ever has.
    pub objects: BTreeMap<Id, Object>,
    /// The tags, in turn.
    pub generations: Vec<BTreeMap<&'static str, Target>>,
    /// The tarballs that were right at some time, by tag and commit.
    pub tarballs: BTreeMap<(&'static str, Id), Vec<u8>>,
}

/// A project in three generations: a tag moves, one appears, one vanishes.
pub const HELLO: &str = "/a/hello";
/// Another project of the same name.
pub const RIVAL: &str = "/b/hello";
/// A project on a server of protocol 0.
pub const TOOL: &str = "/a/tool";
/// A project of which each second tag cannot be published.
pub const ODD: &str = "/a/odd";

/// A project of very many tags, of which each second one is another's, signed.
pub const CROWD: &str = "/a/crowd";
/// Commits of that project.
pub const CROWD_COMMITS: u64 = 60;

/// All repositories; the same in every run.
pub static REPOS: LazyLock<[Repo; 5]> = LazyLock::new(|| {
    [
        Repo::new(
            (HELLO, "hello", false),
            &[
                &[("v1.0.0", 1), ("v1.1.0", 102)],
                &[("v1.0.0", 1), ("v1.1.0", 103), ("v2.0.0", 4)],
                &[("v1.1.0", 103), ("v2.0.0", 4), ("release/v3", 105)],
            ],
        ),
        Repo::new(
            (RIVAL, "hello", false),
            &[&[("v1.0.0", 11), ("v9.0.0", 112)]],
        ),
        Repo::new(
            (TOOL, "tool", true),
            &[
                &[("v0.1.0", 21)],
                &[("v0.1.0", 21), ("v0.2.0", 122)],
                &[("v0.1.0", 23), ("v0.2.0", 122)],
            ],
        ),
        Repo::new(
            (ODD, "odd", false),
            &[&[("v1", 31), ("v2", 999), ("v3", 33), ("a..b", 31)]],
        ),
        Repo::new((CROWD, "crowd", false), &[&crowd()]),
    ]
});

/// A tag and a signed one for each commit.
fn crowd() -> Vec<(&'static str, u64)> {
    let name = |text: String| -> &'static str { text.leak() };
    let both = |number| {
        let (plain, signed) = (format!("v0.{number}.0"), format!("v0.{number}.0-signed"));
        [(name(plain), number), (name(signed), 100 + number)]
    };
    (1..=CROWD_COMMITS).flat_map(both).collect()
}

/// The repository at this path.
pub fn find(path: &str) -> Option<&'static Repo> {
    REPOS.iter().find(|repo| repo.path == path)
}

/// What a file of the store below `p/` may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part<'a> {
    /// A tarball: its package and tag.
    Tarball(&'a str, &'a str),
    /// A manifest.
    Manifest(&'a str, &'a str),
    /// Where the package comes from.
    Upstream(&'a str),
}

impl<'a> Part<'a> {
    /// Reads a path of the store; the tags here need nothing undone but `%2F`.
    pub fn of(path: &'a str) -> Option<Self> {
        let (package, rest) = path.strip_prefix("p/")?.split_once('/')?;
        if rest == "upstream.json" {
            return Some(Self::Upstream(package));
        }
        let name = rest.strip_prefix("tag/")?;
        let tarball = name.strip_suffix(".tar.gz");
        let tarball = tarball.map(|tag| Self::Tarball(package, tag));
        let manifest = name.strip_suffix(".manifest.json");
        tarball.or(manifest.map(|tag| Self::Manifest(package, tag)))
    }
}

/// All contents that a tarball may have, with the commits that they are.
pub fn tarballs<'a>(package: &'a str, tag: &'a str) -> impl Iterator<Item = (Id, &'static [u8])> {
    let tag = tag.replace("%2F", "/");
    let own = REPOS.iter().filter(move |repo| repo.package == package);
    own.flat_map(move |repo| {
        let tag = tag.clone();
        let of_tag = repo
            .tarballs
            .iter()
            .filter(move |((own, _), _)| *own == tag);
        of_tag.map(|((_, commit), bytes)| (*commit, bytes.as_slice()))
    })
}

/// The tarballs by the path of a request.
pub static SERVED: LazyLock<BTreeMap<String, Vec<Genuine>>> = LazyLock::new(|| {
    let mut served: BTreeMap<String, Vec<Genuine>> = BTreeMap::new();
    for repo in REPOS.iter() {
        for ((tag, _), bytes) in &repo.tarballs {
            let path = format!("p/{}/tag/{tag}.tar.gz", repo.package);
            let genuine = Genuine::plain(bytes.clone());
            served.entry(path).or_default().push(genuine);
        }
    }
    served
});

/// A file, link or directory of a tree.
enum Entry {
    File(Vec<u8>, bool),
    Link(&'static str),
    Submodule(Id),
    Empty,
}

/// Paths in the order of bytes; that of an empty directory ends with a slash.
type Files = BTreeMap<String, Entry>;

impl Repo {
    fn new(
        (path, package, is_old): (&'static str, &'static str, bool),
        generations: &[&[(&'static str, u64)]],
    ) -> Self {
        let mut repo = Self {
            path,
            package,
            is_old,
            objects: BTreeMap::new(),
            generations: Vec::new(),
            tarballs: BTreeMap::new(),
        };
        for tags in generations {
            let named = tags
                .iter()
                .map(|(tag, number)| (*tag, repo.tag(tag, *number)));
            let named: BTreeMap<_, _> = named.collect::<Vec<_>>().into_iter().collect();
            repo.generations.push(named);
        }
        repo
    }

    fn add(&mut self, kind: u8, content: Vec<u8>) -> Id {
        let id = id_of(kind, &content);
        self.objects.insert(id, Object { kind, content });
        id
    }

    /// From 100 on tags are annotated; 999 is a tree that nobody could unpack.
    fn tag(&mut self, tag: &'static str, number: u64) -> Target {
        if number == 999 {
            let blob = self.add(BLOB, b"hook".to_vec());
            let tree = self.add(TREE, [b"100644 .git\0", &blob[..]].concat());
            let id = self.commit(tree, number);
            return Target { id, commit: id };
        }
        let snapshot = number % 100;
        let files = files(snapshot);
        let tree = self.tree(&files, "");
        let commit = self.commit(tree, snapshot);
        if !tag.contains("..") {
            let tarball = tarball(self.package, tag, &files);
            self.tarballs.insert((tag, commit), tarball);
        }
        let id = if number < 100 {
            commit
        } else {
            let text = format!(
                "object {}\ntype commit\ntag {tag}\ntagger A <a@a.test> {number} +0000\n\n{tag}\n",
                hex(&commit)
            );
            self.add(TAG, text.into_bytes())
        };
        Target { id, commit }
    }

    fn commit(&mut self, tree: Id, number: u64) -> Id {
        let who = format!("A <a@a.test> {number} +0000");
        let text = format!(
            "tree {}\nparent {}\nauthor {who}\ncommitter {who}\n\nsnapshot\n",
            hex(&tree),
            hex(&[7; 20])
        );
        self.add(COMMIT, text.into_bytes())
    }

    fn tree(&mut self, files: &Files, dir: &str) -> Id {
        let mut entries = BTreeMap::new();
        for (path, entry) in files.range(dir.to_owned()..) {
            let Some(rest) = path.strip_prefix(dir) else {
                break;
            };
            let (name, below) = rest
                .split_once('/')
                .map_or((rest, None), |(n, b)| (n, Some(b)));
            let (key, mode, id) = match (below, entry) {
                (Some(""), Entry::Empty) => {
                    (format!("{name}/"), "40000", self.add(TREE, Vec::new()))
                }
                (Some(_), _) => {
                    let id = self.tree(files, &format!("{dir}{name}/"));
                    (format!("{name}/"), "40000", id)
                }
                (None, Entry::File(bytes, runs)) => {
                    let mode = if *runs { "100755" } else { "100644" };
                    (name.to_owned(), mode, self.add(BLOB, bytes.clone()))
                }
                (None, Entry::Link(to)) => (
                    name.to_owned(),
                    "120000",
                    self.add(BLOB, to.as_bytes().to_vec()),
                ),
                (None, Entry::Submodule(id)) => (name.to_owned(), "160000", *id),
                (None, Entry::Empty) => continue,
            };
            entries.insert(
                key,
                [format!("{mode} {name}\0").as_bytes(), &id[..]].concat(),
            );
        }
        self.add(TREE, entries.into_values().flatten().collect())
    }

    /// All objects that these lead to, themselves included, without history.
    pub fn reachable(&self, wants: &[Id]) -> Vec<(Id, &Object)> {
        let (mut seen, mut left) = (BTreeSet::new(), wants.to_vec());
        while let Some(id) = left.pop() {
            let Some(object) = self.objects.get(&id) else {
                continue;
            };
            if seen.insert(id) {
                left.extend(object.links());
            }
        }
        seen.iter().map(|id| (*id, &self.objects[id])).collect()
    }

    /// The tags of a generation, or of the last one.
    pub fn tags(&self, generation: usize) -> &BTreeMap<&'static str, Target> {
        &self.generations[generation.min(self.generations.len() - 1)]
    }
}

impl Object {
    /// The objects that it names, but not a commit's parents.
    fn links(&self) -> Vec<Id> {
        let text = String::from_utf8_lossy(&self.content);
        let first = || unhex(text.split([' ', '\n']).nth(1)?);
        match self.kind {
            COMMIT | TAG => first().into_iter().collect(),
            TREE => links_of_tree(&self.content),
            _ => Vec::new(),
        }
    }
}

fn links_of_tree(mut content: &[u8]) -> Vec<Id> {
    let mut links = Vec::new();
    while let Some(end) = content.iter().position(|b| *b == 0) {
        let id = &content[end + 1..end + 21];
        links.push(id.try_into().expect("it has 20 bytes"));
        content = &content[end + 21..];
    }
    links
}

/// The id of an object.
pub fn id_of(kind: u8, content: &[u8]) -> Id {
    let name = ["", "commit", "tree", "blob", "tag"][usize::from(kind)];
    sha1(&[format!("{name} {}\0", content.len()).as_bytes(), content].concat())
}

/// The files of a snapshot; those of one project are much alike.
fn files(number: u64) -> Files {
    let noise = |seed: u64, len: usize| -> Vec<u8> {
        let random = Random::new(seed);
        let words = core::iter::repeat_with(|| random.bits().to_le_bytes());
        words.flatten().take(len).collect()
    };
    let mut long = noise(number / 10, 900);
    long.extend(noise(number, 60));
    let mut files = Files::from([
        (
            "build.zig".into(),
            Entry::File(b"// nothing\n".into(), false),
        ),
        ("src.zig".into(), Entry::File(noise(number, 30), false)),
        (
            "src/a.bin".into(),
            Entry::File(noise(number / 10, 900), false),
        ),
        ("src/b.bin".into(), Entry::File(long, false)),
        ("run.sh".into(), Entry::File(b"#!/bin/sh\n".into(), true)),
    ]);
    if number.is_multiple_of(2) {
        files.insert("link".into(), Entry::Link("src/a.bin"));
        files.insert("deps/other".into(), Entry::Submodule([9; 20]));
        files.insert("none/".into(), Entry::Empty);
    }
    files
}

fn tarball(package: &str, tag: &str, files: &Files) -> Vec<u8> {
    let mut out = Vec::new();
    let mut tarball = Tarball::new(Prefix::of(package, tag), &mut out);
    for (path, entry) in files {
        let path = path.trim_end_matches('/').as_bytes();
        let done = match entry {
            Entry::File(bytes, runs) => {
                let size = u64::try_from(bytes.len()).expect("it is small");
                let begun = tarball.file(path, *runs, size, &mut out);
                begun.and_then(|()| tarball.content(bytes, &mut out))
            }
            Entry::Link(to) => tarball.symlink(path, to.as_bytes(), &mut out),
            Entry::Submodule(_) => tarball.gitlink(path, &mut out),
            Entry::Empty => tarball.empty_tree(path, &mut out),
        };
        done.expect("the test's own trees are right");
    }
    tarball.finish(&mut out).expect("it is complete");
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use zigdepot_core::archive::tar::TarLimits;
    use zigdepot_core::git::id::ObjectId;
    use zigdepot_core::registry::proof::{Facts, Prover};

    #[test]
    fn tarballs_are_the_trees_of_their_commits() {
        for repo in REPOS.iter() {
            for ((tag, commit), bytes) in &repo.tarballs {
                let mut facts = Facts::new(Prefix::of(repo.package, tag));
                let text = String::from_utf8(repo.objects[commit].content.clone()).unwrap();
                let tree = unhex(&text[5..45]).unwrap();
                let root = repo.objects[&tree].content.clone();
                if root.windows(6).any(|part| part == b" none\0") {
                    let id = ObjectId::from_bytes([9; 20]);
                    facts.gitlinks = vec![(b"deps/other".to_vec(), id)];
                    facts.empty_trees = vec![b"none".to_vec()];
                }
                let mut prover = Prover::new(facts, TarLimits::default());
                prover.handle_bytes(bytes).unwrap();
                assert_eq!(*prover.finish().unwrap().as_bytes(), tree, "{tag}");
            }
        }
    }
}
