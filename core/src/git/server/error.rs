//! Why a request is not answered.

use core::error::Error;
use core::fmt;

use crate::git::client::Words;
use crate::git::pktline::PktError;

/// Why a request is not answered; its text goes to the client with
/// [`push_error`](super::answer::push_error).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum RequestError {
    /// The bytes are not pkt-lines.
    Pkt(PktError),
    /// The body ends before the request does.
    Truncated,
    /// The body is longer than [`Limits::bytes`](super::Limits).
    TooManyBytes {
        /// The limit, in bytes.
        limit: u64,
    },
    /// More objects are asked for than [`Limits::wants`](super::Limits).
    TooManyWants {
        /// The limit.
        limit: usize,
    },
    /// More commits are had than [`Limits::haves`](super::Limits).
    TooManyHaves {
        /// The limit.
        limit: usize,
    },
    /// The client's history is cut off at more commits than [`Limits::shallow`](super::Limits).
    TooManyShallow {
        /// The limit.
        limit: usize,
    },
    /// More references are named than [`Limits::names`](super::Limits).
    TooManyNames {
        /// The limit.
        limit: usize,
    },
    /// The request names no command.
    NoCommand,
    /// The request names a second command.
    SecondCommand,
    /// The command is none that is offered.
    UnknownCommand(Words),
    /// The capability is none that is offered.
    UnknownCapability(Words),
    /// The client's objects have other ids than SHA-1.
    ObjectFormat(Words),
    /// A line cannot be understood at its place.
    Unexpected {
        /// What was being read.
        within: &'static str,
        /// What the line says.
        line: Words,
    },
    /// Something has to be 40 hex digits, or a number above 0, and is not.
    BadValue {
        /// What has a value, as the protocol writes it.
        of: &'static str,
        /// What the line says.
        line: Words,
    },
    /// A depth is asked for, and a limit to time or references too.
    TwoDepths,
}

impl From<PktError> for RequestError {
    fn from(error: PktError) -> Self {
        Self::Pkt(error)
    }
}

impl fmt::Display for RequestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pkt(error) => error.fmt(f),
            Self::Truncated => f.write_str("the request is cut off"),
            Self::TooManyBytes { limit } => {
                write!(
                    f,
                    "the request has more than {limit} bytes; fetch fewer refs at once"
                )
            }
            Self::TooManyWants { limit } => {
                write!(
                    f,
                    "the request wants more than {limit} objects; fetch fewer refs at once"
                )
            }
            Self::TooManyHaves { limit } => write!(
                f,
                "the request has more than {limit} have lines; fetch into a repository of its own"
            ),
            Self::TooManyShallow { limit } => write!(
                f,
                "the request has more than {limit} shallow lines; fetch into a repository of its own"
            ),
            Self::TooManyNames { limit } => {
                write!(f, "the request names more than {limit} references")
            }
            Self::NoCommand => f.write_str("the request names no command"),
            Self::SecondCommand => f.write_str("the request names two commands"),
            Self::UnknownCommand(name) => {
                write!(
                    f,
                    "the command \"{name}\" is not offered (ls-refs and fetch are)"
                )
            }
            Self::UnknownCapability(line) => {
                write!(f, "the capability \"{line}\" is not offered")
            }
            Self::ObjectFormat(found) => write!(
                f,
                "the client has the object format {found}; this repository has sha1"
            ),
            Self::Unexpected { within, line } => {
                write!(
                    f,
                    "the {within} holds the line \"{line}\", which is not understood"
                )
            }
            Self::BadValue { of, line } => write!(f, "{of} has a bad value in \"{line}\""),
            Self::TwoDepths => {
                f.write_str("deepen cannot be used together with deepen-since and deepen-not")
            }
        }
    }
}

impl Error for RequestError {}

impl RequestError {
    pub(super) fn unexpected(within: &'static str, line: &[u8]) -> Self {
        let line = Words::new(line);
        Self::Unexpected { within, line }
    }

    pub(super) fn bad_value(of: &'static str, line: &[u8]) -> Self {
        let line = Words::new(line);
        Self::BadValue { of, line }
    }
}
