//! How often, where and after which wait a file is asked for again.
//!
//! ```text
//! failure ──passing, attempts left──> Wait, then the same source again
//!         ──otherwise, sources left──> the next source, from the start
//!         ──otherwise──────────────> GiveUp
//! ```
//!
//! An attempt that brought new bytes does not count as fruitless, so that a slow and shaky line
//! gets its file in the end; `attempts_in_all` bounds even that. It refuses to sleep or to ask.

use core::time::Duration;

use super::failure::Failure;
use crate::limits::Limits;

/// What to do after a failed attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Wait, then ask the same source again, from where it broke.
    Again(Duration),
    /// Ask the next source from the start.
    Next,
    /// There is nothing more to try.
    GiveUp(Failure),
}

/// The course of one fill over its sources.
#[derive(Debug)]
pub struct Pursuit {
    sources_left: usize,
    fruitless: u32,
    in_all: u32,
    wait: Duration,
    verdict: Option<Failure>,
    seed: u64,
}

impl Pursuit {
    /// A fresh course over `sources` sources; `seed` spreads the waits.
    pub fn new(sources: usize, limits: &Limits, seed: u64) -> Self {
        let sources_left = sources.saturating_sub(1);
        Self {
            sources_left,
            fruitless: 0,
            in_all: 0,
            wait: limits.retry_wait,
            verdict: None,
            seed,
        }
    }

    /// Takes in that an attempt failed, and whether it had brought new bytes.
    pub fn handle_failure(&mut self, failure: Failure, gained: bool, limits: &Limits) -> Step {
        self.in_all += 1;
        if gained {
            self.fruitless = 0;
            self.wait = limits.retry_wait;
        }
        self.fruitless += 1;
        match failure {
            Failure::Upstream(error) if error.is_passing() && self.may_ask_again(limits) => {
                Step::Again(self.next_wait(limits))
            }
            Failure::Upstream(_) | Failure::NotFound | Failure::Signature(_) | Failure::Digest => {
                self.verdict = Some(worse(self.verdict, failure));
                self.next_source(limits)
            }
            // No other source would help.
            Failure::NoTemplate
            | Failure::Unpublished
            | Failure::Manifest
            | Failure::Unsigned
            | Failure::NoIndex
            | Failure::Store(_)
            | Failure::Busy
            | Failure::Changed
            | Failure::Stopped => Step::GiveUp(failure),
        }
    }

    fn may_ask_again(&self, limits: &Limits) -> bool {
        self.fruitless < limits.attempts && self.in_all < limits.attempts_in_all
    }

    /// Waits from `wait` x 3/4 up to `wait`, doubling.
    fn next_wait(&mut self, limits: &Limits) -> Duration {
        let wait = self.wait;
        self.wait = (wait * 2).min(limits.retry_wait_max);
        let quarter = wait / 4;
        wait.saturating_sub(quarter * self.random_percent() / 100)
    }

    fn next_source(&mut self, limits: &Limits) -> Step {
        if self.sources_left == 0 || self.in_all >= limits.attempts_in_all {
            return Step::GiveUp(self.verdict.unwrap_or(Failure::NotFound));
        }
        self.sources_left -= 1;
        self.fruitless = 0;
        self.wait = limits.retry_wait;
        Step::Next
    }

    /// xorshift64 (Marsaglia 2003): enough to keep mirrors from asking in step.
    fn random_percent(&mut self) -> u32 {
        let mut x = self.seed | 1;
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        self.seed = x;
        u32::try_from(x % 101).unwrap_or(0)
    }
}

/// Missing at one source and in trouble at another is trouble: only if all say 404 is it missing.
fn worse(before: Option<Failure>, now: Failure) -> Failure {
    match before {
        None | Some(Failure::NotFound) => now,
        Some(trouble) => trouble,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::failure::UpstreamError;
    use crate::store::StoreError;

    const RESET: Failure = Failure::Upstream(UpstreamError::Reset);
    const REFUSED: Failure = Failure::Upstream(UpstreamError::Status(403));
    const MISSING: Failure = Failure::NotFound;

    fn pursuit(sources: usize) -> (Pursuit, Limits) {
        let limits = Limits::default();
        (Pursuit::new(sources, &limits, 7), limits)
    }

    #[test]
    fn passing_trouble_is_tried_again_after_growing_waits() {
        let (mut pursuit, limits) = pursuit(1);
        let Step::Again(first) = pursuit.handle_failure(RESET, false, &limits) else {
            panic!()
        };
        let Step::Again(second) = pursuit.handle_failure(RESET, false, &limits) else {
            panic!()
        };
        assert!(first <= limits.retry_wait && first >= limits.retry_wait * 3 / 4);
        assert!(second > limits.retry_wait);
        assert_eq!(
            pursuit.handle_failure(RESET, false, &limits),
            Step::GiveUp(RESET)
        );
    }

    #[test]
    fn new_bytes_renew_the_attempts_but_not_for_ever() {
        let (mut pursuit, limits) = pursuit(1);
        let mut attempts = 0;
        while let Step::Again(_) = pursuit.handle_failure(RESET, true, &limits) {
            attempts += 1;
        }
        assert_eq!(attempts, limits.attempts_in_all - 1);
    }

    #[test]
    fn refusal_goes_to_the_next_source_at_once() {
        let (mut pursuit, limits) = pursuit(2);
        assert_eq!(pursuit.handle_failure(REFUSED, false, &limits), Step::Next);
        assert_eq!(
            pursuit.handle_failure(MISSING, false, &limits),
            Step::GiveUp(REFUSED)
        );
    }

    #[test]
    fn missing_only_if_all_sources_say_so() {
        let (mut first, limits) = pursuit(2);
        assert_eq!(first.handle_failure(MISSING, false, &limits), Step::Next);
        assert_eq!(
            first.handle_failure(MISSING, false, &limits),
            Step::GiveUp(MISSING)
        );
        let (mut second, limits) = pursuit(2);
        assert_eq!(second.handle_failure(MISSING, false, &limits), Step::Next);
        assert_eq!(
            second.handle_failure(REFUSED, false, &limits),
            Step::GiveUp(REFUSED)
        );
    }

    #[test]
    fn trouble_of_our_own_ends_it() {
        let (mut pursuit, limits) = pursuit(2);
        let full = Failure::Store(StoreError::Full);
        assert_eq!(
            pursuit.handle_failure(full, true, &limits),
            Step::GiveUp(full)
        );
    }
}
