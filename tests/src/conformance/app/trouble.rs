//! Trouble upstream: what is missing is 404 and remembered, all else is 504 and asked for again.

use crate::conformance::depot::{
    Depot, LARGE, Plan, RELEASE, SMALL, bytes_of, expect_error_form, expect_no_clean_end,
    expect_trouble,
};
use crate::host::{Ability, Host};
use crate::stand_in::{Answer, File, Framing, refused_address, upstream_path};

/// What these cases need.
pub const NEEDS: &[Ability] = &[];

/// A file that upstream does not have is 404.
pub fn missing_upstream_is_not_found(host: &dyn Host) {
    for status in [404, 410] {
        let depot = Depot::new(host);
        depot.upstream().otherwise(status);
        expect_error_form(&depot.zig(RELEASE).expect(404));
        assert!(
            depot.asked_at_all(RELEASE) > 0,
            "it may exist, so upstream is asked"
        );
        depot.expect_no_archive_stored();
    }
}

/// Every other status is 504, and the next request asks again.
pub fn other_statuses_are_trouble(host: &dyn Host) {
    let depot = Depot::new(host);
    for status in [401, 403, 429, 451, 500, 503, 204, 206, 304] {
        trouble_is_asked_again(&depot, Answer::Status(status), &format!("{status}"));
    }
}

/// Connections that end, hang or speak nonsense are 504.
pub fn broken_connections_are_trouble(host: &dyn Host) {
    let depot = Plan::new(host).timeout("upstream", "300ms").start();
    trouble_is_asked_again(&depot, Answer::Reset, "reset");
    trouble_is_asked_again(&depot, Answer::Hang, "hang");
    trouble_is_asked_again(&depot, Answer::Raw(Vec::new()), "empty answer");
}

/// Heads that break the grammar are 504.
pub fn garbage_heads_are_trouble(host: &dyn Host) {
    let depot = Plan::new(host).timeout("upstream", "300ms").start();
    let heads = [
        "SSH-2.0-OpenSSH_9.2\r\n",
        "HTTP/1.1 20x OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
        "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nabc",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-3\r\nabc\r\n0\r\n\r\n",
    ];
    for head in heads {
        trouble_is_asked_again(&depot, Answer::Raw(head.into()), head);
    }
    let endless = format!(
        "HTTP/1.1 200 OK\r\n{}",
        "X-Pad: 0123456789\r\n".repeat(40_000)
    );
    trouble_is_asked_again(&depot, Answer::Raw(endless.into()), "endless head");
}

/// Bodies that are not as long as announced are 504.
pub fn wrong_lengths_are_trouble(host: &dyn Host) {
    let depot = Plan::new(host).timeout("upstream", "300ms").start();
    let bytes = bytes_of(1, SMALL);
    let file = File::new(bytes);
    let longer = file.clone().framing(Framing::FalseLength(SMALL as u64 + 1));
    let shorter = file.clone().framing(Framing::FalseLength(SMALL as u64 - 1));
    let open_end = file
        .clone()
        .framing(Framing::UntilClose)
        .cut_after(SMALL / 2);
    let chunked = file.framing(Framing::Chunked).cut_after(SMALL / 2);
    for (name, answer) in [
        ("longer", longer),
        ("shorter", shorter),
        ("open", open_end),
        ("chunked", chunked),
    ] {
        trouble_is_asked_again(&depot, answer.into(), name);
    }
}

