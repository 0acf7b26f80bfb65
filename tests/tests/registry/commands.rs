//! `fetch`, `update`, `import packbase` and `verify`, with the real programs.

use std::fs;

use serde_json::{Value, json};
use zigdepot_core::registry::sums::Summing;
use zigdepot_tests::host::Binary;
use zigdepot_tests::repo::{Repo, fixtures};
use zigdepot_tests::scratch::files_below;
use zigdepot_tests::stand_in::{Manner, Step};
use zigdepot_tests::tarball::Tarball;

use crate::story::{PACKAGE, REPOSITORY, Story};

pub(crate) fn fetch_brings_what_it_is_given(program: &Binary) {
    let Some(story) = Story::new(program) else {
        return;
    };
    let repo = story.hello();
    let other = story.upstream.add("org/other");
    fixtures::many_tags(&other, 5);
    let urls = [story.url(), story.upstream.repo_url("org/other")];
    story
        .run(&["fetch", &urls[0], &urls[1]])
        .expect(0)
        .expect_line("hello", "1")
        .expect_line("other", "5");
    let server = story.start();
    story.expect_proof(&server, &repo, PACKAGE, "v0.1.0");
    for tag in other.tags() {
        story.expect_proof(&server, &other, "other", &tag);
    }
    drop(server);
    // One that fails stops no other.
    let missing = story.upstream.repo_url("org/missing");
    other.release("v1.0.0", &fixtures::bare_package());
    let outcome = story.run(&["fetch", &missing, &urls[1]]).expect(1);
    let said = outcome.errors.clone() + &outcome.lines.join("\n");
    assert!(said.contains("404") && said.contains("missing"), "{said}");
    story.expect_proof(&story.start(), &other, "other", "v1.0.0");
    for words in [
        &["fetch"][..],
        &["fetch", "file:///etc"],
        &["fetch", "--frob"],
        &["update", "x"],
    ] {
        story.run(words).expect(2).expect_refusal("");
    }
}

/// The command beside a server: one node publishes, the other serves it.
pub(crate) fn fetch_beside_a_server_is_seen_by_it(program: &Binary) {
    let Some(story) = Story::new(program) else {
        return;
    };
    let (server, repo) = (story.start(), story.hello());
    server.get("/p/hello/tag/v0.1.0.tar.gz").expect(404);
    story.run(&["fetch", &story.url()]).expect(0);
    story.expect_proof(&server, &repo, PACKAGE, "v0.1.0");
    assert_eq!(server.info(PACKAGE)["tarball_count"], 1);
}

pub(crate) fn verify_proves_each_tarball(program: &Binary) {
    let Some(mut story) = Story::new(program) else {
        return;
    };
    // The odd files lie deeper than anyone's.
    story.settings.set("INGEST_LIMITS", "depth=4000");
    let repo = story.hello();
    repo.release("odd", &fixtures::odd_files());
    fixtures::odd_trees(&repo);
    story.run(&["fetch", &story.url()]).expect(0);
    let count = repo.tags().len();
    story
        .run(&["verify"])
        .expect(0)
        .expect_line("", &format!("{count} right"));
    let path = "p/hello/tag/v0.1.0.tar.gz";
    let whole = fs::read(story.path(path)).expect("it is published");
    let mut damaged = whole.clone();
    let middle = damaged.len() / 2;
    damaged[middle] ^= 1;
    fs::write(story.path(path), damaged).expect("ours");
    story
        .run(&["verify"])
        .expect(1)
        .expect_line(&format!("wrong: {path}"), "");
    assert!(!story.path(path).exists(), "it is set aside");
    let server = story.start();
    server.get("/p/hello/tag/v0.1.0.tar.gz").expect(404);
    // Fetched again, it is what it was.
    server.fetch(&story.url()).expect_json(200);
    assert_eq!(server.tarball(PACKAGE, "v0.1.0"), whole);
}

/// All digests agree, and it is not the commit that the manifest claims.
pub(crate) fn verify_finds_what_is_not_the_commit(program: &Binary) {
    let Some(story) = Story::new(program) else {
        return;
    };
    let repo = story.hello();
    repo.release("v0.2.0", &fixtures::bare_package());
    story.run(&["fetch", &story.url()]).expect(0);
    let path = |tag: &str, end: &str| story.path(&format!("p/hello/tag/{tag}.{end}"));
    let read = |tag: &str| -> Value {
        let text = fs::read(path(tag, "manifest.json")).expect("it is published");
        serde_json::from_slice(&text).expect("a manifest is JSON")
    };
    let (mut forged, other) = (read("v0.1.0"), read("v0.2.0"));
    let own = [
        "package",
        "tag",
        "upstream_repo_url",
        "git_commit_oid",
        "git_tree_oid",
    ];
    for (name, value) in other.as_object().expect("an object") {
        let is_git = name.contains("git") || name.contains("commit") || name.contains("upstream");
        if !own.contains(&name.as_str()) && !is_git {
            forged[name] = value.clone();
        }
    }
    fs::copy(path("v0.2.0", "tar.gz"), path("v0.1.0", "tar.gz")).expect("ours");
    fs::write(path("v0.1.0", "manifest.json"), forged.to_string() + "\n").expect("ours");
    let outcome = story.run(&["verify"]).expect(1);
    outcome.expect_line("wrong: p/hello/tag/v0.1.0.", "tree");
}

