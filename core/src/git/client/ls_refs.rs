//! The `ls-refs` command of protocol 2 (gitprotocol-v2(5)): which references there are.

use crate::git::budget::Budget;
use alloc::format;
use alloc::vec::Vec;

use super::refs::RefList;
use super::{AGENT, Capabilities, Capability, ClientError, Limits, Ref};
use crate::git::pktline::{self, Line, LineReader, PktError, without_line_feed};

/// The prefixes for a repository's versions: its tags, and the default branch.
pub const TAGS: [&str; 2] = ["refs/tags/", "HEAD"];

/// Appends the request: all references that begin with one of `prefixes`, annotated tags peeled,
/// symbolic references with their targets.
///
/// A server may answer with others too. An error if a prefix is longer than a line.
pub fn request(
    out: &mut Vec<u8>,
    capabilities: &Capabilities,
    prefixes: &[&str],
) -> Result<(), PktError> {
    push_command(out, "ls-refs", capabilities)?;
    pktline::push_text(out, "peel")?;
    pktline::push_text(out, "symrefs")?;
    for prefix in prefixes {
        pktline::push_text(out, format!("ref-prefix {prefix}"))?;
    }
    pktline::flush(out);
    Ok(())
}

/// Appends what every command of protocol 2 begins with. A server is told only what it offers to
/// hear.
pub(super) fn push_command(
    out: &mut Vec<u8>,
    name: &str,
    capabilities: &Capabilities,
) -> Result<(), PktError> {
    pktline::push_text(out, format!("command={name}"))?;
    if capabilities.offers(Capability::Agent) {
        pktline::push_text(out, format!("agent={AGENT}"))?;
    }
    if capabilities.offers(Capability::ObjectFormat) {
        pktline::push_text(out, "object-format=sha1")?;
    }
    pktline::delimiter(out);
    Ok(())
}

/// Reads the answer: lines, and a flush.
#[derive(Debug, Clone)]
pub struct LsRefs {
    lines: LineReader,
    refs: RefList,
    is_finished: bool,
    budget: Budget,
}

impl LsRefs {
    /// Stands before the body of an answer with status 200.
    pub const fn new(limits: Limits) -> Self {
        Self {
            lines: LineReader::new(),
            refs: RefList::new(limits),
            is_finished: false,
            budget: Budget::new(limits.bytes),
        }
    }

    /// Takes the next bytes of the body. After an error it is of no more use.
    pub fn push(&mut self, mut bytes: &[u8]) -> Result<(), ClientError> {
        while !bytes.is_empty() {
            if self.is_finished {
                return Err(ClientError::Trailing);
            }
            let taken = self.lines.take(bytes)?;
            self.budget.spend(taken.used)?;
            match taken.line {
                Some(Line::Data(data)) => handle_data(&mut self.refs, without_line_feed(data))?,
                Some(Line::Flush) => self.is_finished = true,
                Some(Line::Delimiter) => return Err(unexpected(b"0001")),
                Some(Line::ResponseEnd) => return Err(unexpected(b"0002")),
                None => {}
            }
            bytes = bytes.get(taken.used..).unwrap_or_default();
        }
        Ok(())
    }

    /// The body has ended: all references, in the server's order.
    pub fn finish(self) -> Result<Vec<Ref>, ClientError> {
        if !self.is_finished {
            return Err(ClientError::Truncated);
        }
        Ok(self.refs.into_refs())
    }
}

fn handle_data(refs: &mut RefList, line: &[u8]) -> Result<(), ClientError> {
    match ClientError::stated_by(line) {
        Some(error) => Err(error),
        None => refs.handle_line(line),
    }
}

fn unexpected(line: &[u8]) -> ClientError {
    ClientError::unexpected("list of references", line)
}

#[cfg(test)]
#[path = "ls_refs_tests.rs"]
mod tests;
