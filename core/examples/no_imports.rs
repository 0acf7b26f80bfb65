//! The core as a module that imports nothing: one request through the real driver, on a host that
//! has memory and nothing else.
//!
//! `cargo xtask test` builds this for wasm32-unknown-unknown, reads the module's import section,
//! and has Node call `main` with no imports at all. The exit code is the status that the client
//! got, 200, once the whole signed file came with it; an emptied module would end with 0. The host
//! refuses everything that needs a world: its clock stands still, its disk is read-only, and no
//! address can be reached.

use core::cell::RefCell;
use core::fmt;
use core::net::{IpAddr, Ipv4Addr};
use core::pin::Pin;
use core::task::{Context, Waker};
use std::collections::BTreeMap;
use std::process::ExitCode;
use std::rc::Rc;
use std::sync::Arc;

use zigdepot_core::app::failure::UpstreamError;
use zigdepot_core::app::{App, Job};
use zigdepot_core::config::{Config, LogLevel};
use zigdepot_core::drive::desk::Desk;
use zigdepot_core::drive::host::{Ask, Fetch, Host, Store};
use zigdepot_core::drive::run;
use zigdepot_core::drive::site::Site;
use zigdepot_core::drive::socket::{Client, Gone, Patience, Stream, serve};
use zigdepot_core::store::evict::{Evictable, Scope, Space};
use zigdepot_core::store::proof::Stat;
use zigdepot_core::store::{Listed, Placing, StoreError, StoreKey};
use zigdepot_core::time::{Instant, Now, Timestamp};
use zigdepot_core::wire::client::ResponseHead;
use zigdepot_core::wire::url::Url;

const KEY: &str = "RWSZaIAI+GcHTTejvAYvve+90R87e4MxijWYqWbqq6kBsbw476KkXXh1";
const STORED: &str = "zig/dev/0.16.0-dev.27+83f773fc6/zig-0.16.0-dev.27+83f773fc6.tar.xz";
const FILE: &[u8] = b"a small archive\n";
/// Made by the minisign program with a key that was made for tests.
const SIGNATURE: &[u8] = b"\
untrusted comment: signature from zigdepot test key
RUSZaIAI+GcHTSqJlgH/M4uqIlmanOq8AzK+pSyOLDpSR1BFnp3fuLC/UP5j9bqi9UQN8ehNCy+zf+0Xw4ImnHFiIUCFWOBojQA=
trusted comment: timestamp:1756000000\tfile:zig-0.16.0-dev.27+83f773fc6.tar.xz\thashed
7U2gFeoZIu2jYej0T1btMQ8/UqiJapiZ4//EZVX6gEPkjB39WlpovYuj4MKMDlk4BMVbmEczPYdWUDLfJh5VAQ==
";
const REQUEST: &[u8] = b"GET /zig/zig-0.16.0-dev.27%2B83f773fc6.tar.xz HTTP/1.1\r\nHost: x\r\n\r\n";
/// Turns that tasks get at most; one request needs a handful.
const TURNS: u32 = 100;

fn main() -> ExitCode {
    let answer = ask();
    match status(&answer) {
        Some(status) if answer.ends_with(FILE) => ExitCode::from(status),
        _ => ExitCode::FAILURE,
    }
}

fn status(answer: &[u8]) -> Option<u8> {
    let digits = answer.strip_prefix(b"HTTP/1.1 ")?.get(..3)?;
    core::str::from_utf8(digits).ok()?.parse().ok()
}

/// Serves one connection to its end, with all jobs that it causes; what was sent.
fn ask() -> Vec<u8> {
    let host = Memory::new();
    let sent = Rc::default();
    let conn = Connection {
        unread: REQUEST,
        sent: Rc::clone(&sent),
    };
    let peer = IpAddr::V4(Ipv4Addr::LOCALHOST);
    let mut tasks: Vec<Task> = vec![Box::pin(serve(host.clone(), conn, peer))];
    let mut context = Context::from_waker(Waker::noop());
    for _ in 0..TURNS {
        tasks.retain_mut(|task| task.as_mut().poll(&mut context).is_pending());
        let jobs = host.state.jobs.take().into_iter();
        tasks.extend(jobs.map(|job| -> Task { Box::pin(run(host.clone(), job)) }));
    }
    drop(tasks);
    sent.take()
}

type Task = Pin<Box<dyn Future<Output = ()>>>;
type Bytes = Rc<[u8]>;

/// The host; a clone is the same.
#[derive(Clone)]
struct Memory {
    state: Rc<State>,
}

struct State {
    config: Arc<Config>,
    site: RefCell<Site<Bytes>>,
    desk: RefCell<Desk<Bytes>>,
    files: BTreeMap<String, Bytes>,
    jobs: RefCell<Vec<Job>>,
}

impl Memory {
    fn new() -> Self {
        let given = BTreeMap::from([("ZIG_MINISIGN_KEY".to_owned(), KEY.to_owned())]);
        let config = Arc::new(Config::parse(&given).expect("the key is well-formed"));
        let app = App::new(Arc::clone(&config), config.base_url_at(config.http_port));
        let signature = format!("{STORED}.minisig");
        let state = State {
            site: RefCell::new(Site::new(app)),
            desk: RefCell::new(Desk::new(&config.limits)),
            files: BTreeMap::from([
                (STORED.to_owned(), FILE.into()),
                (signature, SIGNATURE.into()),
            ]),
            jobs: RefCell::default(),
            config,
        };
        Self {
            state: Rc::new(state),
        }
    }
}

