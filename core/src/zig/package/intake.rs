//! What the entries of an archive mean for the package in it.
//!
//! ```text
//! first entry          later entries
//! Unknown ─┬─► Common ─────────────┐ another top, or none
//!          └───────────────► No ◄──┘
//! ```

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::error::{FileKind, PackageError};
use super::path::{EntryPath, PackagePath, is_above};
use super::reader::{Layout, Outcome, Package};
use super::tree::Tree;
use super::{MANIFEST, PackageLimits};
use crate::archive::gzip::GzipError;
use crate::archive::tar::{Entry, EntryKind, Event, TarError};
use crate::zig::manifest::Manifest;

/// Longest name that fits into a tar header, in bytes.
const HEADER_NAME: usize = 100;

/// Takes the entries in their order.
#[derive(Debug)]
pub(super) struct Intake {
    limits: PackageLimits,
    layout: Layout,
    root: Root,
    tree: Tree,
    /// What Zig does not unpack: it does not count for the layout, and may lie beside the top.
    others: Vec<(PackagePath, FileKind)>,
    manifest: Capture,
}

/// Why the rest of an archive does not matter.
#[derive(Debug)]
pub(super) enum Stop {
    Failed(PackageError),
    OtherLayout(Layout),
}

/// The top directory that all entries so far have in common.
#[derive(Debug)]
enum Root {
    Unknown,
    Common(Box<[u8]>),
    No,
}

/// The text of the manifest. What is wrong with it is told at the end, when it is certain that the
/// file is the manifest.
#[derive(Debug)]
enum Capture {
    None,
    /// The file under way is the manifest.
    Taking(Vec<u8>),
    Taken(Vec<u8>),
    Failed(PackageError),
}

impl Intake {
    pub(super) fn new(layout: Layout, limits: PackageLimits) -> Self {
        Self {
            limits,
            layout,
            root: Root::Unknown,
            tree: Tree::new(limits),
            others: Vec::new(),
            manifest: Capture::None,
        }
    }

    pub(super) const fn limits(&self) -> &PackageLimits {
        &self.limits
    }

    pub(super) fn handle(&mut self, event: Event<'_>) -> Result<(), Stop> {
        match event {
            Event::Entry(entry) => self.handle_entry(&entry),
            Event::Data(bytes) => Ok(self.handle_content(bytes)?),
            Event::End => Ok(()),
        }
    }

    pub(super) fn finish(mut self) -> Result<Outcome, PackageError> {
        if matches!(
            (self.layout, &self.root),
            (Layout::Rootless, Root::Common(_))
        ) {
            return Ok(Outcome::Again(Layout::Rooted));
        }
        for (path, kind) in core::mem::take(&mut self.others) {
            let path = self.without_root(path);
            self.tree.handle_other(&path, kind)?;
        }
        let manifest = match self.manifest {
            Capture::None => None,
            Capture::Failed(error) => return Err(error),
            Capture::Taking(text) | Capture::Taken(text) => {
                Some(Manifest::parse(&text).map_err(PackageError::Manifest)?)
            }
        };
        let hashes = self.tree.finish(manifest.as_ref())?;
        Ok(Outcome::Package(Box::new(Package { hashes, manifest })))
    }

    fn handle_entry(&mut self, entry: &Entry<'_>) -> Result<(), Stop> {
        self.manifest.handle_entry();
        let Some(path) = PackagePath::of_entry(entry)? else {
            return Ok(());
        };
        match entry.kind {
            EntryKind::Directory => self.see_root(Some(path.top())),
            EntryKind::File => self.handle_file(path),
            EntryKind::Symlink(target) => self.handle_link(path, target),
            EntryKind::HardLink(target) => {
                Ok(self.handle_other(path, FileKind::HardLink, target)?)
            }
            EntryKind::Other(_) => Ok(self.handle_other(path, FileKind::Special, b"")?),
        }
    }

