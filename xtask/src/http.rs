//! As much of an HTTP client as the tasks need: one request a connection, which then ends.
//!
//! Only [`ask`] reads bodies of unknown length. A read that makes no progress is a failure of the run.

use core::{
    net::{Ipv4Addr, SocketAddr},
    time::Duration,
};
use std::{
    io::{Read, Write},
    net::TcpStream,
    time::Instant,
};

use crate::failure::{Doing, Failure};

/// Heads of the servers compared are far below this.
const HEAD_LIMIT: usize = 16 * 1024;

const PATIENCE: Duration = Duration::from_secs(30);

/// The head of a response, and the first body bytes that came with it.
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) length: u64,
    pub(crate) etag: Option<String>,
    pub(crate) last_modified: Option<String>,
    is_chunked: bool,
    pub(crate) early: Vec<u8>,
    pub(crate) stream: TcpStream,
}

/// Asks for a path, with one more field if given, and reads the head.
pub(crate) fn get(port: u16, path: &str, header: Option<&str>) -> Result<Response, Failure> {
    let mut stream = connect(port, PATIENCE)?;
    let more = header.map_or_else(String::new, |header| format!("{header}\r\n"));
    let request =
        format!("GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n{more}\r\n");
    stream.write_all(request.as_bytes()).doing("send")?;
    read_head(stream)
}

/// Posts JSON and reads the answer, which may take so long to come.
pub(crate) fn post(
    port: u16,
    path: &str,
    json: &str,
    patience: Duration,
) -> Result<(u16, String), Failure> {
    let mut stream = connect(port, patience)?;
    let request = format!(
        "POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{json}",
        json.len()
    );
    stream.write_all(request.as_bytes()).doing("send")?;
    let mut response = read_head(stream)?;
    let mut body = response.early;
    response.stream.read_to_end(&mut body).doing("read body")?;
    Ok((response.status, String::from_utf8_lossy(&body).into_owned()))
}

/// Sends a request (`GET /path`) with these fields and a body, and reads the status and all of the
/// answer's body.
pub(crate) fn ask(
    port: u16,
    request: &str,
    fields: &[&str],
    body: &[u8],
) -> Result<(u16, Vec<u8>), Failure> {
    let mut stream = connect(port, PATIENCE)?;
    let line = format!("{request} HTTP/1.1");
    let own = [
        format!("Host: 127.0.0.1:{port}"),
        format!("Content-Length: {}", body.len()),
        String::from("Connection: close"),
    ];
    let own = own.each_ref().map(String::as_str);
    let head = [&[line.as_str()], &own[..], fields, &["\r\n"]].concat();
    let sent = stream.write_all(&[head.join("\r\n").as_bytes(), body].concat());
    sent.doing("send")?;
    let mut response = read_head(stream)?;
    let mut body = response.early;
    response.stream.read_to_end(&mut body).doing("read body")?;
    if response.is_chunked {
        body = dechunk(&body)?;
    } else if body.len() as u64 != response.length {
        return Err(Failure::new("body of another length than announced"));
    }
    Ok((response.status, body))
}

/// The content of a chunked body (RFC 9112, section 7.1); trailers are not read.
fn dechunk(mut rest: &[u8]) -> Result<Vec<u8>, Failure> {
    let mut body = Vec::new();
    loop {
        let line = rest.windows(2).position(|pair| pair == b"\r\n");
        let (size, after) = rest.split_at(line.doing("no size of a chunk")?);
        let size = String::from_utf8_lossy(size);
        let size = usize::from_str_radix(size.split(';').next().unwrap_or_default(), 16);
        let size = size.doing("size of a chunk")?;
        if size == 0 {
            return Ok(body);
        }
        let chunk = after.get(2..).and_then(|after| after.get(..size));
        body.extend_from_slice(chunk.doing("body ended in a chunk")?);
        rest = after.get(size + 4..).doing("body ended after a chunk")?;
    }
}

fn connect(port: u16, patience: Duration) -> Result<TcpStream, Failure> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let stream = TcpStream::connect_timeout(&address, PATIENCE).doing(address)?;
    let timeout = stream.set_read_timeout(Some(patience));
    timeout.doing("read timeout").map(|()| stream)
}

fn read_head(mut stream: TcpStream) -> Result<Response, Failure> {
    let mut bytes = Vec::with_capacity(HEAD_LIMIT);
    let end = loop {
        if let Some(at) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break at + 4;
        }
        let mut part = [0; 4096];
        let count = stream.read(&mut part).doing("read head")?;
        if count == 0 || bytes.len() > HEAD_LIMIT {
            return Err(Failure::new("no response head"));
        }
        bytes.extend_from_slice(&part[..count]);
    };
    let early = bytes.split_off(end);
    parse_head(&String::from_utf8_lossy(&bytes), early, stream)
}

fn parse_head(head: &str, early: Vec<u8>, stream: TcpStream) -> Result<Response, Failure> {
    let status = head
        .split(' ')
        .nth(1)
        .and_then(|word| word.parse().ok())
        .doing("status line")?;
    let length = header(head, "content-length")
        .and_then(|value| value.parse().ok())
        .unwrap_or(0);
    let etag = header(head, "etag").map(str::to_owned);
    let last_modified = header(head, "last-modified").map(str::to_owned);
    let is_chunked = header(head, "transfer-encoding").is_some();
    Ok(Response {
        status,
        length,
        etag,
        last_modified,
        is_chunked,
        early,
        stream,
    })
}

/// The value of a field, by its lower-case name.
pub(crate) fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    let fields = head.split("\r\n").filter_map(|line| line.split_once(':'));
    let mut values = fields
        .filter(|(field, _)| field.eq_ignore_ascii_case(name))
        .map(|(_, value)| value.trim());
    values.next()
}

impl Response {
    /// Reads the body and compares it; returns when its first byte was there.
    pub(crate) fn compare(
        mut self,
        expected: &[u8],
        buffer: &mut [u8],
    ) -> Result<Instant, Failure> {
        if self.status != 200 || self.length != expected.len() as u64 {
            return Err(Failure::new(format!(
                "status {}, length {}",
                self.status, self.length
            )));
        }
        let early = core::mem::take(&mut self.early);
        let mut first = (!early.is_empty()).then(Instant::now);
        let mut rest = expected
            .strip_prefix(early.as_slice())
            .doing("wrong bytes")?;
        while !rest.is_empty() {
            let count = self.stream.read(buffer).doing("read body")?;
            if count == 0 {
                return Err(Failure::new(format!(
                    "body ended {} bytes early",
                    rest.len()
                )));
            }
            first.get_or_insert_with(Instant::now);
            rest = rest.strip_prefix(&buffer[..count]).doing("wrong bytes")?;
        }
        first.doing("empty body")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_found_whatever_their_case() {
        let head = "HTTP/1.1 200 OK\r\nServer: x\r\nETag: \"a:b\"\r\nCONTENT-LENGTH:  12\r\n\r\n";
        assert_eq!(header(head, "etag"), Some("\"a:b\""));
        assert_eq!(header(head, "content-length"), Some("12"));
        assert_eq!(header(head, "range"), None);
    }

    #[test]
    fn chunks_are_put_together_and_a_cut_one_is_noticed() {
        let body = b"4;x=y\r\nPACK\r\n0A\r\n0123456789\r\n0\r\n\r\n";
        assert_eq!(dechunk(body).unwrap(), b"PACK0123456789");
        for end in [0, 6, 10, 13, 20, body.len() - 5] {
            assert!(dechunk(&body[..end]).is_err(), "{end}");
        }
    }
}
