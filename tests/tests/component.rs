//! The component, as a person with `curl` and `minisign` sees it, on each host of components that
//! this machine has: wasmtime and jco. With `CI=true` there must be one.

use core::time::Duration;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use zigdepot_tests::component::{JCO, WASMTIME};
use zigdepot_tests::conformance::depot::{
    Depot, LARGE, Plan, RELEASE, RELEASE_STORED, SMALL, bytes_of, expect_no_clean_end,
    expect_trouble,
};
use zigdepot_tests::host::{Host, Settings};
use zigdepot_tests::process::eventually;
use zigdepot_tests::scratch::Scratch;
use zigdepot_tests::stand_in::{Answer, File, Gate, IndexText, StandIn, upstream_path};
use zigdepot_tests::toolchain;
use zigdepot_tests::tools::{self, find, run};

const INDEX: &str = "/download/index.json";
const OTHER: &str = "zig-x86_64-linux-0.13.0.tar.xz";

macro_rules! on_component_hosts {
    ($($story:ident)+) => {
        on_component_hosts! { @ wasmtime WASMTIME: $($story)+ }
        on_component_hosts! { @ jco JCO: $($story)+ }
    };
    (@ $module:ident $host:ident: $($story:ident)+) => {
        mod $module {
            $(#[test]
            fn $story() {
                zigdepot_tests::conformance::run(&super::$host, &[], super::$story);
            })+
        }
    };
}

on_component_hosts! {
    curl_gets_a_real_zig_while_it_comes
    curl_is_answered_as_by_a_server
    not_modified_and_refusals_have_their_statuses
    upstream_trouble_is_504_and_a_broken_body_is_cut
    body_that_is_not_what_was_signed_never_ends_cleanly
    only_listed_hosts_are_asked
    read_only_directory_is_served
    left_client_leaves_a_whole_file
    young_index_is_not_asked_for_again
    index_beside_which_lies_what_is_said_of_another_is_asked_for_whole
    staging_of_the_dead_is_swept_after_a_day
    settings_without_effect_are_named
}

#[test]
fn ci_has_a_host_of_components() {
    if let (Some(one), Some(other)) = (WASMTIME.missing(), JCO.missing()) {
        tools::skipped(&format!("no {one} and no {other}"));
    }
}

/// A cold real toolchain: the first bytes come before upstream has sent the last, and the real
/// minisign finds the whole genuine; so is what is served afterwards from the store.
fn curl_gets_a_real_zig_while_it_comes(host: &dyn Host) {
    let (Some(curl), Some(minisign)) = (find("curl"), find("minisign")) else {
        return;
    };
    let Some(archive) = toolchain::archive() else {
        return;
    };
    let (key, signature) = toolchain::sign(&minisign, &archive);
    let bytes: Arc<[u8]> = std::fs::read(&archive).expect("it was made").into();
    let (upstream, gate, scratch) = (StandIn::start(), Gate::new(), Scratch::new("component"));
    let path = upstream_path(toolchain::ARCHIVE);
    upstream.on(&format!("{path}.minisig"), File::new(signature.as_bytes()));
    let half = bytes.len() / 2;
    upstream.on(&path, File::new(bytes).paced(60 << 20).gated(half, &gate));
    let data = scratch.join("data");
    std::fs::create_dir_all(&data).expect("scratch directories can be made");
    let server = host.start(&Settings::new(&data, &upstream.url(), &key));
    let url = format!("http://{}/zig/{}", server.address(), toolchain::ARCHIVE);

    let cold = Download::start(&curl, &url, scratch.join("cold.tar.xz"));
    gate.wait_reached();
    cold.wait_for(1 << 20);
    gate.open();
    let cold = cold.finish();
    let signed = Download::start(&curl, &format!("{url}.minisig"), scratch.join("minisig"));
    let signed = signed.finish();
    let warm = Download::start(&curl, &url, scratch.join("warm.tar.xz")).finish();
    for file in [cold, warm] {
        let arguments = ["-V", "-P", &key, "-m", text(&file), "-x", text(&signed)];
        run(&minisign, &arguments, Path::new("/"));
    }
    assert_eq!(upstream.count(&path), 1, "the second came from the store");
}

/// GET, HEAD and Range of a stored file.
fn curl_is_answered_as_by_a_server(host: &dyn Host) {
    let Some(curl) = find("curl") else { return };
    let depot = Depot::new(host);
    let bytes = depot.warm_release();
    let curl = Curl::new(&curl, &depot);
    let (status, body) = curl.get(&[]);
    assert_eq!((status.as_str(), &body[..]), ("200", &bytes[..]));
    let (status, body) = curl.get(&["-r", "100-199"]);
    assert_eq!((status.as_str(), &body[..]), ("206", &bytes[100..200]));
    let (status, _) = curl.get(&["-r", "20000-"]);
    assert_eq!(status, "416");
    let (status, head) = curl.get(&["-I"]);
    let head = String::from_utf8_lossy(&head).to_lowercase();
    assert_eq!(status, "200");
    assert!(head.contains(&format!("content-length: {SMALL}")), "{head}");
    assert!(
        head.contains("\netag: \"") && head.contains("\ndate: "),
        "{head}"
    );
}

