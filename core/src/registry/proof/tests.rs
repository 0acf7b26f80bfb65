use std::format;
use std::string::{String, ToString};

use super::super::fixtures::{Files, Item, facts, foreign, id, make, prefix, prove};
use super::*;
use crate::archive::gzip::GzipError;
use crate::archive::tar::{TarError, TarLimits};
use crate::git::id::ObjectId;
use crate::git::object::{NameFault, ObjectError};

const FILE: Item<'_> = Item::File(b"");
const SUBMODULE: &str = "0123456789abcdef0123456789abcdef01234567";

fn root(files: &Files<'_>) -> String {
    let made = make(files, 100).unwrap();
    made.prove(facts(files)).unwrap().to_string()
}

/// The ids are those of `git write-tree` for the same entries (`git hash-object -w`,
/// `git update-index --cacheinfo`), and of `git mktree` where there are empty trees.
#[test]
fn ids_are_those_of_git() {
    let submodule = id(SUBMODULE);
    let trees: [(&Files<'_>, &str); 5] = [
        (&[], "4b825dc642cb6eb9a060e54bf8d69288fbee4904"),
        (
            &[(b"a", Item::File(b"hello\n"))],
            "0976950c1fdbcb52435a433913017bf044b3a58f",
        ),
        (
            &[
                (b"a-b", Item::Program(b"x")),
                (b"a.b", Item::Link(b"../to nowhere")),
                (b"a/b/c/d", FILE),
                (b"a/b/e", FILE),
                (b"a/f", FILE),
                (b"a0", FILE),
                (b"\xff\xfe/\n", Item::Link(b"")),
            ],
            "fc9394ebc208b51f68cc42d02eec9499caab9d8c",
        ),
        (
            &[
                (b"s", Item::Gitlink(submodule)),
                (b"s-t", FILE),
                (b"s.u/v", Item::Gitlink(submodule)),
            ],
            "e6ee455f430c7fcfa0c54dc19c31d8a369c69e59",
        ),
        (
            &[
                (b"a", FILE),
                (b"b/c", Item::Empty),
                (b"b/d", FILE),
                (b"e", Item::Empty),
            ],
            "7035263d6206e011185dc85d00b28895c357f688",
        ),
    ];
    let seen = trees.map(|(files, _)| root(files));
    assert_eq!(seen, trees.map(|(_, id)| id.to_string()));
}

#[test]
fn how_the_tarball_is_cut_does_not_matter() {
    let files: &Files<'_> = &[(b"a/b", Item::File(b"hello\n")), (b"c", Item::Link(b"a"))];
    let made = make(files, 100).unwrap();
    for step in [1, 10, 100] {
        let mut prover = Prover::new(facts(files), TarLimits::default());
        for piece in made.bytes.chunks(step) {
            prover.handle_bytes(piece).unwrap();
        }
        assert_eq!(prover.finish().unwrap().to_string(), root(files));
    }
}

#[test]
fn long_paths_of_any_bytes_are_proven() {
    let deep = b"\xc3/".repeat(1500);
    let deep = &deep[..deep.len() - 1];
    let files: &Files<'_> = &[(&[b'x'; 255], FILE), (deep, Item::Program(b"x"))];
    let shifted = root(&[(b"\xc3", Item::Program(b"x"))]);
    assert_ne!(root(files), shifted);
    assert_eq!(root(files), "557a382ccee3c77087d5f8ae58039880289f0c93");
}

#[test]
fn a_change_of_anything_changes_the_id() {
    let base: &Files<'_> = &[(b"a/b", Item::File(b"x")), (b"c", Item::Link(b"a"))];
    for changed in [
        &[(&b"a/b"[..], Item::File(b"y")), base[1]],
        &[(b"a/b", Item::Program(b"x")), base[1]],
        &[(b"a/B", Item::File(b"x")), base[1]],
        &[base[0], (b"c", Item::Link(b"b"))],
        &[base[0], (b"c", Item::File(b"a"))],
        &[base[0], (b"c", Item::Empty)],
    ] {
        assert_ne!(root(base), root(changed));
    }
    let gitlink = |hex| root(&[(b"s", Item::Gitlink(id(hex)))]);
    assert_ne!(gitlink(SUBMODULE), gitlink(&SUBMODULE.replace('0', "f")));
}

#[test]
fn modes_of_old_are_as_the_manifest_has_them() {
    let files: &Files<'_> = &[
        (b"d/a", FILE),
        (b"d/b", Item::Program(b"x")),
        (b"l", Item::Link(b"x")),
        (b"s", Item::Gitlink(id(SUBMODULE))),
    ];
    let made = make(files, 1).unwrap();
    let odd = |modes: &[(&str, &str)]| {
        let mut facts = facts(files);
        let modes = modes.iter();
        facts.modes = modes
            .map(|(path, mode)| ((*path).into(), (*mode).into()))
            .collect();
        made.prove(facts)
    };
    let plain = odd(&[]).unwrap();
    let canonical = [("d", "40000"), ("d/a", "100644"), ("l", "120000")];
    assert_eq!(odd(&canonical), Ok(plain));
    let odd_modes = [
        ("d", "040000"),
        ("d/a", "100664"),
        ("d/b", "100775"),
        ("l", "120777"),
        ("s", "0160000"),
    ];
    // As `git hash-object -t tree --literally --stdin` has it.
    let id = "f48e440a8c6638b842bb58e12a937afa5ae66ca8";
    assert_eq!(odd(&odd_modes).unwrap().to_string(), id);
    for (path, text) in [
        ("d", "100644"),
        ("d/a", "100755"),
        ("d/b", "100644"),
        ("l", "40000"),
        ("s", "120000"),
        ("l", "9"),
        ("l", ""),
    ] {
        let (path, text) = (path.to_string(), text.to_string());
        let error = ProofError::Mode {
            path: path.clone(),
            text: text.clone(),
        };
        assert_eq!(odd(&[(&path, &text)]), Err(error));
    }
    for path in ["", "x", "d/", "D", "d/a/b"] {
        let error = ProofError::mode_of_nothing(path.as_bytes());
        assert_eq!(odd(&[(path, "100644")]), Err(error));
    }
}

