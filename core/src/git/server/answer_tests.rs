use std::string::String;
use std::vec;

use super::super::request::{Request, RequestReader};
use super::super::samples::{ONE, THREE, TWO, id, ids, no_refs, refs, wire};
use super::super::{Limits, RequestError};
use super::*;

/// As git 2.47.3 answers a clone.
const ALL: &str = "0050c77c145ab8afdfda6ba5fab12552b629e0aac9fc HEAD symref-target:refs/heads/main
003dc77c145ab8afdfda6ba5fab12552b629e0aac9fc refs/heads/main
006eabfb087cacd9a6a2b8576edf68a880e7816a7401 refs/tags/nested peeled:c77c145ab8afdfda6ba5fab12552b629e0aac9fc
003e560d0b9bfe2c1ae5daaa7971b058b9495a8cd2b0 refs/tags/v0.1.0
006e774472c29351b7409de983aaac6989fc1f51b472 refs/tags/v0.2.0 peeled:9b8f2465164b5a7040f1fbdfd14ea211bd7c8e5f
006ee6fe8affe4318f154abdb09d2952726bd99fd2d9 refs/tags/v0.3.0 peeled:c77c145ab8afdfda6ba5fab12552b629e0aac9fc
0044c77c145ab8afdfda6ba5fab12552b629e0aac9fc refs/tags/v0.3.0-light
0000";
/// The same when nothing is asked for.
const PLAIN: &str = "0032c77c145ab8afdfda6ba5fab12552b629e0aac9fc HEAD
003dc77c145ab8afdfda6ba5fab12552b629e0aac9fc refs/heads/main
003eabfb087cacd9a6a2b8576edf68a880e7816a7401 refs/tags/nested
003e560d0b9bfe2c1ae5daaa7971b058b9495a8cd2b0 refs/tags/v0.1.0
003e774472c29351b7409de983aaac6989fc1f51b472 refs/tags/v0.2.0
003ee6fe8affe4318f154abdb09d2952726bd99fd2d9 refs/tags/v0.3.0
0044c77c145ab8afdfda6ba5fab12552b629e0aac9fc refs/tags/v0.3.0-light
0000";

#[test]
fn references_are_listed_as_git_lists_them() {
    assert_eq!(listed(&refs(), "peel|symrefs|unborn|"), ALL);
    assert_eq!(listed(&refs(), ""), PLAIN);
}

#[test]
fn list_holds_what_is_asked_for() {
    let one = "003e560d0b9bfe2c1ae5daaa7971b058b9495a8cd2b0 refs/tags/v0.1.0\n0000";
    assert_eq!(listed(&refs(), "ref-prefix refs/tags/v0.1.0|"), one);
    let head = "0032c77c145ab8afdfda6ba5fab12552b629e0aac9fc HEAD\n0000";
    assert_eq!(listed(&refs(), "ref-prefix HEAD|ref-prefix v1|"), head);
    assert_eq!(listed(&refs(), "ref-prefix refs/tags/v9|"), "0000");
}

/// As git 2.47.3 answers.
#[test]
fn head_of_an_empty_repository_is_shown_to_those_who_ask() {
    let unborn = "002eunborn HEAD symref-target:refs/heads/main\n0000";
    assert_eq!(listed(&no_refs(), "symrefs|unborn|"), unborn);
    for asked in [
        "",
        "unborn|",
        "symrefs|",
        "peel|symrefs|",
        "symrefs|unborn|ref-prefix refs/|",
    ] {
        assert_eq!(listed(&no_refs(), asked), "0000", "{asked}");
    }
}

/// As git 2.47.3 answers `git fetch --depth 1 --tags` and `git fetch --unshallow`.
#[test]
fn acknowledgments_end_the_answer_or_are_followed_by_the_pack() {
    let acknowledged =
        |common: &[&str], is_ready| text(|out| push_acknowledgments(out, &ids(common), is_ready));
    let last = "0014acknowledgments\n0031ACK 9b8f2465164b5a7040f1fbdfd14ea211bd7c8e5f\n0000";
    assert_eq!(acknowledged(&[TWO], false), last);
    let ready = "0014acknowledgments\n0031ACK c77c145ab8afdfda6ba5fab12552b629e0aac9fc\n\
0031ACK 560d0b9bfe2c1ae5daaa7971b058b9495a8cd2b0\n000aready\n0001";
    assert_eq!(acknowledged(&[THREE, ONE], true), ready);
    assert_eq!(
        acknowledged(&[], false),
        "0014acknowledgments\n0008NAK\n0000"
    );
    assert_eq!(
        acknowledged(&[], true),
        "0014acknowledgments\n0008NAK\n000aready\n0001"
    );
}

#[test]
fn boundaries_are_written_as_git_writes_them() {
    let boundary = Boundary {
        shallow: ids(&[TWO]),
        unshallow: ids(&[ONE]),
    };
    let lines = "0034shallow 9b8f2465164b5a7040f1fbdfd14ea211bd7c8e5f\
0036unshallow 560d0b9bfe2c1ae5daaa7971b058b9495a8cd2b0";
    let info = text(|out| push_shallow_info(out, &boundary));
    assert_eq!(info, String::from("0011shallow-info\n") + lines + "0001");
    let section = text(|out| push_shallow_section(out, &boundary));
    assert_eq!(section, String::from(lines) + "0000");
    let empty = text(|out| push_shallow_info(out, &Boundary::default()));
    assert_eq!(empty, "0011shallow-info\n0001");
}

#[test]
fn pack_is_announced() {
    assert_eq!(text(push_packfile), "000dpackfile\n");
    assert_eq!(text(push_nak), "0008NAK\n");
}

#[test]
fn errors_are_one_line() {
    let unknown = NotOurRef(id("1111111111111111111111111111111111111111"));
    let line = "0049ERR upload-pack: not our ref 1111111111111111111111111111111111111111";
    assert_eq!(text(|out| push_error(out, &unknown)), line);
    let error = RequestError::unexpected("negotiation", b"a\x1b[1m\nb");
    let shown = text(|out| push_error(out, &error));
    assert!(shown.ends_with("the negotiation holds the line \"a[1m b\", which is not understood"));
    assert_eq!(text(|out| push_error(out, &"\n")), "0008ERR ");
}

fn listed(refs: &Refs, arguments: &str) -> String {
    let mut reader = RequestReader::new(Limits::default());
    let body = wire(&(String::from("command=ls-refs|0001,") + arguments + "0000,"));
    assert_eq!(reader.push(&body), Ok(()));
    match reader.finish() {
        Ok(Request::LsRefs(asked)) => text(|out| push_refs(out, refs, &asked)),
        other => panic!("{other:?}"),
    }
}

fn text(push: impl FnOnce(&mut Vec<u8>) -> Result<(), PktError>) -> String {
    let mut out = vec![];
    assert_eq!(push(&mut out), Ok(()));
    String::from_utf8(out).expect("text")
}
