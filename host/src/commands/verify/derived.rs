//! What was derived from releases for Git's clients. What is damaged, or is of a release that is gone,
//! is deleted: all of it can be derived again.

use core::time::Duration;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use zigdepot_core::git::pack::PackChecksum;
use zigdepot_core::git::server::sideband_check::{SidebandCheck, SidebandFault};
use zigdepot_core::registry::face::check::DerivedFault;
use zigdepot_core::registry::face::note::{self, FaceNote, NoteError};
use zigdepot_core::registry::name::PackageName;
use zigdepot_core::registry::release::{ReleaseFile, ReleasePart};
use zigdepot_core::registry::tag::TagName;
use zigdepot_core::store::git::GitPart;
use zigdepot_core::store::{StoreError, StoreKey};

use super::file::open;
use super::run::Run;
use crate::package::read_at_most;
use crate::store::{of_read, stat};

/// Files without a note may be of a derivation under way, which takes no longer.
const YOUNG: Duration = Duration::from_hours(1);

/// The sum of a pack in packets, or what is wrong with them.
type Judged = Result<PackChecksum, SidebandFault>;

/// What is wrong with a file: with its bytes, or with reading it.
enum Trouble {
    Fault(DerivedFault),
    Store(StoreError),
}

impl Run<'_> {
    /// Checks what was derived of the packages of the scope.
    pub(super) fn check_derived(&mut self) {
        for package in self.derived_packages() {
            for (tag, parts) in self.derived_releases(&package) {
                self.check_derived_release(&package, &tag, &parts);
            }
            self.check_sets(&package);
        }
    }

    fn derived_packages(&self) -> BTreeSet<PackageName> {
        let is_asked = |package: &PackageName| {
            let below = PathBuf::from(StoreKey::tags(package).as_str());
            let of_package = below.parent().unwrap_or(&below);
            let mut scope = self.scope().iter();
            scope.any(|one| of_package.starts_with(one) || one.starts_with(of_package))
        };
        let names = names(&self.store.root().join(StoreKey::GIT_DIR));
        let packages = names
            .iter()
            .filter_map(|name| PackageName::parse(name).ok());
        packages.filter(is_asked).collect()
    }

    /// Releases of which there is something, and what. What else lies there is not the store's.
    fn derived_releases(&mut self, package: &PackageName) -> BTreeMap<TagName, Vec<GitPart>> {
        let dir = self.path(&StoreKey::git_tags(package));
        let mut found: BTreeMap<TagName, Vec<GitPart>> = BTreeMap::new();
        for name in names(&dir) {
            if let Some((tag, part)) = GitPart::of_name(&name) {
                found.entry(tag).or_default().push(part);
                continue;
            }
            let path = dir.join(name);
            let path = path.strip_prefix(self.store.root()).unwrap_or(&path);
            self.report.handle_odd(path, &"no release is called so");
        }
        found
    }

    fn check_derived_release(&mut self, package: &PackageName, tag: &TagName, parts: &[GitPart]) {
        let key = StoreKey::git_part(package, tag, GitPart::Sideband);
        let file = ReleaseFile {
            package: package.clone(),
            tag: tag.clone(),
            part: ReleasePart::Tarball,
        };
        let tarball = self.path(&StoreKey::tarball(package, tag));
        let manifest = match self.manifest(&file) {
            Ok(Some(manifest)) if tarball.is_file() => manifest,
            // Its own line says so; nothing is served of such a release.
            Err(_) => return,
            Ok(_) => {
                let done = self.delete_derived(package, tag);
                return self.report.handle_orphan(&key, &done);
            }
        };
        if !parts.contains(&GitPart::Note) {
            if parts
                .iter()
                .all(|part| self.is_old(&StoreKey::git_part(package, tag, *part)))
            {
                let done = self.delete_derived(package, tag);
                self.report.handle_orphan(&key, &done);
            }
            return;
        }
        let checked = self.judge_derived(package, tag).and_then(|note| {
            let right = note.check_tarball(manifest.tarball.sha256);
            right.map_err(Trouble::Fault)
        });
        match checked {
            Ok(()) => self.report.handle_derived(),
            // It was derived again, or deleted, meanwhile.
            Err(Trouble::Store(StoreError::NotFound)) => {}
            Err(Trouble::Store(error)) => self.report.handle_failed(&key, &error),
            Err(Trouble::Fault(fault)) => {
                let done = self.delete_derived(package, tag);
                self.report.handle_wrong(&key, &fault, &done);
            }
        }
    }

    fn judge_derived(&mut self, package: &PackageName, tag: &TagName) -> Result<FaceNote, Trouble> {
        let key = |part| StoreKey::git_part(package, tag, part);
        let note = self.note(&key(GitPart::Note))?;
        for part in GitPart::ALL {
            let len = fs::metadata(self.path(&key(part))).map_or(0, |meta| meta.len());
            if !note.fits(part, len) {
                return Err(Trouble::Fault(DerivedFault::Missing(part)));
            }
        }
        let sum = self.judge_packets(&key(GitPart::Sideband))?;
        let right = sum.map_err(DerivedFault::from);
        right
            .and_then(|sum| note.check_pack(sum))
            .map_err(Trouble::Fault)?;
        for part in [GitPart::Index, GitPart::PlainIndex] {
            // It is as long as the note has it.
            let index = fs::read(self.path(&key(part)));
            let index = index.map_err(|error| Trouble::Store(of_read(&error)))?;
            note.check_index(part, &index).map_err(Trouble::Fault)?;
        }
        Ok(note)
    }

    /// The packs of all releases.
    fn check_sets(&mut self, package: &PackageName) {
        let dir = StoreKey::git_sets(package);
        for name in names(&self.path(&dir)) {
            let Some(key) = StoreKey::git_set_of_name(package, &name) else {
                continue;
            };
            if !self.path(&StoreKey::tags(package)).is_dir() {
                let done = done(self.store.delete(&key).map(drop));
                self.report.handle_orphan(&key, &done);
                continue;
            }
            match self.judge_packets(&key) {
                Ok(Ok(_)) => self.report.handle_derived(),
                Ok(Err(fault)) => {
                    let done = done(self.store.delete(&key).map(drop));
                    self.report.handle_wrong(&key, &fault, &done);
                }
                Err(Trouble::Store(StoreError::NotFound)) => {}
                Err(Trouble::Store(error)) => self.report.handle_failed(&key, &error),
                Err(Trouble::Fault(fault)) => self.report.handle_failed(&key, &fault),
            }
        }
    }

    fn judge_packets(&mut self, key: &StoreKey) -> Result<Judged, Trouble> {
        let file = open(&self.path(key)).map_err(|error| Trouble::Store(of_read(&error)))?;
        let before = stat(&file).map_err(Trouble::Store)?;
        let before = before.ok_or(Trouble::Store(StoreError::NotFound))?;
        let Some(mut check) = SidebandCheck::new(before.len) else {
            return Ok(Err(SidebandFault::Framing));
        };
        let read = self.read_all(key, &file, before, |bytes| check.update(bytes));
        read.map_err(Trouble::Store)?;
        Ok(check.finish())
    }

    fn note(&self, key: &StoreKey) -> Result<FaceNote, Trouble> {
        let text = read_at_most(&self.path(key), note::MAX_BYTES);
        let text = text.map_err(|error| Trouble::Store(of_read(&error)))?;
        let note = text.ok_or(NoteError::TooLong);
        let note = note.and_then(|text| FaceNote::parse(&text));
        note.map_err(|error| Trouble::Fault(error.into()))
    }

    /// Deletes what was derived from a release, the note first, and tells what became of it.
    pub(super) fn delete_derived(&self, package: &PackageName, tag: &TagName) -> String {
        let deleted = GitPart::ALL.into_iter().rev().try_for_each(|part| {
            let key = StoreKey::git_part(package, tag, part);
            match self.store.discard(&key) {
                Ok(()) | Err(StoreError::NotFound) => Ok(()),
                Err(error) => Err(error),
            }
        });
        done(deleted)
    }

    fn is_old(&self, key: &StoreKey) -> bool {
        let modified = fs::metadata(self.path(key)).and_then(|meta| meta.modified());
        let age = modified.map(|at| SystemTime::now().duration_since(at));
        age.is_ok_and(|age| age.is_ok_and(|age| age > YOUNG))
    }
}

fn done(deleted: Result<(), StoreError>) -> String {
    match deleted {
        Ok(()) => "deleted; it is derived again when somebody asks for it".to_owned(),
        Err(error) => format!("it stays, for {error}"),
    }
}

/// The names in a directory, in their order.
fn names(dir: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(dir).into_iter().flatten().flatten();
    entries
        .filter_map(|entry| entry.file_name().into_string().ok())
        .collect()
}
