//! Properties of HTTP/1.1 on the wire.
//!
//! Whatever arrives in pieces must come out as it does whole. Request heads and chunked bodies
//! are also held against a second reading of their grammar in [`grammar`], slow and plain.

use zigdepot_core::wire::body::{BodyError, BodyLength, BodyReader};
use zigdepot_core::wire::client::{Request, parse_response, write_request};
use zigdepot_core::wire::head::{HeadLimits, HeadScanner, Reject, parse_request};
use zigdepot_core::wire::range::{self, RangeAnswer};
use zigdepot_core::wire::url::{Scheme, Url, UrlError};

use crate::grammar;

/// A request head: found at the same place whole and split, and accepted by both readings or by
/// none, with the same target, body and persistence.
pub fn request_head(data: &[u8]) {
    let limits = HeadLimits::default();
    let found = HeadScanner::new().scan(data, &limits);
    for step in [1, 3, 7] {
        assert_eq!(found, scan_in_pieces(data, step, &limits), "by {step}");
    }
    let length = found.ok().flatten();
    let head = length.and_then(|length| parse_request(&data[..length], &limits).ok());
    let second = grammar::request(data);
    let Some((head, second)) = head.as_ref().zip(second.as_ref()) else {
        assert_eq!(head.is_some(), second.is_some(), "{head:?} and {second:?}");
        return;
    };
    assert_eq!(head.target, second.target);
    assert_eq!(head.keep_alive, second.keep_alive);
    assert_eq!(head.fields.host, second.host);
    match head.body {
        BodyLength::Chunked => assert!(second.chunked),
        BodyLength::Length(length) => assert_eq!(Some(length), second.length),
        BodyLength::Empty => assert!(second.length.is_none() && !second.chunked),
        BodyLength::UntilClose => panic!("a request cannot end so"),
    }
}

fn scan_in_pieces(data: &[u8], step: usize, limits: &HeadLimits) -> Result<Option<usize>, Reject> {
    let mut scanner = HeadScanner::new();
    for end in (step..data.len()).step_by(step) {
        if let Some(length) = scanner.scan(&data[..end], limits)? {
            return Ok(Some(length));
        }
    }
    scanner.scan(data, limits)
}

/// A chunked body: the same data, end and error whole and split, and as the second reading.
pub fn chunked(data: &[u8]) {
    let whole = decode_in_pieces(data, data.len().max(1));
    for step in [1, 2, 5] {
        assert_eq!(whole, decode_in_pieces(data, step), "by {step}");
    }
    let (body, used, error, finished) = whole;
    match grammar::chunked(data) {
        Some((second, second_used)) => {
            assert_eq!((body, used, error), (second, second_used, None));
            assert!(finished);
        }
        None => assert!(!finished),
    }
}

fn decode_in_pieces(data: &[u8], step: usize) -> (Vec<u8>, usize, Option<BodyError>, bool) {
    let mut reader = BodyReader::new(BodyLength::Chunked);
    let (mut body, mut used, mut end) = (Vec::new(), 0, 0);
    while end < data.len() {
        end = data.len().min(end + step);
        loop {
            match reader.decode(&data[used..end]) {
                Ok(decoded) => {
                    assert!(decoded.data.end <= decoded.used);
                    body.extend_from_slice(&data[used..end][decoded.data]);
                    used += decoded.used;
                    if decoded.used == 0 || reader.is_finished() {
                        break;
                    }
                }
                // How much was used before the error depends on the pieces.
                Err(error) => return (body, 0, Some(error), false),
            }
        }
    }
    (body, used, None, reader.is_finished())
}

/// A Range field, against files of several lengths: a part lies in the file, is not empty, and
/// asked for plainly it is the same part.
pub fn range(data: &[u8]) {
    for len in [0, 1, 10, 1000, u64::MAX] {
        if let RangeAnswer::Part { start, end } = range::evaluate(Some(data), len) {
            assert!(start < end && end <= len);
            let plain = format!("bytes={start}-{}", end - 1);
            let again = range::evaluate(Some(plain.as_bytes()), len);
            assert_eq!(again, RangeAnswer::Part { start, end });
        }
    }
}

/// An upstream's answer: asks for more until it is whole, and never ends in two ways.
pub fn response_head(data: &[u8]) {
    let limits = HeadLimits::default();
    let whole = parse_response(data, false, &limits);
    if data.len() <= 2048 {
        let first = (0..=data.len())
            .map(|end| parse_response(&data[..end], false, &limits))
            .find(|result| !matches!(result, Ok(None)));
        assert_eq!(whole, first.unwrap_or(Ok(None)));
    }
    if let Ok(Some((head, used))) = whole {
        assert!(used <= data.len());
        assert!(head.status >= 200 && head.status <= 999);
        assert!(!head.keep_alive || head.body != BodyLength::UntilClose);
        assert!(!matches!(head.status, 204 | 304) || head.body == BodyLength::Empty);
        if let Some(part) = head.content_range {
            assert!(part.start < part.end && part.total.is_none_or(|total| part.end <= total));
        }
    }
}

/// The first line is a URL, the second a Location; one line is both. What parses is written and
/// read back the same, never leads from https to http, and makes a request that the server side
/// accepts.
pub fn url(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else {
        return;
    };
    let (base, location) = text.split_once('\n').unwrap_or((text, text));
    for base in [base, "https://a.example:8443/b/c?d"] {
        let Ok(base) = Url::parse(base) else {
            continue;
        };
        check_url(&base);
        if let Ok(joined) = base.join(location) {
            assert!(base.scheme() == Scheme::Http || joined.scheme() == Scheme::Https);
            check_url(&joined);
        }
    }
}

fn check_url(url: &Url) {
    let again = Url::parse(&url.to_string());
    assert!(
        again.as_ref() == Ok(url) || again == Err(UrlError::TooLong),
        "{url}"
    );
    for absolute_form in [false, true] {
        let mut wire = Vec::new();
        write_request(&mut wire, &get(url, absolute_form));
        match parse_request(&wire, &HeadLimits::default()) {
            Ok(head) => {
                assert_eq!(head.target, url.target());
                assert_eq!(head.fields.host, Some(url.authority().as_bytes()));
            }
            Err(reject) => assert!(
                reject.status() == 414 || reject.status() == 431,
                "{url}: {reject}"
            ),
        }
    }
}

fn get(url: &Url, absolute_form: bool) -> Request<'_> {
    Request {
        url,
        absolute_form,
        proxy_authorization: None,
        user_agent: "zigdepot",
        accept: "*/*",
        resume: None,
        if_none_match: None,
        if_modified_since: None,
        git: None,
        keep_alive: true,
    }
}
