//! From a request head to the bytes of its answer.
//!
//! The fast way needs only this worker's desk: a verified file that was asked for a moment ago.
//! All else goes the long way: route, store, flight.

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::net::IpAddr;

use super::desk::Desk;
use super::find::{Found, find};
use super::follow::follow;
use super::host::{Client, Gone, Host};
use super::site::act;
use crate::app::answer::{Answer, Persistence};
use crate::app::asset::Asset;
use crate::app::failure::Failure;
use crate::app::file::{FileHead, Piece};
use crate::app::indexes::Document;
use crate::app::metrics::{self, Gauges};
use crate::app::shelf::{Content, Item};
use crate::app::stats::{CacheState, RouteKind};
use crate::app::{client, pages};
use crate::config::Config;
use crate::route::{Route, RouteError};
use crate::time::Now;
use crate::wire::fields::Method;
use crate::wire::head::{RequestHead, Version};

/// How an answer went: for the log line, the counts, and what becomes of the connection.
#[derive(Clone, Copy, Debug)]
pub(super) struct Done {
    pub route: RouteKind,
    pub status: u16,
    pub cache: CacheState,
    pub bytes: u64,
    /// The whole answer was sent.
    pub complete: bool,
}

impl Done {
    pub(super) fn new(route: RouteKind, status: u16, cache: CacheState) -> Self {
        Self {
            route,
            status,
            cache,
            bytes: 0,
            complete: true,
        }
    }
}

/// A request with what its answer needs to know.
pub(super) struct Request<'a> {
    pub head: &'a RequestHead<'a>,
    pub path: &'a str,
    pub persistence: Persistence,
    pub peer: IpAddr,
}

impl Request<'_> {
    pub(super) fn is_head(&self) -> bool {
        self.head.method == Method::Head
    }

    /// Who asks, as limits and logs see it.
    pub(super) fn client(&self, config: &Config) -> IpAddr {
        client::address(self.peer, &self.head.fields, &config.trusted_proxies)
    }
}

/// How the connection may go on after the answer to this head.
pub(super) fn persistence(head: &RequestHead<'_>, stopping: bool) -> Persistence {
    match (head.keep_alive && !stopping, head.version) {
        (false, _) => Persistence::Close,
        (true, Version::Http11) => Persistence::Keep,
        (true, Version::Http10) => Persistence::KeepOld,
    }
}

/// What is left to send after the head that was appended.
pub(super) enum Rest<F> {
    Nothing,
    File(F, Piece),
}

/// The fast way: appends the answer if the file is at hand.
pub(super) fn at_hand<F: Clone>(
    desk: &mut Desk<F>,
    request: &Request<'_>,
    now: Now,
    out: &mut Vec<u8>,
) -> Option<(Done, Rest<F>)> {
    let date = desk.date(now.unix);
    let item = desk.shelf.get(request.path, now.instant)?;
    Some(answer_item(item, request, CacheState::Hit, &date, out))
}

/// Appends the head, and the body if it is in memory.
fn answer_item<F: Clone>(
    item: &Item<F>,
    request: &Request<'_>,
    cache: CacheState,
    date: &[u8],
    out: &mut Vec<u8>,
) -> (Done, Rest<F>) {
    let head = &request.head;
    let answered = item
        .head
        .answer(head.method, &head.fields, request.persistence, date, out);
    let (status, piece) = answered;
    let done = Done {
        bytes: piece.len,
        ..Done::new(item.route, status, cache)
    };
    let rest = match &item.content {
        Content::Bytes(bytes) => {
            out.extend_from_slice(cut(bytes, piece));
            Rest::Nothing
        }
        Content::File(_) if piece.len == 0 => Rest::Nothing,
        Content::File(file) => Rest::File(file.clone(), piece),
    };
    (done, rest)
}

fn cut(bytes: &[u8], piece: Piece) -> &[u8] {
    let bound = |n: u64| usize::try_from(n).unwrap_or(usize::MAX);
    let end = piece.start.saturating_add(piece.len);
    bytes
        .get(bound(piece.start)..bound(end))
        .unwrap_or_default()
}

