//! The client against the stand-in: it must see every kind of bad end for what it is.

use core::time::Duration;

use super::*;
use crate::stand_in::{Answer, File, Framing, Gate, StandIn};

#[test]
fn whole_file_and_keep_alive() {
    let server = StandIn::start();
    server.on("/f", File::new(&b"hello"[..]));
    let mut connection = Connection::open(server.address());
    for _ in 0..2 {
        connection
            .request("GET", "/f", &[])
            .unwrap()
            .expect_bytes(b"hello");
    }
    connection.request("HEAD", "/f", &[]).unwrap().expect(200);
    connection
        .request("GET", "/missing", &[])
        .unwrap()
        .expect(404);
    assert_eq!((server.count("/f"), server.total()), (3, 4));
}

#[test]
fn answers_follow_the_script_and_the_last_one_stays() {
    let server = StandIn::start();
    server.on("/f", 503);
    server.then("/f", Answer::found("/g"));
    server.then("/f", File::new(&b"x"[..]));
    let statuses: Vec<u16> = (0..4).map(|_| get(&server).unwrap().status()).collect();
    assert_eq!(statuses, [503, 302, 200, 200]);
}

#[test]
fn pipelined_requests_are_answered_in_order() {
    let server = StandIn::start();
    server.on("/a", File::new(&b"a"[..]));
    server.on("/b", File::new(&b"b"[..]));
    let mut connection = Connection::open(server.address());
    connection.send("GET /a HTTP/1.1\r\nHost: h\r\n\r\nGET /b HTTP/1.1\r\nHost: h\r\n\r\n");
    connection.response("GET").unwrap().expect_bytes(b"a");
    connection.response("GET").unwrap().expect_bytes(b"b");
}

#[test]
fn cut_body_is_short_and_reset_body_is_reset() {
    let server = StandIn::start();
    server.on("/f", File::new(vec![1; 100_000]).cut_after(40_000));
    server.then("/f", File::new(vec![1; 100_000]).cut_after(0).with_reset());
    assert_eq!(get(&server).unwrap_err(), Broken::Short { got: 40_000 });
    assert_eq!(get(&server).unwrap_err(), Broken::Reset { got: 0 });
}

#[test]
fn reset_before_the_head_is_reset() {
    let server = StandIn::start();
    server.on("/f", Answer::Reset);
    assert_eq!(get(&server).unwrap_err(), Broken::Reset { got: 0 });
}

#[test]
fn chunked_body_is_read_and_its_cut_is_seen() {
    let server = StandIn::start();
    let file = File::new(vec![2; 50_000]).framing(Framing::Chunked);
    server.on("/f", file.clone());
    server.then("/f", file.cut_after(20_000));
    get(&server).unwrap().expect_bytes(&vec![2; 50_000]);
    assert_eq!(get(&server).unwrap_err(), Broken::Short { got: 0 });
}

#[test]
fn unannounced_and_false_lengths_are_as_scripted() {
    let server = StandIn::start();
    server.on("/f", File::new(&b"abc"[..]).framing(Framing::UntilClose));
    server.then(
        "/f",
        File::new(&b"abc"[..]).framing(Framing::FalseLength(5)),
    );
    get(&server).unwrap().expect_bytes(b"abc");
    assert_eq!(get(&server).unwrap_err(), Broken::Short { got: 3 });
}

#[test]
fn range_is_honoured_only_for_the_same_file() {
    let server = StandIn::start();
    server.on("/f", File::new(&b"0123456789"[..]).resumable("one"));
    let range = |tag| {
        let fields = [("Range", "bytes=4-"), ("If-Range", tag)];
        Connection::open(server.address())
            .request("GET", "/f", &fields)
            .unwrap()
    };
    let same = range("\"one\"").expect(206);
    assert_eq!(
        (same.field("content-range"), &same.body[..]),
        (Some("bytes 4-9/10"), &b"456789"[..])
    );
    range("\"two\"").expect_bytes(b"0123456789");
}

#[test]
fn gate_holds_the_rest_back_until_it_is_opened() {
    let (server, gate) = (StandIn::start(), Gate::new());
    server.on("/f", File::new(vec![3; 100_000]).gated(30_000, &gate));
    let mut connection = Connection::open(server.address());
    connection.ask("GET", "/f", &[]);
    connection.head().unwrap();
    connection.exactly(30_000).unwrap();
    gate.wait_reached();
    connection.patience(Duration::from_millis(100));
    assert_eq!(connection.end(), End::Open);
    gate.open();
    connection.exactly(70_000).unwrap();
}

#[test]
fn raw_garbage_is_malformed() {
    let server = StandIn::start();
    for garbage in [
        "HTTP/1.1 200 OK\nA: b\r\n\r\n",
        "HTTP/1.1 20x OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\nA : b\r\n\r\n",
    ] {
        server.on("/f", Answer::Raw(garbage.into()));
        assert!(
            matches!(get(&server), Err(Broken::Malformed(_))),
            "{garbage:?}"
        );
    }
}

#[test]
fn two_lengths_are_malformed() {
    let server = StandIn::start();
    server.on(
        "/f",
        Answer::Raw(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\na".into()),
    );
    assert!(matches!(get(&server), Err(Broken::Malformed(_))));
}

#[test]
fn stand_in_answers_as_a_proxy() {
    let server = StandIn::start();
    server.on("/f", File::new(&b"hello"[..]));
    let mut connection = Connection::open(server.address());
    connection
        .request("GET", "http://ziglang.invalid/f", &[])
        .unwrap()
        .expect_bytes(b"hello");
    connection.send("CONNECT ziglang.invalid:80 HTTP/1.1\r\nHost: h\r\n\r\n");
    assert_eq!(connection.head().unwrap().status, 200);
    connection
        .request("GET", "/f", &[])
        .unwrap()
        .expect_bytes(b"hello");
    assert_eq!(server.requests()[0].target, "http://ziglang.invalid/f");
}

#[test]
fn a_client_may_come_from_another_loopback_address() {
    let server = StandIn::start();
    let from = Ipv4Addr::new(127, 0, 0, 9);
    let mut connection = Connection::open_from(from, server.address());
    connection.request("GET", "/f", &[]).unwrap().expect(404);
    assert_eq!(connection.stream.local_addr().unwrap().ip(), from);
}

fn get(server: &StandIn) -> Result<Response, Broken> {
    Connection::open(server.address()).request("GET", "/f", &[])
}
