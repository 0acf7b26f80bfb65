//! The Range request field (RFC 9110 14): which part of a file of known length is asked for.
//!
//! It refuses to serve several ranges: RFC 9110 14.2 lets a server ignore Range, no client of
//! this server needs multipart/byteranges, and overlapping ranges are an old way to make a small
//! request expensive. Whatever is not understood is answered with the whole file.

use super::token::{decimal, elements, is_digits};

/// What a Range field asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RangeAnswer {
    /// The whole file: 200.
    Whole,
    /// The bytes from `start` up to but not including `end`, at least one: 206.
    Part {
        /// The first byte.
        start: u64,
        /// The byte after the last.
        end: u64,
    },
    /// No byte of the file is asked for: 416.
    Unsatisfiable,
}

/// Decides what a Range field asks of a file of `len` bytes.
pub fn evaluate(range: Option<&[u8]>, len: u64) -> RangeAnswer {
    match range.and_then(single_range).and_then(Spec::parse) {
        None => RangeAnswer::Whole,
        Some(spec) => spec.resolve(len),
    }
}

/// The one range of a `bytes` set; none if there are several (RFC 9110 14.1.1, 5.6.1).
fn single_range(value: &[u8]) -> Option<&[u8]> {
    let (unit, set) = value.split_at_checked(b"bytes=".len())?;
    if !unit.eq_ignore_ascii_case(b"bytes=") {
        return None;
    }
    let mut ranges = elements(set).filter(|element| !element.is_empty());
    ranges.next().filter(|_| ranges.next().is_none())
}

/// One range as written (RFC 9110 14.1.2).
enum Spec {
    From { first: u64 },
    Between { first: u64, last: u64 },
    Suffix { length: u64 },
}

impl Spec {
    fn parse(spec: &[u8]) -> Option<Self> {
        let dash = spec.iter().position(|&byte| byte == b'-')?;
        let (first, last) = (&spec[..dash], &spec[dash + 1..]);
        match (first, last) {
            ([], length) => Some(Self::Suffix {
                length: position(length)?,
            }),
            (first, []) => Some(Self::From {
                first: position(first)?,
            }),
            (first, last) => {
                let (first, last) = (position(first)?, position(last)?);
                (first <= last).then_some(Self::Between { first, last })
            }
        }
    }

    fn resolve(&self, len: u64) -> RangeAnswer {
        let (start, end) = match *self {
            Self::From { first } => (first, len),
            Self::Between { first, last } => (first, last.saturating_add(1).min(len)),
            Self::Suffix { length } => (len.saturating_sub(length), len),
        };
        if start < end {
            RangeAnswer::Part { start, end }
        } else {
            RangeAnswer::Unsatisfiable
        }
    }
}

/// A position; one that no u64 holds lies behind the end of every file, like the largest.
fn position(digits: &[u8]) -> Option<u64> {
    is_digits(digits).then(|| decimal(digits).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_a_file() {
        assert_part("bytes=0-0", 0, 1);
        assert_part("bytes=0-9", 0, 10);
        assert_part("bytes=2-5", 2, 6);
        assert_part("bytes=9-9", 9, 10);
        assert_part("BYTES=5-", 5, 10);
        assert_part("bytes=0-", 0, 10);
        assert_part("bytes=-3", 7, 10);
        assert_part("bytes= 2-5 ", 2, 6);
        assert_part("bytes=,2-5,", 2, 6);
    }

    #[test]
    fn last_position_is_clamped_to_the_file() {
        assert_part("bytes=5-10", 5, 10);
        assert_part("bytes=5-18446744073709551615", 5, 10);
        assert_part("bytes=5-99999999999999999999999", 5, 10);
        assert_part("bytes=-11", 0, 10);
        assert_part("bytes=-99999999999999999999999", 0, 10);
    }

    #[test]
    fn range_outside_the_file_is_unsatisfiable() {
        for range in [
            "bytes=10-",
            "bytes=10-12",
            "bytes=-0",
            "bytes=99999999999999999999999-",
        ] {
            assert_eq!(on_ten(range), RangeAnswer::Unsatisfiable, "{range}");
        }
    }

    #[test]
    fn every_range_of_an_empty_file_is_unsatisfiable() {
        for range in ["bytes=0-", "bytes=0-0", "bytes=-5"] {
            assert_eq!(
                evaluate(Some(range.as_bytes()), 0),
                RangeAnswer::Unsatisfiable
            );
        }
    }

    #[test]
    fn what_is_not_understood_is_answered_whole() {
        let table = [
            "",
            "bytes",
            "bytes=",
            "bytes=,",
            "bytes=-",
            "bytes=a-b",
            "bytes=5",
            "bytes=5-2",
            "bytes=+1-2",
            "bytes=1-+2",
            "bytes=--1",
            "bytes=1-2-3",
            "bytes=0x1-2",
            "bytes = 0-1",
            " bytes=0-1",
            "lines=0-1",
            "bytes=1 -2",
            "bytes=1- 2",
            "bytes=0-1;2",
        ];
        for range in table {
            assert_eq!(on_ten(range), RangeAnswer::Whole, "{range:?}");
        }
        assert_eq!(evaluate(None, 10), RangeAnswer::Whole);
    }

    #[test]
    fn several_ranges_are_answered_whole() {
        for range in ["bytes=0-1,3-4", "bytes=0-,0-,0-,0-", "bytes=-1,0-0"] {
            assert_eq!(on_ten(range), RangeAnswer::Whole, "{range}");
        }
    }

    fn assert_part(range: &str, start: u64, end: u64) {
        assert_eq!(on_ten(range), RangeAnswer::Part { start, end }, "{range}");
    }

    fn on_ten(range: &str) -> RangeAnswer {
        evaluate(Some(range.as_bytes()), 10)
    }
}
