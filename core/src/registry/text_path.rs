//! Paths of a Git tree as text: any bytes but NUL may stand in them, JSON takes only UTF-8.
//!
//! The bytes `!` to `~` stay as they are, but for `%`, `"` and `\`; each other byte becomes `%` and
//! two hex digits in upper case. A path has one spelling. Refused are paths that leave the tree or
//! have an empty part.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::Write as _;

/// The text of a path.
pub(super) fn encode(path: &[u8]) -> String {
    let mut out = String::with_capacity(path.len());
    for &byte in path {
        if is_plain(byte) {
            out.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

/// The path that a text stands for.
pub(super) fn decode(text: &str) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        if byte != b'%' {
            out.push(Some(byte).filter(|&byte| is_plain(byte))?);
            continue;
        }
        let (&[high, low], after) = rest.split_first_chunk::<2>()?;
        let byte = digit(high)? << 4 | digit(low)?;
        out.push(Some(byte).filter(|&byte| !is_plain(byte))?);
        rest = after;
    }
    is_path(&out).then_some(out)
}

/// Whether it leads to something below the top.
pub(super) fn is_path(path: &[u8]) -> bool {
    let is_part = |part: &[u8]| !matches!(part, b"" | b"." | b"..") && !part.contains(&0);
    path.split(|&byte| byte == b'/').all(is_part)
}

fn is_plain(byte: u8) -> bool {
    matches!(byte, b'!'..=b'~') && !matches!(byte, b'%' | b'"' | b'\\')
}

fn digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_path_round_trips() {
        for (path, text) in [
            (&b"src/main.zig"[..], "src/main.zig"),
            (b"a b/\xff%", "a%20b/%FF%25"),
            ("é\"\\\n".as_bytes(), "%C3%A9%22%5C%0A"),
            (b"~!:", "~!:"),
        ] {
            assert_eq!(encode(path), text);
            assert_eq!(decode(text).as_deref(), Some(path));
        }
    }

    #[test]
    fn one_path_has_one_spelling_and_stays_below_the_top() {
        for text in [
            "", "/a", "a/", "a//b", ".", "a/..", "..", "%41", "%c3%a9", "%", "%4", "%zz", "é",
            "a b", "a%00", "%2F", "a%é",
        ] {
            assert_eq!(decode(text), None, "{text}");
        }
    }
}
