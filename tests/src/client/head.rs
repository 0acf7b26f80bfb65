//! The head of an answer, by the grammar of RFC 9112 sections 4 and 5, without its leniencies.

use core::time::Duration;

use super::{Broken, Response};

/// Status line and header fields.
#[derive(Clone, Debug)]
pub struct Head {
    /// The status.
    pub status: u16,
    /// The minor version of HTTP/1.
    pub minor: u8,
    /// The header fields with their names in lower case, in order.
    pub fields: Vec<(String, String)>,
    /// The time from the last byte sent to the first byte received.
    pub first_byte: Duration,
    /// The length of the head in bytes.
    pub size: usize,
}

/// How the end of a body is found (RFC 9112 section 6.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyEnd {
    /// After this many bytes.
    Length(usize),
    /// After the last chunk.
    Chunked,
    /// With the connection.
    Close,
}

impl Head {
    pub(super) fn parse(bytes: &[u8], first_byte: Duration) -> Result<Self, Broken> {
        let malformed = |why: &str| Broken::Malformed(format!("{why}: {}", bytes.escape_ascii()));
        let text = core::str::from_utf8(bytes).map_err(|_| malformed("not UTF-8"))?;
        let text = text
            .strip_suffix("\r\n\r\n")
            .ok_or_else(|| malformed("no end"))?;
        let mut lines = text.split("\r\n");
        let status_line = lines.next().unwrap_or_default();
        let (minor, status) = status_of(status_line).ok_or_else(|| malformed("bad status line"))?;
        let fields: Option<Vec<_>> = lines.map(field).collect();
        let fields = fields.ok_or_else(|| malformed("bad header field"))?;
        Ok(Self {
            status,
            minor,
            fields,
            first_byte,
            size: bytes.len(),
        })
    }

    /// The value of a header field (lower-case name); panics if it comes twice.
    #[track_caller]
    pub fn field(&self, name: &str) -> Option<&str> {
        let mut found = self.fields.iter().filter(|(field, _)| field == name);
        let first = found.next();
        assert!(
            found.next().is_none(),
            "{name} comes twice: {:?}",
            self.fields
        );
        first.map(|(_, value)| value.as_str())
    }

    /// Whether the server announces that it closes the connection.
    pub fn closes(&self) -> bool {
        self.field("connection")
            .is_some_and(|value| value.eq_ignore_ascii_case("close"))
    }

    /// Where the body ends; only one way may be announced.
    pub fn body_end(&self, method: &str) -> Result<BodyEnd, Broken> {
        let named = |name: &str| {
            self.fields
                .iter()
                .filter(|(field, _)| field == name)
                .collect::<Vec<_>>()
        };
        let (lengths, codings) = (named("content-length"), named("transfer-encoding"));
        if method == "HEAD" || self.status / 100 == 1 || matches!(self.status, 204 | 304) {
            return Ok(BodyEnd::Length(0));
        }
        match (&lengths[..], &codings[..]) {
            ([], []) => Ok(BodyEnd::Close),
            ([(_, length)], []) => decimal(length).map(BodyEnd::Length),
            ([], [(_, coding)]) if coding.eq_ignore_ascii_case("chunked") => Ok(BodyEnd::Chunked),
            _ => Err(Broken::Malformed(format!(
                "ambiguous framing: {:?}",
                self.fields
            ))),
        }
    }
}

impl Response {
    /// The status.
    pub fn status(&self) -> u16 {
        self.head.status
    }

    /// The value of a header field (lower-case name); panics if it comes twice.
    #[track_caller]
    pub fn field(&self, name: &str) -> Option<&str> {
        self.head.field(name)
    }

    /// The body as text, for messages.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// Panics unless the status is this one.
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(
            self.status(),
            status,
            "{:?} {}",
            self.head.fields,
            self.body_start()
        );
        self
    }

    /// Panics unless the answer is 200 with exactly these bytes (long bodies are not printed).
    #[track_caller]
    pub fn expect_bytes(self, bytes: &[u8]) -> Self {
        let answer = self.expect(200);
        assert_eq!(answer.body.len(), bytes.len(), "length of the body");
        let difference = answer
            .body
            .iter()
            .zip(bytes)
            .position(|(got, wanted)| got != wanted);
        assert_eq!(difference, None, "first wrong byte");
        answer
    }

    fn body_start(&self) -> String {
        let start = &self.body[..self.body.len().min(300)];
        start.escape_ascii().to_string()
    }
}

fn status_of(line: &str) -> Option<(u8, u16)> {
    let rest = line.strip_prefix("HTTP/1.")?;
    let minor = match rest.as_bytes().first()? {
        b'0' => 0,
        b'1' => 1,
        _ => return None,
    };
    let status = rest[1..].strip_prefix(' ')?;
    let (digits, reason) = status.split_at_checked(3)?;
    let plain = digits.bytes().all(|byte| byte.is_ascii_digit());
    let clean = reason.starts_with(' ') && reason.bytes().all(|byte| byte >= b' ');
    (plain && clean).then(|| digits.parse().ok().map(|status| (minor, status)))?
}

fn field(line: &str) -> Option<(String, String)> {
    let (name, value) = line.split_once(':')?;
    let token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    let good_name = !name.is_empty() && name.bytes().all(token);
    let good_value = value.bytes().all(|byte| byte >= b' ' || byte == b'\t');
    (good_name && good_value).then(|| (name.to_ascii_lowercase(), value.trim().into()))
}

fn decimal(text: &str) -> Result<usize, Broken> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let number = digits.then(|| text.parse().ok()).flatten();
    number.ok_or_else(|| Broken::Malformed(format!("bad Content-Length {text:?}")))
}
