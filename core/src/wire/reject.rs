//! Why a head is refused, and with which status.

use core::error::Error;
use core::fmt;

/// The reason why a request head is refused; the connection closes after the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reject {
    /// A line ends in LF without CR (RFC 9112 2.2 lets a server tolerate it; this one does not).
    BareLf,
    /// A CR without LF.
    BareCr,
    /// A NUL byte somewhere in the head.
    Nul,
    /// Too many empty lines before the request line.
    EmptyLines,
    /// The first line is not `method SP target SP version`.
    RequestLine,
    /// The target is neither `/path?query` nor an absolute `http(s)://` URL, or has bytes no URL has.
    Target,
    /// The target is longer than [`HeadLimits::target`](super::head::HeadLimits::target).
    TargetTooLong,
    /// A major version other than 1.
    Version,
    /// The head is longer than [`HeadLimits::head`](super::head::HeadLimits::head).
    HeadTooLarge,
    /// More field lines than [`HeadLimits::fields`](super::head::HeadLimits::fields).
    TooManyFields,
    /// A line is not `name: value`: folded, a space before the colon, a control character.
    FieldLine,
    /// HTTP/1.1 without Host.
    HostMissing,
    /// More than one Host line.
    HostRepeated,
    /// Host, or the authority of an absolute target, is not `host[:port]`.
    HostInvalid,
    /// Content-Length is repeated, a list, signed, or too large.
    ContentLength,
    /// Transfer-Encoding is repeated, malformed, or sent with HTTP/1.0.
    TransferEncoding,
    /// A transfer coding other than `chunked`.
    CodingUnknown,
    /// Content-Length together with Transfer-Encoding.
    LengthAndCoding,
    /// An expectation other than `100-continue`.
    Expectation,
}

impl Reject {
    /// The status to answer with.
    pub const fn status(self) -> u16 {
        match self {
            Self::TargetTooLong => 414,
            Self::Expectation => 417,
            Self::HeadTooLarge | Self::TooManyFields => 431,
            Self::CodingUnknown => 501,
            Self::Version => 505,
            Self::BareLf
            | Self::BareCr
            | Self::Nul
            | Self::EmptyLines
            | Self::RequestLine
            | Self::Target
            | Self::FieldLine
            | Self::HostMissing
            | Self::HostRepeated
            | Self::HostInvalid
            | Self::ContentLength
            | Self::TransferEncoding
            | Self::LengthAndCoding => 400,
        }
    }

    const fn message(self) -> &'static str {
        match self {
            Self::BareLf => "a line of the head ends in LF without CR",
            Self::BareCr => "the head has a CR without LF",
            Self::Nul => "the head has a NUL byte",
            Self::EmptyLines => "too many empty lines before the request",
            Self::RequestLine => "the request line is not `method target HTTP/1.1`",
            Self::Target => "the request target is not a path or an http URL",
            Self::TargetTooLong => "the request target is too long",
            Self::Version => "only HTTP/1.1 and HTTP/1.0 are spoken here",
            Self::HeadTooLarge => "the head is too large",
            Self::TooManyFields => "the head has too many fields",
            Self::FieldLine => "a header line is not `name: value`",
            Self::HostMissing => "the Host header is missing",
            Self::HostRepeated => "the Host header is repeated",
            Self::HostInvalid => "the Host header is not `host[:port]`",
            Self::ContentLength => "Content-Length is not one decimal number",
            Self::TransferEncoding => "Transfer-Encoding is not `chunked`",
            Self::CodingUnknown => "the only transfer coding known here is `chunked`",
            Self::LengthAndCoding => "Content-Length and Transfer-Encoding exclude each other",
            Self::Expectation => "the only expectation known here is `100-continue`",
        }
    }
}

impl fmt::Display for Reject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.message())
    }
}

impl Error for Reject {}