/// The long way.
pub(super) async fn respond<H: Host, C: Client<File = H::File>>(
    host: &H,
    conn: &mut C,
    request: &Request<'_>,
    out: &mut Vec<u8>,
) -> Result<Done, Gone> {
    let route = match Route::parse(request.path) {
        Ok(route) => route,
        Err(error) => {
            return send_answer(
                host,
                conn,
                request,
                &refusal(error),
                RouteKind::Unknown,
                out,
            )
            .await;
        }
    };
    let kind = match route {
        Route::Home | Route::Health | Route::Metrics | Route::MirrorList => RouteKind::Page,
        Route::Index(_) => RouteKind::Index,
        Route::Toolchain(_) => RouteKind::Toolchain,
    };
    if !matches!(request.head.method, Method::Get | Method::Head) {
        let answer = Answer::method_not_allowed("GET, HEAD");
        return send_answer(host, conn, request, &answer, kind, out).await;
    }
    let answer = match route {
        Route::Home => host.with_site(|site| pages::home(site.app.base_url())),
        Route::Health => pages::health(),
        Route::MirrorList => host.with_site(|site| pages::mirror_list(site.app.base_url())),
        Route::Metrics => metrics(host).await,
        Route::Index(document) => return send_document(host, conn, request, document, out).await,
        Route::Toolchain(name) => {
            return send_asset(host, conn, request, &Asset::Zig(name), out).await;
        }
    };
    send_answer(host, conn, request, &answer, kind, out).await
}

async fn metrics<H: Host>(host: &H) -> Answer {
    let gauges = Gauges {
        stats: host.stats(),
        space: host.space(true).await.ok(),
    };
    let cap = host.config().limits.sources;
    host.with_site(|site| metrics::answer(&site.app, &gauges, cap))
}

/// The answer to a target without a route.
fn refusal(error: RouteError) -> Answer {
    Answer::text(error.status(), &alloc::format!("{error}"))
}

/// Sends an answer from memory.
pub(super) async fn send_answer<H: Host, C: Client<File = H::File>>(
    host: &H,
    conn: &mut C,
    request: &Request<'_>,
    answer: &Answer,
    kind: RouteKind,
    out: &mut Vec<u8>,
) -> Result<Done, Gone> {
    let date = host.with_desk(|desk| desk.date(host.now().unix));
    let date = core::str::from_utf8(&date).unwrap_or_default();
    answer.render(request.is_head(), request.persistence, date, out);
    send_bytes(host, conn, out, false).await?;
    let bytes = if request.is_head() {
        0
    } else {
        u64::try_from(answer.body.len()).unwrap_or(u64::MAX)
    };
    Ok(Done {
        bytes,
        ..Done::new(kind, answer.status, CacheState::None)
    })
}

/// Sends a file from the store, or follows its flight.
async fn send_asset<H: Host, C: Client<File = H::File>>(
    host: &H,
    conn: &mut C,
    request: &Request<'_>,
    asset: &Asset,
    out: &mut Vec<u8>,
) -> Result<Done, Gone> {
    // After a flight the file is looked up again; it may be gone once more, but not for ever.
    for cache in [CacheState::Hit, CacheState::Miss, CacheState::Miss] {
        let places = host.with_site(|site| site.app.places(asset));
        match find(host, &places).await {
            Ok(Some(found)) if found.proof.is_some() => {
                if found.key != places[0] {
                    act(host, |site| site.app.handle_misplaced(asset, &found.key));
                }
                return send_found(host, conn, request, asset, found, cache, out).await;
            }
            Ok(_) => {}
            Err(error) => {
                let answer = Answer::failure(Failure::Store(error), &host.config().limits);
                return send_answer(host, conn, request, &answer, RouteKind::Toolchain, out).await;
            }
        }
        if let Some(done) = follow(host, conn, request, asset, out).await? {
            return Ok(done);
        }
    }
    let answer = Answer::failure(Failure::Changed, &host.config().limits);
    send_answer(host, conn, request, &answer, RouteKind::Toolchain, out).await
}

