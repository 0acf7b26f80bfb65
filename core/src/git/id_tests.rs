use std::format;
use std::string::ToString as _;

use super::*;

/// `git hash-object -t blob /dev/null`.
const EMPTY_BLOB: &str = "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391";
/// `git hash-object -t tree /dev/null`.
const EMPTY_TREE: &str = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";
/// `echo hello | git hash-object --stdin`.
const HELLO: &str = "ce013625030ba8dba906f756967f9e9ca394464a";

fn id(hex: &str) -> ObjectId {
    ObjectId::parse(hex.as_bytes()).unwrap()
}

#[test]
fn ids_are_those_of_git() {
    assert_eq!(object_id(ObjectKind::Blob, b""), Ok(id(EMPTY_BLOB)));
    assert_eq!(object_id(ObjectKind::Tree, b""), Ok(id(EMPTY_TREE)));
    assert_eq!(object_id(ObjectKind::Blob, b"hello\n"), Ok(id(HELLO)));
}

#[test]
fn where_the_bytes_are_cut_does_not_matter() {
    for cut in 0..=6 {
        let (head, tail) = b"hello\n".split_at(cut);
        let mut hasher = ObjectHasher::new(ObjectKind::Blob, 6);
        hasher.update(head);
        hasher.update(tail);
        assert_eq!(hasher.finish(), Ok(id(HELLO)));
    }
}

#[test]
fn a_length_that_lies_has_no_id() {
    for length in [0, 5, 7, u64::MAX] {
        let mut hasher = ObjectHasher::new(ObjectKind::Blob, length);
        hasher.update(b"hello\n");
        assert_eq!(hasher.finish(), Err(HashError::Length), "{length}");
    }
}

#[test]
fn bytes_that_come_after_too_many_do_not_mend_the_length() {
    let mut hasher = ObjectHasher::new(ObjectKind::Blob, 3);
    hasher.update(b"hello\n");
    hasher.update(b"");
    assert_eq!(hasher.finish(), Err(HashError::Length));
}

#[test]
fn an_id_is_40_hex_digits_of_either_case() {
    assert_eq!(id(HELLO).to_string(), HELLO);
    assert_eq!(id(&HELLO.to_uppercase()), id(HELLO));
    assert_eq!(format!("{:?}", id(HELLO)), format!("ObjectId({HELLO})"));
    assert_eq!(ObjectId::from_bytes(*id(HELLO).as_bytes()), id(HELLO));
    for bad in [
        "",
        "ce01",
        &HELLO[1..],
        &format!("{HELLO}0"),
        &format!("g{}", &HELLO[1..]),
    ] {
        assert_eq!(ObjectId::parse(bad.as_bytes()), None, "{bad}");
    }
}

#[test]
fn kinds_and_their_names_agree() {
    use ObjectKind::{Blob, Commit, Tag, Tree};
    for kind in [Commit, Tree, Blob, Tag] {
        assert_eq!(ObjectKind::of_name(kind.name().as_bytes()), Some(kind));
    }
    assert_eq!(ObjectKind::of_name(b"Blob"), None);
    assert_eq!(ObjectKind::of_name(b""), None);
}

/// One half of the chosen-prefix collision of Leurent and Peyrin ("SHA-1 is a Shambles", 2020). It
/// is no object: no collision of two objects is known, so the object's header is left out.
#[test]
fn bytes_of_a_collision_attack_have_no_id() {
    let mut hasher = ObjectHasher {
        sha1: Sha1::new(),
        left: Some(640),
    };
    hasher.update(include_bytes!("testdata/sha-mbles-1.bin"));
    assert_eq!(hasher.finish(), Err(HashError::Collision));
}
