//! The dumb protocol: a package as the files of a repository.
//!
//! ```text
//! git/<package>.git is ready ─► local: its files
//! the package is published ───► HEAD, info/refs, objects/info/packs   made of what is known of releases
//!                               pack-….idx    a file beside the release's pack
//!                               pack-….pack   put together of the release's pack and a commit
//! ```
//!
//! This protocol cannot say that history is cut off, so that each release is a commit without
//! parents, which is none of upstream's. Each has a pack, and no object lies by itself: clients ask
//! for one first, and look into packs when there is none.

use alloc::format;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

use super::local::Standing;
use super::repository::repository;
use super::trouble::{Trouble, failed};
use super::{derive, local, made, unknown};
use crate::app::answer::Answer;
use crate::app::failure::Failure;
use crate::app::file::{FileHead, Lifetime};
use crate::app::shelf::Item;
use crate::app::stats::{CacheState, RouteKind};
use crate::drive::find::{content, fill_at};
use crate::drive::host::{Host, Store};
use crate::drive::parts::Parts;
use crate::drive::reply::Reply;
use crate::drive::request::Request;
use crate::drive::respond::shelve;
use crate::git::dumb::{DumbFile, PackLayout, PackPart, text};
use crate::git::pack::PackChecksum;
use crate::git::server::sideband;
use crate::registry::face::note::FaceNote;
use crate::registry::face::repository::{Repository, Shown};
use crate::registry::name::PackageName;
use crate::registry::tag::TagName;
use crate::store::git::GitPart;
use crate::store::proof::Stat;
use crate::store::{StoreError, StoreKey};

/// A release, and what is known of its packs.
type Noted = (TagName, FaceNote);

/// Where in an index, from its end, the sum of its pack stands: before its own.
const INDEX_TRAILER: u64 = 2 * PackChecksum::BYTES as u64;

/// Answers with a file of the package's repository.
pub(super) async fn answer<H: Host>(
    host: &H,
    request: &Request<'_>,
    package: &PackageName,
    file: DumbFile,
) -> Reply<H> {
    let standing = match local::standing(host, package).await {
        Ok(Standing::Ready) => return local::answer(host, request, package, file).await,
        Ok(standing) => standing,
        Err(error) => return failed(host, request, error),
    };
    match repository(host, package).await {
        Ok(Some(repository)) => published(host, request, (package, &repository), file).await,
        // What is missing of it is said then.
        Ok(None) if standing == Standing::Unprepared => {
            local::answer(host, request, package, file).await
        }
        Ok(None) => made(host, request, unknown(package)),
        Err(failure) => failed(host, request, failure),
    }
}

async fn published<H: Host>(
    host: &H,
    request: &Request<'_>,
    (package, repository): (&PackageName, &Repository),
    file: DumbFile,
) -> Reply<H> {
    let outcome = match file {
        DumbFile::Head => Ok(texts(host, request, file, text::head(repository.refs()))),
        DumbFile::InfoRefs => notes(host, package, repository)
            .await
            .and_then(|notes| refs(&notes))
            .map(|refs| texts(host, request, file, refs)),
        DumbFile::Packs => notes(host, package, repository).await.map(|notes| {
            // As Git lists them, the newest first.
            let sums = notes.iter().rev().map(|(_, note)| note.plain.sum);
            texts(host, request, file, text::packs(sums))
        }),
        DumbFile::Pack(sum) => match of_sum(host, package, repository, sum).await {
            Ok(Some(noted)) => pack(host, request, package, &noted).await,
            Ok(None) => Ok(missing(host, request, package, file)),
            Err(failure) => Err(failure),
        },
        DumbFile::Index(sum) => match of_sum(host, package, repository, sum).await {
            Ok(Some(noted)) => index(host, request, package, &noted).await,
            Ok(None) => Ok(missing(host, request, package, file)),
            Err(failure) => Err(failure),
        },
        DumbFile::Loose(_) | DumbFile::Alternates | DumbFile::HttpAlternates => {
            Ok(missing(host, request, package, file))
        }
    };
    outcome.unwrap_or_else(|failure| failed(host, request, failure))
}

fn texts<H: Host>(host: &H, request: &Request<'_>, file: DumbFile, text: Vec<u8>) -> Reply<H> {
    made(host, request, Answer::bytes(file.content_type(), text))
}

fn missing<H: Host>(
    host: &H,
    request: &Request<'_>,
    package: &PackageName,
    file: DumbFile,
) -> Reply<H> {
    let line = format!("the repository of {package} has no {file}");
    made(host, request, Answer::text(404, &line))
}

