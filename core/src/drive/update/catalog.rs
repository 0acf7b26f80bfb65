//! The catalog: fetched, compared with the last one, and kept.

use alloc::string::{String, ToString};
use alloc::sync::Arc;
use alloc::vec::Vec;

use super::Observer;
use crate::app::failure::UpstreamError;
use crate::config::LogLevel;
use crate::drive::fetch;
use crate::drive::find::read_up_to;
use crate::drive::host::{Ask, Host, Store};
use crate::registry::catalog::{self, Catalog, CatalogError, CatalogReader};
use crate::registry::documents::UpdateStatus;
use crate::store::StoreKey;
use crate::wire::url::Url;

/// The last catalog, as we read it.
const CATALOG: &str = "catalog/source.json";
/// The one before.
const PREVIOUS: &str = "catalog/source.previous.json";
/// Records of a catalog that are read in a row.
const RECORDS: usize = 500;

/// The catalog of now, or the last one that could be had.
pub(super) async fn bring<H: Host>(
    host: &H,
    status: &mut UpdateStatus,
    observer: &mut dyn Observer,
) -> Arc<Catalog> {
    let before = last_catalog(host).await;
    let Some(url) = &host.config().registry.catalog else {
        return Arc::default();
    };
    let now = match fetch_catalog(host, url).await {
        Ok(catalog) => catalog,
        Err(problem) => {
            host.log(
                LogLevel::Warn,
                format_args!("CATALOG_URL={url}: {problem}; the last catalog counts"),
            );
            status.source_error = Some(problem);
            count(status, &before);
            return before;
        }
    };
    count(status, &now);
    for (at, reason) in &now.skipped.first {
        host.log(
            LogLevel::Warn,
            format_args!("catalog: record {at} is skipped: {reason}"),
        );
        observer.handle_skipped(*at, reason);
    }
    let diff = now.diff(&before);
    let number = |list: &Vec<usize>| u64::try_from(list.len()).unwrap_or(u64::MAX);
    status.source_changed = !diff.is_empty();
    status.source_added = number(&diff.added);
    status.source_updated = number(&diff.updated);
    status.source_removed = number(&diff.removed);
    if status.source_changed {
        keep_catalog(host, &before, &now).await;
    }
    Arc::new(now)
}

fn count(status: &mut UpdateStatus, catalog: &Catalog) {
    let number = |n: usize| u64::try_from(n).unwrap_or(u64::MAX);
    status.source_packages = number(catalog.records.len());
    status.source_skipped = number(catalog.skipped.count);
}

async fn keep_catalog<H: Host>(host: &H, before: &Catalog, now: &Catalog) {
    let store = host.store();
    let previous = StoreKey::state(PREVIOUS);
    let kept = match store.record(&previous, before.to_text().as_bytes()).await {
        Ok(()) => {
            let key = StoreKey::state(CATALOG);
            store.record(&key, now.to_text().as_bytes()).await
        }
        failed => failed,
    };
    if let Err(error) = kept {
        host.log(LogLevel::Warn, format_args!("keeping the catalog: {error}"));
    }
}

/// The catalog of the last update; read anew only if its file has changed.
pub(in crate::drive) async fn last_catalog<H: Host>(host: &H) -> Arc<Catalog> {
    let Ok((file, stat)) = host.store().open(&StoreKey::state(CATALOG)).await else {
        return Arc::default();
    };
    if let Some(known) = host.with_site(|site| site.catalog(&stat)) {
        return known;
    }
    let text = read_up_to(host.store(), &file, catalog::MAX_BYTES).await;
    let read = match text {
        Ok(text) => read_catalog(host, &text).await.ok(),
        Err(_) => None,
    };
    let read = Arc::new(read.unwrap_or_default());
    host.with_site(|site| site.set_catalog(stat, Arc::clone(&read)));
    read
}

/// Reads a catalog; others on this worker get their turn in between.
async fn read_catalog<H: Host>(host: &H, text: &[u8]) -> Result<Catalog, CatalogError> {
    let mut reader = CatalogReader::new(text)?;
    while reader.handle_records(RECORDS)? {
        host.pause().await;
    }
    reader.finish()
}

async fn fetch_catalog<H: Host>(host: &H, url: &Url) -> Result<Catalog, String> {
    let limits = &host.config().limits;
    let mut made = 1;
    let bytes = loop {
        match fetch_bytes(host, url).await {
            Ok(bytes) => break bytes,
            Err(error) if made >= limits.attempts || !error.is_passing() => {
                return Err(error.to_string());
            }
            Err(_) => made += 1,
        }
        host.sleep(host.now().instant + limits.retry_wait).await;
    };
    let read = read_catalog(host, &bytes).await;
    read.map_err(|error| error.to_string())
}

async fn fetch_bytes<H: Host>(host: &H, url: &Url) -> Result<Vec<u8>, UpstreamError> {
    let mut response = fetch::get(host, url, Ask::default()).await?;
    if response.head.status != 200 {
        return Err(UpstreamError::Status(response.head.status));
    }
    if response.head.encoded {
        return Err(UpstreamError::Protocol);
    }
    let mut bytes = Vec::new();
    while let Some(more) = response.next(host).await? {
        bytes.extend_from_slice(more);
        if bytes.len() > catalog::MAX_BYTES {
            return Err(UpstreamError::TooLarge);
        }
    }
    Ok(bytes)
}
