//! Index files, written.

use alloc::vec::Vec;

use sha1_checked::Digest as _;

use super::super::PackChecksum;
use super::{IndexEntry, LONG, MAGIC};
use crate::git::id::plain_sha1;

/// Appends the index of a pack with these objects, which it sorts by their ids, then by offsets.
///
/// An object that the pack has more than once is in its index as often, as in Git's. It is 1072
/// bytes and 28 for each object, 36 for one beyond 2 GiB. A pack has fewer than 2^32 objects; of
/// more, no sound index is made.
pub fn write_index(entries: &mut [IndexEntry], pack: PackChecksum, out: &mut Vec<u8>) {
    entries.sort_unstable();
    let start = out.len();
    out.reserve(1072 + 28 * entries.len());
    out.extend_from_slice(&MAGIC);
    put_fanout(entries, out);
    for entry in &*entries {
        out.extend_from_slice(entry.id.as_bytes());
    }
    for entry in &*entries {
        out.extend_from_slice(&entry.crc32.to_be_bytes());
    }
    put_offsets(entries, out);
    out.extend_from_slice(pack.as_bytes());
    let mut sum = plain_sha1();
    sum.update(out.get(start..).unwrap_or_default());
    out.extend_from_slice(&sum.finalize());
}

/// For each first byte of an id, how many ids begin with it or one that is less.
fn put_fanout(entries: &[IndexEntry], out: &mut Vec<u8>) {
    for first in 0..=u8::MAX {
        let upto = entries.partition_point(|entry| entry.id.as_bytes()[0] <= first);
        let upto = u32::try_from(upto).unwrap_or(u32::MAX);
        out.extend_from_slice(&upto.to_be_bytes());
    }
}

fn put_offsets(entries: &[IndexEntry], out: &mut Vec<u8>) {
    let short = |entry: &IndexEntry| u32::try_from(entry.offset).ok().filter(|at| at & LONG == 0);
    let mut place = LONG;
    for entry in entries {
        let offset = short(entry).unwrap_or_else(|| {
            place = place.wrapping_add(1);
            place.wrapping_sub(1)
        });
        out.extend_from_slice(&offset.to_be_bytes());
    }
    for entry in entries.iter().filter(|entry| short(entry).is_none()) {
        out.extend_from_slice(&entry.offset.to_be_bytes());
    }
}
