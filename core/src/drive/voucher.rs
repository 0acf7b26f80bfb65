//! What vouches for a file's bytes, and the verdict once they are here.
//!
//! A signature is a file of its own with a fill of its own, asked for at the same time as the file
//! it signs. Until it is here the file's bytes are only hashed and kept from followers; an upstream
//! that serves one connection at a time is not waited for in a circle.

use alloc::string::String;
use alloc::sync::Arc;
use core::future::poll_fn;

use super::find::{find, read_small};
use super::host::{Host, Store};
use super::package::{Hasher, NotHashed, Verdict};
use super::release::manifest;
use super::site::act;
use crate::app::asset::{Asset, Vouching};
use crate::app::failure::Failure;
use crate::app::flight::{Appetite, Follow, FollowerId};
use crate::app::{Cause, FillOrder};
use crate::config::LogLevel;
use crate::store::StoreError;
use crate::zig::digest::{Hashing, Sha256Digest};
use crate::zig::index::FileFacts;
use crate::zig::minisig::{Keys, Prehash, Signature, Verifier};

/// Read size when a stored file is verified.
const CHUNK: usize = 128 << 10;
/// The same of a tarball: inflated it may be a thousand times as much, and others are to get their
/// turn in between.
pub(super) const PACKED: usize = 16 << 10;

/// What vouches for a file's bytes.
pub(super) enum Voucher {
    /// Nothing: verification is switched off, or nobody signs such files.
    Nothing,
    /// The file is a signature, which vouches for itself with its global signature.
    Itself(Arc<Keys>),
    /// A signature over the bytes.
    Signature(Signature, Arc<Keys>),
    /// What is known of it beforehand: from the index, where upstream has no signature or none is
    /// asked for, or from a release's manifest.
    Known(FileFacts),
}

/// The hashes of a file's bytes, made as they pass.
pub(super) struct Hashes {
    sha256: Hashing,
    prehash: Option<Prehash>,
    package: Option<Result<Hasher, NotHashed>>,
}

/// What a file's bytes have turned out to be.
pub(super) struct Judged {
    /// Their digest.
    pub digest: Sha256Digest,
    /// What is to be recorded of the package in them.
    pub package: Verdict,
}

impl Hashes {
    /// No bytes yet.
    pub(super) fn new<H: Host>(host: &H, asset: &Asset) -> Self {
        let signed = host.config().minisign_keys.is_some() && asset.signature().is_some();
        Self {
            sha256: Hashing::new(),
            prehash: signed.then(Prehash::default),
            package: Hasher::of(host, asset),
        }
    }

    /// Takes the next bytes; where they are inflated, others on this worker come in between.
    pub(super) async fn take<H: Host>(&mut self, host: &H, bytes: &[u8]) {
        for piece in bytes.chunks(self.piece()) {
            self.update(piece);
            if piece.len() < bytes.len() {
                host.pause().await;
            }
        }
    }

    /// How many bytes are to be taken at once.
    fn piece(&self) -> usize {
        match self.package {
            Some(Ok(_)) => PACKED,
            Some(Err(_)) | None => usize::MAX,
        }
    }

    /// Reads a file through.
    pub(super) async fn read<H: Host>(
        &mut self,
        host: &H,
        file: &H::File,
    ) -> Result<u64, StoreError> {
        let at_once = self.piece().min(CHUNK);
        each_chunk(host, file, at_once, |bytes| self.update(bytes)).await
    }

    fn update(&mut self, bytes: &[u8]) {
        self.sha256.update(bytes);
        if let Some(prehash) = &mut self.prehash {
            prehash.update(bytes);
        }
        if let Some(Ok(package)) = &mut self.package {
            package.update(bytes);
        }
    }
}

/// A voucher that has been asked for.
pub(super) struct Pledge<'a, H: Host> {
    host: &'a H,
    asset: &'a Asset,
    facts: Option<&'a FileFacts>,
    state: State<H>,
    was_stored: bool,
}

