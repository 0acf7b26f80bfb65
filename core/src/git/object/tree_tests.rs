use std::string::{String, ToString as _};
use std::vec::Vec;

use super::*;
use crate::git::object::NameFault;

const ID: [u8; 20] = [0xab; 20];

/// A tree of the entries `mode name`, all of one id.
fn tree(entries: &[&str]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for entry in entries {
        bytes.extend_from_slice(entry.as_bytes());
        bytes.push(0);
        bytes.extend_from_slice(&ID);
    }
    bytes
}

fn fault(entries: &[&str]) -> ObjectError {
    Tree::parse(&tree(entries)).unwrap_err()
}

#[test]
fn all_kinds_of_entries_are_told_apart() {
    let bytes = tree(&["100644 a", "100755 b", "120000 c", "40000 d", "160000 e"]);
    let tree = Tree::parse(&bytes).unwrap();
    let entries: Vec<_> = tree
        .entries()
        .map(|entry| (entry.mode, entry.name))
        .collect();
    let expected: [(Mode, &[u8]); 5] = [
        (Mode::File, b"a"),
        (Mode::Executable, b"b"),
        (Mode::Symlink, b"c"),
        (Mode::Tree, b"d"),
        (Mode::Gitlink, b"e"),
    ];
    assert_eq!(entries, expected);
    assert!(
        tree.entries()
            .all(|entry| entry.id == ObjectId::from_bytes(ID))
    );
    assert!(tree.entries().all(|entry| entry.odd_mode.is_none()));
}

#[test]
fn a_tree_without_entries_is_a_tree() {
    assert_eq!(Tree::parse(b"").unwrap().entries().count(), 0);
}

#[test]
fn entries_write_themselves_as_they_were() {
    let bytes = tree(&["100664 a", "100644 b", "040000 c", "0100775 d"]);
    let parsed = Tree::parse(&bytes).unwrap();
    let odd: Vec<_> = parsed.entries().map(|entry| entry.odd_mode).collect();
    let expected: [Option<&[u8]>; 4] = [Some(b"100664"), None, Some(b"040000"), Some(b"0100775")];
    assert_eq!(odd, expected);
    let mut written = Vec::new();
    parsed.entries().for_each(|entry| entry.write(&mut written));
    assert_eq!(written, bytes);
}

#[test]
fn modes_are_read_as_git_reads_them() {
    for (text, mode) in [
        ("100600", Mode::File),
        ("100744", Mode::Executable),
        ("100655", Mode::File),
        ("120777", Mode::Symlink),
        ("40755", Mode::Tree),
        ("0160000", Mode::Gitlink),
    ] {
        assert_eq!(Mode::parse(text.as_bytes()), Some(mode), "{text}");
    }
    for text in [
        "", "0", "644", "100648", "060000", "1100644", "00100644", "-100644", " 100644",
    ] {
        assert_eq!(Mode::parse(text.as_bytes()), None, "{text}");
    }
}

#[test]
fn a_tree_that_ends_within_an_entry_is_refused() {
    // An entry is mode, space, name, NUL and id: 29 bytes each.
    let bytes = tree(&["100644 a", "100644 b"]);
    for cut in (1..29).chain(30..58) {
        let offset = if cut < 29 { 0 } else { 29 };
        let expected = Err(ObjectError::TreeCut { offset });
        assert_eq!(Tree::parse(&bytes[..cut]), expected, "{cut}");
    }
    assert!(Tree::parse(&bytes[..29]).is_ok());
}

#[test]
fn names_are_judged() {
    let expected = ObjectError::Name {
        name: ".git".into(),
        fault: NameFault::DotGit,
    };
    assert_eq!(fault(&["40000 .git"]), expected);
    assert_eq!(
        fault(&["100644 "]),
        ObjectError::Name {
            name: String::new(),
            fault: NameFault::Empty
        }
    );
    assert_eq!(
        fault(&["100644 a/b"]).to_string(),
        "the tree's entry \"a/b\" has a slash in its name"
    );
}

#[test]
fn an_entry_without_a_mode_is_refused() {
    assert_eq!(fault(&["100644"]), ObjectError::Mode { offset: 0 });
    assert_eq!(fault(&[" a"]), ObjectError::Mode { offset: 0 });
    assert_eq!(
        fault(&["100644 a", "644 b"]),
        ObjectError::Mode { offset: 29 }
    );
}

#[test]
fn a_directory_sorts_as_with_a_slash_at_its_end() {
    for entries in [
        &["100644 a", "40000 b"][..],
        &["100644 a-b", "100644 a.b", "40000 a", "100644 a0"],
        &["40000 a", "100644 aa"],
        &["160000 a", "100644 a.b"],
    ] {
        assert!(Tree::parse(&tree(entries)).is_ok(), "{entries:?}");
    }
    for (entries, late) in [
        (&["100644 b", "100644 a"][..], "a"),
        (&["40000 a", "100644 a.b"], "a.b"),
        (&["100644 aa", "40000 a"], "a"),
        (&["40000 a", "100644 a"], "a"),
    ] {
        let name = late.to_string();
        assert_eq!(fault(entries), ObjectError::Order { name }, "{entries:?}");
    }
}

#[test]
fn a_name_that_comes_twice_is_refused_in_every_disguise() {
    for (entries, name) in [
        (&["100644 a", "100644 a"][..], "a"),
        (&["40000 a", "40000 a"], "a"),
        (&["100644 a", "40000 a"], "a"),
        (&["100644 a", "100644 a-", "40000 a"], "a"),
        (
            &[
                "100644 a",
                "100644 a-",
                "100644 a-b",
                "40000 a.b",
                "40000 a",
            ],
            "a",
        ),
        (
            &["160000 a", "100644 a-", "40000 a-", "100644 a.", "40000 a"],
            "a-",
        ),
    ] {
        let name = name.to_string();
        assert_eq!(
            fault(entries),
            ObjectError::Duplicate { name },
            "{entries:?}"
        );
    }
    assert!(Tree::parse(&tree(&["100644 a", "100644 a-", "100644 a.", "40000 a-b"])).is_err());
    assert!(
        Tree::parse(&tree(&[
            "100644 a",
            "40000 a-",
            "100644 a.",
            "100644 b",
            "40000 c"
        ]))
        .is_ok()
    );
}

#[test]
fn an_error_shows_strange_names_escaped_and_cut() {
    let long = std::format!("100644 /{}\n", "x".repeat(300));
    let ObjectError::Name { name, .. } = fault(&[&long]) else {
        panic!("the name has a slash");
    };
    assert_eq!(name.len(), 128);
    let ObjectError::Name { name, .. } = fault(&["100644 a\n/"]) else {
        panic!("the name has a slash");
    };
    assert_eq!(name, "a\\n/");
}
