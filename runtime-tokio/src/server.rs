//! One worker's life: accept until told to stop, then wait for answers under way.

use core::future::poll_fn;
use core::net::SocketAddr;
use core::pin::Pin;
use core::task::{Poll, Waker};
use std::io;
use std::os::fd::OwnedFd;
use std::sync::mpsc::SyncSender;

use tokio::net::{TcpListener, TcpStream};
use zigdepot_core::drive::host::Host;
use zigdepot_core::drive::house::keep;
use zigdepot_core::drive::socket::serve;
use zigdepot_host::listen::{ACCEPTS, bear, drain};
use zigdepot_host::shared::Seat;

use crate::socket::Socket;
use crate::worker::{Stopped, Worker, runtime};

/// One worker's thread; the first also keeps house.
pub fn work(seat: Seat, listener: OwnedFd, ready: &SyncSender<Waker>) -> io::Result<()> {
    let is_first = seat.number() == 0;
    let runtime = runtime()?;
    let worker = Worker::new(seat, runtime.handle().clone());
    let _ = ready.send(worker.stopper());
    if is_first {
        worker.spawn_job(keep(worker.clone()));
    }
    let ended = runtime.block_on(live(&worker, listener));
    // A name lookup under way can take minutes; the process need not wait for it.
    runtime.shutdown_background();
    ended
}

async fn live(worker: &Worker, listener: OwnedFd) -> io::Result<()> {
    accept_all(worker, listener).await?;
    drain(worker, || worker.connections().count()).await;
    worker.abandon();
    Ok(())
}

async fn accept_all(worker: &Worker, listener: OwnedFd) -> io::Result<()> {
    let listener = TcpListener::from_std(listener.into())?;
    let mut stopped = worker.stopped();
    for number in 1.. {
        match next(worker, stopped.as_mut(), &listener).await {
            None => break,
            Some(Ok((stream, peer))) => {
                let socket = Socket::new(stream, worker.clone()).counted(worker.connections());
                worker.spawn(serve(worker.clone(), socket, peer.ip()));
            }
            Some(Err(error)) => bear(worker, &error).await,
        }
        if number % ACCEPTS == 0 {
            worker.pause().await;
        }
    }
    Ok(())
}

type Accepted = io::Result<(TcpStream, SocketAddr)>;

/// The next connection; none when the server stops.
async fn next(
    worker: &Worker,
    mut stopped: Pin<&mut Stopped>,
    listener: &TcpListener,
) -> Option<Accepted> {
    poll_fn(|cx| {
        if stopped.as_mut().poll(cx).is_ready() || worker.is_stopping() {
            return Poll::Ready(None);
        }
        listener.poll_accept(cx).map(Some)
    })
    .await
}
