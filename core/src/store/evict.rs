//! What makes room when the store is at its limit, and what is too old.
//!
//! Stable and nominated versions are never chosen: all else can be had again, or nobody wants it
//! any more. It refuses to free less than asked: then nothing is chosen at all.

use alloc::vec::Vec;

use core::time::Duration;

use super::StoreKey;
use crate::time::Timestamp;

/// Which of the things that can be had again are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Dev versions.
    Dev,
    /// Dev versions, packages and versions of artifacts.
    All,
}

/// What can be deleted as a whole and had again: a dev version, a package's file, or a version of
/// an artifact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evictable {
    /// Its directory, or the file itself.
    pub key: StoreKey,
    /// Bytes of all its files.
    pub bytes: u64,
    /// The last time one of its files was read or written, as far as the disk knows: the newest of
    /// access and modification times. With `relatime` that is right to a day; with `noatime` it is
    /// the time of the download.
    pub used: Timestamp,
    /// The last time a file was added to it.
    pub published: Timestamp,
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

/// What to delete, least recently used first, so that at least `excess` bytes are freed; `None` if
/// all of it together would not do. What `keep` names is not chosen.
pub fn choose(mut all: Vec<Evictable>, excess: u64, keep: &[StoreKey]) -> Option<Vec<Evictable>> {
    all.retain(|one| !keep.contains(&one.key));
    all.sort_by(|a, b| (a.used, &a.key).cmp(&(b.used, &b.key)));
    let mut freed = 0u64;
    let mut chosen = Vec::new();
    for one in all {
        if freed >= excess {
            break;
        }
        freed = freed.saturating_add(one.bytes);
        chosen.push(one);
    }
    (freed >= excess).then_some(chosen)
}

/// Whether what was last `published` then is older than `age`. A time in the future is young.
pub fn is_older(published: Timestamp, age: Duration, now: Timestamp) -> bool {
    now.0.saturating_sub(published.0) > age.as_secs()
}

#[cfg(test)]
mod tests {
    use alloc::string::String;
    use alloc::vec;

    use super::*;

    fn any(path: &str, bytes: u64, used: u64) -> Evictable {
        Evictable {
            key: StoreKey::stored(path).unwrap(),
            bytes,
            used: Timestamp(used),
            published: Timestamp(0),
        }
    }

    #[test]
    fn packages_and_dev_versions_go_in_one_order() {
        let all = || {
            vec![
                any("zig/dev/a", 10, 3),
                any("pkg/o/r/f", 10, 1),
                any("artifact/o/r/v", 10, 2),
            ]
        };
        let names = |chosen: Option<Vec<Evictable>>| {
            let chosen = chosen.unwrap_or_default();
            let names = chosen.iter().map(|one| String::from(one.key.as_str()));
            names.collect::<Vec<_>>()
        };
        assert_eq!(
            names(choose(all(), 15, &[])),
            ["pkg/o/r/f", "artifact/o/r/v"]
        );
        let keep = [StoreKey::stored("pkg/o/r/f").unwrap()];
        assert_eq!(names(choose(all(), 5, &keep)), ["artifact/o/r/v"]);
        assert_eq!(choose(all(), 21, &keep), None);
        assert_eq!(choose(all(), 0, &[]), Some(vec![]));
    }

    #[test]
    fn what_comes_from_the_future_is_young() {
        let day = Duration::from_secs(10);
        assert!(!is_older(Timestamp(0), day, Timestamp(10)));
        assert!(is_older(Timestamp(0), day, Timestamp(11)));
        assert!(!is_older(Timestamp(99), day, Timestamp(11)));
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
