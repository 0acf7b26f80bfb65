//! JSON (RFC 8259) as an index needs it: order, numbers and strings stay as they were written.
//!
//! A general library either reorders keys or rewrites numbers; here scalars and strings keep their
//! text, so what is not understood is passed on unchanged. It refuses anything that is not strictly
//! JSON, more depth or keys than allowed, and interprets nothing.

use alloc::borrow::Cow;
use alloc::borrow::ToOwned;
use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::Write as _;

/// A value; the order of an object's keys is that of the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Value {
    /// A number, `true`, `false` or `null`, as written.
    Scalar(String),
    /// A string, as written between its quotes.
    Text(String),
    /// An array.
    Array(Vec<Self>),
    /// An object; of a key that is there twice the last value counts, at the first place.
    Object(Vec<(String, Self)>),
}

/// Where and why a text is not JSON that is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum JsonError {
    /// Not JSON, at this byte.
    Syntax(usize),
    /// More values inside each other than allowed.
    TooDeep,
    /// More keys in one object, or values in all, than allowed.
    TooMany,
}

/// Most values inside each other.
const DEPTH: usize = 16;
/// Most keys of one object.
const KEYS: usize = 4096;
/// Most values in all; a real index has a few thousand.
const VALUES: usize = 1 << 18;

impl Value {
    /// Reads a whole text.
    pub(super) fn parse(text: &str) -> Result<Self, JsonError> {
        let mut reader = Reader {
            text,
            at: 0,
            values: 0,
        };
        let value = reader.value(DEPTH)?;
        reader.blank();
        if reader.at < text.len() {
            Err(reader.wrong())
        } else {
            Ok(value)
        }
    }

    /// A string with this content.
    pub(super) fn text(content: &str) -> Self {
        Self::Text(escape(content))
    }

    /// A string's content.
    pub(super) fn as_text(&self) -> Option<Cow<'_, str>> {
        match self {
            Self::Text(raw) => Some(unescape(raw)),
            Self::Scalar(_) | Self::Array(_) | Self::Object(_) => None,
        }
    }

    /// An object's members.
    pub(super) fn members(&self) -> Option<&[(String, Self)]> {
        match self {
            Self::Object(members) => Some(members),
            Self::Scalar(_) | Self::Text(_) | Self::Array(_) => None,
        }
    }

    /// An object's members, to be changed.
    pub(super) fn members_mut(&mut self) -> Option<&mut Vec<(String, Self)>> {
        match self {
            Self::Object(members) => Some(members),
            Self::Scalar(_) | Self::Text(_) | Self::Array(_) => None,
        }
    }

    /// A member of an object.
    pub(super) fn get(&self, key: &str) -> Option<&Self> {
        self.members()?
            .iter()
            .find(|(name, _)| name == key)
            .map(|(_, value)| value)
    }

    /// Appends the text, indented by two blanks.
    pub(super) fn write(&self, indent: usize, out: &mut String) {
        match self {
            Self::Scalar(text) => out.push_str(text),
            Self::Text(raw) => write_quoted(raw, out),
            Self::Array(items) => write_list(['[', ']'], items, indent, out, |item, out| {
                item.write(indent + 1, out);
            }),
            Self::Object(members) => {
                write_list(['{', '}'], members, indent, out, |(key, value), out| {
                    write_quoted(&escape(key), out);
                    out.push_str(": ");
                    value.write(indent + 1, out);
                });
            }
        }
    }
}

fn write_quoted(raw: &str, out: &mut String) {
    out.push('"');
    out.push_str(raw);
    out.push('"');
}

fn write_list<T>(
    [open, close]: [char; 2],
    items: &[T],
    indent: usize,
    out: &mut String,
    write: impl Fn(&T, &mut String),
) {
    out.push(open);
    for (at, item) in items.iter().enumerate() {
        out.push_str(if at == 0 { "\n" } else { ",\n" });
        (0..=indent).for_each(|_| out.push_str("  "));
        write(item, out);
    }
    if !items.is_empty() {
        out.push('\n');
        (0..indent).for_each(|_| out.push_str("  "));
    }
    out.push(close);
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    values: usize,
}

