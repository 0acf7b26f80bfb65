//! Tarballs of which nothing is stated.

use std::string::{String, ToString};
use std::vec::Vec;

use super::super::fixtures::{Files, Item, facts, foreign, foreign_of, make};
use super::*;
use crate::archive::tar::TarLimits;
use crate::git::object::{NameFault, ObjectError};
use crate::zig::package::PathProblem;

type Entries<'a> = [(u8, &'a str, &'a str)];

fn tree_of(tarball: &[u8]) -> Result<String, ProofError> {
    let mut prover = Prover::of_anything(TarLimits::default());
    prover.handle_bytes(tarball)?;
    let outline = prover.outline()?;
    Ok(outline.tree().to_string())
}

fn tree(entries: &Entries<'_>) -> Result<String, ProofError> {
    tree_of(&foreign(entries))
}

/// The tree that Git has of these files.
fn git(files: &Files<'_>) -> String {
    let made = make(files, 100).unwrap();
    made.prove(facts(files)).unwrap().to_string()
}

const PLAIN: &Files<'_> = &[(b"a", Item::File(b"1")), (b"d/b", Item::Link(b"../a"))];

#[test]
fn one_top_directory_goes_whatever_it_is_called() {
    let expected = git(PLAIN);
    let named: [&Entries<'_>; 4] = [
        &[(b'0', "p-1/a", "1"), (b'2', "p-1/d/b", "../a")],
        &[
            (b'5', "x/", ""),
            (b'0', "x/a", "1"),
            (b'5', "x/d", ""),
            (b'2', "x/d/b", "../a"),
        ],
        &[
            (b'5', "./", ""),
            (b'0', "./x/./a", "1"),
            (b'2', "x//d/b", "../a"),
        ],
        &[(b'0', "y/../x/a", "1"), (b'2', "x/d/b", "../a")],
    ];
    for entries in named {
        assert_eq!(tree(entries).as_ref(), Ok(&expected), "{entries:?}");
    }
}

#[test]
fn without_one_top_directory_nothing_goes() {
    let expected = git(PLAIN);
    let flat: [&Entries<'_>; 2] = [
        &[(b'0', "a", "1"), (b'2', "d/b", "../a")],
        &[(b'2', "./d/b", "../a"), (b'0', "./a", "1")],
    ];
    for entries in flat {
        assert_eq!(tree(entries).as_ref(), Ok(&expected), "{entries:?}");
    }
    let two = [(b'0', "x/a", "1"), (b'5', "y/", "")];
    let kept: &Files<'_> = &[(b"x/a", Item::File(b"1"))];
    assert_eq!(tree(&two), Ok(git(kept)), "a directory counts for the top");
}

#[test]
fn the_mode_of_a_file_is_that_of_the_archive() {
    let program: &Files<'_> = &[(b"a", Item::Program(b"1"))];
    let entries = [(b'0', "p/a", "1")];
    assert_eq!(tree_of(&foreign_of(&entries, 0o755)), Ok(git(program)));
    assert_eq!(tree_of(&foreign_of(&entries, 0o744)), Ok(git(program)));
    let file: &Files<'_> = &[(b"a", Item::File(b"1"))];
    assert_eq!(tree_of(&foreign_of(&entries, 0o655)), Ok(git(file)));
}

#[test]
fn what_a_checkout_has_of_its_repository_is_left_out() {
    let with = [
        (b'0', "p/.git/HEAD", "ref"),
        (b'0', "p/a", "1"),
        (b'0', "p/.git/objects/x", "1"),
        (b'2', "p/d/b", "../a"),
    ];
    assert_eq!(tree(&with), Ok(git(PLAIN)));
    let worktree = [
        (b'0', ".git", "gitdir"),
        (b'0', "a", "1"),
        (b'2', "d/b", "../a"),
    ];
    assert_eq!(tree(&worktree), Ok(git(PLAIN)));
}

#[test]
fn directories_without_files_go() {
    let entries = [(b'5', "p/", ""), (b'5', "p/empty/deep/", "")];
    assert_eq!(tree(&entries), Ok(git(&[])));
}

#[test]
fn what_git_cannot_hold_is_refused_by_its_path() {
    let path = |path: &str, problem| {
        let path = path.into();
        Err(ProofError::Path { path, problem })
    };
    for (name, problem) in [
        ("/etc/passwd", PathProblem::Absolute),
        ("p/../../x", PathProblem::AboveRoot),
    ] {
        assert_eq!(tree(&[(b'0', name, "")]), path(name, problem));
        assert_eq!(tree(&[(b'5', name, "")]), path(name, problem));
    }
    for kind in [b'1', b'3'] {
        let error = Err(ProofError::kind(b"p/a"));
        assert_eq!(tree(&[(kind, "p/a", "")]), error);
    }
    let inner = tree(&[(b'0', "p/d/.git/config", ""), (b'0', "p/a", "")]);
    let name = ".git".into();
    let fault = NameFault::DotGit;
    let error = ProofError::tree(b"d", ObjectError::Name { name, fault });
    assert_eq!(inner, Err(error));
    let twice = tree(&[(b'0', "p/d/a", "1"), (b'0', "p/d/./a", "2")]);
    let name = "a".into();
    let error = ProofError::tree(b"d", ObjectError::Duplicate { name });
    assert_eq!(twice, Err(error));
}

#[test]
fn blobs_that_are_left_out_stay_in_their_places() {
    let entries = [
        (b'0', "p/.git/HEAD", "left out"),
        (b'0', "p/a", "1"),
        (b'0', "p/b", "1"),
    ];
    let mut prover = Prover::of_anything(TarLimits::default());
    prover.handle_bytes(&foreign(&entries)).unwrap();
    let outline = prover.outline().unwrap();
    let blobs: Vec<_> = (0..4).map(|at| outline.blob(at)).collect();
    assert_eq!(blobs[0], Some(OutlinedBlob::Passed));
    assert!(matches!(blobs[1], Some(OutlinedBlob::First(_))));
    assert_eq!(blobs[2..], [Some(OutlinedBlob::Passed), None]);
    assert_eq!(outline.objects(), 2);
}
