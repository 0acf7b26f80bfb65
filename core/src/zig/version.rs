//! Zig versions: `A.B.C`, or `A.B.C-dev.N+HEX` for a build of the master branch.
//!
//! A [`Version`] keeps the text it was parsed from, so that what is asked for upstream and what
//! lies on disk is spelled one way only. This module refuses every other SemVer form (other
//! pre-release words, build data on a release, leading zeros, upper-case hex) and knows nothing
//! of names such as `master` or `2024.11.0-mach`: those are keys of an index, not versions.

use alloc::boxed::Box;
use core::cmp::Ordering;
use core::fmt;
use core::str::FromStr;

/// The longest text that can be a version, in bytes.
pub const MAX_LEN: usize = 64;

/// The longest commit prefix after `+`, in hex digits: a whole SHA-1.
const MAX_HEX: usize = 40;

/// A Zig version: `A.B.C` or `A.B.C-dev.N+HEX`.
///
/// Ordered as SemVer section 11 says (a `dev` build comes before the release of the same
/// numbers, builds are compared by number). SemVer ignores what follows `+`; here it decides
/// ties as text, so that the order agrees with equality.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Version {
    release: (u32, u32, u32),
    stage: Stage,
    text: Box<str>,
}

impl Version {
    /// Parses the whole of `text`.
    pub fn parse(text: &str) -> Result<Self, VersionError> {
        if text.len() > MAX_LEN {
            return Err(VersionError::TooLong);
        }
        let (release, stage) = match text.split_once('-') {
            Some((release, build)) => (release, Stage::parse_dev(build)?),
            None => (text, Stage::Release),
        };
        Ok(Self {
            release: parse_release(release)?,
            stage,
            text: text.into(),
        })
    }

    /// Whether this is a build of the master branch and not a release.
    pub fn is_dev(&self) -> bool {
        matches!(self.stage, Stage::Dev(_))
    }

    /// The text, exactly as it was parsed.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The three numbers; of a `dev` build, those of the release that it precedes.
    pub fn release(&self) -> (u32, u32, u32) {
        self.release
    }
}

impl Ord for Version {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.release, self.stage, &self.text).cmp(&(other.release, other.stage, &other.text))
    }
}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl FromStr for Version {
    type Err = VersionError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

/// Why a text is not a Zig version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum VersionError {
    /// Longer than [`MAX_LEN`] bytes.
    TooLong,
    /// The part before `-` is not three numbers with dots between.
    Release,
    /// The part after `-` is not of the form `dev.N+HEX`.
    Build,
    /// A number is empty, too big, or has a sign, a leading zero or another character in it.
    Number,
    /// The commit after `+` is not 1 to 40 lower-case hex digits.
    Commit,
}

impl fmt::Display for VersionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TooLong => "a version is at most 64 bytes long",
            Self::Release => "a version starts with three numbers, as in 0.15.1",
            Self::Build => "after the release number only -dev.N+HEX may follow",
            Self::Number => "a number in a version is decimal, below 2^32, without leading zeros",
            Self::Commit => "the commit in a version is 1 to 40 lower-case hex digits",
        })
    }
}

impl core::error::Error for VersionError {}

/// Declared in the order that decides between equal release numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Stage {
    Dev(u32),
    Release,
}

impl Stage {
    /// Parses what follows the first `-`.
    fn parse_dev(build: &str) -> Result<Self, VersionError> {
        let build = build.strip_prefix("dev.").ok_or(VersionError::Build)?;
        let (number, commit) = build.split_once('+').ok_or(VersionError::Build)?;
        let hex = |b: u8| matches!(b, b'0'..=b'9' | b'a'..=b'f');
        if !(1..=MAX_HEX).contains(&commit.len()) || !commit.bytes().all(hex) {
            return Err(VersionError::Commit);
        }
        Ok(Self::Dev(parse_number(number)?))
    }
}

fn parse_release(text: &str) -> Result<(u32, u32, u32), VersionError> {
    let mut parts = text.split('.');
    let (Some(a), Some(b), Some(c), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(VersionError::Release);
    };
    Ok((parse_number(a)?, parse_number(b)?, parse_number(c)?))
}

