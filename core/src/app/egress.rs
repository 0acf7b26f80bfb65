//! Which addresses an upstream may have.
//!
//! Hosts that the operator named may lie anywhere. A host that comes from elsewhere (a redirect)
//! may not lead into the operator's own network, unless `UPSTREAM_ALLOW_PRIVATE` says so. The
//! address checked is the one connected to.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::config::{AllowPrivate, Config};
use crate::wire::url::Url;

/// Whether a connection to `address`, found for `url`'s host, is allowed.
pub fn allows(config: &Config, url: &Url, address: IpAddr) -> bool {
    if config.is_operators(url) || is_public(address) {
        return true;
    }
    match &config.allow_private {
        AllowPrivate::No => false,
        AllowPrivate::Any => true,
        AllowPrivate::Listed(places) => places.has_host(url.host()) || places.has_address(address),
    }
}

/// Whether `url`'s host may be named to somebody else who looks up its address, a proxy or the
/// host of a component: one whose address we never see must have been named by the operator.
pub fn may_be_named(config: &Config, url: &Url) -> bool {
    config.is_operators(url)
        || match &config.allow_private {
            AllowPrivate::No => false,
            AllowPrivate::Any => true,
            AllowPrivate::Listed(places) => {
                places.has_host(url.host())
                    || url.host_ip().is_some_and(|ip| places.has_address(ip))
            }
        }
}

/// Whether an address is reachable for anyone on the internet and belongs to nobody special
/// (the IANA special-purpose registries, RFC 6890). IPv6 forms that carry an IPv4 address
/// (v4-mapped, NAT64, 6to4, Teredo) are not public: they could lead anywhere.
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => is_public_v4(v4),
        IpAddr::V6(v6) => is_public_v6(v6),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let special = matches!(
        (a, b, c),
        (0 | 10 | 127 | 224..=255, _, _)
            | (100, 64..=127, _)
            | (169, 254, _)
            | (172, 16..=31, _)
            | (192, 168, _)
            | (192, 0, 0 | 2)
            | (192, 88, 99)
            | (198, 18 | 19, _)
            | (198, 51, 100)
            | (203, 0, 113)
    );
    !special
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let [first, second, ..] = address.segments();
    let global = first & 0xe000 == 0x2000;
    let special = matches!(
        (first, second),
        (0x2001, 0..=0x01ff | 0x0db8) | (0x2002, _) | (0x3fff, 0..=0x0fff)
    );
    global && !special
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Given;

    #[test]
    fn special_addresses_are_not_public() {
        for text in [
            "0.0.0.0",
            "10.1.2.3",
            "100.64.0.1",
            "127.0.0.1",
            "169.254.169.254",
            "172.31.0.1",
            "192.168.1.1",
            "192.0.0.8",
            "198.19.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "fe80::1",
            "fc00::1",
            "fd12::1",
            "ff02::1",
            "::ffff:8.8.8.8",
            "64:ff9b::808:808",
            "64:ff9b:1::1",
            "2001::1",
            "2001:db8::1",
            "2002:808:808::1",
            "fec0::1",
        ] {
            assert!(!is_public(text.parse().unwrap()), "{text}");
        }
        for text in [
            "8.8.8.8",
            "100.63.0.1",
            "172.32.0.1",
            "2606:4700::1",
            "2a00:1450::1",
            "2001:4860::8888",
        ] {
            assert!(is_public(text.parse().unwrap()), "{text}");
        }
    }

    #[test]
    fn operators_host_may_be_private_and_others_only_when_listed() {
        let own = Url::parse("http://127.0.0.1:81/").unwrap();
        let other = Url::parse("http://forge.internal/").unwrap();
        let private = "10.0.0.7".parse().unwrap();
        let with = |allow: &str| {
            let pairs = [
                ("ZIG_UPSTREAM_URL", "http://127.0.0.1:81"),
                ("UPSTREAM_ALLOW_PRIVATE", allow),
            ];
            Config::parse(
                &pairs
                    .iter()
                    .map(|(n, v)| ((*n).into(), (*v).into()))
                    .collect::<Given>(),
            )
            .unwrap()
        };
        assert!(allows(&with("false"), &own, "127.0.0.1".parse().unwrap()));
        assert!(!allows(&with("false"), &other, private));
        assert!(allows(&with("true"), &other, private));
        assert!(allows(&with("10.0.0.0/8"), &other, private));
        assert!(allows(&with("forge.internal"), &other, private));
        assert!(!allows(&with("192.168.0.0/16"), &other, private));
    }
}
