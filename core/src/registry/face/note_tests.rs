use alloc::string::ToString;

use super::*;

fn note() -> FaceNote {
    FaceNote {
        tarball: Sha256Digest::of(b"tarball"),
        commit: ObjectId::from_bytes([0xc0; 20]),
        has_parents: true,
        tags: Vec::from([ObjectId::from_bytes([1; 20]), ObjectId::from_bytes([2; 20])]),
        objects: 10,
        length: 70_000,
        content_end: 69_000,
        sum: PackChecksum::from_bytes([3; 20]),
        plain: PlainPack {
            commit: ObjectId::from_bytes([4; 20]),
            entry: Vec::from(*b"\x9fentry"),
            objects: 8,
            sum: PackChecksum::from_bytes([5; 20]),
        },
    }
}

/// The text with one line changed.
fn with(from: &str, to: &str) -> Result<FaceNote, NoteError> {
    let text = note().to_text();
    assert!(text.contains(from), "{from}");
    FaceNote::parse(text.replacen(from, to, 1).as_bytes())
}

#[test]
fn text_round_trips() {
    let imported = FaceNote {
        has_parents: false,
        tags: Vec::new(),
        objects: 8,
        ..note()
    };
    let longest = FaceNote {
        tags: Vec::from([ObjectId::from_bytes([6; 20]); MAX_TAG_OBJECTS]),
        objects: u32::MAX,
        length: 1 << 62,
        content_end: (1 << 62) - 100,
        plain: PlainPack {
            entry: [7; 600].into(),
            objects: u32::MAX - 16,
            ..note().plain
        },
        ..note()
    };
    for note in [note(), imported, longest] {
        let text = note.to_text();
        assert!(text.len() < 2100, "{}", text.len());
        assert_eq!(FaceNote::parse(text.as_bytes()), Ok(note));
    }
}

#[test]
fn text_is_lines_that_people_can_read() {
    let text = note().to_text();
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(lines[0], "zigdepot git 1");
    assert_eq!(lines[3], "parents yes");
    assert_eq!(lines[4], ["tag ", &"01".repeat(20)].concat());
    assert_eq!(lines[6..9], ["objects 10", "length 70000", "content 69000"]);
    assert_eq!(lines[11], "plain-entry n2VudHJ5");
    assert!(text.ends_with('\n'));
}

#[test]
fn a_tag_stands_for_its_object_or_else_for_the_commit() {
    let mut note = note();
    assert_eq!(note.tip(), ObjectId::from_bytes([1; 20]));
    note.tags.clear();
    assert_eq!(note.tip(), note.commit);
    assert_eq!(note.plain_length(), 69_026);
    assert_eq!(note.sideband_length(), Some(70_014));
}

#[test]
fn files_of_another_length_are_not_its_own() {
    let mut note = note();
    for (part, bytes) in [
        (GitPart::Sideband, 70_014),
        (GitPart::Index, 1072 + 28 * 10),
        (GitPart::PlainIndex, 1072 + 28 * 8),
    ] {
        assert!(note.fits(part, bytes), "{part:?}");
        assert!(!note.fits(part, bytes - 1) && !note.fits(part, bytes + 8));
    }
    note.length = 3 << 30;
    assert!(note.fits(GitPart::Index, 1072 + 28 * 10 + 8));
    assert!(!note.fits(GitPart::Index, 1072 + 28 * 10 + 4));
}

#[test]
fn a_note_that_was_cut_at_any_byte_is_none() {
    let text = note().to_text();
    for end in 0..text.len() {
        assert!(FaceNote::parse(&text.as_bytes()[..end]).is_err(), "{end}");
    }
}

#[test]
fn no_bit_of_a_note_can_be_another() {
    let text = note().to_text();
    for at in 0..text.len() {
        for bit in 0..8 {
            let mut bytes = text.clone().into_bytes();
            bytes[at] ^= 1 << bit;
            assert!(FaceNote::parse(&bytes).is_err(), "bit {bit} of byte {at}");
        }
    }
}

#[test]
fn what_is_not_as_it_was_written_is_none() {
    use NoteError::{Contradiction, Line, Spelling, Version};
    for (from, to, error) in [
        ("git 1", "git 2", Version),
        ("git 1\n", "git 1\r\n", Version),
        ("tarball", "tarbale", Line("tarball")),
        ("parents yes", "parents maybe", Line("parents")),
        ("parents yes", "parents", Line("parents")),
        ("tag 01", "tag  01", Line("tag")),
        ("tag 01", "\ntag 01", Line("objects")),
        ("objects 10", "objects -10", Line("objects")),
        ("objects 10", "objects 4294967296", Line("objects")),
        ("objects 10", "objects +10", Spelling),
        ("objects 10", "objects 010", Spelling),
        ("objects 10", "objects 11", Contradiction("objects")),
        ("commit c0", "commit C0", Spelling),
        ("length 70000", "length 69020", Contradiction("content")),
        ("length 70000", "length 1", Contradiction("content")),
        (
            "length 70000",
            "length 18446744073709551615",
            Contradiction("content"),
        ),
        ("content 69000", "content 12", Contradiction("content")),
        ("n2VudHJ5", "n2VudHJ", Line("plain-entry")),
        ("n2VudHJ5", "", Contradiction("plain-objects")),
        ("crc32 ", "more\ncrc32 ", Spelling),
        ("0505\n", "0506\n", Spelling),
    ] {
        assert_eq!(with(from, to), Err(error), "{from} to {to}");
    }
    let few = FaceNote {
        objects: 3,
        plain: PlainPack {
            objects: 1,
            ..note().plain
        },
        ..note()
    };
    let error = FaceNote::parse(few.to_text().as_bytes());
    assert_eq!(error, Err(Contradiction("plain-objects")));
}

#[test]
fn what_is_too_much_is_refused_before_it_is_read() {
    let mut many = note();
    many.tags = Vec::from([many.commit; MAX_TAG_OBJECTS + 1]);
    let error = FaceNote::parse(many.to_text().as_bytes()).unwrap_err();
    assert_eq!(error, NoteError::Contradiction("tag"));
    let error = FaceNote::parse(&[b'x'; MAX_BYTES + 1]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the note is longer than 4096 bytes".to_string()
    );
    assert_eq!(FaceNote::parse(b"\xff"), Err(NoteError::Version));
}
