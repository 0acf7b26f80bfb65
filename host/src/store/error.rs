//! The system's errors as the core knows them.

use std::io;

use rustix::io::Errno;
use zigdepot_core::store::StoreError;

/// An error while reading what should be there.
pub fn of_read(error: &io::Error) -> StoreError {
    match Errno::from_io_error(error) {
        Some(Errno::NOENT | Errno::NOTDIR | Errno::NAMETOOLONG | Errno::ISDIR) => {
            StoreError::NotFound
        }
        _ => StoreError::Io,
    }
}

/// An error while writing.
pub(super) fn of_write(error: &io::Error) -> StoreError {
    match Errno::from_io_error(error) {
        Some(Errno::NOENT) => StoreError::NotFound,
        Some(Errno::NOSPC | Errno::DQUOT | Errno::FBIG) => StoreError::Full,
        Some(Errno::ROFS | Errno::ACCESS | Errno::PERM) => StoreError::ReadOnly,
        Some(Errno::EXIST | Errno::NOTEMPTY) => StoreError::Exists,
        Some(Errno::NOTDIR | Errno::ISDIR) => StoreError::Clash,
        _ => StoreError::Io,
    }
}
