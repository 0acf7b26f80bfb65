//! A TCP socket of one worker.
//!
//! Arming a timer for each wait would cost more than the wait, so a socket has at most one, which
//! looks at the present deadline when it fires.

use core::future::{Future, poll_fn};
use core::net::SocketAddr;
use core::pin::Pin;
use core::task::{Context, Poll, ready};
use std::io;

use rustix::io::Errno;
use tokio::io::{AsyncRead, AsyncWrite, Interest, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Sleep, sleep_until};
use zigdepot_core::drive::host::Host;
use zigdepot_core::drive::socket::{Client, Gone, Patience, Stream};
use zigdepot_core::time::Instant;
use zigdepot_host::shared::Connections;
use zigdepot_host::store::OpenFile;
use zigdepot_host::tcp::{Tcp, begin_connect};
use zigdepot_host::upstream::error_of;

use crate::worker::{Stopped, Worker};

/// A connected, non-blocking socket.
pub struct Socket {
    tcp: Tcp<TcpStream>,
    worker: Worker,
    /// For reads and writes that TLS makes on its own.
    patience: Patience,
    /// A client's connection: it is waited for when the server stops.
    counted: Option<Connections>,
    timer: Option<Pin<Box<Sleep>>>,
    /// Set by the first idle wait.
    stopped: Option<Pin<Box<Stopped>>>,
}

/// What a try gave, and whether the socket may be ready for another.
type Tried<T> = Result<(T, bool), Errno>;

impl Socket {
    /// Takes over a socket.
    pub fn new(stream: TcpStream, worker: Worker) -> Self {
        let patience = Patience {
            until: Instant::NEVER,
            idle: false,
        };
        Self {
            tcp: Tcp::new(stream),
            worker,
            patience,
            counted: None,
            timer: None,
            stopped: None,
        }
    }

    /// Connects to an address.
    pub async fn connect(
        address: SocketAddr,
        worker: Worker,
        until: Instant,
    ) -> Result<Self, Gone> {
        let fd = begin_connect(address).map_err(|_| Gone::Closed)?;
        let stream = TcpStream::from_std(fd.into()).map_err(|_| Gone::Closed)?;
        let mut socket = Self::new(stream, worker);
        let patience = Patience { until, idle: false };
        poll_fn(|cx| {
            socket.poll_io(Interest::WRITABLE, patience, cx, |tcp| {
                tcp.connected().map(|()| ((), true))
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

    /// Tries `io` while the socket is ready, else waits with the patience given.
    fn poll_io<T>(
        &mut self,
        side: Interest,
        patience: Patience,
        cx: &mut Context<'_>,
        mut io: impl FnMut(&Tcp<TcpStream>) -> Tried<T>,
    ) -> Poll<Result<T, Gone>> {
        while let Poll::Ready(ready) = self.poll_ready(side, cx) {
            if ready.is_err() {
                return Poll::Ready(Err(Gone::Closed));
            }
            if let Some(done) = self.attempt(side, &mut io) {
                return Poll::Ready(done);
            }
        }
        self.poll_patience(patience, cx).map(Err)
    }

    fn poll_ready(&self, side: Interest, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if side.is_readable() {
            self.tcp.fd().poll_read_ready(cx)
        } else {
            self.tcp.fd().poll_write_ready(cx)
        }
    }

    /// Tries once; none if the socket was not ready after all.
    ///
    /// A read that took less than there was room for, and a write that took less than there was,
    /// left the socket not ready (epoll(7), edge-triggered): trying again at once would only waste
    /// a call, or send crumbs. The runtime is told so by an error. It does not forget the peer's
    /// end by that.
    fn attempt<T>(
        &self,
        side: Interest,
        io: &mut impl FnMut(&Tcp<TcpStream>) -> Tried<T>,
    ) -> Option<Result<T, Gone>> {
        let mut tried = Err(Errno::AGAIN);
        let _ = self.tcp.fd().try_io(side, || {
            tried = io(&self.tcp);
            match tried {
                Ok((_, false)) | Err(Errno::AGAIN) => Err(io::ErrorKind::WouldBlock.into()),
                Ok((_, true)) | Err(_) => Ok(()),
            }
        });
        match tried {
            Ok((done, _)) => Some(Ok(done)),
            Err(Errno::AGAIN | Errno::INTR) => None,
            Err(_) => Some(Err(Gone::Closed)),
        }
    }

    /// Why to wait no longer.
    fn poll_patience(&mut self, patience: Patience, cx: &mut Context<'_>) -> Poll<Gone> {
        if patience.idle && self.poll_stopped(cx).is_ready() {
            return Poll::Ready(Gone::Drained);
        }
        match self.worker.at(patience.until) {
            Some(until) => self.poll_deadline(until, cx).map(|()| Gone::TimedOut),
            None => Poll::Pending,
        }
    }

    fn poll_stopped(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let stopped = self.stopped.get_or_insert_with(|| self.worker.stopped());
        // In this order: a stop between the two is seen by the second.
        if stopped.as_mut().poll(cx).is_ready() || self.worker.is_stopping() {
            return Poll::Ready(());
        }
        Poll::Pending
    }

    fn poll_deadline(&mut self, until: tokio::time::Instant, cx: &mut Context<'_>) -> Poll<()> {
        let timer = self
            .timer
            .get_or_insert_with(|| Box::pin(sleep_until(until)));
        if until < timer.deadline() {
            timer.as_mut().reset(until);
        }
        loop {
            ready!(timer.as_mut().poll(cx));
            if timer.deadline() >= until {
                return Poll::Ready(());
            }
            timer.as_mut().reset(until);
        }
    }

    fn poll_recv(
        &mut self,
        into: &mut [u8],
        patience: Patience,
        cx: &mut Context<'_>,
    ) -> Poll<Result<usize, Gone>> {
        self.poll_io(Interest::READABLE, patience, cx, |tcp| {
            let n = tcp.recv(into)?;
            Ok((n, n == into.len()))
        })
    }

    fn poll_send(
        &mut self,
        bytes: &[u8],
        more: bool,
        patience: Patience,
        cx: &mut Context<'_>,
    ) -> Poll<Result<usize, Gone>> {
        self.poll_io(Interest::WRITABLE, patience, cx, |tcp| {
            let n = tcp.send(bytes, more)?;
            Ok((n, n == bytes.len()))
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
            self.poll_io(Interest::WRITABLE, patience, cx, |tcp| {
                let n = tcp.send_file(file, offset, count)?;
                Ok((n, n == count))
            })
        });
        let sent = sent.await?;
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
        if self.worker.is_abandoned() {
            self.abort();
        }
    }
}

impl AsyncRead for Socket {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let patience = self.patience;
        let read = self.poll_recv(into.initialize_unfilled(), patience, cx);
        let n = ready!(read).map_err(error_of)?;
        into.advance(n);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Socket {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let patience = self.patience;
        self.poll_send(bytes, false, patience, cx).map_err(error_of)
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.tcp.finish();
        Poll::Ready(Ok(()))
    }
}

#[cfg(test)]
#[path = "socket_tests.rs"]
mod tests;
