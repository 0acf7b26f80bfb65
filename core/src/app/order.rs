//! What goes in and out of the application: causes, jobs, effects, refusals, counts.

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use core::net::IpAddr;

use super::asset::Asset;
use super::derivation::{DerivationId, DeriveOrder};
use super::failure::Failure;
use super::flight::{FlightId, FollowerId};
use super::indexes::RefreshOrder;
use super::ingest::{IngestOrder, JobId};
use crate::store::StoreKey;
use crate::store::purge::Wish;
use crate::wire::url::Url;
use crate::zig::index::FileFacts;

/// Who causes a download.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// A client, whose rate is limited.
    Client {
        /// Its address.
        address: IpAddr,
        /// It asked for the file itself, and not only for its head.
        spurs_prefetch: bool,
    },
    /// Another job.
    Job,
    /// Nobody yet.
    Prefetch,
}

/// Why a request may not follow a flight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// There will be no file, or not now.
    Failure(Failure),
    /// The limiter says: again after so many seconds.
    TooMany(u32),
}

impl From<Refused> for Failure {
    /// As a job sees it, which has no rate of its own.
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Failure(failure) => failure,
            Refused::TooMany(_) => Self::Busy,
        }
    }
}

/// Work for the driver.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Job {
    /// Get this file into the store.
    Fill(Box<FillOrder>),
    /// Move a version's files between kinds.
    Move(MoveOrder),
    /// Get an index.
    Refresh(RefreshOrder),
    /// Run the prefetches that wait, until none does.
    Prefetch,
    /// Delete what is not to be kept.
    Purge(Wish),
    /// Bring a package from its upstream.
    Ingest(Box<IngestOrder>),
    /// Derive the Git pack of a release.
    Derive(Box<DeriveOrder>),
    /// Bring all packages up to date.
    Update,
}

/// Get one file into the store, verified, or find out that the one there is still upstream's; answered once by [`App::handle_filled`](super::App::handle_filled).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FillOrder {
    /// The flight to report to.
    pub flight: FlightId,
    /// The file.
    pub asset: Asset,
    /// Where it may be in the store already; it is published under the first.
    pub places: Vec<StoreKey>,
    /// URLs to ask, in order.
    pub sources: Vec<Url>,
    /// What the index says of it.
    pub facts: Option<FileFacts>,
    /// Nobody waits for it, so nothing is evicted for it.
    pub is_prefetch: bool,
}

/// Move a version's directory; nothing depends on its success.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MoveOrder {
    /// The directory as it is.
    pub from: StoreKey,
    /// The directory as it shall be.
    pub to: StoreKey,
}

/// An output of the machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Start a job.
    Start(Job),
    /// A follower may go on.
    Wake(FollowerId),
    /// An ingest has ended; those who wait for it may look.
    Ended(JobId),
    /// A derivation has ended; those who wait for it may look.
    Derived(DerivationId),
}

/// Counts of what happened to files; requests are counted by the workers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FillCounts {
    /// Fills that published a file.
    pub published: u64,
    /// Failed fills by [`Failure::kind`].
    pub failed: BTreeMap<&'static str, u64>,
    /// Signed files whose digest or size differs from the index.
    pub contradicted: u64,
    /// Attempts that failed, also those that a later one made good, by [`Failure::kind`].
    pub attempts: BTreeMap<&'static str, u64>,
}
