//! Bodies of requests: how they may come, and that none becomes a request (RFC 9112 section 6).

use core::time::Duration;

use crate::client::{Connection, Response};
use crate::conformance::depot::{Depot, Plan};
use crate::conformance::publisher::{Publisher, REPOSITORY, TOKEN};
use crate::host::{Ability, Host};
use crate::stand_in::{Gate, Manner, Step};

/// What these cases need.
pub const NEEDS: &[Ability] = &[Ability::Wire];

/// A sound body, answered 404 with its package.
const BODY: &str = "{\"package\":\"unknown\"}";
const NEXT: &str = "GET /api/list HTTP/1.1\r\nHost: h\r\n\r\n";

/// By length or in chunks, in one piece or in single bytes: it is the same body.
pub fn body_may_come_in_every_way(host: &dyn Host) {
    let depot = start(host);
    let chunks = "1\r\n{\r\n00014;ext=\"a;b\";x\r\n\"package\":\"unknown\"}\r\n0;last\r\nX-Sum: 1\r\nY: 2\r\n\r\n";
    for (framing, body) in [
        (format!("Content-Length: {}", BODY.len()), BODY),
        ("Transfer-Encoding: chunked".into(), chunks),
        ("Transfer-Encoding: Chunked".into(), chunks),
    ] {
        let request = head("/api/check", &framing) + body;
        let mut connection = depot.connect();
        connection.send(&request);
        expect_checked(&mut connection);
        for byte in request.as_bytes() {
            connection.send([*byte]);
        }
        expect_checked(&mut connection);
        expect_listed(&mut connection, NEXT);
    }
}

/// What comes behind a body is the next request, wherever the pieces break.
pub fn request_behind_a_body_is_answered(host: &dyn Host) {
    let depot = start(host);
    let chunked = head("/api/check", "Transfer-Encoding: chunked");
    let chunked = format!("{chunked}{:x}\r\n{BODY}\r\n0\r\n\r\n", BODY.len());
    let counted = head("/api/check", &format!("Content-Length: {}", BODY.len())) + BODY;
    for request in [chunked, counted] {
        let all = format!("{request}{request}{NEXT}{request}{NEXT}");
        let head_end = request.find("\r\n\r\n").expect("a head ends") + 4;
        for cut in [
            0,
            head_end,
            head_end + 3,
            request.len() - 1,
            request.len() + 5,
        ] {
            let mut connection = depot.connect();
            let (first, rest) = all.split_at(cut);
            connection.send(first);
            std::thread::sleep(Duration::from_millis(20));
            connection.send(rest);
            expect_checked(&mut connection);
            expect_checked(&mut connection);
            expect_listed(&mut connection, "");
            expect_checked(&mut connection);
            expect_listed(&mut connection, "");
        }
    }
}

/// A client that waits is told once to go on, and one that does not wait is not told.
pub fn continue_is_sent_once_and_only_where_it_helps(host: &dyn Host) {
    let depot = start(host);
    let framing = format!("Expect: 100-continue\r\nContent-Length: {}", BODY.len());
    let mut connection = depot.connect();
    for _ in 0..2 {
        connection.send(head("/api/check", &framing));
        assert_eq!(connection.head().expect("an interim answer").status, 100);
        let (first, rest) = BODY.split_at(5);
        connection.send(first);
        std::thread::sleep(Duration::from_millis(20));
        connection.send(rest);
        expect_checked(&mut connection);
    }
    connection.send(head("/api/check", &framing) + BODY);
    expect_checked(&mut connection);
    expect_listed(&mut connection, NEXT);
}

/// A body that would be refused in any case is not asked for, and the connection ends: whether it
/// comes all the same nobody knows.
pub fn continue_is_not_sent_for_a_refusal(host: &dyn Host) {
    let depot = start(host);
    let expect = "Expect: 100-continue\r\nContent-Length: 21";
    let long = "Expect: 100-continue\r\nContent-Length: 70000";
    let coded = format!("{expect}\r\nContent-Encoding: gzip");
    let token = format!("Authorization: Bearer {TOKEN}");
    for (line, status) in [
        (post("/api/check", expect), 401),
        (
            post(
                "/api/check",
                &format!("{expect}\r\nAuthorization: Bearer no"),
            ),
            403,
        ),
        (post("/api/list", &format!("{expect}\r\n{token}")), 405),
        (post("/api/nothing", expect), 404),
        (head("/api/check", long), 413),
        (head("/api/check", &coded), 415),
    ] {
        let mut connection = depot.connect();
        connection.send(&line);
        let answer = connection
            .response("POST")
            .expect("an answer")
            .expect(status);
        assert!(answer.head.closes(), "{line}");
        assert!(connection.ends_within(Duration::from_secs(10)), "{line}");
    }
}

