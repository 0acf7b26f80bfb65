//! The documents of the API that tell what is published.

use alloc::collections::BTreeMap;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::api::failed;
use super::{published, troubles};
use crate::app::answer::Answer;
use crate::app::failure::Failure;
use crate::drive::find::read_up_to;
use crate::drive::git::repository::probe;
use crate::drive::host::{Host, Store};
use crate::drive::release::manifest;
use crate::drive::update::{STATUS, last_catalog};
use crate::registry::catalog::Record;
use crate::registry::documents::{
    ListedNames, PackageInfo, Probe, SearchQuery, ServiceStatus, TagInfo, UpdateState,
    UpdateStatus, not_found_document,
};
use crate::registry::name::PackageName;
use crate::registry::tag::TagName;
use crate::store::{StoreError, StoreKey};

/// What this program calls itself.
const RELEASE: &str = env!("CARGO_PKG_VERSION");

/// A document, or the answer that refuses.
type Document = Result<String, Answer>;

/// `/api/list`
pub(super) async fn list<H: Host>(host: &H) -> Document {
    Ok(names(host).await?.to_document())
}

/// `/api/search?q=`
pub(super) async fn search<H: Host>(host: &H, query: Option<&str>) -> Document {
    let query = SearchQuery::parse(query)
        .map_err(|_| failed(400, "the query is not percent-encoded UTF-8"))?;
    Ok(names(host).await?.search_document(&query))
}

async fn names<H: Host>(host: &H) -> Result<ListedNames, Answer> {
    let local = published::packages(host).await.map_err(unreadable)?;
    let catalog = last_catalog(host).await;
    let registered = catalog.records.iter().map(|record| record.package.clone());
    Ok(ListedNames::new(local, registered))
}

/// `/api/info/<package>`
pub(super) async fn info<H: Host>(host: &H, name: &str) -> Document {
    let Ok(package) = PackageName::parse(name) else {
        return Err(failed(400, "invalid package name"));
    };
    let info = of(host, package).await?;
    if is_known(&info) {
        Ok(info.to_document())
    } else {
        Err(Answer::json(404, not_found_document(Some(&info.package))))
    }
}

/// `POST /api/check`
pub(super) async fn check<H: Host>(host: &H, package: PackageName) -> Document {
    let info = of(host, package).await?;
    let is_healthy = info.is_healthy();
    if is_known(&info) {
        return Ok(info.check_document(is_healthy));
    }
    let language = info.language.as_deref();
    let document = PackageInfo::check_not_found(&info.package, language, is_healthy);
    Err(Answer::json(404, document))
}

async fn of<H: Host>(host: &H, package: PackageName) -> Result<PackageInfo, Answer> {
    let catalog = last_catalog(host).await;
    let tags = tags(host, &package).await.map_err(unavailable)?;
    let record = catalog.records.iter().find(|one| one.package == package);
    let probe = if tags.is_empty() {
        Probe::Unknown
    } else {
        probe(host, &package).await
    };
    let info = describe(host, package, tags, record).await?;
    Ok(PackageInfo { probe, ..info })
}

fn is_known(info: &PackageInfo) -> bool {
    info.local || info.registered
}

/// All releases of a package, with their manifests.
async fn tags<H: Host>(host: &H, package: &PackageName) -> Result<Vec<TagInfo>, Failure> {
    let mut infos = Vec::new();
    for tag in published::names(host, package).await? {
        match manifest(host, package, &tag).await {
            Ok(Some(stored)) => infos.push(TagInfo::of_manifest(&stored.manifest)),
            Ok(None) => {}
            Err(Failure::Manifest) => infos.push(bare(host, package, tag).await),
            Err(failure) => return Err(failure),
        }
        // There may be thousands.
        host.pause().await;
    }
    Ok(infos)
}

/// A release whose manifest cannot be read.
async fn bare<H: Host>(host: &H, package: &PackageName, tag: TagName) -> TagInfo {
    let opened = host.store().open(&StoreKey::tarball(package, &tag)).await;
    TagInfo::bare(tag, opened.map_or(0, |(_, stat)| stat.len))
}

async fn describe<H: Host>(
    host: &H,
    package: PackageName,
    tags: Vec<TagInfo>,
    record: Option<&Record>,
) -> Result<PackageInfo, Answer> {
    let owner = super::claim::owner(host, &package).await;
    let upstream = match owner.map_err(unreadable)? {
        super::claim::Owner::Upstream(url) => Some(url),
        super::claim::Owner::Nobody | super::claim::Owner::Local => None,
    };
    Ok(PackageInfo {
        registered: record.is_some(),
        local: !tags.is_empty(),
        upstream,
        language: record.map(|record| record.language.clone()),
        tags,
        probe: Probe::Unknown,
        trouble: troubles::of(host, &package).await,
        updated_at: host.now().unix,
        package,
    })
}

/// `/api/status`
pub(super) async fn status<H: Host>(host: &H) -> Document {
    let catalog = last_catalog(host).await;
    let mut status = ServiceStatus::new(RELEASE, update_status(host).await);
    let mut packages = published::packages(host).await.map_err(unreadable)?;
    let records = catalog.records.iter();
    let records: BTreeMap<_, _> = records.map(|record| (&record.package, record)).collect();
    packages.extend(records.keys().copied().cloned());
    packages.sort();
    packages.dedup();
    for package in packages {
        let names = published::names(host, &package).await.map_err(unreadable)?;
        // What the manifests say does not count here.
        let tags = names.into_iter().map(|tag| TagInfo::bare(tag, 0)).collect();
        let record = records.get(&package).copied();
        let info = describe(host, package, tags, record).await?;
        status.handle_package(&info);
        host.pause().await;
    }
    status.update.packages_total = status.total;
    Ok(status.to_document())
}

/// The update of this process, or the last one that was recorded.
async fn update_status<H: Host>(host: &H) -> UpdateStatus {
    let now = host.now().instant;
    let (own, state, retry_after) = host.with_site(|site| {
        let updates = site.app.updates();
        (
            updates.status().cloned(),
            updates.state(),
            updates.retry_after(now),
        )
    });
    let mut status = match own {
        Some(status) => status,
        None => recorded(host).await.unwrap_or_default(),
    };
    status.state = match retry_after {
        Some(_) if state == UpdateState::Idle => UpdateState::Cooldown,
        _ => state,
    };
    status.queued = state == UpdateState::Queued;
    status.retry_after = retry_after.unwrap_or(0);
    let space = host.store().space(false).await;
    status.disk_free = space.ok().and_then(|space| space.free);
    status
}

async fn recorded<H: Host>(host: &H) -> Option<UpdateStatus> {
    let (file, _) = host.store().open(&StoreKey::state(STATUS)).await.ok()?;
    let text = read_up_to(host.store(), &file, 1 << 20).await.ok()?;
    UpdateStatus::parse(&text)
}

fn unreadable(error: StoreError) -> Answer {
    unavailable(error.into())
}

fn unavailable(failure: Failure) -> Answer {
    failed(503, &failure.to_string())
}
