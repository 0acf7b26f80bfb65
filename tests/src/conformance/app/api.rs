//! What the API refuses, how, and that its description is true.

use serde_json::json;

use crate::conformance::publisher::{PACKAGE, Publisher, Reply};
use crate::host::{Ability, Host};
use crate::openapi::Description;

/// What these cases need.
pub const NEEDS: &[Ability] = &[];

/// A body that is not what is asked for is refused before anything is done.
pub fn senseless_bodies_are_refused(host: &dyn Host) {
    let Some(depot) = Publisher::new(host) else {
        return;
    };
    for (body, names) in [
        (&b""[..], "empty body"),
        (b" \r\n", "empty body"),
        (b"no json", "json"),
        (b"[]", "object"),
        (b"{}", "missing"),
        (b"\xff\xfe", "UTF-8"),
        (b"{\"url\":1,\"package\":1}", ""),
        (b"{\"url\":\"http://h/o/r\",\"pakcage\":\"x\"}", "pakcage"),
        (b"{\"url\":\"http://h/o/r\"} {}", "json"),
    ] {
        depot.post("/api/fetch", &[], body).expect_error(400, names);
        depot.post("/api/check", &[], body).expect_error(400, "");
    }
    for url in [
        "ftp://h/o/r",
        "org/hello",
        "http://me:secret@h/o/r",
        "/etc/passwd",
        "http://h",
    ] {
        let answer = depot.fetch(url).expect_error(400, "");
        assert!(!answer.text("error").contains("secret"), "{url}");
    }
    let named = json!({ "url": "http://h/o/r", "package": "../x" }).to_string();
    depot
        .post("/api/fetch", &[], named.as_bytes())
        .expect_error(400, "name");
    depot.get("/api/search?q=%ff").expect_error(400, "");
    assert_eq!(depot.git.count(), 0);
}

/// A URL that gives no name needs one; a name that is reserved is none.
pub fn url_without_a_name_needs_one(host: &dyn Host) {
    let Some(depot) = Publisher::new(host) else {
        return;
    };
    depot
        .fetch("http://127.0.0.1/org/api")
        .expect_error(400, "\"package\"");
    assert_eq!(depot.git.count(), 0);
}

/// What is not there is JSON, too.
pub fn unknown_things_are_not_found(host: &dyn Host) {
    let Some(depot) = Publisher::new(host) else {
        return;
    };
    for path in ["/api/info/unknown", "/api/check/unknown"] {
        let answer = depot.get(path).expect(404).json;
        assert_eq!(
            answer,
            json!({ "status": "not_found", "package": "unknown" }),
            "{path}"
        );
    }
    let check = depot
        .post("/api/check", &[], b"{\"package\":\"unknown\"}")
        .expect(404);
    assert_eq!(check.text("status"), "not_found");
    depot.get("/api/info/a%2Fb").expect_error(400, "name");
    for path in [
        "/api/jobs/7",
        "/api/jobs/x",
        "/api/nothing",
        "/api/info",
        "/api/list/x",
        "/api/",
    ] {
        depot.get(path).expect_error(404, "");
    }
}

/// Another method is 405 with those that the path takes, whoever asks.
pub fn other_methods_are_refused(host: &dyn Host) {
    let Some(depot) = Publisher::new(host) else {
        return;
    };
    for (path, methods, allow) in [
        ("/api/fetch", ["GET", "PUT", "DELETE"], "POST"),
        ("/api/update", ["GET", "PATCH", "OPTIONS"], "POST"),
        ("/api/check", ["GET", "PUT", "DELETE"], "POST"),
        ("/api/list", ["POST", "PUT", "DELETE"], "GET, HEAD"),
        ("/api/search", ["POST", "PUT", "DELETE"], "GET, HEAD"),
        ("/api/info/hello", ["POST", "PUT", "DELETE"], "GET, HEAD"),
        ("/api/status", ["POST", "PUT", "DELETE"], "GET, HEAD"),
        ("/api/jobs/1", ["POST", "PUT", "DELETE"], "GET, HEAD"),
        ("/api/openapi.json", ["POST", "PUT", "DELETE"], "GET, HEAD"),
    ] {
        for method in methods {
            let answer = depot
                .send(method, path, &[], b"")
                .expect_error(405, "method");
            assert_eq!(answer.field("allow"), allow, "{method} {path}");
        }
    }
}

