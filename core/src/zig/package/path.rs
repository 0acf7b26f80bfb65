//! Paths inside a package, and the `.paths` filter of a manifest.
//!
//! A path is made of bytes, not text: Zig hashes whatever bytes an archive holds. It is normalised
//! the way Zig does when it unpacks: `.` and empty parts go, `..` takes the part before it along.
//! Refused: an absolute path, one that leads above the root, one that no file system takes.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::cmp::Ordering;
use core::fmt;

use super::error::PackageError;
use crate::archive::tar::{Entry, EntryKind};
use crate::zig::manifest::Manifest;

/// Longest part of a path, in bytes, as on every file system that Zig runs on.
const PART_BYTES: usize = 255;
/// Longest path, in bytes: Linux takes 4096 with the NUL at the end.
const PATH_BYTES: usize = 4095;

/// A path as an error names it: control characters are escaped and its middle may be left out.
#[derive(Clone, PartialEq, Eq)]
pub struct EntryPath(Box<[u8]>);

impl EntryPath {
    /// Longest text that is shown in full, in bytes.
    const SHOWN: usize = 160;

    /// Takes any bytes.
    pub fn new(bytes: &[u8]) -> Self {
        Self(bytes.into())
    }

    /// The path's bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Display for EntryPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let half = Self::SHOWN / 2;
        let (head, tail) = if self.0.len() > Self::SHOWN {
            (&self.0[..half], &self.0[self.0.len() - half..])
        } else {
            (&*self.0, &[][..])
        };
        write_bytes(head, f)?;
        if !tail.is_empty() {
            f.write_str("...")?;
            write_bytes(tail, f)?;
        }
        Ok(())
    }
}

impl fmt::Debug for EntryPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EntryPath({self})")
    }
}

fn write_bytes(bytes: &[u8], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let text = String::from_utf8_lossy(bytes);
    text.chars().try_for_each(|c| {
        if c.is_control() {
            write!(f, "{}", c.escape_default())
        } else {
            write!(f, "{c}")
        }
    })
}

/// Why a name in an archive is no path of a package.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum PathProblem {
    /// It begins with `/`.
    Absolute,
    /// `..` leads above the root of the package.
    AboveRoot,
    /// Nothing is left of it.
    Empty,
    /// A part is longer than 255 bytes, or the whole longer than 4095.
    TooLong,
    /// It holds a NUL byte.
    Nul,
}

impl fmt::Display for PathProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Absolute => "an absolute path",
            Self::AboveRoot => "a path that leads out of the package",
            Self::Empty => "an empty path",
            Self::TooLong => "a path that is too long",
            Self::Nul => "a path with a NUL byte",
        })
    }
}

/// The path of a file or link in a package: parts with `/` between them, none of them `.` or `..`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackagePath(Vec<u8>);

impl PackagePath {
    /// The path of an archive's entry; none if it is the archive's own top (`./`).
    pub(super) fn of_entry(entry: &Entry<'_>) -> Result<Option<Self>, PackageError> {
        match Self::parse(entry.path) {
            Ok(path) => Ok(Some(path)),
            Err(PathProblem::Empty) if entry.kind == EntryKind::Directory => Ok(None),
            Err(problem) => {
                let path = EntryPath::new(entry.path);
                Err(PackageError::Path { path, problem })
            }
        }
    }

    /// Normalises a path as it stands in an archive. A trailing slash goes like any other.
    pub fn parse(raw: &[u8]) -> Result<Self, PathProblem> {
        let mut path = Vec::new();
        push_parts(raw, &mut path)?;
        if path.is_empty() {
            Err(PathProblem::Empty)
        } else if path.len() > PATH_BYTES || parts(&path).any(|part| part.len() > PART_BYTES) {
            Err(PathProblem::TooLong)
        } else {
            Ok(Self(path))
        }
    }

    /// The path's bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The first part.
    pub fn top(&self) -> &[u8] {
        self.split_top().map_or(&self.0, |(top, _)| top)
    }

