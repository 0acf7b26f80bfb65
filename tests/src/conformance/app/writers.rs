//! Who may write: with a token, without one, and never through a proxy or from a web page.

use serde_json::json;

use crate::conformance::publisher::{PACKAGE, Publisher, TOKEN};
use crate::host::{Ability, Host};

/// What these cases need.
pub const NEEDS: &[Ability] = &[];

/// What writes wants the token and says so; what reads does not.
pub fn token_opens_what_writes(host: &dyn Host) {
    let Some(depot) = Publisher::new(host) else {
        return;
    };
    let _repo = depot.hello();
    let (longer, short) = (format!("Bearer {TOKEN}0"), &TOKEN[1..]);
    let short = format!("Bearer {short}");
    for (path, body) in [
        ("/api/fetch", json!({ "url": depot.url() })),
        ("/api/check", json!({ "package": PACKAGE })),
    ] {
        let body = body.to_string();
        let ask = |fields: &[_]| depot.send("POST", path, fields, body.as_bytes());
        let answer = ask(&[]).expect_error(401, "API_TOKEN");
        assert!(
            answer.field("www-authenticate").starts_with("Bearer"),
            "{answer:?}"
        );
        for wrong in [
            "Bearer wrong",
            "Bearer ",
            "Basic YTpi",
            &longer,
            &short,
            TOKEN,
        ] {
            ask(&[("Authorization", wrong)]).expect_error(403, "API_TOKEN");
        }
        // Being near does not stand in for it.
        ask(&[("Host", "localhost")]).expect_error(401, "API_TOKEN");
    }
    assert_eq!(depot.git.count(), 0);
    for path in ["/api/list", "/api/status", "/api/openapi.json"] {
        depot.get(path).expect(200);
    }
    depot.fetch(&depot.url()).expect(200);
    let scheme = format!("bearer   {TOKEN} ");
    let fields = [("Authorization", scheme.as_str())];
    let body = json!({ "package": PACKAGE }).to_string();
    depot
        .send("POST", "/api/check", &fields, body.as_bytes())
        .expect(200);
    let log = depot.depot.running.log();
    assert!(
        log.iter().all(|line| !line.contains(TOKEN)),
        "the log has the token"
    );
}

/// Without a token only this machine may write; a host that does not see who asks lets nobody.
pub fn without_a_token_only_this_machine_writes(host: &dyn Host) {
    let Some(depot) = Publisher::with(host, |plan| plan) else {
        return;
    };
    let _repo = depot.hello();
    let body = json!({ "url": depot.url() }).to_string();
    let ask = |fields: &[_]| depot.send("POST", "/api/fetch", fields, body.as_bytes());
    for fields in [
        [("Host", "depot.example.org"), ("Accept", "*/*")],
        [("Host", "localhost.example.org"), ("Accept", "*/*")],
        [("Host", "localhost"), ("Origin", "http://localhost")],
        [("Host", "localhost"), ("Origin", "null")],
        [("Host", "localhost"), ("Forwarded", "for=127.0.0.1")],
        [("Host", "localhost"), ("X-Forwarded-For", "127.0.0.1")],
        [("Host", "localhost"), ("X-Forwarded-Host", "localhost")],
        [("Host", "localhost"), ("X-Forwarded-Proto", "http")],
        [("Host", "localhost"), ("Via", "1.1 proxy")],
        // A token that nobody asked for opens nothing.
        [("Host", "depot.example.org"), ("Authorization", "Bearer x")],
    ] {
        ask(&fields).expect_error(403, "API_TOKEN");
    }
    assert_eq!(depot.git.count(), 0);
    for name in ["localhost", "LOCALHOST:80", "127.0.0.1", "[::1]:8080"] {
        let answer = ask(&[("Host", name)]);
        if host.can(Ability::Peers) {
            answer.expect(200);
        } else {
            answer.expect_error(403, "API_TOKEN");
        }
    }
}

/// A server that the world knows by a name cannot tell its own machine's requests from a proxy's.
pub fn public_name_closes_writing(host: &dyn Host) {
    let named = format!("https://depot.example.org{}", host.prefix());
    let Some(depot) = Publisher::with(host, |plan| plan.set("BASE_URL", &named)) else {
        return;
    };
    let body = json!({ "url": depot.url() }).to_string();
    let fields = [("Host", "localhost")];
    let answer = depot.send("POST", "/api/fetch", &fields, body.as_bytes());
    answer.expect_error(403, "API_TOKEN");
    assert_eq!(depot.git.count(), 0);
}

/// Anyone may ask for an update, unless that is closed.
pub fn update_is_public_unless_closed(host: &dyn Host) {
    let Some(depot) = Publisher::new(host) else {
        return;
    };
    let answer = depot.send("POST", "/api/update", &[], b"").expect(200);
    assert_eq!(answer.text("status"), "started");
    let Some(depot) = Publisher::with(host, |plan| {
        let plan = plan.set("UPDATE_PUBLIC", "false");
        plan.set("API_TOKEN", TOKEN)
    }) else {
        return;
    };
    let answer = depot.send("POST", "/api/update", &[], b"");
    answer.expect_error(401, "API_TOKEN");
    depot.post("/api/update", &[], b"").expect(200);
}
