//! Properties of the server of Git's smart HTTP protocol.
//!
//! What arrives in pieces is read as it is whole; what was read and is written again is read as the
//! same; what is answered is read by the client half.

use std::collections::BTreeSet;

use zigdepot_core::git::client::Limits as ClientLimits;
use zigdepot_core::git::client::ls_refs::LsRefs as Listed;
use zigdepot_core::git::id::ObjectId;
use zigdepot_core::git::pktline::{self, Decoded, Line};
use zigdepot_core::git::server::advertise::Version;
use zigdepot_core::git::server::band::{Bands, Framing};
use zigdepot_core::git::server::boundary::{Boundary, Snapshot};
use zigdepot_core::git::server::negotiate::{Negotiation, NegotiationReader, Then};
use zigdepot_core::git::server::refs::{Ref, Refs};
use zigdepot_core::git::server::request::{LsRefs, Request, RequestReader};
use zigdepot_core::git::server::{Deepen, Fetch, FetchOption, Limits, RequestError, Stage, answer};

/// Low enough for short inputs to reach them.
const LIMITS: Limits = Limits {
    bytes: 1 << 10,
    wants: 2,
    haves: 2,
    shallow: 2,
    names: 2,
};

/// A request in protocol 2: the same whole and split, within the limits, and what the lines say.
pub fn git_request(data: &[u8]) {
    for limits in [LIMITS, Limits::default()] {
        let whole = request(data, data.len().max(1), limits);
        for step in [1, 3, 7] {
            assert_eq!(whole, request(data, step, limits), "by {step}");
        }
        match whole {
            Ok(Request::LsRefs(asked)) => check_list(&asked, data, limits),
            Ok(Request::Fetch(asked)) => check_v2(&asked, data, limits),
            Ok(Request::Empty) => assert!(data.is_empty()),
            Ok(Request::Probe) => assert!(data.starts_with(b"0000")),
            Err(error) => check_error(&error),
        }
    }
}

/// A request in protocol 0 or 1: likewise. The same bytes as the value of `Git-Protocol`.
pub fn git_negotiation(data: &[u8]) {
    let _: Version = Version::asked(Some(data));
    for limits in [LIMITS, Limits::default()] {
        let whole = negotiation(data, data.len().max(1), limits);
        for step in [1, 3, 7] {
            assert_eq!(whole, negotiation(data, step, limits), "by {step}");
        }
        match whole {
            Ok(asked) => check_v0(&asked, data, limits),
            Err(error) => check_error(&error),
        }
    }
}

fn request(data: &[u8], step: usize, limits: Limits) -> Result<Request, RequestError> {
    let mut reader = RequestReader::new(limits);
    data.chunks(step).try_for_each(|piece| reader.push(piece))?;
    reader.finish()
}

fn negotiation(data: &[u8], step: usize, limits: Limits) -> Result<Negotiation, RequestError> {
    let mut reader = NegotiationReader::new(limits);
    data.chunks(step).try_for_each(|piece| reader.push(piece))?;
    reader.finish()
}

/// Names are matched as trying each prefix does, and the client reads what matched.
fn check_list(asked: &LsRefs, data: &[u8], limits: Limits) {
    let said = values(data, b"ref-prefix ", Parts::One);
    let is_over = said.len() > limits.names;
    assert_eq!(asked.prefixes().is_empty(), is_over || said.is_empty());
    let refs = refs_near(&said);
    let names = refs.sorted().iter().map(|it| it.name.as_slice());
    let is_asked = |name: &[u8]| {
        asked.prefixes().is_empty() || said.iter().any(|prefix| name.starts_with(prefix))
    };
    for name in names.chain([&b"HEAD"[..], b"", b"\xff"]) {
        assert_eq!(asked.matches(name), is_asked(name), "{name:?}");
    }
    let mut wire = Vec::new();
    answer::push_refs(&mut wire, &refs, asked).expect("names are short");
    let mut reader = Listed::new(ClientLimits::default());
    reader.push(&wire).expect("it is a list");
    let listed = reader.finish().expect("it is whole");
    let others = refs.sorted().iter().filter(|it| is_asked(&it.name)).count();
    assert_eq!(listed.len(), others + usize::from(is_asked(b"HEAD")));
    for it in &listed {
        assert_eq!(
            it.symref_target.is_some(),
            asked.symrefs && it.name == b"HEAD"
        );
        assert_eq!(it.peeled.is_some(), asked.peel);
    }
}

