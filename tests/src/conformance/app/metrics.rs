//! `/metrics` and `/healthz`.

use crate::conformance::depot::{Depot, RELEASE, SMALL, bytes_of};
use crate::host::{Ability, Host};
use crate::process::eventually;

/// What these cases need.
pub const NEEDS: &[Ability] = &[Ability::SharedState];

/// The value of a sample.
fn sample(text: &str, name: &str) -> Option<u64> {
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(' '))?;
    line.parse().ok()
}

/// The process says that it lives.
pub fn health_is_one_word(host: &dyn Host) {
    assert_eq!(Depot::new(host).get("/healthz").expect(200).text(), "ok\n");
}

/// What happened is counted, by route, status, cache and client.
pub fn what_happened_is_counted(host: &dyn Host) {
    let depot = Depot::new(host);
    depot.upstream().publish(RELEASE, &bytes_of(1, SMALL));
    for _ in 0..3 {
        depot.get(&format!("/zig/{RELEASE}?source=nix")).expect(200);
    }
    depot.get("/zig/zig-x86_64-linux-0.1.9.tar.xz").expect(404);
    // A request is counted once its answer is sent, which its client may see first, and the
    // missing file's signature may still be asked for.
    eventually(
        "the last request is counted and no download is under way",
        || {
            let text = depot.get("/metrics").text();
            let counted =
                text.contains("status=\"404\"") && text.contains("\nzigdepot_flights 0\n");
            counted.then_some(())
        },
    );
    let metrics = depot.get("/metrics").expect(200);
    assert!(
        metrics
            .field("content-type")
            .is_some_and(|kind| kind.starts_with("text/plain; version=0.0.4"))
    );
    let text = metrics.text();
    for (name, value) in [
        (
            "zigdepot_requests_total{route=\"zig\",status=\"200\",cache=\"hit\"}",
            2,
        ),
        (
            "zigdepot_requests_total{route=\"zig\",status=\"404\",cache=\"-\"}",
            1,
        ),
        ("zigdepot_source_requests_total{source=\"nix\"}", 3),
        ("zigdepot_fills_total{outcome=\"published\"}", 2),
        ("zigdepot_verification_failures_total", 0),
        ("zigdepot_flights", 0),
    ] {
        assert_eq!(sample(&text, name), Some(value), "{name}: {text}");
    }
    assert!(
        sample(&text, "zigdepot_store_bytes").is_some_and(|bytes| bytes > 20_000),
        "{text}"
    );
    assert!(
        sample(&text, "zigdepot_body_bytes_total").is_some_and(|bytes| bytes > 60_000),
        "{text}"
    );
}

/// Every family is announced with help and type before its samples.
pub fn families_are_announced(host: &dyn Host) {
    let text = Depot::new(host).get("/metrics").expect(200).text();
    let mut announced = Vec::new();
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix("# TYPE ") {
            announced.push(rest.split(' ').next().unwrap_or_default().to_owned());
        } else if !line.starts_with('#') {
            let name = line.split(['{', ' ']).next().unwrap_or_default();
            assert!(announced.iter().any(|known| known == name), "{line}");
        }
    }
    assert!(announced.len() > 10);
}

/// A name that was missing is asked for again after its time, and served once upstream has it.
pub fn missing_name_is_asked_again_after_its_time(host: &dyn Host) {
    let depot = crate::conformance::depot::Plan::new(host)
        .timeout("missing", "100ms")
        .start();
    depot.zig(RELEASE).expect(404);
    let bytes = bytes_of(1, SMALL);
    depot.upstream().publish(RELEASE, &bytes);
    std::thread::sleep(core::time::Duration::from_millis(150));
    depot.zig(RELEASE).expect_bytes(&bytes);
}
