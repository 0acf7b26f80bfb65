//! What the indexes say of versions and files, for lookups.

use alloc::borrow::ToOwned;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::String;
use alloc::vec::Vec;

use super::{Index, Target};
use crate::zig::archive::ArchiveName;
use crate::zig::digest::Sha256Digest;
use crate::zig::version::Version;

/// What an index says of one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileFacts {
    /// SHA-256 of its bytes.
    pub digest: Sha256Digest,
    /// Its length in bytes.
    pub size: u64,
    /// Where the index says it is; a path to try, never a host to trust.
    pub url: String,
}

/// Versions, their kinds and their files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Catalog {
    master: Option<Version>,
    nominated: BTreeSet<Version>,
    files: BTreeMap<Version, Vec<(ArchiveName, FileFacts)>>,
}

/// Reads both indexes; the official one outweighs the other for every file it names.
pub fn catalog(official: &Index, nominated: Option<&Index>) -> Catalog {
    let mut catalog = Catalog {
        master: official.master(),
        ..Catalog::default()
    };
    // Right after a release `master` may be that release, with URLs of its own: entries first.
    let (master, entries): (Vec<_>, Vec<_>) = official
        .targets()
        .partition(|target| target.entry == "master");
    entries
        .iter()
        .chain(&master)
        .for_each(|target| catalog.add(target));
    if let Some(nominated) = nominated {
        let own = nominated
            .targets()
            .filter(|target| is_nomination(official, target.entry));
        // A file counts only if its name has its entry's version.
        let versions = |target: &Target<'_>| {
            nominated
                .version_of(target.entry)
                .is_some_and(|own| own.is_dev() && own == *target.name.version())
        };
        for target in own.filter(versions) {
            catalog.nominated.insert(target.name.version().clone());
            catalog.add(&target);
        }
    }
    catalog
}

/// An entry that only the nominated index has. Its copies of `master` and of versions may be stale.
fn is_nomination(official: &Index, key: &str) -> bool {
    key != "master" && official.get(key).is_none() && Version::parse(key).is_err()
}

impl Catalog {
    /// The newest nightly.
    pub fn master(&self) -> Option<&Version> {
        self.master.as_ref()
    }

    /// Whether a dev version is nominated.
    pub fn is_nominated(&self, version: &Version) -> bool {
        self.nominated.contains(version)
    }

    /// The nominated versions, newest first.
    pub fn nominated(&self) -> impl Iterator<Item = &Version> {
        self.nominated.iter().rev()
    }

    /// The releases, newest first.
    pub fn stable(&self) -> impl Iterator<Item = &Version> {
        self.files.keys().rev().filter(|version| !version.is_dev())
    }

    /// The files of a version, in the index's order.
    pub fn files_of(&self, version: &Version) -> &[(ArchiveName, FileFacts)] {
        self.files
            .get(version)
            .map(Vec::as_slice)
            .unwrap_or_default()
    }

    /// What is known of a file.
    pub fn file(&self, name: &ArchiveName) -> Option<&FileFacts> {
        self.files_of(name.version())
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, facts)| facts)
    }

    /// Takes in that a dev version is nominated.
    pub fn nominate(&mut self, version: Version) {
        self.nominated.insert(version);
    }

    fn add(&mut self, target: &Target<'_>) {
        if self.file(&target.name).is_some() {
            return;
        }
        let facts = FileFacts {
            digest: target.digest,
            size: target.size,
            url: target.url.as_ref().to_owned(),
        };
        let files = self.files.entry(target.name.version().clone()).or_default();
        files.push((target.name.clone(), facts));
    }
}