    fn handle_file(&mut self, path: PackagePath) -> Result<(), Stop> {
        let path = self.place(path)?;
        if path.as_bytes() == MANIFEST.as_bytes() {
            self.manifest.begin();
        }
        Ok(self.tree.handle_file(&path)?)
    }

    fn handle_link(&mut self, path: PackagePath, target: &[u8]) -> Result<(), Stop> {
        let path = self.place(path)?;
        if path.as_bytes() == MANIFEST.as_bytes() {
            self.manifest.fail(PackageError::ManifestIsNoFile);
        }
        Ok(self.tree.handle_link(&path, target)?)
    }

    fn handle_other(
        &mut self,
        path: PackagePath,
        kind: FileKind,
        target: &[u8],
    ) -> Result<(), PackageError> {
        let fits = |name: &[u8]| name.len() <= HEADER_NAME && name.is_ascii();
        if !fits(path.as_bytes()) || !fits(target) {
            let path = EntryPath::new(path.as_bytes());
            return Err(PackageError::UnsupportedLongName { path, kind });
        }
        let limit = self.limits.entries;
        if self.others.len() >= limit {
            return Err(PackageError::TooManyEntries { limit });
        }
        self.others.push((path, kind));
        Ok(())
    }

    fn handle_content(&mut self, bytes: &[u8]) -> Result<(), PackageError> {
        self.manifest.take(bytes, self.limits.manifest_bytes);
        self.tree.handle_content(bytes)
    }

    /// The path in the package of a file or link.
    fn place(&mut self, path: PackagePath) -> Result<PackagePath, Stop> {
        self.see_root(path.split_top().map(|(top, _)| top))?;
        let path = self.without_root(path);
        if is_above(MANIFEST.as_bytes(), path.as_bytes()) {
            self.manifest.fail(PackageError::ManifestIsNoFile);
        }
        Ok(path)
    }

    fn without_root(&self, path: PackagePath) -> PackagePath {
        match (self.layout, &self.root) {
            (Layout::Rooted, Root::Common(root)) if **root == *path.top() => path.below_top(),
            _ => path,
        }
    }

    /// Takes the top directory of the next entry. As long as nothing was hashed, the layout may
    /// still be the other.
    fn see_root(&mut self, root: Option<&[u8]>) -> Result<(), Stop> {
        match (&self.root, root) {
            (Root::Unknown, Some(root)) => self.root = Root::Common(root.into()),
            (Root::Unknown, None) => {
                self.root = Root::No;
                self.layout = Layout::Rootless;
            }
            (Root::Common(common), Some(root)) if **common == *root => {}
            (Root::Common(_), _) => {
                self.root = Root::No;
                if self.layout == Layout::Rooted {
                    return Err(Stop::OtherLayout(Layout::Rootless));
                }
            }
            (Root::No, _) => {}
        }
        Ok(())
    }
}

impl Capture {
    /// Another entry has begun.
    fn handle_entry(&mut self) {
        if let Self::Taking(text) = self {
            *self = Self::Taken(core::mem::take(text));
        }
    }

    /// Of two, the first counts, as on a disk.
    fn begin(&mut self) {
        if matches!(self, Self::None) {
            *self = Self::Taking(Vec::new());
        }
    }

    fn take(&mut self, bytes: &[u8], limit: usize) {
        if let Self::Taking(text) = self {
            if bytes.len() > limit - text.len() {
                *self = Self::Failed(PackageError::ManifestTooLong { limit });
            } else {
                text.extend_from_slice(bytes);
            }
        }
    }

    fn fail(&mut self, error: PackageError) {
        if !matches!(self, Self::Failed(_)) {
            *self = Self::Failed(error);
        }
    }
}

impl From<PackageError> for Stop {
    fn from(error: PackageError) -> Self {
        Self::Failed(error)
    }
}

impl From<TarError> for Stop {
    fn from(error: TarError) -> Self {
        Self::Failed(error.into())
    }
}

impl From<GzipError> for Stop {
    fn from(error: GzipError) -> Self {
        Self::Failed(error.into())
    }
}
