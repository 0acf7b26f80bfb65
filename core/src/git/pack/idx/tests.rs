use std::vec;
use std::vec::Vec;

use super::super::PackChecksum;
use super::*;

const PACK: PackChecksum = PackChecksum::from_bytes([0x77; 20]);

fn id(first: u8, last: u8) -> ObjectId {
    let mut bytes = [0; 20];
    (bytes[0], bytes[19]) = (first, last);
    ObjectId::from_bytes(bytes)
}

const fn entry(id: ObjectId, offset: u64, crc32: u32) -> IndexEntry {
    IndexEntry { id, offset, crc32 }
}

fn index(entries: &[IndexEntry]) -> Vec<u8> {
    let mut out = Vec::new();
    write_index(&mut entries.to_vec(), PACK, &mut out);
    out
}

/// Three objects, out of order; two are beyond 2 GiB.
fn three() -> [IndexEntry; 3] {
    [
        entry(id(2, 9), 0x8000_0000, 0xaabb_ccdd),
        entry(id(0, 1), 0x7fff_ffff, 1),
        entry(id(2, 8), 0x1_0000_0000, 2),
    ]
}

#[test]
fn an_index_is_these_bytes() {
    let mut expected = b"\xfftOc\0\0\0\x02".to_vec();
    for first in 0..256 {
        let count: u32 = if first < 2 { 1 } else { 3 };
        expected.extend_from_slice(&count.to_be_bytes());
    }
    for id in [id(0, 1), id(2, 8), id(2, 9)] {
        expected.extend_from_slice(id.as_bytes());
    }
    expected.extend_from_slice(b"\0\0\0\x01\0\0\0\x02\xaa\xbb\xcc\xdd");
    expected.extend_from_slice(b"\x7f\xff\xff\xff\x80\0\0\0\x80\0\0\x01");
    expected.extend_from_slice(b"\0\0\0\x01\0\0\0\0\0\0\0\0\x80\0\0\0");
    expected.extend_from_slice(&[0x77; 20]);
    let made = index(&three());
    let (bytes, sum) = made.split_last_chunk::<20>().unwrap();
    assert_eq!(bytes, expected);
    // As `sha1sum` has it.
    let stated = ObjectId::parse(b"beeb75614738312bc9d81ff8d677ce043547babc").unwrap();
    assert_eq!(ObjectId::from_bytes(*sum), stated);
}

#[test]
fn what_was_written_is_found() {
    let bytes = index(&three());
    let file = IndexFile::parse(&bytes).unwrap();
    assert_eq!(file.objects(), 3);
    assert_eq!(file.pack_checksum(), PACK);
    assert_eq!(file.verify(), Ok(()));
    for entry in three() {
        assert_eq!(file.find(&entry.id), Ok(Some(entry.offset)));
    }
    for other in [
        id(0, 0),
        id(0, 2),
        id(1, 1),
        id(2, 7),
        id(2, 10),
        id(255, 0),
    ] {
        assert_eq!(file.find(&other), Ok(None));
    }
    let mut sorted = three();
    sorted.sort_unstable();
    let read: Result<Vec<_>, _> = file.entries().collect();
    assert_eq!(read.as_deref(), Ok(&sorted[..]));
    let empty = index(&[]);
    let file = IndexFile::parse(&empty).unwrap();
    assert_eq!((file.verify(), file.objects()), (Ok(()), 0));
    assert_eq!((file.find(&id(0, 0)), empty.len()), (Ok(None), 1072));
}

/// So many objects whose ids begin alike.
fn alike(count: u16) -> Vec<IndexEntry> {
    let entry = |number: u16| {
        let mut bytes = [0xab; 20];
        bytes[1..3].copy_from_slice(&(2 * number + 1).to_be_bytes());
        entry(ObjectId::from_bytes(bytes), 12 + u64::from(number), 0)
    };
    (0..count).map(entry).collect()
}

/// Looks for an object; gives also the lengths of the reads.
fn search(bytes: &[u8], id: ObjectId) -> (Option<u64>, Vec<u64>) {
    let head = IndexHead::parse(&bytes[..IndexHead::BYTES], bytes.len() as u64).unwrap();
    let (mut search, mut reads) = (IndexSearch::new(&head, id), Vec::new());
    while let Some(range) = search.poll_read() {
        reads.push(range.end - range.start);
        let range = usize::try_from(range.start).unwrap()..usize::try_from(range.end).unwrap();
        search.handle_read(&bytes[range]).unwrap();
    }
    (search.offset(), reads)
}

#[test]
fn an_object_of_few_takes_two_short_reads() {
    let entries = alike(204);
    let bytes = index(&entries);
    for entry in entries {
        assert_eq!(
            search(&bytes, entry.id),
            (Some(entry.offset), vec![4080, 4])
        );
    }
    assert_eq!(search(&bytes, id(0, 0)), (None, vec![]));
    assert_eq!(search(&bytes, id(0xab, 0)), (None, vec![4080]));
    assert_eq!(
        search(&index(&three()), id(2, 9)),
        (Some(1 << 31), vec![40, 4, 8])
    );
}

