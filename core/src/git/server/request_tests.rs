use std::string::ToString;
use std::vec;
use std::vec::Vec;

use super::super::samples::{NESTED, ONE, TAG_THREE, THREE, TWO, id, ids, wire};
use super::super::{Deepen, FetchOption, FetchOptions, Stage};
use super::*;
use crate::git::client::split::at_every_split;
use crate::git::pktline::PktError;

#[test]
fn list_for_a_clone_is_read() {
    let captured = b"0014command=ls-refs\n0014agent=git/2.47.30016object-format=sha1\
00010009peel\n000csymrefs\n000bunborn\n0014ref-prefix HEAD\n001bref-prefix refs/heads/\n\
001aref-prefix refs/tags/\n0000";
    let asked = list(captured);
    assert!(asked.peel && asked.symrefs && asked.unborn);
    let prefixes = ["HEAD", "refs/heads/", "refs/tags/"].map(Vec::from);
    assert_eq!(asked.prefixes(), prefixes);
}

#[test]
fn list_of_zig_is_read() {
    let captured = b"0014command=ls-refs\n0015agent=zig/0.17.0\n0017object-format=sha1\n0001\
0016ref-prefix v0.2.0\n0021ref-prefix refs/heads/v0.2.0\n0020ref-prefix refs/tags/v0.2.0\n\
0009peel\n0000";
    let asked = list(captured);
    assert_eq!(
        (asked.peel, asked.symrefs, asked.unborn),
        (true, false, false)
    );
    assert!(asked.matches(b"refs/tags/v0.2.0"));
    assert!(!asked.matches(b"HEAD"));
}

#[test]
fn list_without_arguments_asks_for_all() {
    for body in ["command=ls-refs|0000,", "command=ls-refs|0001,0000,"] {
        let asked = list(&wire(body));
        assert_eq!(asked, LsRefs::default());
        assert!(asked.matches(b"refs/heads/main"));
    }
}

#[test]
fn prefixes_match_what_begins_with_them() {
    let asked = LsRefs::default().with_prefixes(
        ["b/", "a/bc", "a/b", "a/b/c", "b/", "c"]
            .map(Vec::from)
            .into(),
    );
    assert_eq!(asked.prefixes(), ["a/b", "b/", "c"].map(Vec::from));
    for (name, is_match) in [
        ("a/b", true),
        ("a/bc", true),
        ("a/c", false),
        ("a/a", false),
        ("a", false),
        ("b", false),
        ("b/x", true),
        ("bx", false),
        ("cc", true),
        ("d", false),
    ] {
        assert_eq!(asked.matches(name.as_bytes()), is_match, "{name}");
    }
}

#[test]
fn too_many_prefixes_are_none() {
    let limits = Limits {
        names: 2,
        ..Limits::default()
    };
    let body = |n| "command=ls-refs|0001,".to_string() + &"ref-prefix a|".repeat(n) + "0000,";
    for (prefixes, kept) in [(2, 1), (3, 0), (5, 0)] {
        match read(&wire(&body(prefixes)), limits) {
            Ok(Request::LsRefs(asked)) => assert_eq!(asked.prefixes().len(), kept),
            other => panic!("{other:?}"),
        }
    }
}

/// `git fetch --depth 1 --tags` in a clone of one tag: its first and its second question.
#[test]
fn fetch_of_git_is_read() {
    let captured = b"0011command=fetch0014agent=git/2.47.30016object-format=sha10001000dthin-pack\
000fno-progress000dofs-delta0034shallow 9b8f2465164b5a7040f1fbdfd14ea211bd7c8e5f000cdeepen 1\
0032want abfb087cacd9a6a2b8576edf68a880e7816a7401\n\
0032want 560d0b9bfe2c1ae5daaa7971b058b9495a8cd2b0\n\
0032want e6fe8affe4318f154abdb09d2952726bd99fd2d9\n\
0032want c77c145ab8afdfda6ba5fab12552b629e0aac9fc\n\
0032have 9b8f2465164b5a7040f1fbdfd14ea211bd7c8e5f\n0000";
    let mut expected = Fetch {
        wants: ids(&[NESTED, ONE, TAG_THREE, THREE]),
        haves: ids(&[TWO]),
        shallow: ids(&[TWO]),
        deepen: Some(depth(1, false)),
        options: options(&[
            FetchOption::ThinPack,
            FetchOption::NoProgress,
            FetchOption::OfsDelta,
        ]),
    };
    let asked = fetch(captured);
    assert_eq!(asked, expected);
    assert_eq!(asked.stage(), Stage::Acknowledgments);

    let second = [&captured[..captured.len() - 4], b"0009done\n0000"].concat();
    let asked = fetch(&second);
    expected.options.add(FetchOption::Done);
    assert_eq!(asked, expected);
    assert_eq!(asked.stage(), Stage::Pack);
}

