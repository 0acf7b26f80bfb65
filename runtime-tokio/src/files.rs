//! The data directory for the driver: quick calls here, those that flush on other threads.

use std::sync::Arc;

use zigdepot_core::drive::host::Store;
use zigdepot_core::store::evict::{DevVersion, Space};
use zigdepot_core::store::proof::Stat;
use zigdepot_core::store::{StoreError, StoreKey};
use zigdepot_core::time::Timestamp;
use zigdepot_host::store::{OpenFile, StagingFile, read_at};

use crate::worker::Worker;

impl Store for Worker {
    type File = OpenFile;
    type Staging = StagingFile;

    async fn open(&self, key: &StoreKey) -> Result<(OpenFile, Stat), StoreError> {
        self.shared().store.open_file(key)
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
        self.shared().store.record(key, bytes)
    }

    async fn stage(&self) -> Result<StagingFile, StoreError> {
        self.shared().store.stage()
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
        modified: Option<Timestamp>,
    ) -> Result<Stat, StoreError> {
        let (store, key) = (Arc::clone(&self.shared().store), key.clone());
        self.unblock(move || store.publish(staging, &key, modified))
            .await
    }

    async fn relocate(&self, from: &StoreKey, to: &StoreKey) -> Result<(), StoreError> {
        let (store, from, to) = (Arc::clone(&self.shared().store), from.clone(), to.clone());
        self.unblock(move || store.relocate(&from, &to)).await
    }

    async fn discard(&self, key: &StoreKey) -> Result<(), StoreError> {
        self.shared().store.discard(key)
    }

    async fn space(&self, counted: bool) -> Result<Space, StoreError> {
        let store = Arc::clone(&self.shared().store);
        self.unblock(move || store.space(counted)).await
    }

    async fn dev_versions(&self) -> Result<Vec<DevVersion>, StoreError> {
        let store = Arc::clone(&self.shared().store);
        self.unblock(move || store.dev_versions()).await
    }

    async fn delete_dev(&self, version: &DevVersion) -> Result<(), StoreError> {
        let (store, version) = (Arc::clone(&self.shared().store), version.clone());
        self.unblock(move || store.delete_dev(&version)).await
    }
}

impl Worker {
    async fn unblock<T: Send + 'static>(
        &self,
        call: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let done = self.runtime().spawn_blocking(call).await;
        // The runtime ends before the call began.
        done.unwrap_or(Err(StoreError::Io))
    }
}
