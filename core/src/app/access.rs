//! Who may write: requests that bring packages, or that say how they are brought.
//!
//! With `API_TOKEN` a request must show it as a bearer token (RFC 6750). Without one only this
//! machine's own requests may write, and only where nobody else can make one: the server is known by
//! a loopback name, the peer is loopback, and no page of a browser and no proxy had a hand in it.
//! Reading is never refused here.

use core::net::IpAddr;

use super::answer::Answer;
use crate::config::{Config, Token};
use crate::registry::documents::error_document;
use crate::wire::fields::Fields;
use crate::wire::url::Url;

/// Why a request may not write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Denied {
    /// It shows no token.
    NoToken,
    /// It shows another token.
    WrongToken,
    /// There is no token, and it does not come from this machine alone.
    NotLocal,
}

impl Denied {
    /// The answer.
    pub fn answer(self) -> Answer {
        match self {
            Self::NoToken => Answer {
                challenges: true,
                ..failed(401, "show API_TOKEN: Authorization: Bearer <token>")
            },
            Self::WrongToken => failed(403, "that is not API_TOKEN"),
            Self::NotLocal => failed(
                403,
                "set API_TOKEN: without it only requests from this machine to a loopback name may write",
            ),
        }
    }
}

fn failed(status: u16, line: &str) -> Answer {
    Answer::json(status, error_document(line))
}

/// Whether a request with these fields from this peer may write.
pub fn may_write(config: &Config, fields: &Fields<'_>, peer: Option<IpAddr>) -> Result<(), Denied> {
    match &config.registry.token {
        Some(token) => shows(token, fields.authorization),
        None if is_local(config, fields, peer) => Ok(()),
        None => Err(Denied::NotLocal),
    }
}

fn shows(token: &Token, authorization: Option<&[u8]>) -> Result<(), Denied> {
    let value = authorization.ok_or(Denied::NoToken)?;
    let (scheme, shown) = value.split_at_checked(7).ok_or(Denied::WrongToken)?;
    let is_bearer = scheme.eq_ignore_ascii_case(b"Bearer ");
    if is_bearer && token.is(shown.trim_ascii()) {
        Ok(())
    } else {
        Err(Denied::WrongToken)
    }
}

fn is_local(config: &Config, fields: &Fields<'_>, peer: Option<IpAddr>) -> bool {
    let base = config.base_url.as_deref().map(Url::parse);
    let base_is_local = match base {
        None => true,
        Some(url) => url.is_ok_and(|url| is_loopback_host(url.host())),
    };
    let came_directly = fields.origin.is_none() && !fields.via_proxy;
    let host = fields.host.and_then(host_of);
    base_is_local
        && came_directly
        && peer.is_some_and(is_loopback)
        && host.is_some_and(|host| is_loopback_host(&host))
}

/// The host of a Host field.
fn host_of(value: &[u8]) -> Option<alloc::string::String> {
    let text = core::str::from_utf8(value).ok()?;
    let url = Url::parse(&alloc::format!("http://{text}/")).ok()?;
    Some(url.host().into())
}

fn is_loopback_host(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost") || host.parse().is_ok_and(is_loopback)
}

fn is_loopback(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => v4.is_loopback(),
        IpAddr::V6(v6) => match v6.to_ipv4_mapped() {
            Some(v4) => v4.is_loopback(),
            None => v6.is_loopback(),
        },
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::String;

    use super::*;
    use crate::config::Given;

    const LOOPBACK: Option<IpAddr> = Some(IpAddr::V4(core::net::Ipv4Addr::LOCALHOST));

    fn config(given: &[(&str, &str)]) -> Config {
        let own = |(name, value): &(&str, &str)| (String::from(*name), String::from(*value));
        Config::parse(&given.iter().map(own).collect::<Given>()).unwrap()
    }

    fn fields<'a>(lines: &[(&str, &'a str)]) -> Fields<'a> {
        let mut fields = Fields::default();
        for (name, value) in lines {
            fields.set(name, value.as_bytes());
        }
        fields
    }

    fn local<'a>() -> Fields<'a> {
        fields(&[("host", "localhost:8080")])
    }

    #[test]
    fn with_a_token_only_the_token_counts() {
        let config = config(&[("API_TOKEN", "secret")]);
        let ask = |value: &str| {
            let lines = fields(&[("authorization", value)]);
            may_write(&config, &lines, None)
        };
        assert_eq!(may_write(&config, &local(), LOOPBACK), Err(Denied::NoToken));
        assert_eq!(ask("Bearer secret"), Ok(()));
        assert_eq!(ask("bearer  secret "), Ok(()));
        for wrong in ["Bearer wrong", "Basic secret", "secret", "", "Bearer "] {
            assert_eq!(ask(wrong), Err(Denied::WrongToken), "{wrong}");
        }
    }

    #[test]
    fn without_a_token_only_this_machine_writes() {
        let open = config(&[]);
        for host in [
            "localhost",
            "LOCALHOST:8080",
            "127.0.0.1:80",
            "[::1]:80",
            "127.9.9.9",
        ] {
            let lines = fields(&[("host", host)]);
            assert_eq!(may_write(&open, &lines, LOOPBACK), Ok(()), "{host}");
        }
        let elsewhere = "10.0.0.1".parse().ok();
        for (lines, peer) in [
            (local(), None),
            (local(), elsewhere),
            (fields(&[]), LOOPBACK),
            (fields(&[("host", "evil.example")]), LOOPBACK),
            (fields(&[("host", "localhost.evil.example")]), LOOPBACK),
            (
                fields(&[("host", "localhost"), ("origin", "http://localhost")]),
                LOOPBACK,
            ),
            (
                fields(&[("host", "localhost"), ("x-forwarded-for", "127.0.0.1")]),
                LOOPBACK,
            ),
            (fields(&[("host", "localhost"), ("via", "1.1 x")]), LOOPBACK),
        ] {
            assert_eq!(
                may_write(&open, &lines, peer),
                Err(Denied::NotLocal),
                "{lines:?}"
            );
        }
        let public = config(&[("BASE_URL", "https://zig.example")]);
        assert_eq!(
            may_write(&public, &local(), LOOPBACK),
            Err(Denied::NotLocal)
        );
    }

    #[test]
    fn loopback_of_ipv4_inside_ipv6_is_loopback() {
        let mapped = "::ffff:127.0.0.1".parse().ok();
        assert_eq!(may_write(&config(&[]), &local(), mapped), Ok(()));
    }
}
