//! What went wrong with packages: a record for each, below `.zigdepot/`.
//!
//! It is derived: without it nothing that is published changes, and the next ingest writes it anew.

use alloc::string::ToString;

use crate::app::ingest::{IngestFailure, IngestOrder, Ingested, Origin};
use crate::config::LogLevel;
use crate::drive::find::read_up_to;
use crate::drive::host::{Host, Store};
use crate::registry::documents::Trouble;
use crate::registry::name::PackageName;
use crate::store::{StoreError, StoreKey};

/// Most bytes of a record.
const MOST_BYTES: usize = 2 << 20;

/// What is recorded of a package.
pub(in crate::drive) async fn of<H: Host>(host: &H, package: &PackageName) -> Trouble {
    let key = StoreKey::trouble(package);
    let Ok((file, _)) = host.store().open(&key).await else {
        return Trouble::default();
    };
    let text = read_up_to(host.store(), &file, MOST_BYTES).await;
    let read = text.ok().and_then(|text| Trouble::parse(&text));
    read.unwrap_or_default()
}

/// Notes how an ingest has ended.
pub(in crate::drive) async fn note<H: Host>(host: &H, order: &IngestOrder, outcome: &Ingested) {
    let at = host.now().unix;
    match outcome {
        Ok(report) => {
            change(host, &order.package, |trouble| {
                trouble.handle_ingest(report, at);
            })
            .await;
        }
        Err(IngestFailure::Taken { package, .. }) => {
            let url = match &order.origin {
                Origin::Remote(remote) => remote.to_string(),
                Origin::Local => super::claim::local(&order.package),
            };
            change(host, package, |trouble| trouble.handle_claim(&url, at)).await;
        }
        // Nothing is wrong with the package.
        Err(IngestFailure::Stopped | IngestFailure::Busy) => {}
        Err(failure) => {
            let why = failure.to_string();
            change(host, &order.package, |trouble| {
                trouble.handle_failure(&why, at);
            })
            .await;
        }
    }
}

/// Notes that a package comes from this repository by now, which may have wanted its name before.
pub(in crate::drive) async fn settle_claim<H: Host>(host: &H, package: &PackageName, url: &str) {
    if of(host, package)
        .await
        .claims
        .iter()
        .any(|one| one.url == url)
    {
        change(host, package, |trouble| {
            trouble.claims.retain(|one| one.url != url);
        })
        .await;
    }
}

/// Notes that the package was brought as the catalog had it at this time.
pub(in crate::drive) async fn note_fresh<H: Host>(
    host: &H,
    package: &PackageName,
    updated_at: &str,
) {
    change(host, package, |trouble| {
        trouble.source_updated_at = Some(updated_at.into());
    })
    .await;
}

/// Whether the package was brought without trouble when the catalog had this time, and is here.
pub(in crate::drive) async fn is_fresh<H: Host>(
    host: &H,
    package: &PackageName,
    updated_at: &str,
) -> bool {
    let trouble = of(host, package).await;
    let was_brought = trouble.source_updated_at.as_deref() == Some(updated_at)
        && trouble.last.is_some_and(|last| last.error.is_none());
    if !was_brought {
        return false;
    }
    let tags = super::published::whole(host, package).await;
    tags.is_ok_and(|is_whole| is_whole)
}

async fn change<H: Host>(host: &H, package: &PackageName, f: impl FnOnce(&mut Trouble)) {
    let mut trouble = of(host, package).await;
    f(&mut trouble);
    let text = trouble.to_text();
    let key = StoreKey::trouble(package);
    match host.store().record(&key, text.as_bytes()).await {
        Ok(()) | Err(StoreError::ReadOnly) => {}
        Err(error) => host.log(LogLevel::Warn, format_args!("{key}: {error}")),
    }
}
