//! Properties of what the registry publishes: archives written and read again, and proofs.
//!
//! What is written must come out as it went in, however it was cut; and a tarball must lead back to
//! the id that its tree has.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use zigdepot_core::archive::gzip::{Gunzip, Gzip, GzipError};
use zigdepot_core::archive::tar::{EntryKind, Event, TarError, TarLimits, TarReader, TarWriter};
use zigdepot_core::git::id::{ObjectId, ObjectKind, object_id};
use zigdepot_core::git::object::{Mode, Tree, TreeEntry, tree_order};
use zigdepot_core::registry::prefix::Prefix;
use zigdepot_core::registry::proof::{Facts, ProofError, Prover};
use zigdepot_core::registry::tarball::{Tarball, TarballError};

use crate::archive::with_checksums;

/// Entries of any names and contents, written and read again: what the writer took is there, in its
/// order, and nothing else; the gzip of it is the same however it is cut, and inflates to it.
pub fn tar_round_trip(data: &[u8]) {
    let (mut writer, mut tar, mut written) = (TarWriter::new(), Vec::new(), Vec::new());
    for item in Items(data) {
        if let Some(line) = write(&item, &mut writer, &mut tar) {
            written.push(line);
        }
    }
    writer.finish(&mut tar).expect("all content came");
    assert_eq!(tar.len() % 512, 0);
    assert_eq!(read(&tar), written);
    let packed = zip(&tar, tar.len());
    for step in [7, 300, 5000] {
        assert!(zip(&tar, step) == packed, "by {step}");
    }
    assert!(unzip(&packed) == tar);
}

/// Writes an entry; gives what is to be read of it, or nothing if it was refused without a trace.
fn write(item: &Item, writer: &mut TarWriter, out: &mut Vec<u8>) -> Option<String> {
    let (path, length) = (&item.path[..], out.len());
    let line = match item.kind {
        Kind::File { is_executable } => {
            let size = item.content.len() as u64;
            let begun = writer.file(path, is_executable, size, out);
            let step = item.content.len() / 3 + 1;
            if begun.is_ok() {
                for piece in item.content.chunks(step) {
                    writer.content(piece, out).expect("it was announced");
                }
            }
            let line = || format!("{path:?} File {is_executable} {:?}", item.content);
            begun.is_ok().then(line)
        }
        Kind::Link => {
            let done = writer.symlink(path, &item.content, out);
            let line = || format!("{path:?} Symlink({:?}) true []", item.content);
            done.is_ok().then(line)
        }
        Kind::Directory | Kind::Gitlink => {
            let done = writer.directory(path, out);
            let path = [path, b"/"].concat();
            done.is_ok().then(|| format!("{path:?} Directory true []"))
        }
    };
    let is_sound = !path.is_empty() && !path.contains(&0);
    let is_link = matches!(item.kind, Kind::Link);
    let is_sound = is_sound && !(is_link && item.content.contains(&0));
    assert_eq!(line.is_some(), is_sound);
    assert_eq!(out.len() > length, is_sound);
    line
}

fn read(tar: &[u8]) -> Vec<String> {
    let (mut entries, mut content) = (Vec::<String>::new(), Vec::new());
    let mut reader = TarReader::new(TarLimits {
        path_bytes: 1 << 20,
        pax_bytes: 1 << 20,
        ..TarLimits::default()
    });
    let mut take = |event: Event<'_>| {
        match event {
            Event::Entry(entry) => {
                let (path, kind, mode) = (entry.path, entry.kind, entry.is_executable);
                content.clear();
                entries.push(match kind {
                    EntryKind::File => format!("{path:?} File {mode}"),
                    _ => format!("{path:?} {kind:?} {mode} []"),
                });
            }
            Event::Data(data) => content.extend_from_slice(data),
            Event::End => {
                let entry = entries.last_mut().expect("an entry");
                write!(entry, " {content:?}").expect("a string takes all");
            }
        }
        Ok::<(), TarError>(())
    };
    reader.push(tar, &mut take).expect("it is sound");
    reader.finish().expect("it is whole");
    assert!(reader.is_ended());
    entries
}

fn zip(content: &[u8], step: usize) -> Vec<u8> {
    let mut out = Vec::new();
    let mut gzip = Gzip::new(&mut out);
    for piece in content.chunks(step.max(1)) {
        gzip.push(piece, &mut out);
    }
    gzip.finish(&mut out).expect("it never gives up");
    out
}

fn unzip(bytes: &[u8]) -> Vec<u8> {
    let (mut gunzip, mut content) = (Gunzip::new(), Vec::new());
    let mut take = |run: &[u8]| {
        content.extend_from_slice(run);
        Ok::<(), GzipError>(())
    };
    gunzip.push(bytes, &mut take).expect("it is sound");
    gunzip.finish().expect("it is whole");
    content
}

