//! A socket as the loop knows it: which sides are ready, who waits, and until when.

use core::task::Waker;

use zigdepot_core::time::Instant;

/// Which side of a socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Reading, and accepting.
    Read,
    /// Writing, and connecting.
    Write,
}

/// Names a registered socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token {
    pub(crate) index: u32,
    pub(crate) generation: u32,
}

#[derive(Debug, Default)]
pub(crate) struct Half {
    pub(crate) ready: bool,
    pub(crate) waker: Option<Waker>,
}

#[derive(Debug)]
pub(crate) struct Slot {
    pub(crate) generation: u32,
    pub(crate) read: Half,
    pub(crate) write: Half,
    /// The peer has ended or reset: reads stay ready.
    pub(crate) ended: bool,
    pub(crate) deadline: Instant,
    /// The one timer of this socket, if one is set.
    pub(crate) timer: Option<TimerKey>,
    pub(crate) idle: bool,
}

/// When a timer fires, and its number.
pub(crate) type TimerKey = (Instant, u64);

/// Wakes whoever waits for this side.
pub(crate) fn wake(half: &mut Half) {
    if let Some(waker) = half.waker.take() {
        waker.wake();
    }
}

impl Slot {
    /// A fresh socket is tried before it is waited for.
    pub(crate) fn new(generation: u32) -> Self {
        let half = || Half {
            ready: true,
            waker: None,
        };
        let (read, write) = (half(), half());
        Self {
            generation,
            read,
            write,
            ended: false,
            deadline: Instant::NEVER,
            timer: None,
            idle: false,
        }
    }

    pub(crate) fn half(&mut self, side: Side) -> &mut Half {
        match side {
            Side::Read => &mut self.read,
            Side::Write => &mut self.write,
        }
    }
}

impl Token {
    pub(crate) fn to_u64(self) -> u64 {
        u64::from(self.generation) << 32 | u64::from(self.index)
    }

    pub(crate) fn from_u64(data: u64) -> Self {
        let low = |n: u64| u32::try_from(n & u64::from(u32::MAX)).unwrap_or(0);
        Self {
            index: low(data),
            generation: low(data >> 32),
        }
    }
}
