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
    problem
        .map_or_else(|| ends(&gunzip, &tar), Err)
        .map_err(|fault| Broken::Archive(fault.to_string()))?;
    Ok(sums.finish())
}

fn ends(gunzip: &Gunzip, tar: &TarReader) -> Result<(), Fault> {
    gunzip.finish()?;
    Ok(tar.finish()?)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_tarballs_have_sums() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.tar.gz");
        // An empty tar: two blocks of zeros.
        let mut bytes = Vec::new();
        let mut gzip = zigdepot_core::archive::gzip::Gzip::new(&mut bytes);
        gzip.push(&[0; 1024], &mut bytes);
        gzip.finish(&mut bytes).unwrap();
        std::fs::write(&path, &bytes).unwrap();
        let sums = read_whole(&path).unwrap();
        assert_eq!(sums.size, bytes.len() as u64);
        for end in 0..bytes.len() {
            std::fs::write(&path, &bytes[..end]).unwrap();
            assert!(
                matches!(read_whole(&path), Err(Broken::Archive(_))),
                "{end}"
            );
        }
        assert!(matches!(read_whole(dir.path()), Err(Broken::Read(_))));
    }
}
