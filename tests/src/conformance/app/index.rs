//! The indexes: merged, pointing here, and the last good one whatever upstream does.

use crate::conformance::depot::{
    DEV, Depot, Plan, RELEASE, RELEASE_STORED, SMALL, bytes_of, expect_trouble,
};
use crate::host::{Ability, Host};
use crate::process::eventually;
use crate::stand_in::{Answer, File, IndexText, upstream_path};

/// What these cases need.
pub const NEEDS: &[Ability] = &[Ability::Background, Ability::SharedState];

const INDEX: &str = "/download/index.json";
const DEV_VERSION: &str = "0.15.0-dev.631+9a3540d61";

fn official() -> IndexText {
    IndexText::new()
        .entry("master", Some(DEV_VERSION))
        .file("x86_64-linux", DEV, &bytes_of(2, SMALL))
        .entry("0.14.1", None)
        .file("x86_64-linux", RELEASE, &bytes_of(1, SMALL))
}

/// Both documents name this server and nothing else; the old URL stays beside.
pub fn downloads_point_here(host: &dyn Host) {
    let plan = Plan::new(host).set("BASE_URL", "https://mirror.test/x");
    plan.upstream
        .on(INDEX, File::new(official().text().as_bytes()));
    let depot = plan.start();
    let merged = depot.get("/zig/index.json").expect(200);
    assert_eq!(merged.field("content-type"), Some("application/json"));
    for part in [
        format!("\"tarball\": \"https://mirror.test/x/zig/{DEV}\""),
        format!("\"tarball\": \"https://mirror.test/x/zig/0.14.1/{RELEASE}\""),
        format!(
            "\"zigTarball\": \"https://ziglang.org{}\"",
            upstream_path(RELEASE)
        ),
        "\"version\": \"0.14.1\"".to_owned(),
    ] {
        assert!(merged.text().contains(&part), "{part}: {}", merged.text());
    }
    let plain = depot.get(INDEX).expect(200);
    assert!(
        plain
            .text()
            .contains(&format!("https://mirror.test/x/download/0.14.1/{RELEASE}"))
    );
    assert!(!plain.text().contains("zigTarball"));
}

/// An index is revalidated like a file, but not for ever.
pub fn index_is_revalidated(host: &dyn Host) {
    let plan = Plan::new(host);
    plan.upstream
        .on(INDEX, File::new(official().text().as_bytes()));
    let depot = plan.start();
    let first = depot.get("/zig/index.json").expect(200);
    let etag = first.field("etag").expect("an entity tag").to_owned();
    assert!(
        !first
            .field("cache-control")
            .unwrap_or_default()
            .contains("immutable")
    );
    depot
        .request("GET", "/zig/index.json", &[("If-None-Match", &etag)])
        .expect(304);
    depot
        .request("GET", "/zig/index.json", &[("Range", "bytes=0-0")])
        .expect(206);
}

/// Nominated versions join the merged index, are fetched from their own mirror and kept apart.
pub fn nominated_versions_join(host: &dyn Host) {
    let bytes = bytes_of(2, SMALL);
    let plan = Plan::new(host);
    let base = plan.upstream.url();
    let nominated = IndexText::new()
        .entry("2025.1.0-mach", Some(DEV_VERSION))
        .file_at("x86_64-linux", &format!("{base}/mach/{DEV}"), &bytes)
        .entry("broken-mach", None)
        .entry("master", Some("0.1.0-dev.1+abcdef012"));
    let master = IndexText::new()
        .entry("master", Some("0.16.0-dev.1+abcdef012"))
        .file("src", "zig-0.16.0-dev.1+abcdef012.tar.xz", b"x");
    plan.upstream.on(INDEX, File::new(master.text().as_bytes()));
    plan.upstream
        .on("/mach/index.json", File::new(nominated.text().as_bytes()));
    plan.upstream
        .on(&format!("/mach/{DEV}"), File::new(bytes.clone()));
    let signature = plan.upstream.key().sign(DEV, &bytes);
    plan.upstream.on(
        &format!("/mach/{DEV}.minisig"),
        File::new(signature.as_bytes()),
    );
    let depot = plan
        .set(
            "ZIG_NOMINATED_INDEX_URL",
            &format!("{base}/mach/index.json"),
        )
        .set("ZIG_NOMINATED_VERSION_BASE_URL", &format!("{base}/mach/"))
        .start();
    eventually("the nominated version is listed", || {
        depot
            .get("/zig/index.json")
            .text()
            .contains("2025.1.0-mach")
            .then_some(())
    });
    assert!(!depot.get(INDEX).text().contains("mach"));
    depot.zig(DEV).expect_bytes(&bytes);
    depot.wait_stored(&format!("zig/nominated/{DEV_VERSION}/{DEV}"));
    assert_eq!(depot.asked(DEV), 0, "the nominated mirror was asked first");
}