/// Redirects that lead nowhere are 504; a loop is noticed.
pub fn redirects_that_lead_nowhere_are_trouble(host: &dyn Host) {
    let depot = Depot::new(host);
    let path = upstream_path(RELEASE);
    trouble_is_asked_again(&depot, Answer::found(&path), "to itself");
    assert!(depot.asked(RELEASE) < 200, "a loop ends after a few hops");
    for location in [
        "",
        "ftp://127.0.0.1/x",
        "http://",
        "http://127.0.0.1:99999/",
        "http://[::1/x",
        "//",
    ] {
        trouble_is_asked_again(&depot, Answer::found(location), location);
    }
    trouble_is_asked_again(
        &depot,
        Answer::Raw(b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n".into()),
        "no Location",
    );
}

/// Redirects to the same host are followed, absolute and relative.
pub fn redirects_are_followed(host: &dyn Host) {
    let depot = Depot::new(host);
    let bytes = bytes_of(2, SMALL);
    depot
        .upstream()
        .on("/elsewhere/file", File::new(bytes.clone()));
    let absolute = format!("{}/elsewhere/file", depot.upstream().url());
    let rows = [
        (301, absolute.as_str()),
        (302, "/elsewhere/file"),
        (307, "../../elsewhere/file"),
        (308, &absolute),
    ];
    for (patch, (status, location)) in (1..).zip(rows) {
        let name = format!("zig-x86_64-linux-0.14.{patch}.tar.xz");
        depot
            .upstream()
            .publish_as(&name, &bytes, Answer::Redirect(status, location.into()));
        depot.zig(&name).expect_bytes(&bytes);
    }
}

/// An upstream that is not there is 504, and what is stored is still served.
pub fn unreachable_upstream_is_trouble(host: &dyn Host) {
    let plan = Plan::new(host);
    let bytes = bytes_of(3, SMALL);
    plan.store_signed("zig/stable/0.14.1", RELEASE, &bytes);
    let depot = plan
        .set("ZIG_UPSTREAM_URL", &format!("http://{}", refused_address()))
        .start();
    expect_trouble(depot.zig("zig-x86_64-linux-0.13.0.tar.xz"));
    depot.zig(RELEASE).expect_bytes(&bytes);
}

/// A host name that does not resolve is 504.
pub fn unknown_upstream_host_is_trouble(host: &dyn Host) {
    let depot = Plan::new(host)
        .set("ZIG_UPSTREAM_URL", "http://ziglang.invalid")
        .start();
    expect_trouble(depot.zig(RELEASE));
}

/// A short trouble is bridged: the client that asked gets its file.
pub fn short_trouble_is_retried(host: &dyn Host) {
    let depot = Depot::new(host);
    let bytes = bytes_of(4, SMALL);
    depot.upstream().publish_as(RELEASE, &bytes, 503);
    depot
        .upstream()
        .then(&upstream_path(RELEASE), File::new(bytes.clone()));
    depot.zig(RELEASE).expect_bytes(&bytes);
}

/// A large file that fails in the middle never ends cleanly, however often it is tried.
pub fn large_file_that_always_breaks_is_never_complete(host: &dyn Host) {
    let depot = Depot::new(host);
    let bytes = bytes_of(5, LARGE);
    for file in [
        File::new(bytes.clone()),
        File::new(bytes.clone()).with_reset(),
    ] {
        depot
            .upstream()
            .publish_as(RELEASE, &bytes, file.cut_after(LARGE / 2));
        expect_no_clean_end(depot.try_zig(RELEASE));
        depot.expect_no_archive_stored();
    }
    depot.upstream().publish(RELEASE, &bytes);
    depot.zig_in_the_end(RELEASE, &bytes);
}

/// Asks twice for a file that upstream answers badly: both times it is trouble, and both times
/// upstream was asked; then upstream recovers and so does the answer.
fn trouble_is_asked_again(depot: &Depot<'_>, answer: Answer, what: &str) {
    let bytes = bytes_of(1, SMALL);
    depot.upstream().publish_as(RELEASE, &bytes, answer);
    for _ in 0..2 {
        let before = depot.asked(RELEASE);
        let got = depot.zig(RELEASE);
        assert_eq!(got.status(), 504, "{what}: {}", got.text());
        expect_trouble(got);
        assert!(
            depot.asked(RELEASE) > before,
            "{what}: upstream was not asked again"
        );
    }
    depot.expect_no_archive_stored();
}
