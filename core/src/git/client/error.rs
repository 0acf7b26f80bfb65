//! Why a server's answer is not read on.

use core::error::Error;
use core::fmt;

use super::words::Words;
use crate::git::pktline::PktError;

/// Why a server's answer is not read on, or a request not made.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ClientError {
    /// The bytes are not pkt-lines.
    Pkt(PktError),
    /// The server refuses, in these words (an `ERR` packet, or band 3).
    Server(Words),
    /// The answer to discovery is a web page, and so of no Git server.
    WebPage,
    /// The answer to discovery has another type than a smart server's; a dumb server's has
    /// `text/plain` or none.
    NotSmart(Words),
    /// The server speaks another protocol than 0, 1 or 2.
    Version(Words),
    /// The repository's objects have other ids than SHA-1.
    ObjectFormat(Words),
    /// The server cannot do what protocol 2 is for: `ls-refs` or `fetch`.
    NoCommand(&'static str),
    /// A line cannot be understood at its place.
    Unexpected {
        /// What was being read.
        within: &'static str,
        /// What the line says.
        line: Words,
    },
    /// Data comes in a band that does not exist.
    Band(u8),
    /// The answer has more references than [`Limits::refs`](super::Limits).
    TooManyRefs {
        /// The limit.
        limit: usize,
    },
    /// A reference's name is longer than [`Limits::name_bytes`](super::Limits).
    NameTooLong {
        /// The limit, in bytes.
        limit: usize,
    },
    /// The answer is longer than [`Limits::bytes`](super::Limits).
    TooManyBytes {
        /// The limit, in bytes.
        limit: u64,
    },
    /// The answer ends before it is complete.
    Truncated,
    /// The answer goes on behind its end.
    Trailing,
    /// The answer is complete, and holds no pack.
    NoPack,
    /// A fetch has no wants, or more than [`MAX_WANTS`](super::fetch::MAX_WANTS).
    Wants(usize),
}

impl From<PktError> for ClientError {
    fn from(error: PktError) -> Self {
        Self::Pkt(error)
    }
}

impl fmt::Display for ClientError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pkt(error) => error.fmt(f),
            Self::Server(words) => write!(f, "the git server refuses: {words}"),
            Self::WebPage => f.write_str("the server answers with a web page: no git repository"),
            Self::NotSmart(found) => write!(
                f,
                "the server answers as {found:?}: no git repository, or a dumb git server, which is \
                 not supported",
                found = found.as_str()
            ),
            Self::Version(found) => {
                write!(
                    f,
                    "the git server speaks \"{found}\", not version 0, 1 or 2"
                )
            }
            Self::ObjectFormat(found) => write!(
                f,
                "the git repository has the object format {found}; only sha1 is supported"
            ),
            Self::NoCommand(name) => write!(f, "the git server does not offer {name}"),
            Self::Unexpected { within, line } => {
                write!(f, "the git server's {within} holds the line \"{line}\"")
            }
            Self::Band(band) => write!(f, "the git server sends data in band {band} of 1 to 3"),
            Self::TooManyRefs { limit } => {
                write!(f, "the git repository has more than {limit} references")
            }
            Self::NameTooLong { limit } => {
                write!(f, "the name of a git reference has more than {limit} bytes")
            }
            Self::TooManyBytes { limit } => {
                write!(f, "the git server's answer has more than {limit} bytes")
            }
            Self::Truncated => f.write_str("the git server's answer is cut off"),
            Self::Trailing => f.write_str("the git server's answer goes on behind its end"),
            Self::NoPack => f.write_str("the git server's answer holds no pack"),
            Self::Wants(wants) => write!(
                f,
                "{wants} objects cannot be asked for at once (1 to {})",
                super::fetch::MAX_WANTS
            ),
        }
    }
}

impl Error for ClientError {}

impl ClientError {
    pub(super) fn unexpected(within: &'static str, line: &[u8]) -> Self {
        let line = Words::new(line);
        Self::Unexpected { within, line }
    }

    /// The error that a line states, if it states one (gitprotocol-pack(5), "ERR").
    pub(super) fn stated_by(line: &[u8]) -> Option<Self> {
        let words = line.strip_prefix(b"ERR ")?;
        Some(Self::Server(Words::new(words)))
    }
}