/// References that the prefixes match, and that they nearly match.
fn refs_near(prefixes: &[&[u8]]) -> Refs {
    let mut names = BTreeSet::from([b"refs/heads/main".to_vec()]);
    for prefix in prefixes.iter().take(8) {
        let end = prefix.len().min(500);
        let cut = end.saturating_sub(1);
        names.extend([prefix[..end].to_vec(), prefix[..cut].to_vec()]);
        names.extend([
            [&prefix[..end], b"a"].concat(),
            [&prefix[..cut], b"\xff"].concat(),
        ]);
    }
    names.retain(|name| {
        let is_one = |&byte: &u8| byte > b' ' && byte != 0x7f;
        !name.is_empty() && name.iter().all(is_one) && name != b"HEAD"
    });
    let pointing = |name| Ref {
        name,
        id: ObjectId::from_bytes([1; 20]),
        peeled: Some(ObjectId::from_bytes([2; 20])),
    };
    let refs = names.into_iter().map(pointing).collect();
    Refs::new(b"refs/heads/main".to_vec(), refs).expect("each name is one, and is there once")
}

fn check_v2(asked: &Fetch, data: &[u8], limits: Limits) {
    check_fetch(asked, data, Parts::One, limits);
    let has_done = asked.options.has(FetchOption::Done);
    let stage = match (asked.wants.is_empty(), has_done || asked.haves.is_empty()) {
        (true, _) => Stage::Nothing,
        (false, true) => Stage::Pack,
        (false, false) => Stage::Acknowledgments,
    };
    assert_eq!(asked.stage(), stage);
    let mut wire = b"0011command=fetch0001".to_vec();
    for word in words(asked) {
        push(&mut wire, word);
    }
    push_needs(&mut wire, asked, "");
    push_haves(&mut wire, asked);
    pktline::flush(&mut wire);
    assert_eq!(
        request(&wire, 64, Limits::default()),
        Ok(Request::Fetch(asked.clone()))
    );
}

fn check_v0(asked: &Negotiation, data: &[u8], limits: Limits) {
    let reply = asked.reply();
    assert_eq!(
        reply.then == Then::Pack,
        asked.fetch.options.has(FetchOption::Done)
    );
    assert_eq!(reply.has_shallow, asked.fetch.deepen.is_some());
    if asked.is_probe() {
        assert!(data.starts_with(b"0000"));
    }
    let has_wants = !values(data, b"want ", Parts::One).is_empty();
    let parts = if has_wants { Parts::Two } else { Parts::One };
    check_fetch(&asked.fetch, data, parts, limits);
    if asked.fetch.wants.is_empty() {
        assert_eq!(reply.then, Then::Nothing);
        return;
    }
    let mut wire = Vec::new();
    let framing = match asked.framing {
        Framing::Bare => "",
        Framing::Small => " side-band",
        Framing::Large => " side-band-64k",
    };
    let words = words(&asked.fetch).join(" ");
    push_needs(&mut wire, &asked.fetch, &format!("{framing} {words}"));
    pktline::flush(&mut wire);
    push_haves(&mut wire, &asked.fetch);
    if reply.then == Then::Nak {
        pktline::flush(&mut wire);
    }
    let again = negotiation(&wire, 64, Limits::default());
    assert_eq!(again.as_ref(), Ok(asked));
    let bands = Bands::new(asked.framing, data.len() as u64);
    assert!(bands.iter().all(|packet| !packet.pack.is_empty()));
}

fn check_fetch(asked: &Fetch, data: &[u8], parts: Parts, limits: Limits) {
    assert!(asked.wants.len() <= limits.wants && asked.haves.len() <= limits.haves);
    assert!(asked.shallow.len() <= limits.shallow);
    let mut wanted = Vec::new();
    for want in ids(data, b"want ", parts) {
        if !wanted.contains(&want) {
            wanted.push(want);
        }
    }
    assert_eq!(asked.wants, wanted);
    assert_eq!(asked.haves, ids(data, b"have ", parts));
    assert_eq!(asked.shallow, ids(data, b"shallow ", parts));
    check_boundary(asked);
}

