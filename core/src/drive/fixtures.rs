//! A host for tests: a store in memory, a clock that stands still, and no upstreams.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::cell::{Cell, RefCell};
use core::fmt;
use core::future::{Future, poll_fn};
use core::pin::pin;
use core::task::{Context, Poll, Waker};
use std::borrow::ToOwned;
use std::rc::Rc;
use std::string::ToString;

use super::desk::Desk;
use super::host::{Ask, Fetch, Host, Store};
use super::site::Site;
use crate::app::failure::UpstreamError;
use crate::app::{App, Job};
use crate::config::{Config, LogLevel};
use crate::limits::Limits;
use crate::store::evict::{Evictable, Scope, Space};
use crate::store::proof::Stat;
use crate::store::{Listed, Placing, StoreError, StoreKey};
use crate::time::{Instant, Now, Timestamp};
use crate::wire::client::ResponseHead;
use crate::wire::url::Url;

pub(super) type File = Rc<[u8]>;

/// A clone is the same host.
#[derive(Clone)]
pub(super) struct Memory(Rc<State>);

struct State {
    config: Arc<Config>,
    site: RefCell<Site<File>>,
    desk: RefCell<Desk<File>>,
    files: RefCell<BTreeMap<String, File>>,
    /// Names of files in the order in which they were opened.
    opened: RefCell<Vec<String>>,
    log: RefCell<Vec<String>>,
    /// Whether each wait waits once.
    stalls: Cell<bool>,
    pauses: Cell<u32>,
}

impl Memory {
    pub(super) fn new(limits: impl FnOnce(&mut Limits)) -> Self {
        let mut config = Config::parse(&BTreeMap::new()).unwrap();
        limits(&mut config.limits);
        let config = Arc::new(config);
        let app = App::new(Arc::clone(&config), config.base_url_at(config.http_port));
        Self(Rc::new(State {
            site: RefCell::new(Site::new(app)),
            desk: RefCell::new(Desk::new(&config.limits)),
            files: RefCell::default(),
            opened: RefCell::default(),
            log: RefCell::default(),
            stalls: Cell::default(),
            pauses: Cell::default(),
            config,
        }))
    }

    /// From now on each wait waits once.
    pub(super) fn stall(&self) {
        self.0.stalls.set(true);
    }

    pub(super) fn put(&self, key: &StoreKey, bytes: &[u8]) {
        let mut files = self.0.files.borrow_mut();
        files.insert(key.as_str().to_owned(), bytes.into());
    }

    pub(super) fn remove(&self, key: &StoreKey) {
        self.0.files.borrow_mut().remove(key.as_str());
    }

    pub(super) fn file(&self, key: &StoreKey) -> Option<File> {
        self.0.files.borrow().get(key.as_str()).cloned()
    }

    /// The log, which is empty then.
    pub(super) fn take_log(&self) -> Vec<String> {
        self.0.log.take()
    }

    /// What was opened since this was asked last.
    pub(super) fn take_opened(&self) -> Vec<String> {
        self.0.opened.take()
    }

    pub(super) fn pauses(&self) -> u32 {
        self.0.pauses.get()
    }

    async fn wait(&self) {
        let mut stalls = self.0.stalls.get();
        poll_fn(|_| {
            if core::mem::take(&mut stalls) {
                Poll::Pending
            } else {
                Poll::Ready(())
            }
        })
        .await;
    }
}

/// Polls a future to its end.
pub(super) fn run<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(done) = poll(future.as_mut()) {
            return done;
        }
    }
}

/// Polls a future once.
pub(super) fn poll<T>(future: core::pin::Pin<&mut impl Future<Output = T>>) -> Poll<T> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

impl Host for Memory {
    type File = File;
    type Store = Self;

    fn store(&self) -> &Self {
        self
    }

    fn now(&self) -> Now {
        Now::default()
    }

    fn config(&self) -> &Arc<Config> {
        &self.0.config
    }

    fn with_site<R>(&self, f: impl FnOnce(&mut Site<File>) -> R) -> R {
        f(&mut self.0.site.borrow_mut())
    }

