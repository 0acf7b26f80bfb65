//! The way to upstreams: names, connections, TLS.

use core::future::poll_fn;
use core::net::{IpAddr, SocketAddr};
use core::pin::Pin;
use std::sync::Arc;

use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::timeout_at;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use zigdepot_core::app::failure::UpstreamError;
use zigdepot_core::drive::socket::{Gone, Network, Patience, Stream};
use zigdepot_core::time::Instant;
use zigdepot_host::upstream::{gone_of, lookup, unconnected, unsecured};

use crate::socket::Socket;
use crate::worker::Worker;

/// A connection to an upstream.
pub enum Upstream {
    /// Plain TCP.
    Plain(Socket),
    /// TLS over TCP.
    Tls(Box<TlsStream<Socket>>),
}

impl Stream for Upstream {
    async fn recv(&mut self, into: &mut [u8], patience: Patience) -> Result<usize, Gone> {
        match self {
            Self::Plain(socket) => socket.recv(into, patience).await,
            Self::Tls(stream) => {
                stream.get_mut().0.set_patience(patience);
                let mut into = ReadBuf::new(into);
                let read = poll_fn(|cx| Pin::new(&mut *stream).poll_read(cx, &mut into)).await;
                read.map_err(|error| gone_of(&error))?;
                Ok(into.filled().len())
            }
        }
    }

    async fn send(&mut self, bytes: &[u8], more: bool, until: Instant) -> Result<usize, Gone> {
        match self {
            Self::Plain(socket) => socket.send(bytes, more, until).await,
            Self::Tls(stream) => {
                stream
                    .get_mut()
                    .0
                    .set_patience(Patience { until, idle: false });
                let sent = poll_fn(|cx| Pin::new(&mut *stream).poll_write(cx, bytes)).await;
                let sent = sent.map_err(|error| gone_of(&error))?;
                let flushed = poll_fn(|cx| Pin::new(&mut *stream).poll_flush(cx)).await;
                flushed.map_err(|error| gone_of(&error))?;
                Ok(sent)
            }
        }
    }
}

impl Network for Worker {
    type Upstream = Upstream;

    async fn resolve(&self, host: &str, until: Instant) -> Result<Vec<IpAddr>, UpstreamError> {
        let host = host.to_owned();
        let lookup = self.runtime().spawn_blocking(move || lookup(&host));
        let found = match self.at(until) {
            Some(at) => timeout_at(at, lookup).await.ok(),
            None => Some(lookup.await),
        };
        found
            .and_then(Result::ok)
            .and_then(Result::ok)
            .ok_or(UpstreamError::Dns)
    }

    async fn connect(
        &self,
        address: SocketAddr,
        until: Instant,
    ) -> Result<Upstream, UpstreamError> {
        let socket = Socket::connect(address, self.clone(), until).await;
        socket.map(Upstream::Plain).map_err(unconnected)
    }

    async fn secure(
        &self,
        conn: Upstream,
        name: &str,
        until: Instant,
    ) -> Result<Upstream, UpstreamError> {
        let Upstream::Plain(mut socket) = conn else {
            return Err(UpstreamError::Tls);
        };
        socket.set_patience(Patience { until, idle: false });
        let name = ServerName::try_from(name.to_owned()).map_err(|_| UpstreamError::Tls)?;
        let connector = TlsConnector::from(Arc::clone(&self.shared().tls));
        let stream = connector.connect(name, socket).await;
        let stream = stream.map_err(|error| unsecured(&error))?;
        Ok(Upstream::Tls(Box::new(stream)))
    }
}
