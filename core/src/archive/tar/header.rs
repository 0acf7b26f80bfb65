//! The fields of one header block (POSIX ustar; GNU's base-256 numbers).
//!
//! Only what Zig looks at, and whether a file may be executed: times and owners are nobody's
//! business here.

use core::ops::Range;

use super::BLOCK;

const NAME: Range<usize> = 0..100;
const MODE: Range<usize> = 100..108;
const SIZE: Range<usize> = 124..136;
const CHECKSUM: Range<usize> = 148..156;
const KIND: usize = 156;
const LINK: Range<usize> = 157..257;
const MAGIC: Range<usize> = 257..263;
const PREFIX: Range<usize> = 345..500;
/// In a GNU sparse header, and in each block of the map that continues it: whether one more block
/// follows.
const SPARSE_MORE: usize = 482;
const SPARSE_MAP_MORE: usize = 504;

/// The bit of a mode that Git looks at.
const OWNER_EXECUTES: u64 = 0o100;

/// Room for a prefix, a slash and a name.
pub(super) const FULL_PATH: usize = 155 + 1 + 100;

/// What a block in the place of a header is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// A header with the right checksum.
    Header,
    /// A block of zeros: the end of the archive.
    Zeros,
    /// Neither: its checksum is wrong.
    Damaged,
}

impl Found {
    pub(super) fn in_block(block: &[u8; BLOCK]) -> Self {
        let Some(stated) = octal(&block[CHECKSUM]) else {
            return Self::Damaged;
        };
        let (unsigned, signed) = checksums(block);
        // The sum counts the checksum's own eight bytes as spaces.
        if stated == 0 && unsigned == 8 * u64::from(b' ') {
            Self::Zeros
        } else if stated == unsigned || i64::try_from(stated) == Ok(signed) {
            Self::Header
        } else {
            Self::Damaged
        }
    }
}

/// The fields of a header.
pub(super) struct Header([u8; BLOCK]);

impl Header {
    pub(super) const fn copied(block: &[u8; BLOCK]) -> Self {
        Self(*block)
    }

    /// The type; a NUL of v7 is `0`.
    pub(super) const fn kind(&self) -> u8 {
        match self.0[KIND] {
            0 => b'0',
            kind => kind,
        }
    }

    /// Bytes of data that follow; none if the field is no number, or a negative one.
    pub(super) fn size(&self) -> Option<u64> {
        let field = &self.0[SIZE];
        match field[0] {
            0x80 => base256(&field[1..]),
            _ => octal(field),
        }
    }

    /// Whether the mode lets the owner execute; false if the field is no number.
    pub(super) fn is_executable(&self) -> bool {
        octal(&self.0[MODE]).is_some_and(|mode| mode & OWNER_EXECUTES != 0)
    }

    /// Prefix and name, written to `room`.
    pub(super) fn path<'a>(&self, room: &'a mut [u8; FULL_PATH]) -> &'a [u8] {
        let (name, prefix) = (text(&self.0[NAME]), self.prefix());
        let start = match prefix.len() {
            0 => 0,
            length => {
                room[..length].copy_from_slice(prefix);
                room[length] = b'/';
                length + 1
            }
        };
        let end = start + name.len();
        room[start..end].copy_from_slice(name);
        &room[..end]
    }

    pub(super) fn link(&self) -> &[u8] {
        text(&self.0[LINK])
    }

    /// Whether a block of the sparse map follows; for type `S` alone.
    pub(super) const fn has_sparse_map(&self) -> bool {
        self.0[SPARSE_MORE] != 0
    }

    fn prefix(&self) -> &[u8] {
        match &self.0[MAGIC] {
            b"ustar\0" | b"ustar " => text(&self.0[PREFIX]),
            _ => &[],
        }
    }
}

/// Whether another block of a sparse map follows this one.
pub(super) const fn continues_sparse_map(block: &[u8; BLOCK]) -> bool {
    block[SPARSE_MAP_MORE] != 0
}

/// The part before the first NUL.
pub(super) fn text(field: &[u8]) -> &[u8] {
    let end = memchr::memchr(0, field).unwrap_or(field.len());
    &field[..end]
}

/// Octal digits between spaces and NULs; nothing at all is 0.
fn octal(field: &[u8]) -> Option<u64> {
    let start = field.iter().position(|byte| !b" 0".contains(byte));
    let field = &field[start.unwrap_or(field.len())..];
    let end = field.iter().rposition(|byte| !b" \0".contains(byte));
    let digits = &field[..end.map_or(0, |last| last + 1)];
    digits.iter().try_fold(0_u64, |number, byte| match byte {
        b'0'..=b'7' => Some(number.checked_mul(8)? + u64::from(byte - b'0')),
        _ => None,
    })
}

/// Big-endian binary; none where it does not fit 64 bits.
fn base256(bytes: &[u8]) -> Option<u64> {
    bytes.iter().try_fold(0_u64, |number, &byte| {
        Some(number.checked_mul(256)? + u64::from(byte))
    })
}

fn checksums(block: &[u8; BLOCK]) -> (u64, i64) {
    let counted = block.iter().enumerate().map(|(at, &byte)| match at {
        148..156 => b' ',
        _ => byte,
    });
    counted.fold((0, 0), |(unsigned, signed), byte| {
        (
            unsigned + u64::from(byte),
            signed + i64::from(byte.cast_signed()),
        )
    })
}
