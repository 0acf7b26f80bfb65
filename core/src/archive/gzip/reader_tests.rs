use std::string::ToString;
use std::vec::Vec;
use std::{format, vec};

use miniz_oxide::deflate::compress_to_vec;

use super::*;
use crate::archive::tar::{Event, TarError, TarLimits, TarReader};

/// A member with this flags byte and these optional fields.
fn member(flags: u8, fields: &[u8], deflated: &[u8]) -> Vec<u8> {
    let fixed = [0x1f, 0x8b, 8, flags, 0, 0, 0, 0, 0, 3];
    [&fixed, fields, deflated, b"crc-size"].concat()
}

/// Text that compresses, but not to nothing.
fn text(length: usize) -> Vec<u8> {
    let words =
        (0_u32..).flat_map(|n| format!("{} ", n.wrapping_mul(2_654_435_761) >> 20).into_bytes());
    words.take(length).collect()
}

/// The output, whether more is wanted, and how it ended.
fn inflate<'a>(
    pieces: impl IntoIterator<Item = &'a [u8]>,
) -> (Vec<u8>, bool, Result<(), GzipError>) {
    let (mut gunzip, mut output, mut more) = (Gunzip::new(), vec![], true);
    let mut take = |run: &[u8]| {
        assert!(!run.is_empty() && run.len() <= RING);
        output.extend_from_slice(run);
        Ok::<(), GzipError>(())
    };
    for piece in pieces {
        match gunzip.push(piece, &mut take) {
            Ok(wanted) => more = wanted,
            Err(error) => return (output, more, Err(error)),
        }
    }
    (output, more, gunzip.finish())
}

fn inflates_to(bytes: &[u8], expected: &[u8]) {
    for step in [1, 2, 7, 1000, bytes.len()] {
        let (output, more, end) = inflate(bytes.chunks(step));
        assert!(output == expected, "by {step}");
        assert_eq!((more, end), (false, Ok(())), "by {step}");
    }
}

#[test]
fn every_level_comes_out_as_it_went_in() {
    for length in [0, 1, 300, 32 << 10, 64 << 10, 300_000] {
        let text = text(length);
        for level in [0, 1, 6, 10] {
            inflates_to(&member(0, &[], &compress_to_vec(&text, level)), &text);
        }
    }
}

#[test]
fn long_runs_and_far_matches_cross_the_ring() {
    let zeros = vec![0; 1 << 20];
    inflates_to(&member(0, &[], &compress_to_vec(&zeros, 9)), &zeros);
    let far = text(32_000).repeat(8);
    inflates_to(&member(0, &[], &compress_to_vec(&far, 9)), &far);
}

#[test]
fn optional_fields_are_read_past_in_their_order() {
    let deflated = compress_to_vec(b"hello", 6);
    for (flags, fields) in [
        (0x01, &b""[..]),
        (0x02, b"cc"),
        (0x04, b"\x03\0abc"),
        (0x04, b"\0\0"),
        (0x08, b"name.tar\0"),
        (0x10, b"\0"),
        (0x1e, b"\x02\0\0\0name\0comment\0cc"),
        (0xe0, b""),
    ] {
        inflates_to(&member(flags, fields, &deflated), b"hello");
    }
}

#[test]
fn a_member_cut_in_two_anywhere_is_the_same() {
    let bytes = member(
        0x1e,
        b"\x02\0xxname\0comment\0cc",
        &compress_to_vec(&text(2000), 6),
    );
    for cut in 0..=bytes.len() {
        let (first, second) = bytes.split_at(cut);
        let (output, more, end) = inflate([first, second]);
        assert_eq!(
            (output, more, end),
            (text(2000), false, Ok(())),
            "cut at {cut}"
        );
    }
}

