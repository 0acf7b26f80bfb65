//! One connection of a stand-in: reads requests, sends what the script says.

use core::sync::atomic::Ordering;
use core::time::Duration;
use std::io::{self, BufReader, Write};
use std::net::TcpStream;

use rustix::net::sockopt::set_socket_linger;

use super::script::{Answer, File, Framing};
use super::{Seen, State};

/// Whether the connection can be used for another request.
#[derive(Clone, Copy, PartialEq, Eq)]
enum After {
    Keep,
    Close,
}

/// Serves requests until the client or the script ends the connection.
pub(super) fn serve(stream: &TcpStream, state: &State) {
    // Whatever fails here is the other side's doing, and what the test is about.
    let _ = serve_all(stream, state);
}

fn serve_all(mut stream: &TcpStream, state: &State) -> io::Result<()> {
    let _ = stream.set_nodelay(true);
    let mut reader = BufReader::new(stream.try_clone()?);
    while let Some(seen) = Seen::read(&mut reader)? {
        if seen.method == "CONNECT" {
            stream.write_all(b"HTTP/1.1 200 Connected\r\n\r\n")?;
            continue;
        }
        let (closes, wants) = (seen.closes(), Wants::of(&seen));
        let after = send(stream, state, &wants, state.answer(seen))?;
        if closes || after == After::Close {
            break;
        }
    }
    stream.shutdown(std::net::Shutdown::Both)
}

/// What the answer depends on in a request.
struct Wants {
    head_only: bool,
    range: Option<String>,
    if_range: Option<String>,
    if_none_match: Option<String>,
}

impl Wants {
    fn of(seen: &Seen) -> Self {
        Self {
            head_only: seen.method == "HEAD",
            range: seen.header("range").map(String::from),
            if_range: seen.header("if-range").map(String::from),
            if_none_match: seen.header("if-none-match").map(String::from),
        }
    }
}

fn send(mut stream: &TcpStream, state: &State, wants: &Wants, answer: Answer) -> io::Result<After> {
    match answer {
        Answer::File(file) => send_file(stream, state, wants, &file),
        Answer::Status(status) => {
            let body = if wants.head_only { "" } else { "no\n" };
            write!(
                stream,
                "HTTP/1.1 {status} Scripted\r\nContent-Length: 3\r\n\r\n{body}"
            )?;
            Ok(After::Keep)
        }
        Answer::Redirect(status, location) => {
            write!(
                stream,
                "HTTP/1.1 {status} Scripted\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n"
            )?;
            Ok(After::Keep)
        }
        Answer::Hang => {
            while !state.closing() {
                std::thread::sleep(Duration::from_millis(20));
            }
            Ok(After::Close)
        }
        Answer::Reset => reset(stream),
        Answer::Raw(bytes) => stream.write_all(&bytes).map(|()| After::Close),
    }
}

fn send_file(
    mut stream: &TcpStream,
    state: &State,
    wants: &Wants,
    file: &File,
) -> io::Result<After> {
    std::thread::sleep(file.wait);
    if unchanged(wants, file) {
        let etag = file.etag.as_deref().unwrap_or_default();
        write!(stream, "HTTP/1.1 304 Not Modified\r\nETag: {etag}\r\n\r\n")?;
        return Ok(After::Keep);
    }
    let from = if file.ranges {
        first_byte(wants, file)
    } else {
        None
    };
    if from.is_some_and(|from| from >= file.bytes.len()) {
        write!(
            stream,
            "HTTP/1.1 416 Scripted\r\nContent-Range: bytes */{}\r\nContent-Length: 0\r\n\r\n",
            file.bytes.len()
        )?;
        return Ok(After::Keep);
    }
    stream.write_all(head(file, from).as_bytes())?;
    if wants.head_only {
        return Ok(After::Keep);
    }
    send_body(stream, state, file, from.unwrap_or(0))
}

