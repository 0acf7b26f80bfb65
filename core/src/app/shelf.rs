//! Files that one worker keeps at hand for the next request: open, small ones in memory.
//!
//! Only verified files stand on a shelf, under the path that asked for them, so a hit needs no
//! routing, no lock shared with other workers and no file to be opened. Bounded by count and
//! bytes; the entry unused for longest makes room. An entry is looked up in the store again after
//! `shelf_recheck`, and one that nobody asks for is put away then, so a purged file is soon gone
//! here too, and with it the space that an open file takes on the disk.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::sync::Arc;

use bytes::Bytes;

use super::file::FileHead;
use super::stats::RouteKind;
use crate::limits::Limits;
use crate::time::Instant;

/// Where the bytes of a file come from.
#[derive(Clone, Debug)]
pub enum Content<F> {
    /// Memory.
    Bytes(Bytes),
    /// An open file.
    File(F),
}

/// A file that can be sent as it is.
#[derive(Clone, Debug)]
pub struct Item<F> {
    /// For the counts.
    pub route: RouteKind,
    /// Its heads.
    pub head: Arc<FileHead>,
    /// Its bytes.
    pub content: Content<F>,
}

/// What can stand on a shelf.
pub trait Weigh {
    /// Bytes of memory that it takes beside its name, open files not counted.
    fn bytes(&self) -> usize;
}

impl<F> Weigh for Item<F> {
    fn bytes(&self) -> usize {
        self.content.bytes()
    }
}

impl<F> Weigh for Content<F> {
    fn bytes(&self) -> usize {
        match self {
            Self::Bytes(bytes) => bytes.len(),
            Self::File(_) => 0,
        }
    }
}

#[derive(Debug)]
struct Entry<T> {
    item: T,
    fresh_until: Instant,
    used: u64,
}

/// The files at hand, under names.
#[derive(Debug)]
pub struct Shelf<T> {
    entries: BTreeMap<String, Entry<T>>,
    bytes: usize,
    clock: u64,
    tidy_at: Instant,
    limits: ShelfLimits,
}

#[derive(Debug)]
struct ShelfLimits {
    files: usize,
    bytes: usize,
    recheck: core::time::Duration,
}

impl<T: Weigh> Shelf<T> {
    /// An empty shelf.
    pub fn new(limits: &Limits) -> Self {
        let limits = ShelfLimits {
            files: limits.shelf_files,
            bytes: limits.shelf_bytes,
            recheck: limits.shelf_recheck,
        };
        Self {
            entries: BTreeMap::new(),
            bytes: 0,
            clock: 0,
            tidy_at: Instant(0),
            limits,
        }
    }

    /// The file at hand for this path.
    pub fn get(&mut self, path: &str, now: Instant) -> Option<&T> {
        self.clock += 1;
        let clock = self.clock;
        if self.tidy_at <= now {
            self.tidy(now);
        }
        if self.entries.get(path)?.fresh_until <= now {
            self.remove(path);
            return None;
        }
        let entry = self.entries.get_mut(path)?;
        entry.used = clock;
        Some(&entry.item)
    }

    /// Puts a file on the shelf.
    pub fn put(&mut self, path: &str, item: T, now: Instant) {
        let size = size(path, &item);
        if size > self.limits.bytes {
            return;
        }
        self.remove(path);
        while self.entries.len() >= self.limits.files || self.bytes + size > self.limits.bytes {
            if !self.remove_unused() {
                return;
            }
        }
        self.clock += 1;
        let entry = Entry {
            item,
            fresh_until: now + self.limits.recheck,
            used: self.clock,
        };
        self.bytes += size;
        self.entries.insert(path.into(), entry);
    }

    /// Takes everything off.
    pub fn clear(&mut self) {
        self.entries.clear();
        self.bytes = 0;
    }

