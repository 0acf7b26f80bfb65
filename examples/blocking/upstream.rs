//! The way to upstreams: the core speaks HTTP/1.1 over whatever carries bytes, here `TcpStream`.

use std::future::poll_fn;
use std::io::{self, Read, Write};
use std::net::{IpAddr, SocketAddr, TcpStream, ToSocketAddrs};
use std::task::Poll;
use std::time::Duration;

use zigdepot_core::app::failure::UpstreamError;
use zigdepot_core::drive::host::{Ask, Fetch, Host};
use zigdepot_core::drive::socket::ask::{self, Incoming};
use zigdepot_core::drive::socket::{Gone, Network, Patience, Stream};
use zigdepot_core::time::Instant;
use zigdepot_core::wire::client::ResponseHead;
use zigdepot_core::wire::url::Url;

use super::{ALARM, Threads};

const MOMENT: Duration = Duration::from_millis(20);

/// A connection to an upstream.
pub(crate) struct Line(TcpStream, Threads);

impl Line {
    /// What is left of the wait, at most `most`; zero would be for ever.
    fn wait(&self, until: Instant, most: Duration) -> Duration {
        let left = until.since(self.1.now().instant);
        left.clamp(Duration::from_millis(1), most)
    }
}

impl Stream for Line {
    /// Blocks for a moment at a time, so that what races with it gets its turn.
    async fn recv(&mut self, into: &mut [u8], patience: Patience) -> Result<usize, Gone> {
        poll_fn(|_| {
            let moment = self.wait(patience.until, MOMENT);
            let read = self.0.set_read_timeout(Some(moment));
            let read = read.and_then(|()| self.0.read(into));
            match read.map_err(|error| gone(&error)) {
                Err(Gone::TimedOut) if self.1.now().instant < patience.until => {
                    ALARM.set(Duration::ZERO);
                    Poll::Pending
                }
                other => Poll::Ready(other),
            }
        })
        .await
    }

    async fn send(&mut self, bytes: &[u8], _: bool, until: Instant) -> Result<usize, Gone> {
        self.0
            .set_write_timeout(Some(self.wait(until, Duration::MAX)))
            .map_err(|error| gone(&error))?;
        self.0.write(bytes).map_err(|error| gone(&error))
    }
}

fn gone(error: &io::Error) -> Gone {
    let timed_out = [io::ErrorKind::WouldBlock, io::ErrorKind::TimedOut];
    if timed_out.contains(&error.kind()) {
        Gone::TimedOut
    } else {
        Gone::Closed
    }
}

impl Network for Threads {
    type Upstream = Line;

    async fn resolve(&self, host: &str, _: Instant) -> Result<Vec<IpAddr>, UpstreamError> {
        let found = (host, 0)
            .to_socket_addrs()
            .map_err(|_| UpstreamError::Dns)?;
        Ok(found.map(|address| address.ip()).collect())
    }

    async fn connect(&self, address: SocketAddr, until: Instant) -> Result<Line, UpstreamError> {
        let wait = until
            .since(self.now().instant)
            .max(Duration::from_millis(1));
        let stream = TcpStream::connect_timeout(&address, wait);
        let stream = stream.map_err(|_| UpstreamError::Connect)?;
        Ok(Line(stream, self.clone()))
    }

    async fn secure(&self, _: Line, _: &str, _: Instant) -> Result<Line, UpstreamError> {
        Err(UpstreamError::Tls)
    }
}

impl Fetch for Threads {
    type Incoming = Incoming<Line>;

    async fn fetch(
        &self,
        url: &Url,
        ask: Ask<'_>,
    ) -> Result<(ResponseHead, Incoming<Line>), UpstreamError> {
        ask::fetch(self, url, ask).await
    }

    async fn next<'a>(
        &self,
        body: &'a mut Incoming<Line>,
    ) -> Result<Option<&'a [u8]>, UpstreamError> {
        ask::next(self, body).await
    }
}
