//! The one top directory of a tarball.

use alloc::format;
use alloc::string::String;
use core::fmt;

use crate::zig::digest::Sha256Digest;

/// The directory that everything in a tarball is in: one component of 1 to 255 bytes, without `/`
/// and NUL, neither `.` nor `..`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Prefix(String);

impl Prefix {
    /// Most bytes of a component, to every file system and to Zig.
    pub const LONGEST: usize = 255;
    /// Digits of the digest behind a name that was cut: 64 bits.
    const DIGITS: usize = 16;

    /// The directory of a tag: `<package>-<tag>`, where `-` stands for each `/` and NUL.
    ///
    /// Where that is longer than 255 bytes, it is cut to 238 or up to three fewer, so that no
    /// character is torn, and followed by `-` and the first 16 digits of the SHA-256 of package,
    /// NUL and tag: tags that differ behind the cut differ in their directories.
    pub fn of(package: &str, tag: &str) -> Self {
        let name = format!("{package}-{tag}").replace(['/', '\0'], "-");
        if name.len() <= Self::LONGEST {
            return Self(name);
        }
        let digest = Sha256Digest::of(format!("{package}\0{tag}").as_bytes());
        let kept = name.floor_char_boundary(Self::LONGEST - Self::DIGITS - 1);
        let name = name.get(..kept).unwrap_or_default();
        Self(format!("{name}-{:.*}", Self::DIGITS, format!("{digest}")))
    }

    /// Takes a directory's name as a manifest has it; none if it is not a single component.
    pub fn parse(name: &str) -> Option<Self> {
        let is_component = !matches!(name, "" | "." | "..")
            && name.len() <= Self::LONGEST
            && !name.contains(['/', '\0']);
        is_component.then(|| Self(name.into()))
    }

    /// The name, without a slash.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Prefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_makes_one_component() {
        for (package, tag, expected) in [
            ("hello", "v1.0.0", "hello-v1.0.0"),
            ("org/hello", "feat/x/y", "org-hello-feat-x-y"),
            ("", "", "-"),
            (".", ".", ".-."),
            ("a\0b", "c", "a-b-c"),
            ("caf\u{e9}", "1", "caf\u{e9}-1"),
        ] {
            let prefix = Prefix::of(package, tag);
            assert_eq!(prefix.as_str(), expected);
            assert_eq!(Prefix::parse(expected), Some(prefix));
        }
    }

    #[test]
    fn a_long_name_is_cut_and_stays_its_own() {
        let tag = |length| "t".repeat(length);
        let longest = Prefix::of("p", &tag(253));
        assert_eq!(longest.as_str(), format!("p-{}", tag(253)));
        let cut = Prefix::of("p", &tag(254));
        assert_eq!(cut.as_str(), format!("p-{}-931ae6498d44f60f", tag(236)));
        assert_eq!(cut.as_str().len(), 255);
        assert_ne!(cut, Prefix::of("p", &tag(255)));
        assert_ne!(cut, Prefix::of("p", &format!("{}/", tag(253))));
        assert_ne!(
            Prefix::of("p-t", &tag(300)),
            Prefix::of("p", &format!("t-{}", tag(300)))
        );
    }

    #[test]
    fn no_character_is_torn() {
        for start in 0..4 {
            let package = format!("{}{}", "x".repeat(start), "\u{1f600}".repeat(80));
            let prefix = Prefix::of(&package, "1");
            let kept = prefix.as_str().len() - 17;
            assert!((235..=238).contains(&kept), "{kept}");
            assert!(package.starts_with(&prefix.as_str()[..kept]));
        }
    }

    #[test]
    fn what_is_no_component_is_refused() {
        for name in ["", ".", "..", "a/b", "/", "a\0", &"x".repeat(256)] {
            assert_eq!(Prefix::parse(name), None, "{name:?}");
        }
    }
}