/// A dev version moves when it is nominated, and is served all the while.
pub fn nominated_version_moves(host: &dyn Host) {
    let bytes = bytes_of(2, SMALL);
    let plan = Plan::new(host);
    plan.store_signed(&format!("zig/dev/{DEV_VERSION}"), DEV, &bytes);
    let base = plan.upstream.url();
    let nominated = IndexText::new()
        .entry("2025.1.0-mach", Some(DEV_VERSION))
        .file_at("x86_64-linux", &format!("{base}/mach/{DEV}"), &bytes);
    let master = IndexText::new()
        .entry("master", Some("0.16.0-dev.1+abcdef012"))
        .file("src", "zig-0.16.0-dev.1+abcdef012.tar.xz", b"x");
    plan.upstream.on(INDEX, File::new(master.text().as_bytes()));
    plan.upstream
        .on("/mach/index.json", File::new(nominated.text().as_bytes()));
    let depot = plan
        .set(
            "ZIG_NOMINATED_INDEX_URL",
            &format!("{base}/mach/index.json"),
        )
        .start();
    depot.wait_stored(&format!("zig/nominated/{DEV_VERSION}/{DEV}"));
    depot.zig(DEV).expect_bytes(&bytes);
    eventually("the old directory is gone", || {
        depot.empty_dirs().is_empty().then_some(())
    });
}

/// The last good index is served while upstream is down, also after a restart.
pub fn last_good_index_outlives_upstream(host: &dyn Host) {
    let plan = Plan::new(host)
        .timeout("index", "100ms")
        .timeout("index-retry", "50ms");
    plan.upstream
        .on(INDEX, File::new(official().text().as_bytes()));
    let depot = plan.start();
    let good = depot.get("/zig/index.json").expect(200).text();
    depot.upstream().on(INDEX, Answer::Status(500));
    let before = depot.upstream().count(INDEX);
    eventually("the index is asked for again", || {
        (depot.upstream().count(INDEX) > before + 1).then_some(())
    });
    assert_eq!(depot.get("/zig/index.json").expect(200).text(), good);
    let base = depot.address().to_string();
    let depot = depot.crash_and_restart();
    let again = depot.get("/zig/index.json").expect(200).text();
    let port = |address: &str| address.rsplit(':').next().unwrap_or_default().to_owned();
    assert_eq!(
        again,
        good.replace(&port(&base), &port(&depot.address().to_string()))
    );
}

