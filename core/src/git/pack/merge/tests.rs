use alloc::collections::BTreeSet;
use std::string::ToString;
use std::vec;
use std::vec::Vec;

use super::*;
use crate::git::id::ObjectKind;
use crate::git::pack::fixtures::{Contents, all, blob_id, noise};
use crate::git::pack::{IndexEntry, IndexFile, PackChecksum, PackWriter, READ_BYTES, write_index};

/// A pack and its index.
struct Packed {
    pack: Vec<u8>,
    idx: Vec<u8>,
}

impl Packed {
    fn entries(&self) -> Vec<IndexEntry> {
        let index = IndexFile::parse(&self.idx).unwrap();
        index.entries().map(Result::unwrap).collect()
    }

    fn length(&self) -> u64 {
        self.pack.len() as u64
    }

    /// The bytes of the object's entry.
    fn entry(&self, content: &[u8]) -> core::ops::Range<usize> {
        let mut offsets: Vec<_> = self.entries().iter().map(|entry| entry.offset).collect();
        offsets.push(self.length() - 20);
        offsets.sort_unstable();
        let index = IndexFile::parse(&self.idx).unwrap();
        let start = index.find(&blob_id(content)).unwrap().unwrap();
        let end = *offsets.iter().find(|offset| **offset > start).unwrap();
        let at = |offset| usize::try_from(offset).unwrap();
        at(start)..at(end)
    }
}

fn packed(contents: &[&[u8]]) -> Packed {
    let mut pack = Vec::new();
    let mut writer = PackWriter::new(u32::try_from(contents.len()).unwrap(), &mut pack);
    let mut entries = Vec::new();
    for content in contents {
        let (id, kind) = (blob_id(content), ObjectKind::Blob);
        entries.push(writer.object(id, kind, content, &mut pack).unwrap());
    }
    let sum = writer.finish(&mut pack).unwrap();
    let mut idx = Vec::new();
    write_index(&mut entries, sum, &mut idx);
    Packed { pack, idx }
}

fn select(most: u32, had: &[&Packed], wanted: &[&Packed]) -> Result<Plan, MergeError> {
    let mut selection = Selection::new(most);
    for pack in had {
        let mut ids = pack.entries().into_iter().map(|entry| entry.id);
        let _ = ids.all(|id| selection.exclude(id));
    }
    let mut chosen = Vec::new();
    for pack in wanted {
        let mut picking = selection.pick(pack.length());
        for entry in pack.entries() {
            picking.handle_entry(&entry)?;
        }
        chosen.push(picking.finish()?);
    }
    Ok((selection, chosen))
}

type Plan = (Selection, Vec<Chosen>);

fn gather(chosen: &Chosen, pack: &Packed) -> Result<Copies, MergeError> {
    let mut gathering = Gathering::new(chosen, pack.length());
    for entry in pack.entries() {
        gathering.handle_entry(entry);
    }
    gathering.finish()
}

/// The merged pack, read in pieces of at most `step` bytes; and how many reads it took.
fn copy(plan: &Plan, wanted: &[&Packed], step: usize) -> Result<(Vec<u8>, usize), MergeError> {
    let (mut out, mut reads) = (Vec::new(), 0);
    let mut merged = MergedPack::new(&plan.0, &mut out);
    for (chosen, pack) in plan.1.iter().zip(wanted) {
        merged.begin(gather(chosen, pack)?);
        while let Some(range) = merged.poll_read() {
            assert!(range.end - range.start <= READ_BYTES as u64 && !range.is_empty());
            let at = |offset| usize::try_from(offset).unwrap();
            let bytes = &pack.pack[at(range.start)..at(range.end)];
            merged.handle_read(&bytes[..step.min(bytes.len())], &mut out)?;
            assert_eq!(merged.bytes(), out.len() as u64);
            reads += 1;
        }
    }
    let sum = merged.finish(&mut out)?;
    assert!(out.ends_with(sum.as_bytes()));
    assert_eq!(out.len() as u64, plan.0.pack_length());
    Ok((out, reads))
}

fn merged(had: &[&Packed], wanted: &[&Packed], step: usize) -> Vec<u8> {
    let plan = select(1000, had, wanted).unwrap();
    copy(&plan, wanted, step).unwrap().0
}

fn contents(blobs: &[&[u8]]) -> Contents {
    let object = |blob: &&[u8]| (blob_id(blob), (ObjectKind::Blob, blob.to_vec()));
    blobs.iter().map(object).collect()
}

