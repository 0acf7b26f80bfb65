//! One request to an upstream over a socket: proxy, address, connection, TLS, head, body.
//!
//! It refuses to follow redirects, and to retry: those who ask decide that.

use alloc::vec::Vec;
use core::net::SocketAddr;
use core::ops::Range;

use super::{Gone, Network, Patience, Stream};
use crate::app::egress;
use crate::app::failure::UpstreamError;
use crate::config::Proxy;
use crate::drive::fetch::USER_AGENT;
use crate::drive::host::{Ask, Host};
use crate::time::Instant;
use crate::wire::body::BodyReader;
use crate::wire::client::{Request, ResponseHead, parse_response, write_connect, write_request};
use crate::wire::head::HeadLimits;
use crate::wire::url::{Scheme, Url};

const CHUNK: usize = 128 << 10;

/// Reads of fewer bytes are followed by a short wait,
const GATHER: usize = 64 << 10;
/// once so many bytes have come.
const GATHER_AFTER: u64 = 256 << 10;

/// The body of an upstream's answer, still to be read from its connection.
#[derive(Debug)]
pub struct Incoming<U> {
    conn: U,
    body: BodyReader,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    is_drained: bool,
    received: u64,
    last: usize,
}

/// Asks for `url`: [`Fetch::fetch`](crate::drive::host::Fetch::fetch) of a host with sockets.
pub async fn fetch<H: Host + Network>(
    host: &H,
    url: &Url,
    ask: Ask<'_>,
) -> Result<(ResponseHead, Incoming<H::Upstream>), UpstreamError> {
    let proxy = host.config().proxies.for_url(url).cloned();
    let mut conn = connect(host, url, proxy.as_ref()).await?;
    let plain_proxy = proxy.as_ref().filter(|_| url.scheme() == Scheme::Http);
    let mut request = Vec::new();
    write_request(
        &mut request,
        &Request {
            absolute_form: plain_proxy.is_some(),
            proxy_authorization: plain_proxy.and_then(|proxy| proxy.authorization.as_deref()),
            ..ask.of(url)
        },
    );
    send_all(host, &mut conn, &request).await?;
    read_head(host, conn).await
}

/// Opens a connection on which `url`'s server can be asked.
async fn connect<H: Host + Network>(
    host: &H,
    url: &Url,
    proxy: Option<&Proxy>,
) -> Result<H::Upstream, UpstreamError> {
    let until = deadline(host, host.config().limits.connect_wait);
    let Some(proxy) = proxy else {
        let conn = dial(host, url, url, until).await?;
        return secure(host, url, conn, until).await;
    };
    if !egress::may_be_named(host.config(), url) {
        return Err(UpstreamError::Private);
    }
    let mut conn = dial(host, &proxy.url, &proxy.url, until).await?;
    if url.scheme() == Scheme::Https {
        conn = tunnel(host, url, proxy, conn).await?;
    }
    secure(host, url, conn, until).await
}

async fn secure<H: Host + Network>(
    host: &H,
    url: &Url,
    conn: H::Upstream,
    until: Instant,
) -> Result<H::Upstream, UpstreamError> {
    match url.scheme() {
        Scheme::Http => Ok(conn),
        Scheme::Https => host.secure(conn, url.host(), until).await,
    }
}

/// Connects to the first address of `to`'s host that accepts and that `for_url` may have.
async fn dial<H: Host + Network>(
    host: &H,
    to: &Url,
    for_url: &Url,
    until: Instant,
) -> Result<H::Upstream, UpstreamError> {
    let is_proxy = host.config().proxies.all().any(|proxy| proxy.url == *to);
    let addresses = match to.host_ip() {
        Some(ip) => alloc::vec![ip],
        None => host.resolve(to.host(), until).await?,
    };
    let mut error = UpstreamError::Dns;
    let mut left = addresses.len();
    for ip in addresses {
        let until = share(host.now().instant, until, left);
        left -= 1;
        if !is_proxy && !egress::allows(host.config(), for_url, ip) {
            error = UpstreamError::Private;
            continue;
        }
        match host.connect(SocketAddr::new(ip, to.port()), until).await {
            Ok(conn) => return Ok(conn),
            Err(refused) => error = refused,
        }
    }
    Err(error)
}

/// The deadline for the next of `left` addresses, so that one that swallows packets (a broken IPv6
/// route) leaves time for the others.
fn share(now: Instant, until: Instant, left: usize) -> Instant {
    let left = u32::try_from(left.max(1)).unwrap_or(u32::MAX);
    now + until.since(now) / left
}

/// RFC 9110 section 9.3.6: from a 2xx on, the connection is the tunnel.
async fn tunnel<H: Host + Network>(
    host: &H,
    url: &Url,
    proxy: &Proxy,
    mut conn: H::Upstream,
) -> Result<H::Upstream, UpstreamError> {
    let mut request = Vec::new();
    write_connect(
        &mut request,
        url.host(),
        url.port(),
        proxy.authorization.as_deref(),
        USER_AGENT,
    );
    send_all(host, &mut conn, &request).await?;
    let limits = HeadLimits::default();
    let mut buffer = Vec::new();
    // One byte at a time, so that nothing of the tunnel's own bytes is taken.
    while !buffer.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        recv(host, &mut conn, &mut byte).await?;
        buffer.extend_from_slice(&byte);
        if buffer.len() > limits.head {
            return Err(UpstreamError::Protocol);
        }
    }
    let parsed = parse_response(&buffer, true, &limits).map_err(|_| UpstreamError::Protocol)?;
    match parsed.map(|(head, _)| head.status) {
        Some(200..=299) => Ok(conn),
        Some(status) => Err(UpstreamError::Proxy(status)),
        None => Err(UpstreamError::Protocol),
    }
}

