//! The examples as programs: a mirror under a path, and HTTP/2.

use core::time::Duration;
use std::path::Path;
use std::process::{Command, Output};
use std::sync::Arc;

use zigdepot_tests::client::Connection;
use zigdepot_tests::conformance::depot::{LARGE, RELEASE, bytes_of};
use zigdepot_tests::host::{AXUM, HYPER, Host, Settings};
use zigdepot_tests::process::{Running, eventually};
use zigdepot_tests::scratch::Scratch;
use zigdepot_tests::stand_in::{File, Gate, IndexText, Ziglang};
use zigdepot_tests::tools::{find, run};

/// An example under test.
struct Example {
    server: Running,
    upstream: Ziglang,
    scratch: Scratch,
}

impl Example {
    fn start(host: &dyn Host) -> Self {
        let (upstream, scratch) = (Ziglang::start(), Scratch::new("example"));
        let index = IndexText::new()
            .entry("master", Some("0.16.0-dev.1+abcdef012"))
            .entry("0.14.1", None)
            .file("x86_64-linux", RELEASE, b"x");
        upstream.on("/download/index.json", File::new(index.text().as_bytes()));
        let key = upstream.key().public_text();
        let mut settings = Settings::new(&scratch.join("data"), &upstream.url(), &key);
        settings.set("TIMEOUTS", "retry=20ms,drain=2s");
        let server = host.start(&settings);
        Self {
            server,
            upstream,
            scratch,
        }
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.server.address())
    }

    fn get(&self, path: &str) -> zigdepot_tests::client::Response {
        let mut connection = Connection::open(self.server.address());
        connection.request("GET", path, &[]).expect("an answer")
    }
}

#[test]
fn axum_serves_the_mirror_below_a_path_beside_routes_of_its_own() {
    let example = Example::start(&AXUM);
    let bytes = bytes_of(1, LARGE);
    example.upstream.publish(RELEASE, &bytes);

    assert_eq!(example.get("/hello").text(), "hello\n");
    let path = format!("/zig-mirror/zig/{RELEASE}");
    example.get(&path).expect(200).expect_bytes(&bytes);
    example.get(&path).expect(200).expect_bytes(&bytes);
    assert_eq!(example.upstream.asked(RELEASE), 1);
    // The mirror's own routes are only below its path, and its documents link there.
    assert_eq!(example.get("/healthz").status(), 404);
    assert_eq!(example.get("/zig-mirror/healthz").status(), 200);
    assert_eq!(example.get("/zig-mirror/zig/../hello").status(), 404);
    let base = format!(
        "http://localhost:{}/zig-mirror",
        example.server.address().port()
    );
    let mirrors = example.get("/zig-mirror/download/community-mirrors.txt");
    assert_eq!(mirrors.text(), format!("{base}/zig\n"));
    let index = eventually("an index", || {
        let answer = example.get("/zig-mirror/zig/index.json");
        (answer.status() == 200).then(|| answer.text())
    });
    assert!(index.contains(&format!("{base}/zig/")), "{index}");
    assert!(example.get("/zig-mirror").text().contains("zig-mirror"));
}

#[test]
fn axum_stops_though_a_client_never_ends() {
    let mut example = Example::start(&AXUM);
    let (bytes, gate) = (bytes_of(4, LARGE), Gate::new());
    let file = File::new(Arc::clone(&bytes)).gated(LARGE / 2, &gate);
    example.upstream.publish_as(RELEASE, &bytes, file);
    let mut client = Connection::open(example.server.address());
    client.ask("GET", &format!("/zig-mirror/zig/{RELEASE}"), &[]);
    assert_eq!(client.head().expect("a head").status, 200);

    example.server.terminate();
    let ended = example.server.wait_exit(Duration::from_secs(20));
    assert!(ended.is_some_and(|status| status.success()), "{ended:?}");
}

#[test]
fn hyper_serves_two_versions_of_http() {
    let Some(curl) = find("curl") else { return };
    let example = Example::start(&HYPER);
    let bytes = bytes_of(2, LARGE);
    example.upstream.publish(RELEASE, &bytes);
    let url = example.url(&format!("/zig/{RELEASE}"));
    for (version, answer) in [("--http1.1", "1.1"), ("--http2-prior-knowledge", "2")] {
        let file = example.scratch.join(answer);
        let told = "%{http_version} %{http_code} %header{content-length}";
        let output = ask(&curl, &[version, "-w", told, "-o", text(&file), &url]);
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert_eq!(said, format!("{answer} 200 {LARGE}"));
        assert_eq!(std::fs::read(file).expect("a file"), *bytes);
    }
    let part = ask(&curl, &["--http2-prior-knowledge", "-r", "10-19", &url]);
    assert_eq!(part.stdout, bytes[10..20]);
}

/// A cut is an error of the stream, and the connection lives on.
#[test]
fn broken_download_resets_the_stream() {
    let Some(curl) = find("curl") else { return };
    let example = Example::start(&HYPER);
    let (bytes, gate) = (bytes_of(3, LARGE), Gate::new());
    let file = File::new(Arc::clone(&bytes))
        .cut_after(LARGE / 2)
        .gated(LARGE / 4, &gate);
    example.upstream.publish_as(RELEASE, &bytes, file);
    gate.open();
    let url = example.url(&format!("/zig/{RELEASE}"));
    for version in ["--http1.1", "--http2-prior-knowledge"] {
        let output = curl_command(&curl)
            .args([version, "-o", "/dev/null", &url])
            .output()
            .expect("curl starts");
        let code = output.status.code();
        // 18: partial file; 92: stream error in HTTP/2; 22: a failure that was known before a byte.
        assert!(matches!(code, Some(18 | 92 | 22)), "{version}: {code:?}");
    }
}

fn curl_command(curl: &Path) -> Command {
    let mut command = Command::new(curl);
    command.args(["-qsSf", "--noproxy", "*", "--max-time", "60"]);
    command
}

#[track_caller]
fn ask(curl: &Path, arguments: &[&str]) -> Output {
    let mut all = vec!["-qsSf", "--noproxy", "*", "--max-time", "60"];
    all.extend(arguments);
    run(curl, &all, Path::new("/"))
}

fn text(path: &Path) -> &str {
    path.to_str().expect("scratch paths are UTF-8")
}
