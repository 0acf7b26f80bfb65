//! The pack of all releases of a package, stored in packets as it is sent: what a clone is answered
//! with.
//!
//! It lies under the name of the set of releases it is of, so it is never stale; those of other sets
//! are deleted once it is there. Nothing depends on it: without it a pack is made for each clone.

use alloc::vec::Vec;

use super::pack::sources;
use super::repository::repository;
use super::source::{PackError, Source};
use super::stream::PackStream;
use super::trouble::Trouble;
use crate::config::LogLevel;
use crate::drive::host::{Host, Store};
use crate::drive::site::act;
use crate::git::id::ObjectId;
use crate::git::server::band::Framing;
use crate::git::server::sideband;
use crate::registry::face::set::set_id;
use crate::registry::name::PackageName;
use crate::store::{Placing, StoreError, StoreKey};

/// Most sets of one package that are cleared away at once.
const SETS: usize = 1000;

/// The name of the set of these releases.
pub(in crate::drive) fn name(sources: &[Source]) -> ObjectId {
    set_id(sources.iter().map(|source| (source.tip, &source.tag)))
}

/// Sees to it that the pack of all releases of a package is there, if there are several. What goes
/// wrong is logged: clones are answered without it, too.
pub(in crate::drive) async fn renew<H: Host>(host: &H, package: &PackageName) {
    if let Err(trouble) = try_renew(host, package).await {
        let line = format_args!("{package}: the pack of all releases is not made: {trouble}");
        host.log(LogLevel::Warn, line);
    }
}

async fn try_renew<H: Host>(host: &H, package: &PackageName) -> Result<(), Trouble> {
    let Some(repository) = repository(host, package).await? else {
        return Ok(());
    };
    let key = StoreKey::git_set(package, &repository.set());
    if repository.all().len() < 2 || is_whole(host, &key).await? {
        return Ok(());
    }
    let all: Vec<_> = repository.all().collect();
    let sources = sources(host, package, &repository, &all).await?;
    Ok(write_set(host, package, &sources).await?)
}

/// Gives the package back when the job ends, or is dropped.
pub(in crate::drive) struct Report<H: Host> {
    host: H,
    package: PackageName,
}

impl<H: Host> Report<H> {
    /// Of a job that has not begun.
    pub(in crate::drive) fn new(host: &H, package: &PackageName) -> Self {
        Self {
            host: host.clone(),
            package: package.clone(),
        }
    }
}

impl<H: Host> Drop for Report<H> {
    fn drop(&mut self) {
        act(&self.host, |site| site.app.handle_set(&self.package));
    }
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
    if !is_whole(host, &key).await? {
        write(host, &key, sources).await?;
    }
    clear(host, package, &set).await;
    Ok(())
}

/// Whether the pack of a set is there. Its name says nothing of its length, so its end is looked at;
/// one that is cut off is deleted, to be made anew.
pub(super) async fn is_whole<H: Host>(host: &H, key: &StoreKey) -> Result<bool, StoreError> {
    let (file, stat) = match host.store().open(key).await {
        Ok(opened) => opened,
        Err(StoreError::NotFound | StoreError::Clash) => return Ok(false),
        Err(error) => return Err(error),
    };
    let mut end = [0; sideband::FLUSH.len()];
    let at = stat.len.saturating_sub(sideband::FLUSH.len() as u64);
    let read = host.store().read_at(&file, at, &mut end).await?;
    let is_whole = read == end.len() && end == *sideband::FLUSH;
    if !is_whole {
        host.log(
            LogLevel::Warn,
            format_args!("{key} is cut off; to be made again"),
        );
        // What cannot be deleted is found cut off again.
        let _ = host.store().delete(key).await;
    }
    Ok(is_whole)
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