async fn send_found<H: Host, C: Client<File = H::File>>(
    host: &H,
    conn: &mut C,
    request: &Request<'_>,
    asset: &Asset,
    found: Found<H::File>,
    cache: CacheState,
    out: &mut Vec<u8>,
) -> Result<Done, Gone> {
    let Some(proof) = &found.proof else {
        return Err(Gone::Closed);
    };
    let head = Arc::new(FileHead::new(proof, asset.content_type()));
    let content = content(host, &found).await;
    let item = Item {
        route: RouteKind::Toolchain,
        head,
        content,
    };
    send_item(host, conn, request, item, cache, out).await
}

/// Sends a file and puts it on the shelf.
async fn send_item<H: Host, C: Client<File = H::File>>(
    host: &H,
    conn: &mut C,
    request: &Request<'_>,
    item: Item<H::File>,
    cache: CacheState,
    out: &mut Vec<u8>,
) -> Result<Done, Gone> {
    let now = host.now();
    let (done, rest) = host.with_desk(|desk| {
        let date = desk.date(now.unix);
        let answered = answer_item(&item, request, cache, &date, out);
        desk.shelf.put(request.path, item, now.instant);
        answered
    });
    send_rest(host, conn, rest, out).await?;
    Ok(done)
}

/// Sends a document made of the indexes.
async fn send_document<H: Host, C: Client<File = H::File>>(
    host: &H,
    conn: &mut C,
    request: &Request<'_>,
    document: Document,
    out: &mut Vec<u8>,
) -> Result<Done, Gone> {
    if let Some(item) = super::refresh::document(host, document).await {
        return send_item(host, conn, request, item, CacheState::Hit, out).await;
    }
    let answer = Answer::failure(Failure::NoIndex, &host.config().limits);
    send_answer(host, conn, request, &answer, RouteKind::Index, out).await
}

/// A small file's bytes, or the open file.
async fn content<H: Host>(host: &H, found: &Found<H::File>) -> Content<H::File> {
    let file = || Content::File(found.file.clone());
    if found.stat.len > host.config().limits.shelf_file_bytes {
        return file();
    }
    let Ok(len) = usize::try_from(found.stat.len) else {
        return file();
    };
    let mut bytes = alloc::vec![0; len];
    let mut filled = 0;
    while let Some(rest) = bytes.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        let offset = u64::try_from(filled).unwrap_or(u64::MAX);
        match host.read_at(&found.file, offset, rest).await {
            Ok(0) | Err(_) => return file(),
            Ok(n) => filled += n,
        }
    }
    Content::Bytes(bytes.into())
}

/// Sends all of `out`, and what is left after it.
pub(super) async fn send_rest<H: Host, C: Client<File = H::File>>(
    host: &H,
    conn: &mut C,
    rest: Rest<H::File>,
    out: &mut Vec<u8>,
) -> Result<(), Gone> {
    match rest {
        Rest::Nothing => send_bytes(host, conn, out, false).await,
        Rest::File(file, piece) => {
            send_bytes(host, conn, out, true).await?;
            send_piece(host, conn, &file, piece).await
        }
    }
}

/// Sends all of `out` and empties it.
pub(super) async fn send_bytes<H: Host, C: Client<File = H::File>>(
    host: &H,
    conn: &mut C,
    out: &mut Vec<u8>,
    more: bool,
) -> Result<(), Gone> {
    let mut sent = 0;
    while let Some(rest) = out.get(sent..).filter(|rest| !rest.is_empty()) {
        let until = host.now().instant + host.config().limits.body_wait;
        sent += conn.send(rest, more, until).await?;
    }
    out.clear();
    Ok(())
}

/// Sends a piece of a file.
pub(super) async fn send_piece<H: Host, C: Client<File = H::File>>(
    host: &H,
    conn: &mut C,
    file: &H::File,
    piece: Piece,
) -> Result<(), Gone> {
    let limits = &host.config().limits;
    let (mut sent, mut rested) = (0, 0);
    while sent < piece.len {
        let until = host.now().instant + limits.body_wait;
        sent += conn
            .send_file(file, piece.start + sent, piece.len - sent, until)
            .await?;
        if sent - rested >= limits.turn_bytes && sent < piece.len {
            // A fast client always takes more; others on this worker come in between.
            host.pause().await;
            rested = sent;
        }
    }
    Ok(())
}
