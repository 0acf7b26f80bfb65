//! The API: what it answers, and to whom.

use serde_json::json;
use zigdepot_tests::host::Binary;
use zigdepot_tests::repo::fixtures;
use zigdepot_tests::stand_in::{Manner, Step, refused_address};

use crate::story::{PACKAGE, REPOSITORY, Server, Story};

pub(crate) fn requests_without_sense_are_refused(program: &Binary) {
    let Some(story) = Story::new(program) else {
        return;
    };
    let server = story.start();
    let post = |path: &str, body: &[u8]| server.send("POST", path, &[], body);
    for path in ["/api/fetch", "/api/check"] {
        for body in [
            &b""[..],
            b"no json",
            b"[]",
            b"{}",
            b"\xff",
            b"{\"url\":1}",
            b"{\"url\":\"\"",
        ] {
            post(path, body).expect_error(&[400], &[]);
        }
        let long = json!({ "url": format!("http://127.0.0.1/{}", "a".repeat(1 << 20)) });
        post(path, long.to_string().as_bytes()).expect_error(&[413], &[]);
        for method in ["PUT", "DELETE", "GET"] {
            let answer = server.send(method, path, &[], b"").expect(405);
            let allowed = answer.response.field("allow").unwrap_or_default();
            assert!(allowed.contains("POST"), "{method} {path}: {allowed}");
        }
    }
    for url in [
        "",
        "org/hello",
        "/etc/passwd",
        "file:///etc",
        "ssh://git@127.0.0.1/org/hello",
        "git@127.0.0.1:org/hello",
        "http://",
        "http:///hello",
        "http://127.0.0.1",
        "http://127.0.0.1/",
        "http://127.0.0.1/..",
        "http://127.0.0.1/org/.git",
        "http://127.0.0.1/org/a b",
        "http://user:secret@127.0.0.1/org/hello",
        "http://127.0.0.1:99999/org/hello",
        "http://127.0.0.1/org/\u{e9}",
        "http://127.0.0.1/org/-rf",
    ] {
        let answer = server.fetch(url).expect_error(&[400], &[]);
        assert!(!answer.response.text().contains("secret"), "{url}");
    }
    server.get("/api/info/").expect_one_of(&[400, 404]);
    server.get("/api/info/a%2Fb").expect_error(&[400], &[]);
    let unknown = server.get("/api/info/unknown").expect_json(404).json;
    assert_eq!(unknown["status"], "not_found");
    assert_eq!(unknown["package"], "unknown");
    server.get("/api/jobs/unknown").expect_error(&[404], &[]);
    server.get("/api/nothing").expect(404);
    assert_eq!(story.upstream.count(), 0);
}

pub(crate) fn upstreams_without_tags_are_told_apart(program: &Binary) {
    let Some(story) = Story::new(program) else {
        return;
    };
    let server = story.start();
    story.upstream.add("org/empty");
    let untagged = story.upstream.add("org/untagged");
    untagged.set_main(&untagged.commit(&fixtures::package(14), None));
    for name in ["org/empty", "org/untagged"] {
        let url = story.upstream.repo_url(name);
        server.fetch(&url).expect_error(&[422], &["no tags"]);
    }
    assert_eq!(story.published(), [""; 0]);
    untagged.release("v1", &fixtures::package(14));
    server
        .fetch(&story.upstream.repo_url("org/untagged"))
        .expect_json(200);
}

/// Whatever upstream does there is an answer, it says what was wrong, and the next try is a new one.
pub(crate) fn troubles_of_the_upstream_are_told(program: &Binary) {
    let Some(mut story) = Story::new(program) else {
        return;
    };
    story
        .settings
        .timeout("head", "400ms")
        .timeout("idle", "400ms");
    let (server, _repo) = (story.start(), story.hello());
    let status = |status: u16| (Manner::Status(status), status.to_string());
    let steps = [
        (Step::Discovery, status(401)),
        (Step::Discovery, status(403)),
        (Step::Discovery, status(404)),
        (Step::Discovery, status(429)),
        (Step::Discovery, status(500)),
        (
            Step::Discovery,
            (
                Manner::Error("no such repository".into()),
                "no such repository".into(),
            ),
        ),
        (Step::Discovery, (Manner::Cut(10), String::new())),
        (Step::References, status(503)),
        (
            Step::References,
            (Manner::Error("busy now".into()), "busy now".into()),
        ),
        (Step::References, (Manner::Cut(30), String::new())),
        (Step::Fetch, status(500)),
        (
            Step::Fetch,
            (Manner::Error("pack is gone".into()), "pack is gone".into()),
        ),
        // Only a discovery may lead elsewhere.
        (
            Step::Fetch,
            (Manner::Redirect(302, story.url()), "302".into()),
        ),
        (Step::Discovery, (Manner::Hang, String::new())),
        (Step::Fetch, (Manner::Hang, String::new())),
    ];
    for (step, (manner, words)) in steps {
        story.upstream.on(REPOSITORY, step, manner);
        server.fetch(&story.url()).expect_error(&[502], &[&words]);
        story.upstream.on(REPOSITORY, step, Manner::Plain);
    }
    let nobody = format!("http://{}/org/hello", refused_address());
    server.fetch(&nobody).expect_error(&[502], &[]);
    let answer = server.fetch("http://no-such-host.invalid/org/hello");
    // Without the address it cannot be told from a private one.
    answer.expect_error(&[400, 502], &["no-such-host.invalid"]);
    server.fetch(&story.url()).expect_json(200);
}

