//! Tokens to what they stand for: strings, characters, numbers (Zig language reference, "Literals").

use alloc::string::String;
use alloc::vec::Vec;

use super::lexer::Token;
use super::{Position, Problem, Value, ZonError};

/// A fault, so many bytes into what was looked at.
type Fault = (usize, Problem);

/// What an escape stands for.
enum Scalar {
    Byte(u8),
    Char(char),
}

/// The content of `"..."` or `@"..."`.
pub(super) fn string(token: &Token<'_>) -> Result<Vec<u8>, ZonError> {
    let (inner, skipped) = inside(token.text);
    unescape(inner).map_err(|fault| place(token.at, skipped, fault))
}

/// A name, bare or `@"..."`.
pub(super) fn name(token: &Token<'_>) -> Result<String, ZonError> {
    let bytes = if token.text.starts_with(b"@") {
        string(token)?
    } else {
        token.text.to_vec()
    };
    String::from_utf8(bytes).map_err(|_| ZonError::new(token.at, Problem::NotUtf8))
}

/// A string as a value.
pub(super) fn string_value(token: &Token<'_>) -> Value {
    string(token).map_or_else(Value::Malformed, Value::String)
}

/// A character as a value.
pub(super) fn char_value(token: &Token<'_>) -> Value {
    let (inner, skipped) = inside(token.text);
    match one_char(inner) {
        Ok(()) => Value::Char,
        Err(fault) => Value::Malformed(place(token.at, skipped, fault)),
    }
}

/// A number as a value.
pub(super) fn number_value(token: &Token<'_>, negative: bool) -> Value {
    let text = str::from_utf8(token.text).unwrap_or_default();
    let (base, digits) = match text.as_bytes() {
        [b'0', b'b', ..] => (2, text.get(2..)),
        [b'0', b'o', ..] => (8, text.get(2..)),
        [b'0', b'x', ..] => (16, text.get(2..)),
        _ => (10, Some(text)),
    };
    let digits = digits.unwrap_or_default();
    if is_float(digits, base) {
        Value::Float
    } else if are_digits(digits, base) && !has_leading_zero(text) {
        let magnitude = magnitude(digits, base);
        Value::Int {
            magnitude,
            negative,
        }
    } else {
        Value::Malformed(ZonError::new(token.at, Problem::Number))
    }
}

/// What is between the quotes, and how many bytes stand before it.
fn inside(text: &[u8]) -> (&[u8], usize) {
    let skipped = 1 + usize::from(text.starts_with(b"@"));
    let inner = text.get(skipped..text.len().saturating_sub(1));
    (inner.unwrap_or_default(), skipped)
}

/// Quoted text has no line ends, so a fault is in the line where the text begins.
fn place(at: Position, skipped: usize, (offset, problem): Fault) -> ZonError {
    let offset = u32::try_from(skipped + offset).unwrap_or(u32::MAX);
    let column = at.column.saturating_add(offset);
    ZonError::new(Position { column, ..at }, problem)
}

fn unescape(raw: &[u8]) -> Result<Vec<u8>, Fault> {
    let mut out = Vec::with_capacity(raw.len());
    let mut at = 0;
    while let Some(&byte) = raw.get(at) {
        if byte != b'\\' {
            out.push(byte);
            at += 1;
            continue;
        }
        match escape(raw, &mut at)? {
            Scalar::Byte(byte) => out.push(byte),
            Scalar::Char(c) => out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
    Ok(out)
}

fn one_char(raw: &[u8]) -> Result<(), Fault> {
    if raw.starts_with(b"\\") {
        let mut at = 0;
        escape(raw, &mut at)?;
        return if at == raw.len() {
            Ok(())
        } else {
            Err((at, Problem::Char))
        };
    }
    let text = str::from_utf8(raw).map_err(|_| (0, Problem::Char))?;
    let mut chars = text.chars();
    match (chars.next(), chars.next()) {
        (Some(_), None) => Ok(()),
        _ => Err((0, Problem::Char)),
    }
}

/// Reads the escape whose backslash is at `at`, and steps over it.
fn escape(raw: &[u8], at: &mut usize) -> Result<Scalar, Fault> {
    let letter = *at + 1;
    *at += 2;
    Ok(Scalar::Byte(match raw.get(letter) {
        Some(b'n') => b'\n',
        Some(b'r') => b'\r',
        Some(b't') => b'\t',
        Some(byte @ (b'\\' | b'\'' | b'"')) => *byte,
        Some(b'x') => hex_byte(raw, at)?,
        Some(b'u') => return codepoint(raw, at).map(Scalar::Char),
        _ => return Err((letter, Problem::Escape)),
    }))
}

fn hex_byte(raw: &[u8], at: &mut usize) -> Result<u8, Fault> {
    let mut value = 0;
    for _ in 0..2 {
        let digit = hex_digit(raw, *at).ok_or((*at, Problem::EscapeDigits))?;
        value = value << 4 | digit;
        *at += 1;
    }
    Ok(value)
}

fn codepoint(raw: &[u8], at: &mut usize) -> Result<char, Fault> {
    if raw.get(*at) != Some(&b'{') {
        return Err((*at, Problem::EscapeDigits));
    }
    let first = *at + 1;
    *at = first;
    let mut value: u32 = 0;
    while let Some(digit) = hex_digit(raw, *at) {
        // 22 bits are above every scalar value, and stay so whatever follows.
        value = (value << 4 | u32::from(digit)).min(1 << 22);
        *at += 1;
    }
    if *at == first || raw.get(*at) != Some(&b'}') {
        return Err((*at, Problem::EscapeDigits));
    }
    *at += 1;
    char::from_u32(value).ok_or((first, Problem::Codepoint))
}

fn hex_digit(raw: &[u8], at: usize) -> Option<u8> {
    let digit = char::from(*raw.get(at)?).to_digit(16)?;
    u8::try_from(digit).ok()
}

/// Digits with single underscores between them.
fn are_digits(text: &str, base: u32) -> bool {
    text.split('_')
        .all(|group| !group.is_empty() && group.chars().all(|c| c.is_digit(base)))
}

/// `07` and `0_7` are refused, for they are octal elsewhere; bases have a letter here.
fn has_leading_zero(text: &str) -> bool {
    matches!(text.as_bytes(), [b'0', b'0'..=b'9' | b'_', ..])
}

fn magnitude(digits: &str, base: u32) -> Option<u64> {
    digits
        .chars()
        .filter_map(|c| c.to_digit(base))
        .try_fold(0_u64, |value, digit| {
            value
                .checked_mul(u64::from(base))?
                .checked_add(u64::from(digit))
        })
}

/// A fraction, an exponent (`e`, in hex `p`), or both.
fn is_float(text: &str, base: u32) -> bool {
    let marks = match base {
        10 => ['e', 'E'],
        16 => ['p', 'P'],
        _ => return false,
    };
    let (mantissa, exponent) = match text.split_once(marks) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (text, None),
    };
    let exponent_fits =
        exponent.is_none_or(|text| are_digits(text.strip_prefix(['+', '-']).unwrap_or(text), 10));
    let mantissa_fits = match mantissa.split_once('.') {
        Some((whole, fraction)) => are_digits(whole, base) && are_digits(fraction, base),
        None => exponent.is_some() && are_digits(mantissa, base),
    };
    mantissa_fits && exponent_fits && (base == 16 || !has_leading_zero(mantissa))
}
