//! The files of a release: its tarball, which is served like any proven file, and its manifest.
//!
//! A release is published by its manifest: a tarball without one is not served.

use alloc::sync::Arc;

use super::find::read_up_to;
use super::host::{Host, Store};
use super::reply::Reply;
use super::request::Request;
use crate::app::answer::Answer;
use crate::app::failure::Failure;
use crate::app::file::{FileHead, Lifetime};
use crate::app::shelf::{Content, Item};
use crate::app::stats::RouteKind;
use crate::registry::manifest::{self, ReleaseManifest};
use crate::registry::name::PackageName;
use crate::registry::tag::TagName;
use crate::store::proof::{Proof, Stat};
use crate::store::{StoreError, StoreKey};
use crate::zig::digest::Sha256Digest;

/// A manifest in the store.
pub(super) struct Stored {
    /// What it says.
    pub manifest: ReleaseManifest,
    /// As it was read.
    pub bytes: alloc::vec::Vec<u8>,
    /// Its file.
    pub stat: Stat,
}

/// Reads the manifest of a release; none if the release is not published.
pub(super) async fn manifest<H: Host>(
    host: &H,
    package: &PackageName,
    tag: &TagName,
) -> Result<Option<Stored>, Failure> {
    let key = StoreKey::manifest(package, tag);
    let (file, stat) = match host.store().open(&key).await {
        Ok(opened) => opened,
        Err(StoreError::NotFound) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let bytes = read_up_to(host.store(), &file, manifest::MAX_BYTES + 1).await?;
    let manifest = ReleaseManifest::parse(&bytes).map_err(|_| Failure::Manifest)?;
    Ok(Some(Stored {
        manifest,
        bytes,
        stat,
    }))
}

/// Answers with a manifest.
pub(super) async fn answer_manifest<H: Host>(
    host: &H,
    request: &Request<'_>,
    package: &PackageName,
    tag: &TagName,
) -> Reply<H> {
    let failure = match manifest(host, package, tag).await {
        Ok(Some(stored)) => return serve(host, request, stored),
        Ok(None) => Failure::Unpublished,
        Err(failure) => failure,
    };
    let answer = Answer::failure(failure, &host.config().limits);
    Reply::made(host, request, answer, RouteKind::Release)
}

fn serve<H: Host>(host: &H, request: &Request<'_>, stored: Stored) -> Reply<H> {
    let proof = Proof {
        digest: Sha256Digest::of(&stored.bytes),
        stat: stored.stat,
    };
    // An import that is proven later gets another one.
    let head = FileHead::new(&proof, "application/json", Lifetime::Minutes);
    let item = Item {
        route: RouteKind::Release,
        head: Arc::new(head),
        content: Content::Bytes(stored.bytes.into()),
    };
    super::respond::shelve(host, request, item, crate::app::stats::CacheState::Hit)
}
