//! Names of the files that ziglang.org publishes, parsed exactly and anchored at both ends.
//!
//! ```text
//! zig-V.EXT   zig-bootstrap-V.EXT   zig-WORD-WORD-V.EXT   zig-V-index.json
//! ```
//!
//! with `EXT` one of `.tar.xz` and `.zip`, each name optionally followed by `.minisig`. The two
//! words are architecture and system in either order (the order changed after 0.14.0); there is
//! no list of them here, because a new target must not need a new mirror.
//!
//! This module refuses to undo percent-encoding (`+` is a plain character here), to say whether a
//! file exists, and to accept a name with anything else in it: a parsed name has no slash, no
//! `..`, no control character, and is safe as a file name and as a URL path segment.

use alloc::boxed::Box;
use alloc::format;
use core::fmt;

use super::version::{Version, VersionError};

/// The longest archive name in bytes, `.minisig` included.
pub const MAX_LEN: usize = 200;

const SIGNATURE: &str = ".minisig";

/// The name of a file that ziglang.org publishes: an archive, a versioned index, or the
/// signature of either. Ordered by its text.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ArchiveName {
    text: Box<str>,
    version: Version,
    kind: ArchiveKind,
    extension: Extension,
    is_signature: bool,
}

impl ArchiveName {
    /// Parses the whole of `name`.
    pub fn parse(name: &str) -> Result<Self, NameError> {
        let (signed, is_signature) = match name.strip_suffix(SIGNATURE) {
            Some(signed) => (signed, true),
            None => (name, false),
        };
        // Room for the suffix, so that every name's signature has a name too.
        if signed.len() > MAX_LEN - SIGNATURE.len() {
            return Err(NameError::TooLong);
        }
        let stem = signed.strip_prefix("zig-").ok_or(NameError::Prefix)?;
        let (stem, extension) = Extension::split(stem).ok_or(NameError::Extension)?;
        let (words, version) = split_version(stem);
        Ok(Self {
            text: name.into(),
            version: Version::parse(version).map_err(NameError::Version)?,
            kind: ArchiveKind::parse(words, extension).ok_or(NameError::Words)?,
            extension,
            is_signature,
        })
    }

    /// Whether `name` may have been meant as an archive name, so that a path without a folder
    /// is answered as one: it starts with `zig-`.
    pub fn looks_like_archive(name: &str) -> bool {
        name.starts_with("zig-")
    }

    /// The name, exactly as it was parsed.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The version in the name.
    pub fn version(&self) -> &Version {
        &self.version
    }

    /// What the file (or the file that it signs) holds.
    pub fn kind(&self) -> ArchiveKind {
        self.kind
    }

    /// The extension of the file (or of the file that it signs).
    pub fn extension(&self) -> Extension {
        self.extension
    }

    /// Whether the name ends in `.minisig`.
    pub fn is_signature(&self) -> bool {
        self.is_signature
    }

    /// The name of this file's signature; of a signature, its own name.
    #[must_use]
    pub fn signature(&self) -> Self {
        if self.is_signature {
            return self.clone();
        }
        Self {
            text: format!("{}{SIGNATURE}", self.text).into(),
            is_signature: true,
            ..self.clone()
        }
    }

    /// The name of the file that this signature signs; of another file, its own name.
    #[must_use]
    pub fn signed(&self) -> Self {
        Self {
            text: self
                .text
                .strip_suffix(SIGNATURE)
                .unwrap_or(&self.text)
                .into(),
            is_signature: false,
            ..self.clone()
        }
    }
}

impl fmt::Display for ArchiveName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// What a published file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ArchiveKind {
    /// `zig-V.EXT`: the source.
    Source,
    /// `zig-bootstrap-V.EXT`: the source with LLVM and all else that is needed to build it.
    Bootstrap,
    /// `zig-WORD-WORD-V.EXT`: a toolchain that runs on one target.
    Binary,
    /// `zig-V-index.json`: the index as it was when that version was published.
    Index,
}

impl ArchiveKind {
    /// Reads what stands between `zig-` and the version, without the `-` before the version.
    fn parse(words: Option<&str>, extension: Extension) -> Option<Self> {
        match (words, extension) {
            (None, Extension::IndexJson) => Some(Self::Index),
            (Some(_), Extension::IndexJson) => None,
            (None, Extension::TarXz | Extension::Zip) => Some(Self::Source),
            (Some("bootstrap"), Extension::TarXz | Extension::Zip) => Some(Self::Bootstrap),
            (Some(words), Extension::TarXz | Extension::Zip) => {
                let (first, second) = words.split_once('-')?;
                (is_word(first) && is_word(second)).then_some(Self::Binary)
            }
        }
    }
}

/// How a published file's name ends, `.minisig` set aside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Extension {
    /// `.tar.xz`
    TarXz,
    /// `.zip`
    Zip,
    /// `-index.json`, which only [`ArchiveKind::Index`] has.
    IndexJson,
}

impl Extension {
    /// The text at the end of the name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::TarXz => ".tar.xz",
            Self::Zip => ".zip",
            Self::IndexJson => "-index.json",
        }
    }

    fn split(name: &str) -> Option<(&str, Self)> {
        [Self::TarXz, Self::Zip, Self::IndexJson]
            .into_iter()
            .find_map(|extension| Some((name.strip_suffix(extension.as_str())?, extension)))
    }
}

/// Why a text is not the name of a file that ziglang.org publishes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum NameError {
    /// Longer than [`MAX_LEN`] bytes with its signature's suffix.
    TooLong,
    /// It does not start with `zig-`.
    Prefix,
    /// It does not end in `.tar.xz`, `.zip` or `-index.json`, with or without `.minisig`.
    Extension,
    /// What stands where the version belongs is none.
    Version(VersionError),
    /// What stands before the version is neither nothing, nor `bootstrap`, nor two words of
    /// ASCII letters, digits and `_`; or it is something, in the name of an index.
    Words,
}

impl fmt::Display for NameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong => f.write_str("the name is longer than any zig archive's"),
            Self::Prefix => f.write_str("a zig archive's name starts with zig-"),
            Self::Extension => {
                f.write_str("a zig archive's name ends in .tar.xz or .zip, then maybe .minisig")
            }
            Self::Version(error) => write!(f, "no version in the archive's name: {error}"),
            Self::Words => {
                f.write_str("before its version a zig archive names nothing, bootstrap, or ARCH-OS")
            }
        }
    }
}

impl core::error::Error for NameError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::Version(error) => Some(error),
            Self::TooLong | Self::Prefix | Self::Extension | Self::Words => None,
        }
    }
}

/// Splits `WORDS-V` or `V`. A version has at most one `-`, and `dev.` follows it.
fn split_version(stem: &str) -> (Option<&str>, &str) {
    let Some((before, last)) = stem.rsplit_once('-') else {
        return (None, stem);
    };
    if !last.starts_with("dev.") {
        return (Some(before), last);
    }
    match before.rfind('-') {
        Some(dash) => (Some(&stem[..dash]), &stem[dash + 1..]),
        None => (None, stem),
    }
}

fn is_word(text: &str) -> bool {
    let word = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
    !text.is_empty() && text.bytes().all(word)
}

#[cfg(test)]
mod tests;
