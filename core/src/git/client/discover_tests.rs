use std::string::{String, ToString};
use std::vec;

use super::super::Capability;
use super::super::split::at_every_split;
use super::*;

const TYPE: Option<&[u8]> = Some(b"application/x-git-upload-pack-advertisement");
const MAIN: &str = "427b0236c78c8b5dfc706542263c8f38e8d27ae7";
const OLD: &str = "e594926875249b63f0f5a746579ad263dfc4e19c";
const TAG: &str = "631ecd1f6c5f10dd659e75b8fcaa3990878ae5b9";

/// As git 2.47.3 answers.
const V2: &[u8] = b"000eversion 2\n0015agent=git/2.47.3\n0013ls-refs=unborn\n\
0020fetch=shallow wait-for-done\n0012server-option\n0017object-format=sha1\n0000";
/// As git 2.47.3 answers to version 1; without the first line to version 0.
const V1: &[u8] = b"000eversion 1\n\
010b427b0236c78c8b5dfc706542263c8f38e8d27ae7 HEAD\0multi_ack thin-pack side-band side-band-64k \
ofs-delta shallow deepen-since deepen-not deepen-relative no-progress include-tag \
multi_ack_detailed no-done symref=HEAD:refs/heads/main object-format=sha1 agent=git/2.47.3\n\
003d427b0236c78c8b5dfc706542263c8f38e8d27ae7 refs/heads/main\n\
003ae594926875249b63f0f5a746579ad263dfc4e19c refs/tags/v0\n\
003a631ecd1f6c5f10dd659e75b8fcaa3990878ae5b9 refs/tags/v1\n\
003d427b0236c78c8b5dfc706542263c8f38e8d27ae7 refs/tags/v1^{}\n\
0000";
/// As git 2.47.3 answers for an empty repository.
const EMPTY: &[u8] = b"00fa0000000000000000000000000000000000000000 capabilities^{}\0multi_ack \
thin-pack side-band side-band-64k ofs-delta shallow deepen-since deepen-not deepen-relative \
no-progress include-tag multi_ack_detailed no-done object-format=sha1 agent=git/2.47.3\n0000";
const PREAMBLE: &[u8] = b"001e# service=git-upload-pack\n0000";

#[test]
fn protocol_2_tells_its_capabilities_with_preamble_or_without() {
    for wire in [V2.to_vec(), [PREAMBLE, V2].concat()] {
        let Ok(Advertisement::V2 { capabilities }) = discover(&wire) else {
            panic!("it is protocol 2");
        };
        assert_eq!(capabilities.agent().as_str(), "git/2.47.3");
        for offered in [
            Capability::LsRefs,
            Capability::Fetch,
            Capability::Shallow,
            Capability::ObjectFormat,
            Capability::Agent,
        ] {
            assert!(capabilities.offers(offered), "{offered:?}");
        }
        assert!(!capabilities.offers(Capability::SideBand));
    }
}

#[test]
fn shallow_of_protocol_2_is_a_word_of_fetch() {
    for (fetch, is_shallow) in [
        ("0009fetch", false),
        ("000afetch=", false),
        ("0012fetch=shallows", false),
        ("001afetch=filter  shallow\n", true),
    ] {
        let wire = std::format!("000dversion 2000cls-refs\n{fetch}0000");
        let found = discover(wire.as_bytes()).expect("protocol 2");
        let offers = found.capabilities().offers(Capability::Shallow);
        assert_eq!(offers, is_shallow, "{fetch}");
    }
}