fn not_modified_and_refusals_have_their_statuses(host: &dyn Host) {
    let depot = Depot::new(host);
    depot.warm_release();
    let path = format!("/zig/{RELEASE}");
    let first = depot.get(&path).expect(200);
    let tag = first.field("etag").expect("an entity tag");
    depot
        .request("GET", &path, &[("If-None-Match", tag)])
        .expect(304);
    depot.get("/zig/zig-x86_64-plan10-99.tar.gz").expect(404);
    let refused = depot.request("DELETE", &path, &[]).expect(405);
    assert_eq!(refused.field("allow"), Some("GET, HEAD"));
    let long = format!("/zig/{}", "x".repeat(9000));
    let status = depot.get(&long).status();
    assert!(matches!(status, 414 | 431), "{status}");
    depot.get("/healthz").expect(200);
}

fn upstream_trouble_is_504_and_a_broken_body_is_cut(host: &dyn Host) {
    // jco takes the wait for a connection as that for the first byte, too.
    let plan = Plan::new(host).timeout("connect", "1s");
    let depot = plan.timeout("upstream", "1s").start();
    let bytes = bytes_of(1, LARGE);
    depot.upstream().publish_as(RELEASE, &bytes, 503);
    expect_trouble(depot.zig(RELEASE));
    let silent = File::new(bytes.clone()).after(Duration::from_secs(30));
    depot.upstream().publish_as(RELEASE, &bytes, silent);
    expect_trouble(depot.zig(RELEASE));
    let broken = File::new(bytes.clone()).cut_after(LARGE / 2);
    depot.upstream().publish_as(RELEASE, &bytes, broken);
    expect_no_clean_end(depot.try_zig(RELEASE));
    depot.expect_no_archive_stored();
    depot.upstream().publish(RELEASE, &bytes);
    depot.zig_in_the_end(RELEASE, &bytes);
}

fn body_that_is_not_what_was_signed_never_ends_cleanly(host: &dyn Host) {
    let (depot, bytes) = (Depot::new(host), bytes_of(1, LARGE));
    let mut wrong = bytes.to_vec();
    wrong[LARGE / 3] ^= 1;
    depot
        .upstream()
        .publish_as(RELEASE, &bytes, File::new(wrong));
    expect_no_clean_end(depot.try_zig(RELEASE));
    depot.expect_no_archive_stored();
}

/// A redirect leads to a host that the operator did not name: it is not even connected to.
fn only_listed_hosts_are_asked(host: &dyn Host) {
    let depot = Depot::new(host);
    let other = StandIn::start();
    other.otherwise(File::new(bytes_of(1, SMALL)));
    let location = format!("{}/file", other.url());
    depot
        .upstream()
        .publish_as(RELEASE, &bytes_of(1, SMALL), Answer::found(location));
    expect_trouble(depot.zig(RELEASE));
    assert_eq!(other.total(), 0);
}

fn read_only_directory_is_served(host: &dyn Host) {
    let (plan, bytes) = (Plan::new(host), bytes_of(3, LARGE));
    plan.upstream.publish(OTHER, &bytes);
    plan.store_signed("zig/stable/0.14.1", RELEASE, &bytes);
    let Some(plan) = plan.read_only() else {
        return tools::not_here("directories cannot be made read-only here");
    };
    let depot = plan.start();
    depot.zig(RELEASE).expect_bytes(&bytes);
    assert_eq!(depot.asked_at_all(RELEASE), 0);
    assert_eq!(depot.zig(OTHER).status(), 503);
}

/// The client goes when half has come; the file is whole in the end all the same.
fn left_client_leaves_a_whole_file(host: &dyn Host) {
    let (depot, gate, bytes) = (Depot::new(host), Gate::new(), bytes_of(1, LARGE));
    let file = File::new(bytes.clone()).gated(LARGE / 2, &gate);
    depot.upstream().publish_as(RELEASE, &bytes, file);
    let (client, _) = depot.first_bytes(RELEASE, 1000);
    drop(client);
    gate.open();
    depot.wait_stored(RELEASE_STORED);
    assert_eq!(depot.read_stored(RELEASE_STORED), &bytes[..]);
    eventually("nothing is left in staging", || {
        depot.staging().is_empty().then_some(())
    });
}

