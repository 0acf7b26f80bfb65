use std::string::{String, ToString};
use std::vec::Vec;
use std::{format, vec};

use super::super::fixtures::{Files, Item, id, make, prefix};
use super::*;
use crate::archive::tar::{EntryKind, Event, TarError, TarReader};

const FILE: Item<'_> = Item::File(b"");

fn paths(files: &Files<'_>) -> Result<Vec<String>, TarballError> {
    let content = make(files, 100)?.content();
    let (mut reader, mut lines) = (TarReader::new(TarLimits::default()), vec![]);
    let mut take = |event: Event<'_>| {
        if let Event::Entry(entry) = event {
            let kind = match entry.kind {
                EntryKind::File if entry.is_executable => "program",
                EntryKind::File => "file",
                EntryKind::Symlink(_) => "link",
                EntryKind::Directory => "dir",
                EntryKind::HardLink(_) | EntryKind::Other(_) => "?",
            };
            lines.push(format!("{kind} {}", entry.path.escape_ascii()));
        }
        Ok::<(), TarError>(())
    };
    reader.push(&content, &mut take).unwrap();
    reader.finish().unwrap();
    Ok(lines)
}

#[test]
fn everything_is_in_the_top_directory_and_nothing_else_is_said_of_directories() {
    let submodule = id("0123456789abcdef0123456789abcdef01234567");
    let lines = paths(&[
        (b"a", Item::Program(b"#!/bin/sh\n")),
        (b"a.d", Item::Gitlink(submodule)),
        (b"a.d-b", FILE),
        (b"b/c/d", FILE),
        (b"b/c/e", Item::Link(b"../..")),
        (b"b/f", Item::Empty),
    ]);
    let expected = [
        "program p-1/a",
        "dir p-1/a.d/",
        "file p-1/a.d-b",
        "file p-1/b/c/d",
        "link p-1/b/c/e",
        "dir p-1/b/f/",
    ];
    assert_eq!(lines.unwrap(), expected);
}

#[test]
fn a_tree_without_entries_is_the_top_directory_alone() {
    assert_eq!(paths(&[]).unwrap(), ["dir p-1/"]);
}

#[test]
fn sums_are_those_of_the_file_and_of_the_tar_in_it() {
    let content = b"0123456789".repeat(20_000);
    let files: &Files<'_> = &[(b"a", Item::File(&content)), (b"b", FILE)];
    let made = make(files, 999).unwrap();
    let mut file = Summing::new();
    file.update(&made.bytes);
    assert_eq!(made.sums.file, file.finish());
    assert_eq!(made.sums.file.size, made.bytes.len() as u64);
    let tar = made.content();
    assert_eq!(made.sums.content_size, tar.len() as u64);
    assert_eq!(made.sums.content_digest, Sha256Digest::of(&tar));
}

#[test]
fn how_content_is_cut_and_what_the_buffer_holds_does_not_matter() {
    let content = b"0123456789".repeat(20_000);
    let files: &Files<'_> = &[(b"a", Item::File(&content)), (b"b", Item::File(b"x"))];
    let whole = make(files, content.len()).unwrap();
    for step in [1, 511, 512, 513, 65_536] {
        let pieces = make(files, step).unwrap();
        assert!(pieces.bytes == whole.bytes && pieces.sums == whole.sums);
    }
    let mut bytes = vec![];
    let mut tarball = Tarball::new(prefix(), &mut bytes);
    tarball.file(b"a", false, 200_000, &mut bytes).unwrap();
    let mut rest = vec![];
    tarball.content(&content, &mut rest).unwrap();
    tarball.file(b"b", false, 1, &mut rest).unwrap();
    tarball.content(b"x", &mut rest).unwrap();
    let mut end = vec![];
    let sums = tarball.finish(&mut end).unwrap();
    assert!([bytes, rest, end].concat() == whole.bytes);
    assert_eq!(sums, whole.sums);
}

#[test]
fn paths_come_in_the_order_of_git() {
    let gitlink = Item::Gitlink(id("0123456789abcdef0123456789abcdef01234567"));
    let in_order: [&Files<'_>; 4] = [
        &[(b"a", FILE), (b"a-", FILE), (b"a.b", FILE), (b"a0", FILE)],
        &[(b"a-", FILE), (b"a/", FILE), (b"a0", FILE)],
        &[(b"a-", FILE), (b"a", Item::Empty), (b"a0", FILE)],
        &[(b"a", gitlink), (b"a-", FILE), (b"a0", FILE)],
    ];
    for files in in_order {
        let files: Vec<_> = files
            .iter()
            .map(|&(path, item)| {
                let path = if path.ends_with(b"/") { b"a/x" } else { path };
                (path, item)
            })
            .collect();
        assert!(make(&files, 1).is_ok());
        for at in 1..files.len() {
            let mut swapped = files.clone();
            swapped.swap(at - 1, at);
            let error = make(&swapped, 1).err().unwrap();
            let (path, last) = (shown(swapped[at].0), shown(swapped[at - 1].0));
            assert_eq!(error, TarballError::Order { path, last });
        }
    }
}

