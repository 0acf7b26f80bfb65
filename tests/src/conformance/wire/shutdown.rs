//! The end of the server: SIGTERM finishes what runs, within a deadline.

use core::time::Duration;

use crate::client::Broken;
use crate::conformance::depot::{Depot, LARGE, Plan, RELEASE, bytes_of};
use crate::host::{Ability, Host};
use crate::stand_in::{File, Gate};

/// What these cases need.
pub const NEEDS: &[Ability] = &[Ability::Wire, Ability::Signals];

/// An answer that is on its way is finished; then the server ends with success.
pub fn term_finishes_running_answers(host: &dyn Host) {
    let (mut depot, gate, bytes) = (Depot::new(host), Gate::new(), bytes_of(1, LARGE));
    let file = File::new(bytes.clone()).gated(LARGE / 2, &gate);
    depot.upstream().publish_as(RELEASE, &bytes, file);
    let (mut client, start) = depot.first_bytes(RELEASE, 1000);
    depot.running.terminate();
    assert!(
        depot
            .running
            .wait_exit(Duration::from_millis(500))
            .is_none(),
        "it ended at once"
    );
    gate.open();
    let rest = client
        .exactly(LARGE - start.len())
        .expect("the rest of the answer");
    assert!(rest == bytes[start.len()..]);
    drop(client);
    let status = depot
        .running
        .wait_exit(Duration::from_secs(10))
        .expect("it ends");
    assert_eq!(status.code(), Some(0));
}

/// Idle connections do not hold the server up.
pub fn term_closes_idle_connections(host: &dyn Host) {
    let mut depot = Depot::new(host);
    let mut idle = depot.connect();
    let mut used = depot.connect();
    used.request("GET", "/nothing", &[])
        .expect("an answer")
        .expect(404);
    depot.running.terminate();
    let status = depot
        .running
        .wait_exit(Duration::from_secs(10))
        .expect("it ends");
    assert_eq!(status.code(), Some(0));
    assert!(idle.ends_within(Duration::from_secs(1)));
    assert!(used.ends_within(Duration::from_secs(1)));
}

/// An answer that does not come to its end holds the server up only until the deadline; then it is
/// reset.
pub fn term_gives_up_after_the_deadline(host: &dyn Host) {
    let gate = Gate::new();
    let mut depot = Plan::new(host).timeout("drain", "300ms").start();
    let bytes = bytes_of(2, LARGE);
    let file = File::new(bytes.clone()).gated(LARGE / 2, &gate);
    depot.upstream().publish_as(RELEASE, &bytes, file);
    let (mut client, _) = depot.first_bytes(RELEASE, 1000);
    depot.running.terminate();
    assert!(
        depot.running.wait_exit(Duration::from_secs(10)).is_some(),
        "it goes on"
    );
    let end = client.exactly(LARGE - 1000).expect_err("cut off");
    assert!(
        matches!(end, Broken::Reset { .. }),
        "an orderly end: {end:?}"
    );
    depot.expect_no_archive_stored();
}
