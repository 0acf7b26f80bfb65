//! An upstream on loopback that answers by script, misbehaves on command, and counts what it is asked.
//!
//! A path has a list of answers; each request takes the next one and the last one stays. A path
//! without answers is 404. The same listener serves as an HTTP proxy: requests in absolute form are
//! answered by their path, and `CONNECT` opens a tunnel to the stand-in itself.
//!
//! It refuses to be strict about what it is asked: judging the server's requests is for the test,
//! which reads them from [`StandIn::requests`].

mod connection;
mod forge;
mod git;
mod index;
mod request;
mod script;
mod tls;
mod ziglang;

use core::net::{IpAddr, Ipv4Addr, SocketAddr};
use core::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::collections::{BTreeMap, VecDeque};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

pub use forge::{Forge, archive, asset, tag_of};
pub use git::{Asked, GitHost, Manner, Protocol, Step};
pub use index::IndexText;
pub use request::Seen;
pub use script::{Answer, File, Framing, Gate};
pub use tls::TlsZiglang;
pub use ziglang::{Ziglang, upstream_path};

use crate::process::eventually;

/// A scripted HTTP server; it stops when dropped.
#[derive(Debug)]
pub struct StandIn {
    address: SocketAddr,
    state: Arc<State>,
    listener: Mutex<Option<JoinHandle<()>>>,
}

impl StandIn {
    /// Starts a server without any files on 127.0.0.1.
    pub fn start() -> Self {
        Self::start_on(IpAddr::V4(Ipv4Addr::LOCALHOST))
    }

    /// Starts a server on an address of the machine.
    pub fn start_on(ip: IpAddr) -> Self {
        let listener = TcpListener::bind((ip, 0)).expect("a loopback address has a free port");
        let address = listener
            .local_addr()
            .expect("a bound socket has an address");
        let server = Self {
            address,
            state: Arc::default(),
            listener: Mutex::default(),
        };
        server.listen(listener);
        server
    }

    fn listen(&self, listener: TcpListener) {
        let state = Arc::clone(&self.state);
        let thread = std::thread::spawn(move || accept(&listener, &state));
        *lock(&self.listener) = Some(thread);
    }

    /// Breaks off all connections and refuses new ones.
    pub fn switch_off(&self) {
        self.state.closing.store(true, Ordering::Relaxed);
        if let Some(thread) = lock(&self.listener).take() {
            // Wakes the accept call, which then sees that it is over.
            let _ = TcpStream::connect(self.address);
            let _ = thread.join();
        }
        for stream in lock(&self.state.open).values() {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }

    /// Answers again after [`StandIn::switch_off`], at the same address.
    pub fn switch_on(&self) {
        let listener = eventually("the port is free again", || {
            TcpListener::bind(self.address).ok()
        });
        self.state.closing.store(false, Ordering::Relaxed);
        self.listen(listener);
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// `http://<address>`, without a slash at the end.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Answers `path` with this from now on.
    pub fn on(&self, path: &str, answer: impl Into<Answer>) {
        let answers = VecDeque::from([answer.into()]);
        self.state.routes().insert(path.into(), answers);
    }

    /// Answers `path` with this once the answers before it are used up.
    pub fn then(&self, path: &str, answer: impl Into<Answer>) {
        self.state
            .routes()
            .entry(path.into())
            .or_default()
            .push_back(answer.into());
    }

    /// Answers everything that has no script with this, instead of 404.
    pub fn otherwise(&self, answer: impl Into<Answer>) {
        *lock(&self.state.otherwise) = Some(answer.into());
    }

    /// All requests so far, in order of arrival.
    pub fn requests(&self) -> Vec<Seen> {
        lock(&self.state.log).clone()
    }

    /// The requests for one path (`%2B` in what was asked counts as `+`).
    pub fn requests_for(&self, path: &str) -> Vec<Seen> {
        self.requests()
            .into_iter()
            .filter(|seen| seen.path() == path)
            .collect()
    }

    /// How many requests came for one path.
    pub fn count(&self, path: &str) -> usize {
        self.requests_for(path).len()
    }

    /// How many requests came in all, but for those for the index, which come by the clock.
    pub fn total(&self) -> usize {
        let log = lock(&self.state.log);
        log.iter()
            .filter(|request| !request.path().ends_with("/index.json"))
            .count()
    }

    /// How many bytes of bodies were written to sockets.
    pub fn body_bytes_sent(&self) -> u64 {
        self.state.sent.load(Ordering::Relaxed)
    }
}

impl Drop for StandIn {
    fn drop(&mut self) {
        self.switch_off();
    }
}

/// An address on which nothing listens, so that connecting is refused.
pub fn refused_address() -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("loopback has a free port");
    listener
        .local_addr()
        .expect("a bound socket has an address")
}

#[derive(Debug, Default)]
struct State {
    routes: Mutex<BTreeMap<String, VecDeque<Answer>>>,
    otherwise: Mutex<Option<Answer>>,
    log: Mutex<Vec<Seen>>,
    open: Mutex<BTreeMap<u64, TcpStream>>,
    sent: AtomicU64,
    closing: AtomicBool,
}

impl State {
    fn routes(&self) -> MutexGuard<'_, BTreeMap<String, VecDeque<Answer>>> {
        lock(&self.routes)
    }

    /// Logs a request and takes its answer.
    fn answer(&self, seen: Seen) -> Answer {
        let answer = self.next(&seen.path());
        lock(&self.log).push(seen);
        answer
    }

    fn next(&self, path: &str) -> Answer {
        let mut routes = self.routes();
        let scripted = routes.get_mut(path).and_then(|answers| {
            if answers.len() > 1 {
                answers.pop_front()
            } else {
                answers.front().cloned()
            }
        });
        scripted
            .or_else(|| lock(&self.otherwise).clone())
            .unwrap_or(Answer::Status(404))
    }

    fn closing(&self) -> bool {
        self.closing.load(Ordering::Relaxed)
    }
}

/// Locks although a test thread may have panicked meanwhile: its own panic is the message.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
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
            connection::serve(&stream, &state);
            // The socket closes (or resets) only with its last copy.
            lock(&state.open).remove(&number);
        });
    }
}
