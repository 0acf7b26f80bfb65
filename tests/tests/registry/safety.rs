//! What upstreams may not do: lead into private networks, send hostile trees, exceed limits.

use zigdepot_tests::host::Binary;
use zigdepot_tests::repo::{Files, fixtures, hostile};
use zigdepot_tests::stand_in::{GitHost, Manner, Step};

use crate::story::{PACKAGE, REPOSITORY, Story, tarball_path};

/// What a refusal of a private address answers: it is the URL's fault, or the redirect's.
const PRIVATE: [u16; 4] = [400, 403, 422, 502];

pub(crate) fn hostile_trees_refuse_their_tags_and_no_others(program: &Binary) {
    let Some(story) = Story::new(program) else {
        return;
    };
    let (server, repo) = (story.start(), story.upstream.add("org/hostile"));
    hostile::write(&repo);
    let answer = server
        .fetch(&story.upstream.repo_url("org/hostile"))
        .expect_json(200);
    story.expect_proof(&server, &repo, "hostile", hostile::SOUND);
    assert_eq!(answer.number("tarballs_created"), 1);
    let refused = answer.json["refused"].as_array().expect("a list");
    assert_eq!(refused.len(), hostile::TAGS.len());
    for hostile::Hostile { tag, names } in hostile::TAGS {
        let reason = refused.iter().find(|refused| refused["tag"] == tag);
        let reason = reason.and_then(|refused| refused["reason"].as_str());
        let reason = reason.unwrap_or_else(|| panic!("{tag} is not refused"));
        assert!(reason.contains(names), "{tag}: {reason}");
        server.get(&tarball_path("hostile", tag)).expect(404);
    }
    assert_eq!(story.published().len(), 2);
    assert!(!story.scratch.join("data/x").exists());
}

/// Small repositories that would be large trees: a directory used over and over, one whose entries
/// are all kept by the manifest.
pub(crate) fn git_bombs_are_refused_by_their_limits(program: &Binary) {
    let Some(story) = Story::new(program) else {
        return;
    };
    let server = story.start();
    let names: Vec<Vec<u8>> = (0..100_000).map(|n| format!("{n:06}").into()).collect();
    for (bomb, told) in [("nested", "files=200000"), ("links", "a manifest of")] {
        let name = format!("org/{bomb}");
        let repo = story.upstream.add(&name);
        let tree = |names: &[Vec<u8>], mode: &str, id: &str| {
            let entries: Vec<_> = names
                .iter()
                .map(|name| (mode, name.as_slice(), id))
                .collect();
            repo.tree(&entries)
        };
        let mut root = tree(&names[..10], "100644", &repo.object("blob", b"x"));
        if bomb == "links" {
            let commit = repo.commit_tree(&root, None);
            root = tree(&names, "160000", &commit);
        } else {
            for _ in 0..30 {
                root = tree(&names[..10], "40000", &root);
            }
        }
        repo.light_tag("v1", &repo.commit_tree(&root, None));
        server
            .fetch(&story.upstream.repo_url(&name))
            .expect_error(&[422], &["v1", told]);
    }
    assert_eq!(story.published(), [""; 0]);
    // Nor has either a name.
    assert!(!story.path("p").exists());
}

/// One hostile tag among sound ones, alone and in one pack with them.
pub(crate) fn only_hostile_tags_are_no_package(program: &Binary) {
    let Some(story) = Story::new(program) else {
        return;
    };
    let (server, repo) = (story.start(), story.upstream.add("org/hostile"));
    hostile::write(&repo);
    repo.remove_tag(hostile::SOUND);
    let answer = server.fetch(&story.upstream.repo_url("org/hostile"));
    let answer = answer.expect_one_of(&[200, 422]);
    assert!(answer.response.text().contains("none of the tags"));
    assert_eq!(story.published(), [""; 0]);
    server.get("/api/info/hostile").expect(404);
}

