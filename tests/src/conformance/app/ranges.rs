//! Parts of files (RFC 9110 section 14).

use crate::client::Response;
use crate::conformance::depot::{Depot, LARGE, Plan, RELEASE, bytes_of};
use crate::host::{Ability, Host};
use crate::stand_in::File;

/// What these cases need.
pub const NEEDS: &[Ability] = &[];

const PATH: &str = "/zig/zig-x86_64-linux-0.14.1.tar.xz";

/// First, middle, open and suffix ranges are 206 with their bytes.
pub fn single_ranges_are_partial(host: &dyn Host) {
    let depot = Depot::new(host);
    let bytes = depot.warm_release();
    let rows = [
        ("bytes=0-0", 0, 0),
        ("bytes=0-99", 0, 99),
        ("bytes=500-1499", 500, 1499),
        ("bytes=19990-", 19_990, 19_999),
        ("bytes=19990-99999999999999999999", 19_990, 19_999),
        ("bytes=-10", 19_990, 19_999),
        ("bytes=-99999999", 0, 19_999),
        ("Bytes=0-9", 0, 9),
    ];
    for (range, first, last) in rows {
        let answer = ranged(&depot, range).expect(206);
        assert_eq!(answer.body, &bytes[first..=last], "{range}");
        let wanted = format!("bytes {first}-{last}/20000");
        assert_eq!(
            answer.field("content-range"),
            Some(wanted.as_str()),
            "{range}"
        );
    }
}

/// A range that the file does not reach is 416 with its length.
pub fn ranges_past_the_end_are_not_satisfiable(host: &dyn Host) {
    let depot = Depot::new(host);
    depot.warm_release();
    for range in [
        "bytes=20000-",
        "bytes=20000-20001",
        "bytes=99999999999999999999-",
        "bytes=-0",
    ] {
        let answer = ranged(&depot, range).expect(416);
        assert_eq!(
            answer.field("content-range"),
            Some("bytes */20000"),
            "{range}"
        );
    }
}

/// What is no range, and what asks for several, is answered with the whole file.
pub fn other_ranges_are_answered_whole(host: &dyn Host) {
    let depot = Depot::new(host);
    let bytes = depot.warm_release();
    let ranges = [
        "bytes=0-1,5-6",
        "bytes=5-2",
        "bytes=",
        "bytes=-",
        "bytes=a-b",
        "bytes=+1-2",
        "bytes=1-2x",
        "lines=1-2",
        "bytes",
        "",
    ];
    for range in ranges {
        ranged(&depot, range).expect_bytes(&bytes);
    }
}

/// HEAD knows no ranges (RFC 9110 section 14.2).
pub fn head_ignores_ranges(host: &dyn Host) {
    let depot = Depot::new(host);
    depot.warm_release();
    let answer = depot
        .request("HEAD", PATH, &[("Range", "bytes=0-9")])
        .expect(200);
    assert_eq!(answer.field("content-length"), Some("20000"));
}

/// `If-Range` gives the part only of the file that the client holds.
pub fn if_range_compares_strongly(host: &dyn Host) {
    let depot = Depot::new(host);
    let bytes = depot.warm_release();
    let tag = String::from(depot.get(PATH).field("etag").expect("a tag"));
    let with = |tag: &str| depot.request("GET", PATH, &[("Range", "bytes=0-9"), ("If-Range", tag)]);
    with(&tag).expect(206);
    with("\"other\"").expect_bytes(&bytes);
    with(&format!("W/{tag}")).expect_bytes(&bytes);
    with("Sun, 06 Nov 1994 08:49:37 GMT").expect_bytes(&bytes);
    with("nonsense").expect_bytes(&bytes);
}

/// A condition is looked at before the range (RFC 9110 section 13.2.2).
pub fn not_modified_comes_before_the_range(host: &dyn Host) {
    let depot = Depot::new(host);
    depot.warm_release();
    let tag = String::from(depot.get(PATH).field("etag").expect("a tag"));
    let fields = [("Range", "bytes=0-9"), ("If-None-Match", tag.as_str())];
    depot.request("GET", PATH, &fields).expect(304);
}

/// A range of a file that is still to be verified comes whole, or right and late.
pub fn range_of_a_cold_file_is_right(host: &dyn Host) {
    let depot = Depot::new(host);
    let bytes = bytes_of(2, LARGE);
    depot.upstream().publish(RELEASE, &bytes);
    let answer = ranged(&depot, "bytes=1000-1999");
    match answer.status() {
        206 => assert_eq!(answer.body, &bytes[1000..2000]),
        _ => drop(answer.expect_bytes(&bytes)),
    }
}

/// A range of a file that comes slowly outwaits the time in which bytes must come.
pub fn range_of_a_slow_file_is_waited_for(host: &dyn Host) {
    let depot = Plan::new(host).timeout("follow", "700ms").start();
    let bytes = bytes_of(3, 300_000);
    let slow = File::new(bytes.clone()).paced(100_000);
    depot.upstream().publish_as(RELEASE, &bytes, slow);
    assert_eq!(
        ranged(&depot, "bytes=10-19").expect(206).body,
        &bytes[10..20]
    );
}

fn ranged(depot: &Depot<'_>, range: &str) -> Response {
    depot.request("GET", PATH, &[("Range", range)])
}
