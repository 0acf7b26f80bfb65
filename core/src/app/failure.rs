//! Why a file could not be had, and the status that tells a client so.
//!
//! The status map is MIRRORS.md's: 404 only for what cannot exist or what upstream says is not
//! there; 504 for any other trouble upstream; 503 for trouble of our own.

use core::fmt;

use crate::store::StoreError;
use crate::zig::minisig::SignatureError;

/// Trouble on the way to or at an upstream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum UpstreamError {
    /// The host's name has no address.
    Dns,
    /// The host's addresses are private and not allowed.
    Private,
    /// No address accepted a connection.
    Connect,
    /// TLS was refused, or the certificate is not valid.
    Tls,
    /// Nothing came for too long.
    Timeout,
    /// The connection broke.
    Reset,
    /// The answer is not HTTP/1.1 as we read it.
    Protocol,
    /// A status that brings no file.
    Status(u16),
    /// Too many redirects, or one that may not be followed.
    Redirect,
    /// The file is longer than allowed.
    TooLarge,
    /// The body is shorter or longer than announced, or the file changed while it came.
    Length,
    /// The proxy refused the tunnel.
    Proxy(u16),
}

impl UpstreamError {
    /// Whether the same request may work a little later.
    pub fn is_passing(self) -> bool {
        match self {
            Self::Dns | Self::Connect | Self::Timeout | Self::Reset | Self::Length => true,
            Self::Status(status) | Self::Proxy(status) => {
                matches!(status, 408 | 425 | 429 | 500 | 502..=504)
            }
            Self::Private | Self::Tls | Self::Protocol | Self::Redirect | Self::TooLarge => false,
        }
    }
}

impl fmt::Display for UpstreamError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dns => f.write_str("the host's name has no address"),
            Self::Private => {
                f.write_str("the address is private; UPSTREAM_ALLOW_PRIVATE may allow it")
            }
            Self::Connect => f.write_str("no connection"),
            Self::Tls => f.write_str("TLS failed (SSL_CERT_FILE may add an authority)"),
            Self::Timeout => f.write_str("nothing came for too long"),
            Self::Reset => f.write_str("the connection broke"),
            Self::Protocol => f.write_str("the answer is not proper HTTP/1.1"),
            Self::Status(status) => write!(f, "status {status}"),
            Self::Redirect => f.write_str("a redirect that may not be followed, or too many"),
            Self::TooLarge => f.write_str("the file is too large"),
            Self::Length => {
                f.write_str("the file is not as long as announced, or changed on the way")
            }
            Self::Proxy(status) => write!(f, "the proxy answered {status}"),
        }
    }
}

/// Why a file was not published.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Failure {
    /// Every upstream says that the file does not exist.
    NotFound,
    /// No template says where the file would come from.
    NoTemplate,
    /// No such release is published.
    Unpublished,
    /// The release's manifest cannot be read.
    Manifest,
    /// Upstream trouble.
    Upstream(UpstreamError),
    /// The file or its signature is not what the keys signed.
    Signature(SignatureError),
    /// Upstream has the file but no signature, and nothing else vouches for it.
    Unsigned,
    /// Nothing signs the file and the index says it is another.
    Digest,
    /// No official index has been had yet.
    NoIndex,
    /// Our own disk.
    Store(StoreError),
    /// A limit on work under way was reached.
    Busy,
    /// The file changed upstream while it was read; only followers that had begun see this.
    Changed,
    /// The server stops.
    Stopped,
}

impl Failure {
    /// The status of an answer that has not begun.
    pub fn status(self) -> u16 {
        match self {
            Self::NotFound | Self::NoTemplate | Self::Unpublished => 404,
            Self::Upstream(_)
            | Self::Signature(_)
            | Self::Unsigned
            | Self::Digest
            | Self::NoIndex
            | Self::Changed => 504,
            Self::Store(_) | Self::Manifest | Self::Busy | Self::Stopped => 503,
        }
    }

    /// A short word for counters.
    pub fn kind(self) -> &'static str {
        match self {
            Self::NotFound => "not_found",
            Self::NoTemplate => "no_template",
            Self::Unpublished => "unpublished",
            Self::Manifest => "manifest",
            Self::Upstream(error) => upstream_kind(error),
            Self::Signature(_) => "signature",
            Self::Unsigned => "unsigned",
            Self::Digest => "digest",
            Self::NoIndex => "no_index",
            Self::Store(_) => "store",
            Self::Busy => "busy",
            Self::Changed => "changed",
            Self::Stopped => "stopped",
        }
    }
}

fn upstream_kind(error: UpstreamError) -> &'static str {
    match error {
        UpstreamError::Dns => "dns",
        UpstreamError::Private => "private",
        UpstreamError::Connect => "connect",
        UpstreamError::Tls => "tls",
        UpstreamError::Timeout => "timeout",
        UpstreamError::Reset => "reset",
        UpstreamError::Protocol => "protocol",
        UpstreamError::Status(_) => "status",
        UpstreamError::Redirect => "redirect",
        UpstreamError::TooLarge => "too_large",
        UpstreamError::Length => "length",
        UpstreamError::Proxy(_) => "proxy",
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotFound => f.write_str("not found upstream"),
            Self::NoTemplate => {
                f.write_str("no entry of ZIG_PKG or ZIG_ARTIFACT is for that organisation")
            }
            Self::Unpublished => f.write_str("no such release is published here"),
            Self::Manifest => {
                f.write_str("the manifest of the release cannot be read; see zigdepot verify")
            }
            Self::Upstream(error) => write!(f, "upstream: {error}"),
            Self::Signature(error) => write!(f, "verification failed: {error}"),
            Self::Unsigned => {
                f.write_str("upstream has no signature for it, and no index knows its digest")
            }
            Self::Digest => {
                f.write_str("verification failed: the digest or size is not the index's")
            }
            Self::NoIndex => f.write_str("no index could be had from upstream yet"),
            Self::Store(error) => write!(f, "store: {error}"),
            Self::Busy => f.write_str("too much under way; ask again later"),
            Self::Changed => f.write_str("the file changed upstream"),
            Self::Stopped => f.write_str("the server stops"),
        }
    }
}

impl From<UpstreamError> for Failure {
    fn from(error: UpstreamError) -> Self {
        if matches!(error, UpstreamError::Status(404 | 410)) {
            Self::NotFound
        } else {
            Self::Upstream(error)
        }
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<SignatureError> for Failure {
    fn from(error: SignatureError) -> Self {
        Self::Signature(error)
    }
}
