//! Base64 as RFC 4648 section 4 defines it and section 3 would have it checked.
//!
//! Keys, signatures and package hashes are of a fixed size, so there the length of the result is a
//! type parameter and nothing is allocated; Git's objects are of any length. A crate would bring
//! alphabets, engines and streaming that nothing here calls. Refused: another length, another
//! alphabet, missing or superfluous padding (section 3.2), white space (3.3), and bits set in the
//! unused part of the last digit (3.5), so that one value has one spelling.

use alloc::string::String;
use alloc::vec::Vec;

/// Decodes the whole of `text`, which must stand for exactly `N` bytes.
pub(crate) fn decode<const N: usize>(text: &[u8]) -> Option<[u8; N]> {
    let mut out = [0; N];
    let mut bytes = out.iter_mut();
    each_byte(digits_of(text, N)?, |byte| {
        *bytes.next()? = byte;
        Some(())
    })?;
    Some(out)
}

/// Decodes the whole of `text`, which may stand for any number of bytes.
pub(crate) fn decode_all(text: &[u8]) -> Option<Vec<u8>> {
    let padding = text
        .iter()
        .rev()
        .take(2)
        .take_while(|&&b| b == b'=')
        .count();
    let len = (text.len() / 4 * 3).checked_sub(padding)?;
    let mut out = Vec::with_capacity(len);
    each_byte(digits_of(text, len)?, |byte| {
        out.push(byte);
        Some(())
    })?;
    Some(out)
}

/// The text that stands for these bytes.
pub(crate) fn encode(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let byte = |at: usize| u32::from(group.get(at).copied().unwrap_or(0));
        let word = byte(0) << 16 | byte(1) << 8 | byte(2);
        out.extend((0..4_usize).map(|place| match group.len() {
            most if place > most => '=',
            _ => digit(word >> (18 - 6 * place) & 63),
        }));
    }
    out
}

fn digit(value: u32) -> char {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let at = usize::try_from(value).ok();
    at.and_then(|at| ALPHABET.get(at))
        .map_or('=', |&b| char::from(b))
}

/// Hands over the bytes that the digits stand for; none if a digit or the last bits are wrong.
fn each_byte(digits: &[u8], mut push: impl FnMut(u8) -> Option<()>) -> Option<()> {
    let mut pending: u32 = 0;
    let mut bits = 0;
    for &digit in digits {
        pending = (pending << 6) | u32::from(value(digit)?);
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            let [.., byte] = (pending >> bits).to_be_bytes();
            push(byte)?;
            pending &= (1 << bits) - 1;
        }
    }
    (pending == 0).then_some(())
}

/// The digits that carry bits, once the padding is there and exactly as long as it must be.
fn digits_of(text: &[u8], len: usize) -> Option<&[u8]> {
    if text.len() != len.div_ceil(3) * 4 {
        return None;
    }
    let (digits, padding) = text.split_at_checked((len * 8).div_ceil(6))?;
    padding.iter().all(|&b| b == b'=').then_some(digits)
}

fn value(digit: u8) -> Option<u8> {
    match digit {
        b'A'..=b'Z' => Some(digit - b'A'),
        b'a'..=b'z' => Some(digit - b'a' + 26),
        b'0'..=b'9' => Some(digit - b'0' + 52),
        b'+' => Some(62),
        b'/' => Some(63),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vectors_of_rfc_4648_section_10() {
        assert_eq!(decode(b""), Some(*b""));
        assert_eq!(decode(b"Zg=="), Some(*b"f"));
        assert_eq!(decode(b"Zm8="), Some(*b"fo"));
        assert_eq!(decode(b"Zm9v"), Some(*b"foo"));
        assert_eq!(decode(b"Zm9vYg=="), Some(*b"foob"));
        assert_eq!(decode(b"Zm9vYmE="), Some(*b"fooba"));
        assert_eq!(decode(b"Zm9vYmFy"), Some(*b"foobar"));
    }

    #[test]
    fn bytes_of_any_length_round_trip() {
        for len in 0..50_u8 {
            let bytes: Vec<u8> = (0..len).map(|n| n.wrapping_mul(83) ^ 0x5a).collect();
            let text = encode(&bytes);
            assert_eq!(decode_all(text.as_bytes()), Some(bytes), "{text}");
        }
        assert_eq!(encode(b"foob"), "Zm9vYg==");
        for text in [
            "Z", "Zg", "Zg=", "Zh==", "Zm9=", "====", "=", "Zg==Zg==", "Zm 9", "Zg==\n",
        ] {
            assert_eq!(decode_all(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn every_digit_has_its_value() {
        let text = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        let bytes: [u8; 48] = decode(text).unwrap();
        for (n, triple) in (0_u32..).zip(bytes.chunks(3)) {
            let word = u32::from_be_bytes([0, triple[0], triple[1], triple[2]]);
            let first = n * 4;
            assert_eq!(
                word,
                (first << 18) | (first + 1) << 12 | (first + 2) << 6 | (first + 3)
            );
        }
    }

    #[test]
    fn another_length_is_refused() {
        assert_eq!(decode::<2>(b"Zm9v"), None);
        assert_eq!(decode::<4>(b"Zm9v"), None);
        assert_eq!(decode::<3>(b"Zm9v\n"), None);
        assert_eq!(decode::<0>(b"===="), None);
    }

    #[test]
    fn padding_is_exact() {
        assert_eq!(decode::<1>(b"Zg"), None);
        assert_eq!(decode::<1>(b"Zg="), None);
        assert_eq!(decode::<1>(b"Zg=A"), None);
        assert_eq!(decode::<2>(b"Zm8A"), None);
        assert_eq!(decode::<3>(b"Zm8="), None);
    }

    #[test]
    fn one_value_has_one_spelling() {
        assert_eq!(decode::<1>(b"Zh=="), None);
        assert_eq!(decode::<2>(b"Zm9="), None);
    }

    #[test]
    fn other_alphabets_and_white_space_are_refused() {
        for text in [
            b"Zm9-", b"Zm9_", b"Zm9 ", b" m9v", b"Zm\n9", b"Zm9\xff", b"Zm9\0",
        ] {
            assert_eq!(decode::<3>(text), None);
        }
    }
}
