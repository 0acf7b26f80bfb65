//! Virtual time: it stands still while anything can run, then jumps to the next timer exactly.

use core::cell::{Cell, RefCell};
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll, Waker};
use std::collections::BTreeMap;
use std::rc::Rc;

/// The clock, in milliseconds since the world began.
#[derive(Debug, Default)]
pub struct Clock {
    now: Cell<u64>,
    timers: RefCell<BTreeMap<(u64, u64), Waker>>,
    next: Cell<u64>,
}

impl Clock {
    /// The time.
    pub fn now(&self) -> u64 {
        self.now.get()
    }

    fn ticket(&self) -> u64 {
        self.next.set(self.next.get() + 1);
        self.next.get()
    }

    /// Waits until a time; for ever if it is `u64::MAX`.
    pub fn sleep(self: &Rc<Self>, until: u64) -> Sleep {
        Sleep {
            clock: Rc::clone(self),
            until,
            key: None,
        }
    }

    /// Jumps to the next timer and wakes all that are due; false if there is none.
    pub fn advance(&self) -> bool {
        let Some((due, _)) = self.timers.borrow().keys().next().copied() else {
            return false;
        };
        self.pass(due.saturating_sub(self.now()));
        true
    }

    /// Lets time pass and wakes all that are due.
    pub fn pass(&self, millis: u64) {
        self.now.set(self.now() + millis);
        let later = self.timers.borrow_mut().split_off(&(self.now() + 1, 0));
        let due = self.timers.replace(later);
        for waker in due.into_values() {
            waker.wake();
        }
    }
}

/// A wait.
#[derive(Debug)]
pub struct Sleep {
    clock: Rc<Clock>,
    until: u64,
    key: Option<(u64, u64)>,
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if self.clock.now() >= self.until {
            return Poll::Ready(());
        }
        if self.until != u64::MAX {
            let key = self.key.unwrap_or((self.until, self.clock.ticket()));
            self.key = Some(key);
            let waker = cx.waker().clone();
            self.clock.timers.borrow_mut().insert(key, waker);
        }
        Poll::Pending
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        if let Some(key) = self.key {
            self.clock.timers.borrow_mut().remove(&key);
        }
    }
}
