//! Semantic Versioning 2.0.0, as Zig's standard library reads and writes it.
//!
//! It compares nothing. Three things differ from the specification: in the three numbers single
//! or many underscores may stand between digits, and no number, those of a pre-release included,
//! may need more than 64 bits.

use alloc::format;
use alloc::string::String;

/// The version as Zig writes it again.
pub fn canonical(text: &str) -> Option<String> {
    let end = text.find(['-', '+']).unwrap_or(text.len());
    let (numbers, extra) = text.split_at_checked(end)?;
    let (pre, build) = match extra.split_once('+') {
        Some((pre, build)) => (pre, Some(build)),
        None => (extra, None),
    };
    let pre = pre.strip_prefix('-');
    let fits = pre.is_none_or(|ids| ids.split('.').all(is_pre_release))
        && build.is_none_or(|ids| ids.split('.').all(is_identifier));
    if !fits {
        return None;
    }
    let mut parts = numbers.split('.');
    let (major, minor, patch) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() {
        return None;
    }
    let (major, minor, patch) = (number(major)?, number(minor)?, number(patch)?);
    Some(format!("{major}.{minor}.{patch}{extra}"))
}

/// SemVer section 2, with Zig's underscores.
fn number(text: &str) -> Option<u64> {
    let bytes = text.as_bytes();
    let (first, last) = (bytes.first()?, bytes.last()?);
    if !first.is_ascii_digit() || !last.is_ascii_digit() || (bytes.len() > 1 && *first == b'0') {
        return None;
    }
    text.chars()
        .filter(|c| *c != '_')
        .try_fold(0_u64, |value, c| {
            let digit = c.to_digit(10)?;
            value.checked_mul(10)?.checked_add(u64::from(digit))
        })
}

/// SemVer section 9.
fn is_pre_release(id: &str) -> bool {
    let numeric = id.bytes().all(|b| b.is_ascii_digit());
    is_identifier(id) && (!numeric || number(id).is_some())
}

/// SemVer section 10.
fn is_identifier(id: &str) -> bool {
    !id.is_empty() && id.bytes().all(|b| b == b'-' || b.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::ToString as _;

    #[test]
    fn versions_are_written_as_they_were_but_for_underscores() {
        for text in [
            "0.0.0",
            "1.2.3",
            "10.20.30",
            "18446744073709551615.0.0",
            "1.0.0-alpha",
            "1.0.0-alpha.1",
            "1.0.0-0.3.7",
            "1.0.0-x-y-z.--",
            "1.0.0-0a.-.00x",
            "1.0.0+001",
            "1.0.0+build-2.0--",
            "0.14.0-dev.1+5114f85",
            "1.0.0-rc.1+a.b-c.d",
        ] {
            assert_eq!(canonical(text), Some(text.to_string()));
        }
        assert_eq!(canonical("1_0.2__2.3+1"), Some("10.22.3+1".to_string()));
    }

    #[test]
    fn anything_but_strict_versions_is_refused() {
        for text in [
            "",
            "1",
            "1.2",
            "1.2.3.4",
            "v1.2.3",
            "01.2.3",
            "1.02.3",
            "1.2.03",
            "0_1.2.3",
            "_1.2.3",
            "1_.2.3",
            "1..3",
            ".1.2",
            "1.2.",
            " 1.2.3",
            "1.2.3 ",
            "1.2.3\n",
            "1.2.x",
            "1.2.-3",
            "1.2.+3",
            "18446744073709551616.0.0",
            "1.2.3-",
            "1.2.3+",
            "1.2.3-+",
            "1.2.3-a..b",
            "1.2.3-a.",
            "1.2.3-01",
            "1.2.3-a.00",
            "1.2.3-18446744073709551616",
            "1.2.3-a_b",
            "1.2.3+a+b",
            "1.2.3+a_b",
            "1.2.3-ä",
            "１.2.3",
        ] {
            assert_eq!(canonical(text), None, "{text}");
        }
    }
}
