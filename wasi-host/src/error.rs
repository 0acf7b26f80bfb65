//! The file system's errors as the core knows them.

use wasip2::filesystem::types::ErrorCode;
use zigdepot_core::store::StoreError;

/// An error while reading what should be there.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "all else is trouble with the disk"
)]
pub(crate) fn of_read(error: ErrorCode) -> StoreError {
    match error {
        ErrorCode::NoEntry
        | ErrorCode::NotDirectory
        | ErrorCode::NameTooLong
        | ErrorCode::IsDirectory => StoreError::NotFound,
        _ => StoreError::Io,
    }
}

/// An error while writing.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "all else is trouble with the disk"
)]
pub(crate) fn of_write(error: ErrorCode) -> StoreError {
    match error {
        ErrorCode::NoEntry => StoreError::NotFound,
        ErrorCode::InsufficientSpace | ErrorCode::Quota | ErrorCode::FileTooLarge => {
            StoreError::Full
        }
        ErrorCode::ReadOnly | ErrorCode::Access | ErrorCode::NotPermitted => StoreError::ReadOnly,
        ErrorCode::Exist | ErrorCode::NotEmpty => StoreError::Exists,
        ErrorCode::NotDirectory | ErrorCode::IsDirectory => StoreError::Clash,
        _ => StoreError::Io,
    }
}