#[test]
fn facts_and_directories_must_be_each_others() {
    let files: &Files<'_> = &[
        (b"a/b", FILE),
        (b"e", Item::Empty),
        (b"s", Item::Gitlink(id(SUBMODULE))),
    ];
    let made = make(files, 1).unwrap();
    let full = facts(files);
    assert!(made.prove(full.clone()).is_ok());
    let mut unknown = full.clone();
    unknown.empty_trees.clear();
    assert_eq!(made.prove(unknown), Err(ProofError::directory(b"e")));
    let mut unknown = full.clone();
    unknown.gitlinks.clear();
    assert_eq!(made.prove(unknown), Err(ProofError::directory(b"s")));
    for path in [&b"a"[..], b"a/b", b"x", b"", b"e/", b"e/x"] {
        let mut facts = full.clone();
        facts.empty_trees.push(path.into());
        assert_eq!(made.prove(facts), Err(ProofError::no_directory(path)));
        let mut facts = full.clone();
        facts.gitlinks.push((path.into(), id(SUBMODULE)));
        assert_eq!(made.prove(facts), Err(ProofError::no_directory(path)));
    }
    let mut both = full.clone();
    both.gitlinks.push((b"e".into(), id(SUBMODULE)));
    let name = || "e".into();
    let duplicate = ObjectError::Duplicate { name: name() };
    assert_eq!(made.prove(both), Err(ProofError::tree(b"", duplicate)));
    let mut twice = full;
    twice.empty_trees.push(b"e".into());
    let duplicate = ObjectError::Duplicate { name: name() };
    assert_eq!(made.prove(twice), Err(ProofError::tree(b"", duplicate)));
}

fn prove_foreign(entries: &[(u8, &str, &str)]) -> Result<ObjectId, ProofError> {
    prove(&foreign(entries), Facts::new(prefix()))
}

