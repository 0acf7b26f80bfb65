//! A server under test with its upstream and its data directory.

use core::net::{Ipv4Addr, SocketAddr};
use core::time::Duration;
use std::fs::FileTimes;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::SystemTime;

use crate::client::{Broken, Connection, Response};
use crate::host::{Host, Settings};
use crate::mount::Mount;
use crate::process::{Refused, Running, eventually};
use crate::scratch::{Scratch, empty_dirs_below, files_below};
use crate::stand_in::{Ziglang, upstream_path};

/// A release archive of the new name order.
pub const RELEASE: &str = "zig-x86_64-linux-0.14.1.tar.xz";
/// Where the store keeps [`RELEASE`].
pub const RELEASE_STORED: &str = "zig/stable/0.14.1/zig-x86_64-linux-0.14.1.tar.xz";
/// An archive of a development version.
pub const DEV: &str = "zig-x86_64-linux-0.15.0-dev.631+9a3540d61.tar.xz";
/// The size of a file that is small enough to be held back whole until it is verified.
pub const SMALL: usize = 20_000;
/// The size of a file that is streamed while it is downloaded.
pub const LARGE: usize = 2 << 20;

/// Bytes that look like an archive's: no pattern, and the same for the same seed in every run.
pub fn bytes_of(seed: u64, length: usize) -> Arc<[u8]> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut bytes = Vec::with_capacity(length + 8);
    while bytes.len() < length {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.extend_from_slice(&state.to_le_bytes());
    }
    bytes.truncate(length);
    bytes.into()
}

/// A server that is about to be started.
pub struct Plan<'h> {
    /// The kind of host.
    pub host: &'h dyn Host,
    // Undone before the directory that it is mounted on goes.
    mount: Option<Mount>,
    /// The stand-in for ziglang.org.
    pub upstream: Ziglang,
    /// The data directory (and, beside it, whatever else a case needs on disk).
    pub scratch: Scratch,
    /// The settings.
    pub settings: Settings,
    data: PathBuf,
}

impl<'h> Plan<'h> {
    /// Plans a server with the suite's settings and an empty data directory.
    pub fn new(host: &'h dyn Host) -> Self {
        let upstream = Ziglang::start();
        let scratch = Scratch::new("depot");
        let data = scratch.join("data");
        std::fs::create_dir_all(&data).expect("scratch directories can be made");
        let settings = Settings::new(&data, &upstream.url(), &upstream.key().public_text());
        Self {
            host,
            mount: None,
            upstream,
            scratch,
            settings,
            data,
        }
    }

    /// Sets an environment variable.
    #[must_use]
    pub fn set(mut self, name: &str, value: &str) -> Self {
        self.settings.set(name, value);
        self
    }

    /// Sets a timeout.
    #[must_use]
    pub fn timeout(mut self, name: &str, value: &str) -> Self {
        self.settings.timeout(name, value);
        self
    }

    /// Moves the (empty) data directory onto a disk of so many bytes; `None` where that cannot be.
    #[must_use]
    pub fn on_small_disk(mut self, size: u64) -> Option<Self> {
        let dir = self.scratch.join("small");
        self.mount = Some(Mount::tmpfs(&dir, size)?);
        self.data = dir.join("data");
        let path = self.data.to_str().expect("scratch paths are UTF-8");
        self.settings.set("DATA_DIR", path);
        Some(self)
    }

    /// Makes the data directory read-only; `None` where that cannot be.
    #[must_use]
    pub fn read_only(mut self) -> Option<Self> {
        self.mount = Some(Mount::read_only(&self.data)?);
        Some(self)
    }

    /// Puts a file into the store, before the server starts.
    pub fn store(&self, path: &str, bytes: &[u8]) {
        let path = self.data.join(path);
        let parent = path.parent().expect("a joined path has a parent");
        std::fs::create_dir_all(parent).expect("scratch directories can be made");
        std::fs::write(path, bytes).expect("scratch files can be written");
    }

    /// Puts a file with its signature into a directory of the store.
    pub fn store_signed(&self, dir: &str, name: &str, bytes: &[u8]) {
        let signature = self.upstream.key().sign(name, bytes);
        self.store(&format!("{dir}/{name}"), bytes);
        self.store(&format!("{dir}/{name}.minisig"), signature.as_bytes());
    }

    /// A path in the data directory.
    pub fn path(&self, path: &str) -> PathBuf {
        self.data.join(path)
    }

