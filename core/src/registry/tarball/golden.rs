//! The bytes of tarballs, by their digests.
//!
//! A change of any of them breaks a promise: the same tree would make another tarball than it did
//! before, on another machine, or with another version of zigdepot. A change of the last column
//! alone is a change of the compressor, of the middle one a change of the archive.

use std::string::ToString;
use std::vec::Vec;

use super::super::fixtures::{Files, Item, id, make};

fn long(length: usize) -> Vec<u8> {
    (b'a'..=b'z').cycle().take(length).collect()
}

fn assert_digests(files: &Files<'_>, content: &str, file: &str) {
    let sums = make(files, 1000).unwrap().sums;
    let seen = (
        sums.content_digest.to_string(),
        sums.file.sha256.to_string(),
    );
    assert_eq!(seen, (content.into(), file.into()));
}

#[test]
fn nothing() {
    assert_digests(
        &[],
        "720b316fc1e9712376e8716dc90ca1565b0b8014e2e639d2ad306ce0c8b08d25",
        "1651aa348159157b53a0604891dab47dbcee8a7da007aa2841a70aa5971ce043",
    );
}

#[test]
fn the_example_package_of_zig() {
    let files: &Files<'_> = &[
        (b"build.zig", Item::File(b"const std = @import(\"std\");\n")),
        (b"run.sh", Item::Program(b"#!/bin/sh\necho hi\n")),
        (b"src/root.zig", Item::File(b"pub const answer = 42;\n")),
    ];
    assert_digests(
        files,
        "8af4070be6d33e15687ca935c0169ec0310603f7a9125823854e13193c60a164",
        "8ecae9eced547fa4ab471f26f109ce8af9a2d4101962e456cd4c5d19d7c7f559",
    );
}

#[test]
fn all_kinds_of_entries() {
    let submodule = id("0123456789abcdef0123456789abcdef01234567");
    let files: &Files<'_> = &[
        (b"bin", Item::Gitlink(submodule)),
        (b"bin-", Item::File(b"")),
        (b"empty", Item::Empty),
        (b"link", Item::Link(b"../target \xff")),
        (b"run", Item::Program(b"\x7fELF")),
    ];
    assert_digests(
        files,
        "899cabbb7e126d29dfdc45448463e0b63f6ad5ba2214729422b5e844bd05bc7c",
        "b47c7d0fe4457a24404783aee4521a82fe628f90acff1b785b80859181a7077a",
    );
}

#[test]
fn long_paths_and_targets() {
    let (split, pax) = ([long(90), long(90)].join(&b'/'), long(255));
    let far = [long(200), long(200), long(200)].join(&b'/');
    let (a, b, c, d) = (
        [&b"a/"[..], &split].concat(),
        [&b"b/"[..], &pax].concat(),
        [&b"c/"[..], &far].concat(),
        [&b"d/"[..], &far].concat(),
    );
    let files: &Files<'_> = &[
        (&a, Item::File(b"prefix and name")),
        (&b, Item::File(b"pax path")),
        (&c, Item::Link(&far)),
        (&d, Item::Empty),
    ];
    assert_digests(
        files,
        "c5c7c40d2742da1e8c2fedc5d9b9e8914fe15aeea8003b749543e7eb01b9e321",
        "648c99c78abc3ad2189cf8e46f0d666853804ba824dbd0d3b28882e2f2d964ff",
    );
}

#[test]
fn names_of_all_bytes() {
    let binary = b"\xff".repeat(150);
    let text = "\u{fc}\u{4e16}".repeat(40);
    let files: &Files<'_> = &[
        (b"\x01\n\t \"\\", Item::File(b"control")),
        ("stra\u{df}e/\u{1f600}".as_bytes(), Item::File(b"utf-8")),
        (text.as_bytes(), Item::File(b"long utf-8")),
        (b"\xfe", Item::Link(b"\xff")),
        (&binary, Item::File(b"hdrcharset")),
    ];
    assert_digests(
        files,
        "ef3562ce3e36a197a139ae2fe956f1e810dcc3fcc7a153e92beaeee836009eb2",
        "6b8393813fb2cd11b5a3c1f5425dd34d18d8ff34128bf0fd56c81909e3848724",
    );
}

#[test]
fn content_of_many_blocks() {
    let mut state = 1_u32;
    let noise = (0..150_000).map(|_| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state.to_be_bytes()[0]
    });
    let noise: Vec<u8> = noise.collect();
    let text = noise
        .iter()
        .map(|byte| b"etaoin shrdlu\n"[usize::from(byte % 14)]);
    let text: Vec<u8> = text.collect();
    let again = [&text[70_000..], &text[..20_000]].concat();
    let zeros = std::vec![0; 100_000];
    let files: &Files<'_> = &[
        (b"again", Item::File(&again)),
        (b"noise", Item::File(&noise)),
        (b"text", Item::File(&text)),
        (b"zeros", Item::File(&zeros)),
    ];
    assert_digests(
        files,
        "a37c474ba412d9ea5c248049f42e5a62ea2119312c0616d73a95ce8cc44fd4f2",
        "777dda7966b2ae25394f7063015a8e33b58c419d48654e7b2621fff680bde05c",
    );
}
