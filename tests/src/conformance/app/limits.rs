//! Caps on the disk and on what clients may cause upstream.

use crate::client::{Broken, Response};
use crate::conformance::depot::{
    LARGE, Plan, RELEASE, RELEASE_STORED, SMALL, bytes_of, expect_error_form,
};
use crate::host::{Ability, Host};
use crate::stand_in::{File, Framing};

/// What these cases need.
pub const NEEDS: &[Ability] = &[Ability::SharedState];

const OTHER: &str = "zig-x86_64-linux-0.13.0.tar.xz";

/// A file that does not fit below `STORE_MAX` is 503, and what is stored is still served.
pub fn full_store_serves_what_it_has(host: &dyn Host) {
    let depot = Plan::new(host).set("STORE_MAX", "1000000").start();
    let bytes = depot.warm_release();
    depot.upstream().publish(OTHER, &bytes_of(2, LARGE));
    expect_full(depot.zig(OTHER));
    depot.zig(RELEASE).expect_bytes(&bytes);
    assert_eq!(depot.stored_archives(), [RELEASE_STORED]);
}

/// A file of unknown length that grows over `STORE_MAX` is stopped there.
pub fn growing_file_stops_at_the_cap(host: &dyn Host) {
    let depot = Plan::new(host).set("STORE_MAX", "1000000").start();
    let bytes = bytes_of(2, LARGE);
    let file = File::new(bytes.clone()).framing(Framing::Chunked);
    depot.upstream().publish_as(OTHER, &bytes, file);
    expect_full_or_broken(depot.try_zig(OTHER));
    depot.expect_no_archive_stored();
}

/// Old development versions make room for what is asked for.
pub fn dev_versions_make_room(host: &dyn Host) {
    let depot = Plan::new(host).set("STORE_MAX", "1000000").start();
    let release = depot.warm_release();
    for build in 1..=5 {
        let name = format!("zig-x86_64-linux-0.15.0-dev.{build}+abcdef012.tar.xz");
        let bytes = bytes_of(build, 300_000);
        depot.upstream().publish(&name, &bytes);
        depot.zig(&name).expect_bytes(&bytes);
    }
    let sizes = depot
        .stored()
        .iter()
        .map(|path| depot.read_stored(path).len())
        .sum::<usize>();
    assert!(sizes <= 1_000_000, "{sizes} bytes stored");
    depot.zig(RELEASE).expect_bytes(&release);
    assert_eq!(depot.asked(RELEASE), 1, "a release is not evicted");
}

/// What was evicted is not kept open, so each new version finds its room.
pub fn evicted_versions_give_their_space_back(host: &dyn Host) {
    let plan = Plan::new(host)
        .set("DISK_RESERVE", "0")
        .on_small_disk(3 << 20);
    let Some(plan) = plan else { return };
    let depot = plan.start();
    for build in 1..=12 {
        let name = format!("zig-x86_64-linux-0.15.0-dev.{build}+abcdef012.tar.xz");
        let bytes = bytes_of(build, 700_000);
        depot.upstream().publish(&name, &bytes);
        depot.zig(&name).expect_bytes(&bytes);
        depot.zig(&name).expect_bytes(&bytes);
    }
}

/// A disk with less than `DISK_RESERVE` free takes nothing more.
pub fn disk_reserve_is_kept(host: &dyn Host) {
    let plan = Plan::new(host).set("DISK_RESERVE", "1000000000000000");
    let bytes = bytes_of(3, SMALL);
    plan.store_signed("zig/stable/0.14.1", RELEASE, &bytes);
    plan.upstream.publish(OTHER, &bytes);
    let depot = plan.start();
    expect_full(depot.zig(OTHER));
    depot.zig(RELEASE).expect_bytes(&bytes);
}

/// A full disk stops the download that fills it and nothing else.
pub fn full_disk_serves_what_it_has(host: &dyn Host) {
    let plan = Plan::new(host)
        .set("DISK_RESERVE", "0")
        .on_small_disk(1 << 20);
    let Some(plan) = plan else { return };
    let depot = plan.start();
    let bytes = depot.warm_release();
    let large = bytes_of(4, LARGE);
    for framing in [Framing::Length, Framing::Chunked] {
        let file = File::new(large.clone()).framing(framing);
        depot.upstream().publish_as(OTHER, &large, file);
        expect_full_or_broken(depot.try_zig(OTHER));
        depot.zig(RELEASE).expect_bytes(&bytes);
    }
    depot.upstream().publish(OTHER, &bytes);
    // What was cut off may hold its space until its connection is closed.
    depot.zig_in_the_end(OTHER, &bytes);
}

/// One client may cause so many downloads a minute; what is stored costs nothing.
pub fn misses_of_one_client_are_limited(host: &dyn Host) {
    let depot = Plan::new(host).set("MISS_RATE", "4,1000").start();
    let bytes = depot.warm_release();
    let statuses: Vec<u16> = (2..12)
        .map(|patch| depot.zig(&missing(patch)).status())
        .collect();
    assert_eq!((statuses[0], statuses[9]), (404, 429), "{statuses:?}");
    let before = depot.upstream().total();
    let limited = depot.zig(&missing(50)).expect(429);
    assert!(
        limited
            .field("retry-after")
            .is_some_and(|wait| wait.parse::<u32>().is_ok())
    );
    expect_error_form(&limited);
    assert_eq!(depot.upstream().total(), before);
    depot.zig(RELEASE).expect_bytes(&bytes);
    depot.zig("zig-impossible").expect(404);
}

/// All clients together may cause so many downloads a minute.
pub fn misses_of_all_clients_are_limited(host: &dyn Host) {
    let depot = Plan::new(host).set("MISS_RATE", "1000,4").start();
    let statuses: Vec<u16> = (2..12)
        .map(|patch| depot.zig(&missing(patch)).status())
        .collect();
    assert_eq!((statuses[0], statuses[9]), (404, 429), "{statuses:?}");
}

/// A file with a version that nobody has: a miss, every time another one.
fn missing(patch: u32) -> String {
    format!("zig-x86_64-linux-0.1.{patch}.tar.xz")
}

#[track_caller]
fn expect_full(answer: Response) {
    let answer = answer.expect(503);
    assert!(
        answer
            .field("retry-after")
            .is_some_and(|wait| wait.parse::<u32>().is_ok())
    );
    expect_error_form(&answer);
}

#[track_caller]
fn expect_full_or_broken(answer: Result<Response, Broken>) {
    match answer {
        Ok(answer) => expect_full(answer),
        Err(broken) => assert!(broken.is_end(), "{broken:?}"),
    }
}
