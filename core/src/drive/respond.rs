//! From a request to its answer.
//!
//! The fast way needs only this worker's desk: a verified file that was asked for a moment ago.
//! All else goes the long way: route, store, flight.

use alloc::sync::Arc;

use super::find::{Found, content, find};
use super::follow::{follow, renewed};
use super::git::git;
use super::host::{Host, Store};
use super::package::by_hash;
use super::registry::api::api;
use super::release::answer_manifest;
use super::renew::is_fresh;
use super::reply::Reply;
use super::request::Request;
use super::site::act;
use crate::app::answer::Answer;
use crate::app::asset::Asset;
use crate::app::failure::Failure;
use crate::app::file::{FileHead, Lifetime};
use crate::app::indexes::Document;
use crate::app::media;
use crate::app::metrics::{self, Gauges};
use crate::app::pages;
use crate::app::shelf::Item;
use crate::app::stats::{CacheState, RouteKind};
use crate::registry::documents::error_document;
use crate::registry::release::{ReleaseFile, ReleasePart};
use crate::route::{Route, RouteError};
use crate::store::{StoreError, StoreKey};
use crate::zig::package::PackageHash;

/// The fast way: the answer if the file is at hand.
pub(super) fn at_hand<H: Host>(host: &H, request: &Request<'_>) -> Option<Reply<H>> {
    if !request.reads() {
        return None;
    }
    let now = host.now();
    host.with_desk(|desk| {
        let date = desk.date(now.unix);
        let item = desk.shelf.get(request.path, now.instant)?;
        Some(Reply::of_item(item, request, CacheState::Hit, date))
    })
}

/// The fast way if the file is at hand, else the long way.
pub(super) async fn respond<H: Host>(host: &H, request: &Request<'_>) -> Reply<H> {
    match at_hand(host, request) {
        Some(reply) => reply,
        None => route(host, request).await,
    }
}

async fn route<H: Host>(host: &H, request: &Request<'_>) -> Reply<H> {
    if request.target.len() > host.config().limits.target_bytes {
        let answer = Answer::text(414, "the request target is too long");
        return Reply::made(host, request, answer, RouteKind::Unknown);
    }
    let route = match Route::parse(request.path) {
        Ok(route) => route,
        Err(error) => {
            let answer = refusal(request.path, error);
            return Reply::made(host, request, answer, RouteKind::Unknown);
        }
    };
    let kind = kind(&route);
    if !matches!(kind, RouteKind::Api | RouteKind::Git) && !request.reads() {
        let answer = Answer::method_not_allowed("GET, HEAD");
        return Reply::made(host, request, answer, kind);
    }
    let answer = match route {
        Route::Home => {
            let config = host.config();
            host.with_site(|site| {
                pages::home(site.app.base_url(), &config.packages, &config.artifacts)
            })
        }
        Route::Health => pages::health(),
        Route::MirrorList => host.with_site(|site| pages::mirror_list(site.app.base_url())),
        Route::Metrics => metrics(host).await,
        Route::Index(document) => return index(host, request, document).await,
        Route::Toolchain(name) => return asset(host, request, &Asset::Zig(name)).await,
        Route::Hash(hash) => return package(host, request, &hash).await,
        Route::Release(file) => return release(host, request, file).await,
        Route::Api(route) => return api(host, request, &route).await,
        Route::Git(route) => return git(host, request, &route).await,
        Route::Mirrored(name) => return asset(host, request, &Asset::Mirrored(name)).await,
    };
    Reply::made(host, request, answer, kind)
}

fn kind(route: &Route) -> RouteKind {
    match route {
        Route::Home | Route::Health | Route::Metrics | Route::MirrorList => RouteKind::Page,
        Route::Index(_) => RouteKind::Index,
        Route::Toolchain(_) => RouteKind::Toolchain,
        Route::Mirrored(name) => RouteKind::of(name.family()),
        Route::Hash(_) => RouteKind::Hash,
        Route::Release(_) => RouteKind::Release,
        Route::Api(_) => RouteKind::Api,
        Route::Git(_) => RouteKind::Git,
    }
}

async fn metrics<H: Host>(host: &H) -> Answer {
    let gauges = Gauges {
        stats: host.stats(),
        space: host.store().space(true).await.ok(),
    };
    let cap = host.config().limits.sources;
    host.with_site(|site| metrics::answer(&site.app, &gauges, cap))
}

/// The answer to a target without a route; below `/api` all answers are JSON.
fn refusal(path: &str, error: RouteError) -> Answer {
    let line = alloc::format!("{error}");
    if path.starts_with("/api/") {
        return Answer::json(error.status(), error_document(&line));
    }
    Answer::text(error.status(), &line)
}