pub(crate) fn private_addresses_are_not_asked(program: &Binary) {
    let Some(story) = Story::new(program) else {
        return;
    };
    let (server, _repo) = (story.start(), story.hello());
    let private = GitHost::start_on(&story.git, [127, 0, 0, 2].into());
    let repo = private.add(REPOSITORY);
    repo.release("v1", &fixtures::bare_package());
    let names = ["UPSTREAM_ALLOW_PRIVATE"];
    server
        .fetch(&private.repo_url(REPOSITORY))
        .expect_error(&PRIVATE, &names);
    let port = private
        .url()
        .rsplit(':')
        .next()
        .map(String::from)
        .unwrap_or_default();
    for host in [
        "0.0.0.0",
        "[::1]",
        "[::ffff:127.0.0.2]",
        "10.0.0.1",
        "169.254.169.254",
        "0x7f000002",
        "127.2",
    ] {
        let url = format!("http://{host}:{port}/org/hello");
        server.fetch(&url).expect_error(&PRIVATE, &[]);
    }
    for status in [301, 302] {
        let led = Manner::moved(status, &private.repo_url(REPOSITORY));
        story.upstream.on("led/hello", Step::Discovery, led);
        let url = story.upstream.repo_url("led/hello");
        server.fetch(&url).expect_error(&PRIVATE, &names);
    }
    assert_eq!(private.count(), 0);
    assert_eq!(story.published(), [""; 0]);
}

pub(crate) fn limits_are_named_with_the_setting_that_raises_them(program: &Binary) {
    let Some(mut story) = Story::new(program) else {
        return;
    };
    let many = story.upstream.add("org/many");
    fixtures::many_tags(&many, 12);
    let files = Files::new()
        .file(
            "large",
            zigdepot_tests::conformance::depot::bytes_of(1, 300_000),
        )
        .file(vec!["d"; 40].join("/"), "deep")
        .file("n".repeat(200), "long");
    story.upstream.add("org/large").release("v1", &files);
    let deltas = story.upstream.add("org/deltas");
    fixtures::deep_deltas(&deltas);
    let slow = story.upstream.add("org/slow");
    slow.release("v1", &fixtures::rich_package(14));
    let drip = Manner::Drip(1000);
    story.upstream.on("org/slow", Step::Fetch, drip);
    let rows = [
        ("pack=100000", "pack", "org/large"),
        ("objects=20", "objects", "org/deltas"),
        ("object=100000", "object", "org/large"),
        ("inflated=200000", "inflated", "org/large"),
        ("delta=1", "delta", "org/deltas"),
        ("content=200000", "content", "org/large"),
        ("files=2", "files", "org/large"),
        ("depth=20", "depth", "org/large"),
        ("path=100", "path", "org/large"),
        ("time=1s", "time", "org/slow"),
        ("tags=10", "tags", "org/many"),
    ];
    for (limit, name, repository) in rows {
        story.settings.set("INGEST_LIMITS", limit);
        let server = story.start();
        let answer = server.fetch(&story.upstream.repo_url(repository));
        // A limit of one tag refuses that tag, a limit of the whole the whole.
        let text = answer.expect_one_of(&[200, 413, 422, 502]).response.text();
        assert!(
            text.contains(name) && text.contains("INGEST_LIMITS"),
            "{limit}: {text}"
        );
        if name != "tags" {
            assert_eq!(story.published(), [""; 0], "{limit}");
        }
    }
    story.settings.unset("INGEST_LIMITS");
    let server = story.start();
    for name in ["org/many", "org/large", "org/deltas"] {
        server
            .fetch(&story.upstream.repo_url(name))
            .expect_json(200);
    }
}

pub(crate) fn unknown_limits_are_refused_at_start(program: &Binary) {
    use zigdepot_tests::host::Host as _;
    let Some(mut story) = Story::new(program) else {
        return;
    };
    for text in ["frobs=1", "tags", "tags=-1", "tags=many", "tags=0"] {
        story.settings.set("INGEST_LIMITS", text);
        let refused = match program.launch(&story.settings) {
            Ok(_) => panic!("it started with {text}"),
            Err(refused) => refused.log.join("\n"),
        };
        assert!(refused.contains("INGEST_LIMITS"), "{refused}");
    }
}

/// The slow and the endless cost a connection and no more.
pub(crate) fn slow_upstream_does_not_stop_the_server(program: &Binary) {
    let Some(story) = Story::new(program) else {
        return;
    };
    let (server, repo) = (story.start(), story.hello());
    let slow = story.upstream.add("org/slow");
    slow.release("v1", &fixtures::rich_package(14));
    story
        .upstream
        .on("org/slow", Step::Fetch, Manner::Drip(100_000));
    let id = server.fetch_async(&story.upstream.repo_url("org/slow"));
    server.fetch(&story.url()).expect_json(200);
    story.expect_proof(&server, &repo, PACKAGE, "v0.1.0");
    assert_eq!(server.follow(&id)["state"], "done");
    story.expect_proof(&server, &slow, "slow", "v1");
}
