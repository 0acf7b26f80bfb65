//! Where a package comes from, shown to its operator, and changed by nobody else.
//!
//! A project moves to another forge: from then on new tags come from there, and what is published
//! stays as it is. A package that was imported, whose upstream nobody knows, is given one in the
//! same way. The record is `p/<package>/upstream.json`, replaced as a whole and flushed. It refuses
//! names under which nothing is published, and asks no upstream.

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;

use super::host::{Host, Store};
use super::registry::claim::{Owner, Recorded, recorded};
use super::registry::{published, troubles};
use crate::git::client::remote::Remote;
use crate::registry::documents::Upstream;
use crate::registry::name::PackageName;
use crate::store::{Placing, StoreError, StoreKey};
use crate::time::Timestamp;

/// Where a package comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Whence {
    /// Nothing is published under that name.
    Unpublished,
    /// From this repository.
    Upstream(Upstream),
    /// From the repository that its manifests name; it has no record of its own.
    Manifests(String),
    /// From `git/`, or from nobody knows where: it was imported, or its record is damaged.
    Unknown,
}

/// What became of a move.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Moved {
    /// The package comes from there now, and came from the other place before.
    From(Whence),
    /// It came from there before.
    Already,
    /// Nothing is published under that name.
    Unpublished,
}

/// Where a package comes from.
pub async fn whence<H: Host>(host: &H, package: &PackageName) -> Result<Whence, StoreError> {
    if !published::packages(host).await?.contains(package) {
        return Ok(Whence::Unpublished);
    }
    Ok(match recorded(host, package).await? {
        Recorded::Here(upstream) => Whence::Upstream(upstream),
        Recorded::Damaged | Recorded::Nowhere(Owner::Local) => Whence::Unknown,
        Recorded::Nowhere(Owner::Upstream(url)) => Whence::Manifests(url),
        Recorded::Nowhere(Owner::Nobody) => Whence::Unpublished,
    })
}

/// Lets new tags of a package come from another repository.
pub async fn set<H: Host>(
    host: &H,
    package: &PackageName,
    remote: &Remote,
) -> Result<Moved, StoreError> {
    let (whence, now) = (whence(host, package).await?, host.now().unix);
    let url = remote.to_string();
    let upstream = match &whence {
        Whence::Unpublished => return Ok(Moved::Unpublished),
        Whence::Upstream(own) if is_at(&own.url, remote) => return Ok(Moved::Already),
        Whence::Upstream(own) => moved(own.clone(), &url, now),
        // Said by nobody but the manifests so far.
        Whence::Manifests(own) if is_at(own, remote) => Upstream::new(&url, now),
        Whence::Manifests(own) => moved(Upstream::new(own, now), &url, now),
        Whence::Unknown => Upstream::new(&url, now),
    };
    let store = host.store();
    let mut staging = store.stage().await?;
    store
        .append(&mut staging, upstream.to_text().as_bytes())
        .await?;
    let key = StoreKey::upstream(package);
    store.publish(staging, &key, Placing::Replace, None).await?;
    troubles::settle_claim(host, package, &url).await;
    Ok(Moved::From(whence))
}

fn moved(mut upstream: Upstream, url: &str, now: Timestamp) -> Upstream {
    upstream.handle_move(url, now);
    upstream
}

fn is_at(url: &str, remote: &Remote) -> bool {
    Remote::parse(url).is_ok_and(|own| own.normalised() == remote.normalised())
}

/// The package's name as an operator may have meant it: one that is published and differs in case.
pub async fn meant<H: Host>(host: &H, package: &PackageName) -> Option<PackageName> {
    let published: Vec<_> = published::packages(host).await.ok()?;
    let folded = package.folded();
    published.into_iter().find(|one| one.folded() == folded)
}

/// One line.
impl fmt::Display for Whence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unpublished => f.write_str("nothing is published under that name"),
            Self::Upstream(upstream) => f.write_str(&upstream.url),
            Self::Manifests(url) => write!(f, "{url}, by its manifests"),
            Self::Unknown => f.write_str("git/, or nobody knows where from"),
        }
    }
}
