//! One commit's tree, walked in Git's order and written as the canonical tarball.
//!
//! Depth first, Git's order of entries is the byte order of whole paths, which is the tarball's. All
//! that a tar archive cannot say of a tree is noted for the manifest: submodules, empty trees, and
//! modes in an unusual spelling.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::objects::Objects;
use super::trouble::Trouble;
use crate::archive::tar::{Entry, EntryKind, Event};
use crate::drive::host::{Host, Store};
use crate::git::id::{ObjectId, ObjectKind};
use crate::git::object::{Mode, ObjectError, Tree};
use crate::git::pack::READ_BYTES;
use crate::limits::IngestLimits;
use crate::registry::manifest::MAX_BYTES;
use crate::registry::prefix::Prefix;
use crate::registry::tarball::{Sums, Tarball};
use crate::zig::package::{Package, PackageEntries, PackageError};

/// Longest tree object taken, in bytes: some 100,000 entries of one directory.
const TREE_BYTES: u64 = 8 << 20;
/// Bytes of compressed output kept before they are written.
const OUT: usize = 64 << 10;
/// Bytes of content after which others on this worker get their turn.
const TURN: u64 = 256 << 10;
/// What an entry is worth where turns are counted: its headers are compressed, whatever it holds.
const ENTRY_WORTH: u64 = 4 << 10;

/// What a commit's tree has turned out to be.
pub(super) struct Walked {
    /// Of the tarball.
    pub sums: Sums,
    /// The package in it, or why it has no hash.
    pub package: Result<Package, PackageError>,
    /// Submodules: paths and the commits they name.
    pub gitlinks: Vec<(Vec<u8>, ObjectId)>,
    /// Trees without entries.
    pub empty_trees: Vec<Vec<u8>>,
    /// Entries whose mode is spelled in an unusual way.
    pub modes: Vec<(Vec<u8>, Vec<u8>)>,
}

/// Writes the tarball of a tree into `staging`.
pub(super) async fn walk<H: Host>(
    host: &H,
    objects: &mut Objects<'_, H>,
    root: ObjectId,
    prefix: &Prefix,
    staging: &mut <H::Store as Store>::Staging,
) -> Result<Walked, Trouble> {
    let mut walk = Walk::new(host, prefix, staging);
    walk.enter(objects, root).await?;
    while let Some(step) = walk.step() {
        walk.take(objects, step).await?;
        walk.spill(OUT).await?;
        walk.rest(ENTRY_WORTH).await;
    }
    walk.finish().await
}

/// An entry of a tree, owned.
struct Step {
    mode: Mode,
    odd_mode: Option<Vec<u8>>,
    name: Vec<u8>,
    id: ObjectId,
}

/// A directory under way.
struct Level {
    /// What is left of it, the next one last.
    left: Vec<Step>,
    /// The length of its path, its slash included.
    path: usize,
}

struct Walk<'a, H: Host> {
    host: &'a H,
    limits: IngestLimits,
    staging: &'a mut <H::Store as Store>::Staging,
    tarball: Tarball,
    entries: PackageEntries,
    levels: Vec<Level>,
    /// The top directory, and the path below it.
    prefix: usize,
    path: Vec<u8>,
    files: u64,
    content: u64,
    rested: u64,
    out: Vec<u8>,
    noted: Noted,
}

#[derive(Default)]
struct Noted {
    gitlinks: Vec<(Vec<u8>, ObjectId)>,
    empty_trees: Vec<Vec<u8>>,
    modes: Vec<(Vec<u8>, Vec<u8>)>,
    /// Bytes of all their paths.
    bytes: usize,
}

impl Noted {
    /// Counts a path that is to be noted, with as many bytes more, against what a manifest can hold,
    /// so that nothing is kept in vain.
    fn count(&mut self, path: &[u8], more: usize) -> Result<(), Trouble> {
        self.bytes = self.bytes.saturating_add(path.len() + more);
        if self.bytes > MAX_BYTES {
            let what = format_args!(
                "its submodules, empty directories and odd modes are more than a manifest of {MAX_BYTES} bytes can hold"
            );
            return Err(Trouble::refused(what));
        }
        Ok(())
    }
}

