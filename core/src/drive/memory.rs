//! Memory that requests of all connections share, in rooms that are not large.
//!
//! * Bodies: a Git client may be anybody, and its request has up to `Limits::git_body_bytes`. What a
//!   body has beyond its first [`FREE`] bytes is taken from `Limits::bodies_bytes`, and so is what it
//!   unpacks to, until it is answered.
//! * Plans: an answer that is put together of several releases needs to know their objects first,
//!   which takes from `Limits::plans_bytes`.
//!
//! When a room is full, a request is answered 503. It refuses to hold bytes: it counts.

use super::host::Host;

/// Bytes of each body that are not counted: most requests have fewer.
pub const FREE: usize = 16 << 10;
/// Counted at once.
const STEP: usize = 16 << 10;

/// Which room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Room {
    Bodies,
    Plans,
}

/// What a body takes of the memory for bodies; given back when dropped.
#[derive(Debug)]
pub struct BodyRoom<H: Host>(Share<H>);

impl<H: Host> BodyRoom<H> {
    /// For a body that is about to come.
    pub fn new(host: &H) -> Self {
        Self(Share::new(host, Room::Bodies))
    }

    /// Whether there is room for a body of so many bytes. To be asked as they come.
    pub fn holds(&mut self, bytes: usize) -> bool {
        self.0.holds(bytes.saturating_sub(FREE))
    }
}

/// A part of a room; given back when dropped.
#[derive(Debug)]
pub(super) struct Share<H: Host> {
    host: H,
    room: Room,
    taken: usize,
}

impl<H: Host> Share<H> {
    pub(super) fn new(host: &H, room: Room) -> Self {
        Self {
            host: host.clone(),
            room,
            taken: 0,
        }
    }

    /// Whether there is room for so many bytes, which are this one's then.
    pub(super) fn holds(&mut self, bytes: usize) -> bool {
        if bytes <= self.taken {
            return true;
        }
        let more = (bytes - self.taken).next_multiple_of(STEP);
        let room = self.room;
        let has_room = self.host.with_site(|site| site.take_room(room, more));
        if has_room {
            self.taken += more;
        }
        has_room
    }
}

impl<H: Host> Drop for Share<H> {
    fn drop(&mut self) {
        let (room, taken) = (self.room, self.taken);
        if taken > 0 {
            self.host.with_site(|site| site.give_room_back(room, taken));
        }
    }
}
