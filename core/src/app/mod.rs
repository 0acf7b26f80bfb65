//! The application: all that outlives a request, as one machine.
//!
//! [`App`] takes requests for files and reports of work, and emits [`Effect`]s. After each call the
//! driver drains [`App::poll_effect`] before the next. Each job that is started gets exactly one
//! final report, success or a typed failure. Bulk bytes never come here.
//!
//! | method | kind |
//! |---|---|
//! | `handle_*` | an input: something happened |
//! | `join`, `leave`, `follow` | what requests do |
//! | `poll_effect` | the next output, or none |

pub mod access;
pub mod answer;
pub mod asset;
pub mod client;
pub mod derivation;
pub mod egress;
pub mod failure;
pub mod file;
pub mod flight;
mod guests;
pub mod head;
mod housework;
pub mod indexes;
pub mod ingest;
mod kinds;
pub mod media;
pub mod metrics;
pub mod missing;
mod order;
pub mod pages;
pub mod prefetch;
pub mod pursuit;
pub mod rate;
mod registry;
pub mod repositories;
pub mod shelf;
pub mod stats;
pub mod update;

use alloc::boxed::Box;
use alloc::collections::{BTreeSet, VecDeque};
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::net::IpAddr;

use core::time::Duration;

use crate::config::Config;
use crate::store::StoreKey;
use crate::time::{Instant, Now};
use crate::zig::index::{Catalog, FileFacts};
use crate::zig::version::Version;
use asset::{Asset, Vouching};
use derivation::Derivations;
use failure::Failure;
use flight::{Appetite, FlightId, Flights, Follow, FollowerId};
use indexes::Indexes;
use ingest::Ingests;
use missing::Missing;
use prefetch::{Planned, Prefetch, Scope};
use rate::Misses;
use update::Updates;

pub use order::{Cause, Effect, FillCounts, FillOrder, Job, MoveOrder, Refused};

use guests::Guests;

/// The application's state.
#[derive(Debug)]
pub struct App {
    config: Arc<Config>,
    base_url: String,
    catalog: Catalog,
    indexes: Indexes,
    prefetch: Prefetch,
    flights: Flights,
    missing: Missing,
    misses: Misses,
    guests: Guests,
    counts: FillCounts,
    effects: VecDeque<Effect>,
    moving: BTreeSet<StoreKey>,
    ingests: Ingests,
    derivations: Derivations,
    updates: Updates,
    /// When old dev versions are looked for; never in a process that keeps no house.
    purge_at: Instant,
    draining: bool,
}

impl App {
    /// An application that knows nothing yet.
    pub fn new(config: Arc<Config>, base_url: String) -> Self {
        let limits = &config.limits;
        Self {
            base_url,
            catalog: Catalog::default(),
            indexes: Indexes::new(config.official_index(), config.nominated_index.clone()),
            prefetch: Prefetch::new(config.prefetch),
            flights: Flights::default(),
            missing: Missing::new(limits.missing_names),
            misses: Misses::new(config.miss_rate, limits.rate_clients),
            guests: Guests::default(),
            counts: FillCounts::default(),
            effects: VecDeque::new(),
            moving: BTreeSet::new(),
            ingests: Ingests::default(),
            derivations: Derivations::default(),
            updates: Updates::default(),
            purge_at: Instant::NEVER,
            draining: false,
            config,
        }
    }

    /// The next output.
    pub fn poll_effect(&mut self) -> Option<Effect> {
        self.effects.pop_front()
    }

    /// The settings.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The public URL, without a slash at the end.
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// The table of flights.
    pub fn flights(&self) -> &Flights {
        &self.flights
    }

    /// What happened to files so far.
    pub fn counts(&self) -> &FillCounts {
        &self.counts
    }

    /// Names remembered as missing.
    pub fn missing_names(&self) -> usize {
        self.missing.len()
    }

    // Connections

    /// A client connected; false if a cap is reached and it is to be turned away.
    pub fn handle_connect(&mut self, peer: IpAddr) -> bool {
        self.guests.admit(peer, &self.config)
    }

    /// A client that was let in is gone.
    pub fn handle_disconnect(&mut self, peer: IpAddr) {
        self.guests.leave(peer, &self.config);
    }

    /// Open client connections.
    pub fn connections(&self) -> usize {
        self.guests.len()
    }

    // Requests for files that are not in the store

    /// Follows the flight for `asset`, which is opened if there is none.
    pub fn join(
        &mut self,
        asset: &Asset,
        appetite: Appetite,
        cause: Cause,
        now: Now,
    ) -> Result<FollowerId, Refused> {
        // A job's own needs (a signature) are not refused, or full tables could never empty.
        let is_client = matches!(cause, Cause::Client { .. });
        if is_client && self.flights.followers() >= self.config.limits.followers {
            return Err(Refused::Failure(Failure::Busy));
        }
        let flight = match self.flights.find(asset) {
            Some(flight) => flight,
            None => self.depart(asset, cause, now.instant)?,
        };
        if let Cause::Client { spurs_prefetch, .. } = cause {
            self.flights.handle_wanted(flight, spurs_prefetch);
        }
        self.flights
            .join(flight, appetite)
            .ok_or(Refused::Failure(Failure::Stopped))
    }

