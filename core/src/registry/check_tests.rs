use std::string::ToString as _;

use super::super::fixtures::{Files, Item, Made, facts, make, manifest};
use super::super::manifest::{Origin, TarballFacts};
use super::*;

const FILES: &Files<'_> = &[
    (b"a/b", Item::File(b"hello\n")),
    (b"a/empty", Item::Empty),
    (b"c", Item::Link(b"a")),
    (b"d", Item::Program(b"#!\n")),
];

fn release() -> (Made, ReleaseManifest) {
    let made = make(FILES, 100).unwrap();
    let tree = made.prove(facts(FILES)).unwrap();
    let manifest = manifest(&made, FILES, tree);
    manifest.to_text().expect("a manifest that can be read");
    (made, manifest)
}

fn check(manifest: &ReleaseManifest, bytes: &[u8]) -> Result<Standing, ReleaseFault> {
    let mut check = ReleaseCheck::new(manifest);
    for piece in bytes.chunks(7) {
        check.update(piece);
    }
    check.finish()
}

#[test]
fn release_is_proven_to_be_its_commit() {
    let (made, manifest) = release();
    assert_eq!(check(&manifest, &made.bytes), Ok(Standing::Proven));
}

#[test]
fn import_is_what_its_manifest_says_and_proves_nothing() {
    let (made, manifest) = release();
    let bare = ReleaseManifest {
        origin: Origin::Imported,
        content: None,
        tarball: TarballFacts {
            md5: None,
            crc32: None,
            ..manifest.tarball.clone()
        },
        ..manifest
    };
    assert_eq!(check(&bare, &made.bytes), Ok(Standing::Imported));
}

#[test]
fn every_other_byte_makes_the_tarball_wrong() {
    let (made, manifest) = release();
    for at in 0..made.bytes.len() {
        let mut bytes = made.bytes.clone();
        bytes[at] ^= 1;
        let fault = check(&manifest, &bytes).unwrap_err();
        assert!(
            matches!(fault, ReleaseFault::Digest { .. }),
            "{at}: {fault}"
        );
        assert_eq!(fault.culprit(), Culprit::Tarball);
        let fault = check(&manifest, &made.bytes[..at]).unwrap_err();
        assert!(matches!(fault, ReleaseFault::Size { .. }), "{at}: {fault}");
    }
}

#[test]
fn other_sums_of_the_same_bytes_make_the_manifest_wrong() {
    let (made, right) = release();
    let with = |change: fn(&mut ReleaseManifest)| {
        let mut manifest = right.clone();
        change(&mut manifest);
        let fault = check(&manifest, &made.bytes).unwrap_err();
        assert_eq!(fault.culprit(), Culprit::Manifest);
        fault
    };
    assert_eq!(
        with(|manifest| manifest.tarball.md5 = Some([0; 16])),
        ReleaseFault::Field("tarball_md5")
    );
    assert_eq!(
        with(|manifest| manifest.tarball.crc32 = Some(0)),
        ReleaseFault::Field("tarball_crc32")
    );
    assert_eq!(
        with(|manifest| manifest.content.as_mut().unwrap().size += 1),
        ReleaseFault::Field("content_size")
    );
    assert_eq!(
        with(|manifest| manifest.content.as_mut().unwrap().digest = Sha256Digest::of(b"x")),
        ReleaseFault::Field("content_digest")
    );
}

/// All digests agree, and it is another commit's tree.
#[test]
fn tarball_of_another_tree_is_not_the_commit() {
    let (made, _) = release();
    let other = ObjectId::parse(b"0123456789abcdef0123456789abcdef01234567").unwrap();
    let forged = manifest(&made, FILES, other);
    let fault = check(&forged, &made.bytes).unwrap_err();
    assert!(matches!(fault, ReleaseFault::Chain(_)), "{fault}");
    assert!(fault.to_string().contains("tree"), "{fault}");
    assert_eq!(fault.culprit(), Culprit::Tarball);
    // A directory that nothing accounts for is none of Git's.
    let (made, mut manifest) = release();
    if let Origin::Git(facts) = &mut manifest.origin {
        facts.empty_trees.clear();
    }
    let fault = check(&manifest, &made.bytes).unwrap_err();
    assert!(matches!(fault, ReleaseFault::Proof(_)), "{fault}");
}
