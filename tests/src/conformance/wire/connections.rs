//! The life of a connection: keep-alive, pipelining, and how it ends (RFC 9112 section 9).

use core::time::Duration;

use crate::client::{Connection, End};
use crate::conformance::depot::{DEV, Depot, Plan, SMALL, bytes_of};
use crate::host::{Ability, Host};

/// What these cases need.
pub const NEEDS: &[Ability] = &[Ability::Wire];

const PATH: &str = "/zig/zig-x86_64-linux-0.14.1.tar.xz";

/// One connection serves many requests of every kind.
pub fn connection_is_kept_alive(host: &dyn Host) {
    let depot = Depot::new(host);
    let bytes = depot.warm_release();
    let mut connection = depot.connect();
    for _ in 0..3 {
        ask(&mut connection, "GET", PATH, &[]).expect_bytes(&bytes);
        ask(&mut connection, "HEAD", PATH, &[]).expect(200);
        ask(&mut connection, "GET", PATH, &[("Range", "bytes=1-2")]).expect(206);
        ask(&mut connection, "GET", PATH, &[("Range", "bytes=99999-")]).expect(416);
        ask(&mut connection, "GET", PATH, &[("If-None-Match", "*")]).expect(304);
        ask(&mut connection, "GET", "/nothing", &[]).expect(404);
        ask(&mut connection, "DELETE", PATH, &[]).expect(405);
    }
}

/// Pipelined requests are answered in the order they came, hits and misses alike.
pub fn pipelined_requests_are_answered_in_order(host: &dyn Host) {
    let depot = Depot::new(host);
    let bytes = depot.warm_release();
    let cold = bytes_of(5, SMALL);
    depot.upstream().publish(DEV, &cold);
    let mut connection = depot.connect();
    let get = |path: &str| format!("GET {path} HTTP/1.1\r\nHost: h\r\n\r\n");
    let dev = format!("/zig/{DEV}");
    connection.send(
        [
            get(&dev),
            get(PATH),
            get("/nothing"),
            get(PATH).replace("GET", "HEAD"),
            get(&dev),
        ]
        .concat(),
    );
    let mut answer = |method| connection.response(method).expect("an answer");
    answer("GET").expect_bytes(&cold);
    answer("GET").expect_bytes(&bytes);
    answer("GET").expect(404);
    answer("HEAD").expect(200);
    answer("GET").expect_bytes(&cold);
}

/// A long pipeline is read as its answers are, with a bounded buffer.
pub fn long_pipeline_is_answered_whole(host: &dyn Host) {
    let depot = Depot::new(host);
    let mut connection = depot.connect();
    connection.send("GET /nothing HTTP/1.1\r\nHost: h\r\n\r\n".repeat(500));
    for _ in 0..500 {
        connection.response("GET").expect("an answer").expect(404);
    }
}

/// `Connection: close` is obeyed and announced.
pub fn asked_close_is_announced(host: &dyn Host) {
    let depot = Depot::new(host);
    let bytes = depot.warm_release();
    for value in ["close", "Close", "x, close"] {
        let mut connection = depot.connect();
        let answer =
            ask(&mut connection, "GET", PATH, &[("Connection", value)]).expect_bytes(&bytes);
        assert!(answer.head.closes(), "{value}");
        assert_eq!(connection.end(), End::Closed, "{value}");
    }
}

/// HTTP/1.0 clients need no Host, get their file, and then the end.
pub fn old_clients_get_the_end(host: &dyn Host) {
    let depot = Depot::new(host);
    let bytes = depot.warm_release();
    let mut connection = depot.connect();
    connection.send(format!("GET {PATH} HTTP/1.0\r\n\r\n"));
    let answer = connection
        .response("GET")
        .expect("an answer")
        .expect_bytes(&bytes);
    assert_eq!(answer.field("transfer-encoding"), None);
    assert_eq!(connection.end(), End::Closed);
}

/// Bytes that nobody reads any more do not reset the connection under an answer (RFC 9112 section 9.6).
pub fn stray_bytes_behind_the_last_request_cut_nothing(host: &dyn Host) {
    let depot = Depot::new(host);
    let bytes = bytes_of(7, 3 << 20);
    depot.upstream().publish(DEV, &bytes);
    depot.zig(DEV).expect_bytes(&bytes);
    let mut connection = depot.connect();
    connection.send(format!("GET /zig/{DEV} HTTP/1.0\r\n\r\n"));
    connection.head().expect("a head");
    connection.send("\r\n");
    std::thread::sleep(Duration::from_millis(100));
    assert!(connection.exactly(bytes.len()).expect("all bytes") == bytes[..]);
    assert_eq!(connection.end(), End::Closed);
}

