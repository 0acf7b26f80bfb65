//! Packs for Git's clients.
//!
//! One release is its file, sent as it lies there; all releases are a file, too. Any other choice, and
//! what a client's old side-band takes, is put together while it is sent.

use alloc::borrow::Cow;
use alloc::vec::Vec;
use core::fmt;

use super::repository::{renewed, repository};
use super::{failed, made, refs, unknown};
use crate::app::answer::Answer;
use crate::app::failure::Failure;
use crate::drive::host::Host;
use crate::drive::reply::Reply;
use crate::drive::request::Request;
use crate::git::pktline::PktError;
use crate::git::server::advertise::Version;
use crate::git::server::answer::{
    NotOurRef, push_acknowledgments, push_error, push_nak, push_packfile, push_shallow_info,
    push_shallow_section,
};
use crate::git::server::band::Framing;
use crate::git::server::negotiate::{Negotiation, NegotiationReader, Then};
use crate::git::server::request::RequestReader;
use crate::git::server::{self as protocol, Fetch, FetchOption, Stage};
use crate::registry::face::repository::{Plan, Repository};
use crate::registry::name::PackageName;

/// With a depth all objects are sent, which is more than was asked for. Without one the client would
/// take the boundary for objects that it may have later.
const NO_FILTER: &str = "history is cut off here: leave --filter out, or add --depth 1";

/// The media type of all answers to posts.
pub(super) const RESULT: &str = "application/x-git-upload-pack-result";

/// Answers a request of protocol 2.
pub(super) async fn command<H: Host>(
    host: &H,
    request: &Request<'_>,
    package: &PackageName,
    body: Cow<'_, [u8]>,
) -> Reply<H> {
    let mut reader = RequestReader::new(host.config().limits.git);
    let asked = reader.push(&body).and_then(|()| reader.finish());
    drop(body);
    match asked {
        Err(error) => refused(host, request, &error),
        Ok(protocol::request::Request::Empty | protocol::request::Request::Probe) => {
            lines(host, request, Vec::new())
        }
        Ok(protocol::request::Request::LsRefs(asked)) => {
            refs::list(host, request, package, &asked).await
        }
        Ok(protocol::request::Request::Fetch(fetch)) => {
            let told = |plan: &Plan, out: &mut Vec<u8>| tell_v2(&fetch, plan, out);
            if fetch.options.has(FetchOption::Filter) && fetch.deepen.is_none() {
                return refused(host, request, &NO_FILTER);
            }
            match fetch.stage() {
                Stage::Nothing => lines(host, request, Vec::new()),
                Stage::Acknowledgments | Stage::Pack => {
                    let asked = (Version::V2, &fetch, Framing::Large);
                    answer(host, request, package, asked, told).await
                }
            }
        }
    }
}

/// Answers a request of protocol 0 or 1.
pub(super) async fn negotiate<H: Host>(
    host: &H,
    request: &Request<'_>,
    package: &PackageName,
    (version, body): (Version, Cow<'_, [u8]>),
) -> Reply<H> {
    let mut reader = NegotiationReader::new(host.config().limits.git);
    let asked = reader.push(&body).and_then(|()| reader.finish());
    drop(body);
    let negotiation = match asked {
        Ok(negotiation) => negotiation,
        Err(error) => return refused(host, request, &error),
    };
    let reply = negotiation.reply();
    if reply.then == Then::Nothing && !reply.has_shallow {
        return lines(host, request, Vec::new());
    }
    let told = |plan: &Plan, out: &mut Vec<u8>| tell_v0(&negotiation, plan, out);
    let asked = (version, &negotiation.fetch, negotiation.framing);
    answer(host, request, package, asked, told).await
}

/// Whether a pack follows what was told.
type Told = Result<bool, PktError>;

/// All that comes before the pack.
fn tell_v2(fetch: &Fetch, plan: &Plan, out: &mut Vec<u8>) -> Told {
    if fetch.stage() == Stage::Acknowledgments {
        // A pack can be made of any wants and haves, so there is nothing left to agree on.
        push_acknowledgments(out, &plan.common, true)?;
    }
    if let Some(boundary) = &plan.boundary {
        push_shallow_info(out, boundary)?;
    }
    push_packfile(out)?;
    Ok(true)
}

fn tell_v0(negotiation: &Negotiation, plan: &Plan, out: &mut Vec<u8>) -> Told {
    let reply = negotiation.reply();
    if let Some(boundary) = plan.boundary.as_ref().filter(|_| reply.has_shallow) {
        push_shallow_section(out, boundary)?;
    }
    if reply.then != Then::Nothing {
        push_nak(out)?;
    }
    Ok(reply.then == Then::Pack)
}

async fn answer<H: Host>(
    host: &H,
    request: &Request<'_>,
    package: &PackageName,
    asked: (Version, &Fetch, Framing),
    told: impl Fn(&Plan, &mut Vec<u8>) -> Told,
) -> Reply<H> {
    let (version, fetch, framing) = asked;
    let (repository, plan) = match planned(host, package, version, fetch).await {
        Ok(Some((repository, Ok(plan)))) => (repository, plan),
        Ok(Some((_, Err(error)))) => return refused(host, request, &error),
        Ok(None) => return made(host, request, unknown(package)),
        Err(failure) => return failed(host, request, failure),
    };
    let mut out = Vec::new();
    match told(&plan, &mut out) {
        Ok(true) => {
            let wanted = Wanted {
                package,
                repository: &repository,
                plan: &plan,
                framing,
            };
            super::pack::answer(host, request, &wanted, out).await
        }
        Ok(false) => lines(host, request, out),
        Err(_) => failed(host, request, Failure::Manifest),
    }
}

/// What a pack is to hold.
pub(super) struct Wanted<'a> {
    pub package: &'a PackageName,
    pub repository: &'a Repository,
    pub plan: &'a Plan,
    pub framing: Framing,
}

type Planned = (alloc::sync::Arc<Repository>, Result<Plan, NotOurRef>);

/// The plan of an answer. What is not known may have been published by another process a moment ago.
async fn planned<H: Host>(
    host: &H,
    package: &PackageName,
    version: Version,
    fetch: &Fetch,
) -> Result<Option<Planned>, Failure> {
    let Some(known) = repository(host, package).await? else {
        return Ok(None);
    };
    if let Ok(plan) = known.plan(version, fetch) {
        return Ok(Some((known, Ok(plan))));
    }
    let Some(repository) = renewed(host, package, known).await? else {
        return Ok(None);
    };
    let plan = repository.plan(version, fetch);
    Ok(Some((repository, plan)))
}

/// An answer without a pack.
fn lines<H: Host>(host: &H, request: &Request<'_>, out: Vec<u8>) -> Reply<H> {
    made(host, request, Answer::bytes(RESULT, out))
}

/// Says in the protocol's words why there is no answer: Git shows that, and no body of a 4xx.
pub(super) fn refused<H: Host>(
    host: &H,
    request: &Request<'_>,
    error: &impl fmt::Display,
) -> Reply<H> {
    let mut out = Vec::new();
    match push_error(&mut out, error) {
        Ok(()) => lines(host, request, out),
        Err(_) => made(host, request, Answer::text(400, "the request is refused")),
    }
}
