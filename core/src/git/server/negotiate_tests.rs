use std::string::ToString;

use super::super::samples::{NESTED, ONE, TAG_THREE, TAG_TWO, THREE, TWO, ids, wire};
use super::super::{Deepen, Stage};
use super::*;
use crate::git::client::split::at_every_split;

/// What git 2.47.3 asks for, of what `git upload-pack` offers.
const CHOSEN: &str = "multi_ack_detailed no-done side-band-64k thin-pack no-progress include-tag \
ofs-delta deepen-since deepen-not agent=git/2.47.3";

#[test]
fn clone_is_answered_with_the_pack() {
    let captured = b"00a4want c77c145ab8afdfda6ba5fab12552b629e0aac9fc multi_ack_detailed no-done \
side-band-64k thin-pack no-progress ofs-delta deepen-since deepen-not agent=git/2.47.3\n\
0032want abfb087cacd9a6a2b8576edf68a880e7816a7401\n\
0032want 560d0b9bfe2c1ae5daaa7971b058b9495a8cd2b0\n\
0032want 774472c29351b7409de983aaac6989fc1f51b472\n\
0032want e6fe8affe4318f154abdb09d2952726bd99fd2d9\n\
0032want c77c145ab8afdfda6ba5fab12552b629e0aac9fc\n00000009done\n";
    let asked = whole(captured).expect("a request");
    assert_eq!(asked.reply(), reply(false, Then::Pack));
    assert_eq!(asked.framing, Framing::Large);
    assert_eq!(
        asked.fetch.wants,
        ids(&[THREE, NESTED, ONE, TAG_TWO, TAG_THREE])
    );
    assert_eq!(asked.fetch.deepen, None);
    assert_eq!(asked.fetch.stage(), Stage::Pack);
    for option in [
        FetchOption::ThinPack,
        FetchOption::NoProgress,
        FetchOption::OfsDelta,
    ] {
        assert!(asked.fetch.options.has(option), "{option:?}");
    }
    assert!(!asked.fetch.options.has(FetchOption::IncludeTag));
}

/// `git fetch --deepen=1` posts twice.
#[test]
fn depth_is_answered_before_the_pack_is_asked_for() {
    let first = std::format!(
        "want {THREE} multi_ack_detailed no-done side-band-64k deepen-relative thin-pack|\
shallow {ONE},shallow {TWO},shallow {THREE},deepen 1,0000,"
    );
    let asked = whole(&wire(&first)).expect("a request");
    assert_eq!(asked.reply(), reply(true, Then::Nothing));
    let deepen = Deepen::Depth {
        commits: 1,
        is_relative: true,
    };
    assert_eq!(asked.fetch.deepen, Some(deepen));
    assert_eq!(asked.fetch.shallow, ids(&[ONE, TWO, THREE]));

    let second = first + &std::format!("have {THREE}|have {ONE}|done|");
    let asked = whole(&wire(&second)).expect("a request");
    assert_eq!(asked.reply(), reply(true, Then::Pack));
    assert_eq!(asked.fetch.haves, ids(&[THREE, ONE]));
}

/// As `git upload-pack --stateless-rpc` of git 2.47.3, but that it acknowledges what it has.
#[test]
fn replies_are_those_of_git() {
    let want = std::format!("want {THREE} {CHOSEN}|");
    let have = std::format!("have {TWO}|");
    for (body, has_shallow, then) in [
        (want.clone() + "0000,", false, Then::Nothing),
        (want.clone() + "0000,done|", false, Then::Pack),
        (want.clone() + "0000,done", false, Then::Pack),
        (want.clone() + "0000," + &have + "0000,", false, Then::Nak),
        (want.clone() + "0000,0000,done|", false, Then::Nak),
        (want.clone() + "0000," + &have + "done|", false, Then::Pack),
        (want.clone() + "deepen 1,0000,", true, Then::Nothing),
        (want.clone() + "deepen-since 1,0000,", true, Then::Nothing),
        (want.clone() + "deepen 1,0000,done|", true, Then::Pack),
        (
            want.clone() + "deepen 1,0000," + &have + "0000,",
            true,
            Then::Nak,
        ),
        (want + "shallow " + ONE + ",0000,done|", false, Then::Pack),
    ] {
        let body = if body.ends_with("done") {
            body + ","
        } else {
            body
        };
        let asked = whole(&wire(&body)).expect("a request");
        assert_eq!(asked.reply(), reply(has_shallow, then), "{body}");
        assert!(!asked.is_probe());
    }
}

#[test]
fn nothing_and_a_probe_are_told_apart() {
    for (body, is_probe) in [("", false), ("0000,", true), ("0000,0000,", true)] {
        let asked = whole(&wire(body)).expect("a request");
        assert_eq!(
            (asked.is_probe(), asked.reply()),
            (is_probe, reply(false, Then::Nothing))
        );
    }
    let asked = whole(&wire(&std::format!("shallow {ONE},0000,have"))).expect("a request");
    assert!(!asked.is_probe());
}

