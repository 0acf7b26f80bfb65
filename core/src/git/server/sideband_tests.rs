use std::vec::Vec;

use super::super::band::{Bands, Framing};
use super::*;

/// A pack of that many bytes in its file, made by [`Bands`].
fn file(length: u64) -> (Vec<u8>, Vec<u8>) {
    let pack: Vec<u8> = (0..251).cycle().take(size(length)).collect();
    let mut file = Vec::new();
    for packet in Bands::new(Framing::Large, length).iter() {
        file.extend_from_slice(&packet.head);
        file.extend_from_slice(part(&pack, &packet.pack));
    }
    file.extend_from_slice(FLUSH);
    (pack, file)
}

#[test]
fn any_part_of_a_pack_is_found_in_its_file() {
    for length in [1, DATA - 1, DATA, DATA + 1, 2 * DATA, 3 * DATA + 7] {
        let (pack, file) = file(length);
        assert_eq!(file_length(length), Some(file.len() as u64));
        let edges = [0, 1, DATA - 1, DATA, DATA + 1, 2 * DATA, length - 1, length];
        for start in edges.into_iter().filter(|edge| *edge <= length) {
            for end in edges
                .into_iter()
                .filter(|edge| (start..=length).contains(edge))
            {
                let ranges = file_ranges(start..end);
                let found: Vec<u8> = ranges
                    .flat_map(|range| part(&file, &range).to_vec())
                    .collect();
                assert!(
                    found == part(&pack, &(start..end)),
                    "{start}..{end} of {length}"
                );
            }
        }
    }
}

#[test]
fn packets_are_the_same_however_a_pack_is_cut() {
    for length in [0, 1, DATA - 1, DATA, DATA + 1, 2 * DATA + 7] {
        let (pack, file) = file(length);
        for step in [1, 999, size(DATA), usize::MAX] {
            let (mut framer, mut out) = (Framer::default(), Vec::new());
            for piece in pack.chunks(step) {
                framer.push(piece, &mut out);
            }
            assert_eq!(framer.finish(&mut out), length);
            assert!(out == file, "{length} bytes by {step}");
        }
    }
}

#[test]
fn ranges_are_as_few_as_packets_and_never_empty() {
    let lengths = |pack: Range<u64>| file_ranges(pack).map(|range| range.end - range.start);
    assert_eq!(lengths(0..DATA).collect::<Vec<_>>(), [DATA]);
    assert_eq!(lengths(DATA - 1..DATA + 1).collect::<Vec<_>>(), [1, 1]);
    assert_eq!(lengths(7..2 * DATA).collect::<Vec<_>>(), [DATA - 7, DATA]);
    assert_eq!(lengths(DATA..DATA).count(), 0);
    #[expect(clippy::reversed_empty_ranges, reason = "what a caller may hand in")]
    let backwards = 9..3;
    assert_eq!(lengths(backwards).count(), 0);
}

#[test]
fn what_no_file_can_hold_is_none() {
    assert_eq!(file_length(0), Some(4));
    assert_eq!(file_length(u64::MAX), None);
    assert_eq!(position(0), Some(5));
    assert_eq!(position(DATA), Some(DATA + 10));
    assert_eq!(position(u64::MAX), None);
    assert_eq!(file_ranges(u64::MAX - 1..u64::MAX).count(), 0);
}

fn size(length: u64) -> usize {
    usize::try_from(length).unwrap()
}

fn part<'a>(bytes: &'a [u8], range: &Range<u64>) -> &'a [u8] {
    &bytes[size(range.start)..size(range.end)]
}