/// Over the limit it is refused, announced or not, and what follows is no request.
pub fn long_body_ends_the_connection(host: &dyn Host) {
    let depot = start(host);
    let announced = head("/api/check", "Content-Length: 65537");
    let piece = format!("4000\r\n{}\r\n", " ".repeat(0x4000));
    let chunked = head("/api/check", "Transfer-Encoding: chunked") + &piece.repeat(4);
    for request in [
        announced.clone(),
        announced + &" ".repeat(65_537),
        chunked.clone() + "1\r\n \r\n0\r\n\r\n",
        chunked + "ffffffffff\r\nGET ",
    ] {
        let mut connection = depot.connect();
        connection.send(request + NEXT);
        let answer = connection.response("POST").expect("an answer").expect(413);
        assert!(answer.head.closes());
        assert!(connection.ends_within(Duration::from_secs(10)));
    }
    // The limit itself is within.
    let mut connection = depot.connect();
    let full = format!("{BODY}{}", " ".repeat(65_536 - BODY.len()));
    connection.send(head("/api/check", "Content-Length: 65536") + &full + NEXT);
    expect_checked(&mut connection);
    expect_listed(&mut connection, "");
}

/// Chunks that do not follow the grammar are refused, and what follows is no request.
pub fn malformed_body_ends_the_connection(host: &dyn Host) {
    let depot = start(host);
    for chunks in [
        "-1\r\n",
        "0x5\r\nhello\r\n0\r\n\r\n",
        "5 \r\nhello\r\n0\r\n\r\n",
        "5\nhello\n0\n\n",
        "5\r\nhelloo\r\n0\r\n\r\n",
        "5;a\nb\r\nhello\r\n0\r\n\r\n",
        "00000000000000001\r\nx\r\n0\r\n\r\n",
        "0\r\nbad\ntrailer\r\n\r\n",
    ] {
        let mut connection = depot.connect();
        connection.send(head("/api/check", "Transfer-Encoding: chunked") + chunks + NEXT);
        let answer = connection.response("POST").expect("an answer").expect(400);
        assert!(answer.head.closes(), "{chunks:?}");
        assert!(
            connection.ends_within(Duration::from_secs(10)),
            "{chunks:?}"
        );
    }
}

/// A body that does not come is not waited for longer than said; one that breaks off does nothing.
pub fn body_that_does_not_come_is_given_up(host: &dyn Host) {
    let plan = Plan::new(host).set("API_TOKEN", TOKEN);
    let depot = plan.timeout("body", "500ms").start();
    let request = head("/api/check", "Content-Length: 21");
    let mut stalled = depot.connect();
    stalled.send(request.clone() + "{\"pack");
    let mut trickling = depot.connect();
    trickling.send(&request);
    for byte in &BODY.as_bytes()[..15] {
        trickling.send([*byte]);
        std::thread::sleep(Duration::from_millis(60));
    }
    assert!(stalled.ends_within(Duration::from_secs(10)));
    assert!(trickling.ends_within(Duration::from_secs(10)));
    let mut broken = depot.connect();
    broken.send(request + "{\"pack");
    broken.finish();
    assert!(broken.ends_within(Duration::from_secs(10)));
    expect_listed(&mut depot.connect(), NEXT);
}

/// Without a body there is nothing to wait for.
pub fn post_without_a_body_is_answered(host: &dyn Host) {
    let depot = start(host);
    let mut connection = depot.connect();
    for framing in [
        "Content-Length: 0",
        "Accept: */*",
        "Transfer-Encoding: chunked",
    ] {
        let chunks = if framing.ends_with("chunked") {
            "0\r\n\r\n"
        } else {
            ""
        };
        connection.send(head("/api/check", framing) + chunks);
        let answer = connection.response("POST").expect("an answer").expect(400);
        assert!(answer.text().contains("empty body"), "{}", answer.text());
    }
    expect_listed(&mut connection, NEXT);
}

