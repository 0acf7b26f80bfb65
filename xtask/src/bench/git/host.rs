//! A stand-in for a Git host: one repository under any name, behind the real `git http-backend`.
//!
//! It counts requests. It refuses pushes and bodies of unknown length, and closes connections only
//! when it is told to. Its CPU is not that of who is measured. Threads end with the bench.

use core::{
    net::Ipv4Addr,
    sync::atomic::{AtomicU64, Ordering},
};
use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    path::Path,
    process::{Child, ChildStdout, Stdio},
    sync::Arc,
    thread,
};

use super::Git;
use crate::{
    failure::{Doing, Failure},
    http,
};

/// More than any client of ours sends.
const LONGEST_BODY: u64 = 1 << 20;

const PIECE: usize = 64 << 10;

/// A running host.
pub(in super::super) struct Host {
    port: u16,
    state: Arc<State>,
}

struct State {
    git: Git,
    /// The folder that holds the repository.
    root: String,
    /// The repository's folder in it.
    name: String,
    requests: AtomicU64,
}

impl Host {
    /// Serves the bare repository in this folder.
    pub(in super::super) fn start(git: Git, repository: &Path) -> Result<Self, Failure> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).doing("Git host")?;
        let port = listener.local_addr().doing("Git host")?.port();
        let text = |path: Option<&Path>| path.map(|path| path.to_string_lossy().into_owned());
        let state = Arc::new(State {
            git,
            root: text(repository.parent()).doing("no folder")?,
            name: text(repository.file_name().map(Path::new)).doing("no name")?,
            requests: AtomicU64::new(0),
        });
        let shared = Arc::clone(&state);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let state = Arc::clone(&shared);
                // A client that goes away is no news.
                thread::spawn(move || serve(stream, &state).ok());
            }
        });
        Ok(Self { port, state })
    }

    /// The repository's URL under this name.
    pub(in super::super) fn url(&self, name: &str) -> String {
        format!("http://127.0.0.1:{}/bench/{name}", self.port)
    }

    /// Requests since the last call.
    pub(in super::super) fn take_requests(&self) -> u64 {
        self.state.requests.swap(0, Ordering::Relaxed)
    }
}

fn serve(mut stream: TcpStream, state: &State) -> Result<(), Failure> {
    stream.set_nodelay(true).doing("nodelay")?;
    let mut reader = BufReader::new(stream.try_clone().doing("clone")?);
    loop {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            if reader.read_line(&mut head).doing("read")? == 0 {
                return Ok(());
            }
        }
        state.requests.fetch_add(1, Ordering::Relaxed);
        let body = body(&head, &mut reader)?;
        answer(&mut stream, &head, &body, state)?;
        let closes = http::header(&head, "connection");
        if closes.is_some_and(|value| value.eq_ignore_ascii_case("close")) {
            return Ok(());
        }
    }
}

fn body(head: &str, reader: &mut impl BufRead) -> Result<Vec<u8>, Failure> {
    if http::header(head, "transfer-encoding").is_some() {
        return Err(Failure::new("a body of unknown length"));
    }
    let length = http::header(head, "content-length").unwrap_or("0");
    let length: u64 = length.parse().doing(length)?;
    if length > LONGEST_BODY {
        return Err(Failure::new("a body that no client of ours has"));
    }
    let mut body = Vec::new();
    reader.take(length).read_to_end(&mut body).doing("body")?;
    Ok(body)
}

/// What the program says goes on as it comes, in chunks (RFC 9112, section 7.1).
fn answer(stream: &mut TcpStream, head: &str, body: &[u8], state: &State) -> Result<(), Failure> {
    let Some(request) = Request::parse(head) else {
        let none = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n";
        return stream.write_all(none).doing("send");
    };
    let mut child = request.start(head, body.len(), state)?;
    let input = child.stdin.take();
    let mut output = BufReader::new(child.stdout.take().doing("http-backend")?);
    let sent = thread::scope(|scope| {
        // It may answer before it has read all.
        scope.spawn(|| input.map(|mut input| input.write_all(body)));
        let head = cgi_head(&mut output)?;
        stream.write_all(head.as_bytes()).doing("send")?;
        chunks(stream, &mut output)
    });
    end(child, output)?;
    sent
}

/// Waited for, so that its time is counted as the bench's.
fn end(mut child: Child, output: BufReader<ChildStdout>) -> Result<(), Failure> {
    drop(output);
    child.wait().doing("http-backend").map(drop)
}

