//! The memory that bodies of requests take while they come in, of all connections together.
//!
//! A Git client may be anybody, and its request has up to `Limits::git_body_bytes`. What a body has
//! beyond its first [`FREE`] bytes is taken from a common room of `Limits::bodies_bytes`; when that
//! is full, the request is answered 503. It refuses to hold bytes: servers do.

use super::host::Host;

/// Bytes of each body that are not counted: most requests have fewer.
pub const FREE: usize = 16 << 10;
/// Counted at once.
const STEP: usize = 16 << 10;

/// What a body takes of the common room; given back when dropped.
#[derive(Debug)]
pub struct BodyRoom<H: Host> {
    host: H,
    taken: usize,
}

impl<H: Host> BodyRoom<H> {
    /// For a body that is about to come.
    pub fn new(host: &H) -> Self {
        Self {
            host: host.clone(),
            taken: 0,
        }
    }

    /// Whether there is room for a body of so many bytes. To be asked as they come.
    pub fn holds(&mut self, bytes: usize) -> bool {
        let wanted = bytes.saturating_sub(FREE);
        if wanted <= self.taken {
            return true;
        }
        let more = (wanted - self.taken).next_multiple_of(STEP);
        let has_room = self.host.with_site(|site| site.take_room(more));
        if has_room {
            self.taken += more;
        }
        has_room
    }
}

impl<H: Host> Drop for BodyRoom<H> {
    fn drop(&mut self) {
        let taken = self.taken;
        if taken > 0 {
            self.host.with_site(|site| site.give_room_back(taken));
        }
    }
}
