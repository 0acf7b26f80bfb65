//! What a client asks of a fetch, in words that protocol 0 and 2 share.
//!
//! Ids are the first 40 bytes of their place, and what follows them is passed over, as Git's own
//! server does: Zig 0.14 to 0.16 send 24 bytes of their memory behind the id of a want, which may be
//! anything.

use alloc::collections::BTreeSet;
use alloc::vec::Vec;

use super::{Limits, RequestError};
use crate::git::id::ObjectId;

/// How a client wants history cut off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Deepen {
    /// So many commits deep, at least 1; Git's client writes 2147483647 for all.
    Depth {
        /// Counted from the wants, or from where the client's history is cut off.
        commits: u64,
        /// Whether from where the client's history is cut off.
        is_relative: bool,
    },
    /// By time, by reference, or both.
    Until {
        /// No commits older than that, in seconds of Unix time.
        since: Option<u64>,
        /// No commits that these references lead to.
        not: Vec<Vec<u8>>,
    },
}

/// Something that a client may ask for with a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FetchOption {
    /// Not to negotiate any more.
    Done,
    /// A pack may lean on what the client has; it need not.
    ThinPack,
    /// Deltas may name their base by its place.
    OfsDelta,
    /// To be silent on the way.
    NoProgress,
    /// Tag objects along with what they lead to; they may be left out.
    IncludeTag,
    /// To leave out objects; it is not offered, so that nothing has to be left out.
    Filter,
}

/// What a client asked for with a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FetchOptions(u8);

impl FetchOptions {
    /// Whether it was asked for.
    pub const fn has(self, option: FetchOption) -> bool {
        self.0 & 1 << option as u8 != 0
    }

    pub(super) const fn add(&mut self, option: FetchOption) {
        self.0 |= 1 << option as u8;
    }
}

/// What a client asks of a fetch.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Fetch {
    /// The objects wanted, each once, in the client's order.
    pub wants: Vec<ObjectId>,
    /// Commits that the client has, in its order.
    pub haves: Vec<ObjectId>,
    /// Commits at which the client's history is cut off, in its order.
    pub shallow: Vec<ObjectId>,
    /// How history is to be cut off, if it is.
    pub deepen: Option<Deepen>,
    /// What else.
    pub options: FetchOptions,
}

/// How far a fetch in protocol 2 is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Nothing is wanted: the answer is empty.
    Nothing,
    /// The answer begins with acknowledgments. After `ready` it goes on with the pack, without it
    /// it ends, and the client asks again.
    Acknowledgments,
    /// The answer is the pack.
    Pack,
}

impl Fetch {
    /// What a request in protocol 2 is to be answered with.
    pub fn stage(&self) -> Stage {
        if self.wants.is_empty() {
            Stage::Nothing
        } else if self.options.has(FetchOption::Done) || self.haves.is_empty() {
            Stage::Pack
        } else {
            Stage::Acknowledgments
        }
    }
}

/// A fetch in the making, within the limits.
#[derive(Debug, Clone)]
pub(super) struct FetchReader {
    fetch: Fetch,
    wanted: BTreeSet<ObjectId>,
    wants: usize,
    depth: Option<u64>,
    is_relative: bool,
    since: Option<u64>,
    not: Vec<Vec<u8>>,
    limits: Limits,
}

impl FetchReader {
    pub(super) fn new(limits: Limits) -> Self {
        Self {
            fetch: Fetch::default(),
            wanted: BTreeSet::new(),
            wants: 0,
            depth: None,
            is_relative: false,
            since: None,
            not: Vec::new(),
            limits,
        }
    }

    /// Takes a line of protocol 2, without its line feed; false if it is none of a fetch.
    pub(super) fn handle_argument(&mut self, line: &[u8]) -> Result<bool, RequestError> {
        match line {
            b"deepen-relative" => self.handle_relative(),
            b"done" => self.handle_option(FetchOption::Done),
            b"thin-pack" => self.handle_option(FetchOption::ThinPack),
            b"ofs-delta" => self.handle_option(FetchOption::OfsDelta),
            b"no-progress" => self.handle_option(FetchOption::NoProgress),
            b"include-tag" => self.handle_option(FetchOption::IncludeTag),
            _ if line.starts_with(b"want ") => {
                self.handle_want(line)?;
            }
            _ if line.starts_with(b"have ") => self.handle_have(line)?,
            _ => return self.handle_common(line),
        }
        Ok(true)
    }

