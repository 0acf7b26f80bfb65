//! One worker's event loop: edge-triggered epoll, deadlines, and the executor between waits.
//!
//! A socket waits with a deadline. Arming a timer for each wait would cost more than the wait, so
//! a socket has at most one timer, which looks at the socket's current deadline when it fires.
//!
//! It refuses to know what is read and written: a system call is handed in with each wait. Needs
//! Linux.

use core::cell::{Cell, RefCell};
use core::future::{Future, poll_fn};
use core::mem::MaybeUninit;
use core::sync::atomic::{AtomicBool, Ordering};
use core::task::{Context, Poll, Waker};
use core::time::Duration;
use std::collections::BTreeMap;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::pin::pin;
use std::sync::Arc;
use std::task::Wake;

use async_executor::LocalExecutor;
use rustix::event::{EventfdFlags, Timespec, epoll, eventfd};
use rustix::io::Errno;
use zigdepot_core::drive::socket::{Gone, Patience};
use zigdepot_core::time::{Instant, Now};
use zigdepot_host::clock::Clock;

pub use slot::{Side, Token};
use slot::{Slot, TimerKey, wake};

mod slot;

const EVENTS: usize = 256;
const WAKE_TOKEN: u64 = u64::MAX;

#[derive(Debug)]
enum Timer {
    Socket(Token),
    Sleep(Waker),
}

/// Wakes the loop, also from other threads.
#[derive(Debug)]
pub struct Notify {
    fd: OwnedFd,
    notified: AtomicBool,
    asleep: AtomicBool,
}

impl Wake for Notify {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.notified.store(true, Ordering::SeqCst);
        if self.asleep.load(Ordering::SeqCst) {
            let _ = rustix::io::write(&self.fd, &1u64.to_ne_bytes());
        }
    }
}

/// The event loop of one worker.
#[derive(Debug)]
pub struct Reactor {
    epoll: OwnedFd,
    notify: Arc<Notify>,
    slots: RefCell<Vec<Slot>>,
    free: RefCell<Vec<u32>>,
    timers: RefCell<BTreeMap<TimerKey, Timer>>,
    /// Tasks that let others go first, up to the next look at the sockets.
    paused: RefCell<Vec<Waker>>,
    next_timer: Cell<u64>,
    clock: Clock,
    now: Cell<Now>,
    stopping: Cell<bool>,
    abandoned: Cell<bool>,
}

impl Reactor {
    /// An event loop; all workers have the same clock.
    pub fn new(clock: Clock) -> io::Result<Self> {
        let epoll = epoll::create(epoll::CreateFlags::CLOEXEC)?;
        let fd = eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?;
        let interest = epoll::EventFlags::IN | epoll::EventFlags::ET;
        epoll::add(&epoll, &fd, epoll::EventData::new_u64(WAKE_TOKEN), interest)?;
        let notify = Notify {
            fd,
            notified: AtomicBool::new(true),
            asleep: AtomicBool::new(false),
        };
        Ok(Self {
            epoll,
            notify: Arc::new(notify),
            slots: RefCell::default(),
            free: RefCell::default(),
            timers: RefCell::default(),
            paused: RefCell::default(),
            next_timer: Cell::new(0),
            clock,
            now: Cell::new(clock.now()),
            stopping: Cell::new(false),
            abandoned: Cell::new(false),
        })
    }

    /// What wakes this loop from another thread.
    pub fn notify(&self) -> Arc<Notify> {
        Arc::clone(&self.notify)
    }

    /// The clocks, as they were when the loop last woke.
    pub fn now(&self) -> Now {
        self.now.get()
    }

    /// Runs the executor and the loop until `main` is done.
    pub fn run<T>(
        &self,
        executor: &LocalExecutor<'_>,
        main: impl Future<Output = T>,
    ) -> io::Result<T> {
        let waker = Waker::from(Arc::clone(&self.notify));
        let mut cx = Context::from_waker(&waker);
        let mut all = pin!(executor.run(main));
        let mut events = [const { MaybeUninit::<epoll::Event>::uninit() }; EVENTS];
        loop {
            if self.notify.notified.swap(false, Ordering::SeqCst)
                && let Poll::Ready(result) = all.as_mut().poll(&mut cx)
            {
                return Ok(result);
            }
            self.wait(&mut events)?;
        }
    }