/// What is known of all releases, in version order. A release whose packs cannot be made fails all:
/// references that leave one out tell clients that it was taken away.
async fn notes<H: Host>(
    host: &H,
    package: &PackageName,
    repository: &Repository,
) -> Result<Vec<Noted>, Trouble> {
    let mut notes = Vec::with_capacity(repository.releases().len());
    for release in repository.releases() {
        let note = derive::ensured(host, package, &release.tag).await?;
        notes.push((release.tag.clone(), note));
        // There may be thousands.
        host.pause().await;
    }
    Ok(notes)
}

/// The release whose pack has this sum.
async fn of_sum<H: Host>(
    host: &H,
    package: &PackageName,
    repository: &Repository,
    sum: PackChecksum,
) -> Result<Option<Noted>, Trouble> {
    for release in repository.releases() {
        let note = derive::ensured(host, package, &release.tag).await?;
        if note.plain.sum == sum {
            return Ok(Some((release.tag.clone(), note)));
        }
        host.pause().await;
    }
    Ok(None)
}

/// `info/refs` of the commits that this protocol shows.
fn refs(notes: &[Noted]) -> Result<Vec<u8>, Trouble> {
    let shown = notes.iter().map(|(tag, note)| Shown {
        tag: tag.clone(),
        commit: note.plain.commit,
        has_parents: false,
        tags: Vec::new(),
    });
    let repository = Repository::new(shown.collect()).map_err(|_| Failure::Manifest)?;
    Ok(text::info_refs(repository.refs()))
}

/// The pack of a release, or what of it is asked for.
async fn pack<H: Host>(
    host: &H,
    request: &Request<'_>,
    package: &PackageName,
    (tag, note): &Noted,
) -> Result<Reply<H>, Trouble> {
    let (plain, damaged) = (&note.plain, Failure::Store(StoreError::Io));
    let (file, stat) = open(host, package, tag, GitPart::Sideband).await?;
    let layout = PackLayout::new(plain.objects, note.content_end, &plain.entry, plain.sum);
    let layout = layout.ok_or(damaged)?;
    if sideband::file_length(note.length) != Some(stat.len) || note.content_end > note.length {
        return Err(damaged.into());
    }
    let stat = Stat {
        len: layout.length(),
        ..stat
    };
    let head = head(
        format!("\"{}\"", plain.sum),
        &stat,
        DumbFile::Pack(plain.sum),
    );
    let parts = |start: u64, len: u64| {
        let mut parts = Parts::new();
        for part in layout.parts(start..start.saturating_add(len)) {
            match part {
                PackPart::Bytes(bytes) => parts.push_bytes(bytes.to_vec()),
                PackPart::Other(range) => parts.push_packed(file.clone(), range),
            }
        }
        parts
    };
    Ok(Reply::of_composed(
        host,
        request,
        head,
        parts,
        RouteKind::Git,
    ))
}

/// The index of that pack, which is a file.
async fn index<H: Host>(
    host: &H,
    request: &Request<'_>,
    package: &PackageName,
    (tag, note): &Noted,
) -> Result<Reply<H>, Trouble> {
    let sum = note.plain.sum;
    let (file, stat) = open(host, package, tag, GitPart::PlainIndex).await?;
    let mut found = [0; PackChecksum::BYTES];
    let at = stat.len.saturating_sub(INDEX_TRAILER);
    let read = fill_at(host.store(), &file, at, &mut found).await?;
    if read != found.len() || found != *sum.as_bytes() {
        // A crash came between the files of a release that was derived anew.
        return Err(StoreError::Io.into());
    }
    let item = Item {
        route: RouteKind::Git,
        head: head(format!("\"{sum}-idx\""), &stat, DumbFile::Index(sum)),
        content: content(host, &file, stat.len).await,
    };
    Ok(shelve(host, request, item, CacheState::Hit))
}

async fn open<H: Host>(
    host: &H,
    package: &PackageName,
    tag: &TagName,
    part: GitPart,
) -> Result<(H::File, Stat), Failure> {
    let key = StoreKey::git_part(package, tag, part);
    Ok(host.store().open(&key).await?)
}

/// The head of a file that has its sum in its name.
fn head(etag: String, stat: &Stat, file: DumbFile) -> Arc<FileHead> {
    let head = FileHead::tagged(etag, stat, file.content_type(), Lifetime::Forever);
    Arc::new(head)
}
