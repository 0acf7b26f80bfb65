//! The new pack, made as parts of the others are read.

use alloc::vec::Vec;
use core::fmt;
use core::ops::Range;

use super::layout::{Copies, Extent};
use super::{MergeError, PACK_SUM, Selection};
use crate::git::pack::{PackChecksum, PackWriter, READ_BYTES};

/// Copies objects to a pack, at the end of the caller's buffer.
///
/// It holds the [`Copies`] of one pack. An error means that what was appended must be thrown away,
/// the call's and all before it: an object's bytes are handed out before its CRC-32 is known.
pub struct MergedPack {
    writer: PackWriter,
    /// Bytes that the whole pack is to have.
    length: u64,
    copies: Copies,
    /// The place of the copy that is under way, or comes next.
    next: usize,
    /// How far the pack that is copied from was read.
    at: u64,
}

impl MergedPack {
    /// Begins the pack of what was selected: appends its header.
    pub fn new(selection: &Selection, out: &mut Vec<u8>) -> Self {
        Self {
            writer: PackWriter::new(selection.objects(), out),
            length: selection.pack_length(),
            copies: Copies::default(),
            next: 0,
            at: 0,
        }
    }

    /// Goes on with the next pack. Called before [`Self::poll_read`] has nothing more to name, it
    /// makes the pack end with an error.
    pub fn begin(&mut self, copies: Copies) {
        (self.copies, self.next, self.at) = (copies, 0, 0);
    }

    /// What to read of the pack that is copied from, in bytes from its start, at most
    /// [`READ_BYTES`]; none when all of it is copied. One read is for as many objects as lie in it,
    /// and what is between them is passed over.
    pub fn poll_read(&self) -> Option<Range<u64>> {
        let rest = self.copies.0.get(self.next..)?;
        let start = rest.first()?.entry.offset.max(self.at);
        let most = start.saturating_add(READ_BYTES as u64);
        let within = rest.iter().take_while(|copy| copy.entry.offset < most);
        let end = within.last().map_or(start, |copy| copy.end);
        Some(start..end.min(most))
    }

    /// Takes what was read from the start of [`Self::poll_read`]'s range on, fewer bytes than that
    /// too, and appends what of it belongs to the pack: at most as many.
    pub fn handle_read(&mut self, mut bytes: &[u8], out: &mut Vec<u8>) -> Result<(), MergeError> {
        let Some(range) = self.poll_read() else {
            return Ok(());
        };
        self.at = range.start;
        while let Some(copy) = self.copies.0.get(self.next).filter(|_| !bytes.is_empty()) {
            let copy = copy.clone();
            let skipped = split(&mut bytes, copy.entry.offset.saturating_sub(self.at));
            self.at += skipped.len() as u64;
            let taken = split(&mut bytes, copy.end - self.at);
            self.copy(&copy, taken, out)?;
        }
        Ok(())
    }

    /// Takes bytes of an object; none of one that is not reached yet.
    fn copy(&mut self, copy: &Extent, bytes: &[u8], out: &mut Vec<u8>) -> Result<(), MergeError> {
        if bytes.is_empty() {
            return Ok(());
        }
        let entry = &copy.entry;
        if self.at == entry.offset {
            self.writer.begin_copy(entry.id, copy.end - entry.offset)?;
        }
        self.writer.content(bytes, out)?;
        self.at += bytes.len() as u64;
        if self.at < copy.end {
            return Ok(());
        }
        self.next += 1;
        if self.writer.end(out)?.crc32 == entry.crc32 {
            Ok(())
        } else {
            Err(MergeError::Damaged(entry.id))
        }
    }

    /// Bytes of the pack so far.
    pub const fn bytes(&self) -> u64 {
        self.writer.bytes()
    }

    /// Ends the pack: appends its sum.
    pub fn finish(self, out: &mut Vec<u8>) -> Result<PackChecksum, MergeError> {
        let is_whole = self.bytes().checked_add(PACK_SUM) == Some(self.length);
        let sum = self.writer.finish(out)?;
        if is_whole {
            Ok(sum)
        } else {
            Err(MergeError::OtherIndex)
        }
    }
}

/// Takes at most so many bytes off the front.
fn split<'b>(bytes: &mut &'b [u8], most: u64) -> &'b [u8] {
    let at = usize::try_from(most).map_or(bytes.len(), |most| most.min(bytes.len()));
    let (taken, rest) = bytes.split_at(at);
    *bytes = rest;
    taken
}

impl fmt::Debug for MergedPack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MergedPack")
            .field("writer", &self.writer)
            .field("left", &self.copies.0.len().saturating_sub(self.next))
            .finish_non_exhaustive()
    }
}
