//! Git in, tarballs out: what comes from an upstream is served, proven, and the same everywhere.

use zigdepot_core::zig::digest::Sha256Digest;
use zigdepot_tests::host::{Binary, SMOL, TOKIO};
use zigdepot_tests::repo::{Repo, fixtures, tree_of_tarball, unpack};
use zigdepot_tests::stand_in::{GitHost, Manner, Protocol, Step};

use crate::story::{Answer, PACKAGE, REPOSITORY, Server, Story};

/// Requests to upstream that three hundred tags may take.
const REQUESTS: usize = 10;

/// Fetches a repository and holds all its tags to their commits.
fn expect_all(story: &Story<'_>, server: &Server, name: &str, repo: &Repo) -> Answer {
    let answer = server
        .fetch(&story.upstream.repo_url(name))
        .expect_json(200);
    assert_eq!(answer.each("refused", "reason"), [""; 0]);
    let package = name.rsplit('/').next().expect("a name has parts");
    for tag in repo.tags() {
        story.expect_proof(server, repo, package, &tag);
    }
    answer
}

/// The main job: what every tag comes to is served as a tarball of just that tree.
pub(crate) fn every_tag_becomes_its_commit(program: &Binary) {
    let Some(story) = Story::new(program) else {
        return;
    };
    let (server, repo) = (story.start(), story.upstream.add(REPOSITORY));
    fixtures::every_kind_of_tag(&repo);
    let answer = server.fetch(&story.url()).expect_json(200);
    for tag in fixtures::TAGS {
        story.expect_proof(&server, &repo, PACKAGE, tag);
        let top = unpack(&server.tarball(PACKAGE, tag)).top;
        assert_eq!(top, format!("{PACKAGE}-{}", tag.replace('/', "-")));
    }
    assert_eq!(answer.text("status"), "ok");
    assert_eq!(answer.text("package"), PACKAGE);
    // The highest version, and not the last in the order of bytes.
    assert_eq!(answer.text("tag"), "v1.0.0");
    assert_eq!(answer.text("url"), "/p/hello/tag/v1.0.0.tar.gz");
    let count = fixtures::TAGS.len() as u64;
    assert_eq!(answer.number("tarballs_created"), count);
    assert_eq!(answer.number("tarballs_present"), 0);
    assert_eq!(answer.number("tarball_count"), count);
    let mut refused = answer.each("refused", "tag");
    refused.sort_unstable();
    assert_eq!(refused, fixtures::WITHOUT_COMMIT);
    let again = server.fetch(&story.url()).expect_json(200);
    assert_eq!(again.number("tarballs_created"), 0);
    assert_eq!(again.number("tarballs_present"), count);
}

pub(crate) fn slashes_of_a_tag_come_raw_or_escaped(program: &Binary) {
    let Some(story) = Story::new(program) else {
        return;
    };
    let (server, repo) = (story.start(), story.upstream.add(REPOSITORY));
    repo.release("feat/x", &fixtures::package(14));
    repo.release("100%", &fixtures::bare_package());
    server.fetch(&story.url()).expect_json(200);
    let bytes = server.tarball(PACKAGE, "feat/x");
    for path in ["/p/hello/tag/feat/x.tar.gz", "/p/hello/tag/feat%2fx.tar.gz"] {
        server.get(path).expect(200).response.expect_bytes(&bytes);
        server
            .get(&path.replace(".tar.gz", ".manifest.json"))
            .expect(200);
    }
    server.get("/p/hello/tag/feat%252Fx.tar.gz").expect(404);
    let stored = ["100%25", "feat%2Fx"].map(|tag| {
        [
            format!("p/hello/tag/{tag}.manifest.json"),
            format!("p/hello/tag/{tag}.tar.gz"),
        ]
    });
    assert_eq!(story.published(), stored.concat());
}

/// Names, links, modes and sizes of every kind, and what git's own archives leave out.
pub(crate) fn odd_files_come_back_as_they_were(program: &Binary) {
    let Some(story) = Story::new(program) else {
        return;
    };
    let (server, repo) = (story.start(), story.upstream.add("org/odd"));
    repo.release("v1", &fixtures::odd_files());
    repo.release("v2", &fixtures::rich_package(14));
    expect_all(&story, &server, "org/odd", &repo);
}

