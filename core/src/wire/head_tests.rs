//! Tests of request heads.

use std::format;
use std::string::{String, ToString};

use super::*;

#[test]
fn request_of_zig() {
    let wire = "GET /p/hello/tag/v1.tar.gz HTTP/1.1\r\nhost: 127.0.0.1:43667\r\n\
        user-agent: zig/0.14.1 (std.http)\r\nconnection: keep-alive\r\n\
        accept-encoding: gzip, deflate\r\n\r\n";
    let head = parse(wire).unwrap();
    assert_eq!(
        (head.method, head.target),
        (Method::Get, "/p/hello/tag/v1.tar.gz")
    );
    assert_eq!(
        (head.version, head.body),
        (Version::Http11, BodyLength::Empty)
    );
    assert_eq!(head.fields.host, Some(&b"127.0.0.1:43667"[..]));
    assert_eq!(head.fields.user_agent, Some(&b"zig/0.14.1 (std.http)"[..]));
    assert_eq!(head.fields.accept_encoding, Some(&b"gzip, deflate"[..]));
    assert!(head.keep_alive && !head.expect_continue && !head.fields.via_proxy);
}

#[test]
fn request_of_git() {
    let wire = "POST /hello.git/git-upload-pack HTTP/1.1\r\nHost: a\r\nUser-Agent: git/2.47.3\r\n\
        Content-Type: application/x-git-upload-pack-request\r\nContent-Encoding: gzip\r\n\
        Transfer-Encoding: chunked\r\nExpect: 100-Continue\r\nGit-Protocol: version=2\r\n\r\n";
    let head = parse(wire).unwrap();
    assert_eq!(
        (head.method, head.body),
        (Method::Post, BodyLength::Chunked)
    );
    assert_eq!(head.fields.git_protocol, Some(&b"version=2"[..]));
    assert_eq!(head.fields.content_encoding, Some(&b"gzip"[..]));
    assert!(head.expect_continue);
}

#[test]
fn request_lines_that_pass() {
    let table = [
        ("GET / HTTP/1.1", Method::Get, "/"),
        ("HEAD /a?b HTTP/1.1", Method::Head, "/a?b"),
        ("POST /a HTTP/1.9", Method::Post, "/a"),
        ("get / HTTP/1.1", Method::Other, "/"),
        ("DELETE //a//../b HTTP/1.1", Method::Other, "//a//../b"),
        ("M-SEARCH / HTTP/1.1", Method::Other, "/"),
        (
            "GET /+~@:,;=!$&()*%zz|^{}\"<>\\ HTTP/1.1",
            Method::Get,
            "/+~@:,;=!$&()*%zz|^{}\"<>\\",
        ),
        (
            "GET /\u{e4}\u{1f980} HTTP/1.1",
            Method::Get,
            "/\u{e4}\u{1f980}",
        ),
        ("GET http://b/c?d HTTP/1.1", Method::Get, "/c?d"),
        ("GET HTTPS://b:8443 HTTP/1.1", Method::Get, "/"),
    ];
    for (line, method, target) in table {
        let wire = format!("{line}\r\nHost: a\r\n\r\n");
        let head = parse(&wire).map(|head| (head.method, head.target));
        assert_eq!(head, Ok((method, target)), "{line}");
    }
}

