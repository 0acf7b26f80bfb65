//! Commands that run beside a server, on one worker without sockets to listen on.

use zigdepot_core::app::prefetch::Scope;
use zigdepot_core::drive::prefetch::{Progress, prefetch_now};
use zigdepot_core::drive::vendor::{self, Report};
use zigdepot_host::commands::vendor::Order;
use zigdepot_host::progress::Bar;
use zigdepot_host::shared::{Seat, StartError};

use crate::worker::Worker;

/// Fetches everything in these scopes that is not in the store, and shows how it goes.
pub fn prefetch(seat: Seat, scopes: &[Scope]) -> Result<Progress, StartError> {
    let worker = Worker::new(seat).map_err(|error| StartError::new(&error))?;
    let done = worker
        .run(prefetch_now(&worker, scopes, &mut Bar::new()))
        .map_err(|error| StartError::new(&error))?;
    done.map_err(|failure| StartError::new(&failure))
}

/// Brings together what a project needs.
pub fn vendor(seat: Seat, order: &mut Order) -> Result<Report, StartError> {
    let worker = Worker::new(seat).map_err(|error| StartError::new(&error))?;
    let (root, follow_lazy, bundle) = (&order.root, order.follow_lazy, &mut order.bundle);
    worker
        .run(vendor::vendor(&worker, root, follow_lazy, bundle))
        .map_err(|error| StartError::new(&error))
}
