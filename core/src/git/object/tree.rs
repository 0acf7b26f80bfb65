//! Trees: directories, one level each.

use alloc::vec::Vec;
use core::cmp::Ordering;

use super::error::{ObjectError, shown};
use super::name;
use crate::git::id::ObjectId;

/// A tree whose entries have been judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tree<'a> {
    bytes: &'a [u8],
}

/// One entry of a tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TreeEntry<'a> {
    /// What it is.
    pub mode: Mode,
    /// The mode's text, where it is not the one that Git writes ([`Mode::text`]): old Git wrote
    /// `100664` too, and some tools write `040000`. The tree's id depends on it.
    pub odd_mode: Option<&'a [u8]>,
    /// Its name: neither empty, nor with a slash, nor any of the names that [`Tree::parse`] refuses.
    /// Any other bytes may occur but NUL.
    pub name: &'a [u8],
    /// The id of a blob or tree of this repository, or, for [`Mode::Gitlink`], of a commit of
    /// another one.
    pub id: ObjectId,
}

/// What a tree's entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Mode {
    /// A regular file (`100644`).
    File,
    /// A regular file that may be executed (`100755`).
    Executable,
    /// A symbolic link; the blob is its target (`120000`).
    Symlink,
    /// A directory (`40000`).
    Tree,
    /// A submodule: a commit of another repository (`160000`).
    Gitlink,
}

impl Mode {
    /// The text that Git writes for it.
    pub const fn text(self) -> &'static str {
        match self {
            Self::File => "100644",
            Self::Executable => "100755",
            Self::Symlink => "120000",
            Self::Tree => "40000",
            Self::Gitlink => "160000",
        }
    }

    /// Reads a mode as Git does: the type counts, and of the permissions of files the owner's right
    /// to execute.
    pub fn parse(text: &[u8]) -> Option<Self> {
        if text.is_empty() || text.len() > 7 {
            return None;
        }
        let digit = |mode: u32, &byte: &u8| {
            matches!(byte, b'0'..=b'7').then(|| (mode << 3) | u32::from(byte - b'0'))
        };
        let mode = text.iter().try_fold(0, digit)?;
        match (mode & !0o7777, mode & 0o100) {
            (0o100_000, 0) => Some(Self::File),
            (0o100_000, _) => Some(Self::Executable),
            (0o120_000, _) => Some(Self::Symlink),
            (0o040_000, _) => Some(Self::Tree),
            (0o160_000, _) => Some(Self::Gitlink),
            _ => None,
        }
    }
}

impl<'a> Tree<'a> {
    /// Judges all entries of a tree by the rules of `git fsck` that keep a checkout safe: modes of
    /// the five kinds; no name empty, with a slash, `.`, `..`, `.git` or what a file system of macOS
    /// or Windows takes for it; names in order; no name twice, not even as a file and a directory.
    ///
    /// It takes time linear in the tree's length.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, ObjectError> {
        let mut rest = Entries { bytes };
        let mut seen = Seen::default();
        loop {
            let offset = bytes.len() - rest.bytes.len();
            let Some(entry) = rest.step(offset)? else {
                return Ok(Self { bytes });
            };
            name::check(entry.name).map_err(|fault| ObjectError::Name {
                name: shown(entry.name),
                fault,
            })?;
            seen.handle(&entry)?;
        }
    }

    /// Its entries, in Git's order: by name, where that of a directory counts as with a slash at its
    /// end. Walked depth first, that is the byte order of whole paths.
    pub fn entries(self) -> impl Iterator<Item = TreeEntry<'a>> + Clone + use<'a> {
        Entries { bytes: self.bytes }
    }

    /// The tree's bytes.
    pub const fn as_bytes(self) -> &'a [u8] {
        self.bytes
    }
}

