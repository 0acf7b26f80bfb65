//! Packages are brought from a Git host and served as tarballs with manifests.

use serde_json::json;

use crate::conformance::publisher::{MANIFEST, PACKAGE, Publisher, REPOSITORY, TARBALL};
use crate::host::{Ability, Host};
use crate::repo::fixtures;
use crate::stand_in::{Manner, Step};

/// What these cases need.
pub const NEEDS: &[Ability] = &[];

/// All that tells of packages tells of one as soon as its fetch is answered.
pub fn fetched_package_is_listed_and_described(host: &dyn Host) {
    let Some(depot) = Publisher::new(host) else {
        return;
    };
    assert_eq!(
        depot.get("/api/list").expect(200).json["packages"],
        json!([])
    );
    let _repo = depot.hello();
    let brought = depot.fetch(&depot.url()).expect(200).json;
    assert_eq!(
        (&brought["package"], &brought["tag"]),
        (&json!(PACKAGE), &json!("v0.1.0"))
    );
    assert_eq!(
        (&brought["tarballs_created"], &brought["conflicts"]),
        (&json!(1), &json!([]))
    );
    let again = depot.fetch(&depot.url()).expect(200).json;
    assert_eq!(
        (&again["tarballs_created"], &again["tarballs_present"]),
        (&json!(0), &json!(1))
    );

    let list = depot.get("/api/list").expect(200).json;
    assert_eq!(list["packages"], json!([PACKAGE]));
    assert_eq!(list["local_packages"], json!([PACKAGE]));
    for (query, echo, found) in [
        ("?q=hel", "hel", json!([PACKAGE])),
        ("?q=%68el", "hel", json!([PACKAGE])),
        ("?q=ello", "ello", json!([])),
        ("?q=", "", json!([PACKAGE])),
        ("", "", json!([PACKAGE])),
    ] {
        let answer = depot.get(&format!("/api/search{query}")).expect(200).json;
        assert_eq!(
            (&answer["query"], &answer["packages"]),
            (&json!(echo), &found),
            "{query}"
        );
    }
    let info = depot.get("/api/info/hello").expect(200).json;
    assert_eq!(
        (&info["package"], &info["latest_tag"]),
        (&json!(PACKAGE), &json!("v0.1.0"))
    );
    assert_eq!(
        (&info["tarball_count"], &info["local"]),
        (&json!(1), &json!(true))
    );
    let status = depot.get("/api/status").expect(200).json;
    assert_eq!(
        (&status["service"], &status["packages_total"]),
        (&json!("zigdepot"), &json!(1))
    );
}

/// A tarball never changes, so it has all that lets caches and clients rely on that.
pub fn tarball_is_served_as_files_are(host: &dyn Host) {
    let Some(depot) = Publisher::new(host) else {
        return;
    };
    let _repo = depot.publish();
    let whole = depot.get(TARBALL);
    assert_eq!(
        (whole.status, whole.field("content-type")),
        (200, "application/gzip")
    );
    assert!(
        whole.field("cache-control").contains("immutable"),
        "{whole:?}"
    );
    let (bytes, tag) = (&whole.response.body, whole.field("etag"));
    assert_eq!(
        bytes[..4],
        [0x1f, 0x8b, 8, 0],
        "one gzip member without a name"
    );

    let head = depot.send("HEAD", TARBALL, &[], b"");
    assert_eq!((head.status, head.response.body.len()), (200, 0));
    for field in [
        "content-length",
        "content-type",
        "etag",
        "last-modified",
        "cache-control",
    ] {
        assert_eq!(head.field(field), whole.field(field), "{field}");
    }
    let ask = |name, value| depot.send("GET", TARBALL, &[(name, value)], b"");
    let part = ask("Range", "bytes=10-19");
    assert_eq!(
        (part.status, &part.response.body[..]),
        (206, &bytes[10..20])
    );
    assert_eq!(ask("Range", "bytes=99999999-").status, 416);
    assert_eq!(ask("If-None-Match", tag).status, 304);
    assert_eq!(ask("If-None-Match", "\"other\"").status, 200);
    assert_eq!(
        ask("If-Modified-Since", whole.field("last-modified")).status,
        304
    );
    assert_eq!(depot.send("DELETE", TARBALL, &[], b"").status, 405);
    for missing in [
        "/p/hello/tag/v0.2.0.tar.gz",
        "/p/hello/tag/v0.1.0",
        "/p/hello/v0.1.0.tar.gz",
        "/p/none/tag/v0.1.0.tar.gz",
        "/p/hello/upstream.json",
    ] {
        assert_eq!(depot.get(missing).status, 404, "{missing}");
    }
}

