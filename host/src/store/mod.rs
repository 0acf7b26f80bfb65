//! The data directory on a file system.
//!
//! Publishing is: flush the file, rename it without replacing, flush the directory. A crash at any
//! point leaves only staging files, which the next start sweeps. Directories of the store are made
//! only when a verified file is about to be put into them. A directory that cannot be written is
//! served as it is.

mod adopt;
mod beneath;
mod error;
mod remove;
mod space;
mod staging;
pub mod walk;

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use rustix::fs::{
    CWD, FileType, Nsecs, RenameFlags, Timespec, Timestamps, UTIME_OMIT, fstat, futimens,
    renameat_with,
};
use zigdepot_core::store::evict::{Evictable, Scope, Space};
use zigdepot_core::store::proof::Stat;
use zigdepot_core::store::{Listed, Placing, StoreError, StoreKey};
use zigdepot_core::time::Timestamp;

pub use error::of_read;
use error::of_write;
use space::Usage;
pub use space::{evictables, stored_bytes, weigh_one};
use staging::StagingDir;
pub use staging::StagingFile;

/// An open file of the store; clones share it.
pub type OpenFile = Arc<File>;

/// Gives a file another name, over the old one or not.
type Rename = fn(&Path, &Path) -> Result<(), StoreError>;

/// Attempts at a name whose directory somebody else makes or removes.
const TRIES: usize = 8;

/// The store of one process.
#[derive(Debug)]
pub struct FileStore {
    root: PathBuf,
    staging: Option<StagingDir>,
    usage: Usage,
    /// Held while a version is deleted: who finds it gone must find its space free, too.
    deleting: Mutex<()>,
}

impl FileStore {
    /// Opens the data directory, makes it if it is not there, and sweeps what crashed processes
    /// left in staging.
    pub fn open(root: &Path) -> Result<Self, StoreError> {
        let root = std::path::absolute(root).map_err(|error| of_write(&error))?;
        if let Err(error) = fs::create_dir_all(&root)
            && !root.is_dir()
        {
            return Err(of_write(&error));
        }
        let staging = match StagingDir::claim(&root) {
            Ok(dir) => Some(dir),
            Err(StoreError::ReadOnly) => None,
            Err(error) => return Err(error),
        };
        Ok(Self {
            root,
            staging,
            usage: Usage::default(),
            deleting: Mutex::default(),
        })
    }

    /// Whether files can be added.
    #[must_use]
    pub fn is_writable(&self) -> bool {
        self.staging.is_some()
    }

