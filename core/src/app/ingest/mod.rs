//! Which packages are being brought from their upstreams, and what became of those that were.
//!
//! ```text
//! request ──> queued ──poll_start──> running ──handle_ended──> ended ──> forgotten
//!                │                      │
//!                └── the same package from the same place: the same job
//! ```
//!
//! One package is brought by one job at a time, one host is asked by one job at a time and rests in
//! between, and no more than `Limits::ingests` run at once. Ended jobs are told of until
//! `Limits::ingests_told` newer ones have ended. It refuses to know a socket, a repository or a
//! document: what a job brings is the driver's report.

mod failure;
#[cfg(test)]
mod tests;

use alloc::collections::{BTreeMap, BTreeSet, VecDeque};
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

pub use failure::{IngestFailure, LimitHit};

use crate::git::client::remote::Remote;
use crate::limits::Limits;
use crate::registry::documents::{IngestReport, Progress};
use crate::registry::name::PackageName;
use crate::time::Timestamp;

/// The number of a job. It is never given twice, by later processes neither.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct JobId(u64);

impl JobId {
    /// Reads 16 hexadecimal digits.
    pub fn parse(text: &str) -> Option<Self> {
        let is_id = text.len() == 16 && text.bytes().all(|b| b.is_ascii_hexdigit());
        is_id.then(|| u64::from_str_radix(text, 16).ok().map(Self))?
    }
}

impl fmt::Display for JobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

/// Where a package comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A repository that is asked by Git's smart HTTP protocol.
    Remote(Remote),
    /// The bare repository `git/<package>.git` of the data directory.
    Local,
}

impl Origin {
    /// What tells two origins apart.
    fn identity(&self) -> String {
        match self {
            Self::Remote(remote) => remote.normalised().into(),
            Self::Local => String::new(),
        }
    }

    /// The host that is asked.
    fn host(&self) -> String {
        match self {
            Self::Remote(remote) => remote.info_refs().authority(),
            Self::Local => String::new(),
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Remote(remote) => remote.fmt(f),
            Self::Local => f.write_str("the data directory"),
        }
    }
}

/// Bring the tags of one package that are not here; answered once by
/// [`App::handle_ingested`](super::App::handle_ingested).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IngestOrder {
    /// The job.
    pub job: JobId,
    /// The package.
    pub package: PackageName,
    /// Where it comes from.
    pub origin: Origin,
}

impl IngestOrder {
    /// An order that stands in no table, for a process that does nothing else.
    pub fn alone(package: PackageName, origin: Origin) -> Self {
        Self {
            job: JobId(0),
            package,
            origin,
        }
    }
}

/// What became of a job.
pub type Ingested = Result<IngestReport, IngestFailure>;

/// Where a job stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JobState {
    /// It waits for its turn.
    Queued,
    /// It is under way.
    Running(Progress),
    /// It has ended, having come so far.
    Ended(Progress, Ingested),
}

/// A job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IngestJob {
    /// What it is to bring.
    pub order: IngestOrder,
    /// How far it is.
    pub state: JobState,
}

/// The table of jobs.
#[derive(Debug, Default)]
pub struct Ingests {
    jobs: BTreeMap<JobId, IngestJob>,
    waiting: VecDeque<JobId>,
    running: BTreeSet<JobId>,
    ended: VecDeque<JobId>,
    /// Hosts that are being asked, or rest.
    hosts: BTreeSet<String>,
    last: u64,
}

impl Ingests {
    /// The job that brings this package, a new one if there is none; none if too many wait.
    pub fn request(
        &mut self,
        package: PackageName,
        origin: Origin,
        now: Timestamp,
        limits: &Limits,
    ) -> Option<JobId> {
        let mut open = self.waiting.iter().chain(&self.running);
        let is_it = |id: &&JobId| {
            let order = self.jobs.get(id).map(|job| &job.order);
            order.is_some_and(|order| {
                order.package == package && order.origin.identity() == origin.identity()
            })
        };
        if let Some(job) = open.find(is_it) {
            return Some(*job);
        }
        if self.waiting.len() >= limits.ingests_waiting {
            return None;
        }
        let job = self.next_id(now);
        let order = IngestOrder {
            job,
            package,
            origin,
        };
        let state = JobState::Queued;
        self.jobs.insert(job, IngestJob { order, state });
        self.waiting.push_back(job);
        Some(job)
    }

    /// Above those of any process that was started in an earlier second.
    fn next_id(&mut self, now: Timestamp) -> JobId {
        const A_SECOND: u64 = 1 << 20;
        self.last = (self.last + 1).max(now.0.saturating_mul(A_SECOND));
        JobId(self.last)
    }

    /// The next job to start: the first one that waits and that nothing is in the way of.
    pub fn poll_start(&mut self, limits: &Limits) -> Option<IngestOrder> {
        if self.running.len() >= limits.ingests {
            return None;
        }
        let at = self.waiting.iter().position(|job| self.may_start(*job))?;
        let job = self.waiting.remove(at)?;
        let entry = self.jobs.get_mut(&job)?;
        entry.state = JobState::Running(Progress::default());
        self.running.insert(job);
        self.hosts.insert(entry.order.origin.host());
        Some(entry.order.clone())
    }

    fn may_start(&self, job: JobId) -> bool {
        let Some(own) = self.jobs.get(&job).map(|job| &job.order) else {
            return false;
        };
        let mut others = self.running.iter().filter_map(|job| self.jobs.get(job));
        !self.hosts.contains(&own.origin.host())
            && !others.any(|other| other.order.package.folded() == own.package.folded())
    }

    /// How far a running job is.
    pub fn handle_progress(&mut self, job: JobId, progress: Progress) {
        if let Some(entry) = self.jobs.get_mut(&job)
            && self.running.contains(&job)
        {
            entry.state = JobState::Running(progress);
        }
    }

    /// A job has ended; its host stays busy until [`Self::handle_rested`].
    pub fn handle_ended(&mut self, job: JobId, outcome: Ingested, limits: &Limits) {
        if !self.running.remove(&job) {
            return;
        }
        if let Some(entry) = self.jobs.get_mut(&job) {
            let progress = match &entry.state {
                JobState::Running(progress) => *progress,
                JobState::Queued | JobState::Ended(..) => Progress::default(),
            };
            entry.state = JobState::Ended(progress, outcome);
        }
        self.ended.push_back(job);
        while self.ended.len() > limits.ingests_told {
            let oldest = self.ended.pop_front();
            oldest.and_then(|job| self.jobs.remove(&job));
        }
    }

    /// The host of a job may be asked again.
    pub fn handle_rested(&mut self, order: &IngestOrder) {
        self.hosts.remove(&order.origin.host());
    }

    /// A job that has not been forgotten.
    pub fn job(&self, id: JobId) -> Option<&IngestJob> {
        self.jobs.get(&id)
    }

    /// Jobs that wait, and jobs under way.
    pub fn open(&self) -> (usize, usize) {
        (self.waiting.len(), self.running.len())
    }

    /// Ends all jobs that wait, and says which: the server stops.
    pub fn handle_stop(&mut self, limits: &Limits) -> Vec<JobId> {
        let waiting: Vec<JobId> = self.waiting.drain(..).collect();
        for job in &waiting {
            self.running.insert(*job);
            self.handle_ended(*job, Err(IngestFailure::Stopped), limits);
        }
        waiting
    }
}
