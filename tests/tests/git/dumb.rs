//! The dumb protocol: packages, and repositories of the data directory, fetched file by file.

use std::fs;
use std::os::unix::fs::symlink;

use zigdepot_tests::client::Response;
use zigdepot_tests::gits::{Client, clients};
use zigdepot_tests::host::Binary;
use zigdepot_tests::repo::{Files, Repo, fixtures};

use crate::story::{Story, expect_sound, lines};

/// Where a package is.
const FORMS: [&str; 4] = ["git/hello.git", "git/hello", "hello.git", "hello"];

/// Each git once: the version of the protocol is nothing to a dumb one.
fn dumb_clients() -> Vec<Client> {
    let mut clients = clients();
    clients.retain(|client| client.protocol() == 2);
    clients.into_iter().map(Client::dumb).collect()
}

/// A repository in the data directory, with packs and loose objects, and lists that are up to date.
fn local(story: &Story<'_>, name: &str) -> Repo {
    let dir = story.path(&format!("git/{name}.git"));
    let repo = Repo::create(&story.git, &dir);
    fixtures::every_kind_of_tag(&repo);
    repo.git(&["repack", "-q", "-ad"]);
    repo.git(&["pack-refs", "--all"]);
    repo.release("v2.0.0", &fixtures::rich_package(14));
    repo.git(&["update-server-info"]);
    repo
}

fn get(story: &Story<'_>, path: &str, fields: &[(&str, &str)]) -> Response {
    story.depot.send("GET", path, fields, b"").response
}

fn ls_remote(story: &Story<'_>, client: &Client, url: &str) -> Vec<String> {
    lines(&client.run(story.scratch.path(), &["ls-remote", url]))
}

/// The packs that are listed.
fn listed_packs(story: &Story<'_>, base: &str) -> Vec<String> {
    let listed = get(story, &format!("{base}/objects/info/packs"), &[]).expect(200);
    let text = listed.text();
    assert!(text.ends_with("\n\n") || text == "\n", "{text:?}");
    let names = text.lines().filter_map(|line| line.strip_prefix("P "));
    names.map(String::from).collect()
}

pub(crate) fn repositories_of_this_machine_are_cloned_as_they_are(program: &Binary) {
    let Some(story) = Story::new(program) else {
        return;
    };
    for (number, client) in dumb_clients().into_iter().enumerate() {
        let name = format!("local{number}");
        let repo = local(&story, &name);
        let url = story.url(&format!("{name}.git"));
        let shown = lines(&repo.git(&["show-ref", "--head", "--dereference"]));
        assert_eq!(ls_remote(&story, &client, &url), shown, "{client}");
        let dir = story.clone(&client, &[], &url);
        expect_sound(&client, &dir);
        let history = client.run(&dir, &["rev-list", "--count", "v1.0.0"]);
        assert_eq!(history, "2", "{client}: with its parents");
        repo.release("v3.0.0", &fixtures::odd_files());
        repo.git(&["update-server-info"]);
        client.run(&dir, &["fetch", "--quiet", "--tags"]);
        for tag in ["v2.0.0", "v3.0.0", "of-tag"] {
            let id = client.run(&dir, &["rev-parse", &format!("refs/tags/{tag}")]);
            assert_eq!(id, repo.reference(tag), "{client} {tag}");
        }
        expect_sound(&client, &dir);
    }
}

