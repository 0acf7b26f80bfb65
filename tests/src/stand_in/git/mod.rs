//! A stand-in for a Git host: repositories behind the real `git http-backend`, with its troubles.
//!
//! A repository `org/hello` is at `/org/hello` and `/org/hello.git`. Each request of a repository is
//! one [`Step`]; a step has a list of [`Manner`]s as a path of a [`StandIn`](super::StandIn) has
//! answers: each request takes the next one and the last one stays. All requests are kept, with
//! their bodies, so that a test can count and read them.
//!
//! It refuses pushes, never compresses an answer, and gives up on a client after half a minute.

mod answer;
mod backend;
mod manner;
mod pack;
mod request;

use core::net::{IpAddr, Ipv4Addr, SocketAddr};
use core::sync::atomic::{AtomicBool, Ordering};
use std::collections::{BTreeMap, VecDeque};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

pub use manner::{Manner, Protocol, Step};
pub use request::Asked;

use super::lock;
use crate::process::Group;
use crate::repo::{Git, Repo};
use crate::scratch::Scratch;

/// A Git host; it stops when dropped.
#[derive(Debug)]
pub struct GitHost {
    address: SocketAddr,
    state: Arc<State>,
    /// The repositories: gone with this, though a connection's thread may end later.
    root: Scratch,
}

impl GitHost {
    /// Starts one without repositories on 127.0.0.1.
    pub fn start(git: &Git) -> Self {
        Self::start_on(git, IpAddr::V4(Ipv4Addr::LOCALHOST))
    }

    /// Starts one on an address of the machine.
    pub fn start_on(git: &Git, ip: IpAddr) -> Self {
        let listener = TcpListener::bind((ip, 0)).expect("a loopback address has a free port");
        let address = listener.local_addr();
        let root = Scratch::new("git-host");
        let state = Arc::new(State::new(git, root.path()));
        let accepting = Arc::clone(&state);
        std::thread::spawn(move || accept(&listener, &accepting));
        Self {
            address: address.expect("a bound socket has an address"),
            state,
            root,
        }
    }

    /// Makes an empty repository; `name` as `org/hello`.
    pub fn add(&self, name: &str) -> Repo {
        let dir = self.root.join(format!("{name}.git"));
        Repo::create(&self.state.git, &dir)
    }

    /// `http://<address>`, without a slash at the end.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The URL of a repository, without `.git`.
    pub fn repo_url(&self, name: &str) -> String {
        format!("{}/{name}", self.url())
    }

    /// Speaks this version from now on, whatever a client prefers.
    pub fn speak(&self, protocol: Protocol) {
        *lock(&self.state.protocol) = protocol;
    }

    /// Takes this step of a repository so from now on.
    pub fn on(&self, name: &str, step: Step, manner: Manner) {
        let manners = VecDeque::from([manner]);
        lock(&self.state.manners).insert((name.into(), step), manners);
    }

    /// Takes this step so once the manners before it are used up.
    pub fn then(&self, name: &str, step: Step, manner: Manner) {
        let mut all = lock(&self.state.manners);
        all.entry((name.into(), step))
            .or_default()
            .push_back(manner);
    }

    /// All requests so far, in order of arrival.
    pub fn asked(&self) -> Vec<Asked> {
        lock(&self.state.log).clone()
    }

    /// The requests for one repository.
    pub fn asked_for(&self, name: &str) -> Vec<Asked> {
        let mut asked = self.asked();
        asked.retain(|asked| asked.repository == name);
        asked
    }

    /// How many requests came in all.
    pub fn count(&self) -> usize {
        lock(&self.state.log).len()
    }
}

impl Drop for GitHost {
    fn drop(&mut self) {
        self.state.closing.store(true, Ordering::Relaxed);
        // Wakes the accept call, which then sees that it is over.
        let _ = TcpStream::connect(self.address);
        for stream in lock(&self.state.open).values() {
            let _ = stream.shutdown(Shutdown::Both);
        }
        lock(&self.state.running).clear();
    }
}

#[derive(Debug)]
struct State {
    git: Git,
    root: PathBuf,
    protocol: Mutex<Protocol>,
    manners: Mutex<BTreeMap<(String, Step), VecDeque<Manner>>>,
    log: Mutex<Vec<Asked>>,
    open: Mutex<BTreeMap<u64, TcpStream>>,
    /// The programs at work; each ends when it is taken out.
    running: Mutex<BTreeMap<u64, Group>>,
    closing: AtomicBool,
}

impl State {
    fn new(git: &Git, root: &Path) -> Self {
        Self {
            git: git.clone(),
            root: root.into(),
            protocol: Mutex::default(),
            manners: Mutex::default(),
            log: Mutex::default(),
            open: Mutex::default(),
            running: Mutex::default(),
            closing: AtomicBool::new(false),
        }
    }

    fn manner(&self, name: &str, step: Step) -> Manner {
        let mut manners = lock(&self.manners);
        let Some(listed) = manners.get_mut(&(name.to_owned(), step)) else {
            return Manner::Plain;
        };
        if listed.len() > 1 {
            return listed.pop_front().unwrap_or(Manner::Plain);
        }
        listed.front().cloned().unwrap_or(Manner::Plain)
    }

    fn closing(&self) -> bool {
        self.closing.load(Ordering::Relaxed)
    }
}

fn accept(listener: &TcpListener, state: &Arc<State>) {
    for (number, stream) in (0_u64..).zip(listener.incoming()) {
        if state.closing() {
            return;
        }
        let Ok(stream) = stream else { continue };
        if let Ok(copy) = stream.try_clone() {
            lock(&state.open).insert(number, copy);
        }
        let state = Arc::clone(state);
        std::thread::spawn(move || {
            // Whatever fails here is the other side's doing, and what the test is about.
            let _ = answer::serve(&stream, &state, number);
            lock(&state.running).remove(&number);
            lock(&state.open).remove(&number);
        });
    }
}

#[cfg(test)]
mod tests;