    /// Files at hand.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Puts away what must be looked up again, so that nothing keeps a purged file open.
    fn tidy(&mut self, now: Instant) {
        self.tidy_at = now + self.limits.recheck;
        let bytes = &mut self.bytes;
        self.entries.retain(|path, entry| {
            let stays = entry.fresh_until > now;
            if !stays {
                *bytes -= size(path, &entry.item);
            }
            stays
        });
    }

    fn remove(&mut self, path: &str) {
        if let Some(entry) = self.entries.remove(path) {
            self.bytes -= size(path, &entry.item);
        }
    }

    fn remove_unused(&mut self) -> bool {
        let oldest = self
            .entries
            .iter()
            .min_by_key(|(_, entry)| entry.used)
            .map(|(path, _)| path.clone());
        oldest.is_some_and(|path| {
            self.remove(&path);
            true
        })
    }
}

fn size<T: Weigh>(path: &str, item: &T) -> usize {
    path.len() + item.bytes()
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use super::*;
    use crate::app::file::Lifetime;
    use crate::store::proof::{Proof, Stat};
    use crate::time::Timestamp;
    use crate::zig::digest::Sha256Digest;

    fn shelf(files: usize, bytes: usize) -> Shelf<Item<()>> {
        Shelf::new(&Limits {
            shelf_files: files,
            shelf_bytes: bytes,
            ..Limits::default()
        })
    }

    fn item(content: Content<()>) -> Item<()> {
        Item {
            route: RouteKind::Toolchain,
            head: head(),
            content,
        }
    }

    fn head() -> Arc<FileHead> {
        let stat = Stat {
            len: 3,
            modified: Timestamp(0),
            modified_nanos: 0,
        };
        let digest = Sha256Digest::parse(&"00".repeat(32)).unwrap();
        Arc::new(FileHead::new(
            &Proof { stat, digest },
            "x/y",
            Lifetime::Forever,
        ))
    }

    fn bytes(n: usize) -> Content<()> {
        Content::Bytes(vec![0; n].into())
    }

    #[test]
    fn entry_is_looked_up_again_after_a_while() {
        let mut shelf = shelf(2, 100);
        shelf.put("/a", item(Content::File(())), Instant(0));
        assert!(shelf.get("/a", Instant(9_999)).is_some());
        assert!(shelf.get("/a", Instant(10_000)).is_none());
        assert!(shelf.is_empty());
    }

    #[test]
    fn forgotten_file_is_put_away_whatever_is_asked_for() {
        let mut shelf = shelf(3, 100);
        shelf.put("/a", item(bytes(10)), Instant(0));
        shelf.put("/b", item(Content::File(())), Instant(5_000));
        assert!(shelf.get("/healthz", Instant(10_000)).is_none());
        assert_eq!((shelf.len(), shelf.bytes), (1, 2));
        assert!(shelf.get("/healthz", Instant(20_000)).is_none());
        assert!(shelf.is_empty());
    }

    #[test]
    fn unused_for_longest_makes_room() {
        let mut shelf = shelf(2, 100);
        shelf.put("/a", item(bytes(10)), Instant(0));
        shelf.put("/b", item(bytes(10)), Instant(0));
        assert!(shelf.get("/a", Instant(1)).is_some());
        shelf.put("/c", item(bytes(10)), Instant(1));
        assert!(shelf.get("/b", Instant(1)).is_none());
        assert!(shelf.get("/a", Instant(1)).is_some());
    }

    #[test]
    fn bytes_are_bounded_and_counted_back() {
        let mut shelf = shelf(100, 100);
        for path in ["/a", "/b", "/c", "/a"] {
            shelf.put(path, item(bytes(40)), Instant(0));
            assert!(shelf.bytes <= 100);
        }
        assert_eq!(shelf.len(), 2);
        shelf.put("/huge", item(bytes(101)), Instant(0));
        assert_eq!(shelf.len(), 2);
        shelf.remove("/a");
        shelf.remove("/c");
        assert_eq!(shelf.bytes, 0);
    }
}
