//! What one worker has at hand without asking others: its shelf, its counts, today's date.

use crate::app::shelf::{Content, Item, Shelf, Weigh};
use crate::app::stats::Stats;
use crate::limits::Limits;
use crate::time::Timestamp;
use crate::wire::date::imf_fixdate;

/// A pack in packets, as it is sent.
#[derive(Clone, Debug)]
pub struct Pack<F> {
    /// Its bytes.
    pub content: Content<F>,
    /// How many.
    pub len: u64,
}

impl<F> Weigh for Pack<F> {
    fn bytes(&self) -> usize {
        self.content.bytes()
    }
}

/// One worker's own state.
#[derive(Debug)]
pub struct Desk<F> {
    /// Files for the next request, under its path.
    pub shelf: Shelf<Item<F>>,
    /// Packs for Git's clients, under their paths in the store, with their lengths.
    pub packs: Shelf<Pack<F>>,
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
            packs: Shelf::new(limits),
            stats: Stats::default(),
            date,
        }
    }

    /// Takes everything off the shelves.
    pub fn clear_shelves(&mut self) {
        self.shelf.clear();
        self.packs.clear();
    }

    /// The value of the Date field, made once a second.
    pub fn date(&mut self, now: Timestamp) -> [u8; 29] {
        if self.date.0 != now {
            self.date = (now, imf_fixdate(now));
        }
        self.date.1
    }
}
