//! Takes over directories from elsewhere, as a whole.

use std::fs::{self, File};
use std::path::Path;

use zigdepot_core::store::StoreError;

use super::error::of_write;
use super::{FileStore, flush_parent, of_read, rename_new};

impl FileStore {
    /// Gives a copy of a directory the name `to`, a path below the data directory, when it is whole;
    /// its bytes. Files are linked instead where that is wanted and possible. Nothing is replaced;
    /// links and what else is neither file nor directory are left out.
    pub fn adopt_dir(&self, from: &Path, to: &Path, links: bool) -> Result<u64, StoreError> {
        let aside = self.staging()?.aside()?;
        let to = self.root.join(to);
        let adopted = bring(from, &aside, links).and_then(|bytes| {
            self.in_parent(&to, || rename_new(&aside, &to))?;
            Ok(bytes)
        });
        if adopted.is_err() {
            let _ = fs::remove_dir_all(&aside);
        }
        let bytes = adopted?;
        flush_parent(&to)?;
        Ok(bytes)
    }
}

fn bring(from: &Path, to: &Path, links: bool) -> Result<u64, StoreError> {
    fs::create_dir(to).map_err(|error| of_write(&error))?;
    let mut bytes = 0_u64;
    for entry in fs::read_dir(from).map_err(|error| of_read(&error))? {
        let entry = entry.map_err(|error| of_read(&error))?;
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        let meta = entry.metadata().map_err(|error| of_read(&error))?;
        if meta.is_dir() {
            bytes = bytes.saturating_add(bring(&from, &to, links)?);
        } else if meta.is_file() {
            if !links || fs::hard_link(&from, &to).is_err() {
                copy(&from, &to)?;
            }
            bytes = bytes.saturating_add(meta.len());
        }
    }
    let dir = File::open(to).map_err(|error| of_write(&error))?;
    dir.sync_all().map_err(|error| of_write(&error))?;
    Ok(bytes)
}

fn copy(from: &Path, to: &Path) -> Result<(), StoreError> {
    let mut source = File::open(from).map_err(|error| of_read(&error))?;
    let mut copy = File::create_new(to).map_err(|error| of_write(&error))?;
    std::io::copy(&mut source, &mut copy).map_err(|error| of_write(&error))?;
    copy.sync_all().map_err(|error| of_write(&error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directory_comes_whole_or_not_at_all() {
        let dir = tempfile::tempdir().unwrap();
        let from = dir.path().join("from");
        fs::create_dir_all(from.join("refs/empty")).unwrap();
        fs::write(from.join("refs/one"), "12345").unwrap();
        fs::write(from.join("HEAD"), "123").unwrap();
        std::os::unix::fs::symlink("/etc", from.join("link")).unwrap();
        let store = FileStore::open(&dir.path().join("data")).unwrap();
        for (name, links) in [("git/a.git", false), ("git/b.git", true)] {
            let (to, path) = (Path::new(name), store.root().join(name));
            assert_eq!(store.adopt_dir(&from, to, links), Ok(8));
            assert_eq!(fs::read_to_string(path.join("refs/one")).unwrap(), "12345");
            assert!(path.join("refs/empty").is_dir() && !path.join("link").exists());
            fs::write(path.join("HEAD.new"), "x").unwrap();
            assert_eq!(store.adopt_dir(&from, to, links), Err(StoreError::Exists));
            assert!(path.join("HEAD.new").exists(), "it is not replaced");
        }
    }
}