    /// Takes a line that both protocols have beside the wants; false if it is none.
    pub(super) fn handle_common(&mut self, line: &[u8]) -> Result<bool, RequestError> {
        let (key, value) = split_key(line);
        match key {
            b"shallow" => self.handle_shallow(line)?,
            b"deepen" => {
                let depth = number(value).filter(|&depth| depth > 0);
                self.depth = Some(depth.ok_or_else(|| RequestError::bad_value("deepen", line))?);
            }
            b"deepen-since" => {
                let since = number(value);
                let since = since.ok_or_else(|| RequestError::bad_value("deepen-since", line))?;
                self.since = Some(since);
            }
            b"deepen-not" => self.handle_not(value)?,
            b"filter" => self.handle_option(FetchOption::Filter),
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// Takes `want SP id`, and gives what follows.
    pub(super) fn handle_want<'a>(&mut self, line: &'a [u8]) -> Result<&'a [u8], RequestError> {
        let limit = self.limits.wants;
        let (want, rest) = id("want", line)?;
        if self.wants >= limit {
            return Err(RequestError::TooManyWants { limit });
        }
        self.wants += 1;
        if self.wanted.insert(want) {
            self.fetch.wants.push(want);
        }
        Ok(rest)
    }

    /// Takes `have SP id`.
    pub(super) fn handle_have(&mut self, line: &[u8]) -> Result<(), RequestError> {
        let limit = self.limits.haves;
        let (have, _) = id("have", line)?;
        if self.fetch.haves.len() >= limit {
            return Err(RequestError::TooManyHaves { limit });
        }
        self.fetch.haves.push(have);
        Ok(())
    }

    pub(super) const fn handle_option(&mut self, option: FetchOption) {
        self.fetch.options.add(option);
    }

    pub(super) const fn handle_relative(&mut self) {
        self.is_relative = true;
    }

    pub(super) const fn has_wants(&self) -> bool {
        self.wants > 0
    }

    pub(super) fn finish(self) -> Result<Fetch, RequestError> {
        let is_limited = self.since.is_some() || !self.not.is_empty();
        let deepen = match (self.depth, is_limited) {
            (Some(_), true) => return Err(RequestError::TwoDepths),
            (Some(commits), false) => Some(Deepen::Depth {
                commits,
                is_relative: self.is_relative,
            }),
            (None, true) => Some(Deepen::Until {
                since: self.since,
                not: self.not,
            }),
            (None, false) => None,
        };
        Ok(Fetch {
            deepen,
            ..self.fetch
        })
    }

    fn handle_shallow(&mut self, line: &[u8]) -> Result<(), RequestError> {
        let limit = self.limits.shallow;
        let (shallow, _) = id("shallow", line)?;
        if self.fetch.shallow.len() >= limit {
            return Err(RequestError::TooManyShallow { limit });
        }
        self.fetch.shallow.push(shallow);
        Ok(())
    }

    fn handle_not(&mut self, name: &[u8]) -> Result<(), RequestError> {
        let limit = self.limits.names;
        if self.not.len() >= limit {
            return Err(RequestError::TooManyNames { limit });
        }
        self.not.push(name.to_vec());
        Ok(())
    }
}

/// The word before the first space, and what is behind it.
fn split_key(line: &[u8]) -> (&[u8], &[u8]) {
    let (key, rest) = line.split_at(memchr::memchr(b' ', line).unwrap_or(line.len()));
    (key, rest.strip_prefix(b" ").unwrap_or_default())
}

/// The id behind the word, and what follows it.
fn id<'a>(of: &'static str, line: &'a [u8]) -> Result<(ObjectId, &'a [u8]), RequestError> {
    let (_, value) = split_key(line);
    let parts = value.split_at_checked(2 * ObjectId::BYTES);
    let parts = parts.and_then(|(hex, rest)| Some((ObjectId::parse(hex)?, rest)));
    parts.ok_or_else(|| RequestError::bad_value(of, line))
}

/// Decimal digits alone.
fn number(value: &[u8]) -> Option<u64> {
    if value.is_empty() {
        return None;
    }
    value.iter().try_fold(0_u64, |number, &byte| {
        let digit = char::from(byte).to_digit(10)?;
        number.checked_mul(10)?.checked_add(u64::from(digit))
    })
}
