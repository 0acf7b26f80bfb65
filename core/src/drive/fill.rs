//! One fill: from "not in the store" to "published and proven", or a typed failure.
//!
//! ```text
//! in the store and proven? ── yes ──> done
//! in the store, not proven? ── verify ── right ──> record, done
//!                                     └─ wrong ──> quarantine, go on
//! signature (a fill of its own) ──> download, hashing as it comes ──> verdict ──> publish, record
//! ```
//!
//! The fill belongs to no client. It reports once at its end, also when it is dropped half-way.

use alloc::sync::Arc;
use core::future::poll_fn;

use super::download::Download;
use super::find::{Found, find, read_small, remember};
use super::host::Host;
use super::site::act;
use crate::app::asset::Asset;
use crate::app::failure::Failure;
use crate::app::flight::{Appetite, Follow, FollowerId};
use crate::app::pursuit::{Pursuit, Step};
use crate::app::{Cause, FillOrder, Refused};
use crate::config::LogLevel;
use crate::store::proof::Proof;
use crate::store::{StoreError, StoreKey};
use crate::zig::digest::Hashing;
use crate::zig::minisig::{Keys, Signature, SignatureError, Verifier};

/// Read size when a stored file is verified.
const CHUNK: usize = 128 << 10;

/// Runs a fill and reports its end.
pub async fn fill<H: Host>(host: H, order: FillOrder) {
    let mut report = Report {
        host: &host,
        order: &order,
        outcome: Some(Err(Failure::Stopped)),
    };
    let started = host.now().instant;
    let outcome = bring(&host, &order).await;
    let millis = host.now().instant.since(started).as_millis();
    match &outcome {
        Ok(key) => host.log(LogLevel::Info, format_args!("stored {key} ({millis} ms)")),
        Err(Failure::NotFound) => host.log(
            LogLevel::Info,
            format_args!("{}: not found upstream", order.asset),
        ),
        Err(failure) => host.log(LogLevel::Warn, format_args!("{}: {failure}", order.asset)),
    }
    report.outcome = Some(outcome);
}

/// Reports when it goes out of scope, so that no flight is left without an end.
struct Report<'a, H: Host> {
    host: &'a H,
    order: &'a FillOrder,
    outcome: Option<Result<StoreKey, Failure>>,
}

impl<H: Host> Drop for Report<'_, H> {
    fn drop(&mut self) {
        let outcome = self.outcome.take().unwrap_or(Err(Failure::Stopped));
        let now = self.host.now().instant;
        act(self.host, |site| {
            site.drop_staged(self.order.flight);
            site.app.handle_filled(self.order, outcome, now);
        });
    }
}

/// What vouches for a file's bytes.
pub enum Voucher {
    /// Nothing: verification is switched off.
    Nothing,
    /// The file is a signature, which vouches for itself with its global signature.
    Itself(Arc<Keys>),
    /// A signature over the bytes.
    Signature(Signature, Arc<Keys>),
}

impl Voucher {
    /// A check for one pass over the bytes.
    pub fn verifier(&self) -> Result<Option<Verifier>, SignatureError> {
        match self {
            Self::Nothing | Self::Itself(_) => Ok(None),
            Self::Signature(signature, keys) => Verifier::new(signature, keys).map(Some),
        }
    }
}

async fn bring<H: Host>(host: &H, order: &FillOrder) -> Result<StoreKey, Failure> {
    if let Some(key) = settle_stored(host, order).await? {
        return Ok(key);
    }
    let voucher = voucher(host, &order.asset).await;
    if matches!(voucher, Err(Failure::NotFound)) {
        return Err(without_signature(host, order).await);
    }
    let voucher = voucher?;
    let limits = &host.config().limits;
    let mut pursuit = Pursuit::new(order.sources.len(), limits, host.now().instant.0);
    let mut download = Download::new(host, order, &voucher)?;
    loop {
        let gained = download.committed();
        let error = match download.attempt().await {
            Ok(()) => match download.publish().await {
                Err(failure @ Failure::Signature(_)) => {
                    match pursuit.handle_wrong_file(failure, limits) {
                        Step::Next => None,
                        Step::Again(_) | Step::GiveUp(_) => return Err(failure),
                    }
                }
                other => return other,
            },
            Err(Failure::Upstream(error)) => Some(error),
            Err(Failure::NotFound) => Some(crate::app::failure::UpstreamError::Status(404)),
            Err(other) => return Err(other),
        };
        let Some(error) = error else {
            download.next_source()?;
            continue;
        };
        host.log(
            LogLevel::Debug,
            format_args!(
                "{}: {error} after {} bytes",
                order.asset,
                download.committed()
            ),
        );
        match pursuit.handle_failure(error, download.committed() > gained, limits) {
            Step::Again(wait) => host.sleep(host.now().instant + wait).await,
            Step::Next => download.next_source()?,
            Step::GiveUp(failure) => return Err(failure),
        }
    }
}

/// What can be said of a file whose signature upstream does not have: missing too, or unsigned.
async fn without_signature<H: Host>(host: &H, order: &FillOrder) -> Failure {
    for source in &order.sources {
        match super::fetch::get(host, source, None)
            .await
            .map(|response| response.head.status)
        {
            Ok(404 | 410) => {}
            Ok(200..=299) => return Failure::Unsigned,
            Ok(status) => return crate::app::failure::UpstreamError::Status(status).into(),
            Err(error) => return error.into(),
        }
    }
    Failure::NotFound
}

