//! Threads that may wait: for the disk, and for the system to look up a name.

use zigdepot_host::files::{self, Blocking};

/// The threads of all workers, made as they are needed.
#[derive(Clone, Copy, Debug)]
pub struct Threads;

/// The data directory.
pub type Files = files::Files<Threads>;

impl Blocking for Threads {
    async fn unblock<T: Send + 'static>(
        &self,
        call: impl FnOnce() -> T + Send + 'static,
    ) -> Option<T> {
        Some(blocking::unblock(call).await)
    }
}
