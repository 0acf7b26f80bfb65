//! The ingests of one update: asked for a few at a time, like any other.

use alloc::collections::VecDeque;
use alloc::vec::Vec;
use core::time::Duration;

use super::Observer;
use super::target::Target;
use crate::app::ingest::{Ingested, JobId, JobState};
use crate::drive::host::Host;
use crate::drive::race::{First, race};
use crate::drive::registry::{troubles, wait};
use crate::drive::site::act;
use crate::registry::documents::{Progress, UpdateStatus};

/// How often who looks on is told.
const WATCH: Duration = Duration::from_millis(200);

/// The ingests of one update.
pub(super) struct Work<'a, H: Host> {
    host: &'a H,
    targets: VecDeque<Target>,
    open: VecDeque<(JobId, Target)>,
    status: &'a mut UpdateStatus,
    /// How far those that have ended were.
    done: Progress,
    observer: &'a mut dyn Observer,
}

impl<'a, H: Host> Work<'a, H> {
    /// Nothing is asked for yet.
    pub(super) fn new(
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

    /// Asks for all of them, a few at a time, and waits for their ends.
    pub(super) async fn run(mut self) {
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
        super::tell(self.host, self.status).await;
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
