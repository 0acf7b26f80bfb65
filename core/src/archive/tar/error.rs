//! Why an archive is not read on.

use core::fmt;

/// Why an archive is not read on. An `offset` is that of the header concerned, in bytes from the
/// archive's start (of the tar, not of its compressed form).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum TarError {
    /// The checksum of a header is wrong: damaged, or no tar.
    Checksum {
        /// Where the header is.
        offset: u64,
    },
    /// The size in a header is not a number from 0 to 2^64-1.
    Size {
        /// Where the header is.
        offset: u64,
    },
    /// A pax header is not made of records `length key=value`.
    Pax {
        /// Where the pax header is.
        offset: u64,
    },
    /// A pax header is longer than [`TarLimits::pax_bytes`](super::TarLimits).
    PaxTooLong {
        /// Where the pax header is.
        offset: u64,
        /// The limit, in bytes.
        limit: usize,
    },
    /// A path or link target is longer than [`TarLimits::path_bytes`](super::TarLimits).
    PathTooLong {
        /// Where the header is that states it.
        offset: u64,
        /// The limit, in bytes.
        limit: usize,
    },
    /// All paths together are longer than [`TarLimits::paths_bytes`](super::TarLimits).
    PathsTooLong {
        /// The limit, in bytes.
        limit: u64,
    },
    /// There is more data than [`TarLimits::content_bytes`](super::TarLimits).
    TooMuchContent {
        /// The limit, in bytes.
        limit: u64,
    },
    /// There are more headers than [`TarLimits::headers`](super::TarLimits).
    TooManyHeaders {
        /// The limit.
        limit: u32,
    },
    /// The bytes end within a header, its data or its padding.
    Truncated {
        /// Where they end.
        offset: u64,
    },
}

impl fmt::Display for TarError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Checksum { offset } => {
                write!(f, "the tar header at byte {offset} has a wrong checksum")
            }
            Self::Size { offset } => {
                write!(f, "the tar header at byte {offset} has no valid size")
            }
            Self::Pax { offset } => write!(f, "the pax header at byte {offset} is malformed"),
            Self::PaxTooLong { offset, limit } => write!(
                f,
                "the pax header at byte {offset} is longer than {limit} bytes"
            ),
            Self::PathTooLong { offset, limit } => write!(
                f,
                "the tar header at byte {offset} has a path of more than {limit} bytes"
            ),
            Self::PathsTooLong { limit } => {
                write!(f, "the archive has more than {} of paths", Amount(limit))
            }
            Self::TooMuchContent { limit } => {
                write!(f, "the archive has more than {} of content", Amount(limit))
            }
            Self::TooManyHeaders { limit } => {
                write!(f, "the archive has more than {limit} headers")
            }
            Self::Truncated { offset } => write!(f, "the tar archive is cut off at byte {offset}"),
        }
    }
}

impl core::error::Error for TarError {}

/// Bytes in the largest unit that they are whole in.
struct Amount(u64);

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let units = [(30, "GiB"), (20, "MiB"), (10, "KiB")];
        let whole = |&&(shift, _): &&(u32, &str)| self.0 != 0 && self.0.trailing_zeros() >= shift;
        match units.iter().find(whole) {
            Some((shift, unit)) => write!(f, "{} {unit}", self.0 >> shift),
            None => write!(f, "{} bytes", self.0),
        }
    }
}
