//! Where the registry's files lie.
//!
//! ```text
//! p/<package>/tag/<tag>.tar.gz           a release
//! p/<package>/tag/<tag>.manifest.json    what is known of it; it is there last
//! p/<package>/upstream.json              where the package comes from
//! .zigdepot/registry/<package>.json      its troubles
//! ```
//!
//! The tag is in the form of [`TagName::stored`]. A path that these constructors do not make is not
//! the registry's, however much it looks like it.

use alloc::format;

use super::{STATE_DIR, StoreKey};
use crate::registry::name::PackageName;
use crate::registry::release::{ReleaseFile, ReleasePart};
use crate::registry::tag::TagName;

/// What of the registry lies at a path below `p/`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Published {
    /// `p/<package>/tag/<tag>.tar.gz` or `….manifest.json`
    File(ReleaseFile),
    /// `p/<package>/tag`
    Tags(PackageName),
    /// `p/<package>/upstream.json`
    Upstream(PackageName),
}

impl Published {
    /// Reads the parts of a path behind `p`.
    pub(super) fn of<'a>(mut parts: impl Iterator<Item = &'a str>) -> Option<Self> {
        let package = PackageName::parse(parts.next()?).ok()?;
        match [(); 3].map(|()| parts.next()) {
            [Some("tag"), None, _] => Some(Self::Tags(package)),
            [Some("upstream.json"), None, _] => Some(Self::Upstream(package)),
            [Some("tag"), Some(name), None] => {
                let (tag, part) = ReleasePart::split(name)?;
                let tag = TagName::of_stored(tag)?;
                Some(Self::File(ReleaseFile { package, tag, part }))
            }
            _ => None,
        }
    }
}

impl StoreKey {
    /// `p`: a directory for each package.
    pub fn packages() -> Self {
        Self("p".into())
    }

    /// `p/<package>/tag`: two files for each release.
    pub fn tags(package: &PackageName) -> Self {
        Self(format!("p/{package}/tag"))
    }

    /// `p/<package>/tag/<tag>.tar.gz`
    pub fn tarball(package: &PackageName, tag: &TagName) -> Self {
        Self::released(package, tag, ReleasePart::Tarball)
    }

    /// `p/<package>/tag/<tag>.manifest.json`
    pub fn manifest(package: &PackageName, tag: &TagName) -> Self {
        Self::released(package, tag, ReleasePart::Manifest)
    }

    /// One file of a release.
    pub fn release(file: &ReleaseFile) -> Self {
        Self::released(&file.package, &file.tag, file.part)
    }

    /// `p/<package>/upstream.json`: where the package comes from.
    pub fn upstream(package: &PackageName) -> Self {
        Self(format!("p/{package}/upstream.json"))
    }

    /// `.zigdepot/registry/<package>.json`: what went wrong with the package. Nothing but packages
    /// has files in that directory.
    pub fn trouble(package: &PackageName) -> Self {
        Self(format!("{STATE_DIR}/registry/{package}.json"))
    }

    /// `git`: a bare repository for each package that is published from this machine.
    pub fn repositories() -> Self {
        Self("git".into())
    }

    /// `git/<package>.git/<path>`; `path` is made of names that were found there, or is that of a
    /// [`DumbFile`](crate::git::dumb::DumbFile).
    pub fn repository(package: &PackageName, path: &str) -> Self {
        Self(format!("git/{package}.git/{path}"))
    }

    /// Of a path in a repository of this machine: the repository's own path, and the path in it.
    /// What is in a repository may come from anywhere, so that a host follows no link behind the
    /// repository's own name.
    pub fn in_repository(&self) -> Option<(&str, &str)> {
        let below = self.0.strip_prefix("git/")?;
        let (name, path) = below.split_once('/')?;
        let own = self.0.len().checked_sub(path.len() + 1)?;
        name.strip_suffix(".git")?;
        Some((self.0.get(..own)?, path))
    }

    fn released(package: &PackageName, tag: &TagName, part: ReleasePart) -> Self {
        let (tag, suffix) = (tag.stored(), part.suffix());
        Self(format!("p/{package}/tag/{tag}{suffix}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::path::Place;

    fn package() -> PackageName {
        PackageName::parse("mach").unwrap()
    }

    #[test]
    fn what_lies_at_a_path_is_read_back() {
        for tag in [
            "v1",
            "a/b",
            "100%",
            "v1.tar.gz",
            "v1.manifest.json",
            &"x".repeat(200),
        ] {
            let tag = TagName::parse(tag).unwrap();
            for part in ReleasePart::ALL {
                let (package, tag) = (package(), tag.clone());
                let file = ReleaseFile { package, tag, part };
                let key = StoreKey::release(&file);
                // It is a path that the store knows, and each part is a file's name.
                let stored = StoreKey::stored(key.as_str());
                assert_eq!(stored.as_ref(), Ok(&key));
                assert_eq!(key.place(), Place::Registry(Published::File(file)));
            }
        }
        let place = Place::Registry(Published::Tags(package()));
        assert_eq!(StoreKey::tags(&package()).place(), place);
        let place = Place::Registry(Published::Upstream(package()));
        assert_eq!(StoreKey::upstream(&package()).place(), place);
    }

    #[test]
    fn what_no_constructor_makes_is_not_the_registrys() {
        for path in [
            "p",
            "p/mach",
            "p/zig/tag/v1.tar.gz",
            "p/mach/tag/v1",
            "p/mach/tag/a%2fb.tar.gz",
            "p/mach/tag/a b.tar.gz",
            "p/mach/tag/a/b.tar.gz",
            "p/mach/notes.txt",
            "p/mach/upstream.json/x",
        ] {
            assert_eq!(
                StoreKey::stored(path).unwrap().place(),
                Place::Other,
                "{path}"
            );
        }
    }

    #[test]
    fn path_in_a_repository_is_told_from_all_others() {
        let key = StoreKey::repository(&package(), "objects/info/packs");
        let expected = Some(("git/mach.git", "objects/info/packs"));
        assert_eq!(key.in_repository(), expected);
        assert_eq!(StoreKey::repositories().in_repository(), None);
        assert_eq!(StoreKey::upstream(&package()).in_repository(), None);
        let derived = StoreKey::git(&package());
        assert_eq!(derived.in_repository(), None);
    }

    #[test]
    fn layout_is_the_seeds() {
        let tag = TagName::parse("x/v1").unwrap();
        let keys = [
            StoreKey::tarball(&package(), &tag),
            StoreKey::manifest(&package(), &tag),
            StoreKey::trouble(&package()),
            StoreKey::packages(),
        ];
        let paths = keys.each_ref().map(StoreKey::as_str);
        assert_eq!(
            paths,
            [
                "p/mach/tag/x%2Fv1.tar.gz",
                "p/mach/tag/x%2Fv1.manifest.json",
                ".zigdepot/registry/mach.json",
                "p",
            ]
        );
    }
}