/// Entries of any names: a tree made of them, as far as they fit each other, becomes a tarball that
/// proves the tree's id, or is refused by the rules of trees. And any bytes as a tar: one outcome
/// whole and in pieces.
pub fn prover(data: &[u8]) {
    let mut root = BTreeMap::new();
    for item in Items(data).filter(Item::fits_a_tree) {
        insert(&mut root, &item.path, item.kind, item.content);
    }
    let mut walk = Walk::new();
    let expected = walk.tree(None, &root);
    match walk.made {
        Ok(()) => check(walk, expected),
        Err(TarballError::Component { .. }) => assert_eq!(expected, None),
        Err(error) => panic!("{error}"),
    }
    foreign(data);
}

fn check(mut walk: Walk, expected: Option<ObjectId>) {
    let sums = walk.tarball.finish(&mut walk.out).expect("it is whole");
    assert_eq!(sums.file.size, walk.out.len() as u64);
    assert_eq!(sums.content_size, unzip(&walk.out).len() as u64);
    let mut prover = Prover::new(walk.facts, TarLimits::default());
    let read = walk.out.chunks(1000);
    let read = read.map(|piece| prover.handle_bytes(piece).map(drop));
    let outcome = read
        .collect::<Result<(), _>>()
        .and_then(|()| prover.finish());
    match (expected, outcome) {
        (Some(expected), outcome) => assert_eq!(outcome, Ok(expected)),
        (None, outcome) => assert!(
            matches!(outcome, Err(ProofError::Tree { .. })),
            "{outcome:?}"
        ),
    }
}

/// A tree as a map: no order but that of names, no ids.
enum Node {
    Tree(BTreeMap<Vec<u8>, Node>),
    Leaf(Kind, Vec<u8>),
}

/// Puts it in, unless something is in its way.
fn insert(tree: &mut BTreeMap<Vec<u8>, Node>, path: &[u8], kind: Kind, content: Vec<u8>) {
    let slash = path.iter().position(|&byte| byte == b'/');
    let name = path[..slash.unwrap_or(path.len())].to_vec();
    match (slash, kind) {
        (Some(slash), _) => {
            let below = tree.entry(name).or_insert(Node::Tree(BTreeMap::new()));
            if let Node::Tree(below) = below {
                insert(below, &path[slash + 1..], kind, content);
            }
        }
        (None, Kind::Directory) => {
            tree.entry(name).or_insert(Node::Tree(BTreeMap::new()));
        }
        (None, kind) => {
            tree.entry(name).or_insert(Node::Leaf(kind, content));
        }
    }
}

/// Computes ids level by level, and makes the tarball on the way.
struct Walk {
    tarball: Tarball,
    out: Vec<u8>,
    facts: Facts,
    made: Result<(), TarballError>,
}

impl Walk {
    fn new() -> Self {
        let prefix = Prefix::of("p", "1");
        let mut out = Vec::new();
        Self {
            tarball: Tarball::new(prefix.clone(), &mut out),
            out,
            facts: Facts::new(prefix),
            made: Ok(()),
        }
    }

    /// The tree's id, if Git lets it and all below it pass.
    fn tree(&mut self, path: Option<&[u8]>, nodes: &BTreeMap<Vec<u8>, Node>) -> Option<ObjectId> {
        let mut nodes: Vec<_> = nodes.iter().collect();
        nodes.sort_by(|left, right| tree_order((left.0, left.1.mode()), (right.0, right.1.mode())));
        if let (Some(path), true) = (path, nodes.is_empty()) {
            self.facts.empty_trees.push(path.to_vec());
            self.note(|tarball, out| tarball.empty_tree(path, out));
        }
        let (mut bytes, mut is_sound) = (Vec::new(), true);
        for (name, node) in nodes {
            let path = match path {
                None => name.clone(),
                Some(path) => [path, b"/", name].concat(),
            };
            let mode = node.mode();
            let odd_mode = odd_mode(mode, name);
            if let Some(text) = odd_mode {
                self.facts.modes.push((path.clone(), text.to_vec()));
            }
            let id = match node {
                Node::Tree(nodes) => self.tree(Some(&path), nodes),
                Node::Leaf(kind, content) => Some(self.leaf(&path, *kind, content)),
            };
            is_sound &= id.is_some();
            let id = id.unwrap_or(ObjectId::from_bytes([0; 20]));
            let entry = TreeEntry {
                mode,
                odd_mode,
                name,
                id,
            };
            entry.write(&mut bytes);
        }
        is_sound &= Tree::parse(&bytes).is_ok();
        is_sound.then(|| object_id(ObjectKind::Tree, &bytes).expect("no collision"))
    }

