//! One tag: from its objects to a published release.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use super::objects::Objects;
use super::trouble::Trouble;
use super::walk::{Walked, walk};
use crate::config::LogLevel;
use crate::drive::find::remember;
use crate::drive::git::derive;
use crate::drive::host::{Host, Store};
use crate::drive::package;
use crate::git::id::{ObjectId, ObjectKind};
use crate::git::object::{Commit, Tag};
use crate::git::pack::READ_BYTES;
use crate::registry::manifest::{
    ContentFacts, GitFacts, Gitlink, OddMode, Origin, ReleaseManifest, TarballFacts, ZigFacts,
};
use crate::registry::name::PackageName;
use crate::registry::plan::Missing;
use crate::registry::prefix::Prefix;
use crate::registry::tag::TagName;
use crate::store::proof::{Proof, Stat};
use crate::store::{Placing, StoreError, StoreKey};
use crate::zig::digest::{Hashing, Sha256Digest};

/// Largest commit or tag object taken, in bytes; the manifest keeps it.
const OBJECT_BYTES: u64 = 1 << 20;
/// Most tag objects from a tag to its commit.
const TAG_OBJECTS: usize = 8;
/// What writes the manifests.
const GENERATOR: &str = concat!("zigdepot/", env!("CARGO_PKG_VERSION"));

/// Where a tag is to be published, and what its manifest says of where it comes from.
pub(super) struct Place<'a> {
    /// The package.
    pub package: &'a PackageName,
    /// The tag.
    pub tag: &'a TagName,
    /// The upstream's URL; none if that is this machine.
    pub upstream: Option<&'a str>,
}

/// A tag followed to its commit.
struct Release {
    commit: ObjectId,
    commit_object: Vec<u8>,
    tag_objects: Vec<Vec<u8>>,
    tree: ObjectId,
}

/// A tarball in staging.
pub(super) struct Built<H: Host> {
    staging: <H::Store as Store>::Staging,
    release: Release,
    walked: Walked,
}

/// Makes the tarball of a tag, in staging.
pub(super) async fn build<H: Host>(
    host: &H,
    objects: &mut Objects<'_, H>,
    package: &PackageName,
    missing: &Missing,
) -> Result<Built<H>, Trouble> {
    objects.restart();
    let release = follow(objects, missing.id).await?;
    let mut staging = host.store().stage().await?;
    let prefix = Prefix::of(package.as_str(), missing.tag.as_str());
    let walked = walk(host, objects, release.tree, &prefix, &mut staging).await?;
    Ok(Built {
        staging,
        release,
        walked,
    })
}

/// From what the reference names to a commit, by way of tag objects.
async fn follow<H: Host>(objects: &mut Objects<'_, H>, id: ObjectId) -> Result<Release, Trouble> {
    let (mut id, mut tag_objects) = (id, Vec::new());
    loop {
        let kind = match objects.find(id).await? {
            None => return Err(objects.missing(id)),
            Some((kind, _)) => kind,
        };
        match kind {
            ObjectKind::Tag if tag_objects.len() < TAG_OBJECTS => {
                let bytes = objects.read(id, kind, OBJECT_BYTES).await?;
                id = Tag::parse(&bytes)?.object;
                tag_objects.push(bytes);
            }
            ObjectKind::Commit => {
                let commit_object = objects.read(id, kind, OBJECT_BYTES).await?;
                let tree = Commit::parse(&commit_object)?.tree;
                return Ok(Release {
                    commit: id,
                    commit_object,
                    tag_objects,
                    tree,
                });
            }
            ObjectKind::Tag => {
                let what = format_args!("more than {TAG_OBJECTS} tags lead to one another");
                return Err(Trouble::refused(what));
            }
            ObjectKind::Tree | ObjectKind::Blob => {
                let what = format_args!("the tag leads to a {kind}, and not to a commit");
                return Err(Trouble::refused(what));
            }
        }
    }
}

/// A tarball in staging that can be published, with its manifest.
pub(super) struct Ready<H: Host> {
    built: Built<H>,
    manifest: ReleaseManifest,
    text: String,
}

