//! Entries of a tarball to entries of trees.

use alloc::vec::Vec;
use core::ops::Range;

use super::ProofError;
use super::top::Top;
use crate::archive::tar::{Entry, EntryKind, Event};
use crate::git::id::{ObjectHasher, ObjectId, ObjectKind, object_id};
use crate::git::object::Mode;

/// What was found in a tarball so far.
#[derive(Debug)]
pub(super) struct Intake {
    top: Top,
    pub(super) paths: Paths,
    /// What is no directory.
    pub(super) leaves: Vec<Leaf>,
    pub(super) directories: Vec<PathRange>,
    open: Option<OpenFile>,
}

/// An entry of a tree with its whole path.
#[derive(Debug, Clone)]
pub(super) struct Leaf {
    pub(super) path: PathRange,
    pub(super) mode: Mode,
    pub(super) id: ObjectId,
}

/// Many paths in one allocation.
#[derive(Debug, Default)]
pub(super) struct Paths(Vec<u8>);

pub(super) type PathRange = Range<usize>;

impl Paths {
    pub(super) fn push(&mut self, path: &[u8]) -> PathRange {
        let start = self.0.len();
        self.0.extend_from_slice(path);
        start..self.0.len()
    }

    pub(super) fn path(&self, range: &PathRange) -> &[u8] {
        self.0.get(range.clone()).unwrap_or_default()
    }
}

/// The file whose content comes.
#[derive(Debug)]
struct OpenFile {
    path: PathRange,
    mode: Mode,
    hasher: ObjectHasher,
}

impl Intake {
    pub(super) fn new(top: Top) -> Self {
        Self {
            top,
            paths: Paths::default(),
            leaves: Vec::new(),
            directories: Vec::new(),
            open: None,
        }
    }

    pub(super) fn handle(&mut self, event: Event<'_>) -> Result<(), ProofError> {
        match event {
            Event::Entry(entry) => self.handle_entry(&entry),
            Event::Data(content) => {
                if let Some(open) = &mut self.open {
                    open.hasher.update(content);
                }
                Ok(())
            }
            Event::End => self.handle_end(),
        }
    }

    /// To be called at the end: leaves what is in the tree, with its path there, and gives the ids of
    /// all that has content, in the order of the tarball; none for what is not in the tree.
    pub(super) fn settle(&mut self) -> Vec<Option<ObjectId>> {
        let skip = self.top.skip();
        for leaf in &mut self.leaves {
            leaf.path.start += skip;
        }
        let (top, paths) = (&self.top, &self.paths);
        let is_in = |leaf: &Leaf| !top.leaves_out(paths.path(&leaf.path));
        let ids = self
            .leaves
            .iter()
            .map(|leaf| is_in(leaf).then_some(leaf.id));
        let ids = ids.collect();
        self.leaves.retain(is_in);
        ids
    }

    fn handle_entry(&mut self, entry: &Entry<'_>) -> Result<(), ProofError> {
        let whole = entry.path;
        match entry.kind {
            EntryKind::File => self.handle_file(entry),
            EntryKind::Symlink(target) => {
                let path = self.enter(whole)?;
                let id = object_id(ObjectKind::Blob, target);
                let id = id.map_err(|fault| ProofError::object(whole, fault))?;
                let mode = Mode::Symlink;
                self.leaves.push(Leaf { path, mode, id });
                Ok(())
            }
            EntryKind::Directory => {
                let path = self.top.directory(whole)?;
                let path = path.map(|path| self.paths.push(&path));
                self.directories.extend(path);
                Ok(())
            }
            EntryKind::HardLink(_) | EntryKind::Other(_) => Err(ProofError::kind(whole)),
        }
    }

    fn handle_file(&mut self, entry: &Entry<'_>) -> Result<(), ProofError> {
        self.open = Some(OpenFile {
            path: self.enter(entry.path)?,
            mode: if entry.is_executable {
                Mode::Executable
            } else {
                Mode::File
            },
            hasher: ObjectHasher::new(ObjectKind::Blob, entry.size),
        });
        Ok(())
    }

    fn handle_end(&mut self) -> Result<(), ProofError> {
        let Some(OpenFile { path, mode, hasher }) = self.open.take() else {
            return Ok(());
        };
        let id = hasher.finish();
        let id = id.map_err(|fault| ProofError::object(self.paths.path(&path), fault))?;
        self.leaves.push(Leaf { path, mode, id });
        Ok(())
    }

    /// Keeps the path of what is no directory.
    fn enter(&mut self, whole: &[u8]) -> Result<PathRange, ProofError> {
        let path = self.top.leaf(whole)?;
        Ok(self.paths.push(&path))
    }
}
