//! A request as the application sees it, whatever protocol brought it.

use core::net::{IpAddr, Ipv4Addr};

use crate::app::client;
use crate::config::Config;
use crate::route::split_query;
use crate::wire::fields::{Fields, Method};

/// The head of a request; its body, if there is one, is not looked at.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    pub(super) method: Method,
    pub(super) target: &'a str,
    pub(super) path: &'a str,
    pub(super) query: Option<&'a str>,
    pub(super) fields: &'a Fields<'a>,
    pub(super) peer: IpAddr,
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
            peer: peer.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED)),
        }
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
        client::address(self.peer, self.fields, &config.trusted_proxies)
    }
}
