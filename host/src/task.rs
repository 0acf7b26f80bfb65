//! The work of commands that needs a host: one task, on one worker without sockets to listen on.

use zigdepot_core::drive::host::Host;

use crate::shared::{Seat, StartError};
use crate::store::OpenFile;

/// What a command has a host do.
#[expect(
    async_fn_in_trait,
    reason = "the one worker waits for it on its own thread"
)]
pub trait Task {
    /// What it comes to.
    type Outcome;

    /// Does it.
    async fn run<H: Host<File = OpenFile>>(&mut self, host: &H) -> Self::Outcome;
}

/// A host that can do one task and end.
pub trait Solo {
    /// Does it; the error is why there is no worker.
    fn carry_out<T: Task>(seat: Seat, task: &mut T) -> Result<T::Outcome, StartError>;
}
