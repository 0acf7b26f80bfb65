//! Answers that send a verified file: 200, 206, 304 and 416, with their heads.
//!
//! The fields that do not change between requests are laid out once. A verified file never
//! changes under its name, so it carries a strong entity tag and `immutable`; an index does.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::answer::Persistence;
use crate::store::proof::{Proof, Stat};
use crate::time::Timestamp;
use crate::wire::conditional::{self, Validators};
use crate::wire::date::imf_fixdate;
use crate::wire::fields::{Fields, Method};
use crate::wire::range::{self, RangeAnswer};
use crate::wire::response::push_number;

/// What is known of a verified file, with the unchanging parts of its heads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileHead {
    len: u64,
    modified: Timestamp,
    etag: String,
    date: String,
    cache_control: &'static str,
    content_type: &'static str,
    /// ETag, Last-Modified, Cache-Control: in every answer about the file but 416.
    about: Vec<u8>,
    /// Content-Type and Accept-Ranges: where there is a body.
    content: Vec<u8>,
}

/// How long caches may keep a file (RFC 9111 section 5.2.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lifetime {
    /// It never changes under its name.
    Forever,
    /// A document that is made anew now and then.
    Minutes,
    /// A file that may change upstream.
    Minute,
    /// A file that others may change at any time: it is asked for again before each use.
    Never,
}

impl Lifetime {
    fn cache_control(self) -> &'static str {
        match self {
            Self::Forever => "public, max-age=31536000, immutable",
            Self::Minutes => "public, max-age=300",
            Self::Minute => "public, max-age=60",
            Self::Never => "no-cache",
        }
    }
}

/// Which bytes of the file an answer sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Piece {
    /// The first byte.
    pub start: u64,
    /// How many.
    pub len: u64,
}

impl FileHead {
    /// Lays out the heads of a verified file.
    pub fn new(proof: &Proof, content_type: &'static str, lifetime: Lifetime) -> Self {
        Self::tagged(proof.etag(), &proof.stat, content_type, lifetime)
    }

    /// The same with another strong entity tag, quotes included, of a file whose bytes are known by
    /// other means than its digest.
    pub fn tagged(
        etag: String,
        stat: &Stat,
        content_type: &'static str,
        lifetime: Lifetime,
    ) -> Self {
        let cache_control = lifetime.cache_control();
        let modified = stat.modified;
        let date = String::from_utf8_lossy(&imf_fixdate(modified)).into_owned();
        let about =
            format!("ETag: {etag}\r\nLast-Modified: {date}\r\nCache-Control: {cache_control}\r\n");
        let content = format!("Content-Type: {content_type}\r\nAccept-Ranges: bytes\r\n");
        Self {
            len: stat.len,
            modified,
            etag,
            date,
            cache_control,
            content_type,
            about: about.into_bytes(),
            content: content.into_bytes(),
        }
    }

    /// The file's length in bytes.
    pub fn len(&self) -> u64 {
        self.len
    }

    /// Whether the file is empty.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The status that answers a GET or HEAD, and the bytes that the answer is about; a HEAD
    /// sends none of them.
    pub fn judge(&self, method: Method, fields: &Fields<'_>) -> (u16, Piece) {
        let validators = Validators {
            etag: &self.etag,
            modified: self.modified,
        };
        let conditions = conditional::evaluate(fields, &validators);
        let range = if method == Method::Get && conditions.use_range {
            fields.range
        } else {
            None
        };
        let none = Piece { start: 0, len: 0 };
        if conditions.not_modified {
            return (304, none);
        }
        match range::evaluate(range, self.len) {
            RangeAnswer::Whole => (
                200,
                Piece {
                    start: 0,
                    len: self.len,
                },
            ),
            RangeAnswer::Part { start, end } => (
                206,
                Piece {
                    start,
                    len: end.saturating_sub(start),
                },
            ),
            RangeAnswer::Unsatisfiable => (416, none),
        }
    }

    /// Calls `field` with each field but Date and Connection.
    pub(super) fn each_field(
        &self,
        status: u16,
        piece: Piece,
        field: &mut impl FnMut(&'static str, &str),
    ) {
        if status == 416 {
            field("Content-Range", &format!("bytes */{}", self.len));
            field("ETag", &self.etag);
            field("Cache-Control", "no-store");
            field("Content-Length", "0");
            return;
        }
        field("ETag", &self.etag);
        field("Last-Modified", &self.date);
        field("Cache-Control", self.cache_control);
        if status == 304 {
            return;
        }
        field("Content-Type", self.content_type);
        field("Accept-Ranges", "bytes");
        field("Content-Length", &piece.len.to_string());
        if status == 206 {
            let last = piece.start.saturating_add(piece.len).saturating_sub(1);
            let range = format!("bytes {}-{last}/{}", piece.start, self.len);
            field("Content-Range", &range);
        }
    }

    /// Appends the head as HTTP/1.1 has it.
    pub(super) fn render(
        &self,
        status: u16,
        piece: Piece,
        persistence: Persistence,
        date: &[u8],
        out: &mut Vec<u8>,
    ) {
        let line: &[u8] = match status {
            200 => b"HTTP/1.1 200 OK\r\nDate: ",
            206 => b"HTTP/1.1 206 Partial Content\r\nDate: ",
            304 => b"HTTP/1.1 304 Not Modified\r\nDate: ",
            _ => b"HTTP/1.1 416 Range Not Satisfiable\r\nDate: ",
        };
        out.extend_from_slice(line);
        out.extend_from_slice(date);
        out.extend_from_slice(b"\r\n");
        if status != 416 {
            out.extend_from_slice(&self.about);
        }
        match status {
            200 => self.write_content(piece, out),
            206 => {
                self.write_content(piece, out);
                let last = piece.start.saturating_add(piece.len).saturating_sub(1);
                write_range(format_args!("{}-{last}/{}", piece.start, self.len), out);
            }
            304 => {}
            _ => {
                write_range(format_args!("*/{}", self.len), out);
                // It is an answer to that range alone: a cache that kept it would hide the file.
                out.extend_from_slice(b"ETag: ");
                out.extend_from_slice(self.etag.as_bytes());
                out.extend_from_slice(b"\r\nCache-Control: no-store\r\nContent-Length: 0\r\n");
            }
        }
        out.extend_from_slice(persistence.field());
        out.extend_from_slice(b"\r\n");
    }

    fn write_content(&self, piece: Piece, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.content);
        out.extend_from_slice(b"Content-Length: ");
        push_number(out, piece.len);
        out.extend_from_slice(b"\r\n");
    }
}