    fn leaf(&mut self, path: &[u8], kind: Kind, content: &[u8]) -> ObjectId {
        let blob = object_id(ObjectKind::Blob, content).expect("no collision");
        match kind {
            Kind::File { is_executable } => {
                let size = content.len() as u64;
                self.note(|tarball, out| tarball.file(path, is_executable, size, out));
                if self.made.is_ok() {
                    self.note(|tarball, out| tarball.content(content, out));
                }
            }
            Kind::Link => self.note(|tarball, out| tarball.symlink(path, content, out)),
            Kind::Gitlink | Kind::Directory => {
                self.facts.gitlinks.push((path.to_vec(), blob));
                self.note(|tarball, out| tarball.gitlink(path, out));
            }
        }
        blob
    }

    fn note(&mut self, make: impl FnOnce(&mut Tarball, &mut Vec<u8>) -> Result<(), TarballError>) {
        if self.made.is_ok() {
            self.made = make(&mut self.tarball, &mut self.out);
        }
    }
}

impl Node {
    fn mode(&self) -> Mode {
        match self {
            Self::Tree(_) => Mode::Tree,
            Self::Leaf(
                Kind::File {
                    is_executable: true,
                },
                _,
            ) => Mode::Executable,
            Self::Leaf(
                Kind::File {
                    is_executable: false,
                },
                _,
            ) => Mode::File,
            Self::Leaf(Kind::Link, _) => Mode::Symlink,
            Self::Leaf(Kind::Gitlink | Kind::Directory, _) => Mode::Gitlink,
        }
    }
}

/// Some entries have modes as old versions of Git wrote them.
fn odd_mode(mode: Mode, name: &[u8]) -> Option<&'static [u8]> {
    let text: &[u8] = match mode {
        Mode::File => b"100664",
        Mode::Executable => b"100775",
        Mode::Symlink => b"120777",
        Mode::Tree => b"040000",
        Mode::Gitlink => b"0160000",
    };
    (name.len() % 5 == 4).then_some(text)
}

fn foreign(data: &[u8]) {
    let facts = || {
        let mut facts = Facts::new(Prefix::parse("p").expect("a component"));
        facts.empty_trees.push(b"e".into());
        facts
    };
    let limits = TarLimits {
        content_bytes: 1 << 20,
        ..TarLimits::default()
    };
    for tar in [data, &with_checksums(data)] {
        let packed = zip(tar, tar.len());
        let outcome = |step: usize| {
            let mut prover = Prover::new(facts(), limits);
            let mut pieces = packed.chunks(step);
            pieces.try_for_each(|piece| prover.handle_bytes(piece).map(drop))?;
            prover.finish()
        };
        let whole = outcome(packed.len());
        for step in [1, 100] {
            assert_eq!(outcome(step), whole, "by {step}");
        }
    }
}

/// What an entry is to be.
#[derive(Debug, Clone, Copy)]
enum Kind {
    File { is_executable: bool },
    Link,
    Directory,
    Gitlink,
}

#[derive(Debug)]
struct Item {
    kind: Kind,
    path: Vec<u8>,
    content: Vec<u8>,
}

impl Item {
    /// Whether Git could have it, but for the rules of names.
    fn fits_a_tree(&self) -> bool {
        let is_link = matches!(self.kind, Kind::Link);
        let is_content = !is_link || (!self.content.contains(&0) && self.content.len() <= 4096);
        let is_path = !self.path.is_empty() && self.path.len() < 4000;
        is_path && is_content && !self.path.contains(&0)
    }
}

/// Entries as an input tells them: a byte for the kind and how often path and content are repeated,
/// and each of them with a byte for its length.
struct Items<'a>(&'a [u8]);

impl Iterator for Items<'_> {
    type Item = Item;

    fn next(&mut self) -> Option<Item> {
        let (&first, rest) = self.0.split_first()?;
        self.0 = rest;
        let kind = match first % 8 {
            0..=2 => Kind::File {
                is_executable: false,
            },
            3 => Kind::File {
                is_executable: true,
            },
            4 | 5 => Kind::Link,
            6 => Kind::Directory,
            _ => Kind::Gitlink,
        };
        let path = self.text().repeat(usize::from(first >> 3 & 3) * 7 + 1);
        let content = self.text().repeat(usize::from(first >> 5) * 9 + 1);
        Some(Item {
            kind,
            path,
            content,
        })
    }
}

impl<'a> Items<'a> {
    fn text(&mut self) -> &'a [u8] {
        let Some((&length, rest)) = self.0.split_first() else {
            return &[];
        };
        let (text, rest) = rest.split_at(rest.len().min(length.into()));
        self.0 = rest;
        text
    }
}
