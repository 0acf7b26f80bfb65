//! What is published, as the store has it: packages are directories, and releases are manifests.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;

use super::claim::Owner;
use crate::app::failure::Failure;
use crate::config::LogLevel;
use crate::drive::host::{Host, Store};
use crate::drive::release::manifest;
use crate::registry::name::PackageName;
use crate::registry::plan::Published;
use crate::registry::release::ReleasePart;
use crate::registry::tag::TagName;
use crate::store::{StoreError, StoreKey};

/// Most names of one directory.
const NAMES: usize = 1 << 20;

/// All packages, in the order of bytes.
pub(in crate::drive) async fn packages<H: Host>(host: &H) -> Result<Vec<PackageName>, StoreError> {
    let listed = match host.store().list(&StoreKey::packages(), NAMES).await {
        Err(StoreError::NotFound) => return Ok(Vec::new()),
        listed => listed?,
    };
    let dirs = listed.iter().filter(|one| one.is_dir);
    Ok(dirs
        .filter_map(|one| PackageName::parse(&one.name).ok())
        .take(host.config().limits.packages)
        .collect())
}

/// The tags of a package that have a manifest, in version order.
pub(in crate::drive) async fn names<H: Host>(
    host: &H,
    package: &PackageName,
) -> Result<Vec<TagName>, StoreError> {
    let files = files(host, package).await?;
    Ok(files.into_manifests().0)
}

/// The tags of a package that have a manifest and a tarball, in version order.
pub(in crate::drive) async fn served<H: Host>(
    host: &H,
    package: &PackageName,
) -> Result<Vec<TagName>, StoreError> {
    let (mut manifests, tarballs) = files(host, package).await?.into_manifests();
    manifests.retain(|tag| tarballs.contains(tag));
    Ok(manifests)
}

/// Whether a package has releases, and no tarball of them is missing.
pub(in crate::drive) async fn whole<H: Host>(
    host: &H,
    package: &PackageName,
) -> Result<bool, StoreError> {
    let (manifests, tarballs) = files(host, package).await?.into_manifests();
    Ok(!manifests.is_empty() && manifests.iter().all(|tag| tarballs.contains(tag)))
}

/// The files of a package's releases.
struct Files(Vec<(TagName, ReleasePart)>);

impl Files {
    /// The tags that have a manifest, in version order, and those that have a tarball.
    fn into_manifests(self) -> (Vec<TagName>, BTreeSet<TagName>) {
        let (mut manifests, mut tarballs) = (Vec::new(), BTreeSet::new());
        for (tag, part) in self.0 {
            match part {
                ReleasePart::Manifest => manifests.push(tag),
                ReleasePart::Tarball => _ = tarballs.insert(tag),
            }
        }
        manifests.sort();
        (manifests, tarballs)
    }
}

async fn files<H: Host>(host: &H, package: &PackageName) -> Result<Files, StoreError> {
    let listed = match host.store().list(&StoreKey::tags(package), NAMES).await {
        Err(StoreError::NotFound | StoreError::Clash) => return Ok(Files(Vec::new())),
        listed => listed?,
    };
    let files = listed.iter().filter(|one| !one.is_dir);
    let files = files.filter_map(|one| {
        let (tag, part) = ReleasePart::split(&one.name)?;
        Some((TagName::of_stored(tag)?, part))
    });
    Ok(Files(files.collect()))
}

/// What is known of each tag of a package.
pub(in crate::drive) async fn tags<H: Host>(
    host: &H,
    package: &PackageName,
) -> Result<BTreeMap<TagName, Published>, Failure> {
    let mut tags = BTreeMap::new();
    let (manifests, tarballs) = files(host, package).await?.into_manifests();
    for tag in manifests {
        let is_whole = tarballs.contains(&tag);
        let known = match manifest(host, package, &tag).await {
            Ok(Some(stored)) => Published {
                commit: stored.manifest.commit,
                tag: stored.manifest.tag_object(),
                is_whole,
            },
            Ok(None) => continue,
            Err(Failure::Manifest) => {
                // It stays as it is: nobody but a person can say what it was.
                let key = StoreKey::manifest(package, &tag);
                host.log(LogLevel::Warn, format_args!("{key} cannot be read"));
                Published {
                    commit: None,
                    tag: None,
                    is_whole: true,
                }
            }
            Err(failure) => return Err(failure),
        };
        tags.insert(tag, known);
        // There may be thousands.
        host.pause().await;
    }
    Ok(tags)
}

/// Where the manifests of a package say that it comes from.
pub(in crate::drive) async fn upstream<H: Host>(
    host: &H,
    package: &PackageName,
) -> Result<Owner, StoreError> {
    let mut owner = Owner::Nobody;
    for tag in names(host, package).await?.iter().rev() {
        owner = Owner::Local;
        if let Ok(Some(stored)) = manifest(host, package, tag).await
            && let Some(url) = stored.manifest.upstream
        {
            return Ok(Owner::Upstream(url));
        }
        host.pause().await;
    }
    Ok(owner)
}
