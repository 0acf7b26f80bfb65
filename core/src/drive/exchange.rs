//! One request of a server that has HTTP of its own, and the answer to it.
//!
//! [`answer`] turns a [`Request`] into an [`Exchange`]: a head to send, and a body to pull chunk by
//! chunk. A chunk is made when it is asked for, so a slow client holds one and nothing piles up.
//! Dropping an exchange at any point gives everything back, its place among a flight's followers
//! included; the request is counted and logged once, when its exchange ends.

use alloc::string::String;
use core::fmt;
use core::net::IpAddr;

use bytes::Bytes;

use super::account::{Done, note_later};
use super::host::{Host, Store};
use super::reply::{Cut, Reply, Segment};
use super::request::Request;
use super::respond;
use crate::app::file::Piece;
use crate::app::head::Head;
use crate::time::Instant;
use crate::wire::fields::Method;

/// An answer under way.
pub struct Exchange<H: Host> {
    host: H,
    reply: Reply<H>,
    /// What of a file is to be read next.
    file: Option<(H::File, Piece)>,
    memo: Memo,
    done: Done,
    end: End,
}

/// What the log line says of the request.
struct Memo {
    client: IpAddr,
    method: Method,
    target: String,
    started: Instant,
}

/// How far the body is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    /// There is more.
    Open,
    /// It was pulled to its end.
    Whole,
    /// It broke off on our side.
    Cut,
}

/// Answers a request. Waits as long as the head of the answer takes: not at all for a file that was
/// asked for a moment ago, an upstream's first bytes for one that is not here.
pub async fn answer<H: Host>(host: &H, request: &Request<'_>) -> Exchange<H> {
    let started = host.now().instant;
    let reply = respond::respond(host, request).await;
    Exchange::new(host, request, started, reply)
}

/// Answers a request without waiting, if that is possible: for a file that was asked for a moment
/// ago. Otherwise [`answer`] does.
pub fn answer_at_hand<H: Host>(host: &H, request: &Request<'_>) -> Option<Exchange<H>> {
    let reply = respond::at_hand(host, request)?;
    Some(Exchange::new(host, request, host.now().instant, reply))
}

impl<H: Host> Exchange<H> {
    fn new(host: &H, request: &Request<'_>, started: Instant, reply: Reply<H>) -> Self {
        Self {
            memo: Memo {
                client: request.client(host.config()),
                method: request.method,
                target: request.short_target(host.config()).into(),
                started,
            },
            done: Done::of(&reply),
            end: if reply.is_empty() {
                End::Whole
            } else {
                End::Open
            },
            host: host.clone(),
            reply,
            file: None,
        }
    }

    /// The head to send.
    pub fn head(&self) -> &Head {
        &self.reply.head
    }

    /// The value of Date, for a server that does not send one itself (RFC 9110 section 6.6.1).
    pub fn date(&self) -> &str {
        core::str::from_utf8(&self.reply.date).unwrap_or_default()
    }

    /// Whether the body has been pulled to its proper end.
    pub fn is_whole(&self) -> bool {
        self.end == End::Whole
    }

    /// Bytes of the body that were not pulled yet.
    pub fn bytes_left(&self) -> u64 {
        match self.end {
            End::Whole | End::Cut => 0,
            End::Open => {
                let len = self.head().content_length().unwrap_or(0);
                len.saturating_sub(self.done.bytes)
            }
        }
    }

    /// The next chunk, of 1 byte to `Limits::chunk_bytes`, or a small file whole; `None` at the
    /// proper end. After [`Cut`] the connection must break off: an end would look as if the body
    /// were whole.
    ///
    /// The future may be dropped while it waits, and nothing is lost.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, Cut> {
        let chunk = self.pull().await;
        match &chunk {
            Ok(Some(bytes)) => {
                self.done.bytes += u64::try_from(bytes.len()).unwrap_or(u64::MAX);
                if self.bytes_left() == 0 {
                    self.end = End::Whole;
                }
            }
            Ok(None) => self.end = End::Whole,
            Err(Cut) => self.end = End::Cut,
        }
        chunk
    }

    async fn pull(&mut self) -> Result<Option<Bytes>, Cut> {
        match self.end {
            End::Open => {}
            End::Whole => return Ok(None),
            End::Cut => return Err(Cut),
        }
        loop {
            if let Some((file, piece)) = &mut self.file
                && piece.len > 0
            {
                return read(&self.host, file, piece).await.map(Some);
            }
            match self.reply.next().await? {
                None => return Ok(None),
                Some(Segment::Bytes(bytes)) => return Ok(Some(bytes)),
                Some(Segment::File(file, piece)) => self.file = Some((file, piece)),
            }
        }
    }
}

/// Reads the next chunk of a piece and takes it off; a file that is shorter than it was is a cut.
async fn read<H: Host>(host: &H, file: &H::File, piece: &mut Piece) -> Result<Bytes, Cut> {
    let most = u64::try_from(host.config().limits.chunk_bytes).unwrap_or(u64::MAX);
    let room = usize::try_from(piece.len.min(most)).unwrap_or(usize::MAX);
    let mut chunk = alloc::vec![0; room];
    match host.store().read_at(file, piece.start, &mut chunk).await {
        Ok(0) | Err(_) => Err(Cut),
        Ok(n) => {
            chunk.truncate(n);
            let n = u64::try_from(n).unwrap_or(u64::MAX);
            piece.start += n;
            piece.len = piece.len.saturating_sub(n);
            Ok(chunk.into())
        }
    }
}

impl<H: Host> Drop for Exchange<H> {
    fn drop(&mut self) {
        let done = match self.end {
            End::Whole => Some(self.done),
            End::Cut => Some(self.done.cut()),
            End::Open => None,
        };
        let memo = &self.memo;
        let asked = (memo.client, memo.method, memo.target.as_str());
        note_later(&self.host, asked, memo.started, done);
    }
}

impl<H: Host> fmt::Debug for Exchange<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exchange")
            .field("target", &self.memo.target)
            .field("head", &self.reply.head)
            .field("left", &self.bytes_left())
            .finish_non_exhaustive()
    }
}
