//! The server: binds, starts its workers, and stops them when told to.

use core::future::poll_fn;
use core::net::{IpAddr, Ipv4Addr, SocketAddr};
use core::sync::atomic::Ordering;
use core::task::Waker;
use core::time::Duration;
use std::fmt;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;
use std::sync::mpsc::SyncSender;
use std::sync::{Arc, PoisonError};
use std::thread::JoinHandle;

use rustix::io::Errno;
use rustix::net::{AddressFamily, SocketFlags, SocketType, ipproto, sockopt};
use zigdepot_core::config::{ANY, Config, LogLevel};
use zigdepot_core::drive::host::Host;
use zigdepot_core::drive::house::keep;
use zigdepot_core::drive::socket::{Patience, serve};
use zigdepot_core::time::Instant;

use crate::reactor::Side;
use crate::socket::Socket;
use crate::worker::{Shared, Worker};

const BACKLOG: i32 = 1024;
/// Connections accepted in a row before others get their turn.
const ACCEPTS: usize = 64;

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
    pub(crate) fn new(problem: &dyn fmt::Display) -> Self {
        Self(problem.to_string())
    }
}

/// A running server.
#[derive(Debug)]
pub struct Server {
    shared: Arc<Shared>,
    address: SocketAddr,
    workers: Vec<JoinHandle<io::Result<()>>>,
    wakers: Vec<Waker>,
}

impl Server {
    /// Binds and starts the workers.
    pub fn start(config: Config) -> Result<Self, StartError> {
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
        for number in 0..workers {
            server
                .start_worker(number, &listener)
                .map_err(|error| StartError(format!("starting a worker: {error}")))?;
        }
        Ok(server)
    }

    fn start_worker(&mut self, number: usize, listener: &OwnedFd) -> io::Result<()> {
        let (shared, listener) = (Arc::clone(&self.shared), listener.try_clone()?);
        let (send, receive) = std::sync::mpsc::sync_channel(1);
        let thread = std::thread::Builder::new().name(format!("worker-{number}"));
        let handle = thread.spawn(move || {
            let log = shared.log;
            let ended = work(number, shared, listener, &send);
            if let Err(error) = &ended {
                // A server with a worker less would leave some clients without answers for ever.
                log.line(
                    LogLevel::Error,
                    format_args!("worker {number}: {error}; the process ends"),
                );
                std::process::exit(1);
            }
            ended
        })?;
        self.workers.push(handle);
        match receive.recv() {
            Ok(waker) => self.wakers.push(waker),
            Err(_) => return Err(io::Error::other("it ended at once")),
        }
        Ok(())
    }

    /// The address it listens on.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Whether files can be added to the store.
    pub fn is_writable(&self) -> bool {
        self.shared.store.is_writable()
    }

    /// The data directory.
    pub fn data_dir(&self) -> &Path {
        self.shared.store.root()
    }

    /// Tells the workers to finish what is under way and end, and waits for them.
    pub fn stop(self) {
        self.shared.stopping.store(true, Ordering::SeqCst);
        self.shared
            .site
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .app
            .handle_stop();
        for waker in &self.wakers {
            waker.wake_by_ref();
        }
        for worker in self.workers {
            let _ = worker.join();
        }
    }
}

/// One worker's thread; the first also keeps house.
fn work(
    number: usize,
    shared: Arc<Shared>,
    listener: OwnedFd,
    ready: &SyncSender<Waker>,
) -> io::Result<()> {
    let worker = Worker::new(shared)?;
    let _ = ready.send(Waker::from(worker.reactor().notify()));
    if number == 0 {
        worker.spawn(keep(worker.clone()));
    }
    worker.run(live(&worker, listener))?
}

fn default_workers() -> usize {
    std::thread::available_parallelism()
        .map_or(1, usize::from)
        .min(8)
}

/// Connections need descriptors; the soft limit is often far below what is allowed.
fn raise_file_limit() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    let _ = setrlimit(
        Resource::Nofile,
        Rlimit {
            current: limit.maximum,
            maximum: limit.maximum,
        },
    );
}

