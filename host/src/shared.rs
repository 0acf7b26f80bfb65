//! What the workers of one process share, and the seat of each.
//!
//! Locks are held for one call, never across an await.

use core::sync::atomic::{AtomicBool, Ordering};
use std::fmt;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustls::ClientConfig;
use zigdepot_core::app::App;
use zigdepot_core::app::stats::Stats;
use zigdepot_core::config::Config;
use zigdepot_core::drive::desk::Desk;
use zigdepot_core::drive::site::Site;

use crate::clock::Clock;
use crate::log::Log;
use crate::store::{FileStore, OpenFile};
use crate::tls;

/// Why the server could not start: what and what to do.
#[derive(Debug)]
pub struct StartError(String);

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl core::error::Error for StartError {}

impl StartError {
    /// An error that reads like this.
    pub fn new(problem: &dyn fmt::Display) -> Self {
        Self(problem.to_string())
    }
}

/// What all workers share.
#[derive(Debug)]
pub struct Shared {
    /// The settings.
    pub config: Arc<Config>,
    /// The data directory.
    pub store: Arc<FileStore>,
    /// TLS to upstreams.
    pub tls: Arc<ClientConfig>,
    /// The log.
    pub log: Log,
    /// The clocks.
    pub clock: Clock,
    site: Mutex<Site<OpenFile>>,
    stopping: AtomicBool,
    desks: Mutex<Vec<Arc<Mutex<Desk<OpenFile>>>>>,
}

impl Shared {
    /// Opens the store and sets everything up; `port` is where the server listens.
    pub fn open(config: Config, port: u16) -> Result<Self, StartError> {
        let store = FileStore::open(Path::new(&config.data_dir)).map_err(|error| {
            StartError::new(&format_args!("DATA_DIR={}: {error}", config.data_dir))
        })?;
        let tls = tls::client_config(config.ssl_cert_file.as_deref())
            .map_err(|error| StartError::new(&error))?;
        let (log, base_url) = (Log::new(config.log), config.base_url_at(port));
        let config = Arc::new(config);
        Ok(Self {
            site: Mutex::new(Site::new(App::new(Arc::clone(&config), base_url))),
            config,
            store: Arc::new(store),
            tls,
            log,
            clock: Clock::new(),
            stopping: AtomicBool::new(false),
            desks: Mutex::default(),
        })
    }

    /// From now on nothing new is begun. The workers are woken by their hosts.
    pub fn stop(&self) {
        self.stopping.store(true, Ordering::SeqCst);
        lock(&self.site).app.handle_stop();
    }

    /// Whether [`Self::stop`] was called.
    pub fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Relaxed)
    }

    /// The one application, for a moment.
    pub fn with_site<R>(&self, f: impl FnOnce(&mut Site<OpenFile>) -> R) -> R {
        f(&mut lock(&self.site))
    }

    /// Empties the shelves of all workers.
    pub fn clear_shelves(&self) {
        for desk in lock(&self.desks).iter() {
            lock(desk).clear_shelves();
        }
    }

    /// The counts of all workers together.
    pub fn stats(&self) -> Stats {
        let mut sum = Stats::default();
        for desk in lock(&self.desks).iter() {
            sum.add(&lock(desk).stats);
        }
        sum
    }
}

/// One worker's part in what is shared, with its own desk.
#[derive(Debug)]
pub struct Seat {
    /// What all workers share.
    pub shared: Arc<Shared>,
    desk: Arc<Mutex<Desk<OpenFile>>>,
    number: usize,
}

impl Seat {
    /// A seat for one more worker.
    pub fn new(shared: Arc<Shared>) -> Self {
        let desk = Arc::new(Mutex::new(Desk::new(&shared.config.limits)));
        let mut desks = lock(&shared.desks);
        let number = desks.len();
        desks.push(Arc::clone(&desk));
        drop(desks);
        Self {
            shared,
            desk,
            number,
        }
    }

    /// The number of this worker; the first, 0, keeps house.
    pub fn number(&self) -> usize {
        self.number
    }

    /// This worker's desk, for a moment.
    pub fn with_desk<R>(&self, f: impl FnOnce(&mut Desk<OpenFile>) -> R) -> R {
        f(&mut lock(&self.desk))
    }
}

/// A panic under the lock would have ended the process (`panic = "abort"`), so what is inside is
/// whole.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Counts open connections: each holds a clone.
#[derive(Clone, Debug, Default)]
pub struct Connections(Arc<()>);

impl Connections {
    /// How many there are.
    pub fn count(&self) -> usize {
        Arc::strong_count(&self.0) - 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_are_counted_while_they_live() {
        let all = Connections::default();
        let (one, two) = (all.clone(), all.clone());
        assert_eq!(all.count(), 2);
        drop(one);
        assert_eq!(all.count(), 1);
        drop(two);
        assert_eq!(all.count(), 0);
    }
}
