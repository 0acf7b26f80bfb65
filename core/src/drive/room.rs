//! Room for a download: old dev versions make way when the store is at its limit.
//!
//! Stable and nominated versions, packages and artifacts stay; nothing is evicted for a prefetch.

use super::host::{Host, Store};
use crate::app::FillOrder;
use crate::app::failure::Failure;
use crate::config::LogLevel;
use crate::store::evict::{Quota, Scope, choose};
use crate::store::{StoreError, StoreKey, ZigKind};

/// Sees to it that `need` bytes fit, and those promised to other downloads: old dev versions make
/// room; if that does not do, the store is full.
pub(super) async fn make_room<H: Host>(
    host: &H,
    order: &FillOrder,
    need: u64,
) -> Result<(), Failure> {
    let config = host.config();
    let quota = Quota {
        store_max: config.store_max,
        reserve: config.disk_reserve,
    };
    let promised = host.with_site(|site| site.promise(order.flight, need));
    let space = host.store().space(config.store_max.is_some()).await?;
    let excess = quota.excess(space, promised);
    if excess == 0 {
        return Ok(());
    }
    if order.is_prefetch {
        return Err(Failure::Store(StoreError::Full));
    }
    let version = order.asset.zig_version();
    let own = version.map(|version| StoreKey::zig_version(ZigKind::Dev, version));
    let all = host.store().evictables(Scope::Dev).await?;
    let chosen = choose(all, excess, own.as_slice()).ok_or(Failure::Store(StoreError::Full))?;
    for one in chosen {
        host.log(
            LogLevel::Warn,
            format_args!(
                "evicting {} ({} bytes) for {}",
                one.key, one.bytes, order.asset
            ),
        );
        host.store().delete(&one.key).await?;
    }
    host.clear_shelves();
    Ok(())
}
