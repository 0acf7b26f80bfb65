//! A TCP socket of one worker.

use core::future::poll_fn;
use core::net::SocketAddr;
use core::pin::Pin;
use core::task::{Context, Poll};
use core::time::Duration;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::rc::Rc;

use futures_io::{AsyncRead, AsyncWrite};
use rustix::io::Errno;
use rustix::net::{AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, ipproto, sockopt};
use zigdepot_core::drive::socket::{Client, Gone, Patience, Stream};
use zigdepot_core::time::Instant;
use zigdepot_host::store::OpenFile;

use crate::reactor::{Reactor, Side, Token};

/// Pieces of at least so many bytes are sent in full segments up to their end.
const CORK_FROM: u64 = 256 << 10;
/// One call of sendfile sends at most so much, so that one connection does not hold its worker.
const SENDFILE: usize = 2 << 20;

/// A connected, non-blocking socket.
#[derive(Debug)]
pub struct Socket {
    fd: OwnedFd,
    token: Token,
    reactor: Rc<Reactor>,
    /// For reads and writes that TLS makes on its own.
    patience: Patience,
    /// Only full segments are sent (TCP_CORK).
    corked: bool,
}

impl Socket {
    /// Takes over a non-blocking socket.
    pub fn new(fd: OwnedFd, reactor: Rc<Reactor>) -> io::Result<Self> {
        let token = reactor.register(fd.as_fd())?;
        let patience = Patience {
            until: Instant::NEVER,
            idle: false,
        };
        Ok(Self {
            fd,
            token,
            reactor,
            patience,
            corked: false,
        })
    }

    /// Connects to an address.
    pub async fn connect(
        address: SocketAddr,
        reactor: Rc<Reactor>,
        until: Instant,
    ) -> Result<Self, Gone> {
        let socket = Self::start_connect(address, reactor).map_err(|_| Gone::Closed)?;
        let patience = Patience { until, idle: false };
        // The first try to write would always fail; the second tells how it went.
        let mut begun = false;
        poll_fn(|cx| {
            socket
                .reactor
                .poll_io(socket.token, Side::Write, patience, cx, || {
                    if !core::mem::replace(&mut begun, true) {
                        return Err(Errno::AGAIN);
                    }
                    sockopt::socket_error(&socket.fd)?
                })
        })
        .await?;
        Ok(socket)
    }

    fn start_connect(address: SocketAddr, reactor: Rc<Reactor>) -> io::Result<Self> {
        let family = if address.is_ipv4() {
            AddressFamily::INET
        } else {
            AddressFamily::INET6
        };
        let flags = SocketFlags::NONBLOCK | SocketFlags::CLOEXEC;
        let fd = rustix::net::socket_with(family, SocketType::STREAM, flags, Some(ipproto::TCP))?;
        sockopt::set_tcp_nodelay(&fd, true)?;
        match rustix::net::connect(&fd, &address) {
            Ok(()) | Err(Errno::INPROGRESS) => Self::new(fd, reactor),
            Err(errno) => Err(errno.into()),
        }
    }

    /// Sets the patience of reads and writes that TLS makes.
    pub fn set_patience(&mut self, patience: Patience) {
        self.patience = patience;
    }

    fn cork(&mut self, corked: bool) {
        if self.corked != corked {
            self.corked = corked;
            let _ = sockopt::set_tcp_cork(&self.fd, corked);
        }
    }

    fn poll_recv(
        &self,
        into: &mut [u8],
        patience: Patience,
        cx: &Context<'_>,
    ) -> Poll<Result<usize, Gone>> {
        let room = into.len();
        let read = self
            .reactor
            .poll_io(self.token, Side::Read, patience, cx, || {
                rustix::net::recv(&self.fd, &mut *into, RecvFlags::empty()).map(|(_, n)| n)
            });
        if let Poll::Ready(Ok(n)) = read
            && n < room
        {
            self.reactor.handle_short_read(self.token);
        }
        read
    }

    fn poll_send(
        &self,
        bytes: &[u8],
        more: bool,
        patience: Patience,
        cx: &Context<'_>,
    ) -> Poll<Result<usize, Gone>> {
        let flags = if more {
            SendFlags::NOSIGNAL | SendFlags::MORE
        } else {
            SendFlags::NOSIGNAL
        };
        self.reactor
            .poll_io(self.token, Side::Write, patience, cx, || {
                rustix::net::send(&self.fd, bytes, flags)
            })
    }
}

impl Stream for Socket {
    async fn recv(&mut self, into: &mut [u8], patience: Patience) -> Result<usize, Gone> {
        poll_fn(|cx| self.poll_recv(into, patience, cx)).await
    }

    async fn send(&mut self, bytes: &[u8], more: bool, until: Instant) -> Result<usize, Gone> {
        poll_fn(|cx| self.poll_send(bytes, more, Patience { until, idle: false }, cx)).await
    }
}

impl Client for Socket {
    type File = OpenFile;

    async fn send_file(
        &mut self,
        file: &OpenFile,
        offset: u64,
        len: u64,
        until: Instant,
    ) -> Result<u64, Gone> {
        if len >= CORK_FROM {
            self.cork(true);
        }
        let count = usize::try_from(len).unwrap_or(usize::MAX).min(SENDFILE);
        let patience = Patience { until, idle: false };
        let sent = poll_fn(|cx| {
            self.reactor
                .poll_io(self.token, Side::Write, patience, cx, || {
                    let mut at = offset;
                    rustix::fs::sendfile(&self.fd, &**file, Some(&mut at), count)
                })
        });
        let sent = sent.await?;
        if sent < count {
            self.reactor.handle_short_write(self.token);
        }
        match sent {
            // The file is shorter than it was: what was promised cannot be sent.
            0 => Err(Gone::Closed),
            n => {
                let sent = u64::try_from(n).unwrap_or(u64::MAX);
                if sent >= len {
                    self.cork(false);
                }
                Ok(sent)
            }
        }
    }

    fn finish(&mut self) {
        let _ = rustix::net::shutdown(&self.fd, rustix::net::Shutdown::Write);
    }

    fn abort(&mut self) {
        let _ = sockopt::set_socket_linger(&self.fd, Some(Duration::ZERO));
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        if self.reactor.is_abandoned() {
            self.abort();
        }
        self.reactor.release(self.token);
    }
}

fn error(gone: Gone) -> io::Error {
    match gone {
        Gone::TimedOut => io::ErrorKind::TimedOut.into(),
        Gone::Closed | Gone::Drained => io::ErrorKind::ConnectionReset.into(),
    }
}

impl AsyncRead for Socket {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        into: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        self.poll_recv(into, self.patience, cx).map_err(error)
    }
}

impl AsyncWrite for Socket {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.poll_send(bytes, false, self.patience, cx)
            .map_err(error)
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_close(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        let done = rustix::net::shutdown(&self.fd, rustix::net::Shutdown::Write);
        Poll::Ready(done.map_err(Into::into))
    }
}
