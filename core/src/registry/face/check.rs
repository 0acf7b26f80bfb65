//! The check of what was derived from a release, against the note that says what it is.
//!
//! It refuses to look into packs beyond their sums: what is damaged is thrown away and derived again,
//! and then every id is computed.

use core::fmt;

use super::note::{FaceNote, NoteError};
use crate::git::pack::{IndexError, IndexFile, PackChecksum};
use crate::git::server::sideband_check::SidebandFault;
use crate::store::git::GitPart;
use crate::zig::digest::Sha256Digest;

impl FaceNote {
    /// Whether it is of the release with this tarball.
    pub fn check_tarball(&self, tarball: Sha256Digest) -> Result<(), DerivedFault> {
        if self.tarball == tarball {
            Ok(())
        } else {
            Err(DerivedFault::Tarball)
        }
    }

    /// Whether a pack in packets, whose sum is right, is the one that was derived.
    pub fn check_pack(&self, sum: PackChecksum) -> Result<(), DerivedFault> {
        if self.sum == sum {
            Ok(())
        } else {
            Err(DerivedFault::Another)
        }
    }

    /// Whether an index is the one that was derived; of the dumb pack, or of the other.
    pub fn check_index(&self, part: GitPart, bytes: &[u8]) -> Result<(), DerivedFault> {
        let index = IndexFile::parse(bytes)?;
        index.verify()?;
        let stated = if part == GitPart::PlainIndex {
            (self.plain.objects, self.plain.sum)
        } else {
            (self.objects, self.sum)
        };
        if (index.objects(), index.pack_checksum()) == stated {
            Ok(())
        } else {
            Err(DerivedFault::Another)
        }
    }
}

/// What is wrong with what was derived from a release.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum DerivedFault {
    /// The note.
    Note(NoteError),
    /// It was derived from another tarball.
    Tarball,
    /// One of the files is not there, or not as long as the note says.
    Missing(GitPart),
    /// The pack in packets.
    Pack(SidebandFault),
    /// An index.
    Index(IndexError),
    /// It is sound, and not what the note says.
    Another,
}

impl From<NoteError> for DerivedFault {
    fn from(error: NoteError) -> Self {
        Self::Note(error)
    }
}

impl From<SidebandFault> for DerivedFault {
    fn from(fault: SidebandFault) -> Self {
        Self::Pack(fault)
    }
}

impl From<IndexError> for DerivedFault {
    fn from(error: IndexError) -> Self {
        Self::Index(error)
    }
}

impl fmt::Display for DerivedFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Note(error) => error.fmt(f),
            Self::Tarball => f.write_str("it was derived from another tarball"),
            Self::Missing(part) => {
                write!(f, "{} is missing, or of another length", part.suffix())
            }
            Self::Pack(fault) => fault.fmt(f),
            Self::Index(error) => error.fmt(f),
            Self::Another => f.write_str("it is not what its note says"),
        }
    }
}

impl core::error::Error for DerivedFault {}
