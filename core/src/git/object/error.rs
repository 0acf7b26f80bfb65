//! Why an object is not what it is taken for.

use alloc::string::String;
use core::fmt;

/// Why the bytes of an object are refused.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ObjectError {
    /// A commit or tag lacks a header line that it must have at this place, or its value is not
    /// well-formed (an id of 40 hex digits, a kind, a name).
    Header {
        /// The line's first word.
        header: &'static str,
    },
    /// A tree ends within an entry.
    TreeCut {
        /// Where the entry begins, in bytes from the tree's start.
        offset: usize,
    },
    /// The mode of a tree's entry is none that Git writes, or is not octal.
    Mode {
        /// Where the entry begins, in bytes from the tree's start.
        offset: usize,
    },
    /// A tree has an entry whose name cannot be checked out safely.
    Name {
        /// The name, escaped and cut to 128 characters.
        name: String,
        /// What is wrong with it.
        fault: NameFault,
    },
    /// A tree's entries are not in Git's order.
    Order {
        /// The name that comes too late, escaped and cut to 128 characters.
        name: String,
    },
    /// A tree has two entries of one name.
    Duplicate {
        /// The name, escaped and cut to 128 characters.
        name: String,
    },
}

/// What is wrong with the name of a tree's entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum NameFault {
    /// It has no bytes.
    Empty,
    /// It is `.` or `..`.
    Dots,
    /// It holds a slash.
    Slash,
    /// It is `.git`, or would be to a file system of macOS or Windows.
    DotGit,
}

impl fmt::Display for ObjectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Header { header } => {
                write!(f, "the object has no well-formed header line \"{header}\"")
            }
            Self::TreeCut { offset } => {
                write!(f, "the tree is cut off within the entry at byte {offset}")
            }
            Self::Mode { offset } => {
                write!(f, "the tree's entry at byte {offset} has no valid mode")
            }
            Self::Name { name, fault } => write!(f, "the tree's entry \"{name}\" {fault}"),
            Self::Order { name } => write!(f, "the tree's entry \"{name}\" is out of order"),
            Self::Duplicate { name } => write!(f, "the tree has two entries \"{name}\""),
        }
    }
}

impl fmt::Display for NameFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "has an empty name",
            Self::Dots => "names a directory above",
            Self::Slash => "has a slash in its name",
            Self::DotGit => "would be taken for a repository's own directory",
        })
    }
}

impl core::error::Error for ObjectError {}

/// A name as errors show it.
pub(super) fn shown(name: &[u8]) -> String {
    name.escape_ascii().take(128).map(char::from).collect()
}
