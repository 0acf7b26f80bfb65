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
//! The tag is in the form of [`TagName::stored`]. No suffix ends in another one, so that files of two
//! tags never have one name: `v1.plain` is a tag too.

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

    /// What its name ends in.
    pub const fn suffix(self) -> &'static str {
        match self {
            Self::Sideband => ".sideband",
            Self::Index => ".idx",
            Self::PlainIndex => ".plain-idx",
            Self::Note => ".note",
        }
    }
}

impl GitPart {
    /// Which part of which release a file of this name is, in the directory of a package's tags.
    pub fn of_name(name: &str) -> Option<(TagName, Self)> {
        Self::ALL.into_iter().find_map(|part| {
            let tag = name.strip_suffix(part.suffix())?;
            Some((TagName::of_stored(tag)?, part))
        })
    }
}

impl StoreKey {
    /// Where the directories of packages lie, below the data directory.
    pub const GIT_DIR: &str = ".zigdepot/git";

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

    /// The pack of a set whose file has this name.
    pub fn git_set_of_name(package: &PackageName, name: &str) -> Option<Self> {
        let set = ObjectId::parse(name.strip_suffix(".sideband")?.as_bytes())?;
        let key = Self::git_set(package, &set);
        key.0.ends_with(&format!("/{name}")).then_some(key)
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
        let name = set.as_str().rsplit('/').next().unwrap();
        assert_eq!(StoreKey::git_set_of_name(&package, name), Some(set.clone()));
        let loud = name.to_uppercase().replace("SIDEBAND", "sideband");
        for name in [&loud, "ab.sideband", &name.replace(".sideband", "")] {
            assert_eq!(StoreKey::git_set_of_name(&package, name), None, "{name}");
        }
    }
    #[test]
    fn a_name_leads_back_to_one_part_of_one_release() {
        let package = PackageName::parse("mach").unwrap();
        for tag in ["v1", "v1.plain", "v1.idx", "v1.note", "x/all", "50%"] {
            let tag = TagName::parse(tag).unwrap();
            for part in GitPart::ALL {
                let key = StoreKey::git_part(&package, &tag, part);
                let name = key.as_str().rsplit('/').next().unwrap();
                assert_eq!(GitPart::of_name(name), Some((tag.clone(), part)));
            }
        }
        for name in ["v1", "v1.pack", ".note", "x%2fall.note", "a b.note"] {
            assert_eq!(GitPart::of_name(name), None, "{name}");
        }
    }
}
