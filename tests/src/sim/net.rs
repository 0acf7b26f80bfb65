//! Connections in memory, with the ways a TCP connection has to end.
//!
//! Each direction is a bounded queue. An end that is dropped with bytes unread, or told to abort,
//! resets the connection (RFC 9112 section 9.6 is about just that); otherwise its peer reads up to
//! a clean end. Chance decides how much one call moves, and whether a reset also takes what had
//! arrived.

use core::cell::RefCell;
use core::future::{Future, poll_fn};
use core::pin::pin;
use core::task::{Poll, Waker};
use std::collections::VecDeque;
use std::rc::Rc;

use super::clock::Clock;
use super::random::Random;

/// Why an end cannot go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Broken {
    /// The connection was reset, or nobody reads.
    Reset,
    /// The deadline passed.
    TimedOut,
}

/// One direction.
#[derive(Debug)]
struct Pipe {
    bytes: VecDeque<u8>,
    room: usize,
    /// The writer has ended its side.
    ended: bool,
    /// Nobody will read any more.
    deaf: bool,
    reset: bool,
    reader: Option<Waker>,
    writer: Option<Waker>,
}

impl Pipe {
    fn new(room: usize) -> Self {
        Self {
            bytes: VecDeque::new(),
            room: room.max(1),
            ended: false,
            deaf: false,
            reset: false,
            reader: None,
            writer: None,
        }
    }

    fn wake(&mut self) {
        for waker in [self.reader.take(), self.writer.take()]
            .into_iter()
            .flatten()
        {
            waker.wake();
        }
    }

    fn break_off(&mut self, keep: bool) {
        self.reset = true;
        if !keep {
            self.bytes.clear();
        }
        self.wake();
    }
}

/// One end of a connection.
#[derive(Debug)]
pub struct End {
    incoming: Rc<RefCell<Pipe>>,
    outgoing: Rc<RefCell<Pipe>>,
    clock: Rc<Clock>,
    random: Rc<Random>,
    aborts: bool,
}

/// A new connection; each direction holds so many bytes.
pub fn connection(clock: &Rc<Clock>, random: &Rc<Random>, room: [usize; 2]) -> (End, End) {
    let [there, back] = room.map(|room| Rc::new(RefCell::new(Pipe::new(room))));
    let end = |incoming: &Rc<_>, outgoing: &Rc<_>| End {
        incoming: Rc::clone(incoming),
        outgoing: Rc::clone(outgoing),
        clock: Rc::clone(clock),
        random: Rc::clone(random),
        aborts: false,
    };
    (end(&back, &there), end(&there, &back))
}

impl End {
    /// Reads some bytes; 0 at a clean end.
    pub async fn recv(&mut self, into: &mut [u8], until: u64) -> Result<usize, Broken> {
        self.recv_or(into, until, |_| false)
            .await?
            .ok_or(Broken::Reset)
    }

    /// Reads some bytes, unless `stops` says while it waits that it is to be given up (`None`).
    pub async fn recv_or(
        &mut self,
        into: &mut [u8],
        until: u64,
        stops: impl Fn(&Waker) -> bool,
    ) -> Result<Option<usize>, Broken> {
        let mut sleep = pin!(self.clock.sleep(until));
        poll_fn(|cx| {
            let mut pipe = self.incoming.borrow_mut();
            if !pipe.bytes.is_empty() {
                let most = into.len().min(pipe.bytes.len());
                let n = self.portion(most);
                for (to, from) in into.iter_mut().zip(pipe.bytes.drain(..n)) {
                    *to = from;
                }
                if let Some(writer) = pipe.writer.take() {
                    writer.wake();
                }
                return Poll::Ready(Ok(Some(n)));
            }
            if pipe.reset {
                return Poll::Ready(Err(Broken::Reset));
            }
            if pipe.ended {
                return Poll::Ready(Ok(Some(0)));
            }
            if stops(cx.waker()) {
                return Poll::Ready(Ok(None));
            }
            pipe.reader = Some(cx.waker().clone());
            sleep.as_mut().poll(cx).map(|()| Err(Broken::TimedOut))
        })
        .await
    }

    /// Writes at least one byte.
    pub async fn send(&mut self, bytes: &[u8], until: u64) -> Result<usize, Broken> {
        let mut sleep = pin!(self.clock.sleep(until));
        poll_fn(|cx| {
            let mut pipe = self.outgoing.borrow_mut();
            if pipe.reset || pipe.deaf {
                return Poll::Ready(Err(Broken::Reset));
            }
            let room = pipe.room.saturating_sub(pipe.bytes.len()).min(bytes.len());
            if room == 0 && !bytes.is_empty() {
                pipe.writer = Some(cx.waker().clone());
                return sleep.as_mut().poll(cx).map(|()| Err(Broken::TimedOut));
            }
            let n = self.portion(room);
            pipe.bytes.extend(&bytes[..n]);
            if let Some(reader) = pipe.reader.take() {
                reader.wake();
            }
            Poll::Ready(Ok(n))
        })
        .await
    }

    /// Writes all bytes.
    pub async fn send_all(&mut self, mut bytes: &[u8], until: u64) -> Result<(), Broken> {
        while !bytes.is_empty() {
            let n = self.send(bytes, until).await?;
            bytes = &bytes[n..];
        }
        Ok(())
    }

    /// Mostly all there is, sometimes less.
    fn portion(&self, most: usize) -> usize {
        if most > 1 && self.random.chance(30) {
            self.random.size(1, most)
        } else {
            most
        }
    }

    /// Ends our side; the peer reads up to it.
    pub fn finish(&mut self) {
        let mut pipe = self.outgoing.borrow_mut();
        pipe.ended = true;
        pipe.wake();
    }

    /// Makes the drop of this end a reset.
    pub fn abort(&mut self) {
        self.aborts = true;
    }
}

impl Drop for End {
    fn drop(&mut self) {
        let unread = !self.incoming.borrow().bytes.is_empty();
        if self.aborts || unread {
            let keep = self.random.chance(50);
            self.outgoing.borrow_mut().break_off(keep);
            self.incoming.borrow_mut().break_off(false);
        } else {
            self.finish();
            let mut incoming = self.incoming.borrow_mut();
            incoming.deaf = true;
            incoming.wake();
        }
    }
}
