//! Parts of the pack's file that were read last.

use alloc::vec::Vec;

/// Bytes of a page; pages begin at multiples of it.
pub(super) const PAGE: usize = 64 << 10;
/// Most pages kept: 2 MiB. A pack that is no longer is read once.
const PAGES: usize = 32;

/// The pages that were used last.
#[derive(Debug, Default)]
pub(super) struct Pages {
    pages: Vec<Page>,
    clock: u64,
}

#[derive(Debug)]
struct Page {
    start: u64,
    /// When it was used last, by the clock.
    used: u64,
    bytes: Vec<u8>,
}

impl Page {
    fn from(&self, offset: u64) -> Option<&[u8]> {
        let skip = usize::try_from(offset.checked_sub(self.start)?).ok()?;
        self.bytes.get(skip..).filter(|rest| !rest.is_empty())
    }
}

impl Pages {
    /// What is at hand of the file from `offset` on; never empty.
    pub(super) fn from(&mut self, offset: u64) -> Option<&[u8]> {
        self.clock += 1;
        let found = self
            .pages
            .iter_mut()
            .find(|page| page.from(offset).is_some())?;
        found.used = self.clock;
        found.from(offset)
    }

    /// Where to read, so that the byte at `offset` is at hand. That is a page's beginning, unless a
    /// short read has left only part of the page.
    pub(super) fn place(&self, offset: u64) -> u64 {
        let start = offset - offset % PAGE as u64;
        let is_short = |page: &Page| page.start == start && page.from(offset).is_none();
        if self.pages.iter().any(is_short) {
            offset
        } else {
            start
        }
    }

    /// Keeps what was read at `start`.
    pub(super) fn insert(&mut self, start: u64, bytes: &[u8]) {
        self.clock += 1;
        let bytes = bytes.get(..PAGE).unwrap_or(bytes);
        let page = self.room(start);
        page.bytes.clear();
        page.bytes.extend_from_slice(bytes);
    }

    /// The page that begins at `start`, or else one that may be overwritten.
    fn room(&mut self, start: u64) -> &mut Page {
        let used = self.clock;
        let same = self.pages.iter().position(|page| page.start == start);
        let oldest = || (0..PAGES).min_by_key(|&index| self.pages.get(index).map(|page| page.used));
        let index = same.or_else(|| oldest().filter(|_| self.pages.len() == PAGES));
        let index = index.unwrap_or_else(|| {
            let bytes = Vec::with_capacity(PAGE);
            self.pages.push(Page { start, used, bytes });
            self.pages.len() - 1
        });
        let page = &mut self.pages[index];
        (page.start, page.used) = (start, used);
        page
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_serves_all_offsets_in_it() {
        let mut pages = Pages::default();
        assert_eq!(pages.place(70_000), 65_536);
        pages.insert(65_536, &alloc::vec![7; PAGE]);
        assert_eq!(pages.from(65_536).map(<[u8]>::len), Some(PAGE));
        assert_eq!(pages.from(131_071), Some(&[7][..]));
        assert_eq!(pages.from(131_072), None);
        assert_eq!(pages.from(65_535), None);
    }

    #[test]
    fn what_a_short_read_left_out_is_read_from_there_on() {
        let mut pages = Pages::default();
        pages.insert(0, b"abc");
        assert_eq!(pages.from(2), Some(&b"c"[..]));
        assert_eq!(pages.from(3), None);
        assert_eq!(pages.place(3), 3);
        pages.insert(3, b"def");
        assert_eq!(pages.from(4), Some(&b"ef"[..]));
    }

    #[test]
    fn the_page_that_was_used_longest_ago_goes() {
        let mut pages = Pages::default();
        for page in 0..PAGES as u64 {
            pages.insert(page * PAGE as u64, &alloc::vec![1; PAGE]);
        }
        assert!(pages.from(0).is_some());
        pages.insert(1 << 40, b"x");
        assert!(pages.from(0).is_some());
        assert_eq!(pages.from(PAGE as u64), None);
        assert_eq!(pages.pages.len(), PAGES);
    }
}
