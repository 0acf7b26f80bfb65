//! Heads that two parsers could read in two ways are refused, and so is everything after them.

use core::time::Duration;

use crate::conformance::depot::Depot;
use crate::host::{Ability, Host};

/// What these cases need.
pub const NEEDS: &[Ability] = &[Ability::Wire];

/// Two ways to find the end of a body are one too many (RFC 9112 section 6.3).
pub fn length_and_coding_are_refused(host: &dyn Host) {
    refused(
        host,
        &[
            "POST /zig/x HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            "POST /zig/x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
            "GET /zig/x HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        ],
    );
}

/// A length is given once, in digits.
pub fn odd_lengths_are_refused(host: &dyn Host) {
    refused(
        host,
        &[
            "GET /zig/x HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
            "GET /zig/x HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc",
            "GET /zig/x HTTP/1.1\r\nHost: h\r\nContent-Length: 3, 3\r\n\r\nabc",
            "GET /zig/x HTTP/1.1\r\nHost: h\r\nContent-Length: +3\r\n\r\nabc",
            "GET /zig/x HTTP/1.1\r\nHost: h\r\nContent-Length: -3\r\n\r\nabc",
            "GET /zig/x HTTP/1.1\r\nHost: h\r\nContent-Length: 0x3\r\n\r\nabc",
            "GET /zig/x HTTP/1.1\r\nHost: h\r\nContent-Length: 3 3\r\n\r\nabc",
            "GET /zig/x HTTP/1.1\r\nHost: h\r\nContent-Length:\r\n\r\n",
            "GET /zig/x HTTP/1.1\r\nHost: h\r\nContent-Length: 99999999999999999999999\r\n\r\n",
        ],
    );
}

/// The only coding is `chunked`, once, in HTTP/1.1.
pub fn odd_codings_are_refused(host: &dyn Host) {
    refused(
        host,
        &[
            "POST /zig/x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
            "POST /zig/x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n",
            "POST /zig/x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            "POST /zig/x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
            "POST /zig/x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: identity\r\n\r\n",
            "POST /zig/x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding:\r\n\r\n",
            "POST /zig/x HTTP/1.0\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        ],
    );
}

/// Chunks that do not follow the grammar end the connection.
pub fn odd_chunks_are_refused(host: &dyn Host) {
    let depot = Depot::new(host);
    for chunk in [
        "-1\r\n",
        "+1\r\na\r\n0\r\n\r\n",
        "1\na\n0\n\n",
        "1\r\nab\r\n0\r\n\r\n",
        "fffffffffffffffff\r\n",
        "zz\r\n",
    ] {
        let mut connection = depot.connect();
        connection.send(format!(
            "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n{chunk}"
        ));
        connection.send("GET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n");
        if let Ok(answer) = connection.response("POST") {
            assert!(
                matches!(answer.status(), 400 | 405 | 413),
                "{chunk:?}: {}",
                answer.status()
            );
        }
        assert!(
            connection.ends_within(Duration::from_secs(5)),
            "{chunk:?}: the connection goes on"
        );
    }
}

/// There is one `Host` (RFC 9112 section 3.2).
pub fn odd_hosts_are_refused(host: &dyn Host) {
    refused(
        host,
        &[
            "GET /zig/x HTTP/1.1\r\n\r\n",
            "GET /zig/x HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
            "GET /zig/x HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n",
            "GET /zig/x HTTP/1.1\r\nHost: a b\r\n\r\n",
            "GET /zig/x HTTP/1.1\r\nHost: a/b\r\n\r\n",
            "GET /zig/x HTTP/1.1\r\nHost: u@h\r\n\r\n",
        ],
    );
}

/// Lines end in CRLF, and CR is never alone (RFC 9112 section 2.2).
pub fn odd_line_ends_are_refused(host: &dyn Host) {
    refused(
        host,
        &[
            "GET /zig/x HTTP/1.1\nHost: h\n\n",
            "GET /zig/x HTTP/1.1\r\nHost: h\nX: y\r\n\r\n",
            "GET /zig/x HTTP/1.1\r\nHost: h\r\nX: y\n\r\n",
            "GET /zig/x HTTP/1.1\r\nHost: h\r\nX: a\rb\r\n\r\n",
            "GET /zig/x HTTP/1.1\r\nHost: h\r\nX: y\r\n\n",
        ],
    );
}

/// Field lines have a token, a colon, and nothing between or before them (RFC 9112 section 5).
pub fn odd_fields_are_refused(host: &dyn Host) {
    refused(
        host,
        &[
            "GET /zig/x HTTP/1.1\r\nHost : h\r\n\r\n",
            "GET /zig/x HTTP/1.1\r\nHost: h\r\n folded\r\n\r\n",
            "GET /zig/x HTTP/1.1\r\n Host: h\r\n\r\n",
            "GET /zig/x HTTP/1.1\r\nHost: h\r\n: y\r\n\r\n",
            "GET /zig/x HTTP/1.1\r\nHost: h\r\nno colon\r\n\r\n",
            "GET /zig/x HTTP/1.1\r\nHost: h\r\nX(y): z\r\n\r\n",
            "GET /zig/x HTTP/1.1\r\nHost: h\r\nX: a\0b\r\n\r\n",
            "GET /zig/x HTTP/1.1\r\nHost: h\r\nX\0: b\r\n\r\n",
            "GET /zig/x HTTP/1.1\r\nHost: h\r\nX: \u{7f}\r\n\r\n",
        ],
    );
}

/// Request lines have three words with one space between them (RFC 9112 section 3).
pub fn odd_request_lines_are_refused(host: &dyn Host) {
    refused(
        host,
        &[
            "GET  /zig/x HTTP/1.1\r\nHost: h\r\n\r\n",
            " GET /zig/x HTTP/1.1\r\nHost: h\r\n\r\n",
            "GET /zig/x\tHTTP/1.1\r\nHost: h\r\n\r\n",
            "GET /zig/a b HTTP/1.1\r\nHost: h\r\n\r\n",
            "GET /zig/x\r\nHost: h\r\n\r\n",
            "GET /zig/\0 HTTP/1.1\r\nHost: h\r\n\r\n",
            "GET zig/x HTTP/1.1\r\nHost: h\r\n\r\n",
            "G@T /zig/x HTTP/1.1\r\nHost: h\r\n\r\n",
            "GET /zig/x HTTP/1.1 \r\nHost: h\r\n\r\n",
            "GET /zig/x http/1.1\r\nHost: h\r\n\r\n",
            "GET /zig/x HTTP/1.10\r\nHost: h\r\n\r\n",
            "GET /zig/x HTTP/2.0\r\nHost: h\r\n\r\n",
            "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
            "\x16\x03\x01\x02\x00\x01\x00\x01\r\n\r\n",
        ],
    );
}

/// Sends each head with a second request behind it: the answer is one refusal and the end.
fn refused(host: &dyn Host, heads: &[&str]) {
    let depot = Depot::new(host);
    for head in heads {
        let mut connection = depot.connect();
        connection.send(format!("{head}GET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n"));
        match connection.response("GET") {
            Ok(answer) => {
                let fits = matches!(answer.status(), 400 | 411 | 413 | 501 | 505);
                assert!(fits, "{head:?}: {}", answer.status());
                assert!(answer.head.closes(), "{head:?}: the close is not announced");
            }
            Err(broken) => assert!(broken.is_end(), "{head:?}: {broken:?}"),
        }
        assert!(
            connection.ends_within(Duration::from_secs(5)),
            "{head:?}: the connection goes on"
        );
    }
    depot.get("/still-there").expect(404);
    assert_eq!(depot.upstream().total(), 0);
    depot.expect_nothing_stored();
}
