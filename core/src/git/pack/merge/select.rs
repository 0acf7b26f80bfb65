//! Which objects of which pack are sent.

use alloc::collections::BTreeSet;
use alloc::vec::Vec;

use super::layout::Layout;
use super::{MergeError, PACK_HEAD, PACK_SUM};
use crate::git::id::ObjectId;
use crate::git::pack::IndexEntry;

/// Chooses objects, each of them once.
///
/// It keeps the ids of all that it has seen: a set in a tree takes some 40 bytes for each. A sorted
/// list would take 20, but every pack would move it as a whole, and there may be thousands of packs.
#[derive(Debug)]
pub struct Selection {
    seen: BTreeSet<ObjectId>,
    /// Most ids in `seen`.
    most: u32,
    /// Those chosen so far.
    objects: u32,
    /// Bytes of their entries.
    bytes: u64,
}

/// Bytes of memory that an id takes.
const SEEN: usize = 40;

impl Selection {
    /// Bytes of memory that it takes, about.
    pub fn memory(&self) -> usize {
        self.seen.len().saturating_mul(SEEN)
    }

    /// Begins a selection that keeps at most so many ids.
    pub const fn new(most: u32) -> Self {
        Self {
            seen: BTreeSet::new(),
            most,
            objects: 0,
            bytes: 0,
        }
    }

    /// From now on this object is not chosen, for the client has it. False if no more such can be
    /// kept, to leave room for the others: then the client gets it once more, which does no harm.
    pub fn exclude(&mut self, id: ObjectId) -> bool {
        let has_room = self.seen.len() < self.most as usize / 2;
        if has_room {
            self.seen.insert(id);
        }
        has_room
    }

    /// Begins to choose from a pack of that length in bytes.
    pub const fn pick(&mut self, pack_length: u64) -> Picking<'_> {
        Picking {
            selection: self,
            layout: Layout::new(pack_length),
            offsets: Vec::new(),
            chosen: Chosen {
                bits: Vec::new(),
                entries: 0,
                bytes: 0,
            },
        }
    }

    /// Objects chosen.
    pub const fn objects(&self) -> u32 {
        self.objects
    }

    /// Bytes of a pack of them.
    pub const fn pack_length(&self) -> u64 {
        self.bytes.saturating_add(PACK_HEAD + PACK_SUM)
    }
}

/// Chooses from one pack: sees its index, entry by entry.
///
/// It takes 8 bytes for each entry, and 8 more for each that is chosen. One that is dropped
/// before [`Self::finish`] spoils the selection, as an error does.
#[derive(Debug)]
pub struct Picking<'s> {
    selection: &'s mut Selection,
    layout: Layout,
    /// Where those chosen begin.
    offsets: Vec<u64>,
    chosen: Chosen,
}

impl Picking<'_> {
    /// Takes the next entry of the index.
    pub fn handle_entry(&mut self, entry: &IndexEntry) -> Result<(), MergeError> {
        self.layout.push(entry.offset);
        let is_new = self.selection.seen.insert(entry.id);
        let most = self.selection.most;
        if self.selection.seen.len() > most as usize {
            return Err(MergeError::TooManyObjects { most });
        }
        if is_new {
            self.offsets.push(entry.offset);
        }
        self.chosen.push(is_new);
        Ok(())
    }

    /// What was chosen, when all entries were seen.
    pub fn finish(mut self) -> Result<Chosen, MergeError> {
        self.layout.close()?;
        let lengths = self.offsets.iter().map(|offset| {
            let entry = self.layout.entry(*offset);
            entry.end - entry.start
        });
        // Entries do not overlap, so that their lengths are no more than the pack's.
        self.chosen.bytes = lengths.sum();
        let selection = self.selection;
        // Each of them is in `seen`, whose length is bounded by a `u32`.
        let objects = u32::try_from(self.offsets.len()).unwrap_or(u32::MAX);
        selection.objects = selection.objects.saturating_add(objects);
        selection.bytes = selection.bytes.saturating_add(self.chosen.bytes);
        Ok(self.chosen)
    }
}

/// What was chosen of one pack: a bit for each entry of its index.
#[derive(Debug, Clone)]
pub struct Chosen {
    bits: Vec<u64>,
    /// Entries of the index.
    entries: u32,
    /// Bytes of those chosen.
    bytes: u64,
}

impl Chosen {
    /// Whether nothing was.
    pub const fn is_empty(&self) -> bool {
        self.bytes == 0
    }

    pub(super) const fn entries(&self) -> u32 {
        self.entries
    }

    pub(super) const fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Whether the entry at that place of the index was.
    pub(super) fn has(&self, place: u32) -> bool {
        let word = self.bits.get(place as usize / 64);
        word.is_some_and(|word| word >> (place % 64) & 1 == 1)
    }

    fn push(&mut self, is_chosen: bool) {
        if self.entries.is_multiple_of(64) {
            self.bits.push(0);
        }
        if let Some(word) = self.bits.last_mut() {
            *word |= u64::from(is_chosen) << (self.entries % 64);
        }
        self.entries = self.entries.saturating_add(1);
    }
}
