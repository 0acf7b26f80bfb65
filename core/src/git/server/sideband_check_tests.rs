use std::vec;

use super::super::sideband::{Framer, file_length};
use super::*;

/// The file of a pack with that many bytes before its sum.
fn file(summed: usize) -> (Vec<u8>, PackChecksum) {
    let mut pack: Vec<u8> = (0..251).cycle().take(summed).collect();
    let mut sum = plain_sha1();
    sum.update(&pack);
    let sum: [u8; 20] = sum.finalize().into();
    pack.extend_from_slice(&sum);
    let (mut framer, mut out) = (Framer::default(), Vec::new());
    framer.push(&pack, &mut out);
    framer.finish(&mut out);
    (out, PackChecksum::from_bytes(sum))
}

fn check(file: &[u8], step: usize) -> Option<Result<PackChecksum, SidebandFault>> {
    let mut check = SidebandCheck::new(file.len() as u64)?;
    for piece in file.chunks(step) {
        check.update(piece);
    }
    Some(check.finish())
}

/// Lengths where the sum is in one packet, in two, and right behind a full one.
const LENGTHS: [usize; 6] = [0, 100, 65_495, 65_500, 65_515, 131_040];

#[test]
fn what_was_written_is_right_however_it_is_cut() {
    for length in LENGTHS {
        let (file, sum) = file(length);
        for step in [1, 4096, usize::MAX] {
            assert_eq!(check(&file, step), Some(Ok(sum)), "{length} by {step}");
        }
    }
}

#[test]
fn no_byte_can_be_another() {
    for length in LENGTHS {
        let (file, _) = file(length);
        let edges = [
            0,
            3,
            4,
            5,
            30,
            65_519,
            65_520,
            65_524,
            65_525,
            file.len() - 1,
        ];
        let edges = edges
            .into_iter()
            .chain(file.len().saturating_sub(30)..file.len());
        for at in edges.filter(|at| *at < file.len()) {
            let mut file = file.clone();
            file[at] ^= 1;
            let fault = check(&file, 4096).expect("of that length").unwrap_err();
            let is_head = at % 65_520 < 5 || at >= file.len() - 4;
            let expected = if is_head {
                SidebandFault::Framing
            } else {
                SidebandFault::Sum
            };
            assert_eq!(fault, expected, "byte {at} of {length}");
        }
    }
}

#[test]
fn a_file_that_was_cut_or_grew_is_none() {
    let (whole, _) = file(65_600);
    for end in [0, 3, 4, 9, 24, 65_520, whole.len() - 4, whole.len() - 1] {
        let checked = check(&whole[..end], 1000);
        assert!(!matches!(checked, Some(Ok(_))), "{end}");
    }
    let grown = [&whole[..], b"0"].concat();
    assert!(!matches!(check(&grown, 1000), Some(Ok(_))));
    let mut early = SidebandCheck::new(whole.len() as u64).unwrap();
    early.update(&whole[..whole.len() - 1]);
    assert_eq!(early.finish(), Err(SidebandFault::Framing));
}

#[test]
fn lengths_lead_back_to_the_pack() {
    for length in (0..70_000).chain([131_030, 131_031, 1 << 40, u64::MAX / 2]) {
        let file = file_length(length).unwrap();
        assert_eq!(pack_length(file), Some(length));
    }
    let none = vec![0, 3, 5, 9, 65_520 + 4 + 5];
    assert!(none.into_iter().all(|file| pack_length(file).is_none()));
}
