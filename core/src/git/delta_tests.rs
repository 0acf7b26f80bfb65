use std::format;
use std::vec::Vec;

use super::*;

const BASE: &[u8] = b"0123456789";

fn applied(delta: &[u8]) -> Result<Vec<u8>, DeltaError> {
    apply(BASE, delta, 1 << 20)
}

#[test]
fn copies_and_inserts_make_the_result() {
    // Copy 4 from 2, insert "ab", copy 3 from 0 (no byte of the offset is there).
    let delta = b"\x0a\x09\x91\x02\x04\x02ab\x90\x03";
    assert_eq!(applied(delta).unwrap(), b"2345ab012");
}

#[test]
fn an_empty_delta_makes_an_empty_object() {
    assert_eq!(applied(b"\x0a\x00").unwrap(), b"");
    assert_eq!(apply(b"", b"\x00\x00", 0).unwrap(), b"");
}

#[test]
fn a_copy_of_size_0_is_one_of_64_kib() {
    let base = std::vec![7; 0x1_0001];
    // Sizes 0x10001 and 0x10000; copy from offset 1.
    let delta = b"\x81\x80\x04\x80\x80\x04\x81\x01";
    assert_eq!(apply(&base, delta, 1 << 20).unwrap().len(), 0x1_0000);
    assert_eq!(
        apply(&base[1..], b"\x80\x80\x04\x80\x80\x04\x80", 1 << 20).unwrap(),
        &base[1..]
    );
}

#[test]
fn all_seven_operand_bytes_are_read() {
    let mut base = std::vec![0; 0x0102_0304 + 0x01_0203];
    base[0x0102_0304..].fill(1);
    let mut delta = Vec::new();
    for size in [base.len(), 0x01_0203] {
        let mut size = size;
        while size > 0x7f {
            delta.push(u8::try_from(size & 0x7f).unwrap() | 0x80);
            size >>= 7;
        }
        delta.push(u8::try_from(size).unwrap());
    }
    delta.extend_from_slice(b"\xff\x04\x03\x02\x01\x03\x02\x01");
    let result = apply(&base, &delta, 1 << 20).unwrap();
    assert_eq!(result, std::vec![1; 0x01_0203]);
}

#[test]
fn what_a_delta_states_is_held_against_it() {
    use DeltaError::{BaseSize, Copy, Cut, Header, Reserved, ResultSize, TooLong};
    let cases: &[(&[u8], DeltaError)] = &[
        (b"", Header),
        (b"\x0a", Header),
        (b"\x8a", Header),
        (b"\x0a\x80", Header),
        (b"\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02", Header),
        (b"\x0a\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01", Header),
        (b"\x09\x00", BaseSize),
        (b"\x0b\x00", BaseSize),
        (
            b"\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
            TooLong { most: 1 << 20 },
        ),
        (b"\x0a\x81\x80\x40", TooLong { most: 1 << 20 }),
        (b"\x0a\x01\x00", Reserved),
        (b"\x0a\x02\x91\x09\x02", Copy),
        (b"\x0a\x01\x91\x0a\x01", Copy),
        (b"\x0a\x01\x9f\xff\xff\xff\xff\x01", Copy),
        (b"\x0a\x01\x91\x00", Cut),
        (b"\x0a\x01\x91", Cut),
        (b"\x0a\x03\x03ab", Cut),
        (b"\x0a\x01", ResultSize),
        (b"\x0a\x03\x02ab", ResultSize),
        (b"\x0a\x01\x02ab", ResultSize),
        (b"\x0a\x02\x90\x03", ResultSize),
        (b"\x0a\x00\x80", ResultSize),
    ];
    for (delta, error) in cases {
        assert_eq!(applied(delta), Err(*error), "{}", delta.escape_ascii());
    }
}

#[test]
fn a_delta_in_small_steps_makes_the_same() {
    let delta = b"\x0a\x10\x90\x0a\x03abc\x91\x07\x03";
    let whole = applied(delta).unwrap();
    for most in 1..20 {
        let mut applying = Applying::new(BASE.len(), delta, 16).unwrap();
        let mut steps = 0;
        while !applying.step(BASE, delta, most).unwrap() {
            steps += 1;
        }
        assert!(steps <= 16 / most + 1, "{most}: {steps}");
        assert_eq!(applying.finish(), whole, "{most}");
    }
}

#[test]
fn errors_read_as_sentences() {
    assert_eq!(
        format!("{}", DeltaError::TooLong { most: 5 }),
        "the delta makes more than 5 bytes"
    );
    assert_eq!(format!("{}", DeltaError::Cut), "the delta is cut off");
}
