//! Removes records whose file is gone: proofs, what packages are, and hashes that stand for them;
//! and directories that a crash has left empty.
//!
//! A record is derived, so one that goes too much costs another look at its file.

use std::fs;
use std::path::{Path, PathBuf};

use zigdepot_core::store::{HASH_DIR, ORIGIN_DIR, PACKAGE_DIR, PROOF_DIR};

use super::report::Report;
use crate::store::FileStore;
use crate::store::walk::{Seen, walk};

/// Sweeps what is about files of this scope.
pub(super) fn sweep(store: &FileStore, scope: &[PathBuf], report: &mut Report) {
    let root = store.root();
    for dir in [PROOF_DIR, PACKAGE_DIR, ORIGIN_DIR] {
        for below in scope {
            walk(&root.join(dir), below, &mut |path, seen| {
                if matches!(seen, Seen::Empty) {
                    store.remove_empty_dir(&Path::new(dir).join(path));
                }
            });
            for record in orphans(&root.join(dir), below, |record| Some(root.join(record))) {
                remove(store, &Path::new(dir).join(record), report);
            }
        }
    }
    let hashes = root.join(HASH_DIR);
    let file_of = |hash: &Path| {
        let text = fs::read_to_string(hashes.join(hash)).ok()?;
        let path = Path::new(text.trim_end());
        let is_ours = scope.iter().any(|below| path.starts_with(below));
        is_ours.then(|| root.join(path))
    };
    for hash in orphans(&hashes, Path::new(""), file_of) {
        remove(store, &Path::new(HASH_DIR).join(hash), report);
    }
}

/// The records below a directory whose files are not there.
fn orphans(dir: &Path, below: &Path, file_of: impl Fn(&Path) -> Option<PathBuf>) -> Vec<PathBuf> {
    let mut found = Vec::new();
    walk(dir, below, &mut |record, seen| {
        let is_orphan = || file_of(record).is_some_and(|file| !file.exists());
        if matches!(seen, Seen::File(_)) && is_orphan() {
            found.push(record.to_path_buf());
        }
    });
    found
}

fn remove(store: &FileStore, record: &Path, report: &mut Report) {
    if fs::remove_file(store.root().join(record)).is_ok() {
        report.handle_swept();
        store.remove_empty_above(record);
    }
}
