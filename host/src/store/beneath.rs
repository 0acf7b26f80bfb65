//! Opens files below a directory without following links there.
//!
//! What lies in a repository of this machine may have been copied from anywhere, and is sent to
//! anybody. A link in it could lead to any file of the system; so each part of the path is opened in
//! the directory before it, and none that is a link. A link to the directory itself is the
//! operator's.

use std::fs::File;
use std::io;
use std::path::Path;

use rustix::fs::{Mode, OFlags, openat};
use rustix::io::Errno;

/// Opens `dir/path` for reading; `path` has `/` between its parts. A link is not found.
pub(super) fn open(dir: &Path, path: &str) -> io::Result<File> {
    let mut inner = File::open(dir)?;
    let (parents, name) = path.rsplit_once('/').unwrap_or(("", path));
    for part in parents.split('/').filter(|part| !part.is_empty()) {
        inner = open_in(&inner, part, OFlags::DIRECTORY)?;
    }
    // A pipe would be waited for without end.
    open_in(&inner, name, OFlags::NONBLOCK)
}

fn open_in(dir: &File, name: &str, flags: OFlags) -> io::Result<File> {
    let flags = flags | OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    match openat(dir, name, flags, Mode::empty()) {
        Ok(file) => Ok(file.into()),
        Err(Errno::LOOP) => Err(Errno::NOENT.into()),
        Err(errno) => Err(errno.into()),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::Read as _;
    use std::os::unix::fs::symlink;

    use zigdepot_core::registry::name::PackageName;
    use zigdepot_core::store::{StoreError, StoreKey};

    use super::super::FileStore;

    fn key(path: &str) -> StoreKey {
        StoreKey::repository(&PackageName::parse("mach").unwrap(), path)
    }

    #[test]
    fn links_in_a_repository_lead_nowhere() {
        let dir = tempfile::tempdir().unwrap();
        let data = dir.path().join("data");
        let store = FileStore::open(&data).unwrap();
        let repository = data.join("git/mach.git");
        fs::create_dir_all(repository.join("objects/info")).unwrap();
        fs::create_dir_all(dir.path().join("outside/info")).unwrap();
        fs::write(dir.path().join("outside/info/refs"), "secret").unwrap();
        fs::write(repository.join("objects/info/packs"), "P\n").unwrap();

        let (file, stat) = store.open_file(&key("objects/info/packs")).unwrap();
        let mut text = String::new();
        (&*file).read_to_string(&mut text).unwrap();
        assert_eq!((text.as_str(), stat.len), ("P\n", 2));

        symlink("../../../outside/info", repository.join("info")).unwrap();
        symlink("objects/info/packs", repository.join("HEAD")).unwrap();
        for path in [
            "info/refs",
            "HEAD",
            "objects/info",
            "objects/info/packs/x",
            "x",
        ] {
            let opened = store.open_file(&key(path)).map(|(_, stat)| stat);
            assert_eq!(opened, Err(StoreError::NotFound), "{path}");
        }
    }

    #[test]
    fn repository_itself_may_lie_elsewhere() {
        let dir = tempfile::tempdir().unwrap();
        let store = FileStore::open(&dir.path().join("data")).unwrap();
        fs::create_dir_all(dir.path().join("data/git")).unwrap();
        fs::create_dir_all(dir.path().join("mine.git")).unwrap();
        fs::write(dir.path().join("mine.git/HEAD"), "ref: refs/heads/main\n").unwrap();
        symlink("../../mine.git", dir.path().join("data/git/mach.git")).unwrap();
        assert!(store.open_file(&key("HEAD")).is_ok());
    }

    #[test]
    fn pipe_is_not_waited_for() {
        let dir = tempfile::tempdir().unwrap();
        let store = FileStore::open(dir.path()).unwrap();
        let repository = dir.path().join("git/mach.git");
        fs::create_dir_all(&repository).unwrap();
        let mode = rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR;
        let fifo = rustix::fs::FileType::Fifo;
        rustix::fs::mknodat(rustix::fs::CWD, repository.join("HEAD"), fifo, mode, 0).unwrap();
        let opened = store.open_file(&key("HEAD")).map(|(_, stat)| stat);
        assert_eq!(opened, Err(StoreError::NotFound));
    }
}
