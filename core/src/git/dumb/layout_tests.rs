use std::vec::Vec;

use super::*;

const LAST: &[u8] = b"the last entry";
const SUM: PackChecksum = PackChecksum::from_bytes([0xee; 20]);

/// A layout whose content ends there, the pack that it is in, and the pack that comes of both.
fn case(content_end: u64) -> (PackLayout, Vec<u8>, Vec<u8>) {
    let end = usize::try_from(content_end).unwrap();
    let other: Vec<u8> = (0..=250).cycle().take(end + 300).collect();
    let mut pack = b"PACK\0\0\0\x02\0\0\x01\x02".to_vec();
    pack.extend_from_slice(&other[12..end]);
    pack.extend_from_slice(LAST);
    pack.extend_from_slice(SUM.as_bytes());
    let layout = PackLayout::new(0x102, content_end, LAST, SUM).unwrap();
    (layout, other, pack)
}

/// What the parts of a range come to.
fn joined(layout: &PackLayout, other: &[u8], range: Range<u64>) -> Vec<u8> {
    let mut out = Vec::new();
    for part in layout.parts(range) {
        let bytes = match part {
            PackPart::Bytes(bytes) => bytes,
            PackPart::Other(range) => {
                let [start, end] = [range.start, range.end].map(|at| usize::try_from(at).unwrap());
                &other[start..end]
            }
        };
        assert!(!bytes.is_empty());
        out.extend_from_slice(bytes);
    }
    out
}

#[test]
fn whole_is_the_head_the_content_and_the_tail() {
    for content_end in [12, 13, 1000, 70_000] {
        let (layout, other, pack) = case(content_end);
        assert_eq!(layout.length(), pack.len() as u64);
        assert_eq!(
            joined(&layout, &other, 0..layout.length()),
            pack,
            "{content_end}"
        );
        assert_eq!(joined(&layout, &other, 0..u64::MAX), pack, "{content_end}");
    }
}

#[test]
fn every_range_between_borders_is_that_of_the_pack() {
    let content_end = 1000;
    let (layout, other, pack) = case(content_end);
    let length = layout.length();
    let borders = [0, 12, content_end, length - 20, length];
    let near: Vec<u64> = borders
        .iter()
        .flat_map(|&at| at.saturating_sub(2)..(at + 3).min(length + 2))
        .collect();
    for &start in &near {
        for &end in near.iter().filter(|&&end| end >= start) {
            let index = |at: u64| usize::try_from(at).unwrap().min(pack.len());
            let expected = &pack[index(start)..index(end)];
            let found = joined(&layout, &other, start..end);
            assert_eq!(found, expected, "{start}..{end}");
        }
    }
}

#[test]
fn parts_are_three_at_most() {
    let (layout, ..) = case(1000);
    let parts: Vec<_> = layout.parts(10..1010).collect();
    assert_eq!(
        parts,
        [
            PackPart::Bytes(&[1, 2]),
            PackPart::Other(12..1000),
            PackPart::Bytes(&LAST[..10]),
        ]
    );
}

#[test]
fn nothing_is_asked_for_by_an_empty_or_backward_range() {
    let (layout, ..) = case(1000);
    let ranges = [0..0, 12..12, 1000..1000, layout.length()..u64::MAX];
    for range in ranges
        .into_iter()
        .chain([(500, 20), (1010, 5)].map(|(a, b)| a..b))
    {
        assert_eq!(layout.parts(range.clone()).count(), 0, "{range:?}");
    }
}

#[test]
fn content_that_cannot_be_has_no_layout() {
    for content_end in [0, 11, u64::MAX - 10] {
        assert_eq!(PackLayout::new(1, content_end, LAST, SUM), None);
    }
}