/// Bodies are short and plain.
pub fn long_and_coded_bodies_are_refused(host: &dyn Host) {
    let Some(depot) = Publisher::new(host) else {
        return;
    };
    let long = |length: usize| format!("{{\"url\":\"{}\"}}", "x".repeat(length - 10));
    depot
        .post("/api/fetch", &[], long(65_536).as_bytes())
        .expect_error(400, "long");
    depot
        .post("/api/fetch", &[], long(65_537).as_bytes())
        .expect_error(413, "65536");
    depot
        .post("/api/check", &[], long(300_000).as_bytes())
        .expect_error(413, "65536");
    let coded = [("Content-Encoding", "gzip")];
    depot
        .post("/api/fetch", &coded, b"\x1f\x8b")
        .expect_error(415, "Content-Encoding");
    let plain = [("Content-Encoding", "identity")];
    depot
        .post("/api/fetch", &plain, b"{}")
        .expect_error(400, "missing");
}

/// HEAD has the fields of GET.
pub fn heads_are_those_of_gets(host: &dyn Host) {
    let Some(depot) = Publisher::new(host) else {
        return;
    };
    for (path, status) in [
        ("/api/list", 200),
        ("/api/openapi.json", 200),
        ("/api/info/unknown", 404),
        ("/api/jobs/1", 404),
    ] {
        let (whole, head) = (depot.get(path), depot.send("HEAD", path, &[], b""));
        assert_eq!((whole.status, head.status), (status, status), "{path}");
        assert!(head.response.body.is_empty());
        for field in ["content-type", "content-length", "cache-control"] {
            assert_eq!(head.field(field), whole.field(field), "{path} {field}");
        }
    }
}

/// Each path of the description is there, and each answer is one that it has, member by member.
pub fn description_is_true(host: &dyn Host) {
    let Some(depot) = Publisher::new(host) else {
        return;
    };
    let _repo = depot.publish();
    let described = depot.get("/api/openapi.json").expect(200).json;
    let description = Description::new(described);
    for (method, path) in description.operations() {
        for answer in asked(&depot, &method, &path) {
            let said = (answer.status, answer.field("content-type"), &answer.json);
            let faults = description.faults(&method, &path, said);
            assert_eq!(faults, [""; 0], "{method} {path}: {}", answer.json);
        }
        let wrong = if method == "post" { "GET" } else { "POST" };
        if !path.starts_with("/api/check") {
            let answer = depot.send(wrong, &filled(&path, "hello"), &[], b"");
            let said = (answer.status, answer.field("content-type"), &answer.json);
            assert_eq!(answer.status, 405, "{wrong} {path}");
            assert_eq!(
                description.faults(&method, &path, said),
                [""; 0],
                "{wrong} {path}"
            );
        }
    }
}

/// What a path is answered in several manners.
fn asked(depot: &Publisher<'_>, method: &str, path: &str) -> Vec<Reply> {
    if method == "get" {
        let names = ["hello", "unknown", "%00"];
        let paths = names.map(|name| filled(path, name));
        return paths.iter().map(|path| depot.get(path)).collect();
    }
    let fetch = json!({ "url": depot.url() }).to_string();
    let body = match path {
        "/api/fetch" => fetch,
        _ => json!({ "package": PACKAGE }).to_string(),
    };
    let mut answers = vec![
        depot.post(path, &[], body.as_bytes()),
        depot.send("POST", path, &[], body.as_bytes()),
    ];
    if path != "/api/update" {
        answers.push(depot.post(path, &[], b"{"));
        answers.push(depot.post(path, &[], b"{\"package\":\"unknown\"}"));
        answers.push(depot.post(path, &[("Content-Encoding", "br")], b"{"));
        answers.push(depot.post(path, &[], &vec![b' '; 70_000]));
        answers.push(depot.post(path, &[("Authorization", "Bearer no")], b"{"));
    }
    answers
}

fn filled(path: &str, name: &str) -> String {
    let path = path.replace("{package}", name).replace("{tag}", "v0.1.0");
    path.replace("{id}", "1")
}
