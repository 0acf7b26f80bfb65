//! Files that come before anyone asks for them, behind every client.

use crate::conformance::depot::{Depot, Plan, RELEASE, SMALL, bytes_of};
use crate::host::{Ability, Host};
use crate::process::eventually;
use crate::stand_in::{File, Gate, IndexText};

/// What these cases need.
pub const NEEDS: &[Ability] = &[Ability::Background, Ability::SharedState];

const INDEX: &str = "/download/index.json";
const SOURCE: &str = "zig-0.14.1.tar.xz";
const MAC: &str = "zig-aarch64-macos-0.14.1.tar.xz";
const OLD: &str = "zig-linux-x86_64-0.13.0.tar.xz";
const MASTER: &str = "zig-0.16.0-dev.1+abcdef012.tar.xz";

fn plan<'h>(host: &'h dyn Host, mode: &str) -> Plan<'h> {
    let plan = Plan::new(host).set("ZIG_PREFETCH", mode);
    let mut index = IndexText::new();
    for (seed, name) in (10..).zip([MASTER, RELEASE, SOURCE, MAC, OLD]) {
        let bytes = bytes_of(seed, SMALL);
        plan.upstream.publish(name, &bytes);
        index = match name {
            MASTER => index.entry("master", Some("0.16.0-dev.1+abcdef012")),
            RELEASE => index.entry("0.14.1", None),
            OLD => index.entry("0.13.0", None),
            _ => index,
        };
        index = index.file(&format!("key{seed}"), name, &bytes);
    }
    plan.upstream.on(INDEX, File::new(index.text().as_bytes()));
    plan
}

fn started<'h>(host: &'h dyn Host, mode: &str) -> Depot<'h> {
    let depot = plan(host, mode).start();
    depot.get("/zig/index.json").expect(200);
    depot
}

fn stored(depot: &Depot<'_>, name: &str) -> bool {
    depot
        .stored()
        .iter()
        .any(|path| path.ends_with(&format!("/{name}")))
}

fn wait_stored(depot: &Depot<'_>, name: &str) {
    eventually(&format!("{name} is stored"), || {
        stored(depot, name).then_some(())
    });
}

/// One fetched file brings all files of its version, with their signatures, and no others.
pub fn fetched_file_brings_its_version(host: &dyn Host) {
    let depot = started(host, "version");
    depot.zig(RELEASE).expect_bytes(&bytes_of(11, SMALL));
    for name in [
        SOURCE,
        MAC,
        &format!("{SOURCE}.minisig"),
        &format!("{MAC}.minisig"),
    ] {
        wait_stored(&depot, name);
    }
    assert!(!stored(&depot, OLD) && !stored(&depot, MASTER));
    let before = depot.upstream().total();
    depot.zig(MAC).expect_bytes(&bytes_of(13, SMALL));
    assert_eq!(depot.upstream().total(), before);
}

/// Asking for a head alone brings the file, not its version.
pub fn head_brings_no_version(host: &dyn Host) {
    let depot = started(host, "version");
    depot
        .request("HEAD", &format!("/zig/{RELEASE}"), &[])
        .expect(200);
    wait_stored(&depot, RELEASE);
    depot.zig(OLD).expect_bytes(&bytes_of(14, SMALL));
    assert!(!stored(&depot, MAC) && !stored(&depot, SOURCE));
}

/// `off` fetches only what is asked for.
pub fn off_fetches_nothing_by_itself(host: &dyn Host) {
    let depot = started(host, "off");
    depot.zig(RELEASE).expect_bytes(&bytes_of(11, SMALL));
    depot.zig(OLD).expect_bytes(&bytes_of(14, SMALL));
    assert!(!stored(&depot, MAC) && !stored(&depot, SOURCE));
}

/// `all` fetches every stable version, but no nightly.
pub fn all_fetches_every_stable_version(host: &dyn Host) {
    let depot = started(host, "all");
    for name in [RELEASE, SOURCE, MAC, OLD] {
        wait_stored(&depot, name);
        assert_eq!(depot.asked(name), 1);
    }
    assert!(!stored(&depot, MASTER));
    depot.running.wait_for_log(&["prefetch", "MiB to fetch"]);
}

/// While a client waits for a download nothing is prefetched.
pub fn clients_go_first(host: &dyn Host) {
    let plan = plan(host, "all");
    let gate = Gate::new();
    let slow = bytes_of(77, SMALL);
    let name = "zig-x86_64-linux-0.16.0-dev.1+abcdef012.tar.xz";
    plan.upstream
        .publish_as(name, &slow, File::new(slow.clone()).gated(10, &gate));
    let index = plan.upstream.requests_for(INDEX).len();
    let depot = plan.start();
    let mut client = depot.connect();
    client.ask("GET", &format!("/zig/{name}"), &[]);
    gate.wait_reached();
    eventually("the index is here", || {
        (depot.upstream().requests_for(INDEX).len() > index).then_some(())
    });
    let total = depot.upstream().total();
    for _ in 0..5 {
        depot.get("/healthz").expect(200);
        std::thread::sleep(core::time::Duration::from_millis(50));
    }
    let begun = depot.upstream().total() - total;
    assert!(begun <= 2, "at most the file that was under way: {begun}");
    gate.open();
    wait_stored(&depot, OLD);
}

/// A prefetch that the disk has no room for stops; it evicts nothing.
pub fn prefetch_evicts_nothing(host: &dyn Host) {
    let plan = plan(host, "all").set("STORE_MAX", "50000");
    let dev = bytes_of(5, SMALL);
    plan.store_signed(
        "zig/dev/0.15.0-dev.631+9a3540d61",
        super::super::depot::DEV,
        &dev,
    );
    let depot = plan.start();
    depot.running.wait_for_log(&["the disk has no room"]);
    assert!(
        depot
            .stored()
            .iter()
            .any(|path| path.starts_with("zig/dev/"))
    );
    depot.zig(super::super::depot::DEV).expect_bytes(&dev);
}
