//! What an upstream says to one request: honest by default, wrong in one or more of many ways.

use super::catalog::CATALOG;
use super::forge;

/// How the end of a body is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// By Content-Length.
    Length,
    /// By Content-Length, which is so much off.
    FalseLength(i64),
    /// By chunks.
    Chunked,
    /// By the end of the connection.
    UntilClose,
}

/// How an answer breaks off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// A clean end of the connection.
    Fin,
    /// A reset.
    Reset,
    /// Silence.
    Stall,
}

/// What becomes of the genuine bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tamper {
    /// Nothing.
    No,
    /// One bit of this byte is another.
    Flip(usize),
    /// So many bytes more.
    Longer(usize),
    /// So many bytes less.
    Shorter(usize),
}

/// How a request for the rest is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ranges {
    /// With the rest, if the validator still holds.
    Honour,
    /// With the rest, whatever the validator.
    Blind,
    /// With the whole.
    Ignore,
    /// With bytes from another place than asked for.
    Misplaced,
    /// With 416.
    Unsatisfiable,
}

/// What tells one generation from another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Validator {
    /// A strong entity tag and the time of the last change.
    Strong,
    /// A weak entity tag alone.
    Weak,
    /// The time of the last change, the same for all generations; who knows so says never that a
    /// file is still the same.
    SameTime,
    /// Nothing.
    No,
}

/// Rubbish about the head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Head {
    /// A proper head.
    Proper,
    /// An interim answer goes first.
    Interim,
    /// Not HTTP.
    Rubbish,
    /// A field without end.
    Endless,
    /// Content-Encoding: gzip.
    Encoded,
}

/// One answer.
#[derive(Clone, Debug)]
pub struct Reply {
    /// The status; what is not 200 brings no file.
    pub status: u16,
    /// Milliseconds before the head.
    pub delay: u64,
    /// Bytes sent at once.
    pub chunk: usize,
    /// Milliseconds between them.
    pub gap: u64,
    /// How the end is told.
    pub framing: Framing,
    /// After so many bytes of the body it breaks off.
    pub cut: Option<(usize, Cut)>,
    /// What becomes of the bytes.
    pub tamper: Tamper,
    /// How ranges are answered.
    pub ranges: Ranges,
    /// The validators sent.
    pub validator: Validator,
    /// Which generation; else the one of the day.
    pub generation: Option<usize>,
    /// Where a redirect leads.
    pub redirect: Option<String>,
    /// What the head is like.
    pub head: Head,
}

impl Default for Reply {
    fn default() -> Self {
        Self {
            status: 200,
            delay: 0,
            chunk: usize::MAX,
            gap: 0,
            framing: Framing::Length,
            cut: None,
            tamper: Tamper::No,
            ranges: Ranges::Honour,
            validator: Validator::Strong,
            generation: None,
            redirect: None,
            head: Head::Proper,
        }
    }
}

/// The rest that a request asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rest {
    /// From this byte on.
    pub start: usize,
    /// If the file is still that one.
    pub if_range: String,
}

/// On what terms a file is asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Terms {
    /// Only the rest of it.
    pub rest: Option<Rest>,
    /// Unless its entity tag is this.
    pub none_match: Option<String>,
    /// Unless it is of this time.
    pub modified_since: Option<String>,
}

impl Terms {
    /// Whether the file is the one that the asker has (RFC 9110 sections 13.1.2 and 13.1.3).
    fn is_same(&self, etag: Option<&String>, time: Option<&String>) -> bool {
        let opaque = |tag: &String| tag.trim_start_matches("W/").to_owned();
        match &self.none_match {
            Some(tag) => etag.map(opaque) == Some(opaque(tag)),
            None => self.modified_since.is_some() && self.modified_since.as_ref() == time,
        }
    }
}

impl Reply {
    /// An answer that brings no file.
    pub fn status(status: u16) -> Self {
        Self {
            status,
            ..Self::default()
        }
    }

    /// An answer sent in pieces.
    pub fn paced(chunk: usize, gap: u64) -> Self {
        Self {
            chunk,
            gap,
            ..Self::default()
        }
    }

    /// The same, breaking off.
    #[must_use]
    pub fn cut(self, after: usize, how: Cut) -> Self {
        Self {
            cut: Some((after, how)),
            ..self
        }
    }

