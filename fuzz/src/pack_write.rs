//! Packs and their indexes, written and read again.
//!
//! What is written must be what a reader finds, however it was cut; and no bytes make the reader of
//! an index panic, loop, or contradict itself.

use std::collections::{BTreeMap, BTreeSet};

use sha1_checked::{Digest as _, Sha1};
use zigdepot_core::archive::crc32::Crc32;
use zigdepot_core::git::id::{ObjectId, ObjectKind, object_id};
use zigdepot_core::git::pack::{
    IndexEntry, IndexError, IndexFile, IndexHead, IndexSearch, PackChecksum, PackWriteError,
    PackWriter, write_index,
};

use crate::git::{Contents, contents};

/// Objects as the input tells them: they are found in the pack, through its index, and in a pack
/// that they are copied to; and calls out of turn spoil a pack for good.
pub fn pack_write(data: &[u8]) {
    let objects = objects(data);
    let count = u32::try_from(objects.len()).expect("few objects");
    let cut = data.len() % 301 + 1;
    let (pack, mut entries, sum) = write(count, &objects, cut);
    assert!(
        write(count, &objects, usize::MAX).0 == pack,
        "cuts change the pack"
    );
    let read = contents(&pack, cut, cut * 64).expect("a reader takes it");
    assert!(read == objects, "another object than written");
    let mut bytes = Vec::new();
    write_index(&mut entries, sum, &mut bytes);
    let index = IndexFile::parse(&bytes).expect("it has the form");
    assert_eq!(index.verify(), Ok(()));
    assert_eq!(index.pack_checksum(), sum);
    copy(&pack, &index, &objects);
    out_of_turn(data);
}

/// A pack of these objects, contents cut in pieces.
pub(crate) fn write(
    count: u32,
    objects: &Contents,
    cut: usize,
) -> (Vec<u8>, Vec<IndexEntry>, PackChecksum) {
    let (mut out, mut entries) = (Vec::new(), Vec::new());
    let mut writer = PackWriter::new(count, &mut out);
    for (id, (kind, content)) in objects {
        let size = content.len() as u64;
        writer.begin(*id, *kind, size, &mut out).expect("its turn");
        for piece in content.chunks(cut) {
            writer.content(piece, &mut out).expect("its length");
        }
        entries.push(writer.end(&mut out).expect("its length"));
    }
    let sum = writer.finish(&mut out).expect("all are there");
    (out, entries, sum)
}

/// Copies all objects to another pack, in the order of their ends.
fn copy(pack: &[u8], index: &IndexFile<'_>, objects: &Contents) {
    let entries = index.entries().map(|entry| entry.expect("it is sound"));
    let by_offset: BTreeMap<u64, IndexEntry> = entries.map(|entry| (entry.offset, entry)).collect();
    assert_eq!(by_offset.len(), objects.len());
    let mut end = pack.len() - 20;
    let mut out = Vec::new();
    let mut writer = PackWriter::new(index.objects(), &mut out);
    for (offset, entry) in by_offset.iter().rev() {
        let start = usize::try_from(*offset).expect("it is in the pack");
        let bytes = &pack[start..end];
        end = start;
        assert_eq!(Crc32::of(bytes), entry.crc32);
        assert_eq!(index.find(&entry.id), Ok(Some(*offset)));
        writer
            .begin_copy(entry.id, bytes.len() as u64)
            .expect("its turn");
        for piece in bytes.chunks(5000) {
            writer.content(piece, &mut out).expect("its length");
        }
        let copied = writer.end(&mut out).expect("its length");
        assert_eq!((copied.id, copied.crc32), (entry.id, entry.crc32));
    }
    writer.finish(&mut out).expect("all are there");
    assert_eq!(out.len(), pack.len());
    assert!(contents(&out, out.len(), 65_536).as_ref() == Ok(objects));
}

/// Any calls: the first error stays, and a pack that ends is one.
fn out_of_turn(calls: &[u8]) {
    let id = ObjectId::from_bytes([7; 20]);
    let mut out = Vec::new();
    let mut writer = PackWriter::new(2, &mut out);
    let mut first: Option<PackWriteError> = None;
    for call in calls.iter().take(20) {
        let size = u64::from(call >> 3);
        let content = &b"\x31 some content, long enough for all"[..usize::from(call >> 3)];
        let result = match call % 8 {
            0 | 1 => writer.begin(id, ObjectKind::Blob, size, &mut out),
            2 => writer.begin_copy(id, size),
            3..=5 => writer.content(content, &mut out),
            _ => writer.end(&mut out).map(drop),
        };
        match first {
            None => first = result.err(),
            Some(first) => assert_eq!(result, Err(first)),
        }
    }
    match (writer.finish(&mut out), first) {
        (Ok(sum), None) => assert_eq!(Sha1::digest(&out[..out.len() - 20])[..], sum.as_bytes()[..]),
        (Err(error), Some(first)) => assert_eq!(error, first),
        (Err(_), None) => {}
        (Ok(_), Some(first)) => panic!("a pack in spite of {first}"),
    }
}