/// Whether the client has the file already, by the weak comparison (RFC 9110, section 13.1.2).
fn unchanged(wants: &Wants, file: &File) -> bool {
    let weak = |tag: &str| String::from(tag.trim().trim_start_matches("W/"));
    let (Some(listed), Some(etag)) = (&wants.if_none_match, &file.etag) else {
        return false;
    };
    file.conditional && listed.split(',').any(|tag| weak(tag) == weak(etag))
}

/// The first byte that a `bytes=N-` range asks for, unless `If-Range` names another file.
fn first_byte(wants: &Wants, file: &File) -> Option<usize> {
    let same = wants
        .if_range
        .as_ref()
        .is_none_or(|tag| Some(tag) == file.etag.as_ref());
    let range = wants.range.as_ref().filter(|_| same)?;
    range
        .strip_prefix("bytes=")?
        .strip_suffix('-')?
        .parse()
        .ok()
}

fn head(file: &File, from: Option<usize>) -> String {
    let total = file.bytes.len();
    let mut head = match from {
        Some(from) => format!(
            "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes {from}-{}/{total}\r\n",
            total - 1
        ),
        None => String::from("HTTP/1.1 200 OK\r\n"),
    };
    head += &format!("Content-Type: {}\r\n{}", file.kind, file.fields);
    if let Some(date) = file.date {
        head += &format!("Last-Modified: {date}\r\n");
    }
    if let Some(etag) = &file.etag {
        head += &format!("ETag: {etag}\r\n");
    }
    head += &match file.framing {
        Framing::Length => format!("Content-Length: {}\r\n", total - from.unwrap_or(0)),
        Framing::FalseLength(length) => format!("Content-Length: {length}\r\n"),
        Framing::UntilClose => String::from("Connection: close\r\n"),
        Framing::Chunked => String::from("Transfer-Encoding: chunked\r\n"),
    };
    head + "\r\n"
}

fn send_body(stream: &TcpStream, state: &State, file: &File, from: usize) -> io::Result<After> {
    const STEP: usize = 16 << 10;
    let end = file.cut.unwrap_or(usize::MAX).min(file.bytes.len());
    let mut at = from;
    while at < end {
        let mut next = (at + STEP).min(end);
        if let Some((stop, gate)) = &file.gate {
            if at == *stop {
                gate.pass(|| state.closing());
            } else if at < *stop {
                next = next.min(*stop);
            }
        }
        send_piece(stream, file.framing, &file.bytes[at..next])?;
        state.sent.fetch_add((next - at) as u64, Ordering::Relaxed);
        rest(file.pace, next - at);
        at = next;
    }
    finish(stream, file, end)
}

fn send_piece(mut stream: &TcpStream, framing: Framing, piece: &[u8]) -> io::Result<()> {
    if framing == Framing::Chunked {
        write!(stream, "{:x}\r\n", piece.len())?;
        stream.write_all(piece)?;
        return stream.write_all(b"\r\n");
    }
    stream.write_all(piece)
}

fn finish(mut stream: &TcpStream, file: &File, end: usize) -> io::Result<After> {
    let whole = end == file.bytes.len();
    match file.framing {
        _ if !whole && file.reset => reset(stream),
        Framing::Chunked if whole => stream.write_all(b"0\r\n\r\n").map(|()| After::Keep),
        Framing::Length if whole => Ok(After::Keep),
        Framing::Length | Framing::FalseLength(_) | Framing::UntilClose | Framing::Chunked => {
            Ok(After::Close)
        }
    }
}

fn rest(pace: Option<u64>, sent: usize) {
    if let Some(pace) = pace {
        let micros = sent as u64 * 1_000_000 / pace.max(1);
        std::thread::sleep(Duration::from_micros(micros));
    }
}

/// Makes the close of the connection a reset instead of an orderly end.
fn reset(stream: &TcpStream) -> io::Result<After> {
    set_socket_linger(stream, Some(Duration::ZERO))?;
    Err(io::ErrorKind::ConnectionReset.into())
}
