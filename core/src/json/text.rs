//! A string's content, and how it is spelled between its quotes.

use alloc::borrow::Cow;
use alloc::string::String;
use core::fmt::Write as _;

pub(super) fn hex(digits: &str) -> Option<u32> {
    digits
        .bytes()
        .all(|b| b.is_ascii_hexdigit())
        .then(|| u32::from_str_radix(digits, 16).ok())?
}

/// A checked string's content.
pub(super) fn unescape(raw: &str) -> Cow<'_, str> {
    if !raw.contains('\\') {
        return Cow::Borrowed(raw);
    }
    let mut out = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some((plain, escaped)) = rest.split_once('\\') {
        out.push_str(plain);
        let mut chars = escaped.chars();
        match chars.next() {
            Some('b') => out.push('\u{8}'),
            Some('f') => out.push('\u{c}'),
            Some('n') => out.push('\n'),
            Some('r') => out.push('\r'),
            Some('t') => out.push('\t'),
            Some('u') => {
                rest = push_units(escaped, &mut out);
                continue;
            }
            Some(other) => out.push(other),
            None => {}
        }
        rest = chars.as_str();
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// Decodes `uXXXX` or `uXXXX\uXXXX`; returns what follows.
fn push_units<'a>(escaped: &'a str, out: &mut String) -> &'a str {
    let unit = |text: &str| text.get(1..5).and_then(hex).unwrap_or(0xfffd);
    let first = unit(escaped);
    let rest = escaped.get(5..).unwrap_or_default();
    if !matches!(first, 0xd800..=0xdbff) {
        out.push(char::from_u32(first).unwrap_or('\u{fffd}'));
        return rest;
    }
    let second = unit(rest.get(1..).unwrap_or_default());
    let code = 0x10000 + ((first & 0x3ff) << 10 | second & 0x3ff);
    out.push(char::from_u32(code).unwrap_or('\u{fffd}'));
    rest.get(6..).unwrap_or_default()
}

/// Content as it may stand between quotes.
pub(super) fn escape(content: &str) -> String {
    let mut out = String::with_capacity(content.len());
    for c in content.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            control if u32::from(control) < 0x20 => {
                let _ = write!(out, "\\u{:04x}", u32::from(control));
            }
            other => out.push(other),
        }
    }
    out
}
