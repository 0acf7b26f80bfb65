//! What an operator does with a registry: `fetch` by hand, `upstream`, and what `verify` tells apart.

use std::fs;

use zigdepot_tests::host::Binary;
use zigdepot_tests::repo::{Repo, fixtures};
use zigdepot_tests::stand_in::{GitHost, Manner, Step};

use crate::story::{PACKAGE, REPOSITORY, Story};

/// A host that is named on a command line is the operator's; all others are not.
pub(crate) fn hosts_that_are_named_may_be_private(program: &Binary) {
    let Some(mut story) = Story::new(program) else {
        return;
    };
    let repo = story.hello();
    story.settings.set("UPSTREAM_ALLOW_PRIVATE", "false");
    story
        .run(&["fetch", &story.url(), "--as", "other-name"])
        .expect(0)
        .expect_line("other-name: ", "1 tags published");
    let server = story.start();
    story.expect_proof(&server, &repo, "other-name", "v0.1.0");
    // The server was not told so.
    server
        .fetch(&story.url())
        .expect_error(&[502], &["UPSTREAM_ALLOW_PRIVATE"]);
    drop(server);
    story
        .run(&["update"])
        .expect(1)
        .expect_line("other-name: failed", "UPSTREAM_ALLOW_PRIVATE");
    // Nor may a named host lead to another one.
    let elsewhere = GitHost::start(&story.git);
    elsewhere
        .add(REPOSITORY)
        .release("v9", &fixtures::bare_package());
    let manner = Manner::moved(302, &elsewhere.repo_url(REPOSITORY));
    story.upstream.on(REPOSITORY, Step::Discovery, manner);
    story
        .run(&["fetch", &story.url()])
        .expect(1)
        .expect_line("hello: failed", "private");
    assert_eq!(elsewhere.count(), 0);
}

pub(crate) fn conflicts_and_refusals_are_told(program: &Binary) {
    let Some(story) = Story::new(program) else {
        return;
    };
    let repo = story.hello();
    story.run(&["fetch", &story.url()]).expect(0);
    repo.release("v0.1.0", &fixtures::bare_package());
    repo.light_tag("a-tree", &repo.tree_of("v0.1.0"));
    for words in [&["fetch", &story.url()][..], &["update"]] {
        story
            .run(words)
            .expect(1)
            .expect_line("hello: 0 tags published", "1 in conflict, 1 refused")
            .expect_line("  v0.1.0: in conflict", "stays")
            .expect_line("  a-tree: refused", "tree");
    }
    let other = story.upstream.add("else/hello");
    other.release("v1", &fixtures::bare_package());
    story
        .run(&["fetch", &story.upstream.repo_url("else/hello")])
        .expect(1)
        .expect_line("hello: failed: ", "--as");
}

pub(crate) fn upstream_is_shown_and_settled(program: &Binary) {
    let Some(story) = Story::new(program) else {
        return;
    };
    story.run(&["upstream", PACKAGE]).expect(1);
    let _repo = story.hello();
    story.run(&["fetch", &story.url()]).expect(0);
    story
        .run(&["upstream", PACKAGE])
        .expect(0)
        .expect_line("hello comes from ", &story.url());
    story
        .run(&["upstream", "Hello"])
        .expect(1)
        .expect_line("hello is published", "");
    let there = format!("{}.git/", story.url());
    story
        .run(&["upstream", PACKAGE, &there])
        .expect(0)
        .expect_line("hello comes from ", "already");
    let home = "https://new-home.test/o/hello";
    story.run(&["upstream", PACKAGE, home]).expect(0);
    story
        .run(&["upstream", PACKAGE])
        .expect(0)
        .expect_line(&format!("hello comes from {home}"), "since")
        .expect_line("  before: ", &story.url());
    let record = "p/hello/upstream.json";
    let before = fs::read(story.path(record)).expect("it is recorded");
    for words in [
        &["upstream"][..],
        &["upstream", "../x"],
        &["upstream", PACKAGE, "ssh://h/x"],
        &["upstream", PACKAGE, "https://me:pw@h/x"],
        &["upstream", PACKAGE, home, "x"],
    ] {
        story.run(words).expect(2).expect_refusal("");
    }
    assert_eq!(fs::read(story.path(record)).expect("ours"), before);
    // A record that is damaged is the operator's to settle.
    fs::write(story.path(record), "{").expect("ours");
    let server = story.start();
    server.fetch(&story.url()).expect_error(&[409], &[PACKAGE]);
    story
        .run(&["verify"])
        .expect(1)
        .expect_line("unreadable: p/hello/upstream.json", "upstream hello URL");
    story.run(&["upstream", PACKAGE, &story.url()]).expect(0);
    server.fetch(&story.url()).expect_json(200);
    drop(server);
    story.run(&["verify"]).expect(0);
}

