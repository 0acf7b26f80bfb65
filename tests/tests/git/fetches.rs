//! Fetches into what is there already: new tags, old commits, submodules.

use std::fs;
use std::path::{Path, PathBuf};

use zigdepot_tests::gits::{Client, clients};
use zigdepot_tests::host::Binary;
use zigdepot_tests::repo::{Files, Node, Repo, fixtures};

use crate::story::{Story, expect_files, expect_sound, expect_tags, lines, objects, shallow};

/// A package with two releases, the later one on top of the earlier one.
#[track_caller]
fn two_releases(story: &Story<'_>) -> Repo {
    let repo = story.add("hello");
    release(&repo, "v0.1.0");
    release(&repo, "v0.2.0");
    story.publish("hello");
    repo
}

/// Adds a release on top of `main`: every other one is annotated.
fn release(repo: &Repo, tag: &str) -> String {
    let parent = repo.git(&["for-each-ref", "--format=%(objectname)", "refs/heads/main"]);
    let parent = Some(parent.as_str()).filter(|parent| !parent.is_empty());
    let files = fixtures::package(14).file("release", tag);
    let commit = repo.commit(&files, parent);
    repo.set_main(&commit);
    if parent.is_some() {
        repo.annotated_tag(tag, &commit);
    } else {
        repo.light_tag(tag, &commit);
    }
    commit
}

