//! Heads that are long or slow cost the server little and then their connection.

use core::time::Duration;
use std::time::Instant;

use crate::client::Connection;
use crate::conformance::depot::{Depot, Plan};
use crate::host::{Ability, Host};

/// What these cases need.
pub const NEEDS: &[Ability] = &[Ability::Wire];

/// A head without end is refused long before the memory is.
pub fn endless_head_is_refused(host: &dyn Host) {
    let depot = Depot::new(host);
    for line in ["X-Pad: 0123456789abcdef0123456789abcdef\r\n", "X", "X: "] {
        let mut connection = depot.connect();
        connection.send("GET / HTTP/1.1\r\nHost: h\r\n");
        let block = line.repeat(4096 / line.len());
        let mut sent = 0;
        while sent < 64 << 20 && connection.try_send(&block) {
            sent += block.len();
        }
        assert!(sent < 32 << 20, "{line:?}: {sent} bytes were taken");
        refused_or_ended(&mut connection, &[400, 431]);
    }
    let resident = depot.running.resident().unwrap_or(0);
    assert!(resident < 100 << 20, "{resident} bytes resident");
}

/// A field that is too large is 431, where the client can still read the answer.
pub fn large_field_is_refused(host: &dyn Host) {
    let depot = Depot::new(host);
    let mut connection = depot.connect();
    connection.send(format!(
        "GET / HTTP/1.1\r\nHost: h\r\nX: {}\r\n\r\n",
        "x".repeat(200_000)
    ));
    refused_or_ended(&mut connection, &[431]);
}

/// Too many fields are 431, too.
pub fn many_fields_are_refused(host: &dyn Host) {
    let depot = Depot::new(host);
    let mut connection = depot.connect();
    connection.send(format!(
        "GET / HTTP/1.1\r\nHost: h\r\n{}\r\n",
        "X: y\r\n".repeat(5000)
    ));
    refused_or_ended(&mut connection, &[431]);
}

/// A target that is too long is 414.
pub fn long_target_is_refused(host: &dyn Host) {
    let depot = Depot::new(host);
    let mut connection = depot.connect();
    connection.send(format!(
        "GET /{} HTTP/1.1\r\nHost: h\r\n\r\n",
        "x".repeat(200_000)
    ));
    refused_or_ended(&mut connection, &[414, 431]);
}

/// Heads of an ordinary browser's size are fine.
pub fn ordinary_heads_are_accepted(host: &dyn Host) {
    let depot = Depot::new(host);
    let cookie = "c".repeat(4000);
    depot
        .request(
            "GET",
            "/nothing",
            &[("Cookie", &cookie), ("User-Agent", "zig/0.14.1 (std.http)")],
        )
        .expect(404);
}

/// A head that comes a byte at a time is read all the same, split wherever it may be.
pub fn head_may_come_byte_by_byte(host: &dyn Host) {
    let depot = Depot::new(host);
    let mut connection = depot.connect();
    for byte in b"GET /nothing HTTP/1.1\r\nHost: mirror.test\r\n\r\n" {
        connection.send([*byte]);
        std::thread::sleep(Duration::from_millis(1));
    }
    connection.response("GET").expect("an answer").expect(404);
}

/// A head that never ends is given up after the head timeout, however busily it trickles in.
pub fn trickling_head_is_given_up(host: &dyn Host) {
    let depot = Plan::new(host).timeout("head", "300ms").start();
    let mut connection = depot.connect();
    connection.send("GET / HTTP/1.1\r\nHost: h\r\n");
    let started = Instant::now();
    while started.elapsed() < Duration::from_secs(10) && connection.try_send("X: y\r\n") {
        std::thread::sleep(Duration::from_millis(50));
    }
    assert!(
        started.elapsed() < Duration::from_secs(10),
        "the connection lives on"
    );
    refused_or_ended(&mut connection, &[408]);
}

/// A head that stops half-way is given up, too.
pub fn silent_head_is_given_up(host: &dyn Host) {
    let depot = Plan::new(host).timeout("head", "300ms").start();
    let mut connection = depot.connect();
    connection.send("GET / HTTP/1.1\r\nHo");
    refused_or_ended(&mut connection, &[408]);
}

/// An empty line before a request is passed over (RFC 9112 section 2.2).
pub fn empty_line_before_a_request_is_passed_over(host: &dyn Host) {
    let depot = Depot::new(host);
    let mut connection = depot.connect();
    connection.send("\r\nGET /nothing HTTP/1.1\r\nHost: h\r\n\r\n");
    connection.response("GET").expect("an answer").expect(404);
}

/// The absolute form of a target is its path (RFC 9112 section 3.2.2).
pub fn absolute_form_is_accepted(host: &dyn Host) {
    let depot = Depot::new(host);
    depot.warm_release();
    let mut connection = depot.connect();
    let path = "http://mirror.test/zig/zig-x86_64-linux-0.14.1.tar.xz";
    connection
        .request("GET", path, &[])
        .expect("an answer")
        .expect(200);
}

/// The server is no proxy.
pub fn connect_is_refused(host: &dyn Host) {
    let depot = Depot::new(host);
    let mut connection = depot.connect();
    connection.send("CONNECT ziglang.org:443 HTTP/1.1\r\nHost: ziglang.org:443\r\n\r\n");
    refused_or_ended(&mut connection, &[400, 404, 405, 501]);
}

/// Whatever the answer, it is one of these or the end; then the connection is over.
#[track_caller]
fn refused_or_ended(connection: &mut Connection, statuses: &[u16]) {
    match connection.response("GET") {
        Ok(answer) => assert!(statuses.contains(&answer.status()), "{}", answer.status()),
        Err(broken) => assert!(broken.is_end(), "{broken:?}"),
    }
    assert!(
        connection.ends_within(Duration::from_secs(10)),
        "the connection goes on"
    );
}