/// Writes the manifest of a tarball; not every one has one.
pub(super) async fn describe<H: Host>(
    host: &H,
    built: Built<H>,
    place: &Place<'_>,
) -> Result<Ready<H>, Trouble> {
    let manifest = manifest(host, &built, place);
    let text = manifest
        .to_text()
        .map_err(|error| Trouble::refused(format_args!("its manifest: {error}")))?;
    if let Ok(Some(stored)) = crate::drive::release::manifest(host, place.package, place.tag).await
        && stored.manifest.tarball.sha256 != manifest.tarball.sha256
    {
        let what = format_args!(
            "it is published with other bytes, which are lost and cannot be made again"
        );
        return Err(Trouble::refused(what));
    }
    Ok(Ready {
        built,
        manifest,
        text,
    })
}

/// Gives a tarball its name, records what it is, and publishes it with its manifest.
pub(super) async fn publish<H: Host>(host: &H, ready: Ready<H>) -> Result<(), Trouble> {
    let Ready {
        built,
        manifest,
        text,
    } = ready;
    let key = StoreKey::tarball(&manifest.package, &manifest.tag);
    let Built {
        staging, walked, ..
    } = built;
    let digest = walked.sums.file.sha256;
    let stat = name_tarball(host, staging, &key, digest).await?;
    package::record(host, &key, digest, Some(verdict(walked))).await;
    remember(host, &key, &Proof { stat, digest }).await;
    if !derive::is_of(host, &manifest.package, &manifest.tag, digest).await {
        // It is of an earlier release of that name, which somebody took away.
        let _ = derive::discard(host, &manifest.package, &manifest.tag).await;
    }
    let named = name_manifest(host, &manifest, &text).await;
    host.with_site(|site| site.repositories.handle_published(&manifest.package));
    named?;
    derive_pack(host, &manifest).await;
    Ok(())
}

/// Makes what Git's clients are served. Without it the release is published too, and it is made when
/// one of them asks.
async fn derive_pack<H: Host>(host: &H, manifest: &ReleaseManifest) {
    let (package, tag) = (&manifest.package, &manifest.tag);
    if derive::is_of(host, package, tag, manifest.tarball.sha256).await {
        // Whoever was faster is served with it already.
        return;
    }
    if let Err(trouble) = derive::derive(host, package, tag).await {
        host.log(
            LogLevel::Warn,
            format_args!("{package} {tag} is published, and has no Git pack yet: {trouble}"),
        );
    }
}

/// Publishes the tarball. One of that name without a manifest was left by a crash, and is taken over
/// if it has the same bytes; otherwise it goes aside, once nobody can be about to write its manifest.
async fn name_tarball<H: Host>(
    host: &H,
    staging: <H::Store as Store>::Staging,
    key: &StoreKey,
    digest: Sha256Digest,
) -> Result<Stat, Trouble> {
    let store = host.store();
    // What is known of an earlier file of that name says nothing of this one.
    host.with_site(|site| site.forget_proof(key));
    let reader = store.staged(&staging);
    match store.publish(staging, key, Placing::New, None).await {
        Ok(stat) => return Ok(stat),
        Err(StoreError::Exists) => {}
        Err(error) => return Err(error.into()),
    }
    let (file, stat) = store.open(key).await?;
    if sum(host, &file).await? == digest {
        return Ok(stat);
    }
    if is_young(host, &stat) {
        return Err(Trouble::refused(format_args!(
            "a tarball with other bytes is there, whose manifest another process may be about to write; ask again later"
        )));
    }
    let aside = key.quarantine(host.now().unix);
    host.log(
        LogLevel::Warn,
        format_args!("{key} has no manifest and other bytes than upstream's tag; moved to {aside}"),
    );
    store.relocate(key, &aside).await?;
    let mut staging = store.stage().await?;
    copy(host, &reader, &mut staging).await?;
    Ok(store.publish(staging, key, Placing::New, None).await?)
}

/// Whether the ingest that made a file may still be under way, here or in another process on the
/// same directory: none lasts longer than its limit.
fn is_young<H: Host>(host: &H, stat: &Stat) -> bool {
    let most = host.config().limits.ingest.time.as_secs();
    stat.modified.0.saturating_add(most) >= host.now().unix.0
}

