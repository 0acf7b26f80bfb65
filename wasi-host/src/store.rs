//! The data directory over `wasi:filesystem`.
//!
//! Publishing is: flush the file, link it to its name, remove its name in staging, flush the
//! directory. WASI's rename always replaces, and a link never does. Directories of the store are
//! made only when a verified file is about to be put into them. A directory that cannot be written
//! is served as it is. How much room the disk has nobody can ask here.

use std::rc::Rc;

use wasip2::clocks::wall_clock::Datetime;
use wasip2::filesystem::types::{Descriptor, DescriptorType, ErrorCode, NewTimestamp};
use zigdepot_core::config::ConfigError;
use zigdepot_core::drive::host::Store;
use zigdepot_core::store::evict::{Evictable, Scope, Space};
use zigdepot_core::store::path::Place;
use zigdepot_core::store::proof::Stat;
use zigdepot_core::store::{Listed, Placing, StoreError, StoreKey, ZigKind};
use zigdepot_core::time::Timestamp;

use crate::error::{of_read, of_write};
use crate::staging::{Staging, StagingFile};
use crate::tree::{Tree, parent, seconds};

/// An open file; clones share it.
pub(crate) type OpenFile = Rc<Descriptor>;

/// The directory that counts.
const COUNTED: &str = "zig";

/// The store, as one request sees it.
pub(crate) struct FileStore {
    staging: Staging,
    tree: Rc<Tree>,
}

impl FileStore {
    /// The store in this directory, or why there is none.
    pub(crate) fn open(data_dir: &str) -> Result<Self, ConfigError> {
        let tree = Rc::new(Tree::open(data_dir)?);
        Ok(Self {
            staging: Staging::new(Rc::clone(&tree)),
            tree,
        })
    }

    /// Gives a directory a new name, and adds its files to one that has that name already.
    fn relocate_dir(&self, from: &str, to: &str) -> Result<(), StoreError> {
        match self.tree.rename(from, to).map_err(of_write) {
            Err(StoreError::Exists) => {}
            other => return other,
        }
        for (name, _) in self.tree.entries(from).map_err(of_write)? {
            match self.relocate_file(&format!("{from}/{name}"), &format!("{to}/{name}")) {
                Ok(()) | Err(StoreError::Exists) => {}
                Err(error) => return Err(error),
            }
        }
        // It stays if a file of the same name did.
        let _ = self.tree.remove_dir(from);
        Ok(())
    }

    fn relocate_file(&self, from: &str, to: &str) -> Result<(), StoreError> {
        self.tree.link(from, to).map_err(of_write)?;
        self.tree.remove_file(from).map_err(of_write)
    }

    /// Removes directories that have become empty, from the innermost on; the system refuses others.
    fn remove_empty(&self, path: &str) {
        let mut dir = parent(path);
        while let Some(path) = dir {
            if self.tree.remove_dir(path).is_err() {
                return;
            }
            dir = parent(path);
        }
    }
}

impl Store for FileStore {
    type File = OpenFile;
    type Staging = StagingFile;

    async fn open(&self, key: &StoreKey) -> Result<(OpenFile, Stat), StoreError> {
        let file = self.tree.read(key.as_str()).map_err(of_read)?;
        let stat = stat(&file)?;
        Ok((Rc::new(file), stat))
    }

    async fn read_at(
        &self,
        file: &OpenFile,
        offset: u64,
        into: &mut [u8],
    ) -> Result<usize, StoreError> {
        let room = u64::try_from(into.len()).unwrap_or(u64::MAX);
        let bytes = loop {
            match file.read(room, offset) {
                Err(ErrorCode::Interrupted) => {}
                other => break other.map_err(of_read)?.0,
            }
        };
        let into = into.get_mut(..bytes.len()).ok_or(StoreError::Io)?;
        into.copy_from_slice(&bytes);
        Ok(bytes.len())
    }

    async fn record(&self, key: &StoreKey, bytes: &[u8]) -> Result<(), StoreError> {
        let mut file = self.staging.file()?;
        file.append(bytes)?;
        self.tree.create_parent(key.as_str()).map_err(of_write)?;
        self.tree
            .rename(file.path(), key.as_str())
            .map_err(of_write)
    }

    async fn stage(&self) -> Result<StagingFile, StoreError> {
        self.staging.file()
    }

    fn staged(&self, staging: &StagingFile) -> OpenFile {
        Rc::clone(staging.file())
    }

    async fn append(&self, staging: &mut StagingFile, bytes: &[u8]) -> Result<(), StoreError> {
        staging.append(bytes)
    }

    async fn publish(
        &self,
        staging: StagingFile,
        key: &StoreKey,
        placing: Placing,
        modified: Option<Timestamp>,
    ) -> Result<Stat, StoreError> {
        if let Some(at) = modified {
            set_modified(staging.file(), at)?;
        }
        staging.file().sync().map_err(of_write)?;
        let stat = stat(staging.file())?;
        self.tree.create_parent(key.as_str()).map_err(of_write)?;
        // A rename replaces, here as on POSIX.
        match placing {
            Placing::New => self.tree.link(staging.path(), key.as_str()),
            Placing::Replace => self.tree.rename(staging.path(), key.as_str()),
        }
        .map_err(of_write)?;
        drop(staging);
        self.tree.flush_parent(key.as_str()).map_err(of_write)?;
        Ok(stat)
    }

