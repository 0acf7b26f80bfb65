//! All Git objects of a release, from its tarball and what its manifest keeps.
//!
//! ```text
//! tarball ─► Survey ─► Outline ─┬─► ReleaseObjects ─► trees, blobs, commit, tags
//! manifest ─► heads ────────────┘         ▲
//! tarball, once more ─────────────────────┘
//! ```
//!
//! The tarball passes twice. Whoever writes a pack must know beforehand how many objects there are,
//! and a blob's id, and so whether it came before, is known only behind its last byte; to inflate a
//! tarball again costs a tenth of compressing its files. And nothing is told of a tarball that is not
//! the commit of its manifest, for by the second time that is known.
//!
//! The order is trees, then blobs in the order of the tarball, then the commit, then the tags: what
//! depends on the tarball alone comes first, and with another commit behind it it is another pack of
//! the same tree. Each object comes once, however often it occurs. The same release gives the same
//! events.
//!
//! It refuses a tarball that has changed between the two times: each blob is hashed again.

use alloc::vec::Vec;
use core::fmt;

use super::check::ReleaseFault;
use super::proof::{Outline, OutlinedBlob, ProofError};
use super::survey::Head;
use crate::archive::gzip::{Gunzip, GzipError};
use crate::archive::tar::{Entry, EntryKind, Event, TarError, TarReader};
use crate::git::id::{ObjectHasher, ObjectId, ObjectKind};
use crate::git::pack::PackWriteError;

/// What comes of an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ObjectEvent<'a> {
    /// An object begins.
    Begin {
        /// Its id.
        id: ObjectId,
        /// What it is.
        kind: ObjectKind,
        /// Its length in bytes.
        size: u64,
    },
    /// Its next bytes.
    Data(&'a [u8]),
    /// It was all that.
    End,
}

/// Gives the objects of a release, its tarball passing for the second time.
///
/// It holds the [`Outline`] and some 80 KiB. After an error it is spent.
pub struct ReleaseObjects<'m> {
    outline: Outline,
    heads: Vec<Head<'m>>,
    gunzip: Gunzip,
    tar: TarReader,
    intake: Intake,
}

/// Where in the tarball the second time is.
#[derive(Default)]
struct Intake {
    /// Blobs that came so far.
    at: usize,
    open: Option<(ObjectId, ObjectHasher)>,
}

impl<'m> ReleaseObjects<'m> {
    /// Begins. What `heads` are is up to the caller: those of the release
    /// ([`heads`](super::survey::heads)), or others of the same tree.
    pub fn new(outline: Outline, heads: Vec<Head<'m>>) -> Self {
        let tar = TarReader::new(outline.limits());
        Self {
            outline,
            heads,
            gunzip: Gunzip::new(),
            tar,
            intake: Intake::default(),
        }
    }

    /// Objects in all.
    pub const fn objects(&self) -> usize {
        self.outline.objects() + self.heads.len()
    }