    /// The data directory, absolute.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    fn path(&self, key: &StoreKey) -> PathBuf {
        self.root.join(key.as_str())
    }

    fn staging(&self) -> Result<&StagingDir, StoreError> {
        self.staging.as_ref().ok_or(StoreError::ReadOnly)
    }

    /// Opens a published file.
    pub fn open_file(&self, key: &StoreKey) -> Result<(OpenFile, Stat), StoreError> {
        let file = match key.in_repository() {
            Some((repository, path)) => beneath::open(&self.root.join(repository), path),
            None => File::open(self.path(key)),
        };
        let file = file.map_err(|error| of_read(&error))?;
        let stat = stat(&file)?.ok_or(StoreError::NotFound)?;
        Ok((Arc::new(file), stat))
    }

    /// Writes a small state file whole, through a staging file, without flushing: it can be
    /// derived again.
    pub fn record(&self, key: &StoreKey, bytes: &[u8]) -> Result<(), StoreError> {
        let mut file = self.staging()?.file()?;
        file.append(bytes)?;
        let to = self.path(key);
        self.name_staged(file.path(), &to, rename)?;
        file.keep();
        Ok(())
    }

    /// Starts a staging file.
    pub fn stage(&self) -> Result<StagingFile, StoreError> {
        self.staging()?.file()
    }

    /// Publishes a staging file under `key`.
    pub fn publish(
        &self,
        mut staging: StagingFile,
        key: &StoreKey,
        placing: Placing,
        modified: Option<Timestamp>,
    ) -> Result<Stat, StoreError> {
        if let Some(at) = modified {
            set_modified(staging.file(), at)?;
        }
        staging
            .file()
            .sync_all()
            .map_err(|error| of_write(&error))?;
        let stat = stat(staging.file())?.ok_or(StoreError::Io)?;
        let to = self.path(key);
        match placing {
            Placing::New => self.name_staged(staging.path(), &to, rename_new)?,
            Placing::Replace => {
                let old = fs::metadata(&to).map_or(0, |meta| meta.len());
                self.name_staged(staging.path(), &to, rename)?;
                self.usage.subtract(key, old);
            }
        }
        staging.keep();
        flush_parent(&to)?;
        self.usage.add(key, stat.len);
        Ok(stat)
    }

    /// What lies in a directory, in the order of names; at most so `many`.
    pub fn list(&self, dir: &StoreKey, many: usize) -> Result<Vec<Listed>, StoreError> {
        let entries = fs::read_dir(self.path(dir)).map_err(|error| of_read(&error))?;
        let entries = entries.flatten().filter_map(|entry| {
            Some(Listed {
                name: entry.file_name().into_string().ok()?,
                is_dir: is_dir(&entry),
            })
        });
        let mut listed: Vec<_> = entries.take(many).collect();
        listed.sort();
        Ok(listed)
    }

    /// Flushes the names in a directory and in those above it, up to the data directory.
    pub fn settle(&self, dir: &StoreKey) -> Result<(), StoreError> {
        let mut path = self.path(dir);
        while path != self.root {
            flush_parent(&path.join("name"))?;
            if !path.pop() {
                break;
            }
        }
        Ok(())
    }

    /// Moves a file or a directory; where a directory is there already, its files are added to it
    /// one by one, and those of the same name stay.
    pub fn relocate(&self, from: &StoreKey, to: &StoreKey) -> Result<(), StoreError> {
        self.staging()?;
        let (from, to) = (self.path(from), self.path(to));
        if !from.exists() {
            return Err(StoreError::NotFound);
        }
        match self.in_parent(&to, || rename_new(&from, &to)) {
            Err(StoreError::Exists) if from.is_dir() && to.is_dir() => merge(&from, &to)?,
            other => other?,
        }
        flush_parent(&to)?;
        self.remove_empty(from.parent());
        Ok(())
    }

    /// Deletes a file and the record about it, and directories that become empty.
    pub fn discard(&self, key: &StoreKey) -> Result<(), StoreError> {
        self.staging()?;
        let path = self.path(key);
        let (_, stat) = self.open_file(key)?;
        fs::remove_file(&path).map_err(|error| of_write(&error))?;
        self.usage.subtract(key, stat.len);
        let _ = fs::remove_file(self.path(&key.proof()));
        self.remove_empty(path.parent());
        Ok(())
    }

    /// Gives a staging file its name. Where the directory is not there, it is made in staging around
    /// the file and gets its name with it: no crash leaves one empty.
    fn name_staged(&self, from: &Path, to: &Path, rename: Rename) -> Result<(), StoreError> {
        let mut outcome = Err(StoreError::NotFound);
        for _ in 0..TRIES {
            outcome = if to.parent().is_some_and(Path::is_dir) {
                rename(from, to)
            } else {
                self.name_with_parents(from, to)
            };
            // A purge has removed the directory, as it had become empty, or somebody has made it.
            if outcome != Err(StoreError::NotFound) {
                break;
            }
        }
        outcome
    }

    /// Moves a staging file to `to` together with the directories above it, which are not there;
    /// [`StoreError::NotFound`] if one of them is by now, and the file is where it was.
    fn name_with_parents(&self, from: &Path, to: &Path) -> Result<(), StoreError> {
        let is_first = |dir: &&Path| dir.parent().is_some_and(Path::is_dir);
        let top = to.ancestors().skip(1).find(is_first);
        let top = top.ok_or(StoreError::NotFound)?;
        let below = to.strip_prefix(top).map_err(|_| StoreError::Io)?;
        let aside = self.staging()?.aside()?;
        let inside = aside.join(below);
        let moved = make_parent(&inside)
            .and_then(|()| rename_new(from, &inside))
            .and_then(|()| flush_parent(&inside))
            .and_then(|()| rename_new(&aside, top));
        if let Err(error) = moved {
            let _ = rename_new(&inside, from);
            let _ = fs::remove_dir_all(&aside);
            return Err(if error != StoreError::Exists {
                error
            } else if top.is_dir() {
                StoreError::NotFound
            } else {
                StoreError::Clash
            });
        }
        flush_parent(top)
    }

    /// Gives something the name `to` in a directory that is made if it is not there. A purge may
    /// remove it between the two, as it had become empty; and if nothing gets the name, it goes.
    fn in_parent(
        &self,
        to: &Path,
        name: impl Fn() -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let mut outcome = Err(StoreError::NotFound);
        for _ in 0..TRIES {
            outcome = make_parent(to).and_then(|()| name());
            if outcome != Err(StoreError::NotFound) {
                break;
            }
        }
        if outcome.is_err() {
            self.remove_empty(to.parent());
        }
        outcome
    }

    /// Removes directories that are empty, from the innermost up to the root; one that is not stays,
    /// by the system's own rule.
    fn remove_empty(&self, mut dir: Option<&Path>) {
        while let Some(path) = dir.filter(|path| *path != self.root) {
            match fs::remove_dir(path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return,
                Ok(()) | Err(_) => dir = path.parent(),
            }
        }
    }

    /// Removes an empty directory, and those above it that become empty.
    pub fn remove_empty_dir(&self, dir: &Path) {
        self.remove_empty(Some(&self.root.join(dir)));
    }

    /// Removes the directories above a path that have become empty.
    pub fn remove_empty_above(&self, path: &Path) {
        self.remove_empty(self.root.join(path).parent());
    }

    /// The room there is; the bytes in the store only if they are to be counted.
    pub fn space(&self, counted: bool) -> Result<Space, StoreError> {
        self.usage.space(&self.root, counted)
    }

    /// What may be deleted as a whole and had again.
    pub fn evictables(&self, scope: Scope) -> Result<Vec<Evictable>, StoreError> {
        evictables(&self.root, scope)
    }

    /// Gives a file that lies elsewhere in the data directory its name in the store; nothing is
    /// replaced, and directories that become empty go.
    pub fn rename_in(&self, from: &Path, key: &StoreKey) -> Result<(), StoreError> {
        self.staging()?;
        let (from, to) = (self.root.join(from), self.path(key));
        self.in_parent(&to, || rename_new(&from, &to))?;
        flush_parent(&to)?;
        self.remove_empty(from.parent());
        Ok(())
    }

    /// Links a file from elsewhere on this disk into the store; nothing is replaced. Both names
    /// are the same file from then on.
    pub fn adopt(&self, from: &Path, key: &StoreKey) -> Result<(), StoreError> {
        self.staging()?;
        let to = self.path(key);
        self.in_parent(&to, || {
            fs::hard_link(from, &to).map_err(|error| of_write(&error))
        })?;
        flush_parent(&to)
    }
}

