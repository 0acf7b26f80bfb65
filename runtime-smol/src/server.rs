//! One worker's life: accept until told to stop, then wait for answers under way.

use core::future::poll_fn;
use core::net::SocketAddr;
use core::task::{Poll, Waker};
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::mpsc::SyncSender;

use rustix::io::Errno;
use rustix::net::{SocketAddrAny, SocketFlags};
use zigdepot_core::config::LogLevel;
use zigdepot_core::drive::host::Host;
use zigdepot_core::drive::house::keep;
use zigdepot_core::drive::socket::{Patience, serve};
use zigdepot_core::time::Instant;
use zigdepot_host::listen::{ACCEPTS, bear, drain};
use zigdepot_host::shared::Seat;

use crate::reactor::{Side, Token};
use crate::socket::Socket;
use crate::worker::Worker;

/// One worker's thread; the first also keeps house.
pub fn work(seat: Seat, listener: OwnedFd, ready: &SyncSender<Waker>) -> io::Result<()> {
    let is_first = seat.number() == 0;
    let worker = Worker::new(seat)?;
    let _ = ready.send(Waker::from(worker.reactor().notify()));
    if is_first {
        worker.spawn(keep(worker.clone()));
    }
    worker.run(live(&worker, listener))?
}

async fn live(worker: &Worker, listener: OwnedFd) -> io::Result<()> {
    accept_all(worker, &listener).await?;
    drop(listener);
    worker.reactor().stop();
    drain(worker, || worker.connections().count()).await;
    worker.reactor().abandon();
    Ok(())
}

async fn accept_all(worker: &Worker, listener: &OwnedFd) -> io::Result<()> {
    let token = worker.reactor().register(listener.as_fd())?;
    for number in 1.. {
        match next(worker, token, listener).await {
            None => break,
            Some(Ok((fd, peer))) => greet(worker, fd, peer),
            Some(Err(errno)) => bear(worker, &errno.into()).await,
        }
        if number % ACCEPTS == 0 {
            worker.pause().await;
        }
    }
    Ok(())
}

type Accepted = Result<(OwnedFd, Option<SocketAddrAny>), Errno>;

/// The next connection; none when the server stops.
async fn next(worker: &Worker, token: Token, listener: &OwnedFd) -> Option<Accepted> {
    let patience = Patience {
        until: Instant::NEVER,
        idle: true,
    };
    let flags = SocketFlags::NONBLOCK | SocketFlags::CLOEXEC;
    let accept = || match rustix::net::acceptfrom_with(listener, flags) {
        Err(errno) if !matches!(errno, Errno::AGAIN | Errno::INTR) => Ok(Err(errno)),
        other => other.map(Ok),
    };
    poll_fn(|cx| {
        if worker.is_stopping() {
            return Poll::Ready(None);
        }
        worker
            .reactor()
            .poll_io(token, Side::Read, patience, cx, accept)
            .map(Result::ok)
    })
    .await
}

fn greet(worker: &Worker, fd: OwnedFd, peer: Option<SocketAddrAny>) {
    let Some(peer) = peer.and_then(|peer| SocketAddr::try_from(peer).ok()) else {
        return;
    };
    match Socket::new(fd, worker.reactor().clone()) {
        Ok(socket) => {
            let socket = socket.counted(worker.connections());
            worker.spawn(serve(worker.clone(), socket, peer.ip()));
        }
        Err(error) => worker.log(
            LogLevel::Warn,
            format_args!("a connection was dropped: {error}"),
        ),
    }
}
