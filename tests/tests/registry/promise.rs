//! A published tag never changes, and a name belongs to one upstream.

use serde_json::json;
use zigdepot_tests::host::Binary;
use zigdepot_tests::repo::fixtures;
use zigdepot_tests::stand_in::{Manner, Step};

use crate::story::{PACKAGE, REPOSITORY, Story, texts};

pub(crate) fn moved_tag_is_a_conflict_and_stays(program: &Binary) {
    let Some(story) = Story::new(program) else {
        return;
    };
    let (server, repo) = (story.start(), story.hello());
    server.fetch(&story.url()).expect_json(200);
    let (bytes, manifest) = (
        server.tarball(PACKAGE, "v0.1.0"),
        server.manifest(PACKAGE, "v0.1.0"),
    );
    let published = repo.commit_of("v0.1.0");
    let moved = repo.release("v0.1.0", &fixtures::bare_package());
    repo.release("v0.2.0", &fixtures::rich_package(14));
    for created in [1, 0] {
        let answer = server.fetch(&story.url()).expect_json(200);
        assert_eq!(answer.number("tarballs_created"), created);
        let conflicts = json!([{
            "tag": "v0.1.0",
            "published_commit": published,
            "upstream_commit": moved,
        }]);
        assert_eq!(answer.json["conflicts"], conflicts);
    }
    assert_eq!(server.tarball(PACKAGE, "v0.1.0"), bytes);
    assert_eq!(server.manifest(PACKAGE, "v0.1.0"), manifest);
    assert_eq!(texts(&server.info(PACKAGE)["conflicts"], "tag"), ["v0.1.0"]);
    let status = server.get("/api/status").expect_json(200).json;
    assert_eq!(status["conflicts_total"], 1, "{status}");
    server.running.wait_for_log(&["v0.1.0", "conflict"]);
    // It is remembered, and over when the tag is back.
    drop(server);
    let server = story.start();
    assert_eq!(texts(&server.info(PACKAGE)["conflicts"], "tag"), ["v0.1.0"]);
    repo.light_tag("v0.1.0", &published);
    let answer = server.fetch(&story.url()).expect_json(200);
    assert_eq!(answer.json["conflicts"], json!([]));
}

/// The tag object is new, and the commit the same: nothing has changed for who installs it.
pub(crate) fn tag_that_is_made_anew_is_no_conflict(program: &Binary) {
    let Some(story) = Story::new(program) else {
        return;
    };
    let (server, repo) = (story.start(), story.hello());
    server.fetch(&story.url()).expect_json(200);
    repo.light_tag("v0.1.0", &repo.commit_of("v0.1.0"));
    let answer = server.fetch(&story.url()).expect_json(200);
    assert_eq!(answer.json["conflicts"], json!([]));
    assert_eq!(answer.number("tarballs_present"), 1);
}

pub(crate) fn tag_that_upstream_removed_stays(program: &Binary) {
    let Some(story) = Story::new(program) else {
        return;
    };
    let (server, repo) = (story.start(), story.hello());
    server.fetch(&story.url()).expect_json(200);
    let bytes = server.tarball(PACKAGE, "v0.1.0");
    repo.release("v0.2.0", &fixtures::bare_package());
    repo.remove_tag("v0.1.0");
    let answer = server.fetch(&story.url()).expect_json(200);
    assert_eq!(answer.number("tarball_count"), 2);
    assert_eq!(server.tarball(PACKAGE, "v0.1.0"), bytes);
}

