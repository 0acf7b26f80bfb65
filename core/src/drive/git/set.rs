//! The pack of all releases of a package, stored in packets as it is sent: what a clone is answered
//! with.
//!
//! It lies under the name of the set of releases it is of, so it is never stale; those of other sets
//! are deleted once it is there. Nothing depends on it: without it a pack is made for each clone.

use alloc::vec::Vec;

use super::source::{PackError, Source};
use super::stream::PackStream;
use crate::drive::host::{Host, Store};
use crate::git::id::ObjectId;
use crate::git::server::band::Framing;
use crate::registry::face::set::set_id;
use crate::registry::name::PackageName;
use crate::store::{Placing, StoreError, StoreKey};

/// Most sets of one package that are cleared away at once.
const SETS: usize = 1000;

/// The name of the set of these releases.
pub(in crate::drive) fn name(sources: &[Source]) -> ObjectId {
    set_id(sources.iter().map(|source| (source.tip, &source.tag)))
}

/// Stores the pack of these releases of a package, if it is not there yet, and deletes the packs of
/// all other sets. To be called for one set of a package at a time.
pub(in crate::drive) async fn write_set<H: Host>(
    host: &H,
    package: &PackageName,
    sources: &[Source],
) -> Result<(), PackError> {
    let set = name(sources);
    let key = StoreKey::git_set(package, &set);
    if host.store().open(&key).await.is_err() {
        write(host, &key, sources).await?;
    }
    clear(host, package, &set).await;
    Ok(())
}

async fn write<H: Host>(host: &H, key: &StoreKey, sources: &[Source]) -> Result<(), PackError> {
    // In one order, so that the same releases make the same bytes.
    let mut sources: Vec<Source> = sources.to_vec();
    sources.sort_unstable_by(|a, b| a.tag.as_str().cmp(b.tag.as_str()));
    let mut stream = PackStream::plan(host, &sources, &[], Framing::Large).await?;
    let mut staging = host.store().stage().await?;
    while let Some(chunk) = stream.next().await? {
        host.store().append(&mut staging, &chunk).await?;
    }
    let published = host.store().publish(staging, key, Placing::New, None).await;
    match published {
        // Another process has made the same.
        Ok(_) | Err(StoreError::Exists) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// Deletes the packs of other sets; one that stays is cleared away with the next.
async fn clear<H: Host>(host: &H, package: &PackageName, set: &ObjectId) {
    let listed = host.store().list(&StoreKey::git_sets(package), SETS).await;
    for listed in listed.unwrap_or_default() {
        let hex = listed.name.strip_suffix(".sideband");
        let other = hex.and_then(|hex| ObjectId::parse(hex.as_bytes()));
        if let Some(other) = other.filter(|other| other != set) {
            let _ = host
                .store()
                .delete(&StoreKey::git_set(package, &other))
                .await;
        }
    }
}

#[cfg(test)]
#[path = "set_tests.rs"]
mod tests;
