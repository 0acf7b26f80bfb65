//! Makes the files of one release.

use alloc::vec;
use alloc::vec::Vec;

use crate::app::derivation::DeriveTrouble;
use crate::drive::host::{Host, Store};
use crate::drive::release;
use crate::drive::voucher::{PACKED, each_chunk};
use crate::registry::face::note::FaceNote;
use crate::registry::manifest::ReleaseManifest;
use crate::registry::name::PackageName;
use crate::registry::objects::ObjectsError;
use crate::registry::proof::Outline;
use crate::registry::release_pack::{Derived, ReleasePack};
use crate::registry::survey::Survey;
use crate::registry::tag::TagName;
use crate::store::git::GitPart;
use crate::store::{Placing, StoreError, StoreKey};

/// So many bytes of a pack are written at once.
const WRITE: usize = 256 << 10;

/// A file that is being written.
struct Writing<'a, H: Host> {
    host: &'a H,
    staging: <H::Store as Store>::Staging,
    /// Bytes that are not in it yet.
    pending: Vec<u8>,
}

/// Reads the release's tarball twice and publishes what comes of it, the note last.
pub(super) async fn make<H: Host>(
    host: &H,
    package: &PackageName,
    tag: &TagName,
) -> Result<FaceNote, DeriveTrouble> {
    let stored = release::manifest(host, package, tag).await?;
    let manifest = stored.ok_or(DeriveTrouble::Unpublished)?.manifest;
    let opened = host.store().open(&StoreKey::tarball(package, tag)).await;
    let (tarball, _) = opened.map_err(|error| {
        if error == StoreError::NotFound {
            return DeriveTrouble::NoTarball;
        }
        error.into()
    })?;
    // Where nothing can be written, nothing needs to be read.
    let writing = Writing::new(host).await?;
    let outline = survey(host, &tarball, &manifest).await?;
    let (writing, derived) = pack(&tarball, &manifest, outline, writing).await?;
    // The others are replaced, so that whoever reads them, here or in another process, always finds
    // them: the same release makes the same bytes.
    super::discard_note(host, package, tag).await?;
    let published = publish(host, (package, tag), writing, &derived).await;
    if published.is_err() {
        // A pack without note is of no use, and may be large.
        let _ = super::discard(host, package, tag).await;
    }
    published?;
    Ok(derived.note)
}

async fn publish<H: Host>(
    host: &H,
    (package, tag): (&PackageName, &TagName),
    writing: Writing<'_, H>,
    derived: &Derived,
) -> Result<(), StoreError> {
    let key = |part| StoreKey::git_part(package, tag, part);
    writing.publish(&key(GitPart::Sideband)).await?;
    for (part, bytes) in [
        (GitPart::Index, &derived.index),
        (GitPart::PlainIndex, &derived.plain_index),
    ] {
        let mut writing = Writing::new(host).await?;
        host.store().append(&mut writing.staging, bytes).await?;
        writing.publish(&key(part)).await?;
    }
    let (key, text) = (key(GitPart::Note), derived.note.to_text());
    host.store().record(&key, text.as_bytes()).await
}

async fn survey<H: Host>(
    host: &H,
    tarball: &H::File,
    manifest: &ReleaseManifest,
) -> Result<Outline, DeriveTrouble> {
    let mut survey = Survey::new(manifest)?;
    let mut read: Result<(), ObjectsError> = Ok(());
    each_chunk(host, tarball, PACKED, |bytes| {
        if read.is_ok() {
            read = survey.handle_bytes(bytes);
        }
    })
    .await?;
    read?;
    Ok(survey.finish()?)
}

async fn pack<'a, H: Host>(
    tarball: &H::File,
    manifest: &ReleaseManifest,
    outline: Outline,
    mut writing: Writing<'a, H>,
) -> Result<(Writing<'a, H>, Derived), DeriveTrouble> {
    let host = writing.host;
    let mut pack = ReleasePack::new(manifest, outline, &mut writing.pending)?;
    let (mut offset, mut buffer) = (0, vec![0; PACKED]);
    loop {
        let n = host.store().read_at(tarball, offset, &mut buffer).await?;
        if n == 0 {
            break;
        }
        let read = buffer.get(..n).unwrap_or_default();
        pack.handle_bytes(read, &mut writing.pending)?;
        writing.write_if_many().await?;
        offset += u64::try_from(n).unwrap_or(u64::MAX);
        host.pause().await;
    }
    let derived = pack.finish(&mut writing.pending)?;
    Ok((writing, derived))
}

impl<'a, H: Host> Writing<'a, H> {
    async fn new(host: &'a H) -> Result<Self, StoreError> {
        Ok(Self {
            host,
            staging: host.store().stage().await?,
            pending: Vec::new(),
        })
    }

    async fn write_if_many(&mut self) -> Result<(), StoreError> {
        if self.pending.len() < WRITE {
            return Ok(());
        }
        self.write().await
    }

    async fn write(&mut self) -> Result<(), StoreError> {
        let store = self.host.store();
        store.append(&mut self.staging, &self.pending).await?;
        self.pending.clear();
        Ok(())
    }

    async fn publish(mut self, key: &StoreKey) -> Result<(), StoreError> {
        self.write().await?;
        let store = self.host.store();
        let published = store.publish(self.staging, key, Placing::Replace, None);
        published.await.map(drop)
    }
}
