//! Discovery: what the server at a URL is, and what it offers (gitprotocol-http(5), "Discovering
//! References").
//!
//! ```text
//! Start ─┬─"# service="─► Preamble ─0000─► Version ─┐
//!        └──────────────────────────────────────────┤
//!            ┌─"version 2"──────────────────────────┼─"version 1"─► FirstRef ─┐
//!            ▼                                      └────────────────────┐    │
//!       Capabilities ─0000─► Finished ◄─0000─ Refs ◄─────── id name NUL caps ◄┘
//! ```
//!
//! Protocol 2 is asked for, 0 and 1 are understood: servers that do not know 2 answer so. Their
//! references come at once.

use crate::git::budget::Budget;
use alloc::vec::Vec;

use super::refs::RefList;
use super::words::Words;
use super::{ADVERTISEMENT_TYPE, Capabilities, ClientError, Limits, Ref};
use crate::git::id::ObjectId;
use crate::git::pktline::{Line, LineReader, without_line_feed};

/// What a line is part of, for errors.
const WITHIN: &str = "advertisement";

/// What a server answers to discovery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Advertisement {
    /// Protocol 2: references are a question of their own ([`ls_refs`](super::ls_refs)).
    V2 {
        /// What it can do.
        capabilities: Capabilities,
    },
    /// Protocol 0, or 1, which differs in one line.
    V0 {
        /// What it can do.
        capabilities: Capabilities,
        /// All references, in the server's order; none if the repository is empty.
        refs: Vec<Ref>,
        /// The commits at which the history of the repository itself is cut off.
        shallow: Vec<ObjectId>,
    },
}

impl Advertisement {
    /// What the server can do.
    pub const fn capabilities(&self) -> &Capabilities {
        match self {
            Self::V2 { capabilities } | Self::V0 { capabilities, .. } => capabilities,
        }
    }
}

/// Reads the answer to GET [`Remote::info_refs`](super::remote::Remote::info_refs).
#[derive(Debug, Clone)]
pub struct Discovery {
    lines: LineReader,
    state: State,
    found: Found,
    budget: Budget,
}

/// What was read so far.
#[derive(Debug, Clone)]
struct Found {
    capabilities: Capabilities,
    refs: RefList,
    shallow: Vec<ObjectId>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Start,
    /// Behind `# service=`, whose flush is missing.
    Preamble,
    /// Before what tells the version.
    Version,
    /// Behind `version 1`.
    FirstRef,
    Refs,
    Capabilities,
    Finished {
        version: u8,
    },
}

impl Discovery {
    /// Starts with the answer's Content-Type, parameters and all; the status was 200.
    pub fn new(content_type: Option<&[u8]>, limits: Limits) -> Result<Self, ClientError> {
        check_type(content_type.unwrap_or_default())?;
        Ok(Self {
            lines: LineReader::new(),
            state: State::Start,
            found: Found {
                capabilities: Capabilities::default(),
                refs: RefList::new(limits),
                shallow: Vec::new(),
            },
            budget: Budget::new(limits.bytes),
        })
    }

    /// Takes the next bytes of the body. After an error it is of no more use.
    pub fn push(&mut self, mut bytes: &[u8]) -> Result<(), ClientError> {
        while !bytes.is_empty() {
            if let State::Finished { .. } = self.state {
                return Err(ClientError::Trailing);
            }
            let taken = self.lines.take(bytes)?;
            self.budget.spend(taken.used)?;
            if let Some(line) = taken.line {
                self.state = self.state.handle_line(line, &mut self.found)?;
            }
            bytes = bytes.get(taken.used..).unwrap_or_default();
        }
        Ok(())
    }

    /// The body has ended.
    pub fn finish(self) -> Result<Advertisement, ClientError> {
        let State::Finished { version } = self.state else {
            return Err(ClientError::Truncated);
        };
        let Found {
            capabilities,
            refs,
            shallow,
        } = self.found;
        if version == 2 {
            capabilities.check_v2()?;
            return Ok(Advertisement::V2 { capabilities });
        }
        let refs = refs.into_refs();
        Ok(Advertisement::V0 {
            capabilities,
            refs,
            shallow,
        })
    }
}

