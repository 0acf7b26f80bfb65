//! One worker: a thread with its event loop, its executor and its desk.

use core::cell::Cell;
use core::future::Future;
use core::sync::atomic::{AtomicBool, Ordering};
use std::fmt;
use std::io;
use std::path::Path;
use std::rc::Rc;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_executor::LocalExecutor;
use rustls::ClientConfig;
use zigdepot_core::app::failure::UpstreamError;
use zigdepot_core::app::stats::Stats;
use zigdepot_core::app::{App, Job};
use zigdepot_core::config::{Config, LogLevel};
use zigdepot_core::drive::desk::Desk;
use zigdepot_core::drive::host::{Ask, Fetch, Host};
use zigdepot_core::drive::site::Site;
use zigdepot_core::drive::socket::ask::{self, Incoming};
use zigdepot_core::time::{Instant, Now};
use zigdepot_core::wire::client::ResponseHead;
use zigdepot_core::wire::url::Url;
use zigdepot_host::log::Log;
use zigdepot_host::store::{FileStore, OpenFile};
use zigdepot_host::tls;

use crate::files::Files;
use crate::net::Upstream;
use crate::reactor::Reactor;
use crate::server::StartError;

/// What all workers share.
#[derive(Debug)]
pub struct Shared {
    /// The settings.
    pub config: Arc<Config>,
    /// The one application.
    pub site: Mutex<Site<OpenFile>>,
    /// The data directory.
    pub store: Files,
    /// TLS to upstreams.
    pub tls: Arc<ClientConfig>,
    /// The log.
    pub log: Log,
    /// Set once, when the server is to stop.
    pub stopping: AtomicBool,
    /// The desks of all workers.
    pub desks: Mutex<Vec<Arc<Mutex<Desk<OpenFile>>>>>,
    /// Zero of all workers' clocks.
    pub start: std::time::Instant,
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
            store: Files::new(store),
            tls,
            log,
            stopping: AtomicBool::new(false),
            desks: Mutex::default(),
            start: std::time::Instant::now(),
        })
    }
}

/// A worker; clones are the same one.
#[derive(Clone)]
pub struct Worker(Rc<Inner>);

struct Inner {
    shared: Arc<Shared>,
    reactor: Rc<Reactor>,
    executor: LocalExecutor<'static>,
    desk: Arc<Mutex<Desk<OpenFile>>>,
    connections: Cell<usize>,
}

impl Worker {
    /// A worker of the calling thread.
    pub fn new(shared: Arc<Shared>) -> io::Result<Self> {
        let desk = Arc::new(Mutex::new(Desk::new(&shared.config.limits)));
        lock(&shared.desks).push(Arc::clone(&desk));
        let reactor = Rc::new(Reactor::new(shared.start)?);
        Ok(Self(Rc::new(Inner {
            shared,
            reactor,
            executor: LocalExecutor::new(),
            desk,
            connections: Cell::new(0),
        })))
    }

    pub(crate) fn reactor(&self) -> &Rc<Reactor> {
        &self.0.reactor
    }

    pub(crate) fn tls(&self) -> &Arc<ClientConfig> {
        &self.0.shared.tls
    }

    /// Runs `main` and all tasks until `main` is done.
    pub(crate) fn run<T>(&self, main: impl Future<Output = T>) -> io::Result<T> {
        self.0.reactor.run(&self.0.executor, main)
    }

    /// Runs a task beside everything else.
    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + 'static) {
        self.0.executor.spawn(task).detach();
    }

    /// Runs a task of one connection beside everything else.
    pub(crate) fn spawn_connection(&self, task: impl Future<Output = ()> + 'static) {
        let counted = Counted::new(Rc::clone(&self.0));
        self.0
            .executor
            .spawn(async move {
                let _counted = counted;
                task.await;
            })
            .detach();
    }

    /// Connections of this worker.
    pub(crate) fn connections(&self) -> usize {
        self.0.connections.get()
    }
}

/// Counts a connection as long as it lives.
struct Counted(Rc<Inner>);

impl Counted {
    fn new(inner: Rc<Inner>) -> Self {
        inner.connections.set(inner.connections.get() + 1);
        Self(inner)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.connections.set(self.0.connections.get() - 1);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Fetch for Worker {
    type Incoming = Incoming<Upstream>;

    async fn fetch(
        &self,
        url: &Url,
        ask: Ask<'_>,
    ) -> Result<(ResponseHead, Self::Incoming), UpstreamError> {
        ask::fetch(self, url, ask).await
    }

    async fn next<'a>(
        &self,
        body: &'a mut Self::Incoming,
    ) -> Result<Option<&'a [u8]>, UpstreamError> {
        ask::next(self, body).await
    }
}

impl Host for Worker {
    type File = OpenFile;
    type Store = Files;

    fn store(&self) -> &Files {
        &self.0.shared.store
    }

    fn now(&self) -> Now {
        self.0.reactor.now()
    }

    fn config(&self) -> &Arc<Config> {
        &self.0.shared.config
    }

    fn with_site<R>(&self, f: impl FnOnce(&mut Site<OpenFile>) -> R) -> R {
        f(&mut lock(&self.0.shared.site))
    }

    fn with_desk<R>(&self, f: impl FnOnce(&mut Desk<OpenFile>) -> R) -> R {
        f(&mut lock(&self.0.desk))
    }

    fn clear_shelves(&self) {
        for desk in lock(&self.0.shared.desks).iter() {
            lock(desk).shelf.clear();
        }
    }

    fn stats(&self) -> Stats {
        let mut sum = Stats::default();
        for desk in lock(&self.0.shared.desks).iter() {
            sum.add(&lock(desk).stats);
        }
        sum
    }

    fn start(&self, job: Job) {
        self.0
            .executor
            .spawn(zigdepot_core::drive::run(self.clone(), job))
            .detach();
    }

    fn is_stopping(&self) -> bool {
        self.0.shared.stopping.load(Ordering::Relaxed)
    }

    async fn sleep(&self, until: Instant) {
        self.0.reactor.sleep(until).await;
    }

    async fn pause(&self) {
        self.0.reactor.pause().await;
    }

    fn logs(&self, level: LogLevel) -> bool {
        self.0.shared.log.keeps(level)
    }

    fn log(&self, level: LogLevel, line: fmt::Arguments<'_>) {
        self.0.shared.log.line(level, line);
    }
}
