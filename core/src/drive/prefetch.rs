//! Files fetched before anyone asks for them: one after another, behind every client.

use alloc::vec::Vec;

use super::find::find;
use super::host::{Host, Store};
use super::race::{First, race};
use super::refresh;
use super::site::act;
use super::voucher::Following;
use crate::app::Cause;
use crate::app::failure::Failure;
use crate::app::flight::{Appetite, Follow};
use crate::app::indexes::IndexKind;
use crate::app::prefetch::{Planned, Scope, plan as plan_of};
use crate::config::LogLevel;
use crate::store::StoreError;

/// Trouble in a row after which a plan is given up until the next occasion.
const PATIENCE: u32 = 5;

/// How far a prefetch is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Files of the plan.
    pub files: usize,
    /// Files looked at so far.
    pub files_done: usize,
    /// Bytes of the plan that were not here when it began.
    pub bytes: u64,
    /// Of those, bytes that are here now.
    pub bytes_done: u64,
    /// Files that could not be had.
    pub failed: usize,
    /// The disk has no room for more.
    pub full: bool,
}

/// Runs the prefetches that wait, until none does.
pub(super) async fn prefetch<H: Host>(host: H) {
    while let Some((scope, plan)) = act(&host, |site| site.app.poll_prefetch()) {
        if !plan.is_empty() && !host.is_stopping() {
            host.log(LogLevel::Info, format_args!("prefetch of {scope}"));
            work_off(&host, plan, &mut LogEvery::new(&host)).await;
        }
    }
}

impl Progress {
    /// How many of `parts` equal parts of the bytes are here.
    pub fn share(&self, parts: u64) -> u64 {
        self.bytes_done.saturating_mul(parts) / self.bytes.max(1)
    }
}

/// Refreshes the indexes once, then fetches everything in these scopes that is not here. For a
/// command, not beside [`super::house::keep`].
pub async fn prefetch_now<H: Host>(
    host: &H,
    scopes: &[Scope],
    observer: &mut impl Observer,
) -> Result<Progress, Failure> {
    refresh::load(host.clone()).await;
    let now = host.now().instant;
    act(host, |site| site.app.handle_time(now));
    while !host.with_site(|site| site.app.indexes().is_settled(now)) {
        host.sleep(host.now().instant + host.config().limits.prefetch_pace)
            .await;
    }
    if host.with_site(|site| site.app.indexes().get(IndexKind::Official).is_none()) {
        return Err(Failure::NoIndex);
    }
    let mut plan: Vec<Planned> = Vec::new();
    for scope in scopes {
        let files = host.with_site(|site| plan_of(site.app.catalog(), scope));
        plan.extend(
            files
                .into_iter()
                .filter(|file| !plan.contains(file))
                .collect::<Vec<_>>(),
        );
    }
    Ok(work_off(host, plan, observer).await)
}

/// Is told how a prefetch goes.
pub trait Observer {
    /// The plan is known.
    fn handle_plan(&mut self, progress: &Progress, free: Option<u64>);
    /// There is progress with this file.
    fn handle_progress(&mut self, progress: &Progress, file: &Planned);
    /// A file could not be had.
    fn handle_failure(&mut self, file: &Planned, failure: Failure);
    /// It is over.
    fn handle_end(&mut self, progress: &Progress);
}

/// Fetches all files of a plan that are not here.
pub async fn work_off<H: Host>(
    host: &H,
    plan: Vec<Planned>,
    observer: &mut impl Observer,
) -> Progress {
    let missing = not_here(host, plan).await;
    let mut progress = Progress {
        files: missing.len(),
        bytes: missing.iter().map(|file| file.bytes).sum(),
        ..Progress::default()
    };
    let space = host.store().space(false).await.ok();
    observer.handle_plan(&progress, space.and_then(|space| space.free));
    let mut trouble = 0;
    for file in &missing {
        let left = (
            progress.files - progress.files_done,
            progress.bytes.saturating_sub(progress.bytes_done),
        );
        act(host, |site| site.app.handle_prefetch_left(left.0, left.1));
        wait_for_turn(host).await;
        if host.is_stopping() {
            break;
        }
        match fetch(host, file, &mut progress, observer).await {
            Ok(()) => trouble = 0,
            Err(failure) => {
                observer.handle_failure(file, failure);
                progress.failed += 1;
                trouble += 1;
                progress.full = matches!(
                    failure,
                    Failure::Store(StoreError::Full | StoreError::ReadOnly)
                );
            }
        }
        progress.files_done += 1;
        observer.handle_progress(&progress, file);
        if progress.full || trouble >= PATIENCE {
            break;
        }
    }
    observer.handle_end(&progress);
    progress
}

