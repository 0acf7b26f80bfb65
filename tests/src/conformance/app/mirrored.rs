//! Packages and artifacts, mirrored by template.

use core::time::Duration;

use crate::client::Response;
use crate::conformance::depot::{LARGE, Plan, SMALL, bytes_of, expect_error_form, expect_trouble};
use crate::host::{Ability, Host};
use crate::process::eventually;
use crate::stand_in::{Answer, File, Framing, StandIn};

/// What these cases need.
pub const NEEDS: &[Ability] = &[];

const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

/// A plan whose organisation `org` is the stand-in upstream.
pub(super) fn plan(host: &dyn Host) -> Plan<'_> {
    let plan = Plan::new(host);
    let url = plan.upstream.url();
    plan.set("ZIG_PKG", &format!("org::{url}/forge/$REPO/archive/$FILE"))
        .set(
            "ZIG_ARTIFACT",
            &format!("org::{url}/forge/$REPO/releases/$VERSION/$FILE"),
        )
}

fn same() -> Answer {
    Answer::Raw(b"HTTP/1.1 304 Not Modified\r\nConnection: close\r\n\r\n".to_vec())
}

fn cache_control(answer: &Response) -> &str {
    answer.field("cache-control").unwrap_or_default()
}

/// A package is fetched once, lies where the seeds put it, and outlives its forge.
pub fn package_outlives_its_forge(host: &dyn Host) {
    let depot = plan(host).start();
    let bytes = bytes_of(1, LARGE);
    let file = format!("/forge/repo/archive/{COMMIT}.tar.gz");
    depot.upstream().on(&file, File::new(bytes.clone()));
    let path = format!("/pkg/org/repo/{COMMIT}.tar.gz");
    depot.get(&path).expect_bytes(&bytes);
    depot.wait_stored(path.trim_start_matches('/'));
    depot.upstream().otherwise(503);
    depot.upstream().on(&file, 503);
    let answer = depot.get(&path);
    answer.field("etag").expect("a stored file has one");
    assert!(cache_control(&answer).contains("immutable"));
    answer.expect_bytes(&bytes);
    let depot = depot.crash_and_restart();
    depot.get(&path).expect_bytes(&bytes);
    assert_eq!(depot.upstream().count(&file), 1);
    let part = depot.request("GET", &path, &[("Range", "bytes=5-9")]);
    assert_eq!(part.expect(206).body, bytes[5..10]);
}

/// An artifact lies under its version.
pub fn artifact_lies_under_its_version(host: &dyn Host) {
    let depot = plan(host).start();
    let bytes = bytes_of(2, SMALL);
    let file = "/forge/repo/releases/v1.0.0/tool+x.zip";
    depot.upstream().on(file, File::new(bytes.clone()));
    for path in [
        "/artifact/org/repo/v1.0.0/tool+x.zip",
        "/artifact/org/repo/v1.0.0/tool%2Bx.zip",
    ] {
        depot.get(path).expect_bytes(&bytes);
    }
    assert_eq!(
        depot.read_stored("artifact/org/repo/v1.0.0/tool+x.zip"),
        &bytes[..]
    );
    assert_eq!(depot.upstream().count(file), 1);
}

/// `$FILE` may hold slashes, raw or encoded.
pub fn file_may_hold_slashes(host: &dyn Host) {
    let depot = plan(host).start();
    let bytes = bytes_of(3, SMALL);
    let file = "/forge/repo/archive/refs/tags/v1.tar.gz";
    depot.upstream().on(file, File::new(bytes.clone()));
    depot
        .get("/pkg/org/repo/refs/tags/v1.tar.gz")
        .expect_bytes(&bytes);
    depot
        .get("/pkg/org/repo/refs%2Ftags%2Fv1.tar.gz")
        .expect_bytes(&bytes);
    assert_eq!(depot.upstream().count(file), 1);
}

/// What has no template, or cannot be a path, is refused without asking anybody.
pub fn strangers_are_not_asked_for(host: &dyn Host) {
    let depot = plan(host).start();
    let long = format!("/pkg/org/repo/{}", "a".repeat(300));
    for path in [
        "/pkg/other/repo/v1.0.0.tar.gz",
        "/artifact/other/repo/v1/x.zip",
        "/pkg/org/repo",
        "/pkg/org",
        "/artifact/org/repo/v1",
        "/pkg/org/../repo/x",
        "/pkg/org/%2e%2e/x",
        "/pkg/org/repo/a/%2e%2e/b",
        long.as_str(),
    ] {
        expect_error_form(&depot.get(path).expect(404));
    }
    assert_eq!(depot.upstream().total(), 0);
    depot.expect_nothing_stored();
}

