//! A manifest's fields, from JSON.

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::super::fields::{FieldError, FieldProblem, Fields};
use super::super::name::PackageName;
use super::super::tag::TagName;
use super::super::text_path;
use super::zig::ZigManifest;
use super::{
    ContentFacts, FORMAT, GitFacts, Gitlink, MAX_BYTES, ManifestError, OddMode, Origin,
    ReleaseManifest, TarballFacts, ZigFacts,
};
use crate::base64;
use crate::git::id::ObjectId;
use crate::json::{Limits, Value};
use crate::time::Timestamp;
use crate::zig::digest::Sha256Digest;
use crate::zig::package::PackageHash;

type Read<T> = Result<T, FieldError>;

/// Four MiB hold no more values than these.
const LIMITS: Limits = Limits {
    depth: 8,
    keys: 256,
    values: 1 << 20,
};

pub(super) fn manifest(bytes: &[u8]) -> Result<ReleaseManifest, ManifestError> {
    if bytes.len() > MAX_BYTES {
        return Err(ManifestError::TooLong);
    }
    let text = core::str::from_utf8(bytes).map_err(|_| ManifestError::Encoding)?;
    let value = Value::parse(text, &LIMITS)?;
    Ok(document(&Fields::top(&value)?)?)
}

fn document(fields: &Fields<'_>) -> Read<ReleaseManifest> {
    if fields
        .maybe_number("format")?
        .is_some_and(|format| format != FORMAT)
    {
        return Err(fields.wrong("format", FieldProblem::Form));
    }
    let manifest = ReleaseManifest {
        package: fields.parsed("package", |text| PackageName::parse(text).ok())?,
        tag: fields.parsed("tag", |text| TagName::parse(text).ok())?,
        upstream: fields.maybe_text("upstream_repo_url")?,
        commit: fields.maybe_parsed("git_commit_oid", object_id)?,
        tree: fields.maybe_parsed("git_tree_oid", object_id)?,
        tarball: tarball(fields)?,
        content: content(fields)?,
        generated_at: fields.maybe_number("generated_at")?.map(Timestamp),
        packbase_release: fields.maybe_text("packbase_release")?,
        generator: fields.maybe_text("generator")?,
        origin: origin(fields)?,
        zig: zig(fields)?,
    };
    // Two fields say what others say already; they must not say something else.
    let git_ref = fields.maybe_text("upstream_ref")?;
    if git_ref.is_some_and(|text| text != manifest.tag.git_ref()) {
        return Err(fields.wrong("upstream_ref", FieldProblem::Contradicts("tag")));
    }
    let tag_object = fields.maybe_parsed("git_tag_oid", object_id)?;
    if tag_object != manifest.tag_object() {
        let problem = FieldProblem::Contradicts("git_tag_objects");
        return Err(fields.wrong("git_tag_oid", problem));
    }
    Ok(manifest)
}

fn tarball(fields: &Fields<'_>) -> Read<TarballFacts> {
    Ok(TarballFacts {
        sha256: fields.parsed("tarball_sha256", |text| Sha256Digest::parse(text).ok())?,
        md5: fields.maybe_parsed("tarball_md5", md5)?,
        crc32: fields.maybe_parsed("tarball_crc32", crc32)?,
        size: fields.number("size_bytes")?,
    })
}

fn content(fields: &Fields<'_>) -> Read<Option<ContentFacts>> {
    let Some(digest) = fields.maybe_parsed("content_digest", content_digest)? else {
        return Ok(None);
    };
    Ok(Some(ContentFacts {
        prefix: fields.text("tarball_prefix")?,
        digest,
        size: fields.number("content_size")?,
    }))
}

fn origin(fields: &Fields<'_>) -> Read<Origin> {
    let is_git = fields.maybe_parsed("provenance", |text| match text {
        "git" => Some(true),
        "imported" => Some(false),
        _ => None,
    })?;
    if !is_git.unwrap_or(false) {
        return Ok(Origin::Imported);
    }
    let bytes = |text: &str| base64::decode_all(text.as_bytes());
    Ok(Origin::Git(Box::new(GitFacts {
        commit_object: fields.parsed("git_commit_object", bytes)?,
        tag_objects: fields.parsed_list("git_tag_objects", bytes)?,
        gitlinks: fields.objects("gitlinks", |link| {
            let path = path(link)?;
            let id = link.parsed("oid", object_id)?;
            Ok(Gitlink { path, id })
        })?,
        empty_trees: fields.parsed_list("empty_trees", text_path::decode)?,
        modes: fields.objects("modes", |odd| {
            let (path, mode) = (path(odd)?, odd.text("mode")?);
            Ok(OddMode { path, mode })
        })?,
    })))
}

fn path(fields: &Fields<'_>) -> Read<Vec<u8>> {
    fields.parsed("path", text_path::decode)
}

fn zig(fields: &Fields<'_>) -> Read<ZigFacts> {
    let hash = |text: &str| PackageHash::parse(text).ok();
    let manifest = fields.maybe_object("zig")?;
    Ok(ZigFacts {
        hash: fields.maybe_parsed("zig_hash", hash)?,
        hash_legacy: fields.maybe_parsed("zig_hash_legacy", hash)?,
        hash_problem: fields.maybe_text("zig_hash_problem")?,
        manifest: manifest
            .map(|fields| ZigManifest::read(&fields))
            .transpose()?,
        problem: fields.maybe_text("zig_problem")?,
    })
}

fn object_id(text: &str) -> Option<ObjectId> {
    ObjectId::parse(text.as_bytes())
}

fn content_digest(text: &str) -> Option<Sha256Digest> {
    Sha256Digest::parse(text.strip_prefix("sha256:")?).ok()
}

fn md5(text: &str) -> Option<[u8; 16]> {
    Some(hex::<32>(text)?.to_be_bytes())
}

fn crc32(text: &str) -> Option<u32> {
    u32::try_from(hex::<8>(text)?).ok()
}

/// Exactly `N` hex digits, of either case.
fn hex<const N: usize>(text: &str) -> Option<u128> {
    let is_hex = text.len() == N && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_hex.then(|| u128::from_str_radix(text, 16).ok())?
}
