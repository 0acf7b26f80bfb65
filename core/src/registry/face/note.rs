//! What is known of the files that were derived from a release, as one small text beside them.
//!
//! ```text
//! zigdepot git 1
//! tarball <sha-256>
//! commit <id>
//! parents yes
//! tag <id>                  one for each tag object, the outermost first
//! objects 9
//! length 1234
//! content 1000
//! sum <sha-1>
//! plain-commit <id>
//! plain-entry <base64>
//! plain-objects 8
//! plain-sum <sha-1>
//! crc32 <of all lines above>
//! ```
//!
//! It is written when the others are there, and so says that they are. One that cannot be read counts
//! as missing: all of it can be derived again. So it is refused if it has not the very bytes that
//! would be written, or contradicts itself; it is never repaired.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::{self, Write as _};

use crate::archive::crc32::Crc32;
use crate::base64;
use crate::git::id::ObjectId;
use crate::git::pack::PackChecksum;
use crate::git::server::sideband;
use crate::registry::manifest::MAX_TAG_OBJECTS;
use crate::store::git::GitPart;
use crate::zig::digest::Sha256Digest;

/// Longest text, in bytes. With the longest names and the most tag objects it has 2000.
pub const MAX_BYTES: usize = 4 << 10;
/// The first line.
const VERSION: &str = "zigdepot git 1";
/// Bytes of a pack before its first object.
const PACK_HEAD: u64 = 12;
/// Bytes of a pack behind its last object.
const PACK_SUM: u64 = PackChecksum::BYTES as u64;

/// What is known of a release's pack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FaceNote {
    /// The tarball that it was derived from.
    pub tarball: Sha256Digest,
    /// The commit that the release shows: upstream's, or of an imported release the synthetic one.
    pub commit: ObjectId,
    /// Whether that has parents, none of which is served.
    pub has_parents: bool,
    /// The tag objects, from the one that the tag names down to the one that names the commit.
    pub tags: Vec<ObjectId>,
    /// Objects in the pack.
    pub objects: u32,
    /// Bytes of the pack, out of its packets.
    pub length: u64,
    /// Where in the pack its trees and blobs end, and commit and tags begin.
    pub content_end: u64,
    /// The pack's own sum.
    pub sum: PackChecksum,
    /// The pack that the dumb protocol shows.
    pub plain: PlainPack,
}

/// The pack of the dumb protocol: trees and blobs are those of the other, one commit is behind them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlainPack {
    /// The synthetic commit.
    pub commit: ObjectId,
    /// Its entry in the pack, as it stands there.
    pub entry: Vec<u8>,
    /// Objects in the pack.
    pub objects: u32,
    /// The pack's own sum, which is its name too.
    pub sum: PackChecksum,
}

impl FaceNote {
    /// Reads the text that [`to_text`](Self::to_text) writes, and nothing else.
    pub fn parse(bytes: &[u8]) -> Result<Self, NoteError> {
        if bytes.len() > MAX_BYTES {
            return Err(NoteError::TooLong);
        }
        let text = core::str::from_utf8(bytes).map_err(|_| NoteError::Version)?;
        let mut lines = Lines::new(text)?;
        let note = lines.note()?;
        note.check()?;
        if note.to_text().as_bytes() == bytes {
            Ok(note)
        } else {
            Err(NoteError::Spelling)
        }
    }

    /// The text, a newline at its end.
    pub fn to_text(&self) -> String {
        let mut text = format!("{VERSION}\n");
        let mut line = |name: &str, value: &dyn fmt::Display| {
            // Writing to a String cannot fail.
            let _ = writeln!(text, "{name} {value}");
        };
        line("tarball", &self.tarball);
        line("commit", &self.commit);
        line("parents", &if self.has_parents { "yes" } else { "no" });
        for tag in &self.tags {
            line("tag", tag);
        }
        line("objects", &self.objects);
        line("length", &self.length);
        line("content", &self.content_end);
        line("sum", &self.sum);
        line("plain-commit", &self.plain.commit);
        line("plain-entry", &base64::encode(&self.plain.entry));
        line("plain-objects", &self.plain.objects);
        line("plain-sum", &self.plain.sum);
        let crc32 = Crc32::of(text.as_bytes());
        let _ = writeln!(text, "crc32 {crc32:08x}");
        text
    }

    /// What the tag stands for: its tag object if it has one, else the commit.
    pub fn tip(&self) -> ObjectId {
        self.tags.first().copied().unwrap_or(self.commit)
    }

    /// Bytes of the file that holds the pack in its packets; none if no file is as long.
    pub fn sideband_length(&self) -> Option<u64> {
        sideband::file_length(self.length)
    }

    /// Bytes of the pack of the dumb protocol.
    pub fn plain_length(&self) -> u64 {
        let entry = self.plain.entry.len() as u64;
        self.content_end
            .saturating_add(entry)
            .saturating_add(PACK_SUM)
    }

