use std::vec::Vec;

use super::*;

const COMMIT: &[u8] = b"tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904
parent ce013625030ba8dba906f756967f9e9ca394464a
parent e69de29bb2d1d6434b8b29ae775ad8c2e48c5391
author A U Thor <author@example.com> 1112911993 -0700
committer C O Mitter <c@example.com> 1112912053 +0200
encoding ISO-8859-1
gpgsig -----BEGIN PGP SIGNATURE-----
 
 abc
 -----END PGP SIGNATURE-----

subject

body
";

const TAG: &[u8] = b"object ce013625030ba8dba906f756967f9e9ca394464a
type commit
tag v1.0.0
tagger C O Mitter <c@example.com> 1112912053 +0200

release
";

const TREE_LINE: &[u8] = b"tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\n";

fn signature<'a>(who: &'a [u8], seconds: Option<u64>, zone: &'a [u8]) -> Signature<'a> {
    Signature { who, seconds, zone }
}

fn id(hex: &str) -> ObjectId {
    ObjectId::parse(hex.as_bytes()).unwrap()
}

#[test]
fn a_commit_is_read() {
    let commit = Commit::parse(COMMIT).unwrap();
    assert_eq!(commit.tree, id("4b825dc642cb6eb9a060e54bf8d69288fbee4904"));
    let parents: Vec<_> = commit.parents().collect();
    let expected = [
        id("ce013625030ba8dba906f756967f9e9ca394464a"),
        id("e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"),
    ];
    assert_eq!(parents, expected);
    let author = commit.author.unwrap();
    assert_eq!(author.who, b"A U Thor <author@example.com>");
    assert_eq!(author.seconds, Some(1_112_911_993));
    assert_eq!(author.zone, b"-0700");
    assert_eq!(commit.committer.unwrap().seconds, Some(1_112_912_053));
    assert_eq!(commit.message, b"subject\n\nbody\n");
}

#[test]
fn a_commit_of_a_tree_alone_is_read() {
    let commit = Commit::parse(TREE_LINE).unwrap();
    assert_eq!(commit.parents().count(), 0);
    assert_eq!((commit.author, commit.committer), (None, None));
    assert_eq!(commit.message, b"");
}

#[test]
fn a_tag_is_read() {
    let tag = Tag::parse(TAG).unwrap();
    assert_eq!(tag.object, id("ce013625030ba8dba906f756967f9e9ca394464a"));
    assert_eq!(tag.kind, ObjectKind::Commit);
    assert_eq!(tag.name, b"v1.0.0");
    assert_eq!(tag.tagger.unwrap().zone, b"+0200");
    assert_eq!(tag.message, b"release\n");
}

#[test]
fn a_tag_of_before_taggers_is_read() {
    let old = b"object ce013625030ba8dba906f756967f9e9ca394464a\ntype tree\ntag v0\n\nold\n";
    let tag = Tag::parse(old).unwrap();
    assert_eq!((tag.kind, tag.tagger), (ObjectKind::Tree, None));
    assert_eq!(tag.message, b"old\n");
}

#[test]
fn header_lines_that_must_be_there_are_named() {
    let header = |header| ObjectError::Header { header };
    let cases: &[(&[u8], &str)] = &[
        (b"", "tree"),
        (b"tree", "tree"),
        (b"tree 4b825dc6\n", "tree"),
        (&TREE_LINE[..TREE_LINE.len() - 1], "tree"),
        (b"\ntree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\n", "tree"),
    ];
    for (bytes, name) in cases {
        assert_eq!(
            Commit::parse(bytes),
            Err(header(name)),
            "{}",
            bytes.escape_ascii()
        );
    }
    let parent = [TREE_LINE, b"parent x\n"].concat();
    assert_eq!(Commit::parse(&parent), Err(header("parent")));
    let object = b"object ce013625030ba8dba906f756967f9e9ca394464a\n";
    for (rest, name) in [
        ("", "type"),
        ("type x\n", "type"),
        ("type tag\n", "tag"),
        ("type tag\ntag \n", "tag"),
    ] {
        let bytes = [object, rest.as_bytes()].concat();
        assert_eq!(Tag::parse(&bytes), Err(header(name)), "{rest}");
    }
    assert_eq!(Tag::parse(COMMIT), Err(header("object")));
}

#[test]
fn odd_signatures_are_no_errors() {
    let cases: [(&[u8], _); 8] = [
        (b"A <a@b> 5 +0000", signature(b"A <a@b>", Some(5), b"+0000")),
        (b"<> 5", signature(b"<>", Some(5), b"")),
        (b"A <a> b> 5 x", signature(b"A <a> b>", Some(5), b"x")),
        (b"A <a@b> -5 +0000", signature(b"A <a@b>", None, b"+0000")),
        (
            b"A <a@b> 99999999999999999999 +0000",
            signature(b"A <a@b>", None, b"+0000"),
        ),
        (b"A <a@b>", signature(b"A <a@b>", None, b"")),
        (b"A 5 +0000", signature(b"A 5 +0000", None, b"")),
        (b"", signature(b"", None, b"")),
    ];
    for (line, expected) in cases {
        assert_eq!(Signature::parse(line), expected, "{}", line.escape_ascii());
    }
}

#[test]
fn the_message_begins_after_the_first_empty_line() {
    for (rest, message) in [
        ("\n", ""),
        ("\n\n", "\n"),
        ("x y\n", ""),
        ("x y\n\nm", "m"),
        ("\nm\n\nn", "m\n\nn"),
    ] {
        let bytes = [TREE_LINE, rest.as_bytes()].concat();
        let commit = Commit::parse(&bytes).unwrap();
        assert_eq!(commit.message, message.as_bytes(), "{rest:?}");
    }
}