#[test]
fn request_lines_that_are_refused() {
    let table = [
        ("GET /", Reject::RequestLine),
        ("GET", Reject::RequestLine),
        ("GET / HTTP/1.1 ", Reject::RequestLine),
        (" GET / HTTP/1.1", Reject::RequestLine),
        ("G(T / HTTP/1.1", Reject::RequestLine),
        ("GET /\tHTTP/1.1", Reject::RequestLine),
        ("GET\t/ HTTP/1.1", Reject::RequestLine),
        ("GET / http/1.1", Reject::RequestLine),
        ("GET / HTTP/1.10", Reject::RequestLine),
        ("GET / HTTP/11", Reject::RequestLine),
        ("GET / HTTP/+1.1", Reject::RequestLine),
        ("GET / HTTP/2.0", Reject::Version),
        ("PRI * HTTP/2.0", Reject::Version),
        ("GET / HTTP/0.9", Reject::Version),
        ("GET  / HTTP/1.1", Reject::Target),
        ("GET /  HTTP/1.1", Reject::Target),
        ("GET  HTTP/1.1", Reject::Target),
        ("GET /a b HTTP/1.1", Reject::Target),
        ("GET /a#b HTTP/1.1", Reject::Target),
        ("GET /a\tb HTTP/1.1", Reject::Target),
        ("GET /a\u{1}b HTTP/1.1", Reject::Target),
        ("GET /a\u{7f}b HTTP/1.1", Reject::Target),
        ("GET a HTTP/1.1", Reject::Target),
        ("OPTIONS * HTTP/1.1", Reject::Target),
        ("CONNECT a:443 HTTP/1.1", Reject::Target),
        ("GET ftp://a/ HTTP/1.1", Reject::Target),
        ("GET http:/a HTTP/1.1", Reject::Target),
        ("GET http://a?b HTTP/1.1", Reject::Target),
        ("GET http:///a HTTP/1.1", Reject::HostInvalid),
        ("GET http://u@b/a HTTP/1.1", Reject::HostInvalid),
    ];
    for (line, reject) in table {
        assert_rejects(&format!("{line}\r\nHost: a\r\n\r\n"), reject);
    }
}

#[test]
fn target_that_is_not_utf8_is_refused() {
    let wire = b"GET /\xff HTTP/1.1\r\nHost: a\r\n\r\n";
    assert_eq!(
        parse_request(wire, &HeadLimits::default()),
        Err(Reject::Target)
    );
}

