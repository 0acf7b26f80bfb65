//! A request as the application sees it, whatever protocol brought it.

use core::net::{IpAddr, Ipv4Addr};

use crate::app::access::may_write;
use crate::app::client;
use crate::config::Config;
use crate::route::{Body, split_query};
use crate::wire::fields::{Fields, Method};

/// The body of a request, as far as anyone asked for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Upload<'a> {
    /// Nobody asked for it, or there is none.
    None,
    /// All of it, its transfer coding undone.
    Whole(&'a [u8]),
    /// It is longer than [`Request::body_wanted`]; what came of it was thrown away.
    TooLarge,
    /// There is no memory for it at the moment ([`BodyRoom`](super::memory::BodyRoom)).
    NoRoom,
    /// It broke off, or its framing is wrong. Hosts that end such a connection need not say so.
    Broken,
}

/// A request: its head, and the body if one is wanted.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    pub(super) method: Method,
    pub(super) target: &'a str,
    pub(super) path: &'a str,
    pub(super) query: Option<&'a str>,
    pub(super) fields: &'a Fields<'a>,
    pub(super) peer: Option<IpAddr>,
    pub(super) upload: Upload<'a>,
}

impl<'a> Request<'a> {
    /// A request for `target`, a path that begins with `/` and perhaps a query, undecoded as it
    /// was sent. `peer` is the address at the other end of the connection; requests of unknown
    /// peers share one place among the limits for clients.
    pub fn new(
        method: Method,
        target: &'a str,
        fields: &'a Fields<'a>,
        peer: Option<IpAddr>,
    ) -> Self {
        let (path, query) = split_query(target);
        Self {
            method,
            target,
            path,
            query,
            fields,
            peer,
            upload: Upload::None,
        }
    }

    /// Most bytes of its body that are wanted; with 0 the body is not to be read. A server reads
    /// no more than this, and hands what it read to [`Self::with_upload`].
    ///
    /// Nothing is wanted of a request that its head alone refuses: whoever may not write cannot
    /// make a server hold bodies.
    pub fn body_wanted(&self, config: &Config) -> usize {
        if self.method != Method::Post {
            return 0;
        }
        match Body::at(self.path) {
            Some(Body::Git) => config.limits.git_body_bytes,
            Some(Body::Document)
                if !self.is_coded() && may_write(config, self.fields, self.peer).is_ok() =>
            {
                config.limits.request_body_bytes
            }
            Some(Body::Document) | None => 0,
        }
    }

    /// Whether its body has a Content-Encoding; only those of Git's clients may.
    pub(super) fn is_coded(&self) -> bool {
        let coding = self.fields.content_encoding;
        coding.is_some_and(|coding| !coding.eq_ignore_ascii_case(b"identity"))
    }

    /// The same request with its body.
    #[must_use]
    pub fn with_upload(self, upload: Upload<'a>) -> Self {
        Self { upload, ..self }
    }

    pub(super) fn is_head(&self) -> bool {
        self.method == Method::Head
    }

    /// Whether a file may answer it.
    pub(super) fn reads(&self) -> bool {
        matches!(self.method, Method::Get | Method::Head)
    }

    /// The target, cut off where it is longer than any that is answered.
    pub(super) fn short_target(&self, config: &Config) -> &'a str {
        let most = self.target.floor_char_boundary(config.limits.target_bytes);
        self.target.get(..most).unwrap_or_default()
    }

    /// Who asks, as limits and logs see it.
    pub(super) fn client(&self, config: &Config) -> IpAddr {
        let peer = self.peer.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
        client::address(peer, self.fields, &config.trusted_proxies)
    }
}
