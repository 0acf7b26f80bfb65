//! Dev versions that grew old are deleted, one after the other.
//!
//! It refuses to touch anything else, and gives up at the first version that cannot be deleted: the
//! next look is in an hour.

use core::time::Duration;

use super::host::{Host, Store};
use crate::config::LogLevel;
use crate::store::StoreError;
use crate::store::evict::outdated;

/// Deletes the dev versions to which nothing was added for longer than `age`.
pub(super) async fn purge<H: Host>(host: H, age: Duration) {
    match delete(&host, age).await {
        Ok(0) => {}
        Ok(_) => host.clear_shelves(),
        Err(error) => host.log(
            LogLevel::Warn,
            format_args!("purging old dev versions: {error}"),
        ),
    }
}

async fn delete<H: Host>(host: &H, age: Duration) -> Result<usize, StoreError> {
    let versions = host.store().dev_versions().await?;
    let old = outdated(versions, age, host.now().unix);
    for version in &old {
        host.log(
            LogLevel::Info,
            format_args!(
                "purging dev version {} ({} bytes): nothing was added since {}",
                version.version,
                version.bytes,
                crate::wire::date::rfc3339(version.published)
            ),
        );
        host.store().delete_dev(version).await?;
        host.pause().await;
    }
    Ok(old.len())
}