fn chunks(stream: &mut TcpStream, output: &mut impl Read) -> Result<(), Failure> {
    let mut piece = vec![0; PIECE];
    loop {
        let count = output.read(&mut piece).doing("http-backend")?;
        let mut chunk = format!("{count:x}\r\n").into_bytes();
        chunk.extend_from_slice(&piece[..count]);
        chunk.extend_from_slice(b"\r\n");
        stream.write_all(&chunk).doing("send")?;
        if count == 0 {
            return Ok(());
        }
    }
}

/// Reads the program's head (RFC 3875, section 6) and makes a response's of it.
fn cgi_head(output: &mut impl BufRead) -> Result<String, Failure> {
    let (mut status, mut fields) = (String::from("200 OK"), Vec::new());
    loop {
        let mut line = String::new();
        if output.read_line(&mut line).doing("http-backend")? == 0 {
            return Err(Failure::new("http-backend said nothing"));
        }
        match line.trim_end().split_once(": ") {
            Some(("Status", value)) => value.clone_into(&mut status),
            Some((name, value)) => fields.push(format!("{name}: {value}\r\n")),
            None => break,
        }
    }
    let fields = fields.concat();
    Ok(format!(
        "HTTP/1.1 {status}\r\n{fields}Transfer-Encoding: chunked\r\n\r\n"
    ))
}

/// What is asked of the repository.
#[derive(Debug, PartialEq, Eq)]
struct Request<'a> {
    method: &'a str,
    /// After the repository, with its slash.
    below: &'static str,
    query: &'a str,
}

impl<'a> Request<'a> {
    fn parse(head: &'a str) -> Option<Self> {
        let mut words = head.split(' ');
        let (method, target) = (words.next()?, words.next()?);
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let below = ["/info/refs", "/git-upload-pack"]
            .into_iter()
            .find(|below| path.ends_with(below))?;
        Some(Self {
            method,
            below,
            query,
        })
    }

    fn start(&self, head: &str, length: usize, state: &State) -> Result<Child, Failure> {
        let field = |name| http::header(head, name).unwrap_or_default();
        let mut command = state.git.backend();
        command
            .env("GIT_PROJECT_ROOT", &state.root)
            .env("GIT_HTTP_EXPORT_ALL", "1")
            .env("REQUEST_METHOD", self.method)
            .env("PATH_INFO", format!("/{}{}", state.name, self.below))
            .env("QUERY_STRING", self.query)
            .env("REMOTE_ADDR", "127.0.0.1")
            .env("CONTENT_LENGTH", length.to_string())
            .env("CONTENT_TYPE", field("content-type"))
            .env("HTTP_CONTENT_ENCODING", field("content-encoding"))
            .env("GIT_PROTOCOL", field("git-protocol"));
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        command.stderr(Stdio::null()).spawn().doing("http-backend")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repository_is_found_under_any_name() {
        let head = "GET /bench/a.git/info/refs?service=git-upload-pack HTTP/1.1\r\n\r\n";
        let request = Request::parse(head).unwrap();
        assert_eq!((request.method, request.below), ("GET", "/info/refs"));
        assert_eq!(request.query, "service=git-upload-pack");
        assert_eq!(Request::parse("POST /a/git-receive-pack HTTP/1.1"), None);
        assert_eq!(Request::parse(""), None);
    }

    #[test]
    fn the_head_of_a_program_becomes_one_of_http() {
        let mut said = "Content-Type: text/x\r\n\r\nbody".as_bytes();
        let head = "HTTP/1.1 200 OK\r\nContent-Type: text/x\r\nTransfer-Encoding: chunked\r\n\r\n";
        assert_eq!(cgi_head(&mut said).unwrap(), head);
        assert_eq!(said, b"body");
        let mut said = "Status: 404 Not Found\r\n\r\n".as_bytes();
        assert!(
            cgi_head(&mut said)
                .unwrap()
                .starts_with("HTTP/1.1 404 Not Found\r\n")
        );
        assert!(cgi_head(&mut "".as_bytes()).is_err());
    }

    #[test]
    fn a_body_has_its_length_and_not_too_much_of_it() {
        let read = |head: &str| body(head, &mut "want x, and more".as_bytes());
        assert_eq!(read("x\r\nContent-Length: 6\r\n\r\n").unwrap(), b"want x");
        assert_eq!(read("x\r\n\r\n").unwrap(), b"");
        for head in [
            "Content-Length: -1",
            "Content-Length: 1048577",
            "Transfer-Encoding: chunked",
        ] {
            assert!(read(&format!("x\r\n{head}\r\n\r\n")).is_err(), "{head}");
        }
    }
}
