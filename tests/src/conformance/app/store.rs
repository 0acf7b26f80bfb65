//! The store: layout, files found in it, and what a crash may leave.

use crate::conformance::depot::{
    DEV, Depot, LARGE, Plan, RELEASE, RELEASE_STORED, SMALL, bytes_of, expect_trouble,
};
use crate::host::{Ability, Host};
use crate::stand_in::{File, Gate};

/// What these cases need.
pub const NEEDS: &[Ability] = &[];

const DEV_DIR: &str = "zig/dev/0.15.0-dev.631+9a3540d61";

/// Releases lie under `stable`, development versions under `dev`, each with its signature.
pub fn files_lie_where_the_seeds_put_them(host: &dyn Host) {
    let depot = Depot::new(host);
    let bytes = depot.warm_release();
    depot.upstream().publish(DEV, &bytes);
    depot.zig(DEV).expect_bytes(&bytes);
    let stored_dev = format!("{DEV_DIR}/{DEV}");
    depot.wait_stored(&stored_dev);
    assert_eq!(depot.read_stored(RELEASE_STORED), &bytes[..]);
    let signature = depot.upstream().key().sign(DEV, &bytes);
    assert_eq!(
        depot.read_stored(&format!("{stored_dev}.minisig")),
        signature.as_bytes()
    );
    assert_eq!(
        depot.stored_archives(),
        [stored_dev.as_str(), RELEASE_STORED]
    );
}

/// A file is found under each of the three kinds, whatever its version says, with upstream off.
pub fn file_is_found_under_each_kind(host: &dyn Host) {
    for kind in ["stable", "nominated", "dev"] {
        let plan = Plan::new(host);
        let bytes = bytes_of(1, SMALL);
        let version = "0.15.0-dev.631+9a3540d61";
        plan.store_signed(&format!("zig/{kind}/{version}"), DEV, &bytes);
        plan.upstream.otherwise(503);
        let depot = plan.start();
        depot.zig(DEV).expect_bytes(&bytes);
        depot.zig(&format!("{DEV}.minisig")).expect(200);
    }
}

/// A file found in the store is verified before it is served: a good one needs no upstream.
pub fn good_file_in_the_store_is_served_without_upstream(host: &dyn Host) {
    let plan = Plan::new(host);
    let bytes = bytes_of(2, LARGE);
    plan.store_signed("zig/stable/0.14.1", RELEASE, &bytes);
    let depot = plan.start();
    depot.zig(RELEASE).expect_bytes(&bytes);
    assert_eq!(depot.upstream().total(), 0);
    let depot = depot.crash_and_restart();
    depot.zig(RELEASE).expect_bytes(&bytes);
    assert_eq!(depot.upstream().total(), 0);
}

/// A damaged file in the store is never served.
pub fn damaged_file_in_the_store_is_not_served(host: &dyn Host) {
    for size in [SMALL, LARGE] {
        let plan = Plan::new(host);
        let good = bytes_of(3, size);
        let mut bad = good.to_vec();
        bad[size / 2] ^= 1;
        plan.store_signed("zig/stable/0.14.1", RELEASE, &good);
        plan.store(RELEASE_STORED, &bad);
        plan.upstream.otherwise(503);
        expect_trouble(plan.start().zig(RELEASE));
    }
}

/// A damaged file in the store is replaced when upstream has the good one.
pub fn damaged_file_in_the_store_is_replaced(host: &dyn Host) {
    let plan = Plan::new(host);
    let good = bytes_of(4, SMALL);
    plan.store_signed("zig/stable/0.14.1", RELEASE, &good);
    plan.store(RELEASE_STORED, &good[..SMALL - 1]);
    plan.upstream.publish(RELEASE, &good);
    let depot = plan.start();
    let first = depot.zig(RELEASE);
    if first.status() != 504 {
        first.expect_bytes(&good);
    }
    depot.zig(RELEASE).expect_bytes(&good);
    assert_eq!(depot.read_stored(RELEASE_STORED), &good[..]);
}