async fn not_here<H: Host>(host: &H, plan: Vec<Planned>) -> Vec<Planned> {
    let mut missing = Vec::new();
    for file in plan {
        let places = host.with_site(|site| site.app.places(&file.asset));
        let found = find(host, &places).await;
        if !found.is_ok_and(|found| found.is_some_and(|found| found.proof.is_some())) {
            missing.push(file);
        }
        host.pause().await;
    }
    missing
}

/// Lets clients go first: none may be waiting for a download when the next file is begun.
async fn wait_for_turn<H: Host>(host: &H) {
    let pace = host.config().limits.prefetch_pace;
    loop {
        host.sleep(host.now().instant + pace).await;
        if host.is_stopping() || host.with_site(|site| site.app.flights().wanted()) == 0 {
            return;
        }
    }
}

async fn fetch<H: Host>(
    host: &H,
    file: &Planned,
    progress: &mut Progress,
    observer: &mut impl Observer,
) -> Result<(), Failure> {
    let now = host.now();
    let id = act(host, |site| {
        site.app
            .join(&file.asset, Appetite::Outcome, Cause::Prefetch, now)
    })?;
    let following = Following {
        host: host.clone(),
        id,
    };
    let before = progress.bytes_done;
    loop {
        let tick = host.now().instant + host.config().limits.prefetch_tick;
        match race(following.next(0), host.sleep(tick)).await {
            First::Left(Follow::Failed(failure)) => return Err(failure),
            First::Left(Follow::Published | Follow::Bytes { .. } | Follow::Pending) => {
                progress.bytes_done = before.saturating_add(file.bytes);
                return Ok(());
            }
            First::Right(()) => {
                let here = host.with_site(|site| site.app.flights().committed(id));
                progress.bytes_done = before.saturating_add(here.min(file.bytes));
                observer.handle_progress(progress, file);
            }
        }
    }
}

/// Writes the plan, each tenth of it, and its end to the log.
struct LogEvery<'a, H: Host> {
    host: &'a H,
    told: u64,
}

impl<'a, H: Host> LogEvery<'a, H> {
    fn new(host: &'a H) -> Self {
        Self { host, told: 0 }
    }
}

impl<H: Host> Observer for LogEvery<'_, H> {
    fn handle_plan(&mut self, progress: &Progress, free: Option<u64>) {
        let (files, bytes) = (progress.files, Gib(progress.bytes));
        let free = Gib(free.unwrap_or(0));
        self.host.log(
            LogLevel::Info,
            format_args!("prefetch: {files} files, {bytes} to fetch; {free} free on the disk"),
        );
    }

    fn handle_progress(&mut self, progress: &Progress, _: &Planned) {
        let tenths = progress.share(10);
        if tenths > self.told {
            self.told = tenths;
            let (done, all) = (Gib(progress.bytes_done), Gib(progress.bytes));
            self.host.log(
                LogLevel::Info,
                format_args!(
                    "prefetch: {done} of {all}, {} of {} files",
                    progress.files_done, progress.files
                ),
            );
        }
    }

    fn handle_failure(&mut self, file: &Planned, failure: Failure) {
        self.host.log(
            LogLevel::Debug,
            format_args!("prefetch: {}: {failure}", file.asset),
        );
    }

    fn handle_end(&mut self, progress: &Progress) {
        let Progress {
            files,
            files_done,
            failed,
            full,
            ..
        } = progress;
        let why = if *full {
            "; it stopped, for the disk has no room"
        } else {
            ""
        };
        let level = if *failed > 0 {
            LogLevel::Warn
        } else {
            LogLevel::Info
        };
        self.host.log(level, format_args!("prefetch: ended, {files_done} of {files} files looked at, {failed} could not be had{why}"));
    }
}

/// Bytes for people: GiB with two digits, or MiB.
pub struct Gib(pub u64);

impl core::fmt::Display for Gib {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let mib = self.0 >> 20;
        if mib < 1024 {
            return write!(f, "{mib} MiB");
        }
        write!(f, "{}.{:02} GiB", mib >> 10, ((mib & 1023) * 100) >> 10)
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;

    #[test]
    fn sizes_are_for_people() {
        assert_eq!(Gib(0).to_string(), "0 MiB");
        assert_eq!(Gib(5 << 20).to_string(), "5 MiB");
        assert_eq!(Gib(11 << 30 | 256 << 20).to_string(), "11.25 GiB");
    }
}
