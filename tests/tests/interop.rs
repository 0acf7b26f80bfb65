//! Real clients against the server: what a person with `curl` and `minisign` sees.
//!
//! Tools that a machine lacks are reported as `skipped: no <tool>`; with `CI=true` that is a failure.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use zigdepot_tests::client::Connection;
use zigdepot_tests::conformance::depot::bytes_of;
use zigdepot_tests::host::{Host, Settings};
use zigdepot_tests::process::{Running, eventually};
use zigdepot_tests::scratch::Scratch;
use zigdepot_tests::stand_in::{File, Gate, StandIn, Ziglang, upstream_path};
use zigdepot_tests::toolchain;
use zigdepot_tests::tools::{find, run};

zigdepot_tests::on_socket_hosts! {
    twenty_curls_get_a_zig_that_runs
    curl_resumes_a_download
    curl_is_told_that_nothing_changed
    curl_reuses_its_connection
}

const CLIENTS: usize = 20;
/// What every `curl` has surely received when upstream has sent half of the archive.
const EARLY: u64 = 1 << 20;

/// The main job: a real toolchain, signed by the real minisign, asked for cold by twenty clients
/// at once, verified, unpacked and run.
fn twenty_curls_get_a_zig_that_runs(host: &dyn Host) {
    let Some(parts) = Parts::prepare() else {
        return;
    };
    let (upstream, gate, scratch) = (StandIn::start(), Gate::new(), Scratch::new("interop"));
    parts.publish_half_way(&upstream, &gate);
    let settings = Settings::new(&scratch.join("data"), &upstream.url(), &parts.public_key);
    let server = host.start(&settings);
    let url = url_of(&server);

    let clients = (0..CLIENTS).map(|number| Download::start(&parts.curl, &url, &scratch, number));
    let clients: Vec<Download> = clients.collect();
    gate.wait_reached();
    for client in &clients {
        client.wait_for_first_bytes();
    }
    gate.open();
    let files: Vec<PathBuf> = clients.into_iter().map(Download::finish).collect();
    assert_eq!(
        upstream.count(&upstream_path(toolchain::ARCHIVE)),
        1,
        "one, however many ask"
    );

    let signature = fetch(
        &parts.curl,
        &format!("{url}.minisig"),
        &scratch.join("minisig"),
    );
    for file in &files {
        parts.verify(file, &signature);
    }
    let zig = unpack(&files[0], &parts.tar, &scratch);
    let version = run(&zig, &["version"], scratch.path());
    assert_eq!(
        String::from_utf8_lossy(&version.stdout).trim(),
        toolchain::VERSION
    );
}

/// `curl -C -` goes on where a download stopped, as several installers do.
fn curl_resumes_a_download(host: &dyn Host) {
    let Some(curl) = find("curl") else { return };
    let depot = Small::start(host);
    let file = depot
        .scratch
        .write("partial", &depot.bytes[..depot.bytes.len() / 3]);
    let file = file.to_str().expect("scratch paths are UTF-8");
    run(
        &curl,
        &["-qsSf", "-C", "-", "-o", file, &depot.url()],
        depot.scratch.path(),
    );
    assert_eq!(std::fs::read(file).expect("a file"), &depot.bytes[..]);
}

/// `curl -z` and `--etag-compare` ask politely and are told that nothing has changed.
fn curl_is_told_that_nothing_changed(host: &dyn Host) {
    let Some(curl) = find("curl") else { return };
    let depot = Small::start(host);
    let tag = depot.scratch.join("tag");
    let tag = text(&tag);
    let dir = depot.scratch.path();
    run(
        &curl,
        &["-qsSf", "--etag-save", tag, "-o", "/dev/null", &depot.url()],
        dir,
    );
    let again = [
        "-qsSf",
        "--etag-compare",
        tag,
        "-o",
        "/dev/null",
        "-w",
        "%{http_code}",
        &depot.url(),
    ];
    assert_eq!(run(&curl, &again, dir).stdout, b"304");
}

