//! Many requests for one missing file are one flight: one question upstream, bytes for all.

use std::sync::{Arc, Barrier};

use super::mirrored;
use crate::client::Connection;
use crate::conformance::depot::{
    Depot, LARGE, RELEASE, RELEASE_STORED, SMALL, bytes_of, expect_no_clean_end, expect_trouble,
};
use crate::host::{Ability, Host};
use crate::stand_in::{File, Gate, upstream_path};

/// What these cases need.
pub const NEEDS: &[Ability] = &[Ability::SharedState];

const PATH: &str = "/zig/zig-x86_64-linux-0.14.1.tar.xz";
const HALF: usize = LARGE / 2;
/// What a follower has surely received when upstream has sent half of a large file.
const EARLY: usize = 64 << 10;

/// Twenty clients of one package cause one download, and get their bytes while it runs.
pub fn twenty_clients_share_one_package(host: &dyn Host) {
    let (depot, gate) = (mirrored::plan(host).start(), Gate::new());
    let bytes = bytes_of(5, LARGE);
    let upstream = "/forge/repo/archive/v1.0.0.tar.gz";
    let slow = File::new(bytes.clone()).gated(HALF, &gate);
    depot.upstream().on(upstream, slow);
    let early = Barrier::new(21);
    std::thread::scope(|scope| {
        for _ in 0..20 {
            scope.spawn(|| {
                let mut connection = depot.connect();
                connection.ask("GET", "/pkg/org/repo/v1.0.0.tar.gz", &[]);
                assert_eq!(connection.head().expect("a head").status, 200);
                let mut body = connection.exactly(EARLY).expect("bytes before the end");
                early.wait();
                body.extend(connection.exactly(LARGE - EARLY).expect("the rest"));
                assert!(body == bytes[..], "the body is the package");
            });
        }
        early.wait();
        gate.open();
    });
    assert_eq!(depot.upstream().count(upstream), 1);
}

/// Twenty cold clients: one request upstream, first bytes before its end, the same file for all.
pub fn twenty_cold_clients_share_one_download(host: &dyn Host) {
    let (depot, gate, bytes) = half_way(host);
    let early = Barrier::new(21);
    std::thread::scope(|scope| {
        for _ in 0..20 {
            scope.spawn(|| {
                let (mut connection, mut body) = depot.first_bytes(RELEASE, EARLY);
                early.wait();
                body.extend(
                    connection
                        .exactly(LARGE - EARLY)
                        .expect("the rest of the file"),
                );
                assert!(body == bytes[..], "the body is the file");
            });
        }
        early.wait();
        gate.open();
    });
    assert_eq!(depot.asked(RELEASE), 1);
    assert_eq!(depot.upstream().total(), 2, "the signature and the archive");
}

/// A small file is held back until it is verified, and then all have it.
pub fn twenty_cold_clients_share_one_small_download(host: &dyn Host) {
    let (depot, gate, bytes) = (Depot::new(host), Gate::new(), bytes_of(2, SMALL));
    let file = File::new(bytes.clone()).gated(SMALL / 2, &gate);
    depot.upstream().publish_as(RELEASE, &bytes, file);
    let mut clients: Vec<Connection> = (0..20).map(|_| asking(&depot)).collect();
    gate.wait_reached();
    gate.open();
    for client in &mut clients {
        client
            .response("GET")
            .expect("a whole answer")
            .expect_bytes(&bytes);
    }
    assert_eq!(depot.asked(RELEASE), 1);
}

/// A second request joins the running download and gets what is already there at once.
pub fn second_request_joins_running_fill(host: &dyn Host) {
    let (depot, gate, bytes) = half_way(host);
    let (mut first, _) = depot.first_bytes(RELEASE, EARLY);
    gate.wait_reached();
    let (mut second, start) = depot.first_bytes(RELEASE, EARLY);
    assert!(start == bytes[..EARLY]);
    gate.open();
    assert!(first.exactly(LARGE - EARLY).expect("the rest") == bytes[EARLY..]);
    assert!(second.exactly(LARGE - EARLY).expect("the rest") == bytes[EARLY..]);
    assert_eq!(depot.asked(RELEASE), 1);
}

