//! Names that cannot exist: refused at once, without a question upstream, without a trace on disk.

use crate::conformance::depot::{Depot, expect_error_form};
use crate::host::{Ability, Host};

/// What these cases need.
pub const NEEDS: &[Ability] = &[];

const IMPOSSIBLE: &[&str] = &[
    "zig-x86_64-linux-0.14.1.tar.gz",
    "zig-x86_64-linux-0.14.1.exe",
    "zig-x86_64-linux-0.14.1",
    "zig-x86_64-linux-0.14.tar.xz",
    "zig-x86_64-linux-0.14.1.2.tar.xz",
    "zig-x86_64-linux-00.14.1.tar.xz",
    "zig-x86_64-linux-0.14.1-dev.tar.xz",
    "zig-x86_64-linux-0.14.1-dev.12.tar.xz",
    "zig-x86_64-linux-0.14.1-dev.12+.tar.xz",
    "zig-x86_64-linux-0.14.1-dev.12+xyz.tar.xz",
    "zig-x86_64-linux-0.14.1-dev.12+ABCDEF012.tar.xz",
    "zig-x86_64-linux-0.14.1-rc1.tar.xz",
    "zig-x86_64-linux-0.14.1.tar.xz.minisig.minisig",
    "zig-x86_64-linux-0.14.1.tar.xz.sha256",
    "zig-x86_64-linux-0.14.1.tar.xz ",
    "zig-x86_64-linux-extra-words-0.14.1.tar.xz",
    "zig--0.14.1.tar.xz",
    "zig-x86_64--0.14.1.tar.xz",
    "zig-x86.64-linux-0.14.1.tar.xz",
    "zig-x86_64-linux-.tar.xz",
    "zig-.tar.xz",
    "zig-",
    "ZIG-x86_64-linux-0.14.1.tar.xz",
    "zls-x86_64-linux-0.14.1.tar.xz",
    "zig-x86_64-linux-99999999999999999999.14.1.tar.xz",
    "zig-x86_64-lin\u{fc}x-0.14.1.tar.xz",
    "readme.txt",
];

/// Each impossible name is 404 in the form of all errors.
pub fn impossible_names_are_refused(host: &dyn Host) {
    let depot = Depot::new(host);
    for name in IMPOSSIBLE {
        let name = name.replace(' ', "%20").replace('\u{fc}', "%C3%BC");
        expect_error_form(&depot.zig(&name).expect(404));
        depot.get(&format!("/builds/{name}")).expect(404);
    }
    assert_eq!(depot.upstream().total(), 0);
    depot.expect_nothing_stored();
}

/// A name may not reach outside its directory, however it is written.
pub fn traversal_is_refused(host: &dyn Host) {
    let depot = Depot::new(host);
    let paths = [
        "/zig/..%2F..%2Fetc%2Fpasswd",
        "/zig/%2e%2e/zig-x86_64-linux-0.14.1.tar.xz",
        "/zig/..%2fzig-x86_64-linux-0.14.1.tar.xz",
        "/zig/0.14.1%2F..%2Fzig-x86_64-linux-0.14.1.tar.xz",
        "/zig/..%5Czig-x86_64-linux-0.14.1.tar.xz",
        "/zig/zig-..-linux-0.14.1.tar.xz",
        "/zig/%2Fetc%2Fpasswd",
        "/.zigdepot/staging",
        "/zig/.zigdepot",
        "/zig/stable/0.14.1/zig-x86_64-linux-0.14.1.tar.xz",
    ];
    for path in paths {
        let status = depot.get(path).status();
        assert!(matches!(status, 400 | 404), "{path}: {status}");
    }
    assert_eq!(depot.upstream().total(), 0);
    depot.expect_nothing_stored();
}

/// Escapes that decode to nothing sensible are refused.
pub fn percent_garbage_is_refused(host: &dyn Host) {
    let depot = Depot::new(host);
    let tails = [
        "%00",
        "%",
        "%2",
        "%zz",
        "%u0041",
        "%0d%0aX:%20y",
        "%FF%FE",
        "%252B",
    ];
    for tail in tails {
        let status = depot
            .get(&format!("/zig/zig-x86_64-linux-0.14.1{tail}.tar.xz"))
            .status();
        assert!(matches!(status, 400 | 404), "{tail}: {status}");
    }
    assert_eq!(depot.upstream().total(), 0);
    depot.expect_nothing_stored();
}

/// Long names are no way to a long path on disk or upstream.
pub fn long_names_are_refused(host: &dyn Host) {
    let depot = Depot::new(host);
    for length in [250, 1000, 4000] {
        let name = format!("zig-{}-linux-0.14.1.tar.xz", "x".repeat(length));
        let status = depot.zig(&name).status();
        assert!(matches!(status, 404 | 414), "{length}: {status}");
    }
    assert_eq!(depot.upstream().total(), 0);
    depot.expect_nothing_stored();
}

/// Paths outside all routes are 404, in plain text.
pub fn unknown_paths_are_not_found(host: &dyn Host) {
    let depot = Depot::new(host);
    for path in [
        "/nothing",
        "/zig",
        "/zig/",
        "/builds/",
        "/download/",
        "/zig/0.14.1/",
        "//",
        "/zig//x",
        "/a/b/c/d/e",
    ] {
        expect_error_form(&depot.get(path).expect(404));
    }
    assert_eq!(depot.upstream().total(), 0);
}
