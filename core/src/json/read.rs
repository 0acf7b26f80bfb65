//! The reader: strict, bounded, and able to hand over a long list item by item.

use alloc::borrow::ToOwned as _;
use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

use super::text::{hex, unescape};
use super::{JsonError, Limits, Value};

/// The items of one list in an object, read one at a time.
///
/// For a document `{"packages": [...], ...}` whose list is too long to be kept as values: each item
/// is handed over as it is read, other members are checked and dropped. The limit of values holds
/// for each item and each other member by itself. Of a list that is there twice all items come.
#[derive(Debug)]
pub struct Items<'a> {
    reader: Reader<'a>,
    key: &'a str,
    place: Place,
    found: bool,
}

/// Where a reader of [`Items`] stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// Before the object.
    Start,
    /// Before a key.
    Member,
    /// Before an item of the list.
    Item,
    /// After a member.
    Behind,
    /// After the object, or after an error.
    End,
}

impl<'a> Items<'a> {
    /// The items of the list that the text's object has under `key`.
    pub fn new(text: &'a str, key: &'a str, limits: &Limits) -> Self {
        Self {
            reader: Reader::new(text, *limits),
            key,
            place: Place::Start,
            found: false,
        }
    }

    /// Whether there was such a list, as far as the text was read.
    pub fn found(&self) -> bool {
        self.found
    }

    fn step(&mut self) -> Result<Option<Value>, JsonError> {
        loop {
            self.place = match self.place {
                Place::Start => self.start()?,
                Place::Member => self.member()?,
                Place::Item => {
                    let item = self.reader.item()?;
                    let more = self.reader.goes_on(b']')?;
                    self.place = if more { Place::Item } else { Place::Behind };
                    return Ok(Some(item));
                }
                Place::Behind if self.reader.goes_on(b'}')? => Place::Member,
                Place::Behind => self.finish()?,
                Place::End => return Ok(None),
            };
        }
    }

    fn start(&mut self) -> Result<Place, JsonError> {
        self.reader.expect(b'{')?;
        if self.reader.takes(b'}') {
            return self.finish();
        }
        Ok(Place::Member)
    }

    fn member(&mut self) -> Result<Place, JsonError> {
        let key = self.reader.key()?;
        if key != self.key || !self.reader.takes(b'[') {
            self.reader.item()?;
            return Ok(Place::Behind);
        }
        self.found = true;
        Ok(if self.reader.takes(b']') {
            Place::Behind
        } else {
            Place::Item
        })
    }

    fn finish(&mut self) -> Result<Place, JsonError> {
        self.reader.end()?;
        Ok(Place::End)
    }
}

impl Iterator for Items<'_> {
    type Item = Result<Value, JsonError>;

    fn next(&mut self) -> Option<Self::Item> {
        let next = self.step();
        if next.is_err() {
            self.place = Place::End;
        }
        next.transpose()
    }
}

#[derive(Debug)]
pub(super) struct Reader<'a> {
    text: &'a str,
    at: usize,
    values: usize,
    limits: Limits,
}

impl<'a> Reader<'a> {
    pub(super) fn new(text: &'a str, limits: Limits) -> Self {
        Self {
            text,
            at: 0,
            values: 0,
            limits,
        }
    }

    /// A value at the top.
    pub(super) fn value(&mut self) -> Result<Value, JsonError> {
        self.nested(self.limits.depth)
    }

    /// A value whose values are counted by themselves; one level is taken by what it is in.
    fn item(&mut self) -> Result<Value, JsonError> {
        self.values = 0;
        self.nested(self.limits.depth.saturating_sub(1))
    }

    /// Nothing but blanks is left.
    pub(super) fn end(&mut self) -> Result<(), JsonError> {
        self.blank();
        if self.at < self.text.len() {
            return Err(self.wrong());
        }
        Ok(())
    }

    /// Whether a comma follows, or else `close`.
    fn goes_on(&mut self, close: u8) -> Result<bool, JsonError> {
        if self.takes(close) {
            return Ok(false);
        }
        self.expect(b',').map(|()| true)
    }

    /// A key and the colon behind it.
    fn key(&mut self) -> Result<String, JsonError> {
        self.blank();
        let key = unescape(&self.quoted()?).into_owned();
        self.expect(b':')?;
        Ok(key)
    }

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

    fn nested(&mut self, depth: usize) -> Result<Value, JsonError> {
        let depth = depth.checked_sub(1).ok_or(JsonError::TooDeep)?;
        self.values += 1;
        if self.values > self.limits.values {
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
            let key = self.key()?;
            let value = self.nested(depth)?;
            let known = places.get(&key).copied();
            if let Some((_, old)) = known.and_then(|place| members.get_mut(place)) {
                *old = value;
            } else if members.len() == self.limits.keys {
                return Err(JsonError::TooMany);
            } else {
                places.insert(key.clone(), members.len());
                members.push((key, value));
            }
            if !self.goes_on(b'}')? {
                return Ok(Value::Object(members));
            }
        }
    }

    fn array(&mut self, depth: usize) -> Result<Value, JsonError> {
        self.expect(b'[')?;
        let mut items = Vec::new();
        if self.takes(b']') {
            return Ok(Value::Array(items));
        }
        loop {
            items.push(self.nested(depth)?);
            if !self.goes_on(b']')? {
                return Ok(Value::Array(items));
            }
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