/// The index is asked for once, then not before its time; then conditionally.
fn young_index_is_not_asked_for_again(host: &dyn Host) {
    let plan = Plan::new(host);
    let text = IndexText::new()
        .entry("master", Some("0.15.0-dev.631+9a3540d61"))
        .entry("0.14.1", None)
        .file("x86_64-linux", RELEASE, &bytes_of(1, SMALL));
    let index = File::new(text.text().as_bytes()).etag("one");
    plan.upstream.on(INDEX, index);
    let depot = plan.start();
    for path in ["/zig/index.json", "/zig/index.json", INDEX] {
        depot.get(path).expect(200);
    }
    assert_eq!(depot.upstream().count(INDEX), 1);
    depot.age(
        ".zigdepot/index/official.validators",
        Duration::from_hours(1),
    );
    depot.get("/zig/index.json").expect(200);
    eventually("it is asked for again", || {
        (depot.upstream().count(INDEX) == 2).then_some(())
    });
    let seen = depot.upstream().requests_for(INDEX);
    assert_eq!(seen[1].header("if-none-match"), Some("\"one\""));
    eventually("it is young again", || {
        depot.get("/zig/index.json").expect(200);
        let before = depot.upstream().count(INDEX);
        depot.get("/zig/index.json").expect(200);
        (depot.upstream().count(INDEX) == before).then_some(())
    });
}

/// Two requests may refresh an index at once: one's copy stays with the other's validators.
fn index_beside_which_lies_what_is_said_of_another_is_asked_for_whole(host: &dyn Host) {
    let plan = Plan::new(host);
    let text = |master| {
        let index = IndexText::new().entry("master", Some(master));
        let index = index.entry("0.14.1", None);
        index
            .file("x86_64-linux", RELEASE, &bytes_of(1, SMALL))
            .text()
    };
    let index = File::new(text("0.15.0-dev.632+9a3540d61").as_bytes()).etag("new");
    plan.upstream.on(INDEX, index);
    let depot = plan.start();
    depot.get(INDEX).expect(200);
    depot.put(
        ".zigdepot/index/official.json",
        text("0.15.0-dev.631+9a3540d61").as_bytes(),
    );
    depot.age(
        ".zigdepot/index/official.validators",
        Duration::from_hours(1),
    );
    depot.get(INDEX).expect(200);
    eventually("it is asked for again", || {
        (depot.upstream().count(INDEX) == 2).then_some(())
    });
    let seen = depot.upstream().requests_for(INDEX);
    assert_eq!(seen[1].header("if-none-match"), None);
}

fn staging_of_the_dead_is_swept_after_a_day(host: &dyn Host) {
    let depot = Depot::new(host);
    let young = ".zigdepot/staging/component-1/0";
    let old = ".zigdepot/staging/component-2/0";
    for file in [young, old] {
        depot.put(file, b"half a file");
    }
    for dead in [old, ".zigdepot/staging/component-2"] {
        depot.age(dead, Duration::from_hours(25));
    }
    depot.warm_release();
    eventually("the old one is swept", || {
        (depot.staging() == ["component-1/0"]).then_some(())
    });
}

fn settings_without_effect_are_named(host: &dyn Host) {
    for (name, value) in [
        ("WORKERS", "2"),
        ("MISS_RATE", "1,1"),
        ("LOG", "loud"),
        ("HTTPS_PROXY", "http://me:secret@proxy:1"),
    ] {
        let depot = Plan::new(host).set(name, value).start();
        let answer = depot.get("/healthz").expect(500);
        let line = answer.text();
        assert!(line.starts_with(&format!("{name}: ")), "{line}");
        assert!(!line.contains(value), "clients are told: {line}");
        depot.running.wait_for_log(&[name, value]);
    }
}

/// The stored release, asked for with `curl`.
struct Curl<'d> {
    program: &'d Path,
    url: String,
    scratch: Scratch,
}

impl<'d> Curl<'d> {
    fn new(program: &'d Path, depot: &Depot<'_>) -> Self {
        Self {
            program,
            url: format!("http://{}/zig/{RELEASE}", depot.address()),
            scratch: Scratch::new("curl"),
        }
    }

    /// The status, and what came.
    fn get(&self, more: &[&str]) -> (String, Vec<u8>) {
        let mut arguments = vec!["-qsS", "--max-time", "30", "-o", "body"];
        arguments.extend(["-w", "%{http_code}"].iter().chain(more));
        arguments.push(&self.url);
        let output = run(self.program, &arguments, self.scratch.path());
        let body = std::fs::read(self.scratch.join("body")).unwrap_or_default();
        (String::from_utf8_lossy(&output.stdout).into(), body)
    }
}

/// One `curl` on its way.
struct Download {
    child: Child,
    file: PathBuf,
}

impl Download {
    fn start(curl: &Path, url: &str, file: PathBuf) -> Self {
        let mut command = Command::new(curl);
        command.args(["-qsSf", "--noproxy", "*", "--max-time", "120", "-o"]);
        command.arg(&file).arg(url).stdin(Stdio::null());
        let child = command.spawn().expect("curl starts");
        Self { child, file }
    }

    fn wait_for(&self, bytes: u64) {
        eventually("first bytes while upstream is half-way", || {
            let file = std::fs::metadata(&self.file).ok()?;
            (file.len() >= bytes).then_some(())
        });
    }

    fn finish(mut self) -> PathBuf {
        let status = self.child.wait().expect("curl ends");
        assert!(status.success(), "curl: {status}");
        self.file.clone()
    }
}

impl Drop for Download {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn text(path: &Path) -> &str {
    path.to_str().expect("scratch paths are UTF-8")
}
