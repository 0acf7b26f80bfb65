use std::string::String;
use std::vec;

use super::super::{Patience, Stream};
use super::*;
use crate::app::answer::Answer;
use crate::app::stats::RouteKind;
use crate::drive::fixtures::{File, Memory, run};
use crate::drive::parts::Parts;
use crate::drive::request::Request;
use crate::time::Instant;
use crate::wire::fields::{Fields, Method};

/// One call into the socket.
#[derive(Debug, PartialEq)]
enum Sent {
    Bytes { text: String, more: bool },
    File { offset: u64, len: u64 },
}

/// A connection that takes all it is given.
#[derive(Default)]
struct Socket(Vec<Sent>);

impl Stream for Socket {
    async fn recv(&mut self, _: &mut [u8], _: Patience) -> Result<usize, Gone> {
        Err(Gone::Closed)
    }

    async fn send(&mut self, bytes: &[u8], more: bool, _: Instant) -> Result<usize, Gone> {
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        self.0.push(Sent::Bytes { text, more });
        Ok(bytes.len())
    }
}

impl Client for Socket {
    type File = File;

    async fn send_file(
        &mut self,
        _: &File,
        offset: u64,
        len: u64,
        _: Instant,
    ) -> Result<u64, Gone> {
        self.0.push(Sent::File { offset, len });
        Ok(len)
    }

    fn finish(&mut self) {}

    fn abort(&mut self) {}
}

/// What is sent, the head without its fields.
fn sent(host: &Memory, reply: Reply<Memory>) -> (Vec<Sent>, Done) {
    let (mut socket, mut out) = (Socket::default(), vec![]);
    let sending = send_reply(host, &mut socket, reply, Persistence::Keep, &mut out);
    let done = run(sending).unwrap();
    if let Some(Sent::Bytes { text, .. }) = socket.0.first_mut() {
        *text = text.split_once("\r\n\r\n").unwrap().1.into();
    }
    (socket.0, done)
}

fn bytes(text: &str, more: bool) -> Sent {
    let text = text.into();
    Sent::Bytes { text, more }
}

fn of_parts(host: &Memory, method: Method, parts: Parts<Memory>) -> Reply<Memory> {
    let fields = Fields::default();
    let request = Request::new(method, "/mach.git/git-upload-pack", &fields, None);
    Reply::of_parts(host, &request, "text/plain", parts, RouteKind::Release)
}

fn lines_and_file() -> Parts<Memory> {
    let mut parts = Parts::new();
    parts.push_bytes("lines");
    parts.push_file([0; 9].as_slice().into(), Piece { start: 2, len: 7 });
    parts
}

#[test]
fn first_lines_go_out_with_the_head_which_says_that_a_file_follows() {
    let host = Memory::new(|_| {});
    let (calls, done) = sent(&host, of_parts(&host, Method::Post, lines_and_file()));
    let file = Sent::File { offset: 2, len: 7 };
    assert_eq!(calls, [bytes("lines", true), file]);
    assert_eq!((done.bytes, done.complete), (12, true));
}

#[test]
fn bytes_behind_a_file_are_the_last() {
    let host = Memory::new(|_| {});
    let mut parts = lines_and_file();
    parts.push_bytes("between");
    parts.push_bytes("end");
    let (calls, done) = sent(&host, of_parts(&host, Method::Post, parts));
    assert_eq!(calls[2..], [bytes("between", true), bytes("end", false)]);
    assert_eq!(done.bytes, 22);
}

#[test]
fn lines_alone_and_a_document_are_one_send() {
    let host = Memory::new(|_| {});
    let mut parts = Parts::new();
    parts.push_bytes("lines");
    let lines = of_parts(&host, Method::Post, parts);
    let fields = Fields::default();
    let request = Request::new(Method::Get, "/", &fields, None);
    let answer = Answer::json(200, "lines".into());
    let document = Reply::made(&host, &request, answer, RouteKind::Page);
    for reply in [lines, document] {
        let (calls, done) = sent(&host, reply);
        assert_eq!((calls, done.bytes), (vec![bytes("lines", false)], 5));
    }
}

#[test]
fn head_alone_tells_the_length_of_all_parts() {
    let host = Memory::new(|_| {});
    let reply = of_parts(&host, Method::Head, lines_and_file());
    assert_eq!(reply.head.content_length(), Some(12));
    let (calls, done) = sent(&host, reply);
    assert_eq!((calls, done.bytes), (vec![bytes("", false)], 0));
}
