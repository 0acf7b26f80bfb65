use std::string::ToString;
use std::vec;
use std::vec::Vec;

use super::super::fixtures::{Files, Item, id, make, release};
use super::super::manifest::{Origin, ReleaseManifest};
use super::super::proof::ChainError;
use super::super::survey::{Survey, heads};
use super::*;
use crate::git::id::object_id;

/// One content four times, one tree twice, an empty tree twice, and a link to what a file says.
const FILES: &Files<'_> = &[
    (b"a/x", Item::File(b"hello\n")),
    (b"a/y", Item::Program(b"hello\n")),
    (b"b/x", Item::File(b"hello\n")),
    (b"b/y", Item::Program(b"hello\n")),
    (b"e/f", Item::Empty),
    (b"e/g", Item::Empty),
    (b"l", Item::Link(b"target")),
    (b"m", Item::File(b"target")),
    (b"n", Item::File(b"")),
    (b"s", Item::Gitlink(ObjectId::from_bytes([7; 20]))),
];

fn objects<'m>(
    manifest: &'m ReleaseManifest,
    tarball: &[u8],
) -> Result<ReleaseObjects<'m>, ObjectsError> {
    let mut survey = Survey::new(manifest)?;
    survey.handle_bytes(tarball)?;
    let outline = survey.finish()?;
    let heads = heads(manifest, outline.tree())?;
    Ok(ReleaseObjects::new(outline, heads))
}

/// The objects in their order: kind, id and content.
fn listed(
    mut objects: ReleaseObjects<'_>,
    tarball: &[u8],
    step: usize,
) -> Result<Vec<(ObjectKind, ObjectId, Vec<u8>)>, ObjectsError> {
    let (mut listed, mut is_open, expected) = (Vec::new(), false, objects.objects());
    let mut take = |event: ObjectEvent<'_>| {
        match event {
            ObjectEvent::Begin { id, kind, size } => {
                assert!(!core::mem::replace(&mut is_open, true));
                listed.push((kind, id, Vec::with_capacity(size.try_into().unwrap())));
            }
            ObjectEvent::Data(bytes) => listed.last_mut().unwrap().2.extend_from_slice(bytes),
            ObjectEvent::End => assert!(core::mem::replace(&mut is_open, false)),
        }
        Ok(())
    };
    objects.start(&mut take)?;
    for piece in tarball.chunks(step) {
        objects.handle_bytes(piece, &mut take)?;
    }
    objects.finish(&mut take)?;
    assert_eq!(listed.len(), expected);
    Ok(listed)
}

#[test]
fn each_object_comes_once_and_is_what_its_id_says() {
    let (made, manifest) = release(FILES);
    for step in [1, 50, usize::MAX] {
        let objects = objects(&manifest, &made.bytes).unwrap();
        let listed = listed(objects, &made.bytes, step).unwrap();
        for (kind, id, content) in &listed {
            assert_eq!(object_id(*kind, content), Ok(*id));
        }
        let kinds: Vec<_> = listed.iter().map(|(kind, ..)| kind.name()).collect();
        // Trees: the empty one, `a` (which is `b`), `e`, the root. Blobs: `hello`, `target`, nothing.
        let expected = "tree tree tree tree blob blob blob commit tag";
        assert_eq!(kinds.join(" "), expected);
        let ids: Vec<_> = listed.iter().map(|(_, id, _)| id.to_string()).collect();
        assert_eq!(ids[0], "4b825dc642cb6eb9a060e54bf8d69288fbee4904");
        assert_eq!(ids[3], manifest.tree.unwrap().to_string());
        assert_eq!(ids[4], "ce013625030ba8dba906f756967f9e9ca394464a");
        assert_eq!(ids[6], "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391");
        assert_eq!(ids[7], manifest.commit.unwrap().to_string());
        assert_eq!(ids[8], manifest.tag_object().unwrap().to_string());
    }
}