    /// Starts the server.
    #[track_caller]
    pub fn start(self) -> Depot<'h> {
        let running = self.host.start(&self.settings);
        Depot {
            running,
            plan: self,
        }
    }

    /// Starts the server and expects it to refuse.
    #[track_caller]
    pub fn refused(&self) -> Refused {
        match self.host.launch(&self.settings) {
            Ok(_) => panic!("it started with {}", self.settings),
            Err(refused) => refused,
        }
    }
}

/// A running server under test.
pub struct Depot<'h> {
    /// The process; it ends before its files go.
    pub running: Running,
    plan: Plan<'h>,
}

impl<'h> Depot<'h> {
    /// Starts a server with the suite's settings and an empty data directory.
    #[track_caller]
    pub fn new(host: &'h dyn Host) -> Self {
        Plan::new(host).start()
    }

    /// What the server was started with.
    pub fn plan(&self) -> &Plan<'h> {
        &self.plan
    }

    /// The stand-in for ziglang.org.
    pub fn upstream(&self) -> &Ziglang {
        &self.plan.upstream
    }

    /// Ends the server as a power cut does and starts another on the same data directory.
    #[track_caller]
    pub fn crash_and_restart(mut self) -> Self {
        self.running.kill();
        self.plan.start()
    }

    /// Starts a second server with the same settings, on the same data directory.
    #[track_caller]
    pub fn another(&self) -> Running {
        self.plan.host.start(&self.plan.settings)
    }

    /// Where the server listens.
    pub fn address(&self) -> SocketAddr {
        self.running.address()
    }

    /// Opens a connection.
    #[track_caller]
    pub fn connect(&self) -> Connection {
        Connection::open(self.address())
    }

    /// Opens a connection as another client on 127.0.0.0/8.
    #[track_caller]
    pub fn connect_from(&self, from: [u8; 4]) -> Connection {
        Connection::open_from(Ipv4Addr::from(from), self.address())
    }

    /// Asks on a connection of its own; panics unless a well-formed, complete answer comes.
    #[track_caller]
    pub fn get(&self, path: &str) -> Response {
        self.request("GET", path, &[])
    }

    /// Asks for a Zig file on its usual route.
    #[track_caller]
    pub fn zig(&self, file: &str) -> Response {
        self.get(&format!("/zig/{file}"))
    }

    /// Asks for a Zig file; the answer may be broken off.
    pub fn try_zig(&self, file: &str) -> Result<Response, Broken> {
        self.connect().request("GET", &format!("/zig/{file}"), &[])
    }

    /// Asks until the whole file comes, as a patient client does.
    ///
    /// A client that was cut off cannot know whether the server has already given up the download
    /// that it was part of; the next request may still join it. No answer may be a wrong one.
    #[track_caller]
    pub fn zig_in_the_end(&self, file: &str, bytes: &[u8]) {
        let whole = || match self.try_zig(file) {
            Ok(answer) if answer.status() == 200 => {
                let _: () = drop(answer.expect_bytes(bytes));
                Some(())
            }
            Ok(_) | Err(_) => None,
        };
        eventually(&format!("{file} comes whole"), whole);
    }

    /// Asks with header fields on a connection of its own.
    #[track_caller]
    pub fn request(&self, method: &str, path: &str, fields: &[(&str, &str)]) -> Response {
        let answer = self.connect().request(method, path, fields);
        answer.unwrap_or_else(|broken| panic!("{method} {path}: {broken:?}"))
    }

    /// Opens a connection, asks for a Zig file and reads until its first so many bytes have come.
    #[track_caller]
    pub fn first_bytes(&self, file: &str, count: usize) -> (Connection, Vec<u8>) {
        let mut connection = self.connect();
        connection.ask("GET", &format!("/zig/{file}"), &[]);
        let head = connection
            .head()
            .unwrap_or_else(|broken| panic!("{file}: {broken:?}"));
        assert_eq!(head.status, 200, "{head:?}");
        let bytes = connection
            .exactly(count)
            .unwrap_or_else(|broken| panic!("{file}: {broken:?}"));
        (connection, bytes)
    }

    /// Publishes [`RELEASE`] upstream, small, and lets the server store it.
    #[track_caller]
    pub fn warm_release(&self) -> Arc<[u8]> {
        let bytes = bytes_of(1, SMALL);
        self.upstream().publish(RELEASE, &bytes);
        self.zig(RELEASE).expect_bytes(&bytes);
        self.wait_stored(RELEASE_STORED);
        bytes
    }

    /// The files of the store, without the server's own state.
    pub fn stored(&self) -> Vec<String> {
        let mut files = files_below(&self.plan.data);
        files.retain(|path| !path.starts_with(".zigdepot/"));
        files
    }

    /// The archives of the store: what it holds without signatures.
    pub fn stored_archives(&self) -> Vec<String> {
        let mut files = self.stored();
        files.retain(|path| !path.ends_with(".minisig"));
        files
    }

    /// The files in staging, without locks and other empty files.
    pub fn staging(&self) -> Vec<String> {
        let root = self.plan.data.join(".zigdepot/staging");
        let mut files = files_below(&root);
        files.retain(|path| std::fs::metadata(root.join(path)).is_ok_and(|file| file.len() > 0));
        files
    }

    /// The directories of the store that hold nothing.
    pub fn empty_dirs(&self) -> Vec<String> {
        let mut dirs = empty_dirs_below(&self.plan.data);
        dirs.retain(|path| !path.starts_with(".zigdepot"));
        dirs
    }

    /// Waits until a file is in the store.
    #[track_caller]
    pub fn wait_stored(&self, path: &str) {
        let file = self.plan.data.join(path);
        eventually(
            &format!("{path} in the store, which holds {:?}", self.stored()),
            || file.is_file().then_some(()),
        );
    }

    /// Puts a file into the data directory of the running server.
    pub fn put(&self, path: &str, bytes: &[u8]) {
        self.plan.store(path, bytes);
    }

    /// Takes a file out of the data directory of the running server.
    pub fn remove(&self, path: &str) {
        std::fs::remove_file(self.plan.data.join(path)).expect("it is there");
    }

    /// Lets a file or directory of the data directory look unchanged for so long.
    pub fn age(&self, path: &str, age: Duration) {
        let file = std::fs::File::open(self.plan.data.join(path)).expect("it is there");
        file.set_modified(SystemTime::now() - age)
            .and_then(|()| file.set_times(FileTimes::new().set_accessed(SystemTime::now() - age)))
            .expect("times can be set");
    }

    /// Reads a file of the store.
    #[track_caller]
    pub fn read_stored(&self, path: &str) -> Vec<u8> {
        std::fs::read(self.plan.data.join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    /// How often upstream was asked for a file (not for its signature).
    pub fn asked(&self, file: &str) -> usize {
        self.upstream().asked(file)
    }

    /// How often upstream was asked for a file or its signature.
    pub fn asked_at_all(&self, file: &str) -> usize {
        let path = upstream_path(file);
        self.upstream().count(&path) + self.upstream().count(&(path + ".minisig"))
    }

    /// Panics unless no archive was stored and no directory stays behind. A genuine signature may
    /// be there: it vouches for itself.
    #[track_caller]
    pub fn expect_no_archive_stored(&self) {
        assert_eq!(self.stored_archives(), Vec::<String>::new());
        eventually("no empty directory", || {
            self.empty_dirs().is_empty().then_some(())
        });
    }

    /// Panics unless nothing was stored and no directory was left behind.
    #[track_caller]
    pub fn expect_nothing_stored(&self) {
        assert_eq!(self.stored(), Vec::<String>::new());
        assert_eq!(self.empty_dirs(), Vec::<String>::new());
    }
}

/// Panics unless this is the answer to trouble upstream: 504 with Retry-After, one line of text,
/// nothing that a cache could keep.
#[track_caller]
pub fn expect_trouble(answer: Response) -> Response {
    let answer = answer.expect(504);
    let retry = answer
        .field("retry-after")
        .expect("504 carries Retry-After");
    assert!(retry.parse::<u32>().is_ok(), "Retry-After: {retry}");
    expect_error_form(&answer);
    answer
}

/// Panics unless an error has the form of all errors: short plain text, one line, not to be kept for ever.
#[track_caller]
pub fn expect_error_form(answer: &Response) {
    let kind = answer.field("content-type").unwrap_or("");
    assert!(kind.starts_with("text/plain"), "Content-Type: {kind}");
    assert!(
        answer.text().trim_end_matches('\n').lines().count() == 1,
        "{:?}",
        answer.text()
    );
    assert!(answer.body.len() < 1000, "{:?}", answer.text());
    let cache = answer.field("cache-control").unwrap_or("");
    assert!(!cache.contains("immutable"), "Cache-Control: {cache}");
    assert_eq!(answer.field("etag"), None);
}

/// Panics unless the answer is either trouble or broken off: a wrong file never ends cleanly.
#[track_caller]
pub fn expect_no_clean_end(answer: Result<Response, Broken>) {
    match answer {
        Ok(answer) => {
            expect_trouble(answer);
        }
        Err(broken) => assert!(broken.is_end(), "{broken:?}"),
    }
}
