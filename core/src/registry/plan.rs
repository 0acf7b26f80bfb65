//! Which of a repository's tags are to be fetched: those that are not published.
//!
//! A tag that is published and leads elsewhere upstream by now is a conflict, and stays as it is. A
//! tag whose commit is the same is the same, also if it has been signed anew. It refuses names that
//! no release can have; the other tags go on.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::vec::Vec;

use super::documents::{Conflict, Refused};
use super::tag::TagName;
use crate::git::client::Ref;
use crate::git::id::ObjectId;
use crate::limits::IngestLimits;

/// What all tags begin with.
const TAGS: &[u8] = b"refs/tags/";

/// A tag that is to be fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// The tag.
    pub tag: TagName,
    /// The object that the reference names: a tag object or a commit.
    pub id: ObjectId,
}

/// What is known of a published tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Published {
    /// The commit, if it is known.
    pub commit: Option<ObjectId>,
    /// The tag object, if there is one.
    pub tag: Option<ObjectId>,
    /// Whether the tarball is there, beside the manifest.
    pub is_whole: bool,
}

/// What is to be done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// Tags to fetch, the newest version first.
    pub missing: Vec<Missing>,
    /// Tags that are published already.
    pub present: u64,
    /// Published tags that lead elsewhere upstream.
    pub conflicts: Vec<Conflict>,
    /// Tags that cannot be published; of more than [`Plan::MAX_REFUSED`] the first.
    pub refused: Vec<Refused>,
    /// Tags that cannot be published and are not among them.
    pub untold: u64,
}

impl Plan {
    /// Most refused tags that are told. An upstream may list a hundred thousand, and what is told
    /// of a job is kept.
    pub const MAX_REFUSED: usize = 1000;

    /// Compares upstream's references with what is published.
    pub fn new(
        refs: &[Ref],
        published: &BTreeMap<TagName, Published>,
        limits: &IngestLimits,
    ) -> Self {
        let mut plan = Self::default();
        for one in refs {
            if let Some(name) = one.name.strip_prefix(TAGS) {
                plan.handle_tag(name, one, published);
            }
        }
        plan.missing.sort_by(|a, b| b.tag.cmp(&a.tag));
        // A server may list one name twice; the first counts.
        plan.missing.dedup_by(|later, first| later.tag == first.tag);
        plan.keep_to(limits.tags);
        plan
    }

    /// Tags that upstream has.
    pub fn tags(&self) -> u64 {
        let count = |n: usize| u64::try_from(n).unwrap_or(u64::MAX);
        count(self.missing.len()) + count(self.refused.len()) + self.untold + self.present
    }

    fn handle_tag(&mut self, name: &[u8], one: &Ref, published: &BTreeMap<TagName, Published>) {
        let tag = match TagName::of_bytes(name) {
            Ok(tag) => tag,
            Err(error) => return self.refuse(name, &format!("{error}")),
        };
        let Some(known) = published.get(&tag) else {
            let id = one.id;
            return self.missing.push(Missing { tag, id });
        };
        let is_same = is_same(known, one);
        if is_same && !known.is_whole {
            // The tarball was lost; from the same commit it can be made again.
            let id = one.id;
            return self.missing.push(Missing { tag, id });
        }
        self.present += 1;
        if known.commit.is_some() && !is_same {
            self.conflicts.push(Conflict {
                tag,
                published: known.commit,
                upstream: one.peeled.unwrap_or(one.id),
            });
        }
    }

    /// The newest tags that the limit allows, those published included; the others are refused.
    fn keep_to(&mut self, most: u64) {
        let room = usize::try_from(most.saturating_sub(self.present)).unwrap_or(usize::MAX);
        for over in self.missing.split_off(room.min(self.missing.len())) {
            let reason = format!("more tags than INGEST_LIMITS tags={most} allows");
            self.refuse(over.tag.as_str().as_bytes(), &reason);
        }
    }

    fn refuse(&mut self, tag: &[u8], reason: &str) {
        if self.refused.len() < Self::MAX_REFUSED {
            self.refused.push(Refused::new(tag, reason));
        } else {
            self.untold += 1;
        }
    }
}

