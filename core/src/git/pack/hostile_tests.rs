use alloc::vec::Vec;
use std::string::ToString as _;

use miniz_oxide::deflate::compress_to_vec_zlib;

use super::fixtures::*;
use super::*;
use crate::git::delta::DeltaError;
use crate::git::id::ObjectId;

/// Of a pack whose scan fails, or whose deltas fail.
fn error_with(pack: &[u8], limits: PackLimits) -> PackError {
    index(pack, limits).unwrap_err()
}

fn error(pack: &[u8]) -> PackError {
    error_with(pack, PackLimits::default())
}

const fn limit(limit: &'static str, most: u64) -> PackError {
    PackError::Limit { limit, most }
}

#[test]
fn what_is_no_pack_is_refused_at_its_first_bytes() {
    assert_eq!(error(b"PACX\0\0\0\x02\0\0\0\0"), PackError::Magic);
    assert_eq!(error(b"PACK\0\0\0\x01\0\0\0\0"), PackError::Version(1));
    assert_eq!(
        error(b"PACK\x02\0\0\0\0\0\0\0"),
        PackError::Version(0x0200_0000)
    );
}

#[test]
fn a_number_of_objects_is_a_claim() {
    // It allocates nothing: the pack ends before its first object.
    let pack = b"PACK\0\0\0\x02\0\x0f\x42\x40";
    assert_eq!(error(pack), PackError::Truncated { offset: 12 });
    let pack = b"PACK\0\0\0\x02\0\x0f\x42\x41";
    assert_eq!(error(pack), limit("objects", 1_000_000));
}

#[test]
fn more_objects_or_fewer_than_stated_are_refused() {
    let two = |count| {
        let mut pack = HandPack::new();
        pack.blob(b"a");
        pack.blob(b"b");
        pack.finish_as(2, count)
    };
    assert!(all(&two(2)).is_ok());
    assert!(all(&two(3)).is_err());
    assert_eq!(error(&two(1)), PackError::Checksum);
}

#[test]
fn kinds_that_do_not_exist_are_refused() {
    for kind in [0, 5] {
        let mut pack = HandPack::new();
        let offset = pack.full(kind, b"a");
        assert_eq!(error(&pack.finish()), PackError::Header { offset });
    }
}

#[test]
fn sizes_that_lie_are_refused() {
    let content = noise(100_000, 1);
    let zlib = compress_to_vec_zlib(&content, 6);
    for size in [0, 1, 99_999, 100_001, 1 << 20] {
        let mut pack = HandPack::new();
        let offset = pack.raw(BLOB, size, &[], &zlib);
        assert_eq!(error(&pack.finish()), PackError::Size { offset }, "{size}");
    }
    let mut pack = HandPack::new();
    pack.raw(BLOB, 100_000, &[], &zlib);
    assert!(all(&pack.finish()).is_ok());
}

#[test]
fn a_delta_whose_size_lies_is_refused() {
    let delta = appending(1, b"b");
    let zlib = compress_to_vec_zlib(&delta, 6);
    for size in [0, delta.len() - 1, delta.len() + 1] {
        let mut pack = HandPack::new();
        pack.blob(b"a");
        let id = blob_id(b"a");
        let offset = pack.raw(REF_DELTA, size, id.as_bytes(), &zlib);
        assert_eq!(error(&pack.finish()), PackError::Size { offset }, "{size}");
    }
}

#[test]
fn a_stream_that_is_none_is_refused() {
    for zlib in [
        &b"\0\0\0\0\0\0\0\0"[..],
        b"\x78\x9c\x07",
        b"\x78\xbb\0\0\0\0\0\0",
    ] {
        let mut pack = HandPack::new();
        let offset = pack.raw(BLOB, 1, &[], zlib);
        assert_eq!(error(&pack.finish()), PackError::Zlib { offset });
    }
}

/// A match may not point back beyond the stream's own beginning: there the bytes of earlier objects
/// would be found, and an object would not be the same at each reading.
#[test]
fn a_stream_sees_nothing_of_the_one_before() {
    // Fixed codes: a match of length 3 at distance 1, end of block.
    let zlib = b"\x78\x9c\x03\x02\x00\0\0\0\0";
    let mut pack = HandPack::new();
    pack.blob(&noise(200_000, 4));
    let offset = pack.raw(BLOB, 3, &[], zlib);
    assert_eq!(error(&pack.finish()), PackError::Zlib { offset });
    // The same after a literal is sound: "aaaa".
    let mut pack = HandPack::new();
    pack.raw(BLOB, 4, &[], b"\x78\x9c\x4b\x04\x02\x00\0\0\0\0");
    assert!(all(&pack.finish()).unwrap().contains_key(&blob_id(b"aaaa")));
}

