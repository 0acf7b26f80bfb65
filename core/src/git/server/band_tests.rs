use std::vec;

use super::*;

#[test]
fn packets_are_full_but_for_the_last() {
    for (framing, most, heads) in [
        (Framing::Small, 995, b"03e8\x01"),
        (Framing::Large, 65515, b"fff0\x01"),
    ] {
        for (length, packets) in [
            (0, 0),
            (1, 1),
            (most - 1, 1),
            (most, 1),
            (most + 1, 2),
            (2 * most, 2),
            (10 * most + 7, 11),
        ] {
            let bands = Bands::new(framing, length);
            assert_eq!((bands.packets(), bands.has_flush()), (packets, true));
            assert_eq!(bands.iter().count() as u64, packets);
            assert_eq!(bands.packet(packets), None);
            let mut at = 0;
            for (number, packet) in (0..).zip(bands.iter()) {
                assert_eq!(packet.pack.start, number * most);
                assert!(packet.pack.end > packet.pack.start);
                assert_eq!(bands.position(number), Some(at));
                if number + 1 < packets {
                    assert_eq!(packet.head, heads);
                }
                at += packet.head.len() as u64 + (packet.pack.end - packet.pack.start);
            }
            assert_eq!(bands.wire_length(), Some(at));
        }
    }
}

/// As git 2.47.3 ends a pack of which 30 bytes are left, and as it frames one byte.
#[test]
fn heads_count_themselves() {
    let large = Bands::new(Framing::Large, 65515 + 20);
    let last = Packet {
        head: b"0019\x01".to_vec(),
        pack: 65515..65535,
    };
    assert_eq!(large.packet(1), Some(last));
    let one = Packet {
        head: b"0006\x01".to_vec(),
        pack: 0..1,
    };
    assert_eq!(Bands::new(Framing::Small, 1).packet(0), Some(one));
}

#[test]
fn bare_pack_is_its_bytes() {
    let bands = Bands::new(Framing::Bare, 100_000);
    let all = Packet {
        head: vec![],
        pack: 0..100_000,
    };
    assert_eq!(bands.iter().collect::<Vec<_>>(), [all]);
    assert_eq!(
        (bands.wire_length(), bands.has_flush()),
        (Some(100_000), false)
    );
    assert_eq!(Bands::new(Framing::Bare, 0).packets(), 0);
}

#[test]
fn no_length_overflows() {
    let bands = Bands::new(Framing::Large, u64::MAX);
    assert_eq!(bands.wire_length(), None);
    let last = bands.packets() - 1;
    assert_eq!(bands.packet(last).map(|it| it.pack.end), Some(u64::MAX));
    assert_eq!(bands.position(u64::MAX), None);
}
