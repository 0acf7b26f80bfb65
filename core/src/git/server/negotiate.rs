//! A request in protocol 0 or 1 (gitprotocol-pack(5), "Packfile Negotiation";
//! gitprotocol-http(5), "Smart Service git-upload-pack").
//!
//! ```text
//! Wants ─0000─► Haves ─┬─"done"─► Finished(Done)
//!   │                  └─0000───► Finished(Round)
//!   └─0000, nothing wanted──────► Finished(Probe)
//! ```
//!
//! Each POST stands for itself: the client repeats its wants. `ACK` is never the answer, since no
//! common commit would make a pack smaller, and no client needs one.

use super::arguments::FetchReader;
use super::band::Framing;
use super::{Fetch, FetchOption, Limits, RequestError};
use crate::git::budget::Budget;
use crate::git::client::Words;
use crate::git::pktline::{Line, LineReader, without_line_feed};

/// What a client asks in protocol 0 or 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Negotiation {
    /// What it asks for.
    pub fetch: Fetch,
    /// How the pack is to be packed into lines.
    pub framing: Framing,
    end: End,
}

/// How a body ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// It is empty.
    Empty,
    /// It is a flush alone.
    Probe,
    /// Behind the wants.
    Wants,
    /// Behind haves.
    Round,
    /// With `done`.
    Done,
}

/// What a request is answered with: first the section, if any, then the rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reply {
    /// Lines that tell where history is cut off, and a flush
    /// ([`push_shallow_section`](super::answer::push_shallow_section)).
    pub has_shallow: bool,
    /// What comes behind them.
    pub then: Then,
}

/// The rest of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Then {
    /// Nothing.
    Nothing,
    /// `NAK`.
    Nak,
    /// `NAK` and the pack.
    Pack,
}

impl Negotiation {
    /// True for a body that is a flush alone: Git's client tries so whether it may post, before it
    /// posts much, and says nothing of its version.
    pub fn is_probe(&self) -> bool {
        self.end == End::Probe
    }

    /// What the request is to be answered with.
    pub fn reply(&self) -> Reply {
        let then = match self.end {
            End::Empty | End::Probe | End::Wants => Then::Nothing,
            End::Round => Then::Nak,
            End::Done => Then::Pack,
        };
        let has_shallow = self.fetch.deepen.is_some();
        Reply { has_shallow, then }
    }
}

/// Reads a request.
#[derive(Debug, Clone)]
pub struct NegotiationReader {
    lines: LineReader,
    read: Read,
    budget: Budget,
}

/// What was read so far.
#[derive(Debug, Clone)]
struct Read {
    state: State,
    fetch: FetchReader,
    framing: Framing,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Before the first flush.
    Wants {
        has_begun: bool,
    },
    /// Behind it.
    Haves {
        has_begun: bool,
    },
    Finished(End),
}

impl NegotiationReader {
    /// Stands before the body of a POST.
    pub fn new(limits: Limits) -> Self {
        Self {
            lines: LineReader::new(),
            read: Read {
                state: State::Wants { has_begun: false },
                fetch: FetchReader::new(limits),
                framing: Framing::Bare,
            },
            budget: Budget::new(limits.bytes),
        }
    }

    /// Takes the next bytes of the body. After an error it is of no more use.
    pub fn push(&mut self, mut bytes: &[u8]) -> Result<(), RequestError> {
        while !bytes.is_empty() {
            if matches!(self.read.state, State::Finished(_)) {
                return Ok(self.budget.spend(bytes.len())?);
            }
            let taken = self.lines.take(bytes)?;
            self.budget.spend(taken.used)?;
            if let Some(line) = taken.line {
                self.read.handle(line)?;
            }
            bytes = bytes.get(taken.used..).unwrap_or_default();
        }
        Ok(())
    }

    /// The body has ended.
    pub fn finish(self) -> Result<Negotiation, RequestError> {
        let Read {
            state,
            fetch,
            framing,
        } = self.read;
        let end = match state {
            State::Finished(end) => end,
            _ if !self.lines.is_between_lines() => return Err(RequestError::Truncated),
            State::Wants { has_begun: false } => End::Empty,
            State::Haves { has_begun: false } => End::Wants,
            State::Wants { has_begun: true } | State::Haves { has_begun: true } => {
                return Err(RequestError::Truncated);
            }
        };
        Ok(Negotiation {
            fetch: fetch.finish()?,
            framing,
            end,
        })
    }
}

impl Read {
    fn handle(&mut self, line: Line<'_>) -> Result<(), RequestError> {
        match line {
            Line::Data(data) => self.handle_data(without_line_feed(data)),
            Line::Flush => {
                self.handle_flush();
                Ok(())
            }
            Line::Delimiter => Err(unexpected(b"0001")),
            Line::ResponseEnd => Err(unexpected(b"0002")),
        }
    }

    fn handle_data(&mut self, line: &[u8]) -> Result<(), RequestError> {
        match self.state {
            State::Wants { .. } => {
                self.state = State::Wants { has_begun: true };
                self.handle_want(line)
            }
            State::Haves { .. } => {
                self.state = State::Haves { has_begun: true };
                self.handle_have(line)
            }
            State::Finished(_) => Ok(()),
        }
    }

    /// A client that wants nothing has nothing to negotiate.
    fn handle_flush(&mut self) {
        self.state = match self.state {
            State::Wants { has_begun: false } => State::Finished(End::Probe),
            State::Wants { .. } if !self.fetch.has_wants() => State::Finished(End::Empty),
            State::Wants { .. } => State::Haves { has_begun: false },
            State::Haves { .. } => State::Finished(End::Round),
            State::Finished(end) => State::Finished(end),
        };
    }

    fn handle_want(&mut self, line: &[u8]) -> Result<(), RequestError> {
        if !line.starts_with(b"want ") {
            let is_argument = self.fetch.handle_common(line)?;
            return is_argument.then_some(()).ok_or_else(|| unexpected(line));
        }
        let capabilities = self.fetch.handle_want(line)?;
        capabilities
            .split(|&byte| byte == b' ')
            .try_for_each(|word| self.handle_capability(word))
    }

    /// Those that mean nothing here are passed over: what stands here may be no capability at all.
    fn handle_capability(&mut self, word: &[u8]) -> Result<(), RequestError> {
        match word {
            b"side-band-64k" => self.framing = Framing::Large,
            b"side-band" if self.framing == Framing::Bare => self.framing = Framing::Small,
            b"deepen-relative" => self.fetch.handle_relative(),
            b"thin-pack" => self.fetch.handle_option(FetchOption::ThinPack),
            b"ofs-delta" => self.fetch.handle_option(FetchOption::OfsDelta),
            b"no-progress" => self.fetch.handle_option(FetchOption::NoProgress),
            b"include-tag" => self.fetch.handle_option(FetchOption::IncludeTag),
            _ => match word.strip_prefix(b"object-format=") {
                None | Some(b"sha1") => {}
                Some(format) => return Err(RequestError::ObjectFormat(Words::new(format))),
            },
        }
        Ok(())
    }

    fn handle_have(&mut self, line: &[u8]) -> Result<(), RequestError> {
        if line == b"done" {
            self.fetch.handle_option(FetchOption::Done);
            self.state = State::Finished(End::Done);
            return Ok(());
        }
        if line.starts_with(b"have ") {
            return self.fetch.handle_have(line);
        }
        Err(unexpected(line))
    }
}

fn unexpected(line: &[u8]) -> RequestError {
    RequestError::unexpected("negotiation", line)
}

#[cfg(test)]
#[path = "negotiate_tests.rs"]
mod tests;
