//! The content of objects, by id.
//!
//! ```text
//! Idle ─open─┬─► Streaming ──────────┬─► Idle
//!            └─► Unpacking ─► Giving ┘
//! ```

use alloc::vec::Vec;
use core::fmt;
use core::mem;

use super::entry::NO_BASE;
use super::inflate::{Ending, Ring};
use super::pages::PAGE;
use super::unpack::{Budget, Step, Unpacker};
use super::{PackError, PackIndex, PackLimits};
use crate::git::id::{ObjectId, ObjectKind};

/// Bytes given in one call, about; what is made for them may be four times as much.
const CALL: usize = 256 << 10;
/// Longest base that is kept when it is asked for, for the deltas that build on it.
const KEPT: u64 = 1 << 20;

/// Gives the content of one object after another.
///
/// ```text
/// open ─► work ─► while poll_read names a place: read, handle_read
/// ```
///
/// It holds pages of the pack (2 MiB), bases ([`PackLimits`]), and, for an object that is a delta, a
/// base, a delta and a result. All of it is kept from one object to the next. The contents are those
/// whose ids were computed when the pack was read; they are not hashed again.
pub struct Extractor<'a> {
    index: &'a PackIndex,
    unpacker: Unpacker,
    ring: Ring,
    state: State,
    /// Where to read.
    wanted: Option<u64>,
}

enum State {
    Idle,
    /// The object passes by.
    Streaming {
        entry: u32,
        at: u64,
        left: u64,
    },
    /// The object is made whole.
    Unpacking,
    /// The object is whole, and handed out from `at` on.
    Giving {
        entry: u32,
        content: Vec<u8>,
        at: usize,
    },
}

impl<'a> Extractor<'a> {
    /// Makes one for a pack.
    pub fn new(index: &'a PackIndex, limits: PackLimits) -> Self {
        Self {
            index,
            unpacker: Unpacker::new(limits),
            ring: Ring::new(),
            state: State::Idle,
            wanted: None,
        }
    }

    /// Turns to an object, and leaves any other as it is; gives its kind and its length in bytes.
    pub fn open(&mut self, id: &ObjectId) -> Result<(ObjectKind, u64), PackError> {
        (self.state, self.wanted) = (State::Idle, None);
        let unknown = PackError::Unknown(*id);
        let found = self.index.find(id).ok_or(unknown)?;
        let entry = &self.index.entries()[found as usize];
        let kind = entry.kind.ok_or(unknown)?;
        let streams = entry.base == NO_BASE && !(entry.is_base && entry.size <= KEPT);
        self.state = if streams {
            self.unpacker.inflater.restart();
            self.ring.restart();
            State::Streaming {
                entry: found,
                at: entry.stream(),
                left: entry.size,
            }
        } else {
            self.unpacker.start(self.index.entries(), found)?;
            State::Unpacking
        };
        self.wanted = Some(self.unpacker.pages.place(entry.offset));
        Ok((kind, entry.size))
    }

    /// Counts [`PackLimits::work_bytes`] anew, as for the next tag of a repository.
    pub const fn restore_work(&mut self) {
        self.unpacker.restore_work();
    }

    /// Where in the pack to read, in bytes from its start: up to [`READ_BYTES`](super::READ_BYTES),
    /// fewer at the pack's end. None once the object was given in full.
    ///
    /// The same place may be named again, where a call has ended for the sake of others.
    pub const fn poll_read(&self) -> Option<u64> {
        self.wanted
    }

    /// Gives as much of the object as can be had without reading. It may be left out; it saves
    /// reads.
    pub fn work(&mut self, sink: &mut impl FnMut(&[u8])) -> Result<(), PackError> {
        let place = self.go_on(&mut Budget(CALL), sink)?;
        self.wanted = place.map(|place| self.unpacker.pages.place(place));
        Ok(())
    }

    /// Takes what was read at the place of [`Self::poll_read`], at least one byte, and calls `sink`
    /// with the next runs of the object's content, each of at most 64 KiB and never empty, together
    /// about 256 KiB. After an error, another object may be opened.
    pub fn handle_read(
        &mut self,
        bytes: &[u8],
        sink: &mut impl FnMut(&[u8]),
    ) -> Result<(), PackError> {
        let Some(offset) = self.wanted.take() else {
            return Ok(());
        };
        if bytes.is_empty() {
            return Err(PackError::Truncated { offset });
        }
        self.unpacker.pages.insert(offset, bytes);
        self.work(sink)
    }

    /// Gives the place of the pack where it goes on.
    fn go_on(
        &mut self,
        budget: &mut Budget,
        sink: &mut impl FnMut(&[u8]),
    ) -> Result<Option<u64>, PackError> {
        loop {
            match &mut self.state {
                State::Idle => return Ok(None),
                State::Streaming { at, .. } if budget.is_spent() => return Ok(Some(*at)),
                State::Streaming { .. } => {
                    if let Some(place) = self.stream(budget, sink)? {
                        return Ok(Some(place));
                    }
                }
                State::Unpacking => match self.unpacker.step(self.index.entries(), budget)? {
                    Step::Read(place) => return Ok(Some(place)),
                    Step::Spent => return Ok(Some(self.unpacker.place(self.index.entries()))),
                    Step::Whole(whole) => {
                        self.state = State::Giving {
                            entry: whole.index,
                            content: whole.content,
                            at: 0,
                        };
                    }
                },
                State::Giving { entry, .. } if budget.is_spent() => {
                    return Ok(Some(self.index.entries()[*entry as usize].offset));
                }
                State::Giving { .. } => self.give(budget, sink),
            }
        }
    }

    /// Inflates some; gives the place of the pack that is needed for more.
    fn stream(
        &mut self,
        budget: &mut Budget,
        sink: &mut impl FnMut(&[u8]),
    ) -> Result<Option<u64>, PackError> {
        let State::Streaming { entry, at, left } = &mut self.state else {
            return Ok(None);
        };
        let offset = self.index.entries()[*entry as usize].offset;
        let Some(input) = self.unpacker.pages.from(*at) else {
            return Ok(Some(*at));
        };
        let run = self.unpacker.inflater.run(input, &mut self.ring);
        let (ending, used, output) = run.map_err(|_| PackError::Zlib { offset })?;
        *at += used as u64;
        budget.spend(output.len().max(2 * used));
        let rest = left.checked_sub(output.len() as u64);
        *left = rest.ok_or(PackError::Size { offset })?;
        if !output.is_empty() {
            sink(output);
        }
        match (ending, *left) {
            (Ending::Done, 0) => self.state = State::Idle,
            (Ending::Done, _) => return Err(PackError::Size { offset }),
            (Ending::MoreOutput | Ending::MoreInput, _) => {}
        }
        Ok(None)
    }

    fn give(&mut self, budget: &mut Budget, sink: &mut impl FnMut(&[u8])) {
        let State::Giving { entry, content, at } = &mut self.state else {
            return;
        };
        let rest = content.get(*at..).unwrap_or_default();
        let run = rest.get(..PAGE).unwrap_or(rest);
        if !run.is_empty() {
            *at += run.len();
            budget.spend(run.len());
            return sink(run);
        }
        if self.index.entries()[*entry as usize].is_base {
            self.unpacker.cache.insert(*entry, mem::take(content));
        }
        self.state = State::Idle;
    }
}

impl fmt::Debug for Extractor<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut extractor = f.debug_struct("Extractor");
        extractor
            .field("wanted", &self.wanted)
            .finish_non_exhaustive()
    }
}
