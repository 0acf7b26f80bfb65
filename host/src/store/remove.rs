//! Deleting for good: what lies at a path of the store, with all that is recorded of it.
//!
//! It is moved into staging first, so that it is gone at once, and counted once however many ask
//! for it. A crash after that leaves records without their file, which the next check sweeps.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::PoisonError;

use zigdepot_core::store::package::PackageRecord;
use zigdepot_core::store::{StoreError, StoreKey};

use super::error::of_write;
use super::walk::{Seen, walk};
use super::{FileStore, rename_new, space};

impl FileStore {
    /// Deletes a file or a directory; false if nothing is there. What is open stays readable, and
    /// holds its space until it is closed.
    pub fn delete(&self, key: &StoreKey) -> Result<bool, StoreError> {
        let aside = self.staging()?.aside()?;
        let path = self.path(key);
        // Held to the end: who finds it gone must find its space free, too.
        let _one = self.deleting.lock().unwrap_or_else(PoisonError::into_inner);
        match rename_new(&path, &aside) {
            Err(StoreError::NotFound) => return Ok(false),
            other => other?,
        }
        self.usage.subtract(key, space::bytes_at(&aside));
        let removed = remove(&aside).map_err(|error| of_write(&error));
        self.forget(key);
        self.remove_empty(path.parent());
        removed.map(|()| true)
    }

    /// Removes all records about a file or about all files below a directory: proofs, what packages
    /// are, and the hashes that stand for them. What cannot be removed is swept by the next check.
    pub fn forget(&self, key: &StoreKey) {
        for hash in self.hashes(key) {
            let _ = fs::remove_file(hash);
        }
        for record in [key.proof(), key.package(), key.origin()] {
            let path = self.path(&record);
            let _ = remove(&path);
            self.remove_empty(path.parent());
        }
    }

    /// The notes of hashes that stand for a file here or below, as far as package records name
    /// them.
    fn hashes(&self, key: &StoreKey) -> Vec<PathBuf> {
        let mut found = Vec::new();
        let dir = Path::new(zigdepot_core::store::PACKAGE_DIR);
        walk(
            &self.root.join(dir),
            Path::new(key.as_str()),
            &mut |path, seen| {
                if let (Seen::File(_), Some(path)) = (seen, path.to_str()) {
                    let record = fs::read(self.root.join(dir).join(path)).unwrap_or_default();
                    let record = PackageRecord::parse(&record);
                    let hashes = record.iter().flat_map(PackageRecord::hashes);
                    let notes = hashes.map(|hash| self.path(&StoreKey::hash(hash)));
                    found.extend(notes.filter(|note| stands_for(note, path)));
                }
            },
        );
        found
    }
}

fn stands_for(hash: &Path, path: &str) -> bool {
    fs::read_to_string(hash).is_ok_and(|text| text.trim_end() == path)
}

fn remove(path: &Path) -> std::io::Result<()> {
    if fs::symlink_metadata(path)?.is_dir() {
        fs::remove_dir_all(path)
    } else {
        fs::remove_file(path)
    }
}
