//! What must not change, whatever happens: ids, and that a clone is whole.

use core::time::Duration;
use std::fs;
use std::path::PathBuf;

use zigdepot_tests::client::Connection;
use zigdepot_tests::gits::{Client, Failed, clients};
use zigdepot_tests::host::Binary;
use zigdepot_tests::pkt;
use zigdepot_tests::repo::{Files, Repo, fixtures};

use crate::story::{Story, expect_files, expect_sound, expect_tags, lines};

/// What `ls-remote` says.
#[track_caller]
fn listed(story: &Story<'_>, package: &str) -> Vec<String> {
    let client = &clients()[0];
    lines(&client.run(story.scratch.path(), &["ls-remote", &story.url(package)]))
}

/// Clones all and one tag with each client, and holds them to upstream.
#[track_caller]
fn expect_clones(story: &Story<'_>, package: &str, repo: &Repo) {
    let (tags, newest) = story.tags(package);
    assert_eq!(listed(story, package), story.expected(repo, package));
    for client in clients() {
        let dir = story.clone(&client, &[], &story.url(package));
        expect_tags(&client, &dir, repo, &tags);
        expect_files(&client, &dir, repo, &newest);
        let options = ["--depth", "1", "--branch", &tags[0]];
        let dir = story.clone(&client, &options, &story.url(package));
        expect_sound(&client, &dir);
        expect_files(&client, &dir, repo, &tags[0]);
    }
}

