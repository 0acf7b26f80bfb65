//! The two Zig indexes: when they are refreshed, what they say, what was the last good one.
//!
//! ```text
//! Resting(until) ──due──> Asked ──same, new──> Resting(refresh_every)
//!                           └────failed──────> Resting(doubling wait)
//! ```
//!
//! A failed refresh changes nothing but a count: the last good index stays, however old. The
//! nominated index is nobody's authority over official files.

use alloc::collections::BTreeMap;
use alloc::sync::Arc;
use core::fmt;
use core::time::Duration;

use super::failure::UpstreamError;
use crate::limits::Limits;
use crate::store::StoreKey;
use crate::store::validators::Validators;
use crate::time::{Instant, Now, Timestamp};
use crate::wire::url::Url;
use crate::zig::index::{Index, IndexError};

/// Which index.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum IndexKind {
    /// ziglang.org's.
    Official,
    /// Of the nominated versions.
    Nominated,
}

impl IndexKind {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Official, Self::Nominated];

    /// The word in logs and metrics.
    pub fn label(self) -> &'static str {
        match self {
            Self::Official => "official",
            Self::Nominated => "nominated",
        }
    }

    /// Where the last good copy lies.
    pub fn key(self) -> StoreKey {
        StoreKey::index(match self {
            Self::Official => "official.json",
            Self::Nominated => "nominated.json",
        })
    }

    /// Where the validators of that copy lie.
    pub fn validators_key(self) -> StoreKey {
        StoreKey::index(match self {
            Self::Official => "official.validators",
            Self::Nominated => "nominated.validators",
        })
    }
}

/// A document that this server makes of the indexes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Document {
    /// `/zig/index.json`: official and nominated.
    Merged,
    /// `/download/index.json`: official only.
    Official,
}

impl Document {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Merged, Self::Official];

    /// Where the document lies, so that it can be sent as a file.
    pub fn key(self) -> StoreKey {
        StoreKey::index(match self {
            Self::Merged => "served-merged.json",
            Self::Official => "served-official.json",
        })
    }
}

/// Get an index; answered once by [`super::App::handle_refreshed`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefreshOrder {
    /// Which.
    pub kind: IndexKind,
    /// From where.
    pub url: Url,
    /// Of the copy that is here.
    pub validators: Validators,
}

/// What a refresh brought.
#[derive(Debug)]
pub enum Refreshed {
    /// The index did not change.
    Same,
    /// A new index.
    New(Index, Validators),
}

/// Why a refresh brought nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum IndexTrouble {
    /// It could not be had.
    Upstream(UpstreamError),
    /// It is not an index.
    Content(IndexError),
}

impl IndexTrouble {
    /// The word in metrics.
    pub fn label(&self) -> &'static str {
        match self {
            Self::Upstream(_) => "upstream",
            Self::Content(_) => "content",
        }
    }
}

impl fmt::Display for IndexTrouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Upstream(error) => write!(f, "upstream: {error}"),
            Self::Content(error) => write!(f, "not a Zig index: {error}"),
        }
    }
}

#[derive(Debug)]
enum State {
    Resting(Instant),
    Asked,
}

#[derive(Debug)]
struct Slot {
    url: Url,
    state: State,
    failures: u32,
    validators: Validators,
    index: Option<Arc<Index>>,
    refreshed: Option<Timestamp>,
}

/// Both indexes.
#[derive(Debug)]
pub struct Indexes {
    slots: BTreeMap<IndexKind, Slot>,
    counts: BTreeMap<(IndexKind, &'static str), u64>,
}

impl Indexes {
    /// Nothing known, nothing asked; an index without URL is never asked for.
    pub fn new(official: Option<Url>, nominated: Option<Url>) -> Self {
        let urls = [
            (IndexKind::Official, official),
            (IndexKind::Nominated, nominated),
        ];
        let slots = urls
            .into_iter()
            .filter_map(|(kind, url)| Some((kind, Slot::new(url?))))
            .collect();
        Self {
            slots,
            counts: BTreeMap::new(),
        }
    }

    /// The last good index.
    pub fn get(&self, kind: IndexKind) -> Option<&Arc<Index>> {
        self.slots.get(&kind)?.index.as_ref()
    }