#[test]
fn framing_is_as_asked_for_on_any_want() {
    for (first, second, framing) in [
        ("", "", Framing::Bare),
        (" ", " x", Framing::Bare),
        (" side-band", "", Framing::Small),
        (" side-band-64k", "", Framing::Large),
        (" side-band side-band-64k", "", Framing::Large),
        (" side-band-64k side-band", "", Framing::Large),
        ("", " side-band", Framing::Small),
        (" side-band-64kx", "", Framing::Bare),
        ("\0side-band-64k", "", Framing::Bare),
    ] {
        let body = std::format!("want {ONE}{first}|want {TWO}{second}|0000,done|");
        let asked = whole(&wire(&body)).expect("a request");
        assert_eq!(asked.framing, framing, "{body}");
    }
}

#[test]
fn stray_bytes_behind_an_id_are_passed_over() {
    let body = [
        b"004awant ".as_slice(),
        ONE.as_bytes(),
        b"\xe0\x6d\n\0\xff\x7f 0000 ",
        &[0; 12],
        b"\n00000009done\n",
    ];
    let asked = whole(&body.concat()).expect("a request");
    assert_eq!(
        (asked.fetch.wants.as_slice(), asked.reply().then),
        (ids(&[ONE]).as_slice(), Then::Pack)
    );
}

#[test]
fn body_that_is_cut_is_refused_but_behind_the_wants() {
    let body = std::format!("want {THREE} {CHOSEN}|deepen 1,0000,have {ONE}|done|");
    let body = wire(&body);
    let behind_wants = body.len() - 4 - 5 - 50;
    for end in 1..body.len() {
        let asked = read(&body[..end], Limits::default());
        if end == behind_wants {
            assert_eq!(asked.map(|it| it.reply()), Ok(reply(true, Then::Nothing)));
        } else {
            assert_eq!(asked, Err(RequestError::Truncated), "{end}");
        }
    }
}

#[test]
fn what_has_no_place_is_refused() {
    let want = std::format!("want {THREE}|");
    for (body, line) in [
        ("foo|0000,".to_string(), "foo"),
        ("want|".to_string(), "want"),
        ("done|".to_string(), "done"),
        (std::format!("have {ONE}|"), &std::format!("have {ONE}")),
        (want.clone() + "0001,", "0001"),
        (want.clone() + "0002,", "0002"),
        (want.clone() + "command=fetch|", "command=fetch"),
        (want.clone() + "0000,foo|", "foo"),
        (want.clone() + "0000," + &want, &want[..want.len() - 1]),
    ] {
        assert_eq!(
            whole(&wire(&body)),
            Err(unexpected(line.as_bytes())),
            "{body}"
        );
    }
    let sha256 = want.replace('|', " object-format=sha256|");
    let refused = Err(RequestError::ObjectFormat(Words::new(b"sha256")));
    assert_eq!(whole(&wire(&sha256)), refused);
    let both = want + "deepen 1,deepen-not a,0000,";
    assert_eq!(whole(&wire(&both)), Err(RequestError::TwoDepths));
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
    let limit = 2;
    let want = std::format!("want {ONE},");
    for (before, line, error) in [
        ("", want.clone(), RequestError::TooManyWants { limit }),
        (
            "",
            std::format!("shallow {ONE},"),
            RequestError::TooManyShallow { limit },
        ),
        (
            "",
            "deepen-not a,".into(),
            RequestError::TooManyNames { limit },
        ),
        (
            "0000,",
            std::format!("have {ONE},"),
            RequestError::TooManyHaves { limit },
        ),
    ] {
        let wants = if line == want { "" } else { &want };
        let lines = |n| wire(&(wants.to_string() + before + &line.repeat(n) + "0000,"));
        assert_eq!(read(&lines(2), limits).map(|_| ()), Ok(()));
        assert_eq!(read(&lines(3), limits), Err(error));
    }
    let long = wire(&std::format!("want {ONE} {}|0000,", "x".repeat(400)));
    let limit = 400;
    assert_eq!(
        read(&long, limits),
        Err(RequestError::TooManyBytes { limit })
    );
}

fn reply(has_shallow: bool, then: Then) -> Reply {
    Reply { has_shallow, then }
}

/// The same whole and in pieces.
fn whole(body: &[u8]) -> Result<Negotiation, RequestError> {
    at_every_split(body, |pieces| {
        let mut reader = NegotiationReader::new(Limits::default());
        pieces.iter().try_for_each(|piece| reader.push(piece))?;
        reader.finish()
    })
}

fn read(body: &[u8], limits: Limits) -> Result<Negotiation, RequestError> {
    let mut reader = NegotiationReader::new(limits);
    reader.push(body)?;
    reader.finish()
}
