//! Paths that were found in a data directory, or named by an operator, and what lies there.
//!
//! This module refuses every path that no request could lead to: parts with control characters,
//! parts that begin with a dot, and directories that are not the store's. So nothing that is done
//! with a [`StoreKey`] made here can leave the store or touch our own state.

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::String;
use core::fmt;

use super::release::Published;
use super::{HASH_DIR, PACKAGE_DIR, StoreKey, ZigKind};
use crate::zig::archive::ArchiveName;
use crate::zig::package::PackageHash;
use crate::zig::version::Version;

/// Longest part of a path in bytes: what file systems allow.
pub const SEGMENT_MAX: usize = 255;
/// Longest path in bytes.
pub const PATH_MAX: usize = 2048;
/// The directories of the store; all else in a data directory is not ours, or our own state.
pub const STORE_DIRS: [&str; 4] = ["artifact", "p", "pkg", "zig"];

/// Why a path is none of the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PathError {
    /// Longer than [`PATH_MAX`] bytes.
    TooLong,
    /// A part is empty or longer than [`SEGMENT_MAX`] bytes.
    Length,
    /// A part holds a control character, or begins with a dot.
    Character,
    /// It does not begin with one of [`STORE_DIRS`].
    Root,
}

impl fmt::Display for PathError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TooLong => "the path is longer than 2048 bytes",
            Self::Length => "each part of a path has 1 to 255 bytes",
            Self::Character => "no part of a path begins with a dot or holds a control character",
            Self::Root => "a path begins with zig/, pkg/, artifact/ or p/",
        })
    }
}

impl core::error::Error for PathError {}

/// Checks one part of a path: 1 to 255 bytes, no `/`, no control character, no dot at its start.
pub fn segment(text: &str) -> Result<&str, PathError> {
    if text.is_empty() || text.len() > SEGMENT_MAX {
        return Err(PathError::Length);
    }
    if text.starts_with('.') || text.contains(|c: char| c == '/' || c.is_control()) {
        return Err(PathError::Character);
    }
    Ok(text)
}

impl StoreKey {
    /// A path that was found below the data directory, or that an operator named: `zig/stable/…`,
    /// `pkg/…`, `artifact/…` or `p/…`, without a slash at its end.
    pub fn stored(path: &str) -> Result<Self, PathError> {
        if path.len() > PATH_MAX {
            return Err(PathError::TooLong);
        }
        path.split('/')
            .try_for_each(|part| segment(part).map(drop))?;
        let root = path.split('/').next().unwrap_or_default();
        if !STORE_DIRS.contains(&root) {
            return Err(PathError::Root);
        }
        Ok(Self(path.to_owned()))
    }

    /// What is known of this package beside its bytes.
    #[must_use]
    pub fn package(&self) -> Self {
        Self(format!("{PACKAGE_DIR}/{}", self.0))
    }

    /// The record that says which package has this hash.
    pub fn hash(hash: &PackageHash) -> Self {
        Self(format!("{HASH_DIR}/{}", hash.as_str()))
    }

    /// What lies there.
    pub fn place(&self) -> Place {
        Place::of(&self.0)
    }
}

/// What lies at a path of the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// `zig/<kind>/<version>/<file>`
    Zig(ZigKind, ArchiveName),
    /// `zig/<kind>/<version>`
    ZigVersion(ZigKind, Version),
    /// `pkg/<org>/<repo>/<file…>`
    Package,
    /// `artifact/<org>/<repo>/<version>/<file…>`
    Artifact,
    /// `p/<package>/…`
    Registry(Published),
    /// A directory above those, or a name that no request can ask for.
    Other,
}

impl Place {
    fn of(path: &str) -> Self {
        let mut parts = path.split('/');
        let root = parts.next().unwrap_or_default();
        match (root, parts.clone().count()) {
            ("zig", 2 | 3) => Self::of_zig(parts).unwrap_or(Self::Other),
            ("pkg", 3..) => Self::Package,
            ("artifact", 4..) => Self::Artifact,
            ("p", 2..) => Published::of(parts).map_or(Self::Other, Self::Registry),
            _ => Self::Other,
        }
    }

    fn of_zig<'a>(mut parts: impl Iterator<Item = &'a str>) -> Option<Self> {
        let kind = parts.next()?;
        let kind = ZigKind::ALL.into_iter().find(|k| k.dir() == kind)?;
        let version = Version::parse(parts.next()?).ok()?;
        let Some(name) = parts.next() else {
            return Some(Self::ZigVersion(kind, version));
        };
        let name = ArchiveName::parse(name).ok()?;
        (*name.version() == version).then_some(Self::Zig(kind, name))
    }
}

