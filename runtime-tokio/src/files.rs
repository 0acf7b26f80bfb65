//! Threads that may wait: for the disk, and for the system to look up a name.

use tokio::runtime::Handle;
use zigdepot_host::files::{self, Blocking};

/// The threads that a runtime has for it, made as they are needed.
#[derive(Clone, Debug)]
pub struct Threads(pub Handle);

/// The data directory.
pub type Files = files::Files<Threads>;

impl Blocking for Threads {
    async fn unblock<T: Send + 'static>(
        &self,
        call: impl FnOnce() -> T + Send + 'static,
    ) -> Option<T> {
        self.0.spawn_blocking(call).await.ok()
    }
}