    /// Head and body as they go out, before pace and cut.
    pub fn render(&self, name: &str, generation: usize, terms: &Terms) -> (Vec<u8>, Vec<u8>) {
        if let Some(to) = &self.redirect {
            let head = format!("HTTP/1.1 302 Found\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n");
            return (head.into_bytes(), Vec::new());
        }
        if self.status != 200 {
            let head = format!("HTTP/1.1 {} No\r\nContent-Length: 3\r\n\r\n", self.status);
            return (head.into_bytes(), b"no\n".into());
        }
        let whole = self.tampered(name, CATALOG.bytes(name, generation));
        let (etag, time) = self.validators(name, generation);
        if self.says_the_same(name, generation, terms) {
            let head = b"HTTP/1.1 304 Not Modified\r\nConnection: close\r\n\r\n";
            return (head.into(), Vec::new());
        }
        let holds = |rest: &&Rest| {
            let is_blind = self.ranges == Ranges::Blind;
            is_blind || Some(&rest.if_range) == etag.as_ref().or(time.as_ref())
        };
        let (line, body) = match (terms.rest.as_ref().filter(holds), self.ranges) {
            (None, _) | (_, Ranges::Ignore) => ("200 OK\r\n".to_owned(), whole),
            (Some(rest), Ranges::Unsatisfiable) if rest.start > 0 => {
                let line = format!("416 No\r\nContent-Range: bytes */{}\r\n", whole.len());
                (line, Vec::new())
            }
            (Some(rest), ranges) => part(&whole, rest.start, ranges == Ranges::Misplaced),
        };
        let mut head = match self.head {
            Head::Rubbish => return (b"SSH-2.0-nothing\r\n\r\n".into(), Vec::new()),
            Head::Endless => return (endless(), Vec::new()),
            Head::Interim => {
                format!("HTTP/1.1 103 Early Hints\r\nLink: </>\r\n\r\nHTTP/1.1 {line}")
            }
            Head::Encoded => format!("HTTP/1.1 {line}Content-Encoding: gzip\r\n"),
            Head::Proper => format!("HTTP/1.1 {line}"),
        };
        if let Some(etag) = etag {
            head += &format!("ETag: {etag}\r\n");
        }
        if let Some(time) = time {
            head += &format!("Last-Modified: {time}\r\n");
        }
        let (field, body) = self.framed(body);
        head += &format!("{field}Connection: close\r\n\r\n");
        (head.into_bytes(), body)
    }

    fn framed(&self, body: Vec<u8>) -> (String, Vec<u8>) {
        match self.framing {
            Framing::Length => (format!("Content-Length: {}\r\n", body.len()), body),
            Framing::FalseLength(off) => {
                let len = i64::try_from(body.len()).expect("it is small");
                (format!("Content-Length: {}\r\n", (len + off).max(0)), body)
            }
            Framing::UntilClose => (String::new(), body),
            Framing::Chunked => {
                let mut chunks = Vec::new();
                for chunk in body.chunks(self.chunk.clamp(1, 1000)) {
                    chunks.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
                    chunks.extend_from_slice(chunk);
                    chunks.extend_from_slice(b"\r\n");
                }
                chunks.extend_from_slice(b"0\r\n\r\n");
                ("Transfer-Encoding: chunked\r\n".into(), chunks)
            }
        }
    }

    /// Of a signature file nothing vouches for the first line and the last LF: they stay.
    fn tampered(&self, name: &str, bytes: &[u8]) -> Vec<u8> {
        let signature = name.ends_with(".minisig");
        let first_line = bytes.iter().position(|b| *b == b'\n').filter(|_| signature);
        let from = first_line.map_or(0, |end| end + 1);
        let mut bytes = bytes.to_vec();
        match self.tamper {
            Tamper::No => {}
            Tamper::Flip(at) => {
                let at = from + at % (bytes.len() - from - usize::from(signature));
                bytes[at] ^= 1;
            }
            Tamper::Longer(more) => bytes.resize(bytes.len() + more, b'x'),
            Tamper::Shorter(less) => {
                let less = less + usize::from(signature);
                bytes.truncate(bytes.len().saturating_sub(less));
            }
        }
        bytes
    }

    /// Whether the answer is that nothing has changed.
    fn says_the_same(&self, name: &str, generation: usize, terms: &Terms) -> bool {
        let (etag, time) = self.validators(name, generation);
        let knows = self.validator != Validator::SameTime && self.head == Head::Proper;
        knows && terms.is_same(etag.as_ref(), time.as_ref())
    }

    /// Whether the answer is the file, or that it is still the same.
    pub fn brings(&self) -> bool {
        self.status == 200 && self.redirect.is_none()
    }

    fn validators(&self, name: &str, generation: usize) -> (Option<String>, Option<String>) {
        let moved = if forge::find(name).is_some() {
            generation
        } else {
            0
        };
        let time = |day: usize| Some(format!("Sun, 0{day} Nov 1994 08:49:37 GMT"));
        match self.validator {
            Validator::Strong => (Some(format!("\"g{generation}\"")), time(6 + moved)),
            Validator::Weak => (Some(format!("W/\"g{generation}\"")), None),
            Validator::SameTime => (None, time(5)),
            Validator::No => (None, None),
        }
    }
}

fn part(whole: &[u8], start: usize, misplaced: bool) -> (String, Vec<u8>) {
    let start = if misplaced { start / 2 } else { start };
    let total = whole.len();
    if start >= total {
        return (
            format!("416 No\r\nContent-Range: bytes */{total}\r\n"),
            Vec::new(),
        );
    }
    let last = total - 1;
    let line = format!("206 Partial Content\r\nContent-Range: bytes {start}-{last}/{total}\r\n");
    (line, whole[start..].to_vec())
}

fn endless() -> Vec<u8> {
    [&b"HTTP/1.1 200 OK\r\nX: "[..], &vec![b'x'; 200_000]].concat()
}
