//! What a pack holds, by id.

use alloc::vec::Vec;
use core::fmt;

use super::entry::Entry;
use crate::git::id::{ObjectId, ObjectKind};

/// The objects of a pack whose ids have all been computed. It takes 52 bytes for each.
pub struct PackIndex {
    /// In the order of their offsets.
    entries: Vec<Entry>,
    /// The entries in the order of their ids; of those that the pack has more than once, the first.
    by_id: Vec<u32>,
}

impl PackIndex {
    pub(super) fn new(entries: Vec<Entry>) -> Self {
        let id = |index: u32| entries[index as usize].id;
        let mut by_id: Vec<u32> = (0..).zip(&entries).map(|(index, _)| index).collect();
        by_id.sort_unstable_by_key(|&index| (id(index), index));
        by_id.dedup_by_key(|index| id(*index));
        Self { entries, by_id }
    }

    /// The kind of an object, and its length in bytes; none if the pack does not hold it.
    pub fn get(&self, id: &ObjectId) -> Option<(ObjectKind, u64)> {
        let entry = &self.entries[self.find(id)? as usize];
        Some((entry.kind?, entry.size))
    }

    /// Objects, each counted once.
    pub const fn len(&self) -> usize {
        self.by_id.len()
    }

    /// Whether there is none.
    pub const fn is_empty(&self) -> bool {
        self.by_id.is_empty()
    }

    /// The ids of all objects, in order.
    pub fn ids(&self) -> impl Iterator<Item = ObjectId> {
        self.by_id
            .iter()
            .map(|&index| self.entries[index as usize].id)
    }

    pub(super) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    pub(super) fn find(&self, id: &ObjectId) -> Option<u32> {
        let by_id = |&index: &u32| self.entries[index as usize].id;
        let place = self.by_id.binary_search_by_key(id, by_id).ok()?;
        self.by_id.get(place).copied()
    }
}

impl fmt::Debug for PackIndex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut index = f.debug_struct("PackIndex");
        index.field("objects", &self.len()).finish_non_exhaustive()
    }
}