/// What is no index changes nothing and is counted.
pub fn bad_index_changes_nothing(host: &dyn Host) {
    let plan = Plan::new(host)
        .timeout("index", "50ms")
        .timeout("index-retry", "50ms");
    plan.upstream
        .on(INDEX, File::new(official().text().as_bytes()));
    let depot = plan.start();
    let good = depot.get("/zig/index.json").expect(200).text();
    for bad in ["<html>down</html>", "{}", "[]", r#"{"master":{}}"#, "\u{0}"] {
        depot.upstream().on(INDEX, File::new(bad.as_bytes()));
        let before = depot.upstream().count(INDEX);
        eventually("the index is asked for again", || {
            (depot.upstream().count(INDEX) > before + 1).then_some(())
        });
        assert_eq!(
            depot.get("/zig/index.json").expect(200).text(),
            good,
            "{bad:?}"
        );
    }
    let metrics = depot.get("/metrics").expect(200).text();
    assert!(
        metrics.contains("zigdepot_index_refreshes_total{index=\"official\",outcome=\"content\"}"),
        "{metrics}"
    );
}

/// Without any index there is none to serve; files are served all the same.
pub fn missing_index_is_trouble(host: &dyn Host) {
    let depot = Depot::new(host);
    depot.warm_release();
    expect_trouble(depot.get("/zig/index.json"));
    expect_trouble(depot.get(INDEX));
}

/// Where upstream has no signature the index's digest decides.
pub fn digest_vouches_where_there_is_no_signature(host: &dyn Host) {
    let plan = Plan::new(host);
    plan.upstream
        .on(INDEX, File::new(official().text().as_bytes()));
    let depot = plan.start();
    depot.get("/zig/index.json").expect(200);
    let bytes = bytes_of(1, SMALL);
    depot
        .upstream()
        .on(&upstream_path(RELEASE), File::new(bytes_of(9, SMALL)));
    expect_trouble(depot.zig(RELEASE));
    depot.expect_no_archive_stored();
    depot
        .upstream()
        .on(&upstream_path(RELEASE), File::new(bytes.clone()));
    depot.zig(RELEASE).expect_bytes(&bytes);
    depot.wait_stored(RELEASE_STORED);
}

/// A signature outweighs an index that says otherwise; the contradiction is counted.
pub fn signature_outweighs_the_index(host: &dyn Host) {
    let plan = Plan::new(host);
    plan.upstream
        .on(INDEX, File::new(official().text().as_bytes()));
    let depot = plan.start();
    depot.get("/zig/index.json").expect(200);
    let other = bytes_of(9, SMALL);
    depot.upstream().publish(RELEASE, &other);
    depot.zig(RELEASE).expect_bytes(&other);
    let metrics = depot.get("/metrics").expect(200).text();
    assert!(
        metrics.contains("zigdepot_index_contradictions_total 1"),
        "{metrics}"
    );
}

/// The index's own path is the second try, on our upstream's host whatever host it names.
pub fn index_path_is_the_second_try(host: &dyn Host) {
    let bytes = bytes_of(1, SMALL);
    let elsewhere = format!("https://evil.test/builds/{RELEASE}");
    let index = IndexText::new().entry("master", Some("0.14.1")).file_at(
        "x86_64-linux",
        &elsewhere,
        &bytes,
    );
    let plan = Plan::new(host);
    plan.upstream.on(INDEX, File::new(index.text().as_bytes()));
    plan.upstream
        .on(&format!("/builds/{RELEASE}"), File::new(bytes.clone()));
    let depot = plan.start();
    depot.get("/zig/index.json").expect(200);
    depot.zig(RELEASE).expect_bytes(&bytes);
    assert_eq!(depot.asked(RELEASE), 1, "the computed path was asked first");
}

/// A refresh says which copy is here, and takes 304 for an answer.
pub fn refresh_is_conditional(host: &dyn Host) {
    let plan = Plan::new(host).timeout("index", "50ms");
    plan.upstream
        .on(INDEX, File::new(official().text().as_bytes()).etag("one"));
    let depot = plan.start();
    depot.get("/zig/index.json").expect(200);
    eventually("a conditional request", || {
        let requests = depot.upstream().requests_for(INDEX);
        requests
            .iter()
            .any(|seen| seen.header("if-none-match") == Some("\"one\""))
            .then_some(())
    });
}