#[test]
fn an_object_of_many_takes_few_reads() {
    let entries = alike(30_000);
    let bytes = index(&entries);
    for entry in entries.iter().step_by(61).chain(entries.last()) {
        let (found, reads) = search(&bytes, entry.id);
        assert_eq!(found, Some(entry.offset));
        assert!(reads.len() <= 9 && reads.iter().all(|bytes| *bytes <= 4080));
        let mut beside = *entry.id.as_bytes();
        beside[2] ^= 1;
        assert_eq!(search(&bytes, ObjectId::from_bytes(beside)).0, None);
    }
}

#[test]
fn a_read_of_another_length_is_told_and_may_be_repeated() {
    let bytes = index(&three());
    let head = IndexHead::parse(&bytes[..1032], bytes.len() as u64).unwrap();
    let mut search = IndexSearch::new(&head, id(0, 1));
    let error = IndexError::Read { offset: 1032 };
    for wrong in [&[0; 19][..], &[0; 21], &[]] {
        assert_eq!(search.handle_read(wrong), Err(error));
    }
    assert_eq!(search.poll_read(), Some(1032..1052));
    assert_eq!(search.handle_read(&bytes[1032..1052]), Ok(()));
    assert_eq!(search.poll_read(), Some(1104..1108));
}

/// Three objects with something else in place of some bytes.
fn damaged(at: usize, with: &[u8]) -> Vec<u8> {
    let mut bytes = index(&three());
    bytes[at..at + with.len()].copy_from_slice(with);
    bytes
}

#[test]
fn what_has_not_the_form_is_no_index() {
    let outcome = |bytes: &[u8]| IndexFile::parse(bytes).map(drop);
    let whole = index(&three());
    assert_eq!(outcome(&whole[..1031]), Err(IndexError::Magic));
    assert_eq!(outcome(&damaged(7, b"\x01")), Err(IndexError::Magic));
    assert_eq!(outcome(&damaged(0, b"PACK")), Err(IndexError::Magic));
    assert_eq!(outcome(&damaged(8, b"\0\0\0\x02")), Err(IndexError::Fanout));
    assert_eq!(
        outcome(&damaged(1028, b"\0\0\0\x02")),
        Err(IndexError::Fanout)
    );
    for length in [1032, 1155, 1171, 1173, 1180] {
        let mut bytes = whole.clone();
        bytes.resize(length, 0);
        let (objects, bytes_in) = (3, length as u64);
        let error = IndexError::Length {
            objects,
            bytes: bytes_in,
        };
        let is_sound = length == 1180;
        assert_eq!(outcome(&bytes), if is_sound { Ok(()) } else { Err(error) });
    }
    let mut bytes = whole.clone();
    bytes.resize(1188, 0);
    assert!(
        outcome(&bytes).is_err(),
        "four long offsets for three objects"
    );
    let all = [&b"\xfftOc\0\0\0\x02"[..], &[0xff; 1024]].concat();
    let error = IndexHead::parse(&all, u64::MAX).map(drop);
    assert!(matches!(error, Err(IndexError::Length { .. })), "{error:?}");
}

#[test]
fn an_offset_that_is_none_is_told() {
    for (at, with, bad) in [
        (1104, &b"\0\0\0\x0b"[..], 0),
        (1104, b"\x80\0\0\x02", 0),
        (1112, b"\xff\xff\xff\xff", 2),
        (1116, b"\x80\0\0\0", 1),
    ] {
        let bytes = damaged(at, with);
        let file = IndexFile::parse(&bytes).unwrap();
        let ids = [id(0, 1), id(2, 8), id(2, 9)];
        let error = IndexError::Offset { place: bad };
        assert_eq!(file.find(&ids[bad as usize]), Err(error));
        let read: Result<Vec<_>, _> = file.entries().collect();
        assert_eq!(read, Err(error));
    }
}

#[test]
fn damage_is_found_by_verifying() {
    let mended = |at, with: &[u8]| {
        let bytes = damaged(at, with);
        let (bytes, _) = bytes.split_last_chunk::<20>().unwrap();
        let mut sum = crate::git::id::plain_sha1();
        sha1_checked::Digest::update(&mut sum, bytes);
        let sum = sha1_checked::Digest::finalize(sum);
        let bytes = [bytes, &sum[..]].concat();
        IndexFile::parse(&bytes).unwrap().verify()
    };
    assert_eq!(mended(0, b"\xff"), Ok(()));
    let crc = damaged(1092, b"\xff");
    let crc = IndexFile::parse(&crc).unwrap().verify();
    assert_eq!(crc, Err(IndexError::Checksum));
    assert_eq!(
        mended(1092, b"\xff"),
        Ok(()),
        "a CRC-32 is for the pack to check"
    );
    assert_eq!(mended(1052, b"\x03"), Err(IndexError::Fanout));
    let order = Err(IndexError::Order { id: id(2, 9) });
    assert_eq!(mended(1071, b"\x0a"), order);
    assert_eq!(
        mended(1104, b"\0\0\0\0"),
        Err(IndexError::Offset { place: 0 })
    );
}
