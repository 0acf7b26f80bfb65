//! The files of a package, hashed as they come and put in order at the end.
//!
//! ```text
//! file    SHA-256(path, 00 00, content)
//! link    SHA-256(path, target)
//! package SHA-256(those digests, in byte order of the paths)
//! ```
//!
//! Directories, modes, times and owners do not count. The two zero bytes stand where Zig once meant
//! to tell whether a file is executable.
//!
//! A tree holds no content: for each entry its path, a digest and a size, within [`PackageLimits`].
//! Since the manifest that says which paths belong to the package may come last, everything is
//! hashed, and left out at the end. It refuses what a file system refuses when it unpacks (two
//! entries of one path, a file where a directory must be), as far as the package holds it, and
//! anything below a link, where Zig would write to wherever the link leads.

use alloc::vec::Vec;
use core::ops::Range;

use super::error::{FileKind, NoHash, PackageError};
use super::hash::PackageHash;
use super::path::{EntryPath, Filter, PackagePath, is_above, tree_order};
use super::{Hashes, PackageLimits};
use crate::zig::digest::{Hashing, Sha256Digest};
use crate::zig::manifest::Manifest;

/// What Zig put between the path and the content of a file that is not executable.
const NOT_EXECUTABLE: [u8; 2] = [0, 0];

/// Takes the files of a package in any order.
///
/// After [`handle_file`](Self::handle_file) the content follows in
/// [`handle_content`](Self::handle_content), cut in any way; the next entry ends it.
#[derive(Debug)]
pub struct Tree {
    limits: PackageLimits,
    /// The paths of all entries, one behind the other.
    paths: Vec<u8>,
    /// In the order in which they came.
    entries: Vec<Entry>,
    /// The digest in the making of the last entry, if that is a file.
    open: Option<Hashing>,
    content_bytes: u64,
}

#[derive(Debug)]
struct Entry {
    path: Range<usize>,
    kind: FileKind,
    digest: Sha256Digest,
    size: u64,
    is_included: bool,
}

impl Tree {
    /// Starts without files.
    pub fn new(limits: PackageLimits) -> Self {
        Self {
            limits,
            paths: Vec::new(),
            entries: Vec::new(),
            open: None,
            content_bytes: 0,
        }
    }

    /// Begins a regular file.
    pub fn handle_file(&mut self, path: &PackagePath) -> Result<(), PackageError> {
        self.push(path, FileKind::File)?;
        let mut hashing = Hashing::new();
        hashing.update(path.as_bytes());
        hashing.update(&NOT_EXECUTABLE);
        self.open = Some(hashing);
        Ok(())
    }

    /// Takes the next bytes of the file begun last; without one they are ignored.
    pub fn handle_content(&mut self, bytes: &[u8]) -> Result<(), PackageError> {
        let (Some(hashing), Some(entry)) = (&mut self.open, self.entries.last_mut()) else {
            return Ok(());
        };
        let limit = self.limits.content_bytes;
        self.content_bytes += bytes.len() as u64;
        if self.content_bytes > limit {
            return Err(PackageError::TooMuchContent { limit });
        }
        hashing.update(bytes);
        entry.size += bytes.len() as u64;
        Ok(())
    }

    /// Takes a symbolic link. Its target is hashed, not followed; an empty one is an error at the
    /// end, unless `.paths` leaves the link out.
    pub fn handle_link(&mut self, path: &PackagePath, target: &[u8]) -> Result<(), PackageError> {
        if target.is_empty() {
            return self.push(path, FileKind::EmptyLink);
        }
        self.push(path, FileKind::Link)?;
        let mut hashing = Hashing::new();
        hashing.update(path.as_bytes());
        hashing.update(target);
        self.open = Some(hashing);
        self.close();
        Ok(())
    }

    /// Takes what no package may hold: an error at the end, unless `.paths` leaves it out.
    pub fn handle_other(&mut self, path: &PackagePath, kind: FileKind) -> Result<(), PackageError> {
        self.push(path, kind)
    }

    /// Computes the hashes of what the manifest's `.paths` includes; everything, if it has none or
    /// if there is no manifest.
    pub fn finish(self, manifest: Option<&Manifest>) -> Result<Hashes, PackageError> {
        let (digest, size) = self.sum(&Filter::of(manifest))?;
        Ok(Hashes {
            new: manifest.map_or_else(
                || Ok(PackageHash::naked(size, &digest)),
                |manifest| labelled(manifest, size, &digest),
            ),
            legacy: PackageHash::legacy(&digest),
        })
    }

    /// The digest over the files that the filter includes, and their size.
    fn sum(mut self, filter: &Filter) -> Result<(Sha256Digest, u64), PackageError> {
        self.close();
        let mut order: Vec<usize> = (0..self.entries.len()).collect();
        // Stable, so that of one path the first comes first.
        order.sort_by(|&a, &b| tree_order(self.path(a), self.path(b)));
        for &number in &order {
            self.entries[number].is_included = filter.includes(self.path(number));
        }
        self.check(&order)?;
        self.digest(order)
    }

