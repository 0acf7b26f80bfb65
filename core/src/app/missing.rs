//! Names that upstream said do not exist, remembered for a short while.
//!
//! Bounded: when full, the entry that ends first makes room. It refuses to remember any other
//! trouble: only a 404 or 410 from upstream comes here.

use alloc::collections::BTreeMap;

use super::asset::Asset;
use crate::time::Instant;

/// The negative cache.
#[derive(Debug)]
pub struct Missing {
    until: BTreeMap<Asset, Instant>,
    cap: usize,
}

impl Missing {
    /// An empty cache for at most `cap` names.
    pub fn new(cap: usize) -> Self {
        Self {
            until: BTreeMap::new(),
            cap,
        }
    }

    /// Remembers a name until `until`.
    pub fn insert(&mut self, asset: Asset, until: Instant, now: Instant) {
        if self.until.len() >= self.cap && !self.until.contains_key(&asset) {
            self.make_room(now);
        }
        self.until.insert(asset, until);
    }

    /// Whether the name is known to be missing.
    pub fn contains(&mut self, asset: &Asset, now: Instant) -> bool {
        match self.until.get(asset) {
            Some(until) if *until > now => true,
            Some(_) => {
                self.until.remove(asset);
                false
            }
            None => false,
        }
    }

    /// Names remembered.
    pub fn len(&self) -> usize {
        self.until.len()
    }

    /// Whether none is.
    pub fn is_empty(&self) -> bool {
        self.until.is_empty()
    }

    fn make_room(&mut self, now: Instant) {
        self.until.retain(|_, until| *until > now);
        if self.until.len() < self.cap {
            return;
        }
        let first = self
            .until
            .iter()
            .min_by_key(|(_, until)| **until)
            .map(|(asset, _)| asset.clone());
        if let Some(asset) = first {
            self.until.remove(&asset);
        }
    }
}

#[cfg(test)]
mod tests {
    use alloc::format;

    use super::*;
    use crate::zig::archive::ArchiveName;

    fn asset(n: u32) -> Asset {
        Asset::Zig(ArchiveName::parse(&format!("zig-0.{n}.0.zip")).unwrap())
    }

    #[test]
    fn entry_ends() {
        let mut missing = Missing::new(2);
        missing.insert(asset(1), Instant(100), Instant(0));
        assert!(missing.contains(&asset(1), Instant(99)));
        assert!(!missing.contains(&asset(1), Instant(100)));
        assert!(missing.is_empty());
    }

    #[test]
    fn full_cache_drops_what_ends_first() {
        let mut missing = Missing::new(2);
        missing.insert(asset(1), Instant(100), Instant(0));
        missing.insert(asset(2), Instant(50), Instant(0));
        missing.insert(asset(3), Instant(70), Instant(0));
        assert_eq!(missing.len(), 2);
        assert!(!missing.contains(&asset(2), Instant(1)));
        assert!(missing.contains(&asset(1), Instant(1)));
    }
}
