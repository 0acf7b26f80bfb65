//! A single-threaded executor over `wasi:io/poll`: the tasks of one request.
//!
//! It refuses to wait for what cannot happen: a task that waits for no pollable and is woken by no
//! other task is dropped.

use core::cell::{Cell, RefCell};
use core::future::{Future, poll_fn};
use core::pin::{Pin, pin};
use core::sync::atomic::{AtomicBool, Ordering};
use core::task::{Context, Poll, Waker};
use core::time::Duration;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;
use std::task::Wake;

use wasip2::clocks::monotonic_clock::subscribe_duration;
use wasip2::io::poll::{Pollable, poll};

/// Longest single wait; some hosts keep their timers in 32 bits.
const LONGEST: Duration = Duration::from_hours(24);

type Task = Pin<Box<dyn Future<Output = ()>>>;

/// Tasks and what they wait for. A clone is the same executor.
#[derive(Clone, Default)]
pub(crate) struct Executor(Rc<Inner>);

#[derive(Default)]
struct Inner {
    spawned: RefCell<Vec<Task>>,
    waits: RefCell<BTreeMap<u64, (Pollable, Waker)>>,
    next: Cell<u64>,
}

/// Whether a task is to be polled.
struct Flag(AtomicBool);

impl Flag {
    fn is_up(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    fn take_down(&self) -> bool {
        self.0.swap(false, Ordering::Relaxed)
    }
}

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl Executor {
    /// Adds a task.
    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + 'static) {
        self.0.spawned.borrow_mut().push(Box::pin(task));
    }

    /// Waits for a pollable. It is dropped with the future, as it must be before the stream that it
    /// belongs to.
    pub(crate) fn ready(&self, pollable: Pollable) -> Ready {
        Ready {
            executor: self.clone(),
            state: State::New(pollable),
        }
    }

    /// Waits for a pollable, but not longer than so; false if it did not become ready.
    pub(crate) async fn ready_within(&self, pollable: Pollable, wait: Duration) -> bool {
        let mut ready = pin!(self.ready(pollable));
        let mut late = pin!(self.sleep(wait));
        poll_fn(|cx| match ready.as_mut().poll(cx) {
            Poll::Ready(()) => Poll::Ready(true),
            Poll::Pending => late.as_mut().poll(cx).map(|()| false),
        })
        .await
    }

    /// Waits, at most a day.
    pub(crate) async fn sleep(&self, wait: Duration) {
        self.ready(subscribe_duration(nanos(wait.min(LONGEST))))
            .await;
    }

    /// Runs until all tasks have ended.
    pub(crate) fn run(&self) {
        let mut tasks: Vec<(Arc<Flag>, Task)> = Vec::new();
        loop {
            let spawned = self.0.spawned.take();
            tasks.extend(spawned.into_iter().map(|task| (raised(), task)));
            tasks.retain_mut(|(flag, task)| !flag.take_down() || !is_done(flag, task));
            let is_idle =
                self.0.spawned.borrow().is_empty() && !tasks.iter().any(|(flag, _)| flag.is_up());
            if is_idle && !self.wait() {
                return;
            }
        }
    }

    /// Sleeps until a pollable is ready, and wakes those who wait for it; false if nobody waits.
    fn wait(&self) -> bool {
        let mut waits = self.0.waits.borrow_mut();
        if waits.is_empty() {
            return false;
        }
        let keys: Vec<u64> = waits.keys().copied().collect();
        let pollables: Vec<&Pollable> = waits.values().map(|(pollable, _)| pollable).collect();
        for index in poll(&pollables) {
            let key = usize::try_from(index).ok().and_then(|at| keys.get(at));
            if let Some((_, waker)) = key.and_then(|key| waits.remove(key)) {
                waker.wake();
            }
        }
        true
    }
}

fn raised() -> Arc<Flag> {
    Arc::new(Flag(AtomicBool::new(true)))
}

fn is_done(flag: &Arc<Flag>, task: &mut Task) -> bool {
    let waker = Waker::from(Arc::clone(flag));
    task.as_mut()
        .poll(&mut Context::from_waker(&waker))
        .is_ready()
}

/// Nanoseconds, as WASI counts.
pub(crate) fn nanos(wait: Duration) -> u64 {
    u64::try_from(wait.as_nanos()).unwrap_or(u64::MAX)
}

/// See [`Executor::ready`].
pub(crate) struct Ready {
    executor: Executor,
    state: State,
}

enum State {
    New(Pollable),
    Waiting(u64),
    Done,
}

impl Future for Ready {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let inner = Rc::clone(&self.executor.0);
        let mut waits = inner.waits.borrow_mut();
        let key = match core::mem::replace(&mut self.state, State::Done) {
            State::New(pollable) => {
                let key = inner.next.get();
                inner.next.set(key + 1);
                waits.insert(key, (pollable, cx.waker().clone()));
                key
            }
            State::Waiting(key) => match waits.get_mut(&key) {
                Some((_, waker)) => {
                    waker.clone_from(cx.waker());
                    key
                }
                None => return Poll::Ready(()),
            },
            State::Done => return Poll::Ready(()),
        };
        self.state = State::Waiting(key);
        Poll::Pending
    }
}

impl Drop for Ready {
    fn drop(&mut self) {
        if let State::Waiting(key) = self.state {
            self.executor.0.waits.borrow_mut().remove(&key);
        }
    }
}
