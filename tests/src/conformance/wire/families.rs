//! Where the server listens when it is not told: on both address families, as the mirror rules ask.

use core::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::net::TcpListener;

use crate::client::Connection;
use crate::conformance::depot::Plan;
use crate::host::{Ability, Host};
use crate::tools::not_here;

/// What these cases need.
pub const NEEDS: &[Ability] = &[Ability::Wire];

/// Without `BIND`, IPv4 and IPv6 are both answered.
pub fn default_bind_answers_on_both_families(host: &dyn Host) {
    if TcpListener::bind((Ipv6Addr::LOCALHOST, 0)).is_err() {
        not_here("no IPv6 on this machine");
        return;
    }
    let mut plan = Plan::new(host);
    plan.settings.unset("BIND");
    let depot = plan.start();
    let port = depot.address().port();
    for ip in [Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()] {
        let mut connection = Connection::open(SocketAddr::new(ip, port));
        connection
            .request("GET", "/nothing", &[])
            .expect("an answer")
            .expect(404);
    }
}
