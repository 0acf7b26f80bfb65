//! zigdepot as a part of another program that runs on tokio.
//!
//! ```no_run
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use zigdepot_core::config::Config;
//! use zigdepot_tokio::embed::Depot;
//!
//! let settings = [
//!     ("DATA_DIR".into(), "/var/lib/zigdepot".into()),
//!     ("BASE_URL".into(), "https://example.org/mirror".into()),
//! ];
//! let depot = Depot::open(Config::parse(&settings.into())?)?;
//! let service = depot.service(); // to be mounted where BASE_URL says
//! # drop(service);
//! depot.stop().await;
//! # Ok(())
//! # }
//! ```
//!
//! The settings are those of the program, but for what is about listening (`HTTP_PORT`, `BIND`,
//! `WORKERS`), which is the embedder's own. `BASE_URL` should be set: documents link to it. Caps on
//! connections are the embedder's, too; caps on downloads and on requests that wait for them hold.

use core::fmt;
use std::sync::Arc;

use tokio::runtime::Handle;
use zigdepot_core::config::Config;
use zigdepot_core::drive::house::keep;
use zigdepot_host::listen::drain;
use zigdepot_host::shared::{Seat, Shared, StartError};

use crate::service::Service;
use crate::worker::Worker;

/// An open data directory and what goes on in it. Dropping it ends its downloads and other
/// background work at once; [`Depot::stop`] lets downloads come to their end first. Its services
/// go on answering from the store, and answer 503 for what would have to be fetched.
pub struct Depot(Worker);

/// What is under way at a moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct UnderWay {
    /// Downloads from upstreams.
    pub downloads: usize,
    /// Requests that wait for a download or follow it.
    pub followers: usize,
    /// Files being written that requests may read.
    pub staging_files: usize,
    /// Jobs: downloads, refreshes of the indexes, prefetches, moves, and the housekeeper.
    pub jobs: usize,
}

impl Depot {
    /// Opens the data directory and starts the background work on the current runtime, which needs
    /// its time and I/O drivers, and must not end before the answers of the services have; those
    /// may be polled anywhere.
    ///
    /// # Errors
    ///
    /// If there is no current runtime, or the data directory or `SSL_CERT_FILE` cannot be read.
    pub fn open(config: Config) -> Result<Self, StartError> {
        let runtime = Handle::try_current().map_err(|error| StartError::new(&error))?;
        let port = config.http_port;
        let seat = Seat::new(Arc::new(Shared::open(config, port)?));
        let worker = Worker::new(seat, runtime);
        worker.spawn_job(keep(worker.clone()));
        Ok(Self(worker))
    }

    /// A service that answers requests; any number of them share this depot.
    #[must_use]
    pub fn service(&self) -> Service {
        Service::new(self.0.clone())
    }

    /// What is under way.
    #[must_use]
    pub fn under_way(&self) -> UnderWay {
        let jobs = self.0.jobs().count();
        self.0.shared().with_site(|site| UnderWay {
            downloads: site.app.flights().under_way(),
            followers: site.app.flights().followers(),
            staging_files: site.staging_files(),
            jobs,
        })
    }

    /// Begins no new downloads and waits for those under way, at most `Limits::drain_wait`; then
    /// ends what is left.
    pub async fn stop(self) {
        self.0.shared().stop();
        drain(&self.0, || self.under_way().downloads).await;
    }
}

impl Drop for Depot {
    fn drop(&mut self) {
        self.0.shared().stop();
        self.0.jobs().abort();
    }
}

impl fmt::Debug for Depot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Depot").field(&self.under_way()).finish()
    }
}
