//! Who is connected: capped in all and per client, trusted proxies but for the latter.

use alloc::collections::BTreeMap;
use core::net::IpAddr;

use super::rate::Client;
use crate::config::Config;

/// The open connections.
#[derive(Debug, Default)]
pub(super) struct Guests {
    all: usize,
    /// Of clients that are counted one by one.
    clients: BTreeMap<Client, usize>,
}

impl Guests {
    /// Lets a client in, or not if a cap is reached.
    pub(super) fn admit(&mut self, peer: IpAddr, config: &Config) -> bool {
        if self.all >= config.limits.connections {
            return false;
        }
        if !is_trusted(peer, config) {
            let count = self.clients.entry(Client::new(peer)).or_default();
            if *count >= config.limits.connections_per_client {
                return false;
            }
            *count += 1;
        }
        self.all += 1;
        true
    }

    /// One that was let in is gone.
    pub(super) fn leave(&mut self, peer: IpAddr, config: &Config) {
        self.all = self.all.saturating_sub(1);
        if is_trusted(peer, config) {
            return;
        }
        let client = Client::new(peer);
        if let Some(count) = self.clients.get_mut(&client) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                self.clients.remove(&client);
            }
        }
    }

    /// Open connections.
    pub(super) fn len(&self) -> usize {
        self.all
    }
}

fn is_trusted(peer: IpAddr, config: &Config) -> bool {
    config
        .trusted_proxies
        .iter()
        .any(|block| block.contains(peer))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Given;

    #[test]
    fn connections_are_capped_per_client_but_not_for_trusted_proxies() {
        let given: Given = [("TRUSTED_PROXIES".into(), "10.0.0.0/8".into())].into();
        let mut config = Config::parse(&given).unwrap();
        config.limits.connections_per_client = 1;
        config.limits.connections = 3;
        let (client, proxy) = ("1.2.3.4".parse().unwrap(), "10.0.0.1".parse().unwrap());
        let mut guests = Guests::default();
        assert!(guests.admit(client, &config));
        assert!(!guests.admit(client, &config));
        assert!(guests.admit(proxy, &config) && guests.admit(proxy, &config));
        assert!(!guests.admit(proxy, &config), "the cap on all");
        guests.leave(client, &config);
        assert!(guests.admit(client, &config));
        for peer in [client, proxy, proxy] {
            guests.leave(peer, &config);
        }
        assert_eq!(guests.len(), 0);
        assert!(guests.clients.is_empty());
    }
    #[test]
    fn proxy_that_leaves_takes_no_place_of_its_neighbours() {
        let given: Given = [("TRUSTED_PROXIES".into(), "2001:db8::1".into())].into();
        let mut config = Config::parse(&given).unwrap();
        config.limits.connections_per_client = 1;
        let proxy = "2001:db8::1".parse().unwrap();
        let neighbour = "2001:db8::2".parse().unwrap();
        let mut guests = Guests::default();
        assert!(guests.admit(neighbour, &config) && guests.admit(proxy, &config));
        guests.leave(proxy, &config);
        assert!(!guests.admit(neighbour, &config));
    }
}
