//! The writer: one form for one content, the same bytes on every machine.
//!
//! | what | how |
//! |---|---|
//! | path of up to 100 bytes | the header's name |
//! | longer, and a slash leaves at most 155 bytes before and 100 behind it | prefix and name, at the last such slash |
//! | any other path, a target over 100 bytes | a pax header `x` with `path`, `linkpath`; the entry's own fields hold the first 100 bytes |
//! | such a value that is not UTF-8 | `hdrcharset=BINARY` before it (POSIX.1-2024, pax utility) |
//! | mode | files 0644 or 0755, directories 0755, symbolic links 0777 |
//! | owners | 0 and 0, no names |
//! | time | [`MTIME`], always |
//! | a directory's path | ends with a slash |
//! | the end | two blocks of zeros, and no filling to a record |
//!
//! The magic is ustar's. A pax header has the name that GNU tar and Python give theirs,
//! `././@PaxHeader`; no program extracts it that knows pax.
//!
//! It refuses what does not come out of [`TarReader`](super::TarReader) as it went in: empty paths,
//! NULs, files of 8 GiB or more, and content that is longer or shorter than announced. It does not
//! sort, does not look for duplicates, and takes `..` for a name like others: that is for the
//! caller.

use alloc::vec::Vec;
use core::fmt;

use super::block::{Block, Kind};
use super::{BLOCK, padding, pax};

pub use super::block::MTIME;

/// Most bytes of a path or a target in a header.
pub(super) const FIELD: usize = 100;
/// Most bytes of the prefix.
const PREFIX: usize = 155;
/// Most bytes of a file: eleven octal digits.
const LARGEST: u64 = (1 << 33) - 1;

/// Writes a tar archive, entry by entry, to the end of the caller's buffer.
///
/// A call that fails has appended nothing and changed nothing. It holds no content.
#[derive(Debug, Default)]
pub struct TarWriter {
    /// Bytes of the open file that are to come.
    left: u64,
    /// Zeros that are to follow them.
    padding: usize,
}

impl TarWriter {
    /// Makes a writer of an archive without entries.
    pub fn new() -> Self {
        Self::default()
    }

    /// Begins a regular file, whose `size` bytes of content follow.
    pub fn file(
        &mut self,
        path: &[u8],
        is_executable: bool,
        size: u64,
        out: &mut Vec<u8>,
    ) -> Result<(), TarWriteError> {
        self.check_entry(path, b"")?;
        if size > LARGEST {
            return Err(TarWriteError::TooLarge { size });
        }
        append(Kind::File { is_executable }, path, b"", size, out);
        self.left = size;
        self.padding = padding(size);
        Ok(())
    }

    /// The next bytes of the file's content, cut in any way.
    pub fn content(&mut self, bytes: &[u8], out: &mut Vec<u8>) -> Result<(), TarWriteError> {
        let left = self.left.checked_sub(bytes.len() as u64);
        let left = left.ok_or(TarWriteError::TooMuchContent { left: self.left })?;
        out.extend_from_slice(bytes);
        self.left = left;
        if left == 0 {
            let end = out.len() + core::mem::take(&mut self.padding);
            out.resize(end, 0);
        }
        Ok(())
    }

    /// A symbolic link; the target is any text without NUL, which nobody judges.
    pub fn symlink(
        &mut self,
        path: &[u8],
        target: &[u8],
        out: &mut Vec<u8>,
    ) -> Result<(), TarWriteError> {
        self.check_entry(path, target)?;
        append(Kind::Symlink, path, target, 0, out);
        Ok(())
    }

    /// A directory. The slash at the end is the writer's; `path` has none.
    pub fn directory(&mut self, path: &[u8], out: &mut Vec<u8>) -> Result<(), TarWriteError> {
        self.check_entry(path, b"")?;
        append(Kind::Directory, &[path, b"/"].concat(), b"", 0, out);
        Ok(())
    }

    /// Ends the archive.
    pub fn finish(self, out: &mut Vec<u8>) -> Result<(), TarWriteError> {
        self.check_complete()?;
        out.extend_from_slice(&[0; 2 * BLOCK]);
        Ok(())
    }

    /// Bytes of the open file's content that are still to come.
    pub const fn missing(&self) -> u64 {
        self.left
    }

    fn check_entry(&self, path: &[u8], target: &[u8]) -> Result<(), TarWriteError> {
        self.check_complete()?;
        if path.is_empty() {
            return Err(TarWriteError::EmptyPath);
        }
        match (path.contains(&0), target.contains(&0)) {
            (true, _) => Err(TarWriteError::NulInPath),
            (false, true) => Err(TarWriteError::NulInTarget),
            (false, false) => Ok(()),
        }
    }

    const fn check_complete(&self) -> Result<(), TarWriteError> {
        match self.left {
            0 => Ok(()),
            left => Err(TarWriteError::ContentMissing { left }),
        }
    }
}

/// Why something is not written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum TarWriteError {
    /// An entry without a path.
    EmptyPath,
    /// A path with a NUL, at which every reader would end it.
    NulInPath,
    /// The target of a symbolic link with a NUL in it.
    NulInTarget,
    /// A file of 8 GiB or more, which eleven octal digits do not tell.
    TooLarge {
        /// Its size, in bytes.
        size: u64,
    },
    /// More content than announced, or content without a file.
    TooMuchContent {
        /// How many bytes would have been right.
        left: u64,
    },
    /// The next entry or the end came before all content of a file.
    ContentMissing {
        /// How many bytes are missing.
        left: u64,
    },
}

impl fmt::Display for TarWriteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::EmptyPath => f.write_str("the path is empty"),
            Self::NulInPath => f.write_str("the path has a NUL in it"),
            Self::NulInTarget => f.write_str("the target of the link has a NUL in it"),
            Self::TooLarge { size } => {
                write!(
                    f,
                    "{size} bytes are more than a tar header tells ({LARGEST})"
                )
            }
            Self::TooMuchContent { left } => {
                write!(f, "more content than announced: {left} bytes were left")
            }
            Self::ContentMissing { left } => {
                write!(f, "less content than announced: {left} bytes are missing")
            }
        }
    }
}

impl core::error::Error for TarWriteError {}

/// Appends the header of an entry, and before it a pax header if that is too small for it.
fn append(kind: Kind, path: &[u8], target: &[u8], size: u64, out: &mut Vec<u8>) {
    let split = split(path);
    let long_path = split.is_none().then_some(path);
    let long_target = (target.len() > FIELD).then_some(target);
    pax::append(long_path, long_target, out);
    let (prefix, name) = split.unwrap_or((&[], cut(path)));
    let block = Block::new(kind, name, size).prefix(prefix);
    out.extend_from_slice(&block.target(cut(target)).finish());
}

/// Prefix and name that make up `path`, if it fits.
fn split(path: &[u8]) -> Option<(&[u8], &[u8])> {
    if path.len() <= FIELD {
        return Some((&[], path));
    }
    // The slash at the end of a directory is the name's.
    let inner = &path[..path.len() - 1];
    let reach = &inner[..inner.len().min(PREFIX + 1)];
    let slash = memchr::memrchr(b'/', reach).filter(|&slash| slash > 0)?;
    let (prefix, name) = (&path[..slash], &path[slash + 1..]);
    (name.len() <= FIELD).then_some((prefix, name))
}

fn cut(text: &[u8]) -> &[u8] {
    &text[..text.len().min(FIELD)]
}

#[cfg(test)]
#[path = "write_tests.rs"]
mod tests;
