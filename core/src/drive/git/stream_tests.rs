use core::pin::pin;
use core::task::Poll;
use std::string::ToString;
use std::vec;

use super::super::samples::{blob_id, framed, key, noise, release};
use super::*;
use crate::app::file::Piece;
use crate::drive::fixtures::{Memory, poll, run};
use crate::drive::parts::Parts;
use crate::drive::reply::{Cut, Segment};
use crate::git::pack::{PackIndex, PackLimits, Resolver, Scanner};
use crate::registry::tag::TagName;
use crate::store::StoreKey;

const ALL: [Framing; 3] = [Framing::Bare, Framing::Small, Framing::Large];

fn host() -> Memory {
    Memory::new(|_| {})
}

fn plan(
    host: &Memory,
    wanted: &[&Source],
    had: &[&Source],
    framing: Framing,
) -> Result<PackStream<Memory>, PackError> {
    let owned = |sources: &[&Source]| -> Vec<Source> { sources.iter().copied().cloned().collect() };
    let (wanted, had) = (owned(wanted), owned(had));
    run(PackStream::plan(host, &wanted, &had, framing))
}

/// All chunks, which have the lengths that were promised.
fn pull(stream: &mut PackStream<Memory>) -> Result<Vec<u8>, PackError> {
    let (mut all, told) = (Vec::new(), stream.len());
    while let Some(chunk) = run(stream.next())? {
        assert!(chunk.len() == 65_536 || stream.len() == 0);
        all.extend_from_slice(&chunk);
        assert_eq!(stream.len(), told - all.len() as u64);
    }
    assert_eq!(stream.len(), 0);
    Ok(all)
}

fn index(pack: &[u8]) -> PackIndex {
    let mut scanner = Scanner::new(PackLimits::default());
    scanner.handle_bytes(pack).unwrap();
    Resolver::new(scanner.finish().unwrap()).finish().unwrap()
}

/// A pack out of its packets.
fn unframed(mut packets: &[u8]) -> Vec<u8> {
    let mut pack = Vec::new();
    while packets != b"0000" {
        let (head, rest) = packets.split_at(5);
        let length = usize::from_str_radix(core::str::from_utf8(&head[..4]).unwrap(), 16).unwrap();
        let (data, rest) = rest.split_at(length - 5);
        assert_eq!(head[4], 1);
        pack.extend_from_slice(data);
        packets = rest;
    }
    pack
}

#[test]
fn one_release_is_framed_anew() {
    let host = host();
    let long = noise(150_000, 1);
    let (source, pack) = release(&host, "v1", &[b"small", &long, b"last"]);
    for framing in ALL {
        let mut stream = plan(&host, &[&source], &[], framing).unwrap();
        let expected = framed(framing, &pack);
        assert_eq!(stream.len(), expected.len() as u64);
        assert!(pull(&mut stream).unwrap() == expected, "{framing:?}");
        assert_eq!(run(stream.next()), Ok(None));
    }
}

#[test]
fn releases_share_their_objects_and_the_client_keeps_its_own() {
    let host = host();
    let (long, old) = (noise(200_000, 1), noise(90_000, 2));
    let (first, _) = release(&host, "v1", &[b"one", &old]);
    let (second, _) = release(&host, "v2", &[&old, b"two", &long]);
    let (third, _) = release(&host, "v3", &[&long, b"two", b"three"]);
    let mut stream = plan(&host, &[&second, &third], &[&first], Framing::Large).unwrap();
    let index = index(&unframed(&pull(&mut stream).unwrap()));
    let mut expected = vec![blob_id(b"two"), blob_id(&long), blob_id(b"three")];
    expected.sort_unstable();
    assert!(index.ids().eq(expected));
}

#[test]
fn client_that_has_a_commit_gets_the_tag_on_it() {
    let host = host();
    let (mut release, _) = release(&host, "v1", &[b"the tree", b"the commit", b"the tag"]);
    release.tags = vec![blob_id(b"the tag")];
    let mut stream = plan(&host, &[&release], &[&release], Framing::Large).unwrap();
    let index = index(&unframed(&pull(&mut stream).unwrap()));
    assert!(index.ids().eq([blob_id(b"the tag")]));
}

