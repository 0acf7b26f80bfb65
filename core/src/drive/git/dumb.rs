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
use crate::registry::face::plain::{Plain, PlainRelease};
use crate::registry::face::repository::Repository;
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
        Ok(Some(repository)) => published(host, request, package, (repository, file)).await,
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
    package: &PackageName,
    (repository, file): (Arc<Repository>, DumbFile),
) -> Reply<H> {
    if matches!(
        file,
        DumbFile::Loose(_) | DumbFile::Alternates | DumbFile::HttpAlternates
    ) {
        return missing(host, request, package, file);
    }
    let repository = match completed(host, package, repository).await {
        Ok(repository) => repository,
        Err(trouble) => return failed(host, request, trouble),
    };
    let Some(plain) = repository.plain() else {
        return missing(host, request, package, file);
    };
    let sent = match file {
        DumbFile::Head => Ok(Some(texts(host, request, file, text::head(plain.refs())))),
        DumbFile::InfoRefs => {
            let text = text::info_refs(plain.refs());
            Ok(Some(texts(host, request, file, text)))
        }
        DumbFile::Packs => {
            let text = text::packs(plain.packs());
            Ok(Some(texts(host, request, file, text)))
        }
        DumbFile::Pack(sum) => pack(host, request, package, (plain, sum)).await,
        DumbFile::Index(sum) => index(host, request, package, (plain, sum)).await,
        DumbFile::Loose(_) | DumbFile::Alternates | DumbFile::HttpAlternates => Ok(None),
    };
    match sent {
        Ok(Some(reply)) => reply,
        Ok(None) => missing(host, request, package, file),
        Err(trouble) => failed(host, request, trouble),
    }
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

/// The repository with what this protocol shows of it. A release whose packs cannot be made fails
/// all: references that leave one out tell clients that it was taken away.
async fn completed<H: Host>(
    host: &H,
    package: &PackageName,
    repository: Arc<Repository>,
) -> Result<Arc<Repository>, Trouble> {
    if repository.plain().is_some() {
        return Ok(repository);
    }
    let mut releases = Vec::with_capacity(repository.releases().len());
    for release in repository.releases() {
        let note = derive::ensured(host, package, &release.tag).await?;
        releases.push(PlainRelease::of_note(release.tag.clone(), &note));
        // There may be thousands.
        host.pause().await;
    }
    let plain = Plain::new(releases).map_err(|_| Failure::Manifest)?;
    let complete = Arc::new(repository.showing(plain));
    host.with_site(|site| {
        site.repositories.complete(package, &repository, &complete);
    });
    Ok(complete)
}

/// The release whose pack has this sum.
async fn of_sum<H: Host>(
    host: &H,
    package: &PackageName,
    (plain, sum): (&Plain, PackChecksum),
) -> Result<Option<Noted>, Trouble> {
    let Some(tag) = plain.tag_of(&sum) else {
        return Ok(None);
    };
    let note = derive::ensured(host, package, tag).await?;
    Ok((note.plain.sum == sum).then(|| (tag.clone(), note)))
}

/// The pack of a release, or what of it is asked for.
async fn pack<H: Host>(
    host: &H,
    request: &Request<'_>,
    package: &PackageName,
    asked: (&Plain, PackChecksum),
) -> Result<Option<Reply<H>>, Trouble> {
    let Some((tag, note)) = of_sum(host, package, asked).await? else {
        return Ok(None);
    };
    let (plain, damaged) = (&note.plain, Failure::Store(StoreError::Io));
    let (file, stat) = open(host, package, &tag, GitPart::Sideband).await?;
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
    let reply = Reply::of_composed(host, request, head, parts, RouteKind::Git);
    Ok(Some(reply))
}

/// The index of that pack, which is a file.
async fn index<H: Host>(
    host: &H,
    request: &Request<'_>,
    package: &PackageName,
    asked: (&Plain, PackChecksum),
) -> Result<Option<Reply<H>>, Trouble> {
    let Some((tag, note)) = of_sum(host, package, asked).await? else {
        return Ok(None);
    };
    let sum = note.plain.sum;
    let (file, stat) = open(host, package, &tag, GitPart::PlainIndex).await?;
    let mut found = [0; PackChecksum::BYTES];
    let at = stat.len.saturating_sub(INDEX_TRAILER);
    let read = fill_at(host.store(), &file, at, &mut found).await?;
    if read != found.len() || found != *sum.as_bytes() {
        // The release is derived anew at the moment, and with other bytes.
        return Err(StoreError::Io.into());
    }
    let item = Item {
        route: RouteKind::Git,
        head: head(format!("\"{sum}-idx\""), &stat, DumbFile::Index(sum)),
        content: content(host, &file, stat.len).await,
    };
    Ok(Some(shelve(host, request, item, CacheState::Hit)))
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
