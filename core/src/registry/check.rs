//! The check of a release, fed with the bytes of its tarball as they are read: are they what its
//! manifest says, and are they the commit that it says?
//!
//! ```text
//! sha256, size ──────────── of the tarball: another one means that the tarball is wrong
//! md5, crc32, content ───── of the same bytes: other ones mean that the manifest is
//! tree, commit, tags ────── if it was made of a commit; an imported one proves nothing
//! ```
//!
//! It refuses to believe anything but bytes: the id of the tree is computed from the tarball, and
//! what could not be read within the limits is neither right nor wrong.

use alloc::vec::Vec;
use core::fmt;

use super::manifest::{ContentFacts, GitFacts, ReleaseManifest};
use super::prefix::Prefix;
use super::proof::{ChainError, Facts, Kept, ProofError, Prover, verify_commit};
use super::sums::{FileSums, Md5Digest, Summing};
use crate::archive::gzip::{Gunzip, GzipError};
use crate::archive::tar::{TarError, TarLimits};
use crate::git::id::{ObjectId, ObjectKind, object_id};
use crate::zig::digest::{Hashing, Sha256Digest};

/// Most bytes of all paths in a tarball that are kept for the proof: 1 GiB.
const PATHS: u64 = 1 << 30;
/// Most headers of a tarball.
const HEADERS: u32 = 1 << 24;

/// A check under way.
#[derive(Debug)]
pub struct ReleaseCheck<'m> {
    manifest: &'m ReleaseManifest,
    sums: Summing,
    content: Option<Content>,
    /// None if the manifest names no commit.
    proof: Option<Result<Prover, ProofError>>,
}

/// The tar in the tarball.
struct Content {
    gunzip: Gunzip,
    digest: Hashing,
    size: u64,
    broken: bool,
}

/// What a right tarball is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// The commit that its manifest names.
    Proven,
    /// What its manifest says, and nobody knows what that was made of.
    Imported,
}

/// Why a release is not right.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ReleaseFault {
    /// The tarball has another length than its manifest says.
    Size {
        /// Its length.
        found: u64,
        /// What is in the manifest.
        stated: u64,
    },
    /// The tarball has another digest.
    Digest {
        /// Its digest.
        found: Sha256Digest,
        /// What is in the manifest.
        stated: Sha256Digest,
    },
    /// It is the tarball, and the manifest says something else of it in this field.
    Field(&'static str),
    /// It is the tarball, and proves nothing.
    Proof(ProofError),
    /// It is the tarball, and not that commit.
    Chain(ChainError),
    /// It is the tarball, and more than is read here.
    Limit(ProofError),
}

/// What is wrong with a release.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Culprit {
    /// The tarball must not be served.
    Tarball,
    /// The manifest.
    Manifest,
    /// Nobody knows.
    Unknown,
}

impl<'m> ReleaseCheck<'m> {
    /// Begins with no bytes, of the release with this manifest.
    pub fn new(manifest: &'m ReleaseManifest) -> Self {
        let content = manifest.content.as_ref();
        let proof = made_of(manifest);
        Self {
            manifest,
            sums: Summing::new(),
            content: content.map(|_| Content::new()),
            proof: proof.map(|(content, facts)| prover(content, facts)),
        }
    }

    /// Takes the next bytes; how the tarball is cut does not matter. What a call costs goes with
    /// what its bytes inflate to.
    pub fn update(&mut self, bytes: &[u8]) {
        self.sums.update(bytes);
        if let Some(content) = &mut self.content {
            content.update(bytes);
        }
        if let Some(Ok(prover)) = &mut self.proof
            && let Err(error) = prover.handle_bytes(bytes)
        {
            self.proof = Some(Err(error));
        }
    }

    /// The verdict, when all bytes were taken.
    pub fn finish(self) -> Result<Standing, ReleaseFault> {
        let manifest = self.manifest;
        check_sums(manifest, &self.sums.finish())?;
        if let (Some(stated), Some(content)) = (&manifest.content, self.content) {
            content.check(stated)?;
        }
        let Some((proof, facts)) = self.proof.zip(manifest.git()) else {
            return Ok(Standing::Imported);
        };
        let tree = proof.and_then(Prover::finish).map_err(of_proof)?;
        chain(manifest, facts, tree).map(|_| Standing::Proven)
    }
}

/// What a manifest says of the commit that its release was made of.
pub(super) fn made_of(manifest: &ReleaseManifest) -> Option<(&ContentFacts, &GitFacts)> {
    manifest.content.as_ref().zip(manifest.git())
}

