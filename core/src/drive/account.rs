//! What is remembered of a request: the counts, and one log line.

use core::fmt::{self, Write};
use core::net::IpAddr;

use super::host::Host;
use super::reply::Reply;
use super::request::Request;
use crate::app::stats::{CacheState, RouteKind};
use crate::config::LogLevel;
use crate::route::{source, split_query};
use crate::time::Instant;
use crate::wire::fields::Method;

/// How an answer went.
#[derive(Clone, Copy, Debug)]
pub(super) struct Done {
    pub route: RouteKind,
    pub status: u16,
    pub cache: CacheState,
    pub bytes: u64,
    /// The whole answer was sent.
    pub complete: bool,
}

impl Done {
    /// An answer of which nothing is sent yet.
    pub(super) fn of<H: Host>(reply: &Reply<H>) -> Self {
        Self {
            route: reply.route,
            status: reply.head.status(),
            cache: reply.cache,
            bytes: 0,
            complete: true,
        }
    }

    /// It breaks off.
    pub(super) fn cut(self) -> Self {
        Self {
            complete: false,
            ..self
        }
    }

    /// The client went away before the end.
    fn gone() -> Self {
        Self {
            route: RouteKind::Unknown,
            status: 499,
            cache: CacheState::None,
            bytes: 0,
            complete: false,
        }
    }
}

/// Counts and logs a request; `None` if its client went away.
pub(super) fn note<H: Host>(host: &H, request: &Request<'_>, started: Instant, done: Option<Done>) {
    let done = done.unwrap_or_else(Done::gone);
    count(host, request.query, done);
    if host.logs(LogLevel::Info) {
        let client = request.client(host.config());
        log(
            host,
            (client, request.method, request.target),
            started,
            done,
        );
    }
}

/// The same, of a request whose fields are gone.
pub(super) fn note_later<H: Host>(
    host: &H,
    asked: (IpAddr, Method, &str),
    started: Instant,
    done: Option<Done>,
) {
    let done = done.unwrap_or_else(Done::gone);
    count(host, split_query(asked.2).1, done);
    if host.logs(LogLevel::Info) {
        log(host, asked, started, done);
    }
}

fn count<H: Host>(host: &H, query: Option<&str>, done: Done) {
    let cap = host.config().limits.sources;
    host.with_desk(|desk| {
        desk.stats
            .count(done.route, done.status, done.cache, done.bytes);
        if let Some(label) = query.and_then(|query| source(Some(query))) {
            desk.stats.count_source(label, cap);
        }
    });
}

fn log<H: Host>(
    host: &H,
    (client, method, target): (IpAddr, Method, &str),
    started: Instant,
    done: Done,
) {
    let millis = host.now().instant.since(started).as_millis();
    let (method, target) = (name(method), Printable(target));
    let (route, cache) = (done.route.label(), done.cache.label());
    let (status, bytes) = (done.status, done.bytes);
    let cut = if done.complete { "" } else { " cut" };
    host.log(
        LogLevel::Info,
        format_args!(
            "{client} {method} {target} {status} {bytes}B {millis}ms {route} {cache}{cut}"
        ),
    );
}

/// A target as it may stand in a log: what is not ASCII is percent-encoded, since a terminal obeys
/// some of it (U+009B begins an escape sequence) and a viewer takes some for a line end (U+0085).
struct Printable<'a>(&'a str);

impl fmt::Display for Printable<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for byte in self.0.bytes() {
            if byte.is_ascii_graphic() {
                f.write_char(char::from(byte))?;
            } else {
                write!(f, "%{byte:02X}")?;
            }
        }
        Ok(())
    }
}

fn name(method: Method) -> &'static str {
    match method {
        Method::Get => "GET",
        Method::Head => "HEAD",
        Method::Post => "POST",
        Method::Other => "OTHER",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn log_line_has_nothing_that_a_terminal_obeys() {
        let target = "/zig/a+b?x=%41\u{9b}31m\u{85}\u{202e}";
        let printed = alloc::format!("{}", Printable(target));
        assert_eq!(printed, "/zig/a+b?x=%41%C2%9B31m%C2%85%E2%80%AE");
    }
}
