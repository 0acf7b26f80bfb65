//! What stands before an entry's header and extends it: pax records and GNU long names.

use alloc::vec::Vec;

use super::header::text;
use super::{TarError, TarLimits};

/// What a header that is no entry says of the next one.
#[derive(Debug, Clone, Copy)]
pub(super) enum Part {
    /// `L`: its path.
    Path,
    /// `K`: its link target.
    Link,
    /// `x`: pax records.
    Pax,
}

/// What headers before an entry say about it. Nothing said is an empty text or a size of 0; each
/// of them leaves what the entry's own header has.
#[derive(Debug, Default)]
pub(super) struct Extension {
    pub(super) path: Vec<u8>,
    pub(super) link: Vec<u8>,
    pub(super) size: u64,
    pub(super) is_sparse: bool,
}

/// Why a pax header is not taken.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum PaxFault {
    Malformed,
    PathTooLong,
}

impl Extension {
    /// Forgets all, and keeps the buffers.
    pub(super) fn clear(&mut self) {
        self.path.clear();
        self.link.clear();
        self.size = 0;
        self.is_sparse = false;
    }

    /// Takes a GNU long name or link target: `name` may end with NULs.
    pub(super) fn set(slot: &mut Vec<u8>, name: &[u8]) {
        slot.clear();
        slot.extend_from_slice(text(name));
    }

    /// Takes the records of a pax header; paths may have `longest` bytes.
    pub(super) fn take_pax(&mut self, records: &[u8], longest: usize) -> Result<(), PaxFault> {
        self.clear();
        let mut rest = records;
        while !rest.is_empty() {
            let (record, after) = split_record(rest).ok_or(PaxFault::Malformed)?;
            self.take_record(record, longest)?;
            rest = after;
        }
        Ok(())
    }

    fn take_record(&mut self, record: Record<'_>, longest: usize) -> Result<(), PaxFault> {
        match record.key {
            b"path" => set_path(&mut self.path, record.value, longest),
            b"linkpath" => set_path(&mut self.link, record.value, longest),
            b"size" => {
                self.size = decimal(record.value).ok_or(PaxFault::Malformed)?;
                Ok(())
            }
            key => {
                self.is_sparse |= key.starts_with(b"GNU.sparse.");
                Ok(())
            }
        }
    }
}

impl Part {
    pub(super) const fn limit(self, limits: &TarLimits) -> usize {
        match self {
            Self::Path | Self::Link => limits.path_bytes,
            Self::Pax => limits.pax_bytes,
        }
    }

    pub(super) const fn too_long(self, offset: u64, limit: usize) -> TarError {
        match self {
            Self::Path | Self::Link => TarError::PathTooLong { offset, limit },
            Self::Pax => TarError::PaxTooLong { offset, limit },
        }
    }
}

impl PaxFault {
    pub(super) const fn at(&self, offset: u64, limit: usize) -> TarError {
        match self {
            Self::Malformed => TarError::Pax { offset },
            Self::PathTooLong => TarError::PathTooLong { offset, limit },
        }
    }
}

fn set_path(slot: &mut Vec<u8>, value: &[u8], longest: usize) -> Result<(), PaxFault> {
    if memchr::memchr(0, value).is_some() {
        return Err(PaxFault::Malformed);
    }
    if value.len() > longest {
        return Err(PaxFault::PathTooLong);
    }
    slot.clear();
    slot.extend_from_slice(value);
    Ok(())
}

#[derive(Clone, Copy)]
struct Record<'a> {
    key: &'a [u8],
    value: &'a [u8],
}

/// `length SP key = value LF`, where the length counts all of it; and what follows.
fn split_record(bytes: &[u8]) -> Option<(Record<'_>, &[u8])> {
    let space = memchr::memchr(b' ', bytes)?;
    let length = usize::try_from(decimal(&bytes[..space])?).ok()?;
    let (record, after) = bytes.split_at_checked(length)?;
    let inner = record.get(space + 1..)?.strip_suffix(b"\n")?;
    let equals = memchr::memchr(b'=', inner)?;
    let (key, value) = (&inner[..equals], &inner[equals + 1..]);
    memchr::memchr(0, key)
        .is_none()
        .then_some((Record { key, value }, after))
}

fn decimal(digits: &[u8]) -> Option<u64> {
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    str::from_utf8(digits).ok()?.parse().ok()
}
