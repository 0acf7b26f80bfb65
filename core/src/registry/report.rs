//! What an ingest tells: how far it is, what it has found, what it has published.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use super::name::PackageName;
use super::tag::TagName;
use crate::git::id::ObjectId;
use crate::time::Timestamp;

/// How far an ingest is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Tags that upstream has.
    pub refs: u64,
    /// Objects fetched.
    pub objects: u64,
    /// Bytes of packs fetched.
    pub bytes: u64,
    /// Tarballs published.
    pub tarballs: u64,
}

/// A published tag that leads to another commit upstream by now. What is published stays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
    /// The tag.
    pub tag: TagName,
    /// The commit that is published.
    pub published: ObjectId,
    /// The object that upstream's tag leads to.
    pub upstream: ObjectId,
}

impl fmt::Display for Conflict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            tag,
            published,
            upstream,
        } = self;
        write!(
            f,
            "tag {tag} was moved upstream to {upstream}; published is {published}, and stays"
        )
    }
}

/// A tag that cannot be published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusedTag {
    /// Its name as upstream writes it, made readable.
    pub tag: String,
    /// Why.
    pub reason: String,
}

/// What an ingest has come to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IngestReport {
    /// The package.
    pub package: PackageName,
    /// All its published tags, in version order.
    pub tags: Vec<TagName>,
    /// Tags published by this ingest.
    pub created: u64,
    /// Tags that upstream has and that were published before.
    pub present: u64,
    /// Tags that were moved upstream.
    pub conflicts: Vec<Conflict>,
    /// Tags that cannot be published.
    pub refused: Vec<RefusedTag>,
}

/// What an update has done so far, or had done when it ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UpdateStatus {
    /// When it began.
    pub started_at: Timestamp,
    /// When this was true.
    pub updated_at: Timestamp,
    /// Repositories on this machine.
    pub repos_scanned: u64,
    /// Packages whose tags were compared with upstream's.
    pub packages_synced: u64,
    /// Packages whose upstream could not be asked, or brought nothing.
    pub packages_failed: u64,
    /// Packages that the catalog says have not changed.
    pub packages_fresh: u64,
    /// Tarballs published.
    pub tarballs_created: u64,
    /// Tarballs that were there.
    pub tarballs_present: u64,
    /// Whether the catalog says something else than before.
    pub source_changed: bool,
    /// Records of the catalog.
    pub source_packages: u64,
    /// New ones.
    pub source_added: u64,
    /// Changed ones.
    pub source_updated: u64,
    /// Records that are gone.
    pub source_removed: u64,
    /// Records that cannot be used.
    pub source_skipped: u64,
    /// Why the catalog could not be had; then the last one counts.
    pub source_error: Option<String>,
}
