//! Nothing is served whole, or stored, that its signature does not vouch for.

use crate::conformance::depot::{
    Depot, LARGE, Plan, RELEASE, SMALL, bytes_of, expect_no_clean_end, expect_trouble,
};
use crate::host::{Ability, Host};
use crate::signer::{Key, Kind, damage};
use crate::stand_in::{File, Gate};

/// What these cases need.
pub const NEEDS: &[Ability] = &[];

/// A small file with a wrong byte is 504, not stored, logged, and asked for again.
pub fn tampered_small_file_is_refused(host: &dyn Host) {
    let depot = Depot::new(host);
    let good = bytes_of(1, SMALL);
    depot
        .upstream()
        .publish_as(RELEASE, &good, File::new(tampered(&good, SMALL / 2)));
    expect_trouble(depot.zig(RELEASE));
    depot.expect_nothing_stored();
    depot.running.wait_for_log(&[RELEASE]);
    let before = depot.asked(RELEASE);
    depot.upstream().publish(RELEASE, &good);
    depot.zig(RELEASE).expect_bytes(&good);
    assert_eq!(depot.asked(RELEASE), before + 1);
}

/// A large file with a wrong byte, early or late, never ends cleanly.
pub fn tampered_large_file_never_ends_cleanly(host: &dyn Host) {
    let depot = Depot::new(host);
    let good = bytes_of(2, LARGE);
    for at in [0, LARGE / 2, LARGE - 1] {
        depot
            .upstream()
            .publish_as(RELEASE, &good, File::new(tampered(&good, at)));
        expect_no_clean_end(depot.try_zig(RELEASE));
        depot.expect_nothing_stored();
    }
    depot.upstream().publish(RELEASE, &good);
    depot.zig_in_the_end(RELEASE, &good);
}

/// Bytes after the end of the signed file are no part of it.
pub fn appended_bytes_are_refused(host: &dyn Host) {
    let depot = Depot::new(host);
    let good = bytes_of(3, SMALL);
    let longer = [&good[..], b"x"].concat();
    depot
        .upstream()
        .publish_as(RELEASE, &good, File::new(longer));
    expect_trouble(depot.zig(RELEASE));
    depot.expect_nothing_stored();
}

/// Without a signature a file is not passed on.
pub fn missing_signature_is_trouble(host: &dyn Host) {
    let depot = Depot::new(host);
    let bytes = bytes_of(4, SMALL);
    depot.upstream().publish(RELEASE, &bytes);
    depot
        .upstream()
        .on(&format!("/download/0.14.1/{RELEASE}.minisig"), 404);
    expect_trouble(depot.zig(RELEASE));
    depot.expect_nothing_stored();
}

/// A signature with one wrong character in any signed line is refused.
pub fn damaged_signature_is_trouble(host: &dyn Host) {
    let bytes = bytes_of(5, SMALL);
    for line in 1..4 {
        let depot = Depot::new(host);
        depot.upstream().publish(RELEASE, &bytes);
        let good = depot.upstream().key().sign(RELEASE, &bytes);
        depot
            .upstream()
            .publish_signature(RELEASE, &damage(&good, line));
        expect_trouble(depot.zig(RELEASE));
        depot.expect_nothing_stored();
    }
}

/// Text that is no signature is refused, also where it is long.
pub fn nonsense_signature_is_trouble(host: &dyn Host) {
    let depot = Depot::new(host);
    let bytes = bytes_of(6, SMALL);
    depot.upstream().publish(RELEASE, &bytes);
    let good = depot.upstream().key().sign(RELEASE, &bytes);
    let texts = [
        "",
        "<html>not found</html>\n",
        &good[..good.len() / 2],
        &"untrusted comment: x\n".repeat(100_000),
    ];
    for text in texts {
        depot.upstream().publish_signature(RELEASE, text);
        expect_trouble(depot.zig(RELEASE));
        expect_no_clean_end(depot.try_zig(&format!("{RELEASE}.minisig")));
    }
    depot.expect_nothing_stored();
}

/// A signature of other bytes, however valid, is refused.
pub fn signature_for_another_name_is_trouble(host: &dyn Host) {
    let depot = Depot::new(host);
    let bytes = bytes_of(7, SMALL);
    depot.upstream().publish(RELEASE, &bytes);
    let key = depot.upstream().key();
    let comments = [
        "timestamp:1\tfile:zig-x86_64-linux-0.13.0.tar.xz\thashed",
        "timestamp:1\tfile:zig-x86_64-linux-0.14.1.tar.xzz\thashed",
        "timestamp:1\thashed",
        "timestamp:1\tfilezig-x86_64-linux-0.14.1.tar.xz",
    ];
    for comment in comments {
        depot
            .upstream()
            .publish_signature(RELEASE, &key.sign_with(Kind::Hashed, &bytes, comment));
        expect_trouble(depot.zig(RELEASE));
    }
    depot.expect_nothing_stored();
}

