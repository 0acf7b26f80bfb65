//! What a server that keeps house deletes by itself.

use core::time::Duration;
use std::fs::FileTimes;
use std::path::Path;
use std::time::SystemTime;

use crate::conformance::depot::Plan;
use crate::host::{Ability, Host};
use crate::process::eventually;

/// What these cases need.
pub const NEEDS: &[Ability] = &[Ability::Background, Ability::SharedState];

/// Dev versions to which nothing was added for too long are deleted; nothing else is.
pub fn old_dev_versions_are_purged(host: &dyn Host) {
    let plan = Plan::new(host).set("PURGE_DEV_OLDER_THAN", "30d");
    let old = "zig/dev/0.15.0-dev.1+abcdef012";
    let kept = [
        "zig/dev/0.15.0-dev.2+abcdef012",
        "zig/nominated/0.15.0-dev.3+abcdef012",
        "zig/stable/0.14.1",
    ];
    for dir in [&[old], &kept[..]].concat() {
        plan.store(&format!("{dir}/f"), b"bytes");
        set_age(&plan.path(dir), Duration::from_hours(24 * 31));
    }
    set_age(&plan.path(kept[0]), Duration::from_hours(24 * 29));
    let depot = plan.start();
    let files = kept.map(|dir| format!("{dir}/f"));
    eventually("the old version is purged", || {
        (depot.stored() == files).then_some(())
    });
    assert!(!depot.plan().path(old).exists());
}

/// A store that is too large gives up what was used least, of all that can be had again.
pub fn least_used_files_are_purged(host: &dyn Host) {
    let plan = Plan::new(host).set("PURGE_TO_SIZE", "2500");
    let files = [
        "artifact/o/r/v1/a.zip",
        "artifact/o/r/v2/a.zip",
        "pkg/o/r/new.tar.gz",
        "pkg/o/r/old.tar.gz",
        "zig/stable/0.14.1/f",
    ];
    for (file, days) in files.iter().zip([9, 1, 2, 8, 100]) {
        plan.store(file, &[0; 900]);
        let age = SystemTime::now() - Duration::from_hours(24 * days);
        let times = FileTimes::new().set_accessed(age).set_modified(age);
        let file = std::fs::File::open(plan.path(file)).expect("it is there");
        file.set_times(times).expect("times can be set");
    }
    let depot = plan.start();
    eventually("the store is small enough", || {
        (depot.stored() == ["artifact/o/r/v2/a.zip", "zig/stable/0.14.1/f"]).then_some(())
    });
    assert_eq!(depot.empty_dirs(), Vec::<String>::new());
}

/// Lets a directory look unchanged for so long.
fn set_age(path: &Path, age: Duration) {
    let dir = std::fs::File::open(path).expect("it is there");
    let at = SystemTime::now() - age;
    dir.set_modified(at).expect("times can be set");
}
