//! The first passing of a release's tarball: which Git objects it comes to, and whether it is the one
//! that its manifest describes.
//!
//! ```text
//! made of a commit ─── the tree is computed by the manifest's facts, and must be the commit's
//! imported ─────────── the tree is what Git would make of the files, its commit is a synthetic one
//! ```
//!
//! Either way the tarball must have the digest that its manifest says. It refuses to believe what an
//! imported manifest says of commit and tree: nothing there proves it.

use alloc::borrow::Cow;
use alloc::vec::Vec;

use super::check::{self, ReleaseFault};
use super::face::synthetic;
use super::manifest::ReleaseManifest;
use super::objects::ObjectsError;
use super::proof::{Kept, Outline, ProofError, Prover};
use crate::archive::tar::TarLimits;
use crate::git::id::{ObjectId, ObjectKind, object_id};
use crate::zig::digest::{Hashing, Sha256Digest};

/// A tarball passing for the first time. It holds what a [`Prover`] holds.
#[derive(Debug)]
pub struct Survey {
    prover: Prover,
    digest: Hashing,
    stated: Sha256Digest,
}

/// A commit or a tag object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head<'m> {
    /// Its id.
    pub id: ObjectId,
    /// What it is.
    pub kind: ObjectKind,
    /// Its bytes.
    pub bytes: Cow<'m, [u8]>,
}

impl Survey {
    /// Begins with no bytes, of the release with this manifest.
    pub fn new(manifest: &ReleaseManifest) -> Result<Self, ObjectsError> {
        let prover = match check::made_of(manifest) {
            Some((content, facts)) => check::prover(content, facts)?,
            None => Prover::of_anything(TarLimits::default()),
        };
        Ok(Self {
            prover,
            digest: Hashing::new(),
            stated: manifest.tarball.sha256,
        })
    }

    /// Takes the next bytes of the tarball, cut in any way.
    pub fn handle_bytes(&mut self, bytes: &[u8]) -> Result<(), ObjectsError> {
        self.digest.update(bytes);
        // What follows the archive's end counts for the digest.
        self.prover.handle_bytes(bytes)?;
        Ok(())
    }

    /// The objects, when there are no more bytes. This sorts all paths and hashes all trees in one
    /// go: a millisecond for a usual repository.
    pub fn finish(self) -> Result<Outline, ObjectsError> {
        let (found, stated) = (self.digest.finish(), self.stated);
        if found != stated {
            return Err(ReleaseFault::Digest { found, stated }.into());
        }
        Ok(self.prover.outline()?)
    }
}

impl<'m> Head<'m> {
    const fn kept(kind: ObjectKind, kept: Kept<'m>) -> Self {
        Self {
            id: kept.id,
            kind,
            bytes: Cow::Borrowed(kept.bytes),
        }
    }
}

/// The commit that a release with this tree shows, and the tag objects that lead to it, the outermost
/// first. Those of a manifest are proven to be of the tree.
pub fn heads(manifest: &ReleaseManifest, tree: ObjectId) -> Result<Vec<Head<'_>>, ObjectsError> {
    let Some((_, facts)) = check::made_of(manifest) else {
        return Ok(Vec::from([plain_head(manifest, tree)?]));
    };
    let (commit, tags) = check::chain(manifest, facts, tree)?;
    let commit = core::iter::once(Head::kept(ObjectKind::Commit, commit));
    let tags = tags.into_iter().map(|tag| Head::kept(ObjectKind::Tag, tag));
    Ok(commit.chain(tags).collect())
}

/// The synthetic commit of a release with this tree.
pub fn plain_head(
    manifest: &ReleaseManifest,
    tree: ObjectId,
) -> Result<Head<'static>, ObjectsError> {
    let bytes = synthetic::commit(&manifest.package, &manifest.tag, tree);
    let kind = ObjectKind::Commit;
    let id = object_id(kind, &bytes).map_err(|fault| ProofError::Object {
        path: "the synthetic commit".into(),
        fault,
    })?;
    Ok(Head {
        id,
        kind,
        bytes: Cow::Owned(bytes),
    })
}
