//! `import packbase`: what is taken, what is left, and in place.

use std::fs;
use std::os::unix::fs::MetadataExt;

use serde_json::json;
use zigdepot_core::registry::sums::Summing;
use zigdepot_tests::command::Outcome;
use zigdepot_tests::host::Binary;
use zigdepot_tests::scratch::files_below;
use zigdepot_tests::tarball::Tarball;

use crate::story::Story;

fn tarball(what: &str) -> Vec<u8> {
    let tarball = Tarball::default().file("build.zig", "pub fn build(_: anytype) void {}\n");
    tarball.file("src/root.zig", what).tar_gz()
}

/// packbase's manifest of this release, with the sums of these bytes.
fn manifest(package: &str, tag: &str, bytes: &[u8]) -> String {
    let mut sums = Summing::new();
    sums.update(bytes);
    let sums = sums.finish();
    let manifest = json!({
        "package": package,
        "tag": tag,
        "upstream_repo_url": null,
        "git_commit_oid": "7b8fbec15a71714619a7e06d617045ffdd6d176b",
        "git_tree_oid": null,
        "tarball_sha256": sums.sha256.to_string(),
        "tarball_md5": sums.md5.to_string(),
        "tarball_crc32": format!("{:08x}", sums.crc32),
        "size_bytes": sums.size,
        "generated_at": 1_700_000_000,
        "packbase_release": "0.1.0",
    });
    manifest.to_string()
}

/// Writes a data directory of packbase; all its oddities are in `p/`.
fn fill(put: impl Fn(&str, &[u8])) {
    let release = |package: &str, tag: &str, bytes: &[u8], said: &[u8]| {
        let path = format!("p/{package}/tag/{tag}");
        put(&format!("{path}.tar.gz"), bytes);
        let manifest = manifest(package, tag, said);
        put(&format!("{path}.manifest.json"), manifest.as_bytes());
    };
    let (good, other) = (tarball("good"), tarball("other"));
    release("Good", "v1", &good, &good);
    // Its manifest was lost; it was never written; it is of another file.
    put("p/Good/tag/v2.tar.gz", &other);
    put("p/Good/tag/v3.tar.gz", &other[..other.len() / 2]);
    release("Good", "v4", &good, &other);
    put(
        "p/Good/tag/v5.manifest.json",
        manifest("Good", "v5", &good).as_bytes(),
    );
    put("p/Good/tag/v6.tar.gz", &good);
    put("p/Good/tag/v6.manifest.json", b"{}");
    // Names.
    release("zig", "v1", &good, &good);
    release("good", "v1", &good, &good);
    put("p/Good/tag/a b.tar.gz", &good);
    put("p/Good/notes.txt", b"x");
    put(".packbase/update.last", b"1700000000");
    put("git/good.git/HEAD", b"ref: refs/heads/main\n");
    put("git/good.git/objects/info/x", b"");
    put("git/api.git/HEAD", b"ref: refs/heads/main\n");
    put("git/empty.git/x", b"");
}

/// What is said of what is not taken, in place or beside it.
fn expect_left(outcome: Outcome) -> Outcome {
    outcome
        .expect_line("left \"p/Good/tag/v3.tar.gz\"", "no manifest")
        .expect_line("failed \"p/Good/tag/v4.tar.gz\"", "its manifest says")
        .expect_line("left \"p/Good/tag/v5.manifest.json\"", "tarball")
        .expect_line("failed \"p/Good/tag/v6.tar.gz\"", "manifest")
        .expect_line("left \"p/zig/tag/v1.tar.gz\"", "reserved")
        .expect_line("left \"p/Good/tag/a b.tar.gz\"", "tag")
        .expect_line("left \"p/Good/notes.txt\"", "")
        .expect_line("left \".packbase\"", "")
}

const TAKEN: [&str; 4] = [
    "p/Good/tag/v1.manifest.json",
    "p/Good/tag/v1.tar.gz",
    "p/Good/tag/v2.manifest.json",
    "p/Good/tag/v2.tar.gz",
];

