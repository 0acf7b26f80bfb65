//! Small readers for values of settings: sizes, waits, addresses, lists.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;
use core::net::IpAddr;
use core::time::Duration;

/// Items of a comma-separated list, trimmed, empty ones left out.
pub(super) fn list(text: &str) -> impl Iterator<Item = &str> {
    text.split(',')
        .map(str::trim)
        .filter(|item| !item.is_empty())
}

/// A size such as `512M`: digits and at most one of K, M, G, T (powers of 1024).
pub fn size(text: &str) -> Option<u64> {
    let (digits, shift) = match text.as_bytes().last()? {
        b'K' | b'k' => (&text[..text.len() - 1], 10),
        b'M' | b'm' => (&text[..text.len() - 1], 20),
        b'G' | b'g' => (&text[..text.len() - 1], 30),
        b'T' | b't' => (&text[..text.len() - 1], 40),
        _ => (text, 0),
    };
    number(digits)?.checked_mul(1u64 << shift)
}

/// An age such as `30d`: digits and one of s, m, h, d, w (seconds to weeks), but none of zero.
pub fn age(text: &str) -> Option<Duration> {
    let (at, unit) = text.char_indices().next_back()?;
    let seconds = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3600,
        'd' => 24 * 3600,
        'w' => 7 * 24 * 3600,
        _ => return None,
    };
    let count = number(&text[..at])?.checked_mul(seconds)?;
    (count > 0).then_some(Duration::from_secs(count))
}

/// A wait such as `10s` or `300ms`, but none of zero.
pub(super) fn wait(text: &str) -> Option<Duration> {
    let wait = match text.strip_suffix("ms") {
        Some(millis) => Duration::from_millis(number(millis)?),
        None => Duration::from_secs(number(text.strip_suffix('s')?)?),
    };
    (!wait.is_zero()).then_some(wait)
}

/// A number without sign.
pub(super) fn number(text: &str) -> Option<u64> {
    if text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    text.parse().ok()
}

/// An address, IPv6 with or without brackets.
pub(super) fn address(text: &str) -> Option<IpAddr> {
    let bare = text
        .strip_prefix('[')
        .and_then(|t| t.strip_suffix(']'))
        .unwrap_or(text);
    bare.parse().ok()
}

/// A block of addresses, `10.0.0.0/8`; a bare address is a block of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cidr {
    base: IpAddr,
    bits: u32,
}

impl Cidr {
    /// Reads a block; bits outside the prefix are ignored.
    pub fn parse(text: &str) -> Option<Self> {
        let (base, bits) = match text.split_once('/') {
            Some((base, bits)) => (address(base)?, Some(number(bits)?)),
            None => (address(text)?, None),
        };
        let width = if base.is_ipv4() { 32 } else { 128 };
        let bits = bits.map_or(Some(width), |b| {
            u32::try_from(b).ok().filter(|b| *b <= width)
        })?;
        Some(Self { base, bits })
    }

    /// Whether `ip` lies in the block; an IPv4-mapped IPv6 address counts as IPv4.
    pub fn contains(&self, ip: IpAddr) -> bool {
        match (self.base, ip.to_canonical()) {
            (IpAddr::V4(base), IpAddr::V4(ip)) => {
                let shift = 32 - self.bits;
                u32::from(base).checked_shr(shift) == u32::from(ip).checked_shr(shift)
            }
            (IpAddr::V6(base), IpAddr::V6(ip)) => {
                let shift = 128 - self.bits;
                u128::from(base).checked_shr(shift) == u128::from(ip).checked_shr(shift)
            }
            (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => false,
        }
    }
}

/// Hosts and blocks of addresses, as in `UPSTREAM_ALLOW_PRIVATE`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Places {
    hosts: Vec<String>,
    blocks: Vec<Cidr>,
}

impl Places {
    /// Reads a comma-separated list of host names, addresses and CIDR blocks.
    pub fn parse(text: &str) -> Option<Self> {
        let mut places = Self::default();
        for item in list(text) {
            match Cidr::parse(item) {
                Some(block) => places.blocks.push(block),
                None if is_host(item) => places.hosts.push(item.to_ascii_lowercase()),
                None => return None,
            }
        }
        Some(places)
    }

