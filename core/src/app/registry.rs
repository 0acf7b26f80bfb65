//! What the application does for the registry: jobs are asked for, started, reported and told of.

use alloc::boxed::Box;

use super::ingest::{IngestJob, IngestOrder, Ingested, Ingests, JobId, Origin};
use super::update::{Updates, Wanted};
use super::{App, Effect, Job};
use crate::registry::documents::{Progress, UpdateState, UpdateStatus};
use crate::registry::name::PackageName;
use crate::time::{Instant, Now};

impl App {
    /// The ingests.
    pub fn ingests(&self) -> &Ingests {
        &self.ingests
    }

    /// The updates.
    pub fn updates(&self) -> &Updates {
        &self.updates
    }

    /// Asks for a package to be brought from its origin; none if too many wait, or the server stops.
    pub fn request_ingest(
        &mut self,
        package: PackageName,
        origin: Origin,
        now: Now,
    ) -> Option<JobId> {
        if self.draining {
            return None;
        }
        let limits = &self.config.limits;
        let job = self.ingests.request(package, origin, now.unix, limits)?;
        self.start_ingests();
        Some(job)
    }

    fn start_ingests(&mut self) {
        while let Some(order) = self.ingests.poll_start(&self.config.limits) {
            let job = Job::Ingest(Box::new(order));
            self.effects.push_back(Effect::Start(job));
        }
    }

    /// A job that has not been forgotten.
    pub fn ingest(&self, id: JobId) -> Option<&IngestJob> {
        self.ingests.job(id)
    }

    /// How far an ingest is.
    pub fn handle_ingest_progress(&mut self, job: JobId, progress: Progress) {
        self.ingests.handle_progress(job, progress);
    }

    /// The one final report of an ingest.
    pub fn handle_ingested(&mut self, order: &IngestOrder, outcome: Ingested) {
        self.ingests
            .handle_ended(order.job, outcome, &self.config.limits);
        self.effects.push_back(Effect::Ended(order.job));
        self.start_ingests();
    }

    /// The host that an ingest asked may be asked again.
    pub fn handle_ingest_rested(&mut self, order: &IngestOrder) {
        self.ingests.handle_rested(order);
        self.start_ingests();
    }

    /// Those that wait end now; those under way see that the server stops.
    pub(super) fn stop_ingests(&mut self) {
        for job in self.ingests.handle_stop(&self.config.limits) {
            self.effects.push_back(Effect::Ended(job));
        }
    }

    /// Asks for everything to be brought up to date.
    pub fn request_update(&mut self, now: Instant) -> Wanted {
        let limits = &self.config.limits;
        let (cooldown, every) = (limits.update_cooldown, self.config.registry.update_every);
        // One that is due may still wait for the clock to be looked at.
        let is_due = self.updates.state() == UpdateState::Queued;
        let wanted = if is_due && self.updates.poll_start(now, every) {
            Wanted::Started
        } else {
            self.updates.request(now, cooldown)
        };
        if wanted == Wanted::Started {
            self.effects.push_back(Effect::Start(Job::Update));
        }
        wanted
    }

    pub(super) fn start_update(&mut self, now: Instant) {
        if !self.draining
            && self
                .updates
                .poll_start(now, self.config.registry.update_every)
        {
            self.effects.push_back(Effect::Start(Job::Update));
        }
    }

    /// How far the running update is.
    pub fn handle_update_progress(&mut self, status: UpdateStatus) {
        self.updates.handle_progress(status);
    }

    /// The one final report of an update.
    pub fn handle_updated(&mut self, status: UpdateStatus, now: Instant) {
        let cooldown = self.config.limits.update_cooldown;
        self.updates.handle_ended(status, now, cooldown);
        self.start_update(now);
    }
}
