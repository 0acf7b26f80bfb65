//! A TCP socket as system calls that never wait: what they return is for an event loop.

use core::net::SocketAddr;
use core::time::Duration;
use std::fs::File;
use std::io;
use std::os::fd::{AsFd, OwnedFd};

use rustix::io::Errno;
use rustix::net::{AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, ipproto, sockopt};
use zigdepot_core::drive::socket::Gone;

/// Pieces of at least so many bytes are sent in full segments up to their end.
const CORK_FROM: u64 = 256 << 10;
/// One call of sendfile sends at most so much, so that one connection does not hold its worker.
const SENDFILE: usize = 2 << 20;

/// Begins to connect; [`Tcp::connected`] tells how it went, once the socket is writable.
pub fn begin_connect(address: SocketAddr) -> io::Result<OwnedFd> {
    let family = if address.is_ipv4() {
        AddressFamily::INET
    } else {
        AddressFamily::INET6
    };
    let flags = SocketFlags::NONBLOCK | SocketFlags::CLOEXEC;
    let fd = rustix::net::socket_with(family, SocketType::STREAM, flags, Some(ipproto::TCP))?;
    sockopt::set_tcp_nodelay(&fd, true)?;
    match rustix::net::connect(&fd, &address) {
        Ok(()) | Err(Errno::INPROGRESS) => Ok(fd),
        Err(errno) => Err(errno.into()),
    }
}

/// A non-blocking TCP socket in what its event loop knows it by.
#[derive(Debug)]
pub struct Tcp<F> {
    fd: F,
    /// Only full segments are sent (TCP_CORK).
    corked: bool,
}

impl<F: AsFd> Tcp<F> {
    /// Takes over a socket.
    pub fn new(fd: F) -> Self {
        Self { fd, corked: false }
    }

    /// The socket.
    pub fn fd(&self) -> &F {
        &self.fd
    }

    /// How [`begin_connect`] went.
    pub fn connected(&self) -> Result<(), Errno> {
        sockopt::socket_error(&self.fd)?
    }

    /// Reads what is there.
    pub fn recv(&self, into: &mut [u8]) -> Result<usize, Errno> {
        rustix::net::recv(&self.fd, into, RecvFlags::empty()).map(|(_, n)| n)
    }

    /// Writes what there is room for; `more` says that more follows at once.
    pub fn send(&self, bytes: &[u8], more: bool) -> Result<usize, Errno> {
        let flags = if more {
            SendFlags::NOSIGNAL | SendFlags::MORE
        } else {
            SendFlags::NOSIGNAL
        };
        rustix::net::send(&self.fd, bytes, flags)
    }

    /// Sends up to `count` bytes of a file.
    pub fn send_file(&self, file: &File, offset: u64, count: usize) -> Result<usize, Errno> {
        let mut at = offset;
        rustix::fs::sendfile(&self.fd, file, Some(&mut at), count)
    }

    /// Begins a piece of `len` bytes of a file: how many to send at once.
    pub fn begin_piece(&mut self, len: u64) -> usize {
        if len >= CORK_FROM {
            self.cork(true);
        }
        usize::try_from(len).unwrap_or(usize::MAX).min(SENDFILE)
    }

    /// So many bytes of a piece of `len` were sent.
    pub fn end_piece(&mut self, sent: usize, len: u64) -> Result<u64, Gone> {
        let sent = u64::try_from(sent).unwrap_or(u64::MAX);
        if sent == 0 {
            // The file is shorter than it was: what was promised cannot be sent.
            return Err(Gone::Closed);
        }
        if sent >= len {
            self.cork(false);
        }
        Ok(sent)
    }

    fn cork(&mut self, corked: bool) {
        if self.corked != corked {
            self.corked = corked;
            let _ = sockopt::set_tcp_cork(&self.fd, corked);
        }
    }

    /// Ends our side, while the peer's bytes can still be read.
    pub fn finish(&self) {
        let _ = rustix::net::shutdown(&self.fd, rustix::net::Shutdown::Write);
    }

    /// Closing it will be a reset.
    pub fn abort(&self) {
        let _ = sockopt::set_socket_linger(&self.fd, Some(Duration::ZERO));
    }
}