enum State<H: Host> {
    /// The signature's fill is under way.
    Coming(Following<H>),
    /// The signature is in the store, or is not needed.
    There,
    /// The signature cannot be had.
    Refused(Failure),
}

impl<'a, H: Host> Pledge<'a, H> {
    /// Asks for what vouches for `asset`, without waiting for it.
    pub(super) async fn ask(host: &'a H, order: &'a FillOrder) -> Result<Self, Failure> {
        let asset = &order.asset;
        let cause = if order.is_prefetch {
            Cause::Prefetch
        } else {
            Cause::Job
        };
        let (state, was_stored) = match asset.signature() {
            Some(signature) if host.config().minisign_keys.is_some() => {
                ask_for(host, &signature, cause).await?
            }
            _ => (State::There, true),
        };
        Ok(Self {
            host,
            asset,
            facts: order.facts.as_ref(),
            state,
            was_stored,
        })
    }

    /// Whether the signature, if one is needed, was in the store when it was asked for.
    pub(super) fn was_stored(&self) -> bool {
        self.was_stored
    }

    /// Whether it is known that nothing will vouch for the file: the signature's own fill has tried
    /// all there is to try, and no index knows the file.
    pub(super) fn is_refused(&self) -> bool {
        match self.state {
            State::Refused(Failure::NotFound) => self.facts.is_none(),
            State::Refused(_) => true,
            State::Coming(_) | State::There => false,
        }
    }

    /// Waits for it. Where upstream has no signature the index decides; with neither the file is
    /// unsigned.
    pub(super) async fn redeem(&mut self) -> Result<Voucher, Failure> {
        let failure = match &self.state {
            State::Coming(following) => match following.next(0).await {
                Follow::Failed(failure) => Some(failure),
                Follow::Published | Follow::Bytes { .. } | Follow::Pending => None,
            },
            State::There => None,
            State::Refused(failure) => Some(*failure),
        };
        self.state = failure.map_or(State::There, State::Refused);
        match failure {
            Some(Failure::NotFound) => self
                .facts
                .cloned()
                .map(Voucher::Known)
                .ok_or(Failure::Unsigned),
            Some(failure) => Err(failure),
            None => self.read().await,
        }
    }

    async fn read(&self) -> Result<Voucher, Failure> {
        let host = self.host;
        let keys = host.config().minisign_keys.clone().map(Arc::new);
        let (signature, keys) = match (self.asset.vouching(), keys) {
            (Vouching::Manifest(package, tag), _) => {
                let stored = manifest(host, &package, &tag).await?;
                let stored = stored.ok_or(Failure::Unpublished)?;
                return Ok(Voucher::Known(FileFacts {
                    digest: stored.manifest.tarball.sha256,
                    size: stored.manifest.tarball.size,
                    url: String::new(),
                }));
            }
            (Vouching::Signature(signature), Some(keys)) => (signature, keys),
            (Vouching::Itself, Some(keys)) => return Ok(Voucher::Itself(keys)),
            (Vouching::Nothing, _) | (_, None) => {
                return Ok(self.facts.cloned().map_or(Voucher::Nothing, Voucher::Known));
            }
        };
        let places = host.with_site(|site| site.app.places(&signature));
        let found = find(host, &places)
            .await?
            .ok_or(Failure::Store(StoreError::NotFound))?;
        let signature = Signature::parse(&read_small(host.store(), &found.file).await?)?;
        signature.verify_comment(&keys, &self.asset.signed_name())?;
        Ok(Voucher::Signature(signature, keys))
    }
}

