//! One pack of the objects of several, each object once.
//!
//! ```text
//! their indexes ─► Selection ─► Chosen, one for each pack ─┐
//! the same once more ─────────────────► Gathering ◄────────┘
//!                                          │ Copies, pack by pack
//! parts of the packs ────────────────► MergedPack ─► header, entries, sum
//! ```
//!
//! 1. A [`Selection`] sees the index of every pack, first of those whose objects are not to be sent.
//!    When it has seen the last, the number of objects and the length of the new pack are known.
//! 2. For each pack a [`Gathering`] makes of its index, and of what was chosen, the [`Copies`].
//! 3. The [`MergedPack`] copies them as they stand, so nothing is inflated or compressed anew.
//!
//! Between 1 and 2 only a bit for each object of a chosen pack is kept. Objects are in the order of
//! the packs, and in each pack in its own. The same packs in the same order make the same bytes.
//!
//! It refuses packs with deltas, an entry whose CRC-32 is not that of its index, and indexes that
//! cannot be of a pack of the length they are said to be of. It computes no ids: who made the packs
//! did.

mod copy;
mod layout;
mod select;

use core::fmt;

use super::{IndexError, PackWriteError};
use crate::git::id::ObjectId;

pub use copy::MergedPack;
pub use layout::{Copies, Gathering};
pub use select::{Chosen, Picking, Selection};

/// Bytes of a pack before its first object.
const PACK_HEAD: u64 = 12;
/// Bytes of a pack behind its last object.
const PACK_SUM: u64 = super::PackChecksum::BYTES as u64;

/// Why packs are not merged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum MergeError {
    /// Together they have too many objects.
    TooManyObjects {
        /// Most of them.
        most: u32,
    },
    /// The index of a pack cannot be read.
    Index(IndexError),
    /// Two objects begin at one place, or one begins outside of the pack.
    Overlap {
        /// Where in the pack.
        offset: u64,
    },
    /// The index is another pack's, or another than that of which objects were chosen.
    OtherIndex,
    /// The pack has other bytes as this object than its index says.
    Damaged(ObjectId),
    /// What is there is not what was announced.
    Write(PackWriteError),
}

impl fmt::Display for MergeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooManyObjects { most } => write!(
                f,
                "these tags have more than {most} objects together; ask for fewer at once"
            ),
            Self::Index(error) => error.fmt(f),
            Self::Overlap { offset } => write!(
                f,
                "the pack's index has an object at byte {offset}, where none can be"
            ),
            Self::OtherIndex => f.write_str("the index is not that of the pack"),
            Self::Damaged(id) => write!(f, "the pack is damaged at the object {id}"),
            Self::Write(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for MergeError {}

impl From<IndexError> for MergeError {
    fn from(error: IndexError) -> Self {
        Self::Index(error)
    }
}

impl From<PackWriteError> for MergeError {
    fn from(error: PackWriteError) -> Self {
        Self::Write(error)
    }
}

#[cfg(test)]
mod tests;
