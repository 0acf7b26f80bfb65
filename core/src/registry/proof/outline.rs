//! The objects of a tarball by their ids, before any content is looked at again.

use alloc::collections::BTreeSet;
use alloc::vec::Vec;
use core::fmt;

use super::ProofError;
use super::build::Forest;
use crate::archive::tar::TarLimits;
use crate::git::id::ObjectId;

/// All blobs and trees that a tarball is made of, by id.
///
/// It holds no content: for each entry of the tarball its path and 61 bytes, and for each tree 20.
pub struct Outline {
    forest: Forest,
    /// One for each entry with content, in the order of the tarball.
    blobs: Vec<OutlinedBlob>,
    tree: ObjectId,
    objects: usize,
    limits: TarLimits,
}

/// A file, or the target of a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::registry) enum OutlinedBlob {
    /// No entry before it has the same content.
    First(ObjectId),
    /// It came before, or is not in the tree.
    Passed,
}

impl Outline {
    pub(super) fn new(
        forest: Forest,
        blobs: &[Option<ObjectId>],
        limits: TarLimits,
    ) -> Result<Self, ProofError> {
        let mut seen = BTreeSet::new();
        let blob = |id: &Option<ObjectId>| match *id {
            Some(id) if seen.insert(id) => OutlinedBlob::First(id),
            Some(_) | None => OutlinedBlob::Passed,
        };
        let blobs = blobs.iter().map(blob).collect();
        let mut trees: BTreeSet<_> = forest.empty_tree().into_iter().collect();
        let tree = forest.build(&mut |id, _| {
            trees.insert(id);
            Ok::<_, ProofError>(())
        })?;
        Ok(Self {
            objects: seen.len() + trees.len(),
            forest,
            blobs,
            tree,
            limits,
        })
    }

    /// The id of the root's tree.
    pub const fn tree(&self) -> ObjectId {
        self.tree
    }

    /// Blobs and trees, each counted once.
    pub const fn objects(&self) -> usize {
        self.objects
    }

    /// Builds all trees again and calls `take` with id and bytes of each, once, and after the trees
    /// that it has.
    pub fn trees<E: From<ProofError>>(
        &self,
        mut take: impl FnMut(ObjectId, &[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut seen = BTreeSet::new();
        if let Some(id) = self.forest.empty_tree() {
            seen.insert(id);
            take(id, b"")?;
        }
        let mut once = |id: ObjectId, bytes: &[u8]| {
            if seen.insert(id) {
                take(id, bytes)?;
            }
            Ok(())
        };
        self.forest.build(&mut once).map(drop)
    }

    pub(in crate::registry) fn blob(&self, at: usize) -> Option<OutlinedBlob> {
        self.blobs.get(at).copied()
    }

    /// What the tarball was read within.
    pub(in crate::registry) const fn limits(&self) -> TarLimits {
        self.limits
    }
}

impl fmt::Debug for Outline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outline")
            .field("tree", &self.tree)
            .field("objects", &self.objects)
            .finish_non_exhaustive()
    }
}
