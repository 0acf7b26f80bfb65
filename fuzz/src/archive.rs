//! Properties of archives: tar and gzip.
//!
//! Whatever arrives in pieces must come out as it does whole, and no limit may be passed.

use zigdepot_core::archive::gzip::{Gunzip, GzipError};
use zigdepot_core::archive::tar::{Event, TarError, TarLimits, TarReader};

const BLOCK: usize = 512;
/// Where a tar header has its checksum.
const CHECKSUM: core::ops::Range<usize> = 148..156;

/// Low enough for short inputs to reach each of them.
const LIMITS: TarLimits = TarLimits {
    content_bytes: 4096,
    headers: 8,
    path_bytes: 300,
    paths_bytes: 800,
    pax_bytes: 600,
};
/// Most inflated bytes that are looked at.
const MOST_OUTPUT: usize = 1 << 20;

/// A tar archive, as it is and with every block's checksum put right: the same events and end
/// whole and split, entries and data in order, and no limit passed.
pub fn tar(data: &[u8]) {
    for bytes in [data, &with_checksums(data)] {
        for limits in [LIMITS, TarLimits::default()] {
            let whole = Reading::of(bytes, bytes.len().max(1), limits);
            for step in [1, 7, BLOCK] {
                assert_eq!(whole, Reading::of(bytes, step, limits), "by {step}");
            }
        }
    }
}

pub(crate) fn with_checksums(data: &[u8]) -> Vec<u8> {
    let mut bytes = data.to_vec();
    for block in bytes.chunks_exact_mut(BLOCK) {
        if block.iter().any(|&byte| byte != 0) {
            block[CHECKSUM].fill(b' ');
            let sum: u32 = block.iter().map(|&byte| u32::from(byte)).sum();
            block[CHECKSUM].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        }
    }
    bytes
}

/// What came of an archive.
#[derive(Debug, PartialEq)]
struct Reading {
    entries: Vec<Seen>,
    end: Result<(), TarError>,
}

#[derive(Debug, PartialEq)]
struct Seen {
    entry: String,
    content: Vec<u8>,
    is_complete: bool,
}

impl Reading {
    fn of(bytes: &[u8], step: usize, limits: TarLimits) -> Self {
        let mut reader = TarReader::new(limits);
        let (mut entries, mut open, mut budget) = (Vec::new(), None, Budget::new(limits));
        let mut take = |event: Event<'_>| {
            open = handle(event, &mut entries, open, &mut budget);
            Ok::<(), TarError>(())
        };
        let pushed = bytes
            .chunks(step)
            .try_for_each(|piece| reader.push(piece, &mut take));
        let end = pushed.and_then(|()| reader.finish());
        assert!(end.is_err() || open.is_none(), "no end within a file");
        Self { entries, end }
    }
}

/// Takes an event while `open` bytes of a file are to come; gives how many are then.
fn handle(
    event: Event<'_>,
    entries: &mut Vec<Seen>,
    open: Option<u64>,
    budget: &mut Budget,
) -> Option<u64> {
    match event {
        Event::Entry(entry) => {
            assert_eq!(open, None, "a file ends before the next entry");
            assert!(entry.path.len() <= budget.longest && !entry.path.contains(&0));
            budget.entries = budget.entries.checked_sub(1).expect("few entries");
            let paths = budget.paths.checked_sub(entry.path.len() as u64);
            budget.paths = paths.expect("short paths");
            entries.push(Seen {
                entry: format!("{entry:?}"),
                content: Vec::new(),
                is_complete: false,
            });
            let is_file = entry.kind == zigdepot_core::archive::tar::EntryKind::File;
            is_file.then_some(entry.size)
        }
        Event::Data(data) => {
            assert!(!data.is_empty());
            let last = entries.last_mut().expect("data belongs to an entry");
            last.content.extend_from_slice(data);
            budget.content = budget.content.checked_sub(data.len() as u64).expect("room");
            let left = open.and_then(|left| left.checked_sub(data.len() as u64));
            Some(left.expect("no more data than announced"))
        }
        Event::End => {
            assert_eq!(open, Some(0), "as much data as announced");
            entries.last_mut().expect("an open file").is_complete = true;
            None
        }
    }
}

/// What the limits still allow.
struct Budget {
    entries: u32,
    content: u64,
    paths: u64,
    longest: usize,
}

impl Budget {
    fn new(limits: TarLimits) -> Self {
        Self {
            entries: limits.headers,
            content: limits.content_bytes,
            paths: limits.paths_bytes,
            // A header's own prefix and name may be longer than a low limit.
            longest: limits.path_bytes.max(256),
        }
    }
}

/// A gzip member: the same output and end whole and split, and the caller's error ends it.
pub fn gunzip(data: &[u8]) {
    let whole = inflate(data, data.len().max(1));
    for step in [1, 3, 100] {
        assert_eq!(whole, inflate(data, step), "by {step}");
    }
}

#[derive(Debug, PartialEq)]
enum Stop {
    Gzip(GzipError),
    Enough,
}

impl From<GzipError> for Stop {
    fn from(error: GzipError) -> Self {
        Self::Gzip(error)
    }
}

/// At most [`MOST_OUTPUT`] bytes of output, and how it ended.
fn inflate(data: &[u8], step: usize) -> (Vec<u8>, Result<(), Stop>) {
    let (mut gunzip, mut output, mut has_ended) = (Gunzip::new(), Vec::new(), false);
    let end = data.chunks(step).try_for_each(|piece| {
        let wants_more = gunzip.push(piece, &mut |run| {
            assert!(!run.is_empty() && !has_ended);
            let room = MOST_OUTPUT - output.len();
            output.extend_from_slice(&run[..run.len().min(room)]);
            if run.len() > room {
                Err(Stop::Enough)
            } else {
                Ok(())
            }
        })?;
        assert!(!has_ended || !wants_more, "an end is an end");
        has_ended = !wants_more;
        Ok(())
    });
    assert!(end.is_err() || has_ended == gunzip.finish().is_ok());
    (output, end.and_then(|()| Ok(gunzip.finish()?)))
}
