//! Packs made by hand: objects whole or as deltas, streams that are stored and not compressed.
//!
//! It knows nothing of the core's readers, so what these accept here was said by somebody else.

use std::collections::BTreeMap;

use super::repos::{BLOB, Id, Object};
use super::sha1::sha1;

/// How blobs that are much alike are packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deltas {
    /// Whole.
    No,
    /// As deltas whose base is named by its place, which is before them.
    Offset,
    /// As deltas whose base is named by its id, and comes later.
    Reference,
}

/// A pack of these objects.
pub fn pack(objects: &[(Id, &Object)], deltas: Deltas) -> Vec<u8> {
    let mut pack = b"PACK\0\0\0\x02".to_vec();
    let count = u32::try_from(objects.len()).expect("it is small");
    pack.extend_from_slice(&count.to_be_bytes());
    let mut places = BTreeMap::new();
    let base = objects.iter().find(|(_, object)| object.kind == BLOB);
    let is_base = |id: &Id| base.is_some_and(|(base, _)| base == id);
    let (bases, others): (Vec<_>, Vec<_>) = objects.iter().partition(|(id, _)| is_base(id));
    let order = if deltas == Deltas::Reference {
        [others, bases].concat()
    } else {
        [bases, others].concat()
    };
    for (id, object) in order {
        places.insert(id, pack.len());
        let delta = base.filter(|_| deltas != Deltas::No && object.kind == BLOB && !is_base(&id));
        let delta = delta
            .and_then(|(base, whole)| Some((base, difference(&whole.content, &object.content)?)));
        match delta {
            Some((base, delta)) if deltas == Deltas::Reference => {
                head(&mut pack, 7, delta.len());
                pack.extend_from_slice(base);
                pack.extend(zlib(&delta));
            }
            Some((base, delta)) => {
                let distance = pack.len() - places[base];
                head(&mut pack, 6, delta.len());
                put_distance(&mut pack, distance);
                pack.extend(zlib(&delta));
            }
            None => {
                head(&mut pack, object.kind, object.content.len());
                pack.extend(zlib(&object.content));
            }
        }
    }
    let sum = sha1(&pack);
    pack.extend_from_slice(&sum);
    pack
}

fn head(out: &mut Vec<u8>, kind: u8, size: usize) {
    let low = |n: usize, bits: usize| u8::try_from(n & bits).expect("it is masked");
    let (mut byte, mut rest) = (kind << 4 | low(size, 15), size >> 4);
    while rest > 0 {
        out.push(byte | 0x80);
        byte = low(rest, 0x7f);
        rest >>= 7;
    }
    out.push(byte);
}

fn put_distance(out: &mut Vec<u8>, mut distance: usize) {
    let low = |n: usize| u8::try_from(n & 0x7f).expect("it is masked");
    let mut bytes = vec![low(distance)];
    distance >>= 7;
    while distance > 0 {
        distance -= 1;
        bytes.insert(0, low(distance) | 0x80);
        distance >>= 7;
    }
    out.extend(bytes);
}

/// What the base begins with, and then what is new; none if they are not alike.
fn difference(base: &[u8], target: &[u8]) -> Option<Vec<u8>> {
    let same = base.iter().zip(target).take_while(|(a, b)| a == b).count();
    let same = same.min(0xffff);
    if same < 16 {
        return None;
    }
    let mut delta = Vec::new();
    for mut size in [base.len(), target.len()] {
        while size > 0x7f {
            delta.push(u8::try_from(size & 0x7f).expect("it is masked") | 0x80);
            size >>= 7;
        }
        delta.push(u8::try_from(size).expect("it is small"));
    }
    let [low, high] = u16::try_from(same).expect("it is bounded").to_le_bytes();
    delta.extend([0xb0, low, high]);
    for part in target[same..].chunks(127) {
        delta.push(u8::try_from(part.len()).expect("it is short"));
        delta.extend_from_slice(part);
    }
    Some(delta)
}

/// A zlib stream of stored blocks (RFC 1950 and 1951).
fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut out = vec![0x78, 0x01];
    let mut chunks = bytes.chunks(0xffff).peekable();
    if chunks.peek().is_none() {
        out.extend([1, 0, 0, 0xff, 0xff]);
    }
    while let Some(chunk) = chunks.next() {
        let len = u16::try_from(chunk.len()).expect("it is short");
        out.push(u8::from(chunks.peek().is_none()));
        out.extend(len.to_le_bytes());
        out.extend((!len).to_le_bytes());
        out.extend_from_slice(chunk);
    }
    let step = |(a, b): (u32, u32), byte: &u8| {
        let a = (a + u32::from(*byte)) % 65521;
        (a, (b + a) % 65521)
    };
    let (a, b) = bytes.iter().fold((1, 0), step);
    out.extend((b << 16 | a).to_be_bytes());
    out
}