/// A request of which the first bytes have come, and how many are still to come.
#[track_caller]
fn half_way(story: &Story<'_>, package: &str, id: &str) -> (Connection, usize) {
    const EARLY: usize = 100_000;
    let (address, body) = (story.depot.depot.address(), pkt::fetch(&[id]));
    let head = format!(
        "POST /{package}/git-upload-pack HTTP/1.1\r\nHost: {address}\r\nGit-Protocol: version=2\r\nContent-Type: application/x-git-upload-pack-request\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    let mut connection = Connection::open(address);
    connection.send([head.as_bytes(), &body].concat());
    let head = connection.head().expect("an answer");
    assert_eq!(head.status, 200);
    connection.exactly(EARLY).expect("the start of a pack");
    let length = head.field("content-length").expect("a length");
    (
        connection,
        length.parse::<usize>().expect("a number") - EARLY,
    )
}

/// Power cuts: while packs are sent, and while they are derived.
pub(crate) fn killed_server_serves_the_same_again(program: &Binary) {
    let Some(mut story) = Story::new(program) else {
        return;
    };
    let repo = story.add("big");
    fixtures::big(&repo, 24);
    story.publish("big");
    let before = listed(&story, "big");
    let id = repo.commit_of("v1");
    for is_derived in [true, false] {
        let (mut reading, left) = half_way(&story, "big", &id);
        let cloning = clients().into_iter().map(|client| {
            let dir = story.fresh();
            let url = story.url("big");
            let arguments = ["clone", "--quiet", &url, dir.to_str().expect("UTF-8")];
            (client.start(story.scratch.path(), &arguments), client, dir)
        });
        let cloning: Vec<_> = cloning.collect();
        story.crash(|story| {
            if !is_derived {
                story.forget_derived();
            }
        });
        assert!(reading.exactly(left).is_err(), "24 MiB fit into no buffer");
        for (started, client, dir) in cloning {
            match started.end() {
                Ok(_) => expect_sound(&client, &dir),
                Err(Failed::Status(said)) => assert!(said.err.contains("fatal: "), "{said:?}"),
                Err(hangs @ Failed::Hangs(_)) => panic!("{client}: {hangs}"),
            }
        }
        assert_eq!(listed(&story, "big"), before);
        let dir = story.clone(&clients()[0], &[], &story.url("big"));
        expect_tags(&clients()[0], &dir, &repo, &["v1".into()]);
    }
    // While it derives.
    for wait in [5, 50, 300] {
        story.forget_derived();
        let client = &clients()[0];
        let (url, dir) = (story.url("big"), story.fresh());
        let arguments = ["clone", "--quiet", &url, dir.to_str().expect("UTF-8")];
        let started = client.start(story.scratch.path(), &arguments);
        std::thread::sleep(Duration::from_millis(wait));
        story.crash(|_| {});
        let ended = started.end();
        assert!(!matches!(ended, Err(Failed::Hangs(_))), "{ended:?}");
        assert_eq!(listed(&story, "big"), before);
        let dir = story.clone(client, &[], &story.url("big"));
        expect_tags(client, &dir, &repo, &["v1".into()]);
    }
}

/// All that is derived may be deleted, while the server runs or between two runs of it.
pub(crate) fn derived_files_may_be_deleted(program: &Binary) {
    let Some(mut story) = Story::new(program) else {
        return;
    };
    let repo = story.add("hello");
    fixtures::every_kind_of_tag(&repo);
    story.publish("hello");
    let before = listed(&story, "hello");
    expect_clones(&story, "hello", &repo);
    story.forget_derived();
    assert_eq!(listed(&story, "hello"), before);
    expect_clones(&story, "hello", &repo);
    story.crash(Story::forget_derived);
    assert_eq!(listed(&story, "hello"), before);
    expect_clones(&story, "hello", &repo);
    // The first thing that is asked for is a pack.
    story.crash(Story::forget_derived);
    for client in clients() {
        let (dir, id) = (story.init(&client), repo.commit_of("annotated"));
        let url = story.url("hello");
        client.run(&dir, &["fetch", "--quiet", "--depth", "1", &url, &id]);
        expect_sound(&client, &dir);
        // Open files outlive their names, so there may be nothing new.
        let _ = fs::remove_dir_all(story.path(".zigdepot/git"));
    }
    story.run(&["verify"]).expect(0);
    expect_clones(&story, "hello", &repo);
}

/// A version that is tagged later and comes before the others takes nothing from them.
pub(crate) fn earlier_tags_change_no_id(program: &Binary) {
    let Some(story) = Story::new(program) else {
        return;
    };
    let repo = story.add("hello");
    fixtures::many_tags(&repo, 4);
    story.publish("hello");
    let before = listed(&story, "hello");
    assert_eq!(before, story.expected(&repo, "hello"));
    let first = repo.commit_of("v0.0.1");
    let files = fixtures::package(14).file("fix", "for old ones\n");
    repo.annotated_tag("v0.0.1-rc1", &first);
    repo.light_tag("v0.0.0", &repo.commit(&files, None));
    repo.annotated_tag("a", &repo.commit(&files.file("a", ""), Some(&first)));
    story.publish("hello");
    let after = listed(&story, "hello");
    assert_eq!(after.len(), before.len() + 5);
    let lost: Vec<_> = before.iter().filter(|line| !after.contains(line)).collect();
    assert_eq!(lost, [""; 0]);
    expect_clones(&story, "hello", &repo);
}

/// What upstream does to its tags later changes nothing here.
pub(crate) fn moved_and_removed_tags_change_no_id(program: &Binary) {
    let Some(story) = Story::new(program) else {
        return;
    };
    let repo = story.add("hello");
    fixtures::many_tags(&repo, 3);
    story.publish("hello");
    let before = listed(&story, "hello");
    let moved = repo.commit(&fixtures::bare_package(), None);
    repo.light_tag("v0.0.1", &moved);
    repo.annotated_tag("v0.0.2", &moved);
    repo.remove_tag("v0.0.3");
    let answer = story.depot.fetch(&story.upstream_url("hello"));
    assert!(answer.status == 200 || answer.status == 409, "{answer:?}");
    assert_eq!(listed(&story, "hello"), before);
    for client in clients() {
        let dir = story.clone(&client, &[], &story.url("hello"));
        expect_sound(&client, &dir);
        let found = lines(&client.run(&dir, &["show-ref", "--tags", "--dereference"]));
        assert!(found.iter().all(|line| before.contains(line)), "{client}");
    }
}

pub(crate) fn three_hundred_tags_are_cloned_at_once(program: &Binary) {
    let Some(story) = Story::new(program) else {
        return;
    };
    let repo = story.add("many");
    fixtures::many_tags(&repo, 300);
    story.publish("many");
    assert_eq!(listed(&story, "many"), story.expected(&repo, "many"));
    let (mut tags, newest) = story.tags("many");
    assert_eq!((tags.len(), newest.as_str()), (300, "v0.0.300"));
    let mut clones: Vec<(Client, PathBuf)> = Vec::new();
    for client in clients() {
        let dir = story.clone(&client, &[], &story.url("many"));
        expect_tags(&client, &dir, &repo, &tags);
        expect_files(&client, &dir, &repo, &newest);
        let options = ["--depth", "1", "--branch", "v0.0.77"];
        let one = story.clone(&client, &options, &story.url("many"));
        expect_files(&client, &one, &repo, "v0.0.77");
        client.run(&one, &["fetch", "--quiet", "--depth", "1", "--tags"]);
        expect_tags(&client, &one, &repo, &tags);
        clones.push((client, dir));
    }
    // One more, for those that have the others.
    let parent = repo.commit_of("v0.0.300");
    let files = fixtures::package(14).file("one", "more");
    repo.annotated_tag("v0.0.301", &repo.commit(&files, Some(&parent)));
    story.publish("many");
    tags.push("v0.0.301".into());
    for (client, dir) in clones {
        client.run(&dir, &["fetch", "--quiet", "--depth", "1", "--tags"]);
        expect_tags(&client, &dir, &repo, &tags);
    }
}

/// Eight at once, of a package that was never asked for.
pub(crate) fn eight_clones_at_once_are_whole(program: &Binary) {
    let Some(story) = Story::new(program) else {
        return;
    };
    let repo = story.add("files");
    let mut files = fixtures::package(14);
    for number in 0..1500 {
        let path = format!("src/{:02}/{number}.zig", number % 50);
        let text = format!("pub const number = {number};\n").repeat(40);
        files = files.file(path, text);
    }
    release_both(&repo, files);
    story.publish("files");
    let (tags, _) = story.tags("files");
    for is_derived in [true, false] {
        if !is_derived {
            story.forget_derived();
        }
        let clients = clients();
        let started = clients
            .iter()
            .cycle()
            .take(8)
            .enumerate()
            .map(|(number, client)| {
                let (url, dir) = (story.url("files"), story.fresh());
                let one = ["--depth", "1", "--branch", "v1"];
                let options = if number % 2 == 0 { &one[..] } else { &[] };
                let path = dir.to_str().expect("UTF-8");
                let arguments = [&["clone", "--quiet"], options, &[&url, path]].concat();
                (
                    client.start(story.scratch.path(), &arguments),
                    client,
                    dir,
                    number,
                )
            });
        let started: Vec<_> = started.collect();
        for (started, client, dir, number) in started {
            let ended = started.end();
            ended.unwrap_or_else(|failed| panic!("{client}: {failed}"));
            if number % 2 == 0 {
                expect_sound(client, &dir);
                expect_files(client, &dir, &repo, "v1");
            } else {
                expect_tags(client, &dir, &repo, &tags);
            }
        }
    }
}

fn release_both(repo: &Repo, files: Files) {
    let first = repo.release("v1", &files);
    let second = repo.commit(&files.file("more", "more\n"), Some(&first));
    repo.annotated_tag("v2", &second);
    repo.set_main(&second);
}