/// What computes the tree's id from the tarball.
pub(super) fn prover(content: &ContentFacts, facts: &GitFacts) -> Result<Prover, ProofError> {
    let no_prefix = || ProofError::Outside {
        path: content.prefix.clone(),
    };
    let prefix = Prefix::parse(&content.prefix).ok_or_else(no_prefix)?;
    let gitlinks = facts.gitlinks.iter();
    let modes = facts.modes.iter();
    let facts = Facts {
        gitlinks: gitlinks.map(|link| (link.path.clone(), link.id)).collect(),
        empty_trees: facts.empty_trees.clone(),
        modes: modes
            .map(|odd| (odd.path.clone(), odd.mode.clone().into_bytes()))
            .collect(),
        ..Facts::new(prefix)
    };
    let limits = TarLimits {
        // A tarball that inflates to more is another one.
        content_bytes: content.size,
        headers: HEADERS,
        paths_bytes: PATHS,
        ..TarLimits::default()
    };
    Ok(Prover::new(facts, limits))
}

fn check_sums(manifest: &ReleaseManifest, found: &FileSums) -> Result<(), ReleaseFault> {
    let stated = &manifest.tarball;
    if found.size != stated.size {
        let (found, stated) = (found.size, stated.size);
        return Err(ReleaseFault::Size { found, stated });
    }
    if found.sha256 != stated.sha256 {
        let (found, stated) = (found.sha256, stated.sha256);
        return Err(ReleaseFault::Digest { found, stated });
    }
    if stated
        .md5
        .is_some_and(|md5| Md5Digest::new(md5) != found.md5)
    {
        return Err(ReleaseFault::Field("tarball_md5"));
    }
    if stated.crc32.is_some_and(|crc32| crc32 != found.crc32) {
        return Err(ReleaseFault::Field("tarball_crc32"));
    }
    Ok(())
}

/// The commit of this tree, and the tag objects that lead to it, the outermost first.
pub(super) fn chain<'m>(
    manifest: &ReleaseManifest,
    facts: &'m GitFacts,
    tree: ObjectId,
) -> Result<(Kept<'m>, Vec<Kept<'m>>), ReleaseFault> {
    let id = manifest
        .commit
        .ok_or(ReleaseFault::Field("git_commit_oid"))?;
    let commit = Kept {
        id,
        bytes: &facts.commit_object,
    };
    // Their ids are not written down but for the first, so what must hold is that each names the next.
    let tags = facts.tag_objects.iter().map(|bytes| {
        let id = object_id(ObjectKind::Tag, bytes);
        id.map(|id| Kept { id, bytes })
    });
    let tags: Result<Vec<_>, _> = tags.collect();
    let tags = tags.map_err(|_| ReleaseFault::Field("git_tag_objects"))?;
    verify_commit(tree, commit, &tags).map_err(ReleaseFault::Chain)?;
    Ok((commit, tags))
}

fn of_proof(error: ProofError) -> ReleaseFault {
    let is_limit = matches!(
        error,
        ProofError::Tar(
            TarError::PaxTooLong { .. }
                | TarError::PathTooLong { .. }
                | TarError::PathsTooLong { .. }
                | TarError::TooManyHeaders { .. }
        )
    );
    if is_limit {
        ReleaseFault::Limit(error)
    } else {
        ReleaseFault::Proof(error)
    }
}

impl Content {
    fn new() -> Self {
        Self {
            gunzip: Gunzip::new(),
            digest: Hashing::new(),
            size: 0,
            broken: false,
        }
    }

    fn update(&mut self, bytes: &[u8]) {
        let (digest, size) = (&mut self.digest, &mut self.size);
        let inflated = self.gunzip.push(bytes, &mut |content| {
            digest.update(content);
            *size = size.saturating_add(u64::try_from(content.len()).unwrap_or(u64::MAX));
            Ok::<(), GzipError>(())
        });
        self.broken |= inflated.is_err();
    }

    fn check(self, stated: &ContentFacts) -> Result<(), ReleaseFault> {
        if self.broken {
            return Err(ReleaseFault::Field("content_digest"));
        }
        if self.size != stated.size {
            return Err(ReleaseFault::Field("content_size"));
        }
        if self.digest.finish() != stated.digest {
            return Err(ReleaseFault::Field("content_digest"));
        }
        Ok(())
    }
}

impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Content")
            .field("size", &self.size)
            .finish_non_exhaustive()
    }
}

impl ReleaseFault {
    /// What is wrong. A tarball that is not the commit that its manifest names is not served,
    /// whichever of the two was forged.
    pub fn culprit(&self) -> Culprit {
        match self {
            Self::Size { .. } | Self::Digest { .. } | Self::Proof(_) | Self::Chain(_) => {
                Culprit::Tarball
            }
            Self::Field(_) => Culprit::Manifest,
            Self::Limit(_) => Culprit::Unknown,
        }
    }
}

impl fmt::Display for ReleaseFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Size { found, stated } => {
                write!(f, "it has {found} bytes, its manifest says {stated}")
            }
            Self::Digest { found, stated } => {
                write!(f, "its digest is {found}, its manifest says {stated}")
            }
            Self::Field(field) => write!(f, "{field} is not that of the tarball, and sha256 is"),
            Self::Proof(error) => write!(f, "it is not the commit of its manifest: {error}"),
            Self::Chain(error) => write!(f, "it is not the commit of its manifest: {error}"),
            Self::Limit(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for ReleaseFault {}

#[cfg(test)]
#[path = "check_tests.rs"]
mod tests;