async fn sum<H: Host>(host: &H, file: &H::File) -> Result<Sha256Digest, StoreError> {
    let mut hashing = Hashing::new();
    each(host, file, |bytes| hashing.update(bytes)).await?;
    Ok(hashing.finish())
}

async fn copy<H: Host>(
    host: &H,
    file: &H::File,
    staging: &mut <H::Store as Store>::Staging,
) -> Result<(), StoreError> {
    let (mut offset, mut buffer) = (0, alloc::vec![0; READ_BYTES]);
    loop {
        let n = host.store().read_at(file, offset, &mut buffer).await?;
        if n == 0 {
            return Ok(());
        }
        let read = buffer.get(..n).unwrap_or_default();
        host.store().append(staging, read).await?;
        offset += u64::try_from(n).unwrap_or(u64::MAX);
    }
}

/// The last file of a release. Another process may have been faster; then it must say the same.
async fn name_manifest<H: Host>(
    host: &H,
    manifest: &ReleaseManifest,
    text: &str,
) -> Result<(), Trouble> {
    let store = host.store();
    let key = StoreKey::manifest(&manifest.package, &manifest.tag);
    let mut staging = store.stage().await?;
    store.append(&mut staging, text.as_bytes()).await?;
    match store.publish(staging, &key, Placing::New, None).await {
        Ok(_) => Ok(()),
        Err(StoreError::Exists) => {
            let there =
                crate::drive::release::manifest(host, &manifest.package, &manifest.tag).await;
            let is_same = there
                .ok()
                .flatten()
                .is_some_and(|stored| stored.manifest.tarball.sha256 == manifest.tarball.sha256);
            if is_same {
                Ok(())
            } else {
                let what = format_args!("another process has published something else as this tag");
                Err(Trouble::refused(what))
            }
        }
        Err(error) => Err(error.into()),
    }
}

fn verdict(walked: Walked) -> Result<crate::zig::package::Package, package::NotHashed> {
    walked.package.map_err(package::NotHashed::Package)
}

fn manifest<H: Host>(host: &H, built: &Built<H>, place: &Place<'_>) -> ReleaseManifest {
    let Built {
        release, walked, ..
    } = built;
    let sums = &walked.sums;
    let file = &sums.file;
    ReleaseManifest {
        package: place.package.clone(),
        tag: place.tag.clone(),
        upstream: place.upstream.map(Into::into),
        commit: Some(release.commit),
        tree: Some(release.tree),
        tarball: TarballFacts {
            sha256: file.sha256,
            md5: Some(*file.md5.as_bytes()),
            crc32: Some(file.crc32),
            size: file.size,
        },
        content: Some(ContentFacts {
            prefix: Prefix::of(place.package.as_str(), place.tag.as_str())
                .as_str()
                .into(),
            digest: sums.content_digest,
            size: sums.content_size,
        }),
        generated_at: Some(host.now().unix),
        packbase_release: Some(GENERATOR.into()),
        generator: Some(GENERATOR.into()),
        origin: Origin::Git(Box::new(git_facts(release, walked))),
        zig: ZigFacts::of(walked.package.as_ref()),
    }
}

fn git_facts(release: &Release, walked: &Walked) -> GitFacts {
    let gitlink = |(path, id): &(Vec<u8>, ObjectId)| Gitlink {
        path: path.clone(),
        id: *id,
    };
    let mode = |(path, mode): &(Vec<u8>, Vec<u8>)| OddMode {
        path: path.clone(),
        mode: String::from_utf8_lossy(mode).into_owned(),
    };
    GitFacts {
        commit_object: release.commit_object.clone(),
        tag_objects: release.tag_objects.clone(),
        gitlinks: walked.gitlinks.iter().map(gitlink).collect(),
        empty_trees: walked.empty_trees.clone(),
        modes: walked.modes.iter().map(mode).collect(),
    }
}

/// Hands all bytes of a file to `take`, and lets others go first in between.
async fn each<H: Host>(
    host: &H,
    file: &H::File,
    mut take: impl FnMut(&[u8]),
) -> Result<(), StoreError> {
    crate::drive::voucher::each_chunk(host, file, READ_BYTES, |bytes| take(bytes))
        .await
        .map(drop)
}
