//! A package as a Git repository: its references, and which release an object is asked of.
//!
//! Each release is a tag; `HEAD` stands for `refs/heads/main`, which is the newest release. All ids
//! are upstream's. Of commits nothing but the releases' own is served, so that every commit with
//! parents is where history is cut off.
//!
//! It refuses to know where packs lie, and objects other than commits and tags: trees and blobs are
//! given with the commit that has them.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;

use super::note::FaceNote;
use super::plain::Plain;
use super::set::set_id;
use crate::git::id::{ObjectId, ObjectKind, object_id};
use crate::git::object::Commit;
use crate::git::server::Fetch;
use crate::git::server::advertise::Version;
use crate::git::server::answer::NotOurRef;
use crate::git::server::boundary::{Boundary, Snapshot};
use crate::git::server::refs::{Ref, Refs, RefsError};
use crate::registry::manifest::ReleaseManifest;
use crate::registry::tag::TagName;

/// The branch, which `HEAD` stands for.
pub(super) const MAIN: &[u8] = b"refs/heads/main";

/// A release, as far as references show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// The tag.
    pub tag: TagName,
    /// The commit.
    pub commit: ObjectId,
    /// Whether that has parents.
    pub has_parents: bool,
    /// Tag objects, from the one that the tag names down to the one that names the commit.
    pub tags: Vec<ObjectId>,
}

impl Shown {
    /// What the note of a release's pack says.
    pub fn of_note(tag: TagName, note: &FaceNote) -> Self {
        Self {
            tag,
            commit: note.commit,
            has_parents: note.has_parents,
            tags: note.tags.clone(),
        }
    }

    /// What the manifest says; nothing of an imported release, whose tree has to be computed first.
    pub fn of_manifest(manifest: &ReleaseManifest) -> Option<Self> {
        let facts = manifest.git()?;
        let commit = Commit::parse(&facts.commit_object).ok()?;
        let tags = facts.tag_objects.iter();
        let tags = tags.map(|object| object_id(ObjectKind::Tag, object));
        Some(Self {
            tag: manifest.tag.clone(),
            commit: manifest.commit?,
            has_parents: commit.parents().next().is_some(),
            tags: tags.collect::<Result<_, _>>().ok()?,
        })
    }

    /// The object that the tag names.
    pub fn outermost(&self) -> ObjectId {
        self.tags.first().copied().unwrap_or(self.commit)
    }

    const fn snapshot(&self) -> Snapshot {
        Snapshot {
            id: self.commit,
            has_parents: self.has_parents,
        }
    }

    fn as_ref(&self) -> Ref {
        Ref {
            name: self.tag.git_ref().into_bytes(),
            id: self.outermost(),
            peeled: (!self.tags.is_empty()).then_some(self.commit),
        }
    }
}

/// A package's releases, as a repository.
#[derive(Debug, Clone)]
pub struct Repository {
    /// In version order.
    releases: Vec<Shown>,
    refs: Refs,
    /// Commits and tag objects, and the release that an object is asked of.
    places: BTreeMap<ObjectId, usize>,
    /// Releases that together have all objects, none of them to no purpose.
    all: BTreeSet<usize>,
    /// The name of the set of those, which their pack is stored under.
    set: ObjectId,
    /// Releases that cannot be shown.
    hidden: BTreeSet<TagName>,
    /// What the dumb protocol shows, once somebody asked for it.
    plain: Option<Plain>,
}

/// What a fetch is answered with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// The releases whose objects are wanted, in version order.
    pub wanted: Vec<usize>,
    /// Those whose objects the client has.
    pub had: Vec<usize>,
    /// The client's commits that are had here, in its order.
    pub common: Vec<ObjectId>,
    /// What the client is told of where history is cut off, if it is to be told.
    pub boundary: Option<Boundary>,
}

impl Repository {
    /// Takes the releases in any order.
    pub fn new(mut releases: Vec<Shown>) -> Result<Self, RefsError> {
        releases.sort_by(|a, b| a.tag.cmp(&b.tag));
        let newest = TagName::latest(releases.iter().map(|release| &release.tag));
        let newest = newest.and_then(|tag| releases.iter().find(|release| release.tag == *tag));
        let main = newest.map(|release| Ref {
            name: MAIN.into(),
            id: release.commit,
            peeled: None,
        });
        let listed = releases.iter().map(Shown::as_ref).chain(main).collect();
        let refs = Refs::new(MAIN.into(), listed)?;
        let places = places(&releases);
        let own = |release: &Shown| places.get(&release.outermost()).copied();
        let all: BTreeSet<_> = releases.iter().filter_map(own).collect();
        let members = all.iter().filter_map(|number| releases.get(*number));
        let set = set_id(members.map(|release| (release.outermost(), &release.tag)));
        Ok(Self {
            releases,
            refs,
            places,
            all,
            set,
            hidden: BTreeSet::new(),
            plain: None,
        })
    }

