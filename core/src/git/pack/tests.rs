use alloc::vec::Vec;
use std::format;

use super::fixtures::*;
use super::*;
use crate::git::id::{ObjectId, ObjectKind, object_id};

fn blobs(pack: &[u8]) -> Vec<Vec<u8>> {
    let mut blobs: Vec<_> = all(pack)
        .unwrap()
        .into_values()
        .map(|(_, content)| content)
        .collect();
    blobs.sort();
    blobs
}

/// `git pack-objects` of no objects, and of the blob "hello\n".
const EMPTY: &[u8] =
    b"PACK\0\0\0\x02\0\0\0\0\x02\x9d\x08\x82;\xd8\xa8\xea\xb5\x10\xadj\xc7\\\x82<\xfd>\xd3\x1e";

#[test]
fn a_pack_of_no_objects_is_a_pack() {
    let index = index(EMPTY, PackLimits::default()).unwrap();
    assert!(index.is_empty());
    assert_eq!(index.ids().count(), 0);
    assert_eq!(HandPack::new().finish(), EMPTY);
}

#[test]
fn objects_of_every_kind_have_their_ids() {
    let mut pack = HandPack::new();
    pack.full(COMMIT, b"tree x");
    pack.full(TREE, b"");
    pack.full(BLOB, b"hello\n");
    pack.full(TAG, b"object x");
    let pack = pack.finish();
    let index = index(&pack, PackLimits::default()).unwrap();
    let hello = ObjectId::parse(b"ce013625030ba8dba906f756967f9e9ca394464a").unwrap();
    let tree = ObjectId::parse(b"4b825dc642cb6eb9a060e54bf8d69288fbee4904").unwrap();
    assert_eq!(index.len(), 4);
    assert_eq!(index.get(&hello), Some((ObjectKind::Blob, 6)));
    assert_eq!(index.get(&tree), Some((ObjectKind::Tree, 0)));
    let tag = object_id(ObjectKind::Tag, b"object x").unwrap();
    assert_eq!(index.get(&tag), Some((ObjectKind::Tag, 8)));
    assert_eq!(index.get(&blob_id(b"no")), None);
    assert!(index.ids().is_sorted());
    assert_eq!(all(&pack).unwrap().len(), 4);
}

#[test]
fn version_3_is_read_like_version_2() {
    let mut pack = HandPack::new();
    pack.blob(b"a");
    assert_eq!(all(&pack.finish_as(3, 1)).unwrap().len(), 1);
}

#[test]
fn deltas_by_place_make_their_objects() {
    let mut pack = HandPack::new();
    let a = pack.blob(b"a");
    let ab = pack.offset_delta(a, &appending(1, b"b"));
    pack.offset_delta(a, &appending(1, b"c"));
    let abc = pack.offset_delta(ab, &appending(2, b"c"));
    pack.offset_delta(abc, &appending(3, b"d"));
    assert_eq!(
        blobs(&pack.finish()),
        [&b"a"[..], b"ab", b"abc", b"abcd", b"ac"]
    );
}

#[test]
fn a_delta_has_the_kind_of_what_it_hangs_on() {
    let mut pack = HandPack::new();
    let base = pack.full(TAG, b"object");
    pack.offset_delta(base, &appending(6, b" x"));
    let index = index(&pack.finish(), PackLimits::default()).unwrap();
    let tag = object_id(ObjectKind::Tag, b"object x").unwrap();
    assert_eq!(index.get(&tag), Some((ObjectKind::Tag, 8)));
}

#[test]
fn deltas_by_id_may_come_before_their_base() {
    let mut pack = HandPack::new();
    pack.ref_delta(blob_id(b"ab"), &appending(2, b"c"));
    pack.ref_delta(blob_id(b"a"), &appending(1, b"b"));
    let abc = pack.ref_delta(blob_id(b"ab"), &appending(2, b"d"));
    pack.offset_delta(abc, &appending(3, b"e"));
    pack.blob(b"a");
    pack.ref_delta(blob_id(b"a"), &appending(1, b"z"));
    assert_eq!(
        blobs(&pack.finish()),
        [&b"a"[..], b"ab", b"abc", b"abd", b"abde", b"az"]
    );
}

