use std::collections::BTreeMap;
use std::string::ToString;
use std::vec::Vec;

use super::super::fixtures::{Files, Item, foreign, imported, release};
use super::super::survey::Survey;
use super::*;
use crate::git::pack::{IndexFile, PackLimits, Scanner};
use crate::git::server::sideband::{file_length, file_ranges};

/// One content four times, one tree twice, an empty tree twice, and a link to what a file says.
const FILES: &Files<'_> = &[
    (b"a/x", Item::File(b"hello\n")),
    (b"a/y", Item::Program(b"hello\n")),
    (b"b/x", Item::File(b"hello\n")),
    (b"b/y", Item::Program(b"hello\n")),
    (b"e/f", Item::Empty),
    (b"e/g", Item::Empty),
    (b"l", Item::Link(b"target")),
    (b"m", Item::File(b"target")),
    (b"n", Item::File(b"")),
    (b"s", Item::Gitlink(ObjectId::from_bytes([7; 20]))),
];

/// The file with the packets, and what was made beside it.
fn derive(
    tarball: &[u8],
    manifest: &ReleaseManifest,
    step: usize,
) -> Result<(Vec<u8>, Derived), ObjectsError> {
    let mut survey = Survey::new(manifest)?;
    for piece in tarball.chunks(step) {
        survey.handle_bytes(piece)?;
    }
    let mut out = Vec::new();
    let mut pack = ReleasePack::new(manifest, survey.finish()?, &mut out)?;
    for piece in tarball.chunks(step) {
        pack.handle_bytes(piece, &mut out)?;
    }
    let derived = pack.finish(&mut out)?;
    Ok((out, derived))
}

/// The pack out of its packets, and that of the dumb protocol.
fn packs(sideband: &[u8], note: &FaceNote) -> (Vec<u8>, Vec<u8>) {
    let cut = |range| -> Vec<u8> {
        let usize = |offset| usize::try_from(offset).unwrap();
        file_ranges(range)
            .flat_map(|part| sideband[usize(part.start)..usize(part.end)].to_vec())
            .collect()
    };
    let mut plain = b"PACK\0\0\0\x02".to_vec();
    plain.extend_from_slice(&note.plain.objects.to_be_bytes());
    plain.extend_from_slice(&cut(12..note.content_end));
    plain.extend_from_slice(&note.plain.entry);
    plain.extend_from_slice(note.plain.sum.as_bytes());
    assert_eq!(note.plain_length(), plain.len() as u64);
    (cut(0..note.length), plain)
}

/// What an index says must be what a reader finds in the pack: kinds by ids.
fn read(pack: &[u8], index: &[u8], objects: u32) -> BTreeMap<ObjectId, u8> {
    let mut scanner = Scanner::new(PackLimits::default());
    scanner.handle_bytes(pack).unwrap();
    assert_eq!(scanner.finish().unwrap().objects(), objects);
    let index = IndexFile::parse(index).unwrap();
    assert_eq!(index.verify(), Ok(()));
    assert_eq!(index.objects(), objects);
    assert!(pack.ends_with(index.pack_checksum().as_bytes()));
    let mut entries: Vec<_> = index.entries().map(Result::unwrap).collect();
    entries.sort_by_key(|entry| core::cmp::Reverse(entry.offset));
    let mut end = pack.len() - 20;
    for entry in &entries {
        let start = usize::try_from(entry.offset).unwrap();
        assert_eq!(Crc32::of(&pack[start..end]), entry.crc32);
        end = start;
    }
    assert_eq!(end, 12);
    let kind = |entry: &IndexEntry| pack[usize::try_from(entry.offset).unwrap()] >> 4 & 7;
    entries
        .iter()
        .map(|entry| (entry.id, kind(entry)))
        .collect()
}

#[test]
fn both_packs_of_a_release_are_what_their_indexes_say() {
    let (made, manifest) = release(FILES);
    let (sideband, derived) = derive(&made.bytes, &manifest, 100).unwrap();
    let note = &derived.note;
    assert_eq!(file_length(note.length), Some(sideband.len() as u64));
    let (pack, plain) = packs(&sideband, note);
    let smart = read(&pack, &derived.index, note.objects);
    let dumb = read(&plain, &derived.plain_index, note.plain.objects);
    assert_eq!((smart.len(), dumb.len()), (9, 8));
    assert_eq!(smart[&note.commit], 1);
    assert_eq!(smart[&note.tip()], 4);
    assert_eq!(dumb[&note.plain.commit], 1);
    assert_eq!(note.commit, manifest.commit.unwrap());
    assert_eq!(note.tags, [manifest.tag_object().unwrap()]);
    assert!(!note.has_parents);
    let shared = |ids: &BTreeMap<ObjectId, u8>| -> Vec<ObjectId> {
        let kinds = ids.iter().filter(|(_, kind)| matches!(**kind, 2 | 3));
        kinds.map(|(id, _)| *id).collect()
    };
    assert_eq!(shared(&smart), shared(&dumb));
    assert_eq!(
        FaceNote::parse(note.to_text().as_bytes()).as_ref(),
        Ok(note)
    );
}

