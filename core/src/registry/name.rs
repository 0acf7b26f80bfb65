//! Names of packages: what stands in `/p/<package>/…`, `/<package>/…` and `p/<package>/`.
//!
//! A name is safe as a directory's name and as a part of a path, and it is none that a route of
//! this server begins with, so no package can hide a route. It is kept as it is written; two names
//! that differ only in case are one package, which [`PackageName::folded`] tells. Refused are `.git` at the
//! end, which is how Git's URLs are told apart, and the names of Zig's own archives.

use alloc::boxed::Box;
use alloc::string::String;
use core::fmt;

use crate::zig::archive::ArchiveName;

/// Names that routes begin with, now or some day.
const RESERVED: [&str; 27] = [
    "admin",
    "api",
    "artifact",
    "assets",
    "builds",
    "docs",
    "download",
    "favicon.ico",
    "git",
    "hash",
    "healthz",
    "index.html",
    "keys",
    "log",
    "metrics",
    "openapi.json",
    "p",
    "packages",
    "pkg",
    "readyz",
    "robots.txt",
    "search",
    "static",
    "v1",
    "v2",
    "version",
    "zig",
];

/// A package's name: `[A-Za-z0-9_][A-Za-z0-9._+-]{0,99}`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PackageName(Box<str>);

impl PackageName {
    /// Longest name, in bytes.
    pub const MAX_BYTES: usize = 100;

    /// Checks a name.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        if text.is_empty() || text.len() > Self::MAX_BYTES {
            return Err(NameError::Length);
        }
        let is_first = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let is_next = |c: char| is_first(c) || matches!(c, '.' | '+' | '-');
        if !text.starts_with(is_first) || !text.chars().all(is_next) {
            return Err(NameError::Character);
        }
        let folded = text.to_ascii_lowercase();
        if folded.strip_suffix(".git").is_some() {
            return Err(NameError::GitSuffix);
        }
        if RESERVED.contains(&folded.as_str()) {
            return Err(NameError::Reserved);
        }
        if ArchiveName::parse(&folded).is_ok() {
            return Err(NameError::ZigArchive);
        }
        Ok(Self(text.into()))
    }

    /// The name that a repository's URL gives: its last segment, without `.git`.
    pub fn of_url(url: &str) -> Result<Self, NameError> {
        Self::parse(last_segment(url))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name in lower case: the same for all names that are the same package.
    pub fn folded(&self) -> String {
        self.0.to_ascii_lowercase()
    }
}

impl fmt::Display for PackageName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The last segment of a URL's path without `.git`; slashes at the end do not count.
pub(super) fn last_segment(url: &str) -> &str {
    let end = url.find(['?', '#']).unwrap_or(url.len());
    let path = url.get(..end).unwrap_or(url).trim_end_matches('/');
    let path = path.split_once("://").map_or(path, |(_, rest)| rest);
    // Without a slash there is only a host, whose name is no package's.
    let last = path.rsplit_once('/').map_or("", |(_, last)| last);
    last.strip_suffix(".git").unwrap_or(last)
}

/// Why a text is no package's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NameError {
    /// Empty, or longer than [`PackageName::MAX_BYTES`].
    Length,
    /// A character that names do not have, or not at that place.
    Character,
    /// It ends in `.git`.
    GitSuffix,
    /// A route begins with it.
    Reserved,
    /// A file of ziglang.org has that name.
    ZigArchive,
}

impl fmt::Display for NameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Length => "a package name has 1 to 100 bytes",
            Self::Character => {
                "a package name holds letters, digits and ._+- and begins with a letter, a digit or _"
            }
            Self::GitSuffix => "a package name does not end in .git",
            Self::Reserved => "that package name is reserved",
            Self::ZigArchive => "a package name is none of a Zig archive",
        })
    }
}

impl core::error::Error for NameError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_repositories_are_taken_as_they_are() {
        for name in [
            "hello",
            "serde.zig",
            "zig-clap",
            "_x",
            "7zip",
            "C++",
            "a.git.b",
            "Zig2",
            "apis",
            "x.",
        ] {
            assert_eq!(PackageName::parse(name).unwrap().as_str(), name);
        }
        assert!(PackageName::parse(&"x".repeat(100)).is_ok());
    }

    #[test]
    fn names_that_could_hide_a_route_or_leave_a_directory_are_refused() {
        let long = "x".repeat(101);
        for (name, error) in [
            ("", NameError::Length),
            (&long, NameError::Length),
            (".", NameError::Character),
            ("..", NameError::Character),
            (".git", NameError::Character),
            ("-x", NameError::Character),
            ("a/b", NameError::Character),
            ("a b", NameError::Character),
            ("a%2fb", NameError::Character),
            ("é", NameError::Character),
            ("a\0", NameError::Character),
            ("x.git", NameError::GitSuffix),
            ("x.GIT", NameError::GitSuffix),
            ("zig", NameError::Reserved),
            ("API", NameError::Reserved),
            ("Favicon.ico", NameError::Reserved),
            ("zig-0.14.1.tar.xz", NameError::ZigArchive),
            (
                "zig-x86_64-linux-0.14.1.tar.xz.minisig",
                NameError::ZigArchive,
            ),
        ] {
            assert_eq!(PackageName::parse(name), Err(error), "{name:?}");
        }
    }

    #[test]
    fn a_url_names_its_package_with_its_last_segment() {
        for (url, name) in [
            ("https://github.com/owner/serde.zig", "serde.zig"),
            ("https://github.com/owner/repo.git", "repo"),
            ("https://github.com/owner/repo/", "repo"),
            ("git+https://host/a/b/c.git?ref=v1#abc", "c"),
            ("https://github.com/~owner/Repo", "Repo"),
        ] {
            assert_eq!(PackageName::of_url(url).unwrap().as_str(), name, "{url}");
        }
        for (url, error) in [
            ("https://host", NameError::Length),
            ("https://host/", NameError::Length),
            ("", NameError::Length),
            ("https://host/.git", NameError::Length),
            ("https://host/a/..", NameError::Character),
            ("https://host/owner/api", NameError::Reserved),
            ("https://host/a%2Fb", NameError::Character),
        ] {
            assert_eq!(PackageName::of_url(url), Err(error), "{url}");
        }
    }

    #[test]
    fn case_alone_makes_no_other_package() {
        let (one, other) = (PackageName::parse("Hello"), PackageName::parse("hellO"));
        assert_ne!(one, other);
        assert_eq!(one.unwrap().folded(), other.unwrap().folded());
    }
}
