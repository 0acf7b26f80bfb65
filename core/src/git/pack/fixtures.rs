//! Packs made by hand, and a driver that reads them.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use miniz_oxide::deflate::compress_to_vec_zlib;
use sha1_checked::Digest as _;

use super::{Extractor, PackError, PackIndex, PackLimits, READ_BYTES, Resolver, Scanned, Scanner};
use crate::git::id::{ObjectId, ObjectKind, object_id, plain_sha1};

pub(super) const COMMIT: u8 = 1;
pub(super) const TREE: u8 = 2;
pub(super) const BLOB: u8 = 3;
pub(super) const TAG: u8 = 4;
pub(super) const OFFSET_DELTA: u8 = 6;
pub(super) const REF_DELTA: u8 = 7;

/// What a pack holds: kind and content by id.
pub(super) type Contents = BTreeMap<ObjectId, (ObjectKind, Vec<u8>)>;

/// Writes a pack by hand, sound or not.
pub(super) struct HandPack {
    bytes: Vec<u8>,
    count: u32,
}

impl HandPack {
    pub(super) fn new() -> Self {
        Self {
            bytes: b"PACK\0\0\0\x02\0\0\0\0".to_vec(),
            count: 0,
        }
    }

    /// Each of these gives the offset of the object.
    pub(super) fn blob(&mut self, content: &[u8]) -> u64 {
        self.full(BLOB, content)
    }

    pub(super) fn full(&mut self, kind: u8, content: &[u8]) -> u64 {
        let zlib = compress_to_vec_zlib(content, 6);
        self.raw(kind, content.len(), &[], &zlib)
    }

    pub(super) fn offset_delta(&mut self, base: u64, delta: &[u8]) -> u64 {
        let mut distance = self.here() - base;
        let mut link = alloc::vec![u8::try_from(distance & 0x7f).unwrap()];
        distance >>= 7;
        while distance > 0 {
            distance -= 1;
            link.insert(0, u8::try_from(distance & 0x7f).unwrap() | 0x80);
            distance >>= 7;
        }
        let zlib = compress_to_vec_zlib(delta, 6);
        self.raw(OFFSET_DELTA, delta.len(), &link, &zlib)
    }

    pub(super) fn ref_delta(&mut self, base: ObjectId, delta: &[u8]) -> u64 {
        let zlib = compress_to_vec_zlib(delta, 6);
        self.raw(REF_DELTA, delta.len(), base.as_bytes(), &zlib)
    }

    /// An object as it is told: what it states as its size, and the bytes of its stream.
    pub(super) fn raw(&mut self, kind: u8, size: usize, link: &[u8], zlib: &[u8]) -> u64 {
        let offset = self.here();
        let mut rest = size >> 4;
        let mut byte = (kind << 4) | u8::try_from(size & 0x0f).unwrap();
        while rest > 0 {
            self.bytes.push(byte | 0x80);
            byte = u8::try_from(rest & 0x7f).unwrap();
            rest >>= 7;
        }
        self.bytes.push(byte);
        self.bytes.extend_from_slice(link);
        self.bytes.extend_from_slice(zlib);
        self.count += 1;
        offset
    }

    pub(super) fn here(&self) -> u64 {
        self.bytes.len() as u64
    }

    pub(super) fn finish(self) -> Vec<u8> {
        let count = self.count;
        self.finish_as(2, count)
    }

    /// With a version and a number of objects that may be wrong.
    pub(super) fn finish_as(mut self, version: u32, count: u32) -> Vec<u8> {
        self.bytes[4..8].copy_from_slice(&version.to_be_bytes());
        self.bytes[8..12].copy_from_slice(&count.to_be_bytes());
        let mut sum = plain_sha1();
        sum.update(&self.bytes);
        self.bytes.extend_from_slice(&sum.finalize());
        self.bytes
    }
}

