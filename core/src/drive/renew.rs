//! Files that may change upstream (a branch's archive): how long a stored one is good without
//! asking, and what happens when upstream is asked.
//!
//! Upstream is asked once, with the validators of the stored copy. "The same" makes the copy young
//! again, another file takes its place, and any trouble (also 404: what a mirror has outlives its
//! upstream) leaves it where it is for another while. A client never gets an error for a file that
//! is here.

use super::download::{Download, Got};
use super::find::{Beside, Found, beside};
use super::host::{Ask, Host, Store};
use super::voucher::Pledge;
use crate::app::FillOrder;
use crate::app::asset::Asset;
use crate::app::failure::Failure;
use crate::config::LogLevel;
use crate::store::StoreKey;
use crate::store::proof::Proof;
use crate::store::validators::Validators;
use crate::time::Timestamp;

/// Whether a stored file may be served without asking upstream.
pub(super) async fn is_fresh<H: Host>(host: &H, asset: &Asset, found: &Found<H::File>) -> bool {
    let (may_change, good_until) =
        host.with_site(|site| (site.app.may_change(asset), site.good_until(&found.key)));
    let now = host.now().unix;
    let limits = &host.config().limits;
    let longest = limits.change_for.max(limits.change_retry).as_secs();
    // A clock that was set back must not make a copy good for years.
    let is_good = |until: Timestamp| now < until && until.0 - now.0 <= longest;
    if !may_change || good_until.is_some_and(is_good) {
        return true;
    }
    let Some(proof) = &found.proof else {
        return false;
    };
    let confirmed = beside(host, &found.key.origin(), proof.digest)
        .await
        .and_then(|beside| beside.confirmed);
    confirmed.is_some_and(|at| at <= now && now.0 - at.0 < limits.change_for.as_secs())
}

/// Asks upstream for the file that is stored and proven under `key`.
pub(super) async fn renew<H: Host>(
    host: &H,
    order: &FillOrder,
    key: StoreKey,
    proof: &Proof,
) -> Result<StoreKey, Failure> {
    let Beside { validators, .. } = beside(host, &key.origin(), proof.digest)
        .await
        .unwrap_or_default();
    let pledge = Pledge::ask(host, order).await?;
    let mut download = Download::new(host, order, pledge).renewing(proof.digest);
    let conditions = Ask {
        resume: None,
        if_none_match: validators.etag.as_deref(),
        if_modified_since: validators.last_modified.as_deref(),
        git: None,
    };
    let outcome = match download.attempt(conditions).await {
        Ok(Got::Same) => {
            note(host, &key, &validators).await;
            return Ok(key);
        }
        Ok(Got::Whole) => download.publish().await,
        Err(failure) => Err(failure),
    };
    if let Err(failure) = outcome {
        host.log(
            LogLevel::Warn,
            format_args!("{key}: {failure}; the stored one is served"),
        );
        download.discard();
        let until = host.now().unix.0 + host.config().limits.change_retry.as_secs();
        host.with_site(|site| site.keep_good_until(key.clone(), Timestamp(until)));
    }
    Ok(key)
}

/// Notes that upstream has confirmed the copy now: on the disk, or in memory where that cannot be
/// written.
pub(super) async fn note<H: Host>(host: &H, key: &StoreKey, validators: &Validators) {
    let recorded = host
        .store()
        .record(&key.origin(), validators.to_text().as_bytes())
        .await;
    let until = host.now().unix.0 + host.config().limits.change_for.as_secs();
    host.with_site(|site| match recorded {
        Ok(()) => site.forget_good_until(key),
        Err(_) => site.keep_good_until(key.clone(), Timestamp(until)),
    });
}
