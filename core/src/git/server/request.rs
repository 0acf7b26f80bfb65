//! A request in protocol 2: a command, capabilities, arguments (gitprotocol-v2(5)).
//!
//! ```text
//! Capabilities ─┬─0001─► Arguments ─0000─► Finished
//!               └─0000────────────────────►
//! ```
//!
//! Capabilities and arguments that are not offered are errors, as they are to Git's own server,
//! except `filter`. What follows the end is passed over, though it counts as bytes.

use crate::git::budget::Budget;
use alloc::vec::Vec;

use super::arguments::FetchReader;
use super::{Fetch, Limits, RequestError};
use crate::git::client::Words;
use crate::git::pktline::{Line, LineReader, without_line_feed};

/// What a client asks in protocol 2.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Request {
    /// The body is empty. There is nothing to answer.
    Empty,
    /// The body is a flush alone: Git's client tries so whether it may post, before it posts much.
    /// The answer is empty.
    Probe,
    /// Which references there are.
    LsRefs(LsRefs),
    /// A pack.
    Fetch(Fetch),
}

/// What a client asks of `ls-refs`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LsRefs {
    /// Sorted, and none begins with another: that is what [`matches`](Self::matches) leans on.
    prefixes: Vec<Vec<u8>>,
    /// Whether to say what annotated tags lead to.
    pub peel: bool,
    /// Whether to say what symbolic references stand for.
    pub symrefs: bool,
    /// Whether to show `HEAD` before there is a reference for it to stand for.
    pub unborn: bool,
}

impl LsRefs {
    /// What the names asked for begin with, sorted, none of them beginning with another. There are
    /// none if all references are asked for.
    pub fn prefixes(&self) -> &[Vec<u8>] {
        &self.prefixes
    }

    /// Whether the reference of that name is asked for.
    pub fn matches(&self, name: &[u8]) -> bool {
        // All that sorts between a prefix of the name and the name begins with that prefix.
        let after = self.prefixes.partition_point(|it| it.as_slice() <= name);
        let last = after.checked_sub(1).and_then(|at| self.prefixes.get(at));
        self.prefixes.is_empty() || last.is_some_and(|it| name.starts_with(it))
    }

    fn with_prefixes(mut self, mut prefixes: Vec<Vec<u8>>) -> Self {
        prefixes.sort_unstable();
        prefixes.dedup_by(|next, kept| next.starts_with(kept));
        self.prefixes = prefixes;
        self
    }
}

/// Reads a request.
#[derive(Debug, Clone)]
pub struct RequestReader {
    lines: LineReader,
    state: State,
    limits: Limits,
    budget: Budget,
}

#[derive(Debug, Clone)]
enum State {
    /// Before the delimiter.
    Capabilities {
        command: Option<Command>,
        /// Whether there was any line.
        has_begun: bool,
    },
    LsRefs(LsRefsReader),
    Fetch(FetchReader),
    Finished(Request),
}

#[derive(Debug, Clone, Copy)]
enum Command {
    LsRefs,
    Fetch,
}

impl RequestReader {
    /// Stands before the body of a POST.
    pub const fn new(limits: Limits) -> Self {
        Self {
            lines: LineReader::new(),
            state: State::Capabilities {
                command: None,
                has_begun: false,
            },
            limits,
            budget: Budget::new(limits.bytes),
        }
    }

    /// Takes the next bytes of the body. After an error it is of no more use.
    pub fn push(&mut self, mut bytes: &[u8]) -> Result<(), RequestError> {
        while !bytes.is_empty() {
            if matches!(self.state, State::Finished(_)) {
                return Ok(self.budget.spend(bytes.len())?);
            }
            let taken = self.lines.take(bytes)?;
            self.budget.spend(taken.used)?;
            if let Some(line) = taken.line {
                self.state.handle(line, self.limits)?;
            }
            bytes = bytes.get(taken.used..).unwrap_or_default();
        }
        Ok(())
    }

    /// The body has ended.
    pub fn finish(self) -> Result<Request, RequestError> {
        match self.state {
            State::Finished(request) => Ok(request),
            State::Capabilities {
                has_begun: false, ..
            } if self.lines.is_between_lines() => Ok(Request::Empty),
            State::Capabilities { .. } | State::LsRefs(_) | State::Fetch(_) => {
                Err(RequestError::Truncated)
            }
        }
    }
}

