//! One fill: from "not in the store" to "published and proven", or a typed failure.
//!
//! ```text
//! in the store and proven? ── yes ──> done
//! in the store, not proven? ── verify ── right ──> record, done
//!                                     └─ wrong ──> quarantine, go on
//! signature (a fill of its own) ┐
//! upstream's head ──────────────┴──> body, hashed as it comes ──> verdict ──> publish, record
//! ```
//!
//! The fill belongs to no client. It reports once at its end, also when it is dropped half-way.

use super::download::{Download, Got};
use super::find::{Found, find, remember};
use super::git::derive;
use super::host::{Ask, Host, Store};
use super::package::{self, Verdict};
use super::renew::{is_fresh, renew};
use super::site::act;
use super::voucher::{Hashes, Pledge, Voucher, judge};
use crate::app::FillOrder;
use crate::app::asset::Asset;
use crate::app::failure::{Failure, UpstreamError};
use crate::app::pursuit::{Pursuit, Step};
use crate::config::LogLevel;
use crate::store::proof::Proof;
use crate::store::{StoreError, StoreKey};

/// Runs a fill and reports its end.
pub(super) async fn fill<H: Host>(host: &H, order: &FillOrder, mut report: Report<H>) {
    let started = host.now().instant;
    let outcome = bring(host, order).await;
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

/// Reports when it goes out of scope, so that no flight is left without an end. It is made before
/// the fill is first polled: a host that ends may drop it unpolled.
pub(super) struct Report<H: Host> {
    host: H,
    order: FillOrder,
    outcome: Option<Result<StoreKey, Failure>>,
}

impl<H: Host> Report<H> {
    /// Of a fill that has not begun.
    pub(super) fn new(host: &H, order: &FillOrder) -> Self {
        Self {
            host: host.clone(),
            order: order.clone(),
            outcome: None,
        }
    }
}

impl<H: Host> Drop for Report<H> {
    fn drop(&mut self) {
        let outcome = self.outcome.take().unwrap_or(Err(Failure::Stopped));
        let now = self.host.now().instant;
        act(&self.host, |site| {
            site.drop_staged(self.order.flight);
            site.app.handle_filled(&self.order, outcome, now);
        });
    }
}

async fn bring<H: Host>(host: &H, order: &FillOrder) -> Result<StoreKey, Failure> {
    if let Some(found) = settle_stored(host, order).await? {
        return match &found.proof {
            Some(proof) if !is_fresh(host, &order.asset, &found).await => {
                renew(host, order, found.key.clone(), proof).await
            }
            Some(_) | None => Ok(found.key),
        };
    }
    if let Asset::Release(..) = order.asset {
        // What is published comes from an ingest.
        return Err(Failure::Unpublished);
    }
    let mut download = Download::new(host, order, Pledge::ask(host, order).await?);
    let mut outcome = pursue(host, order, &mut download).await;
    if let Err(Failure::Signature(_)) = outcome {
        // A file and its signature that do not fit may be of different days, and one cannot tell
        // which is right: ask for both again, at once if the signature is an old one.
        forget_signature(host, order).await;
        if download.trusts_stored_signature() {
            download.restart(Pledge::ask(host, order).await?);
            outcome = pursue(host, order, &mut download).await;
        }
    }
    outcome
}

/// Tries until the file is published or nothing is left to try.
async fn pursue<H: Host>(
    host: &H,
    order: &FillOrder,
    download: &mut Download<'_, H>,
) -> Result<StoreKey, Failure> {
    let limits = &host.config().limits;
    let mut pursuit = Pursuit::new(order.sources.len(), limits, host.now().instant.0);
    loop {
        let before = download.committed();
        let failure = match download.attempt(Ask::default()).await {
            Ok(Got::Same) => UpstreamError::Status(304).into(),
            Ok(Got::Whole) => match download.publish().await {
                Ok(key) => return Ok(key),
                Err(failure) => failure,
            },
            Err(failure) => failure,
        };
        let here = download.committed();
        host.log(
            LogLevel::Debug,
            format_args!("{}: {failure} ({here} bytes are here)", order.asset),
        );
        act(host, |site| site.app.handle_attempt_failed(failure));
        if download.is_hopeless() {
            return Err(failure);
        }
        match pursuit.handle_failure(failure, here > before, limits) {
            Step::Again(wait) => host.sleep(host.now().instant + wait).await,
            Step::Next => download.next_source(),
            Step::GiveUp(failure) => return Err(failure),
        }
    }
}

async fn forget_signature<H: Host>(host: &H, order: &FillOrder) {
    if let Some(signature) = order.asset.signature() {
        for place in host.with_site(|site| site.app.places(&signature)) {
            let _ = host.store().discard(&place).await;
        }
        host.clear_shelves();
    }
}

/// A file that is in the store already and proven, or can be proven now.
async fn settle_stored<H: Host>(
    host: &H,
    order: &FillOrder,
) -> Result<Option<Found<H::File>>, Failure> {
    match find(host, &order.places).await? {
        None => Ok(None),
        Some(found) if found.proof.is_some() => Ok(Some(found)),
        Some(found) => prove(host, order, found).await,
    }
}

async fn prove<H: Host>(
    host: &H,
    order: &FillOrder,
    mut found: Found<H::File>,
) -> Result<Option<Found<H::File>>, Failure> {
    let voucher = Pledge::ask(host, order).await?.redeem().await?;
    match verify(host, order, &found, &voucher).await {
        Ok((proof, package)) => {
            package::record(host, &found.key, proof.digest, package).await;
            remember(host, &found.key, &proof).await;
            host.log(
                LogLevel::Info,
                format_args!("verified {} in the store", found.key),
            );
            found.proof = Some(proof);
            Ok(Some(found))
        }
        Err(failure @ (Failure::Signature(_) | Failure::Digest)) => {
            let aside = found.key.quarantine(host.now().unix);
            host.log(
                LogLevel::Warn,
                format_args!("{}: {failure}; moved to {aside}", found.key),
            );
            host.store()
                .relocate(&found.key, &aside)
                .await
                .map_err(|_| failure)?;
            if let Asset::Release(package, tag) = &order.asset {
                // What came of a wrong tarball goes with it; a note that stays leads to no tarball.
                let _ = derive::discard(host, package, tag).await;
            }
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
) -> Result<(Proof, Verdict), Failure> {
    let mut hashes = Hashes::new(host, &order.asset);
    let len = hashes.read(host, &found.file).await?;
    if len != found.stat.len {
        return Err(Failure::Store(StoreError::Io));
    }
    let judged = judge(host, order, voucher, hashes, (&found.file, len)).await?;
    let proof = Proof {
        stat: found.stat,
        digest: judged.digest,
    };
    Ok((proof, judged.package))
}