pub(crate) fn trees_that_a_tar_cannot_carry_are_told_by_the_manifest(program: &Binary) {
    let Some(story) = Story::new(program) else {
        return;
    };
    let (server, repo) = (story.start(), story.upstream.add("org/trees"));
    fixtures::odd_trees(&repo);
    let answer = server
        .fetch(&story.upstream.repo_url("org/trees"))
        .expect_json(200);
    assert_eq!(answer.each("refused", "reason"), [""; 0]);
    for tag in ["empty-trees", "nothing"] {
        story.expect_proof(&server, &repo, "trees", tag);
    }
    // A mode that early gits wrote: the tarball has an ordinary one.
    let manifest = server.manifest("trees", "unusual");
    assert_eq!(manifest["git_tree_oid"], repo.tree_of("unusual").as_str());
    let tree = tree_of_tarball(&story.git, &server.tarball("trees", "unusual"), &[]);
    assert_ne!(tree, repo.tree_of("unusual"));
    story.run(&["verify"]).expect(0);
}

pub(crate) fn deep_chains_of_deltas_are_resolved(program: &Binary) {
    let Some(story) = Story::new(program) else {
        return;
    };
    let (server, repo) = (story.start(), story.upstream.add("org/deltas"));
    fixtures::deep_deltas(&repo);
    expect_all(&story, &server, "org/deltas", &repo);
}

/// Deltas whose bases are named by their ids, as hosts without ofs-delta send them.
pub(crate) fn deltas_by_id_are_resolved(program: &Binary) {
    let Some(story) = Story::new(program) else {
        return;
    };
    let (server, repo) = (story.start(), story.upstream.add("org/deltas"));
    fixtures::deep_deltas(&repo);
    let pack = repo.pack_of(&repo.commit_of("v1"));
    let other = Manner::pack(move |sent| sent.clone_from(&pack));
    story.upstream.on("org/deltas", Step::Fetch, other);
    expect_all(&story, &server, "org/deltas", &repo);
}

pub(crate) fn three_hundred_tags_take_few_requests(program: &Binary) {
    let Some(story) = Story::new(program) else {
        return;
    };
    let (server, repo) = (story.start(), story.upstream.add("org/many"));
    fixtures::many_tags(&repo, 300);
    let answer = expect_all(&story, &server, "org/many", &repo);
    assert_eq!(answer.number("tarballs_created"), 300);
    assert_eq!(answer.text("tag"), "v0.0.300");
    let asked = story.upstream.count();
    assert!(asked <= REQUESTS, "{asked} requests");
    assert_eq!(server.info("many")["latest_tag"], "v0.0.300");
    // Nothing new: the references, and no pack.
    let again = server
        .fetch(&story.upstream.repo_url("org/many"))
        .expect_json(200);
    assert_eq!(again.number("tarballs_present"), 300);
    for asked in &story.upstream.asked()[asked..] {
        assert_ne!(asked.step, Step::Fetch);
    }
    // One more: only that.
    repo.release("v0.0.301", &fixtures::bare_package());
    let more = server
        .fetch(&story.upstream.repo_url("org/many"))
        .expect_json(200);
    assert_eq!(more.number("tarballs_created"), 1);
    story.expect_proof(&server, &repo, "many", "v0.0.301");
    let last = story.upstream.asked().pop().expect("it was asked");
    assert_eq!(last.wants(), [repo.reference("v0.0.301")]);
}

/// Some hosts speak only version 0 or 1; some refuse user agents without `git/`.
pub(crate) fn old_protocols_and_user_agents(program: &Binary) {
    let Some(story) = Story::new(program) else {
        return;
    };
    let server = story.start();
    for (name, protocol) in [
        ("asked", Protocol::Asked),
        ("old", Protocol::V0),
        ("older", Protocol::V1),
    ] {
        story.upstream.speak(protocol);
        let name = format!("org/{name}");
        let repo = story.upstream.add(&name);
        fixtures::many_tags(&repo, 12);
        repo.release("rich", &fixtures::rich_package(14));
        expect_all(&story, &server, &name, &repo);
        let asked = story.upstream.asked_for(&name);
        let lists = asked.iter().any(|asked| asked.step == Step::References);
        assert_eq!(lists, protocol == Protocol::Asked, "{name}");
        assert!(asked.len() <= REQUESTS, "{}", asked.len());
        for asked in asked {
            assert!(asked.agent().starts_with("git/"), "{}", asked.agent());
            if asked.step == Step::Discovery {
                assert_eq!(asked.protocol(), "version=2");
            }
        }
    }
}

