//! Which paths lead to which file, here and upstream.

use crate::conformance::depot::{DEV, Depot, Plan, RELEASE, SMALL, bytes_of, expect_error_form};
use crate::host::{Ability, Host};
use crate::stand_in::upstream_path;

/// What these cases need.
pub const NEEDS: &[Ability] = &[];

/// All routes of a release lead to the file in upstream's download directory.
pub fn release_is_found_on_every_route(host: &dyn Host) {
    let depot = Depot::new(host);
    let bytes = bytes_of(1, SMALL);
    depot.upstream().publish(RELEASE, &bytes);
    for before in ["/zig", "/zig/0.14.1", "/download/0.14.1", "/builds", ""] {
        depot
            .get(&format!("{before}/{RELEASE}"))
            .expect_bytes(&bytes);
    }
    assert_eq!(
        depot
            .upstream()
            .count("/download/0.14.1/zig-x86_64-linux-0.14.1.tar.xz"),
        1
    );
    assert_eq!(
        depot
            .upstream()
            .count("/builds/zig-x86_64-linux-0.14.1.tar.xz"),
        0
    );
}

/// All routes of a development version lead to the file in upstream's builds.
pub fn dev_version_is_found_on_every_route(host: &dyn Host) {
    let depot = Depot::new(host);
    let bytes = bytes_of(2, SMALL);
    depot.upstream().publish(DEV, &bytes);
    for before in [
        "/zig",
        "/zig/0.15.0-dev.631+9a3540d61",
        "/download/0.15.0-dev.631+9a3540d61",
        "/builds",
        "",
    ] {
        depot.get(&format!("{before}/{DEV}")).expect_bytes(&bytes);
    }
    assert_eq!(depot.asked(DEV), 1);
    assert_eq!(
        depot
            .upstream()
            .requests()
            .iter()
            .filter(|seen| seen.path().starts_with("/download/0"))
            .count(),
        0
    );
}

/// An escaped plus is a plus: clients differ.
pub fn escaped_plus_is_the_same_file(host: &dyn Host) {
    let depot = Depot::new(host);
    let bytes = bytes_of(3, SMALL);
    depot.upstream().publish(DEV, &bytes);
    depot.zig(&DEV.replace('+', "%2B")).expect_bytes(&bytes);
    depot.zig(&DEV.replace('+', "%2b")).expect_bytes(&bytes);
    depot.zig(DEV).expect_bytes(&bytes);
    assert_eq!(depot.asked(DEV), 1);
}

/// The client's name in the query is no part of the file's name.
pub fn source_query_is_ignored_for_caching(host: &dyn Host) {
    let depot = Depot::new(host);
    let bytes = bytes_of(4, SMALL);
    depot.upstream().publish(RELEASE, &bytes);
    for query in [
        "",
        "?source=zvm",
        "?source=health-check",
        "?source=../../x%00&y",
    ] {
        depot.zig(&format!("{RELEASE}{query}")).expect_bytes(&bytes);
    }
    assert_eq!(depot.asked(RELEASE), 1);
    assert!(
        depot
            .upstream()
            .requests()
            .iter()
            .all(|seen| !seen.target.contains("zvm"))
    );
}

/// Names of every kind the rules know are fetched from where the version says.
pub fn every_form_of_name_is_fetched(host: &dyn Host) {
    let depot = Depot::new(host);
    let names = [
        "zig-0.14.1.tar.xz",
        "zig-bootstrap-0.14.1.tar.xz",
        "zig-linux-x86_64-0.13.0.tar.xz",
        "zig-windows-x86_64-0.13.0.zip",
        "zig-x86_64-windows-0.15.1.zip",
        "zig-linux-x86_64-0.14.0-dev.3+abcdef012.tar.xz",
        "zig-0.15.0-dev.631+9a3540d61.tar.xz",
        "zig-bootstrap-0.15.0-dev.631+9a3540d61.tar.xz",
    ];
    for (seed, name) in (10..).zip(names) {
        let bytes = bytes_of(seed, SMALL);
        depot.upstream().publish(name, &bytes);
        depot.zig(name).expect_bytes(&bytes);
    }
}

