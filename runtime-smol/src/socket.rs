//! A TCP socket of one worker.

use core::future::poll_fn;
use core::net::SocketAddr;
use core::pin::Pin;
use core::task::{Context, Poll};
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::rc::Rc;

use futures_io::{AsyncRead, AsyncWrite};
use rustix::io::Errno;
use zigdepot_core::drive::socket::{Client, Gone, Patience, Stream};
use zigdepot_core::time::Instant;
use zigdepot_host::shared::Connections;
use zigdepot_host::store::OpenFile;
use zigdepot_host::tcp::{Tcp, begin_connect};
use zigdepot_host::upstream::error_of;

use crate::reactor::{Reactor, Side, Token};

/// A connected, non-blocking socket.
#[derive(Debug)]
pub struct Socket {
    tcp: Tcp<OwnedFd>,
    token: Token,
    reactor: Rc<Reactor>,
    /// For reads and writes that TLS makes on its own.
    patience: Patience,
    /// A client's connection: it is waited for when the server stops.
    counted: Option<Connections>,
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
            tcp: Tcp::new(fd),
            token,
            reactor,
            patience,
            counted: None,
        })
    }

    /// Connects to an address.
    pub async fn connect(
        address: SocketAddr,
        reactor: Rc<Reactor>,
        until: Instant,
    ) -> Result<Self, Gone> {
        let fd = begin_connect(address).map_err(|_| Gone::Closed)?;
        let socket = Self::new(fd, reactor).map_err(|_| Gone::Closed)?;
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
                    socket.tcp.connected()
                })
        })
        .await?;
        Ok(socket)
    }

    /// Counts it here as long as it lives. (A task around the task of a connection could do so, too,
    /// and would hold its state twice.)
    #[must_use]
    pub fn counted(mut self, connections: &Connections) -> Self {
        self.counted = Some(connections.clone());
        self
    }

    /// Sets the patience of reads and writes that TLS makes.
    pub fn set_patience(&mut self, patience: Patience) {
        self.patience = patience;
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
            .poll_io(self.token, Side::Read, patience, cx, || self.tcp.recv(into));
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
        self.reactor
            .poll_io(self.token, Side::Write, patience, cx, || {
                self.tcp.send(bytes, more)
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
        let count = self.tcp.begin_piece(len);
        let patience = Patience { until, idle: false };
        let sent = poll_fn(|cx| {
            self.reactor
                .poll_io(self.token, Side::Write, patience, cx, || {
                    self.tcp.send_file(file, offset, count)
                })
        });
        let sent = sent.await?;
        if sent < count {
            self.reactor.handle_short_write(self.token);
        }
        self.tcp.end_piece(sent, len)
    }

    fn finish(&mut self) {
        self.tcp.finish();
    }

    fn abort(&mut self) {
        self.tcp.abort();
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

impl AsyncRead for Socket {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        into: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        self.poll_recv(into, self.patience, cx).map_err(error_of)
    }
}

impl AsyncWrite for Socket {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.poll_send(bytes, false, self.patience, cx)
            .map_err(error_of)
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_close(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.tcp.finish();
        Poll::Ready(Ok(()))
    }
}
