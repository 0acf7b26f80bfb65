//! How many downloads clients may cause: one bucket per client address and one for all.
//!
//! Each bucket is a generic cell rate algorithm with a burst of one minute's worth. Cached files
//! cost nothing here. The table is bounded; when full, the calmest client is forgotten.

use alloc::collections::BTreeMap;
use core::net::{IpAddr, Ipv6Addr};

use crate::config::MissRate;
use crate::time::Instant;

const BURST_MICROS: u64 = 60_000_000;

/// A client as limits see it: an IPv4 address, or an IPv6 /64.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Client(IpAddr);

impl Client {
    /// The client that `address` belongs to.
    pub fn new(address: IpAddr) -> Self {
        Self(match address.to_canonical() {
            IpAddr::V4(v4) => IpAddr::V4(v4),
            IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() >> 64 << 64)),
        })
    }
}

/// The buckets.
#[derive(Debug)]
pub struct Misses {
    rate: Option<MissRate>,
    clients: BTreeMap<Client, Bucket>,
    all: Bucket,
    cap: usize,
}

impl Misses {
    /// Full buckets for at most `cap` clients.
    pub fn new(rate: Option<MissRate>, cap: usize) -> Self {
        Self {
            rate,
            clients: BTreeMap::new(),
            all: Bucket::default(),
            cap,
        }
    }

    /// Takes one download from the client's bucket and the common one, or says after how many
    /// seconds it may be asked again.
    pub fn take(&mut self, client: Option<IpAddr>, now: Instant) -> Result<(), u32> {
        let Some(rate) = self.rate else { return Ok(()) };
        let micros = now.0.saturating_mul(1000);
        let mut bucket = client.map(|client| (Client::new(client), self.bucket(client)));
        if let Some((_, bucket)) = &mut bucket {
            bucket.take(rate.per_client, micros)?;
        }
        self.all.take(rate.in_all, micros)?;
        if let Some((client, bucket)) = bucket {
            self.remember(client, bucket, micros);
        }
        Ok(())
    }

    fn bucket(&self, client: IpAddr) -> Bucket {
        self.clients
            .get(&Client::new(client))
            .copied()
            .unwrap_or_default()
    }

    fn remember(&mut self, client: Client, bucket: Bucket, micros: u64) {
        if self.clients.len() >= self.cap && !self.clients.contains_key(&client) {
            self.clients.retain(|_, bucket| bucket.due > micros);
            let calmest = self
                .clients
                .iter()
                .min_by_key(|(_, b)| b.due)
                .map(|(c, _)| *c);
            if let Some(calmest) = calmest.filter(|_| self.clients.len() >= self.cap) {
                self.clients.remove(&calmest);
            }
        }
        self.clients.insert(client, bucket);
    }
}

/// When the next download would be due if all came evenly.
#[derive(Clone, Copy, Debug, Default)]
struct Bucket {
    due: u64,
}

impl Bucket {
    fn take(&mut self, per_minute: u32, micros: u64) -> Result<(), u32> {
        let step = BURST_MICROS / u64::from(per_minute.max(1));
        let due = self.due.max(micros).saturating_add(step);
        let over = due.saturating_sub(micros.saturating_add(BURST_MICROS));
        if over > 0 {
            return Err(u32::try_from(over.div_ceil(1_000_000)).unwrap_or(u32::MAX));
        }
        self.due = due;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: Option<MissRate> = Some(MissRate {
        per_client: 2,
        in_all: 3,
    });

    fn ip(text: &str) -> Option<IpAddr> {
        text.parse().ok()
    }

    #[test]
    fn burst_is_one_minutes_worth_and_refills() {
        let mut misses = Misses::new(RATE, 10);
        assert_eq!(misses.take(ip("1.1.1.1"), Instant(0)), Ok(()));
        assert_eq!(misses.take(ip("1.1.1.1"), Instant(0)), Ok(()));
        assert_eq!(misses.take(ip("1.1.1.1"), Instant(0)), Err(30));
        assert_eq!(misses.take(ip("1.1.1.1"), Instant(30_000)), Ok(()));
    }

    #[test]
    fn all_together_have_one_bucket() {
        let mut misses = Misses::new(RATE, 10);
        for client in ["1.1.1.1", "2.2.2.2", "3.3.3.3"] {
            assert_eq!(misses.take(ip(client), Instant(0)), Ok(()));
        }
        assert_eq!(misses.take(ip("4.4.4.4"), Instant(0)), Err(20));
    }

    #[test]
    fn ipv6_clients_are_their_network() {
        let mut misses = Misses::new(RATE, 10);
        assert_eq!(misses.take(ip("2001:db8::1"), Instant(0)), Ok(()));
        assert_eq!(misses.take(ip("2001:db8::2"), Instant(0)), Ok(()));
        assert!(misses.take(ip("2001:db8::3"), Instant(0)).is_err());
    }

    #[test]
    fn table_is_bounded() {
        let mut misses = Misses::new(
            Some(MissRate {
                per_client: 1,
                in_all: 1_000_000,
            }),
            2,
        );
        for n in 0..100u8 {
            let client = Some(IpAddr::from([10, 0, 0, n]));
            assert_eq!(misses.take(client, Instant(0)), Ok(()));
        }
        assert!(misses.clients.len() <= 2);
    }

    #[test]
    fn no_rate_means_no_limit() {
        let mut misses = Misses::new(None, 1);
        assert!((0..1000).all(|_| misses.take(None, Instant(0)).is_ok()));
    }
}
