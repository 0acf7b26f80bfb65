//! Commits and annotated tags: header lines, an empty line, a message.

use super::ObjectError;
use crate::git::id::{ObjectId, ObjectKind};

/// A commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Commit<'a> {
    /// The tree of its files.
    pub tree: ObjectId,
    /// Who wrote the change; old commits may lack it.
    pub author: Option<Signature<'a>>,
    /// Who made the commit; old commits may lack it.
    pub committer: Option<Signature<'a>>,
    /// What follows the first empty line.
    pub message: &'a [u8],
    parents: &'a [u8],
}

/// An annotated tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tag<'a> {
    /// The object that it names, which may be a tag as well.
    pub object: ObjectId,
    /// The kind of that object, as the tag states it.
    pub kind: ObjectKind,
    /// The tag's name, without `refs/tags/`. It need not be the name of the ref.
    pub name: &'a [u8],
    /// Who made it; old tags may lack it.
    pub tagger: Option<Signature<'a>>,
    /// What follows the first empty line, a signature in it included.
    pub message: &'a [u8],
}

/// Who, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Signature<'a> {
    /// Name and e-mail address, as in `A U Thor <author@example.com>`.
    pub who: &'a [u8],
    /// Seconds since 1970 in UTC; none if they make no sense.
    pub seconds: Option<u64>,
    /// The zone of the clock on the wall, as in `+0200`; empty if there is none.
    pub zone: &'a [u8],
}

impl<'a> Commit<'a> {
    /// Parses a commit: `tree`, any number of `parent`, then `author` and `committer` if they are
    /// there. Lines after these are skipped.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, ObjectError> {
        let mut lines = Lines { rest: bytes };
        let tree = lines.id("tree", b"tree ")?;
        let parents = lines.rest;
        while lines.rest.starts_with(b"parent ") {
            lines.id("parent", b"parent ")?;
        }
        let parents = parents.strip_suffix(lines.rest).unwrap_or_default();
        Ok(Self {
            tree,
            author: lines.take(b"author ").map(Signature::parse),
            committer: lines.take(b"committer ").map(Signature::parse),
            message: lines.message(),
            parents,
        })
    }

    /// The commits that it follows; the first commit of a history has none.
    pub fn parents(&self) -> impl Iterator<Item = ObjectId> + Clone + use<'a> {
        let lines = self.parents.split_inclusive(|&byte| byte == b'\n');
        lines.filter_map(|line| ObjectId::parse(line.strip_prefix(b"parent ")?.trim_ascii_end()))
    }
}

impl<'a> Tag<'a> {
    /// Parses a tag: `object`, `type`, `tag`, then `tagger` if it is there. Lines after these are
    /// skipped.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, ObjectError> {
        let mut lines = Lines { rest: bytes };
        let object = lines.id("object", b"object ")?;
        let kind = lines.take(b"type ").and_then(ObjectKind::of_name);
        let kind = kind.ok_or(ObjectError::Header { header: "type" })?;
        let name = lines.take(b"tag ").filter(|name| !name.is_empty());
        Ok(Self {
            object,
            kind,
            name: name.ok_or(ObjectError::Header { header: "tag" })?,
            tagger: lines.take(b"tagger ").map(Signature::parse),
            message: lines.message(),
        })
    }
}

impl<'a> Signature<'a> {
    /// Never fails: what cannot be told apart is left with `who`.
    fn parse(line: &'a [u8]) -> Self {
        let end = memchr::memrchr(b'>', line).map_or(line.len(), |last| last + 1);
        let (who, when) = line.split_at(end);
        let mut words = when
            .split(|&byte| byte == b' ')
            .filter(|word| !word.is_empty());
        let seconds = words.next().and_then(number);
        let zone = words.next().unwrap_or_default();
        Self { who, seconds, zone }
    }
}

fn number(digits: &[u8]) -> Option<u64> {
    digits.iter().try_fold(0_u64, |number, &byte| {
        let digit = byte.is_ascii_digit().then(|| u64::from(byte - b'0'))?;
        number.checked_mul(10)?.checked_add(digit)
    })
}

/// Header lines, and behind them the message.
struct Lines<'a> {
    rest: &'a [u8],
}

impl<'a> Lines<'a> {
    /// The rest of the next line, if it begins with `start`. A line has its line feed.
    fn take(&mut self, start: &[u8]) -> Option<&'a [u8]> {
        let value = self.rest.strip_prefix(start)?;
        let (line, rest) = value.split_at_checked(memchr::memchr(b'\n', value)?)?;
        self.rest = rest.get(1..)?;
        Some(line)
    }

    fn id(&mut self, header: &'static str, start: &[u8]) -> Result<ObjectId, ObjectError> {
        let id = self.take(start).and_then(ObjectId::parse);
        id.ok_or(ObjectError::Header { header })
    }

    /// What follows the first empty line; nothing if there is none.
    fn message(&self) -> &'a [u8] {
        if let Some(message) = self.rest.strip_prefix(b"\n") {
            return message;
        }
        let end = memchr::memmem::find(self.rest, b"\n\n");
        end.and_then(|end| self.rest.get(end + 2..))
            .unwrap_or_default()
    }
}

#[cfg(test)]
#[path = "commit_tests.rs"]
mod tests;
