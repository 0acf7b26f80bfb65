//! Zig's download index: read, understood as far as needed, merged with the nominated one.
//!
//! The schema is ziglang.org's `download/index.json`: an object of entries (`master`, versions,
//! nominated names) whose members are scalars or target objects with `tarball`, `shasum`, `size`.
//! What is not understood is passed on as it is. A broken target is passed on too, but no fact is
//! taken from it. The index is signed by nobody: it outweighs no signature.

mod catalog;
mod document;

use alloc::borrow::Cow;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

pub use catalog::{Catalog, FileFacts, catalog};
pub use document::{merged_document, official_document};

use super::archive::ArchiveName;
use super::digest::Sha256Digest;
use super::version::Version;
use crate::json::{self, JsonError, Value};

/// Caps for reading an index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IndexLimits {
    /// Longest text, in bytes.
    pub bytes: usize,
}

impl Default for IndexLimits {
    fn default() -> Self {
        Self { bytes: 8 << 20 }
    }
}

/// Why a text is not an index that is taken.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum IndexError {
    /// It is longer than allowed.
    TooLong,
    /// It is not UTF-8.
    Encoding,
    /// It is not JSON, at this byte.
    Json(usize),
    /// Values are nested too deeply, or there are too many.
    TooLarge,
    /// It is not an object, or this entry is not.
    NotAnObject(String),
    /// There is no entry `master` with a version.
    NoMaster,
    /// It names no file that could be fetched.
    NoFiles,
}

impl fmt::Display for IndexError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong => f.write_str("it is too long"),
            Self::Encoding => f.write_str("it is not UTF-8"),
            Self::Json(at) => write!(f, "it is not JSON (byte {at})"),
            Self::TooLarge => f.write_str("it is nested too deeply or has too many values"),
            Self::NotAnObject(key) if key.is_empty() => f.write_str("it is not an object"),
            Self::NotAnObject(key) => write!(f, "its entry {key:?} is not an object"),
            Self::NoMaster => f.write_str("it has no entry master with a version"),
            Self::NoFiles => f.write_str("it names no file"),
        }
    }
}

impl core::error::Error for IndexError {}

impl From<JsonError> for IndexError {
    fn from(error: JsonError) -> Self {
        match error {
            JsonError::Syntax(at) => Self::Json(at),
            JsonError::TooDeep | JsonError::TooMany => Self::TooLarge,
        }
    }
}

/// An index as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Index {
    entries: Vec<(String, Value)>,
}

/// One downloadable file of an index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target<'a> {
    /// The entry's key.
    pub entry: &'a str,
    /// The file's name.
    pub name: ArchiveName,
    /// Where the index says it is.
    pub url: Cow<'a, str>,
    /// SHA-256 of its bytes.
    pub digest: Sha256Digest,
    /// Its length in bytes.
    pub size: u64,
}

impl Index {
    /// Reads an index; it must name at least one file.
    pub fn parse(bytes: &[u8], limits: &IndexLimits) -> Result<Self, IndexError> {
        if bytes.len() > limits.bytes {
            return Err(IndexError::TooLong);
        }
        let text = core::str::from_utf8(bytes).map_err(|_| IndexError::Encoding)?;
        let Value::Object(entries) = Value::parse(text, &json::Limits::DEFAULT)? else {
            return Err(IndexError::NotAnObject(String::new()));
        };
        if let Some((key, _)) = entries.iter().find(|(_, entry)| entry.members().is_none()) {
            return Err(IndexError::NotAnObject(key.clone()));
        }
        let index = Self { entries };
        if index.targets().next().is_none() {
            Err(IndexError::NoFiles)
        } else {
            Ok(index)
        }
    }

    /// Reads an official index, which must have `master`.
    pub fn parse_official(bytes: &[u8], limits: &IndexLimits) -> Result<Self, IndexError> {
        let index = Self::parse(bytes, limits)?;
        if index.master().is_none() {
            Err(IndexError::NoMaster)
        } else {
            Ok(index)
        }
    }

    /// The version of `master`.
    pub fn master(&self) -> Option<Version> {
        self.version_of("master")
    }

    /// The files that are understood, in the index's order.
    pub fn targets(&self) -> impl Iterator<Item = Target<'_>> {
        self.entries.iter().flat_map(|(key, entry)| {
            entry
                .members()
                .unwrap_or_default()
                .iter()
                .filter_map(move |(_, value)| target(key, value))
        })
    }

    /// Objects that look like files but are not understood.
    pub fn skipped(&self) -> usize {
        let all = self
            .entries
            .iter()
            .flat_map(|(_, entry)| entry.members().unwrap_or_default());
        let like_files = all
            .filter(|(_, value)| value.get("tarball").is_some())
            .count();
        like_files - self.targets().count()
    }

    fn get(&self, key: &str) -> Option<&Value> {
        self.entries
            .iter()
            .find(|(name, _)| name == key)
            .map(|(_, entry)| entry)
    }

    fn version_of(&self, key: &str) -> Option<Version> {
        let text = self.get(key)?.get("version")?.as_text()?;
        Version::parse(&text).ok()
    }
}

fn target<'a>(entry: &'a str, value: &'a Value) -> Option<Target<'a>> {
    let url = value.get("tarball")?.as_text()?;
    let name = file_name(&url)?;
    let digest = Sha256Digest::parse(&value.get("shasum")?.as_text()?).ok()?;
    let size = value.get("size")?.as_text()?;
    let size = size
        .bytes()
        .all(|b| b.is_ascii_digit())
        .then(|| size.parse().ok())??;
    Some(Target {
        entry,
        name,
        url,
        digest,
        size,
    })
}

/// The archive that a URL names with its last segment; `%2B` is `+`.
fn file_name(url: &str) -> Option<ArchiveName> {
    let path = url.split(['?', '#']).next()?;
    let last = path
        .rsplit('/')
        .next()?
        .replace("%2B", "+")
        .replace("%2b", "+");
    let name = ArchiveName::parse(&last).ok()?;
    (!name.is_signature()).then_some(name)
}

/// What changed between two indexes, a line each: `+ entry`, `- entry`, `~ entry`.
pub fn diff(before: &Index, after: &Index) -> Vec<String> {
    let mut lines = Vec::new();
    for (key, entry) in &after.entries {
        match before.get(key) {
            None => lines.push(format!("+ {key}")),
            Some(old) if old != entry => lines.push(changed(key, before, after)),
            Some(_) => {}
        }
    }
    let gone = before
        .entries
        .iter()
        .filter(|(key, _)| after.get(key).is_none());
    lines.extend(gone.map(|(key, _)| format!("- {key}")));
    lines
}

fn changed(key: &str, before: &Index, after: &Index) -> String {
    match (before.version_of(key), after.version_of(key)) {
        (Some(old), Some(new)) if old != new => format!("~ {key}: {old} -> {new}"),
        _ => format!("~ {key}"),
    }
}

#[cfg(test)]
mod fixtures;
#[cfg(test)]
mod tests;
