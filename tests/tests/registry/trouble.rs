//! What happens meanwhile: second requests, tags that move, power cuts, false packs.

use std::fs;

use zigdepot_tests::host::Binary;
use zigdepot_tests::process::eventually;
use zigdepot_tests::repo::fixtures;
use zigdepot_tests::stand_in::{Gate, Manner, Step};

use crate::story::{PACKAGE, REPOSITORY, Story, tarball_path};

pub(crate) fn two_fetches_at_once_are_one_job(program: &Binary) {
    let Some(story) = Story::new(program) else {
        return;
    };
    let (server, _repo, gate) = (story.start(), story.hello(), Gate::new());
    story
        .upstream
        .on(REPOSITORY, Step::Fetch, Manner::Gated(gate.clone()));
    let first = server.fetch_async(&story.url());
    gate.wait_reached();
    let second = server.fetch_async(&format!("{}.git", story.url()));
    assert_eq!(first, second);
    let job = server
        .get(&format!("/api/jobs/{first}"))
        .expect_json(200)
        .json;
    assert_eq!(job["state"], "running");
    for count in ["refs", "objects", "bytes", "tarballs"] {
        assert!(job["progress"][count].is_u64(), "{job}");
    }
    // The server goes on meanwhile.
    server.get("/healthz").expect(200);
    server.get("/api/list").expect_json(200);
    gate.open();
    let job = server.follow(&first);
    assert_eq!(job["state"], "done", "{job}");
    assert_eq!(job["result"]["tarballs_created"], 1, "{job}");
    let asked = story.upstream.asked();
    let packs = asked.iter().filter(|asked| asked.step == Step::Fetch);
    assert_eq!(packs.count(), 1);
}

/// Two processes that know nothing of each other publish the same, once.
pub(crate) fn two_nodes_on_one_directory_publish_once(program: &Binary) {
    let Some(story) = Story::new(program) else {
        return;
    };
    let (nodes, repo) = (
        [story.start(), story.start()],
        story.upstream.add(REPOSITORY),
    );
    fixtures::many_tags(&repo, 20);
    let gate = Gate::new();
    story
        .upstream
        .on(REPOSITORY, Step::Fetch, Manner::Gated(gate.clone()));
    let jobs = nodes.each_ref().map(|node| node.fetch_async(&story.url()));
    gate.wait_reached();
    gate.open();
    for (node, job) in nodes.iter().zip(&jobs) {
        let job = node.follow(job);
        assert_eq!(job["state"], "done", "{job}");
        assert_eq!(job["result"]["tarball_count"], 20, "{job}");
    }
    for tag in repo.tags() {
        for node in &nodes {
            story.expect_proof(node, &repo, PACKAGE, &tag);
        }
    }
    assert_eq!(story.published().len(), 40);
    story.run(&["verify"]).expect(0);
}

/// What was advertised is what is published, whatever happens in between.
pub(crate) fn tag_that_moves_meanwhile_is_the_one_that_was_listed(program: &Binary) {
    let Some(story) = Story::new(program) else {
        return;
    };
    let (server, repo) = (story.start(), story.hello());
    let (listed, moving) = (repo.commit_of("v0.1.0"), repo.clone());
    story.upstream.on(
        REPOSITORY,
        Step::Fetch,
        Manner::after(move || {
            moving.annotated_tag(
                "v0.1.0",
                &moving.release("v0.1.0", &fixtures::bare_package()),
            );
        }),
    );
    server.fetch(&story.url()).expect_json(200);
    let published = server.manifest(PACKAGE, "v0.1.0");
    assert_eq!(published["git_commit_oid"], listed.as_str());
    let bytes = server.tarball(PACKAGE, "v0.1.0");
    let answer = server.fetch(&story.url()).expect_json(200);
    assert_eq!(answer.each("conflicts", "tag"), ["v0.1.0"]);
    assert_eq!(server.tarball(PACKAGE, "v0.1.0"), bytes);
    // Of one that is gone for good there is nothing to have.
    let gone = story.upstream.add("org/gone");
    gone.release("v1", &fixtures::bare_package());
    let going = gone.clone();
    story.upstream.on(
        "org/gone",
        Step::Fetch,
        Manner::after(move || {
            going.remove_tag("v1");
            going.git(&["update-ref", "-d", "refs/heads/main"]);
            going.git(&["update-ref", "-d", "refs/heads/import"]);
            going.git(&["prune", "--expire=now"]);
        }),
    );
    server
        .fetch(&story.upstream.repo_url("org/gone"))
        .expect_error(&[422], &["no tags"]);
    server.get(&tarball_path("gone", "v1")).expect(404);
}

