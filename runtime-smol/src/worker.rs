//! One worker: a thread with its event loop, its executor and its desk.

use core::cell::RefCell;
use core::fmt;
use core::future::Future;
use std::io;
use std::rc::Rc;
use std::sync::Arc;

use async_executor::LocalExecutor;
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
use crate::net::Upstream;
use crate::reactor::Reactor;

/// A worker; clones are the same one.
#[derive(Clone)]
pub struct Worker(Rc<Inner>);

struct Inner {
    seat: Seat,
    reactor: Rc<Reactor>,
    /// None when it has ended. Its tasks hold this worker, so it must be taken out to be dropped.
    executor: RefCell<Option<Rc<LocalExecutor<'static>>>>,
    connections: Connections,
    files: Files,
}

impl Worker {
    /// A worker of the calling thread.
    pub fn new(seat: Seat) -> io::Result<Self> {
        let reactor = Rc::new(Reactor::new(seat.shared.clock)?);
        let files = Files::new(Arc::clone(&seat.shared.store), Threads);
        Ok(Self(Rc::new(Inner {
            files,
            seat,
            reactor,
            executor: RefCell::new(Some(Rc::default())),
            connections: Connections::default(),
        })))
    }

    pub(crate) fn shared(&self) -> &Shared {
        &self.0.seat.shared
    }

    pub(crate) fn reactor(&self) -> &Rc<Reactor> {
        &self.0.reactor
    }

    /// Connections of this worker.
    pub(crate) fn connections(&self) -> &Connections {
        &self.0.connections
    }

    /// Runs `main` and all tasks until `main` is done; tasks that are not done then are dropped.
    pub(crate) fn run<T>(&self, main: impl Future<Output = T>) -> io::Result<T> {
        let executor = self.0.executor.borrow().clone().unwrap_or_default();
        let done = self.0.reactor.run(&executor, main);
        self.0.executor.take();
        done
    }

    /// Runs a task beside everything else.
    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + 'static) {
        if let Some(executor) = &*self.0.executor.borrow() {
            executor.spawn(task).detach();
        }
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
        self.0.reactor.now()
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
        self.spawn(zigdepot_core::drive::run(self.clone(), job));
    }

    fn is_stopping(&self) -> bool {
        self.shared().is_stopping()
    }

    async fn sleep(&self, until: Instant) {
        self.0.reactor.sleep(until).await;
    }

    async fn pause(&self) {
        self.0.reactor.pause().await;
    }

    fn logs(&self, level: LogLevel) -> bool {
        self.shared().log.keeps(level)
    }

    fn log(&self, level: LogLevel, line: fmt::Arguments<'_>) {
        self.shared().log.line(level, line);
    }
}
