//! Work that goes on when nobody waits for it.

use crate::conformance::depot::{Depot, LARGE, RELEASE, RELEASE_STORED, bytes_of};
use crate::host::{Ability, Host};
use crate::stand_in::{File, Gate};

/// What these cases need.
pub const NEEDS: &[Ability] = &[Ability::Background];

/// A download that all its clients have left is finished, stored, and served later.
pub fn download_outlives_its_clients(host: &dyn Host) {
    let (depot, gate, bytes) = (Depot::new(host), Gate::new(), bytes_of(1, LARGE));
    let file = File::new(bytes.clone()).gated(LARGE / 2, &gate);
    depot.upstream().publish_as(RELEASE, &bytes, file);
    let (client, _) = depot.first_bytes(RELEASE, 1000);
    gate.wait_reached();
    drop(client);
    gate.open();
    depot.wait_stored(RELEASE_STORED);
    depot.zig(RELEASE).expect_bytes(&bytes);
    assert_eq!(depot.asked(RELEASE), 1);
}

/// A broken download that all its clients have left is resumed all the same.
pub fn abandoned_download_is_resumed(host: &dyn Host) {
    let (depot, gate, bytes) = (Depot::new(host), Gate::new(), bytes_of(2, LARGE));
    let file = File::new(bytes.clone()).resumable("one");
    let cut = file
        .clone()
        .gated(LARGE / 2, &gate)
        .cut_after(LARGE / 2 + 1000);
    depot.upstream().publish_as(RELEASE, &bytes, cut);
    depot
        .upstream()
        .then(&crate::stand_in::upstream_path(RELEASE), file);
    let (client, _) = depot.first_bytes(RELEASE, 1000);
    drop(client);
    gate.open();
    depot.wait_stored(RELEASE_STORED);
    assert_eq!(depot.read_stored(RELEASE_STORED), &bytes[..]);
}
