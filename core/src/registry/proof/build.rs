//! Trees, from the paths of all that is in them.
//!
//! Sorted by Git's order of whole paths, what is in one directory stands together, and each
//! directory's entries come in the order that its tree has them. So one pass over the paths builds
//! every tree when its last entry has come, with only the directories open that lead to the current
//! path.

use alloc::vec::Vec;
use core::marker::PhantomData;

use super::facts::OddModes;
use super::intake::{Intake, Leaf, PathRange, Paths};
use super::{Facts, ProofError};
use crate::git::id::{ObjectId, ObjectKind, object_id};
use crate::git::object::{Mode, Tree, TreeEntry, tree_order};

/// All paths of a tarball in Git's order, from which its trees can be built at any time.
#[derive(Debug)]
pub(super) struct Forest {
    paths: Paths,
    /// In [`tree_order`] of their whole paths.
    leaves: Vec<Leaf>,
    modes: Vec<(Vec<u8>, Vec<u8>)>,
}

impl Forest {
    /// Without facts no directory needs to be accounted for.
    pub(super) fn new(intake: Intake, facts: Option<Facts>) -> Result<Self, ProofError> {
        let Intake {
            mut paths,
            mut leaves,
            mut directories,
            ..
        } = intake;
        let Some(facts) = facts else {
            sort(&mut leaves, &paths);
            let modes = Vec::new();
            return Ok(Self {
                paths,
                leaves,
                modes,
            });
        };
        directories.sort_unstable_by(|left, right| paths.path(left).cmp(paths.path(right)));
        add_facts(&facts, &mut paths, &mut leaves, &directories)?;
        sort(&mut leaves, &paths);
        check_directories(&directories, &leaves, &paths)?;
        let modes = facts.modes;
        Ok(Self {
            paths,
            leaves,
            modes,
        })
    }

    /// Builds all trees, each after those in it and as often as it occurs, and calls `take` with id
    /// and bytes of each; gives the id of the last, which is the root. Only empty trees other than
    /// the root are not built.
    pub(super) fn build<E: From<ProofError>>(
        &self,
        take: &mut impl FnMut(ObjectId, &[u8]) -> Result<(), E>,
    ) -> Result<ObjectId, E> {
        let mut builder = Builder {
            open: Vec::new(),
            root: Vec::new(),
            modes: OddModes::new(&self.modes),
            take,
            error: PhantomData,
        };
        for leaf in &self.leaves {
            builder.handle(self.paths.path(&leaf.path), leaf)?;
        }
        builder.finish()
    }

    /// The id of the tree without entries, if there is one below the root.
    pub(super) fn empty_tree(&self) -> Option<ObjectId> {
        let mut leaves = self.leaves.iter();
        let leaf = leaves.find(|leaf| leaf.mode == Mode::Tree);
        leaf.map(|leaf| leaf.id)
    }
}

/// Adds the directories that are no usual trees, each of which must be in the tarball.
fn add_facts(
    facts: &Facts,
    paths: &mut Paths,
    leaves: &mut Vec<Leaf>,
    directories: &[PathRange],
) -> Result<(), ProofError> {
    let empty = object_id(ObjectKind::Tree, b"");
    let empty = empty.map_err(|fault| ProofError::object(b"", fault))?;
    let gitlinks = facts.gitlinks.iter();
    let gitlinks = gitlinks.map(|(path, id)| (path, Mode::Gitlink, *id));
    let trees = facts.empty_trees.iter();
    let trees = trees.map(|path| (path, Mode::Tree, empty));
    for (path, mode, id) in gitlinks.chain(trees) {
        let found = directories.binary_search_by(|range| paths.path(range).cmp(path));
        let found = found.ok().and_then(|at| directories.get(at));
        let path = found.ok_or_else(|| ProofError::no_directory(path))?.clone();
        leaves.push(Leaf { path, mode, id });
    }
    Ok(())
}

fn sort(leaves: &mut [Leaf], paths: &Paths) {
    let key = |leaf: &Leaf| (paths.path(&leaf.path), leaf.mode);
    // Stable sorting is quick where most is in order, as it is in a canonical tarball.
    leaves.sort_by(|left, right| tree_order(key(left), key(right)));
}

