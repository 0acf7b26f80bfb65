//! Which releases' Git packs are being derived, and who waits for them.
//!
//! ```text
//! request ─join─► queued ──poll_start──► running ──handle_ended──► ended ──last leave──► forgotten
//!                    │                      │
//!                    └── the same release: the same job
//! ```
//!
//! A release is derived by one job at a time, and no more than `Limits::derivations` run at once:
//! each keeps a processor busy. A job goes on without those who wait for it. What became of one is
//! kept until all who waited have left, and so takes no room that a request does not take. It refuses
//! to know a tarball: what a job makes is the driver's report.

mod trouble;

#[cfg(test)]
mod tests;

use alloc::boxed::Box;
use alloc::collections::{BTreeMap, VecDeque};
use alloc::vec::Vec;

pub use trouble::DeriveTrouble;

use super::{App, Effect, Job};
use crate::limits::Limits;
use crate::registry::face::note::FaceNote;
use crate::registry::name::PackageName;
use crate::registry::tag::TagName;

/// The number of a job. It is never given twice by one process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DerivationId(u64);

/// Derive the pack of one release; answered once by
/// [`App::handle_derived`](super::App::handle_derived).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeriveOrder {
    /// The job.
    pub id: DerivationId,
    /// The package.
    pub package: PackageName,
    /// The tag.
    pub tag: TagName,
}

/// What became of a job.
pub type Outcome = Result<FaceNote, DeriveTrouble>;

/// The table of jobs.
#[derive(Debug, Default)]
pub struct Derivations {
    jobs: BTreeMap<DerivationId, Entry>,
    queue: VecDeque<DerivationId>,
    running: usize,
    last: u64,
}

#[derive(Debug)]
struct Entry {
    order: DeriveOrder,
    state: State,
    /// Those who wait, or have not looked yet.
    waiting: usize,
}

#[derive(Debug)]
enum State {
    Queued,
    Running,
    Ended(Outcome),
}

impl Derivations {
    /// Waits for the job of this release, a new one if there is none; none if too many are queued.
    /// Each call is followed by one of [`Self::leave`].
    pub fn join(
        &mut self,
        package: &PackageName,
        tag: &TagName,
        limits: &Limits,
    ) -> Option<DerivationId> {
        let is_it = |entry: &&mut Entry| {
            let (order, is_over) = (&entry.order, matches!(entry.state, State::Ended(_)));
            !is_over && order.package == *package && order.tag == *tag
        };
        if let Some(entry) = self.jobs.values_mut().find(is_it) {
            entry.waiting += 1;
            return Some(entry.order.id);
        }
        if self.queue.len() >= limits.derivations_waiting {
            return None;
        }
        self.last += 1;
        let id = DerivationId(self.last);
        let order = DeriveOrder {
            id,
            package: package.clone(),
            tag: tag.clone(),
        };
        let entry = Entry {
            order,
            state: State::Queued,
            waiting: 1,
        };
        self.jobs.insert(id, entry);
        self.queue.push_back(id);
        Some(id)
    }

    /// The next job to start: the one that waits for longest.
    pub fn poll_start(&mut self, limits: &Limits) -> Option<DeriveOrder> {
        if self.running >= limits.derivations {
            return None;
        }
        let entry = self.jobs.get_mut(&self.queue.pop_front()?)?;
        entry.state = State::Running;
        self.running += 1;
        Some(entry.order.clone())
    }

    /// A job has ended.
    pub fn handle_ended(&mut self, id: DerivationId, outcome: Outcome) {
        let Some(entry) = self.jobs.get_mut(&id) else {
            return;
        };
        if !matches!(entry.state, State::Running) {
            return;
        }
        self.running -= 1;
        self.end(id, outcome);
    }

    /// What became of a job; none while it has not ended. One that nobody knows has stopped.
    pub fn outcome(&self, id: DerivationId) -> Option<Outcome> {
        match self.jobs.get(&id).map(|entry| &entry.state) {
            None => Some(Err(DeriveTrouble::Stopped)),
            Some(State::Ended(outcome)) => Some(outcome.clone()),
            Some(State::Queued | State::Running) => None,
        }
    }

    /// One who waited for this job has its outcome, or does not wait any more.
    pub fn leave(&mut self, id: DerivationId) {
        let Some(entry) = self.jobs.get_mut(&id) else {
            return;
        };
        entry.waiting = entry.waiting.saturating_sub(1);
        if entry.waiting == 0 && matches!(entry.state, State::Ended(_)) {
            self.jobs.remove(&id);
        }
    }

    /// Jobs that are queued, and jobs under way.
    pub fn open(&self) -> (usize, usize) {
        (self.queue.len(), self.running)
    }

    /// Jobs that are kept: queued, under way, or ended and waited for.
    pub fn len(&self) -> usize {
        self.jobs.len()
    }

    /// Whether none is.
    pub fn is_empty(&self) -> bool {
        self.jobs.is_empty()
    }

    /// Ends all jobs that are queued, and says which: the server stops.
    pub fn handle_stop(&mut self) -> Vec<DerivationId> {
        let queued: Vec<_> = self.queue.drain(..).collect();
        for id in &queued {
            self.end(*id, Err(DeriveTrouble::Stopped));
        }
        queued
    }

    fn end(&mut self, id: DerivationId, outcome: Outcome) {
        let Some(entry) = self.jobs.get_mut(&id) else {
            return;
        };
        entry.state = State::Ended(outcome);
        if entry.waiting == 0 {
            self.jobs.remove(&id);
        }
    }
}

impl App {
    /// The derivations.
    pub fn derivations(&self) -> &Derivations {
        &self.derivations
    }

    /// Waits for a release's pack to be derived; a refusal if too many wait, or the server stops.
    /// Each id is given back by [`Self::leave_derivation`].
    pub fn join_derivation(
        &mut self,
        package: &PackageName,
        tag: &TagName,
    ) -> Result<DerivationId, DeriveTrouble> {
        if self.draining {
            return Err(DeriveTrouble::Stopped);
        }
        let joined = self.derivations.join(package, tag, &self.config.limits);
        self.start_derivations();
        joined.ok_or(DeriveTrouble::Busy)
    }

    /// One who waited does not any more.
    pub fn leave_derivation(&mut self, id: DerivationId) {
        self.derivations.leave(id);
    }

    /// The one final report of a derivation.
    pub fn handle_derived(&mut self, order: &DeriveOrder, outcome: Outcome) {
        self.derivations.handle_ended(order.id, outcome);
        self.effects.push_back(Effect::Derived(order.id));
        self.start_derivations();
    }

    pub(super) fn stop_derivations(&mut self) {
        let stopped = self.derivations.handle_stop();
        self.effects
            .extend(stopped.into_iter().map(Effect::Derived));
    }

    fn start_derivations(&mut self) {
        while let Some(order) = self.derivations.poll_start(&self.config.limits) {
            let job = Job::Derive(Box::new(order));
            self.effects.push_back(Effect::Start(job));
        }
    }
}
