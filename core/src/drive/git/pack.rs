//! The bytes of a pack, from the files that were derived from releases.
//!
//! ```text
//! one release ─► its file                                     ─┐
//! all releases ─► the file of all, if it is there              ├─► lines, pack
//! else, or in the packets of an old side-band ─► PackStream   ─┘
//! ```
//!
//! Files that are missing are derived first, and the answer waits for them; but for the file of all,
//! which is made beside: until it is there, a pack is put together for each clone.

use alloc::vec::Vec;

use super::fetch::{RESULT, Wanted, refused};
use super::source::{PackError, Source};
use super::stream::PackStream;
use super::trouble::{Trouble, failed};
use super::{derive, made, set};
use crate::app::answer::Answer;
use crate::app::file::Piece;
use crate::app::shelf::Content;
use crate::app::stats::RouteKind;
use crate::drive::desk::Pack;
use crate::drive::host::{Host, Store};
use crate::drive::parts::Parts;
use crate::drive::reply::Reply;
use crate::drive::request::Request;
use crate::drive::site::act;
use crate::git::server::band::Framing;
use crate::registry::face::repository::Repository;
use crate::registry::name::PackageName;
use crate::registry::tag::TagName;
use crate::store::git::GitPart;
use crate::store::{StoreError, StoreKey};

/// How often a pack is planned, while files that were derived from releases turn out damaged.
const TRIES: u32 = 3;

/// Answers with these lines and the pack behind them.
pub(super) async fn answer<H: Host>(
    host: &H,
    request: &Request<'_>,
    wanted: &Wanted<'_>,
    lines: Vec<u8>,
) -> Reply<H> {
    match whole(host, wanted).await {
        Ok(Some(pack)) => return send(host, request, lines, pack),
        Ok(None) => {}
        Err(trouble) => return failed(host, request, trouble),
    }
    match streamed(host, wanted).await {
        Ok(pack) => {
            let mut parts = Parts::new();
            parts.push_bytes(lines);
            parts.push_pack(pack);
            Reply::of_parts(host, request, RESULT, parts, RouteKind::Git)
        }
        Err(Trouble::Pack(error @ PackError::TooManyObjects { .. })) => {
            refused(host, request, &error)
        }
        Err(trouble) => failed(host, request, trouble),
    }
}

/// The pack, if it lies in one file as it is to be sent.
async fn whole<H: Host>(host: &H, wanted: &Wanted<'_>) -> Result<Option<Pack<H::File>>, Trouble> {
    let plan = wanted.plan;
    if wanted.framing != Framing::Large || !plan.had.is_empty() {
        return Ok(None);
    }
    if let [one] = plan.wanted.as_slice() {
        return match wanted.repository.release(*one) {
            Some(release) => one_release(host, wanted.package, &release.tag)
                .await
                .map(Some),
            None => Ok(None),
        };
    }
    if wanted.repository.is_all(&plan.wanted) {
        let key = StoreKey::git_set(wanted.package, &wanted.repository.set());
        let pack = all_releases(host, &key).await?;
        if pack.is_none() {
            act(host, |site| site.app.want_set(wanted.package));
        }
        return Ok(pack);
    }
    Ok(None)
}

async fn one_release<H: Host>(
    host: &H,
    package: &PackageName,
    tag: &TagName,
) -> Result<Pack<H::File>, Trouble> {
    let key = StoreKey::git_part(package, tag, GitPart::Sideband);
    if let Some(pack) = shelved(host, &key) {
        return Ok(pack);
    }
    // A pack is good for nothing without its note, which says how long it is.
    derive::ensured(host, package, tag).await?;
    let pack = opened(host, &key).await?;
    pack.ok_or(Trouble::from(StoreError::NotFound))
}

/// The pack of all releases; one that is cut off is as good as none, and is made anew.
async fn all_releases<H: Host>(host: &H, key: &StoreKey) -> Result<Option<Pack<H::File>>, Trouble> {
    if let Some(pack) = shelved(host, key) {
        return Ok(Some(pack));
    }
    if set::is_whole(host, key).await? {
        return opened(host, key).await;
    }
    Ok(None)
}

/// A pack from this worker's shelf.
fn shelved<H: Host>(host: &H, key: &StoreKey) -> Option<Pack<H::File>> {
    let now = host.now().instant;
    host.with_desk(|desk| desk.packs.get(key.as_str(), now).cloned())
}

/// A pack from the store, and for a while on this worker's shelf.
async fn opened<H: Host>(host: &H, key: &StoreKey) -> Result<Option<Pack<H::File>>, Trouble> {
    let now = host.now().instant;
    let (file, stat) = match host.store().open(key).await {
        Ok(opened) => opened,
        Err(StoreError::NotFound) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let content = crate::drive::find::content(host, &file, stat.len).await;
    let pack = Pack {
        content,
        len: stat.len,
    };
    host.with_desk(|desk| desk.packs.put(key.as_str(), pack.clone(), now));
    Ok(Some(pack))
}

fn send<H: Host>(
    host: &H,
    request: &Request<'_>,
    mut lines: Vec<u8>,
    pack: Pack<H::File>,
) -> Reply<H> {
    match pack.content {
        Content::Bytes(bytes) => {
            // One send for all of it.
            lines.extend_from_slice(&bytes);
            made(host, request, Answer::bytes(RESULT, lines))
        }
        Content::File(file) => {
            let mut parts = Parts::new();
            parts.push_bytes(lines);
            let piece = Piece {
                start: 0,
                len: pack.len,
            };
            parts.push_file(file, piece);
            Reply::of_parts(host, request, RESULT, parts, RouteKind::Git)
        }
    }
}

/// A pack that is put together while it is sent. What is found damaged is derived anew at once.
async fn streamed<H: Host>(host: &H, wanted: &Wanted<'_>) -> Result<PackStream<H>, Trouble> {
    match planned(host, wanted).await {
        Err(Trouble::Pack(PackError::Stale(_))) => planned(host, wanted).await,
        planned => planned,
    }
}

async fn planned<H: Host>(host: &H, wanted: &Wanted<'_>) -> Result<PackStream<H>, Trouble> {
    let (package, repository, plan) = (wanted.package, wanted.repository, wanted.plan);
    let mut tries = TRIES;
    loop {
        let sent = sources(host, package, repository, &plan.wanted).await?;
        let had = sources(host, package, repository, &plan.had).await?;
        tries -= 1;
        match PackStream::plan(host, &sent, &had, wanted.framing).await {
            // It is derived anew when it is looked for again.
            Err(PackError::Stale(_)) if tries > 0 => {}
            planned => return Ok(planned?),
        }
    }
}

/// These releases of a package, their files derived if they are missing.
pub(super) async fn sources<H: Host>(
    host: &H,
    package: &PackageName,
    repository: &Repository,
    numbers: &[usize],
) -> Result<Vec<Source>, Trouble> {
    let mut sources = Vec::with_capacity(numbers.len());
    for release in numbers.iter().filter_map(|it| repository.release(*it)) {
        let note = derive::ensured(host, package, &release.tag).await?;
        sources.push(Source::new(package, &release.tag, &note));
        // There may be thousands.
        host.pause().await;
    }
    Ok(sources)
}