#[test]
fn a_release_has_one_pack_however_its_tarball_is_cut() {
    let (made, manifest) = release(FILES);
    let whole = derive(&made.bytes, &manifest, usize::MAX).unwrap();
    for step in [1, 33, 1000] {
        let again = derive(&made.bytes, &manifest, step).unwrap();
        assert!(again == whole, "by {step}");
    }
}

/// `git index-pack --strict` takes both packs, and makes the same indexes of them.
/// Whoever changes these numbers changes the packs that everybody has derived.
#[test]
fn the_same_release_makes_the_same_bytes_on_every_machine() {
    let mut state = 1_u32;
    let mut noise = || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state.to_le_bytes()[0]
    };
    let noise: Vec<u8> = (0..100_000).map(|_| noise()).collect();
    let files: &Files<'_> = &[
        (b"a", Item::File(b"hello\n")),
        (b"noise", Item::File(&noise)),
    ];
    let (made, manifest) = release(files);
    let (sideband, derived) = derive(&made.bytes, &manifest, 4096).unwrap();
    let note = derived.note;
    let golden = [
        note.sum.to_string(),
        note.plain.sum.to_string(),
        Sha256Digest::of(&sideband).to_string(),
        Sha256Digest::of(&derived.index).to_string(),
        Sha256Digest::of(&derived.plain_index).to_string(),
    ];
    assert!(note.length > 66_000, "more than one packet");
    assert_eq!(
        golden,
        [
            "93d764af1f4632a5be751064ceb7fe7fc6e01ffe",
            "8ab85177c2a83ec1f364bc24bb54a2a3ad3168b0",
            "dda4fd6d9a8fb09844d8b328a113467e95a22a1cf3787d62d9ad330cdc15e9dc",
            "7c6272719536a5d339ae7080b538e491dcf656e976a5865fe0da6720085dcb07",
            "7bddb5d05b43e50677fdd157d9ca746be3a08bde2648cd509680df29b18a4213",
        ]
    );
}

#[test]
fn an_imported_release_shows_the_synthetic_commit_to_everybody() {
    let tarball = foreign(&[
        (b'0', "x/.git/HEAD", "not for Git"),
        (b'0', "x/a", "hello\n"),
        (b'0', "x/b/c", "hello\n"),
        (b'2', "x/l", "a"),
    ]);
    let manifest = imported(&tarball);
    let (sideband, derived) = derive(&tarball, &manifest, 100).unwrap();
    let note = &derived.note;
    assert_eq!(note.commit, note.plain.commit);
    assert_eq!(
        (note.sum, note.objects),
        (note.plain.sum, note.plain.objects)
    );
    assert_eq!((note.tags.len(), note.has_parents), (0, false));
    assert_eq!(derived.index, derived.plain_index);
    let (pack, plain) = packs(&sideband, note);
    assert!(pack == plain);
    let mut kinds: Vec<u8> = read(&pack, &derived.index, 5).into_values().collect();
    kinds.sort_unstable();
    assert_eq!(kinds, [1, 2, 2, 3, 3]);
    assert_ne!(
        Some(note.commit),
        manifest.commit,
        "nothing proves that one"
    );
}

#[test]
fn a_tarball_that_is_not_its_manifests_makes_nothing() {
    let tarball = foreign(&[(b'0', "x/a", "hello\n")]);
    let mut manifest = imported(&tarball);
    manifest.tarball.sha256 = Sha256Digest::of(b"another");
    let error = derive(&tarball, &manifest, 100).unwrap_err();
    assert!(error.to_string().contains("its manifest says"), "{error}");
}

#[test]
fn a_commit_with_parents_is_told_of() {
    let (made, mut manifest) = release(&[]);
    let tree = manifest.tree.unwrap();
    let commit = std::format!("tree {tree}\nparent {tree}\nauthor A <a> 0 +0000\n\nx\n");
    let id = crate::git::id::object_id(ObjectKind::Commit, commit.as_bytes()).unwrap();
    manifest.commit = Some(id);
    if let super::super::manifest::Origin::Git(facts) = &mut manifest.origin {
        facts.commit_object = commit.into_bytes();
        facts.tag_objects.clear();
    }
    let (_, derived) = derive(&made.bytes, &manifest, 100).unwrap();
    assert!(derived.note.has_parents);
    assert_eq!(derived.note.tip(), id);
}
