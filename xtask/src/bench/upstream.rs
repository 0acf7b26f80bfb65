//! A stand-in for ziglang.org whose line is slow: archives come evenly paced after a first pause.
//!
//! It looks only at the last word of a path. It counts what it was asked for, so that a run shows
//! whether misses were joined. Threads end with the bench.

use core::{
    net::Ipv4Addr,
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};
use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader, Write},
    net::{TcpListener, TcpStream},
    sync::Arc,
    thread,
    time::Instant,
};

use crate::{
    failure::{Doing, Failure},
    http,
};

/// The pause before the first byte of any answer.
pub(super) const FIRST_BYTE: Duration = Duration::from_millis(50);

/// Bytes a second on each connection.
pub(super) const RATE: f64 = 20e6;

/// What comes at once with the head.
const FIRST_PIECE: usize = 64 * 1024;

const TICK: Duration = Duration::from_millis(5);

/// Requests since the last look.
#[derive(Debug, Default)]
struct Counts {
    archives: AtomicU64,
    bytes: AtomicU64,
}

struct Files {
    archive: Vec<u8>,
    signatures: BTreeMap<String, Vec<u8>>,
    counts: Counts,
}

/// A running upstream.
pub(super) struct Upstream {
    pub(super) port: u16,
    files: Arc<Files>,
}

impl Upstream {
    /// Serves `archive` under every archive name, and the signatures by their names.
    pub(super) fn start(
        archive: Vec<u8>,
        signatures: BTreeMap<String, Vec<u8>>,
    ) -> Result<Self, Failure> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).doing("upstream")?;
        let port = listener.local_addr().doing("upstream")?.port();
        let files = Arc::new(Files {
            archive,
            signatures,
            counts: Counts::default(),
        });
        let shared = Arc::clone(&files);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let files = Arc::clone(&shared);
                // A client that goes away is no news.
                thread::spawn(move || serve(stream, &files).ok());
            }
        });
        Ok(Self { port, files })
    }

    pub(super) fn archive(&self) -> &[u8] {
        &self.files.archive
    }

    /// Archive requests and archive bytes since the last call.
    pub(super) fn take_counts(&self) -> (u64, u64) {
        let counts = &self.files.counts;
        (
            counts.archives.swap(0, Ordering::Relaxed),
            counts.bytes.swap(0, Ordering::Relaxed),
        )
    }
}

fn serve(mut stream: TcpStream, files: &Files) -> Result<(), Failure> {
    stream.set_nodelay(true).doing("nodelay")?;
    let mut reader = BufReader::new(stream.try_clone().doing("clone")?);
    loop {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            if reader.read_line(&mut head).doing("read")? == 0 {
                return Ok(());
            }
        }
        answer(&mut stream, &head, files)?;
        if http::header(&head, "connection")
            .is_some_and(|value| value.eq_ignore_ascii_case("close"))
        {
            return Ok(());
        }
    }
}

fn answer(stream: &mut TcpStream, head: &str, files: &Files) -> Result<(), Failure> {
    let mut words = head.split(' ');
    let is_get = words.next() == Some("GET");
    let path = words.next().unwrap_or_default();
    let path = path.split('?').next().unwrap_or_default();
    let name = path.rsplit('/').next().unwrap_or_default();
    thread::sleep(FIRST_BYTE);
    if let Some(signature) = files.signatures.get(name) {
        return whole(stream, "200 OK", signature, is_get);
    }
    if ![".tar.xz", ".tar.gz"].iter().any(|end| name.ends_with(end)) {
        return whole(stream, "404 Not Found", b"no such file\n", is_get);
    }
    files.counts.archives.fetch_add(1, Ordering::Relaxed);
    archive(stream, http::header(head, "range"), files, is_get)
}

fn whole(
    stream: &mut TcpStream,
    status: &str,
    body: &[u8],
    with_body: bool,
) -> Result<(), Failure> {
    let mut answer = format!(
        "HTTP/1.1 {status}\r\nContent-Length: {}\r\n\r\n",
        body.len()
    )
    .into_bytes();
    answer.extend_from_slice(if with_body { body } else { &[] });
    stream.write_all(&answer).doing("send")
}

/// An archive, whole or from where a `bytes=N-` begins.
fn archive(
    stream: &mut TcpStream,
    range: Option<&str>,
    files: &Files,
    with_body: bool,
) -> Result<(), Failure> {
    let size = files.archive.len();
    let start = range.and_then(|range| {
        range
            .strip_prefix("bytes=")?
            .strip_suffix('-')?
            .parse()
            .ok()
    });
    let (status, extra) = match start {
        Some(start) if start < size => (
            "206 Partial Content",
            format!("Content-Range: bytes {start}-{}/{size}\r\n", size - 1),
        ),
        _ => ("200 OK", String::new()),
    };
    let body = start
        .and_then(|start: usize| files.archive.get(start..))
        .unwrap_or(&files.archive);
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Length: {}\r\nContent-Type: application/x-xz\r\nETag: \"bench-{size}\"\r\n\
         Last-Modified: Wed, 01 Jan 2025 00:00:00 GMT\r\nAccept-Ranges: bytes\r\n{extra}\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).doing("send")?;
    if with_body {
        paced(stream, body, &files.counts.bytes)
    } else {
        Ok(())
    }
}

fn paced(stream: &mut TcpStream, body: &[u8], sent_in_all: &AtomicU64) -> Result<(), Failure> {
    let start = Instant::now();
    let mut sent = 0;
    while sent < body.len() {
        let due = FIRST_PIECE
            .saturating_add(whole_bytes(RATE * start.elapsed().as_secs_f64()))
            .min(body.len());
        stream.write_all(&body[sent..due]).doing("send")?;
        sent_in_all.fetch_add((due - sent) as u64, Ordering::Relaxed);
        sent = due;
        thread::sleep(TICK);
    }
    Ok(())
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "`as` saturates, and pace is never negative"
)]
fn whole_bytes(bytes: f64) -> usize {
    bytes as usize
}

/// The seconds that a download of this many bytes takes when nothing is lost.
pub(super) fn perfect_seconds(bytes: usize) -> f64 {
    FIRST_BYTE.as_secs_f64() + bytes.saturating_sub(FIRST_PIECE) as f64 / RATE
}
