//! The way to upstreams: names, connections, TLS.

use core::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use futures_lite::{AsyncReadExt, AsyncWriteExt};
use futures_rustls::TlsConnector;
use futures_rustls::client::TlsStream;
use rustls::pki_types::ServerName;
use zigdepot_core::app::failure::UpstreamError;
use zigdepot_core::drive::socket::{Gone, Network, Patience, Stream};
use zigdepot_core::time::Instant;
use zigdepot_host::upstream::{gone_of, lookup, unconnected, unsecured};

use crate::socket::Socket;
use crate::worker::Worker;

/// A connection to an upstream.
#[derive(Debug)]
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
                stream.read(into).await.map_err(|error| gone_of(&error))
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
                let sent = stream.write(bytes).await.map_err(|error| gone_of(&error))?;
                stream.flush().await.map_err(|error| gone_of(&error))?;
                Ok(sent)
            }
        }
    }
}

impl Network for Worker {
    type Upstream = Upstream;

    async fn resolve(&self, host: &str, until: Instant) -> Result<Vec<IpAddr>, UpstreamError> {
        let host = host.to_owned();
        let lookup = blocking::unblock(move || lookup(&host));
        let timeout = async {
            self.reactor().sleep(until).await;
            Err(std::io::ErrorKind::TimedOut.into())
        };
        futures_lite::future::or(lookup, timeout)
            .await
            .map_err(|_| UpstreamError::Dns)
    }

    async fn connect(
        &self,
        address: SocketAddr,
        until: Instant,
    ) -> Result<Upstream, UpstreamError> {
        let socket = Socket::connect(address, self.reactor().clone(), until).await;
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
