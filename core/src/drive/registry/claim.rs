//! Whose a package's name is, as the store has it.

use alloc::string::{String, ToString};

use crate::app::ingest::{IngestFailure, IngestOrder, Origin};
use crate::drive::find::read_up_to;
use crate::drive::host::{Host, Store};
use crate::git::client::remote::Remote;
use crate::registry::claim::{Claim, MOST_BYTES};
use crate::registry::name::PackageName;
use crate::store::{Placing, StoreError, StoreKey};

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
    pub(in crate::drive) fn shown(&self) -> String {
        match self {
            Self::Nobody => "nobody".into(),
            Self::Upstream(url) => url.clone(),
            Self::Local => "a package that was imported, or comes from git/ of the data directory".into(),
        }
    }
}

/// Refuses a name that differs from a published one in nothing but case.
pub(in crate::drive) async fn check_case<H: Host>(
    host: &H,
    package: &PackageName,
) -> Result<(), IngestFailure> {
    let listed = match host.store().list(&StoreKey::packages(), usize::MAX).await {
        Err(StoreError::NotFound) => return Ok(()),
        listed => listed?,
    };
    let folded = package.folded();
    let is_twin = |name: &PackageName| name != package && name.folded() == folded;
    let mut names = listed.iter().filter_map(|one| PackageName::parse(&one.name).ok());
    match names.find(is_twin) {
        None => Ok(()),
        Some(twin) => {
            let upstream = owner(host, &twin).await?.shown();
            let package = twin;
            Err(IngestFailure::Taken { package, upstream })
        }
    }
}

/// Who has the name of a package.
pub(in crate::drive) async fn owner<H: Host>(
    host: &H,
    package: &PackageName,
) -> Result<Owner, StoreError> {
    if let Some(claim) = read(host, package).await? {
        return Ok(claim.url.map_or(Owner::Local, Owner::Upstream));
    }
    // A store that was taken over from packbase has nothing but manifests.
    Ok(super::published::upstream(host, package).await?)
}

/// The claim in the store.
pub(in crate::drive) async fn read<H: Host>(
    host: &H,
    package: &PackageName,
) -> Result<Option<Claim>, StoreError> {
    let (file, _) = match host.store().open(&StoreKey::upstream(package)).await {
        Err(StoreError::NotFound) => return Ok(None),
        opened => opened?,
    };
    let text = read_up_to(host.store(), &file, MOST_BYTES).await?;
    Ok(Some(Claim::parse(&text).unwrap_or_default()))
}

/// Takes a name that nobody has, for the repository at this place for good; if somebody was faster,
/// it must be the same.
pub(in crate::drive) async fn take<H: Host>(
    host: &H,
    order: &IngestOrder,
    permanent: Option<&Remote>,
) -> Result<(), IngestFailure> {
    let package = &order.package;
    match owner(host, package).await? {
        Owner::Nobody => {}
        Owner::Upstream(_) | Owner::Local if read(host, package).await?.is_some() => return Ok(()),
        Owner::Upstream(_) | Owner::Local => {}
    }
    let claim = Claim::new(permanent.map(ToString::to_string));
    let store = host.store();
    let mut staging = store.stage().await?;
    store.append(&mut staging, claim.to_text().as_bytes()).await?;
    let key = StoreKey::upstream(package);
    match store.publish(staging, &key, Placing::New, None).await {
        Ok(_) => Ok(()),
        Err(StoreError::Exists) => {
            let owner = owner(host, package).await?;
            if is_of(&owner, order, permanent) {
                Ok(())
            } else {
                Err(taken(package, &owner))
            }
        }
        Err(error) => Err(error.into()),
    }
}

/// Whether the name belongs to what this order brings.
pub(in crate::drive) fn is_of(
    owner: &Owner,
    order: &IngestOrder,
    permanent: Option<&Remote>,
) -> bool {
    match (owner, &order.origin) {
        (Owner::Nobody, _) | (Owner::Local, Origin::Local) => true,
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