/// A delta that keeps all of its base and appends `more`.
pub(super) fn appending(base: usize, more: &[u8]) -> Vec<u8> {
    let mut delta = Vec::new();
    put_size(&mut delta, base);
    put_size(&mut delta, base + more.len());
    let mut at = 0;
    while at < base {
        let part = (base - at).min(0xff_ffff);
        delta.push(0xff);
        delta.extend_from_slice(&u32::try_from(at).unwrap().to_le_bytes());
        delta.extend_from_slice(&u32::try_from(part).unwrap().to_le_bytes()[..3]);
        at += part;
    }
    for part in more.chunks(127) {
        delta.push(u8::try_from(part.len()).unwrap());
        delta.extend_from_slice(part);
    }
    delta
}

pub(super) fn put_size(out: &mut Vec<u8>, mut size: usize) {
    while size > 0x7f {
        out.push(u8::try_from(size & 0x7f).unwrap() | 0x80);
        size >>= 7;
    }
    out.push(u8::try_from(size).unwrap());
}

pub(super) fn blob_id(content: &[u8]) -> ObjectId {
    object_id(ObjectKind::Blob, content).unwrap()
}

/// Bytes that do not compress, the same at each run.
pub(super) fn noise(length: usize, seed: u64) -> Vec<u8> {
    let mut state = seed | 1;
    let step = |_| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        state.to_be_bytes()[0]
    };
    (0..length).map(step).collect()
}

pub(super) fn scan(pack: &[u8], push: usize, limits: PackLimits) -> Result<Scanned, PackError> {
    let mut scanner = Scanner::new(limits);
    pack.chunks(push)
        .try_for_each(|bytes| scanner.handle_bytes(bytes))?;
    scanner.finish()
}

/// A part of the pack, of at most `most` bytes.
fn part(pack: &[u8], offset: u64, most: usize) -> &[u8] {
    let rest = usize::try_from(offset)
        .ok()
        .and_then(|offset| pack.get(offset..));
    let rest = rest.unwrap_or_default();
    rest.get(..most).unwrap_or(rest)
}

/// Resolves; gives also the number of reads.
pub(super) fn resolve(
    pack: &[u8],
    scanned: Scanned,
    read: usize,
) -> Result<(PackIndex, usize), PackError> {
    let mut resolver = Resolver::new(scanned);
    let mut reads = 0;
    while let Some(offset) = resolver.poll_read() {
        resolver.handle_read(part(pack, offset, read))?;
        reads += 1;
    }
    Ok((resolver.finish()?, reads))
}

pub(super) fn index(pack: &[u8], limits: PackLimits) -> Result<PackIndex, PackError> {
    let scanned = scan(pack, READ_BYTES, limits)?;
    resolve(pack, scanned, READ_BYTES).map(|(index, _)| index)
}

/// Extracts one object; gives also the number of reads and the longest run.
pub(super) fn extract(
    pack: &[u8],
    extractor: &mut Extractor<'_>,
    id: &ObjectId,
    read: usize,
) -> Result<(Vec<u8>, usize, usize), PackError> {
    extractor.open(id)?;
    let (mut content, mut reads, mut longest) = (Vec::new(), 0, 0);
    let mut sink = |run: &[u8]| {
        longest = longest.max(run.len());
        content.extend_from_slice(run);
    };
    extractor.work(&mut sink)?;
    while let Some(offset) = extractor.poll_read() {
        extractor.handle_read(part(pack, offset, read), &mut sink)?;
        reads += 1;
    }
    Ok((content, reads, longest))
}

/// All objects of a pack, however it is cut. Each is held against its id.
pub(super) fn contents(
    pack: &[u8],
    push: usize,
    read: usize,
    limits: PackLimits,
) -> Result<Contents, PackError> {
    let scanned = scan(pack, push, limits)?;
    let (index, _) = resolve(pack, scanned, read)?;
    let mut extractor = Extractor::new(&index, limits);
    let mut contents = Contents::new();
    for id in index.ids() {
        let (kind, size) = index.get(&id).unwrap();
        let (content, _, _) = extract(pack, &mut extractor, &id, read)?;
        assert_eq!(content.len() as u64, size);
        assert_eq!(object_id(kind, &content), Ok(id));
        contents.insert(id, (kind, content));
    }
    Ok(contents)
}

pub(super) fn all(pack: &[u8]) -> Result<Contents, PackError> {
    contents(pack, READ_BYTES, READ_BYTES, PackLimits::default())
}