/// A data directory of packbase: both kinds of its tarballs, its manifests, its state.
fn packbase(story: &Story<'_>) -> (Vec<u8>, Repo) {
    let put =
        |path: &str, bytes: &[u8]| drop(story.scratch.write(format!("packbase/{path}"), bytes));
    let like_git = Tarball::default()
        .file("build.zig", "pub fn build(_: anytype) void {}\n")
        .file("src/root.zig", "");
    let like_tar = Tarball::default()
        .dir("./")
        .file("./build.zig", "pub fn build(_: anytype) void {}\n")
        .file("./.git/HEAD", "ref: refs/heads/main\n");
    for (tag, tarball) in [("v0.9.0", &like_tar), ("v0.10.0", &like_git)] {
        let bytes = tarball.tar_gz();
        let mut sums = Summing::new();
        sums.update(&bytes);
        let sums = sums.finish();
        let manifest = json!({
            "package": "old",
            "tag": tag,
            "upstream_repo_url": story.upstream.repo_url("org/old"),
            "git_commit_oid": "7b8fbec15a71714619a7e06d617045ffdd6d176b",
            "git_tree_oid": null,
            "tarball_sha256": sums.sha256.to_string(),
            "tarball_md5": sums.md5.to_string(),
            "tarball_crc32": format!("{:08x}", sums.crc32),
            "size_bytes": sums.size,
            "generated_at": 1_700_000_000,
            "packbase_release": "0.1.0",
        });
        put(&format!("p/old/tag/{tag}.tar.gz"), &bytes);
        put(
            &format!("p/old/tag/{tag}.manifest.json"),
            manifest.to_string().as_bytes(),
        );
    }
    // Written in place, and the power went.
    put("p/old/tag/v0.11.0.tar.gz", &like_git.tar_gz()[..40]);
    put(".packbase/update.lock", b"");
    put(".packbase/update.last", b"1700000000");
    put(".packbase/registered.json", b"{\"packages\":[\"old\"]}");
    put(".packbase/package-info.json", b"{\"packages\":[]}");
    let repo = Repo::create(&story.git, &story.scratch.join("packbase/git/fixture.git"));
    repo.release("v1", &fixtures::bare_package());
    (like_git.tar_gz(), repo)
}

pub(crate) fn packbase_is_imported_as_it_is(program: &Binary) {
    let Some(story) = Story::new(program) else {
        return;
    };
    let (bytes, repo) = packbase(&story);
    let dir = story.scratch.join("packbase");
    let before = files_below(&dir);
    let words = ["import", "packbase", dir.to_str().expect("UTF-8")];
    let dry = story.run(&[&words[..], &["--dry-run"]].concat()).expect(0);
    assert_eq!(story.published(), [""; 0], "{dry:#?}");
    story
        .run(&words)
        .expect(0)
        .expect_line("left \"p/old/tag/v0.11.0.tar.gz\"", "manifest");
    assert_eq!(files_below(&dir), before);
    story.run(&words).expect(0).expect_line("0 imported", "");
    let server = story.start();
    assert_eq!(server.tarball("old", "v0.10.0"), bytes);
    let info = server.info("old");
    assert_eq!(info["latest_tag"], "v0.10.0");
    assert_eq!(info["tarball_count"], 2);
    for tarball in info["tarballs"].as_array().expect("a list") {
        assert_eq!(tarball["provenance"], "imported");
    }
    story
        .run(&["verify"])
        .expect(0)
        .expect_line("unprovable: p/old/tag/v0.10.0.tar.gz", "imported");
    // Its fixtures are published by the next update.
    server.post("/api/update", &[], &json!({})).expect_json(200);
    server.updated();
    story.expect_proof(&server, &repo, "fixture", "v1");
    // What upstream has for an imported tag changes nothing.
    let upstream = story.upstream.add("org/old");
    upstream.release("v0.10.0", &fixtures::package(14));
    upstream.release("v1.0.0", &fixtures::package(14));
    let answer = server
        .fetch(&story.upstream.repo_url("org/old"))
        .expect_json(200);
    assert_eq!(answer.each("conflicts", "tag"), ["v0.10.0"]);
    assert_eq!(server.tarball("old", "v0.10.0"), bytes);
    story.expect_proof(&server, &upstream, "old", "v1.0.0");
}

/// A data directory that is taken over in place is served without an import.
pub(crate) fn data_directory_of_packbase_is_taken_over(program: &Binary) {
    let Some(mut story) = Story::new(program) else {
        return;
    };
    let (bytes, _repo) = packbase(&story);
    let dir = story.scratch.join("packbase");
    story.settings.set("DATA_DIR", dir.to_str().expect("UTF-8"));
    let server = story.start();
    assert_eq!(server.tarball("old", "v0.10.0"), bytes);
    server.get("/p/old/tag/v0.11.0.tar.gz").expect(404);
    assert_eq!(server.info("old")["tarball_count"], 2);
}

/// References, objects, bytes and tarballs, as they come.
pub(crate) fn progress_is_told(program: &Binary) {
    let Some(story) = Story::new(program) else {
        return;
    };
    let repo = story.upstream.add(REPOSITORY);
    fixtures::many_tags(&repo, 30);
    story
        .upstream
        .on(REPOSITORY, Step::Fetch, Manner::Drip(20_000));
    let outcome = story.run(&["fetch", &story.url()]).expect(0);
    let said = outcome.errors.clone() + &outcome.lines.join("\n");
    for word in ["objects", "tarballs"] {
        assert!(said.contains(word), "no {word} in {said}");
    }
}
