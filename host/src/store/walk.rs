//! Lists what lies below a directory, in the order of paths, part by part.
//!
//! Links are not followed, except by the directory to begin with. What vanishes meanwhile was never
//! there: a server may be at work on the same files.

use std::collections::BTreeSet;
use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// What lies at a path.
#[derive(Debug)]
pub enum Seen {
    /// A regular file.
    File(Metadata),
    /// A directory with nothing in it.
    Empty,
    /// A link, a pipe, a device.
    Other,
    /// It cannot be looked at.
    Trouble(io::Error),
}

/// Shows `visit` all that lies at and below `root/below`, by its path below `root`.
pub fn walk(root: &Path, below: &Path, visit: &mut dyn FnMut(&Path, Seen)) {
    let start = root.join(below);
    let meta = if start.is_dir() {
        return walk_dir(root, below, visit);
    } else {
        fs::symlink_metadata(&start)
    };
    look(below, meta, visit);
}

fn walk_dir(root: &Path, dir: &Path, visit: &mut dyn FnMut(&Path, Seen)) {
    let mut names = match list(&root.join(dir)) {
        Ok(names) => names,
        Err(error) if is_gone(&error) => return,
        Err(error) => return visit(dir, Seen::Trouble(error)),
    };
    if names.is_empty() {
        return visit(dir, Seen::Empty);
    }
    names.sort();
    for name in names {
        let path = dir.join(name);
        match fs::symlink_metadata(root.join(&path)) {
            Ok(meta) if meta.is_dir() => walk_dir(root, &path, visit),
            meta => look(&path, meta, visit),
        }
    }
}

fn list(dir: &Path) -> io::Result<Vec<std::ffi::OsString>> {
    fs::read_dir(dir)?
        .map(|entry| Ok(entry?.file_name()))
        .collect()
}

fn look(path: &Path, meta: io::Result<Metadata>, visit: &mut dyn FnMut(&Path, Seen)) {
    match meta {
        Ok(meta) if meta.is_file() => visit(path, Seen::File(meta)),
        Ok(_) => visit(path, Seen::Other),
        Err(error) if is_gone(&error) => {}
        Err(error) => visit(path, Seen::Trouble(error)),
    }
}

fn is_gone(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
    )
}

/// Files that have several names, each told once.
#[derive(Debug, Default)]
pub struct Links(BTreeSet<(u64, u64)>);

impl Links {
    /// Whether this file was not seen under another name.
    pub fn is_first(&mut self, meta: &Metadata) -> bool {
        meta.nlink() < 2 || self.0.insert((meta.dev(), meta.ino()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(root: &Path, below: &str) -> Vec<String> {
        let mut lines = Vec::new();
        walk(root, Path::new(below), &mut |path, seen| {
            let what = match seen {
                Seen::File(meta) => format!("{} bytes", meta.len()),
                other @ (Seen::Empty | Seen::Other | Seen::Trouble(_)) => format!("{other:?}"),
            };
            lines.push(format!("{}: {what}", path.display()));
        });
        lines
    }

    #[test]
    fn order_is_that_of_parts_and_links_are_not_followed() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path();
        for path in ["a-b/x", "a/z", "a/b/y", "empty/"] {
            let path = root.join(path);
            let parent = if path.ends_with("empty") {
                &path
            } else {
                path.parent().unwrap()
            };
            fs::create_dir_all(parent).unwrap();
            let _ = fs::write(&path, "12");
        }
        std::os::unix::fs::symlink(root, root.join("loop")).unwrap();
        assert_eq!(
            seen(root, ""),
            [
                "a/b/y: 2 bytes",
                "a/z: 2 bytes",
                "a-b/x: 2 bytes",
                "empty: Empty",
                "loop: Other"
            ]
        );
        assert_eq!(seen(root, "a/z"), ["a/z: 2 bytes"]);
        assert_eq!(seen(root, "nothing"), [""; 0]);
    }

    #[test]
    fn file_with_two_names_counts_once() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("one"), "1").unwrap();
        fs::hard_link(dir.path().join("one"), dir.path().join("two")).unwrap();
        let mut links = Links::default();
        let meta = |name: &str| fs::metadata(dir.path().join(name)).unwrap();
        assert!(links.is_first(&meta("one")));
        assert!(!links.is_first(&meta("two")));
    }
}