#[test]
fn an_object_of_several_packs_is_sent_once() {
    let first = packed(&[b"one", b"shared"]);
    let second = packed(&[b"shared", b"two"]);
    let third = packed(&[b"shared", b"one"]);
    let pack = merged(&[], &[&first, &second, &third], usize::MAX);
    assert_eq!(pack[8..12], 3_u32.to_be_bytes());
    assert_eq!(all(&pack), Ok(contents(&[b"one", b"shared", b"two"])));
}

#[test]
fn what_the_client_has_is_not_sent() {
    let (had, other) = (packed(&[b"old", b"shared"]), packed(&[b"also"]));
    let wanted = packed(&[b"also", b"new", b"shared"]);
    let pack = merged(&[&had, &other], &[&wanted], usize::MAX);
    assert_eq!(all(&pack), Ok(contents(&[b"new"])));
}

#[test]
fn a_client_that_has_all_gets_a_pack_without_objects() {
    let pack = packed(&[b"one", b"two"]);
    let plan = select(1000, &[&pack], &[&pack]).unwrap();
    assert!(plan.1[0].is_empty());
    assert_eq!(copy(&plan, &[&pack], 1).unwrap().0, packed(&[]).pack);
}

#[test]
fn a_pack_alone_comes_out_as_it_was() {
    let long = noise(150_000, 1);
    let pack = packed(&[b"first", &long, b"last"]);
    assert!(merged(&[], &[&pack], usize::MAX) == pack.pack);
    assert!(merged(&[], &[&pack, &pack], 777) == pack.pack);
}

#[test]
fn order_changes_the_bytes_and_not_the_objects() {
    let packs = [
        packed(&[b"a", b"b", b"c"]),
        packed(&[b"b", b"d"]),
        packed(&[b"e", b"c", b"f"]),
    ];
    let [a, b, c] = packs.each_ref();
    let forward = select(1000, &[], &[a, b, c]).unwrap();
    let backward = select(1000, &[], &[c, b, a]).unwrap();
    assert_eq!(forward.0.objects(), backward.0.objects());
    assert_eq!(forward.0.pack_length(), backward.0.pack_length());
    let forward = copy(&forward, &[a, b, c], usize::MAX).unwrap().0;
    let backward = copy(&backward, &[c, b, a], usize::MAX).unwrap().0;
    assert_ne!(forward, backward);
    assert_eq!(all(&forward), all(&backward));
}

#[test]
fn reads_cut_anywhere_make_the_same_pack() {
    let had = packed(&[b"x", b"y"]);
    let first = packed(&[b"x", b"one", b"two", b"y", b"three"]);
    let second = packed(&[b"four", b"one", b"y", b"five"]);
    let whole = merged(&[&had], &[&first, &second], usize::MAX);
    for step in 1..100 {
        assert_eq!(merged(&[&had], &[&first, &second], step), whole);
    }
}

/// 40 objects of some 300 bytes, every other one chosen: one read, and not 20.
#[test]
fn neighbours_are_read_at_once() {
    let blobs: Vec<_> = (0..40).map(|seed| noise(300, seed * 2)).collect();
    let all: Vec<_> = blobs.iter().map(Vec::as_slice).collect();
    let had: Vec<_> = all.iter().step_by(2).copied().collect();
    let (had, wanted) = (packed(&had), packed(&all));
    let plan = select(1000, &[&had], &[&wanted]).unwrap();
    assert_eq!(plan.0.objects(), 20);
    assert_eq!(copy(&plan, &[&wanted], usize::MAX).unwrap().1, 1);
}

#[test]
fn what_lies_far_apart_is_not_read_through() {
    let (long, far) = (noise(1 << 20, 1), noise(100, 2));
    let (had, wanted) = (packed(&[&long]), packed(&[b"near", &long, &far]));
    let plan = select(1000, &[&had], &[&wanted]).unwrap();
    assert_eq!(copy(&plan, &[&wanted], usize::MAX).unwrap().1, 2);
}

#[test]
fn damaged_object_breaks_the_pack_off() {
    let (before, damaged, behind) = (noise(500, 1), noise(500, 3), noise(500, 5));
    let mut pack = packed(&[&before, &damaged, &behind]);
    let spot = pack.entry(&damaged).start + 100;
    pack.pack[spot] ^= 1;
    let plan = select(1000, &[], &[&pack]).unwrap();
    for step in [1, 600, usize::MAX] {
        let error = copy(&plan, &[&pack], step).map(drop);
        assert_eq!(error, Err(MergeError::Damaged(blob_id(&damaged))));
    }
}

#[test]
fn object_that_is_a_delta_is_refused() {
    let mut pack = packed(&[b"blob"]);
    pack.pack[12] = 0x60 | pack.pack[12] & 0x8f;
    let plan = select(1000, &[], &[&pack]).unwrap();
    let refused = PackWriteError::NotWhole(blob_id(b"blob"));
    let error = copy(&plan, &[&pack], 1).map(drop);
    assert_eq!(error, Err(MergeError::Write(refused)));
}

