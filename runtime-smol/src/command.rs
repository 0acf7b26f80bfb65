//! Commands that run beside a server, on one worker without sockets to listen on.

use zigdepot_host::shared::{Seat, StartError};
use zigdepot_host::task::{self, Task};

use crate::worker::Worker;

/// This host, for one task.
#[derive(Clone, Copy, Debug)]
pub struct Solo;

impl task::Solo for Solo {
    fn carry_out<T: Task>(seat: Seat, task: &mut T) -> Result<T::Outcome, StartError> {
        let worker = Worker::new(seat).map_err(|error| StartError::new(&error))?;
        worker
            .run(task.run(&worker))
            .map_err(|error| StartError::new(&error))
    }
}
