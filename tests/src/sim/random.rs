//! The one source of chance: splitmix64, so that a seed is a whole run.

use core::cell::Cell;

/// A stream of numbers that a seed decides.
#[derive(Debug)]
pub struct Random(Cell<u64>);

impl Random {
    /// The stream of a seed.
    pub fn new(seed: u64) -> Self {
        Self(Cell::new(seed))
    }

    /// The next 64 bits (splitmix64, Steele, Lea and Flood 2014).
    pub fn bits(&self) -> u64 {
        let state = self.0.get().wrapping_add(0x9e37_79b9_7f4a_7c15);
        self.0.set(state);
        let mut z = state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `end`, which is not 0.
    pub fn below(&self, end: u64) -> u64 {
        self.bits() % end.max(1)
    }

    /// A length or index below `end`, which is not 0.
    pub fn index(&self, end: usize) -> usize {
        let end = u64::try_from(end).expect("lengths fit 64 bits");
        usize::try_from(self.below(end)).expect("it is below a usize")
    }

    /// A number from `least` up to `most`.
    pub fn between(&self, least: u64, most: u64) -> u64 {
        least + self.below(most - least + 1)
    }

    /// A length from `least` up to `most`.
    pub fn size(&self, least: usize, most: usize) -> usize {
        least + self.index(most - least + 1)
    }

    /// True in so many of a hundred cases.
    pub fn chance(&self, percent: u64) -> bool {
        percent > 0 && self.below(100) < percent
    }

    /// One of these.
    pub fn pick<'a, T>(&self, from: &'a [T]) -> &'a T {
        &from[self.index(from.len())]
    }

    /// Sometimes a value.
    pub fn maybe<T>(&self, percent: u64, value: impl FnOnce(&Self) -> T) -> Option<T> {
        self.chance(percent).then(|| value(self))
    }
}
