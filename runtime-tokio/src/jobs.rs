//! The jobs of a worker: tasks that belong to no request, counted, and ended when it ends.

use core::future::Future;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::runtime::Handle;
use tokio::task::JoinSet;

/// Jobs under way. Those that ended are forgotten at the next call.
#[derive(Debug, Default)]
pub(crate) struct Jobs(Mutex<JoinSet<()>>);

impl Jobs {
    fn lock(&self) -> MutexGuard<'_, JoinSet<()>> {
        let mut jobs = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        while jobs.try_join_next().is_some() {}
        jobs
    }

    /// Starts one.
    pub(crate) fn spawn(&self, job: impl Future<Output = ()> + Send + 'static, on: &Handle) {
        self.lock().spawn_on(job, on);
    }

    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        self.lock().len()
    }

    /// Ends all; each gives back what it holds.
    pub(crate) fn abort(&self) {
        self.lock().abort_all();
    }
}
