//! References as they are shown to clients.
//!
//! It refuses names that would break a line of the protocol. Whether Git takes a name for one
//! (git-check-ref-format(1)) is judged where the reference is made.

use alloc::vec::Vec;
use core::error::Error;
use core::fmt;

use crate::git::client::Words;
use crate::git::id::ObjectId;

/// Longest name of a reference, in bytes. 1 KiB.
pub const MAX_NAME: usize = 1 << 10;

/// A reference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ref {
    /// The full name, such as `refs/tags/v1.0`.
    pub name: Vec<u8>,
    /// The object named; of an annotated tag the tag object.
    pub id: ObjectId,
    /// Of an annotated tag what it leads to in the end.
    pub peeled: Option<ObjectId>,
}

/// The references of a repository, sorted by the bytes of their names, and where `HEAD` leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refs {
    refs: Vec<Ref>,
    head: Vec<u8>,
}

/// Why references cannot be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum RefsError {
    /// The name is empty, too long, or holds a space or a control character, or is `HEAD` itself.
    Name(Words),
    /// Two references have the name.
    Twice(Words),
}

impl fmt::Display for RefsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => write!(f, "\"{name}\" cannot be the name of a git reference"),
            Self::Twice(name) => write!(f, "there are two git references \"{name}\""),
        }
    }
}

impl Error for RefsError {}

impl Refs {
    /// Takes references in any order. `head` is the name of the one that `HEAD` stands for, such as
    /// `refs/heads/main`; without a reference of that name the repository has no `HEAD` yet.
    pub fn new(head: Vec<u8>, mut refs: Vec<Ref>) -> Result<Self, RefsError> {
        let names = || refs.iter().map(|listed| &listed.name).chain([&head]);
        if let Some(name) = names().find(|name| !is_name(name)) {
            return Err(RefsError::Name(Words::new(name)));
        }
        refs.sort_unstable_by(|a, b| a.name.cmp(&b.name));
        let mut pairs = refs.iter().zip(refs.iter().skip(1));
        if let Some((twice, _)) = pairs.find(|(a, b)| a.name == b.name) {
            return Err(RefsError::Twice(Words::new(&twice.name)));
        }
        Ok(Self { refs, head })
    }

    /// All but `HEAD`, sorted.
    pub fn sorted(&self) -> &[Ref] {
        &self.refs
    }

    /// The name of the reference that `HEAD` stands for, whether there is one or not.
    pub fn head(&self) -> &[u8] {
        &self.head
    }

    /// The reference that `HEAD` stands for.
    pub fn head_ref(&self) -> Option<&Ref> {
        self.find(&self.head)
    }

    /// The reference of that name.
    pub fn find(&self, name: &[u8]) -> Option<&Ref> {
        let at = self
            .refs
            .binary_search_by(|listed| listed.name.as_slice().cmp(name));
        self.refs.get(at.ok()?)
    }
}

fn is_name(name: &[u8]) -> bool {
    let is_ordinary = |&byte: &u8| byte > b' ' && byte != 0x7f;
    (1..=MAX_NAME).contains(&name.len()) && name != b"HEAD" && name.iter().all(is_ordinary)
}

#[cfg(test)]
mod tests {
    use std::string::ToString;
    use std::vec;

    use super::*;

    #[test]
    fn names_that_would_break_a_line_are_refused() {
        let long = vec![b'a'; MAX_NAME + 1];
        for name in [&b""[..], b"HEAD", b"a b", b"a\nb", b"a\0b", b"a\x7f", &long] {
            let refused = Err(RefsError::Name(Words::new(name)));
            assert_eq!(refs("refs/heads/main", &[name]), refused);
            assert_eq!(Refs::new(name.to_vec(), vec![]), refused);
        }
        let twice = refs("refs/heads/main", &[b"b", b"a", b"b"]).expect_err("b twice");
        assert_eq!(twice.to_string(), "there are two git references \"b\"");
    }

    #[test]
    fn references_are_sorted_and_found() {
        let refs = refs("b", &[b"c", b"a-b", b"b", b"a/b", b"\xff"]).expect("names");
        let names: Vec<_> = refs.sorted().iter().map(|it| it.name.as_slice()).collect();
        assert_eq!(names, [&b"a-b"[..], b"a/b", b"b", b"c", b"\xff"]);
        assert_eq!(
            refs.head_ref().map(|it| it.name.as_slice()),
            Some(&b"b"[..])
        );
        assert_eq!(refs.find(b"a"), None);
    }

    fn refs(head: &str, names: &[&[u8]]) -> Result<Refs, RefsError> {
        let refs = names.iter().map(|name| Ref {
            name: name.to_vec(),
            id: ObjectId::from_bytes([1; 20]),
            peeled: None,
        });
        Refs::new(head.into(), refs.collect())
    }
}
