//! Tests of upstream's answers.

use std::format;
use std::string::{String, ToString};
use std::vec::Vec;

use super::*;

#[test]
fn answer_is_parsed_whole_and_asks_for_more_at_every_split() {
    let wire =
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nETag: \"v1\"\r\nAccept-Ranges: bytes\r\n\r\nhello";
    let head_length = wire.len() - 5;
    for end in 0..head_length {
        assert_eq!(parse(&wire[..end]), Ok(None), "{end}");
    }
    for end in head_length..=wire.len() {
        let (head, used) = parse(&wire[..end]).unwrap().unwrap();
        assert_eq!(
            (head.status, head.body, used),
            (200, BodyLength::Length(5), head_length)
        );
        assert!(head.keep_alive && head.accepts_ranges && !head.encoded);
        assert_eq!(head.strong_validator(), Some("\"v1\""));
    }
}

#[test]
fn interim_answers_are_skipped_and_counted_as_used() {
    let wire = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\n\
        HTTP/1.1 204 No Content\r\n\r\n";
    for end in 0..wire.len() {
        assert_eq!(parse(&wire[..end]), Ok(None));
    }
    let (head, used) = parse(wire).unwrap().unwrap();
    assert_eq!((head.status, used), (204, wire.len()));
}

#[test]
fn endless_interim_answers_are_refused() {
    let interim = "HTTP/1.1 102 Processing\r\n\r\n";
    let last = "HTTP/1.1 204 No Content\r\n\r\n";
    assert!(parse(&(interim.repeat(8) + last)).unwrap().is_some());
    assert_eq!(
        parse(&(interim.repeat(9) + last)),
        Err(ResponseError::Interim)
    );
    assert_eq!(
        parse("HTTP/1.1 101 Switch\r\n\r\n"),
        Err(ResponseError::Switching)
    );
}

#[test]
fn bodies_end_as_rfc_9112_says() {
    let body = |lines: &str| head(lines).body;
    assert_eq!(body("HTTP/1.1 200 OK\r\n"), BodyLength::UntilClose);
    assert_eq!(
        body("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n"),
        BodyLength::Length(0)
    );
    assert_eq!(
        body("HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n"),
        BodyLength::Chunked
    );
    assert_eq!(
        body("HTTP/1.1 204 OK\r\nContent-Length: 5\r\n"),
        BodyLength::Empty
    );
    assert_eq!(
        body("HTTP/1.1 304 OK\r\nContent-Length: 5\r\n"),
        BodyLength::Empty
    );
}

#[test]
fn answer_to_head_has_a_length_and_no_body() {
    let wire = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n";
    let (head, _) = parse_response(wire, true, &HeadLimits::default())
        .unwrap()
        .unwrap();
    assert_eq!((head.body, head.length), (BodyLength::Empty, Some(5)));
    assert!(head.keep_alive);
}

#[test]
fn connection_goes_on_only_if_the_end_of_the_body_is_known() {
    assert!(head("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n").keep_alive);
    assert!(head("HTTP/1.0 200 OK\r\nContent-Length: 1\r\nConnection: Keep-Alive\r\n").keep_alive);
    assert!(!head("HTTP/1.0 200 OK\r\nContent-Length: 1\r\n").keep_alive);
    assert!(!head("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nConnection: x, close\r\n").keep_alive);
    assert!(!head("HTTP/1.1 200 OK\r\n").keep_alive);
}

#[test]
fn ambiguous_framing_is_refused() {
    let table = [
        (
            "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
            Reject::LengthAndCoding,
        ),
        (
            "Content-Length: 5\r\nContent-Length: 5\r\n",
            Reject::ContentLength,
        ),
        (
            "Content-Length: 5\r\nContent-Length: 6\r\n",
            Reject::ContentLength,
        ),
        ("Content-Length: 5, 5\r\n", Reject::ContentLength),
        ("Content-Length: +5\r\n", Reject::ContentLength),
        (
            "Content-Length: 18446744073709551616\r\n",
            Reject::ContentLength,
        ),
        (
            "Transfer-Encoding: gzip, chunked\r\n",
            Reject::CodingUnknown,
        ),
        (
            "Transfer-Encoding: chunked, chunked\r\n",
            Reject::TransferEncoding,
        ),
        ("A: b\r\n c\r\n", Reject::FieldLine),
        ("A : b\r\n", Reject::FieldLine),
        ("A\r\n", Reject::FieldLine),
    ];
    for (lines, reject) in table {
        let wire = format!("HTTP/1.1 200 OK\r\n{lines}\r\n");
        assert_eq!(parse(&wire), Err(ResponseError::Head(reject)), "{lines}");
    }
    let old = "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    assert_eq!(
        parse(old),
        Err(ResponseError::Head(Reject::TransferEncoding))
    );
}

#[test]
fn bare_line_ends_are_refused() {
    assert_eq!(
        parse("HTTP/1.1 200 OK\n\n"),
        Err(ResponseError::Head(Reject::BareLf))
    );
    assert_eq!(
        parse("HTTP/1.1 200 OK\r\nA: b\n\r\n"),
        Err(ResponseError::Head(Reject::BareLf))
    );
    assert_eq!(
        parse("HTTP/1.1 200 OK\rA"),
        Err(ResponseError::Head(Reject::BareCr))
    );
}

