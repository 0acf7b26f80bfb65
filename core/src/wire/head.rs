//! Request heads: delimited by [`HeadScanner`], tokenised by httparse, judged here.
//!
//! httparse tells names from values; it accepts bare LF and knows nothing of framing, targets
//! and hosts, so those rules are this module's. A head is accepted only if every reader that
//! follows RFC 9112 must understand it the same way. Nothing is copied or allocated.

use httparse::{EMPTY_HEADER, Header};
use memchr::{memchr, memchr_iter, memrchr};

use super::authority::is_authority;
pub use super::body::BodyLength;
use super::fields::{Field, Fields, Method, Name};
use super::framing::Framing;
pub use super::reject::Reject;
pub use super::scanner::HeadScanner;
use super::token::is_token;

/// More field lines than this are refused, whatever [`HeadLimits::fields`] says.
pub(super) const MAX_FIELDS: usize = 64;

/// How large a head may be. Zero refuses everything; nothing means "without limit".
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HeadLimits {
    /// Bytes of the whole head, its empty last line included; over it 431.
    pub head: usize,
    /// Bytes of the request target; over it 414.
    pub target: usize,
    /// Field lines, at most 64; over it 431.
    pub fields: usize,
}

impl Default for HeadLimits {
    fn default() -> Self {
        Self {
            head: 16 << 10,
            target: 8 << 10,
            fields: MAX_FIELDS,
        }
    }
}

/// The protocol version of a head. HTTP/1.2 and up count as 1.1 (RFC 9110 2.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    /// HTTP/1.0.
    Http10,
    /// HTTP/1.1.
    Http11,
}

/// A request head that passed every check, borrowed from its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RequestHead<'a> {
    /// The method.
    pub method: Method,
    /// Path and query as sent, undecoded, always beginning with `/`.
    ///
    /// An absolute-form target is reduced to this; its authority becomes the host.
    pub target: &'a str,
    /// The version.
    pub version: Version,
    /// The fields that anyone above looks at.
    pub fields: Fields<'a>,
    /// How the body is framed.
    pub body: BodyLength,
    /// True if another request may follow on this connection.
    pub keep_alive: bool,
    /// True if the client waits for `100 Continue` before it sends the body.
    pub expect_continue: bool,
}

/// Parses exactly the bytes that [`HeadScanner::scan`] delimited.
pub fn parse_request<'a>(head: &'a [u8], limits: &HeadLimits) -> Result<RequestHead<'a>, Reject> {
    let (line, lines) = split_first_line(head, limits)?;
    let line = RequestLine::parse(line, limits)?;
    let mut slots = [EMPTY_HEADER; MAX_FIELDS];
    let (mut fields, framing) = read_fields(tokenise(lines, &mut slots, limits)?)?;
    framing.check(line.version)?;
    if fields.host.is_none() && line.version == Version::Http11 {
        return Err(Reject::HostMissing);
    }
    fields.host = line.authority.or(fields.host);
    let body = request_body(&framing);
    Ok(RequestHead {
        method: line.method,
        target: line.target,
        version: line.version,
        fields,
        body,
        keep_alive: framing.keep_alive(line.version),
        // RFC 9110 10.1.1: ignored from HTTP/1.0, and meaningless without a body.
        expect_continue: framing.expects_continue()
            && line.version == Version::Http11
            && !body.is_empty(),
    })
}

struct RequestLine<'a> {
    method: Method,
    target: &'a str,
    authority: Option<&'a [u8]>,
    version: Version,
}

impl<'a> RequestLine<'a> {
    /// RFC 9112 3: one space between the three parts, and none inside them.
    fn parse(line: &'a [u8], limits: &HeadLimits) -> Result<Self, Reject> {
        let (first, last) = memchr(b' ', line)
            .zip(memrchr(b' ', line))
            .ok_or(Reject::RequestLine)?;
        let target = line.get(first + 1..last).ok_or(Reject::RequestLine)?;
        let method = &line[..first];
        if !is_token(method) {
            return Err(Reject::RequestLine);
        }
        let version = parse_version(&line[last + 1..])?;
        if target.len() > limits.target {
            return Err(Reject::TargetTooLong);
        }
        let (target, authority) = parse_target(target)?;
        Ok(Self {
            method: Method::parse(method),
            target,
            authority,
            version,
        })
    }
}

/// RFC 9112 2.3: the name is case-sensitive, both numbers are one digit.
fn parse_version(version: &[u8]) -> Result<Version, Reject> {
    match version {
        b"HTTP/1.0" => Ok(Version::Http10),
        [b'H', b'T', b'T', b'P', b'/', b'1', b'.', b'1'..=b'9'] => Ok(Version::Http11),
        [b'H', b'T', b'T', b'P', b'/', b'0'..=b'9', b'.', b'0'..=b'9'] => Err(Reject::Version),
        _ => Err(Reject::RequestLine),
    }
}

