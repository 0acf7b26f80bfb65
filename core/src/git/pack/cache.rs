//! Contents of bases, so that they need not be made again for each delta.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

/// Keeps contents up to a number of bytes, the last one whatever its length.
#[derive(Debug)]
pub(super) struct Cache {
    most: usize,
    held: usize,
    clock: u64,
    /// By entry: when it was kept, and its content.
    contents: BTreeMap<u32, (u64, Vec<u8>)>,
    /// By the time at which it was kept.
    order: BTreeMap<u64, u32>,
}

impl Cache {
    pub(super) const fn new(most: usize) -> Self {
        Self {
            most,
            held: 0,
            clock: 0,
            contents: BTreeMap::new(),
            order: BTreeMap::new(),
        }
    }

    /// Hands out a content, which is not kept any longer.
    pub(super) fn take(&mut self, index: u32) -> Option<Vec<u8>> {
        let (time, content) = self.contents.remove(&index)?;
        self.order.remove(&time);
        self.held -= content.len();
        Some(content)
    }

    /// Keeps a content, and drops those that were kept longest ago.
    pub(super) fn insert(&mut self, index: u32, content: Vec<u8>) {
        self.take(index);
        while self.held.saturating_add(content.len()) > self.most {
            let Some((_, oldest)) = self.order.pop_first() else {
                break;
            };
            let dropped = self.contents.remove(&oldest);
            self.held -= dropped.map_or(0, |(_, content)| content.len());
        }
        self.clock += 1;
        self.held += content.len();
        self.order.insert(self.clock, index);
        self.contents.insert(index, (self.clock, content));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_go_first() {
        let mut cache = Cache::new(10);
        cache.insert(1, alloc::vec![1; 4]);
        cache.insert(2, alloc::vec![2; 4]);
        let first = cache.take(1).unwrap();
        cache.insert(1, first);
        cache.insert(3, alloc::vec![3; 4]);
        assert_eq!(cache.take(2), None);
        assert_eq!(cache.take(1), Some(alloc::vec![1; 4]));
        assert_eq!(cache.take(3), Some(alloc::vec![3; 4]));
        assert_eq!((cache.held, cache.order.len()), (0, 0));
    }

    #[test]
    fn one_that_is_too_long_is_kept_until_the_next() {
        let mut cache = Cache::new(10);
        cache.insert(1, alloc::vec![1; 4]);
        cache.insert(2, alloc::vec![2; 40]);
        assert_eq!(cache.take(1), None);
        assert_eq!(cache.held, 40);
        cache.insert(3, alloc::vec![3; 1]);
        assert_eq!(cache.take(2), None);
        assert_eq!(cache.held, 1);
    }

    #[test]
    fn a_content_kept_twice_counts_once() {
        let mut cache = Cache::new(10);
        cache.insert(1, alloc::vec![1; 4]);
        cache.insert(1, alloc::vec![2; 5]);
        assert_eq!((cache.held, cache.order.len()), (5, 1));
    }
}
