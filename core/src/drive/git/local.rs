//! A repository of this machine, `git/<package>.git`, as the files that it consists of.
//!
//! It is served as it lies there, by whatever its owner put into it: nothing of it is verified, so
//! that no answer promises that it stays. Other files than the protocol's are nobody's business, and
//! what it borrows from other repositories is not here.

use alloc::format;
use alloc::sync::Arc;

use super::{failed, made};
use crate::app::answer::Answer;
use crate::app::file::{FileHead, Lifetime};
use crate::app::shelf::{Content, Item};
use crate::app::stats::{CacheState, RouteKind};
use crate::drive::host::{Host, Store};
use crate::drive::reply::Reply;
use crate::drive::request::Request;
use crate::git::dumb::{Constancy, DumbFile};
use crate::registry::name::PackageName;
use crate::store::proof::Stat;
use crate::store::{StoreError, StoreKey};

/// How far there is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// There is none.
    Missing,
    /// There is one, which nobody has prepared for this protocol (git-update-server-info(1)).
    Unprepared,
    /// There is one, with a list of its references.
    Ready,
}

/// Whether there is one: no repository is without `HEAD`.
pub(super) async fn standing<H: Host>(
    host: &H,
    package: &PackageName,
) -> Result<Standing, StoreError> {
    if !has(host, package, DumbFile::Head).await? {
        return Ok(Standing::Missing);
    }
    let is_ready = has(host, package, DumbFile::InfoRefs).await?;
    Ok(if is_ready {
        Standing::Ready
    } else {
        Standing::Unprepared
    })
}

async fn has<H: Host>(host: &H, package: &PackageName, file: DumbFile) -> Result<bool, StoreError> {
    let key = StoreKey::repository(package, &format!("{file}"));
    match host.store().open(&key).await {
        Ok(_) => Ok(true),
        Err(StoreError::NotFound | StoreError::Clash) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Answers with a file of it.
pub(super) async fn answer<H: Host>(
    host: &H,
    request: &Request<'_>,
    package: &PackageName,
    file: DumbFile,
) -> Reply<H> {
    if matches!(file, DumbFile::Alternates | DumbFile::HttpAlternates) {
        return made(host, request, missing(package, file));
    }
    let key = StoreKey::repository(package, &format!("{file}"));
    let (content, stat) = match host.store().open(&key).await {
        Ok(opened) => opened,
        Err(StoreError::NotFound | StoreError::Clash) => {
            return made(host, request, missing(package, file));
        }
        Err(error) => return failed(host, request, error),
    };
    let lifetime = match file.constancy() {
        Constancy::Named => Lifetime::Minutes,
        Constancy::Passing => Lifetime::Never,
    };
    let item = Item {
        route: RouteKind::Git,
        head: Arc::new(FileHead::tagged(
            tag(&stat),
            &stat,
            file.content_type(),
            lifetime,
        )),
        content: Content::File(content),
    };
    let date = host.with_desk(|desk| desk.date(host.now().unix));
    Reply::of_item(&item, request, CacheState::Hit, date)
}

/// A strong entity tag: Git gives these files their names when they are written, and the time of
/// their writing is told to the nanosecond.
fn tag(stat: &Stat) -> alloc::string::String {
    let Stat {
        len,
        modified,
        modified_nanos,
    } = stat;
    format!("\"{len:x}-{:x}.{modified_nanos:x}\"", modified.0)
}

fn missing(package: &PackageName, file: DumbFile) -> Answer {
    let hint = match file {
        DumbFile::InfoRefs | DumbFile::Packs => ": run git update-server-info there",
        DumbFile::Head
        | DumbFile::Pack(_)
        | DumbFile::Index(_)
        | DumbFile::Loose(_)
        | DumbFile::Alternates
        | DumbFile::HttpAlternates => "",
    };
    Answer::text(404, &format!("git/{package}.git has no {file}{hint}"))
}