pub(crate) fn long_ingest_is_followed_as_a_job(program: &Binary) {
    let Some(story) = Story::new(program) else {
        return;
    };
    let (server, _repo) = (story.start(), story.hello());
    let prefer = [("Prefer", "respond-async")];
    let body = json!({ "url": story.url() });
    let answer = server.post("/api/fetch", &prefer, &body).expect_json(202);
    let id = answer.id();
    assert_eq!(
        answer.response.field("location"),
        Some(format!("/api/jobs/{id}").as_str())
    );
    let applied = answer.response.field("preference-applied");
    assert_eq!(applied, Some("respond-async"));
    let job = server.follow(&id);
    assert_eq!(job["state"], "done");
    assert_eq!(job["result"]["package"], PACKAGE);
    assert_eq!(job["result"]["conflicts"], json!([]));
    story
        .upstream
        .on(REPOSITORY, Step::Discovery, Manner::Status(403));
    let job = server.follow(&server.fetch_async(&story.url()));
    assert_eq!(job["state"], "failed");
    assert_eq!(job["status"], 502, "{job}");
    let error = job["error"].as_str().unwrap_or_default();
    assert!(error.contains("403"), "{job}");
}

/// Correct at once after a fetch, and after a restart.
pub(crate) fn packages_are_listed_found_and_described(program: &Binary) {
    let Some(story) = Story::new(program) else {
        return;
    };
    let server = story.start();
    assert_eq!(
        server.get("/api/list").expect_json(200).json["packages"],
        json!([])
    );
    for name in ["hello", "help", "world"] {
        let repo = story.upstream.add(&format!("org/{name}"));
        for tag in ["v0.9.0", "v0.10.0", "v0.10.0-rc.1", "nightly"] {
            repo.release(tag, &fixtures::package(14));
        }
        server
            .fetch(&story.upstream.repo_url(&format!("org/{name}")))
            .expect_json(200);
    }
    let expect = |server: &Server| {
        let list = server.get("/api/list").expect_json(200).json;
        assert_eq!(list["packages"], json!(["hello", "help", "world"]));
        assert_eq!(list["local_packages"], json!(["hello", "help", "world"]));
        assert_eq!(list["registered_packages"], json!([]));
        let found = |query: &str| {
            let path = format!("/api/search?q={query}");
            let found = server.get(&path).expect_json(200).json;
            (found["query"].clone(), found["packages"].clone())
        };
        assert_eq!(found("hel"), (json!("hel"), json!(["hello", "help"])));
        assert_eq!(found("w%6Frld"), (json!("world"), json!(["world"])));
        assert_eq!(found("none"), (json!("none"), json!([])));
        assert_eq!(found("").1, json!(["hello", "help", "world"]));
        let info = server.info("hello");
        assert_eq!(info["package"], "hello");
        assert_eq!(info["latest_tag"], "v0.10.0");
        assert_eq!(info["tarball_count"], 4);
        for truth in ["available", "local", "tarball_dir_present"] {
            assert_eq!(info[truth], true, "{truth}");
        }
        let tarballs = info["tarballs"].as_array().expect("a list");
        assert_eq!(tarballs.len(), 4);
        for tarball in tarballs {
            let tag = tarball["tag"].as_str().expect("a tag");
            let bytes = server.tarball("hello", tag);
            assert_eq!(tarball["size_bytes"], bytes.len());
            let manifest = server.manifest("hello", tag);
            for same in [
                "git_commit_oid",
                "git_tree_oid",
                "tarball_sha256",
                "tarball_md5",
                "tarball_crc32",
            ] {
                assert_eq!(tarball[same], manifest[same], "{same}");
            }
        }
        assert_eq!(server.get("/api/check/hello").expect_json(200).json, info);
        let status = server.get("/api/status").expect_json(200).json;
        assert_eq!(status["service"], "zigdepot");
        assert_eq!(status["packages_total"], 3);
        assert!(status["update"]["state"].is_string(), "{status}");
    };
    expect(&server);
    drop(server);
    expect(&story.start());
}