#[test]
fn files_are_open_one_at_a_time_and_what_gives_nothing_not_at_all() {
    let host = host();
    let (first, _) = release(&host, "v1", &[b"one"]);
    let (same, _) = release(&host, "v2", &[b"one"]);
    let (last, _) = release(&host, "v3", &[b"three"]);
    let mut stream = plan(&host, &[&first, &same, &last], &[], Framing::Large).unwrap();
    host.take_opened();
    pull(&mut stream).unwrap();
    let read = [
        key("v1", GitPart::Index),
        key("v1", GitPart::Sideband),
        key("v3", GitPart::Index),
        key("v3", GitPart::Sideband),
    ];
    assert_eq!(host.take_opened(), read.each_ref().map(StoreKey::as_str));
}

#[test]
fn others_get_their_turn_before_each_chunk() {
    let host = host();
    let (source, _) = release(&host, "v1", &[&noise(1 << 20, 1)]);
    let mut stream = plan(&host, &[&source], &[], Framing::Large).unwrap();
    let before = host.pauses();
    pull(&mut stream).unwrap();
    assert!(host.pauses() - before >= 17, "{}", host.pauses() - before);
}

/// Every wait is given up once and begun anew, as a connection does that looks at something else.
#[test]
fn waits_that_are_given_up_lose_nothing() {
    let host = host();
    let (first, _) = release(&host, "v1", &[&noise(100_000, 1), b"one"]);
    let (second, _) = release(&host, "v2", &[b"one", &noise(70_000, 2)]);
    let both = [&first, &second];
    let expected = pull(&mut plan(&host, &both, &[], Framing::Small).unwrap()).unwrap();
    let mut stream = plan(&host, &both, &[], Framing::Small).unwrap();
    host.stall();
    let mut all = Vec::new();
    for patience in (1..400).cycle() {
        match polled(&mut stream, patience) {
            Poll::Ready(Ok(Some(chunk))) => all.extend_from_slice(&chunk),
            Poll::Ready(Ok(None)) => break,
            Poll::Ready(Err(error)) => panic!("{error}"),
            Poll::Pending => {}
        }
    }
    assert!(all == expected);
}

/// Asks for a chunk, and gives up after so many polls.
fn polled(
    stream: &mut PackStream<Memory>,
    patience: u32,
) -> Poll<Result<Option<Bytes>, PackError>> {
    let mut next = pin!(stream.next());
    for _ in 0..patience {
        if let Poll::Ready(chunk) = poll(next.as_mut()) {
            return Poll::Ready(chunk);
        }
    }
    Poll::Pending
}

/// The release is forgotten, so that it is derived anew, and the operator is told.
fn assert_forgotten(host: &Memory, tag: &str, error: &PackError) {
    assert_eq!(*error, PackError::Stale(TagName::parse(tag).unwrap()));
    assert!(host.file(&key(tag, GitPart::Note)).is_none());
    let log = host.take_log();
    assert!(log.len() == 1 && log[0].contains(tag), "{log:?}");
}

#[test]
fn damaged_object_breaks_the_answer_off_before_its_end() {
    let host = host();
    let (first, _) = release(&host, "v1", &[b"one"]);
    let (second, _) = release(&host, "v2", &[b"two", &noise(300_000, 1)]);
    let sideband = key("v2", GitPart::Sideband);
    let mut bytes = host.file(&sideband).unwrap().to_vec();
    bytes[200_000] ^= 4;
    host.put(&sideband, &bytes);
    let mut stream = plan(&host, &[&first, &second], &[], Framing::Large).unwrap();
    let error = pull(&mut stream).unwrap_err();
    assert!(stream.len() > 0);
    assert_eq!(run(stream.next()), Err(error.clone()));
    assert_forgotten(&host, "v2", &error);
    assert!(host.file(&key("v1", GitPart::Note)).is_some());
}

#[test]
fn file_that_got_shorter_breaks_the_answer_off() {
    let host = host();
    let (source, _) = release(&host, "v1", &[&noise(300_000, 1)]);
    let mut stream = plan(&host, &[&source], &[], Framing::Large).unwrap();
    let sideband = key("v1", GitPart::Sideband);
    let bytes = host.file(&sideband).unwrap();
    host.put(&sideband, &bytes[..100_000]);
    let error = pull(&mut stream).unwrap_err();
    assert_forgotten(&host, "v1", &error);
}

#[test]
fn index_that_changed_since_the_plan_breaks_the_answer_off() {
    let host = host();
    let (source, _) = release(&host, "v1", &[b"one"]);
    let mut stream = plan(&host, &[&source], &[], Framing::Large).unwrap();
    release(&host, "v1", &[b"another"]);
    let error = pull(&mut stream).unwrap_err();
    assert_forgotten(&host, "v1", &error);
}

