//! Packages that were taken over from packbase: nobody knows their commits, so they have one that
//! follows from what they hold.

use zigdepot_tests::gits::clients;
use zigdepot_tests::host::Binary;
use zigdepot_tests::packages::Package;
use zigdepot_tests::repo::{fixtures, tree_of_tarball};
use zigdepot_tests::scratch::Scratch;
use zigdepot_tests::zigs::zigs;

use crate::story::{Story, expect_sound, lines};

const TAGS: [&str; 2] = ["v0.9.0", "v0.10.0"];

/// A tarball as packbase has it, of a package that Zig 0.14 reads.
fn tarball(tag: &str) -> Vec<u8> {
    let package = Package::new("old").file("src/root.zig", tag.as_bytes());
    package.tree(14).tar_gz(&format!("old-{tag}"))
}

/// Imports the package `old`.
fn import(story: &Story<'_>) {
    for tag in TAGS {
        let path = format!("packbase/p/old/tag/{tag}.tar.gz");
        story.scratch.write(path, &tarball(tag));
    }
    let dir = story.scratch.join("packbase");
    let words = ["import", "packbase", dir.to_str().expect("UTF-8")];
    story.run(&words).expect(0).expect_line("2 imported", "");
}

/// The id of the commit that stands for a release with this tree.
fn commit(story: &Story<'_>, tag: &str, tree: &str) -> String {
    let who = "zigdepot <zigdepot@localhost> 315532800 +0000";
    let text = format!("tree {tree}\nauthor {who}\ncommitter {who}\n\nold {tag}\n");
    let arguments = ["hash-object", "-t", "commit", "--stdin"];
    let printed = story
        .git
        .feed(story.scratch.path(), &arguments, text.as_bytes());
    String::from_utf8_lossy(&printed).trim().into()
}

pub(crate) fn imported_packages_are_cloned(program: &Binary) {
    let Some(mut story) = Story::new(program) else {
        return;
    };
    import(&story);
    let rows = TAGS.map(|tag| {
        let tree = tree_of_tarball(&story.git, &tarball(tag), &[]);
        (tag, commit(&story, tag, &tree), tree)
    });
    let mut expected: Vec<String> = rows
        .iter()
        .map(|(tag, commit, _)| format!("{commit} refs/tags/{tag}"))
        .collect();
    let newest = &rows[1].1;
    expected.extend([
        format!("{newest} HEAD"),
        format!("{newest} refs/heads/main"),
    ]);
    expected.sort_unstable();
    for is_derived in [true, false] {
        for client in clients() {
            let url = story.url("old");
            let found = client.run(story.scratch.path(), &["ls-remote", &url]);
            assert_eq!(lines(&found), expected, "{client}");
            let dir = story.clone(&client, &[], &url);
            expect_sound(&client, &dir);
            for (tag, commit, tree) in &rows {
                let found = client.run(&dir, &["rev-parse", &format!("{tag}^{{tree}}")]);
                assert_eq!(&found, tree, "{client} {tag}");
                let one = story.clone(&client, &["--depth", "1", "-b", tag], &url);
                expect_sound(&client, &one);
                assert_eq!(
                    &client.run(&one, &["rev-parse", "HEAD"]),
                    commit,
                    "{client}"
                );
                let said = client.run(&one, &["log", "--format=%an %s", "-1"]);
                assert_eq!(said, format!("zigdepot old {tag}"), "{client}");
            }
        }
        if is_derived {
            story.crash(Story::forget_derived);
        }
    }
}

pub(crate) fn imported_packages_have_their_hash(program: &Binary) {
    let Some(story) = Story::new(program) else {
        return;
    };
    import(&story);
    for zig in zigs().into_iter().filter(|zig| zig.minor() >= 14) {
        for tag in TAGS {
            let manifest = story.depot.get(&format!("/p/old/tag/{tag}.manifest.json"));
            let expected = manifest.json["zig_hash"].as_str().map(String::from);
            for fragment in [tag, "refs/heads/main"] {
                let url = format!("git+{}#{fragment}", story.url("old"));
                let found = zig.fetch(&url, Scratch::new("fetch").path());
                let found = found.unwrap_or_else(|said| panic!("{}: {said}", zig.version()));
                if fragment == tag || tag == TAGS[1] {
                    assert_eq!(Some(found), expected, "{} {tag}", zig.version());
                }
            }
        }
    }
}

/// Releases that come from upstream later stand beside them with upstream's ids.
pub(crate) fn imported_and_fetched_releases_stand_together(program: &Binary) {
    let Some(story) = Story::new(program) else {
        return;
    };
    import(&story);
    let repo = story.add("old");
    let first = repo.release("v0.10.0", &fixtures::package(14));
    let second = repo.commit(&fixtures::package(14).file("new", ""), Some(&first));
    repo.annotated_tag("v1.0.0", &second);
    // Whose the name is says the operator, for packbase did not.
    let url = story.upstream_url("old");
    story.run(&["upstream", "old", &url]).expect(0);
    let answer = story.publish("old");
    assert_eq!(answer.json["tarballs_created"], 1, "{}", answer.json);
    let tree = tree_of_tarball(&story.git, &tarball("v0.10.0"), &[]);
    for client in clients() {
        let dir = story.clone(&client, &[], &story.url("old"));
        expect_sound(&client, &dir);
        let id = |name: &str| client.run(&dir, &["rev-parse", name]);
        assert_eq!(id("HEAD"), second, "{client}");
        assert_eq!(id("refs/tags/v1.0.0"), repo.reference("v1.0.0"), "{client}");
        assert_eq!(id("v0.10.0"), commit(&story, "v0.10.0", &tree), "{client}");
    }
}
