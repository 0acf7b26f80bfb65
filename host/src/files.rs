//! The data directory for the driver: quick calls on the calling thread, those that flush where the
//! host says.

use core::future::Future;
use std::sync::Arc;

use zigdepot_core::drive::host::Store;
use zigdepot_core::store::evict::{Evictable, Scope, Space};
use zigdepot_core::store::proof::Stat;
use zigdepot_core::store::{Listed, Placing, StoreError, StoreKey};
use zigdepot_core::time::Timestamp;

use crate::store::{FileStore, OpenFile, StagingFile, read_at};

/// Threads that may wait for a disk.
pub trait Blocking {
    /// Runs a call there; none if the process ends before it began.
    fn unblock<T: Send + 'static>(
        &self,
        call: impl FnOnce() -> T + Send + 'static,
    ) -> impl Future<Output = Option<T>> + Send;
}

/// The calling thread: for a host whose threads may wait.
#[derive(Clone, Copy, Debug, Default)]
pub struct Here;

impl Blocking for Here {
    async fn unblock<T: Send + 'static>(
        &self,
        call: impl FnOnce() -> T + Send + 'static,
    ) -> Option<T> {
        Some(call())
    }
}

/// The files of a data directory.
#[derive(Clone, Debug)]
pub struct Files<B> {
    store: Arc<FileStore>,
    threads: B,
}

impl<B: Blocking> Files<B> {
    /// The files of this directory; what flushes runs on these threads.
    pub fn new(store: Arc<FileStore>, threads: B) -> Self {
        Self { store, threads }
    }

    async fn unblock<T: Send + 'static>(
        &self,
        call: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let done = self.threads.unblock(call).await;
        done.unwrap_or(Err(StoreError::Io))
    }
}

impl<B: Blocking> Store for Files<B> {
    type File = OpenFile;
    type Staging = StagingFile;

    async fn open(&self, key: &StoreKey) -> Result<(OpenFile, Stat), StoreError> {
        self.store.open_file(key)
    }

    async fn read_at(
        &self,
        file: &OpenFile,
        offset: u64,
        into: &mut [u8],
    ) -> Result<usize, StoreError> {
        read_at(file, offset, into)
    }

    async fn record(&self, key: &StoreKey, bytes: &[u8]) -> Result<(), StoreError> {
        self.store.record(key, bytes)
    }

    async fn stage(&self) -> Result<StagingFile, StoreError> {
        self.store.stage()
    }

    fn staged(&self, staging: &StagingFile) -> OpenFile {
        Arc::clone(staging.file())
    }

    async fn append(&self, staging: &mut StagingFile, bytes: &[u8]) -> Result<(), StoreError> {
        staging.append(bytes)
    }

    async fn publish(
        &self,
        staging: StagingFile,
        key: &StoreKey,
        placing: Placing,
        modified: Option<Timestamp>,
    ) -> Result<Stat, StoreError> {
        let (store, key) = (Arc::clone(&self.store), key.clone());
        self.unblock(move || store.publish(staging, &key, placing, modified))
            .await
    }

    async fn list(&self, dir: &StoreKey, many: usize) -> Result<Vec<Listed>, StoreError> {
        let (store, dir) = (Arc::clone(&self.store), dir.clone());
        self.unblock(move || store.list(&dir, many)).await
    }

    async fn settle(&self, dir: &StoreKey) -> Result<(), StoreError> {
        let (store, dir) = (Arc::clone(&self.store), dir.clone());
        self.unblock(move || store.settle(&dir)).await
    }

    async fn relocate(&self, from: &StoreKey, to: &StoreKey) -> Result<(), StoreError> {
        let (store, from, to) = (Arc::clone(&self.store), from.clone(), to.clone());
        self.unblock(move || store.relocate(&from, &to)).await
    }

    async fn discard(&self, key: &StoreKey) -> Result<(), StoreError> {
        self.store.discard(key)
    }

    async fn space(&self, counted: bool) -> Result<Space, StoreError> {
        let store = Arc::clone(&self.store);
        self.unblock(move || store.space(counted)).await
    }

    async fn evictables(&self, scope: Scope) -> Result<Vec<Evictable>, StoreError> {
        let store = Arc::clone(&self.store);
        self.unblock(move || store.evictables(scope)).await
    }

    async fn delete(&self, key: &StoreKey) -> Result<(), StoreError> {
        let (store, key) = (Arc::clone(&self.store), key.clone());
        self.unblock(move || store.delete(&key).map(drop)).await
    }
}