#[test]
fn nothing_is_planned_on_files_that_are_not_those_of_the_note() {
    for part in [GitPart::Index, GitPart::Sideband] {
        let stored = |host: &Memory| release(host, "v1", &[b"one", b"two"]).0;
        let host = host();
        let source = stored(&host);
        let whole = host.file(&key("v1", part)).unwrap();
        let cut = &whole[..whole.len() - 1];
        let spoilt: [Option<Vec<u8>>; 3] = [None, Some(vec![]), Some(cut.to_vec())];
        for bytes in spoilt {
            stored(&host);
            match bytes {
                None => host.remove(&key("v1", part)),
                Some(bytes) => host.put(&key("v1", part), &bytes),
            }
            let error = plan(&host, &[&source], &[], Framing::Large).map(drop);
            assert_forgotten(&host, "v1", &error.unwrap_err());
        }
    }
}

#[test]
fn release_that_the_client_had_and_that_is_lost_is_passed_over() {
    let host = host();
    let (had, _) = release(&host, "v1", &[b"one"]);
    let (wanted, pack) = release(&host, "v2", &[b"one", b"two"]);
    host.remove(&key("v1", GitPart::Index));
    let mut stream = plan(&host, &[&wanted], &[&had], Framing::Bare).unwrap();
    assert!(pull(&mut stream).unwrap() == pack);
}

#[test]
fn too_many_objects_are_refused_and_nothing_is_forgotten() {
    let host = Memory::new(|limits| limits.merge_objects = 3);
    let (first, _) = release(&host, "v1", &[b"one", b"two"]);
    let (second, _) = release(&host, "v2", &[b"three", b"four"]);
    let (large, _) = release(&host, "v3", &[b"1", b"2", b"3", b"4"]);
    let refused = PackError::TooManyObjects { most: 3 };
    for wanted in [&[&first, &second][..], &[&large]] {
        let error = plan(&host, wanted, &[], Framing::Large).map(drop);
        assert_eq!(error, Err(refused.clone()));
    }
    assert!(refused.to_string().ends_with("ask for fewer at once"));
    assert_eq!(host.take_log(), [""; 0]);
    // What it had does not count.
    let stream = plan(&host, &[&first], &[&large, &second], Framing::Large);
    assert!(pull(&mut stream.unwrap()).is_ok());
}

#[test]
fn parts_are_sent_in_their_order_and_none_is_empty() {
    let host = host();
    let (source, pack) = release(&host, "v1", &[&noise(100_000, 1)]);
    let stream = plan(&host, &[&source], &[], Framing::Bare).unwrap();
    let (file, _) = run(host.open(&key("v1", GitPart::Note))).unwrap();
    let piece = Piece { start: 2, len: 4 };
    let mut parts = Parts::<Memory>::new();
    parts.push_bytes("head");
    parts.push_bytes("");
    parts.push_file(file, piece);
    parts.push_pack(stream);
    parts.push_bytes("tail");
    assert_eq!(parts.len(), 12 + pack.len() as u64);
    assert_eq!(parts.take_bytes().as_deref(), Some(&b"head"[..]));
    assert_eq!(parts.take_bytes(), None);
    let mut sent = Vec::new();
    while let Some(segment) = run(parts.next()).unwrap() {
        assert!(!segment.is_empty());
        match segment {
            Segment::Bytes(bytes) => sent.extend_from_slice(&bytes),
            Segment::File(file, piece) => {
                assert_eq!(piece, Piece { start: 2, len: 4 });
                sent.extend_from_slice(&file[2..6]);
            }
        }
    }
    assert!(parts.is_empty());
    assert!(sent == [b"note", pack.as_slice(), b"tail"].concat());
}

#[test]
fn pack_that_breaks_off_cuts_the_body() {
    let host = host();
    let (source, _) = release(&host, "v1", &[b"one"]);
    let mut parts = Parts::<Memory>::new();
    parts.push_pack(plan(&host, &[&source], &[], Framing::Large).unwrap());
    host.remove(&key("v1", GitPart::Sideband));
    assert!(matches!(run(parts.next()), Err(Cut)));
    assert!(matches!(run(parts.next()), Err(Cut)));
    assert!(!parts.is_empty());
}