/// Parses a number as SemVer section 2 spells it; `u32::from_str` alone takes `+7` and `007`.
fn parse_number(text: &str) -> Result<u32, VersionError> {
    let digits = text.bytes().all(|b| b.is_ascii_digit());
    if !digits || (text.len() > 1 && text.starts_with('0')) {
        return Err(VersionError::Number);
    }
    text.parse().map_err(|_| VersionError::Number)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::ToString;
    use std::vec::Vec;

    #[test]
    fn releases_and_builds_keep_their_text() {
        for text in [
            "0.15.1",
            "0.1.1",
            "0.0.0",
            "10.20.4294967295",
            "0.16.0-dev.27+83f773fc6",
        ] {
            let version = version(text);
            assert_eq!(version.as_str(), text);
            assert_eq!(version.to_string(), text);
            assert_eq!(text.parse(), Ok(version));
        }
    }

    #[test]
    fn a_build_knows_the_release_it_precedes() {
        let build = version("0.16.0-dev.27+83f773fc6");
        assert!(build.is_dev());
        assert_eq!(build.release(), (0, 16, 0));
        assert!(!version("0.16.0").is_dev());
    }

    #[test]
    fn order_is_that_of_semver_and_ties_are_decided_by_the_commit() {
        let ascending = [
            "0.9.1",
            "0.10.0-dev.1+0",
            "0.10.0",
            "0.15.0-dev.99+fffffffff",
            "0.15.0-dev.631+9a3540d61",
            "0.15.0-dev.631+9a3540d62",
            "0.15.0",
            "0.15.1-dev.1+aaaaaaaaa",
            "0.15.1",
            "1.0.0-dev.0+0",
        ];
        let versions: Vec<Version> = ascending.into_iter().map(version).collect();
        for (i, a) in versions.iter().enumerate() {
            for (j, b) in versions.iter().enumerate() {
                assert_eq!(a.cmp(b), i.cmp(&j), "{a} and {b}");
            }
        }
    }

    #[test]
    fn release_part_is_exactly_three_plain_numbers() {
        for text in ["", "0", "0.1", "0.1.2.3", "master", "2024.11-mach"] {
            assert!(
                matches!(
                    Version::parse(text),
                    Err(VersionError::Release | VersionError::Build)
                ),
                "{text}"
            );
        }
        for text in [
            "..",
            "0..1",
            "0.1.",
            ".1.2",
            "00.1.2",
            "0.01.2",
            "0.1.02",
            "+0.1.2",
            "0.1.2+1",
            "0.1.x",
            " 0.1.2",
            "0.1.2 ",
            "0.1.2\n",
            "0.1.2\0",
            "0.1.4294967296",
            "0.1.٣",
            "0.1.½",
        ] {
            assert_eq!(Version::parse(text), Err(VersionError::Number), "{text}");
        }
    }

    #[test]
    fn only_dev_builds_with_number_and_commit_are_known() {
        for text in [
            "0.1.2-",
            "0.1.2-rc.1",
            "0.1.2-dev",
            "0.1.2-dev.",
            "0.1.2-dev.5",
            "0.1.2-DEV.5+a",
        ] {
            assert_eq!(Version::parse(text), Err(VersionError::Build), "{text}");
        }
        for text in [
            "0.1.2-dev.+a",
            "0.1.2-dev.05+a",
            "0.1.2-dev.-5+a",
            "0.1.2-dev.4294967296+a",
        ] {
            assert_eq!(Version::parse(text), Err(VersionError::Number), "{text}");
        }
        for text in [
            "0.1.2-dev.5+",
            "0.1.2-dev.5+ABC",
            "0.1.2-dev.5+g",
            "0.1.2-dev.5+a+b",
            "0.1.2-dev.5+a-b",
        ] {
            assert_eq!(Version::parse(text), Err(VersionError::Commit), "{text}");
        }
    }

    #[test]
    fn a_whole_sha1_is_the_longest_commit() {
        let forty = "0123456789012345678901234567890123456789";
        assert!(Version::parse(&std::format!("0.1.2-dev.5+{forty}")).is_ok());
        let text = std::format!("0.1.2-dev.5+{forty}0");
        assert_eq!(Version::parse(&text), Err(VersionError::Commit));
        let text = std::format!("0.1.2-dev.4294967295+{forty}{forty}");
        assert_eq!(Version::parse(&text), Err(VersionError::TooLong));
    }

    fn version(text: &str) -> Version {
        Version::parse(text).unwrap()
    }
}
