//! Why a tree does not become a tarball.

use alloc::string::String;
use core::fmt;

use super::super::shown;
use crate::archive::gzip::GzipWriteError;
use crate::archive::tar::{TarLimits, TarWriteError};

/// Why a tree does not become a tarball. Paths are escaped, and cut to 128 characters.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum TarballError {
    /// A component of the path is empty, `.` or `..`.
    Component {
        /// The path.
        path: String,
    },
    /// The path, with its top directory and a slash behind it, is longer than
    /// [`TarLimits::LONGEST_PATH`].
    PathTooLong {
        /// The path.
        path: String,
    },
    /// The target of a symbolic link is longer than [`TarLimits::LONGEST_PATH`].
    TargetTooLong {
        /// The link's path.
        path: String,
    },
    /// The path is not behind the last one in Git's order, or is the same.
    Order {
        /// The path.
        path: String,
        /// The last one.
        last: String,
    },
    /// A directory of the path, or the path of a directory, is taken by what is no directory, or by
    /// one that was to be empty.
    Conflict {
        /// The path.
        path: String,
        /// The path that takes it.
        other: String,
    },
    /// The tar cannot hold it: a NUL, too large, content that is longer or shorter than announced.
    Entry {
        /// The path of the entry, or of the file whose content it is.
        path: String,
        /// What is wrong.
        fault: TarWriteError,
    },
    /// The compressor failed.
    Gzip(GzipWriteError),
}

impl TarballError {
    pub(super) fn component(path: &[u8]) -> Self {
        Self::Component { path: shown(path) }
    }

    pub(super) fn path_too_long(path: &[u8]) -> Self {
        Self::PathTooLong { path: shown(path) }
    }

    pub(super) fn target_too_long(path: &[u8]) -> Self {
        Self::TargetTooLong { path: shown(path) }
    }

    pub(super) fn order(path: &[u8], last: &[u8]) -> Self {
        let (path, last) = (shown(path), shown(last));
        Self::Order { path, last }
    }

    pub(super) fn conflict(path: &[u8], other: &[u8]) -> Self {
        let (path, other) = (shown(path), shown(other));
        Self::Conflict { path, other }
    }

    pub(super) fn entry(path: &[u8], fault: TarWriteError) -> Self {
        let path = shown(path);
        Self::Entry { path, fault }
    }
}

impl From<GzipWriteError> for TarballError {
    fn from(error: GzipWriteError) -> Self {
        Self::Gzip(error)
    }
}

impl fmt::Display for TarballError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let most = TarLimits::LONGEST_PATH;
        match self {
            Self::Component { path } => {
                write!(f, "\"{path}\" has an empty component, or one of dots")
            }
            Self::PathTooLong { path } => {
                write!(f, "\"{path}\" makes a path of more than {most} bytes")
            }
            Self::TargetTooLong { path } => {
                write!(
                    f,
                    "the link \"{path}\" has a target of more than {most} bytes"
                )
            }
            Self::Order { path, last } => write!(f, "\"{path}\" comes after \"{last}\""),
            Self::Conflict { path, other } => {
                write!(f, "\"{path}\" is in the way of \"{other}\"")
            }
            Self::Entry { path, fault } => write!(f, "\"{path}\": {fault}"),
            Self::Gzip(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for TarballError {}