    /// Whether a file of so many bytes can be the one that was derived with it.
    pub fn fits(&self, part: GitPart, bytes: u64) -> bool {
        let index = |objects: u32| {
            let rest = bytes.checked_sub(index_length(objects));
            // Offsets from 2 GiB on are in a table of their own.
            rest.is_some_and(|rest| rest == 0 || self.length > 1 << 31 && rest % 8 == 0)
        };
        match part {
            GitPart::Sideband => self.sideband_length() == Some(bytes),
            GitPart::Index => index(self.objects),
            GitPart::PlainIndex => index(self.plain.objects),
            GitPart::Note => bytes == self.to_text().len() as u64,
        }
    }

    /// Whether its numbers can be those of one release.
    fn check(&self) -> Result<(), NoteError> {
        let heads = self.length.checked_sub(PACK_SUM);
        let has_heads = heads.is_some_and(|end| self.content_end < end);
        if !has_heads || self.content_end <= PACK_HEAD || self.sideband_length().is_none() {
            return Err(NoteError::Contradiction("content"));
        }
        if self.plain.objects < 2 || self.plain.entry.is_empty() {
            return Err(NoteError::Contradiction("plain-objects"));
        }
        // Both have the trees and blobs and one commit.
        let tags = u32::try_from(self.tags.len()).ok();
        if tags.and_then(|tags| self.plain.objects.checked_add(tags)) == Some(self.objects) {
            Ok(())
        } else {
            Err(NoteError::Contradiction("objects"))
        }
    }
}

/// Bytes of an index without long offsets.
const fn index_length(objects: u32) -> u64 {
    1072 + 28 * objects as u64
}

/// Lines that are still to be read: a name, a blank, a value.
struct Lines<'a> {
    rest: &'a str,
}

impl<'a> Lines<'a> {
    fn new(text: &'a str) -> Result<Self, NoteError> {
        let rest = text.strip_prefix(VERSION);
        let rest = rest.and_then(|rest| rest.strip_prefix('\n'));
        rest.map(|rest| Self { rest }).ok_or(NoteError::Version)
    }

    fn note(&mut self) -> Result<FaceNote, NoteError> {
        Ok(FaceNote {
            tarball: self.value("tarball", |value| Sha256Digest::parse(value).ok())?,
            commit: self.value("commit", id)?,
            has_parents: self.value("parents", yes)?,
            tags: self.tags()?,
            objects: self.value("objects", |value| value.parse().ok())?,
            length: self.value("length", |value| value.parse().ok())?,
            content_end: self.value("content", |value| value.parse().ok())?,
            sum: self.value("sum", sum)?,
            plain: PlainPack {
                commit: self.value("plain-commit", id)?,
                entry: self.value("plain-entry", |value| base64::decode_all(value.as_bytes()))?,
                objects: self.value("plain-objects", |value| value.parse().ok())?,
                sum: self.value("plain-sum", sum)?,
            },
        })
    }

    fn tags(&mut self) -> Result<Vec<ObjectId>, NoteError> {
        let mut tags = Vec::new();
        while self.rest.starts_with("tag ") {
            if tags.len() == MAX_TAG_OBJECTS {
                return Err(NoteError::Contradiction("tag"));
            }
            tags.push(self.value("tag", id)?);
        }
        Ok(tags)
    }

    /// The value of the next line, which must have this name.
    fn value<T>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Result<T, NoteError> {
        let line = self.rest.split_once('\n');
        let value = line.and_then(|(line, rest)| {
            self.rest = rest;
            read(line.strip_prefix(name)?.strip_prefix(' ')?)
        });
        value.ok_or(NoteError::Line(name))
    }
}

fn id(hex: &str) -> Option<ObjectId> {
    ObjectId::parse(hex.as_bytes())
}

fn sum(hex: &str) -> Option<PackChecksum> {
    id(hex).map(|sum| PackChecksum::from_bytes(*sum.as_bytes()))
}

fn yes(value: &str) -> Option<bool> {
    match value {
        "yes" => Some(true),
        "no" => Some(false),
        _ => None,
    }
}

/// Why a note is not read. What it is of is to be derived again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum NoteError {
    /// The text is longer than [`MAX_BYTES`].
    TooLong,
    /// It does not begin as a note of this version.
    Version,
    /// The line of this name is not in its place, or its value is none.
    Line(&'static str),
    /// The value of this line cannot be, beside the others.
    Contradiction(&'static str),
    /// It says something in another spelling than this program's, or more.
    Spelling,
}

impl fmt::Display for NoteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong => write!(f, "the note is longer than {MAX_BYTES} bytes"),
            Self::Version => write!(f, "the note does not begin with \"{VERSION}\""),
            Self::Line(name) => write!(f, "the note has no well-formed line \"{name}\""),
            Self::Contradiction(name) => {
                write!(f, "the note contradicts itself in the line \"{name}\"")
            }
            Self::Spelling => f.write_str("the note is not as it was written"),
        }
    }
}

impl core::error::Error for NoteError {}

#[cfg(test)]
#[path = "note_tests.rs"]
mod tests;
