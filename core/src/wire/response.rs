//! Writes response heads into the caller's buffer.
//!
//! A value cannot end its line: CR, LF and NUL become spaces, so nothing that came from outside
//! can forge a field (RFC 9110 5.5). It refuses to choose fields: what a head says is decided
//! above. It allocates nothing of its own.

use alloc::vec::Vec;

/// Appends one response head to a buffer, field by field.
#[derive(Debug)]
pub struct HeadWriter<'v> {
    out: &'v mut Vec<u8>,
}

impl<'v> HeadWriter<'v> {
    /// Writes the status line.
    pub fn start(out: &'v mut Vec<u8>, status: u16) -> Self {
        out.extend_from_slice(b"HTTP/1.1 ");
        push_number(out, u64::from(status));
        out.push(b' ');
        out.extend_from_slice(reason(status).as_bytes());
        out.extend_from_slice(b"\r\n");
        Self { out }
    }

    /// Writes one field; `name` is one of ours, `value` may come from anywhere.
    pub fn field(&mut self, name: &str, value: &str) -> &mut Self {
        self.field_bytes(name, value.as_bytes())
    }

    /// Writes one field whose value is bytes, such as a date.
    pub fn field_bytes(&mut self, name: &str, value: &[u8]) -> &mut Self {
        push_field(self.out, name, value);
        self
    }

    /// Writes one field whose value is a decimal number.
    pub fn field_u64(&mut self, name: &str, value: u64) -> &mut Self {
        self.out.extend_from_slice(name.as_bytes());
        self.out.extend_from_slice(b": ");
        push_number(self.out, value);
        self.out.extend_from_slice(b"\r\n");
        self
    }

    /// Writes the empty line that ends the head.
    pub fn finish(&mut self) {
        self.out.extend_from_slice(b"\r\n");
    }
}

/// The reason phrase of a status (RFC 9110 15, RFC 6585); empty for those never sent.
pub const fn reason(status: u16) -> &'static str {
    match status {
        100 => "Continue",
        200 => "OK",
        202 => "Accepted",
        206 => "Partial Content",
        301 => "Moved Permanently",
        302 => "Found",
        304 => "Not Modified",
        307 => "Temporary Redirect",
        308 => "Permanent Redirect",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        408 => "Request Timeout",
        409 => "Conflict",
        413 => "Content Too Large",
        414 => "URI Too Long",
        415 => "Unsupported Media Type",
        416 => "Range Not Satisfiable",
        417 => "Expectation Failed",
        422 => "Unprocessable Content",
        429 => "Too Many Requests",
        431 => "Request Header Fields Too Large",
        500 => "Internal Server Error",
        501 => "Not Implemented",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        505 => "HTTP Version Not Supported",
        _ => "",
    }
}

/// Appends `name: value` CR LF with a value that cannot end its line.
pub(super) fn push_field(out: &mut Vec<u8>, name: &str, value: &[u8]) {
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b": ");
    push_clean(out, value);
    out.extend_from_slice(b"\r\n");
}

/// Appends `value` with CR, LF and NUL replaced by spaces.
pub(super) fn push_clean(out: &mut Vec<u8>, value: &[u8]) {
    let start = out.len();
    out.extend_from_slice(value);
    for byte in &mut out[start..] {
        if matches!(byte, b'\r' | b'\n' | 0) {
            *byte = b' ';
        }
    }
}

/// Appends a decimal number.
pub(crate) fn push_number(out: &mut Vec<u8>, mut number: u64) {
    let start = out.len();
    loop {
        out.push(u8::try_from(number % 10).map_or(b'0', |digit| b'0' + digit));
        number /= 10;
        if number == 0 {
            break;
        }
    }
    out[start..].reverse();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn head_is_written_field_by_field() {
        let mut out = Vec::from(b"before ");
        HeadWriter::start(&mut out, 206)
            .field("Content-Type", "text/plain")
            .field_u64("Content-Length", 10)
            .field_u64("Retry-After", 0)
            .field_u64("X-Max", u64::MAX)
            .finish();
        let expected = "before HTTP/1.1 206 Partial Content\r\nContent-Type: text/plain\r\n\
            Content-Length: 10\r\nRetry-After: 0\r\nX-Max: 18446744073709551615\r\n\r\n";
        assert_eq!(core::str::from_utf8(&out), Ok(expected));
    }

    #[test]
    fn value_cannot_forge_a_field() {
        let mut out = Vec::new();
        HeadWriter::start(&mut out, 302)
            .field("Location", "/a\r\nSet-Cookie: b\0")
            .finish();
        assert_eq!(
            out,
            b"HTTP/1.1 302 Found\r\nLocation: /a  Set-Cookie: b \r\n\r\n"
        );
    }

    #[test]
    fn all_statuses_in_use_have_a_phrase() {
        let used = [
            100, 200, 202, 206, 301, 302, 304, 307, 308, 400, 401, 403, 404, 405, 408, 409, 413,
            414, 415, 416, 417, 422, 429, 431, 500, 501, 502, 503, 504, 505,
        ];
        assert!(used.iter().all(|&status| !reason(status).is_empty()));
    }

    #[test]
    fn status_without_a_phrase_keeps_its_space() {
        let mut out = Vec::new();
        HeadWriter::start(&mut out, 299).finish();
        assert_eq!(out, b"HTTP/1.1 299 \r\n\r\n");
    }
}
