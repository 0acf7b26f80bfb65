//! A directory to work in, inside of the bundle, so that what is ready only needs a new name.
//!
//! It is locked while it is used, and whatever a run that was stopped has left in it is deleted by
//! the next one. It refuses to share a bundle between two runs.

use core::fmt;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};

/// Not the name of a store's own directory: a bundle may lie in one.
const NAME: &str = ".zigdepot-vendor";

/// The directory; dropping it deletes it.
#[derive(Debug)]
pub(super) struct Work {
    path: PathBuf,
    next: u64,
    /// Closing it gives the lock back.
    _lock: File,
}

/// Why a bundle cannot be written.
#[derive(Debug)]
pub(super) enum WorkError {
    Io(io::Error),
    /// Another process has the lock.
    Taken,
    /// The directory is a link.
    Link,
}

impl fmt::Display for WorkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(error) => error.fmt(f),
            Self::Link => write!(f, "{NAME} in it is a link; remove it"),
            Self::Taken => f.write_str("another zigdepot is writing there; wait until it ends"),
        }
    }
}

impl Work {
    /// Makes and locks the directory in a bundle, which is made, too.
    pub(super) fn claim(bundle: &Path) -> Result<Self, WorkError> {
        let path = bundle.join(NAME);
        fs::create_dir_all(&path).map_err(WorkError::Io)?;
        if fs::symlink_metadata(&path)
            .map_err(WorkError::Io)?
            .is_symlink()
        {
            return Err(WorkError::Link);
        }
        let lock = File::open(&path).map_err(WorkError::Io)?;
        flock(&lock, FlockOperation::NonBlockingLockExclusive).map_err(|_| WorkError::Taken)?;
        let work = Self {
            path,
            next: 0,
            _lock: lock,
        };
        work.clear().map_err(WorkError::Io)?;
        Ok(work)
    }

    /// Its path.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// A path in it that nothing has yet.
    pub(super) fn free_path(&mut self) -> PathBuf {
        self.next += 1;
        self.path.join(self.next.to_string())
    }

    fn clear(&self) -> io::Result<()> {
        for entry in fs::read_dir(&self.path)? {
            let entry = entry?;
            if entry.file_type()?.is_dir() {
                fs::remove_dir_all(entry.path())?;
            } else {
                fs::remove_file(entry.path())?;
            }
        }
        Ok(())
    }
}

impl Drop for Work {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.path);
    }
}
