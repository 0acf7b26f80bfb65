//! The life of one client connection: head, answer, and again.
//!
//! ```text
//! idle ──bytes──> head ──whole──> answer ──kept──> idle
//!   │ idle_wait     │ head_wait      │ body_wait per step
//!   └───────────────┴────────────────┴──> closed
//! ```
//!
//! Answers go out in the order of requests: the next head is not read before an answer is sent
//! whole.

use alloc::vec::Vec;
use core::net::IpAddr;

use super::intake::{self, Extent, Intake};
use super::send::{send_bytes, send_reply};
use super::{Client, Gone, Patience};
use crate::app::answer::{Answer, Persistence};
use crate::app::failure::Failure;
use crate::app::head::Head;
use crate::app::stats::{CacheState, RouteKind};
use crate::config::LogLevel;
use crate::drive::account::note;
use crate::drive::host::Host;
use crate::drive::request::Request;
use crate::drive::respond::respond;
use crate::drive::site::act;
use crate::time::Instant;
use crate::wire::body::{BodyLength, BodyReader};
use crate::wire::head::{HeadLimits, HeadScanner, Reject, RequestHead, Version, parse_request};

/// Bytes first set aside for heads; a longer head grows it up to `Limits::head_bytes`.
const INBOX: usize = 4 << 10;
/// An output buffer larger than this is given back before the connection falls idle.
const OUTBOX: usize = 4 << 10;
/// Requests served in a row before others on this worker get their turn.
const TURNS: u32 = 32;

/// Serves one connection until it ends.
pub async fn serve<H: Host, C: Client<File = H::File>>(host: H, mut conn: C, peer: IpAddr) {
    if act(&host, |site| site.app.handle_connect(peer)) {
        let _guest = Guest { host: &host, peer };
        Session::new(&host, peer).run(&mut conn).await;
    } else {
        turn_away(&host, &mut conn).await;
    }
}

/// Gives the connection's place back.
struct Guest<'a, H: Host> {
    host: &'a H,
    peer: IpAddr,
}

impl<H: Host> Drop for Guest<'_, H> {
    fn drop(&mut self) {
        act(self.host, |site| site.app.handle_disconnect(self.peer));
    }
}

async fn turn_away<H: Host, C: Client<File = H::File>>(host: &H, conn: &mut C) {
    let mut out = Vec::new();
    let answer = Answer {
        body: "too many connections\n".into(),
        ..Answer::failure(Failure::Busy, &host.config().limits)
    };
    write_last(host, &answer, &mut out);
    let until = host.now().instant + host.config().limits.head_wait;
    let _ = conn.send(&out, false, until).await;
}

/// Appends an answer after which the connection ends.
fn write_last<H: Host>(host: &H, answer: &Answer, out: &mut Vec<u8>) {
    let date = host.with_desk(|desk| desk.date(host.now().unix));
    Head::Made(answer.clone()).render(Persistence::Close, &date, out);
    out.extend_from_slice(&answer.body);
}

struct Session<'a, H: Host> {
    host: &'a H,
    peer: IpAddr,
    limits: HeadLimits,
    scanner: HeadScanner,
    inbox: Vec<u8>,
    /// Bytes of `inbox` that are filled.
    filled: usize,
    out: Vec<u8>,
}

impl<'a, H: Host> Session<'a, H> {
    fn new(host: &'a H, peer: IpAddr) -> Self {
        let limits = &host.config().limits;
        let limits = HeadLimits {
            head: limits.head_bytes,
            target: limits.target_bytes,
            fields: limits.head_fields,
        };
        Self {
            host,
            peer,
            limits,
            scanner: HeadScanner::new(),
            inbox: alloc::vec![0; INBOX],
            filled: 0,
            out: Vec::new(),
        }
    }

    async fn run<C: Client<File = H::File>>(&mut self, conn: &mut C) {
        let mut turns = 0;
        loop {
            match self.turn(conn).await {
                Ok(true) => {}
                Ok(false) | Err(_) => return,
            }
            turns += 1;
            if turns % TURNS == 0 {
                self.host.pause().await;
            }
        }
    }

