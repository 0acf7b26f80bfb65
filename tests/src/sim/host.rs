//! The simulated host: one worker of one server process, in the virtual world.
//!
//! Like a real host it decides nothing; what goes wrong, and when, the world decides.

use core::cell::{Cell, RefCell};
use core::fmt;
use core::net::{IpAddr, SocketAddr};
use core::task::Waker;
use std::rc::Rc;
use std::sync::Arc;

use zigdepot_core::app::failure::UpstreamError;
use zigdepot_core::app::flight::FlightId;
use zigdepot_core::app::ingest::JobId;
use zigdepot_core::app::stats::Stats;
use zigdepot_core::app::{App, Job};
use zigdepot_core::config::{Config, LogLevel};
use zigdepot_core::drive::desk::Desk;
use zigdepot_core::drive::host::{Ask, Fetch, Host, Store};
use zigdepot_core::drive::site::Site;
use zigdepot_core::drive::socket::ask::{self, Incoming};
use zigdepot_core::drive::socket::{Client, Gone, Network, Patience, Stream};
use zigdepot_core::time::{Instant, Now, Timestamp};
use zigdepot_core::wire::client::ResponseHead;
use zigdepot_core::wire::url::Url;

use super::disk::OpenFile;
use super::executor::pause;
use super::net::{Broken, End};
use super::registry::serve as git;
use super::upstream::{self, Seat};
use super::world::World;

/// Workers of a process.
pub const WORKERS: usize = 2;
/// The time of day when a world begins.
pub const EPOCH: u64 = 1_750_000_000;

/// One run of the server.
#[derive(Debug)]
pub struct Process {
    /// Its number, which is its group of tasks.
    pub number: u64,
    /// Its settings.
    pub config: Arc<Config>,
    /// The one application.
    pub site: RefCell<Site<OpenFile>>,
    /// Whether it was told to stop.
    pub stopping: Cell<bool>,
    /// False once it has ended or died.
    pub alive: Cell<bool>,
    /// The flight of the last download that was started.
    pub last_flight: Cell<Option<FlightId>>,
    /// The ingests that were started.
    pub jobs: RefCell<Vec<JobId>>,
    pub(super) staged: Cell<u64>,
    desks: Vec<RefCell<Desk<OpenFile>>>,
    idle: RefCell<Vec<Waker>>,
}

impl Process {
    /// A process that has just started.
    pub fn new(number: u64, config: Arc<Config>) -> Self {
        let app = App::new(Arc::clone(&config), "http://localhost:8080".into());
        let desk = || RefCell::new(Desk::new(&config.limits));
        let desks = core::iter::repeat_with(desk).take(WORKERS).collect();
        Self {
            number,
            site: RefCell::new(Site::new(app)),
            stopping: Cell::new(false),
            alive: Cell::new(true),
            last_flight: Cell::new(None),
            jobs: RefCell::default(),
            staged: Cell::new(0),
            desks,
            idle: RefCell::default(),
            config,
        }
    }

    /// The signal to stop: no new downloads, idle connections end.
    pub fn stop(&self) {
        self.stopping.set(true);
        self.site.borrow_mut().app.handle_stop();
        for waker in self.idle.take() {
            waker.wake();
        }
    }

    /// Whether an idle wait is over; if not, `waker` is called when it is.
    fn gives_up(&self, idle: bool, waker: &Waker) -> bool {
        if idle && !self.stopping.get() {
            self.idle.borrow_mut().push(waker.clone());
        }
        idle && self.stopping.get()
    }
}

/// One worker; a clone is the same.
#[derive(Clone, Debug)]
pub struct SimHost {
    pub(super) world: Rc<World>,
    pub(super) process: Rc<Process>,
    worker: usize,
}

impl SimHost {
    /// A worker of a process.
    pub fn new(world: &Rc<World>, process: &Rc<Process>, worker: usize) -> Self {
        Self {
            world: Rc::clone(world),
            process: Rc::clone(process),
            worker: worker % WORKERS,
        }
    }

