use alloc::format;
use alloc::vec::Vec;
use std::string::String;
use std::vec;

use super::*;
use crate::git::client::discover::Advertisement;
use crate::git::client::discover::Discovery;
use crate::git::client::split::at_every_split;
use crate::git::client::{ADVERTISEMENT_TYPE, AGENT, ClientError, Limits};
use crate::git::pktline::{self, PktError};

const TIP: &str = "427b0236c78c8b5dfc706542263c8f38e8d27ae7";
const TAG: &str = "631ecd1f6c5f10dd659e75b8fcaa3990878ae5b9";

const BANDS: Form = Form::Plain {
    is_shallow: true,
    has_bands: true,
};
const RAW: Form = Form::Plain {
    is_shallow: true,
    has_bands: false,
};
const RAW_WHOLE: Form = Form::Plain {
    is_shallow: false,
    has_bands: false,
};

#[test]
fn request_of_protocol_2_asks_for_snapshots() {
    let (wire, form) = requested(&[
        "version 2",
        "ls-refs",
        "fetch=shallow",
        "object-format=sha1",
    ]);
    assert_eq!(form, Form::Sections);
    assert_eq!(
        wire,
        "0012command=fetch\n0017object-format=sha1\n0001000eofs-delta\n0010no-progress\n\
000ddeepen 1\n0032want 631ecd1f6c5f10dd659e75b8fcaa3990878ae5b9\n\
0032want 427b0236c78c8b5dfc706542263c8f38e8d27ae7\n0009done\n0000"
    );
    let (wire, _) = requested(&["version 2", "ls-refs", "fetch", "agent=x"]);
    assert!(wire.contains(&format!("agent={AGENT}\n")));
    assert!(!wire.contains("deepen"));
}

#[test]
fn request_of_protocol_0_chooses_from_what_is_offered() {
    for (offered, chosen, is_shallow, has_bands) in [
        ("", "", false, false),
        ("multi_ack no-done include-tag", "", false, false),
        ("side-band shallow", " side-band shallow", true, true),
        (
            "multi_ack thin-pack side-band side-band-64k ofs-delta no-progress object-format=sha1",
            " side-band-64k thin-pack ofs-delta no-progress object-format=sha1",
            false,
            true,
        ),
    ] {
        let (wire, form) = requested(&[&format!("{TIP} HEAD\0{offered}")]);
        let first = format!("want {TAG}{chosen}\n");
        let depth = if is_shallow { "000ddeepen 1\n" } else { "" };
        let length = first.len() + 4;
        let expected = format!("{length:04x}{first}0032want {TIP}\n{depth}00000009done\n");
        assert_eq!(wire, expected, "{offered}");
        let plain = Form::Plain {
            is_shallow,
            has_bands,
        };
        assert_eq!(form, plain);
    }
    let (wire, _) = requested(&[&format!("{TIP} HEAD\0agent=git/1")]);
    assert!(wire.contains(&format!("{TAG} agent={AGENT}\n")));
}

#[test]
fn wants_are_counted() {
    let advertisement = advertised(&["version 2", "ls-refs", "fetch"]);
    for (wants, error) in [
        (0, Some(ClientError::Wants(0))),
        (1, None),
        (MAX_WANTS, None),
        (MAX_WANTS + 1, Some(ClientError::Wants(257))),
    ] {
        let mut out = vec![];
        let made = request(&mut out, &advertisement, &vec![id(TIP); wants]);
        assert_eq!(made.err(), error);
    }
}

#[test]
fn pack_of_protocol_2_comes_behind_its_sections() {
    for (wire, shallow) in [
        ("000dpackfile\n0009\x01PACK0000", false),
        ("000cpackfile0009\x01PACK0000", false),
        (
            "0011shallow-info\n0034shallow 427b0236c78c8b5dfc706542263c8f38e8d27ae7\
0001000dpackfile\n0007\x01PA0007\x01CK0000",
            true,
        ),
        (
            "0014acknowledgments\n0008NAK\n0001\
0011shallow-info\n0035shallow 427b0236c78c8b5dfc706542263c8f38e8d27ae7\n0001\
0010wanted-refs\n003a427b0236c78c8b5dfc706542263c8f38e8d27ae7 refs/tags/v1\n0001\
000dpackfile\n0009\x01PACK0000",
            true,
        ),
    ] {
        let expected = Answer {
            shallow: Vec::from_iter(shallow.then(|| id(TIP))),
            pack: b"PACK".to_vec(),
            progress: vec![],
            end: Ok(()),
        };
        assert_eq!(answer(Form::Sections, wire.as_bytes()), expected, "{wire}");
    }
}

