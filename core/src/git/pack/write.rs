//! Packs, written as their objects come (`gitformat-pack`).
//!
//! ```text
//!           ┌─ begin ──────► Deflating ─┐
//! Between ──┤                           ├─ end ─► Between ─► finish
//!           └─ begin_copy ─► Copying ───┘
//!                                            (any error) ─► Failed
//! ```
//!
//! Objects come in any order and each in full. The same calls make the same bytes on every machine,
//! however contents are cut.
//!
//! It refuses to make deltas and to copy them: an object is as good as its own bytes, wherever it
//! stands. It computes no ids: who writes an object knows its id, or has just computed it.

use alloc::vec::Vec;
use core::fmt;
use core::mem;

use sha1_checked::{Digest as _, Sha1};

use super::deflate::{Deflater, GaveUp};
use super::entry::put_head;
use super::{IndexEntry, PackChecksum};
use crate::archive::crc32::Crc32;
use crate::git::id::{ObjectId, ObjectKind, plain_sha1};

/// `PACK` and version 2; the number of objects follows.
const PREFIX: [u8; 8] = *b"PACK\0\0\0\x02";

/// The head of a pack of so many objects.
pub fn pack_head(objects: u32) -> [u8; 12] {
    let mut head = [0; 12];
    let (prefix, count) = head.split_at_mut(PREFIX.len());
    prefix.copy_from_slice(&PREFIX);
    count.copy_from_slice(&objects.to_be_bytes());
    head
}

/// Makes a pack, object by object, at the end of the caller's buffer.
///
/// It holds 200 bytes, and from the first object that is compressed on some 320 KiB, allocated once.
/// A call appends at most what its own bytes and 5 MiB of earlier ones, well compressed, come to. The
/// first error is given again ever after, and means that the pack must be thrown away.
pub struct PackWriter {
    state: State,
    deflater: Option<Deflater>,
    sum: Sha1,
    /// Bytes of the pack that were made.
    offset: u64,
    /// Objects that are still to come.
    left: u32,
}

enum State {
    Between,
    Deflating(Open),
    Copying(Open),
    Failed(PackWriteError),
}

/// An object that is under way.
struct Open {
    id: ObjectId,
    /// Where it begins.
    offset: u64,
    /// Of its bytes in the pack.
    crc32: Crc32,
    /// Bytes that are still to be taken.
    left: u64,
    /// Whether its first byte is here, of one that is copied.
    is_begun: bool,
}

impl PackWriter {
    /// Begins a pack of exactly `objects` objects.
    pub fn new(objects: u32, out: &mut Vec<u8>) -> Self {
        let mut writer = Self {
            state: State::Between,
            deflater: None,
            sum: plain_sha1(),
            offset: 0,
            left: objects,
        };
        let start = out.len();
        out.extend_from_slice(&pack_head(objects));
        writer.count(out, start);
        writer
    }

    /// Begins an object, whose `size` bytes of content follow.
    pub fn begin(
        &mut self,
        id: ObjectId,
        kind: ObjectKind,
        size: u64,
        out: &mut Vec<u8>,
    ) -> Result<(), PackWriteError> {
        let open = self.enter(id, size)?;
        match &mut self.deflater {
            Some(deflater) => deflater.restart(),
            None => self.deflater = Some(Deflater::new()),
        }
        self.state = State::Deflating(open);
        let start = out.len();
        put_head(kind, size, out);
        self.count(out, start);
        Ok(())
    }

    /// Begins an object that is copied as it stands in another pack, header and zlib stream:
    /// `length` bytes follow. Of these only the first is looked at; the CRC-32 that [`Self::end`]
    /// reports tells whether they are what the other pack's index says.
    pub fn begin_copy(&mut self, id: ObjectId, length: u64) -> Result<(), PackWriteError> {
        let open = self.enter(id, length)?;
        self.state = State::Copying(open);
        Ok(())
    }

    /// The next bytes of the object that was begun, cut in any way.
    pub fn content(&mut self, bytes: &[u8], out: &mut Vec<u8>) -> Result<(), PackWriteError> {
        let start = out.len();
        let result = self.take(bytes, out);
        self.count(out, start);
        result.map_err(|error| self.fail(error))
    }

    /// Ends the object, and tells what an index says of it.
    pub fn end(&mut self, out: &mut Vec<u8>) -> Result<IndexEntry, PackWriteError> {
        let start = out.len();
        let result = self.close(out);
        self.count(out, start);
        let () = result.map_err(|error| self.fail(error))?;
        match mem::replace(&mut self.state, State::Between) {
            State::Deflating(open) | State::Copying(open) => Ok(open.entry()),
            State::Between => Err(self.fail(PackWriteError::NotBegun)),
            State::Failed(error) => Err(self.fail(error)),
        }
    }

    /// Writes an object that is whole in memory.
    pub fn object(
        &mut self,
        id: ObjectId,
        kind: ObjectKind,
        content: &[u8],
        out: &mut Vec<u8>,
    ) -> Result<IndexEntry, PackWriteError> {
        self.begin(id, kind, content.len() as u64, out)?;
        self.content(content, out)?;
        self.end(out)
    }

    /// Bytes of the pack so far.
    pub const fn bytes(&self) -> u64 {
        self.offset
    }

    /// Ends the pack.
    pub fn finish(self, out: &mut Vec<u8>) -> Result<PackChecksum, PackWriteError> {
        match self.state {
            State::Failed(error) => return Err(error),
            State::Deflating(open) | State::Copying(open) => {
                return Err(PackWriteError::NotEnded(open.id));
            }
            State::Between if self.left > 0 => {
                return Err(PackWriteError::TooFew { left: self.left });
            }
            State::Between => {}
        }
        let sum = PackChecksum::from_bytes(self.sum.finalize().into());
        out.extend_from_slice(sum.as_bytes());
        Ok(sum)
    }

