//! Where the entries of a pack begin and end, from its index alone.

use alloc::vec::Vec;
use core::ops::Range;

use super::select::Chosen;
use super::{MergeError, PACK_HEAD, PACK_SUM};
use crate::git::pack::IndexEntry;

/// Where all entries of a pack begin. 8 bytes for each.
#[derive(Debug)]
pub(super) struct Layout {
    offsets: Vec<u64>,
    /// Where the pack's sum begins.
    end: u64,
}

impl Layout {
    /// Takes the pack's length in bytes.
    pub(super) const fn new(pack_length: u64) -> Self {
        Self {
            offsets: Vec::new(),
            end: pack_length.saturating_sub(PACK_SUM),
        }
    }

    pub(super) fn push(&mut self, offset: u64) {
        self.offsets.push(offset);
    }

    /// Sorts them; no two may be at one place, and none outside of the pack.
    pub(super) fn close(&mut self) -> Result<(), MergeError> {
        self.offsets.sort_unstable();
        let twice = self.offsets.array_windows().find(|[a, b]| a == b);
        let first = self.offsets.first().filter(|first| **first < PACK_HEAD);
        let last = self.offsets.last().filter(|last| **last >= self.end);
        match twice.map(|[offset, _]| offset).or(first).or(last) {
            None => Ok(()),
            Some(&offset) => Err(MergeError::Overlap { offset }),
        }
    }

    /// The bytes of the entry that begins there, once all are closed.
    pub(super) fn entry(&self, offset: u64) -> Range<u64> {
        let next = self.offsets.partition_point(|other| *other <= offset);
        offset..self.offsets.get(next).copied().unwrap_or(self.end)
    }
}

/// Makes out what is to be copied of one pack: sees its index again, entry by entry.
///
/// It takes 8 bytes for each entry, and 48 for each that was chosen.
#[derive(Debug)]
pub struct Gathering<'c> {
    chosen: &'c Chosen,
    layout: Layout,
    copies: Vec<Extent>,
    /// Entries seen.
    seen: u32,
}

impl<'c> Gathering<'c> {
    /// Begins with what was chosen of a pack of that length in bytes.
    pub const fn new(chosen: &'c Chosen, pack_length: u64) -> Self {
        Self {
            chosen,
            layout: Layout::new(pack_length),
            copies: Vec::new(),
            seen: 0,
        }
    }

    /// Takes the next entry of the index, in the order of the [`Picking`](super::Picking).
    pub fn handle_entry(&mut self, entry: IndexEntry) {
        self.layout.push(entry.offset);
        if self.chosen.has(self.seen) {
            let end = entry.offset;
            self.copies.push(Extent { entry, end });
        }
        self.seen = self.seen.saturating_add(1);
    }

    /// What is to be copied; an error if the index cannot be the one that was seen before.
    pub fn finish(mut self) -> Result<Copies, MergeError> {
        self.layout.close()?;
        for copy in &mut self.copies {
            copy.end = self.layout.entry(copy.entry.offset).end;
        }
        self.copies.sort_unstable_by_key(|copy| copy.entry.offset);
        let copies = Copies(self.copies);
        if self.seen == self.chosen.entries() && copies.bytes() == self.chosen.bytes() {
            Ok(copies)
        } else {
            Err(MergeError::OtherIndex)
        }
    }
}

/// What is to be copied of one pack, in the order of its bytes.
#[derive(Debug, Default)]
pub struct Copies(pub(super) Vec<Extent>);

/// An entry that is copied.
#[derive(Debug, Clone)]
pub(super) struct Extent {
    pub(super) entry: IndexEntry,
    /// Where it ends.
    pub(super) end: u64,
}

impl Copies {
    /// Bytes of all entries.
    fn bytes(&self) -> u64 {
        let lengths = self.0.iter().map(|copy| copy.end - copy.entry.offset);
        lengths.fold(0, u64::saturating_add)
    }
}