/// The first `count` parts of a path; all of it if it has no more.
pub fn first_parts(path: &str, count: usize) -> &str {
    let end = path.match_indices('/').nth(count.saturating_sub(1));
    let end = end.map_or(path.len(), |(at, _)| at);
    path.get(..end).unwrap_or(path)
}

/// A path as a person reads it: one line, whatever bytes it has.
pub fn shown(path: &str) -> String {
    if path.chars().any(char::is_control) {
        format!("{path:?}")
    } else {
        path.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::zig::digest::Sha256Digest;

    #[test]
    fn paths_of_the_store_are_taken_as_they_are() {
        for path in [
            "zig/stable/0.14.1/zig-0.14.1.tar.xz",
            "pkg/hexops/mach/0123.tar.gz",
            "artifact/hexops/dawn/v1/a b.tar.gz",
            "p/mach/tag/v1",
            "zig/stable",
            "pkg/é/ü/ß.tar.gz",
        ] {
            assert_eq!(StoreKey::stored(path).unwrap().as_str(), path);
        }
    }

    #[test]
    fn paths_that_no_request_leads_to_are_refused() {
        let long = "x".repeat(256);
        for (path, error) in [
            ("", PathError::Length),
            ("zig/", PathError::Length),
            ("/zig", PathError::Length),
            ("pkg//a", PathError::Length),
            ("pkg/../zig", PathError::Character),
            ("pkg/a/.git", PathError::Character),
            (".zigdepot/index", PathError::Character),
            ("pkg/a\nb", PathError::Character),
            ("pkg/a\0b", PathError::Character),
            ("pkg/a\u{85}b", PathError::Character),
            ("lost+found/a", PathError::Root),
        ] {
            assert_eq!(StoreKey::stored(path), Err(error), "{path:?}");
        }
        let path = format!("pkg/{long}");
        assert_eq!(StoreKey::stored(&path), Err(PathError::Length));
        let path = format!("pkg{}", "/x".repeat(1100));
        assert_eq!(StoreKey::stored(&path), Err(PathError::TooLong));
    }

    #[test]
    fn place_is_read_from_the_path() {
        let place = |path: &str| StoreKey::stored(path).unwrap().place();
        let name = ArchiveName::parse("zig-0.14.1.tar.xz").unwrap();
        assert_eq!(
            place("zig/stable/0.14.1/zig-0.14.1.tar.xz"),
            Place::Zig(ZigKind::Stable, name.clone())
        );
        assert_eq!(
            place("zig/dev/0.14.1"),
            Place::ZigVersion(ZigKind::Dev, name.version().clone())
        );
        assert_eq!(place("pkg/o/r/f"), Place::Package);
        assert_eq!(place("pkg/o/r/d/f"), Place::Package);
        assert_eq!(place("artifact/o/r/v/f"), Place::Artifact);
        assert!(matches!(place("p/mach/tag"), Place::Registry(_)));
        for other in [
            "zig",
            "zig/stable/0.14.1/zig-0.14.0.tar.xz",
            "zig/stable/0.14.1/notes.txt",
            "zig/old/0.14.1/zig-0.14.1.tar.xz",
            "zig/stable/0.14.1/d/zig-0.14.1.tar.xz",
            "pkg/o/r",
            "artifact/o/r/v",
            "p/mach",
        ] {
            assert_eq!(place(other), Place::Other, "{other}");
        }
    }

    #[test]
    fn first_parts_are_cut_at_slashes() {
        assert_eq!(first_parts("a/b/c", 2), "a/b");
        assert_eq!(first_parts("a/b/c", 3), "a/b/c");
        assert_eq!(first_parts("a/b/c", 9), "a/b/c");
    }

    #[test]
    fn records_lie_beside_the_store() {
        let key = StoreKey::stored("pkg/o/r/f").unwrap();
        assert_eq!(key.package().as_str(), ".zigdepot/package/pkg/o/r/f");
        let hash = PackageHash::legacy(&Sha256Digest::of(b""));
        let note = StoreKey::hash(&hash);
        assert!(note.as_str().starts_with(".zigdepot/hash/1220e3b0c442"));
    }
}
