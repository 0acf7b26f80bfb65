//! Bytes of one file from an upstream into a staging file, resumed where a connection broke.
//!
//! A resume that is answered with the whole file (it changed) starts a new staging file; nothing
//! is truncated in place, since followers read the old one.

use alloc::string::String;

use super::fetch::{self, Response};
use super::find::remember;
use super::host::{Ask, Host, Store};
use super::package;
use super::race::{First, race};
use super::renew::note;
use super::room::make_room;
use super::site::act;
use super::voucher::{Hashes, Judged, Pledge, Voucher, judge};
use crate::app::FillOrder;
use crate::app::asset::Vouching;
use crate::app::failure::{Failure, UpstreamError};
use crate::store::proof::Proof;
use crate::store::validators::Validators;
use crate::store::{Placing, StoreError, StoreKey};
use crate::time::{Instant, Timestamp};
use crate::wire::client::{ResponseHead, Resume};
use crate::wire::date;
use crate::zig::digest::Sha256Digest;

/// A download under way.
pub(super) struct Download<'a, H: Host> {
    host: &'a H,
    order: &'a FillOrder,
    pledge: Pledge<'a, H>,
    voucher: Option<Voucher>,
    source: usize,
    staging: Option<Staging<H>>,
    /// The digest of the copy that is stored already.
    known: Option<Sha256Digest>,
}

/// What an attempt brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Got {
    /// All bytes of the file.
    Whole,
    /// Word that the file in the store is still the one upstream has.
    Same,
}

/// The bytes that are here so far.
struct Staging<H: Host> {
    file: <H::Store as Store>::Staging,
    hashes: Hashes,
    committed: u64,
    reported: u64,
    rested: u64,
    reported_at: Instant,
    total: Option<u64>,
    validator: Option<String>,
    modified: Option<Timestamp>,
    /// What lets upstream say "the same" of a file that may change.
    validators: Validators,
}

impl<'a, H: Host> Download<'a, H> {
    /// Nothing asked yet.
    pub(super) fn new(host: &'a H, order: &'a FillOrder, pledge: Pledge<'a, H>) -> Self {
        Self {
            host,
            order,
            pledge,
            voucher: None,
            source: 0,
            staging: None,
            known: None,
        }
    }

    /// The same, of a file that is stored with this digest.
    pub(super) fn renewing(self, stored: Sha256Digest) -> Self {
        Self {
            known: Some(stored),
            ..self
        }
    }

    /// Bytes that are here.
    pub(super) fn committed(&self) -> u64 {
        self.staging.as_ref().map_or(0, |staging| staging.committed)
    }

    /// Goes to the next source and starts anew.
    pub(super) fn next_source(&mut self) {
        self.source += 1;
        self.discard();
    }

    /// Starts anew with the first source and another voucher.
    pub(super) fn restart(&mut self, pledge: Pledge<'a, H>) {
        self.pledge = pledge;
        self.voucher = None;
        self.source = 0;
        self.discard();
    }

    /// Asks the source once, under these conditions, and takes what it sends, up to the end or to
    /// trouble.
    pub(super) async fn attempt(&mut self, conditions: Ask<'_>) -> Result<Got, Failure> {
        let order = self.order;
        let url = order.sources.get(self.source).ok_or(Failure::NoTemplate)?;
        let resume = self.staging.as_ref().and_then(Staging::resume);
        let resumed = resume.is_some();
        let ask = Ask {
            resume,
            ..conditions
        };
        let is_conditional = ask.if_none_match.is_some() || ask.if_modified_since.is_some();
        let mut response = fetch::get(self.host, url, ask).await?;
        match response.head.status {
            304 if is_conditional => return Ok(Got::Same),
            200 => self.begin(&response.head).await?,
            206 if resumed => self.check_continues(&response.head)?,
            416 if resumed => {
                self.discard();
                return Err(UpstreamError::Length.into());
            }
            status => return Err(UpstreamError::Status(status).into()),
        }
        self.take_body(&mut response).await?;
        // An upstream may serve one connection at a time: give this one back before waiting.
        drop(response);
        if self.voucher.is_none() {
            let voucher = self.pledge.redeem().await;
            self.vouch(voucher)?;
        }
        Ok(Got::Whole)
    }

