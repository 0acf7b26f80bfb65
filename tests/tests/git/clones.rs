//! Clones of every kind: the references, ids and files are upstream's.

use std::collections::BTreeSet;
use std::fs;

use zigdepot_tests::gits::clients;
use zigdepot_tests::host::Binary;
use zigdepot_tests::repo::{Repo, fixtures};

use crate::story::{
    Story, expect_files, expect_sound, expect_tags, lines, objects, shallow, tag_lines,
};

/// Where a package is.
const FORMS: [&str; 4] = ["git/hello.git", "git/hello", "hello.git", "hello"];

/// A package with tags of every kind.
#[track_caller]
fn every_kind(story: &Story<'_>) -> Repo {
    let repo = story.add("hello");
    fixtures::every_kind_of_tag(&repo);
    story.publish("hello");
    let (mut tags, _) = story.tags("hello");
    tags.sort_unstable();
    assert_eq!(tags, fixtures::TAGS);
    repo
}

/// The commits of tags that have parents, sorted.
fn with_parents(repo: &Repo, tags: &[String]) -> Vec<String> {
    let commits: BTreeSet<String> = tags.iter().map(|tag| repo.commit_of(tag)).collect();
    let has_parents = |commit: &&String| repo.git(&["rev-list", "--count", commit]) != "1";
    commits.iter().filter(has_parents).cloned().collect()
}

pub(crate) fn references_are_those_of_upstream(program: &Binary) {
    let Some(story) = Story::new(program) else {
        return;
    };
    let repo = every_kind(&story);
    let expected = story.expected(&repo, "hello");
    for client in clients() {
        let ask = |options: &[&str], url: &str, names: &[&str]| {
            let arguments = [&["ls-remote"], options, &[url], names].concat();
            lines(&client.run(story.scratch.path(), &arguments))
        };
        for form in FORMS {
            assert_eq!(ask(&[], &story.url(form), &[]), expected, "{client} {form}");
        }
        let url = story.url("hello");
        let tags = ask(&["--tags"], &url, &[]);
        let of_upstream = ask(&["--tags"], &story.upstream_url("hello"), &[]);
        let is_commit = |line: &String| {
            let name = line[41..].trim_end_matches("^{}");
            let mut tags = fixtures::TAGS.iter();
            tags.any(|tag| name == format!("refs/tags/{tag}"))
        };
        let of_upstream: Vec<_> = of_upstream.into_iter().filter(is_commit).collect();
        assert_eq!(tags, of_upstream, "{client}");
        assert_eq!(ask(&[], &url, &["main"]).len(), 1, "{client}");
        let head = ask(&["--symref"], &url, &["HEAD"]);
        assert_eq!(head[1], "ref: refs/heads/main HEAD", "{client}");
        assert_eq!(ask(&[], &url, &["refs/tags/feat/x"]).len(), 1, "{client}");
    }
}

pub(crate) fn clones_have_all_tags_with_upstreams_ids(program: &Binary) {
    let Some(story) = Story::new(program) else {
        return;
    };
    let repo = every_kind(&story);
    let (tags, newest) = story.tags("hello");
    let boundary = with_parents(&repo, &tags);
    assert_eq!(boundary.len(), 2);
    for client in clients() {
        for form in FORMS {
            let dir = story.clone(&client, &[], &story.url(form));
            expect_tags(&client, &dir, &repo, &tags);
            assert_eq!(shallow(&dir), boundary, "{client}");
            expect_files(&client, &dir, &repo, &newest);
            let branch = client.run(&dir, &["symbolic-ref", "HEAD"]);
            assert_eq!(branch, "refs/heads/main", "{client}");
        }
    }
}

pub(crate) fn bare_clones_and_mirrors_are_whole(program: &Binary) {
    let Some(story) = Story::new(program) else {
        return;
    };
    let repo = every_kind(&story);
    let (tags, _) = story.tags("hello");
    let mut expected = story.expected(&repo, "hello");
    expected.retain(|line| !line.ends_with(" HEAD"));
    for client in clients() {
        for kind in ["--bare", "--mirror"] {
            let dir = story.clone(&client, &[kind], &story.url("hello"));
            expect_tags(&client, &dir, &repo, &tags);
            let all = lines(&client.run(&dir, &["show-ref", "--dereference"]));
            assert_eq!(all, expected, "{client} {kind}");
            // An update that brings nothing.
            client.run(&dir, &["fetch", "--quiet"]);
            let all = lines(&client.run(&dir, &["show-ref", "--dereference"]));
            assert_eq!(all, expected, "{client} {kind}");
        }
    }
}