#[test]
fn status_lines() {
    for line in [
        "HTTP/1.1 200 OK",
        "HTTP/1.1 200 ",
        "HTTP/1.1 200",
        "HTTP/1.0 999 \u{e4}",
        "HTTP/1.2 200 x y",
    ] {
        assert!(
            parse(&format!("{line}\r\n\r\n")).unwrap().is_some(),
            "{line}"
        );
    }
    for line in [
        "",
        "ICY 200 OK",
        "HTTP/2.0 200 OK",
        "http/1.1 200 OK",
        "HTTP/1.1  200 OK",
        "HTTP/1.1 20 OK",
        "HTTP/1.1 2000 OK",
        "HTTP/1.1 200OK",
        "HTTP/1.1 099 OK",
        "HTTP/1.1 +99 OK",
        "HTTP/1.x 200 OK",
    ] {
        assert_eq!(
            parse(&format!("{line}\r\n\r\n")),
            Err(ResponseError::StatusLine),
            "{line}"
        );
    }
    assert_eq!(parse("<html>"), Err(ResponseError::StatusLine));
}

#[test]
fn large_heads_are_refused() {
    let long = "HTTP/1.1 200 OK\r\nA: ".to_string() + &"b".repeat(16 << 10);
    assert_eq!(parse(&long), Err(ResponseError::Head(Reject::HeadTooLarge)));
    let many = "HTTP/1.1 200 OK\r\n".to_string() + &"A: b\r\n".repeat(65) + "\r\n";
    assert_eq!(
        parse(&many),
        Err(ResponseError::Head(Reject::TooManyFields))
    );
}

#[test]
fn content_ranges() {
    let part = |start, end, total| Some(ContentRange { start, end, total });
    let table = [
        ("bytes 0-9/100", part(0, 10, Some(100))),
        ("Bytes 5-5/*", part(5, 6, None)),
        ("bytes 90-99/100", part(90, 100, Some(100))),
        ("bytes */100", None),
        ("bytes 9-0/100", None),
        ("bytes 0-100/100", None),
        ("bytes 0-18446744073709551615/*", None),
        ("bytes=0-9/100", None),
        ("bytes 0-9", None),
        ("bytes +0-9/100", None),
        ("lines 0-9/100", None),
    ];
    for (value, range) in table {
        let lines = format!("HTTP/1.1 206 Part\r\nContent-Range: {value}\r\n");
        assert_eq!(head(&lines).content_range, range, "{value}");
    }
}

#[test]
fn strong_validator_is_never_weak() {
    let validator = |lines: &str| -> Option<String> {
        head(&format!("HTTP/1.1 200 OK\r\n{lines}"))
            .strong_validator()
            .map(ToString::to_string)
    };
    assert_eq!(
        validator("ETag: \"a\"\r\nLast-Modified: x\r\n").as_deref(),
        Some("\"a\"")
    );
    assert_eq!(
        validator("ETag: W/\"a\"\r\nLast-Modified: x\r\n").as_deref(),
        Some("x")
    );
    assert_eq!(validator("ETag: W/\"a\"\r\n"), None);
    assert_eq!(validator("ETag: \"a\"\r\nETag: \"b\"\r\n"), None);
}

#[test]
fn retry_after_takes_seconds_only_and_at_most_a_day() {
    let wait =
        |value: &str| head(&format!("HTTP/1.1 503 X\r\nRetry-After: {value}\r\n")).retry_after;
    assert_eq!(wait("120"), Some(120));
    assert_eq!(wait("999999999"), Some(86_400));
    assert_eq!(wait("Sun, 06 Nov 1994 08:49:37 GMT"), None);
    assert_eq!(wait("-1"), None);
}

#[test]
fn unasked_encoding_is_noticed() {
    let encoded = |lines: &str| head(&format!("HTTP/1.1 200 OK\r\n{lines}")).encoded;
    assert!(encoded("Content-Encoding: gzip\r\n"));
    assert!(encoded(
        "Content-Encoding: identity\r\nContent-Encoding: gzip\r\n"
    ));
    assert!(!encoded("Content-Encoding: Identity\r\n"));
    assert!(!encoded("A: b\r\n"));
}

fn head(lines: &str) -> ResponseHead {
    let wire: Vec<u8> = format!("{lines}\r\n").into_bytes();
    parse_response(&wire, false, &HeadLimits::default())
        .unwrap()
        .unwrap()
        .0
}

fn parse(wire: &str) -> Result<Option<(ResponseHead, usize)>, ResponseError> {
    parse_response(wire.as_bytes(), false, &HeadLimits::default())
}

#[test]
fn fields_read_by_somebody_else_say_the_same() {
    let head = ResponseHead::of_fields(
        206,
        [
            ("content-length", &b"10"[..]),
            ("content-range", b"bytes 90-99/100"),
            ("ETag", b"\"v1\""),
            ("transfer-encoding", b"chunked"),
            ("content-encoding", b"gzip"),
        ],
    )
    .unwrap();
    assert_eq!(head.length, Some(10));
    assert_eq!(head.strong_validator(), Some("\"v1\""));
    assert_eq!(head.content_range, ContentRange::parse(b"bytes 90-99/100"));
    assert!(head.encoded);
}

#[test]
fn fields_with_two_lengths_are_refused() {
    for lengths in [["1", "2"], ["1", "1"], ["-1", ""], ["1, 1", ""]] {
        let fields = lengths.iter().filter(|length| !length.is_empty());
        let fields = fields.map(|length| ("content-length", length.as_bytes()));
        assert!(ResponseHead::of_fields(200, fields).is_err(), "{lengths:?}");
    }
}
