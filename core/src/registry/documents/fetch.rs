//! What an ingest did: the answer of `POST /api/fetch`.

use alloc::string::String;
use alloc::vec::Vec;

use super::super::fields::{FieldError, Fields};
use super::super::name::PackageName;
use super::super::release::ReleaseFile;
use super::super::tag::TagName;
use super::{line, one_line};
use crate::git::id::ObjectId;
use crate::json::Value;

/// What an ingest did to a package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IngestReport {
    /// The package.
    pub package: PackageName,
    /// The latest of its releases; none if no tag could be published.
    pub latest: Option<TagName>,
    /// Tarballs that were made.
    pub created: u64,
    /// Tarballs of upstream's tags that were there before.
    pub present: u64,
    /// All the package's tarballs.
    pub count: u64,
    /// Tags that moved upstream; their tarballs stay as they are.
    pub conflicts: Vec<Conflict>,
    /// Tags that were not published.
    pub refused: Vec<Refused>,
}

/// A tag that names another commit upstream than the one that was published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
    /// The tag.
    pub tag: TagName,
    /// The published commit; unknown of some imported tarballs.
    pub published: Option<ObjectId>,
    /// The commit that upstream names now.
    pub upstream: ObjectId,
}

/// A tag that was not published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// The tag; it may be none that could be one here.
    pub tag: String,
    /// Why, in one line.
    pub reason: String,
}

impl IngestReport {
    /// `{"status":"ok","package":…,"tag":…,"url":…,…}`
    pub fn to_document(&self) -> String {
        line(&self.to_value())
    }

    pub(super) fn to_value(&self) -> Value {
        let tarball = |tag: &TagName| ReleaseFile::tarball(self.package.clone(), tag.clone());
        let url = self.latest.as_ref().map(|tag| tarball(tag).url_path());
        Value::object([
            ("status", Value::text("ok")),
            ("package", Value::shown(&self.package)),
            ("tag", Value::maybe_shown(self.latest.as_ref())),
            ("url", Value::maybe_text(url.as_deref())),
            ("tarballs_created", Value::number(self.created)),
            ("tarballs_present", Value::number(self.present)),
            ("tarball_count", Value::number(self.count)),
            (
                "conflicts",
                Value::array(self.conflicts.iter().map(Conflict::to_value)),
            ),
            (
                "refused",
                Value::array(self.refused.iter().map(Refused::to_value)),
            ),
        ])
    }
}

impl Conflict {
    pub(super) fn to_value(&self) -> Value {
        Value::object([
            ("tag", Value::shown(&self.tag)),
            (
                "published_commit",
                Value::maybe_shown(self.published.as_ref()),
            ),
            ("upstream_commit", Value::shown(&self.upstream)),
        ])
    }

    pub(super) fn read(fields: &Fields<'_>) -> Result<Self, FieldError> {
        let id = |text: &str| ObjectId::parse(text.as_bytes());
        Ok(Self {
            tag: fields.parsed("tag", |text| TagName::parse(text).ok())?,
            published: fields.maybe_parsed("published_commit", id)?,
            upstream: fields.parsed("upstream_commit", id)?,
        })
    }
}

impl Refused {
    /// Says why a tag was not published; what is too long or not printable is cut and blanked.
    pub fn new(tag: &[u8], reason: &str) -> Self {
        Self {
            tag: one_line(&String::from_utf8_lossy(tag)),
            reason: one_line(reason),
        }
    }

    pub(super) fn to_value(&self) -> Value {
        Value::object([
            ("tag", Value::text(&self.tag)),
            ("reason", Value::text(&self.reason)),
        ])
    }

    pub(super) fn read(fields: &Fields<'_>) -> Result<Self, FieldError> {
        let (tag, reason) = (fields.text("tag")?, fields.text("reason")?);
        Ok(Self { tag, reason })
    }
}
