use alloc::vec;
use alloc::vec::Vec;

use super::*;
use crate::git::server::{Deepen, FetchOptions};

fn id(byte: u8) -> ObjectId {
    ObjectId::from_bytes([byte; 20])
}

fn shown(tag: &str, commit: u8, tags: &[u8]) -> Shown {
    Shown {
        tag: TagName::parse(tag).unwrap(),
        commit: id(commit),
        has_parents: commit > 1,
        tags: tags.iter().copied().map(id).collect(),
    }
}

/// v1 is a root commit; v2 is annotated, and v2-light names the same commit; v3 is a pre-release.
fn repository() -> Repository {
    Repository::new(vec![
        shown("v3.0.0-rc1", 3, &[33]),
        shown("v2.0.0", 2, &[22, 23]),
        shown("v2-light", 2, &[]),
        shown("v1.0.0", 1, &[]),
    ])
    .unwrap()
}

fn numbers(tags: &[&str]) -> Vec<usize> {
    let repository = repository();
    let place = |tag: &&str| {
        let mut releases = repository.releases().iter();
        releases.position(|release| release.tag.as_str() == *tag)
    };
    let mut numbers: Vec<_> = tags.iter().filter_map(place).collect();
    numbers.sort_unstable();
    numbers
}

fn fetch(wants: &[u8], haves: &[u8]) -> Fetch {
    Fetch {
        wants: wants.iter().copied().map(id).collect(),
        haves: haves.iter().copied().map(id).collect(),
        shallow: vec![],
        deepen: None,
        options: FetchOptions::default(),
    }
}

#[test]
fn head_is_the_newest_release() {
    let repository = repository();
    let refs = repository.refs();
    assert_eq!(refs.head(), MAIN);
    assert_eq!(refs.head_ref().map(|main| main.id), Some(id(2)));
    let tag = refs.find(b"refs/tags/v2.0.0").unwrap();
    assert_eq!((tag.id, tag.peeled), (id(22), Some(id(2))));
    let light = refs.find(b"refs/tags/v2-light").unwrap();
    assert_eq!((light.id, light.peeled), (id(2), None));
    assert_eq!(repository.boundaries(), [id(2), id(3)]);
}

#[test]
fn nothing_is_wanted_twice() {
    let repository = repository();
    for (wants, tags) in [
        (&[2][..], &["v2.0.0"][..]),
        (&[22], &["v2.0.0"]),
        (&[23, 2, 2], &["v2.0.0"]),
        (&[1], &["v1.0.0"]),
        (&[33, 1], &["v1.0.0", "v3.0.0-rc1"]),
        (&[2, 22, 33, 1], &["v1.0.0", "v2.0.0", "v3.0.0-rc1"]),
    ] {
        let plan = repository.plan(Version::V2, &fetch(wants, &[])).unwrap();
        assert_eq!(plan.wanted, numbers(tags), "{wants:?}");
        assert_eq!(repository.is_all(&plan.wanted), tags.len() == 3);
    }
    let refused = repository.plan(Version::V2, &fetch(&[1, 9], &[]));
    assert_eq!(refused, Err(NotOurRef(id(9))));
}

#[test]
fn commits_of_the_client_are_left_out_if_they_are_known() {
    let plan = repository().plan(Version::V2, &fetch(&[33], &[9, 2, 1]));
    let plan = plan.unwrap();
    assert_eq!(plan.common, [id(2), id(1)]);
    assert_eq!(plan.had, numbers(&["v1.0.0", "v2.0.0"]));
}

#[test]
fn boundary_is_told_of_commits_with_parents() {
    let repository = repository();
    let told = |version, fetch: &Fetch| {
        let boundary = repository.plan(version, fetch).unwrap().boundary;
        boundary.map(|boundary| boundary.shallow)
    };
    assert_eq!(told(Version::V2, &fetch(&[22, 1], &[])), Some(vec![id(2)]));
    assert_eq!(told(Version::V2, &fetch(&[1], &[])), None);
    assert_eq!(told(Version::V0, &fetch(&[22], &[])), None);
    let deep = Fetch {
        deepen: Some(Deepen::Depth {
            commits: 1,
            is_relative: false,
        }),
        ..fetch(&[22], &[])
    };
    assert_eq!(told(Version::V0, &deep), Some(vec![id(2)]));
}

#[test]
fn package_without_releases_is_an_empty_repository() {
    let repository = Repository::new(vec![]).unwrap();
    assert!(repository.refs().sorted().is_empty() && repository.refs().head_ref().is_none());
    assert_eq!(repository.all().len(), 0);
}

#[test]
fn hidden_releases_are_no_news() {
    let tag = |text: &str| TagName::parse(text).unwrap();
    let repository = Repository::new(vec![shown("v1", 1, &[]), shown("v3", 3, &[])]).unwrap();
    let repository = repository.hiding([tag("v2")]);
    let is_of = |tags: &[&str]| {
        let tags: Vec<_> = tags.iter().map(|text| tag(text)).collect();
        repository.is_of(&tags)
    };
    assert!(is_of(&["v1", "v2", "v3"]));
    assert!(!is_of(&["v1", "v3"]) && !is_of(&["v1", "v2", "v4"]));
    assert!(!is_of(&["v1", "v2", "v3", "v4"]));
}