    /// Calls `take` with the trees: all at once, a millisecond for a usual repository. To be called
    /// before the tarball's first byte.
    pub fn start(
        &self,
        take: &mut impl FnMut(ObjectEvent<'_>) -> Result<(), ObjectsError>,
    ) -> Result<(), ObjectsError> {
        self.outline
            .trees(|id, bytes| whole(id, ObjectKind::Tree, bytes, take))
    }

    /// Takes the next bytes of the tarball, cut in any way, and calls `take` with the blobs in them;
    /// `false` means that no more are wanted.
    pub fn handle_bytes(
        &mut self,
        bytes: &[u8],
        take: &mut impl FnMut(ObjectEvent<'_>) -> Result<(), ObjectsError>,
    ) -> Result<bool, ObjectsError> {
        let (tar, intake, outline) = (&mut self.tar, &mut self.intake, &self.outline);
        let mut handle = |event: Event<'_>| intake.handle(event, outline, take);
        self.gunzip
            .push(bytes, &mut |content| tar.push(content, &mut handle))
    }

    /// To be called when there are no more bytes: if all blobs were there, calls `take` with commit
    /// and tags.
    pub fn finish(
        self,
        take: &mut impl FnMut(ObjectEvent<'_>) -> Result<(), ObjectsError>,
    ) -> Result<(), ObjectsError> {
        self.gunzip.finish()?;
        self.tar.finish()?;
        if self.outline.blob(self.intake.at).is_some() {
            return Err(ObjectsError::Changed);
        }
        for head in &self.heads {
            whole(head.id, head.kind, &head.bytes, take)?;
        }
        Ok(())
    }
}

impl fmt::Debug for ReleaseObjects<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReleaseObjects")
            .field("outline", &self.outline)
            .finish_non_exhaustive()
    }
}

impl Intake {
    fn handle(
        &mut self,
        event: Event<'_>,
        outline: &Outline,
        take: &mut impl FnMut(ObjectEvent<'_>) -> Result<(), ObjectsError>,
    ) -> Result<(), ObjectsError> {
        match event {
            Event::Entry(entry) => self.handle_entry(&entry, outline, take),
            Event::Data(content) => {
                let Some((_, hasher)) = &mut self.open else {
                    return Ok(());
                };
                hasher.update(content);
                take(ObjectEvent::Data(content))
            }
            Event::End => self.close(take),
        }
    }

    fn handle_entry(
        &mut self,
        entry: &Entry<'_>,
        outline: &Outline,
        take: &mut impl FnMut(ObjectEvent<'_>) -> Result<(), ObjectsError>,
    ) -> Result<(), ObjectsError> {
        match entry.kind {
            EntryKind::File => self.open(entry.size, outline, take),
            EntryKind::Symlink(target) => {
                self.open(target.len() as u64, outline, take)?;
                self.handle(Event::Data(target), outline, take)?;
                self.close(take)
            }
            EntryKind::Directory => Ok(()),
            EntryKind::HardLink(_) | EntryKind::Other(_) => Err(ObjectsError::Changed),
        }
    }

    /// The next blob begins. One that came before, or is not in the tree, is read past.
    fn open(
        &mut self,
        size: u64,
        outline: &Outline,
        take: &mut impl FnMut(ObjectEvent<'_>) -> Result<(), ObjectsError>,
    ) -> Result<(), ObjectsError> {
        let blob = outline.blob(self.at).ok_or(ObjectsError::Changed)?;
        self.at += 1;
        let OutlinedBlob::First(id) = blob else {
            return Ok(());
        };
        let kind = ObjectKind::Blob;
        self.open = Some((id, ObjectHasher::new(kind, size)));
        take(ObjectEvent::Begin { id, kind, size })
    }

    fn close(
        &mut self,
        take: &mut impl FnMut(ObjectEvent<'_>) -> Result<(), ObjectsError>,
    ) -> Result<(), ObjectsError> {
        let Some((id, hasher)) = self.open.take() else {
            return Ok(());
        };
        if hasher.finish() == Ok(id) {
            take(ObjectEvent::End)
        } else {
            Err(ObjectsError::Changed)
        }
    }
}

fn whole(
    id: ObjectId,
    kind: ObjectKind,
    bytes: &[u8],
    take: &mut impl FnMut(ObjectEvent<'_>) -> Result<(), ObjectsError>,
) -> Result<(), ObjectsError> {
    let size = bytes.len() as u64;
    take(ObjectEvent::Begin { id, kind, size })?;
    take(ObjectEvent::Data(bytes))?;
    take(ObjectEvent::End)
}

/// Why there are no objects of a release.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ObjectsError {
    /// The tarball cannot be read, or is no tree.
    Proof(ProofError),
    /// The tarball is not the commit of its manifest.
    Fault(ReleaseFault),
    /// The tarball is another one the second time.
    Changed,
    /// There are more objects than a pack can have.
    TooMany,
    /// The pack cannot be written.
    Pack(PackWriteError),
}

impl From<GzipError> for ObjectsError {
    fn from(error: GzipError) -> Self {
        Self::Proof(error.into())
    }
}

impl From<TarError> for ObjectsError {
    fn from(error: TarError) -> Self {
        Self::Proof(error.into())
    }
}

impl From<ProofError> for ObjectsError {
    fn from(error: ProofError) -> Self {
        Self::Proof(error)
    }
}

impl From<ReleaseFault> for ObjectsError {
    fn from(fault: ReleaseFault) -> Self {
        Self::Fault(fault)
    }
}

impl From<PackWriteError> for ObjectsError {
    fn from(error: PackWriteError) -> Self {
        Self::Pack(error)
    }
}

impl fmt::Display for ObjectsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Proof(error) => error.fmt(f),
            Self::Fault(fault) => fault.fmt(f),
            Self::Changed => f.write_str("the tarball has changed while it was read"),
            Self::TooMany => f.write_str("there are more objects than a pack can have"),
            Self::Pack(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for ObjectsError {}

#[cfg(test)]
#[path = "objects_tests.rs"]
mod tests;
