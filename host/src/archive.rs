//! Tarballs on a disk, read through by the calling thread.

use core::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use zigdepot_core::archive::gzip::{Gunzip, GzipError};
use zigdepot_core::archive::tar::{Event, TarError, TarLimits, TarReader};
use zigdepot_core::registry::sums::{FileSums, Summing};

/// Bytes read at once.
const CHUNK: usize = 128 << 10;

/// Why a tarball is not whole.
#[derive(Debug)]
pub enum Broken {
    /// It cannot be read.
    Read(io::Error),
    /// What it holds is no tar in gzip, or not all of one.
    Archive(String),
}

/// Hands all bytes of a file to `take`.
pub fn read(path: &Path, mut take: impl FnMut(&[u8])) -> io::Result<()> {
    let mut file = File::open(path)?;
    let mut buffer = vec![0; CHUNK];
    loop {
        match file.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(n) => take(buffer.get(..n).unwrap_or_default()),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// The sums of a tarball, if it can be read to its end.
pub fn read_whole(path: &Path) -> Result<FileSums, Broken> {
    let (mut sums, mut gunzip) = (Summing::new(), Gunzip::new());
    let mut tar = TarReader::new(TarLimits::default());
    let mut problem = None;
    read(path, |bytes| {
        sums.update(bytes);
        if problem.is_none() {
            let mut skip = |_: Event<'_>| Ok::<(), Fault>(());
            let read = gunzip.push(bytes, &mut |content| tar.push(content, &mut skip).map(drop));
            problem = read.err();
        }
    })
    .map_err(Broken::Read)?;
    let ends = |problem: Option<Fault>| match problem {
        Some(fault) => Err(fault),
        None => {
            gunzip.finish()?;
            Ok(tar.finish()?)
        }
    };
    let whole: Result<(), Fault> = ends(problem);
    whole.map_err(|fault| Broken::Archive(fault.to_string()))?;
    Ok(sums.finish())
}

/// What is wrong with an archive.
#[derive(Debug)]
enum Fault {
    Gzip(GzipError),
    Tar(TarError),
}

impl From<GzipError> for Fault {
    fn from(error: GzipError) -> Self {
        Self::Gzip(error)
    }
}

impl From<TarError> for Fault {
    fn from(error: TarError) -> Self {
        Self::Tar(error)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Gzip(error) => error.fmt(f),
            Self::Tar(error) => error.fmt(f),
        }
    }
}
