//! Staging: one directory per process, under a lock held as long as the process lives.
//!
//! A start sweeps only directories whose lock it can take, so two processes on one data directory
//! leave each other alone. Our own state may be deleted at any time, so a directory that is gone is
//! made again; the data directory itself is not, for it may be a disk that is not mounted.

use core::sync::atomic::{AtomicU64, Ordering};
use core::time::Duration;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use rustix::fs::{FlockOperation, flock};
use zigdepot_core::store::{COMPONENT_STAGING, STAGING_DIR, StoreError};

use super::OpenFile;
use super::error::of_write;

const LOCK: &str = "lock";
/// A directory without lock file that is older was left by a crash while it was being made.
const STILLBORN: Duration = Duration::from_mins(1);
/// A component cannot lock its directory; one that has not changed for so long was left behind.
const COMPONENT_LEFT: Duration = Duration::from_hours(24);

/// This process's directory.
#[derive(Debug)]
pub(super) struct StagingDir {
    path: PathBuf,
    next: AtomicU64,
    /// Closing it gives the lock back.
    lock: Mutex<File>,
}

impl StagingDir {
    /// Makes and locks a directory of our own, then sweeps those that nobody holds.
    pub(super) fn claim(root: &Path) -> Result<Self, StoreError> {
        let parent = root.join(STAGING_DIR);
        fs::create_dir_all(&parent).map_err(|error| of_write(&error))?;
        let mut try_again = 3;
        let dir = loop {
            match Self::make(&parent) {
                Err(StoreError::NotFound | StoreError::Exists) if try_again > 0 => try_again -= 1,
                other => break other?,
            }
        };
        sweep(&parent, &dir.path);
        Ok(dir)
    }

    fn make(parent: &Path) -> Result<Self, StoreError> {
        let millis = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |d| d.as_millis());
        let path = parent.join(format!("{millis:x}-{}", std::process::id()));
        fs::create_dir(&path).map_err(|error| of_write(&error))?;
        let lock = File::create_new(path.join(LOCK)).map_err(|error| of_write(&error))?;
        flock(&lock, FlockOperation::NonBlockingLockExclusive).map_err(|_| StoreError::Exists)?;
        // Another process may have swept it before it was locked.
        if !path.join(LOCK).exists() {
            return Err(StoreError::Exists);
        }
        Ok(Self {
            path,
            next: AtomicU64::new(0),
            lock: Mutex::new(lock),
        })
    }

    /// A path that nothing has yet.
    fn free_path(&self) -> PathBuf {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        self.path.join(format!("{number}"))
    }

    /// A path that nothing has yet, in a directory that is there.
    pub(super) fn aside(&self) -> Result<PathBuf, StoreError> {
        if !self.path.is_dir() {
            self.restore()?;
        }
        Ok(self.free_path())
    }

    /// A new, empty file.
    pub(super) fn file(&self) -> Result<StagingFile, StoreError> {
        match self.create() {
            Err(StoreError::NotFound) => {
                self.restore()?;
                self.create()
            }
            other => other,
        }
    }

    /// Makes the directory and its lock again.
    fn restore(&self) -> Result<(), StoreError> {
        let mut held = self.lock.lock().unwrap_or_else(PoisonError::into_inner);
        let lock = self.path.join(LOCK);
        if lock.exists() {
            return Ok(());
        }
        let parents: Vec<_> = self.path.ancestors().take(3).collect();
        for dir in parents.into_iter().rev() {
            match fs::create_dir(dir) {
                Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
                    return Err(of_write(&error));
                }
                _ => {}
            }
        }
        let file = File::create_new(lock).map_err(|error| of_write(&error))?;
        flock(&file, FlockOperation::NonBlockingLockExclusive).map_err(|_| StoreError::Exists)?;
        *held = file;
        Ok(())
    }

    fn create(&self) -> Result<StagingFile, StoreError> {
        let path = self.free_path();
        let file = OpenOptions::new()
            .read(true)
            .append(true)
            .create_new(true)
            .open(&path);
        let file = Arc::new(file.map_err(|error| of_write(&error))?);
        Ok(StagingFile {
            file,
            path,
            kept: false,
        })
    }
}

impl Drop for StagingDir {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.path);
    }
}

/// Removes the directories of processes that are gone.
fn sweep(parent: &Path, own: &Path) {
    let Ok(entries) = fs::read_dir(parent) else {
        return;
    };
    for path in entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path != own)
    {
        if is_abandoned(&path) {
            let _ = fs::remove_dir_all(&path);
        }
    }
}

fn is_abandoned(dir: &Path) -> bool {
    let name = dir.file_name().unwrap_or_default();
    if name
        .as_encoded_bytes()
        .starts_with(COMPONENT_STAGING.as_bytes())
    {
        return is_older(dir, COMPONENT_LEFT);
    }
    match File::open(dir.join(LOCK)) {
        Ok(lock) => flock(&lock, FlockOperation::NonBlockingLockExclusive).is_ok(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => is_older(dir, STILLBORN),
        Err(_) => false,
    }
}

fn is_older(path: &Path, age: Duration) -> bool {
    let modified = fs::metadata(path).and_then(|meta| meta.modified()).ok();
    modified
        .and_then(|at| at.elapsed().ok())
        .is_some_and(|elapsed| elapsed > age)
}

/// A file being written; unless it is published, dropping it deletes it.
#[derive(Debug)]
pub struct StagingFile {
    file: OpenFile,
    path: PathBuf,
    kept: bool,
}

impl StagingFile {
    /// The open file, also to be read while it grows.
    #[must_use]
    pub fn file(&self) -> &OpenFile {
        &self.file
    }

    /// Its path.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Appends all bytes.
    pub fn append(&mut self, bytes: &[u8]) -> Result<(), StoreError> {
        (&*self.file)
            .write_all(bytes)
            .map_err(|error| of_write(&error))
    }

    /// It has a name in the store now.
    pub(super) fn keep(&mut self) {
        self.kept = true;
    }
}

impl Drop for StagingFile {
    fn drop(&mut self) {
        if !self.kept {
            let _ = fs::remove_file(&self.path);
        }
    }
}
