//! Which files are fetched before anyone asks for them.
//!
//! ```text
//! Idle ──version or index──> Running (one plan after another) ──nothing left──> Idle
//! ```
//!
//! There is one prefetch at a time, one file at a time, and none begins while a client waits for
//! a download. What is to be fetched comes from the indexes' own tarballs, never from name
//! patterns. Nothing is remembered over a restart: a plan made anew finds what is already here.

use alloc::collections::BTreeSet;
use alloc::vec::Vec;
use core::fmt;

use super::asset::Asset;
use crate::config::PrefetchMode;
use crate::zig::index::Catalog;
use crate::zig::version::{Version, VersionError};

/// Most versions that wait to be prefetched.
const WAITING: usize = 64;

/// One file of a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Planned {
    /// The file.
    pub asset: Asset,
    /// Its size by the index; 0 for signatures, which are tiny.
    pub bytes: u64,
}

/// What to prefetch.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// Every file of these versions.
    Version(Version),
    /// Every stable version.
    Stable,
    /// Every nominated version.
    Nominated,
}

impl Scope {
    /// Reads `stable`, `nominated` or a version.
    pub fn parse(word: &str) -> Result<Self, VersionError> {
        match word {
            "stable" => Ok(Self::Stable),
            "nominated" => Ok(Self::Nominated),
            version => Version::parse(version).map(Self::Version),
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Version(version) => version.fmt(f),
            Self::Stable => f.write_str("all stable versions"),
            Self::Nominated => f.write_str("all nominated versions"),
        }
    }
}

/// The files of a scope, newest version first, each archive before its signature (which the
/// archive's own fill brings along).
pub fn plan(catalog: &Catalog, scope: &Scope) -> Vec<Planned> {
    let versions: Vec<&Version> = match scope {
        Scope::Version(version) => alloc::vec![version],
        Scope::Stable => catalog.stable().collect(),
        Scope::Nominated => catalog.nominated().collect(),
    };
    versions
        .into_iter()
        .flat_map(|version| files(catalog, version))
        .collect()
}

fn files(catalog: &Catalog, version: &Version) -> Vec<Planned> {
    let mut planned = Vec::new();
    for (name, facts) in catalog.files_of(version) {
        let signature = Asset::Zig(name.signature());
        planned.push(Planned {
            asset: Asset::Zig(name.clone()),
            bytes: facts.size,
        });
        planned.push(Planned {
            asset: signature,
            bytes: 0,
        });
    }
    planned
}

/// The queue of prefetches.
#[derive(Debug)]
pub struct Prefetch {
    mode: PrefetchMode,
    waiting: BTreeSet<Scope>,
    running: bool,
    files_left: usize,
    bytes_left: u64,
}

impl Prefetch {
    /// Nothing to do yet.
    pub fn new(mode: PrefetchMode) -> Self {
        Self {
            mode,
            waiting: BTreeSet::new(),
            running: false,
            files_left: 0,
            bytes_left: 0,
        }
    }

    /// Files of the running plan that are still to be looked at.
    pub fn files_left(&self) -> usize {
        self.files_left
    }

    /// Bytes of the running plan that are still to be fetched.
    pub fn bytes_left(&self) -> u64 {
        self.bytes_left
    }

    /// A client fetched a file of this version; true if a prefetch is to be started.
    pub fn handle_fetched(&mut self, version: &Version) -> bool {
        if self.mode == PrefetchMode::Off || self.waiting.len() >= WAITING {
            return false;
        }
        self.waiting.insert(Scope::Version(version.clone()));
        self.begin()
    }

    /// The indexes say something new, or were looked at again; true if a prefetch is to be
    /// started.
    pub fn handle_indexes(&mut self) -> bool {
        if self.mode != PrefetchMode::All {
            return false;
        }
        self.waiting.extend([Scope::Stable, Scope::Nominated]);
        self.begin()
    }

    fn begin(&mut self) -> bool {
        !core::mem::replace(&mut self.running, true)
    }

    /// The next scope for the running prefetch; at `None` it ends.
    pub fn poll_scope(&mut self) -> Option<Scope> {
        let scope = self.waiting.pop_first();
        if scope.is_none() {
            self.running = false;
            self.handle_left(0, 0);
        }
        scope
    }

    /// The running prefetch reports how much is left.
    pub fn handle_left(&mut self, files: usize, bytes: u64) {
        (self.files_left, self.bytes_left) = (files, bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(text: &str) -> Version {
        Version::parse(text).unwrap()
    }

    #[test]
    fn one_runs_at_a_time_and_takes_what_came_meanwhile() {
        let mut prefetch = Prefetch::new(PrefetchMode::Version);
        assert!(prefetch.handle_fetched(&version("0.14.0")));
        assert!(!prefetch.handle_fetched(&version("0.14.1")));
        assert_eq!(
            prefetch.poll_scope(),
            Some(Scope::Version(version("0.14.0")))
        );
        assert_eq!(
            prefetch.poll_scope(),
            Some(Scope::Version(version("0.14.1")))
        );
        assert_eq!(prefetch.poll_scope(), None);
        assert!(prefetch.handle_fetched(&version("0.14.0")));
    }

    #[test]
    fn off_never_starts_and_only_all_follows_indexes() {
        assert!(!Prefetch::new(PrefetchMode::Off).handle_fetched(&version("0.14.0")));
        assert!(!Prefetch::new(PrefetchMode::Version).handle_indexes());
        assert!(Prefetch::new(PrefetchMode::All).handle_indexes());
    }

    #[test]
    fn waiting_versions_are_bounded() {
        let mut prefetch = Prefetch::new(PrefetchMode::Version);
        for n in 0..1000 {
            prefetch.handle_fetched(&version(&alloc::format!("0.{n}.0")));
        }
        assert_eq!(prefetch.waiting.len(), WAITING);
    }
}
