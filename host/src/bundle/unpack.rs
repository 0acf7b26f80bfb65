//! A package's archive on its way to a directory.
//!
//! Only what `.paths` includes is written. Files are made new and links last, so that nothing is
//! written through a link. Owners, times and modes of the archive do not count: a file may be run
//! if it begins like a program or a script, as Zig decides.

use core::fmt;
use std::collections::HashSet;
use std::ffi::{OsStr, OsString};
use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use zigdepot_core::archive::gzip::GzipError;
use zigdepot_core::archive::tar::TarError;
use zigdepot_core::drive::vendor::Archive;
use zigdepot_core::zig::package::{
    EntryPath, Filter, PackageError, PackageLimits, PackagePath, Piece, Unpacker,
};

use crate::store::{OpenFile, read_at};

/// Bytes read at once.
const CHUNK: usize = 128 << 10;
/// What begins ELF files, Mach-O files of either width and byte order, and universal ones.
const PROGRAMS: [[u8; 4]; 9] = [
    *b"\x7fELF",
    [0xfe, 0xed, 0xfa, 0xce],
    [0xfe, 0xed, 0xfa, 0xcf],
    [0xce, 0xfa, 0xed, 0xfe],
    [0xcf, 0xfa, 0xed, 0xfe],
    [0xca, 0xfe, 0xba, 0xbe],
    [0xbe, 0xba, 0xfe, 0xca],
    [0xca, 0xfe, 0xba, 0xbf],
    [0xbf, 0xba, 0xfe, 0xca],
];

/// Writes a package into a directory, which is there and empty.
pub(super) fn unpack(archive: &Archive<OpenFile>, into: &Path) -> Result<(), UnpackError> {
    let filter = Filter::of(archive.package.manifest.as_ref());
    // The archive was read within the settings' limits; these are wider.
    let limits = PackageLimits::default();
    let mut unpacker = Unpacker::new(archive.packing, archive.layout, filter, limits);
    let mut writer = Writer::new(into);
    let (mut buffer, mut offset) = (vec![0; CHUNK], 0);
    while !unpacker.is_ended() {
        let read = read_at(&archive.file, offset, &mut buffer).map_err(UnpackError::read)?;
        if read == 0 {
            break;
        }
        offset += read as u64;
        unpacker.handle_bytes(&buffer[..read], &mut |piece| writer.handle(piece))?;
    }
    unpacker.finish()?;
    writer.finish()
}

/// Why a package was not unpacked.
#[derive(Debug)]
pub(super) enum UnpackError {
    /// The archive is not what it was when it was hashed.
    Changed(String),
    /// A file cannot be written.
    Write(EntryPath, io::Error),
}

impl UnpackError {
    fn read(error: impl fmt::Display) -> Self {
        Self::Changed(error.to_string())
    }
}

impl fmt::Display for UnpackError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Changed(problem) => write!(f, "the archive cannot be read again: {problem}"),
            Self::Write(path, error) => write!(f, "'{path}': {error}"),
        }
    }
}

impl From<PackageError> for UnpackError {
    fn from(error: PackageError) -> Self {
        Self::read(error)
    }
}

impl From<TarError> for UnpackError {
    fn from(error: TarError) -> Self {
        Self::read(error)
    }
}

impl From<GzipError> for UnpackError {
    fn from(error: GzipError) -> Self {
        Self::read(error)
    }
}

/// Writes pieces.
struct Writer<'a> {
    into: &'a Path,
    file: Option<Open>,
    /// Directories that are there.
    made: HashSet<PathBuf>,
    links: Vec<(PackagePath, OsString)>,
}

/// A file under way.
struct Open {
    path: PackagePath,
    file: File,
    /// The first bytes, up to four.
    head: Vec<u8>,
}

impl<'a> Writer<'a> {
    fn new(into: &'a Path) -> Self {
        Self {
            into,
            file: None,
            made: HashSet::new(),
            links: Vec::new(),
        }
    }

    fn handle(&mut self, piece: Piece<'_>) -> Result<(), UnpackError> {
        match piece {
            Piece::File(path) => self.begin(path),
            Piece::Data(bytes) => self.write(bytes),
            Piece::End => self.end(),
            Piece::Link(path, target) => {
                let target = OsStr::from_bytes(target).to_owned();
                self.links.push((path.clone(), target));
                Ok(())
            }
        }
    }

    fn begin(&mut self, path: &PackagePath) -> Result<(), UnpackError> {
        let at = at(path);
        let place = self.place(path).map_err(&at)?;
        let mut options = OpenOptions::new();
        options.write(true).create_new(true).mode(0o644);
        let file = options.open(place).map_err(&at)?;
        self.file = Some(Open {
            path: path.clone(),
            file,
            head: Vec::with_capacity(4),
        });
        Ok(())
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), UnpackError> {
        let Some(open) = &mut self.file else {
            return Ok(());
        };
        let lacking = 4 - open.head.len();
        open.head.extend(bytes.iter().take(lacking));
        open.file.write_all(bytes).map_err(at(&open.path))
    }

    fn end(&mut self) -> Result<(), UnpackError> {
        let Some(open) = self.file.take() else {
            return Ok(());
        };
        let mode = if is_program(&open.head) { 0o755 } else { 0o644 };
        let permissions = Permissions::from_mode(mode);
        open.file
            .set_permissions(permissions)
            .map_err(at(&open.path))
    }

    fn finish(mut self) -> Result<(), UnpackError> {
        for (path, target) in core::mem::take(&mut self.links) {
            let place = self.place(&path).map_err(at(&path))?;
            symlink(target, place).map_err(at(&path))?;
        }
        Ok(())
    }

    /// Where a path goes; the directories above it are made.
    fn place(&mut self, path: &PackagePath) -> io::Result<PathBuf> {
        let place = self.into.join(OsStr::from_bytes(path.as_bytes()));
        let dir = place.parent().unwrap_or(self.into);
        if dir != self.into && !self.made.contains(dir) {
            fs::create_dir_all(dir)?;
            self.made.insert(dir.to_path_buf());
        }
        Ok(place)
    }
}

/// Names the file that an error is about.
fn at(path: &PackagePath) -> impl Fn(io::Error) -> UnpackError {
    let path = EntryPath::new(path.as_bytes());
    move |error| UnpackError::Write(path.clone(), error)
}

/// Whether a file that begins so may be run.
fn is_program(head: &[u8]) -> bool {
    head.starts_with(b"#!") || PROGRAMS.iter().any(|magic| head == magic)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_and_scripts_may_be_run() {
        for head in ["#!/b", "#!", "\x7fELF"] {
            assert!(is_program(head.as_bytes()), "{head:?}");
        }
        assert!(is_program(&[0xcf, 0xfa, 0xed, 0xfe]));
        for head in ["", "#", "\x7fEL", "pub ", "MZ\0\0"] {
            assert!(!is_program(head.as_bytes()), "{head:?}");
        }
    }
}
