//! Packages whose pack of all releases is being made, beside requests.
//!
//! One job a package, and few at once. Nobody waits for one, so nothing is queued: whoever finds the
//! pack missing asks again.

use alloc::collections::BTreeSet;

use super::{App, Effect, Job};
use crate::registry::name::PackageName;

/// Those packages.
#[derive(Debug, Default)]
pub(super) struct Sets(BTreeSet<PackageName>);

impl App {
    /// The pack of all releases of a package is missing.
    pub fn want_set(&mut self, package: &PackageName) {
        let has_room = self.sets.0.len() < self.config.limits.derivations;
        if self.draining || !has_room || !self.sets.0.insert(package.clone()) {
            return;
        }
        let job = Job::Set(package.clone());
        self.effects.push_back(Effect::Start(job));
    }

    /// Packages whose pack of all releases is being made on demand.
    pub fn sets(&self) -> usize {
        self.sets.0.len()
    }

    /// The job has ended, whatever came of it.
    pub fn handle_set(&mut self, package: &PackageName) {
        self.sets.0.remove(package);
    }
}
