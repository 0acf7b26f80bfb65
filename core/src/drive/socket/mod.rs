//! HTTP/1.1 over sockets: for hosts that own connections.
//!
//! [`serve()`] lives with one client connection and [`ask`] with one upstream connection; both work
//! on the traits here, which a host implements on its sockets. Nothing here knows a route.

pub mod ask;
mod intake;
mod send;
mod serve;

use alloc::vec::Vec;
use core::net::{IpAddr, SocketAddr};

use crate::app::failure::UpstreamError;
use crate::time::Instant;

pub use serve::serve;

/// Why a connection can't be read or written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gone {
    /// The peer closed or reset it.
    Closed,
    /// The deadline passed.
    TimedOut,
    /// The server stops, and nothing was under way here.
    Drained,
}

/// How long to wait on a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// Until then.
    pub until: Instant,
    /// Whether a stopping server ends the wait.
    pub idle: bool,
}

/// A byte stream.
pub trait Stream {
    /// Reads at least one byte; 0 is the peer's end.
    async fn recv(&mut self, into: &mut [u8], patience: Patience) -> Result<usize, Gone>;
    /// Writes at least one byte; `more` says that more follows at once.
    async fn send(&mut self, bytes: &[u8], more: bool, until: Instant) -> Result<usize, Gone>;
}

/// A client's connection.
pub trait Client: Stream {
    /// What [`Store::File`](super::host::Store::File) is here.
    type File;

    /// Sends at least one byte of a file range, by sendfile where that works.
    async fn send_file(
        &mut self,
        file: &Self::File,
        offset: u64,
        len: u64,
        until: Instant,
    ) -> Result<u64, Gone>;
    /// Ends our side, while the client's bytes can still be read.
    fn finish(&mut self);
    /// Makes the connection end with a reset, so that a cut body is not taken for a whole one.
    fn abort(&mut self);
}

/// The way to upstreams.
pub trait Network {
    /// A connection to an upstream or proxy.
    type Upstream: Stream;

    /// The addresses of a host name.
    async fn resolve(&self, host: &str, until: Instant) -> Result<Vec<IpAddr>, UpstreamError>;
    /// Connects to exactly this address.
    async fn connect(
        &self,
        address: SocketAddr,
        until: Instant,
    ) -> Result<Self::Upstream, UpstreamError>;
    /// Puts TLS on a connection and checks the certificate against `name`.
    async fn secure(
        &self,
        conn: Self::Upstream,
        name: &str,
        until: Instant,
    ) -> Result<Self::Upstream, UpstreamError>;
}
