//! The heads of upstream's answers.
//!
//! As strict as the request side: an answer whose end is ambiguous is an error, and so is a bare
//! LF. Interim answers are skipped, a few of them. Of the fields only those are kept that decide
//! something; one that is repeated or not UTF-8 counts as absent.

use alloc::string::String;
use alloc::vec::Vec;
use core::error::Error;
use core::fmt;

use httparse::{EMPTY_HEADER, Header};
use memchr::memchr;

use super::body::BodyLength;
use super::fields::Name;
use super::framing::Framing;
use super::head::{HeadLimits, HeadScanner, MAX_FIELDS, Reject, Version, tokenise};
use super::token::decimal;

/// Interim answers (1xx) skipped before the final one.
const MAX_INTERIM: u8 = 8;
/// Nobody is waited for longer than a day.
const MAX_RETRY_AFTER: u64 = 24 * 60 * 60;

/// The head of a final answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResponseHead {
    /// The status, 200 to 999.
    pub status: u16,
    /// How the body is framed.
    pub body: BodyLength,
    /// Content-Length as announced, also where there is no body (HEAD, 304).
    pub length: Option<u64>,
    /// True if the connection may be used again after the body.
    pub keep_alive: bool,
    /// ETag, strong or weak, as sent.
    pub etag: Option<String>,
    /// Last-Modified as sent.
    pub last_modified: Option<String>,
    /// Location as sent.
    pub location: Option<String>,
    /// Content-Range of a part.
    pub content_range: Option<ContentRange>,
    /// Retry-After in seconds, at most a day; dates are ignored, there is no clock here.
    pub retry_after: Option<u64>,
    /// Content-Type as sent.
    pub content_type: Option<String>,
    /// The body has a Content-Encoding other than identity, although none was asked for.
    pub encoded: bool,
    /// `Accept-Ranges: bytes` was sent.
    pub accepts_ranges: bool,
}

impl ResponseHead {
    /// The head of an answer that somebody else has read from the wire, as the host of a component
    /// does, from its status and its fields.
    ///
    /// Framing is that reader's business: the fields about it say nothing here, but for
    /// Content-Length, which must be a number and said once.
    pub fn of_fields<'f>(
        status: u16,
        fields: impl IntoIterator<Item = (&'f str, &'f [u8])>,
    ) -> Result<Self, ResponseError> {
        let fields = fields.into_iter();
        let headers: Vec<_> = fields.map(|(name, value)| Header { name, value }).collect();
        let mut framing = Framing::default();
        for header in &headers {
            if let Some(name @ Name::ContentLength) = Name::of(header.name) {
                framing.handle(name, header.value)?;
            }
        }
        let bodiless = matches!(status, 204 | 304);
        Ok(collect(
            status,
            Version::Http11,
            bodiless,
            &framing,
            &headers,
        ))
    }

    /// What a resume can send as If-Range: the strong ETag, else Last-Modified.
    pub fn strong_validator(&self) -> Option<&str> {
        let is_strong = |tag: &&str| tag.len() >= 2 && tag.starts_with('"') && tag.ends_with('"');
        self.etag
            .as_deref()
            .filter(is_strong)
            .or(self.last_modified.as_deref())
    }
}

/// The part that a 206 carries (RFC 9110 14.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ContentRange {
    /// The first byte.
    pub start: u64,
    /// The byte after the last.
    pub end: u64,
    /// The length of the whole file, if told.
    pub total: Option<u64>,
}

impl ContentRange {
    /// Parses `bytes 0-9/100` or `bytes 0-9/*`; an unsatisfied `*/100` is none.
    pub fn parse(value: &[u8]) -> Option<Self> {
        let (unit, range) = split_once(value, b' ')?;
        let (range, total) = split_once(range, b'/')?;
        let (first, last) = split_once(range, b'-')?;
        let start = decimal(first)?;
        let end = decimal(last)?.checked_add(1)?;
        let total = match total {
            b"*" => None,
            total => Some(decimal(total)?),
        };
        let fits = start < end && total.is_none_or(|total| end <= total);
        (fits && unit.eq_ignore_ascii_case(b"bytes")).then_some(Self { start, end, total })
    }
}

/// Why an answer is refused; the connection cannot be used further.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ResponseError {
    /// It does not begin with `HTTP/1.` and a status.
    StatusLine,
    /// The head breaks a rule that requests and answers share.
    Head(Reject),
    /// Too many interim answers.
    Interim,
    /// 101: nobody asked to switch.
    Switching,
}

impl fmt::Display for ResponseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::StatusLine => f.write_str("upstream does not answer in HTTP/1.1"),
            Self::Head(reject) => write!(f, "upstream's answer is malformed: {reject}"),
            Self::Interim => f.write_str("upstream sends interim answers without end"),
            Self::Switching => f.write_str("upstream switches protocols unasked"),
        }
    }
}

impl Error for ResponseError {}

impl From<Reject> for ResponseError {
    fn from(reject: Reject) -> Self {
        // The scanner's word for a first line without end; an answer has no target.
        let is_first_line = reject == Reject::TargetTooLong;
        Self::Head(if is_first_line {
            Reject::HeadTooLarge
        } else {
            reject
        })
    }
}

