//! Packages on a disk: the hashes of an archive or a directory, computed by the calling thread.
//!
//! An archive is read as its name says, or as its first bytes say where the name tells nothing. A
//! directory counts as Zig counts one: everything in it, `.git` and `.zig-cache` too, but for what
//! the manifest's `.paths` leaves out; links are hashed as links, and nothing is stripped.
//!
//! Nothing is unpacked, written, or fetched.

use core::fmt;
use std::fs::{self, File};
use std::io::{self, Read};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use zigdepot_core::zig::manifest::Manifest;
use zigdepot_core::zig::package::{
    EntryPath, FileKind, Filter, Layout, MANIFEST, Outcome, Package, PackageError, PackageLimits,
    PackagePath, PackageReader, Packing, PackingError, Tree,
};

/// Bytes read at once.
const CHUNK: usize = 128 << 10;

/// The package in an archive or a directory.
pub fn read(package: &Path, limits: PackageLimits) -> Result<Package, HashingError> {
    let meta = fs::metadata(package).map_err(HashingError::Read)?;
    if meta.is_dir() {
        directory(package, limits)
    } else if meta.is_file() {
        archive(package, limits)
    } else {
        Err(HashingError::NoFile)
    }
}

/// Why a package has no hash.
#[derive(Debug)]
#[non_exhaustive]
pub enum HashingError {
    /// It cannot be read.
    Read(io::Error),
    /// Something in the directory cannot be read.
    ReadEntry(EntryPath, io::Error),
    /// It is no archive that is read here.
    Packing(PackingError),
    /// It is no package.
    Package(PackageError),
    /// It is a pipe, a device or a socket.
    NoFile,
    /// The archive was changed while it was read.
    Changed,
}

impl fmt::Display for HashingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Read(error) => error.fmt(f),
            Self::ReadEntry(path, error) => write!(f, "'{path}': {error}"),
            Self::Packing(error) => error.fmt(f),
            Self::Package(error) => error.fmt(f),
            Self::NoFile => f.write_str("it is neither a file nor a directory"),
            Self::Changed => f.write_str("it was changed while it was read"),
        }
    }
}

impl core::error::Error for HashingError {}

impl From<PackageError> for HashingError {
    fn from(error: PackageError) -> Self {
        Self::Package(error)
    }
}

/// Reads the archive once, or twice if its last entries say something else than its first.
fn archive(path: &Path, limits: PackageLimits) -> Result<Package, HashingError> {
    let mut layout = Layout::default();
    for _ in 0..2 {
        match read_archive(path, layout, limits)? {
            Outcome::Package(package) => return Ok(*package),
            Outcome::Again(other) => layout = other,
        }
    }
    Err(HashingError::Changed)
}

fn read_archive(
    path: &Path,
    layout: Layout,
    limits: PackageLimits,
) -> Result<Outcome, HashingError> {
    let mut file = File::open(path).map_err(HashingError::Read)?;
    let mut buffer = vec![0; CHUNK];
    let head = fill(&mut file, &mut buffer[..Packing::HEAD]).map_err(HashingError::Read)?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let packing = match Packing::of_name(&name) {
        Err(PackingError::Unknown) => Packing::of_bytes(&buffer[..head]),
        told => told,
    };
    let packing = packing.map_err(HashingError::Packing)?;
    let mut reader = PackageReader::new(packing, layout, limits);
    let mut filled = head;
    while filled > 0 && !reader.is_decided() {
        reader.handle_bytes(&buffer[..filled]);
        filled = fill(&mut file, &mut buffer).map_err(HashingError::Read)?;
    }
    Ok(reader.finish()?)
}

/// Reads until the buffer is full or the file ends.
fn fill(file: &mut File, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match file.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

/// The order of the entries does not matter, so that the directory's own will do.
fn directory(root: &Path, limits: PackageLimits) -> Result<Package, HashingError> {
    let manifest = manifest(root, &limits)?;
    let mut walk = Walk {
        filter: Filter::of(manifest.as_ref()),
        tree: Tree::new(limits),
        root,
        pending: vec![PathBuf::new()],
    };
    while let Some(dir) = walk.pending.pop() {
        walk.read_dir(&dir)?;
    }
    let hashes = walk.tree.finish(manifest.as_ref())?;
    Ok(Package { hashes, manifest })
}

fn manifest(root: &Path, limits: &PackageLimits) -> Result<Option<Manifest>, HashingError> {
    let path = root.join(MANIFEST);
    let at = in_entry(Path::new(MANIFEST));
    match fs::symlink_metadata(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(at(error)),
        Ok(meta) if !meta.is_file() => return Err(PackageError::ManifestIsNoFile.into()),
        Ok(_) => {}
    }
    let limit = limits.manifest_bytes;
    let text = read_at_most(&path, limit).map_err(&at)?;
    let text = text.ok_or(PackageError::ManifestTooLong { limit })?;
    Ok(Some(
        Manifest::parse(&text).map_err(PackageError::Manifest)?,
    ))
}

/// All bytes of a file; none if there are more than the limit.
pub(crate) fn read_at_most(path: &Path, limit: usize) -> io::Result<Option<Vec<u8>>> {
    let mut bytes = Vec::new();
    let file = File::open(path)?;
    file.take(limit as u64 + 1).read_to_end(&mut bytes)?;
    Ok((bytes.len() <= limit).then_some(bytes))
}

/// A directory on its way into a tree.
struct Walk<'a> {
    root: &'a Path,
    /// What is left out is not even opened: a cache may be larger than a package can be.
    filter: Filter,
    tree: Tree,
    /// Directories to read, below the root.
    pending: Vec<PathBuf>,
}

impl Walk<'_> {
    fn read_dir(&mut self, dir: &Path) -> Result<(), HashingError> {
        let at = in_entry(dir);
        for entry in fs::read_dir(self.root.join(dir)).map_err(&at)? {
            let entry = entry.map_err(&at)?;
            let path = dir.join(entry.file_name());
            let kind = entry.file_type().map_err(in_entry(&path))?;
            if kind.is_dir() {
                self.pending.push(path);
            } else if self.filter.includes(path.as_os_str().as_bytes()) {
                self.read_entry(&path, kind)?;
            }
        }
        Ok(())
    }

    fn read_entry(&mut self, path: &Path, kind: fs::FileType) -> Result<(), HashingError> {
        let bytes = path.as_os_str().as_bytes();
        let parsed = PackagePath::parse(bytes).map_err(|problem| PackageError::Path {
            path: EntryPath::new(bytes),
            problem,
        })?;
        let at = in_entry(path);
        if kind.is_file() {
            let mut file = File::open(self.root.join(path)).map_err(&at)?;
            self.tree.handle_file(&parsed)?;
            let mut buffer = vec![0; CHUNK];
            loop {
                match fill(&mut file, &mut buffer).map_err(&at)? {
                    0 => return Ok(()),
                    filled => self.tree.handle_content(&buffer[..filled])?,
                }
            }
        } else if kind.is_symlink() {
            let target = fs::read_link(self.root.join(path)).map_err(&at)?;
            Ok(self
                .tree
                .handle_link(&parsed, target.as_os_str().as_bytes())?)
        } else {
            Ok(self.tree.handle_other(&parsed, FileKind::Special)?)
        }
    }
}

/// Names the entry that an error is about.
fn in_entry(path: &Path) -> impl Fn(io::Error) -> HashingError {
    let path = EntryPath::new(path.as_os_str().as_bytes());
    move |error| HashingError::ReadEntry(path.clone(), error)
}

#[cfg(test)]
mod tests;