/// A file in the store without its signature waits for upstream's.
pub fn file_without_signature_is_verified_with_upstreams(host: &dyn Host) {
    let plan = Plan::new(host);
    let bytes = bytes_of(5, SMALL);
    plan.store(RELEASE_STORED, &bytes);
    plan.upstream.otherwise(503);
    let depot = plan.start();
    expect_trouble(depot.zig(RELEASE));
    depot.upstream().publish(RELEASE, &bytes);
    depot.zig(RELEASE).expect_bytes(&bytes);
}

/// A download that is killed half-way leaves files in staging only, and the next start sweeps them.
pub fn killed_download_leaves_only_staging(host: &dyn Host) {
    let (mut depot, gate, bytes) = (Depot::new(host), Gate::new(), bytes_of(6, LARGE));
    let file = File::new(bytes.clone()).gated(LARGE / 2, &gate);
    depot.upstream().publish_as(RELEASE, &bytes, file);
    let (client, _) = depot.first_bytes(RELEASE, 1000);
    gate.wait_reached();
    assert!(!depot.staging().is_empty(), "the download is staged");
    depot.running.kill();
    drop(client);
    depot.expect_no_archive_stored();
    let left = depot.staging();
    let depot = depot.crash_and_restart();
    if host.can(Ability::Locks) {
        crate::process::eventually("staging of the dead is swept", || {
            let staging = depot.staging();
            staging
                .iter()
                .all(|path| !left.contains(path))
                .then_some(())
        });
    }
    gate.open();
    depot.zig(RELEASE).expect_bytes(&bytes);
}

/// What was published before a crash is there after it, whole.
pub fn published_file_survives_a_crash(host: &dyn Host) {
    let depot = Depot::new(host);
    let bytes = depot.warm_release();
    let depot = depot.crash_and_restart();
    let before = depot.upstream().total();
    depot.zig(RELEASE).expect_bytes(&bytes);
    assert_eq!(depot.upstream().total(), before);
}

/// Two servers may share a data directory: one's start does not sweep what the other is staging.
pub fn second_server_does_not_sweep_the_firsts_staging(host: &dyn Host) {
    let (depot, gate, bytes) = (Depot::new(host), Gate::new(), bytes_of(7, LARGE));
    let file = File::new(bytes.clone()).gated(LARGE / 2, &gate);
    depot.upstream().publish_as(RELEASE, &bytes, file);
    let (mut client, _) = depot.first_bytes(RELEASE, 1000);
    gate.wait_reached();
    let second = depot.another();
    gate.open();
    let rest = client.exactly(LARGE - 1000).expect("the rest");
    assert!(rest == bytes[1000..]);
    depot.wait_stored(RELEASE_STORED);
    let mut connection = crate::client::Connection::open(second.address());
    connection
        .request("GET", &format!("/zig/{RELEASE}"), &[])
        .expect("an answer")
        .expect_bytes(&bytes);
}

/// A read-only data directory starts and serves what it has.
pub fn read_only_store_serves(host: &dyn Host) {
    let plan = Plan::new(host);
    let bytes = bytes_of(8, SMALL);
    plan.store_signed("zig/stable/0.14.1", RELEASE, &bytes);
    plan.upstream.publish(RELEASE, &bytes);
    let other = "zig-x86_64-linux-0.13.0.tar.xz";
    plan.upstream.publish(other, &bytes);
    let Some(plan) = plan.read_only() else { return };
    let depot = plan.start();
    for _ in 0..2 {
        depot.zig(RELEASE).expect_bytes(&bytes);
    }
    let cold = depot.zig(other);
    match cold.status() {
        200 => drop(cold.expect_bytes(&bytes)),
        status => assert!(matches!(status, 503 | 504), "{status}"),
    }
    depot.zig(RELEASE).expect_bytes(&bytes);
}