    /// Whether a program that pulls a body loses interest in it.
    pub(super) fn forgets(&self) -> bool {
        self.world.random.chance(self.world.weather.borrow().forget)
    }

    /// Now and then somebody else is first, or it takes a moment.
    pub(super) async fn dawdle(&self) {
        let random = &self.world.random;
        if random.chance(20) {
            pause().await;
        }
        let slow = self.world.weather.borrow().slow;
        if random.chance(slow) {
            let until = self.world.clock.now() + random.between(1, 30);
            self.world.clock.sleep(until).await;
        }
    }
}

impl Fetch for SimHost {
    type Incoming = Incoming<Line>;

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

impl Host for SimHost {
    type File = OpenFile;
    type Store = Self;

    fn store(&self) -> &Self {
        self
    }

    fn now(&self) -> Now {
        let millis = self.world.clock.now();
        Now {
            instant: Instant(millis),
            unix: Timestamp(EPOCH + millis / 1000),
        }
    }

    fn config(&self) -> &Arc<Config> {
        &self.process.config
    }

    fn with_site<R>(&self, f: impl FnOnce(&mut Site<OpenFile>) -> R) -> R {
        f(&mut self.process.site.borrow_mut())
    }

    fn with_desk<R>(&self, f: impl FnOnce(&mut Desk<OpenFile>) -> R) -> R {
        f(&mut self.process.desks[self.worker].borrow_mut())
    }

    fn clear_shelves(&self) {
        for desk in &self.process.desks {
            desk.borrow_mut().clear_shelves();
        }
    }

    fn stats(&self) -> Stats {
        let mut sum = Stats::default();
        for desk in &self.process.desks {
            sum.add(&desk.borrow().stats);
        }
        sum
    }

    fn start(&self, job: Job) {
        if !self.process.alive.get() {
            return;
        }
        let name = match &job {
            Job::Fill(order) => {
                self.process.last_flight.set(Some(order.flight));
                format!("fill {}", order.asset)
            }
            Job::Move(order) => format!("move {}", order.from),
            Job::Refresh(order) => format!("refresh {}", order.url),
            Job::Prefetch => "prefetch".to_owned(),
            Job::Purge(age) => format!("purge after {age:?}"),
            Job::Ingest(order) => {
                self.process.jobs.borrow_mut().push(order.job);
                self.world.ingests.set(self.world.ingests.get() + 1);
                format!("ingest {} from {}", order.package, order.origin)
            }
            Job::Derive(order) => format!("derive {} {}", order.package, order.tag),
            Job::Set(package) => format!("make the pack of all of {package}"),
            Job::Update => "update".to_owned(),
        };
        self.world.note(format_args!("start {name}"));
        let job = zigdepot_core::drive::run(self.clone(), job);
        self.world.executor.spawn(self.process.number, name, job);
    }

    fn is_stopping(&self) -> bool {
        self.process.stopping.get()
    }

    async fn sleep(&self, until: Instant) {
        self.world.clock.sleep(until.0).await;
    }

    async fn pause(&self) {
        pause().await;
    }

    fn logs(&self, _: LogLevel) -> bool {
        true
    }

    fn log(&self, level: LogLevel, line: fmt::Arguments<'_>) {
        self.world.note(format_args!("{level:?}: {line}"));
        if level == LogLevel::Error {
            self.world.fault(format!("an error was logged: {line}"));
        }
    }
}

/// A client's connection, as the server has it.
#[derive(Debug)]
pub struct Guest {
    host: SimHost,
    end: End,
}

impl Guest {
    /// The server's end of a client's connection.
    pub fn new(host: SimHost, end: End) -> Self {
        Self { host, end }
    }
}

fn gone(broken: Broken) -> Gone {
    match broken {
        Broken::Reset => Gone::Closed,
        Broken::TimedOut => Gone::TimedOut,
    }
}

impl Stream for Guest {
    async fn recv(&mut self, into: &mut [u8], patience: Patience) -> Result<usize, Gone> {
        let process = &self.host.process;
        let stops = |waker: &Waker| process.gives_up(patience.idle, waker);
        let received = self.end.recv_or(into, patience.until.0, stops).await;
        received.map_err(gone)?.ok_or(Gone::Drained)
    }

