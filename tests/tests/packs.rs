//! Packs that the core makes, judged by the real git.

use core::ops::Range;
use std::path::Path;

use zigdepot_core::git::id::{ObjectId, ObjectKind, object_id};
use zigdepot_core::git::pack::merge::{Chosen, Gathering, MergedPack, Selection};
use zigdepot_core::git::pack::{IndexEntry, PackWriter};
use zigdepot_tests::repo::{Git, git};
use zigdepot_tests::scratch::Scratch;

type Object = (ObjectKind, Vec<u8>);

/// A release's objects as they are packed: tree, blobs, commit.
fn release(files: &[(&str, &[u8])], message: &str) -> Vec<Object> {
    let blobs = files
        .iter()
        .map(|(_, content)| (ObjectKind::Blob, content.to_vec()));
    let mut tree = Vec::new();
    for (name, content) in files {
        tree.extend_from_slice(format!("100644 {name}\0").as_bytes());
        tree.extend_from_slice(id(ObjectKind::Blob, content).as_bytes());
    }
    let who = "A U Thor <author@example.org> 1700000000 +0000";
    let root = id(ObjectKind::Tree, &tree);
    let commit = format!("tree {root}\nauthor {who}\ncommitter {who}\n\n{message}\n");
    let mut objects = vec![(ObjectKind::Tree, tree)];
    objects.extend(blobs);
    objects.push((ObjectKind::Commit, commit.into_bytes()));
    objects
}

fn id(kind: ObjectKind, content: &[u8]) -> ObjectId {
    object_id(kind, content).expect("no collision")
}

fn commit(objects: &[Object]) -> String {
    let (kind, content) = objects.last().expect("a commit comes last");
    id(*kind, content).to_string()
}

fn packed(objects: &[Object]) -> (Vec<u8>, Vec<IndexEntry>) {
    let (mut pack, mut entries) = (Vec::new(), Vec::new());
    let count = u32::try_from(objects.len()).expect("few objects");
    let mut writer = PackWriter::new(count, &mut pack);
    for (kind, content) in objects {
        let written = writer.object(id(*kind, content), *kind, content, &mut pack);
        entries.push(written.expect("as announced"));
    }
    writer.finish(&mut pack).expect("as announced");
    entries.sort_unstable();
    (pack, entries)
}

fn pick(selection: &mut Selection, pack: &[u8], entries: &[IndexEntry]) -> Chosen {
    let mut picking = selection.pick(pack.len() as u64);
    for entry in entries {
        picking.handle_entry(entry).expect("few objects");
    }
    picking.finish().expect("a sound index")
}

/// The pack of the objects of some releases, without those of others.
fn merged(had: &[&[Object]], wanted: &[&[Object]]) -> Vec<u8> {
    let mut selection = Selection::new(1000);
    for objects in had {
        for (kind, content) in *objects {
            selection.exclude(id(*kind, content));
        }
    }
    let packs: Vec<_> = wanted.iter().map(|objects| packed(objects)).collect();
    let chosen: Vec<_> = packs
        .iter()
        .map(|(pack, entries)| pick(&mut selection, pack, entries))
        .collect();
    let mut out = Vec::new();
    let mut merged = MergedPack::new(&selection, &mut out);
    for ((pack, entries), chosen) in packs.iter().zip(&chosen) {
        let mut gathering = Gathering::new(chosen, pack.len() as u64);
        for entry in entries {
            gathering.handle_entry(*entry);
        }
        merged.begin(gathering.finish().expect("the same index"));
        while let Some(Range { start, end }) = merged.poll_read() {
            let at = |offset| usize::try_from(offset).expect("it is in memory");
            let taken = merged.handle_read(&pack[at(start)..at(end)], &mut out);
            taken.expect("a sound pack");
        }
    }
    merged.finish(&mut out).expect("all packs were read");
    out
}

fn repository(git: &Git, dir: &Path) {
    git.run(dir, &["init", "--quiet", "--bare", "."]);
}

/// Two releases that share a file, and a third whose commit and one file are new: git indexes both
/// packs strictly, has nothing left to ask for, and finds nothing wrong.
#[test]
fn git_takes_merged_packs_and_lacks_nothing() {
    let Some(git) = git() else { return };
    let scratch = Scratch::new("packs");
    repository(&git, scratch.path());
    let long: Vec<u8> = (0..300_000_u32).flat_map(u32::to_le_bytes).collect();
    let first = release(&[("a", b"one\n"), ("shared", &long)], "first");
    let second = release(&[("b", b"two\n"), ("shared", &long)], "second");
    let third = release(
        &[("a", b"one\n"), ("c", b"three\n"), ("shared", &long)],
        "third",
    );
    let index = ["index-pack", "--strict", "--stdin"];
    let both = merged(&[], &[&first, &second]);
    assert_eq!(
        both[8..12],
        7_u32.to_be_bytes(),
        "the shared file is sent once"
    );
    git.feed(scratch.path(), &index, &both);
    let update = merged(&[&first, &second], &[&third]);
    assert_eq!(update[8..12], 3_u32.to_be_bytes(), "tree, one file, commit");
    git.feed(scratch.path(), &index, &update);
    for (name, objects) in [("1", &first), ("2", &second), ("3", &third)] {
        git.run(scratch.path(), &["tag", name, &commit(objects)]);
    }
    git.run(
        scratch.path(),
        &["fsck", "--strict", "--full", "--no-dangling"],
    );
    let shared = git.feed(scratch.path(), &["cat-file", "blob", "3:shared"], b"");
    assert!(shared == long);
}