    /// One request; true if the connection is kept.
    async fn turn<C: Client<File = H::File>>(&mut self, conn: &mut C) -> Result<bool, Gone> {
        let len = match self.read_head(conn).await? {
            Ok(0) => return Ok(false),
            Ok(len) => len,
            Err(reject) => return self.reject(conn, reject).await,
        };
        self.scanner.reset();
        // The head borrows the inbox, while a body may have to be read on.
        let inbox = core::mem::take(&mut self.inbox);
        let (head, rest) = inbox.split_at_checked(len).unwrap_or_default();
        let head = match parse_request(head, &self.limits) {
            Ok(head) => head,
            Err(reject) => {
                self.inbox = inbox;
                return self.reject(conn, reject).await;
            }
        };
        let body = head.body;
        let request = Request::new(head.method, head.target, &head.fields, Some(self.peer));
        let started = self.host.now().instant;
        let most = request.body_wanted(self.host.config());
        let mut intake = if most > 0 && !body.is_empty() {
            let rest = rest.get(..self.filled - len).unwrap_or_default();
            intake::take(self.host, conn, (rest, most), &head).await?
        } else {
            Intake::new(self.host)
        };
        let reply = respond(self.host, &request.with_upload(intake.upload())).await;
        intake.forget_body(self.host);
        // The answer may have taken long, and the server may stop meanwhile.
        let persistence = persistence(self.host, &head, intake.extent);
        let answered = send_reply(self.host, conn, reply, persistence, &mut self.out).await;
        if answered.is_err() {
            // Part of a body may be on its way: it must not look like a whole one.
            conn.abort();
        }
        note(self.host, &request, started, answered.ok());
        let done = answered?;
        let keeps = done.complete && persistence != Persistence::Close;
        self.inbox = inbox;
        self.consume(len + intake.used);
        if done.complete && !keeps {
            self.linger(conn).await;
        }
        if keeps && intake.extent == Extent::Whole {
            self.put_back(&intake.spare);
        } else if keeps && !body.is_empty() {
            self.drain_body(conn, body).await?;
        }
        Ok(keeps)
    }

    /// Reads until a head is whole; its length, or 0 if the client ended before one began.
    async fn read_head<C: Client<File = H::File>>(
        &mut self,
        conn: &mut C,
    ) -> Result<Result<usize, Reject>, Gone> {
        let mut began: Option<Instant> = None;
        loop {
            let seen = self.inbox.get(..self.filled).unwrap_or_default();
            match self.scanner.scan(seen, &self.limits) {
                Err(reject) => return Ok(Err(reject)),
                Ok(Some(len)) => return Ok(Ok(len)),
                Ok(None) => {}
            }
            let patience = self.patience(&mut began);
            if self.filled == 0 {
                self.give_back();
            }
            if self.recv(conn, patience).await? == 0 {
                return Ok(Ok(0));
            }
        }
    }

    /// Waits of an idle connection, or of one whose head has begun: the latter does not grow.
    fn patience(&self, began: &mut Option<Instant>) -> Patience {
        let limits = &self.host.config().limits;
        let now = self.host.now().instant;
        if self.filled == 0 {
            return Patience {
                until: now + limits.idle_wait,
                idle: true,
            };
        }
        Patience {
            until: *began.get_or_insert(now) + limits.head_wait,
            idle: false,
        }
    }

    async fn recv<C: Client<File = H::File>>(
        &mut self,
        conn: &mut C,
        patience: Patience,
    ) -> Result<usize, Gone> {
        if self.filled == self.inbox.len() {
            let longer = (self.inbox.len() * 2).min(self.limits.head + 1);
            self.inbox.resize(longer.max(INBOX), 0);
        }
        let rest = self.inbox.get_mut(self.filled..).unwrap_or_default();
        let n = conn.recv(rest, patience).await?;
        self.filled += n;
        Ok(n)
    }

    /// Takes a head or body bytes out of the inbox; what is behind them was pipelined.
    fn consume(&mut self, len: usize) {
        self.inbox.copy_within(len..self.filled, 0);
        self.filled -= len;
    }

