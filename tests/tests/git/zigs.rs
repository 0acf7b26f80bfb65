//! Real Zigs: what they have from upstream over Git, and from here as a tarball, they have from here
//! over Git.

use std::fs;

use zigdepot_tests::host::Binary;
use zigdepot_tests::packages::Package;
use zigdepot_tests::repo::{Repo, fixtures};
use zigdepot_tests::scratch::Scratch;
use zigdepot_tests::zigs::{Zig, zigs};

use crate::story::Story;

/// A light tag, an annotated one, and a tag of a tag.
const TAGS: [&str; 3] = ["v0.1.0", "v0.2.0+b-1", "release/v0.3.0"];
/// The first minor version that takes a URL without a fragment.
const WITHOUT_FRAGMENT: u32 = 13;

/// Those that know Git.
fn clients() -> Vec<Zig> {
    zigs().into_iter().filter(|zig| zig.minor() >= 12).collect()
}

/// Publishes a package for a Zig, with all that a package can have or without.
fn publish(story: &Story<'_>, zig: &Zig, is_rich: bool) -> (String, Repo) {
    let minor = zig.minor();
    let (kind, files) = if is_rich {
        ("rich", fixtures::rich_package(minor))
    } else {
        ("plain", fixtures::package(minor))
    };
    let name = format!("{kind}-{minor}");
    let repo = story.add(&name);
    let first = repo.commit(&files.clone().file("for", zig.version()), None);
    let second = repo.commit(&files.file("more", "more"), Some(&first));
    repo.set_main(&second);
    repo.light_tag(TAGS[0], &first);
    repo.annotated_tag(TAGS[1], &second);
    let tag = repo.annotated_tag(TAGS[2], &second);
    repo.annotated_tag(TAGS[2], &tag);
    story.publish(&name);
    (name, repo)
}

#[track_caller]
fn hash(zig: &Zig, url: &str) -> String {
    zig.fetch(url, Scratch::new("fetch").path())
        .unwrap_or_else(|said| panic!("{} {url}: {said}", zig.version()))
}

/// The main job: every Zig, by tag, branch, commit and nothing, with the hash of the tarball.
pub(crate) fn every_zig_has_the_hash_of_the_tarball(program: &Binary) {
    let Some(story) = Story::new(program) else {
        return;
    };
    for zig in clients() {
        for is_rich in [false, true] {
            let (name, repo) = publish(&story, &zig, is_rich);
            let url = format!("git+{}", story.url(&name));
            for tag in TAGS {
                let escaped = tag.replace('+', "%2B");
                let path = format!("/p/{name}/tag/{}.tar.gz", escaped.replace('/', "%2F"));
                let expected = hash(&zig, &(story.root() + &path));
                let upstream = format!("git+{}#{escaped}", story.upstream_url(&name));
                assert_eq!(hash(&zig, &upstream), expected, "{name} {tag}");
                let commit = repo.commit_of(tag);
                for fragment in [&escaped, &format!("refs/tags/{escaped}"), &commit] {
                    let found = hash(&zig, &format!("{url}#{fragment}"));
                    assert_eq!(found, expected, "{} {name} {fragment}", zig.version());
                }
            }
            let (_, newest) = story.tags(&name);
            let newest = hash(&zig, &format!("{url}#{}", repo.commit_of(&newest)));
            assert_eq!(hash(&zig, &format!("{url}#main")), newest, "{name}");
            if zig.minor() >= WITHOUT_FRAGMENT {
                assert_eq!(hash(&zig, &url), newest, "{name}");
            }
            for form in [
                format!("git/{name}.git"),
                format!("{name}.git"),
                format!("git/{name}"),
            ] {
                let url = format!("git+{}#{}", story.url(&form), TAGS[0]);
                let expected = hash(&zig, &format!("git+{}#{}", story.url(&name), TAGS[0]));
                assert_eq!(hash(&zig, &url), expected, "{} {form}", zig.version());
            }
        }
    }
}

/// A project saves the package by its tag, which Zig pins to a commit, and builds when the tag is no
/// longer the newest, the upstream is gone, and what was derived is, too.
pub(crate) fn saved_commits_are_fetched_later(program: &Binary) {
    let Some(story) = Story::new(program) else {
        return;
    };
    let mut projects = Vec::new();
    for zig in clients() {
        let (name, repo) = publish(&story, &zig, false);
        for fragment in ["#v0.1.0", "#main", ""] {
            if fragment.is_empty() && zig.minor() < WITHOUT_FRAGMENT {
                continue;
            }
            let project = Scratch::new("project");
            let manifest = Package::new("root").manifest(zig.minor());
            project.write("build.zig.zon", manifest.as_bytes());
            let url = format!("git+{}{fragment}", story.url(&name));
            let saved = zig.save("hello", &url, project.path());
            saved.unwrap_or_else(|said| panic!("{} {url}: {said}", zig.version()));
            let text = fs::read_to_string(project.join("build.zig.zon")).expect("it was written");
            let tag = if fragment == "#v0.1.0" {
                TAGS[0]
            } else {
                &story.tags(&name).1
            };
            let pin = format!("#{}", repo.commit_of(tag));
            assert!(text.contains(&pin) || zig.minor() == 12, "{pin} in {text}");
            // What `main` was then is said by the hash, which 0.12 does not pin.
            if zig.minor() > 12 || fragment != "#main" {
                projects.push((zig.clone(), project));
            }
        }
        let newer = repo.commit(&fixtures::package(zig.minor()).file("new", ""), None);
        repo.light_tag("v9.0.0", &newer);
        story.publish(&name);
    }
    story.forget_derived();
    for (zig, project) in projects {
        // 0.16 and later unpack packages into the project.
        let _ = fs::remove_dir_all(project.join("zig-pkg"));
        let built = zig.build(project.path(), &["--fetch"]);
        built.unwrap_or_else(|said| panic!("{}: {said}", zig.version()));
    }
}