#[test]
fn an_empty_tarball_is_a_commit_of_the_empty_tree() {
    let (made, manifest) = release(&[]);
    let objects = objects(&manifest, &made.bytes).unwrap();
    let listed = listed(objects, &made.bytes, 7).unwrap();
    assert_eq!(listed.len(), 3);
    let empty = (
        ObjectKind::Tree,
        id("4b825dc642cb6eb9a060e54bf8d69288fbee4904"),
        vec![],
    );
    assert_eq!(listed[0], empty);
}

#[test]
fn a_tarball_that_is_not_the_commit_has_no_objects() {
    let (_, mut manifest) = release(FILES);
    let other: &Files<'_> = &[(b"a", Item::File(b"other"))];
    let made = make(other, 100).unwrap();
    let error = objects(&manifest, &made.bytes).unwrap_err();
    let another = matches!(error, ObjectsError::Fault(ReleaseFault::Digest { .. }));
    assert!(another, "{error}");
    manifest.tarball.sha256 = made.sums.file.sha256;
    let error = objects(&manifest, &made.bytes).unwrap_err();
    let no_directory = matches!(error, ObjectsError::Proof(ProofError::NoDirectory { .. }));
    assert!(no_directory, "{error}");
    let (made, mut manifest) = release(&[(b"a", Item::File(b"hello\n"))]);
    manifest.commit = Some(ObjectId::from_bytes([1; 20]));
    let error = objects(&manifest, &made.bytes).unwrap_err();
    let another = matches!(
        error,
        ObjectsError::Fault(ReleaseFault::Chain(ChainError::Id { .. }))
    );
    assert!(another, "{error}");
    manifest.origin = Origin::Imported;
    assert!(
        objects(&manifest, &made.bytes).is_ok(),
        "nothing is stated of it"
    );
}

#[test]
fn a_tarball_that_changes_between_the_passes_is_noticed() {
    let files = |content: &'static [u8]| [(&b"a"[..], Item::File(content))];
    let (made, manifest) = release(&files(b"hello\n"));
    let outcome = |second: &Files<'_>| {
        let second = make(second, 100).unwrap();
        let objects = objects(&manifest, &made.bytes).unwrap();
        listed(objects, &second.bytes, 100).map(drop)
    };
    assert_eq!(outcome(&files(b"hello\n")), Ok(()));
    let program: &Files<'_> = &[(b"a", Item::Program(b"hello\n"))];
    assert_eq!(outcome(program), Ok(()), "only contents are taken");
    let changed = Err(ObjectsError::Changed);
    assert_eq!(outcome(&files(b"hallo\n")), changed);
    assert_eq!(outcome(&files(b"hello")), changed);
    assert_eq!(outcome(&[]), changed);
    let more: &Files<'_> = &[(b"a", Item::File(b"hello\n")), (b"b", Item::Link(b"x"))];
    assert_eq!(outcome(more), changed);
    let objects = objects(&manifest, &made.bytes).unwrap();
    let cut = listed(objects, &made.bytes[..made.bytes.len() - 9], 100);
    assert!(matches!(cut, Err(ObjectsError::Proof(ProofError::Gzip(_)))));
}

#[test]
fn an_error_of_the_taker_ends_the_call() {
    let (made, manifest) = release(FILES);
    let mut objects = objects(&manifest, &made.bytes).unwrap();
    let mut refuse = |_: ObjectEvent<'_>| Err(ObjectsError::TooMany);
    assert_eq!(objects.start(&mut refuse), Err(ObjectsError::TooMany));
    let error = objects.handle_bytes(&made.bytes, &mut refuse);
    assert_eq!(error, Err(ObjectsError::TooMany));
    let mut objects = self::objects(&manifest, &made.bytes).unwrap();
    objects.handle_bytes(&made.bytes, &mut |_| Ok(())).unwrap();
    assert_eq!(objects.finish(&mut refuse), Err(ObjectsError::TooMany));
}