    /// Whether the signature in use was in the store before this download began.
    pub(super) fn trusts_stored_signature(&self) -> bool {
        self.pledge.was_stored()
    }

    /// Whether nothing will vouch for the bytes, however often they are asked for.
    pub(super) fn is_hopeless(&self) -> bool {
        self.pledge.is_refused()
    }

    /// Starts a staging file for an answer that brings the file from its first byte.
    async fn begin(&mut self, head: &ResponseHead) -> Result<(), Failure> {
        self.discard();
        if head.encoded {
            return Err(UpstreamError::Protocol.into());
        }
        self.check_size(head.length.unwrap_or(0))?;
        make_room(self.host, self.order, head.length.unwrap_or(0)).await?;
        self.staging = Some(Staging {
            file: self.host.store().stage().await?,
            hashes: Hashes::new(self.host, &self.order.asset),
            committed: 0,
            reported: 0,
            rested: 0,
            reported_at: Instant(0),
            total: head.length,
            validator: fetch::validator(head, self.order.asset.may_change()),
            modified: head
                .last_modified
                .as_deref()
                .and_then(|text| date::parse(text.as_bytes())),
            validators: Validators {
                etag: head.etag.clone(),
                last_modified: head.last_modified.clone(),
                digest: None,
            },
        });
        self.open_flight();
        Ok(())
    }

    /// Lets followers read, once there is both a staging file and a voucher.
    fn open_flight(&mut self) {
        let (Some(staging), Some(_)) = (&mut self.staging, &self.voucher) else {
            return;
        };
        let reader = self.host.store().staged(&staging.file);
        let (flight, total, committed) = (self.order.flight, staging.total, staging.committed);
        staging.reported = committed;
        act(self.host, |site| {
            site.set_staged(flight, reader);
            site.app.handle_opened(flight, total);
            site.app.handle_progress(flight, committed);
        });
    }

    /// A 206 must go on where we stopped, in a file of the same length and entity tag: If-Range may
    /// have been ignored (RFC 9110 section 15.3.7.3).
    fn check_continues(&mut self, head: &ResponseHead) -> Result<(), Failure> {
        let staging = self.staging.as_ref().ok_or(Failure::Changed)?;
        let fits = head.content_range.as_ref().is_some_and(|range| {
            range.start == staging.committed
                && (range.total.is_none() || range.total == staging.total)
        });
        let (first, now) = (&staging.validators.etag, &head.etag);
        let is_another = first.is_some() && now.is_some() && first != now;
        if fits && !is_another && !head.encoded {
            return Ok(());
        }
        self.discard();
        Err(UpstreamError::Length.into())
    }

    /// Takes the body up to its end; the voucher may come meanwhile, and must before the end.
    async fn take_body(&mut self, response: &mut Response<H>) -> Result<(), Failure> {
        let host = self.host;
        loop {
            let next = response.next(host);
            // The voucher first: a fast upstream always has more.
            let step = match self.voucher {
                Some(_) => First::Right(next.await),
                None => race(self.pledge.redeem(), next).await,
            };
            match step {
                First::Left(voucher) => self.vouch(voucher)?,
                First::Right(bytes) => match bytes? {
                    Some(bytes) => {
                        self.take(bytes).await?;
                        self.rest().await;
                    }
                    None => break,
                },
            }
        }
        self.check_end()
    }

    /// A fast upstream always has more; others on this worker come in between.
    async fn rest(&mut self) {
        let Some(staging) = &mut self.staging else {
            return;
        };
        if staging.committed - staging.rested >= self.host.config().limits.turn_bytes {
            staging.rested = staging.committed;
            self.host.pause().await;
        }
    }

    fn vouch(&mut self, voucher: Result<Voucher, Failure>) -> Result<(), Failure> {
        self.voucher = Some(voucher?);
        self.open_flight();
        Ok(())
    }

    async fn take(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        let staging = self.staging.as_mut().ok_or(Failure::Changed)?;
        self.host.store().append(&mut staging.file, bytes).await?;
        staging.hashes.take(self.host, bytes).await;
        staging.committed += u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        let committed = staging.committed;
        if staging.total.is_some_and(|total| committed > total) {
            return Err(UpstreamError::Length.into());
        }
        self.check_size(committed)?;
        self.report();
        Ok(())
    }