#[test]
fn fetch_of_zig_is_read_whatever_is_behind_the_id() {
    let tail = b"\xe0\x6d\x4a\x2e\xe9\x7f\0\0\n0000\xff\xfe0009done\n";
    for tail in [&[0; 24], tail] {
        let body = [
            &b"0012command=fetch\n0015agent=zig/0.14.1\n0017object-format=sha1\n0001\
000eofs-delta\n0010no-progress\n000ddeepen 1\n004awant "[..],
            THREE.as_bytes(),
            tail,
            b"\n0009done\n0000",
        ]
        .concat();
        let asked = fetch(&body);
        assert_eq!(asked.wants, ids(&[THREE]));
        assert!(asked.options.has(FetchOption::Done));
        assert_eq!(asked.stage(), Stage::Pack);
    }
}

#[test]
fn same_want_is_wanted_once() {
    let body = std::format!("command=fetch|0001,want {ONE},want {TWO}|want {ONE}|0000,");
    assert_eq!(fetch(&wire(&body)).wants, ids(&[ONE, TWO]));
}

#[test]
fn depths_are_told_apart() {
    let until = |since, not: &[&str]| {
        let not = not.iter().map(|name| Vec::from(*name)).collect();
        Some(Deepen::Until { since, not })
    };
    for (arguments, deepen) in [
        ("deepen 1,", Some(depth(1, false))),
        ("deepen 2147483647,", Some(depth(2_147_483_647, false))),
        ("deepen 1,deepen-relative|", Some(depth(1, true))),
        ("deepen-relative|", None),
        ("deepen-since 1577916375,", until(Some(1_577_916_375), &[])),
        ("deepen-not v0.1.0,", until(None, &["v0.1.0"])),
        (
            "deepen-since 0|deepen-not a|deepen-not b|",
            until(Some(0), &["a", "b"]),
        ),
    ] {
        let body = std::format!("command=fetch|0001,{arguments}want {ONE}|done|0000,");
        assert_eq!(fetch(&wire(&body)).deepen, deepen, "{arguments}");
    }
}

#[test]
fn filter_is_told_and_what_it_filters_is_not() {
    let body = std::format!("command=fetch|0001,filter blob:none|want {ONE}|0000,");
    assert_eq!(fetch(&wire(&body)).options, options(&[FetchOption::Filter]));
}

#[test]
fn fetch_without_wants_is_answered_with_nothing() {
    for body in [
        "command=fetch,0000,".to_string(),
        std::format!("command=fetch,0001,have {ONE}|done|0000,"),
    ] {
        assert_eq!(fetch(&wire(&body)).stage(), Stage::Nothing);
    }
}

#[test]
fn nothing_and_a_probe_are_told_apart() {
    assert_eq!(whole(b""), Ok(Request::Empty));
    assert_eq!(whole(b"0000"), Ok(Request::Probe));
    assert_eq!(whole(b"00000000"), Ok(Request::Probe));
    let agent = Err(RequestError::NoCommand);
    assert_eq!(whole(&wire("agent=git/2.47.3,0000,")), agent);
    assert_eq!(whole(b"0001"), agent);
}

#[test]
fn what_is_behind_the_end_is_passed_over() {
    assert_eq!(
        whole(b"0014command=ls-refs\n00010000xyz"),
        whole(b"0014command=ls-refs\n0000")
    );
}

#[test]
fn body_that_is_cut_anywhere_is_refused() {
    let body = std::format!("command=fetch|agent=a|0001,want {ONE}|done|0000,");
    let body = wire(&body);
    for end in 1..body.len() {
        assert_eq!(
            read(&body[..end], Limits::default()),
            Err(RequestError::Truncated)
        );
    }
}

/// As git 2.47.3 refuses them, but for `filter`.
#[test]
fn what_is_not_offered_is_refused() {
    let words = |text: &str| Words::new(text.as_bytes());
    let unexpected = |within, line: &str| RequestError::unexpected(within, line.as_bytes());
    for (body, error) in [
        ("foo|0000,", RequestError::UnknownCapability(words("foo"))),
        (
            "command=fetch|server-option=x|0001,0000,",
            RequestError::UnknownCapability(words("server-option=x")),
        ),
        (
            "command|0000,",
            RequestError::UnknownCapability(words("command")),
        ),
        (
            "command=push|0000,",
            RequestError::UnknownCommand(words("push")),
        ),
        (
            "command=ls-refs|command=ls-refs|0000,",
            RequestError::SecondCommand,
        ),
        (
            "command=fetch|object-format=sha256|0001,",
            RequestError::ObjectFormat(words("sha256")),
        ),
        (
            "command=ls-refs|0001,foo|",
            unexpected("ls-refs request", "foo"),
        ),
        (
            "command=ls-refs|0001,0001,",
            unexpected("arguments", "0001"),
        ),
        ("command=fetch|0001,0001,", unexpected("arguments", "0001")),
        ("0002,", unexpected("request", "0002")),
        (
            "command=fetch|0001,want-ref refs/heads/main|",
            unexpected("fetch request", "want-ref refs/heads/main"),
        ),
        (
            "command=fetch|0001,sideband-all|",
            unexpected("fetch request", "sideband-all"),
        ),
        (
            "command=fetch|0001,wait-for-done|",
            unexpected("fetch request", "wait-for-done"),
        ),
        (
            "command=fetch|0001,done |",
            unexpected("fetch request", "done "),
        ),
        (
            "command=fetch|0001,want|",
            unexpected("fetch request", "want"),
        ),
    ] {
        assert_eq!(whole(&wire(body)), Err(error), "{body}");
    }
    assert_eq!(
        whole(b"GET "),
        Err(RequestError::Pkt(PktError::NotALength(*b"GET ")))
    );
}