fn shown(path: &[u8]) -> String {
    path.escape_ascii().to_string()
}

#[test]
fn a_path_is_taken_once() {
    let order = TarballError::order(b"a", b"a");
    for item in [FILE, Item::Link(b"x")] {
        assert_eq!(
            make(&[(b"a", FILE), (b"a", item)], 1).err(),
            Some(order.clone())
        );
    }
    let twice: &Files<'_> = &[(b"a", Item::Empty), (b"a", Item::Empty)];
    assert_eq!(make(twice, 1).err(), Some(order));
}

#[test]
fn nothing_is_below_what_is_no_directory_or_was_to_be_empty() {
    let gitlink = Item::Gitlink(id("0123456789abcdef0123456789abcdef01234567"));
    let conflict = |path: &[u8]| Some(TarballError::conflict(path, b"a"));
    for leaf in [FILE, Item::Link(b"x"), gitlink] {
        let near: &Files<'_> = &[(b"a", leaf), (b"a/x", FILE)];
        assert_eq!(make(near, 1).err(), conflict(b"a/x"));
        let far: &Files<'_> = &[
            (b"a", leaf),
            (b"a-", FILE),
            (b"a--", FILE),
            (b"a.b", FILE),
            (b"a/b/c", FILE),
        ];
        assert_eq!(make(far, 1).err(), conflict(b"a/b/c"));
        let empty: &Files<'_> = &[(b"a", leaf), (b"a-/x", FILE), (b"a", Item::Empty)];
        assert_eq!(make(empty, 1).err(), conflict(b"a"));
    }
    let empty: &Files<'_> = &[(b"a", Item::Empty), (b"a/x", FILE)];
    assert_eq!(make(empty, 1).err(), conflict(b"a/x"));
    let fine: &Files<'_> = &[
        (b"a", FILE),
        (b"a-/x", FILE),
        (b"ab/a", FILE),
        (b"b/a", FILE),
    ];
    assert!(make(fine, 1).is_ok());
}

#[test]
fn odd_components_are_refused() {
    for path in ["", "/a", "a/", "a//b", ".", "..", "a/./b", "a/..", "../a"] {
        let error = make(&[(path.as_bytes(), FILE)], 1).err();
        assert_eq!(error, Some(TarballError::component(path.as_bytes())));
    }
    for path in ["...", "a/.b", "a/..b", " ", "\\", "a:b", "-"] {
        assert!(make(&[(path.as_bytes(), FILE)], 1).is_ok(), "{path}");
    }
}

#[test]
fn what_could_not_be_read_again_is_refused_by_its_path() {
    let path = vec![b'x'; TarLimits::LONGEST_PATH - 5];
    for item in [FILE, Item::Empty, Item::Link(b"x")] {
        assert!(paths(&[(&path, item)]).is_ok());
    }
    let path = vec![b'x'; TarLimits::LONGEST_PATH - 4];
    let too_long = TarballError::path_too_long(&path);
    assert_eq!(make(&[(&path, FILE)], 1).err(), Some(too_long));
    let target = vec![b'x'; TarLimits::LONGEST_PATH + 1];
    let link = Item::Link(&target);
    let too_long = TarballError::target_too_long(b"a");
    assert_eq!(make(&[(b"a", link)], 1).err(), Some(too_long));
    assert!(paths(&[(b"a", Item::Link(&target[1..]))]).is_ok());
    for (path, item, fault) in [
        (&b"a"[..], Item::Link(b"x\0"), TarWriteError::NulInTarget),
        (b"a\0", FILE, TarWriteError::NulInPath),
    ] {
        let error = TarballError::entry(path, fault);
        assert_eq!(make(&[(path, item)], 1).err(), Some(error));
    }
}

#[test]
fn content_that_is_too_short_or_long_is_told_by_its_file() {
    let mut out = vec![];
    let mut tarball = Tarball::new(prefix(), &mut out);
    tarball.file(b"a", false, 2, &mut out).unwrap();
    let long = TarballError::entry(b"a", TarWriteError::TooMuchContent { left: 2 });
    assert_eq!(tarball.content(b"xyz", &mut out), Err(long));
    tarball.content(b"x", &mut out).unwrap();
    let short = TarballError::entry(b"a", TarWriteError::ContentMissing { left: 1 });
    assert_eq!(tarball.empty_tree(b"b", &mut out), Err(short.clone()));
    assert_eq!(
        short.to_string(),
        "\"a\": less content than announced: 1 bytes are missing"
    );
    assert_eq!(tarball.finish(&mut out), Err(short));
}