    fn wait(&self, events: &mut [MaybeUninit<epoll::Event>]) -> io::Result<()> {
        self.notify.asleep.store(true, Ordering::SeqCst);
        let busy = !self.paused.borrow().is_empty();
        let timeout = if busy || self.notify.notified.load(Ordering::SeqCst) {
            Some(Duration::ZERO)
        } else {
            self.next_timeout()
        };
        let timeout = timeout.map(|wait| Timespec {
            tv_sec: i64::try_from(wait.as_secs()).unwrap_or(i64::MAX),
            tv_nsec: wait.subsec_nanos().into(),
        });
        let waited = epoll::wait(&self.epoll, events, timeout.as_ref());
        self.notify.asleep.store(false, Ordering::SeqCst);
        self.now.set(self.clock.now());
        let ready = match waited {
            Ok((ready, _)) => ready,
            Err(Errno::INTR) => return Ok(()),
            Err(errno) => return Err(errno.into()),
        };
        for event in ready.iter() {
            self.handle_event(event.data.u64(), event.flags);
        }
        self.fire_timers();
        self.resume_paused();
        Ok(())
    }

    fn resume_paused(&self) {
        for waker in self.paused.take() {
            waker.wake();
        }
    }

    fn next_timeout(&self) -> Option<Duration> {
        let first = self
            .timers
            .borrow()
            .first_key_value()
            .map(|((at, _), _)| *at)?;
        let now = Duration::from_millis(first.0).checked_sub(self.clock.start().elapsed());
        Some(now.unwrap_or(Duration::ZERO))
    }

    fn handle_event(&self, data: u64, flags: epoll::EventFlags) {
        use epoll::EventFlags as Flags;
        if data == WAKE_TOKEN {
            let _ = rustix::io::read(&self.notify.fd, &mut [0u8; 8]);
            return;
        }
        let token = Token::from_u64(data);
        self.with(token, |slot| {
            let ended = flags.intersects(Flags::RDHUP | Flags::HUP | Flags::ERR);
            slot.ended |= ended;
            if ended || flags.contains(Flags::IN) {
                slot.read.ready = true;
                wake(&mut slot.read);
            }
            if flags.intersects(Flags::OUT | Flags::HUP | Flags::ERR) {
                slot.write.ready = true;
                wake(&mut slot.write);
            }
        });
    }

    // Timers

    fn add_timer(&self, at: Instant, timer: Timer) -> TimerKey {
        let id = self.next_timer.get();
        self.next_timer.set(id + 1);
        self.timers.borrow_mut().insert((at, id), timer);
        (at, id)
    }

    fn fire_timers(&self) {
        let now = self.now().instant;
        loop {
            let due = {
                let mut timers = self.timers.borrow_mut();
                match timers.first_entry() {
                    Some(entry) if entry.key().0 <= now => entry.remove(),
                    _ => return,
                }
            };
            match due {
                Timer::Sleep(waker) => waker.wake(),
                Timer::Socket(token) => self.handle_deadline(token, now),
            }
        }
    }

    /// The timer of a socket: its deadline has come, or has moved on since.
    fn handle_deadline(&self, token: Token, now: Instant) {
        let again = self.with(token, |slot| {
            slot.timer = None;
            if slot.read.waker.is_none() && slot.write.waker.is_none() {
                return None;
            }
            if slot.deadline <= now {
                wake(&mut slot.read);
                wake(&mut slot.write);
                return None;
            }
            Some(slot.deadline)
        });
        if let Some(at) = again.flatten() {
            self.set_timer(token, at);
        }
    }

    /// Gives a socket its timer, in place of the one it has.
    fn set_timer(&self, token: Token, at: Instant) {
        let key = self.add_timer(at, Timer::Socket(token));
        let old = self.with(token, |slot| slot.timer.replace(key)).flatten();
        self.remove_timer(old);
    }

    fn remove_timer(&self, key: Option<TimerKey>) {
        if let Some(key) = key {
            self.timers.borrow_mut().remove(&key);
        }
    }

    /// Waits until `at`.
    pub async fn sleep(&self, at: Instant) {
        let mut armed: Option<ArmedSleep<'_>> = None;
        poll_fn(|cx| {
            if self.now().instant >= at {
                return Poll::Ready(());
            }
            armed = None;
            let key = self.add_timer(at, Timer::Sleep(cx.waker().clone()));
            armed = Some(ArmedSleep { reactor: self, key });
            Poll::Pending
        })
        .await;
    }

    /// Waits until the sockets were looked at once. A plain yield would not do: the executor runs
    /// its queue hundreds of times before it gives the loop a turn.
    pub async fn pause(&self) {
        let mut paused = false;
        poll_fn(|cx| {
            if core::mem::replace(&mut paused, true) {
                return Poll::Ready(());
            }
            self.paused.borrow_mut().push(cx.waker().clone());
            Poll::Pending
        })
        .await;
    }

    // Sockets

