//! Packages found by their hash.

use super::mirrored::plan;
use crate::conformance::depot::{Depot, expect_error_form};
use crate::host::{Ability, Host};
use crate::process::eventually;
use crate::stand_in::File;
use crate::tarball::Tarball;

/// What these cases need.
pub const NEEDS: &[Ability] = &[];

/// One file `a.txt` of ten bytes, as real versions of Zig name it.
const NAKED: &str = "N-V-__8AAAoAAAAbsNxms69QgMRle3JT3tq6cci2y4vWsPwG";
const NAKED_LEGACY: &str = "12201bb0dc66b3af5080c4657b7253dedaba71c8b6cb8bd6b0fc064eca96fc8cbd73";

/// The package of these hashes below a directory of this name.
fn naked(top: &str) -> Vec<u8> {
    Tarball::default()
        .file(&format!("{top}/a.txt"), "just text\n")
        .tar_gz()
}

/// Lets the forge have a file, and the server fetch it.
fn fetch(depot: &Depot<'_>, file: &str, bytes: &[u8]) {
    let upstream = format!("/forge/repo/archive/{file}");
    depot.upstream().on(&upstream, File::new(bytes));
    depot
        .get(&format!("/pkg/org/repo/{file}"))
        .expect_bytes(bytes);
    depot.wait_stored(&format!(".zigdepot/package/pkg/org/repo/{file}"));
}

/// Waits until a hash leads to these bytes.
fn expect_found(depot: &Depot<'_>, hash: &str, bytes: &[u8]) {
    eventually(&format!("{hash} is found"), || {
        let answer = depot.get(&format!("/hash/{hash}"));
        (answer.status() == 200).then(|| {
            assert_eq!(answer.field("content-type"), Some("application/gzip"));
            answer.expect_bytes(bytes);
        })
    });
}

fn expect_unknown(depot: &Depot<'_>, hash: &str) {
    expect_error_form(&depot.get(&format!("/hash/{hash}")).expect(404));
}

/// A package that came through the mirror is found by either hash, also when its forge is gone.
pub fn package_is_found_by_either_hash(host: &dyn Host) {
    let depot = plan(host).start();
    expect_unknown(&depot, NAKED);
    let bytes = naked("repo-v1");
    fetch(&depot, "v1.0.0.tar.gz", &bytes);
    depot.upstream().otherwise(503);
    for hash in [NAKED, NAKED_LEGACY] {
        expect_found(&depot, hash, &bytes);
    }
    let part = depot.request("GET", &format!("/hash/{NAKED}"), &[("Range", "bytes=0-1")]);
    assert_eq!(part.expect(206).body, [0x1f, 0x8b]);
    let depot = depot.crash_and_restart();
    for hash in [NAKED, NAKED_LEGACY] {
        expect_found(&depot, hash, &bytes);
    }
}

/// Only the last entry of an archive may tell that there is no top directory.
pub fn layout_is_that_of_the_whole_archive(host: &dyn Host) {
    let depot = plan(host).start();
    let bytes = Tarball::default()
        .dir("a.txt.d")
        .file("a.txt", "just text\n")
        .tar_gz();
    fetch(&depot, "v1.0.0.tar.gz", &bytes);
    expect_found(&depot, NAKED, &bytes);
}

/// A tarball that is no package is served bit for bit, and its record says why it has no hash.
pub fn broken_tarball_has_no_hash(host: &dyn Host) {
    let depot = plan(host).start();
    let good = naked("repo");
    let cut = &good[..good.len() - 20];
    let two = Tarball::default()
        .file("r/a.txt", "1")
        .file("r/a.txt", "2")
        .tar_gz();
    let escape = Tarball::default().file("r/../../a.txt", "1").tar_gz();
    for (file, bytes, reason) in [
        ("v1.0.0.tar.gz", cut, "none: "),
        ("v2.0.0.tar.gz", b"<html>".as_slice(), "none: "),
        ("v3.0.0.tar.gz", &two, "a.txt"),
        ("v4.0.0.tar.gz", &escape, ".."),
        ("v5.0.0.zip", &good, "zip"),
        ("v6.0.0.tar.gz", b"", "none: "),
    ] {
        fetch(&depot, file, bytes);
        let record = depot.read_stored(&format!(".zigdepot/package/pkg/org/repo/{file}"));
        let record = String::from_utf8(record).expect("records are text");
        assert!(record.contains(reason), "{file}: {record}");
        assert!(record.contains("\nnew none: "), "{file}: {record}");
    }
    expect_unknown(&depot, NAKED);
}

/// A branch that moved on cannot be found by the hash that it had.
pub fn moved_branch_is_found_by_its_new_hash_only(host: &dyn Host) {
    let depot = plan(host).timeout("change", "1ms").start();
    let old = naked("repo-main");
    fetch(&depot, "main.tar.gz", &old);
    expect_found(&depot, NAKED, &old);
    let new = Tarball::default().file("repo-main/b.txt", "other").tar_gz();
    let file = "/forge/repo/archive/main.tar.gz";
    depot.upstream().on(file, File::new(&new[..]));
    eventually("the branch moves", || {
        let answer = depot.get("/pkg/org/repo/main.tar.gz").expect(200);
        (answer.body == new).then_some(())
    });
    // Who follows a download has its last byte before it is published.
    let hash = eventually("the new one is recorded", || {
        let record = depot.read_stored(".zigdepot/package/pkg/org/repo/main.tar.gz");
        let record = String::from_utf8(record).expect("records are text");
        let hash = record.lines().find_map(|line| line.strip_prefix("new "));
        hash.filter(|hash| *hash != NAKED).map(String::from)
    });
    // What cannot be found any more leaves no note behind.
    let note = format!(".zigdepot/hash/{NAKED}");
    eventually("the old note is gone", || {
        (!depot.plan().path(&note).exists()).then_some(())
    });
    // A worker may have the old tarball at hand for a while.
    let depot = depot.crash_and_restart();
    expect_unknown(&depot, NAKED);
    expect_found(&depot, &hash, &new);
}

/// Of two tarballs with one package either will do, and one is enough.
pub fn second_tarball_of_a_package_stands_in(host: &dyn Host) {
    let depot = plan(host).start();
    let first = naked("repo-1");
    let second = naked("a-longer-name-of-the-top-directory");
    assert!(first != second);
    fetch(&depot, "v1.0.0.tar.gz", &first);
    expect_found(&depot, NAKED, &first);
    depot.remove("pkg/org/repo/v1.0.0.tar.gz");
    let depot = depot.crash_and_restart();
    expect_unknown(&depot, NAKED);
    fetch(&depot, "v2.0.0.tar.gz", &second);
    expect_found(&depot, NAKED, &second);
}

/// A tarball that lies in the store without records is hashed when it is first asked for.
pub fn tarball_in_the_store_is_hashed_when_asked_for(host: &dyn Host) {
    let plan = plan(host);
    let bytes = naked("repo");
    plan.store("pkg/org/repo/v1.0.0.tar.gz", &bytes);
    let depot = plan.start();
    expect_unknown(&depot, NAKED);
    depot
        .get("/pkg/org/repo/v1.0.0.tar.gz")
        .expect_bytes(&bytes);
    expect_found(&depot, NAKED, &bytes);
    assert_eq!(depot.upstream().total(), 0);
}

/// What is no hash is refused.
pub fn nonsense_is_no_hash(host: &dyn Host) {
    let depot = plan(host).start();
    for hash in ["x", "1220", "..%2F..%2Fx", "N-V", &"1220".repeat(30)] {
        expect_unknown(&depot, hash);
    }
}
