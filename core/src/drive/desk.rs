//! What one worker has at hand without asking others: its shelf, its counts, today's date.

use crate::app::shelf::Shelf;
use crate::app::stats::Stats;
use crate::limits::Limits;
use crate::time::Timestamp;
use crate::wire::date::imf_fixdate;

/// One worker's own state.
#[derive(Debug)]
pub struct Desk<F> {
    /// Files for the next request.
    pub shelf: Shelf<F>,
    /// Counts.
    pub stats: Stats,
    date: (Timestamp, [u8; 29]),
}

impl<F> Desk<F> {
    /// An empty desk.
    pub fn new(limits: &Limits) -> Self {
        let date = (Timestamp(0), imf_fixdate(Timestamp(0)));
        Self {
            shelf: Shelf::new(limits),
            stats: Stats::default(),
            date,
        }
    }

    /// The value of the Date field, made once a second.
    pub fn date(&mut self, now: Timestamp) -> [u8; 29] {
        if self.date.0 != now {
            self.date = (now, imf_fixdate(now));
        }
        self.date.1
    }
}