pub(crate) fn second_upstream_of_a_name_is_refused(program: &Binary) {
    let Some(story) = Story::new(program) else {
        return;
    };
    let (server, _repo) = (story.start(), story.hello());
    server.fetch(&story.url()).expect_json(200);
    let bytes = server.tarball(PACKAGE, "v0.1.0");
    for name in ["thief/hello", "org/Hello", "org/HELLO"] {
        let other = story.upstream.add(name);
        other.release("v0.1.0", &fixtures::bare_package());
        other.release("v9.0.0", &fixtures::bare_package());
        let url = story.upstream.repo_url(name);
        server
            .fetch(&url)
            .expect_error(&[409], &[PACKAGE, &story.url()]);
    }
    assert_eq!(server.tarball(PACKAGE, "v0.1.0"), bytes);
    server.get("/p/hello/tag/v9.0.0.tar.gz").expect(404);
    let said = server.info(PACKAGE).to_string();
    assert!(said.contains("thief/hello"), "it is recorded: {said}");
    assert_eq!(server.get("/api/list").json["packages"], json!([PACKAGE]));
}

/// A project moves to another forge: new tags come from there, old ones stay as they are.
pub(crate) fn operator_moves_a_package_to_another_upstream(program: &Binary) {
    let Some(story) = Story::new(program) else {
        return;
    };
    let (server, _repo) = (story.start(), story.hello());
    server.fetch(&story.url()).expect_json(200);
    let bytes = server.tarball(PACKAGE, "v0.1.0");
    let home = story.upstream.add("new-home/hello");
    home.release("v0.1.0", &fixtures::bare_package());
    home.release("v0.2.0", &fixtures::package(14));
    drop(server);
    let url = story.upstream.repo_url("new-home/hello");
    story.run(&["upstream", PACKAGE, &url]).expect(0);
    let server = story.start();
    let answer = server.fetch(&url).expect_json(200);
    assert_eq!(answer.number("tarballs_created"), 1);
    assert_eq!(answer.each("conflicts", "tag"), ["v0.1.0"]);
    assert_eq!(server.tarball(PACKAGE, "v0.1.0"), bytes);
    story.expect_proof(&server, &home, PACKAGE, "v0.2.0");
    server.fetch(&story.url()).expect_error(&[409], &[PACKAGE]);
}

/// The forge itself says where the project went: its new address is the same upstream.
pub(crate) fn new_address_that_the_old_one_leads_to_is_the_same_upstream(program: &Binary) {
    let Some(story) = Story::new(program) else {
        return;
    };
    let (server, _repo) = (story.start(), story.hello());
    server.fetch(&story.url()).expect_json(200);
    let home = story.upstream.add("new-home/hello");
    home.release("v0.2.0", &fixtures::package(14));
    let url = story.upstream.repo_url("new-home/hello");
    let leads = |status| {
        let moved = Manner::moved(status, &url);
        story.upstream.on(REPOSITORY, Step::Discovery, moved);
    };
    leads(302);
    server.fetch(&url).expect_error(&[409], &[PACKAGE]);
    leads(301);
    let answer = server.fetch(&url).expect_json(200);
    assert_eq!(answer.number("tarballs_created"), 1);
    story.expect_proof(&server, &home, PACKAGE, "v0.2.0");
}

pub(crate) fn reserved_and_impossible_names_are_refused(program: &Binary) {
    let Some(story) = Story::new(program) else {
        return;
    };
    let server = story.start();
    for name in ["zig", "API", "p", "healthz", "robots.txt"] {
        let name = format!("org/{name}");
        story
            .upstream
            .add(&name)
            .release("v1", &fixtures::bare_package());
        let url = story.upstream.repo_url(&name);
        server
            .fetch(&url)
            .expect_error(&[400, 409, 422], &["reserved"]);
    }
    for name in ["a%20b", "%2e%2e", ".hidden", "a~b", "zig-0.14.1.tar.xz"] {
        let url = story.upstream.repo_url(&format!("org/{name}"));
        server.fetch(&url).expect_error(&[400, 409, 422], &[]);
    }
    let long = "a".repeat(101);
    let url = story.upstream.repo_url(&format!("org/{long}"));
    server.fetch(&url).expect_error(&[400], &[]);
    assert_eq!(story.published(), [""; 0]);
    assert_eq!(story.upstream.count(), 0, "names are judged first");
}
