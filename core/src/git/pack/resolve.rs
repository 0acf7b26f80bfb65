//! The second pass: deltas are applied, and what they make gets its id.
//!
//! Depth first: a base is followed by all that is made from it, so that it is at hand while it is
//! needed, and only the bases above it are worth keeping. A cycle of deltas is never begun, for none
//! of its objects is made from one that is there in full.

use alloc::vec::Vec;
use core::fmt;
use core::ops::Range;

use super::entry::NO_BASE;
use super::unpack::{Budget, Step, Unpacker, Whole};
use super::{PackError, PackIndex, Scanned};
use crate::git::id::ObjectId;

/// Bytes inflated, made and hashed in one call, about: some 5 ms.
const CALL: usize = 1 << 20;
/// What it costs to look at an entry, in bytes of [`CALL`].
const LOOK: usize = 32;

/// Resolves the deltas of a pack.
///
/// It holds pages of the pack (2 MiB), bases ([`PackLimits`](super::PackLimits)), a base, a delta
/// and a result, and 8 bytes for each delta. To make one takes time that grows with the number of
/// objects, some 100 ms for a million.
pub struct Resolver {
    scanned: Scanned,
    /// Deltas to a base by place, as base and delta; in order.
    by_base: Vec<(u32, u32)>,
    /// The bases on the way down, each with what is still to be made from it.
    frames: Vec<Frame>,
    /// The first entry that was not looked at as the bottom of a chain.
    next: usize,
    /// Deltas that are not resolved.
    unresolved: u32,
    unpacker: Unpacker,
    /// Where to read.
    wanted: Option<u64>,
}

struct Frame {
    index: u32,
    /// In `by_base`.
    bases: Range<usize>,
    /// In `refs`, once the other range is used up.
    refs: Option<Range<usize>>,
}

enum Found {
    Delta(u32),
    Spent,
    None,
}

impl Resolver {
    /// Starts with what the first pass has found.
    pub fn new(mut scanned: Scanned) -> Self {
        let unresolved = scanned.deltas();
        scanned.refs.sort_unstable();
        Self {
            by_base: by_base(&scanned),
            frames: Vec::new(),
            next: 0,
            unresolved,
            unpacker: Unpacker::new(scanned.limits),
            wanted: (unresolved > 0).then_some(0),
            scanned,
        }
    }

    /// Where in the pack to read, in bytes from its start: up to [`READ_BYTES`](super::READ_BYTES),
    /// fewer at the pack's end. None once there is nothing more to do.
    ///
    /// The same place may be named again, where a call has ended for the sake of others.
    pub const fn poll_read(&self) -> Option<u64> {
        self.wanted
    }

    /// Deltas that are still to be resolved, for telling progress.
    pub const fn unresolved(&self) -> u32 {
        self.unresolved
    }

    /// Takes what was read at the place of [`Self::poll_read`], at least one byte, and goes on for
    /// about 1 MiB of work. After an error it is spent.
    pub fn handle_read(&mut self, bytes: &[u8]) -> Result<(), PackError> {
        let Some(offset) = self.wanted.take() else {
            return Ok(());
        };
        if bytes.is_empty() {
            return Err(PackError::Truncated { offset });
        }
        self.unpacker.pages.insert(offset, bytes);
        let place = self.go_on(&mut Budget(CALL))?;
        self.wanted = place.map(|place| self.unpacker.pages.place(place));
        Ok(())
    }

    /// To be called when [`Self::poll_read`] has nothing more to name: the index, or the first delta
    /// without a base.
    pub fn finish(self) -> Result<PackIndex, PackError> {
        if self.unresolved == 0 {
            return Ok(PackIndex::new(self.scanned.entries));
        }
        // Each delta that is not resolved hangs on one to a base by id, unless the work was broken
        // off.
        let is_open =
            |&&(_, index): &&(ObjectId, u32)| self.scanned.entries[index as usize].kind.is_none();
        let open = self.scanned.refs.iter().filter(is_open);
        match open.min_by_key(|&&(_, index)| index) {
            Some(&(base, index)) => Err(PackError::MissingBase {
                offset: self.scanned.entries[index as usize].offset,
                base,
            }),
            None => Err(PackError::Truncated { offset: 0 }),
        }
    }

    /// Gives the place of the pack where it goes on.
    fn go_on(&mut self, budget: &mut Budget) -> Result<Option<u64>, PackError> {
        loop {
            if self.unpacker.is_idle() {
                match self.next_delta(budget)? {
                    Found::Delta(index) => self.unpacker.start(&self.scanned.entries, index)?,
                    Found::Spent => return Ok(Some(0)),
                    Found::None => return Ok(None),
                }
            }
            match self.unpacker.step(&self.scanned.entries, budget)? {
                Step::Read(place) => return Ok(Some(place)),
                Step::Spent => return Ok(Some(self.unpacker.place(&self.scanned.entries))),
                Step::Whole(whole) => self.settle(whole)?,
            }
        }
    }

