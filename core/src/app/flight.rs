//! Flights: all requests for one missing file joined into one fill.
//!
//! ```text
//!  join ──> Asked ──opened──> Open ──finish──> Ended(Published | Failed)
//!             ^                 │
//!             └────restarted────┘      (the file changed upstream: followers that had begun are cut)
//! ```
//!
//! A flight belongs to no client: it goes on when every follower has left. It never touches
//! bytes: the driver fills a staging file and reports how far it is. A follower learns the end of
//! a body only from `Published`; on `Failed` it must abort its connection. Flights refuse to
//! retry, to resume and to know URLs; the fill does.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;

use super::asset::Asset;
use super::failure::Failure;
use crate::store::StoreKey;

/// Names one flight of this process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FlightId(u64);

/// Names one request that follows a flight.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FollowerId(u64);

/// What a follower wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Appetite {
    /// Bytes from the start, as they come.
    Stream,
    /// Nothing before the end: a Range request, or one that needs only the outcome.
    Outcome,
}

/// What a follower may do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Follow {
    /// Wait to be woken.
    Pending,
    /// Send bytes of the staging file up to `released`; the whole will have `total`.
    Bytes {
        /// The file's length, as upstream announced it.
        total: u64,
        /// Bytes that may be sent so far.
        released: u64,
    },
    /// The file is in the store, verified.
    Published,
    /// There will be no file; a body that has begun must be aborted.
    Failed(Failure),
}

#[derive(Debug)]
enum State {
    Asked,
    Open { total: Option<u64>, committed: u64 },
    Ended(Result<StoreKey, Failure>),
}

#[derive(Debug)]
struct Flight {
    asset: Asset,
    state: State,
    /// Bytes at the end that wait for the verdict.
    held_back: u64,
    /// A client waits for it, so it is nobody's prefetch any more.
    wanted: bool,
    /// A client asked for the file itself, so its version is to be prefetched.
    spurs_prefetch: bool,
    followers: BTreeSet<FollowerId>,
}

#[derive(Debug)]
struct Follower {
    flight: FlightId,
    appetite: Appetite,
    /// It was given bytes, so a changed file must cut it.
    begun: bool,
    cut: bool,
}

/// The table of flights and followers.
#[derive(Debug, Default)]
pub struct Flights {
    next: u64,
    table: BTreeMap<FlightId, Flight>,
    followers: BTreeMap<FollowerId, Follower>,
    by_asset: BTreeMap<Asset, FlightId>,
}

impl Flights {
    /// The flight under way for `asset`.
    pub fn find(&self, asset: &Asset) -> Option<FlightId> {
        self.by_asset.get(asset).copied()
    }

    /// Flights under way.
    pub fn under_way(&self) -> usize {
        self.by_asset.len()
    }

    /// Requests that follow one.
    pub fn followers(&self) -> usize {
        self.followers.len()
    }

    /// Flights that clients wait for.
    pub fn wanted(&self) -> usize {
        let wanted = |id: &&FlightId| self.table.get(id).is_some_and(|flight| flight.wanted);
        self.by_asset.values().filter(wanted).count()
    }

    /// A client follows the flight; `spurs_prefetch` if it asked for the file itself.
    pub fn handle_wanted(&mut self, id: FlightId, spurs_prefetch: bool) {
        if let Some(flight) = self.table.get_mut(&id) {
            flight.wanted = true;
            flight.spurs_prefetch |= spurs_prefetch;
        }
    }

    /// Whether the version of the flight's file is to be prefetched.
    pub fn spurs_prefetch(&self, id: FlightId) -> bool {
        self.table
            .get(&id)
            .is_some_and(|flight| flight.spurs_prefetch)
    }

    /// Bytes that are here of the file that a follower follows.
    pub fn committed(&self, id: FollowerId) -> u64 {
        let flight = self
            .flight_of(id)
            .and_then(|flight| self.table.get(&flight));
        match flight.map(|flight| &flight.state) {
            Some(State::Open { committed, .. }) => *committed,
            Some(State::Asked | State::Ended(_)) | None => 0,
        }
    }

    /// Opens a flight for an asset that has none.
    pub fn open(&mut self, asset: Asset, held_back: u64) -> FlightId {
        let id = FlightId(self.fresh());
        self.by_asset.insert(asset.clone(), id);
        let followers = BTreeSet::new();
        self.table.insert(
            id,
            Flight {
                asset,
                state: State::Asked,
                held_back,
                wanted: false,
                spurs_prefetch: false,
                followers,
            },
        );
        id
    }

