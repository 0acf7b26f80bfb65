//! What HTTP promises of a stored file: methods, types, validators (RFC 9110).

use crate::client::Response;
use crate::conformance::depot::{DEV, Depot, RELEASE, SMALL, bytes_of, expect_error_form};
use crate::host::{Ability, Host};

/// What these cases need.
pub const NEEDS: &[Ability] = &[];

const PATH: &str = "/zig/zig-x86_64-linux-0.14.1.tar.xz";

/// A stored, verified file carries its length, its type and all that caches need.
pub fn stored_file_carries_its_fields(host: &dyn Host) {
    let depot = Depot::new(host);
    let bytes = depot.warm_release();
    let answer = depot.get(PATH).expect_bytes(&bytes);
    assert_eq!(
        answer.field("content-length"),
        Some(bytes.len().to_string().as_str())
    );
    assert_eq!(answer.field("content-type"), Some("application/x-xz"));
    assert_eq!(answer.field("content-encoding"), None);
    assert_eq!(answer.field("accept-ranges"), Some("bytes"));
    let cache = answer.field("cache-control").unwrap_or("");
    assert!(
        cache.contains("immutable") && cache.contains("max-age=31536000"),
        "{cache}"
    );
    assert!(is_strong(etag(&answer)), "{:?}", answer.field("etag"));
    assert!(answer.field("last-modified").is_some());
    assert!(answer.field("date").is_some(), "RFC 9110 section 6.6.1");
    assert!(answer.head.size < 1024, "old clients hold heads of 4 KiB");
}

/// Content types come from the suffix, and are never HTML.
pub fn content_types_come_from_the_suffix(host: &dyn Host) {
    let depot = Depot::new(host);
    for (name, wanted) in [
        ("zig-x86_64-windows-0.14.1.zip", "application/zip"),
        (DEV, "application/x-xz"),
    ] {
        let bytes = bytes_of(2, SMALL);
        depot.upstream().publish(name, &bytes);
        let answer = depot.zig(name).expect(200);
        assert_eq!(answer.field("content-type"), Some(wanted));
        let signature = depot.zig(&format!("{name}.minisig")).expect(200);
        let kind = signature.field("content-type").expect("a type");
        assert!(
            kind.starts_with("text/plain") || kind == "application/octet-stream",
            "{kind}"
        );
    }
}

/// Archives are never encoded, whatever the client offers to decode.
pub fn archives_are_never_encoded(host: &dyn Host) {
    let depot = Depot::new(host);
    let bytes = depot.warm_release();
    let answer = depot
        .request("GET", PATH, &[("Accept-Encoding", "gzip, br, zstd")])
        .expect_bytes(&bytes);
    assert_eq!(answer.field("content-encoding"), None);
}

/// HEAD has the fields of GET and no body.
pub fn head_has_the_fields_of_get(host: &dyn Host) {
    let depot = Depot::new(host);
    depot.warm_release();
    let (get, head) = (
        depot.get(PATH),
        depot.request("HEAD", PATH, &[]).expect(200),
    );
    for name in [
        "content-length",
        "content-type",
        "etag",
        "last-modified",
        "cache-control",
        "accept-ranges",
    ] {
        assert_eq!(head.field(name), get.field(name), "{name}");
    }
}

/// HEAD on a file that is not stored yet has its length, too.
pub fn head_on_a_cold_file_is_answered(host: &dyn Host) {
    let depot = Depot::new(host);
    let bytes = bytes_of(3, SMALL);
    depot.upstream().publish(RELEASE, &bytes);
    let head = depot.request("HEAD", PATH, &[]).expect(200);
    assert_eq!(head.field("content-length"), Some("20000"));
    depot
        .request("HEAD", "/zig/zig-x86_64-linux-0.14.2.tar.xz", &[])
        .expect(404);
    depot.get(PATH).expect_bytes(&bytes);
}

/// Other methods are refused with the list of those that are allowed.
pub fn other_methods_are_refused(host: &dyn Host) {
    let depot = Depot::new(host);
    depot.warm_release();
    for method in ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"] {
        let answer = depot
            .request(method, PATH, &[("Content-Length", "0")])
            .expect(405);
        let allow: Vec<&str> = answer
            .field("allow")
            .unwrap_or("")
            .split(',')
            .map(str::trim)
            .collect();
        assert!(
            allow.contains(&"GET") && allow.contains(&"HEAD"),
            "{method}: {allow:?}"
        );
        expect_error_form(&answer);
    }
    let status = depot.request("BREW", PATH, &[]).status();
    assert!(matches!(status, 405 | 501), "{status}");
}

/// A client that holds the file is told so.
pub fn matching_etag_is_not_modified(host: &dyn Host) {
    let depot = Depot::new(host);
    depot.warm_release();
    let tag = String::from(etag(&depot.get(PATH)));
    for value in [
        tag.clone(),
        format!("\"other\", {tag}"),
        format!("W/{tag}"),
        "*".into(),
    ] {
        for method in ["GET", "HEAD"] {
            let answer = depot
                .request(method, PATH, &[("If-None-Match", &value)])
                .expect(304);
            assert_eq!(answer.field("etag"), Some(tag.as_str()));
            assert_eq!(
                answer.field("content-length").unwrap_or("0"),
                "0",
                "{value}"
            );
        }
    }
    depot
        .request("GET", PATH, &[("If-None-Match", "\"other\"")])
        .expect(200);
}

/// Dates work where no tag is given (RFC 9110 section 13.1.3).
pub fn unchanged_since_is_not_modified(host: &dyn Host) {
    let depot = Depot::new(host);
    depot.warm_release();
    let date = String::from(depot.get(PATH).field("last-modified").expect("a date"));
    depot
        .request("GET", PATH, &[("If-Modified-Since", &date)])
        .expect(304);
    depot
        .request(
            "GET",
            PATH,
            &[("If-Modified-Since", "Sun, 06 Nov 1994 08:49:37 GMT")],
        )
        .expect(200);
    depot
        .request("GET", PATH, &[("If-Modified-Since", "yesterday")])
        .expect(200);
    let fields = [
        ("If-Modified-Since", date.as_str()),
        ("If-None-Match", "\"other\""),
    ];
    depot.request("GET", PATH, &fields).expect(200);
}

/// The tag of a file says what it is: it stays the same over a restart, and differs between files.
pub fn etag_is_the_files_own(host: &dyn Host) {
    let depot = Depot::new(host);
    depot.warm_release();
    depot.upstream().publish(DEV, &bytes_of(4, SMALL));
    depot.zig(DEV).expect(200);
    let (before, other) = (depot.get(PATH), depot.zig(DEV));
    assert_ne!(etag(&before), etag(&other));
    let depot = depot.crash_and_restart();
    assert_eq!(etag(&depot.get(PATH)), etag(&before));
}

fn etag(answer: &Response) -> &str {
    answer
        .field("etag")
        .unwrap_or_else(|| panic!("no ETag: {:?}", answer.head))
}

fn is_strong(tag: &str) -> bool {
    tag.len() > 2
        && tag.starts_with('"')
        && tag.ends_with('"')
        && !tag[1..tag.len() - 1].contains('"')
}
