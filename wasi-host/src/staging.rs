//! Staging: a directory of this request's own, made when it is first needed.
//!
//! WASI has no locks, so nobody can tell whether a staging directory is in use. Each has a random
//! name, and one of a component is swept when nothing in it has changed for a day: no download
//! takes that long between two bytes. Directories of other hosts are left alone.

use core::cell::{Cell, OnceCell};
use core::time::Duration;
use std::rc::Rc;

use wasip2::filesystem::types::ErrorCode;
use wasip2::random::random::get_random_u64;
use zigdepot_core::store::{COMPONENT_STAGING, STAGING_DIR, StoreError};

use crate::error::of_write;
use crate::log;
use crate::store::OpenFile;
use crate::tree::{Tree, seconds};

const ABANDONED: Duration = Duration::from_hours(24);

/// Where files are written before they get their names.
pub(crate) struct Staging {
    tree: Rc<Tree>,
    dir: OnceCell<String>,
    next: Cell<u64>,
}

impl Staging {
    /// None made yet.
    pub(crate) fn new(tree: Rc<Tree>) -> Self {
        Self {
            tree,
            dir: OnceCell::new(),
            next: Cell::new(0),
        }
    }

    /// Starts a file.
    pub(crate) fn file(&self) -> Result<StagingFile, StoreError> {
        let path = self.free_path()?;
        let file = self.tree.create(&path).map_err(of_write)?;
        Ok(StagingFile {
            tree: Rc::clone(&self.tree),
            file: Rc::new(file),
            path,
            len: 0,
        })
    }

    /// A path that is not used yet.
    pub(crate) fn free_path(&self) -> Result<String, StoreError> {
        let dir = if let Some(dir) = self.dir.get() {
            dir
        } else {
            let made = self.make()?;
            self.dir.get_or_init(|| made)
        };
        let number = self.next.get();
        self.next.set(number + 1);
        Ok(format!("{dir}/{number}"))
    }

    fn make(&self) -> Result<String, StoreError> {
        let dir = format!("{STAGING_DIR}/{COMPONENT_STAGING}{:016x}", get_random_u64());
        self.tree.create_parent(&dir).map_err(of_write)?;
        self.tree.create_dir(&dir).map_err(of_write)?;
        self.sweep(&dir);
        Ok(dir)
    }

    /// Deletes what components left that were stopped half-way. What cannot be deleted stays.
    fn sweep(&self, own: &str) {
        for (name, _) in self.tree.entries(STAGING_DIR).unwrap_or_default() {
            let dir = format!("{STAGING_DIR}/{name}");
            if name.starts_with(COMPONENT_STAGING) && dir != own && self.is_abandoned(&dir) {
                let _ = self.tree.remove_all(&dir);
            }
        }
    }

    fn is_abandoned(&self, dir: &str) -> bool {
        let Ok(stat) = self.tree.stat(dir) else {
            return false;
        };
        let changed = seconds(stat.data_modification_timestamp).max(self.tree.weigh(dir).used);
        log::now().0.saturating_sub(changed) > ABANDONED.as_secs()
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        if let Some(dir) = self.dir.get() {
            let _ = self.tree.remove_all(dir);
        }
    }
}

/// A file in staging; dropping it takes the name there away.
pub(crate) struct StagingFile {
    tree: Rc<Tree>,
    file: OpenFile,
    path: String,
    len: u64,
}

impl StagingFile {
    /// To be read while it grows.
    pub(crate) fn file(&self) -> &OpenFile {
        &self.file
    }

    /// Its name until it has another.
    pub(crate) fn path(&self) -> &str {
        &self.path
    }

    /// Writes all of these bytes at the end.
    pub(crate) fn append(&mut self, mut bytes: &[u8]) -> Result<(), StoreError> {
        while !bytes.is_empty() {
            let written = match self.file.write(bytes, self.len) {
                Ok(0) => return Err(StoreError::Full),
                Ok(written) => written,
                Err(ErrorCode::Interrupted) => continue,
                Err(error) => return Err(of_write(error)),
            };
            self.len += written;
            let written = usize::try_from(written).unwrap_or(usize::MAX);
            bytes = bytes.get(written..).unwrap_or_default();
        }
        Ok(())
    }
}

impl Drop for StagingFile {
    fn drop(&mut self) {
        let _ = self.tree.remove_file(&self.path);
    }
}
