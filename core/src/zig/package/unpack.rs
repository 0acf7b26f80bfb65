//! What is to be written when a package is unpacked.
//!
//! An [`Unpacker`] reads an archive a second time, after a [`PackageReader`](super::PackageReader)
//! has found it sound and told its layout, and hands out what belongs to the package, by the paths
//! that were hashed. It judges nothing again: without that first reading, entries may come twice
//! or lie below a link. A caller that writes makes all links last, and so writes through none.

use alloc::boxed::Box;

use super::error::PackageError;
use super::path::{Filter, PackagePath};
use super::reader::{Layout, tar_limits};
use super::{PackageLimits, Packing};
use crate::archive::gzip::{Gunzip, GzipError};
use crate::archive::tar::{Entry, EntryKind, Event, TarError, TarReader};

/// What an archive holds of its package, in the archive's order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Piece<'a> {
    /// A regular file begins.
    File(&'a PackagePath),
    /// The next bytes of the file begun last.
    Data(&'a [u8]),
    /// The file begun last is complete.
    End,
    /// A symbolic link and its target, which may lead anywhere.
    Link(&'a PackagePath, &'a [u8]),
}

/// Takes the bytes of an archive, cut in any way, and hands out its package.
#[derive(Debug)]
pub struct Unpacker {
    gunzip: Option<Gunzip>,
    tar: TarReader,
    sorter: Sorter,
}

/// Tells what belongs to the package.
#[derive(Debug)]
struct Sorter {
    layout: Layout,
    top: Top,
    filter: Filter,
    /// Whether the file begun last belongs to the package.
    is_wanted: bool,
}

/// The directory that is stripped.
#[derive(Debug)]
enum Top {
    Unknown,
    Named(Box<[u8]>),
    None,
}

impl Unpacker {
    /// Starts before the first byte. The layout is the one with which a reader came to
    /// [`Outcome::Package`](super::Outcome), the filter that of the package's manifest.
    pub fn new(packing: Packing, layout: Layout, filter: Filter, limits: PackageLimits) -> Self {
        Self {
            gunzip: match packing {
                Packing::Tar => None,
                Packing::TarGz => Some(Gunzip::new()),
            },
            tar: TarReader::new(tar_limits(&limits)),
            sorter: Sorter {
                layout,
                top: Top::Unknown,
                filter,
                is_wanted: false,
            },
        }
    }

    /// Takes the next bytes, and calls `take` with each piece in them. An error of `take` ends the
    /// call, and the unpacker is spent.
    pub fn handle_bytes<E>(
        &mut self,
        bytes: &[u8],
        take: &mut impl FnMut(Piece<'_>) -> Result<(), E>,
    ) -> Result<(), E>
    where
        E: From<PackageError> + From<TarError> + From<GzipError>,
    {
        let Self {
            gunzip,
            tar,
            sorter,
        } = self;
        let mut untar =
            |bytes: &[u8]| tar.push(bytes, &mut |event| sorter.handle(event, &mut *take));
        match gunzip {
            Some(gunzip) => gunzip.push(bytes, &mut untar).map(|_| ()),
            None => untar(bytes),
        }
    }

    /// Whether what is still to come does not matter.
    pub const fn is_ended(&self) -> bool {
        self.tar.is_ended()
    }

    /// To be called when there are no more bytes.
    pub fn finish(&self) -> Result<(), PackageError> {
        Ok(self.tar.finish()?)
    }
}

impl Sorter {
    fn handle<E: From<PackageError>>(
        &mut self,
        event: Event<'_>,
        take: &mut impl FnMut(Piece<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        match event {
            Event::Entry(entry) => self.handle_entry(&entry, take),
            Event::Data(bytes) if self.is_wanted => take(Piece::Data(bytes)),
            Event::End if core::mem::take(&mut self.is_wanted) => take(Piece::End),
            Event::Data(_) | Event::End => Ok(()),
        }
    }

    fn handle_entry<E: From<PackageError>>(
        &mut self,
        entry: &Entry<'_>,
        take: &mut impl FnMut(Piece<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        self.is_wanted = false;
        let Some(path) = PackagePath::of_entry(entry)? else {
            return Ok(());
        };
        match entry.kind {
            EntryKind::Directory => self.see_top(Some(path.top())),
            EntryKind::File => {
                let path = self.place(path);
                self.is_wanted = self.filter.includes(path.as_bytes());
                if self.is_wanted {
                    return take(Piece::File(&path));
                }
            }
            EntryKind::Symlink(target) => {
                let path = self.place(path);
                if self.filter.includes(path.as_bytes()) {
                    return take(Piece::Link(&path, target));
                }
            }
            // Left out by the filter, or the first reading would have failed.
            EntryKind::HardLink(_) | EntryKind::Other(_) => {}
        }
        Ok(())
    }

    fn place(&mut self, path: PackagePath) -> PackagePath {
        self.see_top(path.split_top().map(|(top, _)| top));
        match &self.top {
            Top::Named(top) if **top == *path.top() => path.below_top(),
            Top::Named(_) | Top::None | Top::Unknown => path,
        }
    }

    /// The first entry decides: a rooted archive has no other top.
    fn see_top(&mut self, top: Option<&[u8]>) {
        if !matches!(self.top, Top::Unknown) {
            return;
        }
        self.top = match (self.layout, top) {
            (Layout::Rooted, Some(top)) => Top::Named(top.into()),
            (Layout::Rooted, None) | (Layout::Rootless, _) => Top::None,
        };
    }
}

#[cfg(test)]
mod tests;
