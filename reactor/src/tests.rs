use core::time::Duration;
use std::os::unix::net::UnixStream;
use std::rc::Rc;

use super::*;

fn reactor() -> Rc<Reactor> {
    Rc::new(Reactor::new(Clock::new()).unwrap())
}

fn wait_to_read(reactor: &Reactor, token: Token, until: Instant) {
    let patience = Patience { until, idle: false };
    let waker = Waker::noop();
    let waiting = reactor.poll_io(
        token,
        Side::Read,
        patience,
        &Context::from_waker(waker),
        || Err::<(), Errno>(Errno::AGAIN),
    );
    assert!(waiting.is_pending());
}

#[test]
fn socket_has_at_most_one_timer() {
    let reactor = reactor();
    let (ours, _theirs) = UnixStream::pair().unwrap();
    let token = reactor.register(ours.as_fd()).unwrap();
    for round in 1..20 {
        let now = reactor.now().instant;
        wait_to_read(&reactor, token, now + Duration::from_secs(75));
        wait_to_read(&reactor, token, now + Duration::from_secs(10));
        wait_to_read(&reactor, token, now + Duration::from_secs(75));
        assert_eq!(reactor.timers.borrow().len(), 1, "round {round}");
        reactor.now.set(Now {
            instant: now + Duration::from_secs(11),
            ..reactor.now()
        });
        reactor.fire_timers();
    }
}

#[test]
fn released_socket_leaves_no_timer() {
    let reactor = reactor();
    let (ours, _theirs) = UnixStream::pair().unwrap();
    for _ in 0..10 {
        let token = reactor.register(ours.as_fd()).unwrap();
        let until = reactor.now().instant + Duration::from_secs(75);
        wait_to_read(&reactor, token, until);
        reactor.release(token);
        epoll::delete(&*reactor, &ours).unwrap();
    }
    assert_eq!(reactor.timers.borrow().len(), 0);
}

#[test]
fn busy_task_that_pauses_lets_sockets_be_seen() {
    let reactor = reactor();
    let executor = LocalExecutor::new();
    let (ours, theirs) = UnixStream::pair().unwrap();
    ours.set_nonblocking(true).unwrap();
    let token = reactor.register(ours.as_fd()).unwrap();
    let turns = Rc::new(Cell::new(0));
    let (busy, counter) = (Rc::clone(&reactor), Rc::clone(&turns));
    let task = executor.spawn(async move {
        loop {
            counter.set(counter.get() + 1);
            if counter.get() == 3 {
                rustix::io::write(&theirs, b"x").unwrap();
            }
            busy.pause().await;
        }
    });
    let patience = Patience {
        until: reactor.now().instant + Duration::from_secs(5),
        idle: false,
    };
    let read = poll_fn(|cx| {
        reactor.poll_io(token, Side::Read, patience, cx, || {
            rustix::io::read(&ours, &mut [0u8; 1])
        })
    });
    assert_eq!(reactor.run(&executor, read).unwrap(), Ok(1));
    assert!(turns.get() <= 6, "{} turns", turns.get());
    drop(task);
}
