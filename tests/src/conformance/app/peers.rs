//! Who a client is: its address, or what a trusted proxy says of it.

use crate::client::Connection;
use crate::conformance::depot::{Depot, Plan};
use crate::host::{Ability, Host};

/// What these cases need.
pub const NEEDS: &[Ability] = &[Ability::Peers, Ability::SharedState];

/// Clients are told apart by their address.
pub fn each_address_has_its_own_rate(host: &dyn Host) {
    let depot = Plan::new(host).set("MISS_RATE", "3,1000").start();
    let first = |patch| miss(&mut depot.connect(), patch, "");
    assert_eq!(last_status(first), 429);
    assert_eq!(miss(&mut depot.connect_from([127, 0, 0, 2]), 90, ""), 404);
}

/// A client cannot give itself another address.
pub fn forwarded_address_is_not_believed(host: &dyn Host) {
    let depot = Plan::new(host).set("MISS_RATE", "3,1000").start();
    let pretending = |patch| miss(&mut depot.connect(), patch, &format!("198.51.100.{patch}"));
    assert_eq!(last_status(pretending), 429);
}

/// A trusted proxy's word counts: its clients have rates of their own.
pub fn trusted_proxy_is_believed(host: &dyn Host) {
    let depot = trusting(host);
    let one = |patch| miss(&mut depot.connect(), patch, "198.51.100.1");
    assert_eq!(last_status(one), 429);
    assert_eq!(miss(&mut depot.connect(), 90, "198.51.100.2"), 404);
}

/// Only the trusted proxy's word counts: another peer says what it likes.
pub fn other_peers_are_not_believed(host: &dyn Host) {
    let depot = trusting(host);
    let stranger = |patch| {
        let mut connection = depot.connect_from([127, 0, 0, 2]);
        miss(&mut connection, patch, &format!("198.51.100.{patch}"))
    };
    assert_eq!(last_status(stranger), 429);
}

/// What a client wrote before the proxy's own word is not believed: the rightmost address that is
/// no trusted proxy is the client.
pub fn address_that_the_client_wrote_is_not_believed(host: &dyn Host) {
    let depot = trusting(host);
    let forged = |patch| {
        miss(
            &mut depot.connect(),
            patch,
            &format!("203.0.113.{patch}, 198.51.100.1"),
        )
    };
    assert_eq!(last_status(forged), 429);
    assert_eq!(
        miss(&mut depot.connect(), 90, "198.51.100.1, 198.51.100.2"),
        404
    );
}

/// `Forwarded` (RFC 7239) from a trusted proxy counts like `X-Forwarded-For`.
pub fn forwarded_field_is_believed_from_a_trusted_proxy(host: &dyn Host) {
    let depot = trusting(host);
    let ask = |patch: u32, value: &str| {
        let answer = depot.request("GET", &path(patch), &[("Forwarded", value)]);
        answer.status()
    };
    assert_eq!(
        last_status(|patch| ask(patch, "for=198.51.100.1;proto=https")),
        429
    );
    assert_eq!(ask(90, "for=\"[2001:db8::1]:4711\""), 404);
}

fn trusting(host: &dyn Host) -> Depot<'_> {
    Plan::new(host)
        .set("MISS_RATE", "3,1000")
        .set("TRUSTED_PROXIES", "127.0.0.1/32,::1/128")
        .start()
}

/// The status of the tenth of ten misses; the first must not be limited.
#[track_caller]
fn last_status(ask: impl Fn(u32) -> u16) -> u16 {
    let statuses: Vec<u16> = (2..12).map(ask).collect();
    assert_eq!(statuses[0], 404, "{statuses:?}");
    statuses[9]
}

#[track_caller]
fn miss(connection: &mut Connection, patch: u32, forwarded: &str) -> u16 {
    let fields = [("X-Forwarded-For", forwarded)];
    let fields = if forwarded.is_empty() {
        &[][..]
    } else {
        &fields[..]
    };
    connection
        .request("GET", &path(patch), fields)
        .expect("an answer")
        .status()
}

fn path(patch: u32) -> String {
    format!("/zig/zig-x86_64-linux-0.1.{patch}.tar.xz")
}