pub(crate) fn only_files_of_the_protocol_are_served(program: &Binary) {
    let Some(story) = Story::new(program) else {
        return;
    };
    let repo = local(&story, "local");
    let dir = repo.dir();
    let loose = repo.commit_of("v2.0.0");
    let pack = listed_packs(&story, "/git/local.git").remove(0);
    let alternates = dir.join("objects/info/alternates");
    fs::write(alternates, "/elsewhere/objects\n").expect("ours");
    for (path, kind, cache) in [
        ("HEAD", "text/plain; charset=utf-8", "no-cache"),
        ("info/refs", "text/plain; charset=utf-8", "no-cache"),
        (
            "objects/info/packs",
            "text/plain; charset=utf-8",
            "no-cache",
        ),
        (
            &format!("objects/{}/{}", &loose[..2], &loose[2..]),
            "application/x-git-loose-object",
            "public, max-age=300",
        ),
        (
            &format!("objects/pack/{pack}"),
            "application/x-git-packed-objects",
            "public, max-age=300",
        ),
        (
            &format!("objects/pack/{}", pack.replace(".pack", ".idx")),
            "application/x-git-packed-objects-toc",
            "public, max-age=300",
        ),
    ] {
        let bytes = fs::read(dir.join(path)).expect("git wrote it");
        for base in ["/git/local.git", "/local"] {
            let whole = get(&story, &format!("{base}/{path}"), &[]).expect_bytes(&bytes);
            assert_eq!(whole.field("content-type"), Some(kind), "{path}");
            assert_eq!(whole.field("cache-control"), Some(cache), "{path}");
            assert!(whole.field("last-modified").is_some(), "{path}");
            let tag = whole.field("etag").expect("a tag").to_owned();
            let known = [("If-None-Match", tag.as_str())];
            get(&story, &format!("{base}/{path}"), &known).expect(304);
            let part = [("Range", "bytes=3-"), ("If-Range", tag.as_str())];
            let rest = get(&story, &format!("{base}/{path}"), &part).expect(206);
            assert_eq!(rest.body, &bytes[3..], "{path}");
        }
    }
    for path in [
        "config",
        "description",
        "packed-refs",
        "refs/heads/main",
        "hooks/update.sample",
        "info/exclude",
        "objects/info/alternates",
        "objects/info/http-alternates",
        "objects/pack",
        "objects/pack/",
        &format!("objects/pack/{}", pack.replace(".pack", ".rev")),
        &format!("objects/pack/%2e%2e/pack/{pack}"),
        "objects/pack/..%2f..%2fconfig",
    ] {
        let answer = get(&story, &format!("/git/local.git/{path}"), &[]);
        assert_eq!(answer.status(), 404, "{path}");
    }
}

pub(crate) fn links_in_a_repository_lead_nowhere(program: &Binary) {
    let Some(story) = Story::new(program) else {
        return;
    };
    let repo = local(&story, "local");
    let secret = story.scratch.join("secret");
    fs::create_dir_all(&secret).expect("ours");
    fs::write(secret.join("refs"), "a secret\n").expect("ours");
    get(&story, "/local/info/refs", &[]).expect(200);
    let list = repo.dir().join("info/refs");
    fs::remove_file(&list).expect("git wrote it");
    let told = get(&story, "/local/info/refs", &[]).expect(404);
    assert!(
        told.text().contains("git update-server-info"),
        "{}",
        told.text()
    );
    symlink(secret.join("refs"), &list).expect("ours");
    get(&story, "/local/info/refs", &[]).expect(404);
    fs::remove_dir_all(repo.dir().join("info")).expect("ours");
    symlink(&secret, repo.dir().join("info")).expect("ours");
    get(&story, "/local/info/refs", &[]).expect(404);
    // The operator may keep a repository elsewhere.
    let elsewhere = story.scratch.join("elsewhere.git");
    fs::remove_file(repo.dir().join("info")).expect("ours");
    repo.git(&["update-server-info"]);
    fs::rename(repo.dir(), &elsewhere).expect("ours");
    symlink(&elsewhere, repo.dir()).expect("ours");
    get(&story, "/local/info/refs", &[]).expect(200);
}

/// The commit that stands for a release: the same everywhere, without parents.
fn synthetic(repo: &Repo, package: &str, tag: &str) -> String {
    let tree = repo.tree_of(tag);
    let who = "zigdepot <zigdepot@localhost> 315532800 +0000";
    let text = format!("tree {tree}\nauthor {who}\ncommitter {who}\n\n{package} {tag}\n");
    repo.object("commit", text.as_bytes())
}

/// What `ls-remote` says.
fn expected(story: &Story<'_>, repo: &Repo) -> Vec<String> {
    let (tags, newest) = story.tags("hello");
    let newest = synthetic(repo, "hello", &newest);
    let mut lines: Vec<_> = tags
        .iter()
        .map(|tag| format!("{} refs/tags/{tag}", synthetic(repo, "hello", tag)))
        .collect();
    lines.extend(["HEAD", "refs/heads/main"].map(|name| format!("{newest} {name}")));
    lines.sort_unstable();
    lines
}

