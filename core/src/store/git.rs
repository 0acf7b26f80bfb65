//! Where what the Git face serves lies: derived from tarballs and manifests, and no loss if deleted.
//!
//! ```text
//! .zigdepot/git/<package>/tag/<tag>.sideband     a release's pack, in packets as it is sent
//! .zigdepot/git/<package>/tag/<tag>.idx          where in that pack which object is
//! .zigdepot/git/<package>/tag/<tag>.plain-idx    the same for the pack of the dumb protocol
//! .zigdepot/git/<package>/tag/<tag>.note         what is known of all that; it is there last
//! .zigdepot/git/<package>/all/<set>.sideband     the pack of all releases
//! ```
//!
//! The tag is in the form of [`TagName::stored`].

use alloc::format;

use super::{STATE_DIR, StoreKey};
use crate::git::id::ObjectId;
use crate::registry::name::PackageName;
use crate::registry::tag::TagName;

/// A file that is derived from a release.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum GitPart {
    /// The pack, in packets of the side-band.
    Sideband,
    /// The pack's index.
    Index,
    /// The index of the pack that the dumb protocol shows.
    PlainIndex,
    /// What is known of the others.
    Note,
}

impl GitPart {
    /// All of them, the note last.
    pub const ALL: [Self; 4] = [Self::Sideband, Self::Index, Self::PlainIndex, Self::Note];

    /// None ends with another: beside a tag `v1` there may be a tag `v1.plain`.
    const fn suffix(self) -> &'static str {
        match self {
            Self::Sideband => ".sideband",
            Self::Index => ".idx",
            Self::PlainIndex => ".plain-idx",
            Self::Note => ".note",
        }
    }
}

impl StoreKey {
    /// `.zigdepot/git/<package>`: all that is derived of a package.
    pub fn git(package: &PackageName) -> Self {
        Self(format!("{STATE_DIR}/git/{package}"))
    }

    /// `.zigdepot/git/<package>/tag`: four files for each release.
    pub fn git_tags(package: &PackageName) -> Self {
        Self(format!("{STATE_DIR}/git/{package}/tag"))
    }

    /// One file that is derived of a release.
    pub fn git_part(package: &PackageName, tag: &TagName, part: GitPart) -> Self {
        let (tag, suffix) = (tag.stored(), part.suffix());
        Self(format!("{STATE_DIR}/git/{package}/tag/{tag}{suffix}"))
    }

    /// `.zigdepot/git/<package>/all`: the packs of all releases, one of which is of use.
    pub fn git_sets(package: &PackageName) -> Self {
        Self(format!("{STATE_DIR}/git/{package}/all"))
    }

    /// `.zigdepot/git/<package>/all/<set>.sideband`: the pack of a set of releases.
    pub fn git_set(package: &PackageName, set: &ObjectId) -> Self {
        Self(format!("{STATE_DIR}/git/{package}/all/{set}.sideband"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layout_keeps_releases_and_sets_apart() {
        let package = PackageName::parse("mach").unwrap();
        let tag = TagName::parse("x/all").unwrap();
        let paths = GitPart::ALL.map(|part| StoreKey::git_part(&package, &tag, part));
        assert_eq!(
            paths.each_ref().map(StoreKey::as_str),
            [
                ".zigdepot/git/mach/tag/x%2Fall.sideband",
                ".zigdepot/git/mach/tag/x%2Fall.idx",
                ".zigdepot/git/mach/tag/x%2Fall.plain-idx",
                ".zigdepot/git/mach/tag/x%2Fall.note",
            ]
        );
        let set = StoreKey::git_set(&package, &ObjectId::from_bytes([0xab; 20]));
        assert!(set.as_str().starts_with(".zigdepot/git/mach/all/abab"));
        assert!(set.as_str().ends_with("ab.sideband"));
    }
    #[test]
    fn no_two_tags_share_a_file() {
        for part in GitPart::ALL {
            for other in GitPart::ALL.into_iter().filter(|it| *it != part) {
                let (suffix, other) = (part.suffix(), other.suffix());
                assert!(!suffix.ends_with(other), "{suffix} ends with {other}");
            }
        }
    }
}
