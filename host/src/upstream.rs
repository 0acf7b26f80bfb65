//! What ways to upstreams have in common: name lookup, and errors between layers.

use core::net::IpAddr;
use std::io::{Error, ErrorKind, Result};
use std::net::ToSocketAddrs;

use zigdepot_core::app::failure::UpstreamError;
use zigdepot_core::drive::socket::Gone;

/// Asks the system for the addresses of a name; this waits.
pub fn lookup(host: &str) -> Result<Vec<IpAddr>> {
    let found = (host, 0).to_socket_addrs()?;
    Ok(found.map(|address| address.ip()).collect())
}

/// How a TLS stream is told that its socket is gone.
#[must_use]
pub fn error_of(gone: Gone) -> Error {
    match gone {
        Gone::TimedOut => ErrorKind::TimedOut.into(),
        Gone::Closed | Gone::Drained => ErrorKind::ConnectionReset.into(),
    }
}

/// What a TLS stream's error means for who reads or writes it.
#[must_use]
pub fn gone_of(error: &Error) -> Gone {
    if error.kind() == ErrorKind::TimedOut {
        Gone::TimedOut
    } else {
        Gone::Closed
    }
}

/// Why no connection was made.
#[must_use]
pub fn unconnected(gone: Gone) -> UpstreamError {
    match gone {
        Gone::TimedOut => UpstreamError::Timeout,
        Gone::Closed | Gone::Drained => UpstreamError::Connect,
    }
}

/// Why TLS was not agreed on.
#[must_use]
pub fn unsecured(error: &Error) -> UpstreamError {
    match gone_of(error) {
        Gone::TimedOut => UpstreamError::Timeout,
        Gone::Closed | Gone::Drained => UpstreamError::Tls,
    }
}