#[test]
fn pack_of_protocol_0_comes_behind_nak() {
    let shallow = "0034shallow 427b0236c78c8b5dfc706542263c8f38e8d27ae7";
    for (form, wire, is_shallow) in [
        (
            BANDS,
            format!("{shallow}00000008NAK\n0009\x01PACK0000"),
            true,
        ),
        (BANDS, "00000008NAK\n0009\x01PACK0000".into(), false),
        (BANDS, "0008NAK\n0009\x01PACK0000".into(), false),
        (RAW, format!("{shallow}00000008NAK\nPACK"), true),
        (RAW_WHOLE, "0007NAKPACK".into(), false),
    ] {
        let expected = Answer {
            shallow: Vec::from_iter(is_shallow.then(|| id(TIP))),
            pack: b"PACK".to_vec(),
            progress: vec![],
            end: Ok(()),
        };
        assert_eq!(answer(form, wire.as_bytes()), expected, "{wire}");
    }
}

#[test]
fn progress_is_told_in_lines_and_packets_that_keep_the_connection_are_passed_over() {
    // As git 2.47.3 sends it, shortened.
    let wire = b"0008NAK\n\
0023\x02Enumerating objects: 4, done.\n\
0026\x02Counting objects:  25% (1/4)\rCo\x1bn\
001f\x02ting objects: 100% (4/4)\r\n\
0005\x01\
0007\x01PA\
000a\x02Total\
0005\x02\
0007\x01CK\
0000";
    let read = answer(BANDS, wire);
    assert_eq!(
        read.progress,
        [
            "Enumerating objects: 4, done.",
            "Counting objects: 25% (1/4)",
            "Conting objects: 100% (4/4)",
            "Total"
        ]
    );
    assert_eq!((read.pack, read.end), (b"PACK".to_vec(), Ok(())));
}

#[test]
fn endless_line_of_progress_is_cut() {
    let mut wire = b"0008NAK\n".to_vec();
    for _ in 0..100 {
        let packet = [b"\x02".to_vec(), vec![b'x'; 60_000]].concat();
        pktline::push_data(&mut wire, &packet).expect("it fits");
    }
    wire.extend_from_slice(b"0006\x01P0000");
    let read = read(BANDS, &[&wire], Limits::default());
    assert_eq!(read.progress, ["x".repeat(200)]);
    assert_eq!(read.end, Ok(()));
}

#[test]
fn server_that_gives_up_is_quoted() {
    let error = |words: &str| Err(ClientError::Server(Words::new(words.as_bytes())));
    for (form, wire, words) in [
        (
            Form::Sections,
            "0049ERR upload-pack: not our ref 1111111111111111111111111111111111111111",
            "upload-pack: not our ref 1111111111111111111111111111111111111111",
        ),
        (
            Form::Sections,
            "000dpackfile\n000d\x03aborted\n0000",
            "aborted",
        ),
        (Form::Sections, "000dpackfile\n0006\x01P0005\x030000", ""),
        (Form::Sections, "000dpackfile\n0007\x02so0006\x03x", "x"),
        (Form::Sections, "000dpackfile\n000c\x03abor", "abor"),
        (BANDS, "000aERR no", "no"),
        (BANDS, "0008NAK\n000aERR no", "no"),
        (RAW, "000bERR no\n", "no"),
    ] {
        assert_eq!(answer(form, wire.as_bytes()).end, error(words), "{wire}");
    }
}

#[test]
fn answer_that_is_cut_anywhere_is_refused() {
    for (form, wire) in [
        (
            Form::Sections,
            &b"0011shallow-info\n0001000dpackfile\n0009\x01PACK0000"[..],
        ),
        (BANDS, b"00000008NAK\n0009\x01PACK0000"),
    ] {
        for end in 0..wire.len() {
            let cut = read(form, &[&wire[..end]], Limits::default());
            assert_eq!(cut.end, Err(ClientError::Truncated), "at {end}");
        }
    }
    for end in 0..12 {
        let cut = read(RAW, &[&b"00000008NAK\nPACK"[..end]], Limits::default());
        assert_eq!(cut.end, Err(ClientError::Truncated), "at {end}");
    }
}

#[test]
fn answer_without_a_pack_is_refused() {
    for (form, wire) in [
        (Form::Sections, "0000"),
        (Form::Sections, "0014acknowledgments\n0008NAK\n0000"),
        (Form::Sections, "000dpackfile\n0000"),
        (Form::Sections, "000dpackfile\n0005\x010000"),
        (BANDS, "0008NAK\n0000"),
        (RAW, "0008NAK\n"),
    ] {
        let end = answer(form, wire.as_bytes()).end;
        assert_eq!(end, Err(ClientError::NoPack), "{wire}");
    }
}