/// The last bytes of a large file stay back until it is verified.
pub fn last_bytes_wait_for_the_verdict(host: &dyn Host) {
    let (depot, gate, bytes) = (Depot::new(host), Gate::new(), bytes_of(3, LARGE));
    let file = File::new(bytes.clone()).gated(LARGE - 1, &gate);
    depot.upstream().publish_as(RELEASE, &bytes, file);
    let (mut client, _) = depot.first_bytes(RELEASE, LARGE / 2);
    gate.wait_reached();
    client.patience(core::time::Duration::from_millis(300));
    assert!(
        client.exactly(LARGE / 2 - EARLY + 1).is_err(),
        "64 KiB stay back"
    );
    client.patience(core::time::Duration::from_secs(20));
    gate.open();
    assert!(client.exactly(LARGE / 2).expect("the rest") == bytes[LARGE / 2..]);
}

/// When upstream fails for good, a follower's connection breaks; it never ends cleanly.
pub fn failed_fill_aborts_followers(host: &dyn Host) {
    let (depot, gate, bytes) = (Depot::new(host), Gate::new(), bytes_of(4, LARGE));
    let file = File::new(bytes.clone())
        .gated(HALF, &gate)
        .cut_after(HALF + 1000);
    depot.upstream().publish_as(RELEASE, &bytes, file);
    let mut clients: Vec<Connection> = (0..5)
        .map(|_| depot.first_bytes(RELEASE, EARLY).0)
        .collect();
    gate.open();
    for client in &mut clients {
        let broken = client
            .exactly(LARGE - EARLY)
            .expect_err("upstream never sends the rest");
        assert!(broken.is_end(), "{broken:?}");
    }
    depot.expect_no_archive_stored();
}

/// After a failed download the next request starts a new one.
pub fn request_after_a_failure_starts_anew(host: &dyn Host) {
    let depot = Depot::new(host);
    let bytes = bytes_of(5, LARGE);
    depot
        .upstream()
        .publish_as(RELEASE, &bytes, File::new(bytes.clone()).cut_after(HALF));
    expect_no_clean_end(depot.try_zig(RELEASE));
    depot.upstream().publish(RELEASE, &bytes);
    depot.zig_in_the_end(RELEASE, &bytes);
}

/// A broken download goes on where it broke, and the client does not notice.
pub fn broken_download_is_resumed(host: &dyn Host) {
    let depot = Depot::new(host);
    let bytes = bytes_of(6, LARGE);
    let file = File::new(bytes.clone()).resumable("one");
    depot
        .upstream()
        .publish_as(RELEASE, &bytes, file.clone().cut_after(HALF));
    depot.upstream().then(&upstream_path(RELEASE), file);
    depot.zig(RELEASE).expect_bytes(&bytes);
    let requests = depot.upstream().requests_for(&upstream_path(RELEASE));
    assert_eq!(requests.len(), 2);
    assert_eq!(
        requests[1].header("range"),
        Some(format!("bytes={HALF}-").as_str())
    );
    assert_eq!(requests[1].header("if-range"), Some("\"one\""));
    assert!(
        depot.upstream().body_bytes_sent() < LARGE as u64 + 10_000,
        "nothing is sent twice"
    );
}

/// A download that breaks without a validator starts over; the client gets the file or an abort.
pub fn broken_download_without_etag_is_never_mixed(host: &dyn Host) {
    let depot = Depot::new(host);
    let bytes = bytes_of(7, LARGE);
    depot
        .upstream()
        .publish_as(RELEASE, &bytes, File::new(bytes.clone()).cut_after(HALF));
    depot
        .upstream()
        .then(&upstream_path(RELEASE), File::new(bytes.clone()));
    if let Ok(answer) = depot.try_zig(RELEASE) {
        answer.expect_bytes(&bytes);
    }
    depot.zig_in_the_end(RELEASE, &bytes);
}

