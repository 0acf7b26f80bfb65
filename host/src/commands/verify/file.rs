//! Reading a file as if nobody had: without an access time where that is allowed, and without a
//! place in the page cache afterwards.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;

use rustix::fs::{Advice, OFlags, fadvise};
use zigdepot_core::store::StoreError;

use crate::store::read_at;

/// Bytes read at once.
pub(super) const CHUNK: usize = 256 << 10;
/// The page cache is emptied after so many bytes.
const CACHED: u64 = 8 << 20;

/// Opens a regular file to be read once. `O_NOATIME` is for the file's owner and for root alone.
pub(super) fn open(path: &Path) -> io::Result<File> {
    let quiet = i32::try_from((OFlags::NOATIME | OFlags::NOFOLLOW | OFlags::NONBLOCK).bits());
    let quiet = fs::OpenOptions::new()
        .read(true)
        .custom_flags(quiet.unwrap_or(0))
        .open(path);
    match quiet {
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => File::open(path),
        other => other,
    }
}

/// Gives `take` all bytes; their number.
pub(super) fn read_through(
    file: &File,
    buffer: &mut [u8],
    mut take: impl FnMut(&[u8]),
) -> Result<u64, StoreError> {
    let (mut offset, mut kept) = (0_u64, 0_u64);
    loop {
        let n = read_at(file, offset, buffer)?;
        offset += u64::try_from(n).unwrap_or(u64::MAX);
        if n == 0 || offset - kept >= CACHED {
            // A refusal costs the cache some pages, and nothing else.
            let _ = fadvise(file, kept, None, Advice::DontNeed);
            kept = offset;
        }
        if n == 0 {
            return Ok(offset);
        }
        take(buffer.get(..n).unwrap_or_default());
    }
}

/// Whether the file at `path` is this one still.
pub(super) fn is_same(file: &File, path: &Path) -> bool {
    let (Ok(open), Ok(there)) = (file.metadata(), fs::symlink_metadata(path)) else {
        return false;
    };
    (open.dev(), open.ino()) == (there.dev(), there.ino())
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::time::Duration;
    use std::time::SystemTime;

    #[test]
    fn reading_leaves_the_access_time() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("file");
        fs::write(&path, vec![7; CHUNK + 1]).unwrap();
        let long_ago = SystemTime::now() - Duration::from_hours(1000);
        let times = fs::FileTimes::new().set_accessed(long_ago);
        File::open(&path).unwrap().set_times(times).unwrap();
        let before = fs::metadata(&path).unwrap().atime();
        let file = open(&path).unwrap();
        let mut sum = 0;
        let len = read_through(&file, &mut vec![0; CHUNK], |bytes| sum += bytes.len()).unwrap();
        assert_eq!((len, sum), (CHUNK as u64 + 1, CHUNK + 1));
        assert_eq!(fs::metadata(&path).unwrap().atime(), before);
    }

    #[test]
    fn another_file_of_the_name_is_noticed() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("file");
        fs::write(&path, "1").unwrap();
        let file = open(&path).unwrap();
        assert!(is_same(&file, &path));
        fs::write(dir.path().join("new"), "2").unwrap();
        fs::rename(dir.path().join("new"), &path).unwrap();
        assert!(!is_same(&file, &path));
    }
}
