use std::string::ToString;
use std::vec;
use std::vec::Vec;

use super::super::fixtures::{all, blob_id, noise};
use super::super::{IndexFile, PackChecksum, write_index};
use super::*;
use crate::git::id::object_id;

const HELLO: &[u8] = b"hello\n";

/// A pack of blobs, contents in pieces of `step` bytes, and what is reported of them.
fn blobs(contents: &[&[u8]], step: usize) -> (Vec<u8>, Vec<IndexEntry>, PackChecksum) {
    let mut out = Vec::new();
    let mut writer = PackWriter::new(u32::try_from(contents.len()).unwrap(), &mut out);
    let mut entries = Vec::new();
    for content in contents {
        let (id, size) = (blob_id(content), content.len() as u64);
        writer.begin(id, ObjectKind::Blob, size, &mut out).unwrap();
        for piece in content.chunks(step) {
            writer.content(piece, &mut out).unwrap();
        }
        entries.push(writer.end(&mut out).unwrap());
    }
    assert_eq!(writer.bytes(), out.len() as u64);
    let sum = writer.finish(&mut out).unwrap();
    (out, entries, sum)
}

#[test]
fn a_pack_of_one_small_blob_is_these_bytes() {
    let (pack, entries, sum) = blobs(&[HELLO], 100);
    // Fixed Huffman codes, then the Adler-32; `git index-pack --strict` takes it.
    let stream = b"\x78\x9c\xcb\x48\xcd\xc9\xc9\xe7\x02\x00\x08\x4b\x02\x1f";
    let expected = [&b"PACK\0\0\0\x02\0\0\0\x01\x36"[..], stream, sum.as_bytes()].concat();
    assert_eq!(pack, expected);
    let crc32 = Crc32::of(&pack[12..pack.len() - 20]);
    let (id, offset) = (blob_id(HELLO), 12);
    assert_eq!(entries, [IndexEntry { id, offset, crc32 }]);
    assert_eq!(sum.to_string(), "de0412401f4a9e5f05411f44eaf9c86d46096746");
}

#[test]
fn a_pack_without_objects_is_a_prefix_and_a_sum() {
    let mut out = b"before".to_vec();
    let sum = PackWriter::new(0, &mut out).finish(&mut out).unwrap();
    assert!(out.starts_with(b"beforePACK\0\0\0\x02\0\0\0\0"));
    // As `git pack-objects --stdout </dev/null` names it.
    assert_eq!(sum.to_string(), "029d08823bd8a8eab510ad6ac75c823cfd3ed31e");
    assert!(out.ends_with(sum.as_bytes()) && out.len() == 38);
}

#[test]
fn all_kinds_and_lengths_come_back_from_the_reader() {
    use ObjectKind::{Blob, Commit, Tag, Tree};
    let contents = [
        (Blob, vec![]),
        (Commit, b"tree".to_vec()),
        (Tag, noise(16, 1)),
        (Tree, noise(2048, 2)),
        (Blob, noise(200_000, 3)),
        (Blob, b"text ".repeat(100_000)),
        (Blob, b"x".to_vec()),
    ];
    let mut out = Vec::new();
    let mut writer = PackWriter::new(7, &mut out);
    let mut entries = Vec::new();
    for (kind, content) in &contents {
        let id = object_id(*kind, content).unwrap();
        entries.push(writer.object(id, *kind, content, &mut out).unwrap());
    }
    let sum = writer.finish(&mut out).unwrap();
    let read = all(&out).unwrap();
    assert_eq!(read.len(), contents.len());
    for (entry, (kind, content)) in entries.iter().zip(&contents) {
        assert_eq!(read.get(&entry.id), Some(&(*kind, content.clone())));
    }
    let mut index = Vec::new();
    write_index(&mut entries, sum, &mut index);
    let index = IndexFile::parse(&index).unwrap();
    assert_eq!(index.verify(), Ok(()));
    assert_eq!(index.pack_checksum(), sum);
}

#[test]
fn neither_cuts_nor_earlier_objects_change_the_bytes() {
    let (text, noise) = (b"some words ".repeat(9000), noise(70_000, 7));
    let contents: [&[u8]; 5] = [HELLO, &text, b"", &noise, HELLO];
    let (whole, entries, _) = blobs(&contents, usize::MAX);
    for step in [1, 7, 257, 4096, 65_537] {
        assert!(blobs(&contents, step).0 == whole, "by {step}");
    }
    let (first, last) = (entries[0], entries[4]);
    assert_eq!(first.crc32, last.crc32);
    let (alone, entries, _) = blobs(&[&noise], 100);
    let length = alone.len() - 32;
    assert_eq!(entries[0].offset, 12);
    let (before, after) = (alone.get(12..12 + length), whole.len() - 20 - length - 15);
    assert!(before == whole.get(after..after + length));
}

