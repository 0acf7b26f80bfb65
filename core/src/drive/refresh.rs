//! The indexes: asked for, kept, and made into the documents that are served.
//!
//! The last good copy of each index lies on the disk and is read at a start, so that both documents
//! can be served while upstream is down.

use alloc::format;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::future::poll_fn;
use core::task::{Poll, Waker};

use super::fetch;
use super::find::read_up_to;
use super::host::{Ask, Host, Store};
use super::race::{First, race};
use super::site::act;
use crate::app::failure::UpstreamError;
use crate::app::file::FileHead;
use crate::app::indexes::{Document, IndexKind, IndexTrouble, RefreshOrder, Refreshed, Validators};
use crate::app::shelf::{Content, Item};
use crate::app::stats::RouteKind;
use crate::config::LogLevel;
use crate::store::proof::{Proof, Stat};
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
        make_documents(&host).await;
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
    let validators = Validators {
        etag: response.head.etag.clone(),
        last_modified: response.head.last_modified.clone(),
    };
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
    // Without the copy a restart during an outage has no index, but this run has.
    let _ = host.store().record(&order.kind.key(), &bytes).await;
    keep_validators(host, order.kind, &validators).await;
    Ok(Refreshed::New(index, validators))
}

/// Writes the validators down; when that was tells how old the copy is.
async fn keep_validators<H: Host>(host: &H, kind: IndexKind, validators: &Validators) {
    let (key, text) = (kind.validators_key(), to_text(validators));
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
    make_documents(&host).await;
    wake_readers(&host);
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
                if let Some(at) = copy.refreshed {
                    site.app.handle_refreshed_at(kind, at, now);
                }
            });
        }
    }
}

/// What lies beside the copy of an index.
#[derive(Default)]
struct Beside {
    validators: Validators,
    /// When upstream last confirmed the copy.
    refreshed: Option<Timestamp>,
}

async fn read_copy<H: Host>(host: &H, kind: IndexKind) -> Option<(Index, Beside)> {
    let limits = IndexLimits::default();
    let (file, _) = host.store().open(&kind.key()).await.ok()?;
    let bytes = read_up_to(host.store(), &file, limits.bytes).await.ok()?;
    match parse(kind, &bytes) {
        Ok(index) => Some((index, read_validators(host, kind).await.unwrap_or_default())),
        Err(error) => {
            host.log(
                LogLevel::Warn,
                format_args!("{}: {error}; it is fetched anew", kind.key()),
            );
            None
        }
    }
}

async fn read_validators<H: Host>(host: &H, kind: IndexKind) -> Option<Beside> {
    let (file, stat) = host.store().open(&kind.validators_key()).await.ok()?;
    let text = read_up_to(host.store(), &file, 4 << 10).await.ok()?;
    Some(Beside {
        validators: from_text(core::str::from_utf8(&text).ok()?)?,
        refreshed: Some(stat.modified),
    })
}

/// Two lines, ETag and Last-Modified, either perhaps empty; a header value has no line feed.
fn to_text(validators: &Validators) -> String {
    let line = |value: &Option<String>| value.clone().unwrap_or_default();
    format!(
        "{}\n{}\n",
        line(&validators.etag),
        line(&validators.last_modified)
    )
}

fn from_text(text: &str) -> Option<Validators> {
    let (etag, rest) = text.split_once('\n')?;
    let last_modified = rest.strip_suffix('\n')?;
    let value = |text: &str| (!text.is_empty()).then(|| text.into());
    Some(Validators {
        etag: value(etag),
        last_modified: value(last_modified),
    })
}

async fn make_documents<H: Host>(host: &H) {
    for document in Document::ALL {
        make_document(host, document).await;
    }
}

async fn make_document<H: Host>(host: &H, document: Document) {
    let now = host.now().unix;
    let made = host.with_site(|site| site.app.document(document, now));
    if let Some((text, modified)) = made {
        let served = serve_as_file(host, document, text, modified).await;
        host.with_site(|site| site.set_document(document, served));
    }
    // What is at hand is of yesterday.
    host.clear_shelves();
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
    let head = Arc::new(FileHead::changing(&proof, "application/json"));
    let stored = match host.store().record(&document.key(), &bytes).await {
        Ok(()) => host.store().open(&document.key()).await,
        Err(error) => Err(error),
    };
    let content = match stored {
        Ok((file, stat)) if stat.len == len => Content::File(file),
        _ => Content::Bytes(bytes.into()),
    };
    Item {
        route: RouteKind::Index,
        head,
        content,
    }
}

fn wake_readers<H: Host>(host: &H) {
    for waker in host.with_site(super::site::Site::take_readers) {
        waker.wake();
    }
}

/// The document; waits for it while there is hope, but not longer than for an upstream.
pub(super) async fn document<H: Host>(host: &H, document: Document) -> Option<Item<H::File>> {
    if host.with_site(|site| site.document(document).is_none()) {
        make_document(host, document).await;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn validators_round_trip() {
        for validators in [
            Validators::default(),
            Validators {
                etag: Some("\"x\"".into()),
                last_modified: None,
            },
            Validators {
                etag: None,
                last_modified: Some("Sun, 06 Nov 1994 08:49:37 GMT".into()),
            },
        ] {
            assert_eq!(from_text(&to_text(&validators)), Some(validators));
        }
        assert_eq!(from_text("torn"), None);
    }
}