    /// When an index was last heard of.
    pub fn refreshed(&self, kind: IndexKind) -> Option<Timestamp> {
        self.slots.get(&kind)?.refreshed
    }

    /// Refreshes so far, by index and outcome.
    pub fn counts(&self) -> &BTreeMap<(IndexKind, &'static str), u64> {
        &self.counts
    }

    /// Whether there is no official index, and the last try to get one failed.
    pub fn is_hopeless(&self) -> bool {
        self.slots
            .get(&IndexKind::Official)
            .is_none_or(|slot| slot.index.is_none() && slot.failures > 0)
    }

    /// Whether no refresh is under way or due at `now`.
    pub fn is_settled(&self, now: Instant) -> bool {
        self.slots
            .values()
            .all(|slot| matches!(slot.state, State::Resting(until) if until > now))
    }

    /// When the next refresh is due.
    pub fn due(&self) -> Instant {
        let due = self.slots.values().map(|slot| match slot.state {
            State::Resting(until) => until,
            State::Asked => Instant::NEVER,
        });
        due.min().unwrap_or(Instant::NEVER)
    }

    /// The next index to be asked for at `now`.
    pub fn poll_refresh(&mut self, now: Instant) -> Option<RefreshOrder> {
        let due = |slot: &Slot| matches!(slot.state, State::Resting(until) if until <= now);
        let (kind, slot) = self.slots.iter_mut().find(|(_, slot)| due(slot))?;
        slot.state = State::Asked;
        Some(RefreshOrder {
            kind: *kind,
            url: slot.url.clone(),
            validators: slot.validators.clone(),
        })
    }

    /// A copy from an earlier run was read.
    pub fn handle_loaded(&mut self, kind: IndexKind, index: Index, validators: Validators) {
        if let Some(slot) = self
            .slots
            .get_mut(&kind)
            .filter(|slot| slot.index.is_none())
        {
            slot.index = Some(Arc::new(index));
            slot.validators = validators;
        }
    }

    /// The copy was confirmed at `refreshed`: it rests until it is `every` old. A time in the
    /// future says nothing.
    pub fn handle_refreshed_at(
        &mut self,
        kind: IndexKind,
        refreshed: Timestamp,
        now: Now,
        every: Duration,
    ) {
        let age = now.unix.0.checked_sub(refreshed.0).map(Duration::from_secs);
        let rest = age.and_then(|age| every.checked_sub(age));
        if let (Some(slot), Some(rest)) = (self.slots.get_mut(&kind), rest) {
            slot.refreshed = Some(refreshed);
            slot.state = State::Resting(now.instant + rest);
        }
    }