fn write_range(value: core::fmt::Arguments<'_>, out: &mut Vec<u8>) {
    out.extend_from_slice(format!("Content-Range: bytes {value}\r\n").as_bytes());
}

#[cfg(test)]
mod tests {
    use alloc::string::String;

    use super::*;
    use crate::app::head::Head;
    use crate::zig::digest::Sha256Digest;

    fn head() -> FileHead {
        let stat = Stat {
            len: 1000,
            modified: Timestamp(784_111_777),
            modified_nanos: 0,
        };
        let digest = Sha256Digest::parse(&"0f".repeat(32)).unwrap();
        FileHead::new(
            &Proof { stat, digest },
            "application/x-xz",
            Lifetime::Forever,
        )
    }

    fn answer(method: Method, name: &str, value: &str) -> (String, u16, Piece) {
        let mut fields = Fields::default();
        fields.set(name, value.as_bytes());
        let mut out = Vec::new();
        let (status, piece) = head().judge(method, &fields);
        head().render(status, piece, Persistence::Keep, b"D", &mut out);
        (String::from_utf8(out).unwrap(), status, piece)
    }

    const ABOUT: &str = "ETag: \"0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f\"\r\nLast-Modified: Sun, 06 Nov 1994 08:49:37 GMT\r\n\
                         Cache-Control: public, max-age=31536000, immutable\r\n";

    #[test]
    fn whole_file() {
        let (text, status, piece) = answer(Method::Get, "host", "h");
        assert_eq!(
            text,
            alloc::format!(
                "HTTP/1.1 200 OK\r\nDate: D\r\n{ABOUT}Content-Type: application/x-xz\r\nAccept-Ranges: bytes\r\nContent-Length: 1000\r\n\r\n"
            )
        );
        assert_eq!(
            (status, piece),
            (
                200,
                Piece {
                    start: 0,
                    len: 1000
                }
            )
        );
    }

    #[test]
    fn head_has_the_length_and_no_range() {
        let (text, _, piece) = answer(Method::Head, "range", "bytes=0-0");
        assert!(text.contains("200 OK") && text.contains("Content-Length: 1000\r\n"));
        assert_eq!(piece.len, 1000);
    }

    #[test]
    fn part_says_which() {
        let (text, status, piece) = answer(Method::Get, "range", "bytes=-100");
        assert!(
            text.contains("Content-Range: bytes 900-999/1000\r\n"),
            "{text}"
        );
        assert!(text.contains("Content-Length: 100\r\n"));
        assert_eq!(
            (status, piece),
            (
                206,
                Piece {
                    start: 900,
                    len: 100
                }
            )
        );
    }

    #[test]
    fn unsatisfiable_range_says_the_length() {
        let (text, status, piece) = answer(Method::Get, "range", "bytes=1000-");
        assert!(
            text.contains("Content-Range: bytes */1000\r\nETag: \"0f0f"),
            "{text}"
        );
        assert!(text.contains("Cache-Control: no-store\r\nContent-Length: 0\r\n"));
        assert!(!text.contains("immutable"), "{text}");
        assert_eq!((status, piece.len), (416, 0));
    }

    #[test]
    fn not_modified_has_no_content_fields() {
        let (text, status, _) = answer(
            Method::Get,
            "if-none-match",
            "\"0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f\"",
        );
        assert_eq!(
            text,
            alloc::format!("HTTP/1.1 304 Not Modified\r\nDate: D\r\n{ABOUT}\r\n")
        );
        assert_eq!(status, 304);
    }

    #[test]
    fn streaming_head_promises_nothing() {
        let mut out = Vec::new();
        let head = Head::Unverified {
            content_type: "application/zip",
            len: 70_000,
        };
        head.render(Persistence::Close, b"D", &mut out);
        let text = String::from_utf8(out).unwrap();
        assert!(text.contains("Content-Length: 70000\r\n"));
        assert!(
            !text.contains("ETag")
                && !text.contains("immutable")
                && !text.contains("Accept-Ranges")
        );
    }
}
