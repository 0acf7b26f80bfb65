//! Why a tarball proves nothing.

use alloc::string::String;
use core::fmt;

use super::super::shown;
use crate::archive::gzip::GzipError;
use crate::archive::tar::TarError;
use crate::git::id::HashError;
use crate::git::object::ObjectError;
use crate::zig::package::PathProblem;

/// Why there is no id of a tarball's tree. Paths and modes are escaped, and cut to 128 characters.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ProofError {
    /// The tarball is no gzip, damaged or cut off.
    Gzip(GzipError),
    /// What it inflates to is no tar, damaged, cut off, or over a limit.
    Tar(TarError),
    /// An entry is not in the top directory.
    Outside {
        /// Its path in the tarball.
        path: String,
    },
    /// The name of an entry is no path.
    Path {
        /// The name.
        path: String,
        /// What it is.
        problem: PathProblem,
    },
    /// An entry is neither file, symbolic link nor directory.
    Kind {
        /// Its path in the tarball.
        path: String,
    },
    /// The object of a file, link or directory has no id.
    Object {
        /// Its path.
        path: String,
        /// Why.
        fault: HashError,
    },
    /// The entries of a directory make no tree.
    Tree {
        /// The directory's path in the tree; empty for the root.
        path: String,
        /// What is wrong, by the entry's name.
        fault: ObjectError,
    },
    /// The tarball has an empty directory which is neither a known empty tree nor a submodule.
    Directory {
        /// Its path in the tree.
        path: String,
    },
    /// A submodule or an empty tree is to be there, and is no directory of the tarball.
    NoDirectory {
        /// Its path in the tree.
        path: String,
    },
    /// The text of a mode is none, or one of another kind than the tarball's entry.
    Mode {
        /// The entry's path in the tree.
        path: String,
        /// The text.
        text: String,
    },
    /// A mode is given for what is not in the tarball.
    ModeOfNothing {
        /// The path.
        path: String,
    },
}

impl ProofError {
    pub(super) fn outside(path: &[u8]) -> Self {
        Self::Outside { path: shown(path) }
    }

    pub(super) fn path(path: &[u8], problem: PathProblem) -> Self {
        let path = shown(path);
        Self::Path { path, problem }
    }

    pub(super) fn kind(path: &[u8]) -> Self {
        Self::Kind { path: shown(path) }
    }

    pub(super) fn object(path: &[u8], fault: HashError) -> Self {
        let path = shown(path);
        Self::Object { path, fault }
    }

    pub(super) fn tree(path: &[u8], fault: ObjectError) -> Self {
        let path = shown(path);
        Self::Tree { path, fault }
    }

    pub(super) fn directory(path: &[u8]) -> Self {
        Self::Directory { path: shown(path) }
    }

    pub(super) fn no_directory(path: &[u8]) -> Self {
        Self::NoDirectory { path: shown(path) }
    }

    pub(super) fn mode(path: &[u8], text: &[u8]) -> Self {
        let (path, text) = (shown(path), shown(text));
        Self::Mode { path, text }
    }

    pub(super) fn mode_of_nothing(path: &[u8]) -> Self {
        Self::ModeOfNothing { path: shown(path) }
    }
}

impl From<GzipError> for ProofError {
    fn from(error: GzipError) -> Self {
        Self::Gzip(error)
    }
}

impl From<TarError> for ProofError {
    fn from(error: TarError) -> Self {
        Self::Tar(error)
    }
}

impl fmt::Display for ProofError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Gzip(error) => error.fmt(f),
            Self::Tar(error) => error.fmt(f),
            Self::Outside { path } => write!(f, "\"{path}\" is not in the top directory"),
            Self::Path { path, problem } => write!(f, "\"{path}\" is {problem}"),
            Self::Kind { path } => {
                write!(f, "\"{path}\" is neither file, symbolic link nor directory")
            }
            Self::Object { path, fault } => write!(f, "\"{path}\": {fault}"),
            Self::Tree { path, fault } => write!(f, "the directory \"{path}\": {fault}"),
            Self::Directory { path } => write!(
                f,
                "the empty directory \"{path}\" is neither an empty tree nor a submodule"
            ),
            Self::NoDirectory { path } => {
                write!(
                    f,
                    "\"{path}\" is to be a directory of the tarball, and is not"
                )
            }
            Self::Mode { path, text } => {
                write!(f, "\"{text}\" is no mode of what \"{path}\" is")
            }
            Self::ModeOfNothing { path } => {
                write!(f, "\"{path}\" has a mode, and is not in the tarball")
            }
        }
    }
}

impl core::error::Error for ProofError {}
