//! Why a tag, or a whole package, could not be brought.

use alloc::format;
use alloc::string::String;
use core::fmt;

use crate::app::failure::{Failure, UpstreamError};
use crate::app::ingest::{IngestFailure, LimitHit};
use crate::git::object::ObjectError;
use crate::git::pack::PackError;
use crate::registry::tarball::TarballError;
use crate::store::StoreError;

/// What went wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    /// With this tag; others go on.
    Refused(String),
    /// With all that is left.
    Failed(IngestFailure),
    /// Upstream does not have any more what it listed.
    Moved,
}

impl Trouble {
    /// This tag cannot be published, and why.
    pub(super) fn refused(why: fmt::Arguments<'_>) -> Self {
        Self::Refused(format!("{why}"))
    }

    /// Nothing of this repository can be published, and why.
    pub(super) fn failed(why: fmt::Arguments<'_>) -> Self {
        Self::Failed(IngestFailure::Git(format!("{why}")))
    }

    /// This tag is more than a limit allows.
    pub(super) fn limit(what: fmt::Arguments<'_>, limit: &'static str, most: u64) -> Self {
        let what = format!("{what}");
        Self::Refused(format!("{}", LimitHit { what, limit, most }))
    }
}

impl From<IngestFailure> for Trouble {
    fn from(failure: IngestFailure) -> Self {
        Self::Failed(failure)
    }
}

impl From<Failure> for Trouble {
    /// What is published could not be read.
    fn from(failure: Failure) -> Self {
        Self::Failed(if let Failure::Store(error) = failure {
            error.into()
        } else {
            IngestFailure::Git(format!("{failure}"))
        })
    }
}

impl From<StoreError> for Trouble {
    fn from(error: StoreError) -> Self {
        Self::Failed(error.into())
    }
}

impl From<UpstreamError> for Trouble {
    fn from(error: UpstreamError) -> Self {
        Self::Failed(error.into())
    }
}

impl From<PackError> for Trouble {
    fn from(error: PackError) -> Self {
        let PackError::Limit { limit, most } = error else {
            return Self::Failed(IngestFailure::Git(format!("the pack: {error}")));
        };
        if limit == "chain" {
            // Git's own limit, which no setting raises.
            return Self::refused(format_args!("{error}"));
        }
        // The setting says `pack` where the pack says `pack_bytes`.
        let limit = limit.strip_suffix("_bytes").unwrap_or(limit);
        Self::limit(format_args!("the pack with it"), limit, most)
    }
}

impl From<TarballError> for Trouble {
    fn from(error: TarballError) -> Self {
        Self::Refused(format!("{error}"))
    }
}

impl From<ObjectError> for Trouble {
    fn from(error: ObjectError) -> Self {
        Self::Refused(format!("{error}"))
    }
}

impl Trouble {
    /// As the reason why nothing was published.
    pub(super) fn into_failure(self) -> IngestFailure {
        match self {
            Self::Failed(failure) => failure,
            Self::Refused(why) => IngestFailure::NothingPublished(why),
            Self::Moved => IngestFailure::Git(format!("{self}")),
        }
    }

    /// Whether the same may work a little later.
    pub(super) fn is_passing(&self) -> bool {
        match self {
            Self::Refused(_) | Self::Moved => false,
            Self::Failed(failure) => failure.is_passing(),
        }
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(why) => f.write_str(why),
            Self::Failed(failure) => failure.fmt(f),
            Self::Moved => f.write_str("upstream does not have any more what it listed"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::IngestLimits;

    #[test]
    fn limits_of_a_pack_are_told_by_the_names_of_their_settings() {
        let limits = [
            "pack_bytes",
            "objects",
            "object_bytes",
            "delta_bytes",
            "inflated_bytes",
            "work_bytes",
            "chain",
        ];
        for limit in limits {
            let trouble = Trouble::from(PackError::Limit { limit, most: 7 });
            let Trouble::Refused(why) = trouble else {
                panic!("{limit} is not for this tag alone");
            };
            let told = why.split_once("INGEST_LIMITS ").map(|(_, told)| told);
            match told.and_then(|told| told.split_once('=')) {
                Some((name, _)) => assert!(IngestLimits::default().set(name, "7"), "{why}"),
                None => assert!(why.contains("chain=7"), "{why}"),
            }
        }
    }
}
