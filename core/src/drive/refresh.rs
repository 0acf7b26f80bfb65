//! The indexes: asked for, kept, and made into the documents that are served.
//!
//! The last good copy of each index lies on the disk and is read at a start, so that both documents
//! can be served while upstream is down.

use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::future::poll_fn;
use core::task::{Poll, Waker};

use super::fetch;
use super::find::{Beside, beside, read_up_to};
use super::host::{Ask, Host, Store};
use super::race::{First, race};
use super::site::{Site, act};
use crate::app::failure::UpstreamError;
use crate::app::file::{FileHead, Lifetime};
use crate::app::indexes::{Document, IndexKind, IndexTrouble, RefreshOrder, Refreshed};
use crate::app::shelf::{Content, Item};
use crate::app::stats::RouteKind;
use crate::config::LogLevel;
use crate::store::proof::{Proof, Stat};
use crate::store::validators::Validators;
use crate::time::Timestamp;
use crate::zig::digest::Sha256Digest;
use crate::zig::index::{Index, IndexError, IndexLimits, diff};

/// Carries out one refresh and reports.
pub(super) async fn refresh<H: Host>(host: H, order: RefreshOrder) {
    let outcome = ask(&host, &order).await;
    let label = order.kind.label();
    match &outcome {
        Ok(Refreshed::Same) => host.log(
            LogLevel::Debug,
            format_args!("the {label} index is the same"),
        ),
        Ok(Refreshed::New(index, _)) => log_changes(&host, order.kind, index),
        Err(trouble) => host.log(
            LogLevel::Warn,
            format_args!(
                "{label} index from {}: {trouble}; the last good one stays",
                order.url
            ),
        ),
    }
    let now = host.now();
    if act(&host, |site| {
        site.app.handle_refreshed(&order, outcome, now)
    }) {
        make_documents(&host, &Document::ALL).await;
    }
    wake_readers(&host);
}

fn log_changes<H: Host>(host: &H, kind: IndexKind, index: &Index) {
    let old = host.with_site(|site| site.app.indexes().get(kind).cloned());
    let changes = old.map(|old| diff(&old, index)).unwrap_or_default();
    let (label, skipped) = (kind.label(), index.skipped());
    host.log(
        LogLevel::Info,
        format_args!(
            "new {label} index; {} changes, {skipped} unusable targets",
            changes.len()
        ),
    );
    for change in changes.iter().take(20) {
        host.log(LogLevel::Info, format_args!("{label} index: {change}"));
    }
}

async fn ask<H: Host>(host: &H, order: &RefreshOrder) -> Result<Refreshed, IndexTrouble> {
    let conditions = Ask {
        resume: None,
        if_none_match: order.validators.etag.as_deref(),
        if_modified_since: order.validators.last_modified.as_deref(),
        git: None,
    };
    let mut response = fetch::get(host, &order.url, conditions)
        .await
        .map_err(IndexTrouble::Upstream)?;
    match response.head.status {
        304 => {
            // The copy is young again, for hosts that live too briefly to remember.
            keep_validators(host, order.kind, &order.validators).await;
            return Ok(Refreshed::Same);
        }
        200 if !response.head.encoded => {}
        status => return Err(IndexTrouble::Upstream(UpstreamError::Status(status))),
    }
    let (etag, last_modified) = (
        response.head.etag.clone(),
        response.head.last_modified.clone(),
    );
    let limits = IndexLimits::default();
    let mut bytes = Vec::new();
    while let Some(more) = response.next(host).await.map_err(IndexTrouble::Upstream)? {
        bytes.extend_from_slice(more);
        if bytes.len() > limits.bytes {
            return Err(IndexTrouble::Upstream(UpstreamError::TooLarge));
        }
    }
    if response
        .head
        .length
        .is_some_and(|len| usize::try_from(len) != Ok(bytes.len()))
    {
        return Err(IndexTrouble::Upstream(UpstreamError::Length));
    }
    let index = parse(order.kind, &bytes).map_err(IndexTrouble::Content)?;
    let validators = Validators {
        etag,
        last_modified,
        digest: Some(Sha256Digest::of(&bytes)),
    };
    // Without the copy a restart during an outage has no index, but this run has.
    let _ = host.store().record(&order.kind.key(), &bytes).await;
    keep_validators(host, order.kind, &validators).await;
    Ok(Refreshed::New(index, validators))
}

/// Writes the validators down; when that was tells how old the copy is.
async fn keep_validators<H: Host>(host: &H, kind: IndexKind, validators: &Validators) {
    let (key, text) = (kind.validators_key(), validators.to_text());
    let _ = host.store().record(&key, text.as_bytes()).await;
}

fn parse(kind: IndexKind, bytes: &[u8]) -> Result<Index, IndexError> {
    match kind {
        IndexKind::Official => Index::parse_official(bytes, &IndexLimits::default()),
        IndexKind::Nominated => Index::parse(bytes, &IndexLimits::default()),
    }
}

/// Reads the copies of an earlier run and makes the documents of them.
pub(super) async fn load<H: Host>(host: H) {
    for kind in IndexKind::ALL {
        if let Some((index, copy)) = read_copy(&host, kind).await {
            act(&host, |site| {
                site.app.handle_loaded(kind, index, copy.validators);
            });
        }
    }
    make_documents(&host, &Document::ALL).await;
}

/// Reads the copies that are not here yet, with their age; documents are made when asked for.
pub(super) async fn recall<H: Host>(host: &H) {
    for kind in IndexKind::ALL {
        if host.with_site(|site| site.app.indexes().get(kind).is_some()) {
            continue;
        }
        if let Some((index, copy)) = read_copy(host, kind).await {
            let now = host.now();
            act(host, |site| {
                site.app.handle_loaded(kind, index, copy.validators);
                if let Some(at) = copy.confirmed {
                    site.app.handle_refreshed_at(kind, at, now);
                }
            });
        }
    }
}