/// A signature by a key that the operator did not list is refused.
pub fn unknown_key_is_trouble(host: &dyn Host) {
    let depot = Depot::new(host);
    let bytes = bytes_of(8, SMALL);
    depot.upstream().publish(RELEASE, &bytes);
    let stranger = Key::from_seed(99);
    depot
        .upstream()
        .publish_signature(RELEASE, &stranger.sign(RELEASE, &bytes));
    expect_trouble(depot.zig(RELEASE));
    let same_id = Key::from_seed(99).with_id([7; 8]);
    depot
        .upstream()
        .publish_signature(RELEASE, &same_id.sign(RELEASE, &bytes));
    expect_trouble(depot.zig(RELEASE));
    depot.expect_nothing_stored();
}

/// Several keys may be listed, and each of them signs.
pub fn each_listed_key_is_accepted(host: &dyn Host) {
    let second = Key::from_seed(42);
    let plan = Plan::new(host);
    let keys = format!(
        "{},{}",
        plan.upstream.key().public_text(),
        second.public_text()
    );
    let depot = plan.set("ZIG_MINISIGN_KEY", &keys).start();
    let bytes = bytes_of(9, SMALL);
    depot.warm_release();
    let other = "zig-x86_64-linux-0.13.0.tar.xz";
    depot.upstream().publish(other, &bytes);
    depot
        .upstream()
        .publish_signature(other, &second.sign(other, &bytes));
    depot.zig(other).expect_bytes(&bytes);
}

/// Signatures over the file itself, as old releases have them, are accepted, and checked.
pub fn legacy_signature_is_accepted(host: &dyn Host) {
    let depot = Depot::new(host);
    for (patch, size) in [(1, SMALL), (2, LARGE)] {
        let name = format!("zig-x86_64-linux-0.5.{patch}.tar.xz");
        let bytes = bytes_of(patch, size);
        depot.upstream().publish(&name, &bytes);
        let signature = depot.upstream().key().sign_legacy(&name, &bytes);
        depot.upstream().publish_signature(&name, &signature);
        depot.zig(&name).expect_bytes(&bytes);
        let bad = format!("zig-x86_64-linux-0.6.{patch}.tar.xz");
        depot
            .upstream()
            .publish_as(&bad, &bytes, File::new(tampered(&bytes, size - 1)));
        depot
            .upstream()
            .publish_signature(&bad, &depot.upstream().key().sign_legacy(&bad, &bytes));
        expect_no_clean_end(depot.try_zig(&bad));
    }
    assert_eq!(depot.stored_archives().len(), 2);
}

/// `off` turns the check off, for upstreams that do not sign.
pub fn verification_can_be_turned_off(host: &dyn Host) {
    let depot = Plan::new(host).set("ZIG_MINISIGN_KEY", "off").start();
    let bytes = bytes_of(10, SMALL);
    depot.upstream().on(
        &format!("/download/0.14.1/{RELEASE}"),
        File::new(bytes.clone()),
    );
    depot.zig(RELEASE).expect_bytes(&bytes);
    depot.zig(&format!("{RELEASE}.minisig")).expect(404);
}

/// Until the verdict nothing says that the file may be kept; afterwards everything does.
pub fn nothing_is_immutable_before_the_verdict(host: &dyn Host) {
    let depot = Depot::new(host);
    let bytes = bytes_of(11, LARGE);
    let gate = Gate::new();
    let half_way = File::new(bytes.clone()).gated(LARGE / 2, &gate);
    depot.upstream().publish_as(RELEASE, &bytes, half_way);
    let mut connection = depot.connect();
    connection.ask("GET", &format!("/zig/{RELEASE}"), &[]);
    let cold = connection
        .head()
        .expect("a head, before the end of the download");
    assert_eq!(cold.field("etag"), None);
    assert!(
        !cold
            .field("cache-control")
            .unwrap_or("")
            .contains("immutable")
    );
    gate.open();
    assert_eq!(connection.exactly(LARGE).expect("the file"), &bytes[..]);
    depot.wait_stored("zig/stable/0.14.1/zig-x86_64-linux-0.14.1.tar.xz");
    let warm = depot.zig(RELEASE).expect_bytes(&bytes);
    assert!(warm.field("etag").is_some());
    assert!(
        warm.field("cache-control")
            .unwrap_or("")
            .contains("immutable")
    );
}

fn tampered(bytes: &[u8], at: usize) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    bytes[at] ^= 1;
    bytes
}
