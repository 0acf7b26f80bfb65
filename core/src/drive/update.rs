//! Everything brought up to date: the catalog, then each package that it names, that is published,
//! or that lies on this machine.
//!
//! A catalog that cannot be had changes nothing: the last one counts. A package is asked for again
//! next time, unless the catalog says that it has not changed since it was last brought without
//! trouble. The ingests are jobs like any other; this waits for them.

use alloc::collections::{BTreeMap, VecDeque};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;
use core::time::Duration;

use super::fetch;
use super::find::read_up_to;
use super::host::{Ask, Host, Store};
use super::race::{First, race};
use super::registry::claim::{Owner, owner};
use super::registry::{published, troubles, wait};
use super::site::act;
use crate::app::failure::UpstreamError;
use crate::app::ingest::{Ingested, JobId, JobState, Origin};
use crate::config::LogLevel;
use crate::git::client::remote::Remote;
use crate::registry::catalog::{self, Catalog};
use crate::registry::documents::{Progress, UpdateStatus};
use crate::registry::name::PackageName;
use crate::store::{StoreError, StoreKey};
use crate::wire::url::Url;

/// The last catalog, as we read it.
pub(super) const CATALOG: &str = "catalog/source.json";
/// The one before.
const PREVIOUS: &str = "catalog/source.previous.json";
/// What the last update has come to.
pub(super) const STATUS: &str = "catalog/update.json";
/// How often who looks on is told.
const WATCH: Duration = Duration::from_millis(200);

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
    let catalog = bring_catalog(host, &mut status, observer).await;
    tell(host, &mut status).await;
    match targets(host, &catalog, &mut status).await {
        Ok(targets) => Work::new(host, targets, &mut status, observer).run().await,
        Err(error) => {
            host.log(LogLevel::Error, format_args!("update: {error}"));
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

/// The catalog of now, or the last one that could be had.
async fn bring_catalog<H: Host>(
    host: &H,
    status: &mut UpdateStatus,
    observer: &mut dyn Observer,
) -> Catalog {
    let before = last_catalog(host).await;
    let Some(url) = &host.config().registry.catalog else {
        return Catalog::default();
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
    now
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

/// The catalog of the last update.
pub(super) async fn last_catalog<H: Host>(host: &H) -> Catalog {
    let Ok((file, _)) = host.store().open(&StoreKey::state(CATALOG)).await else {
        return Catalog::default();
    };
    let text = read_up_to(host.store(), &file, catalog::MAX_BYTES).await;
    let read = text.ok().and_then(|text| Catalog::parse(&text).ok());
    read.unwrap_or_default()
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
    Catalog::parse(&bytes).map_err(|error| error.to_string())
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

/// A package to bring up to date.
struct Target {
    package: PackageName,
    origin: Origin,
    /// What the catalog says of when it changed.
    updated_at: Option<String>,
}

/// All packages, each from one place: the catalog's, or the one that has its name.
async fn targets<H: Host>(
    host: &H,
    catalog: &Catalog,
    status: &mut UpdateStatus,
) -> Result<Vec<Target>, StoreError> {
    let mut targets = BTreeMap::new();
    for package in published::packages(host).await? {
        if let Owner::Upstream(url) = owner(host, &package).await?
            && let Ok(remote) = Remote::parse(&url)
        {
            targets.insert(
                package.clone(),
                Target::new(package, Origin::Remote(remote)),
            );
        }
    }
    for record in &catalog.records {
        let package = record.package.clone();
        let Ok(remote) = Remote::parse(&record.url) else {
            status.source_skipped += 1;
            continue;
        };
        let target = Target {
            updated_at: Some(record.updated_at.clone()),
            ..Target::new(package.clone(), Origin::Remote(remote))
        };
        targets.insert(package, target);
    }
    for package in local(host).await? {
        status.repos_scanned += 1;
        targets.insert(package.clone(), Target::new(package, Origin::Local));
    }
    Ok(targets.into_values().collect())
}

impl Target {
    fn new(package: PackageName, origin: Origin) -> Self {
        Self {
            package,
            origin,
            updated_at: None,
        }
    }
}

/// The bare repositories below `git/`.
async fn local<H: Host>(host: &H) -> Result<Vec<PackageName>, StoreError> {
    let most = host.config().limits.packages;
    let listed = match host.store().list(&StoreKey::repositories(), most).await {
        Err(StoreError::NotFound) => return Ok(Vec::new()),
        listed => listed?,
    };
    let mut names = Vec::new();
    for one in listed.iter().filter(|one| one.is_dir) {
        let name = one.name.strip_suffix(".git").map(PackageName::parse);
        match name {
            Some(Ok(package)) => {
                // A directory without HEAD is no repository (gitrepository-layout).
                let head = StoreKey::repository(&package, "HEAD");
                if host.store().open(&head).await.is_ok() {
                    names.push(package);
                }
            }
            Some(Err(error)) => host.log(
                LogLevel::Warn,
                format_args!("git/{}: {error}", one.name.escape_debug()),
            ),
            None => {}
        }
    }
    Ok(names)
}

/// The ingests of one update.
struct Work<'a, H: Host> {
    host: &'a H,
    targets: VecDeque<Target>,
    open: VecDeque<(JobId, Target)>,
    status: &'a mut UpdateStatus,
    /// How far those that have ended were.
    done: Progress,
    observer: &'a mut dyn Observer,
}

impl<'a, H: Host> Work<'a, H> {
    fn new(
        host: &'a H,
        targets: Vec<Target>,
        status: &'a mut UpdateStatus,
        observer: &'a mut dyn Observer,
    ) -> Self {
        Self {
            host,
            targets: targets.into(),
            open: VecDeque::new(),
            status,
            done: Progress::default(),
            observer,
        }
    }

    async fn run(mut self) {
        // Others may ask for packages meanwhile.
        let most = (self.host.config().limits.ingests_waiting / 4).max(1);
        while let Some(target) = self.targets.pop_front() {
            if self.host.is_stopping() {
                return;
            }
            if self.is_fresh(&target).await {
                continue;
            }
            while self.open.len() >= most {
                self.settle_one().await;
            }
            self.ask(target).await;
        }
        while !self.open.is_empty() {
            self.settle_one().await;
        }
    }

    /// A catalog that could not be had does not say what has changed.
    async fn is_fresh(&self, target: &Target) -> bool {
        if self.status.source_error.is_some() {
            return false;
        }
        let Some(updated_at) = target.updated_at.as_deref().filter(|at| !at.is_empty()) else {
            return false;
        };
        troubles::is_fresh(self.host, &target.package, updated_at).await
    }

    async fn ask(&mut self, target: Target) {
        loop {
            let (package, origin) = (target.package.clone(), target.origin.clone());
            let now = self.host.now();
            let asked = act(self.host, |site| {
                site.app.request_ingest(package, origin, now)
            });
            match asked {
                Some(job) => return self.open.push_back((job, target)),
                // The queue is full of what others asked for, or the server stops.
                None if self.open.is_empty() => {
                    if self.host.is_stopping() {
                        return;
                    }
                    let wait = self.host.config().limits.retry_wait;
                    self.host.sleep(self.host.now().instant + wait).await;
                }
                None => self.settle_one().await,
            }
        }
    }

    async fn settle_one(&mut self) {
        let Some((job, target)) = self.open.pop_front() else {
            return;
        };
        let outcome = self.watch(job).await;
        self.done.add(progress(self.host, job));
        self.count(&outcome);
        self.observer.handle_ingested(&target.package, &outcome);
        if let (Ok(_), Some(updated_at)) = (&outcome, &target.updated_at) {
            troubles::note_fresh(self.host, &target.package, updated_at).await;
        }
        tell(self.host, self.status).await;
    }

    /// Waits for a job to end, and tells how all of them get on.
    async fn watch(&mut self, job: JobId) -> Ingested {
        loop {
            let mut sum = self.done;
            sum.add(progress(self.host, job));
            for (open, _) in &self.open {
                sum.add(progress(self.host, *open));
            }
            self.observer.handle_progress(self.status, &sum);
            let until = self.host.now().instant + WATCH;
            let ended = race(wait::ended(self.host, job), self.host.sleep(until)).await;
            if let First::Left(outcome) = ended {
                return outcome;
            }
        }
    }

    fn count(&mut self, outcome: &Ingested) {
        match outcome {
            Ok(report) => {
                self.status.packages_synced += 1;
                let is_new = report.count == report.created;
                self.status.source_repo_cloned += u64::from(is_new);
                self.status.source_repo_updated += u64::from(!is_new);
                self.status.tarballs_created += report.created;
                self.status.tarballs_present += report.present;
            }
            Err(_) => self.status.source_repo_failed += 1,
        }
    }
}

/// How far a job is.
fn progress<H: Host>(host: &H, job: JobId) -> Progress {
    host.with_site(|site| match site.app.ingest(job).map(|job| &job.state) {
        Some(JobState::Running(progress) | JobState::Ended(progress, _)) => *progress,
        Some(JobState::Queued) | None => Progress::default(),
    })
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