pub(crate) fn one_tag_is_cloned_alone(program: &Binary) {
    let Some(story) = Story::new(program) else {
        return;
    };
    let repo = every_kind(&story);
    for client in clients() {
        for tag in fixtures::TAGS {
            let options = ["--depth", "1", "--branch", tag];
            let dir = story.clone(&client, &options, &story.url("hello"));
            expect_sound(&client, &dir);
            let found = client.run(&dir, &["show-ref", "--tags", "--dereference", tag]);
            let name = format!(" refs/tags/{tag}");
            let found = lines(&found);
            let expected = tag_lines(&repo, &[tag.into()]);
            let of_tag = |line: &&String| {
                let line = line.trim_end_matches("^{}");
                line.ends_with(&name) && line.len() == 40 + name.len()
            };
            let found: Vec<_> = found.iter().filter(of_tag).cloned().collect();
            assert_eq!(found, expected, "{client} {tag}");
            expect_files(&client, &dir, &repo, tag);
            let boundary = with_parents(&repo, &[tag.into()]);
            assert_eq!(shallow(&dir), boundary, "{client} {tag}");
            let name = format!("refs/tags/{tag}");
            let commits = objects(&client, &dir, &["--no-walk", &name]);
            assert!(!commits.is_empty(), "{client} {tag}");
        }
    }
}

/// Without a name it is the newest release.
pub(crate) fn newest_release_is_cloned_without_a_name(program: &Binary) {
    let Some(story) = Story::new(program) else {
        return;
    };
    let repo = every_kind(&story);
    let (_, newest) = story.tags("hello");
    for client in clients() {
        for options in [
            &["--depth", "1"][..],
            &["--depth", "1", "--no-tags"],
            &["--single-branch", "--no-tags"],
            &["--depth", "1", "--branch", "main"],
            &["--depth", "7", "--no-single-branch"],
        ] {
            let dir = story.clone(&client, options, &story.url("hello"));
            expect_sound(&client, &dir);
            expect_files(&client, &dir, &repo, &newest);
            let boundary = repo.commit_of(&newest);
            assert!(shallow(&dir).contains(&boundary), "{client} {options:?}");
        }
    }
}

/// Links, programs, submodules, odd names: the trees are upstream's.
pub(crate) fn odd_files_are_cloned_as_they_are(program: &Binary) {
    let Some(story) = Story::with(program, |plan| plan.set("INGEST_LIMITS", "depth=4000")) else {
        return;
    };
    let repo = story.add("odd");
    let first = repo.release("v1", &fixtures::odd_files());
    let second = repo.commit(&fixtures::rich_package(14), Some(&first));
    repo.annotated_tag("v2", &second);
    repo.set_main(&second);
    story.publish("odd");
    for client in clients() {
        let dir = story.clone(&client, &["--no-checkout"], &story.url("odd"));
        let (tags, _) = story.tags("odd");
        expect_tags(&client, &dir, &repo, &tags);
        let dir = story.clone(&client, &["--depth=1", "-b", "v2"], &story.url("odd"));
        assert_eq!(client.run(&dir, &["status", "--porcelain"]), "", "{client}");
        let said = client.run(&dir, &["submodule", "status"]);
        assert!(said.contains(zigdepot_tests::repo::ELSEWHERE), "{said}");
        let link = fs::read_link(dir.join("src/link")).expect("a link");
        assert_eq!(link.to_str(), Some("root.zig"));
        let deep = format!("{}/{}/file", "d".repeat(120), "e".repeat(160));
        assert_eq!(fs::read(dir.join(deep)).expect("a file"), b"deep");
    }
}

/// One tree, or none, or one without entries: nothing that a pack could stumble over.
pub(crate) fn small_and_hollow_trees_are_cloned(program: &Binary) {
    let Some(story) = Story::new(program) else {
        return;
    };
    let repo = story.add("hollow");
    fixtures::odd_trees(&repo);
    // Two tags of one commit, and one of another commit with the same tree.
    let commit = repo.commit_of("nothing");
    repo.annotated_tag("again", &commit);
    let later = repo.commit_tree(&repo.tree_of("nothing"), Some(&commit));
    repo.light_tag("same-tree", &later);
    story.publish("hollow");
    let (tags, _) = story.tags("hollow");
    assert!(tags.len() >= 4, "{tags:?}");
    for client in clients() {
        // Git's own check calls modes such as 100664 bad, and takes them.
        let client = client.with("transfer.fsckObjects=false");
        let dir = story.clone(&client, &["--no-checkout"], &story.url("hollow"));
        let found = client.run(&dir, &["show-ref", "--tags", "--dereference"]);
        assert_eq!(lines(&found), tag_lines(&repo, &tags), "{client}");
        client.run(&dir, &["fsck", "--full"]);
        for tag in &tags {
            let options = ["--depth=1", "--no-checkout", "-b", tag];
            let dir = story.clone(&client, &options, &story.url("hollow"));
            client.run(&dir, &["fsck", "--full"]);
        }
    }
}
