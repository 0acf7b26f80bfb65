//! What is derived from releases for Git's clients: as it lies on the disk, and how it is looked after.

use std::fs;
use std::path::PathBuf;

use zigdepot_core::git::server::sideband::{file_ranges, pack_length};
use zigdepot_core::registry::face::note::FaceNote;
use zigdepot_core::registry::name::PackageName;
use zigdepot_core::registry::tag::TagName;
use zigdepot_core::store::StoreKey;
use zigdepot_core::store::git::GitPart;
use zigdepot_tests::host::Binary;
use zigdepot_tests::repo::{Repo, fixtures};

use super::story::{PACKAGE, Story};

const DIR: &str = ".zigdepot/git/hello";

fn part(story: &Story<'_>, tag: &str, part: GitPart) -> PathBuf {
    let package = PackageName::parse(PACKAGE).expect("a name");
    let tag = TagName::parse(tag).expect("a tag");
    story.path(StoreKey::git_part(&package, &tag, part).as_str())
}

fn note(story: &Story<'_>, tag: &str) -> FaceNote {
    let text = fs::read(part(story, tag, GitPart::Note)).expect("it is derived");
    FaceNote::parse(&text).expect("it was written whole")
}

/// The packs of a tag: as smart clients get it, and as dumb ones do.
fn packs(story: &Story<'_>, tag: &str) -> [Vec<u8>; 2] {
    let note = note(story, tag);
    let file = fs::read(part(story, tag, GitPart::Sideband)).expect("it is derived");
    assert_eq!(pack_length(file.len() as u64), Some(note.length));
    let usize = |offset: u64| usize::try_from(offset).expect("it fits");
    let cut = |range| -> Vec<u8> {
        let ranges = file_ranges(range);
        ranges
            .flat_map(|range| file[usize(range.start)..usize(range.end)].to_vec())
            .collect()
    };
    let mut plain = b"PACK\0\0\0\x02".to_vec();
    plain.extend_from_slice(&note.plain.objects.to_be_bytes());
    plain.extend_from_slice(&cut(12..note.content_end));
    plain.extend_from_slice(&note.plain.entry);
    plain.extend_from_slice(note.plain.sum.as_bytes());
    [cut(0..note.length), plain]
}

/// Git takes the pack, and its index of it is the one that was derived.
#[track_caller]
fn expect_pack(story: &Story<'_>, repo: &Repo, pack: &[u8], index: &[u8], strict: &[&str]) {
    let (path, made) = (
        story.scratch.join("derived.pack"),
        story.scratch.join("derived.idx"),
    );
    fs::write(&path, pack).expect("scratch files can be written");
    let _ = fs::remove_file(&made);
    let (path, out) = (path.display().to_string(), made.display().to_string());
    let words = [&["index-pack"], strict, &["-o", &out, &path]].concat();
    repo.git(&words);
    assert!(fs::read(made).expect("git made it") == index);
}

pub(crate) fn git_packs_come_with_their_releases(program: &Binary) {
    let Some(mut story) = Story::new(program) else {
        return;
    };
    story.settings.set("INGEST_LIMITS", "depth=4000");
    let repo = story.hello();
    fixtures::every_kind_of_tag(&repo);
    repo.release("odd", &fixtures::odd_files());
    let sound = repo.tags();
    fixtures::odd_trees(&repo);
    // Two tags whose files would have one name if suffixes were less careful.
    repo.release("v1", &fixtures::package(14));
    repo.release("v1.plain", &fixtures::rich_package(14));
    // Tags of trees and blobs are refused.
    story.run(&["fetch", &story.url()]).expect(1);
    let mut derived = 0;
    for tag in repo.tags() {
        let Ok(note_there) = fs::metadata(part(&story, &tag, GitPart::Note)) else {
            let name = tag.replace('/', "%2F");
            let manifest = format!("p/hello/tag/{name}.manifest.json");
            assert!(!story.path(&manifest).exists(), "{tag} is published");
            continue;
        };
        assert!(note_there.len() < 4096);
        let note = note(&story, &tag);
        assert_eq!(note.commit.to_string(), repo.commit_of(&tag), "{tag}");
        assert_eq!(note.tip().to_string(), repo.reference(&tag), "{tag}");
        let strict: &[&str] = if sound.contains(&tag) {
            &["--strict"]
        } else {
            &[]
        };
        let indexes = [GitPart::Index, GitPart::PlainIndex];
        for (pack, index) in packs(&story, &tag).iter().zip(indexes) {
            let index = fs::read(part(&story, &tag, index)).expect("it is derived");
            expect_pack(&story, &repo, pack, &index, strict);
        }
        derived += 1;
    }
    assert!(derived > 5, "{derived}");
    let checked = story.run(&["verify"]).expect(0);
    checked.expect_line("Git packs: ", "right, 0 left over");
}

