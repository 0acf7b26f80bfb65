//! What every reader of an index needs, and a reader of one that is at hand.

use alloc::boxed::Box;
use core::fmt;
use core::ops::Range;

use sha1_checked::Digest as _;

use super::super::PackChecksum;
use super::{FIRST_OBJECT, ID, IndexEntry, IndexError, IndexSearch, LONG, MAGIC};
use crate::git::id::{ObjectId, plain_sha1};

/// Bytes of the two sums at the end.
const TRAILER: u64 = 40;
const CRC: u64 = 4;
const SHORT: u64 = 4;
const LONG_BYTES: u64 = 8;

/// The beginning of an index, from which follows where all else is. 1 KiB.
#[derive(Clone, PartialEq, Eq)]
pub struct IndexHead {
    /// How many ids begin with a byte or one that is less. Never decreasing.
    fanout: Box<[u32; 256]>,
    /// Offsets that are over 31 bits.
    long: u32,
}

impl IndexHead {
    /// Bytes of the beginning, which an index has at least.
    pub const BYTES: usize = 1032;

    /// Reads the first [`Self::BYTES`] bytes of an index of `length` bytes.
    pub fn parse(bytes: &[u8], length: u64) -> Result<Self, IndexError> {
        if bytes.len() != Self::BYTES {
            return Err(IndexError::Read { offset: 0 });
        }
        let table = bytes.strip_prefix(&MAGIC).ok_or(IndexError::Magic)?;
        let mut fanout = Box::new([0; 256]);
        for (count, bytes) in fanout.iter_mut().zip(table.as_chunks().0) {
            *count = u32::from_be_bytes(*bytes);
        }
        if !fanout.is_sorted() {
            return Err(IndexError::Fanout);
        }
        let mut head = Self { fanout, long: 0 };
        head.long = head.count_long(length)?;
        Ok(head)
    }

    /// Objects of the pack.
    pub const fn objects(&self) -> u32 {
        self.fanout[255]
    }

    /// The number of long offsets: at most one for each object.
    fn count_long(&self, length: u64) -> Result<u32, IndexError> {
        let objects = self.objects();
        let rest = length.checked_sub(self.long_offset(0).start + TRAILER);
        let rest = rest.filter(|rest| rest % LONG_BYTES == 0);
        let long = rest.and_then(|rest| u32::try_from(rest / LONG_BYTES).ok());
        let bytes = length;
        long.filter(|long| *long <= objects)
            .ok_or(IndexError::Length { objects, bytes })
    }

    /// The places of ids that begin with this byte.
    pub(super) fn places(&self, first: u8) -> Range<u32> {
        let before = first.checked_sub(1);
        let start = before.map_or(0, |before| self.fanout[usize::from(before)]);
        start..self.fanout[usize::from(first)]
    }

    // A file of 2^32 objects is far from overflow; places are checked where they come from outside.

    pub(super) fn ids(places: &Range<u32>) -> Range<u64> {
        let at = |place: u32| Self::BYTES as u64 + ID * u64::from(place);
        at(places.start)..at(places.end)
    }

    fn crc32(&self, place: u32) -> Range<u64> {
        let start = Self::ids(&(0..self.objects())).end + CRC * u64::from(place);
        start..start + CRC
    }

    pub(super) fn offset(&self, place: u32) -> Range<u64> {
        let start = self.crc32(self.objects()).start + SHORT * u64::from(place);
        start..start + SHORT
    }

    fn long_offset(&self, place: u32) -> Range<u64> {
        let start = self.offset(self.objects()).start + LONG_BYTES * u64::from(place);
        start..start + LONG_BYTES
    }

    /// The pack's checksum, and the index's own.
    fn trailer(&self) -> Range<u64> {
        let start = self.long_offset(self.long).start;
        start..start + TRAILER
    }

    /// What is read of an object's offset.
    pub(super) fn judge(&self, place: u32, bytes: [u8; 4]) -> Result<Offset, IndexError> {
        let short = u32::from_be_bytes(bytes);
        if short & LONG == 0 {
            return checked(place, short.into()).map(Offset::Known);
        }
        let long = short & !LONG;
        if long < self.long {
            Ok(Offset::At(self.long_offset(long)))
        } else {
            Err(IndexError::Offset { place })
        }
    }
}

