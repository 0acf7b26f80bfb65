//! Updates: the answers of `POST /api/update`, and the status that is kept and shown.

use alloc::format;
use alloc::string::String;

use super::super::fields::{FieldError, FieldProblem, Fields};
use super::{line, record};
use crate::json::Value;
use crate::time::Timestamp;

/// What became of a request for an update.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UpdateAnswer {
    /// It is under way.
    Started,
    /// Another one is under way; a further one follows it.
    Queued,
    /// The last one was just now.
    Cooldown {
        /// Seconds until the next one may be asked for.
        retry_after: u64,
    },
}

impl UpdateAnswer {
    /// `{"status":"started"}`, or `"queued"` or `"cooldown"` with `retry_after` and `queued`.
    pub fn to_document(self) -> String {
        let later = |status, seconds: u64, queued| {
            Value::object([
                ("status", Value::text(status)),
                ("retry_after", Value::number(seconds)),
                ("queued", Value::bool(queued)),
            ])
        };
        line(&match self {
            Self::Started => Value::object([("status", Value::text("started"))]),
            Self::Queued => later("queued", 0, true),
            Self::Cooldown { retry_after } => later("cooldown", retry_after, false),
        })
    }
}

/// What updates are doing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum UpdateState {
    /// Nothing.
    #[default]
    Idle,
    /// One is under way.
    Running,
    /// One is under way, and one waits.
    Queued,
    /// Nothing, and none may be asked for yet.
    Cooldown,
}

impl UpdateState {
    const ALL: [Self; 4] = [Self::Idle, Self::Running, Self::Queued, Self::Cooldown];

    fn name(self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::Running => "running",
            Self::Queued => "queued",
            Self::Cooldown => "cooldown",
        }
    }

    fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }
}

/// The last update, or the one under way. A record on disk is the last one's.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UpdateStatus {
    /// What updates are doing.
    pub state: UpdateState,
    /// When it began.
    pub started_at: Option<Timestamp>,
    /// When these numbers were taken.
    pub updated_at: Option<Timestamp>,
    /// Local repositories that were looked at.
    pub repos_scanned: u64,
    /// Packages whose ingest worked.
    pub packages_synced: u64,
    /// Tarballs that were made.
    pub tarballs_created: u64,
    /// Tarballs that were there.
    pub tarballs_present: u64,
    /// Whether the catalog is another than before.
    pub source_changed: bool,
    /// Records of the catalog that are of use.
    pub source_packages: u64,
    /// Of these, new ones.
    pub source_added: u64,
    /// Of these, changed ones.
    pub source_updated: u64,
    /// Records that are gone.
    pub source_removed: u64,
    /// Why there was no catalog to be had, in one line; the one from before counts on.
    pub source_error: Option<String>,
    /// Seconds until the next update may be asked for.
    pub retry_after: u64,
    /// Whether another one waits.
    pub queued: bool,
    /// Bytes free on the disk.
    pub disk_free: Option<u64>,
    /// Packages that were ingested for the first time.
    pub source_repo_cloned: u64,
    /// Packages that were ingested again.
    pub source_repo_updated: u64,
    /// Packages whose ingest failed.
    pub source_repo_failed: u64,
    /// Records that were skipped, being of no use.
    pub source_skipped: u64,
    /// All packages.
    pub packages_total: u64,
    /// Packages whose Git face was looked at.
    pub packages_probed: u64,
}

impl UpdateStatus {
    /// The record.
    pub fn to_text(&self) -> String {
        line(&self.to_value())
    }

    /// Reads the record; anything else is none. Members that are not there count as nothing.
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        record(bytes, |fields| Self::read(fields).ok())
    }

    fn read(fields: &Fields<'_>) -> Result<Self, FieldError> {
        let count = |key: &str| fields.maybe_number(key).map(Option::unwrap_or_default);
        let time = |key: &str| fields.maybe_number(key).map(|at| at.map(Timestamp));
        let state = fields.maybe_text("state")?;
        let state = state.map_or(Some(UpdateState::Idle), |name| UpdateState::of_name(&name));
        Ok(Self {
            state: state.ok_or_else(|| fields.wrong("state", FieldProblem::Form))?,
            started_at: time("started_at")?,
            updated_at: time("updated_at")?,
            repos_scanned: count("repos_scanned")?,
            packages_synced: count("packages_synced")?,
            tarballs_created: count("tarballs_created")?,
            tarballs_present: count("tarballs_present")?,
            source_changed: fields.flag("source_changed")?,
            source_packages: count("source_packages")?,
            source_added: count("source_added")?,
            source_updated: count("source_updated")?,
            source_removed: count("source_removed")?,
            source_error: fields.maybe_text("source_error")?,
            retry_after: count("retry_after")?,
            queued: fields.flag("queued")?,
            disk_free: fields.maybe_number("disk_free_bytes")?,
            source_repo_cloned: count("source_repo_cloned")?,
            source_repo_updated: count("source_repo_updated")?,
            source_repo_failed: count("source_repo_failed")?,
            source_skipped: count("source_skipped")?,
            packages_total: count("packages_total")?,
            packages_probed: count("packages_probed")?,
        })
    }

    /// packbase's members in its order, then ours. `default_seeded` is never true: nothing is
    /// published here that nobody asked for.
    pub(super) fn to_value(&self) -> Value {
        let time = |at: Option<Timestamp>| Value::or_null(at.map(|at| Value::number(at.0)));
        let free = self.disk_free.map(gigabytes);
        Value::object([
            ("state", Value::text(self.state.name())),
            ("started_at", time(self.started_at)),
            ("updated_at", time(self.updated_at)),
            ("repos_scanned", Value::number(self.repos_scanned)),
            ("packages_synced", Value::number(self.packages_synced)),
            ("tarballs_created", Value::number(self.tarballs_created)),
            ("tarballs_present", Value::number(self.tarballs_present)),
            ("default_seeded", Value::bool(false)),
            ("source_changed", Value::bool(self.source_changed)),
            ("source_packages", Value::number(self.source_packages)),
            ("source_added", Value::number(self.source_added)),
            ("source_updated", Value::number(self.source_updated)),
            ("source_removed", Value::number(self.source_removed)),
            ("retry_after", Value::number(self.retry_after)),
            ("queued", Value::bool(self.queued)),
            ("disk_free", Value::maybe_text(free.as_deref())),
            ("source_repo_cloned", Value::number(self.source_repo_cloned)),
            (
                "source_repo_updated",
                Value::number(self.source_repo_updated),
            ),
            ("source_repo_failed", Value::number(self.source_repo_failed)),
            ("source_skipped", Value::number(self.source_skipped)),
            ("packages_total", Value::number(self.packages_total)),
            ("packages_probed", Value::number(self.packages_probed)),
            (
                "source_error",
                Value::maybe_text(self.source_error.as_deref()),
            ),
            (
                "disk_free_bytes",
                Value::or_null(self.disk_free.map(Value::number)),
            ),
        ])
    }
}

/// `67.0 GB`: 10^9 bytes, one digit, rounded down.
fn gigabytes(bytes: u64) -> String {
    let tenths = bytes / 100_000_000;
    format!("{}.{} GB", tenths / 10, tenths % 10)
}