    /// The first part, and the path below it; `None` for a path of one part.
    pub fn split_top(&self) -> Option<(&[u8], &[u8])> {
        let at = memchr::memchr(b'/', &self.0)?;
        Some((&self.0[..at], &self.0[at + 1..]))
    }

    /// The path below the first part; a path of one part stays.
    #[must_use]
    pub fn below_top(self) -> Self {
        match self.split_top() {
            Some((_, below)) => Self(below.into()),
            None => self,
        }
    }
}

fn push_parts(raw: &[u8], out: &mut Vec<u8>) -> Result<(), PathProblem> {
    if raw.starts_with(b"/") {
        return Err(PathProblem::Absolute);
    }
    if memchr::memchr(0, raw).is_some() {
        return Err(PathProblem::Nul);
    }
    for part in parts(raw) {
        match part {
            b"" | b"." => {}
            b".." if out.is_empty() => return Err(PathProblem::AboveRoot),
            b".." => {
                let above = memchr::memrchr(b'/', out).unwrap_or(0);
                out.truncate(above);
            }
            part => {
                if !out.is_empty() {
                    out.push(b'/');
                }
                out.extend_from_slice(part);
            }
        }
    }
    Ok(())
}

/// The parts between the slashes.
fn parts(path: &[u8]) -> impl Iterator<Item = &[u8]> {
    path.split(|&byte| byte == b'/')
}

/// Whether `dir` is a directory above `path`.
pub(super) fn is_above(dir: &[u8], path: &[u8]) -> bool {
    path.strip_prefix(dir)
        .is_some_and(|rest| rest.starts_with(b"/"))
}

/// Orders paths so that what is below a directory comes right after it: `/` before all else.
pub(super) fn tree_order(a: &[u8], b: &[u8]) -> Ordering {
    let rank = |byte: &u8| if *byte == b'/' { 0 } else { *byte };
    // Paths of one directory have long beginnings in common, which are compared at once.
    let (a_runs, b_runs) = (a.chunks_exact(RUN), b.chunks_exact(RUN));
    let same = a_runs.zip(b_runs).take_while(|(a, b)| a == b).count() * RUN;
    a[same..].iter().map(rank).cmp(b[same..].iter().map(rank))
}

/// Bytes that are compared at once.
const RUN: usize = 32;

/// Which files belong to a package, by the `.paths` of its manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filter(Included);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Included {
    All,
    /// In tree order; none is below another.
    Below(Vec<Vec<u8>>),
}

impl Filter {
    /// Includes everything, as for a package without a manifest or without `.paths`.
    pub fn all() -> Self {
        Self(Included::All)
    }

    /// Includes what a manifest's `.paths` say; without either, everything.
    pub fn of(manifest: Option<&Manifest>) -> Self {
        let paths = manifest.and_then(|manifest| manifest.paths.as_ref());
        paths.map_or_else(Self::all, |paths| {
            Self::new(paths.iter().map(Vec::as_slice))
        })
    }