/// `curl -I`, and requests one after another on one connection.
fn curl_reuses_its_connection(host: &dyn Host) {
    let Some(curl) = find("curl") else { return };
    let depot = Small::start(host);
    let url = depot.url();
    let arguments = ["-qsSI", "-w", "%{num_connects} ", &url, &url, &url];
    let output = run(&curl, &arguments, depot.scratch.path());
    let text = String::from_utf8_lossy(&output.stdout);
    assert_eq!(text.matches("HTTP/1.1 200").count(), 3, "{text}");
    assert_eq!(
        text.matches("\r\n0 ").count(),
        2,
        "the second and third make no connection: {text}"
    );
}

/// The tools and files of the main job.
struct Parts {
    curl: PathBuf,
    minisign: PathBuf,
    tar: PathBuf,
    archive: PathBuf,
    public_key: String,
    signature: String,
}

impl Parts {
    fn prepare() -> Option<Self> {
        let (curl, minisign, tar) = (find("curl")?, find("minisign")?, find("tar")?);
        let archive = toolchain::archive()?;
        let (public_key, signature) = toolchain::sign(&minisign, &archive);
        Some(Self {
            curl,
            minisign,
            tar,
            archive,
            public_key,
            signature,
        })
    }

    /// Serves the archive up to its middle, and the rest when the gate opens.
    fn publish_half_way(&self, upstream: &StandIn, gate: &Gate) {
        let archive: Arc<[u8]> = std::fs::read(&self.archive)
            .expect("the archive was made")
            .into();
        let (path, half) = (upstream_path(toolchain::ARCHIVE), archive.len() / 2);
        let signature = File::new(self.signature.as_bytes());
        upstream.on(&format!("{path}.minisig"), signature);
        upstream.on(&path, File::new(archive).paced(60 << 20).gated(half, gate));
    }

    /// Lets the real minisign verify a download.
    fn verify(&self, file: &Path, signature: &Path) {
        let [file, signature] = [file, signature].map(text);
        let arguments = ["-V", "-P", &self.public_key, "-m", file, "-x", signature];
        run(&self.minisign, &arguments, Path::new("/"));
    }
}

/// One `curl` on its way.
struct Download {
    child: Child,
    file: PathBuf,
}

impl Download {
    fn start(curl: &Path, url: &str, scratch: &Scratch, number: usize) -> Self {
        let file = scratch.join(format!("download-{number}.tar.xz"));
        let mut command = Command::new(curl);
        command
            .args(["-qsSf", "--noproxy", "*", "--max-time", "120", "-o"])
            .arg(&file)
            .arg(url);
        let child = command.stdin(Stdio::null()).spawn().expect("curl starts");
        Self { child, file }
    }

    fn wait_for_first_bytes(&self) {
        eventually("first bytes while upstream is half-way", || {
            std::fs::metadata(&self.file)
                .ok()
                .filter(|file| file.len() >= EARLY)
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

fn unpack(archive: &Path, tar: &Path, scratch: &Scratch) -> PathBuf {
    run(tar, &["-xJf", text(archive)], scratch.path());
    scratch.join(toolchain::TOP).join("zig")
}

/// A server that has stored a small release.
struct Small {
    server: Running,
    bytes: Arc<[u8]>,
    scratch: Scratch,
    _upstream: Ziglang,
}

impl Small {
    fn start(host: &dyn Host) -> Self {
        let upstream = Ziglang::start();
        let bytes = bytes_of(1, 100_000);
        upstream.publish(toolchain::ARCHIVE, &bytes);
        let scratch = Scratch::new("interop");
        let key = upstream.key().public_text();
        let settings = Settings::new(&scratch.join("data"), &upstream.url(), &key);
        let server = host.start(&settings);
        assert_eq!(status(&server, toolchain::ARCHIVE), 200);
        Self {
            server,
            bytes,
            scratch,
            _upstream: upstream,
        }
    }

    fn url(&self) -> String {
        url_of(&self.server)
    }
}

fn url_of(server: &Running) -> String {
    format!("http://{}/zig/{}", server.address(), toolchain::ARCHIVE)
}

fn fetch(curl: &Path, url: &str, file: &Path) -> PathBuf {
    run(curl, &["-qsSf", "-o", text(file), url], Path::new("/"));
    file.to_path_buf()
}

fn text(path: &Path) -> &str {
    path.to_str().expect("scratch paths are UTF-8")
}

fn status(server: &Running, file: &str) -> u16 {
    let mut connection = Connection::open(server.address());
    let answer = connection.request("GET", &format!("/zig/{file}"), &[]);
    answer.expect("an answer").status()
}
