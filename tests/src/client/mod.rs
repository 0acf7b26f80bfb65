//! An HTTP/1.1 client that sends literal bytes and reads answers strictly.
//!
//! It refuses to be helpful: no redirects, no retries, no repair. An answer that bends the grammar
//! is [`Broken::Malformed`]; a body that ends before its announced length is [`Broken::Short`] or
//! [`Broken::Reset`], never a shorter success.

mod head;

use core::net::{IpAddr, Ipv4Addr, SocketAddr};
use core::time::Duration;
use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::Instant;

use rustix::net::{AddressFamily, SocketType, bind, connect, socket};

pub use head::{BodyEnd, Head};

/// How long a read may wait before the test is given up.
const PATIENCE: Duration = Duration::from_secs(20);

/// Why an answer is not a complete, well-formed one; `got` counts the bytes of the part that was being read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Broken {
    /// The peer ended the connection in an orderly way, too early.
    Short {
        /// Bytes received.
        got: usize,
    },
    /// The peer reset the connection.
    Reset {
        /// Bytes received.
        got: usize,
    },
    /// Nothing came for the time a read may wait.
    Silent {
        /// Bytes received.
        got: usize,
    },
    /// The answer breaks the grammar.
    Malformed(String),
}

/// What is left on a connection after an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The peer has closed it in an orderly way.
    Closed,
    /// The peer has reset it.
    Reset,
    /// The peer sent more bytes.
    More,
    /// It is still open.
    Open,
}

/// A complete answer.
#[derive(Clone, Debug)]
pub struct Response {
    /// Status line and header fields.
    pub head: Head,
    /// The body, without its framing.
    pub body: Vec<u8>,
}

/// A connection to the server under test.
#[derive(Debug)]
pub struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
    sent: Instant,
}

impl Connection {
    /// Connects; panics if that fails.
    #[track_caller]
    pub fn open(address: SocketAddr) -> Self {
        let stream = TcpStream::connect_timeout(&address, PATIENCE);
        Self::over(stream.unwrap_or_else(|error| panic!("connecting to {address}: {error}")))
    }

    /// Connects from a chosen loopback address, to look like another client.
    #[track_caller]
    pub fn open_from(from: Ipv4Addr, address: SocketAddr) -> Self {
        let fd =
            socket(AddressFamily::INET, SocketType::STREAM, None).expect("sockets can be made");
        bind(&fd, &SocketAddr::new(IpAddr::V4(from), 0)).expect("127.0.0.0/8 is local");
        connect(&fd, &address).unwrap_or_else(|error| panic!("connecting to {address}: {error}"));
        Self::over(TcpStream::from(fd))
    }

    fn over(stream: TcpStream) -> Self {
        let connection = Self {
            stream,
            buffer: Vec::new(),
            sent: Instant::now(),
        };
        connection.patience(PATIENCE);
        let _ = connection.stream.set_nodelay(true);
        connection
    }

    /// Changes how long a read may wait.
    pub fn patience(&self, wait: Duration) {
        self.stream
            .set_read_timeout(Some(wait))
            .expect("the wait is not zero");
    }

    /// Sends bytes. A peer that has closed meanwhile is no error: its answer tells.
    pub fn send(&mut self, bytes: impl AsRef<[u8]>) {
        let _ = self.try_send(bytes);
    }

    /// Sends bytes and says whether the peer still took them.
    pub fn try_send(&mut self, bytes: impl AsRef<[u8]>) -> bool {
        self.sent = Instant::now();
        self.stream.write_all(bytes.as_ref()).is_ok()
    }

    /// Says that nothing more will be sent, and goes on reading.
    pub fn finish(&self) {
        let _ = self.stream.shutdown(std::net::Shutdown::Write);
    }

    /// Sends a request without a body; `Host` is added.
    pub fn ask(&mut self, method: &str, path: &str, fields: &[(&str, &str)]) {
        let mut wire = format!("{method} {path} HTTP/1.1\r\nHost: mirror.test\r\n");
        for (name, value) in fields {
            wire += &format!("{name}: {value}\r\n");
        }
        self.send(wire + "\r\n");
    }

    /// Asks and reads the whole answer.
    pub fn request(
        &mut self,
        method: &str,
        path: &str,
        fields: &[(&str, &str)],
    ) -> Result<Response, Broken> {
        self.ask(method, path, fields);
        self.response(method)
    }

    /// Reads a head and the body that belongs to it, given the method that was asked.
    pub fn response(&mut self, method: &str) -> Result<Response, Broken> {
        let head = self.head()?;
        let body = match head.body_end(method)? {
            BodyEnd::Length(length) => self.exactly(length)?,
            BodyEnd::Chunked => self.chunks()?,
            BodyEnd::Close => self.until_close()?,
        };
        Ok(Response { head, body })
    }