/// Parses the final answer's head and tells how many bytes it took, interim answers included.
///
/// None if it is not all there yet; call again with more. `request_was_head` is also for a
/// CONNECT that was answered 2xx: no body follows.
pub fn parse_response(
    buf: &[u8],
    request_was_head: bool,
    limits: &HeadLimits,
) -> Result<Option<(ResponseHead, usize)>, ResponseError> {
    let mut used = 0;
    for _ in 0..=MAX_INTERIM {
        let rest = &buf[used..];
        check_start(rest)?;
        let Some(length) = HeadScanner::new().scan(rest, limits)? else {
            return Ok(None);
        };
        used += length;
        if let Some(head) = parse_head(&rest[..length], request_was_head, limits)? {
            return Ok(Some((head, used)));
        }
    }
    Err(ResponseError::Interim)
}

/// Refuses at the first bytes what cannot become an answer.
fn check_start(buf: &[u8]) -> Result<(), ResponseError> {
    let known = buf.len().min(START.len());
    if buf[..known] == START[..known] {
        Ok(())
    } else {
        Err(ResponseError::StatusLine)
    }
}

const START: &[u8] = b"HTTP/1.";

/// One head; none if it is an interim one (RFC 9110 15.2).
fn parse_head(
    head: &[u8],
    request_was_head: bool,
    limits: &HeadLimits,
) -> Result<Option<ResponseHead>, ResponseError> {
    let line_end = memchr(b'\n', head).ok_or(ResponseError::StatusLine)?;
    let (line, lines) = head.split_at(line_end + 1);
    let (version, status) = parse_status_line(line)?;
    let mut slots = [EMPTY_HEADER; MAX_FIELDS];
    let headers = tokenise(lines, &mut slots, limits)?;
    match status {
        101 => return Err(ResponseError::Switching),
        100..=199 => return Ok(None),
        _ => {}
    }
    let mut framing = Framing::default();
    for header in headers {
        match Name::of(header.name) {
            Some(Name::Expect | Name::Field(_)) | None => {}
            Some(name) => framing.handle(name, header.value)?,
        }
    }
    framing.check(version)?;
    let bodiless = request_was_head || matches!(status, 204 | 304);
    Ok(Some(collect(status, version, bodiless, &framing, headers)))
}

/// RFC 9112 4: `HTTP/1.1 200 OK`; the phrase may be missing, with or without its space.
fn parse_status_line(line: &[u8]) -> Result<(Version, u16), ResponseError> {
    let line = line
        .strip_suffix(b"\r\n")
        .ok_or(ResponseError::StatusLine)?;
    let (start, phrase) = line.split_at_checked(12).ok_or(ResponseError::StatusLine)?;
    let [
        b'H',
        b'T',
        b'T',
        b'P',
        b'/',
        b'1',
        b'.',
        minor,
        b' ',
        code @ ..,
    ] = start
    else {
        return Err(ResponseError::StatusLine);
    };
    let version = match minor {
        b'0' => Version::Http10,
        b'1'..=b'9' => Version::Http11,
        _ => return Err(ResponseError::StatusLine),
    };
    let status = decimal(code).and_then(|code| u16::try_from(code).ok());
    match (status, phrase) {
        (Some(status @ 100..), [] | [b' ', ..]) => Ok((version, status)),
        _ => Err(ResponseError::StatusLine),
    }
}

/// RFC 9112 6.3, in its order.
fn response_body(bodiless: bool, framing: &Framing) -> BodyLength {
    match (bodiless, framing.is_chunked(), framing.length()) {
        (true, _, _) => BodyLength::Empty,
        (false, true, _) => BodyLength::Chunked,
        (false, false, Some(length)) => BodyLength::Length(length),
        (false, false, None) => BodyLength::UntilClose,
    }
}

fn collect(
    status: u16,
    version: Version,
    bodiless: bool,
    framing: &Framing,
    headers: &[Header<'_>],
) -> ResponseHead {
    let body = response_body(bodiless, framing);
    ResponseHead {
        status,
        body,
        length: framing.length(),
        keep_alive: framing.keep_alive(version) && body != BodyLength::UntilClose,
        etag: text(headers, "etag"),
        last_modified: text(headers, "last-modified"),
        location: text(headers, "location"),
        content_range: single(headers, "content-range").and_then(ContentRange::parse),
        retry_after: single(headers, "retry-after")
            .and_then(decimal)
            .map(|seconds| seconds.min(MAX_RETRY_AFTER)),
        content_type: text(headers, "content-type"),
        encoded: values(headers, "content-encoding")
            .any(|coding| !coding.is_empty() && !coding.eq_ignore_ascii_case(b"identity")),
        accepts_ranges: values(headers, "accept-ranges")
            .any(|unit| unit.eq_ignore_ascii_case(b"bytes")),
    }
}

fn values<'h>(headers: &'h [Header<'_>], name: &str) -> impl Iterator<Item = &'h [u8]> {
    headers
        .iter()
        .filter(move |header| header.name.eq_ignore_ascii_case(name))
        .map(|header| header.value)
}

fn single<'h>(headers: &'h [Header<'_>], name: &str) -> Option<&'h [u8]> {
    let mut values = values(headers, name);
    values.next().filter(|_| values.next().is_none())
}

fn text(headers: &[Header<'_>], name: &str) -> Option<String> {
    let value = core::str::from_utf8(single(headers, name)?).ok()?;
    Some(value.into())
}

fn split_once(value: &[u8], at: u8) -> Option<(&[u8], &[u8])> {
    let end = value.iter().position(|&byte| byte == at)?;
    Some((&value[..end], &value[end + 1..]))
}

#[cfg(test)]
#[path = "answer_tests.rs"]
mod tests;
