//! Who asks: the peer's address, or what trusted proxies say of it.
//!
//! `Forwarded` (RFC 7239) and X-Forwarded-For are believed only from peers in TRUSTED_PROXIES, and
//! only as far back as each hop is trusted itself. A proxy writes one of the two and passes on what
//! a client wrote into the other; where they disagree, neither is believed.

use core::net::{IpAddr, SocketAddr};

use crate::config::Cidr;
use crate::wire::fields::Fields;

/// The client's address, as limits, logs and statistics use it.
pub fn address(peer: IpAddr, fields: &Fields<'_>, trusted: &[Cidr]) -> IpAddr {
    let is_trusted = |ip: IpAddr| trusted.iter().any(|block| block.contains(ip));
    if trusted.is_empty() || !is_trusted(peer) {
        return peer.to_canonical();
    }
    let follow = |hops: &mut dyn Iterator<Item = Option<IpAddr>>| {
        let mut client = peer;
        for hop in hops {
            let Some(address) = hop else { break };
            client = address;
            if !is_trusted(address) {
                break;
            }
        }
        client.to_canonical()
    };
    let forwarded = fields
        .forwarded
        .map(|value| follow(&mut hops(value, forwarded_for)));
    let plain = fields
        .x_forwarded_for
        .map(|value| follow(&mut hops(value, node)));
    match (forwarded, plain) {
        (Some(one), Some(other)) if one != other => peer.to_canonical(),
        (one, other) => one.or(other).unwrap_or(peer.to_canonical()),
    }
}

/// The hops that a value names, nearest first; `None` for one that is not an address.
fn hops(
    value: &[u8],
    read: impl Fn(&[u8]) -> Option<IpAddr>,
) -> impl Iterator<Item = Option<IpAddr>> {
    value
        .rsplit(|b| *b == b',')
        .map(move |item| read(item.trim_ascii()))
}

/// The `for` parameter of one Forwarded element.
fn forwarded_for(element: &[u8]) -> Option<IpAddr> {
    element.split(|b| *b == b';').find_map(|pair| {
        let pair = pair.trim_ascii();
        let (name, value) = pair.split_at_checked(4)?;
        name.eq_ignore_ascii_case(b"for=").then(|| node(value))?
    })
}

/// A node: an address, perhaps quoted, bracketed or with a port.
fn node(text: &[u8]) -> Option<IpAddr> {
    let text = core::str::from_utf8(text).ok()?.trim_matches('"');
    let bare = text
        .strip_prefix('[')
        .and_then(|t| t.strip_suffix(']'))
        .unwrap_or(text);
    bare.parse()
        .ok()
        .or_else(|| text.parse::<SocketAddr>().ok().map(|a| a.ip()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(peer: &str, name: &str, value: &str) -> alloc::string::String {
        let mut fields = Fields::default();
        fields.set(name, value.as_bytes());
        let trusted = [Cidr::parse("10.0.0.0/8").unwrap()];
        alloc::format!("{}", address(peer.parse().unwrap(), &fields, &trusted))
    }

    #[test]
    fn only_trusted_peers_are_believed() {
        assert_eq!(client("9.9.9.9", "x-forwarded-for", "1.2.3.4"), "9.9.9.9");
        assert_eq!(client("10.0.0.1", "x-forwarded-for", "1.2.3.4"), "1.2.3.4");
        assert_eq!(
            client("::ffff:10.0.0.1", "x-forwarded-for", "1.2.3.4"),
            "1.2.3.4"
        );
    }

    #[test]
    fn first_untrusted_hop_from_the_right_is_the_client() {
        assert_eq!(
            client("10.0.0.1", "x-forwarded-for", "6.6.6.6, 1.2.3.4, 10.0.0.2"),
            "1.2.3.4"
        );
        assert_eq!(
            client("10.0.0.1", "x-forwarded-for", "rubbish, 10.0.0.2"),
            "10.0.0.2"
        );
    }

    #[test]
    fn fields_that_disagree_are_not_believed() {
        let mut fields = Fields::default();
        fields.set("forwarded", b"for=6.6.6.6");
        fields.set("x-forwarded-for", b"1.2.3.4");
        let trusted = [Cidr::parse("10.0.0.0/8").unwrap()];
        let peer = "10.0.0.1".parse().unwrap();
        assert_eq!(address(peer, &fields, &trusted), peer);
        fields.set("forwarded", b"for=1.2.3.4:5");
        assert_eq!(
            address(peer, &fields, &trusted),
            "1.2.3.4".parse::<IpAddr>().unwrap()
        );
    }

    #[test]
    fn forwarded_is_read_with_quotes_brackets_and_ports() {
        assert_eq!(
            client(
                "10.0.0.1",
                "forwarded",
                "for=\"[2001:db8::7]:4711\";proto=https"
            ),
            "2001:db8::7"
        );
        assert_eq!(client("10.0.0.1", "forwarded", "For=1.2.3.4:80"), "1.2.3.4");
        assert_eq!(client("10.0.0.1", "forwarded", "for=unknown"), "10.0.0.1");
    }
}
