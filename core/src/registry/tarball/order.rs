//! Git's order of whole paths, checked as they come.

use alloc::vec::Vec;

use super::TarballError;

/// What the next path is compared with. It holds one path, and a number for each file whose path
/// that one begins with.
#[derive(Debug, Default)]
pub(super) struct Order {
    /// The last path, with a slash behind that of a tree.
    last: Vec<u8>,
    /// Lengths, growing, of paths that were entered and that `last` begins with. Between `a` and
    /// `a/b` only paths that begin with `a` are in order, so no other path can be in the way.
    leaves: Vec<usize>,
}

impl Order {
    /// Takes the next path, which is not empty.
    pub(super) fn handle(&mut self, path: &[u8], is_tree: bool) -> Result<(), TarballError> {
        let slash: &[u8] = if is_tree { b"/" } else { b"" };
        if !self.last.iter().lt(path.iter().chain(slash)) {
            return Err(TarballError::order(path, self.last()));
        }
        let common = path.iter().zip(&self.last);
        let common = common.take_while(|(this, last)| this == last).count();
        while self.leaves.pop_if(|leaf| *leaf > common).is_some() {}
        let with_slash = |&leaf: &usize| leaf == path.len() || path.get(leaf) == Some(&b'/');
        if let Some(leaf) = self.leaves.iter().copied().find(with_slash) {
            let other = path.get(..leaf).unwrap_or_default();
            return Err(TarballError::conflict(path, other));
        }
        self.leaves.push(path.len());
        self.last.clear();
        self.last.extend_from_slice(path);
        self.last.extend_from_slice(slash);
        Ok(())
    }

    /// The last path taken.
    pub(super) fn last(&self) -> &[u8] {
        self.last.strip_suffix(b"/").unwrap_or(&self.last)
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.last.is_empty()
    }
}
