//! Why a dependency could not be had: one line that says what to do.

use alloc::string::String;
use core::fmt;

use crate::app::failure::{Failure, UpstreamError};
use crate::store::StoreError;
use crate::wire::url::UrlError;
use crate::zig::dependencies::Refusal;
use crate::zig::manifest::ManifestError;
use crate::zig::package::{NoHash, PackageError, PackageHash, PackingError};

/// Why a dependency could not be had.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Trouble {
    /// The tree cannot be followed there.
    Refused(Refusal),
    /// The manifest has no hash for it; the package at the URL has this one.
    NoHash(PackageHash),
    /// The package at the URL has another hash.
    WrongHash {
        /// As the manifest has it.
        expected: PackageHash,
        /// As computed.
        found: PackageHash,
    },
    /// What is at the URL has no hash of the form that the manifest has.
    Nameless(NoHash),
    /// Git is not spoken.
    Git,
    /// The URL is not understood.
    Url(UrlError),
    /// A package names a file of this machine.
    Foreign,
    /// The file could not be had.
    Failure(Failure),
    /// What is at the URL is no archive that is read here.
    Packing(PackingError),
    /// What is at the URL is no package.
    Package(PackageError),
    /// The manifest is wrong.
    Manifest(ManifestError),
    /// A file of the project or of the bundle cannot be read or written: what the host says.
    Files(String),
    /// The bundle cannot take more, so that nothing more was tried.
    Full(String),
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(refusal) => refusal.fmt(f),
            Self::NoHash(hash) => write!(f, "its .hash is missing; add .hash = \"{hash}\""),
            Self::WrongHash { expected, found } => {
                write!(
                    f,
                    "the manifest says {expected}, but the package is {found}"
                )
            }
            Self::Nameless(reason) => reason.fmt(f),
            Self::Git => f.write_str(
                "git is not spoken here; fetch it with zig, or use the URL of an archive",
            ),
            Self::Url(error) => error.fmt(f),
            Self::Foreign => f.write_str("only the project's own manifests may name local files"),
            Self::Failure(failure) => failure.fmt(f),
            Self::Packing(error) => error.fmt(f),
            Self::Package(error) => error.fmt(f),
            Self::Manifest(error) => error.fmt(f),
            Self::Files(problem) | Self::Full(problem) => f.write_str(problem),
        }
    }
}

impl core::error::Error for Trouble {}

impl From<Failure> for Trouble {
    fn from(failure: Failure) -> Self {
        Self::Failure(failure)
    }
}

impl From<UpstreamError> for Trouble {
    fn from(error: UpstreamError) -> Self {
        Self::Failure(error.into())
    }
}

impl From<StoreError> for Trouble {
    fn from(error: StoreError) -> Self {
        Self::Failure(error.into())
    }
}
