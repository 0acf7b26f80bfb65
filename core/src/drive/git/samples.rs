//! Releases for tests, as they lie in a store.

use alloc::vec::Vec;

use super::source::Source;
use crate::drive::fixtures::Memory;
use crate::git::id::{ObjectId, ObjectKind, object_id};
use crate::git::pack::{PackChecksum, PackWriter, write_index};
use crate::git::server::band::Framing;
use crate::git::server::frame::BandWriter;
use crate::registry::face::note::{FaceNote, PlainPack};
use crate::registry::name::PackageName;
use crate::registry::tag::TagName;
use crate::store::StoreKey;
use crate::store::git::GitPart;
use crate::zig::digest::Sha256Digest;

pub(super) fn package() -> PackageName {
    PackageName::parse("mach").unwrap()
}

pub(super) fn key(tag: &str, part: GitPart) -> StoreKey {
    StoreKey::git_part(&package(), &TagName::parse(tag).unwrap(), part)
}

/// Stores a release whose objects are these blobs; its pack, too.
pub(super) fn release(host: &Memory, tag: &str, blobs: &[&[u8]]) -> (Source, Vec<u8>) {
    let mut pack = Vec::new();
    let count = u32::try_from(blobs.len()).unwrap();
    let mut writer = PackWriter::new(count, &mut pack);
    let mut entries = Vec::new();
    for blob in blobs {
        let id = blob_id(blob);
        entries.push(
            writer
                .object(id, ObjectKind::Blob, blob, &mut pack)
                .unwrap(),
        );
    }
    let sum = writer.finish(&mut pack).unwrap();
    let mut idx = Vec::new();
    write_index(&mut entries, sum, &mut idx);
    host.put(&key(tag, GitPart::Index), &idx);
    host.put(&key(tag, GitPart::Sideband), &framed(Framing::Large, &pack));
    host.put(&key(tag, GitPart::Note), b"a note");
    let note = note(tag, count, pack.len() as u64, sum);
    let tag = TagName::parse(tag).unwrap();
    (Source::new(&package(), &tag, &note), pack)
}

fn note(tag: &str, objects: u32, length: u64, sum: PackChecksum) -> FaceNote {
    let id = blob_id(tag.as_bytes());
    FaceNote {
        tarball: Sha256Digest::parse(&"0f".repeat(32)).unwrap(),
        commit: id,
        has_parents: false,
        tags: Vec::new(),
        objects,
        length,
        content_end: length - 20,
        sum,
        plain: PlainPack {
            commit: id,
            entry: Vec::new(),
            objects,
            sum,
        },
    }
}

/// A pack in its packets.
pub(super) fn framed(framing: Framing, pack: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut bands = BandWriter::new(framing, pack.len() as u64);
    bands.push(pack, &mut out).unwrap();
    bands.finish(&mut out).unwrap();
    out
}

pub(super) fn blob_id(content: &[u8]) -> ObjectId {
    object_id(ObjectKind::Blob, content).unwrap()
}

/// Bytes that do not compress, others for each seed.
pub(super) fn noise(length: usize, seed: u32) -> Vec<u8> {
    let mut state = u64::from(seed) * 2 + 1;
    let step = |_| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        state.to_be_bytes()[0]
    };
    (0..length).map(step).collect()
}