    /// Reads a head.
    pub fn head(&mut self) -> Result<Head, Broken> {
        let started = self.sent;
        let mut first_byte = None;
        loop {
            if !self.buffer.is_empty() {
                first_byte.get_or_insert_with(|| started.elapsed());
            }
            if let Some(end) = find(&self.buffer, b"\r\n\r\n") {
                let bytes: Vec<u8> = self.buffer.drain(..end + 4).collect();
                return Head::parse(&bytes, first_byte.unwrap_or_default());
            }
            self.more()?;
        }
    }

    /// Reads exactly so many bytes.
    pub fn exactly(&mut self, length: usize) -> Result<Vec<u8>, Broken> {
        while self.buffer.len() < length {
            self.more()?;
        }
        Ok(self.buffer.drain(..length).collect())
    }

    /// Reads so many bytes at a pace, as a client on a slow line does.
    pub fn exactly_paced(
        &mut self,
        length: usize,
        bytes_per_second: u64,
    ) -> Result<Vec<u8>, Broken> {
        const STEP: usize = 8 << 10;
        let mut body = Vec::new();
        while body.len() < length {
            let step = STEP.min(length - body.len());
            let piece = self
                .exactly(step)
                .map_err(|broken| broken.after(body.len()))?;
            body.extend(piece);
            std::thread::sleep(Duration::from_micros(
                step as u64 * 1_000_000 / bytes_per_second.max(1),
            ));
        }
        Ok(body)
    }

    /// Reads what is there until the peer ends the connection or says nothing for a short while.
    pub fn end(&mut self) -> End {
        if !self.buffer.is_empty() {
            return End::More;
        }
        match self.more() {
            Ok(()) => End::More,
            Err(Broken::Short { .. }) => End::Closed,
            Err(Broken::Reset { .. }) => End::Reset,
            Err(Broken::Silent { .. } | Broken::Malformed(_)) => End::Open,
        }
    }

    /// Whether the peer ends the connection within `wait`, in whatever way, sending nothing more.
    pub fn ends_within(&mut self, wait: Duration) -> bool {
        self.patience(wait);
        let end = self.end();
        self.patience(PATIENCE);
        matches!(end, End::Closed | End::Reset)
    }

    fn chunks(&mut self) -> Result<Vec<u8>, Broken> {
        let mut body = Vec::new();
        loop {
            let size = self.chunk_size()?;
            body.extend(
                self.exactly(size)
                    .map_err(|broken| broken.after(body.len()))?,
            );
            if self.exactly(2)? != b"\r\n" {
                return Err(Broken::Malformed("a chunk without CRLF".into()));
            }
            if size == 0 {
                return Ok(body);
            }
        }
    }

    fn chunk_size(&mut self) -> Result<usize, Broken> {
        let end = loop {
            if let Some(end) = find(&self.buffer, b"\r\n") {
                break end;
            }
            self.more()?;
        };
        let line: Vec<u8> = self.buffer.drain(..end + 2).collect();
        let digits = core::str::from_utf8(&line[..end]).unwrap_or("");
        usize::from_str_radix(digits, 16).map_err(|_| Broken::Malformed("a bad chunk size".into()))
    }

    fn until_close(&mut self) -> Result<Vec<u8>, Broken> {
        loop {
            match self.more() {
                Ok(()) => {}
                Err(Broken::Short { .. }) => return Ok(core::mem::take(&mut self.buffer)),
                Err(broken) => return Err(broken),
            }
        }
    }

    fn more(&mut self) -> Result<(), Broken> {
        let mut piece = [0; 16 << 10];
        let got = self.buffer.len();
        match self.stream.read(&mut piece) {
            Ok(0) => Err(Broken::Short { got }),
            Ok(read) => {
                self.buffer.extend_from_slice(&piece[..read]);
                Ok(())
            }
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                Err(Broken::Silent { got })
            }
            // A read with a timeout is not begun again by the system after an interruption.
            Err(error) if error.kind() == ErrorKind::Interrupted => Ok(()),
            Err(_) => Err(Broken::Reset { got }),
        }
    }
}

impl Broken {
    fn after(self, before: usize) -> Self {
        match self {
            Self::Short { got } => Self::Short { got: before + got },
            Self::Reset { got } => Self::Reset { got: before + got },
            Self::Silent { got } => Self::Silent { got: before + got },
            Self::Malformed(why) => Self::Malformed(why),
        }
    }

    /// Whether the peer ended the connection, as opposed to saying nothing or nonsense.
    pub fn is_end(&self) -> bool {
        matches!(self, Self::Short { .. } | Self::Reset { .. })
    }
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|window| window == what)
}

#[cfg(test)]
mod tests;
