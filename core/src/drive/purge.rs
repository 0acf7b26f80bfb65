//! What the operator does not want to keep is deleted, one thing after the other.
//!
//! It decides as `zigdepot purge` does ([`crate::store::purge`]), and gives up at the first thing
//! that cannot be deleted: the next look is in an hour.

use alloc::vec::Vec;

use super::host::{Host, Store};
use crate::config::LogLevel;
use crate::store::StoreError;
use crate::store::purge::{Wish, plan};

/// Deletes what the wish says.
pub(super) async fn purge<H: Host>(host: H, wish: Wish) {
    match delete(&host, wish).await {
        Ok(0) => {}
        Ok(_) => host.clear_shelves(),
        Err(error) => host.log(LogLevel::Warn, format_args!("purging: {error}")),
    }
}

async fn delete<H: Host>(host: &H, wish: Wish) -> Result<usize, StoreError> {
    let Some(scope) = wish.scope() else {
        return Ok(0);
    };
    let used = host.store().space(wish.to_size.is_some()).await?.used;
    let all = host.store().evictables(scope).await?;
    let plan = plan(Vec::new(), all, used, wish, host.now().unix);
    for (one, why) in &plan.chosen {
        host.log(
            LogLevel::Info,
            format_args!("purging {} ({} bytes): {why}", one.key, one.bytes),
        );
        host.store().delete(&one.key).await?;
        host.pause().await;
    }
    if let Some(stays) = plan.stays {
        host.log(
            LogLevel::Warn,
            format_args!(
                "PURGE_TO_SIZE cannot be reached: {stays} bytes are of stable and nominated \
                 versions and the registry; nothing was deleted for it"
            ),
        );
    }
    Ok(plan.chosen.len())
}
