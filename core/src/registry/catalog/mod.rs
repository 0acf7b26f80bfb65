//! The catalog: which repositories an update is to follow.
//!
//! Two shapes of one document are read, `{"packages": [...]}` in both: packbase's, whose records have
//! `id`, `title`, `repository.url` and `github.name`, and that of the published schema, whose
//! records have `url` and neither `id` nor `title`. A record that is of no use is skipped and counted, and the
//! others count; what is no such document, or too long, is refused as a whole. URLs are kept as
//! they came: whoever fetches one must check it first.

mod read;
#[cfg(test)]
mod tests;

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use super::name::{NameError, PackageName};
use crate::json::{JsonError, Value};

pub use read::CatalogReader;

/// Longest text, in bytes.
pub const MAX_BYTES: usize = 16 << 20;
/// Most records; a catalog with more is refused.
pub const MAX_RECORDS: usize = 100_000;
/// Most records that were skipped and are told one by one.
pub const MAX_REASONS: usize = 10;
/// Longest URL of a repository, in bytes.
pub const MAX_URL: usize = 2048;
/// The language of a record that names none.
pub const DEFAULT_LANGUAGE: &str = "shell";

/// The records of a catalog that are of use, in its order, and what was skipped.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Catalog {
    /// No two of one [`id`](Record::id), nor of one package name, whatever its case.
    pub records: Vec<Record>,
    /// What was skipped.
    pub skipped: Skipped,
}

/// A repository to follow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// What tells it apart from other records: its `id`, or else its URL.
    pub id: String,
    /// The package's name: the title, or else the name on the forge, or else the last segment of the URL,
    /// or else the id.
    pub package: PackageName,
    /// The repository, as written: of any scheme, at most [`MAX_URL`] bytes, without control
    /// characters.
    pub url: String,
    /// Its language: [`DEFAULT_LANGUAGE`] if it names none.
    pub language: String,
    /// When it last changed, in whatever form; empty if unknown. Two that are equal mean that nothing
    /// changed between.
    pub updated_at: String,
    /// The branch that it names as its main one.
    pub default_ref: Option<String>,
}

/// Records that were skipped.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Skipped {
    /// All of them.
    pub count: usize,
    /// The first [`MAX_REASONS`]: the place in the list, from 0, and why.
    pub first: Vec<(usize, SkipReason)>,
}

/// Why a record is of no use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SkipReason {
    /// It is not an object.
    NotAnObject,
    /// It names no repository.
    NoUrl,
    /// Its URL is too long, or has blanks or control characters.
    Url,
    /// It has no name that a package can have.
    Name(NameError),
    /// A language, a time or a branch is longer than 255 bytes, or an id longer than [`MAX_URL`].
    TooLong,
    /// A record before it has the same id.
    SameId,
    /// A record before it has the same package name.
    SameName,
}

impl fmt::Display for SkipReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotAnObject => "it is not an object",
            Self::NoUrl => "it names no repository",
            Self::Url => "its url is longer than 2048 bytes, or has blanks or control characters",
            Self::Name(error) => return error.fmt(f),
            Self::TooLong => "its id, language, updated_at or default_ref is too long",
            Self::SameId => "a record before it has the same id",
            Self::SameName => "a record before it has the same package name",
        })
    }
}

/// Why a catalog is refused as a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CatalogError {
    /// It is longer than [`MAX_BYTES`].
    TooLong,
    /// It is not UTF-8.
    Encoding,
    /// It is not JSON, or a record has too many values.
    Json(JsonError),
    /// It has no list `packages`.
    NoPackages,
    /// It has more than [`MAX_RECORDS`] records.
    TooMany,
}

impl From<JsonError> for CatalogError {
    fn from(error: JsonError) -> Self {
        Self::Json(error)
    }
}

impl fmt::Display for CatalogError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong => f.write_str("the catalog is longer than 16 MiB"),
            Self::Encoding => f.write_str("the catalog is not UTF-8"),
            Self::Json(error) => write!(f, "the catalog cannot be read: {error}"),
            Self::NoPackages => f.write_str("the catalog has no list named packages"),
            Self::TooMany => f.write_str("the catalog has more than 100000 records"),
        }
    }
}

impl core::error::Error for CatalogError {}

/// What changed from one catalog to the next: places in [`Catalog::records`], ascending.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CatalogDiff {
    /// Records of the new one whose ids the old one lacks.
    pub added: Vec<usize>,
    /// Records of the new one whose URL, name or branch is another than in the old one.
    pub updated: Vec<usize>,
    /// Records of the old one whose ids the new one lacks.
    pub removed: Vec<usize>,
}

impl CatalogDiff {
    /// Whether nothing changed that matters to what is fetched.
    pub fn is_empty(&self) -> bool {
        self.added.is_empty() && self.updated.is_empty() && self.removed.is_empty()
    }
}

impl Catalog {
    /// Reads a catalog in one go. It may take tens of milliseconds; [`CatalogReader`] takes breaks.
    pub fn parse(bytes: &[u8]) -> Result<Self, CatalogError> {
        let mut reader = CatalogReader::new(bytes)?;
        while reader.handle_records(MAX_RECORDS)? {}
        reader.finish()
    }

    /// The records as a document in packbase's shape, which [`parse`](Self::parse) reads again.
    pub fn to_text(&self) -> String {
        let mut out = String::from("{\"packages\":[");
        for (at, record) in self.records.iter().enumerate() {
            out.push_str(if at == 0 { "\n" } else { ",\n" });
            record.to_value().write_compact(&mut out);
        }
        out.push_str("\n]}\n");
        out
    }

    /// What changed since `before`, told by ids.
    pub fn diff(&self, before: &Self) -> CatalogDiff {
        let (old, new) = (before.by_id(), self.by_id());
        let mut diff = CatalogDiff::default();
        for (at, record) in self.records.iter().enumerate() {
            match old.get(record.id.as_str()) {
                None => diff.added.push(at),
                Some(known) if !known.is_same(record) => diff.updated.push(at),
                Some(_) => {}
            }
        }
        let gone = |(at, record): (usize, &Record)| {
            let is_gone = !new.contains_key(record.id.as_str());
            is_gone.then_some(at)
        };
        diff.removed
            .extend(before.records.iter().enumerate().filter_map(gone));
        diff
    }

    fn by_id(&self) -> BTreeMap<&str, &Record> {
        let records = self.records.iter();
        records.map(|record| (record.id.as_str(), record)).collect()
    }
}

impl Record {
    /// Whether the same would be fetched under the same name.
    fn is_same(&self, other: &Self) -> bool {
        (&self.url, &self.package, &self.default_ref)
            == (&other.url, &other.package, &other.default_ref)
    }

    fn to_value(&self) -> Value {
        let default_ref = self.default_ref.as_deref().map(Value::text);
        let repository = [
            ("url", Value::text(&self.url)),
            ("default_ref", Value::or_null(default_ref)),
        ];
        Value::object([
            ("id", Value::text(&self.id)),
            ("title", Value::shown(&self.package)),
            ("language", Value::text(&self.language)),
            ("repository", Value::object(repository)),
            ("updated_at", Value::text(&self.updated_at)),
        ])
    }
}
