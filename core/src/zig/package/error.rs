//! Why a package has no hash.

use core::fmt;

use super::hash::HashError;
use super::path::{EntryPath, PathProblem};
use crate::archive::gzip::GzipError;
use crate::archive::tar::TarError;
use crate::zig::manifest::{FingerprintError, ManifestError};

/// Why a package has no hash. Each is one line that names the entry concerned.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum PackageError {
    /// The name of an entry is no path inside the package.
    Path {
        /// The name.
        path: EntryPath,
        /// What is wrong with it.
        problem: PathProblem,
    },
    /// There are two entries of this path.
    Duplicate {
        /// The path.
        path: EntryPath,
    },
    /// A file or link stands where an earlier entry made a directory.
    IsDirectory {
        /// Its path.
        path: EntryPath,
    },
    /// An entry lies below a file, which is no directory.
    BelowFile {
        /// Its path.
        path: EntryPath,
    },
    /// An entry lies below a symbolic link: unpacked, it would end up wherever the link leads.
    BelowLink {
        /// Its path.
        path: EntryPath,
    },
    /// An entry is neither file nor link nor directory, and `.paths` does not leave it out.
    Unsupported {
        /// Its path.
        path: EntryPath,
        /// What it is.
        kind: FileKind,
    },
    /// There are more files and links than [`PackageLimits::entries`](super::PackageLimits).
    TooManyEntries {
        /// The limit.
        limit: usize,
    },
    /// All paths together are longer than [`PackageLimits::paths_bytes`](super::PackageLimits).
    PathsTooLong {
        /// The limit, in bytes.
        limit: usize,
    },
    /// All files together are larger than [`PackageLimits::content_bytes`](super::PackageLimits).
    TooMuchContent {
        /// The limit, in bytes.
        limit: u64,
    },
    /// As [`Unsupported`](Self::Unsupported), but `.paths` cannot help: the name is longer than 100
    /// bytes or not ASCII, so that it stands in a header of its own, which Zig takes for that of the
    /// next entry.
    UnsupportedLongName {
        /// Its path.
        path: EntryPath,
        /// What it is.
        kind: FileKind,
    },
    /// No file and no link belongs to the package.
    Empty,
    /// `build.zig.zon` is a link or a directory.
    ManifestIsNoFile,
    /// The manifest is longer than [`PackageLimits::manifest_bytes`](super::PackageLimits).
    ManifestTooLong {
        /// The limit, in bytes.
        limit: usize,
    },
    /// The manifest cannot be read.
    Manifest(ManifestError),
    /// The gzip stream cannot be read.
    Gzip(GzipError),
    /// The tar archive cannot be read.
    Tar(TarError),
}

impl fmt::Display for PackageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path { path, problem } => write!(f, "'{path}' is {problem}"),
            Self::Duplicate { path } => write!(f, "'{path}' is there twice"),
            Self::IsDirectory { path } => {
                write!(f, "'{path}' is a file, and there are others below it")
            }
            Self::BelowFile { path } => {
                write!(f, "'{path}' lies below a file, which is no directory")
            }
            Self::BelowLink { path } => {
                write!(
                    f,
                    "'{path}' lies below a symbolic link, which may lead anywhere"
                )
            }
            Self::Unsupported { path, kind } => {
                write!(
                    f,
                    "'{path}' is {kind}, which Zig does not unpack; leave it out of .paths"
                )
            }
            Self::TooManyEntries { limit } => {
                write!(f, "the package holds more than {limit} files")
            }
            Self::PathsTooLong { limit } => {
                write!(
                    f,
                    "the paths in the package are longer than {limit} bytes together"
                )
            }
            Self::TooMuchContent { limit } => {
                write!(
                    f,
                    "the files of the package are larger than {limit} bytes together"
                )
            }
            Self::UnsupportedLongName { path, kind } => {
                write!(
                    f,
                    "'{path}' is {kind}, and Zig would give its long name to the next entry"
                )
            }
            Self::Empty => f.write_str("the package holds no file"),
            Self::ManifestIsNoFile => f.write_str("'build.zig.zon' must be a regular file"),
            Self::ManifestTooLong { limit } => {
                write!(f, "'build.zig.zon' is longer than {limit} bytes")
            }
            Self::Manifest(error) => write!(f, "build.zig.zon:{error}"),
            Self::Gzip(error) => error.fmt(f),
            Self::Tar(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for PackageError {}

impl From<GzipError> for PackageError {
    fn from(error: GzipError) -> Self {
        Self::Gzip(error)
    }
}

impl From<TarError> for PackageError {
    fn from(error: TarError) -> Self {
        Self::Tar(error)
    }
}

/// Why Zig 0.14 and later have no hash for a package that earlier versions may read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum NoHash {
    /// The manifest's name or version cannot be part of a hash.
    Words(HashError),
    /// The manifest's fingerprint is wrong.
    Fingerprint(FingerprintError),
}

impl fmt::Display for NoHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Words(error) => error.fmt(f),
            Self::Fingerprint(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for NoHash {}

/// What an entry of a package is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum FileKind {
    /// A regular file.
    File,
    /// A symbolic link.
    Link,
    /// A symbolic link that leads nowhere, because its target is empty.
    EmptyLink,
    /// A hard link.
    HardLink,
    /// Anything else: a device, a socket, a pipe, or an unknown type of tar entry.
    Special,
}

impl FileKind {
    /// Whether Zig unpacks it.
    pub const fn is_supported(self) -> bool {
        matches!(self, Self::File | Self::Link)
    }
}

impl fmt::Display for FileKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::File => "a file",
            Self::Link => "a symbolic link",
            Self::EmptyLink => "a symbolic link with an empty target",
            Self::HardLink => "a hard link",
            Self::Special => "no file and no symbolic link",
        })
    }
}
