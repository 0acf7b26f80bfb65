//! What lies where in a data directory of packbase, which is laid out like ours.
//!
//! ```text
//! p/<package>/tag/<tag>.tar.gz, ….manifest.json    the same
//! git/<package>.git                                the same
//! .packbase/                                       its state; all of it can be derived
//! ```
//!
//! packbase checks no names, so some of its files have names that nobody could ask us for; these
//! are refused, with the reason. Nothing is said about their bytes.

use core::fmt;

use crate::registry::name::{NameError, PackageName};
use crate::registry::release::{ReleaseFile, ReleasePart};
use crate::registry::tag::TagName;

/// Why a file stays where it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Left {
    /// Nothing of packbase's that is worth keeping lies at such a path.
    Unknown,
    /// Its package can have no such name here.
    Package(NameError),
    /// No tag that can be published has that file's name.
    Tag,
}

impl fmt::Display for Left {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown => f.write_str("packbase keeps nothing there that is needed"),
            Self::Package(error) => error.fmt(f),
            Self::Tag => f.write_str("no tag that can be published has that file's name"),
        }
    }
}

impl core::error::Error for Left {}

/// The release's file at a path below `p/`.
pub fn release(path: &str) -> Result<ReleaseFile, Left> {
    let mut parts = path.split('/');
    let parts = [(); 5].map(|()| parts.next());
    let [Some("p"), Some(package), Some("tag"), Some(name), None] = parts else {
        return Err(Left::Unknown);
    };
    let package = PackageName::parse(package).map_err(Left::Package)?;
    let (tag, part) = ReleasePart::split(name).ok_or(Left::Unknown)?;
    let tag = TagName::of_stored(tag).ok_or(Left::Tag)?;
    Ok(ReleaseFile { package, tag, part })
}

/// The package of a repository below `git/`, by its directory's name.
pub fn repository(name: &str) -> Result<PackageName, Left> {
    let package = name.strip_suffix(".git").ok_or(Left::Unknown)?;
    PackageName::parse(package).map_err(Left::Package)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::StoreKey;

    #[test]
    fn releases_lie_where_ours_do() {
        for path in [
            "p/hello/tag/v1.tar.gz",
            "p/hello/tag/v1.manifest.json",
            "p/hello/tag/a%2Fb.tar.gz",
        ] {
            let file = release(path).unwrap();
            assert_eq!(StoreKey::release(&file).as_str(), path);
        }
        assert_eq!(repository("hello.git").unwrap().as_str(), "hello");
    }

    #[test]
    fn names_that_nobody_could_ask_for_are_left() {
        for (path, left) in [
            ("p/zig/tag/v1.tar.gz", Left::Package(NameError::Reserved)),
            ("p/../tag/v1.tar.gz", Left::Package(NameError::Character)),
            ("p/hello/tag/100%.tar.gz", Left::Tag),
            ("p/hello/tag/a b.tar.gz", Left::Tag),
            ("p/hello/tag/v1.tar.gz.tmp", Left::Unknown),
            ("p/hello/tag/x/v1.tar.gz", Left::Unknown),
            ("p/hello/v1.tar.gz", Left::Unknown),
        ] {
            assert_eq!(release(path), Err(left), "{path}");
        }
        for (name, left) in [
            ("hello", Left::Unknown),
            ("api.git", Left::Package(NameError::Reserved)),
            (".git", Left::Package(NameError::Length)),
        ] {
            assert_eq!(repository(name), Err(left), "{name}");
        }
    }
}