#[test]
fn index_that_changed_since_is_refused() {
    let pack = packed(&[b"one", b"two"]);
    let (_, chosen) = select(1000, &[], &[&pack]).unwrap();
    let changed = [packed(&[b"one"]), packed(&[b"one", b"other"])];
    for other in changed {
        let error = gather(&chosen[0], &other).map(drop);
        assert_eq!(error, Err(MergeError::OtherIndex));
    }
}

#[test]
fn pack_that_is_missing_is_not_passed_over() {
    let (first, second) = (packed(&[b"one"]), packed(&[b"two"]));
    let plan = select(1000, &[], &[&first, &second]).unwrap();
    let error = copy(&plan, &[&first], 1).map(drop);
    let missing = PackWriteError::TooFew { left: 1 };
    assert_eq!(error, Err(MergeError::Write(missing)));
}

#[test]
fn offsets_that_cannot_be_are_refused() {
    let length = 12 + 40 + 20;
    for (offsets, error) in [
        (&[12, 20, 20][..], 20),
        (&[11, 20], 11),
        (&[12, 52], 52),
        (&[12, u64::MAX], u64::MAX),
    ] {
        let mut selection = Selection::new(10);
        let mut picking = selection.pick(length);
        for (n, offset) in (0..).zip(offsets) {
            let (id, offset) = (ObjectId::from_bytes([n; 20]), *offset);
            let entry = IndexEntry {
                id,
                offset,
                crc32: 0,
            };
            picking.handle_entry(&entry).unwrap();
        }
        let refused = MergeError::Overlap { offset: error };
        assert_eq!(picking.finish().map(drop), Err(refused));
    }
    // A pack that is too short to be one.
    assert!(Selection::new(1).pick(3).finish().is_ok());
}

#[test]
fn objects_over_the_cap_are_refused_and_the_client_learns_what_to_do() {
    let (first, second) = (packed(&[b"a", b"b", b"c"]), packed(&[b"c", b"d"]));
    assert!(select(4, &[], &[&first, &second]).is_ok());
    let error = select(3, &[], &[&first, &second]).map(drop).unwrap_err();
    assert_eq!(error, MergeError::TooManyObjects { most: 3 });
    assert_eq!(
        error.to_string(),
        "these tags have more than 3 objects together; ask for fewer at once"
    );
}

#[test]
fn what_the_client_has_leaves_room_for_what_it_wants() {
    let had = packed(&[b"a", b"b", b"c", b"d", b"e", b"f"]);
    let wanted = packed(&[b"x", b"y"]);
    let plan = select(4, &[&had], &[&wanted]).unwrap();
    let pack = copy(&plan, &[&wanted], 10).unwrap().0;
    assert_eq!(all(&pack), Ok(contents(&[b"x", b"y"])));
}

#[test]
fn any_packs_make_a_pack_of_their_union_less_what_is_had() {
    let mut random = noise(4096, 77).into_iter().map(usize::from).cycle();
    let mut next = |below: usize| random.next().unwrap() % below;
    let blobs: Vec<_> = (0..30).map(|n| noise(n * n * 4, n as u64)).collect();
    for _ in 0..60 {
        let mut packs = Vec::new();
        for _ in 0..=next(6) {
            let some: BTreeSet<_> = (0..next(20)).map(|_| next(30)).collect();
            let some: Vec<_> = some.iter().map(|n| blobs[*n].as_slice()).collect();
            packs.push((packed(&some), contents(&some)));
        }
        let (had, wanted) = packs.split_at(next(packs.len() + 1));
        let mut expected: Contents = wanted.iter().flat_map(|(_, all)| all.clone()).collect();
        expected.retain(|id, _| !had.iter().any(|(_, all)| all.contains_key(id)));
        let had: Vec<_> = had.iter().map(|(pack, _)| pack).collect();
        let wanted: Vec<_> = wanted.iter().map(|(pack, _)| pack).collect();
        let pack = merged(&had, &wanted, next(3000) + 1);
        assert_eq!(all(&pack), Ok(expected));
    }
}

#[test]
fn an_empty_plan_is_an_empty_pack() {
    let plan: Plan = (Selection::new(0), vec![]);
    let pack = copy(&plan, &[], 1).unwrap().0;
    let sum = PackChecksum::from_bytes(*pack.last_chunk().unwrap());
    // As `git pack-objects --stdout </dev/null` names it.
    assert_eq!(sum.to_string(), "029d08823bd8a8eab510ad6ac75c823cfd3ed31e");
}
