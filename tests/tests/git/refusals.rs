//! What is refused, and what a person reads then.

use std::fs;

use zigdepot_tests::gits::{Client, Failed, clients};
use zigdepot_tests::host::Binary;
use zigdepot_tests::repo::{Repo, fixtures};
use zigdepot_tests::scratch::Scratch;
use zigdepot_tests::zigs::zigs;

use crate::story::{Story, expect_sound, expect_tags};

/// A published package with a few tags, the first of which has no parents.
fn hello(story: &Story<'_>) -> Repo {
    let repo = story.add("hello");
    fixtures::many_tags(&repo, 3);
    story.publish("hello");
    repo
}

/// What the server said, which git shows behind `remote:`.
#[track_caller]
fn remote_line(client: &Client, said: &str) -> String {
    let lines = said.lines().filter_map(|line| line.strip_prefix("remote:"));
    let lines: Vec<&str> = lines
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect();
    assert_eq!(lines.len(), 1, "{client}: {said}");
    lines[0].into()
}

pub(crate) fn unknown_package_is_told_in_a_line(program: &Binary) {
    let Some(story) = Story::new(program) else {
        return;
    };
    hello(&story);
    for client in clients() {
        for path in ["unknown", "unknown.git", "git/unknown", "git/unknown.git"] {
            let url = story.url(path);
            let said = client.fail(story.scratch.path(), &["clone", &url, "x"]);
            assert!(remote_line(&client, &said).contains("unknown"), "{said}");
            assert!(said.contains("not found"), "{client}: {said}");
        }
        for path in ["hello/more", "git/a/b.git", "..%2fhello", "p/hello", "git"] {
            let said = client.fail(story.scratch.path(), &["ls-remote", &story.url(path)]);
            assert!(said.contains("fatal: "), "{client}: {said}");
        }
    }
    for zig in zigs().into_iter().filter(|zig| zig.minor() >= 12) {
        let url = format!("git+{}#v1", story.url("unknown"));
        let said = zig
            .fetch(&url, Scratch::new("fetch").path())
            .expect_err("unknown");
        assert!(!said.contains("hangs"), "{}: {said}", zig.version());
        let url = format!("git+{}#no-such-tag", story.url("hello"));
        let said = zig
            .fetch(&url, Scratch::new("fetch").path())
            .expect_err("no such tag");
        assert!(said.contains("not found"), "{}: {said}", zig.version());
    }
}

pub(crate) fn push_is_refused_with_a_reason(program: &Binary) {
    let Some(story) = Story::new(program) else {
        return;
    };
    hello(&story);
    for client in clients() {
        let url = story.url("hello");
        let dir = story.clone(&client, &[], &url);
        for what in [
            "HEAD:refs/heads/mine",
            "HEAD:refs/tags/v9",
            ":refs/tags/v0.0.1",
        ] {
            let said = client.fail(&dir, &["push", "origin", what]);
            let line = remote_line(&client, &said);
            assert!(line.len() > 20, "{client}: {said}");
            assert!(said.contains("403"), "{client}: {said}");
        }
    }
}

/// A package that is known and has no releases yet is an empty repository.
pub(crate) fn package_without_tags_is_empty(program: &Binary) {
    let Some(story) = Story::new(program) else {
        return;
    };
    hello(&story);
    // Its name was claimed, and then the power went.
    let record = fs::read_to_string(story.path("p/hello/upstream.json")).expect("it is published");
    fs::create_dir_all(story.path("p/empty")).expect("ours");
    let record = record.replace("hello", "empty");
    fs::write(story.path("p/empty/upstream.json"), record).expect("ours");
    for client in clients() {
        let listed = client.run(story.scratch.path(), &["ls-remote", &story.url("empty")]);
        assert_eq!(listed, "", "{client}");
        let dir = story.fresh();
        let dir = dir.to_str().expect("UTF-8");
        let arguments = ["clone", &story.url("empty"), dir];
        let said = client.attempt(story.scratch.path(), &arguments);
        let said = said.unwrap_or_else(|failed| panic!("{client}: {failed}"));
        assert!(said.err.contains("empty repository"), "{client}: {said:?}");
    }
    for zig in zigs().into_iter().filter(|zig| zig.minor() >= 12) {
        let url = format!("git+{}#v1", story.url("empty"));
        let said = zig
            .fetch(&url, Scratch::new("fetch").path())
            .expect_err("no tag");
        assert!(said.contains("not found"), "{}: {said}", zig.version());
    }
}

/// Objects are not left out here. A client that asks for that gets them all, or is told; what it may
/// not do is to go on asking.
pub(crate) fn filters_end_politely(program: &Binary) {
    let Some(story) = Story::new(program) else {
        return;
    };
    let repo = hello(&story);
    let (tags, _) = story.tags("hello");
    for client in clients() {
        for options in [
            &["--filter=blob:none"][..],
            &["--filter=tree:0"],
            &["--filter=blob:none", "--depth", "1", "--no-single-branch"],
            &["--filter=blob:none", "--depth", "1", "--branch", "v0.0.1"],
        ] {
            let (url, dir) = (story.url("hello"), story.fresh());
            let path = dir.to_str().expect("UTF-8");
            let arguments = [&["clone"], options, &[&url, path]].concat();
            match client.attempt(story.scratch.path(), &arguments) {
                Ok(_) => {
                    expect_sound(&client, &dir);
                    if options.len() == 1 {
                        expect_tags(&client, &dir, &repo, &tags);
                    }
                }
                Err(Failed::Status(said)) => {
                    assert!(said.err.contains("filter"), "{client}: {said:?}");
                }
                Err(hangs @ Failed::Hangs(_)) => panic!("{client} {options:?}: {hangs}"),
            }
        }
    }
}
