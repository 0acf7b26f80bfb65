//! The server around its workers: binds, starts a thread for each, and stops them when told to.

use core::net::SocketAddr;
use core::task::Waker;
use std::io;
use std::os::fd::OwnedFd;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::SyncSender;
use std::thread::JoinHandle;

use zigdepot_core::config::{Config, LogLevel};

use crate::listen::{listen, raise_file_limit};
use crate::shared::{Seat, Shared, StartError};

/// Most workers that a server has without being told.
const WORKERS: usize = 8;

/// One worker's whole life on its thread. Once it can be told to stop it sends a waker that makes
/// it look at [`Shared::is_stopping`].
pub type Work = fn(Seat, OwnedFd, &SyncSender<Waker>) -> io::Result<()>;

/// A running server.
#[derive(Debug)]
pub struct Server {
    shared: Arc<Shared>,
    address: SocketAddr,
    workers: Vec<JoinHandle<()>>,
    wakers: Vec<Waker>,
}

impl Server {
    /// Binds and starts the workers.
    pub fn start(config: Config, work: Work) -> Result<Self, StartError> {
        raise_file_limit();
        let (listener, address) = listen(config.bind, config.http_port)?;
        let workers = config.workers.unwrap_or_else(default_workers);
        let shared = Arc::new(Shared::open(config, address.port())?);
        let mut server = Self {
            shared,
            address,
            workers: Vec::new(),
            wakers: Vec::new(),
        };
        for _ in 0..workers {
            server
                .start_worker(work, &listener)
                .map_err(|error| StartError::new(&format_args!("starting a worker: {error}")))?;
        }
        Ok(server)
    }

    fn start_worker(&mut self, work: Work, listener: &OwnedFd) -> io::Result<()> {
        let (seat, listener) = (Seat::new(Arc::clone(&self.shared)), listener.try_clone()?);
        let (send, receive) = std::sync::mpsc::sync_channel(1);
        let thread = std::thread::Builder::new().name(format!("worker-{}", seat.number()));
        let handle = thread.spawn(move || {
            let (log, number) = (seat.shared.log, seat.number());
            if let Err(error) = work(seat, listener, &send) {
                // A server with a worker less would leave some clients without answers for ever.
                log.line(
                    LogLevel::Error,
                    format_args!("worker {number}: {error}; the process ends"),
                );
                std::process::exit(1);
            }
        })?;
        self.workers.push(handle);
        match receive.recv() {
            Ok(waker) => self.wakers.push(waker),
            Err(_) => return Err(io::Error::other("it ended at once")),
        }
        Ok(())
    }

    /// The address it listens on.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Whether files can be added to the store.
    #[must_use]
    pub fn is_writable(&self) -> bool {
        self.shared.store.is_writable()
    }

    /// The data directory.
    #[must_use]
    pub fn data_dir(&self) -> &Path {
        self.shared.store.root()
    }

    /// Tells the workers to finish what is under way and end, and waits for them.
    pub fn stop(self) {
        self.shared.stop();
        for waker in &self.wakers {
            waker.wake_by_ref();
        }
        for worker in self.workers {
            let _ = worker.join();
        }
    }
}

fn default_workers() -> usize {
    std::thread::available_parallelism()
        .map_or(1, usize::from)
        .min(WORKERS)
}
