//! Why a package has no hash.

use core::fmt;

use super::hash::HashError;
use super::path::{EntryPath, PathProblem};

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
    /// No file and no link belongs to the package.
    Empty,
    /// The name or version of the manifest cannot be part of a hash.
    Hash(HashError),
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
            Self::Empty => f.write_str("the package holds no file"),
            Self::Hash(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for PackageError {}

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