#[test]
fn what_follows_the_first_member_is_ignored() {
    let one = member(0, &[], &compress_to_vec(b"one", 6));
    let two = member(0, &[], &compress_to_vec(b"two", 6));
    inflates_to(&[&one[..], &two[..]].concat(), b"one");
    inflates_to(&[&one[..], &[0; 100]].concat(), b"one");
    let mut gunzip = Gunzip::new();
    let mut ignore = |_: &[u8]| Ok::<(), GzipError>(());
    assert_eq!(gunzip.push(&one, &mut ignore), Ok(false));
    assert_eq!(gunzip.push(b"junk", &mut ignore), Ok(false));
}

#[test]
fn a_member_that_ends_early_is_truncated_even_in_its_trailer() {
    let bytes = member(0x08, b"name\0", &compress_to_vec(&text(500), 6));
    for end in 0..bytes.len() {
        let (_, more, error) = inflate([&bytes[..end]]);
        assert_eq!(
            (more, error),
            (true, Err(GzipError::Truncated)),
            "cut at {end}"
        );
    }
}

#[test]
fn what_is_not_gzip_is_refused() {
    for (bytes, error, line) in [
        (
            &b"PK\x03\x04"[..],
            GzipError::Magic,
            "the archive is not gzip: it does not begin with 1f 8b",
        ),
        (
            b"\x1f\x9d",
            GzipError::Magic,
            "the archive is not gzip: it does not begin with 1f 8b",
        ),
        (
            b"\x1f\x8b\x07",
            GzipError::Method(7),
            "gzip's compression method 7 is not deflate (8)",
        ),
        (
            b"\x1f\x8b\x08\0\0\0\0\0\0\0\x07",
            GzipError::Corrupt,
            "the gzip stream is damaged",
        ),
    ] {
        assert_eq!(inflate([bytes]), (vec![], true, Err(error)));
        assert_eq!(inflate(bytes.chunks(1)), (vec![], true, Err(error)));
        assert_eq!(error.to_string(), line);
    }
}

#[test]
fn the_caller_stops_a_bomb_after_the_run_that_is_too_much() {
    #[derive(Debug, PartialEq)]
    struct Enough;
    impl From<GzipError> for Enough {
        fn from(_: GzipError) -> Self {
            Self
        }
    }
    let bomb = member(0, &[], &compress_to_vec(&vec![0; 8 << 20], 9));
    let mut total = 0;
    let end = Gunzip::new().push(&bomb, &mut |run| {
        total += run.len();
        if total > 1 << 20 { Err(Enough) } else { Ok(()) }
    });
    assert_eq!(end, Err(Enough));
    assert!(total <= (1 << 20) + RING);
}

#[test]
fn members_of_real_size_from_the_tar_crate_pass_through_both_readers() {
    let mut builder = tar::Builder::new(vec![]);
    for n in 0..50 {
        let data = text(n * 997);
        let mut header = tar::Header::new_gnu();
        header.set_size(data.len() as u64);
        let path = format!("package/src/{n}.zig");
        builder.append_data(&mut header, path, &data[..]).unwrap();
    }
    let packed = member(0, &[], &compress_to_vec(&builder.into_inner().unwrap(), 6));

    let mut reader = TarReader::new(TarLimits::default());
    let (mut gunzip, mut files, mut bytes) = (Gunzip::new(), 0, 0);
    for piece in packed.chunks(1448) {
        let inflated = gunzip.push(piece, &mut |run| {
            reader.push(run, &mut |event| {
                match event {
                    Event::Entry(_) => {}
                    Event::Data(data) => bytes += data.len(),
                    Event::End => files += 1,
                }
                Ok::<(), Stop>(())
            })
        });
        inflated.unwrap();
    }
    assert_eq!((gunzip.finish(), reader.finish()), (Ok(()), Ok(())));
    assert_eq!((files, bytes), (50, (0..50).map(|n| n * 997).sum()));
}

/// What a caller has that reads both.
#[derive(Debug)]
enum Stop {
    Gzip,
    Tar,
}

impl From<GzipError> for Stop {
    fn from(_: GzipError) -> Self {
        Self::Gzip
    }
}

impl From<TarError> for Stop {
    fn from(_: TarError) -> Self {
        Self::Tar
    }
}