    /// The body has ended; it must be as long as was announced.
    fn check_end(&self) -> Result<(), Failure> {
        let staging = self.staging.as_ref().ok_or(Failure::Changed)?;
        match staging.total {
            Some(total) if total != staging.committed => Err(UpstreamError::Length.into()),
            _ => Ok(()),
        }
    }

    /// Tells followers of new bytes: the first at once, then not for every few of them.
    fn report(&mut self) {
        let limits = &self.host.config().limits;
        let now = self.host.now().instant;
        let flight = self.order.flight;
        let (Some(staging), Some(_)) = (&mut self.staging, &self.voucher) else {
            return;
        };
        let fresh = staging.committed - staging.reported;
        if fresh < limits.progress_bytes && now.since(staging.reported_at) < limits.progress_wait {
            return;
        }
        (staging.reported, staging.reported_at) = (staging.committed, now);
        let committed = staging.committed;
        act(self.host, |site| {
            site.app.handle_progress(flight, committed);
        });
    }

    fn check_size(&self, bytes: u64) -> Result<(), Failure> {
        let limits = &self.host.config().limits;
        let most = match self.order.asset.vouching() {
            Vouching::Itself => limits.signature_bytes,
            Vouching::Signature(_) | Vouching::Nothing | Vouching::Manifest(..) => {
                limits.file_bytes
            }
        };
        if bytes > most {
            Err(UpstreamError::TooLarge.into())
        } else {
            Ok(())
        }
    }

    /// Throws away what is here; followers that had begun to read it are cut.
    pub(super) fn discard(&mut self) {
        self.staging = None;
        let flight = self.order.flight;
        act(self.host, |site| {
            site.drop_staged(flight);
            site.app.handle_restarted(flight);
        });
    }

    /// The verdict, then the file's name in the store, then the records of its package and proof.
    pub(super) async fn publish(&mut self) -> Result<StoreKey, Failure> {
        let staging = self.staging.take().ok_or(Failure::Changed)?;
        let voucher = self.voucher.as_ref().ok_or(Failure::Unsigned)?;
        let file = self.host.store().staged(&staging.file);
        let read = (&file, staging.committed);
        let judged = judge(self.host, self.order, voucher, staging.hashes, read).await?;
        let key = self.order.places.first().ok_or(Failure::NoTemplate)?;
        let validators = Validators {
            digest: Some(judged.digest),
            ..staging.validators
        };
        // Upstream may not know how to say that a file is still the same.
        if self.known != Some(judged.digest) {
            if staging.total.is_none() {
                make_room(self.host, self.order, staging.committed).await?;
            }
            self.place(key, staging.file, staging.modified, judged)
                .await?;
        }
        if self.order.asset.may_change() {
            note(self.host, key, &validators).await;
        }
        Ok(key.clone())
    }

    /// Gives the file its name in the store, and records what it is.
    async fn place(
        &self,
        key: &StoreKey,
        staging: <H::Store as Store>::Staging,
        modified: Option<Timestamp>,
        Judged { digest, package }: Judged,
    ) -> Result<(), Failure> {
        let host = self.host;
        let (placing, modified) = if self.order.asset.may_change() {
            // A proof is bound to the time of change, which must tell one copy from the next.
            (Placing::Replace, None)
        } else {
            let now = host.now().unix;
            (Placing::New, modified.filter(|at| *at <= now))
        };
        // What is known of an earlier file of that name says nothing of this one.
        host.with_site(|site| site.forget_proof(key));
        match host.store().publish(staging, key, placing, modified).await {
            Ok(stat) => {
                // The proof last: without it a crash leaves a file that is looked at again.
                package::record(host, key, digest, package).await;
                remember(host, key, &Proof { stat, digest }).await;
                Ok(())
            }
            // Another process was first; whoever reads the file checks its proof. A directory is no
            // file, and does not go away.
            Err(StoreError::Exists) => {
                let there = host.store().open(key).await;
                there.map(drop).map_err(|_| StoreError::Clash.into())
            }
            Err(error) => Err(error.into()),
        }
    }
}

impl<H: Host> Staging<H> {
    fn resume(&self) -> Option<Resume<'_>> {
        let validator = self.validator.as_deref()?;
        (self.committed > 0).then_some(Resume {
            offset: self.committed,
            validator,
        })
    }
}