#[test]
fn an_object_may_come_more_than_once() {
    let mut pack = HandPack::new();
    let a = pack.blob(b"a");
    pack.blob(b"a");
    pack.offset_delta(a, &appending(1, b"b"));
    pack.offset_delta(a, &appending(1, b"b"));
    pack.blob(b"ab");
    pack.ref_delta(blob_id(b"ab"), &appending(2, b"c"));
    pack.ref_delta(blob_id(b"a"), &appending(1, b""));
    pack.ref_delta(blob_id(b"a"), &appending(1, b"x"));
    let pack = pack.finish();
    assert_eq!(index(&pack, PackLimits::default()).unwrap().len(), 4);
    assert_eq!(blobs(&pack), [&b"a"[..], b"ab", b"abc", b"ax"]);
}

#[test]
fn a_delta_may_make_an_empty_object_and_start_from_one() {
    let mut pack = HandPack::new();
    let empty = pack.blob(b"");
    let a = pack.offset_delta(empty, &appending(0, b"a"));
    pack.offset_delta(a, b"\x01\x00");
    assert_eq!(blobs(&pack.finish()), [&b""[..], b"a"]);
}

/// Every way of telling an object, and long ones.
fn mixed() -> Vec<u8> {
    let mut pack = HandPack::new();
    let long = noise(100_000, 1);
    pack.ref_delta(blob_id(&long), &appending(long.len(), b"tail"));
    let first = pack.blob(b"a");
    let base = pack.blob(&long);
    pack.full(TREE, b"");
    let mut last = base;
    for length in 0..40 {
        last = pack.offset_delta(last, &appending(long.len() + length, b"x"));
        pack.offset_delta(first, &appending(1, &noise(length, 2)));
    }
    pack.full(COMMIT, &std::vec![b'c'; 1_200_000]);
    pack.finish()
}

#[test]
fn how_the_bytes_are_cut_does_not_matter() {
    let pack = mixed();
    let whole = all(&pack).unwrap();
    assert_eq!(whole.len(), 84);
    for (push, read) in [(1, 65_536), (7, 1000), (4096, 65_535), (1 << 20, 1 << 20)] {
        let cut = contents(&pack, push, read, PackLimits::default()).unwrap();
        assert!(cut == whole, "{push} {read}");
    }
}

#[test]
fn a_cache_that_holds_nothing_changes_nothing_but_the_time() {
    let pack = mixed();
    let limits = PackLimits {
        cache_bytes: 0,
        ..PackLimits::default()
    };
    assert!(contents(&pack, 65_536, 65_536, limits).unwrap() == all(&pack).unwrap());
}

#[test]
fn every_byte_that_is_turned_over_shows() {
    let mut pack = HandPack::new();
    let a = pack.blob(b"some content");
    pack.offset_delta(a, &appending(12, b"b"));
    let pack = pack.finish();
    for at in 0..pack.len() {
        let mut broken = pack.clone();
        broken[at] ^= 0x10;
        assert!(all(&broken).is_err(), "byte {at}");
    }
}

#[test]
fn a_pack_that_is_cut_off_anywhere_is_no_pack() {
    let mut pack = HandPack::new();
    let a = pack.blob(b"some content");
    pack.ref_delta(blob_id(b"some content"), &appending(12, b"b"));
    pack.offset_delta(a, &appending(12, b""));
    let pack = pack.finish();
    for cut in 0..pack.len() {
        let offset = cut as u64;
        let error = scan(&pack[..cut], 64, PackLimits::default()).unwrap_err();
        assert_eq!(error, PackError::Truncated { offset });
    }
}

#[test]
fn nothing_may_follow_the_pack() {
    let offset = EMPTY.len() as u64;
    let error = PackError::Trailing { offset };
    let longer = [EMPTY, b"x"].concat();
    for push in [1, 12, 100] {
        assert_eq!(
            scan(&longer, push, PackLimits::default()).unwrap_err(),
            error
        );
    }
}

#[test]
fn progress_can_be_told() {
    let mut pack = HandPack::new();
    let a = pack.blob(b"a");
    pack.offset_delta(a, &appending(1, b"b"));
    let pack = pack.finish();
    let mut scanner = Scanner::new(PackLimits::default());
    assert_eq!((scanner.objects(), scanner.total()), (0, None));
    scanner.handle_bytes(&pack[..12]).unwrap();
    assert_eq!((scanner.objects(), scanner.total()), (0, Some(2)));
    scanner.handle_bytes(&pack[12..]).unwrap();
    assert_eq!((scanner.objects(), scanner.total()), (2, Some(2)));
    let scanned = scanner.finish().unwrap();
    assert_eq!((scanned.objects(), scanned.deltas()), (2, 1));
    let resolver = Resolver::new(scanned);
    assert_eq!(resolver.unresolved(), 1);
}