/// The server keeps no list of architectures and systems.
pub fn unknown_targets_are_still_asked_for(host: &dyn Host) {
    let depot = Depot::new(host);
    let name = "zig-loongarch128_v9-plan10-0.14.1.tar.xz";
    let bytes = bytes_of(5, SMALL);
    depot.upstream().publish(name, &bytes);
    depot.zig(name).expect_bytes(&bytes);
}

/// Signatures are files like others, bit for bit, on all routes.
pub fn signature_is_served(host: &dyn Host) {
    let depot = Depot::new(host);
    let bytes = bytes_of(6, SMALL);
    let signature = depot.upstream().key().sign(RELEASE, &bytes);
    depot.upstream().publish(RELEASE, &bytes);
    for before in ["/zig", "/zig/0.14.1", "/download/0.14.1", ""] {
        depot
            .get(&format!("{before}/{RELEASE}.minisig"))
            .expect_bytes(signature.as_bytes());
    }
}

/// A signature can be asked for while its archive is being read, or without it.
pub fn signature_is_served_after_its_archive_from_the_store(host: &dyn Host) {
    let depot = Depot::new(host);
    depot.warm_release();
    let before = depot.upstream().total();
    let answer = depot.zig(&format!("{RELEASE}.minisig")).expect(200);
    assert!(answer.text().contains(&format!("file:{RELEASE}")));
    assert_eq!(depot.upstream().total(), before);
}

/// The signed index of one version is passed on bit for bit.
pub fn version_index_is_served_bit_for_bit(host: &dyn Host) {
    let depot = Depot::new(host);
    let name = "zig-0.15.0-dev.631+9a3540d61-index.json";
    let bytes = b"{\n  \"master\": {}\n}\n";
    let signature = depot.upstream().key().sign(name, bytes);
    depot.upstream().publish(name, &bytes[..].into());
    let answer = depot.get(&format!("/builds/{name}")).expect_bytes(bytes);
    assert!(
        answer
            .field("content-type")
            .unwrap_or("")
            .starts_with("application/json")
    );
    depot
        .get(&format!("/builds/{name}.minisig"))
        .expect_bytes(signature.as_bytes());
}

/// The version in the path must be the file's.
pub fn version_of_the_path_must_be_the_files(host: &dyn Host) {
    let depot = Depot::new(host);
    for dir in [
        "/zig/0.13.0",
        "/zig/0.14.1-dev.1+abc",
        "/zig/x",
        "/download/0.13.0",
        "/zig/0.14.01",
    ] {
        expect_error_form(&depot.get(&format!("{dir}/{RELEASE}")).expect(404));
    }
    assert_eq!(depot.upstream().total(), 0);
}

/// The list of mirrors holds this mirror.
pub fn community_mirrors_names_this_mirror(host: &dyn Host) {
    for base in ["https://mirror.example.org", "https://mirror.example.org/"] {
        let depot = Plan::new(host).set("BASE_URL", base).start();
        let answer = depot
            .get("/download/community-mirrors.txt")
            .expect_bytes(b"https://mirror.example.org/zig\n");
        assert!(
            answer
                .field("content-type")
                .unwrap_or("")
                .starts_with("text/plain")
        );
    }
}

/// A file that upstream has under a version directory of an upstream with a path is found there.
pub fn upstream_url_may_have_a_path(host: &dyn Host) {
    let plan = Plan::new(host);
    let url = format!("{}/mirrors/zig/", plan.upstream.url());
    let depot = plan.set("ZIG_UPSTREAM_URL", &url).start();
    let bytes = bytes_of(7, SMALL);
    let path = format!("/mirrors/zig{}", upstream_path(RELEASE));
    let signature = depot.upstream().key().sign(RELEASE, &bytes);
    depot
        .upstream()
        .on(&path, crate::stand_in::File::new(bytes.clone()));
    depot.upstream().on(
        &format!("{path}.minisig"),
        crate::stand_in::File::new(signature.as_bytes()),
    );
    depot.zig(RELEASE).expect_bytes(&bytes);
}
