//! JSON (RFC 8259) read so that order, numbers and strings stay as they were written, and made.
//!
//! A general library either reorders keys or rewrites numbers; here scalars and strings keep their
//! text, so what is not understood can be passed on unchanged. It refuses anything that is not
//! strictly JSON, and more depth, keys or values than the caller allows. It knows no types: what a
//! document means is for its reader to say.

mod read;
mod text;
mod write;

use alloc::borrow::Cow;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

pub use read::Items;
use read::Reader;
use text::{escape, unescape};

/// A value; the order of an object's keys is that of the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// A number, `true`, `false` or `null`, as written.
    Scalar(String),
    /// A string, as written between its quotes: escaped. [`Value::text`] makes one of content.
    Text(String),
    /// An array.
    Array(Vec<Self>),
    /// An object; of a key that is there twice the last value counts, at the first place. Keys are
    /// content, not escaped.
    Object(Vec<(String, Self)>),
}

/// Caps for reading a text. Its length is the caller's to cap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Most values inside each other.
    pub depth: usize,
    /// Most keys of one object.
    pub keys: usize,
    /// Most values in all.
    pub values: usize,
}

impl Limits {
    /// What suits a small document: 16 deep, 4096 keys, 2^18 values.
    pub const DEFAULT: Self = Self {
        depth: 16,
        keys: 4096,
        values: 1 << 18,
    };
}

/// Where and why a text is not JSON that is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum JsonError {
    /// Not JSON, at this byte.
    Syntax(usize),
    /// More values inside each other than allowed.
    TooDeep,
    /// More keys in one object, or values in all, than allowed.
    TooMany,
}

impl fmt::Display for JsonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Syntax(at) => write!(f, "it is not JSON (byte {at})"),
            Self::TooDeep => f.write_str("it is nested too deeply"),
            Self::TooMany => f.write_str("it has too many keys or values"),
        }
    }
}

impl core::error::Error for JsonError {}

impl Value {
    /// Reads a whole text.
    pub fn parse(text: &str, limits: &Limits) -> Result<Self, JsonError> {
        let mut reader = Reader::new(text, *limits);
        let value = reader.value()?;
        reader.end()?;
        Ok(value)
    }

    /// A string with this content.
    pub fn text(content: &str) -> Self {
        Self::Text(escape(content))
    }

    /// A number.
    pub fn number(number: impl Into<u64>) -> Self {
        let number: u64 = number.into();
        Self::Scalar(format!("{number}"))
    }

    /// The number of things in a list.
    pub fn count(count: usize) -> Self {
        Self::Scalar(format!("{count}"))
    }

    /// `true` or `false`.
    pub fn bool(value: bool) -> Self {
        Self::Scalar(if value { "true" } else { "false" }.into())
    }

    /// `null`.
    pub fn null() -> Self {
        Self::Scalar("null".into())
    }

    /// What is there, or `null`.
    pub fn or_null(value: Option<Self>) -> Self {
        value.unwrap_or_else(Self::null)
    }

    /// A string with this content, or `null`.
    pub fn maybe_text(content: Option<&str>) -> Self {
        Self::or_null(content.map(Self::text))
    }

    /// What `item` shows, as a string, or `null`.
    pub fn maybe_shown(item: Option<&impl fmt::Display>) -> Self {
        Self::or_null(item.map(Self::shown))
    }

    /// What `item` shows, as a string.
    pub fn shown(item: &impl fmt::Display) -> Self {
        Self::text(&format!("{item}"))
    }

    /// An array.
    pub fn array(items: impl IntoIterator<Item = Self>) -> Self {
        Self::Array(items.into_iter().collect())
    }

    /// An array of strings.
    pub fn texts<'a>(items: impl IntoIterator<Item = &'a str>) -> Self {
        Self::array(items.into_iter().map(Self::text))
    }

    /// An object of members in this order; the caller names each key once.
    pub fn object<'a>(members: impl IntoIterator<Item = (&'a str, Self)>) -> Self {
        let members = members.into_iter();
        Self::Object(members.map(|(key, value)| (key.into(), value)).collect())
    }

    /// A string's content.
    pub fn as_text(&self) -> Option<Cow<'_, str>> {
        match self {
            Self::Text(raw) => Some(unescape(raw)),
            Self::Scalar(_) | Self::Array(_) | Self::Object(_) => None,
        }
    }

    /// A number without sign, fraction and exponent, below 2^64.
    pub fn as_u64(&self) -> Option<u64> {
        let text = self.scalar()?;
        let is_plain = text.bytes().all(|byte| byte.is_ascii_digit());
        is_plain.then(|| text.parse().ok())?
    }

    /// `true` or `false`.
    pub fn as_bool(&self) -> Option<bool> {
        match self.scalar()? {
            "true" => Some(true),
            "false" => Some(false),
            _ => None,
        }
    }

    /// Whether it is `null`.
    pub fn is_null(&self) -> bool {
        self.scalar() == Some("null")
    }

    /// An array's items.
    pub fn items(&self) -> Option<&[Self]> {
        match self {
            Self::Array(items) => Some(items),
            Self::Scalar(_) | Self::Text(_) | Self::Object(_) => None,
        }
    }

    /// An object's members.
    pub fn members(&self) -> Option<&[(String, Self)]> {
        match self {
            Self::Object(members) => Some(members),
            Self::Scalar(_) | Self::Text(_) | Self::Array(_) => None,
        }
    }

    /// An object's members, to be changed.
    pub fn members_mut(&mut self) -> Option<&mut Vec<(String, Self)>> {
        match self {
            Self::Object(members) => Some(members),
            Self::Scalar(_) | Self::Text(_) | Self::Array(_) => None,
        }
    }

    /// A member of an object.
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.members()?
            .iter()
            .find(|(name, _)| name == key)
            .map(|(_, value)| value)
    }

    fn scalar(&self) -> Option<&str> {
        match self {
            Self::Scalar(text) => Some(text),
            Self::Text(_) | Self::Array(_) | Self::Object(_) => None,
        }
    }
}

#[cfg(test)]
mod tests;