    /// Registers a socket, once for its life.
    pub fn register(&self, fd: BorrowedFd<'_>) -> io::Result<Token> {
        let token = self.take_slot();
        let interest = epoll::EventFlags::IN
            | epoll::EventFlags::OUT
            | epoll::EventFlags::RDHUP
            | epoll::EventFlags::ET;
        match epoll::add(
            &self.epoll,
            fd,
            epoll::EventData::new_u64(token.to_u64()),
            interest,
        ) {
            Ok(()) => Ok(token),
            Err(errno) => {
                self.release(token);
                Err(errno.into())
            }
        }
    }

    fn take_slot(&self) -> Token {
        let mut slots = self.slots.borrow_mut();
        let index = self.free.borrow_mut().pop().unwrap_or_else(|| {
            slots.push(Slot::new(0));
            u32::try_from(slots.len() - 1).unwrap_or(u32::MAX)
        });
        let generation = slots.get(index as usize).map_or(0, |slot| slot.generation);
        Token { index, generation }
    }

    /// Forgets a socket; closing it takes it out of epoll.
    pub fn release(&self, token: Token) {
        let released = self.with(token, |slot| {
            let fresh = Slot::new(slot.generation.wrapping_add(1));
            core::mem::replace(slot, fresh).timer
        });
        if let Some(timer) = released {
            self.remove_timer(timer);
            self.free.borrow_mut().push(token.index);
        }
    }

    fn with<R>(&self, token: Token, f: impl FnOnce(&mut Slot) -> R) -> Option<R> {
        let mut slots = self.slots.borrow_mut();
        let slot = slots.get_mut(token.index as usize)?;
        (slot.generation == token.generation).then(|| f(slot))
    }

    /// Tries `io` while the socket is ready, else waits with the patience given.
    pub fn poll_io<T>(
        &self,
        token: Token,
        side: Side,
        patience: Patience,
        cx: &Context<'_>,
        mut io: impl FnMut() -> Result<T, Errno>,
    ) -> Poll<Result<T, Gone>> {
        while self.with(token, |slot| slot.half(side).ready) == Some(true) {
            match io() {
                Ok(done) => return Poll::Ready(Ok(done)),
                Err(Errno::INTR) => {}
                Err(Errno::AGAIN) => self.handle_not_ready(token, side),
                Err(_) => return Poll::Ready(Err(Gone::Closed)),
            }
        }
        if patience.until <= self.now().instant {
            return Poll::Ready(Err(Gone::TimedOut));
        }
        if patience.idle && self.stopping.get() {
            return Poll::Ready(Err(Gone::Drained));
        }
        self.arm(token, side, patience, cx.waker());
        Poll::Pending
    }

    /// A read took less than there was room for: nothing more is there (epoll(7), edge-triggered),
    /// unless the peer has ended, which a further read must tell.
    pub fn handle_short_read(&self, token: Token) {
        self.with(token, |slot| slot.read.ready = slot.ended);
    }

    /// A write took less than there was: the socket is full (epoll(7), edge-triggered), and trying
    /// again at once would only send crumbs.
    pub fn handle_short_write(&self, token: Token) {
        self.with(token, |slot| slot.write.ready = slot.ended);
    }

    fn handle_not_ready(&self, token: Token, side: Side) {
        self.with(token, |slot| slot.half(side).ready = false);
    }

    fn arm(&self, token: Token, side: Side, patience: Patience, waker: &Waker) {
        let needs_timer = self.with(token, |slot| {
            let half = slot.half(side);
            if !half.waker.as_ref().is_some_and(|old| old.will_wake(waker)) {
                half.waker = Some(waker.clone());
            }
            slot.deadline = patience.until;
            slot.idle = patience.idle;
            patience.until < slot.timer.map_or(Instant::NEVER, |(at, _)| at)
        });
        if needs_timer == Some(true) {
            self.set_timer(token, patience.until);
        }
    }

    /// The worker ends whatever is under way: what is closed from now on is reset, so that a cut
    /// body is not taken for a whole one.
    pub fn abandon(&self) {
        self.abandoned.set(true);
    }

    /// Whether [`Self::abandon`] was called.
    pub fn is_abandoned(&self) -> bool {
        self.abandoned.get()
    }

    /// The server stops: idle sockets end their waits.
    pub fn stop(&self) {
        self.stopping.set(true);
        for slot in self.slots.borrow_mut().iter_mut().filter(|slot| slot.idle) {
            wake(&mut slot.read);
        }
    }
}

struct ArmedSleep<'a> {
    reactor: &'a Reactor,
    key: TimerKey,
}

impl Drop for ArmedSleep<'_> {
    fn drop(&mut self) {
        self.reactor.timers.borrow_mut().remove(&self.key);
    }
}

impl AsFd for Reactor {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.epoll.as_fd()
    }
}

#[cfg(test)]
mod tests;
