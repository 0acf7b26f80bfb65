//! What is offered to Git's clients, and which references there are.

use alloc::vec::Vec;

use super::repository::repository;
use super::{failed, made, unknown, version};
use crate::app::answer::Answer;
use crate::app::failure::Failure;
use crate::drive::host::Host;
use crate::drive::reply::Reply;
use crate::drive::request::Request;
use crate::git::pktline::PktError;
use crate::git::server::advertise;
use crate::git::server::answer::push_refs;
use crate::git::server::request::LsRefs;
use crate::registry::face::repository::Repository;
use crate::registry::name::PackageName;

/// The answer to `info/refs?service=git-upload-pack`.
pub(super) async fn advertise<H: Host>(
    host: &H,
    request: &Request<'_>,
    package: &PackageName,
) -> Reply<H> {
    let asked = version(request);
    let media = "application/x-git-upload-pack-advertisement";
    let push = |out: &mut Vec<u8>, repository: &Repository| {
        advertise::push(out, asked, repository.refs(), &repository.boundaries())
    };
    answer(host, request, package, (media, push)).await
}

/// The answer to the command `ls-refs`.
pub(super) async fn list<H: Host>(
    host: &H,
    request: &Request<'_>,
    package: &PackageName,
    asked: &LsRefs,
) -> Reply<H> {
    let push =
        |out: &mut Vec<u8>, repository: &Repository| push_refs(out, repository.refs(), asked);
    answer(host, request, package, (super::fetch::RESULT, push)).await
}

async fn answer<H: Host>(
    host: &H,
    request: &Request<'_>,
    package: &PackageName,
    (media, push): (
        &'static str,
        impl FnOnce(&mut Vec<u8>, &Repository) -> Result<(), PktError>,
    ),
) -> Reply<H> {
    let repository = match repository(host, package).await {
        Ok(Some(repository)) => repository,
        Ok(None) => return made(host, request, unknown(package)),
        Err(failure) => return failed(host, request, failure),
    };
    let mut out = Vec::new();
    match push(&mut out, &repository) {
        Ok(()) => made(host, request, Answer::bytes(media, out)),
        // No name is so long: a tag has at most 200 bytes.
        Err(_) => failed(host, request, Failure::Manifest),
    }
}