/// A commit is told of at most once, and only what the client does not know.
fn check_boundary(asked: &Fetch) {
    let has_parents = |id: &ObjectId| id.as_bytes()[0] % 2 == 1;
    let wanted = asked.wants.iter().chain(&asked.shallow).chain(&asked.wants);
    let snapshots = wanted.map(|&id| Snapshot {
        id,
        has_parents: has_parents(&id),
    });
    let Some(told) = Boundary::of(Version::V2, asked, snapshots) else {
        return;
    };
    let all: BTreeSet<_> = told.shallow.iter().chain(&told.unshallow).collect();
    assert_eq!(all.len(), told.shallow.len() + told.unshallow.len());
    let is_known = |id: &ObjectId| asked.shallow.contains(id);
    assert!(
        told.shallow
            .iter()
            .all(|id| has_parents(id) && !is_known(id))
    );
    assert!(
        told.unshallow
            .iter()
            .all(|id| !has_parents(id) && is_known(id))
    );
}

/// An error is a line that a client shows.
fn check_error(error: &RequestError) {
    let mut wire = Vec::new();
    answer::push_error(&mut wire, error).expect("it is short");
    let Ok(Decoded::Line { used, line }) = pktline::decode(&wire) else {
        panic!("it is a line");
    };
    let Line::Data(text) = line else {
        panic!("it is a line of data");
    };
    assert_eq!(used, wire.len());
    let text = std::str::from_utf8(text).expect("it is text");
    assert!(
        text.starts_with("ERR ") && !text.chars().any(char::is_control),
        "{text:?}"
    );
}

/// How many flushes end a request.
#[derive(Clone, Copy, PartialEq)]
enum Parts {
    One,
    /// In protocol 0 haves follow the wants; `done` ends them too.
    Two,
}

/// What is behind `key` in the lines of the request.
fn values<'a>(mut data: &'a [u8], key: &[u8], parts: Parts) -> Vec<&'a [u8]> {
    let (mut values, mut is_second) = (Vec::new(), false);
    while let Ok(Decoded::Line { used, line }) = pktline::decode(data) {
        data = &data[used..];
        match line {
            Line::Flush if is_second || parts == Parts::One => break,
            Line::Flush => is_second = true,
            Line::Data(line) => {
                let line = pktline::without_line_feed(line);
                if is_second && line == b"done" {
                    break;
                }
                values.extend(line.strip_prefix(key));
            }
            Line::Delimiter | Line::ResponseEnd => {}
        }
    }
    values
}

fn ids(data: &[u8], key: &[u8], parts: Parts) -> Vec<ObjectId> {
    let id = |value: &[u8]| ObjectId::parse(&value[..40]).expect("the request was read");
    values(data, key, parts).into_iter().map(id).collect()
}

/// What was asked for with words; they are lines in protocol 2, and behind the wants in 0.
fn words(asked: &Fetch) -> Vec<&'static str> {
    let words = [
        (FetchOption::ThinPack, "thin-pack"),
        (FetchOption::OfsDelta, "ofs-delta"),
        (FetchOption::NoProgress, "no-progress"),
        (FetchOption::IncludeTag, "include-tag"),
    ];
    let words = words.into_iter().filter(|(it, _)| asked.options.has(*it));
    let mut words: Vec<_> = words.map(|(_, word)| word).collect();
    if let Some(Deepen::Depth {
        is_relative: true, ..
    }) = asked.deepen
    {
        words.push("deepen-relative");
    }
    words
}

fn push(wire: &mut Vec<u8>, line: impl AsRef<[u8]>) {
    pktline::push_text(wire, line).expect("it was read from a line");
}

fn push_needs(wire: &mut Vec<u8>, asked: &Fetch, capabilities: &str) {
    for want in &asked.wants {
        push(wire, format!("want {want}{capabilities}"));
    }
    for shallow in &asked.shallow {
        push(wire, format!("shallow {shallow}"));
    }
    if asked.options.has(FetchOption::Filter) {
        push(wire, "filter x");
    }
    match &asked.deepen {
        None => {}
        Some(Deepen::Depth { commits, .. }) => push(wire, format!("deepen {commits}")),
        Some(Deepen::Until { since, not }) => {
            if let Some(since) = since {
                push(wire, format!("deepen-since {since}"));
            }
            for name in not {
                push(wire, [b"deepen-not ", name.as_slice()].concat());
            }
        }
    }
}

fn push_haves(wire: &mut Vec<u8>, asked: &Fetch) {
    for have in &asked.haves {
        push(wire, format!("have {have}"));
    }
    if asked.options.has(FetchOption::Done) {
        push(wire, "done");
    }
}
