//! `git http-backend`, a CGI program (RFC 3875).

use std::io::{self, BufRead, BufReader, Read, Write};
use std::process::{ChildStdin, ChildStdout, Stdio};

use super::{Asked, Protocol, State};
use crate::process::Group;
use crate::stand_in::lock;

/// An answer of which the body is still to be read.
pub(super) struct Output {
    pub(super) status: u16,
    pub(super) fields: Vec<(String, String)>,
    pub(super) body: BufReader<ChildStdout>,
}

/// Starts the program for a request; it ends when the connection of that number does.
pub(super) fn ask(state: &State, asked: &Asked, number: u64) -> io::Result<Output> {
    let target = &asked.head.target;
    let query = target.split_once('?').map_or("", |(_, query)| query);
    let path = format!("/{}.git{}", asked.repository, asked.below());
    let mut command = state.git.backend();
    command
        .env("GIT_PROJECT_ROOT", &state.root)
        .env("GIT_HTTP_EXPORT_ALL", "1")
        .env("REQUEST_METHOD", &asked.head.method)
        .env("PATH_INFO", path)
        .env("QUERY_STRING", query)
        .env("REMOTE_ADDR", "127.0.0.1")
        .env("CONTENT_LENGTH", asked.body.len().to_string())
        .env("GIT_PROTOCOL", protocol(state, asked));
    let named = [
        ("CONTENT_TYPE", "content-type"),
        ("HTTP_CONTENT_ENCODING", "content-encoding"),
    ];
    for (variable, field) in named {
        command.env(variable, asked.head.header(field).unwrap_or_default());
    }
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    let mut group = Group::spawn(&mut command)?;
    let input = group.child().stdin.take();
    let output = group.child().stdout.take();
    lock(&state.running).insert(number, group);
    feed(input, asked.body.clone());
    read_head(BufReader::new(output.ok_or(io::ErrorKind::BrokenPipe)?))
}

fn protocol(state: &State, asked: &Asked) -> String {
    match *lock(&state.protocol) {
        Protocol::Asked => asked.protocol().into(),
        Protocol::V0 => String::new(),
        Protocol::V1 => "version=1".into(),
    }
}

/// From a thread of its own, for the program may answer before it has read all.
fn feed(input: Option<ChildStdin>, body: Vec<u8>) {
    std::thread::spawn(move || input.map(|mut input| input.write_all(&body)));
}

fn read_head(mut body: BufReader<ChildStdout>) -> io::Result<Output> {
    let (mut status, mut fields) = (200, Vec::new());
    loop {
        let mut line = String::new();
        if body.by_ref().take(8 << 10).read_line(&mut line)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let line = line.trim_end();
        if line.is_empty() {
            break;
        }
        let (name, value) = line.split_once(": ").unwrap_or((line, ""));
        if name == "Status" {
            status = value[..3].parse().map_err(io::Error::other)?;
        } else {
            fields.push((name.into(), value.into()));
        }
    }
    Ok(Output {
        status,
        fields,
        body,
    })
}
