//! Where the server lets itself be sent: never into a private network by somebody else's word.

use core::net::{IpAddr, Ipv4Addr};

use crate::conformance::depot::{Depot, Plan, RELEASE, SMALL, bytes_of, expect_trouble};
use crate::host::{Ability, Host};
use crate::stand_in::{Answer, File, StandIn};

/// What these cases need.
pub const NEEDS: &[Ability] = &[Ability::Addresses];

/// A redirect to another loopback address is refused, and nothing is connected to.
pub fn redirect_to_a_private_address_is_refused(host: &dyn Host) {
    let depot = Depot::new(host);
    let other = StandIn::start_on(IpAddr::V4(Ipv4Addr::new(127, 0, 0, 2)));
    other.otherwise(File::new(bytes_of(1, SMALL)));
    let port = other.address().port();
    let hosts = [
        "127.0.0.2",
        "127.2",
        "0x7f000002",
        "2130706434",
        "[::ffff:127.0.0.2]",
        "[64:ff9b::127.0.0.2]",
    ];
    for target in hosts {
        redirect(&depot, &format!("http://{target}:{port}/file"));
        expect_trouble(depot.zig(RELEASE));
    }
    assert_eq!(other.total(), 0);
    depot.expect_no_archive_stored();
}

/// Other private ranges are refused at once, without waiting for a connection.
pub fn private_ranges_are_refused(host: &dyn Host) {
    let depot = Plan::new(host).timeout("connect", "15s").start();
    let hosts = [
        "10.0.0.1",
        "172.16.0.1",
        "192.168.0.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "[fe80::1]",
        "[fd00::1]",
        "[::]",
    ];
    let started = std::time::Instant::now();
    for target in hosts {
        redirect(&depot, &format!("http://{target}/file"));
        expect_trouble(depot.zig(RELEASE));
    }
    assert!(started.elapsed().as_secs() < 12, "refused, not timed out");
}

/// The operator may allow private hosts, all or by name.
pub fn operator_may_allow_private_hosts(host: &dyn Host) {
    for allowed in ["true", "127.0.0.2", "192.0.2.1,127.0.0.0/8"] {
        let depot = Plan::new(host)
            .set("UPSTREAM_ALLOW_PRIVATE", allowed)
            .start();
        let other = StandIn::start_on(IpAddr::V4(Ipv4Addr::new(127, 0, 0, 2)));
        let bytes = bytes_of(2, SMALL);
        other.on("/file", File::new(bytes.clone()));
        depot.upstream().publish_as(
            RELEASE,
            &bytes,
            Answer::found(format!("{}/file", other.url())),
        );
        depot.zig(RELEASE).expect_bytes(&bytes);
    }
}

fn redirect(depot: &Depot<'_>, location: &str) {
    depot
        .upstream()
        .publish_as(RELEASE, &bytes_of(1, SMALL), Answer::found(location));
}