    /// The one answer to a refresh; true if what the indexes say has changed.
    pub fn handle_refreshed(
        &mut self,
        kind: IndexKind,
        outcome: Result<Refreshed, IndexTrouble>,
        now: (Instant, Timestamp),
        limits: &Limits,
    ) -> bool {
        let Some(slot) = self.slots.get_mut(&kind) else {
            return false;
        };
        let (label, changed) = match outcome {
            Ok(Refreshed::Same) => ("same", false),
            Ok(Refreshed::New(index, validators)) => {
                slot.index = Some(Arc::new(index));
                slot.validators = validators;
                ("new", true)
            }
            Err(trouble) => (trouble.label(), false),
        };
        let wait = if label == "same" || label == "new" {
            slot.failures = 0;
            slot.refreshed = Some(now.1);
            limits.index_every
        } else {
            slot.failures = slot.failures.saturating_add(1);
            retry_wait(slot.failures, limits)
        };
        slot.state = State::Resting(now.0 + wait);
        *self.counts.entry((kind, label)).or_default() += 1;
        changed
    }
}

impl Slot {
    fn new(url: Url) -> Self {
        let state = State::Resting(Instant(0));
        Self {
            url,
            state,
            failures: 0,
            validators: Validators::default(),
            index: None,
            refreshed: None,
        }
    }
}

/// Doubling, from `index_retry` up to the ordinary pace.
fn retry_wait(failures: u32, limits: &Limits) -> Duration {
    let doublings = failures.saturating_sub(1).min(16);
    limits
        .index_retry
        .saturating_mul(1 << doublings)
        .min(limits.index_every)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::zig::index::IndexLimits;

    fn indexes() -> Indexes {
        Indexes::new(Url::parse("http://a/i").ok(), Url::parse("http://b/i").ok())
    }

    fn index() -> Index {
        let text = r#"{"master":{"version":"0.15.1","src":{"tarball":"http://h/zig-0.15.1.zip","shasum":"HEX","size":"1"}}}"#;
        let text = text.replace("HEX", &"ab".repeat(32));
        Index::parse(text.as_bytes(), &IndexLimits::default()).unwrap()
    }

    fn fail() -> Result<Refreshed, IndexTrouble> {
        Err(IndexTrouble::Upstream(UpstreamError::Timeout))
    }

    #[test]
    fn each_index_is_asked_for_once_at_a_time() {
        let mut indexes = indexes();
        assert_eq!(indexes.due(), Instant(0));
        assert_eq!(
            indexes.poll_refresh(Instant(0)).map(|o| o.kind),
            Some(IndexKind::Official)
        );
        assert_eq!(
            indexes.poll_refresh(Instant(0)).map(|o| o.kind),
            Some(IndexKind::Nominated)
        );
        assert!(indexes.poll_refresh(Instant(0)).is_none());
        assert_eq!(indexes.due(), Instant::NEVER);
    }

    #[test]
    fn failure_keeps_the_last_good_index_and_waits_longer_each_time() {
        let (mut indexes, limits) = (indexes(), Limits::default());
        let now = (Instant(0), Timestamp(7));
        let new = Refreshed::New(index(), Validators::default());
        assert!(indexes.handle_refreshed(IndexKind::Official, Ok(new), now, &limits));
        let mut waits = alloc::vec::Vec::new();
        for _ in 0..8 {
            assert!(!indexes.handle_refreshed(IndexKind::Official, fail(), now, &limits));
            let State::Resting(until) = indexes.slots[&IndexKind::Official].state else {
                panic!()
            };
            waits.push(until.since(Instant(0)));
        }
        assert_eq!(waits[0], limits.index_retry);
        assert_eq!(waits[1], limits.index_retry * 2);
        assert_eq!(waits[7], limits.index_every);
        assert!(indexes.get(IndexKind::Official).is_some());
        assert!(!indexes.is_hopeless());
        assert_eq!(indexes.counts()[&(IndexKind::Official, "upstream")], 8);
    }

    #[test]
    fn without_any_index_a_failure_is_hopeless() {
        let (mut indexes, limits) = (indexes(), Limits::default());
        assert!(!indexes.is_hopeless());
        indexes.handle_refreshed(
            IndexKind::Official,
            fail(),
            (Instant(0), Timestamp(0)),
            &limits,
        );
        assert!(indexes.is_hopeless());
    }

    #[test]
    fn copy_rests_until_it_is_old_and_a_time_to_come_says_nothing() {
        let now = Now {
            instant: Instant(5),
            unix: Timestamp(1000),
        };
        let every = Duration::from_secs(100);
        for (refreshed, due) in [
            (950, Instant(50_005)),
            (900, Instant(5)),
            (899, Instant(0)),
            (1001, Instant(0)),
        ] {
            let mut indexes = Indexes::new(Url::parse("http://a/i").ok(), None);
            let at = Timestamp(refreshed);
            indexes.handle_refreshed_at(IndexKind::Official, at, now, every);
            assert_eq!(indexes.due(), due, "{refreshed}");
        }
    }

    #[test]
    fn copy_of_an_earlier_run_does_not_replace_a_fresh_one() {
        let (mut indexes, limits) = (indexes(), Limits::default());
        let fresh = Validators {
            etag: Some("\"new\"".into()),
            last_modified: None,
            digest: None,
        };
        let now = (Instant(0), Timestamp(0));
        indexes.handle_refreshed(
            IndexKind::Official,
            Ok(Refreshed::New(index(), fresh.clone())),
            now,
            &limits,
        );
        indexes.handle_loaded(IndexKind::Official, index(), Validators::default());
        assert_eq!(indexes.slots[&IndexKind::Official].validators, fresh);
    }
}
