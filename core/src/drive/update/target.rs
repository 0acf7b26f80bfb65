//! Which packages are brought up to date, and from where.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

use crate::app::ingest::Origin;
use crate::config::LogLevel;
use crate::drive::host::{Host, Store};
use crate::drive::registry::claim::{Owner, owner};
use crate::drive::registry::published;
use crate::git::client::remote::Remote;
use crate::registry::catalog::Catalog;
use crate::registry::documents::UpdateStatus;
use crate::registry::name::PackageName;
use crate::store::{StoreError, StoreKey};

/// A package to bring up to date.
pub(super) struct Target {
    /// The package.
    pub package: PackageName,
    /// Where it comes from.
    pub origin: Origin,
    /// What the catalog says of when it changed.
    pub updated_at: Option<String>,
}

/// All packages, each from one place: the catalog's, or the one that has its name.
pub(super) async fn all<H: Host>(
    host: &H,
    catalog: &Catalog,
    status: &mut UpdateStatus,
) -> Result<Vec<Target>, StoreError> {
    let mut targets = BTreeMap::new();
    for package in published::packages(host).await? {
        if let Owner::Upstream(url) = owner(host, &package).await?
            && let Ok(remote) = Remote::parse(&url)
        {
            targets.insert(
                package.clone(),
                Target::new(package, Origin::Remote(remote)),
            );
        }
    }
    for record in &catalog.records {
        let package = record.package.clone();
        let Ok(remote) = Remote::parse(&record.url) else {
            status.source_skipped += 1;
            continue;
        };
        let target = Target {
            updated_at: Some(record.updated_at.clone()),
            ..Target::new(package.clone(), Origin::Remote(remote))
        };
        targets.insert(package, target);
    }
    for package in local(host).await? {
        status.repos_scanned += 1;
        targets.insert(package.clone(), Target::new(package, Origin::Local));
    }
    Ok(targets.into_values().collect())
}

impl Target {
    fn new(package: PackageName, origin: Origin) -> Self {
        Self {
            package,
            origin,
            updated_at: None,
        }
    }
}

/// The bare repositories below `git/`.
async fn local<H: Host>(host: &H) -> Result<Vec<PackageName>, StoreError> {
    let most = host.config().limits.packages;
    let listed = match host.store().list(&StoreKey::repositories(), most).await {
        Err(StoreError::NotFound) => return Ok(Vec::new()),
        listed => listed?,
    };
    let mut names = Vec::new();
    for one in listed.iter().filter(|one| one.is_dir) {
        let name = one.name.strip_suffix(".git").map(PackageName::parse);
        match name {
            Some(Ok(package)) => {
                // A directory without HEAD is no repository (gitrepository-layout).
                let head = StoreKey::repository(&package, "HEAD");
                if host.store().open(&head).await.is_ok() {
                    names.push(package);
                }
            }
            Some(Err(error)) => host.log(
                LogLevel::Warn,
                format_args!("git/{}: {error}", one.name.escape_debug()),
            ),
            None => {}
        }
    }
    Ok(names)
}
