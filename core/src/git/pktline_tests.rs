use std::string::{String, ToString};
use std::vec;

use super::*;

#[test]
fn lines_are_read_with_digits_of_either_case() {
    for (wire, used, line) in [
        (&b"0006a\nrest"[..], 6, Line::Data(b"a\n")),
        (b"000eversion 2\n", 14, Line::Data(b"version 2\n")),
        (b"000Eversion 2\n", 14, Line::Data(b"version 2\n")),
        (b"0004", 4, Line::Data(b"")),
        (b"00000000", 4, Line::Flush),
        (b"0001000d", 4, Line::Delimiter),
        (b"0002", 4, Line::ResponseEnd),
    ] {
        assert_eq!(decode(wire), Ok(Decoded::Line { used, line }));
    }
}

#[test]
fn part_of_a_line_tells_what_is_missing() {
    for (wire, needs) in [("", 4), ("0", 4), ("fff", 4), ("0005", 5), ("fff0a", 65520)] {
        assert_eq!(decode(wire.as_bytes()), Ok(Decoded::Needs(needs)), "{wire}");
    }
}

#[test]
fn lengths_that_no_line_has_are_refused() {
    for (wire, error) in [
        ("0003", PktError::BadLength(3)),
        ("fff1", PktError::BadLength(65521)),
        ("ffff", PktError::BadLength(65535)),
        ("+004", PktError::NotALength(*b"+004")),
        (" 004", PktError::NotALength(*b" 004")),
        ("0x04", PktError::NotALength(*b"0x04")),
        ("<!DOCTYPE", PktError::NotALength(*b"<!DO")),
    ] {
        assert_eq!(decode(wire.as_bytes()), Err(error), "{wire}");
        assert_eq!(LineReader::new().take(wire.as_bytes()), Err(error));
    }
}

#[test]
fn refusal_shows_what_stands_there() {
    assert_eq!(
        PktError::NotALength(*b"<\x1b\"\xff").to_string(),
        "there is \"<\\x1b\\\"\\xff\" where the length of a git packet line has to be"
    );
}

#[test]
fn longest_line_is_written_and_read_and_a_longer_one_is_not_written() {
    let mut wire = vec![];
    let data = vec![b'x'; MAX_DATA];
    assert_eq!(push_data(&mut wire, &data), Ok(()));
    assert_eq!(wire.get(..4), Some(&b"fff0"[..]));
    let line = Line::Data(&data);
    assert_eq!(
        decode(&wire),
        Ok(Decoded::Line {
            used: MAX_LINE,
            line
        })
    );

    wire.clear();
    let refused = Err(PktError::Unwritable(MAX_DATA + 1));
    assert_eq!(push_data(&mut wire, &vec![b'x'; MAX_DATA + 1]), refused);
    assert_eq!(push_text(&mut wire, &data), refused);
    assert_eq!(wire, b"");
}

#[test]
fn empty_line_is_never_written() {
    let mut wire = vec![];
    assert_eq!(push_data(&mut wire, b""), Err(PktError::Unwritable(0)));
    assert_eq!(push_text(&mut wire, ""), Ok(()));
    assert_eq!(wire, b"0005\n");
}

#[test]
fn request_is_written_as_git_does() {
    let mut wire = vec![];
    assert_eq!(push_text(&mut wire, "command=ls-refs"), Ok(()));
    delimiter(&mut wire);
    assert_eq!(push_text(&mut wire, "peel"), Ok(()));
    flush(&mut wire);
    assert_eq!(wire, b"0014command=ls-refs\n00010009peel\n0000");
}

#[test]
fn reader_finds_the_same_lines_at_every_split() {
    let wire = b"000eversion 2\n0004000100020006a\n0000";
    let lines = "version 2|,,/,.,a|,0,".replace('|', "\n");
    for step in 1..=wire.len() {
        let mut reader = LineReader::new();
        let mut seen = String::new();
        for mut piece in wire.chunks(step) {
            while !piece.is_empty() {
                let taken = reader.take(piece).expect("all are lines");
                assert!(taken.line.is_some() || taken.used == piece.len());
                seen.extend(taken.line.map(shown));
                piece = &piece[taken.used..];
            }
        }
        assert_eq!((seen, reader.is_between_lines()), (lines.clone(), true));
    }
}

#[test]
fn reader_keeps_no_more_than_one_line() {
    let mut reader = LineReader::new();
    for length in [7, MAX_DATA, 100, MAX_DATA - 1] {
        let mut wire = vec![];
        assert_eq!(push_data(&mut wire, &vec![b'x'; length]), Ok(()));
        for mut piece in wire.chunks(1000) {
            while !piece.is_empty() {
                piece = &piece[reader.take(piece).expect("a line").used..];
            }
        }
        assert!(reader.held.capacity() <= MAX_DATA);
    }
}

#[test]
fn reader_knows_that_it_stands_within_a_line() {
    for wire in ["0", "000", "0006", "0006a"] {
        let mut reader = LineReader::new();
        let used = wire.len();
        assert_eq!(reader.take(wire.as_bytes()), Ok(Taken { used, line: None }));
        assert!(!reader.is_between_lines(), "{wire}");
    }
}

fn shown(line: Line<'_>) -> String {
    match line {
        Line::Flush => "0,".into(),
        Line::Delimiter => "/,".into(),
        Line::ResponseEnd => ".,".into(),
        Line::Data(data) => String::from_utf8_lossy(data).into_owned() + ",",
    }
}