async fn read_head<H: Host + Network>(
    host: &H,
    mut conn: H::Upstream,
) -> Result<(ResponseHead, Incoming<H::Upstream>), UpstreamError> {
    let limits = HeadLimits::default();
    let mut buffer = alloc::vec![0; CHUNK];
    let mut end = 0;
    loop {
        let rest = buffer
            .get_mut(end..)
            .filter(|rest| !rest.is_empty())
            .ok_or(UpstreamError::Protocol)?;
        end += recv(host, &mut conn, rest).await?;
        let seen = buffer.get(..end).unwrap_or_default();
        let parsed = parse_response(seen, false, &limits).map_err(|_| UpstreamError::Protocol)?;
        if let Some((head, start)) = parsed {
            let body = BodyReader::new(head.body);
            let incoming = Incoming {
                conn,
                body,
                buffer,
                start,
                end,
                is_drained: false,
                received: 0,
                last: 0,
            };
            return Ok((head, incoming));
        }
    }
}

/// The next bytes of a body: [`Fetch::next`](crate::drive::host::Fetch::next) of a host with
/// sockets.
pub async fn next<'a, H: Host, U: Stream>(
    host: &H,
    incoming: &'a mut Incoming<U>,
) -> Result<Option<&'a [u8]>, UpstreamError> {
    loop {
        if incoming.body.is_finished() {
            return Ok(None);
        }
        if let Some(data) = incoming.decode()? {
            return Ok(incoming.buffer.get(data));
        }
        if incoming.is_drained && !incoming.body.is_finished() {
            incoming.refill(host).await?;
        }
    }
}

impl<U: Stream> Incoming<U> {
    /// Where the next bytes lie in the buffer, if there are any.
    fn decode(&mut self) -> Result<Option<Range<usize>>, UpstreamError> {
        let input = self.buffer.get(self.start..self.end).unwrap_or_default();
        let decoded = self
            .body
            .decode(input)
            .map_err(|_| UpstreamError::Protocol)?;
        let base = self.start;
        self.start += decoded.used;
        self.is_drained = decoded.used == 0;
        let data = base + decoded.data.start..base + decoded.data.end;
        Ok((!data.is_empty()).then_some(data))
    }

    async fn refill<H: Host>(&mut self, host: &H) -> Result<(), UpstreamError> {
        self.buffer.copy_within(self.start..self.end, 0);
        self.end -= self.start;
        self.start = 0;
        let rest = self
            .buffer
            .get_mut(self.end..)
            .filter(|rest| !rest.is_empty())
            .ok_or(UpstreamError::Protocol)?;
        if self.received > GATHER_AFTER && self.last < GATHER {
            // A slow stream is taken in larger pieces, for each piece costs as many steps as a
            // large one. The first bytes never wait.
            host.sleep(host.now().instant + host.config().limits.gather_wait)
                .await;
        }
        match self.conn.recv(rest, patience(host)).await {
            Ok(0) => self.body.handle_eof().map_err(|_| UpstreamError::Reset),
            Ok(n) => {
                self.end += n;
                self.last = n;
                self.received += u64::try_from(n).unwrap_or(u64::MAX);
                Ok(())
            }
            Err(gone) => Err(trouble(gone)),
        }
    }
}

async fn send_all<H: Host + Network>(
    host: &H,
    conn: &mut H::Upstream,
    mut bytes: &[u8],
) -> Result<(), UpstreamError> {
    while !bytes.is_empty() {
        let sent = conn
            .send(bytes, false, patience(host).until)
            .await
            .map_err(trouble)?;
        bytes = bytes.get(sent..).unwrap_or_default();
    }
    Ok(())
}

async fn recv<H: Host + Network>(
    host: &H,
    conn: &mut H::Upstream,
    into: &mut [u8],
) -> Result<usize, UpstreamError> {
    match conn.recv(into, patience(host)).await {
        Ok(0) => Err(UpstreamError::Reset),
        Ok(n) => Ok(n),
        Err(gone) => Err(trouble(gone)),
    }
}

fn patience<H: Host>(host: &H) -> Patience {
    Patience {
        until: deadline(host, host.config().limits.upstream_wait),
        idle: false,
    }
}

fn deadline<H: Host>(host: &H, wait: core::time::Duration) -> Instant {
    host.now().instant + wait
}

fn trouble(gone: Gone) -> UpstreamError {
    match gone {
        Gone::TimedOut => UpstreamError::Timeout,
        Gone::Closed | Gone::Drained => UpstreamError::Reset,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silent_address_leaves_time_for_the_next() {
        let until = Instant(10_000);
        assert_eq!(share(Instant(0), until, 2), Instant(5_000));
        assert_eq!(share(Instant(5_000), until, 1), until);
        assert_eq!(share(Instant(11_000), until, 1), Instant(11_000));
    }
}