    /// Adds what the dumb protocol shows of the same releases.
    #[must_use]
    pub fn showing(&self, plain: Plain) -> Self {
        Self {
            plain: Some(plain),
            ..self.clone()
        }
    }

    /// What the dumb protocol shows, if that is known.
    pub fn plain(&self) -> Option<&Plain> {
        self.plain.as_ref()
    }

    /// Notes that these releases cannot be shown, so that nobody tries again and again. It is not for
    /// those that may be shown in a while.
    #[must_use]
    pub fn hiding(self, hidden: impl IntoIterator<Item = TagName>) -> Self {
        let hidden = hidden.into_iter().collect();
        Self { hidden, ..self }
    }

    /// Whether these are its releases, hidden ones among them, in version order.
    pub fn is_of(&self, tags: &[TagName]) -> bool {
        let shown = |tag: &TagName| {
            let found = self.releases.binary_search_by(|it| it.tag.cmp(tag));
            found.is_ok() || self.hidden.contains(tag)
        };
        tags.len() == self.releases.len() + self.hidden.len() && tags.iter().all(shown)
    }

    /// The releases, in version order.
    pub fn releases(&self) -> &[Shown] {
        &self.releases
    }

    /// The references.
    pub fn refs(&self) -> &Refs {
        &self.refs
    }

    /// The release of that number, as a [`Plan`] counts them.
    pub fn release(&self, number: usize) -> Option<&Shown> {
        self.releases.get(number)
    }

    /// The release that this commit or tag object is asked of.
    pub fn release_of(&self, id: ObjectId) -> Option<&Shown> {
        self.release(*self.places.get(&id)?)
    }

    /// Those releases that together have all objects.
    pub fn all(&self) -> impl ExactSizeIterator<Item = usize> + use<'_> {
        self.all.iter().copied()
    }

    /// The name of the set of those.
    pub fn set(&self) -> ObjectId {
        self.set
    }

    /// Whether these are all that is to be had.
    pub fn is_all(&self, wanted: &[usize]) -> bool {
        self.all.iter().eq(wanted)
    }

    /// Commits at which history is cut off, each once.
    pub fn boundaries(&self) -> Vec<ObjectId> {
        let mut seen = BTreeSet::new();
        let releases = self.releases.iter();
        let cut = releases.filter(|release| release.has_parents && seen.insert(release.commit));
        cut.map(|release| release.commit).collect()
    }

    /// What a fetch is to be answered with, or the object that is wanted and not served.
    pub fn plan(&self, version: Version, fetch: &Fetch) -> Result<Plan, NotOurRef> {
        let wanted = self.wanted(&fetch.wants)?;
        let common = |id: &&ObjectId| self.places.contains_key(*id);
        let common: Vec<_> = fetch.haves.iter().filter(common).copied().collect();
        let had = common.iter().filter_map(|id| self.places.get(id).copied());
        let had: BTreeSet<_> = had.collect();
        let snapshots = wanted.iter().filter_map(|number| self.release(*number));
        let mut boundary = Boundary::of(version, fetch, snapshots.map(Shown::snapshot));
        if let Some(boundary) = &mut boundary
            && version == Version::V2
            && fetch.deepen.is_none()
            && !boundary.shallow.is_empty()
        {
            boundary.restate(fetch);
        }
        Ok(Plan {
            wanted,
            had: had.into_iter().collect(),
            common,
            boundary,
        })
    }

    /// The releases of the objects wanted; a commit is taken from one that is wanted anyway.
    fn wanted(&self, wants: &[ObjectId]) -> Result<Vec<usize>, NotOurRef> {
        let mut wanted = BTreeSet::new();
        for want in wants {
            let number = self.places.get(want).ok_or(NotOurRef(*want))?;
            let is_commit = |release: &Shown| release.commit == *want;
            if !self.release(*number).is_some_and(is_commit) {
                wanted.insert(*number);
            }
        }
        let covered = wanted.iter().filter_map(|number| self.release(*number));
        let covered: BTreeSet<_> = covered.map(|release| release.commit).collect();
        let commits = wants.iter().filter(|want| !covered.contains(want));
        let commits = commits.filter_map(|want| self.places.get(want));
        wanted.extend(commits.copied());
        Ok(wanted.into_iter().collect())
    }
}

/// A commit's place is a release that has a tag object too, if there is one: its pack has both.
fn places(releases: &[Shown]) -> BTreeMap<ObjectId, usize> {
    let numbered = || releases.iter().enumerate();
    let mut places = BTreeMap::new();
    for (number, release) in numbered().filter(|(_, release)| release.tags.is_empty()) {
        places.insert(release.commit, number);
    }
    for (number, release) in numbered().filter(|(_, release)| !release.tags.is_empty()) {
        places.insert(release.commit, number);
        places.extend(release.tags.iter().map(|tag| (*tag, number)));
    }
    places
}

#[cfg(test)]
#[path = "repository_tests.rs"]
mod tests;
