//! What a host provides: a store, a network, clocks, and a place for the state.
//!
//! Methods are coarse and sequential; each has a failure answer that the driver handles. A host
//! parses nothing, retries nothing and knows no header names.

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;
use core::net::{IpAddr, SocketAddr};

use super::desk::Desk;
use super::site::Site;
use crate::app::Job;
use crate::app::failure::UpstreamError;
use crate::app::stats::Stats;
use crate::config::{Config, LogLevel};
use crate::store::evict::{DevVersion, Space};
use crate::store::proof::Stat;
use crate::store::{StoreError, StoreKey};
use crate::time::{Instant, Now, Timestamp};

/// The data directory.
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
    /// Flushes the staging file, gives it its name without replacing anything, and flushes the
    /// directory. Only here are directories of the store made.
    async fn publish(
        &self,
        staging: Self::Staging,
        key: &StoreKey,
        modified: Option<Timestamp>,
    ) -> Result<Stat, StoreError>;
    /// Moves a file or directory, contents and all; what is already at the destination stays.
    async fn relocate(&self, from: &StoreKey, to: &StoreKey) -> Result<(), StoreError>;
    /// Deletes a file that can be had again, with the record about it.
    async fn discard(&self, key: &StoreKey) -> Result<(), StoreError>;
    /// The room there is; the bytes in the store only if they are to be `counted`.
    async fn space(&self, counted: bool) -> Result<Space, StoreError>;
    /// The dev versions in the store.
    async fn dev_versions(&self) -> Result<Vec<DevVersion>, StoreError>;
    /// Deletes a dev version with all its files and their records.
    async fn delete_dev(&self, version: &DevVersion) -> Result<(), StoreError>;
}

/// Why a connection can't be read or written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gone {
    /// The peer closed or reset it.
    Closed,
    /// The deadline passed.
    TimedOut,
    /// The server stops, and nothing was under way here.
    Drained,
}

/// How long to wait on a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// Until then.
    pub until: Instant,
    /// Whether a stopping server ends the wait.
    pub idle: bool,
}

/// A byte stream.
pub trait Stream {
    /// Reads at least one byte; 0 is the peer's end.
    async fn recv(&mut self, into: &mut [u8], patience: Patience) -> Result<usize, Gone>;
    /// Writes at least one byte; `more` says that more follows at once.
    async fn send(&mut self, bytes: &[u8], more: bool, until: Instant) -> Result<usize, Gone>;
}

/// A client's connection.
pub trait Client: Stream {
    /// What [`Store::File`] is here.
    type File;

    /// Sends at least one byte of a file range, by sendfile where that works.
    async fn send_file(
        &mut self,
        file: &Self::File,
        offset: u64,
        len: u64,
        until: Instant,
    ) -> Result<u64, Gone>;
    /// Ends our side, while the client's bytes can still be read.
    fn finish(&mut self);
    /// Makes the connection end with a reset, so that a cut body is not taken for a whole one.
    fn abort(&mut self);
}

/// The way to upstreams.
pub trait Network {
    /// A connection to an upstream or proxy.
    type Upstream: Stream;

    /// The addresses of a host name.
    async fn resolve(&self, host: &str, until: Instant) -> Result<Vec<IpAddr>, UpstreamError>;
    /// Connects to exactly this address.
    async fn connect(
        &self,
        address: SocketAddr,
        until: Instant,
    ) -> Result<Self::Upstream, UpstreamError>;
    /// Puts TLS on a connection and checks the certificate against `name`.
    async fn secure(
        &self,
        conn: Self::Upstream,
        name: &str,
        until: Instant,
    ) -> Result<Self::Upstream, UpstreamError>;
}

/// One worker of a host. A clone is the same worker.
pub trait Host: Store + Network + Clone {
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
        self.with_desk(|desk| desk.shelf.clear());
    }
    /// The counts of all workers together.
    fn stats(&self) -> Stats;
    /// Runs [`super::run`] with this job, beside everything else.
    fn start(&self, job: Job);
    /// Whether the server is stopping.
    fn is_stopping(&self) -> bool;
    /// Waits.
    async fn sleep(&self, until: Instant);
    /// Lets others on this worker go first.
    async fn pause(&self);
    /// Whether lines of this level are wanted.
    fn logs(&self, level: LogLevel) -> bool;
    /// Writes one log line.
    fn log(&self, level: LogLevel, line: fmt::Arguments<'_>);
}