/// A manifest says what the tarball is, and both package hashes lead to it.
pub fn manifest_and_hash_lead_to_the_tarball(host: &dyn Host) {
    let Some(depot) = Publisher::new(host) else {
        return;
    };
    let repo = depot.publish();
    let tarball = depot.get(TARBALL).response.body;
    let answer = depot.get(MANIFEST);
    assert_eq!(
        (answer.status, answer.field("content-type")),
        (200, "application/json")
    );
    assert!(
        !answer.field("cache-control").contains("immutable"),
        "{answer:?}"
    );
    assert_eq!(answer.text("git_commit_oid"), repo.commit_of("v0.1.0"));
    assert_eq!(answer.text("git_tree_oid"), repo.tree_of("v0.1.0"));
    assert_eq!(answer.text("git_tag_oid"), repo.reference("v0.1.0"));
    assert_eq!(answer.json["size_bytes"], tarball.len());
    let tag = answer.field("etag");
    let same = depot.send("GET", MANIFEST, &[("If-None-Match", tag)], b"");
    assert_eq!(same.status, 304);
    for hash in ["zig_hash", "zig_hash_legacy"] {
        let found = depot.get(&format!("/hash/{}", answer.text(hash)));
        assert_eq!(
            (found.status, &found.response.body),
            (200, &tarball),
            "{hash}"
        );
    }
}

/// The slashes of a tag are part of its name, raw or escaped.
pub fn tag_with_slashes_is_served(host: &dyn Host) {
    let Some(depot) = Publisher::new(host) else {
        return;
    };
    depot
        .git
        .add(REPOSITORY)
        .release("rel/v1.0", &fixtures::package(14));
    depot.fetch(&depot.url()).expect(200);
    let raw = depot.get("/p/hello/tag/rel/v1.0.tar.gz");
    let escaped = depot.get("/p/hello/tag/rel%2Fv1.0.tar.gz");
    assert_eq!((raw.status, escaped.status), (200, 200));
    assert_eq!(raw.response.body, escaped.response.body);
    let manifest = depot.get("/p/hello/tag/rel%2fv1.0.manifest.json");
    assert_eq!(manifest.text("tag"), "rel/v1.0");
}

/// What is wrong upstream is told, nothing is published, and the next request tries anew.
pub fn upstream_without_packages_is_told(host: &dyn Host) {
    let Some(depot) = Publisher::new(host) else {
        return;
    };
    depot.git.add("org/bare");
    let bare = depot.git.repo_url("org/bare");
    depot.fetch(&bare).expect_error(422, "no tags");
    let missing = depot.git.repo_url("org/missing");
    depot.fetch(&missing).expect_error(502, "404");
    let _repo = depot.hello();
    for (step, manner) in [
        (Step::Discovery, Manner::Status(500)),
        (Step::References, Manner::Cut(30)),
        (Step::Fetch, Manner::Error("the pack is gone".into())),
    ] {
        depot.git.on(REPOSITORY, step, manner);
        depot.fetch(&depot.url()).expect_error(502, "");
        depot.git.on(REPOSITORY, step, Manner::Plain);
        assert_eq!(depot.get(TARBALL).status, 404, "{step:?}");
    }
    depot.fetch(&depot.url()).expect(200);
    assert_eq!(depot.get(TARBALL).status, 200);
}

/// The first upstream of a name has it; a second one needs another name.
pub fn name_belongs_to_its_first_upstream(host: &dyn Host) {
    let Some(depot) = Publisher::new(host) else {
        return;
    };
    let _repo = depot.publish();
    depot
        .git
        .add("fork/hello")
        .release("v9", &fixtures::package(14));
    let fork = depot.git.repo_url("fork/hello");
    let refused = depot.fetch(&fork).expect_error(409, &depot.url());
    assert!(
        refused.text("error").contains("package"),
        "{}",
        refused.json
    );
    assert_eq!(depot.get("/p/hello/tag/v9.tar.gz").status, 404);
    let named = json!({ "url": fork, "package": "hello-fork" }).to_string();
    depot.post("/api/fetch", &[], named.as_bytes()).expect(200);
    assert_eq!(depot.get("/p/hello-fork/tag/v9.tar.gz").status, 200);
}

/// A host that ends with the request lets it wait for its job: nobody is sent after one that the
/// next request cannot know.
pub fn job_that_is_told_of_can_be_followed(host: &dyn Host) {
    let Some(depot) = Publisher::new(host) else {
        return;
    };
    let _repo = depot.hello();
    let body = json!({ "url": depot.url() }).to_string();
    let prefer = [("Prefer", "respond-async")];
    let answer = depot.post("/api/fetch", &prefer, body.as_bytes());
    let result = if host.can(Ability::SharedState) {
        let answer = answer.expect(202);
        depot.follow(answer.field("location"))["result"].clone()
    } else {
        answer.expect(200).json
    };
    assert_eq!(result["tarballs_created"], 1, "{result}");
}
