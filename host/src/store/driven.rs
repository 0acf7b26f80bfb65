//! The store as the driver sees it. Every call blocks its thread until it is done; a runtime whose
//! threads must not wait moves those that flush to others.

use std::sync::Arc;

use zigdepot_core::drive::host::Store;
use zigdepot_core::store::evict::{DevVersion, Space};
use zigdepot_core::store::proof::Stat;
use zigdepot_core::store::{StoreError, StoreKey};
use zigdepot_core::time::Timestamp;

use super::{FileStore, OpenFile, StagingFile, read_at};

impl Store for FileStore {
    type File = OpenFile;
    type Staging = StagingFile;

    async fn open(&self, key: &StoreKey) -> Result<(OpenFile, Stat), StoreError> {
        self.open_file(key)
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
        Self::record(self, key, bytes)
    }

    async fn stage(&self) -> Result<StagingFile, StoreError> {
        Self::stage(self)
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
        Self::publish(self, staging, key, modified)
    }

    async fn relocate(&self, from: &StoreKey, to: &StoreKey) -> Result<(), StoreError> {
        Self::relocate(self, from, to)
    }

    async fn discard(&self, key: &StoreKey) -> Result<(), StoreError> {
        Self::discard(self, key)
    }

    async fn space(&self, counted: bool) -> Result<Space, StoreError> {
        Self::space(self, counted)
    }

    async fn dev_versions(&self) -> Result<Vec<DevVersion>, StoreError> {
        Self::dev_versions(self)
    }

    async fn delete_dev(&self, version: &DevVersion) -> Result<(), StoreError> {
        Self::delete_dev(self, version)
    }
}