/// A crash leaves a tarball without manifest; a disk loses files and parts of files.
pub(crate) fn verify_tells_halves_of_releases_apart(program: &Binary) {
    let Some(story) = Story::new(program) else {
        return;
    };
    let repo = story.upstream.add(REPOSITORY);
    for tag in ["v1", "v2", "v3", "v4"] {
        repo.release(tag, &fixtures::rich_package(14));
    }
    story.run(&["fetch", &story.url()]).expect(0);
    Repo::create(&story.git, &story.path("git/own.git"));
    story.run(&["verify"]).expect(0).expect_line("", "4 right");
    let path = |name: &str| story.path(&format!("p/hello/tag/{name}"));
    let (manifest, tarball) = (
        fs::read(path("v2.manifest.json")).expect("it is published"),
        fs::read(path("v2.tar.gz")).expect("it is published"),
    );
    fs::remove_file(path("v1.manifest.json")).expect("ours");
    story
        .run(&["verify"])
        .expect(0)
        .expect_line("no manifest: p/hello/tag/v1.tar.gz", "not published")
        .expect_line("", "3 right");
    fs::remove_file(path("v2.tar.gz")).expect("ours");
    fs::write(path("v3.manifest.json"), &manifest[..manifest.len() / 2]).expect("ours");
    fs::write(path("v4.manifest.json"), &manifest).expect("ours");
    story
        .run(&["verify"])
        .expect(1)
        .expect_line("no tarball: p/hello/tag/v2.manifest.json", "")
        .expect_line("unreadable: p/hello/tag/v3.manifest.json", "left")
        .expect_line("unprovable: p/hello/tag/v3.tar.gz", "manifest")
        .expect_line("unreadable: p/hello/tag/v4.manifest.json", "hello v2")
        .expect_line("", "0 wrong");
    // What can be made again is, with the same bytes.
    story.run(&["fetch", &story.url()]).expect(0);
    assert_eq!(fs::read(path("v2.tar.gz")).expect("it is back"), tarball);
    story
        .run(&["verify", "p/hello"])
        .expect(1)
        .expect_line("", "2 right");
}

/// All that is derived may be deleted.
pub(crate) fn hashes_of_releases_are_found_again(program: &Binary) {
    let Some(story) = Story::new(program) else {
        return;
    };
    let _repo = story.hello();
    story.run(&["fetch", &story.url()]).expect(0);
    let server = story.start();
    let hash = server.manifest(PACKAGE, "v0.1.0")["zig_hash"].clone();
    let path = format!("/hash/{}", hash.as_str().expect("it has a hash"));
    let bytes = server.get(&path).expect(200).response.body;
    assert_eq!(bytes, server.tarball(PACKAGE, "v0.1.0"));
    drop(server);
    fs::remove_dir_all(story.path(".zigdepot")).expect("ours");
    let server = story.start();
    server.get(&path).expect(404);
    story.run(&["verify"]).expect(0).expect_line("", "1 right");
    assert_eq!(server.get(&path).expect(200).response.body, bytes);
}

pub(crate) fn releases_are_listed_and_never_purged(program: &Binary) {
    let Some(story) = Story::new(program) else {
        return;
    };
    let _repo = story.hello();
    story.run(&["fetch", &story.url()]).expect(0);
    fixtures::every_kind_of_tag(&Repo::create(&story.git, &story.path("git/own.git")));
    let published = story.published();
    for words in [
        &["purge", "p/hello"][..],
        &["purge", "p/hello/tag/v0.1.0.tar.gz"],
        &["purge", "git/own.git"],
    ] {
        story.run(words).expect(2).expect_refusal("never purged");
    }
    story.run(&["purge", "--to-size", "1"]).expect(1);
    assert_eq!(story.published(), published);
    assert!(story.path("git/own.git/HEAD").exists());
    let told = story.run(&["du"]).expect(0);
    for name in ["  hello", "  own.git"] {
        assert!(
            told.lines.iter().any(|line| line.ends_with(name)),
            "{told:#?}"
        );
    }
}
