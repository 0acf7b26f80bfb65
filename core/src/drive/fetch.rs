//! One request to an upstream: proxy, address, connection, TLS, redirects, head, body.
//!
//! Each hop of a redirect is checked anew. It refuses to retry; the fill decides that.

use alloc::string::String;
use alloc::vec::Vec;
use core::net::SocketAddr;

use super::host::{Gone, Host, Patience, Stream};
use crate::app::egress;
use crate::app::failure::UpstreamError;
use crate::config::{LogLevel, Proxy};
use crate::time::Instant;
use crate::wire::body::BodyReader;
use crate::wire::client::{Get, ResponseHead, Resume, parse_response, write_connect, write_get};
use crate::wire::head::HeadLimits;
use crate::wire::url::{Scheme, Url};

/// How we name ourselves to upstreams.
pub const USER_AGENT: &str = concat!("zigdepot/", env!("CARGO_PKG_VERSION"));

const CHUNK: usize = 128 << 10;

/// Reads of fewer bytes are followed by a short wait,
const GATHER: usize = 64 << 10;
/// once so many bytes have come.
const GATHER_AFTER: u64 = 256 << 10;

/// An upstream's answer, its body still to be read.
pub(super) struct Response<U> {
    /// The head.
    pub head: ResponseHead,
    conn: U,
    body: BodyReader,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    received: u64,
    last: usize,
}

/// What a request says beside its URL.
#[derive(Clone, Copy, Default)]
pub(super) struct Ask<'a> {
    /// Go on with a download that broke.
    pub(super) resume: Option<Resume<'a>>,
    /// Only if it is not this any more.
    pub(super) if_none_match: Option<&'a str>,
    /// Only if it is newer.
    pub(super) if_modified_since: Option<&'a str>,
}

/// Asks for `url`, follows redirects, and returns the first answer that is none.
pub(super) async fn get<H: Host>(
    host: &H,
    url: &Url,
    conditions: Ask<'_>,
) -> Result<Response<H::Upstream>, UpstreamError> {
    let mut url = url.clone();
    for _ in 0..=host.config().limits.redirects {
        let response = ask(host, &url, conditions).await?;
        if !matches!(response.head.status, 301 | 302 | 303 | 307 | 308) {
            return Ok(response);
        }
        let location = response
            .head
            .location
            .as_deref()
            .ok_or(UpstreamError::Redirect)?;
        url = url.join(location).map_err(|_| UpstreamError::Redirect)?;
        host.log(LogLevel::Debug, format_args!("upstream redirects to {url}"));
    }
    Err(UpstreamError::Redirect)
}

async fn ask<H: Host>(
    host: &H,
    url: &Url,
    conditions: Ask<'_>,
) -> Result<Response<H::Upstream>, UpstreamError> {
    let proxy = host.config().proxies.for_url(url).cloned();
    let mut conn = connect(host, url, proxy.as_ref()).await?;
    let plain_proxy = proxy.as_ref().filter(|_| url.scheme() == Scheme::Http);
    let mut request = Vec::new();
    write_get(
        &mut request,
        &Get {
            url,
            absolute_form: plain_proxy.is_some(),
            proxy_authorization: plain_proxy.and_then(|proxy| proxy.authorization.as_deref()),
            user_agent: USER_AGENT,
            accept: "*/*",
            resume: conditions.resume,
            if_none_match: conditions.if_none_match,
            if_modified_since: conditions.if_modified_since,
            keep_alive: false,
        },
    );
    send_all(host, &mut conn, &request).await?;
    read_head(host, conn).await
}

/// Opens a connection on which `url`'s server can be asked.
async fn connect<H: Host>(
    host: &H,
    url: &Url,
    proxy: Option<&Proxy>,
) -> Result<H::Upstream, UpstreamError> {
    let until = deadline(host, host.config().limits.connect_wait);
    let Some(proxy) = proxy else {
        let conn = dial(host, url, url, until).await?;
        return secure(host, url, conn, until).await;
    };
    if !host.config().is_operators(url) && !may_be_named_to_proxy(host, url) {
        return Err(UpstreamError::Private);
    }
    let mut conn = dial(host, &proxy.url, &proxy.url, until).await?;
    if url.scheme() == Scheme::Https {
        conn = tunnel(host, url, proxy, conn).await?;
    }
    secure(host, url, conn, until).await
}

/// A proxy resolves names itself, so a host that the operator did not name is asked for only if
/// it is listed.
fn may_be_named_to_proxy<H: Host>(host: &H, url: &Url) -> bool {
    match &host.config().allow_private {
        crate::config::AllowPrivate::No => false,
        crate::config::AllowPrivate::Any => true,
        crate::config::AllowPrivate::Listed(places) => {
            places.has_host(url.host()) || url.host_ip().is_some_and(|ip| places.has_address(ip))
        }
    }
}

async fn secure<H: Host>(
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
async fn dial<H: Host>(
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
async fn tunnel<H: Host>(
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

async fn read_head<H: Host>(
    host: &H,
    mut conn: H::Upstream,
) -> Result<Response<H::Upstream>, UpstreamError> {
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
            return Ok(Response {
                head,
                conn,
                body,
                buffer,
                start,
                end,
                received: 0,
                last: 0,
            });
        }
    }
}

impl<U: Stream> Response<U> {
    /// The next bytes of the body; `None` at its proper end.
    pub(super) async fn next<H: Host<Upstream = U>>(
        &mut self,
        host: &H,
    ) -> Result<Option<&[u8]>, UpstreamError> {
        loop {
            if self.body.is_finished() {
                return Ok(None);
            }
            let input = self.buffer.get(self.start..self.end).unwrap_or_default();
            let decoded = self
                .body
                .decode(input)
                .map_err(|_| UpstreamError::Protocol)?;
            let base = self.start;
            self.start += decoded.used;
            if !decoded.data.is_empty() {
                let data = base + decoded.data.start..base + decoded.data.end;
                return Ok(self.buffer.get(data));
            }
            if decoded.used == 0 && !self.body.is_finished() {
                self.refill(host).await?;
            }
        }
    }

    async fn refill<H: Host<Upstream = U>>(&mut self, host: &H) -> Result<(), UpstreamError> {
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

async fn send_all<H: Host>(
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

async fn recv<H: Host>(
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

/// An owned validator of the answer whose body is being stored, for a resume.
pub(super) fn validator(head: &ResponseHead) -> Option<String> {
    head.strong_validator().map(Into::into)
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