/// Whether it is a directory, or a link to one.
fn is_dir(entry: &fs::DirEntry) -> bool {
    match entry.file_type() {
        Ok(kind) if kind.is_symlink() => entry.path().is_dir(),
        kind => kind.is_ok_and(|kind| kind.is_dir()),
    }
}

/// Reads at an offset; 0 at the end of the file.
pub fn read_at(file: &File, offset: u64, into: &mut [u8]) -> Result<usize, StoreError> {
    loop {
        match file.read_at(into, offset) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            other => return other.map_err(|error| of_read(&error)),
        }
    }
}

/// What there is to know of an open file; `None` if it is no regular file. The system's own call,
/// because std's times end in 2038 on 32-bit musl.
pub fn stat(file: &File) -> Result<Option<Stat>, StoreError> {
    let meta = fstat(file).map_err(|error| of_read(&error.into()))?;
    let stat = Stat {
        len: u64::try_from(meta.st_size).unwrap_or(0),
        modified: Timestamp(u64::try_from(meta.st_mtime).unwrap_or(0)),
        modified_nanos: u32::try_from(meta.st_mtime_nsec).unwrap_or(0),
    };
    let is_file = FileType::from_raw_mode(meta.st_mode).is_file();
    Ok(is_file.then_some(stat))
}

/// Sets the time of the last change, and leaves that of the last access.
fn set_modified(file: &File, at: Timestamp) -> Result<(), StoreError> {
    let seconds = i64::try_from(at.0).map_err(|_| StoreError::Io)?;
    let times = Timestamps {
        last_access: time(0, UTIME_OMIT),
        last_modification: time(seconds, 0),
    };
    futimens(file, &times).map_err(|error| of_write(&error.into()))
}

fn time(tv_sec: i64, tv_nsec: Nsecs) -> Timespec {
    Timespec { tv_sec, tv_nsec }
}

fn make_parent(path: &Path) -> Result<(), StoreError> {
    let parent = path.parent().ok_or(StoreError::Io)?;
    if parent.is_dir() {
        return Ok(());
    }
    make_parent(parent)?;
    match fs::create_dir(parent) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(of_write(&error)),
        _ => flush_parent(parent),
    }
}

/// Makes a rename in `path`'s directory last over a power failure.
fn flush_parent(path: &Path) -> Result<(), StoreError> {
    let parent = path.parent().ok_or(StoreError::Io)?;
    let dir = File::open(parent).map_err(|error| of_write(&error))?;
    dir.sync_all().map_err(|error| of_write(&error))
}

/// Renames, and replaces what has that name.
fn rename(from: &Path, to: &Path) -> Result<(), StoreError> {
    fs::rename(from, to).map_err(|error| of_write(&error))
}

/// Renames without replacing. Where the file system has no such rename, a hard link and the
/// removal of the old name do the same for files.
fn rename_new(from: &Path, to: &Path) -> Result<(), StoreError> {
    match renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
        Ok(()) => Ok(()),
        Err(rustix::io::Errno::INVAL | rustix::io::Errno::NOSYS) if from.is_file() => {
            fs::hard_link(from, to).map_err(|error| of_write(&error))?;
            fs::remove_file(from).map_err(|error| of_write(&error))
        }
        // Of a directory the system itself replaces an empty one at most.
        Err(rustix::io::Errno::INVAL | rustix::io::Errno::NOSYS) => rename(from, to),
        Err(errno) => Err(of_write(&errno.into())),
    }
}

fn merge(from: &Path, to: &Path) -> Result<(), StoreError> {
    for entry in fs::read_dir(from).map_err(|error| of_write(&error))? {
        let entry = entry.map_err(|error| of_write(&error))?;
        match rename_new(&entry.path(), &to.join(entry.file_name())) {
            Ok(()) | Err(StoreError::Exists) => {}
            Err(error) => return Err(error),
        }
    }
    // It stays if a file of the same name did.
    let _ = fs::remove_dir(from);
    Ok(())
}

#[cfg(test)]
mod tests;