#[track_caller]
fn expect_releases(story: &Story<'_>, client: &Client, dir: &std::path::Path, repo: &Repo) {
    expect_sound(client, dir);
    let (tags, _) = story.tags("hello");
    for tag in tags {
        let name = format!("refs/tags/{tag}");
        let id = client.run(dir, &["rev-parse", "--verify", &name]);
        assert_eq!(id, synthetic(repo, "hello", &tag), "{client} {tag}");
        let tree = client.run(dir, &["rev-parse", &format!("{name}^{{tree}}")]);
        assert_eq!(tree, repo.tree_of(&tag), "{client} {tag}");
        assert_eq!(client.run(dir, &["rev-list", "--count", &name]), "1");
        client.run(dir, &["rev-list", "--objects", &name]);
    }
}

pub(crate) fn packages_are_cloned_file_by_file(program: &Binary) {
    let Some(story) = Story::new(program) else {
        return;
    };
    let repo = story.add("hello");
    fixtures::every_kind_of_tag(&repo);
    story.publish("hello");
    let mut version = 1;
    for client in dumb_clients() {
        for form in FORMS {
            let listed = ls_remote(&story, &client, &story.url(form));
            assert_eq!(listed, expected(&story, &repo), "{client} {form}");
        }
        let url = story.url("hello.git");
        let dir = story.clone(&client, &[], &url);
        expect_releases(&story, &client, &dir, &repo);
        let bare = story.clone(&client, &["--mirror"], &url);
        expect_releases(&story, &client, &bare, &repo);
        version += 1;
        let tag = format!("v{version}.0.0");
        repo.release(&tag, &fixtures::rich_package(14).file("text", tag.as_str()));
        story.publish("hello");
        client.run(&dir, &["fetch", "--quiet", "--tags"]);
        expect_releases(&story, &client, &dir, &repo);
        let main = client.run(&dir, &["rev-parse", "refs/remotes/origin/main"]);
        assert_eq!(main, synthetic(&repo, "hello", &tag), "{client}");
        assert_eq!(client.run(&dir, &["fetch"]), "", "{client}");
        // With a smart client the same package has upstream's commits.
        assert_ne!(synthetic(&repo, "hello", &tag), repo.commit_of(&tag));
    }
}

pub(crate) fn packs_come_in_any_part(program: &Binary) {
    let Some(story) = Story::new(program) else {
        return;
    };
    let repo = story.add("hello");
    let noise = zigdepot_tests::conformance::depot::bytes_of(3, 200_000);
    repo.release("v1.0.0", &fixtures::package(14).file("noise", noise));
    story.publish("hello");
    let [pack] = <[String; 1]>::try_from(listed_packs(&story, "/hello")).expect("one");
    let path = format!("/hello/objects/pack/{pack}");
    let whole = get(&story, &path, &[]).expect(200);
    let (bytes, length) = (&whole.body, whole.body.len());
    assert!(length > 3 * 65_515, "the pack is of several packets");
    let etag = whole.field("etag").expect("a tag");
    assert_eq!(format!("\"{}\"", &pack[5..45]), etag);
    let kept = whole.field("cache-control").unwrap_or_default();
    assert!(kept.contains("immutable"), "{kept}");
    // Its name is its sum, and git finds nothing wrong in it.
    let own = Repo::create(&story.git, &story.fresh());
    let kept = own.feed(&["index-pack", "--stdin", "--strict"], bytes);
    assert!(String::from_utf8_lossy(&kept).contains(&pack[5..45]));
    let index = format!("objects/pack/{}", pack.replace(".pack", ".idx"));
    let made = fs::read(own.dir().join(&index)).expect("git wrote it");
    let index = get(&story, &format!("/hello/{index}"), &[]).expect_bytes(&made);
    assert_ne!(index.field("etag"), Some(etag));
    let borders = [0, 12, 65_515, 131_030, 196_545, length - 20, length];
    let near = borders.map(|at| [at.saturating_sub(1), at, (at + 1).min(length)]);
    let near = near.as_flattened();
    for &start in near {
        for &end in near.iter().filter(|&&end| end > start) {
            let range = format!("bytes={start}-{}", end - 1);
            let part = [("Range", range.as_str()), ("If-Range", etag)];
            let part = get(&story, &path, &part).expect(206);
            let said = format!("bytes {start}-{}/{length}", end - 1);
            assert_eq!(part.field("content-range"), Some(said.as_str()));
            assert!(part.body == bytes[start..end], "{range}");
        }
    }
    let gone = [("Range", "bytes=5-"), ("If-Range", "\"another\"")];
    get(&story, &path, &gone).expect_bytes(bytes);
    get(&story, &path, &[("Range", "bytes=0-1,5-6")]).expect_bytes(bytes);
    get(&story, &path, &[("If-None-Match", etag)]).expect(304);
    let behind = format!("bytes={length}-");
    get(&story, &path, &[("Range", behind.as_str())]).expect(416);
    let head = story
        .depot
        .send("HEAD", &path, &[], b"")
        .response
        .expect(200);
    let said = format!("{length}");
    assert_eq!(head.field("content-length"), Some(said.as_str()));
    let unknown = format!("/hello/objects/pack/pack-{}.pack", "0".repeat(40));
    get(&story, &unknown, &[]).expect(404);
}

