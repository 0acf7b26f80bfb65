//! Listening, and what a worker does beside accepting.

use core::net::{IpAddr, Ipv4Addr, SocketAddr};
use core::time::Duration;
use std::io;
use std::os::fd::OwnedFd;

use rustix::io::Errno;
use rustix::net::{AddressFamily, SocketFlags, SocketType, ipproto, sockopt};
use zigdepot_core::config::{ANY, LogLevel};
use zigdepot_core::drive::host::Host;

use crate::shared::StartError;

const BACKLOG: i32 = 1024;
/// How long to wait for descriptors or memory to come free.
const RELIEF: Duration = Duration::from_millis(100);
/// How often to look whether the last answers are finished.
const DRAIN_TICK: Duration = Duration::from_millis(20);
/// Connections accepted in a row before others get their turn.
pub const ACCEPTS: usize = 64;

/// Listens; `[::]` takes IPv4 too, and falls back to IPv4 alone on a machine without IPv6.
pub fn listen(bind: IpAddr, port: u16) -> Result<(OwnedFd, SocketAddr), StartError> {
    let bound = match listen_on(SocketAddr::new(bind, port)) {
        Err(Errno::AFNOSUPPORT | Errno::ADDRNOTAVAIL) if bind == ANY => {
            listen_on(SocketAddr::new(Ipv4Addr::UNSPECIFIED.into(), port))
        }
        other => other,
    };
    bound.map_err(|errno| {
        let address = SocketAddr::new(bind, port);
        StartError::new(&format_args!(
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

/// Connections need descriptors; the soft limit is often far below what is allowed.
pub fn raise_file_limit() {
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

/// A client that was gone before it was accepted costs nothing; without descriptors, wait for
/// some to come free.
pub async fn bear(host: &impl Host, error: &io::Error) {
    let is_short = matches!(
        Errno::from_io_error(error),
        Some(Errno::MFILE | Errno::NFILE | Errno::NOBUFS | Errno::NOMEM)
    );
    if is_short {
        host.log(
            LogLevel::Warn,
            format_args!("cannot accept connections: {error}"),
        );
        host.sleep(host.now().instant + RELIEF).await;
    }
}

/// Waits until `connections` says none, but not for ever.
pub async fn drain(host: &impl Host, connections: impl Fn() -> usize) {
    let deadline = host.now().instant + host.config().limits.drain_wait;
    while connections() > 0 && host.now().instant < deadline {
        host.sleep(host.now().instant + DRAIN_TICK).await;
    }
}