impl<'a, H: Host> Walk<'a, H> {
    fn new(host: &'a H, prefix: &Prefix, staging: &'a mut <H::Store as Store>::Staging) -> Self {
        let limits = &host.config().limits;
        let path = format!("{}/", prefix.as_str()).into_bytes();
        let mut out = Vec::new();
        Self {
            tarball: Tarball::new(prefix.clone(), &mut out),
            entries: PackageEntries::new(limits.package),
            limits: limits.ingest.clone(),
            host,
            staging,
            levels: Vec::new(),
            prefix: path.len(),
            path,
            files: 0,
            content: 0,
            rested: 0,
            out,
            noted: Noted::default(),
        }
    }

    /// The path below the top directory.
    fn below(&self) -> &[u8] {
        self.path.get(self.prefix..).unwrap_or_default()
    }

    /// The same for a person.
    fn shown(&self) -> String {
        String::from_utf8_lossy(self.below())
            .escape_debug()
            .collect()
    }

    /// The next entry; its name is at the end of the path.
    fn step(&mut self) -> Option<Step> {
        while let Some(level) = self.levels.last_mut() {
            self.path.truncate(level.path);
            if let Some(step) = level.left.pop() {
                self.path.extend_from_slice(&step.name);
                return Some(step);
            }
            self.levels.pop();
        }
        None
    }

    /// Reads the tree whose path, with its slash, is the present one.
    async fn enter(&mut self, objects: &mut Objects<'_, H>, id: ObjectId) -> Result<(), Trouble> {
        let depth = u64::try_from(self.levels.len()).unwrap_or(u64::MAX);
        if depth > self.limits.depth {
            let what = format_args!("directories inside each other at '{}'", self.shown());
            return Err(Trouble::limit(what, "depth", self.limits.depth));
        }
        let bytes = objects.read(id, ObjectKind::Tree, TREE_BYTES).await?;
        let tree = Tree::parse(&bytes).map_err(|error| self.judged(&error))?;
        // Before they are kept: each directory on the way down has its own.
        self.count(tree.entries().count())?;
        let mut left: Vec<Step> = tree.entries().map(Step::of).collect();
        left.reverse();
        if left.is_empty() {
            self.handle_empty()?;
        }
        let path = self.path.len();
        self.levels.push(Level { left, path });
        self.rest(bytes.len() as u64).await;
        Ok(())
    }

    /// What is wrong with the present directory, with the path of the entry that it is about.
    fn judged(&self, error: &ObjectError) -> Trouble {
        let dir = self.shown();
        match error {
            ObjectError::Name { name, fault } => {
                Trouble::refused(format_args!("'{dir}{name}' {fault}"))
            }
            ObjectError::Order { name } => {
                Trouble::refused(format_args!("'{dir}{name}' is out of order in its tree"))
            }
            ObjectError::Duplicate { name } => {
                Trouble::refused(format_args!("'{dir}{name}' is there twice"))
            }
            other @ (ObjectError::Header { .. }
            | ObjectError::TreeCut { .. }
            | ObjectError::Mode { .. }) => {
                Trouble::refused(format_args!("the directory '{dir}': {other}"))
            }
        }
    }

    fn handle_empty(&mut self) -> Result<(), Trouble> {
        let path = self.below().strip_suffix(b"/").unwrap_or_default().to_vec();
        if !path.is_empty() {
            self.tarball.empty_tree(&path, &mut self.out)?;
            self.noted.count(&path, 0)?;
            self.noted.empty_trees.push(path);
        }
        Ok(())
    }

    async fn take(&mut self, objects: &mut Objects<'_, H>, step: Step) -> Result<(), Trouble> {
        self.check_path()?;
        if let Some(mode) = step.odd_mode {
            let path = self.below().to_vec();
            self.noted.count(&path, mode.len())?;
            self.noted.modes.push((path, mode));
        }
        match step.mode {
            Mode::Tree => {
                self.path.push(b'/');
                self.enter(objects, step.id).await
            }
            Mode::File => self.file(objects, step.id, false).await,
            Mode::Executable => self.file(objects, step.id, true).await,
            Mode::Symlink => self.symlink(objects, step.id).await,
            Mode::Gitlink => {
                let path = self.below().to_vec();
                self.tarball.gitlink(&path, &mut self.out)?;
                self.noted.count(&path, 2 * ObjectId::BYTES)?;
                self.noted.gitlinks.push((path, step.id));
                Ok(())
            }
        }
    }

