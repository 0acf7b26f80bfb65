//! Why a pack is not read on.

use core::fmt;

use crate::git::delta::DeltaError;
use crate::git::id::{HashError, ObjectId};

/// Why a pack is not read on. An `offset` is that of the object concerned, in bytes from the pack's
/// start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum PackError {
    /// It does not begin with `PACK`.
    Magic,
    /// It is of another version than 2 or 3.
    Version(u32),
    /// A limit of [`PackLimits`](super::PackLimits) is hit.
    Limit {
        /// The limit's name, which is that of the field.
        limit: &'static str,
        /// Its value.
        most: u64,
    },
    /// An object's header states no kind that there is, or a number of more than 64 bits.
    Header {
        /// Where the object is.
        offset: u64,
    },
    /// A delta's base is said to be at a place where no object begins.
    BaseOffset {
        /// Where the delta is.
        offset: u64,
    },
    /// An object's zlib stream is damaged.
    Zlib {
        /// Where the object is.
        offset: u64,
    },
    /// An object is longer or shorter than it states.
    Size {
        /// Where the object is.
        offset: u64,
    },
    /// A delta cannot be applied to its base.
    Delta {
        /// Where the delta is.
        offset: u64,
        /// Why not.
        error: DeltaError,
    },
    /// An object has no id.
    Hash {
        /// Where the object is.
        offset: u64,
        /// Why not.
        error: HashError,
    },
    /// A delta's base is not in the pack, or is made from that very delta.
    MissingBase {
        /// Where the delta is.
        offset: u64,
        /// The id of the base.
        base: ObjectId,
    },
    /// The SHA-1 at the pack's end is not that of its bytes.
    Checksum,
    /// There are bytes behind the pack's end.
    Trailing {
        /// Where the pack ends.
        offset: u64,
    },
    /// The bytes end before the pack does.
    Truncated {
        /// Where they end.
        offset: u64,
    },
    /// There is no object of this id.
    Unknown(ObjectId),
}

impl PackError {
    pub(super) const fn limit(limit: &'static str, most: u64) -> Self {
        Self::Limit { limit, most }
    }
}

impl fmt::Display for PackError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Magic => f.write_str("the pack does not begin with PACK"),
            Self::Version(version) => {
                write!(f, "the pack is of version {version}, and not 2 or 3")
            }
            Self::Limit { limit, most } => write!(f, "the pack is over its limit {limit}={most}"),
            Self::Header { offset } => {
                write!(f, "the pack's object at byte {offset} has no valid header")
            }
            Self::BaseOffset { offset } => write!(
                f,
                "the pack's delta at byte {offset} has its base where no object begins"
            ),
            Self::Zlib { offset } => write!(
                f,
                "the pack's object at byte {offset} has a damaged zlib stream"
            ),
            Self::Size { offset } => write!(
                f,
                "the pack's object at byte {offset} is not as long as it states"
            ),
            Self::Delta { offset, error } => {
                write!(f, "the pack's object at byte {offset}: {error}")
            }
            Self::Hash { offset, error } => {
                write!(f, "the pack's object at byte {offset}: {error}")
            }
            Self::MissingBase { offset, base } => write!(
                f,
                "the pack has no object {base}, the base of its delta at byte {offset}"
            ),
            Self::Checksum => f.write_str("the pack is damaged: its sha-1 is another"),
            Self::Trailing { offset } => {
                write!(f, "there are bytes behind the pack's end at byte {offset}")
            }
            Self::Truncated { offset } => write!(f, "the pack is cut off at byte {offset}"),
            Self::Unknown(id) => write!(f, "the pack has no object {id}"),
        }
    }
}

impl core::error::Error for PackError {}
