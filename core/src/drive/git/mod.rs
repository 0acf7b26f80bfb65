//! Packages as Git repositories, for Git's clients and Zig's: smart and dumb HTTP.
//!
//! * [`repository`]: a package's releases, from memory or looked up;
//! * [`refs`]: what is offered, and which references there are;
//! * [`fetch`]: what a client is told before its pack, and [`pack`]: the pack, made of the files that
//!   were derived from releases;
//! * [`stream`]: packs of several releases, made while they are sent of [`source`]s, and [`set`]: those
//!   of all, stored;
//! * [`dumb`]: the files of the dumb protocol, and [`local`]: those of repositories of this machine;
//! * [`trouble`]: what is told where there is no answer;
//! * [`body`]: the body of a client's request, unpacked.
//!
//! No pack is made of a tarball while a client waits if its files are there, and nothing is received:
//! releases come from upstream.

mod body;
pub(in crate::drive) mod derive;
mod dumb;
mod fetch;
mod local;
mod pack;
mod refs;
pub(in crate::drive) mod repository;
#[cfg(test)]
mod samples;
pub(in crate::drive) mod set;
mod source;
pub(in crate::drive) mod stream;
mod trouble;

use alloc::format;

use super::host::Host;
use super::reply::Reply;
use super::request::Request;
use crate::app::answer::Answer;
use crate::app::stats::RouteKind;
use crate::git::dumb::DumbFile;
use crate::git::server::advertise::Version;
use crate::registry::name::PackageName;
use crate::route::git::{GitAsked, GitRoute, service};
use crate::wire::fields::Method;

use body::Unpacked;
use trouble::failed;

/// Answers a request for a repository.
pub(super) async fn git<H: Host>(host: &H, request: &Request<'_>, route: &GitRoute) -> Reply<H> {
    let posts = route.allow() == "POST";
    if posts != (request.method == Method::Post) || !posts && !request.reads() {
        return made(host, request, Answer::method_not_allowed(route.allow()));
    }
    let package = &route.package;
    match &route.asked {
        GitAsked::Refs => match service(request.query) {
            Some("git-upload-pack") => refs::advertise(host, request, package).await,
            Some("git-receive-pack") => receives_nothing(host, request, package),
            Some(other) => {
                let line = format!("{package}: git-upload-pack is the only service, not {other:?}");
                made(host, request, Answer::text(403, &line))
            }
            None => dumb::answer(host, request, package, DumbFile::InfoRefs).await,
        },
        GitAsked::UploadPack => upload_pack(host, request, package).await,
        GitAsked::ReceivePack => receives_nothing(host, request, package),
        GitAsked::File(file) => dumb::answer(host, request, package, *file).await,
    }
}

/// A post to `git-upload-pack`.
async fn upload_pack<H: Host>(host: &H, request: &Request<'_>, package: &PackageName) -> Reply<H> {
    let Unpacked { bytes, room } = match body::unpacked(host, request) {
        Ok(body) => body,
        Err(answer) => return made(host, request, answer),
    };
    let reply = match version(request) {
        Version::V2 => fetch::command(host, request, package, bytes).await,
        version @ (Version::V0 | Version::V1) => {
            fetch::negotiate(host, request, package, (version, bytes)).await
        }
    };
    // What was asked is answered, but for the sending.
    drop(room);
    reply
}

fn version(request: &Request<'_>) -> Version {
    Version::asked(request.fields.git_protocol)
}

/// What a client is told that pushes.
fn receives_nothing<H: Host>(host: &H, request: &Request<'_>, package: &PackageName) -> Reply<H> {
    let line = format!(
        "{package} is read-only here: push the tag to its upstream repository, then POST /api/fetch"
    );
    made(host, request, Answer::text(403, &line))
}

/// What is told of a package that is not here.
fn unknown(package: &PackageName) -> Answer {
    let line = format!("no package {package} is published here; POST /api/fetch can bring it");
    Answer::text(404, &line)
}

fn made<H: Host>(host: &H, request: &Request<'_>, answer: Answer) -> Reply<H> {
    Reply::made(host, request, answer, RouteKind::Git)
}
