//! Tar, read as it comes: ustar, v7, GNU and pax (POSIX.1-2024, pax utility; GNU tar manual,
//! "Basic Tar Format"); and written in one canonical form, by [`TarWriter`].
//!
//! [`TarReader`] understands what the Zig client does, and in the same way:
//!
//! * the ustar prefix, also with GNU's magic; GNU long names (`L`, `K`); pax `path`, `linkpath` and
//!   `size` (`x`), where an empty value or a size of 0 leaves the header's own; sizes in base 256;
//! * of pax and GNU headers before one entry the later wins, and a pax header forgets all before it;
//! * a global pax header (`g`) is read past, its `path` too;
//! * the archive ends at the first block of zeros, or where the bytes end between two entries; what
//!   follows that block is ignored;
//! * the checksum of a header may be the signed sum of old tars;
//! * text ends at its first NUL.
//!
//! It delivers paths as they stand there: `/`, `./`, `..`, a trailing slash and bytes that are not
//! UTF-8 included. It delivers content of regular files alone. Hard links, devices, sparse files
//! and unknown types are reported, and their data is read past: Zig refuses such an archive unless
//! the package leaves the entry out, so that a caller that means to agree with Zig must not take
//! them for files. It differs from Zig where such an entry has a long name: here the name is that
//! entry's, there it is left over for the next one.
//!
//! The reader refuses to guess at damaged headers, and to allocate by a size that the archive
//! states before comparing it with [`TarLimits`].

mod block;
mod error;
mod extension;
mod header;
mod pax;
mod reader;
mod spent;
mod write;

pub use error::TarError;
pub use reader::TarReader;
pub use write::{MTIME, TarWriteError, TarWriter};

/// Bytes of a block: headers are one block, content is padded to whole blocks.
const BLOCK: usize = 512;

/// Bytes that fill the last block of `size` bytes.
#[allow(clippy::cast_possible_truncation)] // less than a block
const fn padding(size: u64) -> usize {
    (size.wrapping_neg() % BLOCK as u64) as usize
}

/// What an archive is made of, in its order: `Entry`, and for a regular file any number of `Data`
/// and then `End`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event<'a> {
    /// An entry begins.
    Entry(Entry<'a>),
    /// The next bytes of the regular file's content, at least one. How content is cut into runs
    /// depends on the pushes.
    Data(&'a [u8]),
    /// The content of the regular file is complete; its `size` bytes were delivered.
    End,
}

/// An entry as its header, and what extends it, have it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry<'a> {
    /// The bytes of the archive, neither normalised nor judged; may be empty, holds no NUL.
    pub path: &'a [u8],
    /// What it is.
    pub kind: EntryKind<'a>,
    /// Bytes of data behind the header; delivered for [`EntryKind::File`], else read past.
    pub size: u64,
    /// Whether the mode lets the owner execute it. Zig does not look at it; Git keeps it of files.
    pub is_executable: bool,
}

/// What an entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryKind<'a> {
    /// A regular file (type `0` or NUL). Old tars write directories so, with a slash at the end.
    File,
    /// A directory (type `5`).
    Directory,
    /// A symbolic link (type `2`) and its target, which is judged by nobody.
    Symlink(&'a [u8]),
    /// A hard link (type `1`) and the path that it refers to.
    HardLink(&'a [u8]),
    /// Any other type. `S` is a sparse file, also one that pax describes (`GNU.sparse.*`).
    Other(u8),
}

/// Caps for reading an archive. Over one of them reading ends with an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TarLimits {
    /// Most bytes of data in all, of long names, pax headers and what is read past too. A header's
    /// size is counted before its data comes. It is what stops a small archive that inflates
    /// without end; 4 GiB, the most that the size in a Zig package hash can tell.
    pub content_bytes: u64,
    /// Most headers, those that only extend the next one included: at least one for each entry, at
    /// most three from usual tars. 524,288.
    pub headers: u32,
    /// Longest path or link target, in bytes; of a GNU long name its NUL counts. 4096, Zig's own.
    pub path_bytes: usize,
    /// Most bytes of all paths and link targets together, for callers that keep them. 64 MiB.
    pub paths_bytes: u64,
    /// Longest pax header, in bytes; a global one is not kept and may be longer. 64 KiB.
    pub pax_bytes: usize,
}

impl TarLimits {
    /// The default of [`Self::path_bytes`]: what writes an archive keeps to it.
    pub const LONGEST_PATH: usize = 4096;
}

impl Default for TarLimits {
    fn default() -> Self {
        Self {
            content_bytes: 4 << 30,
            headers: 1 << 19,
            path_bytes: Self::LONGEST_PATH,
            paths_bytes: 64 << 20,
            pax_bytes: 64 << 10,
        }
    }
}

#[cfg(test)]
mod fixtures;
#[cfg(test)]
mod limit_tests;
#[cfg(test)]
mod oracle;
#[cfg(test)]
mod tests;