/// The first half of what an index says where an object is.
pub(super) enum Offset {
    Known(u64),
    /// It is over 31 bits, and stands there.
    At(Range<u64>),
}

/// An object's offset, if it can be one.
pub(super) fn checked(place: u32, offset: u64) -> Result<u64, IndexError> {
    if offset >= FIRST_OBJECT && offset >> 63 == 0 {
        Ok(offset)
    } else {
        Err(IndexError::Offset { place })
    }
}

impl fmt::Debug for IndexHead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IndexHead")
            .field("objects", &self.objects())
            .finish_non_exhaustive()
    }
}

/// An index that is at hand as a whole.
#[derive(Debug, Clone)]
pub struct IndexFile<'a> {
    head: IndexHead,
    bytes: &'a [u8],
}

impl<'a> IndexFile<'a> {
    /// Takes an index's bytes, whose form it checks and whose content it does not: see
    /// [`Self::verify`].
    pub fn parse(bytes: &'a [u8]) -> Result<Self, IndexError> {
        let head = bytes.get(..IndexHead::BYTES).ok_or(IndexError::Magic)?;
        let head = IndexHead::parse(head, bytes.len() as u64)?;
        Ok(Self { head, bytes })
    }

    /// Objects of the pack.
    pub const fn objects(&self) -> u32 {
        self.head.objects()
    }

    /// The checksum of the pack that it is an index of.
    pub fn pack_checksum(&self) -> PackChecksum {
        let sums = self.part(&self.head.trailer());
        let pack = sums.first_chunk().copied().unwrap_or_default();
        PackChecksum::from_bytes(pack)
    }

    /// Where in the pack an object begins; none if the pack does not hold it.
    pub fn find(&self, id: &ObjectId) -> Result<Option<u64>, IndexError> {
        let mut search = IndexSearch::new(&self.head, *id);
        while let Some(range) = search.poll_read() {
            search.handle_read(self.part(&range))?;
        }
        Ok(search.offset())
    }

    /// All objects in the order of their ids.
    pub fn entries(&self) -> impl Iterator<Item = Result<IndexEntry, IndexError>> + use<'_, 'a> {
        (0..self.objects()).map(|place| self.entry(place))
    }

    /// Checks all that an index can be checked for without its pack: its sum, the order of its ids,
    /// the fanout and every offset. It takes time linear in its length.
    pub fn verify(&self) -> Result<(), IndexError> {
        let (summed, stated) = self.bytes.split_last_chunk::<20>().unzip();
        let mut sum = plain_sha1();
        sum.update(summed.unwrap_or_default());
        if stated.is_none_or(|stated| sum.finalize()[..] != *stated) {
            return Err(IndexError::Checksum);
        }
        let mut last = None;
        for (place, entry) in (0..).zip(self.entries()) {
            let id = entry?.id;
            if last.replace(id).is_some_and(|last| last > id) {
                return Err(IndexError::Order { id });
            }
            if !self.head.places(id.as_bytes()[0]).contains(&place) {
                return Err(IndexError::Fanout);
            }
        }
        Ok(())
    }

    fn entry(&self, place: u32) -> Result<IndexEntry, IndexError> {
        let id = self.array(&IndexHead::ids(&(place..place + 1)));
        let crc32 = self.array(&self.head.crc32(place));
        let offset = match self
            .head
            .judge(place, self.array(&self.head.offset(place)))?
        {
            Offset::Known(offset) => offset,
            Offset::At(range) => checked(place, u64::from_be_bytes(self.array(&range)))?,
        };
        Ok(IndexEntry {
            id: ObjectId::from_bytes(id),
            offset,
            crc32: u32::from_be_bytes(crc32),
        })
    }

    fn array<const N: usize>(&self, range: &Range<u64>) -> [u8; N] {
        let part = self.part(range).first_chunk();
        part.copied().unwrap_or([0; N])
    }

    /// A part of it, which is there: its length was checked.
    fn part(&self, range: &Range<u64>) -> &'a [u8] {
        let start = usize::try_from(range.start).ok();
        let end = usize::try_from(range.end).ok();
        let range = start.zip(end).map(|(start, end)| start..end);
        range
            .and_then(|range| self.bytes.get(range))
            .unwrap_or_default()
    }
}
