//! Why a release has no Git pack.

use core::fmt;

use crate::app::failure::Failure;
use crate::registry::objects::ObjectsError;
use crate::store::StoreError;

/// Why nothing was derived from a release.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DeriveTrouble {
    /// No such release is published.
    Unpublished,
    /// Its manifest cannot be read.
    Manifest,
    /// Its tarball is not in the store, though its manifest is.
    NoTarball,
    /// Its tarball makes no tree, or not the one of its manifest.
    Release(ObjectsError),
    /// What was derived could not be kept.
    Store(StoreError),
    /// Too many derivations wait.
    Busy,
    /// The server stops.
    Stopped,
}

impl DeriveTrouble {
    /// Whether it may be over in a while, although the release stays what it is.
    pub fn may_pass(&self) -> bool {
        match self {
            Self::Store(_) | Self::Busy | Self::Stopped | Self::Unpublished => true,
            Self::Manifest | Self::NoTarball | Self::Release(_) => false,
        }
    }

    /// The status of the answer.
    pub fn status(&self) -> u16 {
        match self {
            Self::Unpublished => 404,
            // Nothing that a client could do makes it another answer, nor a little time.
            Self::Manifest | Self::NoTarball | Self::Release(_) => 500,
            Self::Store(_) | Self::Busy | Self::Stopped => 503,
        }
    }
}

impl From<Failure> for DeriveTrouble {
    /// The manifest could not be read.
    fn from(failure: Failure) -> Self {
        if let Failure::Store(error) = failure {
            Self::Store(error)
        } else {
            Self::Manifest
        }
    }
}

impl From<ObjectsError> for DeriveTrouble {
    fn from(error: ObjectsError) -> Self {
        Self::Release(error)
    }
}

impl From<StoreError> for DeriveTrouble {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl fmt::Display for DeriveTrouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unpublished => f.write_str("no such release is published here"),
            Self::Manifest => {
                f.write_str("the manifest of the release cannot be read; see zigdepot verify")
            }
            Self::NoTarball => {
                f.write_str("the tarball of the release is missing; see zigdepot verify")
            }
            Self::Release(error) => write!(f, "the tarball of the release: {error}"),
            Self::Store(error @ StoreError::Full) => {
                write!(f, "{error}; its Git pack needs room in .zigdepot/git")
            }
            Self::Store(error @ StoreError::ReadOnly) => write!(
                f,
                "{error}, and its Git pack is not in .zigdepot/git; a process that may write makes \
                 it when it is asked for it"
            ),
            Self::Store(error) => write!(f, "store: {error}"),
            Self::Busy => f.write_str("too many Git packs are being made; ask again later"),
            Self::Stopped => f.write_str("the server stops"),
        }
    }
}

impl core::error::Error for DeriveTrouble {}