#[test]
fn values_that_are_none_are_refused() {
    let short = ONE.split_at(39).0;
    for (of, line) in [
        ("want", "want ".to_string()),
        ("want", std::format!("want {short}")),
        ("want", std::format!("want {short}g")),
        ("want", std::format!("want  {ONE}")),
        ("have", std::format!("have {short} ")),
        ("shallow", std::format!("shallow {short}\0")),
        ("deepen", "deepen 0".into()),
        ("deepen", "deepen ".into()),
        ("deepen", "deepen -1".into()),
        ("deepen", "deepen 1x".into()),
        ("deepen", "deepen 18446744073709551616".into()),
        ("deepen-since", "deepen-since yesterday".into()),
    ] {
        let body = std::format!("command=fetch|0001,{line}|done|0000,");
        let refused = Err(RequestError::bad_value(of, line.as_bytes()));
        assert_eq!(whole(&wire(&body)), refused, "{line}");
    }
    let two = "command=fetch|0001,deepen 1,deepen-since 1,0000,";
    assert_eq!(whole(&wire(two)), Err(RequestError::TwoDepths));
}

#[test]
fn each_limit_is_named() {
    let limits = Limits {
        bytes: 400,
        wants: 2,
        haves: 2,
        shallow: 2,
        names: 2,
    };
    let lines = |line: &str, n| {
        let body = "command=fetch,0001,".to_string() + &line.repeat(n) + "0000,";
        read(&wire(&body), limits).map(|_| ())
    };
    let limit = 2;
    for (line, error) in [
        (
            std::format!("want {ONE},"),
            RequestError::TooManyWants { limit },
        ),
        (
            std::format!("have {ONE},"),
            RequestError::TooManyHaves { limit },
        ),
        (
            std::format!("shallow {ONE},"),
            RequestError::TooManyShallow { limit },
        ),
        (
            "deepen-not a,".to_string(),
            RequestError::TooManyNames { limit },
        ),
    ] {
        assert_eq!(lines(&line, 2), Ok(()));
        assert_eq!(lines(&line, 3), Err(error));
    }
    let limit = 400;
    assert_eq!(
        lines("thin-pack,", 100),
        Err(RequestError::TooManyBytes { limit })
    );
    let trailing = [b"0000".as_slice(), &[b'x'; 396]].concat();
    assert_eq!(read(&trailing, limits), Ok(Request::Probe));
    let trailing = [trailing, vec![b'x']].concat();
    assert_eq!(
        read(&trailing, limits),
        Err(RequestError::TooManyBytes { limit })
    );
}

#[test]
fn ids_of_either_case_are_the_same() {
    let body = std::format!("command=fetch|0001,want {}|done|0000,", ONE.to_uppercase());
    assert_eq!(fetch(&wire(&body)).wants, [id(ONE)]);
}

fn list(body: &[u8]) -> LsRefs {
    match whole(body) {
        Ok(Request::LsRefs(asked)) => asked,
        other => panic!("{other:?}"),
    }
}

fn fetch(body: &[u8]) -> Fetch {
    match whole(body) {
        Ok(Request::Fetch(asked)) => asked,
        other => panic!("{other:?}"),
    }
}

/// The same whole and in pieces.
fn whole(body: &[u8]) -> Result<Request, RequestError> {
    at_every_split(body, |pieces| {
        let mut reader = RequestReader::new(Limits::default());
        pieces.iter().try_for_each(|piece| reader.push(piece))?;
        reader.finish()
    })
}

fn read(body: &[u8], limits: Limits) -> Result<Request, RequestError> {
    let mut reader = RequestReader::new(limits);
    reader.push(body)?;
    reader.finish()
}

const fn depth(commits: u64, is_relative: bool) -> Deepen {
    Deepen::Depth {
        commits,
        is_relative,
    }
}

fn options(all: &[FetchOption]) -> FetchOptions {
    let mut options = FetchOptions::default();
    for &option in all {
        options.add(option);
    }
    options
}
