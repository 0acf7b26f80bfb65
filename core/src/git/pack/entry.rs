//! Objects as a pack tells them: a header, then a zlib stream.

use alloc::vec::Vec;

use crate::git::id::{ObjectId, ObjectKind};

/// Stands for "no base" in [`Entry::base`]; a pack has fewer objects.
pub(super) const NO_BASE: u32 = u32::MAX;

/// What is kept of an object. There are many: 48 bytes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry {
    /// Where it begins in the pack.
    pub(super) offset: u64,
    /// Bytes of the object; of an unresolved delta, those of the delta.
    pub(super) size: u64,
    /// Its id; means nothing as long as a delta is unresolved.
    pub(super) id: ObjectId,
    /// Of a delta, the entry of its base, as soon as that is known.
    pub(super) base: u32,
    /// Bytes of the delta, inflated. Deltas are capped, objects may be longer.
    pub(super) delta_size: u32,
    /// Bytes from its beginning to its zlib stream.
    pub(super) header: u8,
    /// None as long as a delta is unresolved.
    pub(super) kind: Option<ObjectKind>,
    /// Whether deltas build on it.
    pub(super) is_base: bool,
}

const _: () = assert!(
    size_of::<Entry>() == 48,
    "it is what the documentation says"
);

impl Entry {
    /// An entry of which no more is known yet.
    pub(super) fn new(offset: u64, header: u8, size: u64) -> Self {
        Self {
            offset,
            size,
            id: ObjectId::from_bytes([0; ObjectId::BYTES]),
            base: NO_BASE,
            // Longer deltas are refused.
            delta_size: u32::try_from(size).unwrap_or(u32::MAX),
            header,
            kind: None,
            is_base: false,
        }
    }

    /// Where its zlib stream begins.
    pub(super) const fn stream(&self) -> u64 {
        self.offset + self.header as u64
    }

    /// Bytes that its zlib stream inflates to.
    pub(super) const fn stream_size(&self) -> u64 {
        match (self.kind, self.base) {
            (Some(_), NO_BASE) => self.size,
            _ => self.delta_size as u64,
        }
    }
}

/// An object's header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) form: Form,
    /// Bytes that the zlib stream inflates to, as stated.
    pub(super) size: u64,
}

/// How an object is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// In full.
    Full(ObjectKind),
    /// As a delta to the object that begins so many bytes before.
    OffsetDelta(u64),
    /// As a delta to the object of this id.
    RefDelta(ObjectId),
}

/// Reads one header.
#[derive(Debug, Clone, Copy)]
pub(super) enum HeadReader {
    /// Nothing came yet.
    Start,
    /// More of the size follows, from this bit on.
    Size { kind: u8, size: u64, shift: u32 },
    /// More of the distance follows, if there was any.
    Distance { size: u64, distance: Option<u64> },
    /// More of the id follows.
    Base { size: u64, id: [u8; 20], got: usize },
}

/// A header that makes no sense.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct BadHead;

const OFFSET_DELTA: u8 = 6;
const REF_DELTA: u8 = 7;

impl HeadReader {
    /// Takes the next byte; gives the header with its last one.
    pub(super) fn handle_byte(&mut self, byte: u8) -> Result<Option<Head>, BadHead> {
        let more = byte & 0x80 != 0;
        match *self {
            Self::Start => self.sized((byte >> 4) & 7, u64::from(byte & 0x0f), 4, more),
            Self::Size { kind, size, shift } => {
                let bits = u64::from(byte & 0x7f);
                let fits = shift < u64::BITS && (bits << shift) >> shift == bits;
                let size = fits.then(|| size | (bits << shift)).ok_or(BadHead)?;
                self.sized(kind, size, shift + 7, more)
            }
            Self::Distance { size, distance } => self.distant(size, distance, byte),
            Self::Base { size, mut id, got } => {
                if let Some(place) = id.get_mut(got) {
                    *place = byte;
                }
                let got = got + 1;
                *self = Self::Base { size, id, got };
                let form = Form::RefDelta(ObjectId::from_bytes(id));
                Ok((got == id.len()).then_some(Head { form, size }))
            }
        }
    }

    fn sized(
        &mut self,
        kind: u8,
        size: u64,
        shift: u32,
        more: bool,
    ) -> Result<Option<Head>, BadHead> {
        let full = |kind| {
            let form = Form::Full(kind);
            Ok(Some(Head { form, size }))
        };
        if more {
            *self = Self::Size { kind, size, shift };
            return Ok(None);
        }
        match kind {
            1 => return full(ObjectKind::Commit),
            2 => return full(ObjectKind::Tree),
            3 => return full(ObjectKind::Blob),
            4 => return full(ObjectKind::Tag),
            OFFSET_DELTA => {
                let distance = None;
                *self = Self::Distance { size, distance };
            }
            REF_DELTA => {
                let (id, got) = ([0; 20], 0);
                *self = Self::Base { size, id, got };
            }
            _ => return Err(BadHead),
        }
        Ok(None)
    }

