//! Files in the store, with the proof that they were verified.

use alloc::vec::Vec;

use super::host::{Host, Store};
use crate::app::shelf::Content;
use crate::store::proof::{Proof, Stat};
use crate::store::validators::Validators;
use crate::store::{StoreError, StoreKey};
use crate::time::Timestamp;
use crate::zig::digest::Sha256Digest;

/// Longest record or signature read whole.
const SMALL: usize = 4 << 10;

/// A file that is in the store.
pub(super) struct Found<F> {
    /// Where.
    pub key: StoreKey,
    /// Open.
    pub file: F,
    /// As it is.
    pub stat: Stat,
    /// That it was verified as it is.
    pub proof: Option<Proof>,
}

/// The first of these files that is there.
pub(super) async fn find<H: Host>(
    host: &H,
    places: &[StoreKey],
) -> Result<Option<Found<H::File>>, StoreError> {
    for key in places {
        match host.store().open(key).await {
            Ok((file, stat)) => {
                let proof = proof(host, key, &stat).await;
                return Ok(Some(Found {
                    key: key.clone(),
                    file,
                    stat,
                    proof,
                }));
            }
            Err(StoreError::NotFound) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(None)
}

/// The proof of a file as it is now, from memory or from the disk.
async fn proof<H: Host>(host: &H, key: &StoreKey, stat: &Stat) -> Option<Proof> {
    let kept = host.with_site(|site| site.proof(key).cloned());
    if let Some(proof) = kept.filter(|proof| proof.covers(stat)) {
        return Some(proof);
    }
    let (file, _) = host.store().open(&key.proof()).await.ok()?;
    Proof::parse(&read_small(host.store(), &file).await.ok()?).filter(|proof| proof.covers(stat))
}

/// Remembers that a file was verified: on the disk, or in memory where that cannot be written.
pub(super) async fn remember<H: Host>(host: &H, key: &StoreKey, proof: &Proof) {
    let recorded = host
        .store()
        .record(&key.proof(), proof.to_text().as_bytes())
        .await;
    host.with_site(|site| match recorded {
        // An older proof in memory could be of another file of the same length and time.
        Ok(()) => site.forget_proof(key),
        Err(_) => site.keep_proof(key.clone(), proof.clone()),
    });
}

/// What lies beside a copy that may change upstream.
#[derive(Default)]
pub(super) struct Beside {
    /// What lets upstream say "the same".
    pub validators: Validators,
    /// When upstream last confirmed the copy.
    pub confirmed: Option<Timestamp>,
}

/// The record of validators at `key`, if it is about the copy with this digest.
pub(super) async fn beside<H: Host>(
    host: &H,
    key: &StoreKey,
    copy: Sha256Digest,
) -> Option<Beside> {
    let (file, stat) = host.store().open(key).await.ok()?;
    let validators = Validators::parse(&read_small(host.store(), &file).await.ok()?)?;
    (validators.digest == Some(copy)).then_some(Beside {
        validators,
        confirmed: Some(stat.modified),
    })
}

/// All bytes of a small file; a longer one is cut off after 4 KiB.
pub(super) async fn read_small<S: Store>(store: &S, file: &S::File) -> Result<Vec<u8>, StoreError> {
    read_up_to(store, file, SMALL).await
}

/// The first `most` bytes of a file.
pub(super) async fn read_up_to<S: Store>(
    store: &S,
    file: &S::File,
    most: usize,
) -> Result<Vec<u8>, StoreError> {
    let mut bytes = Vec::new();
    loop {
        let len = bytes.len();
        let room = SMALL.min(most.saturating_sub(len));
        bytes.resize(len + room, 0);
        let rest = bytes.get_mut(len..).unwrap_or_default();
        let offset = u64::try_from(len).unwrap_or(u64::MAX);
        let n = if rest.is_empty() {
            0
        } else {
            store.read_at(file, offset, rest).await?
        };
        bytes.truncate(len + n);
        if n == 0 {
            return Ok(bytes);
        }
    }
}

/// Fills `into` from an offset on, and says how much of it: less only if the file ends. A read may
/// bring less than there is.
pub(super) async fn fill_at<S: Store>(
    store: &S,
    file: &S::File,
    offset: u64,
    into: &mut [u8],
) -> Result<usize, StoreError> {
    let mut filled = 0;
    while let Some(rest) = into.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        let at = offset.saturating_add(u64::try_from(filled).unwrap_or(u64::MAX));
        match store.read_at(file, at, rest).await? {
            0 => break,
            n => filled += n,
        }
    }
    Ok(filled)
}

/// A small file's bytes, or the open file.
pub(super) async fn content<H: Host>(host: &H, file: &H::File, len: u64) -> Content<H::File> {
    let open = || Content::File(file.clone());
    if len > host.config().limits.shelf_file_bytes {
        return open();
    }
    let Ok(len) = usize::try_from(len) else {
        return open();
    };
    let mut bytes = alloc::vec![0; len];
    match fill_at(host.store(), file, 0, &mut bytes).await {
        Ok(filled) if filled == len => Content::Bytes(bytes.into()),
        Ok(_) | Err(_) => open(),
    }
}