/// Clones in each manner, publishes a release, fetches in a manner, and looks at each clone.
fn after_a_new_tag(
    program: &Binary,
    cloning: &[&[&str]],
    fetching: &[&str],
    look: impl Fn(&Story<'_>, &Client, &Path, &Repo),
) {
    let Some(story) = Story::new(program) else {
        return;
    };
    let (repo, clients) = (two_releases(&story), clients());
    let mut clones: Vec<(&Client, PathBuf)> = Vec::new();
    for client in &clients {
        for options in cloning {
            let dir = story.clone(client, options, &story.url("hello"));
            // Nothing is new yet.
            client.run(&dir, &[&["fetch"], fetching].concat());
            expect_sound(client, &dir);
            clones.push((client, dir));
        }
    }
    release(&repo, "v0.3.0");
    story.publish("hello");
    for (client, dir) in clones {
        client.run(&dir, &[&["fetch"], fetching].concat());
        look(&story, client, &dir, &repo);
        client.run(&dir, &[&["fetch"], fetching].concat());
        look(&story, client, &dir, &repo);
    }
}

fn expect_new_tag(story: &Story<'_>, client: &Client, dir: &Path, repo: &Repo) {
    expect_tags(client, dir, repo, &story.tags("hello").0);
    let branch = client.run(dir, &["rev-parse", "refs/remotes/origin/main"]);
    assert_eq!(branch, repo.commit_of("v0.3.0"), "{client}");
}

pub(crate) fn new_tags_come_with_a_depth(program: &Binary) {
    let cloning: [&[&str]; 4] = [
        &[],
        &["--depth", "1"],
        &["--depth", "1", "--no-single-branch"],
        &["--depth", "1", "--branch", "main"],
    ];
    let fetching = ["--depth", "1", "--tags"];
    after_a_new_tag(program, &cloning, &fetching, expect_new_tag);
}

pub(crate) fn new_tags_come_with_update_shallow(program: &Binary) {
    let cloning: [&[&str]; 2] = [&[], &["--depth", "1"]];
    let fetching = ["--update-shallow", "--tags"];
    after_a_new_tag(program, &cloning, &fetching, expect_new_tag);
}

/// What a person does who knows nothing of depths. A client of a repository that is cut off need not
/// take what is new; what it has stays sound.
pub(crate) fn plain_fetches_leave_clones_sound(program: &Binary) {
    let cloning: [&[&str]; 2] = [&[], &["--depth", "1"]];
    for fetching in [&["--tags"][..], &[]] {
        after_a_new_tag(program, &cloning, fetching, |_, client, dir, _| {
            expect_sound(client, dir);
        });
    }
}

/// Nothing is fetched, and nothing is said.
pub(crate) fn fetches_without_news_do_nothing(program: &Binary) {
    let Some(story) = Story::new(program) else {
        return;
    };
    let repo = two_releases(&story);
    let (tags, _) = story.tags("hello");
    for client in clients() {
        let dir = story.clone(&client, &[], &story.url("hello"));
        for fetching in [
            &["fetch"][..],
            &["fetch", "--tags"],
            &["fetch", "--all", "--prune"],
            &["fetch", "--update-shallow", "--tags"],
            &["fetch", "--depth", "1", "--tags"],
            &["pull", "--ff-only"],
            &["remote", "update"],
        ] {
            let before = lines(&client.run(&dir, &["show-ref"]));
            let said = client.attempt(&dir, fetching);
            let said = said.unwrap_or_else(|failed| panic!("{client} {fetching:?}: {failed}"));
            assert!(!said.err.contains("->"), "{client} {fetching:?}: {said:?}");
            assert_eq!(lines(&client.run(&dir, &["show-ref"])), before, "{client}");
        }
        expect_tags(&client, &dir, &repo, &tags);
        let said = client.run(&dir, &["remote", "show", "origin"]);
        assert!(said.contains("HEAD branch: main"), "{client}: {said}");
    }
}

/// What a lock file has is a commit, or the tag object that names it.
pub(crate) fn commits_and_tag_objects_are_fetched_by_id(program: &Binary) {
    let Some(story) = Story::new(program) else {
        return;
    };
    let repo = story.add("hello");
    fixtures::every_kind_of_tag(&repo);
    story.publish("hello");
    let url = story.url("hello");
    let ids = fixtures::TAGS.map(|tag| [repo.commit_of(tag), repo.reference(tag)]);
    for client in clients() {
        for id in ids.as_flattened() {
            for options in [&["--depth", "1"][..], &[]] {
                let dir = story.init(&client);
                let arguments = [&["fetch", "--quiet", "--update-shallow"], options].concat();
                client.run(&dir, &[&arguments[..], &[&url, id]].concat());
                let found = client.run(&dir, &["rev-parse", "FETCH_HEAD"]);
                assert_eq!(&found, id, "{client} {options:?}");
                expect_sound(&client, &dir);
                let of_head = objects(&client, &dir, &["FETCH_HEAD"]);
                let expected = repo.git(&["rev-list", "--objects", "--no-walk", id]);
                assert!(of_head.len() >= expected.lines().count(), "{client} {id}");
            }
        }
        // The parents of a boundary are not served, nor is what never was.
        let dir = story.init(&client);
        let unknown = "1234567890123456789012345678901234567890";
        let said = client.fail(&dir, &["fetch", "--depth", "1", &url, unknown]);
        assert!(said.contains(unknown), "{client}: {said}");
        assert!(said.contains("not our ref"), "{client}: {said}");
    }
}

/// Upstream's history is not here, and the client need not believe that it is.
pub(crate) fn unshallow_ends_with_a_sound_clone(program: &Binary) {
    let Some(story) = Story::new(program) else {
        return;
    };
    let repo = two_releases(&story);
    repo.annotated_tag("alone", &repo.commit(&fixtures::bare_package(), None));
    story.publish("hello");
    for client in clients() {
        let options = ["--depth", "1", "--branch", "v0.2.0"];
        let dir = story.clone(&client, &options, &story.url("hello"));
        client.run(&dir, &["fetch", "--unshallow"]);
        expect_sound(&client, &dir);
        expect_files(&client, &dir, &repo, "v0.2.0");
        assert_eq!(shallow(&dir), [repo.commit_of("v0.2.0")], "{client}");
        for deeper in ["--deepen=1", "--depth=5", "--shallow-since=2001-01-01"] {
            client.run(&dir, &["fetch", deeper]);
            expect_sound(&client, &dir);
        }
        // A commit without parents is complete, and git says so.
        let options = ["--depth", "1", "--branch", "alone"];
        let dir = story.clone(&client, &options, &story.url("hello"));
        assert_eq!(shallow(&dir), [""; 0], "{client}");
        let said = client.fail(&dir, &["fetch", "--unshallow"]);
        assert!(said.contains("complete repository"), "{client}: {said}");
        expect_sound(&client, &dir);
    }
}

/// A project that has the package as a submodule, at its older release.
pub(crate) fn submodules_are_updated_from_here(program: &Binary) {
    let Some(story) = Story::new(program) else {
        return;
    };
    let repo = two_releases(&story);
    let commit = repo.commit_of("v0.1.0");
    for (number, form) in ["git/hello.git", "hello"].into_iter().enumerate() {
        let url = story.url(form);
        let listed = format!("[submodule \"hello\"]\n\tpath = lib/hello\n\turl = {url}\n");
        let files = Files::new().file(".gitmodules", listed);
        let files = files.with("lib/hello", Node::Submodule(commit.clone()));
        let project = Repo::create(&story.git, &story.scratch.join(format!("{number}.git")));
        project.set_main(&project.commit(&files, None));
        let project = project.dir().to_str().expect("UTF-8").to_owned();
        for client in clients() {
            for options in [&[][..], &["--depth", "1"], &["--remote"]] {
                let dir = story.clone(&client, &[], &project);
                let update = ["submodule", "--quiet", "update", "--init"];
                client.run(&dir, &[&update[..], options].concat());
                let module = dir.join("lib/hello");
                let tag = if options == ["--remote"] {
                    "v0.2.0"
                } else {
                    "v0.1.0"
                };
                expect_sound(&client, &module);
                expect_files(&client, &module, &repo, tag);
                let text = fs::read_to_string(module.join("release")).expect("a file");
                assert_eq!(text, tag, "{client} {options:?}");
            }
            let options = ["--recurse-submodules", "--shallow-submodules"];
            let dir = story.clone(&client, &options, &project);
            expect_files(&client, &dir.join("lib/hello"), &repo, "v0.1.0");
        }
    }
}