    /// Includes what the entries name and what lies below them. `""` and `.` name the root. An
    /// entry that is absolute or leads out of the package matches nothing.
    pub fn new<'a>(entries: impl IntoIterator<Item = &'a [u8]>) -> Self {
        let mut below = Vec::new();
        for entry in entries {
            let mut path = Vec::new();
            match push_parts(entry, &mut path) {
                Ok(()) if path.is_empty() => return Self::all(),
                Ok(()) => below.push(path),
                Err(_) => {}
            }
        }
        below.sort_by(|a, b| tree_order(a, b));
        below.dedup_by(|later, kept| later == kept || is_above(kept, later));
        Self(Included::Below(below))
    }

    /// Whether the package holds this normalised path.
    pub fn includes(&self, path: &[u8]) -> bool {
        let Included::Below(entries) = &self.0 else {
            return true;
        };
        // What is above the path is the last entry that does not come after it.
        let after = entries.partition_point(|entry| tree_order(entry, path).is_le());
        let entry = after.checked_sub(1).and_then(|last| entries.get(last));
        entry.is_some_and(|entry| entry == path || is_above(entry, path))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::ToString;

    #[test]
    fn paths_are_normalised_as_zig_does() {
        for (raw, path) in [
            ("a", "a"),
            ("./a//b/./c/", "a/b/c"),
            ("a/x/y/../../b", "a/b"),
            ("a/../b", "b"),
            ("a/...", "a/..."),
        ] {
            let parsed = PackagePath::parse(raw.as_bytes()).unwrap();
            assert_eq!(parsed.as_bytes(), path.as_bytes(), "{raw}");
        }
    }

    #[test]
    fn what_is_no_path_is_refused() {
        let (part, path) = ("x".repeat(255), "x/".repeat(2047) + "x");
        for (raw, problem) in [
            ("", PathProblem::Empty),
            ("./.", PathProblem::Empty),
            ("a/..", PathProblem::Empty),
            ("/a", PathProblem::Absolute),
            ("..", PathProblem::AboveRoot),
            ("a/b/../../..", PathProblem::AboveRoot),
            ("a\0b", PathProblem::Nul),
            (&std::format!("{part}x"), PathProblem::TooLong),
            (&std::format!("{path}x"), PathProblem::TooLong),
        ] {
            assert_eq!(PackagePath::parse(raw.as_bytes()), Err(problem), "{raw}");
        }
        for longest in [part, path] {
            assert!(PackagePath::parse(longest.as_bytes()).is_ok());
        }
    }

    #[test]
    fn top_is_the_first_part() {
        let path = PackagePath::parse(b"p/q/r").unwrap();
        assert_eq!(path.split_top(), Some((&b"p"[..], &b"q/r"[..])));
        assert_eq!(path.below_top().as_bytes(), b"q/r");
        let path = PackagePath::parse(b"p/").unwrap();
        assert_eq!((path.top(), path.split_top()), (&b"p"[..], None));
        assert_eq!(path.below_top().as_bytes(), b"p");
    }

    #[test]
    fn what_is_below_a_directory_comes_right_after_it() {
        let long = "d".repeat(40);
        let mut paths = [
            "a",
            "a/b",
            "a/b/c",
            "a\u{1}",
            "a-b",
            "b",
            &long,
            &std::format!("{long}/x"),
            &std::format!("{long}-"),
        ];
        let sorted = paths;
        paths.reverse();
        paths.sort_by(|a, b| tree_order(a.as_bytes(), b.as_bytes()));
        assert_eq!(paths, sorted);
    }

    #[test]
    fn filter_takes_exact_paths_and_what_is_below() {
        let filter = filter(&[
            "src/",
            "./build.zig",
            "x/../doc",
            "a-b",
            "a/b",
            "src/deep/er",
        ]);
        for path in [
            "src/root.zig",
            "src/deep/er/f",
            "src",
            "build.zig",
            "doc/a",
            "a-b",
            "a/b/c",
        ] {
            assert!(filter.includes(path.as_bytes()), "{path}");
        }
        for path in [
            "srcs",
            "src-x",
            "Src/a",
            "build.zig.zon",
            "a",
            "a/bc",
            "a-b.c",
            "x/doc",
        ] {
            assert!(!filter.includes(path.as_bytes()), "{path}");
        }
    }

    #[test]
    fn root_includes_all_and_what_leads_out_nothing() {
        for root in ["", ".", "./", "a/.."] {
            assert!(filter(&["b", root]).includes(b"any/thing"), "{root:?}");
        }
        for out in ["..", "/", "/src", "../r/src", "a/../../r"] {
            assert!(!filter(&[out]).includes(b"src"), "{out}");
        }
        assert!(!filter(&[]).includes(b"src"));
        assert!(Filter::all().includes(b"src"));
    }

    #[test]
    fn an_error_shows_a_path_on_one_line() {
        assert_eq!(EntryPath::new("ü b\n".as_bytes()).to_string(), "ü b\\n");
        assert_eq!(EntryPath::new(b"\xff").to_string(), "\u{fffd}");
        let long = EntryPath::new("x/".repeat(4000).as_bytes()).to_string();
        assert!(long.len() < 170 && long.contains("..."), "{long}");
    }

    fn filter(entries: &[&str]) -> Filter {
        Filter::new(entries.iter().map(|entry| entry.as_bytes()))
    }
}
