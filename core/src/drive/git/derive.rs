//! What is derived from a release so that Git's clients can be served: its pack in packets, the
//! indexes, and the note that says they are there.
//!
//! ```text
//! request ─ ensured ─┬─ the note is there ───────────────────────────► note
//!                    └─ join ─► job ─ run ─► derive ─► note, or why not
//! ingest ───────────────────────────────────► derive
//!
//! derive: tarball ─► survey ─┐
//!         tarball, again ────┴─► .sideband, .idx, .plain-idx ─► .note
//! ```
//!
//! The note is taken away first and written last, so it never speaks of files that are not there, and
//! what fails or is dropped in between leaves no note; files without one are replaced the next time.
//! It refuses a tarball that is not the one of its manifest.

mod job;
mod make;

use crate::app::derivation::DeriveTrouble;
use crate::config::LogLevel;
use crate::drive::find::read_up_to;
use crate::drive::host::{Host, Store};
use crate::registry::face::note::{self, FaceNote};
use crate::registry::name::PackageName;
use crate::registry::tag::TagName;
use crate::store::git::GitPart;
use crate::store::{StoreError, StoreKey};
use crate::zig::digest::Sha256Digest;

pub(in crate::drive) use job::{Report, run};

/// What is known of a release's derived files, if all of them are there. It is of the tarball that it
/// names; who has the manifest at hand can compare.
pub(in crate::drive) async fn note<H: Host>(
    host: &H,
    package: &PackageName,
    tag: &TagName,
) -> Option<FaceNote> {
    let key = |part| StoreKey::git_part(package, tag, part);
    let (file, _) = host.store().open(&key(GitPart::Note)).await.ok()?;
    let text = read_up_to(host.store(), &file, note::MAX_BYTES + 1).await;
    let note = FaceNote::parse(&text.ok()?).ok()?;
    for part in [GitPart::Sideband, GitPart::Index, GitPart::PlainIndex] {
        let (_, stat) = host.store().open(&key(part)).await.ok()?;
        if !note.fits(part, stat.len) {
            return None;
        }
    }
    Some(note)
}

/// The same, derived first if it is missing; while another request has that done, this one waits for
/// the same end. It may be dropped: the derivation goes on.
pub(in crate::drive) async fn ensured<H: Host>(
    host: &H,
    package: &PackageName,
    tag: &TagName,
) -> Result<FaceNote, DeriveTrouble> {
    if let Some(note) = note(host, package, tag).await {
        return Ok(note);
    }
    if host.is_for_one_request() {
        // Nobody would carry the job out.
        return derive(host, package, tag).await;
    }
    job::wait(host, package, tag).await
}

/// Derives a release's files, whether they are there or not.
pub(in crate::drive) async fn derive<H: Host>(
    host: &H,
    package: &PackageName,
    tag: &TagName,
) -> Result<FaceNote, DeriveTrouble> {
    let started = host.now().instant;
    let derived = make::make(host, package, tag).await;
    let millis = host.now().instant.since(started).as_millis();
    if let Ok(FaceNote {
        objects, length, ..
    }) = &derived
    {
        host.log(
            LogLevel::Debug,
            format_args!(
                "derived the Git pack of {package} {tag}: {objects} objects, {length} bytes ({millis} ms)"
            ),
        );
    }
    derived
}

/// Deletes what was derived from a release, the note first; what is not there is no error.
pub(in crate::drive) async fn discard<H: Host>(
    host: &H,
    package: &PackageName,
    tag: &TagName,
) -> Result<(), StoreError> {
    for part in GitPart::ALL.into_iter().rev() {
        discard_part(host, package, tag, part).await?;
    }
    Ok(())
}

/// From now on the release counts as one of which nothing is derived.
async fn discard_note<H: Host>(
    host: &H,
    package: &PackageName,
    tag: &TagName,
) -> Result<(), StoreError> {
    discard_part(host, package, tag, GitPart::Note).await
}

async fn discard_part<H: Host>(
    host: &H,
    package: &PackageName,
    tag: &TagName,
    part: GitPart,
) -> Result<(), StoreError> {
    match host
        .store()
        .discard(&StoreKey::git_part(package, tag, part))
        .await
    {
        Ok(()) | Err(StoreError::NotFound) => Ok(()),
        Err(error) => Err(error),
    }
}

/// Whether what is derived of a release is of this tarball.
pub(in crate::drive) async fn is_of<H: Host>(
    host: &H,
    package: &PackageName,
    tag: &TagName,
    tarball: Sha256Digest,
) -> bool {
    let note = note(host, package, tag).await;
    note.is_some_and(|note| note.tarball == tarball)
}
