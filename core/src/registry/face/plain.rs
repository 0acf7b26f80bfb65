//! A package as the dumb protocol shows it: each release is a commit without parents, in a pack of
//! its own.
//!
//! All ids are those of synthetic commits, all tags are light. It refuses to know where packs lie.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use super::note::FaceNote;
use super::repository::MAIN;
use crate::git::id::ObjectId;
use crate::git::pack::PackChecksum;
use crate::git::server::refs::{Ref, Refs, RefsError};
use crate::registry::tag::TagName;

/// A release, as far as this protocol shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlainRelease {
    /// The tag.
    pub tag: TagName,
    /// The synthetic commit.
    pub commit: ObjectId,
    /// The sum of its pack, which is its name too.
    pub sum: PackChecksum,
}

impl PlainRelease {
    /// What the note of a release's pack says.
    pub fn of_note(tag: TagName, note: &FaceNote) -> Self {
        Self {
            tag,
            commit: note.plain.commit,
            sum: note.plain.sum,
        }
    }

    fn as_ref(&self) -> Ref {
        Ref {
            name: self.tag.git_ref().into_bytes(),
            id: self.commit,
            peeled: None,
        }
    }
}

/// A package's releases, and the pack of each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plain {
    refs: Refs,
    /// In version order.
    sums: Vec<PackChecksum>,
    tags: BTreeMap<PackChecksum, TagName>,
}

impl Plain {
    /// Takes the releases in any order.
    pub fn new(mut releases: Vec<PlainRelease>) -> Result<Self, RefsError> {
        releases.sort_by(|a, b| a.tag.cmp(&b.tag));
        let newest = TagName::latest(releases.iter().map(|release| &release.tag));
        let newest = newest.and_then(|tag| releases.iter().find(|release| release.tag == *tag));
        let main = newest.map(|release| Ref {
            name: MAIN.into(),
            ..release.as_ref()
        });
        let listed = releases.iter().map(PlainRelease::as_ref).chain(main);
        Ok(Self {
            refs: Refs::new(MAIN.into(), listed.collect())?,
            sums: releases.iter().map(|release| release.sum).collect(),
            tags: releases.into_iter().map(|it| (it.sum, it.tag)).collect(),
        })
    }

    /// The references.
    pub fn refs(&self) -> &Refs {
        &self.refs
    }

    /// All packs, that of the newest release first.
    pub fn packs(&self) -> impl Iterator<Item = PackChecksum> {
        self.sums.iter().rev().copied()
    }

    /// The release that has this pack.
    pub fn tag_of(&self, sum: &PackChecksum) -> Option<&TagName> {
        self.tags.get(sum)
    }
}

#[cfg(test)]
mod tests {
    use std::vec;

    use super::*;

    fn release(tag: &str, byte: u8) -> PlainRelease {
        PlainRelease {
            tag: TagName::parse(tag).unwrap(),
            commit: ObjectId::from_bytes([byte; 20]),
            sum: PackChecksum::from_bytes([byte; 20]),
        }
    }

    #[test]
    fn newest_release_is_the_branch_and_its_pack_comes_first() {
        let releases = vec![release("v10", 3), release("v9", 2), release("v11-rc.1", 4)];
        let plain = Plain::new(releases).unwrap();
        let refs = plain.refs().sorted().iter();
        let refs: Vec<_> = refs.map(|it| (it.name.as_slice(), it.id)).collect();
        let id = |byte| ObjectId::from_bytes([byte; 20]);
        assert_eq!(
            refs,
            [
                (&b"refs/heads/main"[..], id(3)),
                (b"refs/tags/v10", id(3)),
                (b"refs/tags/v11-rc.1", id(4)),
                (b"refs/tags/v9", id(2)),
            ]
        );
        let sum = |byte| PackChecksum::from_bytes([byte; 20]);
        assert_eq!(plain.packs().collect::<Vec<_>>(), [4, 3, 2].map(sum));
        assert_eq!(plain.tag_of(&sum(2)).map(TagName::as_str), Some("v9"));
        assert_eq!(plain.tag_of(&sum(7)), None);
    }

    #[test]
    fn package_without_releases_has_no_branch() {
        let plain = Plain::new(vec![]).unwrap();
        assert_eq!(plain.refs().sorted(), []);
        assert_eq!(plain.packs().count(), 0);
    }
}