pub(crate) fn damaged_git_packs_are_deleted_and_come_back(program: &Binary) {
    let Some(story) = Story::new(program) else {
        return;
    };
    let repo = story.upstream.add(super::story::REPOSITORY);
    for (tag, minor) in [("v1", 11), ("v2", 12), ("v3", 13), ("v4", 14), ("v5", 15)] {
        let files = fixtures::rich_package(14).file("minor", minor.to_string());
        repo.release(tag, &files);
    }
    story.run(&["fetch", &story.url()]).expect(0);
    let whole = fs::read(part(&story, "v1", GitPart::Sideband)).expect("it is derived");
    let flip = |tag: &str, of: GitPart| {
        let path = part(&story, tag, of);
        let mut bytes = fs::read(&path).expect("it is derived");
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        fs::write(path, bytes).expect("ours");
    };
    flip("v1", GitPart::Sideband);
    flip("v2", GitPart::PlainIndex);
    flip("v3", GitPart::Note);
    fs::remove_file(part(&story, "v4", GitPart::Index)).expect("ours");
    let mut checked = story.run(&["verify"]).expect(1);
    for tag in ["v1", "v2", "v3", "v4"] {
        let start = format!("wrong: {DIR}/tag/{tag}.sideband");
        checked = checked.expect_line(&start, "deleted");
        for of in GitPart::ALL {
            assert!(!part(&story, tag, of).exists(), "{tag} {of:?}");
        }
    }
    checked.expect_line("Git packs: ", "right, 0 left over");
    assert!(
        part(&story, "v5", GitPart::Note).exists(),
        "nothing was wrong with it"
    );
    story.run(&["verify"]).expect(0);
    // Asked for, they are there again, with the same bytes.
    let clone = story.scratch.join("clone").display().to_string();
    let server = story.start();
    let url = format!("{}/git/hello.git", server.url());
    repo.git(&[
        "clone",
        "-q",
        "--bare",
        "--depth=1",
        "--branch=v1",
        &url,
        &clone,
    ]);
    let again = fs::read(part(&story, "v1", GitPart::Sideband)).expect("it is derived");
    assert!(again == whole, "other bytes than before");
}

pub(crate) fn nothing_derived_outlives_its_release(program: &Binary) {
    let Some(story) = Story::new(program) else {
        return;
    };
    let repo = story.upstream.add(super::story::REPOSITORY);
    for tag in ["v1", "v2"] {
        repo.release(tag, &fixtures::rich_package(14));
    }
    story.run(&["fetch", &story.url()]).expect(0);
    // An operator takes a release back.
    fs::remove_file(story.path("p/hello/tag/v1.manifest.json")).expect("ours");
    fs::remove_file(story.path("p/hello/tag/v1.tar.gz")).expect("ours");
    let left = format!("left over: {DIR}/tag/v1.sideband");
    story
        .run(&["verify"])
        .expect(0)
        .expect_line(&left, "deleted");
    assert!(!part(&story, "v1", GitPart::Sideband).exists());
    // A wrong tarball takes along what was made of it.
    let tarball = story.path("p/hello/tag/v2.tar.gz");
    let mut bytes = fs::read(&tarball).expect("it is published");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&tarball, bytes).expect("ours");
    story.run(&["verify"]).expect(1);
    assert!(!story.path(DIR).exists());
    story.run(&["fetch", &story.url()]).expect(0);
    assert!(part(&story, "v2", GitPart::Note).exists());
    let told = story.run(&["du"]).expect(0);
    assert!(told.lines.iter().any(|line| line.ends_with("  derived")));
    story.run(&["purge", DIR]).expect(0);
    assert!(!story.path(DIR).exists());
}
