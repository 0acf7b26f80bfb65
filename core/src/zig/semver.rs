//! Semantic versions 2.0.0, as strict as Zig reads them.
//!
//! Tags and packages have these; what Zig itself is released as is [`super::version`]'s. It
//! refuses `v1.2.3`, `1.2` and leading zeros, as the specification's grammar does.

use core::fmt;

/// A semantic version, borrowed from its text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Semver<'a> {
    release: (u64, u64, u64),
    pre: Option<&'a str>,
    build: Option<&'a str>,
}

impl<'a> Semver<'a> {
    /// Reads the whole of `text`.
    pub fn parse(text: &'a str) -> Option<Self> {
        let (text, build) = split(text, '+');
        let (release, pre) = split(text, '-');
        let mut numbers = release.split('.').map(number);
        let release = (numbers.next()??, numbers.next()??, numbers.next()??);
        let is_sound = numbers.next().is_none()
            && pre.is_none_or(|pre| pre.split('.').all(|id| is_word(id) && !has_extra_zero(id)))
            && build.is_none_or(|build| build.split('.').all(is_word));
        is_sound.then_some(Self {
            release,
            pre,
            build,
        })
    }
}

impl fmt::Display for Semver<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (major, minor, patch) = self.release;
        write!(f, "{major}.{minor}.{patch}")?;
        self.pre.map_or(Ok(()), |pre| write!(f, "-{pre}"))?;
        self.build.map_or(Ok(()), |build| write!(f, "+{build}"))
    }
}

fn split(text: &str, at: char) -> (&str, Option<&str>) {
    match text.split_once(at) {
        Some((before, after)) => (before, Some(after)),
        None => (text, None),
    }
}

fn number(text: &str) -> Option<u64> {
    let is_number = text.bytes().all(|b| b.is_ascii_digit()) && !has_extra_zero(text);
    is_number.then(|| text.parse().ok()).flatten()
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

/// A number with a zero before it (section 9 of the specification).
fn has_extra_zero(text: &str) -> bool {
    text.len() > 1 && text.starts_with('0') && text.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;

    #[test]
    fn good_versions_are_written_as_they_were_read() {
        for text in [
            "0.0.0",
            "1.2.3",
            "1.2.3-dev.4+abc",
            "1.0.0-0a.--.x",
            "1.0.0+001",
        ] {
            assert_eq!(Semver::parse(text).unwrap().to_string(), text);
        }
    }

    #[test]
    fn everything_else_is_refused() {
        for text in [
            "",
            "1",
            "1.2",
            "1.2.3.4",
            "v1.2.3",
            "01.2.3",
            "1.2.3-",
            "1.2.3+",
            "1.2.3-01",
            "1.2.3-a..b",
            "1.2.3-a_b",
            "1..3",
            "+1.2.3",
            "1.2.99999999999999999999",
            " 1.2.3",
        ] {
            assert_eq!(Semver::parse(text), None, "{text}");
        }
    }
}
