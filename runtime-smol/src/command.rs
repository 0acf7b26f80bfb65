//! Commands that run beside a server, on one worker without sockets to listen on.

use std::sync::Arc;

use zigdepot_core::app::prefetch::Scope;
use zigdepot_core::config::Config;
use zigdepot_core::drive::prefetch::{Progress, prefetch_now};
use zigdepot_host::progress::Bar;

use crate::server::StartError;
use crate::worker::{Shared, Worker};

/// Fetches everything in these scopes that is not in the store, and shows how it goes.
pub fn prefetch(config: Config, scopes: &[Scope]) -> Result<Progress, StartError> {
    let port = config.http_port;
    let shared = Shared::open(config, port)?;
    let worker = Worker::new(Arc::new(shared)).map_err(|error| StartError::new(&error))?;
    let done = worker
        .run(prefetch_now(&worker, scopes, &mut Bar::new()))
        .map_err(|error| StartError::new(&error))?;
    done.map_err(|failure| StartError::new(&failure))
}
