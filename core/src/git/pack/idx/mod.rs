//! Index files of version 2: where in a pack each object is (`gitformat-pack`).
//!
//! ```text
//! ff 't' 'O' 'c' 2 │ fanout │ ids │ CRC-32s │ offsets │ long offsets │ pack's sum │ own sum
//! ```
//!
//! [`write_index`] makes one, the very bytes that `git index-pack` makes for the same pack.
//! [`IndexFile`] reads one that is at hand, [`IndexHead`] and [`IndexSearch`] one that lies in a
//! file, by ranges: the first KiB once, and then two short reads for an object.
//!
//! Readers believe nothing: a damaged index gives errors, or objects at wrong places, and whoever
//! reads those sees that they are none. It refuses version 1, and SHA-256.

mod read;
mod search;
mod write;

use core::fmt;

use crate::git::id::ObjectId;

pub use read::{IndexFile, IndexHead};
pub use search::IndexSearch;
pub use write::write_index;

const MAGIC: [u8; 8] = *b"\xfftOc\0\0\0\x02";
const ID: u64 = ObjectId::BYTES as u64;
/// Set in an offset that is a place among the long ones.
const LONG: u32 = 1 << 31;
/// Where a pack's first object begins; none begins before.
const FIRST_OBJECT: u64 = 12;

/// What an index says of an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct IndexEntry {
    /// Its id.
    pub id: ObjectId,
    /// Where in the pack it begins, in bytes.
    pub offset: u64,
    /// The CRC-32 of its bytes in the pack, header and compressed content.
    pub crc32: u32,
}

/// Why an index is not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum IndexError {
    /// It does not begin as an index of version 2.
    Magic,
    /// Its numbers of objects decrease, or some objects are not where they say.
    Fanout,
    /// It is longer or shorter than its number of objects makes it.
    Length {
        /// Objects, as it states.
        objects: u32,
        /// Its bytes.
        bytes: u64,
    },
    /// A read gave more or fewer bytes than were asked for.
    Read {
        /// Where.
        offset: u64,
    },
    /// Its ids are not in order.
    Order {
        /// An id that is less than the one before.
        id: ObjectId,
    },
    /// An object's offset is none: before the first object, over 2^63, or not among the long ones.
    Offset {
        /// The object's place in the order of ids, from 0.
        place: u32,
    },
    /// The SHA-1 at its end is not that of its bytes.
    Checksum,
}

impl fmt::Display for IndexError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Magic => f.write_str("the pack's index is not one of version 2"),
            Self::Fanout => f.write_str("the pack's index has a damaged fanout table"),
            Self::Length { objects, bytes } => write!(
                f,
                "the pack's index has {bytes} bytes, which {objects} objects cannot make"
            ),
            Self::Read { offset } => {
                write!(f, "the pack's index could not be read at byte {offset}")
            }
            Self::Order { id } => write!(f, "the pack's index is not in order at {id}"),
            Self::Offset { place } => {
                write!(
                    f,
                    "the pack's index has no offset for object number {place}"
                )
            }
            Self::Checksum => f.write_str("the pack's index is damaged: its sha-1 is another"),
        }
    }
}

impl core::error::Error for IndexError {}

#[cfg(test)]
mod tests;