    fn depart(&mut self, asset: &Asset, cause: Cause, now: Instant) -> Result<FlightId, Refused> {
        let limits = &self.config.limits;
        if self.missing.contains(asset, now) {
            return Err(Refused::Failure(Failure::NotFound));
        }
        if self.draining {
            return Err(Refused::Failure(Failure::Stopped));
        }
        if let Cause::Client { address, .. } = cause {
            if self.flights.under_way() >= limits.flights {
                return Err(Refused::Failure(Failure::Busy));
            }
            self.misses
                .take(Some(address), now)
                .map_err(Refused::TooMany)?;
        }
        let kind = self.kind_of(asset);
        let facts = self.facts(asset).cloned();
        let is_checked = match asset.vouching() {
            Vouching::Signature(_) | Vouching::Itself => {
                self.config.minisign_keys.is_some() || facts.is_some()
            }
            Vouching::Nothing | Vouching::Manifest(..) => false,
        };
        let held_back = if is_checked {
            limits.held_back_bytes
        } else {
            0
        };
        let flight = self.flights.open(asset.clone(), held_back);
        self.effects
            .push_back(Effect::Start(Job::Fill(Box::new(FillOrder {
                flight,
                asset: asset.clone(),
                places: asset.places(kind),
                sources: asset.sources(kind, &self.config, facts.as_ref()),
                facts,
                is_prefetch: cause == Cause::Prefetch,
            }))));
        Ok(flight)
    }

    /// What the indexes say of a file.
    fn facts(&self, asset: &Asset) -> Option<&FileFacts> {
        match asset {
            Asset::Zig(name) => self.catalog.file(name),
            Asset::Mirrored(_) | Asset::Release(..) => None,
        }
    }

    /// Whether there is anybody to ask for a file that is not in the store.
    pub fn has_source(&self, asset: &Asset) -> bool {
        match asset {
            Asset::Zig(_) => true,
            Asset::Mirrored(name) => self.config.templates(name).knows(name.org()),
            Asset::Release(..) => false,
        }
    }

    /// Whether upstream is to be asked now and then if a stored file is still the one it has.
    pub fn may_change(&self, asset: &Asset) -> bool {
        asset.may_change() && self.has_source(asset)
    }

    /// What a follower that has sent `sent` bytes may do next.
    pub fn follow(&mut self, id: FollowerId, sent: u64) -> Follow {
        self.flights.follow(id, sent)
    }

    /// A follower is done or gone.
    pub fn leave(&mut self, id: FollowerId) {
        self.flights.leave(id);
    }

    // Reports of fills

    /// The download has begun; `total` is the announced length.
    pub fn handle_opened(&mut self, flight: FlightId, total: Option<u64>) {
        self.flights.handle_opened(flight, total);
    }

    /// So many bytes of the staging file may be read.
    pub fn handle_progress(&mut self, flight: FlightId, bytes: u64) {
        self.flights.handle_progress(flight, bytes);
        self.wake_followers(flight);
    }

    /// The file changed upstream; the download starts again with a new staging file.
    pub fn handle_restarted(&mut self, flight: FlightId) {
        self.flights.handle_restarted(flight);
        self.wake_followers(flight);
    }

    /// The one final report of a fill.
    pub fn handle_filled(
        &mut self,
        order: &FillOrder,
        outcome: Result<StoreKey, Failure>,
        now: Instant,
    ) {
        match &outcome {
            Ok(_) => {
                self.counts.published += 1;
                self.spur_prefetch(order);
            }
            Err(failure) => {
                *self.counts.failed.entry(failure.kind()).or_default() += 1;
                if *failure == Failure::NotFound {
                    let until = now + self.missing_for(&order.asset);
                    self.missing.insert(order.asset.clone(), until, now);
                }
            }
        }
        let followers = self.flights.followers_of(order.flight);
        self.flights.finish(order.flight, outcome);
        self.effects.extend(followers.into_iter().map(Effect::Wake));
    }

    fn wake_followers(&mut self, flight: FlightId) {
        let followers = self.flights.followers_of(flight);
        self.effects.extend(followers.into_iter().map(Effect::Wake));
    }

    /// How long a name is remembered as missing: not for long if it may appear any minute.
    fn missing_for(&self, asset: &Asset) -> Duration {
        let newest = self.catalog.master();
        let is_new = |version: &Version| newest.is_some_and(|master| version > master);
        let limits = &self.config.limits;
        if asset
            .zig_version()
            .is_some_and(|version| version.is_dev() && is_new(version))
        {
            limits.missing_new_for.min(limits.missing_for)
        } else {
            limits.missing_for
        }
    }

    /// An attempt to get a file failed.
    pub fn handle_attempt_failed(&mut self, failure: Failure) {
        *self.counts.attempts.entry(failure.kind()).or_default() += 1;
    }

    /// A signed file differs from what the index says; the signature is right.
    pub fn handle_contradicted(&mut self) {
        self.counts.contradicted += 1;
    }

    // Prefetch

    fn spur_prefetch(&mut self, order: &FillOrder) {
        let Some(version) = order.asset.zig_version() else {
            return;
        };
        if self.flights.spurs_prefetch(order.flight) && self.prefetch.handle_fetched(version) {
            self.effects.push_back(Effect::Start(Job::Prefetch));
        }
    }

    /// The prefetches.
    pub fn prefetch(&self) -> &Prefetch {
        &self.prefetch
    }

    /// The next plan for the running prefetch; at `None` it ends.
    pub fn poll_prefetch(&mut self) -> Option<(Scope, Vec<Planned>)> {
        let scope = self.prefetch.poll_scope()?;
        let plan = prefetch::plan(&self.catalog, &scope);
        Some((scope, plan))
    }

    /// The running prefetch reports how much is left.
    pub fn handle_prefetch_left(&mut self, files: usize, bytes: u64) {
        self.prefetch.handle_left(files, bytes);
    }

    /// What the indexes say of versions and files.
    pub fn catalog(&self) -> &Catalog {
        &self.catalog
    }

    // The end

    /// The server is to stop: no new downloads.
    pub fn handle_stop(&mut self) {
        self.draining = true;
        self.stop_ingests();
        self.stop_derivations();
    }
}

#[cfg(test)]
mod tests;
