//! A pack that lies nowhere as a whole: its head and its tail are in memory, all between is a part
//! of another pack.
//!
//! ```text
//! this pack   [head 12][ trees and blobs ······· ][last entry][sum 20]
//! other pack  [head 12][ trees and blobs ······· ][entries … ][sum 20]
//!             0        12                  content_end
//! ```
//!
//! Objects stand at the same offsets in both. It sums nothing up: whoever derives the parts knows
//! the sum, and whoever reads the pack checks it.

use alloc::vec::Vec;
use core::ops::Range;

use crate::git::pack::{PackChecksum, pack_head};

/// Where the bytes of such a pack are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackLayout {
    head: [u8; 12],
    content_end: u64,
    tail: Vec<u8>,
    length: u64,
}

/// A part of the pack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PackPart<'a> {
    /// These bytes, at least one.
    Bytes(&'a [u8]),
    /// These bytes of the other pack, at least one. In this pack they are at the same place.
    Other(Range<u64>),
}

impl PackLayout {
    /// Takes the number of all objects, where in the other pack the shared ones end, the entry of
    /// the last object, and the pack's sum. There is none if the shared objects end before the first
    /// can begin, or no length can be counted.
    pub fn new(objects: u32, content_end: u64, last: &[u8], sum: PackChecksum) -> Option<Self> {
        let head = pack_head(objects);
        let tail = [last, sum.as_bytes()].concat();
        let length = content_end.checked_add(tail.len() as u64)?;
        (content_end >= head.len() as u64).then_some(Self {
            head,
            content_end,
            tail,
            length,
        })
    }

    /// Bytes of the pack.
    pub const fn length(&self) -> u64 {
        self.length
    }

    /// The parts that make up this range of the pack, in order: at most three. What of the range
    /// lies behind the pack's end is left out.
    pub fn parts(&self, range: Range<u64>) -> impl Iterator<Item = PackPart<'_>> {
        let start = self.head.len() as u64;
        let content = range.start.max(start)..range.end.min(self.content_end);
        let parts = [
            within(&self.head, 0, &range).map(PackPart::Bytes),
            (!content.is_empty()).then_some(PackPart::Other(content)),
            within(&self.tail, self.content_end, &range).map(PackPart::Bytes),
        ];
        parts.into_iter().flatten()
    }
}

/// What of `bytes`, which begin at `offset`, is in the range.
fn within<'a>(bytes: &'a [u8], offset: u64, range: &Range<u64>) -> Option<&'a [u8]> {
    let index = |at: u64| usize::try_from(at.saturating_sub(offset)).ok();
    let start = index(range.start)?;
    let end = index(range.end).unwrap_or(usize::MAX).min(bytes.len());
    bytes.get(start..end).filter(|part| !part.is_empty())
}

#[cfg(test)]
#[path = "layout_tests.rs"]
mod tests;