    fn with_desk<R>(&self, f: impl FnOnce(&mut Desk<File>) -> R) -> R {
        f(&mut self.0.desk.borrow_mut())
    }

    fn start(&self, _: Job) {}

    async fn sleep(&self, _: Instant) {
        core::future::pending::<()>().await;
    }

    async fn pause(&self) {
        self.0.pauses.set(self.0.pauses.get() + 1);
        self.wait().await;
    }

    fn logs(&self, _: LogLevel) -> bool {
        true
    }

    fn log(&self, _: LogLevel, line: fmt::Arguments<'_>) {
        self.0.log.borrow_mut().push(line.to_string());
    }
}

impl Store for Memory {
    type File = File;
    type Staging = Vec<u8>;

    async fn open(&self, key: &StoreKey) -> Result<(File, Stat), StoreError> {
        self.wait().await;
        let file = self.file(key).ok_or(StoreError::NotFound)?;
        self.0.opened.borrow_mut().push(key.as_str().to_owned());
        let stat = stat(file.len());
        Ok((file, stat))
    }

    async fn read_at(
        &self,
        file: &File,
        offset: u64,
        into: &mut [u8],
    ) -> Result<usize, StoreError> {
        self.wait().await;
        let offset = usize::try_from(offset).unwrap();
        let rest = file.get(offset..).unwrap_or_default();
        let n = rest.len().min(into.len());
        into[..n].copy_from_slice(&rest[..n]);
        Ok(n)
    }

    async fn record(&self, _: &StoreKey, _: &[u8]) -> Result<(), StoreError> {
        Err(StoreError::ReadOnly)
    }

    async fn stage(&self) -> Result<Vec<u8>, StoreError> {
        Ok(Vec::new())
    }

    fn staged(&self, staging: &Vec<u8>) -> File {
        staging.as_slice().into()
    }

    async fn append(&self, staging: &mut Vec<u8>, bytes: &[u8]) -> Result<(), StoreError> {
        staging.extend_from_slice(bytes);
        Ok(())
    }

    async fn publish(
        &self,
        staging: Vec<u8>,
        key: &StoreKey,
        placing: Placing,
        _: Option<Timestamp>,
    ) -> Result<Stat, StoreError> {
        if placing == Placing::New && self.file(key).is_some() {
            return Err(StoreError::Exists);
        }
        self.put(key, &staging);
        Ok(stat(staging.len()))
    }

    async fn list(&self, dir: &StoreKey, many: usize) -> Result<Vec<Listed>, StoreError> {
        let files = self.0.files.borrow();
        let names = files.keys().filter_map(|path| {
            let name = path.strip_prefix(dir.as_str())?.strip_prefix('/')?;
            (!name.contains('/')).then(|| Listed {
                name: name.into(),
                is_dir: false,
            })
        });
        Ok(names.take(many).collect())
    }

    async fn settle(&self, _: &StoreKey) -> Result<(), StoreError> {
        Ok(())
    }

    async fn relocate(&self, _: &StoreKey, _: &StoreKey) -> Result<(), StoreError> {
        Err(StoreError::ReadOnly)
    }

    async fn discard(&self, key: &StoreKey) -> Result<(), StoreError> {
        self.remove(key);
        Ok(())
    }

    async fn space(&self, _: bool) -> Result<Space, StoreError> {
        Err(StoreError::Io)
    }

    async fn evictables(&self, _: Scope) -> Result<Vec<Evictable>, StoreError> {
        Ok(Vec::new())
    }

    async fn delete(&self, key: &StoreKey) -> Result<(), StoreError> {
        self.remove(key);
        Ok(())
    }
}

impl Fetch for Memory {
    type Incoming = ();

    async fn fetch(&self, _: &Url, _: Ask<'_>) -> Result<(ResponseHead, ()), UpstreamError> {
        Err(UpstreamError::Connect)
    }

    async fn next<'a>(&self, (): &'a mut ()) -> Result<Option<&'a [u8]>, UpstreamError> {
        Err(UpstreamError::Connect)
    }
}

fn stat(len: usize) -> Stat {
    Stat {
        len: len as u64,
        modified: Timestamp(0),
        modified_nanos: 0,
    }
}