#[test]
fn a_base_must_begin_where_an_object_begins() {
    for wrong in [1, 11, 13, 14] {
        let mut pack = HandPack::new();
        pack.blob(b"a");
        let offset = pack.offset_delta(wrong, &appending(1, b"b"));
        assert_eq!(error(&pack.finish()), PackError::BaseOffset { offset });
    }
    // Neither before the pack nor in itself.
    for distance in [0, 100] {
        let mut pack = HandPack::new();
        pack.blob(b"a");
        let zlib = compress_to_vec_zlib(&appending(1, b"b"), 6);
        let offset = pack.raw(OFFSET_DELTA, 11, &[distance], &zlib);
        assert_eq!(error(&pack.finish()), PackError::BaseOffset { offset });
    }
}

#[test]
fn a_base_that_is_not_there_is_named() {
    let base = blob_id(b"elsewhere");
    let mut pack = HandPack::new();
    pack.blob(b"a");
    let offset = pack.ref_delta(base, &appending(1, b"b"));
    pack.offset_delta(offset, &appending(2, b"c"));
    let expected = PackError::MissingBase { offset, base };
    assert_eq!(error(&pack.finish()), expected);
    let id = base.to_string();
    assert!(expected.to_string().contains(&id), "{expected}");
}

#[test]
fn a_delta_that_is_its_own_base_is_refused() {
    // No bytes are known that make this come true, so any id will do.
    let id = ObjectId::from_bytes([7; 20]);
    let mut pack = HandPack::new();
    pack.blob(b"a");
    let offset = pack.ref_delta(id, &appending(1, b"b"));
    pack.ref_delta(id, &appending(1, b"c"));
    assert_eq!(
        error(&pack.finish()),
        PackError::MissingBase { offset, base: id }
    );
}

#[test]
fn a_delta_that_does_not_fit_is_named() {
    for (delta, fault) in [
        (&b"\x02\x01\x01x"[..], DeltaError::BaseSize),
        (b"\x01\x01\x00", DeltaError::Reserved),
        (b"\x01\x02\x91\x01\x02", DeltaError::Copy),
        (b"\x01\x05\x01x", DeltaError::ResultSize),
        (b"", DeltaError::Header),
    ] {
        let mut pack = HandPack::new();
        let base = pack.blob(b"a");
        let offset = pack.offset_delta(base, delta);
        let error = error(&pack.finish());
        assert_eq!(
            error,
            PackError::Delta {
                offset,
                error: fault
            }
        );
    }
}

#[test]
fn each_limit_is_named_when_it_is_hit() {
    let mut pack = HandPack::new();
    let base = pack.blob(&[b'a'; 1000]);
    let next = pack.offset_delta(base, &appending(1000, b"b"));
    pack.offset_delta(next, &appending(1001, b"c"));
    let length = pack.here() + 20;
    let pack = pack.finish();
    let usual = PackLimits::default();
    let set = |change: fn(&mut PackLimits)| {
        let mut limits = usual;
        change(&mut limits);
        limits
    };
    // Just enough of everything.
    let tight = PackLimits {
        objects: 3,
        object_bytes: 1002,
        delta_bytes: 1002,
        pack_bytes: length,
        inflated_bytes: 1000 + 14 + 14 + 1001 + 1002,
        chain: 2,
        work_bytes: 1 << 14,
        cache_bytes: 0,
    };
    assert!(index(&pack, tight).is_ok());
    let cases = [
        (set(|l| l.objects = 2), limit("objects", 2)),
        (set(|l| l.object_bytes = 999), limit("object_bytes", 999)),
        (set(|l| l.delta_bytes = 1001), limit("delta_bytes", 1001)),
        (set(|l| l.delta_bytes = 999), limit("delta_bytes", 999)),
        (set(|l| l.delta_bytes = 9), limit("delta_bytes", 9)),
        (
            set(|l| l.inflated_bytes = 999),
            limit("inflated_bytes", 999),
        ),
        (
            set(|l| l.inflated_bytes = 3000),
            limit("inflated_bytes", 3000),
        ),
        (set(|l| l.chain = 1), limit("chain", 1)),
        (set(|l| l.chain = 0), limit("chain", 0)),
        (set(|l| l.work_bytes = 2000), limit("work_bytes", 2000)),
    ];
    for (limits, expected) in cases {
        assert_eq!(error_with(&pack, limits), expected);
    }
    let short = PackLimits {
        pack_bytes: length - 1,
        ..usual
    };
    assert_eq!(error_with(&pack, short), limit("pack_bytes", length - 1));
    assert_eq!(
        limit("chain", 1).to_string(),
        "the pack is over its limit chain=1"
    );
}

