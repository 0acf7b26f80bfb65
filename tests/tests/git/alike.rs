//! Beside the real thing: what `git upload-pack` sends of the same objects, this server sends.

use std::collections::BTreeSet;
use std::path::Path;

use zigdepot_tests::gits::{Client, clients};
use zigdepot_tests::host::Binary;
use zigdepot_tests::repo::{Repo, fixtures};

use crate::story::{Story, expect_sound, lines, objects};

/// A name, and what fills the repository.
type Package = (&'static str, fn(&Repo));

/// A published repository, and both places where it can be had.
fn both(story: &Story<'_>, package: &str, fill: impl Fn(&Repo)) -> (Repo, [String; 2]) {
    let repo = story.add(package);
    fill(&repo);
    story.publish(package);
    let urls = [story.url(package), story.upstream_url(package)];
    (repo, urls)
}

/// A package whose commits have parents, which have more than what is tagged.
fn rich(repo: &Repo) {
    let files = fixtures::rich_package(14);
    let first = repo.commit(&files.clone().file("gone", "later"), None);
    let second = repo.commit(&files, Some(&first));
    let third = repo.commit(&files.file("src/more.zig", "// more\n"), Some(&second));
    repo.set_main(&third);
    repo.light_tag("v1", &second);
    repo.annotated_tag("v2", &third);
}

/// Panics unless all objects that a clone was sent are upstream's.
#[track_caller]
fn expect_nothing_else(client: &Client, dir: &Path, repo: &Repo) {
    let all = ["cat-file", "--batch-all-objects", "--batch-check"];
    let upstream: BTreeSet<String> = lines(&repo.git(&all)).into_iter().collect();
    let strange = lines(&client.run(dir, &all));
    let strange: Vec<_> = strange
        .iter()
        .filter(|it| !upstream.contains(*it))
        .collect();
    assert_eq!(strange, [""; 0], "{client}");
}

pub(crate) fn each_tag_is_the_same_objects(program: &Binary) {
    let Some(story) = Story::new(program) else {
        return;
    };
    let packages: [Package; 3] = [
        ("tags", fixtures::every_kind_of_tag),
        ("rich", rich),
        ("deltas", fixtures::deep_deltas),
    ];
    for (package, fill) in packages {
        let (repo, urls) = both(&story, package, fill);
        let (tags, _) = story.tags(package);
        for client in clients() {
            for tag in &tags {
                let options = ["--depth", "1", "--no-checkout", "--branch", tag];
                let name = format!("refs/tags/{tag}");
                let [ours, gits] = urls.each_ref().map(|url| {
                    let dir = story.clone(&client, &options, url);
                    (objects(&client, &dir, &[&name]), dir)
                });
                assert_eq!(ours.0, gits.0, "{client} {package} {tag}");
                expect_sound(&client, &ours.1);
                expect_nothing_else(&client, &ours.1, &repo);
            }
        }
    }
}

pub(crate) fn all_tags_are_the_same_objects(program: &Binary) {
    let Some(story) = Story::new(program) else {
        return;
    };
    let packages: [Package; 3] = [
        ("tags", fixtures::every_kind_of_tag),
        ("rich", rich),
        ("many", |repo| fixtures::many_tags(repo, 40)),
    ];
    for (package, fill) in packages {
        let (repo, urls) = both(&story, package, fill);
        let (tags, _) = story.tags(package);
        let refspecs = tags
            .iter()
            .map(|tag| format!("refs/tags/{tag}:refs/tags/{tag}"));
        let refspecs: Vec<String> = refspecs.collect();
        for client in clients() {
            let [ours, gits] = urls.each_ref().map(|url| {
                let dir = story.init(&client);
                let fetch = ["fetch", "--quiet", "--no-tags", "--depth", "1", url];
                let refspecs = refspecs.iter().map(String::as_str);
                let arguments: Vec<&str> = fetch.into_iter().chain(refspecs).collect();
                client.run(&dir, &arguments);
                let refs = client.run(&dir, &["show-ref", "--dereference"]);
                (lines(&refs), objects(&client, &dir, &["--all"]), dir)
            });
            assert_eq!(ours.0, gits.0, "{client} {package}");
            assert_eq!(ours.1, gits.1, "{client} {package}");
            expect_sound(&client, &ours.2);
            expect_nothing_else(&client, &ours.2, &repo);
        }
    }
}