async fn read_copy<H: Host>(host: &H, kind: IndexKind) -> Option<(Index, Beside)> {
    let limits = IndexLimits::default();
    let (file, _) = host.store().open(&kind.key()).await.ok()?;
    let bytes = read_up_to(host.store(), &file, limits.bytes).await.ok()?;
    match parse(kind, &bytes) {
        Ok(index) => {
            let key = kind.validators_key();
            let beside = beside(host, &key, Sha256Digest::of(&bytes)).await;
            Some((index, beside.unwrap_or_default()))
        }
        Err(error) => {
            host.log(
                LogLevel::Warn,
                format_args!("{}: {error}; it is fetched anew", kind.key()),
            );
            None
        }
    }
}

/// Makes these documents of the indexes as they are now. Refreshes may end at once on several
/// threads: one of them makes the documents, and all anew if the indexes have changed meanwhile.
async fn make_documents<H: Host>(host: &H, documents: &[Document]) {
    let Some(mut making) = Making::begin(host) else {
        return;
    };
    make_each(host, documents).await;
    while !making.finish() {
        make_each(host, &Document::ALL).await;
    }
    // What is at hand is of yesterday.
    host.clear_shelves();
    wake_readers(host);
}

async fn make_each<H: Host>(host: &H, documents: &[Document]) {
    for document in documents {
        let now = host.now().unix;
        let made = host.with_site(|site| site.app.document(*document, now));
        if let Some((text, modified)) = made {
            let served = serve_as_file(host, *document, text, modified).await;
            host.with_site(|site| site.set_document(*document, served));
        }
    }
}

/// The one who makes the documents.
struct Making<'a, H: Host> {
    host: &'a H,
    is_over: bool,
}

impl<'a, H: Host> Making<'a, H> {
    /// None if another is at it already, who is told to look again.
    fn begin(host: &'a H) -> Option<Self> {
        let is_over = false;
        // Not then_some: what it is given is made either way, and dropped here it would abandon the
        // other's work.
        host.with_site(Site::begin_documents)
            .then(|| Self { host, is_over })
    }

    /// Ends it, unless the indexes have changed meanwhile.
    fn finish(&mut self) -> bool {
        self.is_over = self.host.with_site(Site::finish_documents);
        self.is_over
    }
}

impl<H: Host> Drop for Making<'_, H> {
    fn drop(&mut self) {
        if !self.is_over {
            self.host.with_site(Site::abandon_documents);
        }
    }
}

/// A document is sent like a file where it can be stored, else from memory.
async fn serve_as_file<H: Host>(
    host: &H,
    document: Document,
    text: String,
    modified: Timestamp,
) -> Item<H::File> {
    let bytes = text.into_bytes();
    let len = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    let stat = Stat {
        len,
        modified,
        modified_nanos: 0,
    };
    let proof = Proof {
        stat,
        digest: Sha256Digest::of(&bytes),
    };
    let head = Arc::new(FileHead::new(&proof, "application/json", Lifetime::Minutes));
    let stored = match host.store().record(&document.key(), &bytes).await {
        Ok(()) => host.store().open(&document.key()).await,
        Err(error) => Err(error),
    };
    let content = match stored {
        Ok((file, stat)) if stat.len == len && holds(host, &file, &bytes).await => {
            Content::File(file)
        }
        _ => Content::Bytes(bytes.into()),
    };
    Item {
        route: RouteKind::Index,
        head,
        content,
    }
}

/// Whether a file is what was just written: who shares the directory writes it, too.
async fn holds<H: Host>(host: &H, file: &H::File, bytes: &[u8]) -> bool {
    let read = read_up_to(host.store(), file, bytes.len()).await;
    read.is_ok_and(|read| read == bytes)
}

fn wake_readers<H: Host>(host: &H) {
    for waker in host.with_site(Site::take_readers) {
        waker.wake();
    }
}

/// The document; waits for it while there is hope, but not longer than for an upstream.
pub(super) async fn document<H: Host>(host: &H, document: Document) -> Option<Item<H::File>> {
    if host.with_site(|site| site.document(document).is_none()) {
        make_documents(host, &[document]).await;
    }
    let until = host.now().instant + host.config().limits.upstream_wait;
    let mut reader = Reader { host, place: None };
    let ready = poll_fn(|cx| reader.poll(document, cx.waker()));
    match race(ready, host.sleep(until)).await {
        First::Left(served) => served,
        First::Right(()) => None,
    }
}

/// Waits for a document; its place among those who do is given back when dropped.
struct Reader<'a, H: Host> {
    host: &'a H,
    place: Option<u64>,
}

impl<H: Host> Reader<'_, H> {
    fn poll(&mut self, document: Document, waker: &Waker) -> Poll<Option<Item<H::File>>> {
        let place = self.place;
        self.host.with_site(|site| match site.document(document) {
            Some(served) => Poll::Ready(Some(served)),
            None if site.app.indexes().is_hopeless() => Poll::Ready(None),
            None => {
                self.place = site.add_reader(place, waker);
                match self.place {
                    Some(_) => Poll::Pending,
                    None => Poll::Ready(None),
                }
            }
        })
    }
}

impl<H: Host> Drop for Reader<'_, H> {
    fn drop(&mut self) {
        if let Some(place) = self.place {
            // What it returns is dropped when the site is free again.
            self.host.with_site(|site| site.remove_reader(place));
        }
    }
}
