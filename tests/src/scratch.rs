//! Directories of a test's own, below the build's target directory, gone when the test ends.
//!
//! Nothing is ever written to the system's temporary directory.

use core::sync::atomic::{AtomicU32, Ordering};
use std::fs;
use std::path::{Path, PathBuf};

/// An empty directory that is removed when dropped.
#[derive(Debug)]
pub struct Scratch(PathBuf);

impl Scratch {
    /// Creates a fresh directory; `label` helps a person who looks into the target directory.
    pub fn new(label: &str) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("{label}-{}-{number}", std::process::id());
        let path = target_dir().join("tmp").join(name);
        fs::create_dir_all(&path).expect("the target directory is writable");
        Self(path)
    }

    /// The directory.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// A path below the directory.
    pub fn join(&self, below: impl AsRef<Path>) -> PathBuf {
        self.0.join(below)
    }

    /// Writes a file, with the directories above it.
    pub fn write(&self, below: impl AsRef<Path>, bytes: &[u8]) -> PathBuf {
        let path = self.join(below);
        let parent = path.parent().expect("a joined path has a parent");
        fs::create_dir_all(parent).expect("scratch directories can be made");
        fs::write(&path, bytes).expect("scratch files can be written");
        path
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// The directory of the profile that this test was built with, such as `target/debug`.
pub fn profile_dir() -> PathBuf {
    let exe = std::env::current_exe().expect("a running test has a path");
    let dir = exe.parent().expect("an executable lies in a directory");
    let dir = if dir.ends_with("deps") {
        dir.parent().unwrap_or(dir)
    } else {
        dir
    };
    dir.to_path_buf()
}

/// Cargo's target directory (or that of the target triple).
pub fn target_dir() -> PathBuf {
    let profile = profile_dir();
    profile
        .parent()
        .expect("a profile lies in the target directory")
        .to_path_buf()
}

/// All files below `root`, as sorted paths relative to it with `/` between the parts.
pub fn files_below(root: &Path) -> Vec<String> {
    let mut found = Vec::new();
    walk(root, &mut |path, kind| {
        if kind == Kind::File {
            found.push(relative(root, path));
        }
    });
    found.sort();
    found
}

/// All directories below `root` that hold nothing, as sorted relative paths.
pub fn empty_dirs_below(root: &Path) -> Vec<String> {
    let mut found = Vec::new();
    walk(root, &mut |path, kind| {
        if kind == Kind::EmptyDir {
            found.push(relative(root, path));
        }
    });
    found.sort();
    found
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    File,
    Dir,
    EmptyDir,
}

fn walk(dir: &Path, visit: &mut impl FnMut(&Path, Kind)) {
    // A server may remove what is being listed, so whatever is gone is passed over.
    let Ok(entries) = fs::read_dir(dir) else {
        return;
    };
    for path in entries.flatten().map(|entry| entry.path()) {
        if path.is_dir() {
            let empty = fs::read_dir(&path).is_ok_and(|mut inside| inside.next().is_none());
            visit(&path, if empty { Kind::EmptyDir } else { Kind::Dir });
            walk(&path, visit);
        } else {
            visit(&path, Kind::File);
        }
    }
}

fn relative(root: &Path, path: &Path) -> String {
    let below = path.strip_prefix(root).unwrap_or(path);
    below.to_string_lossy().replace('\\', "/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scratch_lists_files_and_empty_directories_and_goes_away() {
        let scratch = Scratch::new("scratch");
        scratch.write("a/b/file", b"x");
        fs::create_dir_all(scratch.join("c/d")).unwrap();
        assert_eq!(files_below(scratch.path()), ["a/b/file"]);
        assert_eq!(empty_dirs_below(scratch.path()), ["c/d"]);
        let path = scratch.path().to_path_buf();
        drop(scratch);
        assert!(!path.exists());
    }
}
