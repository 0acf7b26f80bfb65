//! Packages as Git repositories, kept in memory between requests.
//!
//! A published release never changes, so that only the names of a package's releases can be out of
//! date: other processes publish in the same directory, too. They are looked up again after
//! `Limits::repository_recheck`, and at once when this process has published.
//!
//! Bounded by releases, of all packages together; the package unused for longest makes room. It
//! refuses to look anything up.

use alloc::collections::BTreeMap;
use alloc::sync::Arc;
use core::time::Duration;

use crate::limits::Limits;
use crate::registry::face::repository::Repository;
use crate::registry::name::PackageName;
use crate::time::Instant;

/// The repositories at hand.
#[derive(Debug)]
pub struct Repositories {
    entries: BTreeMap<PackageName, Entry>,
    /// Releases of all entries, each entry counted as one more.
    held: usize,
    most: usize,
    recheck: Duration,
    clock: u64,
    /// Counts what was published, so that nobody keeps what was read before.
    published: u64,
}

#[derive(Debug)]
struct Entry {
    repository: Arc<Repository>,
    fresh_until: Instant,
    used: u64,
}

/// A repository at hand.
#[derive(Clone, Debug)]
pub struct AtHand {
    /// The repository.
    pub repository: Arc<Repository>,
    /// Whether its releases need not be looked up again.
    pub is_fresh: bool,
}

impl Repositories {
    /// Nothing at hand.
    pub fn new(limits: &Limits) -> Self {
        Self {
            entries: BTreeMap::new(),
            held: 0,
            most: limits.repository_releases,
            recheck: limits.repository_recheck,
            clock: 0,
            published: 0,
        }
    }

    /// The package's repository, if it is at hand.
    pub fn get(&mut self, package: &PackageName, now: Instant) -> Option<AtHand> {
        let entry = self.entries.get_mut(package)?;
        self.clock += 1;
        entry.used = self.clock;
        Some(AtHand {
            repository: Arc::clone(&entry.repository),
            is_fresh: now < entry.fresh_until,
        })
    }

    /// To be asked before releases are looked up, for [`Self::put`].
    pub fn published(&self) -> u64 {
        self.published
    }

    /// Keeps what was looked up from `now` on, when so much had been published; nothing if more has
    /// been since.
    pub fn put(
        &mut self,
        package: &PackageName,
        repository: &Arc<Repository>,
        (published, now): (u64, Instant),
    ) {
        let size = size(repository);
        if published != self.published || size > self.most {
            return;
        }
        self.forget(package);
        while self.held + size > self.most && self.forget_unused() {}
        self.clock += 1;
        self.held += size;
        let entry = Entry {
            repository: Arc::clone(repository),
            fresh_until: now + self.recheck,
            used: self.clock,
        };
        self.entries.insert(package.clone(), entry);
    }

    /// Keeps more of what is known of the same releases; nothing if they are not at hand any more.
    pub fn complete(
        &mut self,
        package: &PackageName,
        known: &Arc<Repository>,
        complete: &Arc<Repository>,
    ) {
        if let Some(entry) = self.entries.get_mut(package)
            && Arc::ptr_eq(&entry.repository, known)
        {
            entry.repository = Arc::clone(complete);
        }
    }

    /// A release of the package was published, or taken away.
    pub fn handle_published(&mut self, package: &PackageName) {
        self.published += 1;
        self.forget(package);
    }

    fn forget(&mut self, package: &PackageName) {
        if let Some(entry) = self.entries.remove(package) {
            self.held -= size(&entry.repository);
        }
    }

    fn forget_unused(&mut self) -> bool {
        let oldest = self.entries.iter().min_by_key(|(_, entry)| entry.used);
        let oldest = oldest.map(|(package, _)| package.clone());
        oldest.is_some_and(|package| {
            self.forget(&package);
            true
        })
    }
}

fn size(repository: &Repository) -> usize {
    repository.releases().len() + 1
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::*;
    use crate::git::id::ObjectId;
    use crate::registry::face::plain::Plain;
    use crate::registry::face::repository::Shown;
    use crate::registry::tag::TagName;

    fn name(text: &str) -> PackageName {
        PackageName::parse(text).unwrap()
    }

    fn repository(tags: usize) -> Arc<Repository> {
        let shown = |number| Shown {
            tag: TagName::parse(&alloc::format!("v{number}")).unwrap(),
            commit: ObjectId::from_bytes([7; 20]),
            has_parents: false,
            tags: Vec::new(),
        };
        Arc::new(Repository::new((0..tags).map(shown).collect()).unwrap())
    }

    fn repositories(most: usize) -> Repositories {
        Repositories::new(&Limits {
            repository_releases: most,
            repository_recheck: Duration::from_millis(100),
            ..Limits::default()
        })
    }

    #[test]
    fn releases_are_looked_up_again_after_a_while() {
        let mut repositories = repositories(10);
        repositories.put(&name("a"), &repository(1), (0, Instant(5)));
        let mut is_fresh = |now| {
            let found = repositories.get(&name("a"), Instant(now));
            found.map(|found| found.is_fresh)
        };
        assert_eq!([is_fresh(104), is_fresh(105)], [Some(true), Some(false)]);
    }

    #[test]
    fn what_was_read_before_a_release_was_published_is_not_kept() {
        let mut repositories = repositories(10);
        let before = repositories.published();
        repositories.handle_published(&name("a"));
        repositories.put(&name("a"), &repository(1), (before, Instant(0)));
        assert!(repositories.get(&name("a"), Instant(0)).is_none());
        let now = (repositories.published(), Instant(0));
        repositories.put(&name("a"), &repository(1), now);
        assert!(repositories.get(&name("a"), Instant(0)).is_some());
        repositories.handle_published(&name("a"));
        assert!(repositories.get(&name("a"), Instant(0)).is_none());
    }

    #[test]
    fn what_is_completed_replaces_the_same_releases_alone() {
        let mut repositories = repositories(10);
        let (known, other) = (repository(1), repository(1));
        let complete = Arc::new(known.showing(Plain::new(Vec::new()).unwrap()));
        repositories.complete(&name("a"), &known, &complete);
        assert!(repositories.get(&name("a"), Instant(0)).is_none());
        repositories.put(&name("a"), &known, (0, Instant(5)));
        repositories.complete(&name("a"), &other, &complete);
        let found = repositories.get(&name("a"), Instant(0)).unwrap();
        assert!(found.repository.plain().is_none());
        repositories.complete(&name("a"), &known, &complete);
        let found = repositories.get(&name("a"), Instant(105)).unwrap();
        assert!(found.repository.plain().is_some() && !found.is_fresh);
    }

    #[test]
    fn unused_for_longest_makes_room_and_all_is_counted_back() {
        let mut repositories = repositories(10);
        for package in ["a", "b"] {
            repositories.put(&name(package), &repository(4), (0, Instant(0)));
        }
        assert!(repositories.get(&name("a"), Instant(0)).is_some());
        repositories.put(&name("c"), &repository(4), (0, Instant(0)));
        assert!(repositories.get(&name("b"), Instant(0)).is_none());
        assert!(repositories.get(&name("a"), Instant(0)).is_some());
        repositories.put(&name("d"), &repository(10), (0, Instant(0)));
        assert!(repositories.get(&name("d"), Instant(0)).is_none());
        for package in ["a", "b", "c"] {
            repositories.handle_published(&name(package));
        }
        assert_eq!(repositories.held, 0);
    }
}
