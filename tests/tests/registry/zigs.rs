//! Real Zigs: what they have from the upstream over Git, they have from the registry as a tarball.

use std::fs;

use zigdepot_tests::host::Binary;
use zigdepot_tests::packages::{Entry, Package, Tree};
use zigdepot_tests::repo::{Files, Repo, fixtures, git};
use zigdepot_tests::scratch::Scratch;
use zigdepot_tests::stand_in::{File, GitHost, StandIn};
use zigdepot_tests::zigs::{Zig, zigs};

use crate::story::{Story, tarball_path};

/// The tags that a Zig asks for by name.
const TAGS: [&str; 3] = ["v0.1.0", "v0.2.0+b-1", "release/v0.3.0"];

/// Those that know Git and whose answers agree with each other's.
fn clients() -> Vec<Zig> {
    zigs().into_iter().filter(|zig| zig.minor() >= 13).collect()
}

/// The repositories that a Zig can use: a manifest of its era, the same with all that a package can
/// have, and none.
fn repositories(upstream: &GitHost, zig: &Zig) -> Vec<(String, Repo)> {
    let minor = zig.minor();
    let rows = [
        ("plain", fixtures::package(minor)),
        ("rich", fixtures::rich_package(minor)),
        ("bare", fixtures::bare_package()),
    ];
    let all = rows.into_iter().map(|(name, files)| {
        let name = format!("{name}-{minor}");
        let repo = upstream.add(&format!("org/{name}"));
        // No two repositories have one tree, nor one hash.
        let files = files.file("for", zig.version());
        let first = repo.commit(&files, None);
        let files = files.file("more", "more");
        let second = repo.commit(&files, Some(&first));
        repo.set_main(&second);
        repo.light_tag(TAGS[0], &first);
        repo.annotated_tag(TAGS[1], &second);
        repo.annotated_tag(TAGS[2], &second);
        (name, repo)
    });
    all.collect()
}

fn hash(zig: &Zig, url: &str) -> String {
    zig.fetch(url, Scratch::new("fetch").path())
        .unwrap_or_else(|said| panic!("{} {url}: {said}", zig.version()))
}

/// A tag in a fragment, which Zig decodes.
fn git_url(repo_url: &str, tag: &str) -> String {
    format!("git+{repo_url}#{}", tag.replace('+', "%2B"))
}

/// The main job: every Zig, every kind of package, each with the hash that Git gives.
pub(crate) fn every_zig_has_the_hash_of_git(program: &Binary) {
    let Some(story) = Story::new(program) else {
        return;
    };
    let server = story.start();
    for zig in clients() {
        for (name, repo) in repositories(&story.upstream, &zig) {
            let url = story.upstream.repo_url(&format!("org/{name}"));
            let hashes = TAGS.map(|tag| hash(&zig, &git_url(&url, tag)));
            server.fetch(&url).expect_json(200);
            for (tag, expected) in TAGS.iter().zip(&hashes) {
                story.expect_proof(&server, &repo, &name, tag);
                let path = tarball_path(&name, tag);
                let found = hash(&zig, &(server.url() + &path));
                assert_eq!(&found, expected, "{} {name} {tag}", zig.version());
                let bytes = server.tarball(&name, tag);
                let by_hash = format!("/hash/{expected}");
                let found = server.get(&by_hash).expect(200).response.body;
                // The others are tags of one commit: one hash, and a top directory each.
                if *tag == TAGS[0] {
                    assert!(found == bytes, "{by_hash}");
                }
                let found = hash(&zig, &(server.url() + &by_hash));
                assert_eq!(&found, expected, "{} {by_hash}", zig.version());
                let manifest = server.manifest(&name, tag).to_string();
                assert!(manifest.contains(expected), "{expected} in {manifest}");
            }
        }
    }
}

/// A project saves the package, and builds when the upstream is gone.
pub(crate) fn saved_packages_are_fetched_from_the_registry(program: &Binary) {
    let Some(story) = Story::new(program) else {
        return;
    };
    let (server, upstream) = (story.start(), GitHost::start(&story.git));
    let mut projects = Vec::new();
    for zig in clients() {
        let (name, _repo) = repositories(&upstream, &zig).swap_remove(0);
        let url = upstream.repo_url(&format!("org/{name}"));
        server.fetch(&url).expect_json(200);
        let expected = hash(&zig, &git_url(&url, TAGS[1]));
        let project = Scratch::new("project");
        let manifest = Package::new("root").manifest(zig.minor());
        project.write("build.zig.zon", manifest.as_bytes());
        let url = server.url() + &tarball_path(&name, TAGS[1]);
        let saved = zig.save("hello", &url, project.path());
        saved.unwrap_or_else(|said| panic!("{} {url}: {said}", zig.version()));
        let manifest = fs::read_to_string(project.join("build.zig.zon")).expect("it was written");
        assert!(
            manifest.contains(&url) && manifest.contains(&expected),
            "{manifest}"
        );
        projects.push((zig, project));
    }
    drop(upstream);
    for (zig, project) in projects {
        let built = zig.build(project.path(), &["--fetch"]);
        built.unwrap_or_else(|said| panic!("{}: {said}", zig.version()));
    }
}

/// Without the registry: the stand-in serves Zigs, and a tarball of a tree has the hash of that tree.
#[test]
fn zigs_have_one_hash_for_a_tree_in_git_and_in_a_tarball() {
    let Some(git) = git() else { return };
    let (upstream, files) = (GitHost::start(&git), StandIn::start());
    for zig in clients() {
        for (name, repo) in repositories(&upstream, &zig) {
            // git itself would leave out what the attributes of the files say.
            let attributes = repo.dir().join("info/attributes");
            fs::write(attributes, "* -export-ignore -export-subst\n").expect("ours");
            let arguments = ["archive", "--format=tar.gz", "--prefix=top/", TAGS[0]];
            let archive = repo.feed(&arguments, b"");
            let path = format!("/{name}.tar.gz");
            files.on(&path, File::new(archive));
            let over_git = hash(
                &zig,
                &git_url(&upstream.repo_url(&format!("org/{name}")), TAGS[0]),
            );
            let from_tarball = hash(&zig, &(files.url() + &path));
            assert_eq!(over_git, from_tarball, "{} {name}", zig.version());
        }
    }
    let asked = upstream.asked();
    assert!(asked.iter().all(|asked| asked.agent().starts_with("zig/")));
}

/// The packages of the fixtures are those that the mirror's stories have.
#[test]
fn trees_of_packages_are_files_of_commits() {
    let mut tree = Tree::default();
    tree.add("a/link", Entry::Link("b".into()));
    let Some(git) = git() else { return };
    let scratch = Scratch::new("zigs");
    let repo = Repo::create(&git, &scratch.join("r.git"));
    repo.release("v1", &Files::from(&tree));
    let listed = repo.git(&["ls-tree", "-r", "v1"]);
    assert!(
        listed.starts_with("120000 blob ") && listed.ends_with("\ta/link"),
        "{listed}"
    );
}
