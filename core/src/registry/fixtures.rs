//! Trees in tests, their tarballs, and the ids that Git has for them.

use std::vec::Vec;

use super::prefix::Prefix;
use super::proof::{Facts, ProofError, Prover};
use super::tarball::{Sums, Tarball, TarballError};
use crate::archive::gzip::{Gunzip, GzipError};
use crate::archive::tar::TarLimits;
use crate::git::id::ObjectId;

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

pub(super) fn prove(bytes: &[u8], facts: Facts) -> Result<ObjectId, ProofError> {
    let mut prover = Prover::new(facts, TarLimits::default());
    prover.handle_bytes(bytes)?;
    prover.finish()
}

pub(super) fn id(hex: &str) -> ObjectId {
    ObjectId::parse(hex.as_bytes()).unwrap()
}
