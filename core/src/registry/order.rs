//! The order of tags: versions as people count them, then everything else by its bytes.
//!
//! It refuses nothing: each text has its place. Where two texts stand for one version, their bytes
//! decide, so that the order is total and the same everywhere.

use alloc::vec::Vec;
use core::cmp::Ordering;

/// Words before a version that say nothing of their own.
const PLAIN_WORDS: [&str; 8] = [
    "rel", "release", "releases", "stable", "tag", "ver", "version", "versions",
];

/// How far a tag is a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Standing {
    /// It has none.
    None,
    /// One number behind a word: `nightly-20240101`.
    Number,
    /// A version behind a word: `lib-v1.2.3`.
    Behind,
    /// Nothing but a version: `v1.2.3`, `release-1.2`.
    Plain,
}

/// A tag, taken apart.
#[derive(Debug)]
struct Version<'a> {
    standing: Standing,
    /// Without zeros at the end: 1.2 is 1.2.0.
    numbers: Vec<Number<'a>>,
    /// None for a release, which is after its pre-releases.
    pre: Option<Vec<Run<'a>>>,
}

/// Digits without zeros at the front: of any length, so that nothing overflows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Number<'a>(&'a str);

/// A piece of a pre-release (SemVer section 11.4: numbers are before words).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Run<'a> {
    Number(Number<'a>),
    Word(&'a str),
}

impl Ord for Number<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        let by_length = self.0.len().cmp(&other.0.len());
        by_length.then_with(|| self.0.cmp(other.0))
    }
}

impl PartialOrd for Number<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// The order of two tags.
pub(super) fn compare(a: &str, b: &str) -> Ordering {
    let (left, right) = (Version::of(a), Version::of(b));
    let pre = |version: &Version<'_>| version.pre.is_none();
    left.standing
        .cmp(&right.standing)
        .then_with(|| left.numbers.cmp(&right.numbers))
        .then_with(|| pre(&left).cmp(&pre(&right)))
        .then_with(|| left.pre.cmp(&right.pre))
        .then_with(|| a.cmp(b))
}

/// What counts before the version where the latest is looked for: pre-releases come last among
/// tags of one standing.
pub(super) fn rank(text: &str) -> (Standing, bool) {
    let version = Version::of(text);
    (version.standing, version.pre.is_none())
}

/// Whether it is a version with a pre-release.
pub(super) fn is_pre_release(text: &str) -> bool {
    Version::of(text).pre.is_some()
}

impl<'a> Version<'a> {
    const NONE: Self = Self {
        standing: Standing::None,
        numbers: Vec::new(),
        pre: None,
    };

    fn of(text: &'a str) -> Self {
        let Some(start) = start(text) else {
            return Self::NONE;
        };
        let (before, version) = text.split_at_checked(start).unwrap_or((text, ""));
        let end = numbers_end(version);
        let (numbers, rest) = version.split_at_checked(end).unwrap_or((version, ""));
        if !rest.is_empty() && !rest.starts_with(goes_on) {
            return Self::NONE;
        }
        let count = numbers.split(['.', '_']).count();
        let standing = match (is_plain(before), count) {
            (true, _) => Standing::Plain,
            (false, 1) => Standing::Number,
            (false, _) => Standing::Behind,
        };
        if standing == Standing::Number {
            // Rather a date or a ticket: it stands behind all versions, by its bytes.
            return Self {
                standing,
                ..Self::NONE
            };
        }
        let mut numbers: Vec<_> = numbers.split(['.', '_']).map(number).collect();
        while numbers.last().is_some_and(|number| number.0.is_empty()) {
            numbers.pop();
        }
        Self {
            standing,
            numbers,
            pre: pre_release(rest),
        }
    }
}

/// Whether a version goes on behind its numbers: `1.0-rc1`, `1.0rc1`, `1.0+build`, but not `100%`.
fn goes_on(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '+' | '_' | '.' | '~' | '/')
}

/// Where the version begins: at the first number with a dot, or else with `_`, or else at all.
fn start(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    let is_start = |at: &usize| digit(*at) && !(*at > 0 && digit(*at - 1));
    let starts = || (0..bytes.len()).filter(is_start);
    let joined = |at: usize, by: u8| {
        let end = (at..bytes.len()).find(|at| !digit(*at));
        end.is_some_and(|end| bytes.get(end) == Some(&by) && digit(end + 1))
    };
    let first = |by: u8| starts().find(|at| joined(*at, by));
    first(b'.')
        .or_else(|| first(b'_'))
        .or_else(|| starts().next())
}

/// Numbers with `.` or `_` between them.
fn numbers_end(text: &str) -> usize {
    let bytes = text.as_bytes();
    let digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    let joins = |at: usize| {
        matches!(bytes.get(at), Some(b'.' | b'_')) && at > 0 && digit(at - 1) && digit(at + 1)
    };
    let end = (0..bytes.len()).find(|at| !digit(*at) && !joins(*at));
    end.unwrap_or(bytes.len())
}

