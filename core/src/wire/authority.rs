//! Hosts and ports: what a Host field may hold, and what a host of a URL is.
//!
//! The two are not the same. A Host field may hold any `uri-host` of RFC 3986; it is only
//! compared. A URL's host is connected to, so only plain names and addresses in their one
//! canonical spelling pass: `0x7f.1`, `127.1` and `2130706433`, which some resolvers take for
//! 127.0.0.1, are refused. There is no userinfo anywhere.

use alloc::string::{String, ToString};
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::token::is_digits;

/// The longest name DNS can hold, in its text form.
const MAX_NAME: usize = 253;
const MAX_LABEL: usize = 63;

/// True for `uri-host [":" port]` (RFC 9110 7.2, RFC 3986 3.2.2) with a host.
pub(super) fn is_authority(value: &[u8]) -> bool {
    let (host, port) = split_port(value);
    let port_is_number = port.is_none_or(|port| port.iter().all(u8::is_ascii_digit));
    port_is_number
        && match host {
            [b'[', address @ .., b']'] => {
                !address.is_empty() && address.iter().copied().all(is_address_byte)
            }
            name => !name.is_empty() && is_registered_name(name),
        }
}

/// Splits at the colon before the port; colons inside brackets belong to the host.
pub(super) fn split_port(authority: &[u8]) -> (&[u8], Option<&[u8]>) {
    let name_end = match authority {
        [b'[', ..] => authority
            .iter()
            .position(|&byte| byte == b']')
            .unwrap_or(authority.len()),
        _ => 0,
    };
    let colon = authority[name_end..].iter().position(|&byte| byte == b':');
    match colon.map(|colon| name_end + colon) {
        Some(colon) => (&authority[..colon], Some(&authority[colon + 1..])),
        None => (authority, None),
    }
}

/// A URL's host in canonical spelling, and its address if it is one.
pub(super) fn parse_host(host: &str) -> Option<(String, Option<IpAddr>)> {
    if let Some(address) = host.strip_prefix('[') {
        let address: Ipv6Addr = address.strip_suffix(']')?.parse().ok()?;
        return Some((address.to_string(), Some(address.into())));
    }
    let name = host.strip_suffix('.').unwrap_or(host);
    if name.len() > MAX_NAME || !name.split('.').all(is_label) {
        return None;
    }
    if !ends_in_number(name) {
        return Some((name.to_ascii_lowercase(), None));
    }
    let address: Ipv4Addr = name.parse().ok()?;
    Some((address.to_string(), Some(address.into())))
}

/// Letters, digits, `-` and `_`; names in other scripts come as punycode.
fn is_label(label: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    (1..=MAX_LABEL).contains(&label.len()) && label.bytes().all(allowed)
}

/// True if a resolver could take the name for an IPv4 address: no top-level domain is a number.
fn ends_in_number(name: &str) -> bool {
    let last = name.rsplit('.').next().unwrap_or(name).as_bytes();
    is_digits(last)
        || matches!(last, [b'0', b'x' | b'X', hex @ ..] if hex.iter().all(u8::is_ascii_hexdigit))
}

/// What stands between brackets: an IPv6 address, a zone, or RFC 3986's IPvFuture.
const fn is_address_byte(byte: u8) -> bool {
    byte == b':' || is_name_byte(byte)
}

/// RFC 3986's `reg-name`: unreserved, `sub-delims`, and percent-encoded bytes.
fn is_registered_name(name: &[u8]) -> bool {
    let well_encoded = name
        .split(|&byte| byte == b'%')
        .skip(1)
        .all(|after| matches!(after, [a, b, ..] if a.is_ascii_hexdigit() && b.is_ascii_hexdigit()));
    well_encoded && name.iter().copied().all(is_name_byte)
}

const fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(byte, b'-' | b'.' | b'_' | b'~' | b'%' | b'!' | b'$' | b'&')
        || matches!(byte, b'\'' | b'(' | b')' | b'*' | b'+' | b',' | b';' | b'=')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn host_fields_with_and_without_port() {
        for host in [
            "a",
            "a.example",
            "A.Example:8080",
            "127.0.0.1",
            "[::1]:80",
            "[::1]",
            "a:",
            "a_b",
            "x%41",
        ] {
            assert!(is_authority(host.as_bytes()), "{host}");
        }
    }

    #[test]
    fn host_fields_that_are_no_host() {
        for host in [
            "",
            ":80",
            "a b",
            "a/b",
            "u@a",
            "a:80a",
            "a:-1",
            "a:1:2",
            "::1",
            "[]",
            "[::1",
            "::1]",
            "[::1]x",
            "[::1]x:80",
            "[a/b]",
            "a\\b",
            "a?b",
            "a#b",
            "\u{e4}",
            "a\tb",
            "\"a\"",
            "x%4",
            "x%zz",
        ] {
            assert!(!is_authority(host.as_bytes()), "{host}");
        }
    }

    #[test]
    fn url_hosts_become_canonical() {
        let table = [
            ("Example.COM", "example.com"),
            ("example.com.", "example.com"),
            ("a_b-c.d", "a_b-c.d"),
            ("127.0.0.1", "127.0.0.1"),
            ("[2001:DB8:0:0::1]", "2001:db8::1"),
            ("[::ffff:1.2.3.4]", "::ffff:1.2.3.4"),
            ("1.example", "1.example"),
        ];
        for (host, canonical) in table {
            assert_eq!(
                parse_host(host).map(|(host, _)| host).as_deref(),
                Some(canonical)
            );
        }
    }

    #[test]
    fn odd_spellings_of_addresses_are_refused() {
        for host in [
            "127.1",
            "2130706433",
            "0x7f.1",
            "0x7f000001",
            "0177.0.0.1",
            "127.0.0.01",
            "127.0.0.0x1",
            "1.2.3.4.5",
            "256.0.0.1",
            "a.0x",
            "a.1",
            "[::1%eth0]",
            "[::1%25eth0]",
            "[127.0.0.1]",
            "::1",
        ] {
            assert_eq!(parse_host(host), None, "{host}");
        }
    }

    #[test]
    fn names_that_dns_cannot_hold_are_refused() {
        for host in [
            "",
            ".",
            "a..b",
            ".a",
            "a b",
            "a%41",
            "b\u{fc}cher.example",
            "a,b",
            "a..",
            "*",
        ] {
            assert_eq!(parse_host(host), None, "{host}");
        }
        assert_eq!(parse_host(&"a".repeat(64)), None);
        assert_eq!(parse_host(&"a.".repeat(130)), None);
    }
}
