//! From a request target to checked path segments.
//!
//! A path is decoded once; what is decoded is never decoded again. It refuses what no route of
//! ours can have: broken percent-encoding, NUL and other control characters, text that is not
//! UTF-8, and the segments `.`, `..` and empty ones.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

/// Why a target has no segments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PathError {
    /// A `%` is not followed by two hex digits.
    Percent,
    /// The decoded path holds a control character.
    Control,
    /// The decoded path is not UTF-8.
    Encoding,
    /// A segment is `.`, `..` or empty.
    Segment,
}

impl fmt::Display for PathError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Percent => "the path has a % without two hex digits",
            Self::Control => "the path has a control character",
            Self::Encoding => "the path is not UTF-8",
            Self::Segment => "the path has an empty, . or .. segment",
        })
    }
}

impl core::error::Error for PathError {}

/// Splits a target into its path and its query (RFC 9112 section 3.2.1).
pub fn split_query(target: &str) -> (&str, Option<&str>) {
    match target.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (target, None),
    }
}

/// Decodes a path that starts with `/`; `+` stays `+`.
pub fn decode(path: &str) -> Result<String, PathError> {
    if !path.contains('%') {
        let has_control = path.bytes().any(|byte| byte.is_ascii_control());
        return if has_control {
            Err(PathError::Control)
        } else {
            Ok(path.into())
        };
    }
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let (high, low) = (rest.first(), rest.get(1));
        bytes.push(hex_pair(high, low).ok_or(PathError::Percent)?);
        rest = rest.get(2..).ok_or(PathError::Percent)?;
    }
    if bytes.iter().any(u8::is_ascii_control) {
        return Err(PathError::Control);
    }
    String::from_utf8(bytes).map_err(|_| PathError::Encoding)
}

/// The segments of a decoded path; `/` alone has none.
pub fn segments(decoded: &str) -> Result<Vec<&str>, PathError> {
    let inner = decoded.strip_prefix('/').ok_or(PathError::Segment)?;
    if inner.is_empty() {
        return Ok(Vec::new());
    }
    inner
        .split('/')
        .map(|segment| match segment {
            "" | "." | ".." => Err(PathError::Segment),
            other => Ok(other),
        })
        .collect()
}

fn hex_pair(high: Option<&u8>, low: Option<&u8>) -> Option<u8> {
    let digit = |byte: &u8| {
        char::from(*byte)
            .to_digit(16)
            .and_then(|d| u8::try_from(d).ok())
    };
    Some(digit(high?)? << 4 | digit(low?)?)
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use super::*;

    #[test]
    fn percent_is_decoded_once() {
        assert_eq!(decode("/a%2Bb").as_deref(), Ok("/a+b"));
        assert_eq!(decode("/a+b").as_deref(), Ok("/a+b"));
        assert_eq!(decode("/%252e").as_deref(), Ok("/%2e"));
    }

    #[test]
    fn broken_percent_is_refused() {
        for path in ["/%", "/%2", "/%zz", "/a%2", "/%+1"] {
            assert_eq!(decode(path), Err(PathError::Percent), "{path}");
        }
    }

    #[test]
    fn nul_and_bad_utf8_are_refused() {
        assert_eq!(decode("/%00"), Err(PathError::Control));
        assert_eq!(decode("/%0a"), Err(PathError::Control));
        assert_eq!(decode("/%ff"), Err(PathError::Encoding));
    }

    #[test]
    fn traversal_has_no_segments() {
        for path in ["/../x", "/a/..", "/./a", "//a", "/a//b", "/a/", "x"] {
            assert_eq!(segments(path), Err(PathError::Segment), "{path}");
        }
        assert_eq!(segments("/"), Ok(vec![]));
        assert_eq!(segments("/zig/x"), Ok(vec!["zig", "x"]));
    }
}