impl State {
    fn handle_line(self, line: Line<'_>, found: &mut Found) -> Result<Self, ClientError> {
        match line {
            Line::Data(data) => self.handle_data(without_line_feed(data), found),
            Line::Flush => self.handle_flush(),
            Line::Delimiter => Err(ClientError::unexpected(WITHIN, b"0001")),
            Line::ResponseEnd => Err(ClientError::unexpected(WITHIN, b"0002")),
        }
    }

    /// A flush at once is an empty repository, of old servers.
    const fn handle_flush(self) -> Result<Self, ClientError> {
        match self {
            Self::Preamble => Ok(Self::Version),
            Self::Capabilities => Ok(Self::Finished { version: 2 }),
            Self::Start | Self::Version | Self::FirstRef | Self::Refs => {
                Ok(Self::Finished { version: 0 })
            }
            Self::Finished { .. } => Err(ClientError::Trailing),
        }
    }

    fn handle_data(self, line: &[u8], found: &mut Found) -> Result<Self, ClientError> {
        if let Some(error) = ClientError::stated_by(line) {
            return Err(error);
        }
        match self {
            Self::Start if line == b"# service=git-upload-pack" => Ok(Self::Preamble),
            Self::Start | Self::Version => Self::handle_version(line, found),
            Self::FirstRef => found.handle_first(line).map(|()| Self::Refs),
            Self::Refs => found.handle_ref(line).map(|()| self),
            Self::Capabilities => found.capabilities.handle_v2(line).map(|()| self),
            Self::Preamble => Err(ClientError::unexpected(WITHIN, line)),
            Self::Finished { .. } => Err(ClientError::Trailing),
        }
    }

    fn handle_version(line: &[u8], found: &mut Found) -> Result<Self, ClientError> {
        match line.strip_prefix(b"version ") {
            Some(b"2") => Ok(Self::Capabilities),
            Some(b"1") => Ok(Self::FirstRef),
            Some(_) => Err(ClientError::Version(Words::new(line))),
            None => found.handle_first(line).map(|()| Self::Refs),
        }
    }
}

impl Found {
    /// The first line holds the capabilities behind a NUL, and names a reference unless the
    /// repository has none.
    fn handle_first(&mut self, line: &[u8]) -> Result<(), ClientError> {
        let (listed, words) = line.split_at(memchr::memchr(0, line).unwrap_or(line.len()));
        let words = || words.split(|&byte| byte == b' ' || byte == 0);
        words().try_for_each(|word| self.capabilities.handle_v0(word))?;
        let is_empty = listed.ends_with(b" capabilities^{}");
        if !is_empty {
            self.handle_ref(listed)?;
        }
        words()
            .filter_map(|word| split_symref(word.strip_prefix(b"symref=")?))
            .try_for_each(|(name, target)| self.refs.handle_symref(name, target))
    }

    fn handle_ref(&mut self, line: &[u8]) -> Result<(), ClientError> {
        let Some(hex) = line.strip_prefix(b"shallow ") else {
            return self.refs.handle_advertised(line);
        };
        let id = ObjectId::parse(hex).ok_or_else(|| ClientError::unexpected(WITHIN, line))?;
        self.shallow.push(id);
        Ok(())
    }
}

fn split_symref(symref: &[u8]) -> Option<(&[u8], &[u8])> {
    let (name, target) = symref.split_at_checked(memchr::memchr(b':', symref)?)?;
    Some((name, target.strip_prefix(b":")?))
}

/// Refuses what is no smart server's answer; parameters and letter case do not matter.
fn check_type(content_type: &[u8]) -> Result<(), ClientError> {
    let essence = content_type.split(|&byte| byte == b';').next();
    let essence = essence.unwrap_or_default().trim_ascii();
    let is = |name: &str| essence.eq_ignore_ascii_case(name.as_bytes());
    if is(ADVERTISEMENT_TYPE) {
        Ok(())
    } else if is("text/html") || is("application/xhtml+xml") {
        Err(ClientError::WebPage)
    } else {
        Err(ClientError::NotSmart(Words::new(content_type)))
    }
}

#[cfg(test)]
#[path = "discover_tests.rs"]
mod tests;