/// A body that nobody reads is passed over; it never becomes a request.
pub fn unwanted_body_is_passed_over(host: &dyn Host) {
    let depot = start(host);
    let smuggled = "DELETE /smuggled HTTP/1.1\r\nHost: h\r\n\r\n";
    let counted = format!("Content-Length: {}\r\n\r\n{smuggled}", smuggled.len());
    let chunked = format!(
        "Transfer-Encoding: chunked\r\n\r\n{:x}\r\n{smuggled}\r\n0\r\n\r\n",
        smuggled.len()
    );
    let token = format!("Authorization: Bearer {TOKEN}\r\n");
    let coded = format!("{token}Content-Encoding: gzip\r\n");
    for body in [counted, chunked] {
        let mut connection = depot.connect();
        for (method, path, fields, status) in [
            ("POST", "/api/fetch", "", 401),
            ("POST", "/api/fetch", coded.as_str(), 415),
            ("POST", "/api/list", "", 405),
            ("POST", "/api/update", "", 200),
            ("POST", "/api/nothing", token.as_str(), 404),
            ("POST", "/api", "", 404),
            ("POST", "/zig/zig-x86_64-linux-0.14.1.tar.xz", "", 405),
            ("PUT", "/api/fetch", token.as_str(), 405),
            ("GET", "/api/fetch", token.as_str(), 405),
            ("GET", "/api/list", "", 200),
            ("HEAD", "/api/list", "", 200),
        ] {
            connection.send(format!(
                "{method} {path} HTTP/1.1\r\nHost: h\r\n{fields}{body}"
            ));
            let answer = connection.response(method);
            let answer = answer.unwrap_or_else(|broken| panic!("{method} {path}: {broken:?}"));
            assert_eq!(
                answer.status(),
                status,
                "{method} {path}: {}",
                answer.text()
            );
            assert!(!answer.head.closes(), "{method} {path}");
        }
        expect_listed(&mut connection, NEXT);
    }
}

/// A fetch that waits when the server is stopped gets its answer, and the connection ends with it.
pub fn term_answers_a_waiting_fetch(host: &dyn Host) {
    let Some(mut publisher) = Publisher::new(host) else {
        return;
    };
    let (_repo, gate) = (publisher.hello(), Gate::new());
    let manner = Manner::Gated(gate.clone());
    publisher.git.on(REPOSITORY, Step::Fetch, manner);
    let body = serde_json::json!({ "url": publisher.url() }).to_string();
    let mut connection = publisher.depot.connect();
    let framing = format!("Content-Length: {}", body.len());
    connection.send(head("/api/fetch", &framing) + &body + NEXT);
    gate.wait_reached();
    publisher.depot.running.terminate();
    publisher.depot.running.wait_for_log(&["stop"]);
    gate.open();
    let answer = connection.response("POST").expect("an answer");
    assert!(matches!(answer.status(), 200 | 503), "{}", answer.text());
    assert!(answer.head.closes());
    let ended = publisher.depot.running.wait_exit(Duration::from_secs(20));
    assert!(ended.is_some_and(|status| status.success()), "{ended:?}");
}

fn start(host: &dyn Host) -> Depot<'_> {
    Plan::new(host).set("API_TOKEN", TOKEN).start()
}

fn post(path: &str, fields: &str) -> String {
    format!("POST {path} HTTP/1.1\r\nHost: h\r\n{fields}\r\n\r\n")
}

fn head(path: &str, fields: &str) -> String {
    post(path, &format!("Authorization: Bearer {TOKEN}\r\n{fields}"))
}

#[track_caller]
fn expect_checked(connection: &mut Connection) {
    let answer = read(connection, "POST").expect(404);
    assert!(answer.text().contains("not_found"), "{}", answer.text());
    assert!(!answer.head.closes());
}

#[track_caller]
fn expect_listed(connection: &mut Connection, request: &str) {
    connection.send(request);
    let answer = read(connection, "GET").expect(200);
    assert!(
        answer.text().contains("local_packages"),
        "{}",
        answer.text()
    );
}

#[track_caller]
fn read(connection: &mut Connection, method: &str) -> Response {
    let answer = connection.response(method);
    answer.unwrap_or_else(|broken| panic!("{method}: {broken:?}"))
}