    async fn send(&mut self, bytes: &[u8], _: bool, until: Instant) -> Result<usize, Gone> {
        self.end.send(bytes, until.0).await.map_err(gone)
    }
}

impl Client for Guest {
    type File = OpenFile;

    async fn send_file(
        &mut self,
        file: &OpenFile,
        offset: u64,
        len: u64,
        until: Instant,
    ) -> Result<u64, Gone> {
        let mut bytes = vec![0; usize::try_from(len.min(4096)).expect("it is small")];
        let read = self.host.read_at(file, offset, &mut bytes).await;
        match read {
            Ok(0) | Err(_) => Err(Gone::Closed),
            Ok(n) => {
                let sent = self.end.send(&bytes[..n], until.0).await.map_err(gone)?;
                Ok(u64::try_from(sent).expect("lengths fit 64 bits"))
            }
        }
    }

    fn finish(&mut self) {
        self.end.finish();
    }

    fn abort(&mut self) {
        self.end.abort();
    }
}

/// A connection to an upstream, as the server has it.
#[derive(Debug)]
pub struct Line {
    end: End,
    seat: Option<Rc<Seat>>,
    world: Rc<World>,
}

impl Drop for Line {
    fn drop(&mut self) {
        if let Some(seat) = &self.seat {
            self.world.internet.borrow_mut().leave(seat);
        }
    }
}

impl Stream for Line {
    async fn recv(&mut self, into: &mut [u8], patience: Patience) -> Result<usize, Gone> {
        self.end.recv(into, patience.until.0).await.map_err(gone)
    }

    async fn send(&mut self, bytes: &[u8], _: bool, until: Instant) -> Result<usize, Gone> {
        self.end.send(bytes, until.0).await.map_err(gone)
    }
}

impl Network for SimHost {
    type Upstream = Line;

    async fn resolve(&self, host: &str, _: Instant) -> Result<Vec<IpAddr>, UpstreamError> {
        self.dawdle().await;
        if self.world.random.chance(self.world.weather.borrow().dns) {
            return Err(UpstreamError::Dns);
        }
        let found = upstream::addresses(host);
        if found.is_empty() {
            return Err(UpstreamError::Dns);
        }
        Ok(found)
    }

    async fn connect(&self, address: SocketAddr, until: Instant) -> Result<Line, UpstreamError> {
        self.dawdle().await;
        let world = &self.world;
        if upstream::is_forbidden(address.ip()) {
            world.fault(format!(
                "a connection to {address} in the operator's network"
            ));
        }
        let (refuse, hang) = {
            let weather = world.weather.borrow();
            (weather.refuse, weather.hang)
        };
        if world.random.chance(hang) {
            world.clock.sleep(until.0).await;
            return Err(UpstreamError::Timeout);
        }
        if upstream::is_unreachable(address.ip()) || world.random.chance(refuse) {
            return Err(UpstreamError::Connect);
        }
        let (end, seat) = if git::has(address.ip()) {
            (git::accept(world), None)
        } else {
            let (end, seat) = upstream::accept(world);
            (end, Some(seat))
        };
        Ok(Line {
            end,
            seat,
            world: Rc::clone(world),
        })
    }

    async fn secure(&self, conn: Line, _: &str, _: Instant) -> Result<Line, UpstreamError> {
        self.dawdle().await;
        if self.world.random.chance(self.world.weather.borrow().tls) {
            return Err(UpstreamError::Tls);
        }
        Ok(conn)
    }
}
