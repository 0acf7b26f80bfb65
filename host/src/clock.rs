//! The host's clocks.

use std::time::{SystemTime, UNIX_EPOCH};

use zigdepot_core::time::{Instant, Now, Timestamp};

/// A clock of milliseconds since it was made, beside the system's time of day; copies agree.
#[derive(Clone, Copy, Debug)]
pub struct Clock(std::time::Instant);

impl Clock {
    /// A clock that begins now.
    #[must_use]
    pub fn new() -> Self {
        Self(std::time::Instant::now())
    }

    /// Both clocks, now.
    #[must_use]
    pub fn now(self) -> Now {
        let millis = u64::try_from(self.0.elapsed().as_millis()).unwrap_or(u64::MAX);
        let unix = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |d| d.as_secs());
        Now {
            instant: Instant(millis),
            unix: Timestamp(unix),
        }
    }

    /// Zero of [`Now::instant`].
    #[must_use]
    pub fn start(self) -> std::time::Instant {
        self.0
    }
}

impl Default for Clock {
    fn default() -> Self {
        Self::new()
    }
}