    /// Seven bits a byte, the highest first, and one more for each byte that goes before.
    fn distant(
        &mut self,
        size: u64,
        so_far: Option<u64>,
        byte: u8,
    ) -> Result<Option<Head>, BadHead> {
        let high = match so_far {
            Some(high) => high.checked_add(1).ok_or(BadHead)?,
            None => 0,
        };
        let high = high.checked_mul(0x80).ok_or(BadHead)?;
        let distance = high | u64::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            let form = Form::OffsetDelta(distance);
            return Ok(Some(Head { form, size }));
        }
        let distance = Some(distance);
        *self = Self::Distance { size, distance };
        Ok(None)
    }
}

/// Writes the header of an object that is there in full: kind and size, seven bits a byte but for
/// the first, which has four, the lowest first.
pub(super) fn put_head(kind: ObjectKind, size: u64, out: &mut Vec<u8>) {
    let kind = match kind {
        ObjectKind::Commit => 1,
        ObjectKind::Tree => 2,
        ObjectKind::Blob => 3,
        ObjectKind::Tag => 4,
    };
    let [low, ..] = size.to_le_bytes();
    let (mut byte, mut rest) = ((kind << 4) | (low & 0x0f), size >> 4);
    while rest > 0 {
        out.push(byte | 0x80);
        let [low, ..] = rest.to_le_bytes();
        (byte, rest) = (low & 0x7f, rest >> 7);
    }
    out.push(byte);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> Result<Option<Head>, BadHead> {
        let mut reader = HeadReader::Start;
        for (index, &byte) in bytes.iter().enumerate() {
            if let Some(head) = reader.handle_byte(byte)? {
                assert_eq!(index + 1, bytes.len(), "the header is complete too soon");
                return Ok(Some(head));
            }
        }
        Ok(None)
    }

    const fn head(form: Form, size: u64) -> Head {
        Head { form, size }
    }

    #[test]
    fn kinds_and_sizes_are_read() {
        assert_eq!(
            read(b"\x10"),
            Ok(Some(head(Form::Full(ObjectKind::Commit), 0)))
        );
        assert_eq!(
            read(b"\x2f"),
            Ok(Some(head(Form::Full(ObjectKind::Tree), 15)))
        );
        assert_eq!(
            read(b"\xb0\x01"),
            Ok(Some(head(Form::Full(ObjectKind::Blob), 16)))
        );
        assert_eq!(
            read(b"\xcf\xff\x01"),
            Ok(Some(head(Form::Full(ObjectKind::Tag), 4095)))
        );
        let most = b"\xbf\xff\xff\xff\xff\xff\xff\xff\xff\x0f";
        assert_eq!(
            read(most),
            Ok(Some(head(Form::Full(ObjectKind::Blob), u64::MAX)))
        );
    }

    #[test]
    fn what_is_written_is_read() {
        use ObjectKind::{Blob, Commit, Tag, Tree};
        let mut bits = (0..64).map(|bit| 1_u64 << bit);
        let sizes = [0, 15, 16, 0x7ff, 0x800, u64::MAX];
        for size in bits.by_ref().chain(sizes) {
            for kind in [Commit, Tree, Blob, Tag] {
                let mut bytes = Vec::new();
                put_head(kind, size, &mut bytes);
                assert_eq!(read(&bytes), Ok(Some(head(Form::Full(kind), size))));
            }
        }
        let mut bytes = Vec::new();
        put_head(Tag, 4095, &mut bytes);
        assert_eq!(bytes, b"\xcf\xff\x01");
    }

    #[test]
    fn distances_count_each_byte_once() {
        assert_eq!(read(b"\x61\x00"), Ok(Some(head(Form::OffsetDelta(0), 1))));
        assert_eq!(read(b"\x61\x7f"), Ok(Some(head(Form::OffsetDelta(127), 1))));
        assert_eq!(
            read(b"\x61\x80\x00"),
            Ok(Some(head(Form::OffsetDelta(128), 1)))
        );
        assert_eq!(
            read(b"\x61\xff\x7f"),
            Ok(Some(head(Form::OffsetDelta(16_511), 1)))
        );
        assert_eq!(
            read(b"\x61\x80\x80\x00"),
            Ok(Some(head(Form::OffsetDelta(16_512), 1)))
        );
    }

    #[test]
    fn the_id_of_a_base_is_read() {
        let id = [0xab; 20];
        let bytes = [&b"\x75"[..], &id].concat();
        assert_eq!(
            read(&bytes),
            Ok(Some(head(Form::RefDelta(ObjectId::from_bytes(id)), 5)))
        );
        assert_eq!(read(&bytes[..20]), Ok(None));
    }

    #[test]
    fn kinds_that_are_none_and_numbers_over_64_bits_are_refused() {
        for bytes in [
            &b"\x00"[..],
            b"\x50",
            b"\xd0\x01",
            b"\xbf\xff\xff\xff\xff\xff\xff\xff\xff\x10",
            b"\xbf\xff\xff\xff\xff\xff\xff\xff\xff\x8f\x00",
            b"\x61\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff",
        ] {
            assert_eq!(read(bytes), Err(BadHead), "{}", bytes.escape_ascii());
        }
    }
}
