//! The virtual world: time, disk, network, one server process at a time, and everyone around it.
//!
//! It runs the real driver. Its loop runs one task for one step, looks whether everything still
//! holds, and moves the clock only when nothing can run.

use core::cell::{Cell, RefCell};
use core::fmt;
use std::collections::{BTreeSet, VecDeque};
use std::rc::Rc;
use std::sync::Arc;

use zigdepot_core::app::Job;
use zigdepot_core::config::Config;
use zigdepot_core::drive::host::Host;
use zigdepot_core::drive::site::act;
use zigdepot_core::drive::socket::serve;
use zigdepot_core::store::STAGING_DIR;
use zigdepot_core::zig::index::Catalog;
use zigdepot_core::zig::version::Version;

use super::client::Visitor;
use super::clock::Clock;
use super::disk::Disk;
use super::embedder::attend;
use super::executor::{Executor, OUTSIDE};
use super::host::{Guest, Process, SimHost};
use super::invariants;
use super::memory::Memory;
use super::net::{End, connection};
use super::random::Random;
use super::registry::promises;
use super::registry::serve::GitHosts;
use super::scene::{Crash, Weather};
use super::upstream::Internet;

/// Steps without time passing after which the world counts as busy for nothing.
const RESTLESS: u32 = 300_000;
/// No story takes longer than so many milliseconds.
const DOOMSDAY: u64 = 8 * 3600 * 1000;
/// Lines kept of a trace.
const LINES: usize = 200;

/// What happened, line by line.
#[derive(Debug, Default)]
pub struct Trace {
    /// The last lines.
    pub lines: VecDeque<String>,
    /// A hash of all lines.
    pub hash: u64,
    /// Whether all lines are printed at once.
    pub loud: bool,
}

/// The world.
#[derive(Debug)]
pub struct World {
    /// The time.
    pub clock: Rc<Clock>,
    /// The chance.
    pub random: Rc<Random>,
    /// The tasks.
    pub executor: Executor,
    /// The disk.
    pub disk: RefCell<Disk>,
    /// The upstreams.
    pub internet: RefCell<Internet>,
    /// The Git hosts.
    pub hosts: RefCell<GitHosts>,
    /// Ingests that were started so far.
    pub ingests: Cell<usize>,
    /// What goes wrong by itself.
    pub weather: RefCell<Weather>,
    /// The crash to come.
    pub crash: Cell<Option<Crash>>,
    /// Steps on the disk so far.
    pub disk_steps: Cell<u64>,
    /// Paths whose publication was reported as done.
    pub published: RefCell<BTreeSet<String>>,
    /// What upstreams said and clients got.
    pub memory: RefCell<Memory>,
    /// Nothing goes wrong here, and upstreams say nothing but the truth.
    pub honest: Cell<bool>,
    /// What happened.
    pub trace: RefCell<Trace>,
    /// What the indexes say of versions, for this and later processes.
    pub known: RefCell<Catalog>,
    config: Arc<Config>,
    process: RefCell<Option<Rc<Process>>>,
    second: RefCell<Option<Rc<Process>>>,
    processes: Cell<u64>,
    crashing: Cell<Option<Crash>>,
    faults: RefCell<Vec<String>>,
}

impl World {
    /// A world with a server that has just started.
    pub fn new(seed: u64, config: Config) -> Rc<Self> {
        let world = Rc::new(Self::before(seed, config));
        world.start();
        world
    }

    /// A world whose server has not been started yet.
    pub fn before(seed: u64, config: Config) -> Self {
        Self {
            clock: Rc::default(),
            random: Rc::new(Random::new(seed)),
            executor: Executor::default(),
            disk: RefCell::new(Disk::new(1 << 20)),
            internet: RefCell::default(),
            hosts: RefCell::default(),
            ingests: Cell::new(0),
            weather: RefCell::default(),
            crash: Cell::new(None),
            disk_steps: Cell::new(0),
            published: RefCell::default(),
            memory: RefCell::default(),
            honest: Cell::new(false),
            trace: RefCell::default(),
            known: RefCell::default(),
            config: Arc::new(config),
            process: RefCell::new(None),
            second: RefCell::new(None),
            processes: Cell::new(0),
            crashing: Cell::new(None),
            faults: RefCell::default(),
        }
    }

    /// The running process.
    pub fn process(&self) -> Option<Rc<Process>> {
        self.process.borrow().clone()
    }

    /// The process of a node: the first one, or the one beside it on the same disk.
    pub fn node(&self, node: usize) -> Option<Rc<Process>> {
        match node {
            0 => self.process(),
            _ => self.second.borrow().clone(),
        }
    }

    /// Whether a name may be seen that no flush has made durable yet: somebody else may have given
    /// it a moment ago.
    pub fn may_be_volatile(&self) -> bool {
        self.second.borrow().is_some()
    }

