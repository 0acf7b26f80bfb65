//! Small and read-only file systems, for what a disk can refuse.
//!
//! Mounts need root; where that is missing the caller is told, and its case is skipped.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::tools::not_here;

/// A mount that is undone when dropped.
#[derive(Debug)]
pub struct Mount(PathBuf);

impl Mount {
    /// Mounts a file system of `size` bytes in memory on `dir`.
    pub fn tmpfs(dir: &Path, size: u64) -> Option<Self> {
        fs::create_dir_all(dir).expect("scratch directories can be made");
        let options = format!("size={size}");
        let mounted = mount(&["-t", "tmpfs", "-o", &options, "tmpfs"], dir);
        mounted.then(|| Self(dir.to_path_buf()))
    }

    /// Makes `dir`, with what is in it, read-only for everybody, root included.
    pub fn read_only(dir: &Path) -> Option<Self> {
        let source = dir.to_str().expect("scratch paths are UTF-8");
        if !mount(&["--bind", source], dir) {
            return None;
        }
        // Dropped, and so undone, if the second step fails.
        let bound = Self(dir.to_path_buf());
        mount(&["-o", "remount,ro,bind"], dir).then_some(bound)
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

fn mount(options: &[&str], dir: &Path) -> bool {
    let output = Command::new("mount").args(options).arg(dir).output();
    let done = output.is_ok_and(|output| output.status.success());
    if !done {
        not_here("mounting needs root");
    }
    done
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scratch::Scratch;

    #[test]
    fn small_disk_fills_up() {
        let scratch = Scratch::new("mount");
        let Some(_mount) = Mount::tmpfs(&scratch.join("m"), 64 << 10) else {
            return;
        };
        assert!(fs::write(scratch.join("m/file"), vec![0; 128 << 10]).is_err());
    }

    #[test]
    fn read_only_directory_is_read_only_until_dropped() {
        let scratch = Scratch::new("mount");
        scratch.write("file", b"x");
        let Some(mount) = Mount::read_only(scratch.path()) else {
            return;
        };
        assert!(fs::write(scratch.join("file"), b"y").is_err());
        assert_eq!(fs::read(scratch.join("file")).unwrap(), b"x");
        drop(mount);
        fs::write(scratch.join("file"), b"y").unwrap();
    }
}