#[test]
fn absolute_target_wins_over_host() {
    let head = parse("GET http://b:81/c HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
    assert_eq!(head.fields.host, Some(&b"b:81"[..]));
    assert_rejects("GET http://b/c HTTP/1.1\r\n\r\n", Reject::HostMissing);
}

#[test]
fn host_rules() {
    let table = [
        ("HTTP/1.1\r\nHost: a", Ok(Some("a"))),
        ("HTTP/1.1\r\nHost:", Ok(Some(""))),
        ("HTTP/1.1\r\nhOST:\t[::1]:80 ", Ok(Some("[::1]:80"))),
        ("HTTP/1.0", Ok(None)),
        ("HTTP/1.0\r\nHost: a", Ok(Some("a"))),
        ("HTTP/1.1", Err(Reject::HostMissing)),
        ("HTTP/1.1\r\nHost: a\r\nHost: a", Err(Reject::HostRepeated)),
        ("HTTP/1.1\r\nHost:\r\nHost: a", Err(Reject::HostRepeated)),
        ("HTTP/1.0\r\nHost: a\r\nhost: b", Err(Reject::HostRepeated)),
        ("HTTP/1.1\r\nHost: a b", Err(Reject::HostInvalid)),
        ("HTTP/1.1\r\nHost: a, b", Err(Reject::HostInvalid)),
        ("HTTP/1.1\r\nHost: u@a", Err(Reject::HostInvalid)),
        ("HTTP/1.1\r\nHost: a/b", Err(Reject::HostInvalid)),
        ("HTTP/1.0\r\nHost: :80", Err(Reject::HostInvalid)),
    ];
    for (lines, expected) in table {
        let wire = format!("GET / {lines}\r\n\r\n");
        let host = parse(&wire).map(|head| head.fields.host);
        assert_eq!(
            host,
            expected.map(|host| host.map(str::as_bytes)),
            "{lines}"
        );
    }
}

#[test]
fn bodies_of_requests() {
    let table = [
        ("A: b", Ok(BodyLength::Empty)),
        ("Content-Length: 0", Ok(BodyLength::Length(0))),
        ("content-length:\t007 ", Ok(BodyLength::Length(7))),
        (
            "Content-Length: 18446744073709551615",
            Ok(BodyLength::Length(u64::MAX)),
        ),
        ("Transfer-Encoding: chunked", Ok(BodyLength::Chunked)),
        ("Transfer-Encoding:CHUNKED", Ok(BodyLength::Chunked)),
        (
            "Content-Length: 18446744073709551616",
            Err(Reject::ContentLength),
        ),
        ("Content-Length:", Err(Reject::ContentLength)),
        ("Content-Length: +5", Err(Reject::ContentLength)),
        ("Content-Length: -5", Err(Reject::ContentLength)),
        ("Content-Length: 0x5", Err(Reject::ContentLength)),
        ("Content-Length: 5 5", Err(Reject::ContentLength)),
        ("Content-Length: 5, 5", Err(Reject::ContentLength)),
        (
            "Content-Length: 5\r\nContent-Length: 5",
            Err(Reject::ContentLength),
        ),
        (
            "Content-Length: 5\r\nTransfer-Encoding: chunked",
            Err(Reject::LengthAndCoding),
        ),
        (
            "Transfer-Encoding: chunked\r\nContent-Length: 5",
            Err(Reject::LengthAndCoding),
        ),
        (
            "Transfer-Encoding: chunked, chunked",
            Err(Reject::TransferEncoding),
        ),
        (
            "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
            Err(Reject::TransferEncoding),
        ),
        (
            "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity",
            Err(Reject::TransferEncoding),
        ),
        ("Transfer-Encoding:", Err(Reject::TransferEncoding)),
        ("Transfer-Encoding: chunked,", Err(Reject::TransferEncoding)),
        ("Transfer-Encoding: ,chunked", Err(Reject::TransferEncoding)),
        (
            "Transfer-Encoding: chunked;q=1",
            Err(Reject::TransferEncoding),
        ),
        (
            "Transfer-Encoding: \"chunked\"",
            Err(Reject::TransferEncoding),
        ),
        (
            "Transfer-Encoding: chunked foo",
            Err(Reject::TransferEncoding),
        ),
        ("Transfer-Encoding: identity", Err(Reject::CodingUnknown)),
        (
            "Transfer-Encoding: gzip, chunked",
            Err(Reject::CodingUnknown),
        ),
        (
            "Transfer-Encoding: chunked, identity",
            Err(Reject::CodingUnknown),
        ),
        ("Transfer-Encoding: xchunked", Err(Reject::CodingUnknown)),
    ];
    for (lines, expected) in table {
        let wire = format!("POST / HTTP/1.1\r\nHost: a\r\n{lines}\r\n\r\n");
        assert_eq!(parse(&wire).map(|head| head.body), expected, "{lines}");
    }
}

#[test]
fn chunked_from_http_1_0_is_refused() {
    assert_rejects(
        "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n",
        Reject::TransferEncoding,
    );
}

#[test]
fn field_lines_that_are_refused() {
    for line in [
        "A: b\r\n c",
        "A: b\r\n\tc",
        " A: b",
        "A : b",
        "A\t: b",
        "A",
        ": b",
        "A(: b",
        "\u{e4}: b",
        "A: b\u{1}",
        "A: \u{7f}",
        "A: b\u{8}c",
    ] {
        assert_rejects(
            &format!("GET / HTTP/1.1\r\nHost: a\r\n{line}\r\n\r\n"),
            Reject::FieldLine,
        );
        assert_rejects(
            &format!("GET / HTTP/1.1\r\n{line}\r\nHost: a\r\n\r\n"),
            Reject::FieldLine,
        );
    }
}

#[test]
fn bare_line_ends_are_refused_without_a_scanner_too() {
    let refused = |wire: &str| parse_request(wire.as_bytes(), &HeadLimits::default()).map(|_| ());
    assert_eq!(
        refused("GET / HTTP/1.1\nHost: a\r\n\r\n"),
        Err(Reject::BareLf)
    );
    assert_eq!(
        refused("GET / HTTP/1.1\r\nHost: a\n\r\n"),
        Err(Reject::BareLf)
    );
    assert_eq!(
        refused("GET / HTTP/1.1\r\nHost: a\r\n\n"),
        Err(Reject::BareLf)
    );
    assert_eq!(
        refused("GET / HTTP/1.1\r\nHost: a\rb\r\n\r\n"),
        Err(Reject::FieldLine)
    );
    assert_eq!(
        refused("GET / HTTP/1.1\r\nHost: a\r\n"),
        Err(Reject::FieldLine)
    );
    assert_eq!(
        refused("GET / HTTP/1.1\r\nHost: a\r\n\r\nmore"),
        Err(Reject::FieldLine)
    );
    assert_eq!(refused(""), Err(Reject::RequestLine));
}

#[test]
fn connection_options_are_a_list() {
    let keep_alive = |version: &str, line: &str| {
        parse(&format!("GET / {version}\r\nHost: a\r\n{line}\r\n\r\n")).map(|head| head.keep_alive)
    };
    assert_eq!(keep_alive("HTTP/1.1", "A: b"), Ok(true));
    assert_eq!(keep_alive("HTTP/1.1", "Connection: Close"), Ok(false));
    assert_eq!(keep_alive("HTTP/1.1", "Connection: TE , close"), Ok(false));
    assert_eq!(keep_alive("HTTP/1.1", "Connection: closed"), Ok(true));
    assert_eq!(
        keep_alive("HTTP/1.1", "Connection: keep-alive\r\nConnection: close"),
        Ok(false)
    );
    assert_eq!(keep_alive("HTTP/1.0", "A: b"), Ok(false));
    assert_eq!(keep_alive("HTTP/1.0", "Connection: Keep-Alive"), Ok(true));
    assert_eq!(
        keep_alive("HTTP/1.0", "Connection: keep-alive, close"),
        Ok(false)
    );
}

#[test]
fn expectations() {
    let expects = |version: &str, lines: &str| {
        parse(&format!("POST / {version}\r\nHost: a\r\n{lines}\r\n\r\n"))
            .map(|head| head.expect_continue)
    };
    assert_eq!(
        expects("HTTP/1.1", "Content-Length: 1\r\nExpect: 100-continue"),
        Ok(true)
    );
    assert_eq!(
        expects("HTTP/1.1", "Content-Length: 0\r\nExpect: 100-continue"),
        Ok(false)
    );
    assert_eq!(
        expects("HTTP/1.0", "Content-Length: 1\r\nExpect: 100-continue"),
        Ok(false)
    );
    assert_eq!(
        expects("HTTP/1.1", "Expect: 200-ok"),
        Err(Reject::Expectation)
    );
    assert_eq!(expects("HTTP/1.1", "Expect:"), Err(Reject::Expectation));
}

#[test]
fn limits_of_a_head() {
    let fields =
        |count| "GET / HTTP/1.1\r\nHost: a\r\n".to_string() + &"A: b\r\n".repeat(count) + "\r\n";
    assert!(parse(&fields(63)).is_ok());
    assert_rejects(&fields(64), Reject::TooManyFields);
    let target = |length: usize| {
        format!(
            "GET /{} HTTP/1.1\r\nHost: a\r\n\r\n",
            "a".repeat(length - 1)
        )
    };
    assert!(parse(&target(8 << 10)).is_ok());
    assert_rejects(&target((8 << 10) + 1), Reject::TargetTooLong);
    assert_rejects(&target(16 << 10), Reject::TargetTooLong);
}

#[test]
fn few_empty_lines_before_the_request_are_skipped() {
    let head = parse("\r\n\r\nGET /a HTTP/1.1\r\nHost: a\r\n\r\n").map(|head| head.target == "/a");
    assert_eq!(head, Ok(true));
}

#[test]
fn statuses_follow_the_reason() {
    let table = [
        (Reject::BareLf, 400),
        (Reject::TargetTooLong, 414),
        (Reject::Expectation, 417),
        (Reject::HeadTooLarge, 431),
        (Reject::TooManyFields, 431),
        (Reject::CodingUnknown, 501),
        (Reject::Version, 505),
    ];
    for (reject, status) in table {
        assert_eq!(reject.status(), status);
        assert!(!reject.to_string().contains('\n'));
    }
}

#[test]
fn every_cut_of_a_head_is_refused_and_none_panics() {
    let wire = "GET http://b/a?b HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nVia: x\r\n\r\n";
    for end in 0..wire.len() {
        assert!(
            parse_request(&wire.as_bytes()[..end], &HeadLimits::default()).is_err(),
            "{end}"
        );
    }
}

fn assert_rejects(wire: &str, reject: Reject) {
    assert_eq!(parse(wire), Err(reject), "{wire:?}");
}

/// Scans and parses, whole and byte by byte; both must agree.
fn parse(wire: &str) -> Result<RequestHead<'_>, Reject> {
    let limits = HeadLimits::default();
    let whole = HeadScanner::new().scan(wire.as_bytes(), &limits);
    let mut scanner = HeadScanner::new();
    let split = (1..=wire.len())
        .map(|end| scanner.scan(&wire.as_bytes()[..end], &limits))
        .find(|found| !matches!(found, Ok(None)))
        .unwrap_or(Ok(None));
    assert_eq!(whole, split, "{:?}", String::from(wire));
    let length = whole?.unwrap_or(wire.len());
    parse_request(&wire.as_bytes()[..length], &limits)
}
