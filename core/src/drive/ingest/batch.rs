//! Which tags share a fetch.
//!
//! Tags of one repository are much alike, and a pack holds what they have in common once. How large
//! they are is not known before; so the newest comes alone, and others share a pack as long as all
//! of them, were they as large and nothing in common, would fit into the limit for one.

use alloc::vec::Vec;

use crate::git::client::fetch::MAX_WANTS;
use crate::registry::plan::Missing;

/// The tags that are still to be fetched.
pub(super) struct Batches<'t> {
    left: &'t [Missing],
    /// Bytes of one pack.
    most: u64,
    /// How many tags the next fetch has.
    next: usize,
}

impl<'t> Batches<'t> {
    /// All of these, in packs of at most `most` bytes.
    pub(super) fn new(tags: &'t [Missing], most: u64) -> Self {
        Self {
            left: tags,
            most,
            next: 1,
        }
    }

    /// The next tags to fetch together.
    pub(super) fn poll_batch(&mut self) -> Option<&'t [Missing]> {
        let at = self.next.min(self.left.len());
        let (batch, left) = self.left.split_at_checked(at)?;
        self.left = left;
        (!batch.is_empty()).then_some(batch)
    }

    /// The last ones together were too much.
    pub(super) fn handle_too_much(&mut self) {
        self.next = 1;
    }

    /// A pack with so many tags had so many bytes.
    pub(super) fn handle_pack(&mut self, tags: usize, bytes: u64) {
        let each = bytes / u64::try_from(tags).unwrap_or(1).max(1);
        let fitting = usize::try_from(self.most / each.max(1)).unwrap_or(usize::MAX);
        self.next = fitting.clamp(1, MAX_WANTS);
    }
}

/// Objects that are wanted for these tags, each once.
pub(super) fn wants(batch: &[Missing]) -> Vec<crate::git::id::ObjectId> {
    let mut wants: Vec<_> = batch.iter().map(|one| one.id).collect();
    wants.sort_unstable();
    wants.dedup();
    wants
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::git::id::ObjectId;
    use crate::registry::tag::TagName;

    fn tags(count: u16) -> Vec<Missing> {
        let one = |n: u16| Missing {
            tag: TagName::parse(&alloc::format!("v{n}")).unwrap(),
            id: ObjectId::from_bytes([(n % 7) as u8; 20]),
        };
        (0..count).map(one).collect()
    }

    fn sizes(count: u16, most: u64, bytes: u64) -> Vec<usize> {
        let tags = tags(count);
        let (mut batches, mut sizes) = (Batches::new(&tags, most), Vec::new());
        while let Some(batch) = batches.poll_batch() {
            sizes.push(batch.len());
            batches.handle_pack(batch.len(), bytes * batch.len() as u64);
        }
        sizes
    }

    #[test]
    fn many_small_tags_need_few_fetches_and_large_ones_come_alone() {
        assert_eq!(sizes(300, 1 << 30, 100_000), [1, 256, 43]);
        assert_eq!(sizes(3, 1 << 30, 900 << 20), [1, 1, 1]);
        assert_eq!(sizes(6, 1 << 30, 400 << 20), [1, 2, 2, 1]);
        assert_eq!(sizes(0, 1 << 30, 1), [0; 0]);
    }

    #[test]
    fn an_object_of_several_tags_is_wanted_once() {
        assert_eq!(wants(&tags(20)).len(), 7);
    }
}
