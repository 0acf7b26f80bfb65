//! The data directory for the driver: quick calls here, those that flush on other threads.

use core::ops::Deref;
use std::sync::Arc;

use blocking::unblock;
use zigdepot_core::drive::host::Store;
use zigdepot_core::store::evict::{DevVersion, Space};
use zigdepot_core::store::proof::Stat;
use zigdepot_core::store::{StoreError, StoreKey};
use zigdepot_core::time::Timestamp;
use zigdepot_host::store::{FileStore, OpenFile, StagingFile, read_at};

/// The data directory of this process; a clone is the same one.
#[derive(Clone, Debug)]
pub struct Files(Arc<FileStore>);

impl Files {
    /// Files below an open data directory.
    pub fn new(store: FileStore) -> Self {
        Self(Arc::new(store))
    }
}

impl Deref for Files {
    type Target = FileStore;

    fn deref(&self) -> &FileStore {
        &self.0
    }
}

impl Store for Files {
    type File = OpenFile;
    type Staging = StagingFile;

    async fn open(&self, key: &StoreKey) -> Result<(OpenFile, Stat), StoreError> {
        self.0.open_file(key)
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
        self.0.record(key, bytes)
    }

    async fn stage(&self) -> Result<StagingFile, StoreError> {
        self.0.stage()
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
        let (store, key) = (Arc::clone(&self.0), key.clone());
        unblock(move || store.publish(staging, &key, modified)).await
    }

    async fn relocate(&self, from: &StoreKey, to: &StoreKey) -> Result<(), StoreError> {
        let (store, from, to) = (Arc::clone(&self.0), from.clone(), to.clone());
        unblock(move || store.relocate(&from, &to)).await
    }

    async fn discard(&self, key: &StoreKey) -> Result<(), StoreError> {
        self.0.discard(key)
    }

    async fn space(&self, counted: bool) -> Result<Space, StoreError> {
        let store = Arc::clone(&self.0);
        unblock(move || store.space(counted)).await
    }

    async fn dev_versions(&self) -> Result<Vec<DevVersion>, StoreError> {
        let store = Arc::clone(&self.0);
        unblock(move || store.dev_versions()).await
    }

    async fn delete_dev(&self, version: &DevVersion) -> Result<(), StoreError> {
        let (store, version) = (Arc::clone(&self.0), version.clone());
        unblock(move || store.delete_dev(&version)).await
    }
}