/// Whether upstream's tag leads to what is published. Where it is not said what a tag object leads
/// to, and none is known, it is taken for the same: a guess would accuse somebody.
fn is_same(known: &Published, one: &Ref) -> bool {
    let ids = [Some(one.id), one.peeled];
    let is = |id: Option<ObjectId>| id.is_some() && ids.contains(&id);
    is(known.commit) || is(known.tag)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(digit: u8) -> ObjectId {
        ObjectId::from_bytes([digit; 20])
    }

    fn tag(name: &str, id: ObjectId, peeled: Option<ObjectId>) -> Ref {
        Ref {
            name: format!("refs/tags/{name}").into_bytes(),
            id,
            peeled,
            symref_target: None,
        }
    }

    fn published(tags: &[(&str, ObjectId, Option<ObjectId>)]) -> BTreeMap<TagName, Published> {
        let one = |(name, commit, tag): &(&str, ObjectId, Option<ObjectId>)| {
            let commit = Some(*commit);
            let known = Published {
                commit,
                tag: *tag,
                is_whole: true,
            };
            (TagName::parse(name).unwrap(), known)
        };
        tags.iter().map(one).collect()
    }

    fn plan(refs: &[Ref], tags: &[(&str, ObjectId, Option<ObjectId>)]) -> Plan {
        Plan::new(refs, &published(tags), &IngestLimits::default())
    }

    #[test]
    fn newest_version_comes_first_and_other_references_do_not_count() {
        let mut head = tag("x", id(9), None);
        head.name = b"HEAD".to_vec();
        let refs = [
            head,
            tag("v0.9.0", id(1), None),
            tag("v0.10.0", id(2), Some(id(3))),
        ];
        let plan = plan(&refs, &[]);
        let names: Vec<_> = plan.missing.iter().map(|one| one.tag.as_str()).collect();
        assert_eq!(names, ["v0.10.0", "v0.9.0"]);
        assert_eq!((plan.missing[0].id, plan.tags()), (id(2), 2));
    }

    #[test]
    fn moved_tag_is_a_conflict_and_a_new_signature_is_none() {
        let refs = [
            tag("moved", id(1), None),
            tag("resigned", id(2), Some(id(3))),
            tag("same", id(4), Some(id(5))),
        ];
        let known = [
            ("moved", id(7), None),
            ("resigned", id(3), Some(id(8))),
            ("same", id(5), Some(id(4))),
        ];
        let plan = plan(&refs, &known);
        assert_eq!((plan.present, plan.missing.len()), (3, 0));
        assert_eq!(plan.conflicts.len(), 1);
        let conflict = &plan.conflicts[0];
        assert_eq!(
            (conflict.published, conflict.upstream),
            (Some(id(7)), id(1))
        );
    }

    #[test]
    fn lost_tarball_is_made_again_from_the_same_commit_only() {
        let refs = [tag("v1", id(1), None), tag("v2", id(2), None)];
        let mut known = published(&[("v1", id(1), None), ("v2", id(9), None)]);
        for one in known.values_mut() {
            one.is_whole = false;
        }
        let plan = Plan::new(&refs, &known, &IngestLimits::default());
        let names: Vec<_> = plan.missing.iter().map(|one| one.tag.as_str()).collect();
        assert_eq!((names.as_slice(), plan.conflicts.len()), (&["v1"][..], 1));
    }

    #[test]
    fn impossible_names_and_too_many_tags_are_refused_with_the_reason() {
        let refs = [
            tag("a..b", id(1), None),
            tag("v1", id(2), None),
            tag("v2", id(3), None),
            tag("v2", id(4), None),
        ];
        let limits = IngestLimits {
            tags: 1,
            ..IngestLimits::default()
        };
        let plan = Plan::new(&refs, &BTreeMap::new(), &limits);
        assert_eq!(plan.missing.len(), 1);
        assert_eq!(plan.missing[0].tag.as_str(), "v2");
        let refused: Vec<_> = plan.refused.iter().map(|one| one.tag.as_str()).collect();
        assert_eq!(refused, ["a..b", "v1"]);
        assert!(plan.refused[1].reason.contains("tags=1"));
    }

    #[test]
    fn of_very_many_refused_tags_only_some_are_told() {
        let refs: Vec<_> = (0..5000)
            .map(|n| tag(&format!("v{n}"), id(1), None))
            .collect();
        let plan = plan(&refs, &[]);
        assert_eq!(plan.missing.len(), 2000);
        assert_eq!(plan.refused.len(), Plan::MAX_REFUSED);
        assert_eq!((plan.untold, plan.tags()), (2000, 5000));
    }
}
