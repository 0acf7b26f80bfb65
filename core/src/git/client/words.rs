//! What a server says to a person, made fit to be shown.
//!
//! The text comes from a stranger and goes into logs, terminals and pages. It is taken for UTF-8
//! with errors replaced, on one line, without control characters (so without terminal sequences
//! that work) and without the characters that reorder or hide text, and cut to [`MOST`].

use alloc::string::String;
use core::fmt;

/// Most characters that are kept.
const MOST: usize = 200;
/// Most bytes that so many characters can take up, and then some for what is dropped.
pub(super) const MOST_BYTES: usize = 1024;

/// A server's own words: one line, printable, at most 200 characters; may be empty.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Words(String);

impl Words {
    /// Makes any bytes printable.
    pub fn new(bytes: &[u8]) -> Self {
        let bytes = bytes.get(..MOST_BYTES).unwrap_or(bytes);
        let mut words = String::new();
        let text = String::from_utf8_lossy(bytes);
        let chars = text
            .split(is_blank)
            .filter(|word| word.chars().any(is_shown));
        for (at, word) in chars.enumerate() {
            if at > 0 {
                words.push(' ');
            }
            words.extend(word.chars().filter(|&c| is_shown(c)));
        }
        if let Some((end, _)) = words.char_indices().nth(MOST) {
            words.truncate(end);
        }
        Self(words)
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Words {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// White space and line ends become one blank.
fn is_blank(c: char) -> bool {
    c.is_whitespace()
}

fn is_shown(c: char) -> bool {
    !c.is_control() && !is_blank(c) && !is_invisible(c)
}

/// Characters that take no room, or turn the direction of the text (Unicode TR 36, 2.5).
const fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{ad}'
            | '\u{61c}'
            | '\u{180e}'
            | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_one_printable_line() {
        for (bytes, shown) in [
            (
                &b"upload-pack: not our ref 11\n"[..],
                "upload-pack: not our ref 11",
            ),
            (b"  a\t\r\n b  ", "a b"),
            (b"\x1b[31mred\x1b[0m\x07", "[31mred[0m"),
            (b"caf\xc3\xa9 \xff", "caf\u{e9} \u{fffd}"),
            ("a\u{202e}b \u{200b} c\u{feff}".as_bytes(), "ab c"),
            (b"", ""),
            (b"\x00\x01", ""),
        ] {
            assert_eq!(Words::new(bytes).as_str(), shown);
        }
    }

    #[test]
    fn words_are_cut_at_200_characters() {
        let long = "\u{e9}".repeat(5000);
        assert_eq!(Words::new(long.as_bytes()).as_str(), "\u{e9}".repeat(200));
    }
}