pub(crate) fn packbase_is_taken_as_far_as_it_can_be(program: &Binary) {
    for how in [None, Some("--link"), Some("--copy")] {
        let Some(story) = Story::new(program) else {
            return;
        };
        fill(|path, bytes| drop(story.scratch.write(format!("packbase/{path}"), bytes)));
        let dir = story.scratch.join("packbase");
        let before = files_below(&dir);
        let words = ["import", "packbase", dir.to_str().expect("UTF-8")];
        let words = [&words[..], how.as_slice()].concat();
        let dry = story.run(&[&words[..], &["--dry-run"]].concat()).expect(1);
        assert_eq!(story.published(), [""; 0]);
        let done = story.run(&words).expect(1);
        assert_eq!(dry.lines_of("left"), done.lines_of("left"));
        assert_eq!(dry.lines_of("p/"), done.lines_of("p/"));
        expect_left(done)
            .expect_line("left \"git/api.git\"", "reserved")
            .expect_line("left \"git/empty.git\"", "no bare repository")
            .expect_line("left \"p/good/tag/v1.tar.gz\"", "case")
            .expect_line("3 imported", "2 failed");
        assert_eq!(story.published(), TAKEN);
        assert!(story.path("git/good.git/HEAD").is_file());
        assert_eq!(files_below(&dir), before);
        let links = fs::metadata(story.path(TAKEN[1]))
            .expect("it is taken")
            .nlink();
        assert_eq!(links, if how == Some("--link") { 2 } else { 1 });
        story
            .run(&words)
            .expect(1)
            .expect_line("0 imported", "3 there");
        let server = story.start();
        assert_eq!(server.tarball("Good", "v1"), tarball("good"));
        let info = server.info("Good");
        assert_eq!(info["tarballs"][0]["provenance"], "imported", "{info}");
        story
            .run(&["verify"])
            .expect(0)
            .expect_line("unprovable: p/Good/tag/v1.tar.gz", "imported");
    }
}

pub(crate) fn tarballs_without_manifest_get_one(program: &Binary) {
    let Some(story) = Story::new(program) else {
        return;
    };
    let put =
        |path: &str, bytes: &[u8]| drop(story.scratch.write(format!("packbase/{path}"), bytes));
    put("p/good/tag/v1.tar.gz", &tarball("good"));
    let dir = story.scratch.join("packbase");
    let words = ["import", "packbase", dir.to_str().expect("UTF-8")];
    story
        .run(&words)
        .expect(0)
        .expect_line("1 imported", "0 left");
    let server = story.start();
    assert_eq!(server.tarball("good", "v1"), tarball("good"));
    let manifest = server.manifest("good", "v1");
    assert_eq!(manifest["provenance"], "imported");
    assert_eq!(manifest["size_bytes"], tarball("good").len());
    let hash = manifest["zig_hash"].as_str().expect("it has a hash");
    let found = server.get(&format!("/hash/{hash}")).expect(200);
    assert_eq!(found.response.body, tarball("good"));
    // Another one of that name stays away, whatever it says.
    put("p/good/tag/v1.tar.gz", &tarball("other"));
    story
        .run(&words)
        .expect(0)
        .expect_line("left \"p/good/tag/v1.tar.gz\"", "other bytes");
    assert_eq!(server.tarball("good", "v1"), tarball("good"));
    for words in [
        &["import", "packbase"][..],
        &["import", "packbase", "nowhere"],
        &[words[0], words[1], words[2], "--org", "x"],
        &[words[0], words[1], words[2], "--link", "--copy"],
        &["import", "gitea", words[2]],
    ] {
        story.run(words).expect(2).expect_refusal("");
    }
}

pub(crate) fn packbase_is_imported_in_place(program: &Binary) {
    let Some(mut story) = Story::new(program) else {
        return;
    };
    fill(|path, bytes| {
        if !path.starts_with("p/good/") {
            drop(story.scratch.write(format!("packbase/{path}"), bytes));
        }
    });
    let dir = story.scratch.join("packbase");
    let dir = dir.to_str().expect("UTF-8");
    story.settings.set("DATA_DIR", dir);
    let outcome = story.run(&["import", "packbase", dir]).expect(1);
    expect_left(outcome).expect_line("1 imported", "1 there already");
    let server = story.start();
    assert_eq!(server.tarball("Good", "v1"), tarball("good"));
    assert_eq!(server.tarball("Good", "v2"), tarball("other"));
    server.get("/p/Good/tag/v3.tar.gz").expect(404);
    drop(server);
    story
        .run(&["import", "packbase", dir])
        .expect(1)
        .expect_line("0 imported", "2 there already");
    // What contradicts its manifest is set aside, not served.
    story
        .run(&["verify"])
        .expect(1)
        .expect_line("wrong: p/Good/tag/v4.tar.gz", "moved");
}
