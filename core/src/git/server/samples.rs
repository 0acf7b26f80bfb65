//! Test support: the repository that the samples come from, and what was captured from git 2.47.3.
//!
//! Three commits, the first without parents, each fetched with `--depth 1` into a repository that
//! `git http-backend` served; `nested` is a tag of the tag `v0.3.0`.

use std::vec;
use std::vec::Vec;

use super::boundary::Snapshot;
use super::refs::{Ref, Refs};
use crate::git::id::ObjectId;

pub(super) const ONE: &str = "560d0b9bfe2c1ae5daaa7971b058b9495a8cd2b0";
pub(super) const TWO: &str = "9b8f2465164b5a7040f1fbdfd14ea211bd7c8e5f";
pub(super) const THREE: &str = "c77c145ab8afdfda6ba5fab12552b629e0aac9fc";
pub(super) const NESTED: &str = "abfb087cacd9a6a2b8576edf68a880e7816a7401";
pub(super) const TAG_TWO: &str = "774472c29351b7409de983aaac6989fc1f51b472";
pub(super) const TAG_THREE: &str = "e6fe8affe4318f154abdb09d2952726bd99fd2d9";

pub(super) fn id(hex: &str) -> ObjectId {
    ObjectId::parse(hex.as_bytes()).expect("40 digits")
}

pub(super) fn ids(hex: &[&str]) -> Vec<ObjectId> {
    hex.iter().map(|hex| id(hex)).collect()
}

/// The references, out of order.
pub(super) fn refs() -> Refs {
    let named = |name: &str, at: &str, peeled: Option<&str>| Ref {
        name: name.into(),
        id: id(at),
        peeled: peeled.map(id),
    };
    let refs = vec![
        named("refs/tags/v0.3.0-light", THREE, None),
        named("refs/tags/v0.3.0", TAG_THREE, Some(THREE)),
        named("refs/tags/v0.2.0", TAG_TWO, Some(TWO)),
        named("refs/tags/v0.1.0", ONE, None),
        named("refs/tags/nested", NESTED, Some(THREE)),
        named("refs/heads/main", THREE, None),
    ];
    Refs::new("refs/heads/main".into(), refs).expect("names")
}

pub(super) fn no_refs() -> Refs {
    Refs::new("refs/heads/main".into(), vec![]).expect("a name")
}

pub(super) fn snapshot(hex: &str) -> Snapshot {
    Snapshot {
        id: id(hex),
        has_parents: hex != ONE,
    }
}

/// The lines of `text`, framed; `0000` and `0001` stand for themselves. `|` ends a line with its
/// line feed, `,` one without.
pub(super) fn wire(text: &str) -> Vec<u8> {
    let mut wire = vec![];
    for part in text.split_inclusive(['|', ',']) {
        match part.trim_end_matches(['|', ',']) {
            special @ ("0000" | "0001" | "0002") => wire.extend_from_slice(special.as_bytes()),
            line => {
                let feed = if part.ends_with('|') { "\n" } else { "" };
                let length = line.len() + feed.len() + 4;
                wire.extend_from_slice(std::format!("{length:04x}{line}{feed}").as_bytes());
            }
        }
    }
    wire
}
