//! Time as the core sees it: two numbers that the host hands in with every call that needs them.
//!
//! The core never asks for the time and never sleeps; a wait is an [`Instant`] that a host
//! compares with its own monotonic clock.

use core::ops::Add;
use core::time::Duration;

/// A point on the host's monotonic clock, in milliseconds since a start of its choice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Instant(pub u64);

impl Instant {
    /// A point that never comes.
    pub const NEVER: Self = Self(u64::MAX);

    /// The time from `earlier` to this point; zero if `earlier` is later.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(self.0.saturating_sub(earlier.0))
    }
}

impl Add<Duration> for Instant {
    type Output = Self;

    fn add(self, wait: Duration) -> Self {
        let millis = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX);
        Self(self.0.saturating_add(millis))
    }
}

/// Seconds since 1970-01-01T00:00:00Z, without leap seconds (POSIX time).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Timestamp(pub u64);

/// Both clocks at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Now {
    /// For waits and rates.
    pub instant: Instant,
    /// For `Date`, `Last-Modified` and logs.
    pub unix: Timestamp,
}
