//! Why a Git client is not given what it asks for, and what it is told.

use alloc::format;

use super::made;
use super::source::PackError;
use crate::app::answer::Answer;
use crate::app::derivation::DeriveTrouble;
use crate::app::failure::Failure;
use crate::drive::host::Host;
use crate::drive::reply::Reply;
use crate::drive::request::Request;
use crate::store::StoreError;

/// Why there is no answer but this.
#[derive(Clone, Debug)]
pub(super) enum Trouble {
    /// What concerns files of any kind.
    Failure(Failure),
    /// The files of a release could not be derived.
    Derive(DeriveTrouble),
    /// No pack could be put together.
    Pack(PackError),
}

impl From<Failure> for Trouble {
    fn from(failure: Failure) -> Self {
        Self::Failure(failure)
    }
}

impl From<StoreError> for Trouble {
    fn from(error: StoreError) -> Self {
        Self::Failure(error.into())
    }
}

impl From<DeriveTrouble> for Trouble {
    fn from(trouble: DeriveTrouble) -> Self {
        Self::Derive(trouble)
    }
}

impl From<PackError> for Trouble {
    fn from(error: PackError) -> Self {
        Self::Pack(error)
    }
}

impl Trouble {
    fn answer<H: Host>(&self, host: &H) -> Answer {
        let limits = &host.config().limits;
        let (status, line) = match self {
            Self::Failure(failure) => return Answer::failure(*failure, limits),
            Self::Derive(trouble) => (trouble.status(), format!("{trouble}")),
            // What is damaged is derived anew for whoever asks again.
            Self::Pack(error) => (503, format!("{error}")),
        };
        Answer {
            retry_after: (status == 503).then_some(limits.retry_after),
            ..Answer::text(status, &line)
        }
    }
}

/// Tells of a trouble.
pub(super) fn failed<H: Host>(
    host: &H,
    request: &Request<'_>,
    trouble: impl Into<Trouble>,
) -> Reply<H> {
    made(host, request, trouble.into().answer(host))
}