    /// The next delta whose base is resolved.
    fn next_delta(&mut self, budget: &mut Budget) -> Result<Found, PackError> {
        while self.unresolved > 0 {
            if budget.is_spent() {
                return Ok(Found::Spent);
            }
            budget.spend(LOOK);
            match self.frames.last_mut() {
                Some(frame) => match frame.next(&self.by_base, &self.scanned) {
                    Some(index) => {
                        self.scanned.entries[index as usize].base = frame.index;
                        return Ok(Found::Delta(index));
                    }
                    None => self.close_frame(),
                },
                None if self.next < self.scanned.entries.len() => self.open_bottom()?,
                None => break,
            }
        }
        Ok(Found::None)
    }

    fn open_bottom(&mut self) -> Result<(), PackError> {
        let index = self.next;
        self.next += 1;
        let entry = &self.scanned.entries[index];
        match u32::try_from(index) {
            Ok(index) if entry.kind.is_some() && entry.base == NO_BASE => {
                self.open_frame(index).map(drop)
            }
            Ok(_) | Err(_) => Ok(()),
        }
    }

    /// Goes down to an entry, if something is made from it.
    fn open_frame(&mut self, index: u32) -> Result<bool, PackError> {
        let frame = Frame::new(index, &self.by_base);
        let entry = &self.scanned.entries[index as usize];
        let is_base = !frame.bases.is_empty() || !open_refs(&self.scanned, entry.id).is_empty();
        if is_base {
            let most = self.scanned.limits.chain;
            if self.frames.len() as u64 >= u64::from(most) {
                return Err(PackError::limit("chain", most.into()));
            }
            self.scanned.entries[index as usize].is_base = true;
            self.frames.push(frame);
        }
        Ok(is_base)
    }

    /// All that is made from an entry has been made.
    fn close_frame(&mut self) {
        if let Some(frame) = self.frames.pop() {
            self.unpacker.cache.take(frame.index);
        }
    }

    /// A delta is resolved.
    fn settle(&mut self, whole: Whole) -> Result<(), PackError> {
        let size = whole.content.len() as u64;
        self.scanned.count_inflated(size)?;
        self.unresolved -= 1;
        let entries = &mut self.scanned.entries;
        let base = entries[whole.index as usize].base;
        let kind = entries[base as usize].kind;
        let entry = &mut entries[whole.index as usize];
        (entry.kind, entry.size) = (kind, size);
        entry.id = whole.id.unwrap_or(entry.id);
        if self.open_frame(whole.index)? {
            self.unpacker.cache.insert(whole.index, whole.content);
        }
        Ok(())
    }
}

impl Frame {
    fn new(index: u32, by_base: &[(u32, u32)]) -> Self {
        let start = by_base.partition_point(|&(base, _)| base < index);
        let rest = by_base.get(start..).unwrap_or_default();
        let length = rest.partition_point(|&(base, _)| base == index);
        Self {
            index,
            bases: start..start + length,
            refs: None,
        }
    }

    /// What is made next from the entry.
    fn next(&mut self, by_base: &[(u32, u32)], scanned: &Scanned) -> Option<u32> {
        if let Some(next) = self.bases.next() {
            return by_base.get(next).map(|&(_, index)| index);
        }
        let id = scanned.entries[self.index as usize].id;
        let refs = self.refs.get_or_insert_with(|| open_refs(scanned, id));
        let next = scanned.refs.get(refs.next()?);
        next.map(|&(_, index)| index)
    }
}

/// The deltas to a base of this id. If the pack has the base more than once, the first one to be
/// asked gets them all.
fn open_refs(scanned: &Scanned, id: ObjectId) -> Range<usize> {
    let start = scanned.refs.partition_point(|&(base, _)| base < id);
    let rest = scanned.refs.get(start..).unwrap_or_default();
    let length = rest.partition_point(|&(base, _)| base == id);
    let is_open = |&(_, index): &(ObjectId, u32)| scanned.entries[index as usize].kind.is_none();
    if rest.first().is_some_and(is_open) {
        start..start + length
    } else {
        0..0
    }
}

fn by_base(scanned: &Scanned) -> Vec<(u32, u32)> {
    let deltas = scanned.deltas() as usize - scanned.refs.len();
    let mut by_base = Vec::with_capacity(deltas);
    let entries = (0..).zip(&scanned.entries);
    let deltas = entries.filter(|(_, entry)| entry.base != NO_BASE);
    by_base.extend(deltas.map(|(index, entry)| (entry.base, index)));
    by_base.sort_unstable();
    by_base
}

impl fmt::Debug for Resolver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut resolver = f.debug_struct("Resolver");
        resolver.field("unresolved", &self.unresolved);
        resolver
            .field("wanted", &self.wanted)
            .finish_non_exhaustive()
    }
}
