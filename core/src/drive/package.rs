//! The hashes of packages: computed while a tarball's bytes pass, recorded beside it, and looked up.
//!
//! Nothing here can fail a download: a mirror does not judge what it mirrors. A tarball without a
//! hash has a record that says why; records that cannot be written are made again by
//! `zigdepot verify`.

use super::find::{Found, find, read_small};
use super::host::{Host, Store};
use super::voucher::{PACKED, each_chunk};
use crate::app::asset::Asset;
use crate::config::LogLevel;
use crate::route::mirrored::Family;
use crate::store::package::{PackageRecord, keeps, note, noted};
use crate::store::{StoreError, StoreKey};
use crate::zig::digest::Sha256Digest;
use crate::zig::package::{
    Layout, Outcome, Package, PackageError, PackageHash, PackageReader, Packing, PackingError,
};

/// A package on its way.
pub(super) struct Hasher {
    packing: Packing,
    reader: PackageReader,
}

/// What is to be recorded of a tarball, if it is one of a package.
pub(super) type Verdict = Option<Result<Package, NotHashed>>;

/// Why a tarball has no hash.
pub(super) enum NotHashed {
    /// It is packed in another way, or no archive at all.
    Packing(PackingError),
    /// Zig could not use it either.
    Package(PackageError),
}

impl Hasher {
    /// For an asset that is a package; the error is why its kind of archive is not read.
    pub(super) fn of<H: Host>(host: &H, asset: &Asset) -> Option<Result<Self, NotHashed>> {
        let name = match asset {
            Asset::Zig(_) => return None,
            Asset::Release(..) => {
                return Some(Ok(Self::new(host, Packing::TarGz, Layout::default())));
            }
            Asset::Mirrored(name) => name,
        };
        match name.family() {
            Family::Artifact { .. } => None,
            Family::Package => Some(
                Packing::of_name(name.file())
                    .map(|packing| Self::new(host, packing, Layout::default()))
                    .map_err(NotHashed::Packing),
            ),
        }
    }

    fn new<H: Host>(host: &H, packing: Packing, layout: Layout) -> Self {
        Self {
            packing,
            reader: PackageReader::new(packing, layout, host.config().limits.package),
        }
    }

    /// Takes the next bytes.
    pub(super) fn update(&mut self, bytes: &[u8]) {
        self.reader.handle_bytes(bytes);
    }

    /// The hashes, once all bytes have passed; the file is read again if only its end told how.
    pub(super) async fn finish<H: Host>(
        self,
        host: &H,
        file: &H::File,
    ) -> Result<Result<Package, NotHashed>, StoreError> {
        let packing = self.packing;
        let layout = match settle(self.reader) {
            Ok(settled) => return Ok(settled),
            Err(layout) => layout,
        };
        let mut again = Self::new(host, packing, layout);
        each_chunk(host, file, PACKED, |bytes| again.update(bytes)).await?;
        // It cannot be in doubt twice: the file does not change.
        let twice = |_| Err(NotHashed::Packing(PackingError::Unknown));
        Ok(settle(again.reader).unwrap_or_else(twice))
    }
}

/// The outcome of one reading, or the layout to read again with.
fn settle(reader: PackageReader) -> Result<Result<Package, NotHashed>, Layout> {
    match reader.finish() {
        Ok(Outcome::Package(package)) => Ok(Ok(*package)),
        Ok(Outcome::Again(layout)) => Err(layout),
        Err(error) => Ok(Err(NotHashed::Package(error))),
    }
}

impl core::fmt::Display for NotHashed {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Packing(error) => error.fmt(f),
            Self::Package(error) => error.fmt(f),
        }
    }
}

/// Records what a stored tarball is, and which hashes lead to it.
pub(super) async fn record<H: Host>(
    host: &H,
    key: &StoreKey,
    digest: Sha256Digest,
    verdict: Verdict,
) {
    let record = match verdict {
        None => return,
        Some(Ok(package)) => PackageRecord::hashed(digest, package.hashes),
        Some(Err(reason)) => {
            host.log(
                LogLevel::Warn,
                format_args!("{key} has no package hash: {reason}"),
            );
            PackageRecord::refused(digest, &alloc::format!("{reason}"))
        }
    };
    let store = host.store();
    let text = record.to_text();
    forget_former(host, key, &record).await;
    let mut outcome = store.record(&key.package(), text.as_bytes()).await;
    for hash in record.hashes() {
        host.log(LogLevel::Info, format_args!("{key} is {}", hash.as_str()));
        if outcome.is_ok() && !is_known(host, hash, key).await {
            let place = StoreKey::hash(hash);
            outcome = store.record(&place, note(key).as_bytes()).await;
        }
    }
    match outcome {
        Ok(()) | Err(StoreError::ReadOnly) => {}
        Err(error) => host.log(
            LogLevel::Warn,
            format_args!("{key}: its hashes were not recorded: {error}"),
        ),
    }
}

/// Takes back the notes of hashes that a former tarball of this name had.
async fn forget_former<H: Host>(host: &H, key: &StoreKey, record: &PackageRecord) {
    let Some(former) = recorded(host, key).await else {
        return;
    };
    for hash in former.hashes() {
        let stays = record.hashes().any(|own| own == hash);
        if !stays && leads_to(host, hash).await.as_ref() == Some(key) {
            // One that stays leads to a record that does not have that hash.
            let _ = host.store().discard(&StoreKey::hash(hash)).await;
        }
    }
}

/// What is recorded of a tarball.
async fn recorded<H: Host>(host: &H, key: &StoreKey) -> Option<PackageRecord> {
    let (file, _) = host.store().open(&key.package()).await.ok()?;
    PackageRecord::parse(&read_small(host.store(), &file).await.ok()?)
}

/// Where the note of a hash leads.
async fn leads_to<H: Host>(host: &H, hash: &PackageHash) -> Option<StoreKey> {
    let (file, _) = host.store().open(&StoreKey::hash(hash)).await.ok()?;
    noted(&read_small(host.store(), &file).await.ok()?)
}

/// Whether the hash leads to a tarball already, and is to go on doing so.
async fn is_known<H: Host>(host: &H, hash: &PackageHash, key: &StoreKey) -> bool {
    let found = by_hash(host, hash).await;
    found.is_some_and(|found| keeps(&found.key, key))
}

/// The stored and proven tarball whose package has this hash.
pub(super) async fn by_hash<H: Host>(host: &H, hash: &PackageHash) -> Option<Found<H::File>> {
    let key = leads_to(host, hash).await?;
    let record = recorded(host, &key).await?;
    let found = find(host, core::slice::from_ref(&key)).await.ok()??;
    // What the note leads to may have been replaced or purged since.
    let is_it = record.hashes().any(|own| own == hash)
        && found
            .proof
            .as_ref()
            .is_some_and(|proof| proof.digest == record.digest);
    is_it.then_some(found)
}