    // What is recorded

    /// Adds a line to the trace.
    pub fn note(&self, line: fmt::Arguments<'_>) {
        let line = format!("{:>8} {line}", self.clock.now());
        let mut trace = self.trace.borrow_mut();
        for byte in line.bytes() {
            // FNV-1a.
            trace.hash = (trace.hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
        if trace.loud {
            eprintln!("{line}");
        }
        if trace.lines.len() >= LINES {
            trace.lines.pop_front();
        }
        trace.lines.push_back(line);
    }

    /// Something that must not be was seen.
    pub fn fault(&self, what: String) {
        self.note(format_args!("FAULT {what}"));
        self.faults.borrow_mut().push(what);
    }

    /// What was seen that must not be.
    pub fn faults(&self) -> Vec<String> {
        let mut faults = self.faults.borrow().clone();
        faults.extend(self.disk.borrow().wrong.iter().cloned());
        faults
    }

    /// A file's publication was reported as done: from here on it survives.
    pub fn handle_published(&self, path: &str) {
        self.published.borrow_mut().insert(path.into());
        let now = self.clock.now();
        self.memory.borrow_mut().handle_published(path, now);
    }

    /// A file or directory was taken from its path: nothing is promised of it any more.
    pub fn handle_unpublished(&self, path: &str) {
        let inside = |other: &String| {
            other
                .strip_prefix(path)
                .is_some_and(|rest| rest.starts_with('/'))
        };
        let mut published = self.published.borrow_mut();
        published.retain(|other| other != path && !inside(other));
    }

    /// Somebody deletes all that is derived for Git's clients, which may be done at any time.
    pub fn delete_derived(&self) {
        self.note(format_args!("what is derived is deleted"));
        let derived = self.disk.borrow().below(".zigdepot/git");
        for path in derived {
            self.handle_unpublished(&path);
            let _ = self.disk.borrow_mut().unlink(&path);
        }
    }

    /// Counts a step on the disk; true if the machine stops before it.
    pub fn disk_step(&self) -> bool {
        self.disk_steps.set(self.disk_steps.get() + 1);
        let due = self
            .crash
            .get()
            .filter(|crash| self.disk_steps.get() >= crash.at);
        if due.is_some() {
            self.crash.set(None);
            self.crashing.set(due);
        }
        self.crashing.get().is_some()
    }

    // The life of the server

    /// Starts the server, which first sweeps what dead processes left in staging.
    pub fn start(self: &Rc<Self>) {
        self.processes.set(self.processes.get() + 1);
        let number = self.processes.get();
        self.note(format_args!("process {number} starts"));
        let mut left = self.disk.borrow().below(STAGING_DIR);
        if let Some(other) = &*self.second.borrow() {
            // It holds the lock of its own directory.
            let own = format!("{STAGING_DIR}/{}/", other.number);
            left.retain(|path| !path.starts_with(&own));
        }
        for path in left {
            let _ = self.disk.borrow_mut().unlink(&path);
        }
        let process = Rc::new(Process::new(number, Arc::clone(&self.config)));
        self.process.replace(Some(process));
        self.announce();
    }

    /// Starts a server beside the first one, on the same disk.
    pub fn start_second(self: &Rc<Self>) {
        self.processes.set(self.processes.get() + 1);
        let number = self.processes.get();
        self.note(format_args!("process {number} starts beside the other"));
        let process = Rc::new(Process::new(number, Arc::clone(&self.config)));
        self.second.replace(Some(process));
    }

    /// Nominates a version, for the next announcement and later processes.
    pub fn nominate(&self, version: &str) {
        let version = Version::parse(version).expect("a version");
        self.known.borrow_mut().nominate(version);
    }

    /// Tells the server which versions are nominated.
    pub fn announce(self: &Rc<Self>) {
        if let Some(process) = self.process() {
            let known = self.known.borrow().clone();
            let host = SimHost::new(self, &process, 0);
            act(&host, |site| site.app.handle_catalog(known));
        }
    }

    /// Deletes what is not to be kept now, as a server that keeps house does once an hour.
    pub fn purge(self: &Rc<Self>) {
        if let Some(process) = self.process() {
            let job = Job::Purge(self.config.purge);
            Host::start(&SimHost::new(self, &process, 0), job);
        }
    }

    /// Tells the server to stop; it ends when its connections have, or at its deadline.
    pub fn stop(self: &Rc<Self>) {
        let Some(process) = self.process() else {
            return;
        };
        self.note(format_args!("process {} is told to stop", process.number));
        process.stop();
        let world = Rc::clone(self);
        let wait = u64::try_from(self.config.limits.drain_wait.as_millis()).expect("it is short");
        let deadline = self.clock.now() + wait;
        self.executor.spawn(OUTSIDE, "stop".into(), async move {
            while process.alive.get()
                && process.site.borrow().app.connections() > 0
                && world.clock.now() < deadline
            {
                world.clock.sleep(world.clock.now() + 20).await;
            }
            if process.alive.get() {
                world.end(&process);
            }
        });
    }

    /// The process exits: its tasks are dropped where they are.
    fn end(self: &Rc<Self>, process: &Rc<Process>) {
        self.note(format_args!("process {} ends", process.number));
        self.process.replace(None);
        self.executor.kill(process.number);
        process.alive.set(false);
        for fault in invariants::quiet(self, process) {
            self.fault(format!("at the end of process {}: {fault}", process.number));
        }
    }

    /// The process or the machine dies.
    fn die(self: &Rc<Self>, crash: Crash) {
        for process in [self.process.take(), self.second.take()]
            .into_iter()
            .flatten()
        {
            self.note(format_args!(
                "process {} dies, {:?} is lost",
                process.number, crash.loss
            ));
            process.alive.set(false);
            self.executor.kill(process.number);
        }
        self.disk.borrow_mut().crash(crash.loss, &self.random);
        for fault in invariants::survived(self) {
            self.fault(fault);
        }
        self.start_in(crash.down);
    }

    /// Starts the server after a while, if it does not run by then.
    pub fn start_in(self: &Rc<Self>, wait: u64) {
        let world = Rc::clone(self);
        self.after(wait, "start", move || {
            if world.process().is_none() {
                world.start();
            }
        });
    }

    /// Does something after a while.
    pub fn after(self: &Rc<Self>, wait: u64, name: &str, what: impl FnOnce() + 'static) {
        let sleep = self.clock.sleep(self.clock.now() + wait);
        self.executor.spawn(OUTSIDE, name.into(), async move {
            sleep.await;
            what();
        });
    }

    /// A client connects; `None` if nobody listens.
    pub fn dial(self: &Rc<Self>, visitor: &Visitor) -> Option<Caller> {
        let node = self.node(visitor.node);
        let process = node.filter(|process| !process.stopping.get())?;
        let (peer, name) = (visitor.address, format!("serve {}", visitor.address));
        let (end, theirs) = connection(&self.clock, &self.random, [4096, visitor.room]);
        let host = SimHost::new(self, &process, visitor.worker);
        let guest = Guest::new(host.clone(), theirs);
        if visitor.embedded {
            let task = attend(host, guest, peer);
            self.executor.spawn(process.number, name, task);
        } else {
            let task = serve(host, guest, peer);
            self.executor.spawn(process.number, name, task);
        }
        Some(Caller { end, process })
    }

    // Running

    /// Runs until nothing is left to do, and looks whether the world is quiet then.
    pub fn run(self: &Rc<Self>) -> Result<(), String> {
        let mut restless = 0;
        loop {
            if let Some(crash) = self.crashing.take() {
                self.die(crash);
            }
            if self.executor.step(&self.random) {
                restless += 1;
                if restless > RESTLESS {
                    return Err("busy for nothing".into());
                }
                if self.random.chance(self.weather.borrow().busy) {
                    self.clock.pass(1);
                    restless = 0;
                }
                self.look()?;
            } else if self.clock.advance() {
                restless = 0;
                if self.clock.now() > DOOMSDAY {
                    return Err("it does not end".into());
                }
            } else {
                break;
            }
        }
        self.rest()
    }

    /// What holds after every step.
    fn look(&self) -> Result<(), String> {
        for process in [&self.process, &self.second] {
            if let Some(process) = &*process.borrow() {
                invariants::limits(process)?;
                invariants::quota(self, process)?;
                promises::jobs(process)?;
            }
        }
        if let Some(wrong) = self.disk.borrow().wrong.first() {
            return Err(wrong.clone());
        }
        self.faults
            .borrow()
            .first()
            .map_or(Ok(()), |fault| Err(fault.clone()))
    }

    /// What holds when nothing is left to do.
    fn rest(self: &Rc<Self>) -> Result<(), String> {
        if !self.executor.is_empty() {
            let outside = self.executor.unfinished(OUTSIDE);
            let number = self.processes.get();
            let mut inside = self.executor.unfinished(number);
            inside.extend(self.executor.unfinished(number.saturating_sub(1)));
            return Err(format!("nobody wakes {inside:?}, nor {outside:?}"));
        }
        self.look()?;
        let nodes = [0, 1].map(|node| self.node(node));
        let quiet = |process: Rc<Process>| invariants::quiet(self, &process);
        let mut found = nodes.into_iter().flatten().flat_map(quiet);
        found.next().map_or(Ok(()), Err)
    }
}

/// A client's end of a connection, and the process that it was made to.
#[derive(Debug)]
pub struct Caller {
    /// The connection.
    pub end: End,
    /// Who serves it.
    pub process: Rc<Process>,
}