/// A resume that finds another file starts over; what was sent of the old one is aborted.
pub fn changed_file_is_never_mixed_into_a_resume(host: &dyn Host) {
    let depot = Depot::new(host);
    let (old, new) = (bytes_of(8, LARGE), bytes_of(9, LARGE + 5000));
    let cut = File::new(old).resumable("old").cut_after(HALF);
    depot.upstream().publish_as(RELEASE, &new, cut);
    depot.upstream().then(
        &upstream_path(RELEASE),
        File::new(new.clone()).resumable("new"),
    );
    match depot.try_zig(RELEASE) {
        Ok(answer) => drop(answer.expect_bytes(&new)),
        Err(broken) => assert!(broken.is_end(), "{broken:?}"),
    }
    depot.zig_in_the_end(RELEASE, &new);
    assert_eq!(depot.read_stored(RELEASE_STORED), &new[..]);
}

/// A client that reads nothing keeps nobody waiting.
pub fn slow_client_does_not_slow_a_fast_one(host: &dyn Host) {
    let depot = Depot::new(host);
    let bytes = bytes_of(10, 24 << 20);
    depot.upstream().publish(RELEASE, &bytes);
    let (mut slow, start) = depot.first_bytes(RELEASE, 1000);
    depot.zig(RELEASE).expect_bytes(&bytes);
    depot.wait_stored(RELEASE_STORED);
    let rest = slow
        .exactly(bytes.len() - start.len())
        .expect("the slow client gets it all");
    assert!(rest == bytes[1000..]);
    assert_eq!(depot.asked(RELEASE), 1);
}

/// A client that leaves takes nobody with it.
pub fn leaving_client_leaves_the_others_their_download(host: &dyn Host) {
    let (depot, gate, bytes) = half_way(host);
    let (first, _) = depot.first_bytes(RELEASE, EARLY);
    let (mut second, _) = depot.first_bytes(RELEASE, EARLY);
    drop(first);
    gate.open();
    assert!(second.exactly(LARGE - EARLY).expect("the rest") == bytes[EARLY..]);
    assert_eq!(depot.asked(RELEASE), 1);
}

/// What upstream does not have is remembered for a while, so bots cost upstream nothing.
pub fn missing_file_is_remembered(host: &dyn Host) {
    for status in [404, 410] {
        let depot = Depot::new(host);
        depot.upstream().otherwise(status);
        depot.zig(RELEASE).expect(404);
        let before = depot.asked(RELEASE);
        for _ in 0..3 {
            depot.zig(RELEASE).expect(404);
        }
        assert_eq!(depot.asked(RELEASE), before);
    }
}

/// Trouble is shared by those who wait for it, not multiplied by them.
pub fn waiting_clients_share_the_trouble(host: &dyn Host) {
    let (depot, gate, bytes) = (Depot::new(host), Gate::new(), bytes_of(11, SMALL));
    let file = File::new(vec![0; SMALL]).gated(SMALL / 2, &gate);
    depot.upstream().publish_as(RELEASE, &bytes, file);
    let mut clients: Vec<Connection> = (0..10).map(|_| asking(&depot)).collect();
    gate.wait_reached();
    std::thread::sleep(core::time::Duration::from_millis(200));
    gate.open();
    for client in &mut clients {
        expect_trouble(client.response("GET").expect("an answer"));
    }
    assert!(
        depot.asked(RELEASE) < 10,
        "asked {} times",
        depot.asked(RELEASE)
    );
}

/// Two files are two flights: one that hangs holds nobody else.
pub fn hanging_download_does_not_hold_another(host: &dyn Host) {
    let (depot, _gate, _) = half_way(host);
    let (_hanging, _) = depot.first_bytes(RELEASE, EARLY);
    let other = "zig-x86_64-linux-0.13.0.tar.xz";
    let bytes = bytes_of(12, LARGE);
    depot.upstream().publish(other, &bytes);
    depot.zig(other).expect_bytes(&bytes);
}

/// A server whose upstream has sent half of a large release and waits at the gate.
fn half_way(host: &dyn Host) -> (Depot<'_>, Gate, Arc<[u8]>) {
    let (depot, gate, bytes) = (Depot::new(host), Gate::new(), bytes_of(1, LARGE));
    let file = File::new(bytes.clone()).gated(HALF, &gate);
    depot.upstream().publish_as(RELEASE, &bytes, file);
    (depot, gate, bytes)
}

fn asking(depot: &Depot<'_>) -> Connection {
    let mut connection = depot.connect();
    connection.ask("GET", PATH, &[]);
    connection
}