#[test]
fn protocols_0_and_1_tell_references_at_once() {
    let refs = vec![
        Ref {
            symref_target: Some(b"refs/heads/main".to_vec()),
            ..named("HEAD", MAIN)
        },
        named("refs/heads/main", MAIN),
        named("refs/tags/v0", OLD),
        Ref {
            peeled: Some(id(MAIN)),
            ..named("refs/tags/v1", TAG)
        },
    ];
    let v0 = &V1[14..];
    for wire in [
        V1.to_vec(),
        v0.to_vec(),
        [PREAMBLE, V1].concat(),
        [PREAMBLE, v0].concat(),
    ] {
        let Ok(Advertisement::V0 {
            capabilities,
            refs: found,
            shallow,
        }) = discover(&wire)
        else {
            panic!("it is protocol 0 or 1");
        };
        assert_eq!((found, shallow), (refs.clone(), vec![]));
        assert_eq!(capabilities.agent().as_str(), "git/2.47.3");
        for offered in [
            Capability::SideBand64k,
            Capability::SideBand,
            Capability::OfsDelta,
            Capability::NoProgress,
            Capability::Shallow,
            Capability::ObjectFormat,
        ] {
            assert!(capabilities.offers(offered), "{offered:?}");
        }
    }
}

#[test]
fn empty_repository_has_no_references() {
    for wire in [
        EMPTY,
        b"0000",
        b"000eversion 1\n0000",
        &[PREAMBLE, EMPTY].concat(),
    ] {
        let Ok(Advertisement::V0 { refs, .. }) = discover(wire) else {
            panic!("it is protocol 0 or 1");
        };
        assert_eq!(refs, vec![]);
    }
}

#[test]
fn first_reference_may_be_a_tag_without_capabilities() {
    let wire = lines(&[
        &std::format!("{TAG} refs/tags/v1\0"),
        &std::format!("{MAIN} refs/tags/v1^{{}}"),
        &std::format!("{OLD} refs/tags/v2^{{}}"),
        &std::format!("shallow {OLD}"),
    ]);
    let Ok(Advertisement::V0 { refs, shallow, .. }) = discover(wire.as_bytes()) else {
        panic!("it is protocol 0");
    };
    let peeled = Some(id(MAIN));
    let tag = named("refs/tags/v1", TAG);
    assert_eq!(refs, vec![Ref { peeled, ..tag }]);
    assert_eq!(shallow, vec![id(OLD)]);
}

#[test]
fn answer_that_is_cut_anywhere_is_refused() {
    for wire in [V2, V1, EMPTY] {
        for end in 0..wire.len() {
            assert_eq!(discover_once(&[&wire[..end]]), Err(ClientError::Truncated));
        }
    }
}

#[test]
fn answer_that_goes_on_is_refused() {
    for wire in [V2, V1, EMPTY] {
        for more in [&b"0"[..], b"0000", b"junk"] {
            assert_eq!(discover(&[wire, more].concat()), Err(ClientError::Trailing));
        }
    }
}

#[test]
fn content_type_tells_a_smart_server() {
    for accepted in [
        "application/x-git-upload-pack-advertisement",
        "Application/X-Git-Upload-Pack-Advertisement ; charset=utf-8",
    ] {
        assert!(Discovery::new(Some(accepted.as_bytes()), Limits::default()).is_ok());
    }
    for (refused, error) in [
        (&b"text/html; charset=utf-8"[..], ClientError::WebPage),
        (
            b"text/plain",
            ClientError::NotSmart(Words::new(b"text/plain")),
        ),
        (
            b"application/x-git-receive-pack-advertisement",
            ClientError::NotSmart(Words::new(b"application/x-git-receive-pack-advertisement")),
        ),
    ] {
        let result = Discovery::new(Some(refused), Limits::default());
        assert_eq!(result.err(), Some(error));
    }
    let untyped = Discovery::new(None, Limits::default()).err();
    assert_eq!(
        untyped.expect("it is refused").to_string(),
        "the server answers as \"\": no git repository, or a dumb git server, which is not supported"
    );
}

#[test]
fn servers_own_words_are_told() {
    for wire in [
        "0010ERR no\x1b[31m\n",
        "000eversion 2\n0010ERR no\x1b[31m\n",
        "0008ERR ",
    ] {
        let words = if wire.len() > 8 { "no[31m" } else { "" };
        let error = ClientError::Server(Words::new(words.as_bytes()));
        assert_eq!(discover(wire.as_bytes()), Err(error), "{wire:?}");
    }
}