pub(crate) fn check_asks_the_upstream(program: &Binary) {
    let Some(story) = Story::new(program) else {
        return;
    };
    let (server, _repo) = (story.start(), story.hello());
    let check = |name: &str| server.post("/api/check", &[], &json!({ "package": name }));
    assert_eq!(check(PACKAGE).expect_json(404).json["status"], "not_found");
    for name in ["", "a/b", "..", ".git"] {
        check(name).expect_error(&[400], &[]);
    }
    server.fetch(&story.url()).expect_json(200);
    let found = check(PACKAGE).expect_json(200).json;
    assert_eq!(found["package"], PACKAGE);
    assert_eq!(found["live_probe_ok"], true, "{found}");
    story
        .upstream
        .on(REPOSITORY, Step::Discovery, Manner::Status(404));
    let gone = check(PACKAGE).expect_json(200).json;
    assert_eq!(gone["tarball_count"], 1);
}

pub(crate) fn description_of_the_api_is_true(program: &Binary) {
    let Some(story) = Story::new(program) else {
        return;
    };
    let (server, _repo) = (story.start(), story.hello());
    server.fetch(&story.url()).expect_json(200);
    let described = server.get("/api/openapi.json").expect_json(200).json;
    let version = described["openapi"].as_str().unwrap_or_default();
    assert!(version.starts_with("3."), "{version}");
    let paths = described["paths"].as_object().expect("paths");
    for path in [
        "/api/fetch",
        "/api/update",
        "/api/check",
        "/api/list",
        "/api/search",
        "/api/status",
        "/api/openapi.json",
    ] {
        assert!(paths.contains_key(path), "{path}");
    }
    for (path, operations) in paths {
        let Some(get) = operations.get("get") else {
            continue;
        };
        let parameters = get["parameters"]
            .as_array()
            .or(operations["parameters"].as_array());
        let is_bare = !path.contains('{') && parameters.is_none_or(Vec::is_empty);
        if is_bare && path.starts_with("/api/") {
            let status = server.get(path).status.to_string();
            assert!(get["responses"].get(&status).is_some(), "{path}: {status}");
        }
    }
}

pub(crate) fn answers_can_be_asked_for_without_their_bodies(program: &Binary) {
    let Some(story) = Story::new(program) else {
        return;
    };
    let (server, _repo) = (story.start(), story.hello());
    server.fetch(&story.url()).expect_json(200);
    let manifest = "/p/hello/tag/v0.1.0.manifest.json";
    for path in [
        "/p/hello/tag/v0.1.0.tar.gz",
        manifest,
        "/api/list",
        "/api/info/hello",
    ] {
        let (whole, head) = (server.get(path), server.send("HEAD", path, &[], b""));
        let (whole, head) = (whole.expect(200), head.expect(200));
        for field in ["content-length", "content-type", "etag"] {
            assert_eq!(
                head.response.field(field),
                whole.response.field(field),
                "{path}"
            );
        }
    }
    let tarball = server.get("/p/hello/tag/v0.1.0.tar.gz").response;
    assert_eq!(tarball.field("content-type"), Some("application/gzip"));
    let kept = tarball.field("cache-control").unwrap_or_default();
    assert!(kept.contains("immutable"), "{kept}");
    let part = [("Range", "bytes=10-19")];
    let part = server
        .send("GET", "/p/hello/tag/v0.1.0.tar.gz", &part, b"")
        .expect(206);
    assert_eq!(part.response.body, tarball.body[10..20]);
    for path in [
        "/p/hello/tag/v0.2.0.tar.gz",
        "/p/hello/tag/v0.1.0",
        "/p/none/tag/v0.1.0.tar.gz",
        "/p/hello/tag/..%2F..%2F..%2Fetc.tar.gz",
        "/p/Hello/tag/v0.1.0.tar.gz",
        "/p/hello/tag/",
    ] {
        server.get(path).expect(404);
    }
}
