//! Whose a package's name is, as the store has it: `p/<package>/upstream.json`.
//!
//! The first upstream that a package is published from has the name from then on, be it elsewhere or
//! a repository below `git/`. Of two processes that publish at the same time one makes the record.

use alloc::string::{String, ToString};

use crate::app::ingest::{IngestFailure, IngestOrder, Origin};
use crate::drive::find::read_up_to;
use crate::drive::host::{Host, Store};
use crate::git::client::remote::Remote;
use crate::registry::documents::Upstream;
use crate::registry::name::PackageName;
use crate::store::{Placing, StoreError, StoreKey};

/// Most bytes of such a file.
const MOST_BYTES: usize = 256 << 10;

/// Who has a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::drive) enum Owner {
    /// Nobody yet.
    Nobody,
    /// The package that comes from this URL.
    Upstream(String),
    /// A package that comes from this machine, or from nobody knows where.
    Local,
}

impl Owner {
    /// How it is told.
    fn shown(&self) -> String {
        match self {
            Self::Nobody => "nobody".into(),
            Self::Upstream(url) => url.clone(),
            Self::Local => "a package of this machine, imported or from git/".into(),
        }
    }
}

/// What is recorded, or what the manifests say.
pub(in crate::drive) enum Recorded {
    /// By `upstream.json`.
    Here(Upstream),
    /// That cannot be read.
    Damaged,
    /// There is none.
    Nowhere(Owner),
}

/// Where a package comes from, and how that is known.
pub(in crate::drive) async fn recorded<H: Host>(
    host: &H,
    package: &PackageName,
) -> Result<Recorded, StoreError> {
    Ok(match read(host, package).await? {
        Some(Some(upstream)) => Recorded::Here(upstream),
        Some(None) => Recorded::Damaged,
        None => Recorded::Nowhere(super::published::upstream(host, package).await?),
    })
}

/// Refuses a name that differs from a published one in nothing but case.
pub(in crate::drive) async fn check_case<H: Host>(
    host: &H,
    package: &PackageName,
) -> Result<(), IngestFailure> {
    let folded = package.folded();
    let is_twin = |name: &PackageName| name != package && name.folded() == folded;
    let published = super::published::packages(host).await?;
    match published.into_iter().find(is_twin) {
        None => Ok(()),
        Some(package) => {
            let upstream = owner(host, &package).await?.shown();
            Err(IngestFailure::Taken { package, upstream })
        }
    }
}

/// Who has the name of a package.
pub(in crate::drive) async fn owner<H: Host>(
    host: &H,
    package: &PackageName,
) -> Result<Owner, StoreError> {
    match read(host, package).await? {
        Some(Some(upstream)) if upstream.url == local(package) => Ok(Owner::Local),
        Some(Some(upstream)) => Ok(Owner::Upstream(upstream.url)),
        // Damaged: nobody has the name until a person has looked.
        Some(None) => Ok(Owner::Local),
        // A store that was taken over from packbase has nothing but manifests.
        None => super::published::upstream(host, package).await,
    }
}

/// The record in the store, and what it says if it can be read.
async fn read<H: Host>(
    host: &H,
    package: &PackageName,
) -> Result<Option<Option<Upstream>>, StoreError> {
    let (file, _) = match host.store().open(&StoreKey::upstream(package)).await {
        Err(StoreError::NotFound | StoreError::Clash) => return Ok(None),
        opened => opened?,
    };
    let text = read_up_to(host.store(), &file, MOST_BYTES).await?;
    Ok(Some(Upstream::parse(&text)))
}

/// What the record says of a package whose repository is on this machine.
pub(super) fn local(package: &PackageName) -> String {
    alloc::format!("git/{package}.git")
}

/// Who wants a name.
#[derive(Clone, Copy, Debug)]
pub(in crate::drive) struct Claimant<'a> {
    /// For what.
    pub order: &'a IngestOrder,
    /// Where the repository is for good, if that is elsewhere.
    pub permanent: Option<&'a Remote>,
    /// The URL that has the name, if it is known to lead to the same place for good.
    pub former: Option<&'a str>,
}

/// Takes the name for the repository at this place for good, if it has no record yet. If somebody
/// was faster, that must be the same.
pub(in crate::drive) async fn take<H: Host>(
    host: &H,
    claimant: Claimant<'_>,
) -> Result<(), IngestFailure> {
    let package = &claimant.order.package;
    if read(host, package).await?.is_some() {
        return check(host, claimant).await;
    }
    // The manifests count, too: another process may have published since the ingest began.
    check(host, claimant).await?;
    let url = claimant.permanent.map(ToString::to_string);
    let url = url.unwrap_or_else(|| local(package));
    let upstream = Upstream::new(&url, host.now().unix);
    let store = host.store();
    let mut staging = store.stage().await?;
    store
        .append(&mut staging, upstream.to_text().as_bytes())
        .await?;
    let key = StoreKey::upstream(package);
    match store.publish(staging, &key, Placing::New, None).await {
        Ok(_) => Ok(()),
        Err(StoreError::Exists) => check(host, claimant).await,
        Err(error) => Err(error.into()),
    }
}

async fn check<H: Host>(host: &H, claimant: Claimant<'_>) -> Result<(), IngestFailure> {
    let package = &claimant.order.package;
    let owner = owner(host, package).await?;
    if is_of(&owner, claimant) {
        Ok(())
    } else {
        Err(taken(package, &owner))
    }
}

/// Whether the name belongs to what is to be brought, or to nobody.
pub(in crate::drive) fn is_of(owner: &Owner, claimant: Claimant<'_>) -> bool {
    let Claimant {
        order,
        permanent,
        former,
    } = claimant;
    match (owner, &order.origin) {
        (Owner::Nobody, _) | (Owner::Local, Origin::Local) => true,
        (Owner::Upstream(url), Origin::Remote(_)) if former == Some(url.as_str()) => true,
        (Owner::Upstream(url), Origin::Remote(asked)) => Remote::parse(url).is_ok_and(|own| {
            let is = |other: &Remote| own.normalised() == other.normalised();
            is(asked) || permanent.is_some_and(is)
        }),
        (Owner::Local, Origin::Remote(_)) | (Owner::Upstream(_), Origin::Local) => false,
    }
}

/// The failure that says whose the name is.
pub(in crate::drive) fn taken(package: &PackageName, owner: &Owner) -> IngestFailure {
    IngestFailure::Taken {
        package: package.clone(),
        upstream: owner.shown(),
    }
}
