use core::time::Duration;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream as Peer};
use std::sync::Arc;

use tempfile::TempDir;
use tokio::runtime::Runtime;
use zigdepot_core::config::Config;
use zigdepot_host::shared::{Seat, Shared};

use super::*;
use crate::worker::runtime;

struct Bench {
    runtime: Runtime,
    worker: Worker,
    _dir: TempDir,
}

impl Bench {
    fn new() -> Self {
        let dir = TempDir::new().unwrap();
        let data_dir = dir.path().to_str().unwrap().to_owned();
        let config = Config::parse(&[("DATA_DIR".to_owned(), data_dir)].into()).unwrap();
        let shared = Arc::new(Shared::open(config, 0).unwrap());
        let runtime = runtime().unwrap();
        let worker = Worker::new(Seat::new(shared), runtime.handle().clone());
        Self {
            runtime,
            worker,
            _dir: dir,
        }
    }

    fn pair(&self) -> (Socket, Peer) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let peer = Peer::connect(listener.local_addr().unwrap()).unwrap();
        let (ours, _) = listener.accept().unwrap();
        ours.set_nonblocking(true).unwrap();
        let _context = self.runtime.enter();
        let stream = TcpStream::from_std(ours).unwrap();
        (Socket::new(stream, self.worker.clone()), peer)
    }

    fn patience(&self, wait: Duration, idle: bool) -> Patience {
        let until = self.worker.now().instant + wait;
        Patience { until, idle }
    }
}

const LONG: Duration = Duration::from_secs(20);
const SHORT: Duration = Duration::from_millis(5);

#[test]
fn each_wait_has_its_own_deadline() {
    let bench = Bench::new();
    let (mut socket, mut peer) = bench.pair();
    bench.runtime.block_on(async {
        let mut into = [0; 8];
        for _ in 0..3 {
            let long = socket.recv(&mut into, bench.patience(LONG, false));
            let given_up = tokio::time::timeout(SHORT, long).await;
            assert!(given_up.is_err(), "{given_up:?}");
            let short = socket.recv(&mut into, bench.patience(SHORT, false));
            assert_eq!(short.await, Err(Gone::TimedOut));
        }
        // The timer has fired, but a longer wait goes on.
        let late = bench.worker.now().instant + SHORT;
        let clock = bench.worker.clone();
        bench.worker.spawn(async move {
            clock.sleep(late).await;
            peer.write_all(b"late").unwrap();
        });
        let read = socket.recv(&mut into, bench.patience(LONG, false));
        assert_eq!(read.await, Ok(4));
    });
}

#[test]
fn idle_waits_end_when_the_server_stops() {
    let bench = Bench::new();
    let ((mut before, _one), (mut after, _two)) = (bench.pair(), bench.pair());
    bench.runtime.block_on(async {
        let (patience, mut into) = (bench.patience(LONG, true), [0; 8]);
        let mut waiting = Box::pin(before.recv(&mut into, patience));
        poll_fn(|cx| {
            assert!(waiting.as_mut().poll(cx).is_pending());
            Poll::Ready(())
        })
        .await;
        bench.worker.shared().stop();
        bench.worker.stopper().wake();
        assert_eq!(waiting.await, Err(Gone::Drained));
        let begun_later = after.recv(&mut [0; 8], patience).await;
        assert_eq!(begun_later, Err(Gone::Drained));
    });
}

#[test]
fn bytes_that_are_here_are_read_also_when_the_server_stops() {
    let bench = Bench::new();
    let (mut socket, mut peer) = bench.pair();
    peer.write_all(b"here").unwrap();
    bench.worker.shared().stop();
    let patience = bench.patience(LONG, false);
    let read = bench
        .runtime
        .block_on(async { socket.recv(&mut [0; 8], patience).await });
    assert_eq!(read, Ok(4));
}

#[test]
fn what_an_abandoned_worker_drops_is_reset() {
    let bench = Bench::new();
    let ((one, mut orderly), (two, mut cut)) = (bench.pair(), bench.pair());
    drop(one);
    bench.worker.abandon();
    drop(two);
    assert_eq!(orderly.read(&mut [0]).unwrap(), 0);
    let error = cut.read(&mut [0]).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::ConnectionReset);
}

#[test]
fn busy_task_that_pauses_lets_sockets_be_seen() {
    let bench = Bench::new();
    let (mut socket, mut peer) = bench.pair();
    let (busy, mut turns) = (bench.worker.clone(), 0);
    let (sender, mut receiver) = tokio::sync::watch::channel(0);
    bench.worker.spawn(async move {
        loop {
            turns += 1;
            if turns == 3 {
                peer.write_all(b"x").unwrap();
            }
            sender.send_replace(turns);
            busy.pause().await;
        }
    });
    let patience = bench.patience(LONG, false);
    let read = bench
        .runtime
        .block_on(async { socket.recv(&mut [0; 8], patience).await });
    assert_eq!(read, Ok(1));
    let turns = *receiver.borrow_and_update();
    assert!(turns <= 6, "{turns} turns");
}