    fn enter(&mut self, id: ObjectId, left: u64) -> Result<Open, PackWriteError> {
        match &self.state {
            State::Failed(error) => return Err(*error),
            State::Deflating(open) | State::Copying(open) => {
                let error = PackWriteError::NotEnded(open.id);
                return Err(self.fail(error));
            }
            State::Between => {}
        }
        let Some(others) = self.left.checked_sub(1) else {
            return Err(self.fail(PackWriteError::TooMany(id)));
        };
        self.left = others;
        Ok(Open {
            id,
            offset: self.offset,
            crc32: Crc32::default(),
            left,
            is_begun: false,
        })
    }

    fn take(&mut self, bytes: &[u8], out: &mut Vec<u8>) -> Result<(), PackWriteError> {
        match &mut self.state {
            State::Between => Err(PackWriteError::NotBegun),
            State::Failed(error) => Err(*error),
            State::Copying(open) => {
                open.take(bytes)?;
                open.check_first(bytes)?;
                out.extend_from_slice(bytes);
                Ok(())
            }
            State::Deflating(open) => {
                open.take(bytes)?;
                let (id, deflater) = (open.id, self.deflater.as_mut());
                let pushed = deflater.map_or(Err(GaveUp), |deflater| deflater.push(bytes, out));
                pushed.map_err(|GaveUp| PackWriteError::Deflate(id))
            }
        }
    }

    fn close(&mut self, out: &mut Vec<u8>) -> Result<(), PackWriteError> {
        match &self.state {
            State::Between => Err(PackWriteError::NotBegun),
            State::Failed(error) => Err(*error),
            State::Copying(open) => open.check_end(),
            State::Deflating(open) => {
                open.check_end()?;
                let (id, deflater) = (open.id, self.deflater.as_mut());
                let ended = deflater.map_or(Err(GaveUp), |deflater| deflater.finish(out));
                ended.map_err(|GaveUp| PackWriteError::Deflate(id))
            }
        }
    }

    /// Sums up what was appended from `start` on.
    fn count(&mut self, out: &[u8], start: usize) {
        let made = out.get(start..).unwrap_or_default();
        self.sum.update(made);
        self.offset = self.offset.saturating_add(made.len() as u64);
        match &mut self.state {
            State::Deflating(open) | State::Copying(open) => open.crc32.update(made),
            State::Between | State::Failed(_) => {}
        }
    }

    const fn fail(&mut self, error: PackWriteError) -> PackWriteError {
        self.state = State::Failed(error);
        error
    }
}

impl Open {
    fn take(&mut self, bytes: &[u8]) -> Result<(), PackWriteError> {
        let left = self.left.checked_sub(bytes.len() as u64);
        self.left = left.ok_or(PackWriteError::TooLong(self.id))?;
        Ok(())
    }

    /// Whether what is copied begins as an object that is there in full.
    fn check_first(&mut self, bytes: &[u8]) -> Result<(), PackWriteError> {
        let Some(first) = bytes.first().filter(|_| !self.is_begun) else {
            return Ok(());
        };
        self.is_begun = true;
        match (first >> 4) & 7 {
            1..=4 => Ok(()),
            _ => Err(PackWriteError::NotWhole(self.id)),
        }
    }

    const fn check_end(&self) -> Result<(), PackWriteError> {
        let (id, left) = (self.id, self.left);
        match left {
            0 => Ok(()),
            _ => Err(PackWriteError::TooShort { id, left }),
        }
    }

    fn entry(&self) -> IndexEntry {
        IndexEntry {
            id: self.id,
            offset: self.offset,
            crc32: self.crc32.finish(),
        }
    }
}

impl fmt::Debug for PackWriter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut writer = f.debug_struct("PackWriter");
        writer.field("offset", &self.offset);
        writer.field("left", &self.left).finish_non_exhaustive()
    }
}

/// Why no pack is made. But for the last two it is the caller who did not do as announced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum PackWriteError {
    /// An object came after as many as were announced.
    TooMany(ObjectId),
    /// Fewer objects came than were announced.
    TooFew {
        /// Those that are missing.
        left: u32,
    },
    /// An object was to begin before this one has ended, or the pack to end.
    NotEnded(ObjectId),
    /// Content came, or an end, outside of any object.
    NotBegun,
    /// An object has more bytes than announced.
    TooLong(ObjectId),
    /// An object has fewer bytes than announced.
    TooShort {
        /// The object.
        id: ObjectId,
        /// Bytes that are missing.
        left: u64,
    },
    /// What is to be copied is a delta, or nothing that a pack can hold.
    NotWhole(ObjectId),
    /// The compressor gave up. No content is known to bring it there.
    Deflate(ObjectId),
}

impl fmt::Display for PackWriteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooMany(id) => write!(f, "{id} is one object more than the pack was to have"),
            Self::TooFew { left } => write!(f, "the pack was to have {left} objects more"),
            Self::NotEnded(id) => write!(f, "the object {id} has not ended"),
            Self::NotBegun => f.write_str("no object has begun"),
            Self::TooLong(id) => write!(f, "the object {id} is longer than announced"),
            Self::TooShort { id, left } => {
                write!(f, "the object {id} is {left} bytes shorter than announced")
            }
            Self::NotWhole(id) => write!(f, "what is copied as {id} is not an object in full"),
            Self::Deflate(id) => write!(f, "the compressor gave up at the object {id}"),
        }
    }
}

impl core::error::Error for PackWriteError {}

#[cfg(test)]
#[path = "write_tests.rs"]
mod tests;
