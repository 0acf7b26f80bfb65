//! Which dev versions make room when the store is at its limit.
//!
//! Stable and nominated versions are never chosen: dev versions can be had again, or nobody wants
//! them any more. It refuses to free less than asked: then nothing is chosen at all.

use alloc::string::String;
use alloc::vec::Vec;

use crate::time::Timestamp;

/// A dev version in the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DevVersion {
    /// Its directory's name.
    pub version: String,
    /// Bytes of all its files.
    pub bytes: u64,
    /// The last time one of its files was read or written, as far as the disk knows.
    pub used: Timestamp,
}

/// The room that a store has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Space {
    /// Bytes of the disk that are free to us, where the host can know it: WASI does not tell. An
    /// unknown one limits nothing until a write fails.
    pub free: Option<u64>,
    /// Bytes in the store.
    pub used: u64,
}

/// The room that a store may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quota {
    /// Most bytes in the store.
    pub store_max: Option<u64>,
    /// Bytes of the disk left free.
    pub reserve: u64,
}

impl Quota {
    /// How many bytes must go before `need` more fit.
    pub fn excess(&self, space: Space, need: u64) -> u64 {
        let wanted = self.reserve.saturating_add(need);
        let over_disk = space.free.map_or(0, |free| wanted.saturating_sub(free));
        let over_store = self
            .store_max
            .map_or(0, |max| space.used.saturating_add(need).saturating_sub(max));
        over_disk.max(over_store)
    }
}

/// The versions to delete, least recently used first, so that at least `excess` bytes are freed;
/// `None` if all of them together would not do.
pub fn choose(mut versions: Vec<DevVersion>, excess: u64, keep: &str) -> Option<Vec<DevVersion>> {
    versions.retain(|v| v.version != keep);
    versions.sort_by(|a, b| (a.used, &a.version).cmp(&(b.used, &b.version)));
    let mut freed = 0u64;
    let mut chosen = Vec::new();
    for version in versions {
        if freed >= excess {
            break;
        }
        freed = freed.saturating_add(version.bytes);
        chosen.push(version);
    }
    (freed >= excess).then_some(chosen)
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use super::*;

    fn dev(version: &str, bytes: u64, used: u64) -> DevVersion {
        DevVersion {
            version: version.into(),
            bytes,
            used: Timestamp(used),
        }
    }

    #[test]
    fn least_recently_used_goes_first() {
        let versions = vec![dev("a", 10, 3), dev("b", 10, 1), dev("c", 10, 2)];
        let chosen = choose(versions, 15, "").unwrap();
        assert_eq!(
            chosen
                .iter()
                .map(|v| v.version.as_str())
                .collect::<Vec<_>>(),
            ["b", "c"]
        );
    }

    #[test]
    fn nothing_goes_when_all_would_not_do() {
        assert_eq!(choose(vec![dev("a", 10, 1)], 11, ""), None);
        assert_eq!(choose(vec![dev("a", 10, 1)], 5, "a"), None);
    }

    #[test]
    fn both_limits_count() {
        let quota = Quota {
            store_max: Some(100),
            reserve: 10,
        };
        let space = |free, used| Space { free, used };
        assert_eq!(quota.excess(space(Some(50), 50), 40), 0);
        assert_eq!(quota.excess(space(Some(50), 50), 45), 5);
        assert_eq!(quota.excess(space(Some(50), 90), 20), 10);
        assert_eq!(quota.excess(space(None, 90), 20), 10);
        assert_eq!(
            Quota {
                store_max: None,
                reserve: 0
            }
            .excess(space(Some(5), 0), 6),
            1
        );
    }
}