#[test]
fn a_long_object_passes_in_short_runs() {
    let long = noise(5_000_000, 3);
    let mut pack = HandPack::new();
    pack.blob(&long);
    let pack = pack.finish();
    // It need not be whole in memory, and may be longer than what must be.
    let limits = PackLimits {
        delta_bytes: 10,
        work_bytes: 0,
        cache_bytes: 0,
        ..PackLimits::default()
    };
    let index = index(&pack, limits).unwrap();
    let mut extractor = Extractor::new(&index, limits);
    let id = blob_id(&long);
    assert_eq!(extractor.open(&id), Ok((ObjectKind::Blob, 5_000_000)));
    let (content, reads, longest) = extract(&pack, &mut extractor, &id, READ_BYTES).unwrap();
    assert!(content == long);
    assert!(longest <= 65_536, "{longest}");
    assert!(reads <= pack.len() / READ_BYTES + 2, "{reads}");
}

#[test]
fn a_short_pack_is_read_once() {
    let mut pack = HandPack::new();
    let mut ids = Vec::new();
    for seed in 0..50 {
        let mut content = noise(1000, seed);
        let base = pack.blob(&content);
        pack.offset_delta(base, &appending(1000, b"x"));
        ids.push(blob_id(&content));
        content.push(b'x');
        ids.push(blob_id(&content));
    }
    let pack = pack.finish();
    let scanned = scan(&pack, READ_BYTES, PackLimits::default()).unwrap();
    let (index, reads) = resolve(&pack, scanned, READ_BYTES).unwrap();
    assert_eq!(reads, 1);
    let mut extractor = Extractor::new(&index, PackLimits::default());
    let mut reads = 0;
    for id in &ids {
        reads += extract(&pack, &mut extractor, id, READ_BYTES).unwrap().1;
    }
    assert_eq!(reads, 1);
}

#[test]
fn an_object_may_be_left_for_another_at_any_time() {
    let pack = mixed();
    let index = index(&pack, PackLimits::default()).unwrap();
    let whole = all(&pack).unwrap();
    let mut extractor = Extractor::new(&index, PackLimits::default());
    for (left, id) in index.ids().zip(index.ids().skip(1)) {
        extractor.open(&left).unwrap();
        if let Some(offset) = extractor.poll_read() {
            let at = usize::try_from(offset).unwrap();
            let end = pack.len().min(at + 1000);
            extractor.handle_read(&pack[at..end], &mut |_| ()).unwrap();
        }
        let (content, _, _) = extract(&pack, &mut extractor, &id, READ_BYTES).unwrap();
        assert!(content == whole[&id].1);
    }
}

#[test]
fn what_is_not_in_the_pack_cannot_be_opened() {
    let index = index(EMPTY, PackLimits::default()).unwrap();
    let mut extractor = Extractor::new(&index, PackLimits::default());
    let id = blob_id(b"");
    assert_eq!(extractor.open(&id), Err(PackError::Unknown(id)));
    assert_eq!(extractor.poll_read(), None);
    assert_eq!(extractor.handle_read(b"", &mut |_| ()), Ok(()));
}

#[test]
fn a_file_that_changed_since_is_an_error_and_no_more() {
    let pack = mixed();
    let index = index(&pack, PackLimits::default()).unwrap();
    let mut extractor = Extractor::new(&index, PackLimits::default());
    for other in [
        &noise(pack.len(), 9)[..],
        &std::vec![0; pack.len()],
        b"x",
        b"",
    ] {
        for id in index.ids() {
            let _ = extract(other, &mut extractor, &id, READ_BYTES);
        }
    }
    let whole = all(&pack).unwrap();
    let mut extractor = Extractor::new(&index, PackLimits::default());
    for id in index.ids() {
        let (content, _, _) = extract(&pack, &mut extractor, &id, READ_BYTES).unwrap();
        assert!(content == whole[&id].1, "{}", format!("{id}"));
    }
}
