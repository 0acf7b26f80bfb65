//! Archives of packages, read while their bytes pass.
//!
//! ```text
//! bytes ─► [gunzip] ─► tar ─► Intake ─┬─► tree
//!                                     └─► manifest
//! ```
//!
//! # Twice, if it must be
//!
//! If everything in an archive lies below one top directory, Zig strips that directory; otherwise it
//! strips nothing. Paths are hashed before the content of their files, so this has to be known at
//! the first file, while only the last entry decides it. The reader goes by the first entry. Should
//! a later one contradict, [`PackageReader::finish`] gives [`Outcome::Again`], and the caller reads
//! the archive once more with the layout told. Archives as forges and `zig` make them are
//! read once: either all has a top directory, or the first entry has none.
//!
//! It refuses to unpack, and to keep content but for that of `build.zig.zon`.

use alloc::boxed::Box;

use super::error::PackageError;
use super::intake::{Intake, Stop};
use super::{Hashes, PackageLimits, Packing};
use crate::archive::gzip::Gunzip;
use crate::archive::tar::{TarLimits, TarReader};
use crate::zig::manifest::Manifest;

/// Whether an archive has one top directory, which is no part of the package.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Layout {
    /// All entries lie below one directory. To begin with, an archive is read so.
    #[default]
    Rooted,
    /// They do not.
    Rootless,
}

/// What reading an archive has come to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The package.
    Package(Box<Package>),
    /// The archive must be read again, with this layout. If that is the answer to the second reading
    /// too, the archive has changed in between.
    Again(Layout),
}

/// What an archive holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Package {
    /// Its hashes.
    pub hashes: Hashes,
    /// Its manifest, if it has one.
    pub manifest: Option<Manifest>,
}

/// Computes the hash of the package in an archive.
///
/// After the first error, or once the layout turned out to be the other, bytes are swallowed; to
/// stop feeding then is as good.
#[derive(Debug)]
pub struct PackageReader {
    gunzip: Option<Gunzip>,
    tar: TarReader,
    intake: Intake,
    /// Why the rest does not matter.
    ended: Option<Stop>,
    /// Bytes that may still be inflated. Behind the end of the tar archive nothing else counts them.
    room: u64,
}

impl PackageReader {
    /// Starts before the first byte. The layout is [`Layout::default`], unless an earlier reading
    /// told otherwise.
    pub fn new(packing: Packing, layout: Layout, limits: PackageLimits) -> Self {
        let tar_limits = tar_limits(&limits);
        Self {
            gunzip: match packing {
                Packing::Tar => None,
                Packing::TarGz => Some(Gunzip::new()),
            },
            tar: TarReader::new(tar_limits),
            intake: Intake::new(layout, limits),
            ended: None,
            // Each header is a block, and at most one more fills up what belongs to it.
            room: limits.content_bytes + 1024 * u64::from(tar_limits.headers),
        }
    }

    /// Takes the next bytes of the archive, cut in any way.
    pub fn handle_bytes(&mut self, bytes: &[u8]) {
        if self.ended.is_none() {
            self.ended = self.read(bytes).err();
        }
    }

    /// Whether more bytes cannot change the outcome.
    pub const fn is_decided(&self) -> bool {
        self.ended.is_some()
    }

    /// To be called when there are no more bytes: the hashes, or the first error.
    pub fn finish(self) -> Result<Outcome, PackageError> {
        match self.ended {
            Some(Stop::Failed(error)) => return Err(error),
            Some(Stop::OtherLayout(layout)) => return Ok(Outcome::Again(layout)),
            None => {}
        }
        if let Some(gunzip) = &self.gunzip {
            gunzip.finish()?;
        }
        self.tar.finish()?;
        self.intake.finish()
    }

    fn read(&mut self, bytes: &[u8]) -> Result<(), Stop> {
        let Self {
            gunzip,
            tar,
            intake,
            room,
            ..
        } = self;
        let limit = intake.limits().content_bytes;
        let mut untar = |bytes: &[u8]| tar.push(bytes, &mut |event| intake.handle(event));
        let Some(gunzip) = gunzip else {
            return untar(bytes);
        };
        let inflated = gunzip.push(bytes, &mut |run| {
            let most = usize::try_from(*room).unwrap_or(usize::MAX);
            let (run, over) = run.split_at(run.len().min(most));
            *room -= run.len() as u64;
            untar(run)?;
            if over.is_empty() {
                Ok(())
            } else {
                Err(PackageError::TooMuchContent { limit }.into())
            }
        });
        inflated.map(|_| ())
    }
}

/// A usual entry has at most three headers. Paths are counted with the top directory, and so are
/// the targets of links.
pub(super) fn tar_limits(limits: &PackageLimits) -> TarLimits {
    let usual = TarLimits::default();
    let headers = u32::try_from(limits.entries).unwrap_or(u32::MAX);
    TarLimits {
        content_bytes: limits.content_bytes,
        headers: headers.saturating_mul(3),
        paths_bytes: 2 * limits.paths_bytes as u64,
        ..usual
    }
}

#[cfg(test)]
pub(super) mod tests;