#[test]
fn what_was_not_asked_for_is_refused() {
    let unexpected = |within, line: &str| ClientError::unexpected(within, line.as_bytes());
    let unshallow = format!("un{}", format_args!("shallow {TIP}"));
    for (form, wire, error) in [
        (
            Form::Sections,
            "0012packfile-uris\n",
            unexpected("list of sections", "packfile-uris"),
        ),
        (
            Form::Sections,
            "0001",
            unexpected("list of sections", "0001"),
        ),
        (
            Form::Sections,
            "0002",
            unexpected("list of sections", "0002"),
        ),
        (
            Form::Sections,
            &format!("0011shallow-info\n0036{unshallow}"),
            unexpected("section shallow-info", &unshallow),
        ),
        (
            Form::Sections,
            "000dpackfile\n0006\x04x",
            ClientError::Band(4),
        ),
        (
            Form::Sections,
            "000dpackfile\n0004",
            unexpected("side-band", ""),
        ),
        (
            Form::Sections,
            "000dpackfile\n0001",
            unexpected("side-band", "0001"),
        ),
        (
            Form::Sections,
            "000dpackfile\n0002",
            unexpected("side-band", "0002"),
        ),
        (
            Form::Sections,
            "000dpackfile\n0006\x01P00000000",
            ClientError::Trailing,
        ),
        (
            Form::Sections,
            "000dpackfile\nPACK",
            ClientError::Pkt(PktError::NotALength(*b"PACK")),
        ),
        (
            BANDS,
            "0008ACK\n",
            unexpected("list of shallow commits", "ACK"),
        ),
        (BANDS, "00000000", unexpected("negotiation", "0000")),
        (RAW_WHOLE, "0000", unexpected("negotiation", "0000")),
    ] {
        assert_eq!(answer(form, wire.as_bytes()).end, Err(error), "{wire}");
    }
}

#[test]
fn what_is_not_pack_is_limited() {
    let limits = Limits {
        bytes: 100,
        ..Limits::default()
    };
    let pack = format!("000dpackfile\n0405\x01{}0000", "P".repeat(1024));
    let read_whole = read(Form::Sections, &[pack.as_bytes()], limits);
    assert_eq!((read_whole.pack.len(), read_whole.end), (1024, Ok(())));

    let too_much = Err(ClientError::TooManyBytes { limit: 100 });
    let alive = format!("000dpackfile\n{}", "0005\x01".repeat(20));
    assert_eq!(
        read(Form::Sections, &[alive.as_bytes()], limits).end,
        too_much
    );
    let said = format!("000dpackfile\n0069\x02{}", "x".repeat(100));
    assert_eq!(
        read(Form::Sections, &[said.as_bytes()], limits).end,
        too_much
    );
    let shallow = format!(
        "0011shallow-info\n{}",
        format!("0034shallow {TIP}").repeat(2)
    );
    assert_eq!(
        read(Form::Sections, &[shallow.as_bytes()], limits).end,
        too_much
    );
}

#[test]
fn sinks_refusal_ends_the_push() {
    #[derive(Debug, PartialEq)]
    struct Full;
    impl From<ClientError> for Full {
        fn from(_: ClientError) -> Self {
            Self
        }
    }
    let mut answer = FetchAnswer::new(Form::Sections, Limits::default());
    let pushed = answer.push(b"000dpackfile\n0009\x01PACK0000", &mut |_| Err(Full));
    assert_eq!(pushed, Err(Full));
}

/// What came of an answer.
#[derive(Debug, PartialEq)]
struct Answer {
    shallow: Vec<ObjectId>,
    pack: Vec<u8>,
    progress: Vec<String>,
    end: Result<(), ClientError>,
}

fn answer(form: Form, wire: &[u8]) -> Answer {
    at_every_split(wire, |pieces| read(form, pieces, Limits::default()))
}

fn read(form: Form, pieces: &[&[u8]], limits: Limits) -> Answer {
    let (mut shallow, mut pack, mut progress) = (vec![], vec![], vec![]);
    let mut sink = |event: Event<'_>| {
        match event {
            Event::Shallow(id) => shallow.push(id),
            Event::Pack(bytes) => {
                assert!(!bytes.is_empty());
                pack.extend_from_slice(bytes);
            }
            Event::Progress(words) => progress.push(words.as_str().into()),
        }
        Ok::<(), ClientError>(())
    };
    let mut answer = FetchAnswer::new(form, limits);
    let pushed = pieces
        .iter()
        .try_for_each(|piece| answer.push(piece, &mut sink));
    let end = pushed.and_then(|()| answer.finish());
    Answer {
        shallow,
        pack,
        progress,
        end,
    }
}

/// The request for the tag and the tip, to a server that advertises these lines.
fn requested(lines: &[&str]) -> (String, Form) {
    let mut out = vec![];
    let form = request(&mut out, &advertised(lines), &[id(TAG), id(TIP)]);
    let text = String::from_utf8(out).expect("it is text");
    (text, form.expect("two wants"))
}

fn advertised(lines: &[&str]) -> Advertisement {
    let mut wire = vec![];
    for line in lines {
        pktline::push_text(&mut wire, line).expect("it fits");
    }
    pktline::flush(&mut wire);
    let content_type = Some(ADVERTISEMENT_TYPE.as_bytes());
    let mut discovery = Discovery::new(content_type, Limits::default()).expect("its type");
    discovery.push(&wire).expect("its lines");
    discovery.finish().expect("its end")
}

fn id(hex: &str) -> ObjectId {
    ObjectId::parse(hex.as_bytes()).expect("40 digits")
}
