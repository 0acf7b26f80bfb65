//! An offline bundle on a disk: packages where Zig looks for them.
//!
//! | form | what is in it | for |
//! |---|---|---|
//! | [`Form::System`] | `DIR/<hash>/` | `zig build --system DIR`, 0.12 to 0.17 |
//! | [`Form::Cache`] | `DIR/p/<hash>/` | `ZIG_GLOBAL_CACHE_DIR=DIR`, 0.11 to 0.15 |
//! | | `DIR/p/<hash>.tar.gz` | the same, 0.16 and 0.17 |
//!
//! A package is unpacked beside its place, flushed, and renamed: it is there whole or not at all.
//! What is there already is left as it is, and trusted as Zig trusts it. Nothing is written outside
//! of the bundle.

mod gzip;
mod unpack;
mod work;

use core::fmt;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use zigdepot_core::drive::vendor::{self, Archive, Event};
use zigdepot_core::zig::dependencies::Place;
use zigdepot_core::zig::package::{MANIFEST, PackageHash, PackageLimits, Packing};

use self::work::Work;
use crate::package::read_at_most;
use crate::store::{OpenFile, read_at};

/// Bytes copied at once.
const CHUNK: usize = 128 << 10;

/// How a bundle is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// For `--system`.
    System,
    /// A global cache.
    Cache,
}

/// A bundle that is being made for a project.
#[derive(Debug)]
pub struct Bundle<O> {
    project: PathBuf,
    packages: PathBuf,
    form: Form,
    work: Work,
    observer: O,
}

/// Is told how it goes.
pub trait Observer {
    /// Something happened.
    fn handle(&mut self, event: Event<'_>);
}

impl<O: Observer> Bundle<O> {
    /// Opens the bundle in `dir`, which is made if need be, for the project in another directory.
    pub fn open(project: &Path, dir: &Path, form: Form, observer: O) -> Result<Self, String> {
        let packages = match form {
            Form::System => dir.to_path_buf(),
            Form::Cache => dir.join("p"),
        };
        let refused = |problem: &dyn fmt::Display| format!("{}: {problem}", dir.display());
        let work = Work::claim(&packages).map_err(|error| refused(&error))?;
        Ok(Self {
            project: project.to_path_buf(),
            packages,
            form,
            work,
            observer,
        })
    }

    /// Where downloads may lie while nothing else keeps them; deleted at the end.
    pub fn scratch(&self) -> PathBuf {
        self.work.path().join("store")
    }

    fn tree(&self, hash: &PackageHash) -> PathBuf {
        self.packages.join(hash.as_str())
    }

    fn tarball(&self, hash: &PackageHash) -> PathBuf {
        self.packages.join(format!("{hash}.tar.gz"))
    }

    fn write_tree(
        &mut self,
        hash: &PackageHash,
        archive: &Archive<OpenFile>,
    ) -> Result<(), String> {
        let (part, place) = (self.work.free_path(), self.tree(hash));
        let failed = |problem: &dyn fmt::Display| format!("{}: {problem}", place.display());
        fs::create_dir(&part).map_err(|error| failed(&error))?;
        unpack::unpack(archive, &part).map_err(|error| failed(&error))?;
        publish(&part, &place).map_err(|error| failed(&error))
    }

    fn write_tarball(
        &mut self,
        hash: &PackageHash,
        archive: &Archive<OpenFile>,
    ) -> Result<(), String> {
        let (part, place) = (self.work.free_path(), self.tarball(hash));
        let written = copy(archive, &part).and_then(|()| publish(&part, &place));
        written.map_err(|error| format!("{}: {error}", place.display()))
    }
}

impl<O: Observer> vendor::Bundle<OpenFile> for Bundle<O> {
    fn manifest(&mut self, place: &Place) -> Result<Option<Vec<u8>>, String> {
        let (root, dir) = match place {
            Place::Local(dir) => (None, self.project.join(dir)),
            Place::Package(hash, dir) => {
                let root = self.tree(hash);
                let dir = root.join(dir);
                (Some(root), dir)
            }
        };
        let path = dir.join(MANIFEST);
        let failed = |problem: &dyn fmt::Display| format!("{}: {problem}", path.display());
        let found = match fs::canonicalize(&path) {
            Err(error) if is_absent(&error) => return Ok(None),
            found => found.map_err(|error| failed(&error))?,
        };
        if let Some(root) = root {
            let root = fs::canonicalize(root).map_err(|error| failed(&error))?;
            if !found.starts_with(root) {
                return Err(failed(&"a link leads out of the package"));
            }
        }
        read_manifest(&found)
            .map(Some)
            .map_err(|error| failed(&error))
    }

    fn open(&mut self, dir: &str, path: &str) -> Result<OpenFile, String> {
        let path = path.strip_prefix("//").unwrap_or(path);
        let path = self.project.join(dir).join(path);
        let failed = |error| format!("{}: {error}", path.display());
        Ok(Arc::new(File::open(&path).map_err(failed)?))
    }

    fn has(&mut self, hash: &PackageHash) -> bool {
        self.tree(hash).is_dir() && (self.form == Form::System || self.tarball(hash).is_file())
    }

    fn write(&mut self, hash: &PackageHash, archive: &Archive<OpenFile>) -> Result<(), String> {
        if !self.tree(hash).is_dir() {
            self.write_tree(hash, archive)?;
        }
        if self.form == Form::Cache && !self.tarball(hash).is_file() {
            self.write_tarball(hash, archive)?;
        }
        Ok(())
    }

    fn handle(&mut self, event: Event<'_>) {
        self.observer.handle(event);
    }
}

/// The text of a manifest, which is not endless.
pub fn read_manifest(path: &Path) -> io::Result<Vec<u8>> {
    let limit = PackageLimits::default().manifest_bytes;
    read_at_most(path, limit)?.ok_or_else(|| {
        let problem = format!("longer than {limit} bytes");
        io::Error::new(io::ErrorKind::InvalidData, problem)
    })
}

fn is_absent(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
    )
}

/// The archive as a gzip file: Zig 0.16 and later take any that has the right package in it.
fn copy(archive: &Archive<OpenFile>, to: &Path) -> io::Result<()> {
    let mut from = Reader {
        file: &archive.file,
        offset: 0,
    };
    let mut to = io::BufWriter::with_capacity(CHUNK, File::create_new(to)?);
    match archive.packing {
        Packing::TarGz => drop(io::copy(&mut from, &mut to)?),
        Packing::Tar => gzip::store(&mut from, &mut to)?,
    }
    to.flush()
}

/// Reads a file that others read, too.
struct Reader<'a> {
    file: &'a OpenFile,
    offset: u64,
}

impl io::Read for Reader<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = read_at(self.file, self.offset, into);
        let read = read.map_err(|error| io::Error::other(error.to_string()))?;
        self.offset += read as u64;
        Ok(read)
    }
}

/// Flushes what is ready and gives it its name. What another process put there meanwhile stays.
fn publish(part: &Path, place: &Path) -> io::Result<()> {
    // One call for all files of a package: flushing each would take as long as unpacking it.
    rustix::fs::syncfs(File::open(part)?)?;
    match fs::rename(part, place) {
        Err(_) if place.is_dir() => Ok(()),
        renamed => renamed,
    }
}

#[cfg(test)]
mod tests;