/// What stands in a pack of these blobs for the first.
fn entry_of(content: &[u8]) -> Vec<u8> {
    let (pack, ..) = blobs(&[content], 100);
    pack[12..pack.len() - 20].to_vec()
}

#[test]
fn a_copied_object_is_as_good_as_a_compressed_one() {
    let noise = noise(3000, 9);
    let (expected, reported, sum) = blobs(&[HELLO, &noise, HELLO], 100);
    for step in [1, 100, 10_000] {
        let mut out = Vec::new();
        let mut writer = PackWriter::new(3, &mut out);
        let mut entries = Vec::new();
        for content in [HELLO, &noise, HELLO] {
            let (id, bytes) = (blob_id(content), entry_of(content));
            writer.begin_copy(id, bytes.len() as u64).unwrap();
            for piece in bytes.chunks(step) {
                writer.content(piece, &mut out).unwrap();
            }
            entries.push(writer.end(&mut out).unwrap());
        }
        assert!(writer.deflater.is_none(), "copying needs no compressor");
        assert_eq!(writer.finish(&mut out), Ok(sum));
        assert!(out == expected && entries == reported);
    }
}

#[test]
fn what_is_no_object_in_full_is_not_copied() {
    for first in [0x00, 0x50, 0x61, 0xf1] {
        let mut out = Vec::new();
        let mut writer = PackWriter::new(1, &mut out);
        let id = blob_id(HELLO);
        writer.begin_copy(id, 9).unwrap();
        writer.content(b"", &mut out).unwrap();
        let error = PackWriteError::NotWhole(id);
        assert_eq!(writer.content(&[first], &mut out), Err(error));
        assert_eq!(writer.end(&mut out), Err(error));
        assert_eq!(writer.finish(&mut out), Err(error));
    }
}

type Calls<'a> = dyn Fn(&mut PackWriter, &mut Vec<u8>) -> Result<(), PackWriteError> + 'a;

#[test]
fn what_was_announced_must_come() {
    let (id, blob) = (blob_id(HELLO), ObjectKind::Blob);
    let broken = |calls: &Calls<'_>| {
        let mut out = Vec::new();
        let mut writer = PackWriter::new(1, &mut out);
        let error = calls(&mut writer, &mut out).unwrap_err();
        let again = writer.object(id, blob, HELLO, &mut out);
        assert_eq!(again, Err(error), "the first error stays");
        assert_eq!(writer.finish(&mut out), Err(error));
        error
    };
    let too_long = broken(&|writer, out| {
        writer.begin(id, blob, 5, out)?;
        writer.content(b"hel", out)?;
        writer.content(b"lo\n", out)
    });
    assert_eq!(too_long, PackWriteError::TooLong(id));
    let too_short = broken(&|writer, out| {
        writer.begin(id, blob, 8, out)?;
        writer.content(HELLO, out)?;
        writer.end(out).map(drop)
    });
    assert_eq!(too_short, PackWriteError::TooShort { id, left: 2 });
    let not_ended = broken(&|writer, out| {
        writer.begin(id, blob, 6, out)?;
        writer.begin_copy(id, 9)
    });
    assert_eq!(not_ended, PackWriteError::NotEnded(id));
    let outside = broken(&|writer, out| writer.content(HELLO, out));
    assert_eq!(outside, PackWriteError::NotBegun);
    let outside = broken(&|writer, out| writer.end(out).map(drop));
    assert_eq!(outside, PackWriteError::NotBegun);
    let too_many = broken(&|writer, out| {
        writer.object(id, blob, HELLO, out)?;
        writer.begin(id, blob, 6, out)
    });
    assert_eq!(too_many, PackWriteError::TooMany(id));
}

#[test]
fn a_pack_that_is_not_complete_has_no_end() {
    let mut out = Vec::new();
    let writer = PackWriter::new(2, &mut out);
    let too_few = PackWriteError::TooFew { left: 2 };
    assert_eq!(writer.finish(&mut out), Err(too_few));
    let mut writer = PackWriter::new(1, &mut out);
    let id = blob_id(HELLO);
    writer.begin(id, ObjectKind::Blob, 6, &mut out).unwrap();
    assert_eq!(writer.finish(&mut out), Err(PackWriteError::NotEnded(id)));
}