impl State {
    fn handle(&mut self, line: Line<'_>, limits: Limits) -> Result<(), RequestError> {
        match line {
            Line::Data(data) => self.handle_data(without_line_feed(data)),
            Line::Flush => self.handle_flush(limits),
            Line::Delimiter => self.handle_delimiter(limits),
            Line::ResponseEnd => Err(RequestError::unexpected("request", b"0002")),
        }
    }

    fn handle_data(&mut self, line: &[u8]) -> Result<(), RequestError> {
        match self {
            Self::Capabilities { command, has_begun } => {
                *has_begun = true;
                handle_capability(command, line)
            }
            Self::LsRefs(reader) => reader.handle_argument(line),
            Self::Fetch(reader) => {
                let is_argument = reader.handle_argument(line)?;
                let unexpected = || RequestError::unexpected("fetch request", line);
                is_argument.then_some(()).ok_or_else(unexpected)
            }
            Self::Finished(_) => Ok(()),
        }
    }

    fn handle_delimiter(&mut self, limits: Limits) -> Result<(), RequestError> {
        let Self::Capabilities { command, .. } = self else {
            return Err(RequestError::unexpected("arguments", b"0001"));
        };
        *self = match command {
            None => return Err(RequestError::NoCommand),
            Some(Command::LsRefs) => Self::LsRefs(LsRefsReader::new(limits)),
            Some(Command::Fetch) => Self::Fetch(FetchReader::new(limits)),
        };
        Ok(())
    }

    fn handle_flush(&mut self, limits: Limits) -> Result<(), RequestError> {
        if let Self::Capabilities { has_begun, .. } = *self {
            if !has_begun {
                *self = Self::Finished(Request::Probe);
                return Ok(());
            }
            self.handle_delimiter(limits)?;
        }
        let before = core::mem::replace(self, Self::Finished(Request::Empty));
        *self = match before {
            Self::LsRefs(reader) => Self::Finished(Request::LsRefs(reader.finish())),
            Self::Fetch(reader) => Self::Finished(Request::Fetch(reader.finish()?)),
            Self::Capabilities { .. } | Self::Finished(_) => before,
        };
        Ok(())
    }
}

fn handle_capability(command: &mut Option<Command>, line: &[u8]) -> Result<(), RequestError> {
    let (key, value) = line.split_at(memchr::memchr(b'=', line).unwrap_or(line.len()));
    let value = value.strip_prefix(b"=");
    match (key, value) {
        (b"command", Some(name)) => {
            if command.is_some() {
                return Err(RequestError::SecondCommand);
            }
            *command = Some(match name {
                b"ls-refs" => Command::LsRefs,
                b"fetch" => Command::Fetch,
                _ => return Err(RequestError::UnknownCommand(Words::new(name))),
            });
            Ok(())
        }
        (b"agent", _) | (b"object-format", Some(b"sha1")) => Ok(()),
        (b"object-format", Some(format)) => Err(RequestError::ObjectFormat(Words::new(format))),
        _ => Err(RequestError::UnknownCapability(Words::new(line))),
    }
}

/// The arguments of `ls-refs` in the making.
#[derive(Debug, Clone)]
struct LsRefsReader {
    asked: LsRefs,
    prefixes: Vec<Vec<u8>>,
    /// How many more of them there may be; none once there were too many.
    left: Option<usize>,
}

impl LsRefsReader {
    fn new(limits: Limits) -> Self {
        Self {
            asked: LsRefs::default(),
            prefixes: Vec::new(),
            left: Some(limits.names),
        }
    }

    fn handle_argument(&mut self, line: &[u8]) -> Result<(), RequestError> {
        match line {
            b"peel" => self.asked.peel = true,
            b"symrefs" => self.asked.symrefs = true,
            b"unborn" => self.asked.unborn = true,
            _ => match line.strip_prefix(b"ref-prefix ") {
                Some(prefix) => self.handle_prefix(prefix),
                None => return Err(RequestError::unexpected("ls-refs request", line)),
            },
        }
        Ok(())
    }

    /// Over the limit there are none: a server may list what was not asked for.
    fn handle_prefix(&mut self, prefix: &[u8]) {
        self.left = self.left.and_then(|left| left.checked_sub(1));
        match self.left {
            Some(_) => self.prefixes.push(prefix.to_vec()),
            None => self.prefixes.clear(),
        }
    }

    fn finish(self) -> LsRefs {
        self.asked.with_prefixes(self.prefixes)
    }
}

#[cfg(test)]
#[path = "request_tests.rs"]
mod tests;
