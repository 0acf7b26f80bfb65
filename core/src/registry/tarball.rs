//! The canonical tarball: one tree of Git, one file, the same bytes for ever and everywhere.
//!
//! * Everything is in one top directory ([`Prefix`]), which has no entry of its own unless the tree
//!   is empty. Nor has any other directory that holds something.
//! * A tree without entries and a submodule's place (a gitlink) are entries of directories. What a
//!   tar cannot tell of them is for the manifest: see [`Facts`](super::proof::Facts).
//! * Entries come in Git's order of whole paths, that is by bytes, where the path of an empty tree
//!   counts with its slash and that of a gitlink without.
//! * Headers are those of [`TarWriter`], compression is that of [`Gzip`].
//!
//! The order is for the caller to keep, and checked: what comes too late, twice, or below a file is
//! refused, and so are components that are empty, `.` or `..`. It refuses paths and targets that
//! [`TarLimits`] would not let pass again. It knows no other limit: how much may be written is for
//! the caller to say.

mod error;
mod order;

use alloc::vec::Vec;

pub use error::TarballError;
use order::Order;

use super::prefix::Prefix;
use super::sums::{FileSums, Summing};
use crate::archive::gzip::Gzip;
use crate::archive::tar::{TarLimits, TarWriteError, TarWriter};
use crate::zig::digest::{Hashing, Sha256Digest};

/// Makes a tarball, entry by entry, at the end of the caller's buffer.
///
/// It holds some 330 KiB and the longest piece of content. After an error the tarball is spoilt:
/// further calls are harmless and mean nothing.
#[derive(Debug)]
pub struct Tarball {
    prefix: Prefix,
    order: Order,
    tar: TarWriter,
    content: Hashing,
    content_size: u64,
    gzip: Gzip,
    file: Summing,
    /// What of the tar the current call makes.
    piece: Vec<u8>,
}

/// What a tarball sums up to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sums {
    /// Of the file as it is served.
    pub file: FileSums,
    /// SHA-256 of the tar inside: the tarball's identity, whatever compresses it.
    pub content_digest: Sha256Digest,
    /// Bytes of the tar inside.
    pub content_size: u64,
}

impl Tarball {
    /// Begins a tarball whose entries are all in the directory `prefix`.
    pub fn new(prefix: Prefix, out: &mut Vec<u8>) -> Self {
        let start = out.len();
        let gzip = Gzip::new(out);
        let mut file = Summing::new();
        file.update(out.get(start..).unwrap_or_default());
        Self {
            prefix,
            order: Order::default(),
            tar: TarWriter::new(),
            content: Hashing::new(),
            content_size: 0,
            gzip,
            file,
            piece: Vec::new(),
        }
    }

    /// Begins a file, whose `size` bytes of content follow. The path is that in the tree, in bytes.
    pub fn file(
        &mut self,
        path: &[u8],
        is_executable: bool,
        size: u64,
        out: &mut Vec<u8>,
    ) -> Result<(), TarballError> {
        let full = self.enter(path, false)?;
        self.write(out, |tar, out| tar.file(&full, is_executable, size, out))
    }

    /// The next bytes of the file's content, cut in any way.
    pub fn content(&mut self, bytes: &[u8], out: &mut Vec<u8>) -> Result<(), TarballError> {
        self.write(out, |tar, out| tar.content(bytes, out))
    }

    /// A symbolic link with its target, verbatim.
    pub fn symlink(
        &mut self,
        path: &[u8],
        target: &[u8],
        out: &mut Vec<u8>,
    ) -> Result<(), TarballError> {
        let full = self.enter(path, false)?;
        if target.len() > TarLimits::LONGEST_PATH {
            return Err(TarballError::target_too_long(path));
        }
        self.write(out, |tar, out| tar.symlink(&full, target, out))
    }

    /// A tree without entries.
    pub fn empty_tree(&mut self, path: &[u8], out: &mut Vec<u8>) -> Result<(), TarballError> {
        let full = self.enter(path, true)?;
        self.write(out, |tar, out| tar.directory(&full, out))
    }

    /// A submodule's place, which stays empty.
    pub fn gitlink(&mut self, path: &[u8], out: &mut Vec<u8>) -> Result<(), TarballError> {
        let full = self.enter(path, false)?;
        self.write(out, |tar, out| tar.directory(&full, out))
    }

    /// Ends the tarball, and sums it up.
    pub fn finish(mut self, out: &mut Vec<u8>) -> Result<Sums, TarballError> {
        if self.order.is_empty() {
            let root = self.prefix.as_str().as_bytes().to_vec();
            self.write(out, |tar, out| tar.directory(&root, out))?;
        }
        let tar = core::mem::take(&mut self.tar);
        self.write(out, |_, out| tar.finish(out))?;
        let start = out.len();
        self.gzip.finish(out)?;
        self.file.update(out.get(start..).unwrap_or_default());
        Ok(Sums {
            file: self.file.finish(),
            content_digest: self.content.finish(),
            content_size: self.content_size,
        })
    }

    /// Judges a path and gives it with its top directory.
    fn enter(&mut self, path: &[u8], is_tree: bool) -> Result<Vec<u8>, TarballError> {
        if self.tar.missing() > 0 {
            let left = self.tar.missing();
            let fault = TarWriteError::ContentMissing { left };
            return Err(TarballError::entry(self.order.last(), fault));
        }
        let mut components = path.split(|&byte| byte == b'/');
        if components.any(|name| matches!(name, b"" | b"." | b"..")) {
            return Err(TarballError::component(path));
        }
        let full = [self.prefix.as_str().as_bytes(), b"/", path].concat();
        // The slash behind a directory counts.
        if full.len() >= TarLimits::LONGEST_PATH {
            return Err(TarballError::path_too_long(path));
        }
        self.order.handle(path, is_tree)?;
        Ok(full)
    }

    fn write(
        &mut self,
        out: &mut Vec<u8>,
        make: impl FnOnce(&mut TarWriter, &mut Vec<u8>) -> Result<(), TarWriteError>,
    ) -> Result<(), TarballError> {
        self.piece.clear();
        let made = make(&mut self.tar, &mut self.piece);
        made.map_err(|fault| TarballError::entry(self.order.last(), fault))?;
        self.content.update(&self.piece);
        let size = self.piece.len() as u64;
        self.content_size = self.content_size.saturating_add(size);
        let start = out.len();
        self.gzip.push(&self.piece, out);
        self.file.update(out.get(start..).unwrap_or_default());
        Ok(())
    }
}

#[cfg(test)]
mod golden;
#[cfg(test)]
mod tests;
