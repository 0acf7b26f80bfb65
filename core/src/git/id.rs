//! Object ids: the SHA-1 of an object's kind, length and bytes.
//!
//! SHA-1 as Git itself computes it, with the detection of collision attacks of Stevens and Shumow
//! ("Speeding up detection of SHA-1 collision attacks using unavoidable attack conditions"): bytes
//! that carry the marks of such an attack have no id here. It refuses abbreviated ids, and those of
//! SHA-256 repositories.

use core::fmt::{self, Write as _};

use sha1_checked::{Digest as _, Sha1};

/// The id of an object. Written as 40 lower-case hex digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ObjectId([u8; Self::BYTES]);

impl ObjectId {
    /// Bytes of an id; its text has twice as many.
    pub const BYTES: usize = 20;

    /// Takes an id's bytes.
    pub const fn from_bytes(bytes: [u8; Self::BYTES]) -> Self {
        Self(bytes)
    }

    /// Parses exactly 40 hex digits, of either case as Git does.
    pub fn parse(hex: &[u8]) -> Option<Self> {
        let (pairs, rest) = hex.as_chunks::<2>();
        if pairs.len() != Self::BYTES || !rest.is_empty() {
            return None;
        }
        let mut bytes = [0; Self::BYTES];
        for (byte, &[high, low]) in bytes.iter_mut().zip(pairs) {
            *byte = (hex_value(high)? << 4) | hex_value(low)?;
        }
        Some(Self(bytes))
    }

    /// The id's bytes.
    pub const fn as_bytes(&self) -> &[u8; Self::BYTES] {
        &self.0
    }
}

impl ObjectId {
    /// The id as text: lists of references are mostly ids.
    pub fn to_hex(self) -> [u8; 2 * Self::BYTES] {
        let mut hex = [0; 2 * Self::BYTES];
        let (pairs, _) = hex.as_chunks_mut::<2>();
        for ([high, low], byte) in pairs.iter_mut().zip(self.0) {
            *high = hex_digit(byte >> 4);
            *low = hex_digit(byte & 15);
        }
        hex
    }
}

const fn hex_digit(value: u8) -> u8 {
    match value {
        0..=9 => b'0' + value,
        _ => b'a' + value - 10,
    }
}

impl fmt::Display for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hex = self.to_hex();
        f.write_str(core::str::from_utf8(&hex).unwrap_or_default())
    }
}

impl fmt::Debug for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ObjectId({self})")
    }
}

/// What an object is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ObjectKind {
    /// A state of the tree, and how it came to be.
    Commit,
    /// A directory.
    Tree,
    /// The content of a file, or the target of a symbolic link.
    Blob,
    /// A name for another object, with a message.
    Tag,
}

impl ObjectKind {
    /// The word that stands for it in objects.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Commit => "commit",
            Self::Tree => "tree",
            Self::Blob => "blob",
            Self::Tag => "tag",
        }
    }

    /// The kind that a word stands for.
    pub const fn of_name(name: &[u8]) -> Option<Self> {
        match name {
            b"commit" => Some(Self::Commit),
            b"tree" => Some(Self::Tree),
            b"blob" => Some(Self::Blob),
            b"tag" => Some(Self::Tag),
            _ => None,
        }
    }
}

impl fmt::Display for ObjectKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// An object's id in the making, fed as the object's bytes pass.
#[derive(Clone, Debug)]
pub struct ObjectHasher {
    sha1: Sha1,
    /// Bytes that are still to come; none once there were too many.
    left: Option<u64>,
}

impl ObjectHasher {
    /// Starts with the object's kind and its length in bytes, which are hashed before its content.
    pub fn new(kind: ObjectKind, length: u64) -> Self {
        let mut sha1 = Sha1::new();
        let mut header = Header::default();
        // The longest header has 28 bytes.
        let fitted = write!(header, "{} {length}\0", kind.name());
        debug_assert!(fitted.is_ok(), "a header fits its room");
        sha1.update(header.text());
        let left = Some(length);
        Self { sha1, left }
    }

    /// Takes the next bytes; how the whole is cut does not matter.
    pub fn update(&mut self, bytes: &[u8]) {
        let length = bytes.len() as u64;
        self.left = self.left.and_then(|left| left.checked_sub(length));
        self.sha1.update(bytes);
    }

    /// The id, if as many bytes came as were announced and no collision attack shows in them.
    pub fn finish(self) -> Result<ObjectId, HashError> {
        if self.left != Some(0) {
            return Err(HashError::Length);
        }
        let result = self.sha1.try_finalize();
        if result.has_collision() {
            return Err(HashError::Collision);
        }
        Ok(ObjectId((*result.hash()).into()))
    }
}

/// The id of an object that is whole in memory.
pub fn object_id(kind: ObjectKind, content: &[u8]) -> Result<ObjectId, HashError> {
    let mut hasher = ObjectHasher::new(kind, content.len() as u64);
    hasher.update(content);
    hasher.finish()
}

/// Why an object has no id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum HashError {
    /// It has more or fewer bytes than announced.
    Length,
    /// It carries the marks of a SHA-1 collision attack, so that its id would name another object
    /// too. Git refuses such an object as well.
    Collision,
}

impl fmt::Display for HashError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Length => "the object is not as long as it states",
            Self::Collision => "the object is part of a sha-1 collision attack",
        })
    }
}

impl core::error::Error for HashError {}

/// SHA-1 without detection, for sums that guard against accidents alone.
pub(crate) fn plain_sha1() -> Sha1 {
    Sha1::builder().detect_collision(false).build()
}

/// Room for what is hashed before an object: kind, a space, at most 20 digits, NUL.
#[derive(Default)]
struct Header {
    room: [u8; 32],
    length: usize,
}

impl Header {
    fn text(&self) -> &[u8] {
        self.room.get(..self.length).unwrap_or_default()
    }
}

impl fmt::Write for Header {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let end = self.length + text.len();
        let room = self.room.get_mut(self.length..end).ok_or(fmt::Error)?;
        room.copy_from_slice(text.as_bytes());
        self.length = end;
        Ok(())
    }
}

const fn hex_value(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

#[cfg(test)]
#[path = "id_tests.rs"]
mod tests;
