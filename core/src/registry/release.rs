//! The files of a release, and how URLs name them: `/p/<package>/tag/<tag>.tar.gz` and
//! `….manifest.json`.
//!
//! A tag may itself end in one of the suffixes, so exactly one is taken, from the right. A path
//! comes decoded and in segments; raw and encoded slashes of a tag are the same then. Refused is
//! whatever no release can be named: it is "no such path", without a reason.

use alloc::format;
use alloc::string::String;

use super::name::PackageName;
use super::tag::TagName;

/// Which of a release's two files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ReleasePart {
    /// The tarball.
    Tarball,
    /// What is known of it.
    Manifest,
}

impl ReleasePart {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Tarball, Self::Manifest];

    /// What the file's name ends in.
    pub const fn suffix(self) -> &'static str {
        match self {
            Self::Tarball => ".tar.gz",
            Self::Manifest => ".manifest.json",
        }
    }

    /// The tag's part of a file's name, and which file it is.
    pub fn split(name: &str) -> Option<(&str, Self)> {
        Self::ALL
            .into_iter()
            .find_map(|part| Some((name.strip_suffix(part.suffix())?, part)))
    }
}

/// One file of one release.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ReleaseFile {
    /// The package.
    pub package: PackageName,
    /// The tag.
    pub tag: TagName,
    /// Which of its files.
    pub part: ReleasePart,
}

impl ReleaseFile {
    /// The tarball of a release.
    pub fn tarball(package: PackageName, tag: TagName) -> Self {
        Self {
            package,
            tag,
            part: ReleasePart::Tarball,
        }
    }

    /// Reads the decoded segments of a URL's path, from `p` on.
    pub fn of_segments(segments: &[&str]) -> Option<Self> {
        let ["p", package, "tag", name @ ..] = segments else {
            return None;
        };
        // Longer is no tag; joining is not free.
        if name.len() > TagName::MAX_BYTES {
            return None;
        }
        let name = name.join("/");
        let (tag, part) = ReleasePart::split(&name)?;
        Some(Self {
            package: PackageName::parse(package).ok()?,
            tag: TagName::parse(tag).ok()?,
            part,
        })
    }

    /// The path of its URL.
    pub fn url_path(&self) -> String {
        let (package, tag, suffix) = (&self.package, self.tag.in_url(), self.part.suffix());
        format!("/p/{package}/tag/{tag}{suffix}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::route::{decode, segments};

    fn of_path(path: &str) -> Option<ReleaseFile> {
        let decoded = decode(path).ok()?;
        ReleaseFile::of_segments(&segments(&decoded).ok()?)
    }

    #[test]
    fn one_suffix_is_taken_from_the_right() {
        for (path, tag, part) in [
            ("/p/a/tag/v1.tar.gz", "v1", ReleasePart::Tarball),
            ("/p/a/tag/v1.manifest.json", "v1", ReleasePart::Manifest),
            (
                "/p/a/tag/v1.tar.gz.tar.gz",
                "v1.tar.gz",
                ReleasePart::Tarball,
            ),
            (
                "/p/a/tag/v1.tar.gz.manifest.json",
                "v1.tar.gz",
                ReleasePart::Manifest,
            ),
            ("/p/a/tag/x/y.tar.gz", "x/y", ReleasePart::Tarball),
            ("/p/a/tag/x%2Fy.tar.gz", "x/y", ReleasePart::Tarball),
            ("/p/a/tag/x%252Fy.tar.gz", "x%2Fy", ReleasePart::Tarball),
        ] {
            let file = of_path(path).unwrap();
            assert_eq!((file.tag.as_str(), file.part), (tag, part), "{path}");
            assert_eq!(of_path(&file.url_path()), Some(file), "{path}");
        }
    }

    #[test]
    fn a_path_that_names_no_release_is_none() {
        for path in [
            "/p/a/tag/v1",
            "/p/a/tag/.tar.gz",
            "/p/a/tag/a%20b.tar.gz",
            "/p/zig/tag/v1.tar.gz",
            "/p/a/branch/v1.tar.gz",
            "/p/a/tag",
            "/p/a",
            "/q/a/tag/v1.tar.gz",
        ] {
            assert_eq!(of_path(path), None, "{path}");
        }
    }
}