/// RFC 9112 3.2: origin-form, or absolute-form reduced to it.
///
/// Zig sends whatever its user typed, so any valid UTF-8 passes but controls, space and `#`.
fn parse_target(target: &[u8]) -> Result<(&str, Option<&[u8]>), Reject> {
    let clean = |&byte: &u8| byte > b' ' && byte != 0x7f && byte != b'#';
    if !target.iter().all(clean) {
        return Err(Reject::Target);
    }
    let target = core::str::from_utf8(target).map_err(|_| Reject::Target)?;
    if target.starts_with('/') {
        return Ok((target, None));
    }
    let rest = after_scheme(target).ok_or(Reject::Target)?;
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, target) = rest.split_at(end);
    if authority.is_empty() || !is_authority(authority.as_bytes()) {
        return Err(Reject::HostInvalid);
    }
    match target.as_bytes() {
        [] => Ok(("/", Some(authority.as_bytes()))),
        [b'/', ..] => Ok((target, Some(authority.as_bytes()))),
        // `http://host?query` has no path to borrow; no client writes it.
        _ => Err(Reject::Target),
    }
}

fn after_scheme(target: &str) -> Option<&str> {
    ["http://", "https://"].into_iter().find_map(|scheme| {
        let (start, rest) = target.split_at_checked(scheme.len())?;
        start.eq_ignore_ascii_case(scheme).then_some(rest)
    })
}

/// The first line that is not empty, without its CR LF, and what follows it.
fn split_first_line<'a>(
    mut head: &'a [u8],
    limits: &HeadLimits,
) -> Result<(&'a [u8], &'a [u8]), Reject> {
    if head.len() > limits.head {
        return Err(Reject::HeadTooLarge);
    }
    require_crlf(head)?;
    while let [b'\r', b'\n', rest @ ..] = head {
        head = rest;
    }
    let end = memchr(b'\n', head).ok_or(Reject::RequestLine)?;
    let (line, lines) = head.split_at(end + 1);
    let line = line.strip_suffix(b"\r\n").ok_or(Reject::BareLf)?;
    Ok((line, lines))
}

/// Refuses what httparse would take for a line end, also if no scanner saw these bytes.
pub(super) fn require_crlf(head: &[u8]) -> Result<(), Reject> {
    let after_cr = |at: usize| {
        at.checked_sub(1)
            .is_some_and(|before| head[before] == b'\r')
    };
    if memchr_iter(b'\n', head).all(after_cr) {
        Ok(())
    } else {
        Err(Reject::BareLf)
    }
}

/// Cuts field lines into names and values; `lines` ends with the empty line.
pub(super) fn tokenise<'h, 'a>(
    lines: &'a [u8],
    slots: &'h mut [Header<'a>; MAX_FIELDS],
    limits: &HeadLimits,
) -> Result<&'h [Header<'a>], Reject> {
    let slots = &mut slots[..limits.fields.min(MAX_FIELDS)];
    match httparse::parse_headers(lines, slots) {
        Ok(httparse::Status::Complete((used, headers))) if used == lines.len() => Ok(headers),
        Err(httparse::Error::TooManyHeaders) => Err(Reject::TooManyFields),
        Ok(_) | Err(_) => Err(Reject::FieldLine),
    }
}

fn read_fields<'a>(headers: &[Header<'a>]) -> Result<(Fields<'a>, Framing), Reject> {
    let (mut fields, mut framing) = (Fields::default(), Framing::default());
    for header in headers {
        match Name::of(header.name) {
            Some(Name::Field(Field::Host)) => read_host(&mut fields, header.value)?,
            Some(Name::Field(field)) => fields.put(field, header.value),
            Some(name) => framing.handle(name, header.value)?,
            None => {}
        }
    }
    Ok((fields, framing))
}

/// RFC 9112 3.2: a second Host or a malformed one is always 400; an empty one is allowed.
fn read_host<'a>(fields: &mut Fields<'a>, value: &'a [u8]) -> Result<(), Reject> {
    if fields.host.is_some() {
        return Err(Reject::HostRepeated);
    }
    if !value.is_empty() && !is_authority(value) {
        return Err(Reject::HostInvalid);
    }
    fields.put(Field::Host, value);
    Ok(())
}

fn request_body(framing: &Framing) -> BodyLength {
    match (framing.is_chunked(), framing.length()) {
        (true, _) => BodyLength::Chunked,
        (false, Some(length)) => BodyLength::Length(length),
        (false, None) => BodyLength::Empty,
    }
}

#[cfg(test)]
#[path = "head_tests.rs"]
mod tests;
