//! One connection of a Git host: reads requests, answers in the manner of the script.

use core::time::Duration;
use std::io::{self, BufReader, Read, Write};
use std::net::{Shutdown, TcpStream};

use super::backend::{Output, ask};
use super::{Asked, Manner, State, Step, pack};
use crate::stand_in::lock;

/// How long a client may say nothing, or take nothing.
const PATIENCE: Duration = Duration::from_secs(30);

/// Serves requests until the client or the script ends the connection.
pub(super) fn serve(mut stream: &TcpStream, state: &State, number: u64) -> io::Result<()> {
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let mut reader = BufReader::new(stream.try_clone()?);
    while let Some(asked) = Asked::read(&mut reader, &mut stream)? {
        lock(&state.log).push(asked.clone());
        let closes = asked.head.header("connection") == Some("close");
        let connection = Connection {
            stream,
            state,
            number,
        };
        connection.answer(&asked)?;
        if closes {
            break;
        }
    }
    stream.shutdown(Shutdown::Both)
}

struct Connection<'s> {
    stream: &'s TcpStream,
    state: &'s State,
    number: u64,
}

impl Connection<'_> {
    fn answer(&self, asked: &Asked) -> io::Result<()> {
        match self.state.manner(&asked.repository, asked.step) {
            Manner::Plain => self.pass(asked, None),
            Manner::Status(status) => self.short(status, "", "text/plain", b"no\n"),
            Manner::Redirect(status, to) => {
                self.short(status, &format!("Location: {to}\r\n"), "text/plain", b"")
            }
            Manner::Error(text) => {
                let kind = match asked.head.method.as_str() {
                    "GET" => "application/x-git-upload-pack-advertisement",
                    _ => "application/x-git-upload-pack-result",
                };
                self.short(200, "", kind, &pack::error(&text))
            }
            Manner::Pack(change) => {
                let whole = self.whole(asked)?;
                let body = pack::change(&whole.1, |pack| change(pack));
                self.send_whole(&whole.0, &body, body.len())
            }
            Manner::Cut(bytes) => {
                let (head, body) = self.whole(asked)?;
                self.send_whole(&head, &body, bytes)
            }
            Manner::Drip(pace) => self.pass(asked, Some(pace)),
            Manner::After(hook) => {
                hook();
                self.pass(asked, None)
            }
            Manner::Gated(gate) => {
                gate.pass(|| self.state.closing());
                self.pass(asked, None)
            }
            Manner::Hang => self.hang(),
        }
    }

    fn hang(&self) -> io::Result<()> {
        while !self.state.closing() {
            std::thread::sleep(Duration::from_millis(20));
        }
        self.stream.shutdown(Shutdown::Both)
    }

    fn short(&self, status: u16, fields: &str, kind: &str, body: &[u8]) -> io::Result<()> {
        let mut stream = self.stream;
        let head = format!(
            "HTTP/1.1 {status} Scripted\r\nContent-Type: {kind}\r\n{fields}Content-Length: {}\r\n\r\n",
            body.len()
        );
        stream.write_all(head.as_bytes())?;
        stream.write_all(body)
    }

    /// Sends the program's answer as it comes; a short one whole. Zig up to 0.14 does not read a list
    /// to its end, and takes a last chunk that comes late for the head of the next answer.
    fn pass(&self, asked: &Asked, pace: Option<u64>) -> io::Result<()> {
        const STEP: usize = 32 << 10;
        if pace.is_none() && asked.step != Step::Fetch {
            let (head, body) = self.whole(asked)?;
            let mut answer = format!("{head}Content-Length: {}\r\n\r\n", body.len()).into_bytes();
            answer.extend_from_slice(&body);
            let mut stream = self.stream;
            return stream.write_all(&answer);
        }
        let mut output = ask(self.state, asked, self.number)?;
        let mut stream = self.stream;
        stream.write_all((head(&output) + "Transfer-Encoding: chunked\r\n\r\n").as_bytes())?;
        let step = pace.map_or(STEP, |pace| {
            usize::try_from(pace / 20).unwrap_or(STEP).max(1)
        });
        let mut piece = vec![0; step];
        loop {
            let read = output.body.read(&mut piece)?;
            write!(stream, "{read:x}\r\n")?;
            stream.write_all(&piece[..read])?;
            stream.write_all(b"\r\n")?;
            if read == 0 {
                return Ok(());
            }
            if let Some(pace) = pace {
                std::thread::sleep(Duration::from_micros(read as u64 * 1_000_000 / pace.max(1)));
            }
        }
    }

    /// The program's whole answer.
    fn whole(&self, asked: &Asked) -> io::Result<(String, Vec<u8>)> {
        let mut output = ask(self.state, asked, self.number)?;
        let (mut body, head) = (Vec::new(), head(&output));
        output.body.read_to_end(&mut body)?;
        Ok((head, body))
    }

    /// Sends so many bytes of a body and ends the connection if that is not all.
    fn send_whole(&self, head: &str, body: &[u8], bytes: usize) -> io::Result<()> {
        let mut stream = self.stream;
        let head = format!("{head}Content-Length: {}\r\n\r\n", body.len());
        stream.write_all(head.as_bytes())?;
        stream.write_all(&body[..bytes.min(body.len())])?;
        if bytes < body.len() {
            return Err(io::ErrorKind::ConnectionAborted.into());
        }
        Ok(())
    }
}

fn head(output: &Output) -> String {
    let mut head = format!("HTTP/1.1 {} From git\r\n", output.status);
    for (name, value) in &output.fields {
        head += &format!("{name}: {value}\r\n");
    }
    head
}
