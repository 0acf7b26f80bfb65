//! Egress proxies for upstreams that the operator configured.
//!
//! `http` URLs are asked of the proxy in absolute form, `https` URLs through a CONNECT tunnel
//! (RFC 9110 section 9.3.6). It refuses SOCKS and proxies reached by TLS.

use alloc::format;
use alloc::string::String;

use super::value::NoProxy;
use crate::base64;
use crate::wire::url::{Scheme, Url};

/// One proxy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proxy {
    /// Where it listens.
    pub url: Url,
    /// The value of Proxy-Authorization, if the setting holds user and password.
    pub authorization: Option<String>,
}

impl Proxy {
    /// Reads `http://[user:password@]host:port`; an empty text means no proxy.
    #[expect(clippy::option_option, reason = "outer: readable; inner: a proxy")]
    pub(super) fn parse_setting(text: &str) -> Option<Option<Self>> {
        if text.is_empty() {
            return Some(None);
        }
        let rest = text.strip_prefix("http://")?;
        let (user, place) = match rest.rsplit_once('@') {
            Some((user, place)) => (Some(user), place),
            None => (None, rest),
        };
        let url = Url::parse(&format!("http://{place}")).ok()?;
        let authorization = user.map(|user| format!("Basic {}", base64::encode(user.as_bytes())));
        Some(Some(Self { url, authorization }))
    }
}

/// Which proxy serves which upstream.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proxies {
    /// For `https` upstreams.
    pub https: Option<Proxy>,
    /// For `http` upstreams.
    pub http: Option<Proxy>,
    /// Hosts reached without.
    pub direct: NoProxy,
}

impl Proxies {
    /// All proxies that are set.
    pub fn all(&self) -> impl Iterator<Item = &Proxy> {
        self.https.iter().chain(&self.http)
    }

    /// The proxy for `url`, if it is to be reached through one.
    pub fn for_url(&self, url: &Url) -> Option<&Proxy> {
        if self.direct.covers(url.host()) {
            return None;
        }
        match url.scheme() {
            Scheme::Http => self.http.as_ref(),
            Scheme::Https => self.https.as_ref(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn user_and_password_become_basic_authorization() {
        let proxy = Proxy::parse_setting("http://user:pa@ss@proxy:3128")
            .unwrap()
            .unwrap();
        assert_eq!(proxy.url.host(), "proxy");
        assert_eq!(
            proxy.authorization.as_deref(),
            Some("Basic dXNlcjpwYUBzcw==")
        );
    }

    #[test]
    fn only_plain_http_proxies_are_taken() {
        assert!(Proxy::parse_setting("https://proxy:3128").is_none());
        assert!(Proxy::parse_setting("proxy:3128").is_none());
        assert!(matches!(Proxy::parse_setting(""), Some(None)));
    }
}
