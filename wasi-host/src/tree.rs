//! The preopened directory that holds the data directory, and what is done in it by path.
//!
//! A component reaches nothing else. Paths are relative to the data directory; they come from the
//! core's keys and from what lies in the directory, never from a request.

use wasip2::clocks::wall_clock::Datetime;
use wasip2::filesystem::preopens::get_directories;
use wasip2::filesystem::types::{
    Descriptor, DescriptorFlags, DescriptorStat, DescriptorType, ErrorCode, OpenFlags, PathFlags,
};
use zigdepot_core::config::ConfigError;

/// A data directory.
pub(crate) struct Tree {
    preopen: Descriptor,
    /// The data directory's path below the preopened one, empty if it is that one.
    below: String,
}

/// What a directory holds.
#[derive(Clone, Copy, Default)]
pub(crate) struct Weight {
    /// Bytes of all files.
    pub(crate) bytes: u64,
    /// When one was last read or written, in Unix seconds.
    pub(crate) used: u64,
}

impl Tree {
    /// The data directory at this path of the component's world, or why there is none.
    pub(crate) fn open(path: &str) -> Result<Self, ConfigError> {
        let fits = |(preopen, guest): (Descriptor, String)| {
            let below = below(&guest, path)?.to_owned();
            Some((guest.len(), Self { preopen, below }))
        };
        let found = get_directories().into_iter().filter_map(fits);
        let (_, tree) = found
            .max_by_key(|(len, _)| *len)
            .ok_or_else(|| ConfigError {
                setting: "DATA_DIR".to_owned(),
                value: path.to_owned(),
                problem: format!(
                    "no directory is preopened there (wasmtime serve --dir <directory>::{path})"
                ),
            })?;
        Ok(tree)
    }

    fn path(&self, path: &str) -> String {
        match (self.below.as_str(), path) {
            ("", "") => ".".to_owned(),
            ("", path) => path.to_owned(),
            (below, "") => below.to_owned(),
            (below, path) => format!("{below}/{path}"),
        }
    }

    /// Opens a file for reading.
    pub(crate) fn read(&self, path: &str) -> Result<Descriptor, ErrorCode> {
        self.preopen.open_at(
            PathFlags::SYMLINK_FOLLOW,
            &self.path(path),
            OpenFlags::empty(),
            DescriptorFlags::READ,
        )
    }

    /// Makes a file that is not there yet.
    pub(crate) fn create(&self, path: &str) -> Result<Descriptor, ErrorCode> {
        self.preopen.open_at(
            PathFlags::empty(),
            &self.path(path),
            OpenFlags::CREATE | OpenFlags::EXCLUSIVE,
            DescriptorFlags::READ | DescriptorFlags::WRITE,
        )
    }

    /// What there is to know of a file or directory.
    pub(crate) fn stat(&self, path: &str) -> Result<DescriptorStat, ErrorCode> {
        self.preopen
            .stat_at(PathFlags::SYMLINK_FOLLOW, &self.path(path))
    }

    /// Whether there is a directory of this name.
    pub(crate) fn is_dir(&self, path: &str) -> bool {
        self.stat(path)
            .is_ok_and(|stat| stat.type_ == DescriptorType::Directory)
    }

    /// Makes a directory; its parent must be there.
    pub(crate) fn create_dir(&self, path: &str) -> Result<(), ErrorCode> {
        self.preopen.create_directory_at(&self.path(path))
    }

    /// Makes the directories that a file of this name lies in.
    pub(crate) fn create_parent(&self, path: &str) -> Result<(), ErrorCode> {
        let Some(parent) = parent(path) else {
            return Ok(());
        };
        if self.is_dir(parent) {
            return Ok(());
        }
        self.create_parent(parent)?;
        match self.create_dir(parent) {
            Err(ErrorCode::Exist) => Ok(()),
            Ok(()) => self.flush_parent(parent),
            Err(error) => Err(error),
        }
    }

    /// Renames; a file that has the new name goes.
    pub(crate) fn rename(&self, from: &str, to: &str) -> Result<(), ErrorCode> {
        self.preopen
            .rename_at(&self.path(from), &self.preopen, &self.path(to))
    }

    /// Gives a file one more name, which must be free.
    pub(crate) fn link(&self, from: &str, to: &str) -> Result<(), ErrorCode> {
        let (from, to) = (self.path(from), self.path(to));
        self.preopen
            .link_at(PathFlags::empty(), &from, &self.preopen, &to)
    }

    /// Deletes a file.
    pub(crate) fn remove_file(&self, path: &str) -> Result<(), ErrorCode> {
        self.preopen.unlink_file_at(&self.path(path))
    }

    /// Deletes a directory that holds nothing.
    pub(crate) fn remove_dir(&self, path: &str) -> Result<(), ErrorCode> {
        self.preopen.remove_directory_at(&self.path(path))
    }

