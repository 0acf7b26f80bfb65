//! Names of tags: what stands behind `refs/tags/`, in paths of URLs and in names of files.
//!
//! A tag may hold slashes and nearly every character. In the store it is one name: `%` becomes `%25`,
//! then `/` becomes `%2F`, at most 200 bytes. In a URL its slashes may come raw or as `%2F`. Both
//! can be turned back. Refused is what `git check-ref-format` refuses, and beside that what cannot
//! be a name here: text that is not UTF-8, and control characters outside of ASCII.

use alloc::boxed::Box;
use alloc::format;
use alloc::string::String;
use core::cmp::Ordering;
use core::fmt;
use core::fmt::Write as _;

use super::order;

/// The short name of a tag. Ordered as people order versions: see [`TagName::latest`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TagName(Box<str>);

impl TagName {
    /// Longest name in the store, in bytes: with `.manifest.json` and room for more it is still a
    /// file's name.
    pub const MAX_BYTES: usize = 200;

    /// Checks a short name, as it stands behind `refs/tags/`.
    pub fn parse(text: &str) -> Result<Self, TagError> {
        if text.is_empty() || stored_len(text) > Self::MAX_BYTES {
            return Err(TagError::Length);
        }
        if text.chars().any(is_forbidden) {
            return Err(TagError::Character);
        }
        if text.contains("..") || text.contains("@{") {
            return Err(TagError::Sequence);
        }
        if text.ends_with('.') || !text.split('/').all(is_part) {
            return Err(TagError::Part);
        }
        Ok(Self(text.into()))
    }

    /// Checks the bytes that a Git server sent.
    pub fn of_bytes(bytes: &[u8]) -> Result<Self, TagError> {
        Self::parse(core::str::from_utf8(bytes).map_err(|_| TagError::Encoding)?)
    }

    /// Reads the form of the store; only the one spelling that [`stored`](Self::stored) makes.
    pub fn of_stored(text: &str) -> Option<Self> {
        if text.len() > Self::MAX_BYTES || text.contains('/') {
            return None;
        }
        let mut plain = String::with_capacity(text.len());
        let mut parts = text.split('%');
        plain.push_str(parts.next()?);
        for part in parts {
            let (sign, rest) = part.split_at_checked(2)?;
            plain.push(match sign {
                "25" => '%',
                "2F" => '/',
                _ => return None,
            });
            plain.push_str(rest);
        }
        Self::parse(&plain).ok()
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The ref that it stands for: `refs/tags/<name>`.
    pub fn git_ref(&self) -> String {
        format!("refs/tags/{}", self.0)
    }

    /// The name in the store: one part of a path, without a suffix.
    pub fn stored(&self) -> String {
        self.0.replace('%', "%25").replace('/', "%2F")
    }

    /// The name in a URL's path: slashes stay, all else but letters, digits and `-._~+` is
    /// percent-encoded.
    pub fn in_url(&self) -> String {
        let mut out = String::with_capacity(self.0.len());
        for byte in self.0.bytes() {
            if byte.is_ascii_alphanumeric() || b"-._~+/".contains(&byte) {
                out.push(char::from(byte));
            } else {
                // Writing to a String cannot fail.
                let _ = write!(out, "%{byte:02X}");
            }
        }
        out
    }

    /// The release that people mean by "latest": the greatest that is no pre-release, or else the
    /// greatest.
    ///
    /// Tags that are versions, as they are or behind `v`, `release-` and the like, are above those
    /// that have a version behind another word (`lib-v1.2`), which are above those that are none.
    /// Versions compare as in SemVer section 11, but any count of numbers is taken (`1.2` is `1.2.0`),
    /// digits within a pre-release are numbers (`rc9` is before `rc10`), and all else is decided by bytes.
    pub fn latest<'a>(tags: impl IntoIterator<Item = &'a Self>) -> Option<&'a Self> {
        let rank = |tag: &Self| order::rank(tag.as_str());
        tags.into_iter()
            .max_by(|a, b| rank(a).cmp(&rank(b)).then_with(|| a.cmp(b)))
    }

    /// Whether it is a version before a release, such as `v1.0.0-rc.1`.
    pub fn is_pre_release(&self) -> bool {
        order::is_pre_release(&self.0)
    }
}

impl Ord for TagName {
    fn cmp(&self, other: &Self) -> Ordering {
        order::compare(&self.0, &other.0)
    }
}

impl PartialOrd for TagName {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for TagName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn stored_len(text: &str) -> usize {
    let doubled = text.bytes().filter(|b| matches!(b, b'%' | b'/')).count();
    text.len().saturating_add(doubled.saturating_mul(2))
}

/// `git check-ref-format`, rules 4, 5 and 10.
fn is_forbidden(c: char) -> bool {
    c.is_control() || matches!(c, ' ' | '~' | '^' | ':' | '?' | '*' | '[' | '\\')
}

/// `git check-ref-format`, rules 1 and 6.
fn is_part(part: &str) -> bool {
    !part.is_empty() && !part.starts_with('.') && part.strip_suffix(".lock").is_none()
}

/// Why a text is no tag that can be published.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TagError {
    /// Empty, or too long for the store.
    Length,
    /// Not UTF-8.
    Encoding,
    /// A blank, a control character, or one of `~^:?*[\`.
    Character,
    /// `..` or `@{`.
    Sequence,
    /// A part between slashes is empty, begins with a dot or ends in `.lock`, or a dot is last.
    Part,
}

impl fmt::Display for TagError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Length => "a tag has 1 to 200 bytes, of which / and % count three times",
            Self::Encoding => "the tag is not UTF-8",
            Self::Character => "a tag holds no blank, control character or any of ~^:?*[\\",
            Self::Sequence => "a tag holds neither .. nor @{",
            Self::Part => {
                "no part of a tag is empty, begins with a dot or ends in .lock, nor is a dot last"
            }
        })
    }
}

impl core::error::Error for TagError {}

#[cfg(test)]
mod tests;