/// Each delta doubles its base, by one instruction.
fn doubling(times: usize, size: usize) -> Vec<u8> {
    let mut pack = HandPack::new();
    let mut last = pack.blob(&std::vec![b'a'; size]);
    let mut length = size;
    for _ in 0..times {
        let mut delta = appending(length, b"");
        let copies = delta.split_off(delta.iter().position(|&byte| byte == 0xff).unwrap());
        delta.clear();
        put_size(&mut delta, length);
        put_size(&mut delta, 2 * length);
        delta.extend_from_slice(&copies);
        delta.extend_from_slice(&copies);
        last = pack.offset_delta(last, &delta);
        length *= 2;
    }
    pack.finish()
}

#[test]
fn a_bomb_of_deltas_is_defused_by_the_size_of_an_object() {
    let pack = doubling(22, 1000);
    assert!(pack.len() < 10_000);
    assert_eq!(error(&pack), limit("delta_bytes", 64 << 20));
}

#[test]
fn much_work_is_done_in_many_calls() {
    // 16 MiB, and all that leads there: 32 MiB in calls of 1 MiB each.
    let pack = doubling(14, 1024);
    let scanned = scan(&pack, READ_BYTES, PackLimits::default()).unwrap();
    let (index, reads) = resolve(&pack, scanned, READ_BYTES).unwrap();
    assert_eq!(index.len(), 15);
    assert!((31..=40).contains(&reads), "{reads}");
}

#[test]
fn many_small_objects_are_resolved_in_many_calls() {
    let mut pack = HandPack::new();
    let base = pack.blob(b"a");
    for _ in 0..10_000 {
        pack.offset_delta(base, b"\x01\x01\x01x");
    }
    let pack = pack.finish();
    let scanned = scan(&pack, READ_BYTES, PackLimits::default()).unwrap();
    let (index, reads) = resolve(&pack, scanned, READ_BYTES).unwrap();
    assert_eq!(index.len(), 2);
    assert!((4..=20).contains(&reads), "{reads}");
}

/// Long bases that do not fit the cache would be made again and again.
#[test]
fn work_without_end_is_broken_off() {
    let mut pack = HandPack::new();
    let content = std::vec![b'a'; 100_000];
    let mut last = pack.blob(&content);
    let mut bases = Vec::new();
    for length in content.len()..content.len() + 200 {
        bases.push((last, length));
        last = pack.offset_delta(last, &appending(length, b"x"));
    }
    // A second branch from each link of the chain, told last, so that the way down is done first.
    for (base, length) in bases {
        let branch = pack.offset_delta(base, &appending(length, b"y"));
        pack.offset_delta(branch, &appending(length + 1, b"z"));
    }
    let pack = pack.finish();
    let small = PackLimits {
        cache_bytes: 200_000,
        work_bytes: 200 << 20,
        ..PackLimits::default()
    };
    assert_eq!(error_with(&pack, small), limit("work_bytes", 200 << 20));
    let usual = PackLimits {
        work_bytes: 200 << 20,
        ..PackLimits::default()
    };
    assert!(index(&pack, usual).is_ok());
}

/// Each copy of the base would ask for all deltas to its id again.
#[test]
fn many_copies_of_a_base_with_many_deltas_cost_their_sum() {
    let mut pack = HandPack::new();
    for _ in 0..2000 {
        pack.blob(b"a");
    }
    for _ in 0..2000 {
        pack.ref_delta(blob_id(b"a"), &appending(1, b""));
    }
    let pack = pack.finish();
    let scanned = scan(&pack, READ_BYTES, PackLimits::default()).unwrap();
    let (index, reads) = resolve(&pack, scanned, READ_BYTES).unwrap();
    assert_eq!(index.len(), 1);
    assert!(reads <= 20, "{reads}");
}

#[test]
fn an_error_stays() {
    let mut scanner = Scanner::new(PackLimits::default());
    let expected = Err(PackError::Magic);
    assert_eq!(scanner.handle_bytes(b"GET / HTTP/1.1"), expected);
    assert_eq!(scanner.handle_bytes(b"PACK"), expected);
    assert_eq!(scanner.finish().map(drop), expected);
}

#[test]
fn a_resolver_that_is_left_half_way_has_no_index() {
    let mut pack = HandPack::new();
    let base = pack.blob(b"a");
    pack.offset_delta(base, &appending(1, b"b"));
    let pack = pack.finish();
    let scanned = scan(&pack, READ_BYTES, PackLimits::default()).unwrap();
    assert!(Resolver::new(scanned).finish().is_err());
}
