//! Everything brought up to date: the catalog, then each package that it names, that is published,
//! or that lies on this machine.
//!
//! A catalog that cannot be had changes nothing: the last one counts. A package is asked for again
//! next time, unless the catalog says that it has not changed since it was last brought without
//! trouble. The ingests are jobs like any other; this waits for them.

mod catalog;
mod target;
mod work;

use alloc::format;
use alloc::string::String;
use core::fmt;

pub(super) use catalog::last_catalog;
use work::Work;

use super::host::{Host, Store};
use super::site::act;
use crate::app::ingest::Ingested;
use crate::config::LogLevel;
use crate::registry::documents::{Progress, UpdateStatus};
use crate::registry::name::PackageName;
use crate::store::StoreKey;

/// What the last update has come to.
pub(super) const STATUS: &str = "catalog/update.json";

/// Runs a job and reports its end.
pub(super) async fn run<H: Host>(host: &H, mut report: Report<H>) {
    let status = update(host, &mut Nobody).await;
    host.log(LogLevel::Info, format_args!("update: {}", summary(&status)));
    report.status = status;
}

/// The same for a process that does nothing else, told how it goes.
pub async fn update_now<H: Host>(host: &H, observer: &mut dyn Observer) -> UpdateStatus {
    update(host, observer).await
}

/// Looks on.
pub trait Observer: Send + Sync {
    /// A record of the catalog is passed over: which one, and why.
    fn handle_skipped(&mut self, record: usize, reason: &dyn fmt::Display);
    /// The update is so far by now, and so far are the ingests that it has asked for, all together.
    fn handle_progress(&mut self, status: &UpdateStatus, progress: &Progress);
    /// An ingest has ended.
    fn handle_ingested(&mut self, package: &PackageName, outcome: &Ingested);
}

/// Does not.
struct Nobody;

impl Observer for Nobody {
    fn handle_skipped(&mut self, _: usize, _: &dyn fmt::Display) {}
    fn handle_progress(&mut self, _: &UpdateStatus, _: &Progress) {}
    fn handle_ingested(&mut self, _: &PackageName, _: &Ingested) {}
}

/// Reports when it goes out of scope, so that no update is left without an end.
pub(super) struct Report<H: Host> {
    host: H,
    status: UpdateStatus,
}

impl<H: Host> Report<H> {
    /// Of an update that has not begun.
    pub(super) fn new(host: &H) -> Self {
        Self {
            host: host.clone(),
            status: UpdateStatus::default(),
        }
    }
}

impl<H: Host> Drop for Report<H> {
    fn drop(&mut self) {
        let status = core::mem::take(&mut self.status);
        let now = self.host.now().instant;
        act(&self.host, |site| site.app.handle_updated(status, now));
    }
}

async fn update<H: Host>(host: &H, observer: &mut dyn Observer) -> UpdateStatus {
    let now = host.now().unix;
    let mut status = UpdateStatus {
        started_at: Some(now),
        updated_at: Some(now),
        ..UpdateStatus::default()
    };
    let catalog = catalog::bring(host, &mut status, observer).await;
    tell(host, &mut status).await;
    match target::all(host, &catalog, &mut status).await {
        Ok(targets) => Work::new(host, targets, &mut status, observer).run().await,
        Err(error) => {
            host.log(LogLevel::Warn, format_args!("update: {error}"));
            status.source_repo_failed += 1;
        }
    }
    tell(host, &mut status).await;
    status
}

/// Says how far it is, in this process and for the next one.
async fn tell<H: Host>(host: &H, status: &mut UpdateStatus) {
    status.updated_at = Some(host.now().unix);
    let text = status.to_text();
    // Without a record the next process says that none ran.
    let _ = host
        .store()
        .record(&StoreKey::state(STATUS), text.as_bytes())
        .await;
    let status = status.clone();
    act(host, |site| site.app.handle_update_progress(status));
}

/// What an update says in one line.
pub fn summary(status: &UpdateStatus) -> String {
    format!(
        "{} packages brought up to date, {} failed; {} tarballs published, {} were here",
        status.packages_synced,
        status.source_repo_failed,
        status.tarballs_created,
        status.tarballs_present
    )
}