    /// Counts the entries of one more directory.
    fn count(&mut self, entries: usize) -> Result<(), Trouble> {
        let files = self.limits.files;
        let more = u64::try_from(entries).unwrap_or(u64::MAX);
        self.files = self.files.saturating_add(more);
        if self.files > files {
            return Err(Trouble::limit(format_args!("files"), "files", files));
        }
        Ok(())
    }

    fn check_path(&self) -> Result<(), Trouble> {
        let path = self.limits.path;
        if u64::try_from(self.below().len()).is_ok_and(|len| len > path) {
            let what = format_args!("the path '{:.100}…'", self.shown());
            return Err(Trouble::limit(what, "path", path));
        }
        Ok(())
    }

    async fn file(
        &mut self,
        objects: &mut Objects<'_, H>,
        id: ObjectId,
        executable: bool,
    ) -> Result<(), Trouble> {
        let size = objects.open(id, ObjectKind::Blob).await?;
        self.content = self.content.saturating_add(size);
        if self.content > self.limits.content {
            let what = format_args!("bytes of all files, at '{}'", self.shown());
            return Err(Trouble::limit(what, "content", self.limits.content));
        }
        let path = self.path.get(self.prefix..).unwrap_or_default();
        self.tarball.file(path, executable, size, &mut self.out)?;
        self.entries
            .handle(entry(&self.path, EntryKind::File, size));
        loop {
            let (tarball, entries, out) = (&mut self.tarball, &mut self.entries, &mut self.out);
            let mut outcome = Ok(());
            let is_more = objects
                .next(&mut |bytes| {
                    entries.handle(Event::Data(bytes));
                    if outcome.is_ok() {
                        outcome = tarball.content(bytes, out);
                    }
                })
                .await?;
            outcome?;
            if !is_more {
                break;
            }
            self.spill(OUT).await?;
            self.rest(CHUNK_WORTH).await;
        }
        self.entries.handle(Event::End);
        self.rest(size.min(CHUNK_WORTH)).await;
        Ok(())
    }

    async fn symlink(&mut self, objects: &mut Objects<'_, H>, id: ObjectId) -> Result<(), Trouble> {
        let target = objects
            .read(id, ObjectKind::Blob, self.limits.path)
            .await
            .map_err(|trouble| self.named(trouble))?;
        let path = self.path.get(self.prefix..).unwrap_or_default();
        self.tarball.symlink(path, &target, &mut self.out)?;
        let kind = EntryKind::Symlink(&target);
        self.entries.handle(entry(&self.path, kind, 0));
        Ok(())
    }

    /// The same trouble, with the path that it is about.
    fn named(&self, trouble: Trouble) -> Trouble {
        match trouble {
            Trouble::Refused(why) => Trouble::Refused(format!("'{}': {why}", self.shown())),
            other @ (Trouble::Failed(_) | Trouble::Moved) => other,
        }
    }

    /// Writes what has been compressed, once that is more than `most` bytes.
    async fn spill(&mut self, most: usize) -> Result<(), Trouble> {
        if self.out.len() > most {
            self.host.store().append(self.staging, &self.out).await?;
            self.out.clear();
        }
        Ok(())
    }

    /// Lets others go first now and then.
    async fn rest(&mut self, worked: u64) {
        self.rested += worked;
        if self.rested >= TURN {
            self.rested = 0;
            self.host.pause().await;
        }
    }

    async fn finish(mut self) -> Result<Walked, Trouble> {
        let sums = self.tarball.finish(&mut self.out)?;
        if !self.out.is_empty() {
            self.host.store().append(self.staging, &self.out).await?;
        }
        let Noted {
            gitlinks,
            empty_trees,
            modes,
            ..
        } = self.noted;
        Ok(Walked {
            sums,
            package: self.entries.finish(),
            gitlinks,
            empty_trees,
            modes,
        })
    }
}

/// What a piece of content is worth where turns are counted.
const CHUNK_WORTH: u64 = READ_BYTES as u64;

impl Step {
    fn of(entry: crate::git::object::TreeEntry<'_>) -> Self {
        Self {
            mode: entry.mode,
            odd_mode: entry.odd_mode.map(Into::into),
            name: entry.name.into(),
            id: entry.id,
        }
    }
}

fn entry<'e>(path: &'e [u8], kind: EntryKind<'e>, size: u64) -> Event<'e> {
    Event::Entry(Entry {
        path,
        kind,
        size,
        // What Zig makes of a package does not depend on it.
        is_executable: false,
    })
}