/// A byte for the kind and how often the text behind it is repeated, a byte for its length, the text.
pub(crate) fn objects(mut data: &[u8]) -> Contents {
    let (mut objects, mut bytes) = (Contents::new(), 0);
    while let Some((&[first, length], rest)) = data.split_first_chunk::<2>() {
        let (text, rest) = rest.split_at(rest.len().min(length.into()));
        data = rest;
        let kind = match first % 4 {
            0 => ObjectKind::Commit,
            1 => ObjectKind::Tree,
            2 => ObjectKind::Tag,
            _ => ObjectKind::Blob,
        };
        let times = usize::from(first >> 2) + 1;
        bytes += times * text.len();
        if bytes > 1 << 15 || objects.len() == 50 {
            break;
        }
        let content = text.repeat(times);
        let id = object_id(kind, &content).expect("no collision");
        objects.insert(id, (kind, content));
    }
    objects
}

/// Any bytes as an index, and behind a beginning that fits them: what is listed is found unless the
/// index is damaged, and a sound one is written again the same, but for the order of long offsets.
/// And any entries: they come back.
pub fn idx(data: &[u8]) {
    read(data, data);
    if let Some((&[objects, first], body)) = data.split_first_chunk::<2>() {
        let mut bytes = b"\xfftOc\0\0\0\x02".to_vec();
        for byte in 0..=u8::MAX {
            let count = u32::from(objects) * u32::from(byte >= first);
            bytes.extend_from_slice(&count.to_be_bytes());
        }
        bytes.extend_from_slice(body);
        read(&bytes, body);
        let sum = Sha1::digest(&bytes);
        bytes.extend_from_slice(&sum);
        read(&bytes, body);
    }
    round_trip(data);
}

fn read(bytes: &[u8], wanted: &[u8]) {
    let Ok(file) = IndexFile::parse(bytes) else {
        return;
    };
    for id in wanted.as_chunks::<20>().0 {
        let id = ObjectId::from_bytes(*id);
        assert_eq!(search(bytes, id), file.find(&id));
    }
    let entries: Result<Vec<_>, _> = file.entries().collect();
    if file.verify().is_err() {
        return;
    }
    let mut entries = entries.expect("it was verified");
    assert_eq!(entries.len(), file.objects() as usize);
    let pairs: BTreeSet<_> = entries
        .iter()
        .map(|entry| (entry.id, entry.offset))
        .collect();
    for entry in &entries {
        let found = file.find(&entry.id).expect("it was verified");
        let found = found.expect("what is listed is found");
        assert!(pairs.contains(&(entry.id, found)));
    }
    let mut again = Vec::new();
    write_index(&mut entries, file.pack_checksum(), &mut again);
    let again: Result<Vec<_>, _> = IndexFile::parse(&again)
        .expect("it is sound")
        .entries()
        .collect();
    assert_eq!(again, Ok(entries));
}

fn search(bytes: &[u8], id: ObjectId) -> Result<Option<u64>, IndexError> {
    let head = IndexHead::parse(&bytes[..IndexHead::BYTES], bytes.len() as u64)?;
    let mut search = IndexSearch::new(&head, id);
    let mut reads = 0;
    while let Some(range) = search.poll_read() {
        reads += 1;
        assert!(reads < 40, "searching does not end");
        assert!(range.end <= bytes.len() as u64 && range.end - range.start <= 4080);
        let at = |at| usize::try_from(at).expect("it is in the file");
        search.handle_read(&bytes[at(range.start)..at(range.end)])?;
    }
    Ok(search.offset())
}

/// Entries of 7 bytes each: an id, an offset of up to 40 bits, a CRC-32.
fn round_trip(data: &[u8]) {
    let entry = |bytes: &[u8; 7]| {
        let mut id = [bytes[0]; 20];
        id[19] = bytes[1];
        let offset = bytes[2..]
            .iter()
            .fold(0, |sum, byte| sum << 8 | u64::from(*byte));
        IndexEntry {
            id: ObjectId::from_bytes(id),
            offset: offset + 12,
            crc32: u32::from(bytes[1]) << 24,
        }
    };
    let mut entries: Vec<_> = data.as_chunks::<7>().0.iter().map(entry).collect();
    let sum = PackChecksum::from_bytes([9; 20]);
    let mut bytes = Vec::new();
    write_index(&mut entries, sum, &mut bytes);
    let file = IndexFile::parse(&bytes).expect("it is sound");
    assert_eq!(file.verify(), Ok(()));
    assert_eq!(file.pack_checksum(), sum);
    let ids: Vec<u8> = entries
        .iter()
        .flat_map(|entry| *entry.id.as_bytes())
        .collect();
    read(&bytes, &ids);
    let read: Result<Vec<_>, _> = file.entries().collect();
    assert_eq!(read, Ok(entries));
}