/// The key of a file that is in the store already and proven, or can be proven now.
async fn settle_stored<H: Host>(host: &H, order: &FillOrder) -> Result<Option<StoreKey>, Failure> {
    match find(host, &order.places).await? {
        None => Ok(None),
        Some(found) if found.proof.is_some() => Ok(Some(found.key)),
        Some(found) => prove(host, order, found).await,
    }
}

async fn prove<H: Host>(
    host: &H,
    order: &FillOrder,
    found: Found<H::File>,
) -> Result<Option<StoreKey>, Failure> {
    let voucher = match voucher(host, &order.asset).await {
        Err(Failure::NotFound) => return Err(Failure::Unsigned),
        other => other?,
    };
    match verify(host, order, &found, &voucher).await {
        Ok(proof) => {
            remember(host, &found.key, &proof).await;
            host.log(
                LogLevel::Info,
                format_args!("verified {} in the store", found.key),
            );
            Ok(Some(found.key))
        }
        Err(failure @ Failure::Signature(_)) => {
            let aside = found.key.quarantine(host.now().unix);
            host.log(
                LogLevel::Warn,
                format_args!("{}: {failure}; moved to {aside}", found.key),
            );
            host.relocate(&found.key, &aside)
                .await
                .map_err(|_| failure)?;
            Ok(None)
        }
        Err(other) => Err(other),
    }
}

/// Reads a stored file whole and checks it.
async fn verify<H: Host>(
    host: &H,
    order: &FillOrder,
    found: &Found<H::File>,
    voucher: &Voucher,
) -> Result<Proof, Failure> {
    let mut verifier = voucher.verifier()?;
    let mut hashing = Hashing::new();
    let mut buffer = alloc::vec![0; CHUNK];
    let mut offset = 0;
    loop {
        let n = host.read_at(&found.file, offset, &mut buffer).await?;
        let bytes = buffer.get(..n).unwrap_or_default();
        if bytes.is_empty() {
            break;
        }
        hashing.update(bytes);
        if let Some(verifier) = &mut verifier {
            verifier.update(bytes);
        }
        offset += u64::try_from(n).unwrap_or(u64::MAX);
        host.pause().await;
    }
    if offset != found.stat.len {
        return Err(Failure::Store(StoreError::Io));
    }
    judge(host, &order.asset, voucher, verifier, &found.file).await?;
    Ok(Proof {
        stat: found.stat,
        digest: hashing.finish(),
    })
}

/// The verdict once all bytes have passed.
pub async fn judge<H: Host>(
    host: &H,
    asset: &Asset,
    voucher: &Voucher,
    verifier: Option<Verifier>,
    file: &H::File,
) -> Result<(), Failure> {
    if let Some(verifier) = verifier {
        verifier.finish()?;
    }
    if let Voucher::Itself(keys) = voucher {
        let signature = Signature::parse(&read_small(host, file).await?)?;
        signature.verify_comment(keys, &asset.signed_name())?;
    }
    Ok(())
}

/// Gets what vouches for a file; `NotFound` if upstream has no signature for it.
async fn voucher<H: Host>(host: &H, asset: &Asset) -> Result<Voucher, Failure> {
    let Some(keys) = host.config().minisign_keys.clone() else {
        return Ok(Voucher::Nothing);
    };
    let keys = Arc::new(keys);
    let Some(signature) = asset.signature() else {
        return Ok(Voucher::Itself(keys));
    };
    obtain(host, &signature).await?;
    let places = host.with_site(|site| site.app.places(&signature));
    let found = find(host, &places)
        .await?
        .ok_or(Failure::Store(StoreError::NotFound))?;
    let text = read_small(host, &found.file).await?;
    let signature = Signature::parse(&text)?;
    signature.verify_comment(&keys, &asset.signed_name())?;
    Ok(Voucher::Signature(signature, keys))
}

/// Waits until another asset is in the store; its own fill is started if need be.
async fn obtain<H: Host>(host: &H, asset: &Asset) -> Result<(), Failure> {
    let places = host.with_site(|site| site.app.places(asset));
    if find(host, &places)
        .await?
        .is_some_and(|found| found.proof.is_some())
    {
        return Ok(());
    }
    let now = host.now();
    let joined = act(host, |site| {
        site.app.join(asset, Appetite::Outcome, Cause::Job, now)
    });
    let id = joined.map_err(|refused| match refused {
        Refused::Failure(failure) => failure,
        Refused::TooMany(_) => Failure::Busy,
    })?;
    let following = Following { host, id };
    match following.next(0).await {
        Follow::Failed(failure) => Err(failure),
        Follow::Published | Follow::Bytes { .. } | Follow::Pending => Ok(()),
    }
}

/// A place among a flight's followers, given back when dropped.
pub struct Following<'a, H: Host> {
    /// The worker.
    pub host: &'a H,
    /// The follower.
    pub id: FollowerId,
}

impl<H: Host> Following<'_, H> {
    /// Waits until the follower, having sent `sent` bytes, may do something.
    pub async fn next(&self, sent: u64) -> Follow {
        poll_fn(|cx| {
            self.host
                .with_site(|site| site.poll_follow(self.id, sent, cx.waker()))
        })
        .await
    }
}

impl<H: Host> Drop for Following<'_, H> {
    fn drop(&mut self) {
        act(self.host, |site| site.leave(self.id));
    }
}
