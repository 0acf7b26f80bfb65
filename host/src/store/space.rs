//! How much room there is, and what takes it.

use core::time::Duration;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::Mutex;
use std::time::Instant;

use rustix::fs::statvfs;
use zigdepot_core::store::evict::{Evictable, Scope, Space};
use zigdepot_core::store::path::{Place, first_parts};
use zigdepot_core::store::{StoreError, StoreKey, ZigKind};
use zigdepot_core::time::Timestamp;
use zigdepot_core::zig::version::Version;

use super::error::of_read;
use super::walk::{Links, Seen, walk};

/// After so long the store is counted anew, for other processes may change it.
const RECOUNT: Duration = Duration::from_mins(10);
/// The directories that count.
const COUNTED: [&str; 4] = ["zig", "pkg", "artifact", "p"];

/// The bytes in the store, counted once and kept up to date.
#[derive(Debug, Default)]
pub(super) struct Usage {
    state: Mutex<Option<(Instant, u64)>>,
}

impl Usage {
    pub(super) fn add(&self, key: &StoreKey, bytes: u64) {
        self.change(key, |used| used.saturating_add(bytes));
    }

    pub(super) fn subtract(&self, key: &StoreKey, bytes: u64) {
        self.change(key, |used| used.saturating_sub(bytes));
    }

    /// Our own state does not count.
    fn change(&self, key: &StoreKey, f: impl Fn(u64) -> u64) {
        if !COUNTED.contains(&first_parts(key.as_str(), 1)) {
            return;
        }
        let mut state = self
            .state
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some((_, used)) = &mut *state {
            *used = f(*used);
        }
    }

    pub(super) fn space(&self, root: &Path, counted: bool) -> Result<Space, StoreError> {
        let stat = statvfs(root).map_err(|errno| of_read(&errno.into()))?;
        let free = stat.f_bavail.saturating_mul(stat.f_frsize);
        let used = if counted { self.used(root) } else { 0 };
        Ok(Space {
            free: Some(free),
            used,
        })
    }

    fn used(&self, root: &Path) -> u64 {
        let mut state = self
            .state
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some((_, used)) = state.filter(|(at, _)| at.elapsed() < RECOUNT) {
            return used;
        }
        let used = COUNTED.iter().map(|dir| bytes_below(&root.join(dir))).sum();
        *state = Some((Instant::now(), used));
        used
    }
}

#[derive(Clone, Copy, Default)]
struct Weight {
    bytes: u64,
    used: u64,
}

/// Bytes of all files below `dir`, and when one was last read or written.
fn weigh(dir: &Path) -> Weight {
    let mut sum = Weight::default();
    for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
        let Ok(meta) = entry.metadata() else { continue };
        let weight = if meta.is_dir() {
            weigh(&entry.path())
        } else {
            weigh_file(&meta)
        };
        sum = Weight {
            bytes: sum.bytes.saturating_add(weight.bytes),
            used: sum.used.max(weight.used),
        };
    }
    sum
}

fn weigh_file(meta: &fs::Metadata) -> Weight {
    let used = meta.atime().max(meta.mtime());
    Weight {
        bytes: meta.len(),
        used: u64::try_from(used).unwrap_or(0),
    }
}

/// When a file or a name in a directory was last changed; 0 if it is not there.
fn modified(path: &Path) -> Timestamp {
    let at = fs::metadata(path).map_or(0, |meta| meta.mtime());
    Timestamp(u64::try_from(at).unwrap_or(0))
}

/// Bytes of all files below a directory.
pub(super) fn bytes_below(dir: &Path) -> u64 {
    weigh(dir).bytes
}

/// Bytes of a file, or of all files below a directory.
pub(super) fn bytes_at(path: &Path) -> u64 {
    match fs::symlink_metadata(path) {
        Ok(meta) if !meta.is_dir() => meta.len(),
        _ => bytes_below(path),
    }
}

/// What lies at a path of the store, as a whole; none if nothing does.
pub fn weigh_one(root: &Path, key: &StoreKey) -> Option<Evictable> {
    let path = root.join(key.as_str());
    let meta = fs::symlink_metadata(&path).ok()?;
    let weight = if meta.is_dir() {
        weigh(&path)
    } else {
        weigh_file(&meta)
    };
    Some(Evictable {
        key: key.clone(),
        bytes: weight.bytes,
        used: Timestamp(weight.used),
        published: modified(&path),
    })
}

/// What may be deleted as a whole and had again.
pub fn evictables(root: &Path, scope: Scope) -> Result<Vec<Evictable>, StoreError> {
    let mut keys = dev_versions(root)?;
    if scope == Scope::All {
        keys.extend(wholes(root, "artifact", 4));
        keys.extend(wholes(root, "pkg", usize::MAX));
    }
    Ok(keys.iter().filter_map(|key| weigh_one(root, key)).collect())
}

/// What lies below a directory, as paths of at most so many parts.
fn wholes(root: &Path, dir: &str, parts: usize) -> Vec<StoreKey> {
    let mut keys: Vec<StoreKey> = Vec::new();
    walk(root, Path::new(dir), &mut |path, seen| {
        let (Seen::File(_), Some(path)) = (seen, path.to_str()) else {
            return;
        };
        let key = StoreKey::stored(path).ok();
        let key = key.filter(|key| key.place() != Place::Other);
        let whole = key.and_then(|_| StoreKey::stored(first_parts(path, parts)).ok());
        if whole.is_some() && whole.as_ref() != keys.last() {
            keys.extend(whole);
        }
    });
    keys
}

/// Bytes in the store, of files with several names once.
pub fn stored_bytes(root: &Path) -> u64 {
    let (mut sum, mut links) = (0_u64, Links::default());
    for dir in COUNTED {
        walk(root, Path::new(dir), &mut |_, seen| {
            if let Seen::File(meta) = seen
                && links.is_first(&meta)
            {
                sum = sum.saturating_add(meta.len());
            }
        });
    }
    sum
}

/// The dev versions in the store; what else lies there is not ours to delete.
fn dev_versions(root: &Path) -> Result<Vec<StoreKey>, StoreError> {
    let dir = root.join("zig").join(ZigKind::Dev.dir());
    let entries = match fs::read_dir(dir).map_err(|error| of_read(&error)) {
        Err(StoreError::NotFound) => return Ok(Vec::new()),
        other => other?,
    };
    let versions = entries
        .flatten()
        .filter(|entry| entry.path().is_dir())
        .filter_map(|entry| Version::parse(entry.file_name().to_str()?).ok());
    let keys = versions.map(|version| StoreKey::zig_version(ZigKind::Dev, &version));
    Ok(keys.collect())
}
