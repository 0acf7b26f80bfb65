//! The main job of a mirror: all of a stand-in ziglang.org is here, whatever upstream does then.

use std::sync::{Arc, Mutex, PoisonError};

use zigdepot_tests::conformance::depot::{Depot, Plan, bytes_of};
use zigdepot_tests::host::Host;
use zigdepot_tests::process::eventually_within;
use zigdepot_tests::stand_in::{Answer, File, IndexText, upstream_path};

zigdepot_tests::on_socket_hosts! { whole_mirror_outlives_its_upstream_and_a_crash }

/// A gigabyte of archives is enough for one machine; the hosts take turns.
static TURN: Mutex<()> = Mutex::new(());

const INDEX: &str = "/download/index.json";
const TARGETS: [&str; 5] = [
    "x86_64-linux",
    "aarch64-linux",
    "x86_64-macos",
    "aarch64-macos",
    "x86_64-windows",
];
const VERSIONS: [&str; 4] = ["0.15.2", "0.15.1", "0.14.1", "0.13.0"];
/// Archives of real size; the differences make each file's end fall elsewhere.
const SIZE: usize = 45_000_000;

struct Published {
    name: String,
    bytes: Arc<[u8]>,
}

/// Twenty archives: some fail at first, one breaks off half-way, some are slow.
fn publish(plan: &Plan<'_>) -> Vec<Published> {
    let mut files = Vec::new();
    let mut index = IndexText::new()
        .entry("master", Some("0.16.0-dev.1+abcdef012"))
        .file(
            "src",
            "zig-0.16.0-dev.1+abcdef012.tar.xz",
            b"a nightly, which is not mirrored",
        );
    for version in VERSIONS {
        index = index.entry(version, None);
        for target in TARGETS {
            let seed = files.len() as u64 + 1;
            let name = format!("zig-{target}-{version}.tar.xz");
            let bytes = bytes_of(seed, SIZE + files.len() * 1_234_567 % 9_999_999);
            index = index.file(target, &name, &bytes);
            let whole = File::new(Arc::clone(&bytes)).resumable(&name);
            plan.upstream
                .publish_as(&name, &bytes, delivery(files.len(), whole.clone()));
            plan.upstream.then(&upstream_path(&name), whole);
            files.push(Published { name, bytes });
        }
    }
    plan.upstream.on(INDEX, File::new(index.text().as_bytes()));
    files
}

fn delivery(nth: usize, whole: File) -> Answer {
    match nth % 6 {
        0 => Answer::Status(503),
        1 => whole.cut_after(17_000_000).into(),
        2 => whole.paced(150_000_000).into(),
        3 => Answer::Reset,
        _ => whole.into(),
    }
}

fn expect_all(depot: &Depot<'_>, files: &[Published], what: &str) {
    for file in files {
        let answer = depot.zig(&file.name);
        assert_eq!(answer.status(), 200, "{what}: {}", file.name);
        answer.expect_bytes(&file.bytes);
    }
    for document in ["/zig/index.json", INDEX] {
        let text = depot.get(document).expect(200).text();
        assert!(
            files.iter().all(|file| text.contains(&file.name)),
            "{what}: {document}"
        );
    }
}

fn whole_mirror_outlives_its_upstream_and_a_crash(host: &dyn Host) {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let plan = Plan::new(host)
        .set("ZIG_PREFETCH", "all")
        .set("LOG", "info");
    let files = publish(&plan);
    let depot = plan.start();
    std::thread::scope(|scope| {
        for nth in [3, 9, 14] {
            let (depot, file) = (&depot, &files[nth]);
            scope.spawn(move || depot.zig_in_the_end(&file.name, &file.bytes));
        }
    });
    eventually_within(
        core::time::Duration::from_mins(2),
        "all is mirrored",
        || {
            let stored = depot.stored_archives();
            files
                .iter()
                .all(|file| stored.iter().any(|path| path.ends_with(&file.name)))
                .then_some(())
        },
    );
    for file in &files {
        depot
            .upstream()
            .on(&upstream_path(&file.name), Answer::Status(500));
        depot.upstream().on(
            &(upstream_path(&file.name) + ".minisig"),
            Answer::Status(500),
        );
    }
    depot.upstream().on(INDEX, Answer::Status(500));
    expect_all(&depot, &files, "upstream is down");
    let depot = depot.crash_and_restart();
    expect_all(&depot, &files, "after a crash");
    assert!(depot.staging().is_empty());
}
