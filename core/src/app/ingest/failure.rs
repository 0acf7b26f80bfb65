//! Why a package could not be brought, and the status that tells a client so.

use alloc::format;
use alloc::string::String;
use core::fmt;

use crate::app::failure::UpstreamError;
use crate::registry::name::PackageName;
use crate::store::StoreError;

/// A limit of `INGEST_LIMITS` that was reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LimitHit {
    /// What was too much.
    pub what: String,
    /// The limit's name.
    pub limit: &'static str,
    /// Its value.
    pub most: u64,
}

impl fmt::Display for LimitHit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { what, limit, most } = self;
        write!(f, "{what}: more than INGEST_LIMITS {limit}={most} allows")
    }
}

/// Why nothing, or nothing more, of a package was published.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum IngestFailure {
    /// The name belongs to a package from elsewhere.
    Taken {
        /// The package that has the name, perhaps in other letters.
        package: PackageName,
        /// Where that one comes from.
        upstream: String,
    },
    /// The repository has no tags.
    NoTags,
    /// None of its tags could be published; why the newest could not.
    NothingPublished(String),
    /// Upstream could not be reached, or answered with trouble; its URL, once that is known.
    Upstream(UpstreamError, String),
    /// Upstream has no such repository, or does not show it to everyone.
    NoRepository(u16),
    /// What upstream sent is not what Git's protocol or its own refs say.
    Git(String),
    /// A limit was reached.
    Limit(LimitHit),
    /// Our own disk.
    Store(StoreError),
    /// Too many ingests wait.
    Busy,
    /// The server stops.
    Stopped,
}

impl IngestFailure {
    /// The status of the answer.
    pub fn status(&self) -> u16 {
        match self {
            Self::Taken { .. } => 409,
            Self::NoTags | Self::NothingPublished(_) | Self::Limit(_) => 422,
            Self::Upstream(..) | Self::NoRepository(_) | Self::Git(_) => 502,
            Self::Store(_) | Self::Busy | Self::Stopped => 503,
        }
    }

    /// The same, of this upstream.
    #[must_use]
    pub fn at(self, url: &dyn fmt::Display) -> Self {
        if let Self::Upstream(error, _) = self {
            Self::Upstream(error, format!("{url}"))
        } else {
            self
        }
    }

    /// Whether the same may work a little later.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Upstream(error, _) => error.is_passing(),
            Self::Taken { .. }
            | Self::NoTags
            | Self::NothingPublished(_)
            | Self::NoRepository(_)
            | Self::Git(_)
            | Self::Limit(_)
            | Self::Store(_)
            | Self::Busy
            | Self::Stopped => false,
        }
    }
}

impl fmt::Display for IngestFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Taken { package, upstream } => write!(
                f,
                "the name {package} belongs to {upstream}; give this one another name with \"package\""
            ),
            Self::NoTags => f.write_str("no tags found"),
            Self::NothingPublished(why) => write!(f, "none of the tags can be published: {why}"),
            Self::Upstream(error, url) => write!(f, "git fetch failed: {url}: {error}"),
            Self::NoRepository(status) => write!(
                f,
                "git fetch failed: upstream answered {status}: no such repository, or it is not public"
            ),
            Self::Git(problem) => write!(f, "git fetch failed: {problem}"),
            Self::Limit(hit) => hit.fmt(f),
            Self::Store(error) => write!(f, "store: {error}"),
            Self::Busy => f.write_str("too many ingests wait; ask again later"),
            Self::Stopped => f.write_str("the server stops"),
        }
    }
}

impl core::error::Error for IngestFailure {}

impl From<UpstreamError> for IngestFailure {
    fn from(error: UpstreamError) -> Self {
        if let UpstreamError::Status(status @ (401 | 403 | 404 | 410)) = error {
            Self::NoRepository(status)
        } else {
            Self::Upstream(error, String::new())
        }
    }
}

impl From<StoreError> for IngestFailure {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<LimitHit> for IngestFailure {
    fn from(hit: LimitHit) -> Self {
        Self::Limit(hit)
    }
}