/// No value can become another part of the URL.
pub fn values_stay_in_their_place(host: &dyn Host) {
    let depot = plan(host).start();
    for (path, asked) in [
        ("/pkg/org/a%3Fb/x", "/forge/a%3Fb/archive/x"),
        ("/pkg/org/a%23b/x", "/forge/a%23b/archive/x"),
        ("/pkg/org/r/%40evil%3A80", "/forge/r/archive/%40evil%3A80"),
        ("/pkg/org/r/%252e%252e", "/forge/r/archive/%252e%252e"),
        ("/pkg/org/r/a%5Cb", "/forge/r/archive/a%5Cb"),
    ] {
        depot.get(path).expect(404);
        assert_eq!(depot.upstream().count(asked), 1, "{path}");
    }
}

/// A missing file is remembered; other trouble is 504; neither leaves a directory.
pub fn trouble_leaves_nothing_behind(host: &dyn Host) {
    let depot = plan(host).start();
    let file = "/forge/repo/archive/v1.0.0.tar.gz";
    for _ in 0..2 {
        depot.get("/pkg/org/repo/v1.0.0.tar.gz").expect(404);
    }
    if host.can(Ability::SharedState) {
        assert_eq!(depot.upstream().count(file), 1);
    }
    for (status, version) in [(403, "2"), (429, "3"), (451, "4"), (500, "5")] {
        let file = format!("/forge/repo/archive/v{version}.0.0.tar.gz");
        depot.upstream().on(&file, status);
        expect_trouble(depot.get(&format!("/pkg/org/repo/v{version}.0.0.tar.gz")));
    }
    depot.expect_nothing_stored();
}

/// A forge redirects to where the bytes are, and may leave the template's host.
pub fn redirects_are_followed(host: &dyn Host) {
    let other = StandIn::start();
    let place = format!("http://{}", other.address());
    let depot = plan(host)
        .set("UPSTREAM_ALLOW_PRIVATE", "127.0.0.1")
        .start();
    let bytes = bytes_of(4, LARGE);
    other.on(
        "/codeload",
        File::new(bytes.clone()).framing(Framing::Chunked),
    );
    let file = "/forge/repo/archive/v1.0.0.tar.gz";
    depot
        .upstream()
        .on(file, Answer::found(format!("{place}/codeload")));
    let answer = depot.get("/pkg/org/repo/v1.0.0.tar.gz");
    let length = answer.field("content-length").map(str::to_owned);
    assert_eq!(length, Some(LARGE.to_string()));
    answer.expect_bytes(&bytes);
}

/// A broken download goes on where it broke.
pub fn broken_package_is_resumed(host: &dyn Host) {
    let depot = plan(host).start();
    let bytes = bytes_of(6, LARGE);
    let file = "/forge/repo/archive/v1.0.0.tar.gz";
    let whole = File::new(bytes.clone()).resumable("v1");
    depot
        .upstream()
        .on(file, whole.clone().cut_after(LARGE / 2));
    depot.upstream().then(file, whole);
    depot
        .get("/pkg/org/repo/v1.0.0.tar.gz")
        .expect_bytes(&bytes);
    let asked = depot.upstream().requests_for(file);
    assert!(asked[1].header("range").is_some(), "{asked:?}");
}

/// A branch is asked for again after a while; "the same" is enough, and so is a new one.
pub fn branch_is_renewed(host: &dyn Host) {
    let depot = plan(host).timeout("change", "1s").start();
    let (old, new) = (bytes_of(7, SMALL), bytes_of(8, SMALL));
    let file = "/forge/repo/archive/main.tar.gz";
    let upstream = depot.upstream();
    upstream.on(file, File::new(old.clone()).etag("old"));
    upstream.then(file, same());
    upstream.then(file, File::new(new.clone()).etag("new"));
    let path = "/pkg/org/repo/main.tar.gz";
    let answer = depot.get(path);
    assert!(!cache_control(&answer).contains("immutable"));
    answer.expect_bytes(&old);
    let answer = depot.get(path);
    assert_eq!(cache_control(&answer), "public, max-age=60");
    let first_tag = answer.field("etag").map(str::to_owned);
    answer.expect_bytes(&old);
    eventually("the branch moves", || {
        let answer = depot.get(path).expect(200);
        let (tag, body) = (answer.field("etag").map(str::to_owned), answer.body.clone());
        if body == old[..] {
            assert!(tag == first_tag || tag.is_none());
            return None;
        }
        assert!(body == new[..]);
        assert!(tag != first_tag);
        Some(())
    });
    let asked = upstream.requests_for(file);
    assert_eq!(asked[0].header("if-none-match"), None);
    assert_eq!(asked[1].header("if-none-match"), Some("\"old\""));
    assert_eq!(asked[2].header("if-none-match"), Some("\"old\""));
    // Who follows a download has its last byte before it is published.
    eventually("the new archive is stored", || {
        (depot.read_stored("pkg/org/repo/main.tar.gz") == new[..]).then_some(())
    });
}