    /// Adds a follower; `None` if the flight has ended and is gone.
    pub fn join(&mut self, flight: FlightId, appetite: Appetite) -> Option<FollowerId> {
        let id = FollowerId(self.fresh());
        self.table.get_mut(&flight)?.followers.insert(id);
        self.followers.insert(
            id,
            Follower {
                flight,
                appetite,
                begun: false,
                cut: false,
            },
        );
        Some(id)
    }

    /// Takes a follower out; the flight goes on.
    pub fn leave(&mut self, id: FollowerId) {
        let Some(follower) = self.followers.remove(&id) else {
            return;
        };
        let Some(flight) = self.table.get_mut(&follower.flight) else {
            return;
        };
        flight.followers.remove(&id);
        self.forget_if_done(follower.flight);
    }

    /// What a follower that has sent `sent` bytes may do next.
    pub fn follow(&mut self, id: FollowerId, sent: u64) -> Follow {
        let Some(follower) = self.followers.get_mut(&id) else {
            return Follow::Failed(Failure::Stopped);
        };
        let Some(flight) = self.table.get(&follower.flight) else {
            return Follow::Failed(Failure::Stopped);
        };
        if follower.cut {
            return Follow::Failed(Failure::Changed);
        }
        match &flight.state {
            State::Ended(Ok(_)) => Follow::Published,
            State::Ended(Err(failure)) => Follow::Failed(*failure),
            State::Asked => Follow::Pending,
            State::Open { total, committed } => {
                match released(*total, *committed, flight.held_back) {
                    Some((total, released))
                        if released > sent && follower.appetite == Appetite::Stream =>
                    {
                        follower.begun = true;
                        Follow::Bytes { total, released }
                    }
                    _ => Follow::Pending,
                }
            }
        }
    }

    /// The download has begun; `total` is the announced length.
    pub fn handle_opened(&mut self, id: FlightId, total: Option<u64>) {
        self.set_state(
            id,
            State::Open {
                total,
                committed: 0,
            },
        );
    }

    /// So many bytes of the staging file may be read.
    pub fn handle_progress(&mut self, id: FlightId, bytes: u64) {
        if let Some(Flight {
            state: State::Open { committed, .. },
            ..
        }) = self.table.get_mut(&id)
        {
            *committed = bytes;
        }
    }

    /// The file changed upstream: the download starts again with a new staging file.
    pub fn handle_restarted(&mut self, id: FlightId) {
        self.set_state(id, State::Asked);
        let Some(flight) = self.table.get(&id) else {
            return;
        };
        for follower in &flight.followers {
            if let Some(follower) = self.followers.get_mut(follower) {
                follower.cut = follower.begun;
            }
        }
    }

    /// The end. From here on a new request for the asset starts anew.
    pub fn finish(&mut self, id: FlightId, outcome: Result<StoreKey, Failure>) {
        if let Some(flight) = self.table.get(&id) {
            self.by_asset.remove(&flight.asset);
        }
        self.set_state(id, State::Ended(outcome));
        self.forget_if_done(id);
    }

    /// The followers of a flight, to be woken.
    pub fn followers_of(&self, id: FlightId) -> Vec<FollowerId> {
        self.table.get(&id).map_or_else(Vec::new, |flight| {
            flight.followers.iter().copied().collect()
        })
    }

    /// The flight that a follower follows.
    pub fn flight_of(&self, id: FollowerId) -> Option<FlightId> {
        self.followers.get(&id).map(|follower| follower.flight)
    }

    /// The flight whose file a follower may read; none when the file changed since it began.
    pub fn read_by(&self, id: FollowerId) -> Option<FlightId> {
        let follower = self.followers.get(&id).filter(|follower| !follower.cut)?;
        Some(follower.flight)
    }

    /// Whether anything still refers to the flight.
    pub fn is_known(&self, id: FlightId) -> bool {
        self.table.contains_key(&id)
    }

    fn set_state(&mut self, id: FlightId, state: State) {
        if let Some(flight) = self.table.get_mut(&id) {
            flight.state = state;
        }
    }

    fn forget_if_done(&mut self, id: FlightId) {
        let done = |flight: &Flight| {
            matches!(flight.state, State::Ended(_)) && flight.followers.is_empty()
        };
        if self.table.get(&id).is_some_and(done) {
            self.table.remove(&id);
        }
    }

    fn fresh(&mut self) -> u64 {
        self.next += 1;
        self.next
    }
}

/// Total and released bytes; `None` while the file must wait whole: its length is not known, or
/// it is no longer than what is held back.
fn released(total: Option<u64>, committed: u64, held_back: u64) -> Option<(u64, u64)> {
    let total = total?;
    let free = total.checked_sub(held_back).filter(|free| *free > 0)?;
    Some((total, committed.min(free)))
}

#[cfg(test)]
mod tests;