/// A file from the store, or the flight that brings it.
async fn asset<H: Host>(host: &H, request: &Request<'_>, asset: &Asset) -> Reply<H> {
    // After a flight the file is looked up again; it may be gone once more, but not for ever.
    for cache in [CacheState::Hit, CacheState::Miss, CacheState::Miss] {
        let places = host.with_site(|site| site.app.places(asset));
        match find(host, &places).await {
            Ok(Some(found)) if found.proof.is_some() => {
                // What a flight brought a moment ago is good enough, and what no flight can renew is
                // still better than an error.
                let is_old = cache == CacheState::Hit && !is_fresh(host, asset, &found).await;
                if is_old && renewed(host, request, asset).await {
                    continue;
                }
                if places.first() != Some(&found.key) {
                    act(host, |site| site.app.handle_misplaced(asset, &found.key));
                }
                let served = Served {
                    route: asset.route(),
                    content_type: asset.content_type(),
                    may_change: asset.may_change(),
                };
                return serve(host, request, served, &found, cache).await;
            }
            Ok(None) if !host.with_site(|site| site.app.has_source(asset)) => {
                let failure = match asset {
                    Asset::Release(..) => Failure::Unpublished,
                    Asset::Zig(_) | Asset::Mirrored(_) => Failure::NoTemplate,
                };
                return failed(host, request, asset, failure);
            }
            Ok(_) => {}
            Err(error) => return failed(host, request, asset, Failure::Store(error)),
        }
        host.recall().await;
        if let Some(reply) = follow(host, request, asset).await {
            return reply;
        }
    }
    failed(host, request, asset, Failure::Changed)
}

/// A file of a release, which is published once it has a manifest.
async fn release<H: Host>(host: &H, request: &Request<'_>, file: ReleaseFile) -> Reply<H> {
    let ReleaseFile { package, tag, part } = file;
    if part == ReleasePart::Manifest {
        return answer_manifest(host, request, &package, &tag).await;
    }
    let wanted = Asset::Release(package.clone(), tag.clone());
    match host.store().open(&StoreKey::manifest(&package, &tag)).await {
        Ok(_) => asset(host, request, &wanted).await,
        Err(StoreError::NotFound | StoreError::Clash) => {
            failed(host, request, &wanted, Failure::Unpublished)
        }
        Err(error) => failed(host, request, &wanted, error.into()),
    }
}

fn failed<H: Host>(host: &H, request: &Request<'_>, asset: &Asset, failure: Failure) -> Reply<H> {
    let answer = Answer::failure(failure, &host.config().limits);
    Reply::made(host, request, answer, asset.route())
}

/// How a stored file is served.
struct Served {
    route: RouteKind,
    content_type: &'static str,
    may_change: bool,
}

async fn serve<H: Host>(
    host: &H,
    request: &Request<'_>,
    served: Served,
    found: &Found<H::File>,
    cache: CacheState,
) -> Reply<H> {
    let Some(proof) = &found.proof else {
        let answer = Answer::failure(Failure::Changed, &host.config().limits);
        return Reply::made(host, request, answer, served.route);
    };
    let lifetime = if served.may_change {
        Lifetime::Minute
    } else {
        Lifetime::Forever
    };
    let item = Item {
        route: served.route,
        head: Arc::new(FileHead::new(proof, served.content_type, lifetime)),
        content: content(host, &found.file, found.stat.len).await,
    };
    if served.may_change {
        // Upstream is to be asked in time, which a shelf does not know.
        let date = host.with_desk(|desk| desk.date(host.now().unix));
        return Reply::of_item(&item, request, cache, date);
    }
    shelve(host, request, item, cache)
}

/// Answers with a file and puts it on the shelf.
pub(super) fn shelve<H: Host>(
    host: &H,
    request: &Request<'_>,
    item: Item<H::File>,
    cache: CacheState,
) -> Reply<H> {
    let now = host.now();
    host.with_desk(|desk| {
        let date = desk.date(now.unix);
        let reply = Reply::of_item(&item, request, cache, date);
        desk.shelf.put(request.path, item, now.instant);
        reply
    })
}

/// The tarball whose package has this hash.
async fn package<H: Host>(host: &H, request: &Request<'_>, hash: &PackageHash) -> Reply<H> {
    let Some(found) = by_hash(host, hash).await else {
        let answer = Answer::text(404, "no tarball here has that package hash");
        return Reply::made(host, request, answer, RouteKind::Hash);
    };
    let served = Served {
        route: RouteKind::Hash,
        content_type: media::of_name(found.key.as_str()),
        // Another tarball may have the same package hash, but none with other content.
        may_change: false,
    };
    serve(host, request, served, &found, CacheState::Hit).await
}

/// A document made of the indexes.
async fn index<H: Host>(host: &H, request: &Request<'_>, document: Document) -> Reply<H> {
    host.recall().await;
    if let Some(item) = super::refresh::document(host, document).await {
        let head = Arc::clone(&item.head);
        let reply = shelve(host, request, item, CacheState::Hit);
        let present = host.with_site(|site| site.document(document));
        if present.is_some_and(|present| !Arc::ptr_eq(&present.head, &head)) {
            // A newer one came in between, and the shelves had been cleared before ours was filled.
            host.clear_shelves();
        }
        return reply;
    }
    let answer = Answer::failure(Failure::NoIndex, &host.config().limits);
    Reply::made(host, request, answer, RouteKind::Index)
}
