//! One worker: a desk, and the runtime that its tasks run on.

use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::sync::atomic::{AtomicBool, Ordering};
use core::task::Waker;
use core::time::Duration;
use std::io;
use std::sync::Arc;
use std::task::Wake;

use tokio::runtime::{Builder, Handle, Runtime};
use tokio::sync::Notify;
use tokio::sync::futures::OwnedNotified;
use tokio::time::{Sleep, sleep_until};
use zigdepot_core::app::Job;
use zigdepot_core::app::failure::UpstreamError;
use zigdepot_core::app::stats::Stats;
use zigdepot_core::config::{Config, LogLevel};
use zigdepot_core::drive::desk::Desk;
use zigdepot_core::drive::host::{Ask, Fetch, Host};
use zigdepot_core::drive::site::Site;
use zigdepot_core::drive::socket::ask::{self, Incoming};
use zigdepot_core::time::{Instant, Now};
use zigdepot_core::wire::client::ResponseHead;
use zigdepot_core::wire::url::Url;
use zigdepot_host::shared::{Connections, Seat, Shared};
use zigdepot_host::store::OpenFile;

use crate::files::{Files, Threads};
use crate::jobs::Jobs;
use crate::net::Upstream;

/// Threads for what blocks: flushing files and looking up names.
const BLOCKING: usize = 8;

/// A worker; clones are the same one.
#[derive(Clone)]
pub struct Worker(Arc<Inner>);

struct Inner {
    seat: Seat,
    runtime: Handle,
    connections: Connections,
    jobs: Jobs,
    files: Files,
    stop: Arc<Stop>,
    abandoned: AtomicBool,
}

/// Ends idle waits, also from other threads.
#[derive(Debug, Default)]
struct Stop(Arc<Notify>);

/// Done when the server stops.
pub type Stopped = OwnedNotified;

impl Wake for Stop {
    fn wake(self: Arc<Self>) {
        self.0.notify_waiters();
    }
}

/// A runtime on the calling thread, for one worker.
pub fn runtime() -> io::Result<Runtime> {
    let mut builder = Builder::new_current_thread();
    builder.enable_io().enable_time();
    builder.max_blocking_threads(BLOCKING).build()
}

impl Worker {
    /// A worker whose tasks run on this runtime.
    pub fn new(seat: Seat, runtime: Handle) -> Self {
        let store = Arc::clone(&seat.shared.store);
        Self(Arc::new(Inner {
            files: Files::new(store, Threads(runtime.clone())),
            seat,
            runtime,
            connections: Connections::default(),
            jobs: Jobs::default(),
            stop: Arc::default(),
            abandoned: AtomicBool::new(false),
        }))
    }

    pub(crate) fn shared(&self) -> &Shared {
        &self.0.seat.shared
    }

    pub(crate) fn runtime(&self) -> &Handle {
        &self.0.runtime
    }

    /// Connections of this worker.
    pub(crate) fn connections(&self) -> &Connections {
        &self.0.connections
    }

    /// Its jobs.
    pub(crate) fn jobs(&self) -> &Jobs {
        &self.0.jobs
    }

    /// Runs a job beside everything else.
    pub(crate) fn spawn_job(&self, job: impl Future<Output = ()> + Send + 'static) {
        self.0.jobs.spawn(job, &self.0.runtime);
    }

    /// Runs a task beside everything else.
    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.0.runtime.spawn(task);
    }

    /// What ends idle waits.
    pub(crate) fn stopper(&self) -> Waker {
        Waker::from(Arc::clone(&self.0.stop))
    }

    /// The end of idle waits, from now on.
    pub(crate) fn stopped(&self) -> Pin<Box<Stopped>> {
        Box::pin(Arc::clone(&self.0.stop.0).notified_owned())
    }

    /// The worker ends whatever is under way: what is closed from now on is reset, so that a cut
    /// body is not taken for a whole one.
    pub(crate) fn abandon(&self) {
        self.0.abandoned.store(true, Ordering::Relaxed);
    }

    /// Whether [`Self::abandon`] was called.
    pub(crate) fn is_abandoned(&self) -> bool {
        self.0.abandoned.load(Ordering::Relaxed)
    }

    /// A point on the runtime's clock; none if it never comes.
    pub(crate) fn at(&self, until: Instant) -> Option<tokio::time::Instant> {
        let start = tokio::time::Instant::from_std(self.shared().clock.start());
        start.checked_add(Duration::from_millis(until.0))
    }

    /// A timer of this worker's runtime, whoever polls it: answers may be waited for elsewhere.
    fn timer(&self, at: tokio::time::Instant) -> Sleep {
        let _context = self.0.runtime.enter();
        sleep_until(at)
    }
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
        &self.0.files
    }

    fn now(&self) -> Now {
        self.shared().clock.now()
    }

    fn config(&self) -> &Arc<Config> {
        &self.shared().config
    }

    fn with_site<R>(&self, f: impl FnOnce(&mut Site<OpenFile>) -> R) -> R {
        self.shared().with_site(f)
    }

    fn with_desk<R>(&self, f: impl FnOnce(&mut Desk<OpenFile>) -> R) -> R {
        self.0.seat.with_desk(f)
    }

    fn clear_shelves(&self) {
        self.shared().clear_shelves();
    }

    fn stats(&self) -> Stats {
        self.shared().stats()
    }

    fn start(&self, job: Job) {
        self.spawn_job(zigdepot_core::drive::run(self.clone(), job));
    }

    fn is_stopping(&self) -> bool {
        self.shared().is_stopping()
    }

    async fn sleep(&self, until: Instant) {
        match self.at(until) {
            Some(at) => self.timer(at).await,
            None => core::future::pending().await,
        }
    }

    async fn pause(&self) {
        // The woken task runs after the sockets were looked at.
        tokio::task::yield_now().await;
    }

    fn logs(&self, level: LogLevel) -> bool {
        self.shared().log.keeps(level)
    }

    fn log(&self, level: LogLevel, line: fmt::Arguments<'_>) {
        self.shared().log.line(level, line);
    }
}