    /// The digest over the included files, and their size.
    fn digest(&self, mut order: Vec<usize>) -> Result<(Sha256Digest, u64), PackageError> {
        order.retain(|&number| self.entries[number].is_included);
        if order.is_empty() {
            return Err(PackageError::Empty);
        }
        order.sort_by(|&a, &b| self.path(a).cmp(self.path(b)));
        let mut hashing = Hashing::new();
        let mut size = 0;
        for entry in order.iter().map(|&number| &self.entries[number]) {
            hashing.update(entry.digest.as_bytes());
            size += entry.size;
        }
        Ok((hashing.finish(), size))
    }

    fn push(&mut self, path: &PackagePath, kind: FileKind) -> Result<(), PackageError> {
        self.close();
        if self.entries.len() >= self.limits.entries {
            let limit = self.limits.entries;
            return Err(PackageError::TooManyEntries { limit });
        }
        let start = self.paths.len();
        if path.as_bytes().len() > self.limits.paths_bytes - start {
            let limit = self.limits.paths_bytes;
            return Err(PackageError::PathsTooLong { limit });
        }
        self.paths.extend_from_slice(path.as_bytes());
        self.entries.push(Entry {
            path: start..self.paths.len(),
            kind,
            digest: Sha256Digest::new([0; 32]),
            size: 0,
            is_included: true,
        });
        Ok(())
    }

    /// Ends the file under way.
    fn close(&mut self) {
        if let (Some(hashing), Some(entry)) = (self.open.take(), self.entries.last_mut()) {
            entry.digest = hashing.finish();
        }
    }

    /// Finds the first entry that cannot be unpacked though the package holds it. `order` is that of
    /// the tree.
    fn check(&self, order: &[usize]) -> Result<(), PackageError> {
        let mut first = None;
        // The entries that the present one lies below, the nearest last.
        let mut above: Vec<usize> = Vec::new();
        for &number in order {
            let (entry, path) = (&self.entries[number], self.path(number));
            if !entry.kind.is_supported() {
                self.note(&mut first, number, Clash::Unsupported);
                continue;
            }
            while above
                .pop_if(|dir| !is_at_or_above(self.path(*dir), path))
                .is_some()
            {}
            match above.last() {
                Some(&twin) if self.path(twin) == path => {
                    self.note(&mut first, number, Clash::Duplicate);
                }
                _ => {
                    for &dir in &above {
                        self.check_pair(&mut first, dir, number);
                    }
                    above.push(number);
                }
            }
        }
        first.map_or(Ok(()), |(number, clash)| Err(self.error(number, clash)))
    }

    /// Of two entries, one below the other, that which came later is in the way.
    fn check_pair(&self, first: &mut Option<(usize, Clash)>, dir: usize, below: usize) {
        if below < dir {
            self.note(first, dir, Clash::IsDirectory);
        } else if self.entries[dir].kind == FileKind::Link {
            self.note(first, below, Clash::BelowLink);
        } else {
            self.note(first, below, Clash::BelowFile);
        }
    }

    /// Keeps the clash of the entry that came first. What the package leaves out may clash, but for
    /// what is written through a link: that may end up in what it holds.
    fn note(&self, first: &mut Option<(usize, Clash)>, number: usize, clash: Clash) {
        let matters = clash == Clash::BelowLink || self.entries[number].is_included;
        if matters && first.is_none_or(|(earlier, _)| number < earlier) {
            *first = Some((number, clash));
        }
    }

    fn error(&self, number: usize, clash: Clash) -> PackageError {
        let path = EntryPath::new(self.path(number));
        match clash {
            Clash::Unsupported => {
                let kind = self.entries[number].kind;
                PackageError::Unsupported { path, kind }
            }
            Clash::Duplicate => PackageError::Duplicate { path },
            Clash::IsDirectory => PackageError::IsDirectory { path },
            Clash::BelowFile => PackageError::BelowFile { path },
            Clash::BelowLink => PackageError::BelowLink { path },
        }
    }

    fn path(&self, number: usize) -> &[u8] {
        &self.paths[self.entries[number].path.clone()]
    }
}

/// Why an entry cannot be unpacked.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Clash {
    Unsupported,
    Duplicate,
    IsDirectory,
    BelowFile,
    BelowLink,
}

/// The hash of Zig 0.14 and later. Absent from a manifest, the fingerprint counts as 0 (0.14, 0.15);
/// a wrong one is refused by all of them.
fn labelled(manifest: &Manifest, size: u64, digest: &Sha256Digest) -> Result<PackageHash, NoHash> {
    if manifest.fingerprint.is_some() {
        manifest.check_fingerprint().map_err(NoHash::Fingerprint)?;
    }
    let (name, id) = (manifest.name.as_str(), manifest.id().unwrap_or(0));
    PackageHash::new(name, &manifest.version, id, size, digest).map_err(NoHash::Words)
}

fn is_at_or_above(dir: &[u8], path: &[u8]) -> bool {
    dir == path || is_above(dir, path)
}

#[cfg(test)]
mod tests;