/// A forge that cannot say "the same" sends the same: nothing is replaced.
pub fn unchanged_branch_stays_the_same_file(host: &dyn Host) {
    let depot = plan(host).timeout("change", "1ms").start();
    let bytes = bytes_of(7, SMALL);
    let file = "/forge/repo/archive/main.tar.gz";
    depot.upstream().on(file, File::new(bytes.clone()));
    let path = "/pkg/org/repo/main.tar.gz";
    depot.get(path).expect_bytes(&bytes);
    depot.wait_stored("pkg/org/repo/main.tar.gz");
    depot.age("pkg/org/repo/main.tar.gz", Duration::from_hours(24));
    // Its proof was of the time that it had; the next request looks at it again.
    depot.get(path).expect_bytes(&bytes);
    let modified = depot.get(path).field("last-modified").map(str::to_owned);
    let asked = depot.upstream().count(file);
    eventually("upstream is asked again", || {
        let answer = depot.get(path);
        assert_eq!(answer.field("last-modified"), modified.as_deref());
        answer.expect_bytes(&bytes);
        (depot.upstream().count(file) > asked + 1).then_some(())
    });
}

/// A branch whose forge fails, or has lost it, is served as it was.
pub fn branch_outlives_its_forge(host: &dyn Host) {
    for trouble in [Answer::Status(500), Answer::Status(404), Answer::Reset] {
        let depot = plan(host)
            .timeout("change", "50ms")
            .timeout("change-retry", "50ms")
            .start();
        let bytes = bytes_of(9, SMALL);
        let file = "/forge/repo/archive/main.tar.gz";
        depot.upstream().on(file, File::new(bytes.clone()));
        let path = "/pkg/org/repo/main.tar.gz";
        depot.get(path).expect_bytes(&bytes);
        depot.upstream().on(file, trouble);
        eventually("upstream is asked in vain", || {
            depot.get(path).expect_bytes(&bytes);
            (depot.upstream().count(file) > 2).then_some(())
        });
        let depot = depot.crash_and_restart();
        depot.get(path).expect_bytes(&bytes);
    }
}

/// A package found in the store is served, whoever put it there, also when its template is gone.
pub fn package_found_in_the_store_is_served(host: &dyn Host) {
    let plan = Plan::new(host);
    let bytes = bytes_of(10, SMALL);
    plan.store("pkg/org/repo/v1.0.0.tar.gz", &bytes);
    plan.store("pkg/org/repo/main.tar.gz", &bytes);
    plan.store("artifact/org/repo/nightly/x", b"");
    let depot = plan.start();
    for path in ["/pkg/org/repo/v1.0.0.tar.gz", "/pkg/org/repo/main.tar.gz"] {
        depot.get(path).expect_bytes(&bytes);
        depot.get(path).expect_bytes(&bytes);
    }
    depot.get("/artifact/org/repo/nightly/x").expect_bytes(b"");
    assert_eq!(depot.upstream().total(), 0);
}

/// Every Zig is told the type of an archive as it knows it.
pub fn media_types_are_zigs(host: &dyn Host) {
    let plan = Plan::new(host);
    let table = [
        ("a.tar.gz", "application/gzip"),
        ("a.tgz", "application/gzip"),
        ("a.tar", "application/x-tar"),
        ("a.tar.xz", "application/x-xz"),
        ("a.tar.zst", "application/zstd"),
        ("a.zip", "application/zip"),
        ("a.html", "application/octet-stream"),
        ("a", "application/octet-stream"),
    ];
    for (file, _) in table {
        plan.store(&format!("artifact/o/r/v1.0.0/{file}"), b"bytes");
    }
    let depot = plan.start();
    for (file, media) in table {
        let answer = depot.get(&format!("/artifact/o/r/v1.0.0/{file}"));
        assert_eq!(answer.field("content-type"), Some(media), "{file}");
        assert_eq!(answer.field("content-encoding"), None);
        answer.expect_bytes(b"bytes");
    }
}

/// A name that the store has as a directory cannot be kept: it is said, and not asked for again
/// and again in one request.
pub fn file_and_directory_cannot_share_a_name(host: &dyn Host) {
    let plan = plan(host);
    plan.store("pkg/org/repo/v1.0.0/x.tar.gz", b"below");
    plan.store("pkg/org/repo/v2.0.0", b"above");
    let depot = plan.start();
    let bytes = bytes_of(1, SMALL);
    for name in ["v1.0.0", "v2.0.0/x.tar.gz"] {
        let file = format!("/forge/repo/archive/{name}");
        depot.upstream().on(&file, File::new(bytes.clone()));
        let path = format!("/pkg/org/repo/{name}");
        let answer = depot.request("GET", &path, &[("Range", "bytes=0-5")]);
        let text = String::from_utf8_lossy(&answer.expect(503).body).into_owned();
        assert!(text.contains("directory"), "{name}: {text}");
        assert_eq!(depot.upstream().count(&file), 1, "{name}");
    }
    depot
        .get("/pkg/org/repo/v1.0.0/x.tar.gz")
        .expect_bytes(b"below");
    depot.get("/pkg/org/repo/v2.0.0").expect_bytes(b"above");
}
