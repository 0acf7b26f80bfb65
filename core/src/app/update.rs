//! When everything is brought up to date: on request and by the clock, one run at a time.
//!
//! ```text
//! idle ──request, clock──> running ──handle_ended──────────────> idle
//!                             │ request                             │ request within the cooldown
//!                             └──> queued ──handle_ended──> waiting └──> "cooldown"
//! ```
//!
//! Requests during a run make one more, however many they are. It begins at once, but not sooner
//! than a cooldown after the last one that began so: whoever may ask cannot keep the updates running
//! without a pause. It refuses to know packages.

use core::time::Duration;

use crate::registry::documents::{UpdateState, UpdateStatus};
use crate::time::Instant;

/// What a request for an update comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// It begins now.
    Started,
    /// One is running, or has just ended; another follows it.
    Queued,
    /// One has just ended; ask again after so many seconds.
    Cooldown(u64),
}

/// The updates.
#[derive(Debug)]
pub struct Updates {
    state: State,
    /// Before this no request starts one.
    cool_at: Instant,
    /// Before this none that was asked for during another begins.
    next_at: Instant,
    /// When the clock starts the next.
    due: Instant,
    status: Option<UpdateStatus>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Idle,
    Running,
    /// Running, and asked for once more.
    Queued,
    /// Asked for once more, and due after the cooldown.
    Waiting,
}

impl Default for Updates {
    fn default() -> Self {
        Self {
            state: State::Idle,
            cool_at: Instant(0),
            next_at: Instant(0),
            due: Instant::NEVER,
            status: None,
        }
    }
}

impl Updates {
    /// This process lives on: the first update is due now, then one at this pace.
    pub fn handle_keeper(&mut self, now: Instant) {
        self.due = now;
    }

    /// When the clock starts the next one.
    pub fn due(&self) -> Instant {
        match self.state {
            State::Idle | State::Waiting => self.due,
            State::Running | State::Queued => Instant::NEVER,
        }
    }

    /// Somebody asks for an update.
    pub fn request(&mut self, now: Instant, cooldown: Duration) -> Wanted {
        match self.state {
            State::Running | State::Queued => {
                self.state = State::Queued;
                Wanted::Queued
            }
            State::Waiting => Wanted::Queued,
            State::Idle if now < self.cool_at => Wanted::Cooldown(seconds(self.cool_at.since(now))),
            State::Idle => {
                self.state = State::Running;
                self.cool_at = now + cooldown;
                Wanted::Started
            }
        }
    }

    /// Whether the clock starts one now.
    pub fn poll_start(&mut self, now: Instant, every: Option<Duration>) -> bool {
        if self.due() > now {
            return false;
        }
        self.due = every.map_or(Instant::NEVER, |every| now + every);
        self.state = State::Running;
        true
    }

    /// How far the running one is.
    pub fn handle_progress(&mut self, status: UpdateStatus) {
        self.status = Some(status);
    }

    /// The running one has ended; if more was asked for meanwhile, it is due when it may begin.
    pub fn handle_ended(&mut self, status: UpdateStatus, now: Instant, cooldown: Duration) {
        self.state = if self.state == State::Queued {
            self.due = self.due.min(now.max(self.next_at));
            self.next_at = self.due + cooldown;
            self.cool_at = self.next_at;
            State::Waiting
        } else {
            State::Idle
        };
        self.status = Some(status);
    }

    /// Whether one is running, and whether another is to come.
    pub fn state(&self) -> UpdateState {
        match self.state {
            State::Idle => UpdateState::Idle,
            State::Running => UpdateState::Running,
            State::Queued | State::Waiting => UpdateState::Queued,
        }
    }

    /// Seconds until one may be asked for, if that is not now.
    pub fn retry_after(&self, now: Instant) -> Option<u64> {
        let is_cool = self.state != State::Idle || now >= self.cool_at;
        (!is_cool).then(|| seconds(self.cool_at.since(now)))
    }

    /// What the last one of this process has said.
    pub fn status(&self) -> Option<&UpdateStatus> {
        self.status.as_ref()
    }
}

/// Whole seconds, rounded up.
fn seconds(wait: Duration) -> u64 {
    u64::try_from(wait.as_millis().div_ceil(1000)).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const COOLDOWN: Duration = Duration::from_secs(15);

    #[test]
    fn requests_during_a_run_make_one_more() {
        let mut updates = Updates::default();
        assert_eq!(updates.request(Instant(0), COOLDOWN), Wanted::Started);
        assert_eq!(updates.request(Instant(1), COOLDOWN), Wanted::Queued);
        assert_eq!(updates.request(Instant(2), COOLDOWN), Wanted::Queued);
        assert!(!updates.poll_start(Instant(3), None));
        updates.handle_ended(UpdateStatus::default(), Instant(4), COOLDOWN);
        assert_eq!(updates.state(), UpdateState::Queued);
        assert!(updates.poll_start(Instant(4), None));
        updates.handle_ended(UpdateStatus::default(), Instant(5), COOLDOWN);
        assert!(!updates.poll_start(Instant(60_000), None));
    }

    #[test]
    fn requests_cannot_keep_updates_running_without_a_pause() {
        let mut updates = Updates::default();
        assert_eq!(updates.request(Instant(0), COOLDOWN), Wanted::Started);
        for begins in [10, 15_010, 30_010] {
            assert_eq!(updates.request(Instant(begins), COOLDOWN), Wanted::Queued);
            let ended = Instant(begins.saturating_sub(14_000).max(10));
            updates.handle_ended(UpdateStatus::default(), ended, COOLDOWN);
            assert_eq!(updates.request(ended, COOLDOWN), Wanted::Queued);
            assert_eq!(updates.due(), Instant(begins));
            assert!(!updates.poll_start(Instant(begins - 1), None));
            assert!(updates.poll_start(Instant(begins), None));
        }
    }

    #[test]
    fn after_one_the_next_request_has_to_wait() {
        let mut updates = Updates::default();
        updates.request(Instant(0), COOLDOWN);
        updates.handle_ended(UpdateStatus::default(), Instant(100), COOLDOWN);
        let early = updates.request(Instant(14_001), COOLDOWN);
        assert_eq!(early, Wanted::Cooldown(1));
        assert_eq!(updates.request(Instant(15_000), COOLDOWN), Wanted::Started);
    }

    #[test]
    fn clock_starts_one_at_its_pace_and_none_beside_another() {
        let every = Duration::from_mins(1);
        let mut updates = Updates::default();
        updates.handle_keeper(Instant(0));
        assert!(updates.poll_start(Instant(0), Some(every)));
        assert_eq!(updates.due(), Instant::NEVER);
        updates.handle_ended(UpdateStatus::default(), Instant(70_000), COOLDOWN);
        assert_eq!(updates.due(), Instant(60_000));
        assert!(updates.poll_start(Instant(70_000), Some(every)));
    }
}
