//! The pace of work that must leave a machine to others: so many bytes a second on average.

use core::time::Duration;

use crate::time::Instant;

/// Time that was not used is not saved up beyond this.
const SLACK: Duration = Duration::from_millis(250);

/// Spreads bytes over time.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    rate: Option<u64>,
    /// When all bytes so far are paid for.
    paid: Instant,
}

impl Pace {
    /// At most so many bytes a second; without a rate nothing is ever waited for. A rate of 0
    /// counts as 1.
    pub fn new(rate: Option<u64>) -> Self {
        Self {
            rate: rate.map(|rate| rate.max(1)),
            paid: Instant(0),
        }
    }

    /// So many bytes were moved by `now`: how long to wait before more are.
    pub fn handle_moved(&mut self, bytes: u64, now: Instant) -> Duration {
        let Some(rate) = self.rate else {
            return Duration::ZERO;
        };
        let slack = u64::try_from(SLACK.as_millis()).unwrap_or(0);
        let from = self.paid.max(Instant(now.0.saturating_sub(slack)));
        let millis = bytes.saturating_mul(1000).div_ceil(rate);
        self.paid = from + Duration::from_millis(millis);
        self.paid.since(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_spread_over_time() {
        let mut pace = Pace::new(Some(1000));
        let start = Instant(1_000_000);
        let mut now = start;
        for _ in 0..10 {
            now = now + pace.handle_moved(500, now);
        }
        assert_eq!(now.since(start), Duration::from_millis(4750));
    }

    #[test]
    fn idle_time_is_not_saved_up() {
        let mut pace = Pace::new(Some(1000));
        pace.handle_moved(1, Instant(0));
        let wait = pace.handle_moved(2000, Instant(1_000_000));
        assert_eq!(wait, Duration::from_millis(1750));
    }

    #[test]
    fn no_rate_never_waits() {
        let mut pace = Pace::new(None);
        assert_eq!(pace.handle_moved(u64::MAX, Instant(0)), Duration::ZERO);
        let mut pace = Pace::new(Some(0));
        assert!(pace.handle_moved(u64::MAX, Instant(0)) > Duration::from_hours(1));
    }
}
