//! Who may write: with a token, without one, and never through a proxy or from a web page.

use serde_json::json;
use zigdepot_tests::host::Binary;

use crate::story::{PACKAGE, Story};

const TOKEN: &str = "a-token-of-24-characters";

pub(crate) fn token_opens_what_writes(program: &Binary) {
    let Some(mut story) = Story::new(program) else {
        return;
    };
    story.settings.set("API_TOKEN", TOKEN);
    let (mut server, _repo) = (story.start(), story.hello());
    let bodies = [
        ("/api/fetch", json!({ "url": story.url() })),
        ("/api/check", json!({ "package": PACKAGE })),
    ];
    for (path, body) in &bodies {
        let ask = |fields: &[(&str, &str)]| server.post(path, fields, body);
        let answer = ask(&[]).expect_error(&[401], &[]);
        let challenge = answer
            .response
            .field("www-authenticate")
            .unwrap_or_default();
        assert!(challenge.starts_with("Bearer"), "{challenge}");
        for wrong in [
            "Bearer wrong",
            "Bearer",
            "Bearer a-token-of-24-character",
            "Basic YTpi",
        ] {
            ask(&[("Authorization", wrong)]).expect_error(&[401, 403], &[]);
        }
        let longer = format!("Bearer {TOKEN}s");
        ask(&[("Authorization", &longer)]).expect_error(&[403], &[]);
    }
    assert_eq!(
        story.upstream.count(),
        0,
        "before the token nothing is done"
    );
    for path in [
        "/api/list",
        "/api/search?q=h",
        "/api/status",
        "/api/openapi.json",
    ] {
        server.get(path).expect_json(200);
    }
    server.token = Some(TOKEN);
    for (path, body) in &bodies {
        server.post(path, &[], body).expect_json(200);
    }
    let scheme = format!("bearer {TOKEN}");
    server.token = None;
    let fields = [("Authorization", scheme.as_str())];
    server
        .post(bodies[0].0, &fields, &bodies[0].1)
        .expect_json(200);
    assert!(
        server
            .running
            .log()
            .iter()
            .all(|line| !line.contains(TOKEN))
    );
}

/// Without a token only this machine may write, and nobody through a proxy or from a web page.
pub(crate) fn without_a_token_only_this_machine_writes(program: &Binary) {
    let Some(story) = Story::new(program) else {
        return;
    };
    let (server, _repo) = (story.start(), story.hello());
    let body = json!({ "url": story.url() });
    for field in [
        ("Host", "depot.example.org"),
        ("Origin", "http://evil.example"),
        ("Forwarded", "for=192.0.2.1"),
        ("X-Forwarded-For", "192.0.2.1"),
        ("X-Forwarded-Host", "localhost"),
        ("Via", "1.1 proxy"),
    ] {
        server
            .post("/api/fetch", &[field], &body)
            .expect_error(&[403], &["API_TOKEN"]);
    }
    assert_eq!(story.upstream.count(), 0);
    for host in ["localhost", "127.0.0.1", "[::1]:8080"] {
        server
            .post("/api/fetch", &[("Host", host)], &body)
            .expect_json(200);
    }
}

pub(crate) fn address_in_the_base_url_closes_writing(program: &Binary) {
    let Some(mut story) = Story::new(program) else {
        return;
    };
    story.settings.set("BASE_URL", "https://depot.example.org");
    let (server, _repo) = (story.start(), story.hello());
    server
        .fetch(&story.url())
        .expect_error(&[403], &["API_TOKEN"]);
    assert_eq!(story.upstream.count(), 0);
}