    async fn list(&self, dir: &StoreKey, many: usize) -> Result<Vec<Listed>, StoreError> {
        let entries = self.tree.entries(dir.as_str()).map_err(of_read)?;
        let is_dir = |name: &str, kind| {
            kind == DescriptorType::Directory
                || (kind != DescriptorType::RegularFile
                    && self.tree.is_dir(&format!("{}/{name}", dir.as_str())))
        };
        let entries = entries.into_iter().map(|(name, kind)| Listed {
            is_dir: is_dir(&name, kind),
            name,
        });
        let mut listed: Vec<_> = entries.take(many).collect();
        listed.sort();
        Ok(listed)
    }

    async fn settle(&self, dir: &StoreKey) -> Result<(), StoreError> {
        let mut path = format!("{}/.", dir.as_str());
        while let Some(end) = path.rfind('/') {
            self.tree.flush_parent(&path).map_err(of_write)?;
            path.truncate(end);
        }
        Ok(())
    }

    async fn relocate(&self, from: &StoreKey, to: &StoreKey) -> Result<(), StoreError> {
        let (from, to) = (from.as_str(), to.as_str());
        let is_dir = self.tree.stat(from).map_err(of_read)?.type_ == DescriptorType::Directory;
        self.tree.create_parent(to).map_err(of_write)?;
        if is_dir {
            self.relocate_dir(from, to)?;
        } else {
            self.relocate_file(from, to)?;
        }
        self.tree.flush_parent(to).map_err(of_write)?;
        self.remove_empty(from);
        Ok(())
    }

    async fn discard(&self, key: &StoreKey) -> Result<(), StoreError> {
        self.tree.remove_file(key.as_str()).map_err(of_write)?;
        let _ = self.tree.remove_file(key.proof().as_str());
        self.remove_empty(key.as_str());
        Ok(())
    }

    async fn space(&self, counted: bool) -> Result<Space, StoreError> {
        let used = if counted {
            self.tree.weigh(COUNTED).bytes
        } else {
            0
        };
        Ok(Space { free: None, used })
    }

    async fn evictables(&self, scope: Scope) -> Result<Vec<Evictable>, StoreError> {
        let dev = format!("zig/{}", ZigKind::Dev.dir());
        let dirs: &[(&str, usize)] = match scope {
            Scope::Dev => &[(&dev, 1)],
            Scope::All => &[(&dev, 1), ("artifact", 3), ("pkg", usize::MAX)],
        };
        let paths = dirs
            .iter()
            .flat_map(|(dir, depth)| self.tree.below(dir, *depth));
        let keys = paths.filter_map(|path| StoreKey::stored(&path).ok());
        Ok(keys
            .filter(|key| match key.place() {
                Place::ZigVersion(..) | Place::Package | Place::Artifact => true,
                Place::Zig(..) | Place::Registry(_) | Place::Other => false,
            })
            .map(|key| self.weigh(key))
            .collect())
    }

    async fn delete(&self, key: &StoreKey) -> Result<(), StoreError> {
        let aside = self.staging.free_path()?;
        match self.tree.rename(key.as_str(), &aside).map_err(of_write) {
            Err(StoreError::NotFound) => return Ok(()),
            other => other?,
        }
        // Hashes that led here are found out when they are asked for.
        for path in [key.proof(), key.package(), key.origin()] {
            let _ = self.tree.remove_any(path.as_str());
        }
        self.remove_empty(key.as_str());
        self.tree.remove_any(&aside).map_err(of_write)
    }
}

impl FileStore {
    /// What lies there as a whole.
    fn weigh(&self, key: StoreKey) -> Evictable {
        let weight = self.tree.weigh_any(key.as_str());
        let changed = self.tree.stat(key.as_str()).ok();
        let changed = changed.and_then(|stat| stat.data_modification_timestamp);
        Evictable {
            key,
            bytes: weight.bytes,
            used: Timestamp(weight.used),
            published: Timestamp(seconds(changed)),
        }
    }
}

/// What there is to know of an open file; it must be a regular one.
fn stat(file: &Descriptor) -> Result<Stat, StoreError> {
    let stat = file.stat().map_err(of_read)?;
    if stat.type_ != DescriptorType::RegularFile {
        return Err(StoreError::NotFound);
    }
    let modified = stat.data_modification_timestamp;
    Ok(Stat {
        len: stat.size,
        modified: Timestamp(seconds(modified)),
        modified_nanos: modified.map_or(0, |at| at.nanoseconds),
    })
}

/// Sets the modification time. Not every host can (jco sets one of another century); then it is now.
fn set_modified(file: &Descriptor, at: Timestamp) -> Result<(), StoreError> {
    let wanted = NewTimestamp::Timestamp(Datetime {
        seconds: at.0,
        nanoseconds: 0,
    });
    let set = file.set_times(NewTimestamp::NoChange, wanted);
    if set.is_ok() && stat(file)?.modified == at {
        return Ok(());
    }
    file.set_times(NewTimestamp::NoChange, NewTimestamp::Now)
        .map_err(of_write)
}
