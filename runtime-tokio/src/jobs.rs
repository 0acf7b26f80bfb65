//! The jobs of a worker: tasks that belong to no request, counted, and ended when it ends.

use core::future::Future;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::runtime::Handle;
use tokio::task::AbortHandle;

/// Jobs under way. Those that ended are forgotten at the next call.
#[derive(Debug, Default)]
pub(crate) struct Jobs(Mutex<List>);

#[derive(Debug, Default)]
struct List {
    tasks: Vec<AbortHandle>,
    is_closed: bool,
}

impl Jobs {
    fn lock(&self) -> MutexGuard<'_, List> {
        let mut list = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        list.tasks.retain(|task| !task.is_finished());
        list
    }

    /// Starts one; after [`Self::abort`] it is ended before it does anything.
    pub(crate) fn spawn(&self, job: impl Future<Output = ()> + Send + 'static, on: &Handle) {
        // Not under the lock: a runtime that has ended drops the job here and now, and what that
        // reports may start another.
        let task = on.spawn(job).abort_handle();
        let mut list = self.lock();
        if list.is_closed {
            task.abort();
        }
        list.tasks.push(task);
    }

    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        self.lock().tasks.len()
    }

    /// Ends all, and those that are still to be started; each gives back what it holds.
    pub(crate) fn abort(&self) {
        let mut list = self.lock();
        list.is_closed = true;
        list.tasks.iter().for_each(AbortHandle::abort);
    }
}

impl Drop for Jobs {
    fn drop(&mut self) {
        self.abort();
    }
}