    /// Deletes a directory and all that it holds; links are deleted, not followed.
    pub(crate) fn remove_all(&self, path: &str) -> Result<(), ErrorCode> {
        for (name, kind) in self.entries(path)? {
            let entry = format!("{path}/{name}");
            if kind == DescriptorType::Directory {
                self.remove_all(&entry)?;
            } else {
                self.remove_file(&entry)?;
            }
        }
        self.remove_dir(path)
    }

    /// Names and types of what a directory holds.
    pub(crate) fn entries(&self, path: &str) -> Result<Vec<(String, DescriptorType)>, ErrorCode> {
        let dir = self.directory(path)?;
        let stream = dir.read_directory()?;
        let mut entries = Vec::new();
        while let Some(entry) = stream.read_directory_entry()? {
            entries.push((entry.name, entry.type_));
        }
        Ok(entries)
    }

    /// Deletes a file, or a directory with all that is in it.
    pub(crate) fn remove_any(&self, path: &str) -> Result<(), ErrorCode> {
        if self.is_dir(path) {
            self.remove_all(path)
        } else {
            self.remove_file(path)
        }
    }

    /// The paths so many levels below a directory, and of files above those.
    pub(crate) fn below(&self, dir: &str, depth: usize) -> Vec<String> {
        let mut paths = Vec::new();
        for (name, kind) in self.entries(dir).unwrap_or_default() {
            let path = format!("{dir}/{name}");
            if kind == DescriptorType::Directory && depth > 1 {
                paths.extend(self.below(&path, depth - 1));
            } else {
                paths.push(path);
            }
        }
        paths
    }

    /// What a file, or all files below a directory, weigh.
    pub(crate) fn weigh_any(&self, path: &str) -> Weight {
        match self.stat(path) {
            Ok(stat) if stat.type_ != DescriptorType::Directory => of(&stat),
            Ok(_) | Err(_) => self.weigh(path),
        }
    }

    /// Bytes of all files below a directory, and when one was last used.
    pub(crate) fn weigh(&self, path: &str) -> Weight {
        let mut sum = Weight::default();
        for (name, kind) in self.entries(path).unwrap_or_default() {
            let entry = format!("{path}/{name}");
            let weight = if kind == DescriptorType::Directory {
                self.weigh(&entry)
            } else {
                self.stat(&entry)
                    .map_or(Weight::default(), |stat| of(&stat))
            };
            sum.bytes = sum.bytes.saturating_add(weight.bytes);
            sum.used = sum.used.max(weight.used);
        }
        sum
    }

    /// Makes a name in `path`'s directory last over a power failure.
    pub(crate) fn flush_parent(&self, path: &str) -> Result<(), ErrorCode> {
        self.directory(parent(path).unwrap_or(""))?.sync()
    }

    /// Opens a directory. The preopened one is opened once more: not all hosts list or flush it.
    fn directory(&self, path: &str) -> Result<Descriptor, ErrorCode> {
        self.preopen.open_at(
            PathFlags::SYMLINK_FOLLOW,
            &self.path(path),
            OpenFlags::DIRECTORY,
            DescriptorFlags::READ,
        )
    }
}

/// The directory that a path lies in; none at the data directory itself.
pub(crate) fn parent(path: &str) -> Option<&str> {
    path.rsplit_once('/').map(|(parent, _)| parent)
}

/// Whole Unix seconds; what is not known or before 1970 is 0.
pub(crate) fn seconds(at: Option<Datetime>) -> u64 {
    at.map_or(0, |at| at.seconds)
}

fn of(stat: &DescriptorStat) -> Weight {
    let (read, written) = (
        seconds(stat.data_access_timestamp),
        seconds(stat.data_modification_timestamp),
    );
    Weight {
        bytes: stat.size,
        used: read.max(written),
    }
}

/// The path of a directory below a preopened one.
fn below<'p>(preopen: &str, path: &'p str) -> Option<&'p str> {
    let (preopen, path) = (preopen.trim_end_matches('/'), path.trim_end_matches('/'));
    if preopen == "." || preopen == path {
        return match path {
            path if path == preopen => Some(""),
            path if path.starts_with('/') => None,
            path => Some(path.trim_start_matches("./")),
        };
    }
    path.strip_prefix(preopen)?.strip_prefix('/')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_directory_is_found_below_a_preopened_one() {
        for (preopen, path, expected) in [
            ("/data", "/data", Some("")),
            ("/data/", "/data", Some("")),
            ("/data", "/data/", Some("")),
            ("/data", "/data/zig", Some("zig")),
            ("/", "/data/zig", Some("data/zig")),
            ("/data", "/database", None),
            ("/data", "data", None),
            (".", "data", Some("data")),
            (".", "./data", Some("data")),
            (".", ".", Some("")),
            (".", "/data", None),
            ("/", "/", Some("")),
        ] {
            assert_eq!(below(preopen, path), expected, "{preopen} {path}");
        }
    }
}
