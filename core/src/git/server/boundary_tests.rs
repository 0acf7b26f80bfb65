use std::vec;

use super::super::Deepen;
use super::super::samples::{ONE, THREE, TWO, ids, snapshot};
use super::*;

/// `1` has no parents, `2` and `3` have; a dash is that nothing is told.
#[test]
fn commits_with_parents_are_boundaries_at_every_depth() {
    for (wanted, client, shallow, unshallow) in [
        ("", "", "", ""),
        ("1", "", "", ""),
        ("2", "", "2", ""),
        ("321", "", "32", ""),
        ("3323", "", "32", ""),
        ("2", "2", "", ""),
        ("23", "2", "3", ""),
        ("23", "1", "23", ""),
        ("1", "1", "", "1"),
        ("1131", "1", "3", "1"),
        ("3", "12", "3", ""),
        ("123", "123", "", "1"),
    ] {
        let told = Boundary {
            shallow: commits(shallow),
            unshallow: commits(unshallow),
        };
        for deepen in depths() {
            let fetch = fetch(client, Some(deepen));
            for version in [Version::V0, Version::V1, Version::V2] {
                let told = Some(told.clone());
                assert_eq!(of(version, &fetch, wanted), told, "{wanted} {fetch:?}");
            }
        }
        let is_silent = shallow.is_empty() && unshallow.is_empty();
        let fetch = fetch(client, None);
        assert_eq!(
            of(Version::V2, &fetch, wanted),
            (!is_silent).then_some(told)
        );
        assert_eq!(of(Version::V1, &fetch, wanted), None);
        assert_eq!(of(Version::V0, &fetch, wanted), None);
    }
}

/// With it git 2.47.3 brings the new tag; without it the tag is refused.
#[test]
fn boundary_that_the_client_has_is_restated() {
    for (client, haves, restated) in [
        ("2", "2", "2"),
        ("12", "321", "2"),
        ("2", "", ""),
        ("2", "3", ""),
        ("1", "1", ""),
        ("", "2", ""),
    ] {
        let fetch = Fetch {
            haves: commits(haves),
            ..fetch(client, None)
        };
        let mut told = of(Version::V2, &fetch, "13").expect("3 is new");
        let mut expected = told.clone();
        expected.shallow.extend(commits(restated));
        expected.unshallow.extend(commits(restated));
        assert_eq!(
            told.restate(&fetch),
            !restated.is_empty(),
            "{client} {haves}"
        );
        assert_eq!(told, expected);
    }
}

fn of(version: Version, fetch: &Fetch, wanted: &str) -> Option<Boundary> {
    let wanted = wanted.chars().map(|digit| snapshot(named(digit)));
    Boundary::of(version, fetch, wanted)
}

fn depths() -> Vec<Deepen> {
    let depth = |commits, is_relative| Deepen::Depth {
        commits,
        is_relative,
    };
    let until = |since, not| Deepen::Until { since, not };
    vec![
        depth(1, false),
        depth(2, false),
        depth(2_147_483_647, false),
        depth(1, true),
        until(Some(1), vec![]),
        until(None, vec![b"v0.1.0".to_vec()]),
    ]
}

fn fetch(client: &str, deepen: Option<Deepen>) -> Fetch {
    Fetch {
        shallow: commits(client),
        deepen,
        ..Fetch::default()
    }
}

fn commits(digits: &str) -> Vec<ObjectId> {
    digits
        .chars()
        .flat_map(|digit| ids(&[named(digit)]))
        .collect()
}

fn named(digit: char) -> &'static str {
    match digit {
        '1' => ONE,
        '2' => TWO,
        _ => THREE,
    }
}