#[test]
fn other_object_format_is_refused() {
    let sha256 = "a".repeat(64);
    let first = std::format!("{sha256} HEAD\0object-format=sha256 object-format=sha1");
    for wire in [
        "000eversion 2\n0019object-format=sha256\n".to_string(),
        lines(&[&first]),
    ] {
        let error = ClientError::ObjectFormat(Words::new(b"sha256"));
        assert_eq!(discover(wire.as_bytes()), Err(error));
    }
}

#[test]
fn protocol_2_without_its_commands_is_refused() {
    for (wire, missing) in [
        ("000eversion 2\n0000", "ls-refs"),
        ("000eversion 2\n000bls-refs0000", "fetch"),
        ("000eversion 2\n0009fetch0000", "ls-refs"),
    ] {
        assert_eq!(
            discover(wire.as_bytes()),
            Err(ClientError::NoCommand(missing))
        );
    }
}

#[test]
fn what_no_server_says_is_refused() {
    let bad_name = std::format!("{MAIN} a\tb");
    let not_hex = std::format!("{} a", "x".repeat(40));
    let short = "0123 a".to_string();
    for line in [
        &bad_name,
        &not_hex,
        &short,
        MAIN,
        "# service=git-receive-pack",
    ] {
        let error = ClientError::unexpected("list of references", line.as_bytes());
        assert_eq!(discover(lines(&[line]).as_bytes()), Err(error), "{line}");
    }
    for (wire, within, line) in [
        ("0001", WITHIN, "0001"),
        ("0002", WITHIN, "0002"),
        (
            "001e# service=git-upload-pack\n000eversion 2\n",
            WITHIN,
            "version 2",
        ),
    ] {
        let error = ClientError::unexpected(within, line.as_bytes());
        assert_eq!(discover(wire.as_bytes()), Err(error), "{wire}");
    }
    let version = ClientError::Version(Words::new(b"version 3"));
    assert_eq!(discover(b"000eversion 3\n0000"), Err(version));
}

#[test]
fn limits_hold() {
    let limits = Limits {
        refs: 2,
        name_bytes: 5,
        bytes: 150,
    };
    let [a, b] = ["abcde", "b"].map(|name| std::format!("{MAIN} {name}"));
    let peeled = std::format!("{MAIN} b^{{}}");
    let cases = [
        (lines(&[&a, &b]), None),
        (lines(&[&b, &peeled]), None),
        (
            lines(&[&b, &b, &b]),
            Some(ClientError::TooManyRefs { limit: 2 }),
        ),
        (
            lines(&[&std::format!("{a}f")]),
            Some(ClientError::NameTooLong { limit: 5 }),
        ),
        (
            lines(&[&b, &peeled, &peeled]),
            Some(ClientError::TooManyBytes { limit: 150 }),
        ),
    ];
    for (wire, error) in cases {
        let found = at_every_split(wire.as_bytes(), |pieces| read(pieces, limits));
        assert_eq!(found.err(), error, "{wire}");
    }
}

fn discover(wire: &[u8]) -> Result<Advertisement, ClientError> {
    at_every_split(wire, discover_once)
}

fn discover_once(pieces: &[&[u8]]) -> Result<Advertisement, ClientError> {
    read(pieces, Limits::default())
}

fn read(pieces: &[&[u8]], limits: Limits) -> Result<Advertisement, ClientError> {
    let mut discovery = Discovery::new(TYPE, limits)?;
    pieces.iter().try_for_each(|piece| discovery.push(piece))?;
    discovery.finish()
}

/// Lines of text, and a flush.
fn lines(texts: &[&str]) -> String {
    let mut wire = vec![];
    for text in texts {
        crate::git::pktline::push_text(&mut wire, text).expect("they are short");
    }
    crate::git::pktline::flush(&mut wire);
    String::from_utf8(wire).expect("it is text")
}

fn named(name: &str, hex: &str) -> Ref {
    Ref {
        name: name.as_bytes().to_vec(),
        id: id(hex),
        peeled: None,
        symref_target: None,
    }
}

fn id(hex: &str) -> ObjectId {
    ObjectId::parse(hex.as_bytes()).expect("40 digits")
}
