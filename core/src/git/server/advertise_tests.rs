use std::string::String;
use std::vec;
use std::vec::Vec;

use super::super::samples::{ONE, THREE, TWO, ids, no_refs, refs, wire};
use super::*;
use crate::git::client::discover::{Advertisement, Discovery};
use crate::git::client::{ADVERTISEMENT_TYPE, Limits};

const OFFERED: &str = "multi_ack multi_ack_detailed side-band side-band-64k ofs-delta shallow \
deepen-since deepen-not deepen-relative no-progress allow-tip-sha1-in-want allow-reachable-sha1-in-want";

#[test]
fn highest_version_that_is_asked_for_and_known_is_spoken() {
    for (value, version) in [
        (&b"version=2"[..], Version::V2),
        (b"version=1", Version::V1),
        (b"version=0", Version::V0),
        (b"", Version::V0),
        (b"version=3", Version::V0),
        (b"version=1:version=9", Version::V1),
        (b"version=2:version=1", Version::V2),
        (b"object-format=sha1:version=2", Version::V2),
        (b"version=2:x=\xff\0", Version::V2),
        (b"Version=2", Version::V0),
        (b" version=2", Version::V0),
        (b"version=02", Version::V0),
    ] {
        assert_eq!(Version::asked(Some(value)), version, "{value:?}");
    }
    assert_eq!(Version::asked(None), Version::V0);
}

/// But for its agent, and what is not built, it is what git 2.47.3 answers.
#[test]
fn protocol_2_offers_what_is_built() {
    let expected = std::format!(
        "version 2|agent={AGENT}|ls-refs=unborn|fetch=shallow filter|object-format=sha1|0000,"
    );
    assert_eq!(pushed(Version::V2, &refs()), wire(&expected));
    assert_eq!(pushed(Version::V2, &no_refs()), wire(&expected));
}

/// The lines behind the first are git's own, captured, but for the line feeds behind boundaries.
#[test]
fn protocol_0_lists_references_and_boundaries() {
    let answer = pushed(Version::V0, &refs());
    let first = std::format!(
        "{THREE} HEAD\0{OFFERED} symref=HEAD:refs/heads/main object-format=sha1 agent={AGENT}|"
    );
    let before = wire(&(String::from("# service=git-upload-pack|0000,") + &first));
    let rest = answer.strip_prefix(before.as_slice());
    let captured = "003dc77c145ab8afdfda6ba5fab12552b629e0aac9fc refs/heads/main
003eabfb087cacd9a6a2b8576edf68a880e7816a7401 refs/tags/nested
0041c77c145ab8afdfda6ba5fab12552b629e0aac9fc refs/tags/nested^{}
003e560d0b9bfe2c1ae5daaa7971b058b9495a8cd2b0 refs/tags/v0.1.0
003e774472c29351b7409de983aaac6989fc1f51b472 refs/tags/v0.2.0
00419b8f2465164b5a7040f1fbdfd14ea211bd7c8e5f refs/tags/v0.2.0^{}
003ee6fe8affe4318f154abdb09d2952726bd99fd2d9 refs/tags/v0.3.0
0041c77c145ab8afdfda6ba5fab12552b629e0aac9fc refs/tags/v0.3.0^{}
0044c77c145ab8afdfda6ba5fab12552b629e0aac9fc refs/tags/v0.3.0-light
0034shallow 560d0b9bfe2c1ae5daaa7971b058b9495a8cd2b0\
0034shallow 9b8f2465164b5a7040f1fbdfd14ea211bd7c8e5f\
0034shallow c77c145ab8afdfda6ba5fab12552b629e0aac9fc\
0000";
    assert_eq!(rest.map(String::from_utf8_lossy), Some(captured.into()));
}

#[test]
fn protocol_1_differs_in_a_line() {
    let v0 = pushed(Version::V0, &refs());
    let preamble = wire("# service=git-upload-pack|0000,");
    let rest = v0.strip_prefix(preamble.as_slice()).expect("the preamble");
    let expected = [&preamble, wire("version 1|").as_slice(), rest].concat();
    assert_eq!(pushed(Version::V1, &refs()), expected);
}

#[test]
fn empty_repository_hangs_its_capabilities_on_no_reference() {
    let expected = std::format!(
        "# service=git-upload-pack|0000,0000000000000000000000000000000000000000 \
capabilities^{{}}\0{OFFERED} object-format=sha1 agent={AGENT}|0000,"
    );
    let mut out = vec![];
    assert_eq!(push(&mut out, Version::V0, &no_refs(), &[]), Ok(()));
    assert_eq!(out, wire(&expected));
}

#[test]
fn references_without_a_head_carry_the_capabilities() {
    let refs = Refs::new("refs/heads/gone".into(), refs().sorted().to_vec()).expect("names");
    let answer = pushed(Version::V0, &refs);
    let first = std::format!(
        "# service=git-upload-pack|0000,{THREE} refs/heads/main\0{OFFERED} object-format=sha1 \
agent={AGENT}|"
    );
    assert!(answer.starts_with(&wire(&first)));
}

#[test]
fn own_client_reads_all_versions() {
    for version in [Version::V0, Version::V1, Version::V2] {
        let content_type = Some(ADVERTISEMENT_TYPE.as_bytes());
        let mut discovery = Discovery::new(content_type, Limits::default()).expect("the type");
        assert_eq!(discovery.push(&pushed(version, &refs())), Ok(()));
        match discovery.finish().expect("an advertisement") {
            Advertisement::V2 { .. } => assert_eq!(version, Version::V2),
            Advertisement::V0 { refs, shallow, .. } => {
                assert_eq!((refs.len(), shallow), (7, ids(&[ONE, TWO, THREE])));
                assert_eq!(
                    refs[0].symref_target.as_deref(),
                    Some(&b"refs/heads/main"[..])
                );
            }
        }
    }
}

fn pushed(version: Version, refs: &Refs) -> Vec<u8> {
    let mut out = vec![];
    let pushed = push(&mut out, version, refs, &ids(&[ONE, TWO, THREE]));
    assert_eq!(pushed, Ok(()));
    out
}