    /// Puts bytes that came behind a body into the inbox, which is empty then.
    fn put_back(&mut self, bytes: &[u8]) {
        if !bytes.is_empty() {
            self.inbox.truncate(self.filled);
            self.inbox.extend_from_slice(bytes);
            self.filled = self.inbox.len();
        }
    }

    /// Memory that an idle connection need not hold.
    fn give_back(&mut self) {
        if self.out.capacity() > OUTBOX {
            self.out = Vec::new();
        }
        if self.inbox.len() > INBOX {
            self.inbox = alloc::vec![0; INBOX];
        }
    }

    /// Reads a small request body and throws it away, so that the next head can be read.
    async fn drain_body<C: Client<File = H::File>>(
        &mut self,
        conn: &mut C,
        body: BodyLength,
    ) -> Result<(), Gone> {
        let until = self.host.now().instant + self.host.config().limits.body_wait;
        let mut reader = BodyReader::new(body);
        let mut total = 0;
        while !reader.is_finished() {
            let seen = self.inbox.get(..self.filled).unwrap_or_default();
            let used = reader.decode(seen).map_err(|_| Gone::Closed)?.used;
            self.consume(used);
            total += u64::try_from(used).unwrap_or(u64::MAX);
            if total > self.host.config().limits.drain_body_bytes {
                return Err(Gone::Closed);
            }
            let patience = Patience { until, idle: false };
            let is_stuck = used == 0 && !reader.is_finished();
            if is_stuck && self.recv(conn, patience).await? == 0 {
                return Err(Gone::Closed);
            }
        }
        Ok(())
    }

    /// Answers a head that cannot be read, and ends the connection.
    async fn reject<C: Client<File = H::File>>(
        &mut self,
        conn: &mut C,
        reject: Reject,
    ) -> Result<bool, Gone> {
        let answer = Answer::text(reject.status(), &alloc::format!("{reject}"));
        self.host.with_desk(|desk| {
            desk.stats
                .count(RouteKind::Unknown, answer.status, CacheState::None, 0);
        });
        self.out.clear();
        write_last(self.host, &answer, &mut self.out);
        send_bytes(self.host, conn, &mut self.out, false).await?;
        self.host.log(
            LogLevel::Info,
            format_args!("{} - {} {reject}", self.peer, answer.status),
        );
        self.linger(conn).await;
        Ok(false)
    }

    /// Closing a socket with unread bytes resets it, and the client might lose the answer (RFC
    /// 9112 section 9.6): end our side first, and read on for a while.
    async fn linger<C: Client<File = H::File>>(&mut self, conn: &mut C) {
        conn.finish();
        let limits = &self.host.config().limits;
        let patience = Patience {
            until: self.host.now().instant + limits.linger_wait,
            idle: false,
        };
        let mut left = limits.linger_bytes;
        while let Ok(n @ 1..) = conn.recv(&mut self.inbox, patience).await {
            left = left.saturating_sub(n);
            if left == 0 {
                return;
            }
        }
    }
}

/// How the connection may go on after the answer to this head, of whose body so much was read.
fn persistence<H: Host>(host: &H, head: &RequestHead<'_>, read: Extent) -> Persistence {
    let most = host.config().limits.drain_body_bytes;
    let passes = match read {
        Extent::Nothing => body_is_drained(head, most),
        Extent::Whole => true,
        Extent::TooMuch | Extent::NoRoom | Extent::Malformed => false,
    };
    match (
        head.keep_alive && passes && !host.is_stopping(),
        head.version,
    ) {
        (false, _) => Persistence::Close,
        (true, Version::Http11) => Persistence::Keep,
        (true, Version::Http10) => Persistence::KeepOld,
    }
}

/// Whether a body can be read past, so that the connection may be kept. A client that waits for
/// 100 (Continue) and gets a final answer instead may or may not send its body: close.
fn body_is_drained(head: &RequestHead<'_>, most: u64) -> bool {
    match head.body {
        BodyLength::Empty => true,
        BodyLength::Length(len) => len <= most && !head.expect_continue,
        BodyLength::Chunked => !head.expect_continue,
        BodyLength::UntilClose => false,
    }
}