/// The signature's state, and whether it is in the store already, proven or not.
async fn ask_for<H: Host>(
    host: &H,
    signature: &Asset,
    cause: Cause,
) -> Result<(State<H>, bool), Failure> {
    let places = host.with_site(|site| site.app.places(signature));
    let found = find(host, &places).await?;
    let was_stored = found.is_some();
    if found.is_some_and(|found| found.proof.is_some()) {
        return Ok((State::There, was_stored));
    }
    let now = host.now();
    let joined = act(host, |site| {
        site.app.join(signature, Appetite::Outcome, cause, now)
    });
    let state = match joined {
        Ok(id) => State::Coming(Following {
            host: host.clone(),
            id,
        }),
        Err(refused) => State::Refused(refused.into()),
    };
    Ok((state, was_stored))
}

/// The verdict once all `len` bytes of `file` have passed.
pub(super) async fn judge<H: Host>(
    host: &H,
    order: &FillOrder,
    voucher: &Voucher,
    hashes: Hashes,
    (file, len): (&H::File, u64),
) -> Result<Judged, Failure> {
    let digest = hashes.sha256.finish();
    match voucher {
        Voucher::Nothing => {}
        Voucher::Itself(keys) => {
            let signature = Signature::parse(&read_small(host.store(), file).await?)?;
            signature.verify_comment(keys, &order.asset.signed_name())?;
        }
        Voucher::Signature(signature, keys) => {
            let prehash = hashes.prehash.unwrap_or_default();
            match Verifier::after(prehash, signature, keys)? {
                Some(verifier) => verifier.finish()?,
                None => read_through(host, file, Verifier::new(signature, keys)?).await?,
            }
            compare(host, order, digest, len);
        }
        Voucher::Known(facts) if (facts.digest, facts.size) == (digest, len) => {}
        Voucher::Known(_) => return Err(Failure::Digest),
    }
    let package = match hashes.package {
        Some(Ok(hasher)) => Some(hasher.finish(host, file).await?),
        Some(Err(reason)) => Some(Err(reason)),
        None => None,
    };
    Ok(Judged { digest, package })
}

/// A signature outweighs the index, which nobody signs; but an operator should know.
fn compare<H: Host>(host: &H, order: &FillOrder, digest: Sha256Digest, len: u64) {
    let Some(facts) = &order.facts else { return };
    if (facts.digest, facts.size) != (digest, len) {
        act(host, |site| site.app.handle_contradicted());
        host.log(
            LogLevel::Warn,
            format_args!(
                "{}: rightly signed, but the index lists another digest or size",
                order.asset
            ),
        );
    }
}

/// The second pass that a legacy signature needs.
async fn read_through<H: Host>(
    host: &H,
    file: &H::File,
    mut verifier: Verifier,
) -> Result<(), Failure> {
    each_chunk(host, file, CHUNK, |bytes| verifier.update(bytes)).await?;
    Ok(verifier.finish()?)
}

/// Reads a file from its first byte to its last, so many bytes at once; its length.
pub(super) async fn each_chunk<H: Host>(
    host: &H,
    file: &H::File,
    at_once: usize,
    mut take: impl FnMut(&[u8]),
) -> Result<u64, StoreError> {
    let mut buffer = alloc::vec![0; at_once];
    let mut offset = 0;
    loop {
        let n = host.store().read_at(file, offset, &mut buffer).await?;
        if n == 0 {
            return Ok(offset);
        }
        take(buffer.get(..n).unwrap_or_default());
        offset += u64::try_from(n).unwrap_or(u64::MAX);
        host.pause().await;
    }
}

/// A place among a flight's followers, given back when dropped.
pub(super) struct Following<H: Host> {
    /// The worker.
    pub host: H,
    /// The follower.
    pub id: FollowerId,
}

impl<H: Host> Following<H> {
    /// Waits until the follower, having sent `sent` bytes, may do something.
    pub(super) async fn next(&self, sent: u64) -> Follow {
        poll_fn(|cx| {
            self.host
                .with_site(|site| site.poll_follow(self.id, sent, cx.waker()))
        })
        .await
    }
}

impl<H: Host> Drop for Following<H> {
    fn drop(&mut self) {
        act(&self.host, |site| site.leave(self.id));
    }
}
