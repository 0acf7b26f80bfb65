//! Trees in tests, their tarballs, and the ids that Git has for them.

use std::boxed::Box;
use std::format;
use std::vec::Vec;

use super::manifest::{
    ContentFacts, GitFacts, Gitlink, Origin, ReleaseManifest, TarballFacts, ZigFacts,
};
use super::name::PackageName;
use super::prefix::Prefix;
use super::proof::{Facts, ProofError, Prover};
use super::sums::Summing;
use super::tag::TagName;
use super::tarball::{Sums, Tarball, TarballError};
use crate::archive::gzip::{Gunzip, Gzip, GzipError};
use crate::archive::tar::TarLimits;
use crate::git::id::{ObjectId, ObjectKind, object_id};

/// An entry of a tree.
#[derive(Clone, Copy)]
pub(super) enum Item<'a> {
    File(&'a [u8]),
    Program(&'a [u8]),
    Link(&'a [u8]),
    Empty,
    Gitlink(ObjectId),
}

/// A tree by the whole paths of its entries, in Git's order.
pub(super) type Files<'a> = [(&'a [u8], Item<'a>)];

pub(super) struct Made {
    pub(super) bytes: Vec<u8>,
    pub(super) sums: Sums,
}

impl Made {
    pub(super) fn content(&self) -> Vec<u8> {
        let (mut gunzip, mut content) = (Gunzip::new(), Vec::new());
        let mut take = |run: &[u8]| {
            content.extend_from_slice(run);
            Ok::<(), GzipError>(())
        };
        gunzip.push(&self.bytes, &mut take).unwrap();
        gunzip.finish().unwrap();
        content
    }

    pub(super) fn prove(&self, facts: Facts) -> Result<ObjectId, ProofError> {
        prove(&self.bytes, facts)
    }
}

pub(super) fn prefix() -> Prefix {
    Prefix::of("p", "1")
}

/// The tarball of `files`, content in pieces of `step` bytes.
pub(super) fn make(files: &Files<'_>, step: usize) -> Result<Made, TarballError> {
    let mut bytes = Vec::new();
    let mut tarball = Tarball::new(prefix(), &mut bytes);
    for (path, item) in files {
        match *item {
            Item::File(content) | Item::Program(content) => {
                let is_executable = matches!(item, Item::Program(_));
                let size = content.len() as u64;
                tarball.file(path, is_executable, size, &mut bytes)?;
                for piece in content.chunks(step) {
                    tarball.content(piece, &mut bytes)?;
                }
            }
            Item::Link(target) => tarball.symlink(path, target, &mut bytes)?,
            Item::Empty => tarball.empty_tree(path, &mut bytes)?,
            Item::Gitlink(_) => tarball.gitlink(path, &mut bytes)?,
        }
    }
    let sums = tarball.finish(&mut bytes)?;
    Ok(Made { bytes, sums })
}

/// What a manifest would say of `files`.
pub(super) fn facts(files: &Files<'_>) -> Facts {
    let mut facts = Facts::new(prefix());
    for (path, item) in files {
        match item {
            Item::Empty => facts.empty_trees.push(path.to_vec()),
            Item::Gitlink(id) => facts.gitlinks.push((path.to_vec(), *id)),
            Item::File(_) | Item::Program(_) | Item::Link(_) => {}
        }
    }
    facts
}

/// The manifest of a release of `files`: a commit without parents, and a tag of it.
pub(super) fn manifest(made: &Made, files: &Files<'_>, tree: ObjectId) -> ReleaseManifest {
    let commit = format!("tree {tree}\nauthor A <a@x> 0 +0000\ncommitter A <a@x> 0 +0000\n\nx\n");
    let id = object_id(ObjectKind::Commit, commit.as_bytes()).unwrap();
    let tag = format!("object {id}\ntype commit\ntag 1\ntagger A <a@x> 0 +0000\n\n1\n");
    let known = facts(files);
    let links = known.gitlinks.into_iter();
    let file = &made.sums.file;
    ReleaseManifest {
        package: PackageName::parse("hello").unwrap(),
        tag: TagName::parse("1").unwrap(),
        upstream: Some("https://forge.test/o/hello".into()),
        commit: Some(id),
        tree: Some(tree),
        tarball: TarballFacts {
            sha256: file.sha256,
            md5: Some(*file.md5.as_bytes()),
            crc32: Some(file.crc32),
            size: file.size,
        },
        content: Some(ContentFacts {
            prefix: prefix().as_str().into(),
            digest: made.sums.content_digest,
            size: made.sums.content_size,
        }),
        generated_at: None,
        packbase_release: None,
        generator: None,
        origin: Origin::Git(Box::new(GitFacts {
            commit_object: commit.into_bytes(),
            tag_objects: Vec::from([tag.into_bytes()]),
            gitlinks: links.map(|(path, id)| Gitlink { path, id }).collect(),
            empty_trees: known.empty_trees,
            modes: Vec::new(),
        })),
        zig: ZigFacts::default(),
    }
}

/// A release of `files`.
pub(super) fn release(files: &Files<'_>) -> (Made, ReleaseManifest) {
    let made = make(files, 100).unwrap();
    let tree = made.prove(facts(files)).unwrap();
    let manifest = manifest(&made, files, tree);
    (made, manifest)
}

/// A gzip of an archive of the `tar` crate's making: types, paths, and contents or targets.
pub(super) fn foreign(entries: &[(u8, &str, &str)]) -> Vec<u8> {
    foreign_of(entries, 0o644)
}

/// The same, of files with this mode.
pub(super) fn foreign_of(entries: &[(u8, &str, &str)], mode: u32) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (kind, path, text) in entries {
        let mut header = tar::Header::new_ustar();
        header.set_entry_type(tar::EntryType::new(*kind));
        header.as_mut_bytes()[..path.len()].copy_from_slice(path.as_bytes());
        header.set_mode(mode);
        let data = match kind {
            b'2' => {
                header.as_mut_bytes()[157..157 + text.len()].copy_from_slice(text.as_bytes());
                ""
            }
            _ => text,
        };
        header.set_size(data.len() as u64);
        header.set_cksum();
        builder.append(&header, data.as_bytes()).unwrap();
    }
    let mut out = Vec::new();
    let mut gzip = Gzip::new(&mut out);
    gzip.push(&builder.into_inner().unwrap(), &mut out);
    gzip.finish(&mut out).unwrap();
    out
}

/// The manifest of such an archive, as packbase would have it.
pub(super) fn imported(tarball: &[u8]) -> ReleaseManifest {
    let sums = |bytes: &[u8]| {
        let mut summing = Summing::new();
        summing.update(bytes);
        summing.finish()
    };
    let (_, manifest) = release(&[]);
    ReleaseManifest {
        tarball: TarballFacts {
            sha256: sums(tarball).sha256,
            size: tarball.len() as u64,
            md5: None,
            crc32: None,
        },
        content: None,
        origin: Origin::Imported,
        ..manifest
    }
}

pub(super) fn prove(bytes: &[u8], facts: Facts) -> Result<ObjectId, ProofError> {
    let mut prover = Prover::new(facts, TarLimits::default());
    prover.handle_bytes(bytes)?;
    prover.finish()
}

pub(super) fn id(hex: &str) -> ObjectId {
    ObjectId::parse(hex.as_bytes()).unwrap()
}
