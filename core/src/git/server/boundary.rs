//! Where history is cut off, for a repository of snapshots: every commit with parents is a shallow
//! boundary, and a commit without parents is complete (gitprotocol-pack(5), "Downstream deepen";
//! gitprotocol-v2(5), "shallow-info section").
//!
//! | | commit with parents | commit without parents |
//! |---|---|---|
//! | the client does not say `shallow` of it | `shallow` | nothing |
//! | the client says `shallow` of it | nothing | `unshallow` |
//!
//! No depth changes that: at every depth from 1 on the commit is given, at none its parents are. So
//! `deepen N`, `deepen-relative`, `deepen-since` and `deepen-not` decide only whether a client waits
//! for an answer, and wants are given even if they are older than asked for. Git's own server says
//! `shallow` of a commit without parents, too, when the depth ends at it; here that would be untrue.

use alloc::collections::BTreeSet;
use alloc::vec::Vec;

use super::Fetch;
use super::advertise::Version;
use crate::git::id::ObjectId;

/// A commit, as far as it matters here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Snapshot {
    /// Its id.
    pub id: ObjectId,
    /// Whether it has parents, none of which is served.
    pub has_parents: bool,
}

/// What a client is told of where its history is cut off.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Boundary {
    /// It is cut off at these commits, and the client does not know that.
    pub shallow: Vec<ObjectId>,
    /// It is not cut off at these, as the client believes.
    pub unshallow: Vec<ObjectId>,
}

impl Boundary {
    /// What to tell a client of the commits that its wants lead to, each once, in their order.
    ///
    /// None if nothing is to be told: in protocol 2 when no depth was asked for and there is
    /// nothing to say, in 0 and 1 when no depth was asked for, since the advertisement has told.
    /// There may be something that says nothing: whoever asks for a depth waits for it.
    pub fn of(
        version: Version,
        fetch: &Fetch,
        wanted: impl IntoIterator<Item = Snapshot>,
    ) -> Option<Self> {
        if version < Version::V2 && fetch.deepen.is_none() {
            return None;
        }
        let mut known: BTreeSet<_> = fetch.shallow.iter().copied().collect();
        let mut boundary = Self::default();
        for commit in wanted {
            // Each commit is spoken of once: what is told is known.
            match (commit.has_parents, known.contains(&commit.id)) {
                (true, false) => {
                    known.insert(commit.id);
                    boundary.shallow.push(commit.id);
                }
                (false, true) => {
                    known.remove(&commit.id);
                    boundary.unshallow.push(commit.id);
                }
                (true, true) | (false, false) => {}
            }
        }
        let is_silent = boundary.shallow.is_empty() && boundary.unshallow.is_empty();
        (fetch.deepen.is_some() || !is_silent).then_some(boundary)
    }

    /// Takes back what the client says of one commit, and says it again; false if there is none for
    /// which that is safe.
    ///
    /// In protocol 2, when no depth was asked for, Git's client takes new boundaries for the
    /// server's own and refuses the references that lead to them (`fetch --tags` brings nothing),
    /// unless there is an `unshallow` among them: then all are taken as asked for (git 2.47.3,
    /// `receive_shallow_info`). What both lines say together is what was true before. The client
    /// has to know the commit, or it gives up: hence one that it names with `have` too.
    pub fn restate(&mut self, fetch: &Fetch) -> bool {
        let haves: BTreeSet<_> = fetch.haves.iter().collect();
        let mut known = fetch.shallow.iter().filter(|id| haves.contains(id));
        let Some(id) = known.find(|id| !self.unshallow.contains(id)) else {
            return false;
        };
        self.unshallow.push(*id);
        self.shallow.push(*id);
        true
    }
}

#[cfg(test)]
#[path = "boundary_tests.rs"]
mod tests;
