//! The requests that a Git host has seen.

use std::io::{self, BufRead, Read, Write};

use super::Step;
use crate::stand_in::Seen;

/// Over this a body is not read.
const LONGEST: u64 = 64 << 20;

/// One request as it arrived.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The request's head.
    pub head: Seen,
    /// The repository, without `.git`.
    pub repository: String,
    /// What was asked of it.
    pub step: Step,
    /// The body, without its framing.
    pub body: Vec<u8>,
}

impl Asked {
    /// The client's `User-Agent`.
    pub fn agent(&self) -> &str {
        self.head.header("user-agent").unwrap_or_default()
    }

    /// The protocol version that the client asks for.
    pub fn protocol(&self) -> &str {
        self.head.header("git-protocol").unwrap_or_default()
    }

    /// The ids that a fetch wants.
    pub fn wants(&self) -> Vec<String> {
        let text = String::from_utf8_lossy(&self.body).into_owned();
        let wants = text.match_indices("want ");
        let id = |(at, word): (usize, &str)| text.get(at + word.len()..at + word.len() + 40);
        wants.filter_map(id).map(String::from).collect()
    }

    /// Reads one request; `None` at the end of the connection.
    pub(super) fn read(
        reader: &mut impl BufRead,
        answers: &mut impl Write,
    ) -> io::Result<Option<Self>> {
        let Some(head) = Seen::read(reader)? else {
            return Ok(None);
        };
        if head.header("expect").is_some() {
            answers.write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
        }
        let chunked = head.header("transfer-encoding").is_some();
        let body = if chunked {
            chunks(reader)?
        } else {
            let length = head.header("content-length").unwrap_or("0");
            exactly(reader, length.parse().map_err(io::Error::other)?)?
        };
        let (repository, step) = step(&head, &body);
        Ok(Some(Self {
            head,
            repository,
            step,
            body,
        }))
    }

    /// What stands after the repository in the path, with its slash.
    pub(super) fn below(&self) -> String {
        let path = self.head.path();
        let (_, below) = path.split_at(parts(&path).0);
        below.into()
    }
}

fn exactly(reader: &mut impl BufRead, length: u64) -> io::Result<Vec<u8>> {
    if length > LONGEST {
        return Err(io::Error::other("a body that no client has"));
    }
    let mut body = Vec::new();
    reader.take(length).read_to_end(&mut body)?;
    Ok(body)
}

fn chunks(reader: &mut impl BufRead) -> io::Result<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let length = u64::from_str_radix(line.trim(), 16).map_err(io::Error::other)?;
        body.extend(exactly(reader, length)?);
        exactly(reader, 2)?;
        if length == 0 {
            return Ok(body);
        }
    }
}

/// Where the repository ends in a path, and whether anything that clients ask for follows.
fn parts(path: &str) -> (usize, bool) {
    let known = ["/info/refs", "/git-upload-pack"];
    let end = known.iter().find_map(|end| path.strip_suffix(end));
    end.map_or((path.len(), false), |before| (before.len(), true))
}

fn step(head: &Seen, body: &[u8]) -> (String, Step) {
    let path = head.path();
    let (end, known) = parts(&path);
    let repository = path[..end].trim_start_matches('/');
    let repository = repository.strip_suffix(".git").unwrap_or(repository);
    let lists = body.windows(15).any(|part| part == b"command=ls-refs");
    let step = match (known, head.method.as_str(), lists) {
        (true, "GET", _) => Step::Discovery,
        (true, "POST", true) => Step::References,
        (true, "POST", false) => Step::Fetch,
        (_, _, _) => Step::Other,
    };
    (repository.into(), step)
}