#[test]
fn a_tarball_of_another_order_with_entries_of_directories_is_the_same_tree() {
    let canonical: &Files<'_> = &[
        (b"a-b", FILE),
        (b"a/b/c", Item::File(b"x")),
        (b"a/d", Item::Link(b"y")),
    ];
    let foreign = prove_foreign(&[
        (b'5', "p-1/", ""),
        (b'5', "p-1/a/b", ""),
        (b'5', "p-1/a/", ""),
        (b'2', "p-1/a/d", "y"),
        (b'0', "p-1/a/b/c", "x"),
        (b'0', "p-1/a-b", ""),
    ]);
    assert_eq!(foreign.unwrap().to_string(), root(canonical));
}

#[test]
fn what_is_no_entry_of_a_tree_is_refused_by_its_path() {
    let outside = |path: &str| Err(ProofError::outside(path.as_bytes()));
    for path in ["p-1", "p-", "p-2/a", "/p-1/a", "./p-1/a", "", "q"] {
        assert_eq!(prove_foreign(&[(b'0', path, "")]), outside(path));
    }
    assert_eq!(prove_foreign(&[(b'5', "q/", "")]), outside("q"));
    for kind in [b'1', b'3', b'6', b'7'] {
        let error = Err(ProofError::kind(b"p-1/a"));
        assert_eq!(prove_foreign(&[(kind, "p-1/a", "")]), error);
    }
}

#[test]
fn names_that_git_would_not_check_out_are_refused_by_their_directory() {
    let refused = |path: &str, directory: &[u8], name: &str, fault| {
        let name = name.into();
        let error = ProofError::tree(directory, ObjectError::Name { name, fault });
        let path = format!("p-1/{path}");
        assert_eq!(prove_foreign(&[(b'0', &path, "")]), Err(error), "{path}");
    };
    refused("", b"", "", NameFault::Empty);
    refused("/a", b"", "", NameFault::Empty);
    refused("a/", b"a", "", NameFault::Empty);
    refused("a//b", b"a", "", NameFault::Empty);
    refused("a/./b", b"a", ".", NameFault::Dots);
    refused("a/../../b", b"a/..", "..", NameFault::Dots);
    refused(".git/config", b"", ".git", NameFault::DotGit);
    refused("a/b/.GIT", b"a/b", ".GIT", NameFault::DotGit);
}

#[test]
fn a_name_that_is_there_twice_is_refused_by_its_directory() {
    for entries in [
        &[(b'0', "p-1/d/a", ""), (b'0', "p-1/d/a", "x")][..],
        &[(b'0', "p-1/d/a", ""), (b'2', "p-1/d/a", "x")],
        &[
            (b'0', "p-1/d/a/x", ""),
            (b'0', "p-1/d/a-", ""),
            (b'0', "p-1/d/a", ""),
        ],
    ] {
        let duplicate = ObjectError::Duplicate { name: "a".into() };
        let error = ProofError::tree(b"d", duplicate);
        assert_eq!(prove_foreign(entries), Err(error));
    }
}

#[test]
fn an_empty_directory_that_nothing_accounts_for_is_refused() {
    for entries in [
        &[(b'5', "p-1/a/", "")][..],
        &[(b'5', "p-1/a/", ""), (b'0', "p-1/a0", "")],
        &[(b'5', "p-1/a", ""), (b'0', "p-1/a-/b", "")],
        &[(b'5', "p-1/a", ""), (b'0', "p-1/a", "")],
    ] {
        let error = ProofError::directory(b"a");
        assert_eq!(prove_foreign(entries), Err(error));
    }
}

#[test]
fn a_tarball_that_is_cut_or_damaged_proves_nothing() {
    let made = make(&[(b"a", Item::File(&[b'x'; 2000]))], 100).unwrap();
    for end in 0..made.bytes.len() {
        let error = prove(&made.bytes[..end], Facts::new(prefix())).unwrap_err();
        assert_eq!(error, ProofError::Gzip(GzipError::Truncated), "{end}");
    }
    let limits = TarLimits {
        content_bytes: 1999,
        ..TarLimits::default()
    };
    let mut prover = Prover::new(Facts::new(prefix()), limits);
    let error = TarError::TooMuchContent { limit: 1999 };
    assert_eq!(prover.handle_bytes(&made.bytes), Err(error.into()));
}