/// A power cut at any moment leaves whole tarballs with their manifests, or nothing.
pub(crate) fn killed_ingest_leaves_nothing_half(program: &Binary) {
    let Some(story) = Story::new(program) else {
        return;
    };
    let repo = story.upstream.add(REPOSITORY);
    fixtures::many_tags(&repo, 40);
    for step in [Step::Discovery, Step::References, Step::Fetch] {
        let gate = Gate::new();
        story
            .upstream
            .on(REPOSITORY, step, Manner::Gated(gate.clone()));
        let mut server = story.start();
        server.fetch_async(&story.url());
        gate.wait_reached();
        server.running.kill();
        gate.open();
        story.upstream.on(REPOSITORY, step, Manner::Plain);
        assert_eq!(story.published(), [""; 0], "{step:?}");
    }
    story
        .upstream
        .on(REPOSITORY, Step::Fetch, Manner::Cut(3000));
    story.start().fetch(&story.url()).expect_error(&[502], &[]);
    // The newest tag comes alone, and fits into what was let through; the others do not.
    assert!(story.published().len() <= 2);
    story.upstream.on(REPOSITORY, Step::Fetch, Manner::Plain);
    // While it publishes.
    let mut server = story.start();
    server.fetch_async(&story.url());
    eventually("the first tarball is there", || {
        (!story.published().is_empty()).then_some(())
    });
    server.running.kill();
    let server = story.start();
    for path in story.published() {
        let Some(tag) = path.strip_suffix(".manifest.json") else {
            continue;
        };
        let tag = tag.rsplit('/').next().expect("a path has parts");
        story.expect_proof(&server, &repo, PACKAGE, tag);
    }
    let answer = server.fetch(&story.url()).expect_json(200);
    assert_eq!(answer.number("tarball_count"), 40);
    for tag in repo.tags() {
        story.expect_proof(&server, &repo, PACKAGE, &tag);
    }
    assert_eq!(story.published().len(), 80);
    story.run(&["verify"]).expect(0);
}

/// Nothing that is not published is left behind where readers look.
pub(crate) fn failed_ingests_leave_no_trace(program: &Binary) {
    let Some(story) = Story::new(program) else {
        return;
    };
    let (server, repo) = (story.start(), story.hello());
    let other = {
        let repo = story.upstream.add("org/source");
        repo.pack_of(&repo.release("v1", &fixtures::bare_package()))
    };
    let falsified = [
        Manner::Cut(400),
        Manner::pack(|pack| pack.truncate(pack.len() / 2)),
        Manner::pack(|pack| pack.truncate(pack.len() - 20)),
        Manner::pack(|pack| pack.push(0)),
        Manner::pack(|pack| {
            let middle = pack.len() / 2;
            pack[middle] ^= 1;
        }),
        Manner::pack(|pack| *pack.last_mut().expect("a pack ends with a sum") ^= 1),
        Manner::pack(|pack| pack[7] = 9),
        Manner::pack(|pack| pack[11] ^= 1),
        // Sound, and of another commit than was asked for.
        Manner::pack(move |pack| pack.clone_from(&other)),
        Manner::Error("we are full".into()),
        Manner::Status(500),
    ];
    for manner in falsified {
        let row = format!("{manner:?}");
        story.upstream.on(REPOSITORY, Step::Fetch, manner);
        server.fetch(&story.url()).expect_error(&[502], &[]);
        assert_eq!(story.published(), [""; 0], "{row}");
    }
    story.upstream.on(REPOSITORY, Step::Fetch, Manner::Plain);
    server.fetch(&story.url()).expect_json(200);
    story.expect_proof(&server, &repo, PACKAGE, "v0.1.0");
    drop(server);
    let staged = fs::read_dir(story.path(".zigdepot/staging"));
    let staged = staged.into_iter().flatten().flatten();
    let left = staged.flat_map(|boot| zigdepot_tests::scratch::files_below(&boot.path()));
    let left: Vec<_> = left.filter(|path| !path.ends_with("lock")).collect();
    assert_eq!(left, [""; 0]);
}
