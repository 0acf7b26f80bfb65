//! One worker's life: accept until told to stop, then wait for answers under way.

use core::future::poll_fn;
use core::task::{Poll, Waker};
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::mpsc::SyncSender;

use zigdepot_core::config::LogLevel;
use zigdepot_core::drive::host::{Host, Patience};
use zigdepot_core::drive::house::keep;
use zigdepot_core::drive::serve::serve;
use zigdepot_core::time::Instant;
use zigdepot_host::listen::{ACCEPTS, Accepted, accept, bear, drain};
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
            Some(Accepted::Client(tcp, peer)) => match Socket::new(tcp, worker.reactor().clone()) {
                Ok(socket) => worker.spawn_connection(serve(worker.clone(), socket, peer)),
                Err(error) => worker.log(
                    LogLevel::Warn,
                    format_args!("a connection was dropped: {error}"),
                ),
            },
            Some(Accepted::Failed(errno)) => bear(worker, errno).await,
        }
        if number % ACCEPTS == 0 {
            worker.pause().await;
        }
    }
    Ok(())
}

/// The next connection; none when the server stops.
async fn next(worker: &Worker, token: Token, listener: &OwnedFd) -> Option<Accepted> {
    let patience = Patience {
        until: Instant::NEVER,
        idle: true,
    };
    poll_fn(|cx| {
        if worker.is_stopping() {
            return Poll::Ready(None);
        }
        worker
            .reactor()
            .poll_io(token, Side::Read, patience, cx, || accept(listener))
            .map(Result::ok)
    })
    .await
}