/// Whether what stands before a version says nothing: at most one letter (`v`, `b`), or such a word.
fn is_plain(before: &str) -> bool {
    let word = |text: &str| {
        let is_letter = text.len() == 1 && text.bytes().all(|b| b.is_ascii_alphabetic());
        let folded = text.to_ascii_lowercase();
        text.is_empty() || is_letter || PLAIN_WORDS.contains(&folded.as_str())
    };
    before.split(['-', '_', '/', '.', '@']).all(word)
}

fn number(digits: &str) -> Number<'_> {
    Number(digits.trim_start_matches('0'))
}

/// What follows the numbers, without build metadata (SemVer section 10).
fn pre_release(rest: &str) -> Option<Vec<Run<'_>>> {
    let pre = rest.split('+').next().unwrap_or_default();
    let words = pre.split(|c: char| c.is_ascii_punctuation());
    let runs: Vec<Run<'_>> = words.flat_map(runs).collect();
    (!runs.is_empty()).then_some(runs)
}

/// A word, cut where digits begin or end.
fn runs(word: &str) -> impl Iterator<Item = Run<'_>> {
    let mut rest = word;
    core::iter::from_fn(move || {
        let is_number = rest.bytes().next()?.is_ascii_digit();
        let end = rest.find(|c: char| c.is_ascii_digit() != is_number);
        let (run, after) = rest.split_at_checked(end.unwrap_or(rest.len()))?;
        rest = after;
        Some(if is_number {
            Run::Number(number(run))
        } else {
            Run::Word(run)
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each is before the next.
    const ASCENDING: [&[&str]; 9] = [
        &[
            "v0.9.0", "v0.10.0", "v1.0.0", "v1.0.1", "v1.1.0", "v2.0.0", "v10.0.0",
        ],
        // SemVer section 11.4, then the release.
        &[
            "1.0.0-alpha",
            "1.0.0-alpha.1",
            "1.0.0-alpha.beta",
            "1.0.0-beta",
            "1.0.0-beta.2",
            "1.0.0-beta.11",
            "1.0.0-rc.1",
            "1.0.0",
        ],
        &["1.0rc9", "1.0rc10", "1.0.0", "v1.0", "1.0.1-dev", "1.0.1"],
        &["0.1", "v0.1.1", "0.2", "release-0.3", "v0.4.0.1", "V0.5"],
        &[
            "nightly",
            "nightly-20240101",
            "lib-1.0.0",
            "lib-v2.0.0",
            "v0.0.1",
        ],
        &["r0007", "r8", "r10"],
        &["b999", "b1000"],
        &["curl-7_9", "curl-7_10", "curl-8_0_1"],
        &[
            "2024-01-15",
            "2024-02-01",
            "2024.1.1",
            "2024.01.15",
            "2025.01.01",
        ],
    ];

    #[test]
    fn versions_are_in_the_order_that_people_expect() {
        for tags in ASCENDING {
            for (at, tag) in tags.iter().enumerate() {
                for (other_at, other) in tags.iter().enumerate() {
                    assert_eq!(compare(tag, other), at.cmp(&other_at), "{tag} and {other}");
                }
            }
        }
    }

    #[test]
    fn any_text_has_its_place() {
        let texts = [
            "",
            "v",
            "-",
            "1",
            "v1",
            "0",
            "00",
            "1..2",
            "1.2.",
            "é1.0",
            "1é",
            "1.0-",
            "1.0+",
            "x86_64-1.2",
            "name-2d-v1.0.0",
            "99999999999999999999999999.0",
            "1.0-é2",
            "1_0",
            "a1b2c3",
            "/",
            "1/2",
        ];
        for a in texts {
            for b in texts {
                assert_eq!(compare(a, b), compare(b, a).reverse(), "{a} {b}");
                assert_eq!(compare(a, b) == Ordering::Equal, a == b, "{a} {b}");
                for c in texts {
                    let chain = compare(a, b).is_le() && compare(b, c).is_le();
                    assert!(!chain || compare(a, c).is_le(), "{a} {b} {c}");
                }
            }
        }
    }

    #[test]
    fn the_version_is_found_behind_other_numbers() {
        let behind = |text: &'static str| {
            let version = Version::of(text);
            (
                version.standing,
                version.numbers.iter().map(|n| n.0).collect::<Vec<_>>(),
            )
        };
        assert_eq!(behind("x86_64-1.2"), (Standing::Behind, ["1", "2"].into()));
        assert_eq!(
            behind("name-2d-v1.3.0"),
            (Standing::Behind, ["1", "3"].into())
        );
        assert_eq!(behind("release/v1.3"), (Standing::Plain, ["1", "3"].into()));
    }
}