impl Host for Memory {
    type File = Bytes;
    type Store = Self;

    fn store(&self) -> &Self {
        self
    }

    fn now(&self) -> Now {
        Now::default()
    }

    fn config(&self) -> &Arc<Config> {
        &self.state.config
    }

    fn with_site<R>(&self, f: impl FnOnce(&mut Site<Bytes>) -> R) -> R {
        f(&mut self.state.site.borrow_mut())
    }

    fn with_desk<R>(&self, f: impl FnOnce(&mut Desk<Bytes>) -> R) -> R {
        f(&mut self.state.desk.borrow_mut())
    }

    fn start(&self, job: Job) {
        self.state.jobs.borrow_mut().push(job);
    }

    /// No wait ends where the clock stands still.
    async fn sleep(&self, _: Instant) {
        core::future::pending::<()>().await;
    }

    fn logs(&self, _: LogLevel) -> bool {
        false
    }

    fn log(&self, _: LogLevel, _: fmt::Arguments<'_>) {}
}

impl Store for Memory {
    type File = Bytes;
    type Staging = Never;

    async fn open(&self, key: &StoreKey) -> Result<(Bytes, Stat), StoreError> {
        let file = self.state.files.get(key.as_str());
        let file = file.ok_or(StoreError::NotFound)?;
        let stat = Stat {
            len: file.len() as u64,
            modified: Timestamp(0),
            modified_nanos: 0,
        };
        Ok((Rc::clone(file), stat))
    }

    async fn read_at(
        &self,
        file: &Bytes,
        offset: u64,
        into: &mut [u8],
    ) -> Result<usize, StoreError> {
        let offset = usize::try_from(offset).map_err(|_| StoreError::Io)?;
        Ok(take(&mut file.get(offset..).unwrap_or_default(), into))
    }

    async fn record(&self, _: &StoreKey, _: &[u8]) -> Result<(), StoreError> {
        Err(StoreError::ReadOnly)
    }

    async fn stage(&self) -> Result<Never, StoreError> {
        Err(StoreError::ReadOnly)
    }

    fn staged(&self, staging: &Never) -> Bytes {
        match *staging {}
    }

    async fn append(&self, staging: &mut Never, _: &[u8]) -> Result<(), StoreError> {
        match *staging {}
    }

    async fn publish(
        &self,
        staging: Never,
        _: &StoreKey,
        _: Placing,
        _: Option<Timestamp>,
    ) -> Result<Stat, StoreError> {
        match staging {}
    }

    async fn list(&self, _: &StoreKey, _: usize) -> Result<Vec<Listed>, StoreError> {
        Err(StoreError::NotFound)
    }

    async fn settle(&self, _: &StoreKey) -> Result<(), StoreError> {
        Err(StoreError::ReadOnly)
    }

    async fn relocate(&self, _: &StoreKey, _: &StoreKey) -> Result<(), StoreError> {
        Err(StoreError::ReadOnly)
    }

    async fn discard(&self, _: &StoreKey) -> Result<(), StoreError> {
        Err(StoreError::ReadOnly)
    }

    async fn space(&self, _: bool) -> Result<Space, StoreError> {
        Ok(Space {
            free: None,
            used: 0,
        })
    }

    async fn evictables(&self, _: Scope) -> Result<Vec<Evictable>, StoreError> {
        Ok(Vec::new())
    }

    async fn delete(&self, _: &StoreKey) -> Result<(), StoreError> {
        Err(StoreError::ReadOnly)
    }
}

impl Fetch for Memory {
    type Incoming = Never;

    async fn fetch(&self, _: &Url, _: Ask<'_>) -> Result<(ResponseHead, Never), UpstreamError> {
        Err(UpstreamError::Connect)
    }

    async fn next<'a>(&self, body: &'a mut Never) -> Result<Option<&'a [u8]>, UpstreamError> {
        match *body {}
    }
}

/// What this host cannot have.
enum Never {}

/// A client that has said all it will.
struct Connection {
    unread: &'static [u8],
    sent: Rc<RefCell<Vec<u8>>>,
}

impl Stream for Connection {
    async fn recv(&mut self, into: &mut [u8], _: Patience) -> Result<usize, Gone> {
        Ok(take(&mut self.unread, into))
    }

    async fn send(&mut self, bytes: &[u8], _: bool, _: Instant) -> Result<usize, Gone> {
        self.sent.borrow_mut().extend_from_slice(bytes);
        Ok(bytes.len())
    }
}

impl Client for Connection {
    type File = Bytes;

    async fn send_file(
        &mut self,
        file: &Bytes,
        offset: u64,
        len: u64,
        until: Instant,
    ) -> Result<u64, Gone> {
        let start = usize::try_from(offset).map_err(|_| Gone::Closed)?;
        let len = usize::try_from(len).map_err(|_| Gone::Closed)?;
        let rest = file.get(start..).unwrap_or_default();
        let sent = self
            .send(&rest[..len.min(rest.len())], false, until)
            .await?;
        Ok(sent as u64)
    }

    fn finish(&mut self) {}

    /// What was sent so far must not look like an answer.
    fn abort(&mut self) {
        self.sent.borrow_mut().clear();
    }
}

/// Moves bytes from the front of `from` to `into`; how many.
fn take(from: &mut &[u8], into: &mut [u8]) -> usize {
    let (now, later) = from.split_at(from.len().min(into.len()));
    into[..now.len()].copy_from_slice(now);
    *from = later;
    now.len()
}
