use std::vec;

use super::super::split::at_every_split;
use super::*;
use crate::git::id::ObjectId;

const MAIN: &str = "427b0236c78c8b5dfc706542263c8f38e8d27ae7";

/// As git 2.47.3 answers.
const ANSWER: &[u8] =
    b"0050427b0236c78c8b5dfc706542263c8f38e8d27ae7 HEAD symref-target:refs/heads/main\n\
003ae594926875249b63f0f5a746579ad263dfc4e19c refs/tags/v0\n\
006a631ecd1f6c5f10dd659e75b8fcaa3990878ae5b9 refs/tags/v1 \
peeled:427b0236c78c8b5dfc706542263c8f38e8d27ae7\n\
0000";

#[test]
fn request_tells_the_server_what_it_offers_to_hear() {
    let mut wire = vec![];
    let capabilities = capabilities(&["ls-refs=unborn", "object-format=sha1"]);
    assert_eq!(request(&mut wire, &capabilities, &TAGS), Ok(()));
    assert_eq!(
        wire,
        b"0014command=ls-refs\n0017object-format=sha1\n00010009peel\n000csymrefs\n\
001aref-prefix refs/tags/\n0014ref-prefix HEAD\n0000"
    );

    wire.clear();
    let capabilities = self::capabilities(&["agent=git/2.47.3"]);
    assert_eq!(request(&mut wire, &capabilities, &[]), Ok(()));
    let agent = format!("agent={AGENT}\n");
    let length = agent.len() + 4;
    let expected =
        format!("0014command=ls-refs\n{length:04x}{agent}00010009peel\n000csymrefs\n0000");
    assert_eq!(wire, expected.as_bytes());
}

#[test]
fn references_come_with_their_targets() {
    let [main, old, tag] = [
        MAIN,
        "e594926875249b63f0f5a746579ad263dfc4e19c",
        "631ecd1f6c5f10dd659e75b8fcaa3990878ae5b9",
    ]
    .map(id);
    let named = |name: &str, id| Ref {
        name: name.as_bytes().to_vec(),
        id,
        peeled: None,
        symref_target: None,
    };
    let expected = vec![
        Ref {
            symref_target: Some(b"refs/heads/main".to_vec()),
            ..named("HEAD", main)
        },
        named("refs/tags/v0", old),
        Ref {
            peeled: Some(main),
            ..named("refs/tags/v1", tag)
        },
    ];
    assert_eq!(list(ANSWER), Ok(expected));
}

#[test]
fn no_references_are_an_answer_and_nothing_is_none() {
    assert_eq!(list(b"0000"), Ok(vec![]));
    let unborn = b"002eunborn HEAD symref-target:refs/heads/main\n0000";
    assert_eq!(list(unborn), Ok(vec![]));
    assert_eq!(list(b""), Err(ClientError::Truncated));
}

#[test]
fn unknown_attributes_and_missing_line_feeds_are_passed_over() {
    let wire = format!("0039{MAIN} a x:y peeled0000");
    let found = list(wire.as_bytes()).expect("references");
    assert_eq!(found[0].name, b"a");
    assert_eq!(found[0].peeled, None);
}

#[test]
fn names_are_bytes() {
    let wire = [b"0031", MAIN.as_bytes(), b" a\xff\xfe\n0000"].concat();
    assert_eq!(list(&wire).expect("references")[0].name, b"a\xff\xfe");
}

#[test]
fn answer_that_is_cut_anywhere_is_refused() {
    for end in 0..ANSWER.len() {
        assert_eq!(read(&[&ANSWER[..end]]), Err(ClientError::Truncated));
    }
}

#[test]
fn what_is_no_reference_is_refused() {
    let with = |rest: &str| format!("{MAIN}{rest}");
    for line in [
        "",
        MAIN,
        &with(" "),
        &with("  a"),
        &with(" a\tb"),
        &with(" a\u{7f}"),
        &with("0 a"),
        &with(" a peeled:12"),
        &with(" a symref-target:"),
        "version 2",
    ] {
        let wire = format!("{:04x}{line}0000", line.len() + 4);
        assert_eq!(list(wire.as_bytes()), Err(unexpected(line.as_bytes())));
    }
    assert_eq!(list(b"0001"), Err(unexpected(b"0001")));
    assert_eq!(list(b"0002"), Err(unexpected(b"0002")));
    assert_eq!(list(b"00000000"), Err(ClientError::Trailing));
    let html = ClientError::Pkt(PktError::NotALength(*b"<htm"));
    assert_eq!(list(b"<html>"), Err(html));
}

#[test]
fn servers_own_words_are_told() {
    let error = ClientError::Server(super::super::Words::new(b"access denied"));
    assert_eq!(list(b"0015ERR access denied"), Err(error));
}

fn list(wire: &[u8]) -> Result<Vec<Ref>, ClientError> {
    at_every_split(wire, read)
}

fn read(pieces: &[&[u8]]) -> Result<Vec<Ref>, ClientError> {
    let mut answer = LsRefs::new(Limits::default());
    pieces.iter().try_for_each(|piece| answer.push(piece))?;
    answer.finish()
}

fn capabilities(lines: &[&str]) -> Capabilities {
    let mut capabilities = Capabilities::default();
    for line in lines {
        let handled = capabilities.handle_v2(line.as_bytes());
        assert_eq!(handled, Ok(()));
    }
    capabilities
}

fn id(hex: &str) -> ObjectId {
    ObjectId::parse(hex.as_bytes()).expect("40 digits")
}