    /// Whether the host's name is listed.
    pub fn has_host(&self, host: &str) -> bool {
        self.hosts.iter().any(|h| h == host)
    }

    /// Whether the address lies in a listed block.
    pub fn has_address(&self, ip: IpAddr) -> bool {
        self.blocks.iter().any(|block| block.contains(ip))
    }
}

fn is_host(text: &str) -> bool {
    text.bytes()
        .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_'))
}

/// The hosts that are reached without proxy.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NoProxy(Vec<String>);

impl NoProxy {
    /// Reads a list of names; `.domain` and `domain` both match the domain and all below it.
    pub fn parse(text: &str) -> Self {
        Self(
            list(text)
                .map(|item| item.trim_start_matches('.').to_ascii_lowercase())
                .collect(),
        )
    }

    /// Whether `host` is reached directly.
    pub fn covers(&self, host: &str) -> bool {
        self.0
            .iter()
            .any(|item| item == "*" || is_below(host, item) || is_in(host, item))
    }
}

fn is_below(host: &str, domain: &str) -> bool {
    let rest = host.strip_suffix(domain);
    rest.is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

fn is_in(host: &str, block: &str) -> bool {
    let ip = host.parse().ok();
    ip.zip(Cidr::parse(block))
        .is_some_and(|(ip, block)| block.contains(ip))
}

/// A text without one slash at its end.
pub(super) fn without_slash(text: &str) -> String {
    text.strip_suffix('/').unwrap_or(text).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_powers_of_1024() {
        assert_eq!(size("512M"), Some(512 << 20));
        assert_eq!(size("7"), Some(7));
        assert_eq!(size("1T"), Some(1 << 40));
        for bad in ["", "M", "-1", "+1", "1.5G", "1GB", "99999999999T"] {
            assert_eq!(size(bad), None, "{bad}");
        }
    }

    #[test]
    fn ages_need_a_unit() {
        assert_eq!(age("30d"), Some(Duration::from_hours(720)));
        assert_eq!(age("2w"), Some(Duration::from_hours(336)));
        assert_eq!(age("90s"), Some(Duration::from_secs(90)));
        for bad in [
            "", "d", "30", "0d", "-1d", "1.5d", "30D", "30 d", "1y", "30é",
        ] {
            assert_eq!(age(bad), None, "{bad}");
        }
        assert_eq!(age("99999999999999999999d"), None);
        assert_eq!(age("9999999999999999999d"), None);
    }

    #[test]
    fn waits_need_a_unit() {
        assert_eq!(wait("300ms"), Some(Duration::from_millis(300)));
        assert_eq!(wait("10s"), Some(Duration::from_secs(10)));
        assert_eq!(wait("10"), None);
        assert_eq!(wait("-1s"), None);
    }

    #[test]
    fn block_contains_its_addresses_only() {
        let block = Cidr::parse("10.0.0.0/8").unwrap();
        assert!(block.contains("10.255.0.1".parse().unwrap()));
        assert!(block.contains("::ffff:10.0.0.1".parse().unwrap()));
        assert!(!block.contains("11.0.0.1".parse().unwrap()));
        assert!(
            Cidr::parse("0.0.0.0/0")
                .unwrap()
                .contains("1.2.3.4".parse().unwrap())
        );
        assert!(
            Cidr::parse("[::1]")
                .unwrap()
                .contains("::1".parse().unwrap())
        );
        assert_eq!(Cidr::parse("10.0.0.0/33"), None);
    }

    #[test]
    fn no_proxy_matches_domains_and_blocks() {
        let direct = NoProxy::parse("localhost,.example.org, 10.0.0.0/8");
        assert!(direct.covers("localhost"));
        assert!(direct.covers("a.example.org"));
        assert!(direct.covers("example.org"));
        assert!(!direct.covers("badexample.org"));
        assert!(direct.covers("10.1.2.3"));
        assert!(NoProxy::parse("*").covers("anything"));
        assert!(!NoProxy::parse("").covers("anything"));
    }
}