/// Listens; `[::]` takes IPv4 too, and falls back to IPv4 alone on a machine without IPv6.
fn listen(bind: IpAddr, port: u16) -> Result<(OwnedFd, SocketAddr), StartError> {
    let bound = match listen_on(SocketAddr::new(bind, port)) {
        Err(Errno::AFNOSUPPORT | Errno::ADDRNOTAVAIL) if bind == ANY => {
            listen_on(SocketAddr::new(Ipv4Addr::UNSPECIFIED.into(), port))
        }
        other => other,
    };
    bound.map_err(|errno| {
        let address = SocketAddr::new(bind, port);
        StartError(format!(
            "cannot listen on {address}: {}; change HTTP_PORT or BIND",
            io::Error::from(errno)
        ))
    })
}

fn listen_on(address: SocketAddr) -> Result<(OwnedFd, SocketAddr), Errno> {
    let family = if address.is_ipv4() {
        AddressFamily::INET
    } else {
        AddressFamily::INET6
    };
    let flags = SocketFlags::NONBLOCK | SocketFlags::CLOEXEC;
    let fd = rustix::net::socket_with(family, SocketType::STREAM, flags, Some(ipproto::TCP))?;
    sockopt::set_socket_reuseaddr(&fd, true)?;
    // Accepted sockets inherit it on Linux: a system call less for each.
    sockopt::set_tcp_nodelay(&fd, true)?;
    if address.is_ipv6() {
        sockopt::set_ipv6_v6only(&fd, false)?;
    }
    rustix::net::bind(&fd, &address)?;
    rustix::net::listen(&fd, BACKLOG)?;
    let bound = SocketAddr::try_from(rustix::net::getsockname(&fd)?)?;
    Ok((fd, bound))
}

/// A worker's life: accept until told to stop, then wait for answers under way.
async fn live(worker: &Worker, listener: OwnedFd) -> io::Result<()> {
    accept_all(worker, &listener).await?;
    drop(listener);
    worker.reactor().stop();
    let deadline = worker.now().instant + worker.config().limits.drain_wait;
    while worker.connections() > 0 && worker.now().instant < deadline {
        worker
            .sleep(worker.now().instant + Duration::from_millis(20))
            .await;
    }
    worker.reactor().abandon();
    Ok(())
}

async fn accept_all(worker: &Worker, listener: &OwnedFd) -> io::Result<()> {
    let token = worker.reactor().register(listener.as_fd())?;
    let patience = Patience {
        until: Instant::NEVER,
        idle: true,
    };
    let flags = SocketFlags::NONBLOCK | SocketFlags::CLOEXEC;
    let mut accepted = 0;
    loop {
        let next = poll_fn(|cx| {
            if worker.is_stopping() {
                return core::task::Poll::Ready(None);
            }
            let accept = || match rustix::net::acceptfrom_with(listener, flags) {
                Err(errno) if !matches!(errno, Errno::AGAIN | Errno::INTR) => Ok(Err(errno)),
                other => other.map(Ok),
            };
            worker
                .reactor()
                .poll_io(token, Side::Read, patience, cx, accept)
                .map(Result::ok)
        });
        match next.await {
            None => return Ok(()),
            Some(Ok((fd, peer))) => greet(worker, fd, peer),
            Some(Err(errno)) => bear(worker, errno).await,
        }
        accepted += 1;
        if accepted % ACCEPTS == 0 {
            worker.pause().await;
        }
    }
}

fn greet(worker: &Worker, fd: OwnedFd, peer: Option<rustix::net::SocketAddrAny>) {
    let Some(peer) = peer.and_then(|peer| SocketAddr::try_from(peer).ok()) else {
        return;
    };
    match Socket::new(fd, worker.reactor().clone()) {
        Ok(socket) => worker.spawn_connection(serve(worker.clone(), socket, peer.ip())),
        Err(error) => worker.log(
            LogLevel::Warn,
            format_args!("a connection was dropped: {error}"),
        ),
    }
}

/// A client that was gone before it was accepted costs nothing; without descriptors, wait for
/// some to come free.
async fn bear(worker: &Worker, errno: Errno) {
    if matches!(
        errno,
        Errno::MFILE | Errno::NFILE | Errno::NOBUFS | Errno::NOMEM
    ) {
        worker.log(
            LogLevel::Warn,
            format_args!("cannot accept connections: {}", io::Error::from(errno)),
        );
        worker
            .sleep(worker.now().instant + Duration::from_millis(100))
            .await;
    }
}