/// Git keeps what it has of a pack, and asks for the rest.
pub(crate) fn broken_downloads_of_git_go_on(program: &Binary) {
    let Some(story) = Story::new(program) else {
        return;
    };
    let repo = story.add("hello");
    let noise = zigdepot_tests::conformance::depot::bytes_of(4, 200_000);
    repo.release("v1.0.0", &fixtures::package(14).file("noise", noise));
    story.publish("hello");
    let pack = listed_packs(&story, "/hello").remove(0);
    let whole = get(&story, &format!("/hello/objects/pack/{pack}"), &[]);
    let parts = || {
        let metrics = get(&story, "/metrics", &[]).expect(200).text();
        let is_part = |line: &&str| line.contains("route=\"git\"") && line.contains("\"206\"");
        let line = metrics.lines().find(is_part).map(String::from);
        let count = line.and_then(|line| line.rsplit(' ').next()?.parse().ok());
        count.unwrap_or(0_u32)
    };
    for (number, client) in (1..).zip(dumb_clients()) {
        let dir = story.init(&client);
        let packs = dir.join(".git/objects/pack");
        fs::create_dir_all(&packs).expect("ours");
        let begun = packs.join(format!("{pack}.temp"));
        fs::write(begun, &whole.body[..100_000]).expect("ours");
        let fetch = ["fetch", "--quiet", &story.url("hello"), "refs/tags/v1.0.0"];
        client.run(&dir, &fetch);
        assert_eq!(parts(), number, "{client}");
        let id = client.run(&dir, &["rev-parse", "FETCH_HEAD"]);
        assert_eq!(id, synthetic(&repo, "hello", "v1.0.0"), "{client}");
        client.run(&dir, &["update-ref", "refs/heads/main", "FETCH_HEAD"]);
        expect_sound(&client, &dir);
    }
}

pub(crate) fn repository_of_this_machine_comes_before_the_package(program: &Binary) {
    let Some(story) = Story::new(program) else {
        return;
    };
    let upstream = story.add("hello");
    upstream.release("v1.0.0", &Files::new().file("a", "1"));
    story.publish("hello");
    let refs = |path: &str| get(&story, path, &[]).expect(200).text();
    assert!(refs("/hello/info/refs").contains("refs/tags/v1.0.0\n"));
    let repo = local(&story, "hello");
    let listed = refs("/hello/info/refs");
    assert!(listed.contains(&repo.commit_of("v2.0.0")), "{listed}");
    assert!(!listed.contains(&synthetic(&upstream, "hello", "v1.0.0")));
    // Smart clients see the package.
    for client in clients() {
        let listed = ls_remote(&story, &client, &story.url("hello"));
        assert_eq!(listed, story.expected(&upstream, "hello"), "{client}");
    }
}