impl Reader<'_> {
    fn wrong(&self) -> JsonError {
        JsonError::Syntax(self.at)
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn blank(&mut self) {
        while let Some(b' ' | b'\t' | b'\r' | b'\n') = self.peek() {
            self.at += 1;
        }
    }

    /// Steps over `byte`, and blanks before it.
    fn takes(&mut self, byte: u8) -> bool {
        self.blank();
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, byte: u8) -> Result<(), JsonError> {
        if self.takes(byte) {
            Ok(())
        } else {
            Err(self.wrong())
        }
    }

    fn value(&mut self, depth: usize) -> Result<Value, JsonError> {
        let depth = depth.checked_sub(1).ok_or(JsonError::TooDeep)?;
        self.values += 1;
        if self.values > VALUES {
            return Err(JsonError::TooMany);
        }
        self.blank();
        match self.peek() {
            Some(b'{') => self.object(depth),
            Some(b'[') => self.array(depth),
            Some(b'"') => self.quoted().map(Value::Text),
            _ => self.scalar(),
        }
    }

    fn object(&mut self, depth: usize) -> Result<Value, JsonError> {
        self.expect(b'{')?;
        let mut members: Vec<(String, Value)> = Vec::new();
        let mut places: BTreeMap<String, usize> = BTreeMap::new();
        if self.takes(b'}') {
            return Ok(Value::Object(members));
        }
        loop {
            self.blank();
            let key = unescape(&self.quoted()?).into_owned();
            self.expect(b':')?;
            let value = self.value(depth)?;
            let known = places.get(&key).copied();
            if let Some((_, old)) = known.and_then(|place| members.get_mut(place)) {
                *old = value;
            } else if members.len() == KEYS {
                return Err(JsonError::TooMany);
            } else {
                places.insert(key.clone(), members.len());
                members.push((key, value));
            }
            if self.takes(b'}') {
                return Ok(Value::Object(members));
            }
            self.expect(b',')?;
        }
    }

    fn array(&mut self, depth: usize) -> Result<Value, JsonError> {
        self.expect(b'[')?;
        let mut items = Vec::new();
        if self.takes(b']') {
            return Ok(Value::Array(items));
        }
        loop {
            items.push(self.value(depth)?);
            if self.takes(b']') {
                return Ok(Value::Array(items));
            }
            self.expect(b',')?;
        }
    }

    /// The text between quotes, checked but not decoded.
    fn quoted(&mut self) -> Result<String, JsonError> {
        self.expect(b'"')?;
        let start = self.at;
        loop {
            match self.peek() {
                Some(b'"') => {
                    let raw = self
                        .text
                        .get(start..self.at)
                        .ok_or(self.wrong())?
                        .to_owned();
                    self.at += 1;
                    return Ok(raw);
                }
                Some(b'\\') => self.escaped()?,
                Some(0x20..) => self.at += 1,
                Some(_) | None => return Err(self.wrong()),
            }
        }
    }

    fn escaped(&mut self) -> Result<(), JsonError> {
        self.at += 1;
        match self.peek() {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => {
                self.at += 1;
                Ok(())
            }
            Some(b'u') => self.code_units(),
            _ => Err(self.wrong()),
        }
    }

    /// `uXXXX`, and the second half of a surrogate pair after a first.
    fn code_units(&mut self) -> Result<(), JsonError> {
        let unit = self.unit()?;
        match unit {
            0xd800..=0xdbff => {
                if self.peek() != Some(b'\\') {
                    return Err(self.wrong());
                }
                self.at += 1;
                if matches!(self.unit()?, 0xdc00..=0xdfff) {
                    Ok(())
                } else {
                    Err(self.wrong())
                }
            }
            0xdc00..=0xdfff => Err(self.wrong()),
            _ => Ok(()),
        }
    }

    fn unit(&mut self) -> Result<u32, JsonError> {
        let digits = self
            .text
            .get(self.at..self.at + 5)
            .and_then(|text| text.strip_prefix('u'))
            .ok_or(self.wrong())?;
        let unit = hex(digits).ok_or(self.wrong())?;
        self.at += 5;
        Ok(unit)
    }

    fn scalar(&mut self) -> Result<Value, JsonError> {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let end = rest
            .find([',', '}', ']', ' ', '\t', '\r', '\n'])
            .unwrap_or(rest.len());
        let word = rest.get(..end).unwrap_or_default();
        if !matches!(word, "true" | "false" | "null") && !is_number(word) {
            return Err(self.wrong());
        }
        self.at += end;
        Ok(Value::Scalar(word.to_owned()))
    }
}

fn hex(digits: &str) -> Option<u32> {
    digits
        .bytes()
        .all(|b| b.is_ascii_hexdigit())
        .then(|| u32::from_str_radix(digits, 16).ok())?
}

/// RFC 8259 section 6.
fn is_number(word: &str) -> bool {
    let word = word.strip_prefix('-').unwrap_or(word);
    let (mantissa, exponent) = match word.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (
            mantissa,
            Some(exponent.strip_prefix(['+', '-']).unwrap_or(exponent)),
        ),
        None => (word, None),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let plain = digits(whole) && (whole == "0" || !whole.starts_with('0'));
    plain && fraction.is_none_or(digits) && exponent.is_none_or(digits)
}

/// A checked string's content.
fn unescape(raw: &str) -> Cow<'_, str> {
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
fn escape(content: &str) -> String {
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

#[cfg(test)]
mod tests;
