use std::vec;

use super::*;

const ALL: [Framing; 3] = [Framing::Bare, Framing::Small, Framing::Large];

/// Bytes that differ, so that none can be in another's place.
fn bytes(length: usize) -> Vec<u8> {
    (0..length).map(|n| (n % 251).to_le_bytes()[0]).collect()
}

fn framed(framing: Framing, pack: &[u8], step: usize) -> Vec<u8> {
    let mut out = Vec::new();
    let mut writer = BandWriter::new(framing, pack.len() as u64);
    for piece in pack.chunks(step) {
        writer.push(piece, &mut out).unwrap();
    }
    writer.finish(&mut out).unwrap();
    out
}

#[test]
fn packets_are_those_of_the_bands_however_the_pack_is_cut() {
    for framing in ALL {
        for length in [1, 20, 994, 995, 996, 65_514, 65_515, 65_516, 140_000] {
            let pack = bytes(length);
            let bands = Bands::new(framing, length as u64);
            let mut expected = Vec::new();
            for packet in bands.iter() {
                expected.extend_from_slice(&packet.head);
                let start = usize::try_from(packet.pack.start).unwrap();
                let end = usize::try_from(packet.pack.end).unwrap();
                expected.extend_from_slice(&pack[start..end]);
            }
            if bands.has_flush() {
                expected.extend_from_slice(b"0000");
            }
            for step in [1, 7, 995, 65_515, usize::MAX] {
                assert!(framed(framing, &pack, step) == expected, "{length} {step}");
            }
            let told = BandWriter::new(framing, length as u64).wire_length();
            assert_eq!(told, Some(expected.len() as u64));
        }
    }
}

#[test]
fn another_length_than_announced_is_refused() {
    for framing in ALL {
        let mut out = vec![];
        let mut writer = BandWriter::new(framing, 1000);
        writer.push(&bytes(999), &mut out).unwrap();
        assert_eq!(
            writer.finish(&mut out),
            Err(Misframed::TooShort),
            "{framing:?}"
        );
        assert_eq!(writer.push(b"ab", &mut out), Err(Misframed::TooLong));
    }
    assert_eq!(
        BandWriter::new(Framing::Small, 1).finish(&mut vec![]),
        Err(Misframed::TooShort)
    );
}

#[test]
fn length_without_an_end_is_not_told() {
    for length in [u64::MAX, u64::MAX - u64::MAX / 65_520 * 5] {
        assert_eq!(BandWriter::new(Framing::Large, length).wire_length(), None);
    }
    let bare = BandWriter::new(Framing::Bare, u64::MAX);
    assert_eq!(bare.wire_length(), Some(u64::MAX));
}
