//! One object, looked for in an index that lies in a file.
//!
//! ```text
//! Ids ─┬─► Short ─┬─► Found
//!  ▲ │ │          └─► Long ─► Found
//!  └─┘ └─► Absent
//! ```

use core::cmp::Ordering;
use core::ops::Range;

use super::read::{Offset, checked};
use super::{IndexError, IndexHead};
use crate::git::id::ObjectId;

/// Most ids that are read at once: somewhat less than 4 KiB.
const IDS: u32 = 204;

/// Looks for one object.
///
/// Below 50,000 objects, as a rule, it takes one read of up to 4080 bytes and one of 4; each doubling
/// takes one of 4080 more. An offset of over 2 GiB takes one of 8.
#[derive(Debug, Clone)]
pub struct IndexSearch<'h> {
    head: &'h IndexHead,
    id: ObjectId,
    state: State,
}

#[derive(Debug, Clone)]
enum State {
    /// It is at one of these places, or nowhere; the second range is what is read of them.
    Ids(Range<u32>, Range<u32>),
    Short(u32),
    Long(u32, Range<u64>),
    Found(u64),
    Absent,
}

impl<'h> IndexSearch<'h> {
    /// Begins to look for an object.
    pub fn new(head: &'h IndexHead, id: ObjectId) -> Self {
        let state = State::ids(head.places(id.as_bytes()[0]));
        Self { head, id, state }
    }

    /// What to read of the index, in bytes from its start; none when the search has ended.
    pub fn poll_read(&self) -> Option<Range<u64>> {
        match &self.state {
            State::Ids(_, middle) => Some(IndexHead::ids(middle)),
            State::Short(place) => Some(self.head.offset(*place)),
            State::Long(_, range) => Some(range.clone()),
            State::Found(_) | State::Absent => None,
        }
    }

    /// Takes what was read at the range of [`Self::poll_read`], all of it. After an error it goes on
    /// from where it was.
    pub fn handle_read(&mut self, bytes: &[u8]) -> Result<(), IndexError> {
        let Some(range) = self.poll_read() else {
            return Ok(());
        };
        if bytes.len() as u64 != range.end - range.start {
            let offset = range.start;
            return Err(IndexError::Read { offset });
        }
        let cut = IndexError::Read {
            offset: range.start,
        };
        self.state = match &self.state {
            State::Ids(places, middle) => self.narrow(places, middle, bytes),
            State::Short(place) => {
                let bytes = bytes.first_chunk().ok_or(cut)?;
                match self.head.judge(*place, *bytes)? {
                    Offset::Known(offset) => State::Found(offset),
                    Offset::At(range) => State::Long(*place, range),
                }
            }
            State::Long(place, _) => {
                let bytes = bytes.first_chunk().ok_or(cut)?;
                State::Found(checked(*place, u64::from_be_bytes(*bytes))?)
            }
            State::Found(_) | State::Absent => return Ok(()),
        };
        Ok(())
    }

    /// Where in the pack the object begins, when [`Self::poll_read`] has nothing more to name; none
    /// if the pack does not hold it.
    pub const fn offset(&self) -> Option<u64> {
        match self.state {
            State::Found(offset) => Some(offset),
            State::Ids(..) | State::Short(_) | State::Long(..) | State::Absent => None,
        }
    }

    /// Goes by the ids in the middle. What is left gets shorter each time, in whatever order they are.
    fn narrow(&self, places: &Range<u32>, middle: &Range<u32>, bytes: &[u8]) -> State {
        let (ids, _) = bytes.as_chunks::<{ ObjectId::BYTES }>();
        let wanted = self.id.as_bytes();
        let beside = |id: Option<&[u8; 20]>| id.map_or(Ordering::Equal, |id| wanted.cmp(id));
        if beside(ids.first()).is_lt() {
            return State::ids(places.start..middle.start);
        }
        if beside(ids.last()).is_gt() {
            return State::ids(middle.end..places.end);
        }
        let found = ids.binary_search(wanted).ok();
        let found = found.and_then(|at| u32::try_from(at).ok());
        found.map_or(State::Absent, |at| State::Short(middle.start + at))
    }
}

impl State {
    fn ids(places: Range<u32>) -> Self {
        let length = places.end.saturating_sub(places.start);
        if length == 0 {
            return Self::Absent;
        }
        let start = places.start + length.saturating_sub(IDS) / 2;
        let middle = start..start + length.min(IDS);
        Self::Ids(places, middle)
    }
}
