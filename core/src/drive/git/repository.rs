//! A package's releases, from memory or looked up in the store.

use alloc::collections::BTreeMap;
use alloc::string::ToString;
use alloc::sync::Arc;
use alloc::vec::Vec;

use super::derive;
use crate::app::failure::Failure;
use crate::config::LogLevel;
use crate::drive::host::{Host, Store};
use crate::drive::registry::published;
use crate::drive::release::manifest;
use crate::registry::documents::Probe;
use crate::registry::face::repository::{Repository, Shown};
use crate::registry::name::PackageName;
use crate::registry::tag::TagName;
use crate::store::{StoreError, StoreKey};

/// The package's repository; none if there is no such package. What other processes publish may be
/// missing for `Limits::repository_recheck`.
pub(super) async fn repository<H: Host>(
    host: &H,
    package: &PackageName,
) -> Result<Option<Arc<Repository>>, Failure> {
    let now = host.now().instant;
    let known = host.with_site(|site| site.repositories.get(package, now));
    match known {
        Some(known) if known.is_fresh => Ok(Some(known.repository)),
        known => look(host, package, known.map(|known| known.repository)).await,
    }
}

/// Whether Git can fetch the package's newest release from here. Its pack is made if it is missing.
pub(in crate::drive) async fn probe<H: Host>(host: &H, package: &PackageName) -> Probe {
    let repository = match repository(host, package).await {
        Ok(Some(repository)) => repository,
        Ok(None) => return Probe::Unknown,
        Err(failure) => return Probe::Failed(failure.to_string()),
    };
    let head = repository.refs().head_ref().map(|head| head.id);
    let release = head.and_then(|head| repository.release_of(head));
    let Some(release) = release else {
        return Probe::Unknown;
    };
    match derive::ensured(host, package, &release.tag).await {
        Ok(note) => Probe::Fetchable(note.commit),
        Err(trouble) => Probe::Failed(trouble.to_string()),
    }
}

/// The same, looked up now.
pub(super) async fn renewed<H: Host>(
    host: &H,
    package: &PackageName,
    known: Arc<Repository>,
) -> Result<Option<Arc<Repository>>, Failure> {
    look(host, package, Some(known)).await
}

async fn look<H: Host>(
    host: &H,
    package: &PackageName,
    known: Option<Arc<Repository>>,
) -> Result<Option<Arc<Repository>>, Failure> {
    let now = host.now().instant;
    let published = host.with_site(|site| site.repositories.published());
    let tags = published::served(host, package).await?;
    if tags.is_empty() && !is_known(host, package).await? {
        return Ok(None);
    }
    let repository = match known {
        Some(known) if known.is_of(&tags) => known,
        known => Arc::new(read(host, package, &tags, known.as_deref()).await?),
    };
    host.with_site(|site| {
        site.repositories
            .put(package, &repository, (published, now));
    });
    Ok(Some(repository))
}

/// A package without releases is one that has an upstream.
async fn is_known<H: Host>(host: &H, package: &PackageName) -> Result<bool, StoreError> {
    match host.store().open(&StoreKey::upstream(package)).await {
        Ok(_) => Ok(true),
        Err(StoreError::NotFound | StoreError::Clash) => Ok(false),
        Err(error) => Err(error),
    }
}

/// What is known of a release does not change.
async fn read<H: Host>(
    host: &H,
    package: &PackageName,
    tags: &[TagName],
    known: Option<&Repository>,
) -> Result<Repository, Failure> {
    let known = known.map(Repository::releases).unwrap_or_default();
    let known: BTreeMap<_, _> = known.iter().map(|shown| (&shown.tag, shown)).collect();
    let (mut releases, mut hidden) = (Vec::with_capacity(tags.len()), Vec::new());
    for tag in tags {
        if let Some(shown) = known.get(tag) {
            releases.push((*shown).clone());
            continue;
        }
        match shown(host, package, tag).await? {
            Looked::Shown(shown) => releases.push(shown),
            Looked::Hidden => hidden.push(tag.clone()),
            // Without a word of it the repository is looked up again.
            Looked::NotNow => {}
        }
        // There may be thousands.
        host.pause().await;
    }
    let repository = Repository::new(releases).map_err(|error| {
        host.log(LogLevel::Warn, format_args!("{package}: {error}"));
        Failure::Manifest
    })?;
    Ok(repository.hiding(hidden))
}

/// What came of looking at a release.
enum Looked {
    /// It is shown like this.
    Shown(Shown),
    /// It cannot be shown as long as it is what it is.
    Hidden,
    /// It could not be shown now: it is gone, or the disk or the server has trouble.
    NotNow,
}

/// A release as it is shown, or that it cannot be, which is logged: the others can.
async fn shown<H: Host>(host: &H, package: &PackageName, tag: &TagName) -> Result<Looked, Failure> {
    if let Some(note) = derive::note(host, package, tag).await {
        return Ok(Looked::Shown(Shown::of_note(tag.clone(), &note)));
    }
    let stored = match manifest(host, package, tag).await {
        Ok(Some(stored)) => stored,
        // It was taken away a moment ago.
        Ok(None) => return Ok(Looked::NotNow),
        Err(Failure::Manifest) => {
            let key = StoreKey::manifest(package, tag);
            host.log(LogLevel::Warn, format_args!("{key} cannot be read"));
            return Ok(Looked::Hidden);
        }
        Err(failure) => return Err(failure),
    };
    if let Some(shown) = Shown::of_manifest(&stored.manifest) {
        return Ok(Looked::Shown(shown));
    }
    // Nobody knows the commit of an imported release: one is made for its tree.
    let trouble = match derive::ensured(host, package, tag).await {
        Ok(note) => return Ok(Looked::Shown(Shown::of_note(tag.clone(), &note))),
        Err(trouble) => trouble,
    };
    let line = format_args!("{package} {tag} is not shown to git: {trouble}");
    host.log(LogLevel::Warn, line);
    Ok(if trouble.may_pass() {
        Looked::NotNow
    } else {
        Looked::Hidden
    })
}