/// A permanent redirect leads to the same upstream, a temporary one to another's bytes.
pub(crate) fn redirects_lead_to_the_upstream(program: &Binary) {
    let Some(story) = Story::new(program) else {
        return;
    };
    let (server, repo) = (story.start(), story.hello());
    let (upstream, far) = (&story.upstream, GitHost::start(&story.git));
    for (status, name) in [(301, "moved/hello"), (308, "gone/hello")] {
        upstream.on(name, Step::Discovery, Manner::moved(status, &story.url()));
        server.fetch(&upstream.repo_url(name)).expect_json(200);
    }
    far.on("hello", Step::Discovery, Manner::moved(301, &story.url()));
    server.fetch(&far.repo_url("hello")).expect_json(200);
    assert_eq!(
        far.count(),
        1,
        "what follows goes to where the redirect led"
    );
    server.fetch(&story.url()).expect_json(200);
    story.expect_proof(&server, &repo, PACKAGE, "v0.1.0");
    let other = upstream.add("org/other");
    other.release("v1", &fixtures::bare_package());
    let found = Manner::moved(302, &upstream.repo_url("org/other"));
    upstream.on("now/other", Step::Discovery, found);
    server
        .fetch(&upstream.repo_url("now/other"))
        .expect_json(200);
    story.expect_proof(&server, &other, "other", "v1");
    server
        .fetch(&upstream.repo_url("org/other"))
        .expect_error(&[409], &["other"]);
    let circle = Manner::moved(301, &upstream.repo_url("round/circle"));
    upstream.on("round/circle", Step::Discovery, circle);
    server
        .fetch(&upstream.repo_url("round/circle"))
        .expect_error(&[502], &["redirect"]);
}

/// All spellings of one URL are one upstream.
pub(crate) fn spellings_of_a_url_are_one_upstream(program: &Binary) {
    let Some(story) = Story::new(program) else {
        return;
    };
    let (server, repo) = (story.start(), story.hello());
    let url = story.url();
    for url in [
        format!("git+{url}"),
        format!("{url}.git"),
        format!("{url}/"),
        url.replace("http://", "HTTP://"),
        url.clone(),
    ] {
        let answer = server.fetch(&url).expect_json(200);
        assert_eq!(answer.text("package"), PACKAGE, "{url}");
    }
    story.expect_proof(&server, &repo, PACKAGE, "v0.1.0");
}

/// Half of 200 MB in three files, and twice the memory of a cache: all in little memory.
pub(crate) fn big_repository_takes_little_memory(program: &Binary) {
    // Twenty times slower without optimisation.
    const MEBIBYTES: usize = if cfg!(debug_assertions) { 60 } else { 200 };
    const MOST: u64 = 48 << 20;
    let Some(story) = Story::new(program) else {
        return;
    };
    let repo = story.upstream.add("org/big");
    fixtures::big(&repo, MEBIBYTES);
    let server = story.start();
    let idle = server.running.resident().unwrap_or_default();
    let id = server.fetch_async(&story.upstream.repo_url("org/big"));
    let job = server.follow(&id);
    assert_eq!(job["state"], "done", "{job}");
    let used = server
        .running
        .peak()
        .unwrap_or_default()
        .saturating_sub(idle);
    assert!(used <= MOST, "{used} bytes above idle");
    story.expect_proof(&server, &repo, "big", "v1");
}

/// The same bytes on every run and both hosts.
#[test]
fn tarballs_are_the_same_on_every_run_and_host() {
    let digests = |program| {
        let story = Story::new(program)?;
        let (server, repo) = (story.start(), story.upstream.add(REPOSITORY));
        fixtures::every_kind_of_tag(&repo);
        repo.release("odd", &fixtures::odd_files());
        fixtures::odd_trees(&repo);
        server.fetch(&story.url()).expect_json(200);
        let tags = repo.tags().into_iter();
        let tags = tags.filter(|tag| !fixtures::WITHOUT_COMMIT.contains(&tag.as_str()));
        let digest = |tag: String| {
            let bytes = server.tarball(PACKAGE, &tag);
            let manifest = server.manifest(PACKAGE, &tag);
            (
                tag,
                Sha256Digest::of(&bytes).to_string(),
                manifest["tarball_sha256"].to_string(),
            )
        };
        Some(tags.map(digest).collect::<Vec<_>>())
    };
    let Some(first) = digests(&SMOL) else { return };
    for program in [&SMOL, &TOKIO] {
        assert_eq!(digests(program).as_ref(), Some(&first));
    }
}
