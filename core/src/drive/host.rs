//! What a host provides: a store, a way to upstreams, clocks, and a place for the state.
//!
//! Methods are coarse and sequential; each has a failure answer that the driver handles. A host
//! parses nothing, retries nothing and knows no header names.

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;

use super::desk::Desk;
use super::fetch::USER_AGENT;
use super::site::Site;
use crate::app::Job;
use crate::app::failure::UpstreamError;
use crate::app::stats::Stats;
use crate::config::{Config, LogLevel};
use crate::git::client;
use crate::store::evict::{Evictable, Scope, Space};
use crate::store::proof::Stat;
use crate::store::{Listed, Placing, StoreError, StoreKey};
use crate::time::{Instant, Now, Timestamp};
use crate::wire::client::{Git, Request, ResponseHead, Resume};
use crate::wire::url::Url;

/// A data directory.
pub trait Store {
    /// An open file; a clone reads the same file.
    type File: Clone;
    /// A file being written, not published yet; dropping it deletes it.
    type Staging;

    /// Opens a published file.
    async fn open(&self, key: &StoreKey) -> Result<(Self::File, Stat), StoreError>;
    /// Reads bytes at an offset; 0 at the end.
    async fn read_at(
        &self,
        file: &Self::File,
        offset: u64,
        into: &mut [u8],
    ) -> Result<usize, StoreError>;
    /// Writes a small file of our own state, replacing it whole.
    async fn record(&self, key: &StoreKey, bytes: &[u8]) -> Result<(), StoreError>;
    /// Starts a staging file.
    async fn stage(&self) -> Result<Self::Staging, StoreError>;
    /// The staging file, to be read while it grows.
    fn staged(&self, staging: &Self::Staging) -> Self::File;
    /// Appends to the staging file.
    async fn append(&self, staging: &mut Self::Staging, bytes: &[u8]) -> Result<(), StoreError>;
    /// Flushes the staging file, gives it its name, and flushes the directory. Only here are
    /// directories of the store made.
    async fn publish(
        &self,
        staging: Self::Staging,
        key: &StoreKey,
        placing: Placing,
        modified: Option<Timestamp>,
    ) -> Result<Stat, StoreError>;
    /// What lies in a directory, in the order of names; at most so `many` of them, and none that is
    /// not UTF-8.
    async fn list(&self, dir: &StoreKey, many: usize) -> Result<Vec<Listed>, StoreError>;
    /// Flushes the names in a directory and in those above it: another process may have died between
    /// giving a name and flushing it.
    async fn settle(&self, dir: &StoreKey) -> Result<(), StoreError>;
    /// Moves a file or directory, contents and all; what is already at the destination stays.
    async fn relocate(&self, from: &StoreKey, to: &StoreKey) -> Result<(), StoreError>;
    /// Deletes a file that can be had again, with the record about it.
    async fn discard(&self, key: &StoreKey) -> Result<(), StoreError>;
    /// The room there is; the bytes in the store only if they are to be `counted`.
    async fn space(&self, counted: bool) -> Result<Space, StoreError>;
    /// What can be deleted as a whole and had again.
    async fn evictables(&self, scope: Scope) -> Result<Vec<Evictable>, StoreError>;
    /// Deletes what lies there, with all its files and the records about them; what is gone
    /// already is no error.
    async fn delete(&self, key: &StoreKey) -> Result<(), StoreError>;
}

/// The way to upstreams: one request, one answer. It follows no redirect and retries nothing.
///
/// A host with sockets forwards both methods to [`super::socket::ask`], which speaks HTTP/1.1 over
/// its [`Network`](super::socket::Network). A host that is given HTTP itself (a `wasi:http`
/// component) implements them on what it is given, and must refuse hosts that
/// [`egress::may_be_named`](crate::app::egress::may_be_named) does not allow, since it cannot see
/// the address that is connected to.
pub trait Fetch {
    /// The body of an answer, still to be read.
    type Incoming;

    /// Asks for `url`.
    async fn fetch(
        &self,
        url: &Url,
        ask: Ask<'_>,
    ) -> Result<(ResponseHead, Self::Incoming), UpstreamError>;
    /// The next bytes of a body, at least one; `None` at its proper end.
    async fn next<'a>(
        &self,
        body: &'a mut Self::Incoming,
    ) -> Result<Option<&'a [u8]>, UpstreamError>;
}

/// What a request says beside its URL.
#[derive(Clone, Copy, Debug, Default)]
pub struct Ask<'a> {
    /// Go on with a download that broke.
    pub resume: Option<Resume<'a>>,
    /// Only if it is not this any more.
    pub if_none_match: Option<&'a str>,
    /// Only if it is newer.
    pub if_modified_since: Option<&'a str>,
    /// What is asked of a Git server.
    pub git: Option<Git<'a>>,
}

impl<'a> Ask<'a> {
    /// The request for `url` that says this, on a connection of its own.
    pub fn of(self, url: &'a Url) -> Request<'a> {
        Request {
            url,
            absolute_form: false,
            proxy_authorization: None,
            user_agent: if self.git.is_some() {
                client::USER_AGENT
            } else {
                USER_AGENT
            },
            accept: "*/*",
            resume: self.resume,
            if_none_match: self.if_none_match,
            if_modified_since: self.if_modified_since,
            git: self.git,
            keep_alive: false,
        }
    }
}

/// One worker of a host. A clone is the same worker.
pub trait Host: Fetch + Clone {
    /// What [`Store::File`] is here.
    type File: Clone;
    /// The data directory.
    type Store: Store<File = Self::File>;

    /// The data directory.
    fn store(&self) -> &Self::Store;
    /// The clocks.
    fn now(&self) -> Now;
    /// The settings.
    fn config(&self) -> &Arc<Config>;
    /// The one application of this process, for a moment: never across an await.
    fn with_site<R>(&self, f: impl FnOnce(&mut Site<Self::File>) -> R) -> R;
    /// This worker's desk, for a moment.
    fn with_desk<R>(&self, f: impl FnOnce(&mut Desk<Self::File>) -> R) -> R;
    /// Takes everything off the shelves of all workers that can be reached from here, so that
    /// deleted files give their space back.
    fn clear_shelves(&self) {
        self.with_desk(Desk::clear_shelves);
    }
    /// The counts of all workers together; if there is one, its own.
    fn stats(&self) -> Stats {
        self.with_desk(|desk| desk.stats.clone())
    }
    /// Is waited for before what the indexes say is needed: for an index, and for a file that is
    /// not in the store. A host that lives for one request only calls [`super::house::visit`];
    /// others run [`super::house::keep`] and keep the default.
    async fn recall(&self) {}
    /// Whether it ends with the request, so that nobody could follow a job by its id: then the
    /// request waits for its job, however long that takes. Others keep the default.
    fn is_for_one_request(&self) -> bool {
        false
    }
    /// Runs [`super::run`] with this job, beside everything else.
    fn start(&self, job: Job);
    /// Whether the server is stopping. A host that never does keeps the default.
    fn is_stopping(&self) -> bool {
        false
    }
    /// Waits.
    async fn sleep(&self, until: Instant);
    /// Lets others on this worker go first. A host whose tasks have threads of their own keeps the
    /// default.
    async fn pause(&self) {}
    /// Whether lines of this level are wanted.
    fn logs(&self, level: LogLevel) -> bool;
    /// Writes one log line.
    fn log(&self, level: LogLevel, line: fmt::Arguments<'_>);
}