/// A client that waits for permission to send its body is not left waiting (RFC 9110 section 10.1.1).
pub fn expectation_is_answered(host: &dyn Host) {
    let depot = Depot::new(host);
    let mut connection = depot.connect();
    connection.send(format!(
        "POST {PATH} HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n"
    ));
    let head = connection.head().expect("a head");
    match head.status {
        100 => {
            connection.send("abc");
            connection.response("POST").expect("an answer").expect(405);
        }
        // A final status: the body will not be read, so either side may only close or skip it.
        status => assert_eq!(status, 405),
    }
}

/// An expectation on a request without a body gets no interim answer: Zig cannot read one.
pub fn expectation_without_body_gets_a_final_answer(host: &dyn Host) {
    let depot = Depot::new(host);
    let mut connection = depot.connect();
    let head = ask(
        &mut connection,
        "GET",
        "/nothing",
        &[("Expect", "100-continue")],
    )
    .head;
    assert!(matches!(head.status, 404 | 417), "{}", head.status);
}

/// A body nobody wants is read away, or the connection ends: it never becomes a request.
pub fn body_of_a_get_is_no_request(host: &dyn Host) {
    let depot = Depot::new(host);
    let bytes = depot.warm_release();
    let smuggled = "GET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n";
    let length = format!("Content-Length: {}\r\n\r\n{smuggled}", smuggled.len());
    let chunked = format!(
        "Transfer-Encoding: chunked\r\n\r\n{:x}\r\n{smuggled}\r\n0\r\n\r\n",
        smuggled.len()
    );
    for body in [length, chunked] {
        let mut connection = depot.connect();
        connection.send(format!(
            "GET {PATH} HTTP/1.1\r\nHost: h\r\n{body}HEAD {PATH} HTTP/1.1\r\nHost: h\r\n\r\n"
        ));
        let first = connection.response("GET").expect("an answer");
        if matches!(first.status(), 400 | 413) {
            continue;
        }
        let closes = first.expect_bytes(&bytes).head.closes();
        match connection.response("HEAD") {
            Ok(second) => drop(second.expect(200)),
            Err(broken) => assert!(closes && broken.is_end(), "{broken:?}"),
        }
    }
}

/// A huge body is not waited for.
pub fn huge_body_is_not_read(host: &dyn Host) {
    let depot = Depot::new(host);
    let mut connection = depot.connect();
    connection.send(format!(
        "POST {PATH} HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000000000\r\n\r\n"
    ));
    let answer = connection.response("POST").expect("an answer");
    assert!(matches!(answer.status(), 405 | 413), "{}", answer.status());
    assert!(answer.head.closes());
    assert!(connection.ends_within(Duration::from_secs(10)));
}

/// A connection that asks nothing more is closed after the idle timeout.
pub fn idle_connection_is_closed(host: &dyn Host) {
    let depot = Plan::new(host).timeout("idle", "300ms").start();
    let mut fresh = depot.connect();
    let mut used = depot.connect();
    ask(&mut used, "GET", "/nothing", &[]).expect(404);
    assert!(used.ends_within(Duration::from_secs(10)));
    assert!(fresh.ends_within(Duration::from_secs(10)));
}

/// A connection that is idle for less than that is there for the next request: Zig does not try again.
pub fn pause_between_requests_is_fine(host: &dyn Host) {
    let depot = Depot::new(host);
    let mut connection = depot.connect();
    ask(&mut connection, "GET", "/nothing", &[]).expect(404);
    std::thread::sleep(Duration::from_millis(1500));
    ask(&mut connection, "GET", "/nothing", &[]).expect(404);
}

/// A client that stops reading is given up after the body timeout; the server stays well.
pub fn client_that_stops_reading_is_given_up(host: &dyn Host) {
    let depot = Plan::new(host).timeout("body", "500ms").start();
    let bytes = bytes_of(6, 24 << 20);
    depot.upstream().publish(DEV, &bytes);
    depot.zig(DEV).expect_bytes(&bytes);
    let (mut stopped, _) = depot.first_bytes(DEV, 1000);
    std::thread::sleep(Duration::from_secs(3));
    let broken = stopped.exactly(bytes.len() - 1000).expect_err("given up");
    assert!(broken.is_end(), "{broken:?}");
}

/// A client that has said all it will say still gets its answer.
pub fn half_closed_client_is_answered(host: &dyn Host) {
    let depot = Depot::new(host);
    let bytes = depot.warm_release();
    let mut connection = depot.connect();
    connection.ask("GET", PATH, &[]);
    connection.finish();
    connection
        .response("GET")
        .expect("an answer")
        .expect_bytes(&bytes);
    assert_eq!(connection.end(), End::Closed);
}

#[track_caller]
fn ask(
    connection: &mut Connection,
    method: &str,
    path: &str,
    fields: &[(&str, &str)],
) -> crate::client::Response {
    let answer = connection.request(method, path, fields);
    answer.unwrap_or_else(|broken| panic!("{method} {path}: {broken:?}"))
}
