use std::format;
use std::string::{String, ToString};

use super::super::fixtures::id;
use super::*;
use crate::git::id::{ObjectId, ObjectKind, object_id};
use crate::git::object::ObjectError;

const TREE: &str = "76255ebf6d26e184f20765c54ac3ad77fa8277c4";
const COMMIT: &str = "c3164a69d52714451ba2b6f336a05e18a973a491";
const TAG: &str = "f930dea97a56a39d42d22051a78f83655e329cca";
const WHO: &str = "packbase <packbase@localhost> 0 +0000";

fn commit() -> String {
    format!("tree {TREE}\nauthor {WHO}\ncommitter {WHO}\n\nhello v0.1.0\n")
}

fn tag(kind: &str, object: &str) -> String {
    format!("object {object}\ntype {kind}\ntag v0.1.0\ntagger {WHO}\n\nhello v0.1.0\n")
}

fn kept<'a>(hex: &str, bytes: &'a str) -> Kept<'a> {
    let (id, bytes) = (id(hex), bytes.as_bytes());
    Kept { id, bytes }
}

fn tag_id(bytes: &str) -> String {
    object_id(ObjectKind::Tag, bytes.as_bytes())
        .unwrap()
        .to_string()
}

#[test]
fn commit_and_tag_that_git_made_lead_to_the_tree() {
    let (commit, tag) = (commit(), tag("commit", COMMIT));
    let (commit, tag) = (kept(COMMIT, &commit), kept(TAG, &tag));
    assert_eq!(verify_commit(id(TREE), commit, &[]), Ok(()));
    assert_eq!(verify_commit(id(TREE), commit, &[tag]), Ok(()));
}

#[test]
fn a_tag_of_a_tag_is_followed() {
    let (commit, inner) = (commit(), tag("commit", COMMIT));
    let outer = tag("tag", TAG);
    let (outer, inner) = (kept(&tag_id(&outer), &outer), kept(TAG, &inner));
    let commit = kept(COMMIT, &commit);
    assert_eq!(verify_commit(id(TREE), commit, &[outer, inner]), Ok(()));
    let error = ChainError::Target {
        tag: outer.id,
        stated: (ObjectKind::Tag, inner.id),
        kept: (ObjectKind::Commit, commit.id),
    };
    assert_eq!(verify_commit(id(TREE), commit, &[outer]), Err(error));
}

#[test]
fn another_tree_is_another_commit() {
    let commit = commit();
    let computed = ObjectId::from_bytes([7; 20]);
    let stated = id(TREE);
    let error = ChainError::Tree { stated, computed };
    assert_eq!(
        verify_commit(computed, kept(COMMIT, &commit), &[]),
        Err(error)
    );
}

#[test]
fn objects_with_other_ids_are_refused() {
    let changed = commit().replace("hello", "hallo");
    let computed = object_id(ObjectKind::Commit, changed.as_bytes()).unwrap();
    let error = ChainError::Id {
        kind: ObjectKind::Commit,
        stated: id(COMMIT),
        computed,
    };
    let result = verify_commit(id(TREE), kept(COMMIT, &changed), &[]);
    assert_eq!(result, Err(error));
    let (commit, changed) = (commit(), tag("commit", COMMIT).replace("hello", "hallo"));
    let error = ChainError::Id {
        kind: ObjectKind::Tag,
        stated: id(TAG),
        computed: id(&tag_id(&changed)),
    };
    let tags = [kept(TAG, &changed)];
    assert_eq!(
        verify_commit(id(TREE), kept(COMMIT, &commit), &tags),
        Err(error)
    );
}

#[test]
fn a_tag_of_something_else_is_refused() {
    let commit = commit();
    let commit = kept(COMMIT, &commit);
    for (kind, object, stated) in [
        ("commit", TAG, (ObjectKind::Commit, id(TAG))),
        ("tree", COMMIT, (ObjectKind::Tree, id(COMMIT))),
    ] {
        let tag = tag(kind, object);
        let tag = kept(&tag_id(&tag), &tag);
        let error = ChainError::Target {
            tag: tag.id,
            stated,
            kept: (ObjectKind::Commit, commit.id),
        };
        assert_eq!(verify_commit(id(TREE), commit, &[tag]), Err(error));
    }
}

#[test]
fn what_is_no_commit_or_tag_is_refused() {
    let empty = object_id(ObjectKind::Commit, b"").unwrap().to_string();
    let malformed = |kind, header| {
        let fault = ObjectError::Header { header };
        Err(ChainError::Malformed { kind, fault })
    };
    let result = verify_commit(id(TREE), kept(&empty, ""), &[]);
    assert_eq!(result, malformed(ObjectKind::Commit, "tree"));
    let commit = commit();
    let tags = [kept(&tag_id(""), "")];
    let result = verify_commit(id(TREE), kept(COMMIT, &commit), &tags);
    assert_eq!(result, malformed(ObjectKind::Tag, "object"));
}