/// Every directory of the tarball must be accounted for, or have something in it.
fn check_directories(
    directories: &[PathRange],
    leaves: &[Leaf],
    paths: &Paths,
) -> Result<(), ProofError> {
    for directory in directories {
        let path = paths.path(directory);
        let is_before = |leaf: &Leaf| {
            let key = (paths.path(&leaf.path), leaf.mode);
            tree_order(key, (path, Mode::Tree)).is_lt()
        };
        let at = leaves.partition_point(is_before);
        let is_tree = leaves.get(at).is_some_and(|leaf| {
            let rest = paths.path(&leaf.path).strip_prefix(path);
            rest.is_some_and(|rest| rest.first().is_none_or(|&byte| byte == b'/'))
        });
        if !is_tree && !is_gitlink(path, leaves, paths) {
            return Err(ProofError::directory(path));
        }
    }
    Ok(())
}

fn is_gitlink(path: &[u8], leaves: &[Leaf], paths: &Paths) -> bool {
    let key = |leaf: &Leaf| (paths.path(&leaf.path), leaf.mode);
    let gitlink = (path, Mode::Gitlink);
    let found = leaves.binary_search_by(|leaf| tree_order(key(leaf), gitlink));
    let found = found.ok().and_then(|at| leaves.get(at));
    found.is_some_and(|leaf| leaf.mode == Mode::Gitlink)
}

/// Builds trees from the paths of their entries.
struct Builder<'a, 't, F, E> {
    /// From the root's child down: the directories that lead to the last path.
    open: Vec<OpenTree<'a>>,
    root: Vec<u8>,
    modes: OddModes<'a>,
    take: &'t mut F,
    error: PhantomData<E>,
}

struct OpenTree<'a> {
    /// Its whole path.
    path: &'a [u8],
    /// The entries so far, as the tree has them.
    bytes: Vec<u8>,
}

impl<'a, F, E> Builder<'a, '_, F, E>
where
    F: FnMut(ObjectId, &[u8]) -> Result<(), E>,
    E: From<ProofError>,
{
    fn handle(&mut self, path: &'a [u8], leaf: &Leaf) -> Result<(), E> {
        while let Some(done) = self.open.pop_if(|open| !is_below(path, open.path)) {
            self.close(&done)?;
        }
        let mut from = self.open.last().map_or(0, |open| open.path.len() + 1);
        while let Some(slash) = slash_from(path, from) {
            let (path, bytes) = (path.get(..slash).unwrap_or_default(), Vec::new());
            self.open.push(OpenTree { path, bytes });
            from = slash + 1;
        }
        Ok(self.append(path, leaf.mode, leaf.id)?)
    }

    fn finish(mut self) -> Result<ObjectId, E> {
        while let Some(done) = self.open.pop() {
            self.close(&done)?;
        }
        self.modes.finish()?;
        let id = tree_id(b"", &self.root)?;
        (self.take)(id, &self.root)?;
        Ok(id)
    }

    fn close(&mut self, done: &OpenTree<'a>) -> Result<(), E> {
        let id = tree_id(done.path, &done.bytes)?;
        (self.take)(id, &done.bytes)?;
        Ok(self.append(done.path, Mode::Tree, id)?)
    }

    /// Appends an entry to the innermost open tree, which it must be in.
    fn append(&mut self, path: &[u8], mode: Mode, id: ObjectId) -> Result<(), ProofError> {
        let odd_mode = self.modes.take(path, mode)?;
        let start = memchr::memrchr(b'/', path).map_or(0, |slash| slash + 1);
        let entry = TreeEntry {
            mode,
            odd_mode,
            name: path.get(start..).unwrap_or_default(),
            id,
        };
        let tree = self.open.last_mut().map(|open| &mut open.bytes);
        entry.write(tree.unwrap_or(&mut self.root));
        Ok(())
    }
}

/// Judges a tree that was built, and gives its id.
fn tree_id(path: &[u8], bytes: &[u8]) -> Result<ObjectId, ProofError> {
    Tree::parse(bytes).map_err(|fault| ProofError::tree(path, fault))?;
    object_id(ObjectKind::Tree, bytes).map_err(|fault| ProofError::object(path, fault))
}

fn is_below(path: &[u8], directory: &[u8]) -> bool {
    let rest = path.strip_prefix(directory);
    rest.is_some_and(|rest| rest.first() == Some(&b'/'))
}

fn slash_from(path: &[u8], from: usize) -> Option<usize> {
    let rest = path.get(from..)?;
    Some(from + memchr::memchr(b'/', rest)?)
}
