//! What a tar does not tell of a tree.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use super::super::prefix::Prefix;
use super::ProofError;
use crate::git::id::ObjectId;
use crate::git::object::Mode;

/// What a manifest tells of its tarball's tree. Paths are those in the tree, in bytes, without a
/// slash at either end; their order does not matter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// The tarball's top directory.
    pub prefix: Prefix,
    /// Submodules and their commits. Each is a directory in the tarball.
    pub gitlinks: Vec<(Vec<u8>, ObjectId)>,
    /// Trees without entries, the root excepted. Each is a directory in the tarball.
    pub empty_trees: Vec<Vec<u8>>,
    /// Texts of modes that are not what Git writes today ([`Mode::text`]), of any entry.
    pub modes: Vec<(Vec<u8>, Vec<u8>)>,
}

impl Facts {
    /// Nothing but the top directory, which is enough for most trees.
    pub const fn new(prefix: Prefix) -> Self {
        Self {
            prefix,
            gitlinks: Vec::new(),
            empty_trees: Vec::new(),
            modes: Vec::new(),
        }
    }
}

/// Odd texts of modes, each used once.
#[derive(Debug)]
pub(super) struct OddModes<'a>(BTreeMap<&'a [u8], &'a [u8]>);

impl<'a> OddModes<'a> {
    pub(super) fn new(modes: &'a [(Vec<u8>, Vec<u8>)]) -> Self {
        let modes = modes.iter();
        Self(modes.map(|(path, text)| (&path[..], &text[..])).collect())
    }

    /// The text for the entry at `path`, if it has one of its own, which must suit its kind.
    pub(super) fn take(&mut self, path: &[u8], mode: Mode) -> Result<Option<&'a [u8]>, ProofError> {
        match self.0.remove(path) {
            Some(text) if Mode::parse(text) == Some(mode) => Ok(Some(text)),
            Some(text) => Err(ProofError::mode(path, text)),
            None => Ok(None),
        }
    }

    /// To be called when every entry has been asked for.
    pub(super) fn finish(&self) -> Result<(), ProofError> {
        match self.0.first_key_value() {
            Some((path, _)) => Err(ProofError::mode_of_nothing(path)),
            None => Ok(()),
        }
    }
}