impl TreeEntry<'_> {
    /// Writes the entry as a tree holds it.
    pub fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self.odd_mode.unwrap_or(self.mode.text().as_bytes()));
        out.push(b' ');
        out.extend_from_slice(self.name);
        out.push(0);
        out.extend_from_slice(self.id.as_bytes());
    }
}

/// Git's order of a tree's entries (`base_name_compare`): by bytes, with a slash after the name of a
/// directory. Two entries of one name that are both directories, or both not, are equal.
pub fn tree_order(left: (&[u8], Mode), right: (&[u8], Mode)) -> Ordering {
    let common = left.0.len().min(right.0.len());
    let key = |(name, mode): (&[u8], Mode)| {
        let slash = (mode == Mode::Tree).then_some(b'/');
        name.get(common).copied().or(slash)
    };
    left.0[..common]
        .cmp(&right.0[..common])
        .then_with(|| key(left).cmp(&key(right)))
}

#[derive(Debug, Clone)]
struct Entries<'a> {
    bytes: &'a [u8],
}

impl<'a> Entries<'a> {
    /// The next entry, which begins at `offset`.
    fn step(&mut self, offset: usize) -> Result<Option<TreeEntry<'a>>, ObjectError> {
        if self.bytes.is_empty() {
            return Ok(None);
        }
        let cut = ObjectError::TreeCut { offset };
        let (head, id, rest) = split(self.bytes).ok_or(cut)?;
        self.bytes = rest;
        let bad_mode = ObjectError::Mode { offset };
        let (text, name) = split_mode(head).ok_or(bad_mode.clone())?;
        let mode = Mode::parse(text).ok_or(bad_mode)?;
        let odd_mode = (text != mode.text().as_bytes()).then_some(text);
        Ok(Some(TreeEntry {
            mode,
            odd_mode,
            name,
            id: ObjectId::from_bytes(*id),
        }))
    }
}

impl<'a> Iterator for Entries<'a> {
    type Item = TreeEntry<'a>;

    fn next(&mut self) -> Option<TreeEntry<'a>> {
        self.step(0).ok().flatten()
    }
}

/// Mode and name, id, and what follows the entry.
fn split(bytes: &[u8]) -> Option<(&[u8], &[u8; ObjectId::BYTES], &[u8])> {
    let (head, rest) = bytes.split_at_checked(memchr::memchr(0, bytes)?)?;
    let (id, rest) = rest.get(1..)?.split_first_chunk()?;
    Some((head, id, rest))
}

fn split_mode(head: &[u8]) -> Option<(&[u8], &[u8])> {
    let (mode, name) = head.split_at_checked(memchr::memchr(b' ', head)?)?;
    Some((mode, name.get(1..)?))
}

/// What the next entry is compared with.
#[derive(Default)]
struct Seen<'a> {
    last: Option<(&'a [u8], Mode)>,
    /// Names of entries that are no directories, each the beginning of the next and of the last
    /// name: a directory of the same name may still follow. Between `a` and the directory `a` only
    /// names that begin with `a` are in order.
    open: Vec<&'a [u8]>,
}

impl<'a> Seen<'a> {
    fn handle(&mut self, entry: &TreeEntry<'a>) -> Result<(), ObjectError> {
        let this = (entry.name, entry.mode);
        let name = || shown(entry.name);
        match self.last.replace(this).map(|last| tree_order(last, this)) {
            Some(Ordering::Greater) => return Err(ObjectError::Order { name: name() }),
            Some(Ordering::Equal) => return Err(ObjectError::Duplicate { name: name() }),
            Some(Ordering::Less) | None => {}
        }
        while self
            .open
            .pop_if(|open| !entry.name.starts_with(open))
            .is_some()
        {}
        if self.open.last() == Some(&entry.name) {
            return Err(ObjectError::Duplicate { name: name() });
        }
        if entry.mode != Mode::Tree {
            self.open.push(entry.name);
        }
        Ok(())
    }
}

#[cfg(test)]
#[path = "tree_tests.rs"]
mod tests;
