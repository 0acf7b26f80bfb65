//! Commands that run beside a server, on one worker without sockets to listen on.

use zigdepot_core::app::prefetch::Scope;
use zigdepot_core::drive::prefetch::{Progress, prefetch_now};
use zigdepot_core::drive::vendor::{self, Report};
use zigdepot_host::commands::vendor::Order;
use zigdepot_host::progress::Bar;
use zigdepot_host::shared::{Seat, StartError};

use crate::worker::{Worker, runtime};

/// Fetches everything in these scopes that is not in the store, and shows how it goes.
pub fn prefetch(seat: Seat, scopes: &[Scope]) -> Result<Progress, StartError> {
    let runtime = runtime().map_err(|error| StartError::new(&error))?;
    let worker = Worker::new(seat, runtime.handle().clone());
    let done = runtime.block_on(prefetch_now(&worker, scopes, &mut Bar::new()));
    runtime.shutdown_background();
    done.map_err(|failure| StartError::new(&failure))
}

/// Brings together what a project needs.
pub fn vendor(seat: Seat, order: &mut Order) -> Result<Report, StartError> {
    let runtime = runtime().map_err(|error| StartError::new(&error))?;
    let worker = Worker::new(seat, runtime.handle().clone());
    let (root, follow_lazy, bundle) = (&order.root, order.follow_lazy, &mut order.bundle);
    let report = runtime.block_on(vendor::vendor(&worker, root, follow_lazy, bundle));
    runtime.shutdown_background();
    Ok(report)
}
