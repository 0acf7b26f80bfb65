//! A manifest's text.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::super::text_path;
use super::zig::ZigManifest;
use super::{ContentFacts, FORMAT, GitFacts, Origin, ReleaseManifest, TarballFacts, ZigFacts};
use crate::base64;
use crate::json::Value;
use crate::zig::package::PackageHash;

type Members = Vec<(&'static str, Value)>;

/// packbase's fields first, under its names and in its order.
pub(super) fn text(manifest: &ReleaseManifest) -> String {
    let mut members = packbase(manifest);
    members.push(("format", Value::number(FORMAT)));
    members.push((
        "generator",
        Value::maybe_text(manifest.generator.as_deref()),
    ));
    let provenance = match &manifest.origin {
        Origin::Imported => "imported",
        Origin::Git(_) => "git",
    };
    members.push(("provenance", Value::text(provenance)));
    if let Some(content) = &manifest.content {
        members.extend(of_content(content));
    }
    if let Some(facts) = manifest.git() {
        members.extend(of_git(manifest, facts));
    }
    members.extend(of_zig(&manifest.zig));
    let mut out = String::new();
    Value::object(members).write(0, &mut out);
    out.push('\n');
    out
}

fn packbase(manifest: &ReleaseManifest) -> Members {
    let mut members = Vec::from([
        ("package", Value::shown(&manifest.package)),
        ("tag", Value::shown(&manifest.tag)),
        (
            "upstream_repo_url",
            Value::maybe_text(manifest.upstream.as_deref()),
        ),
        (
            "git_commit_oid",
            Value::maybe_shown(manifest.commit.as_ref()),
        ),
        ("git_tree_oid", Value::maybe_shown(manifest.tree.as_ref())),
    ]);
    members.extend(of_tarball(&manifest.tarball));
    let time = manifest.generated_at.map(|time| Value::number(time.0));
    let release = manifest.packbase_release.as_deref();
    members.extend([
        ("generated_at", Value::or_null(time)),
        ("packbase_release", Value::maybe_text(release)),
    ]);
    members
}

fn of_tarball(tarball: &TarballFacts) -> [(&'static str, Value); 4] {
    [
        ("tarball_sha256", Value::shown(&tarball.sha256)),
        (
            "tarball_md5",
            Value::maybe_shown(tarball.md5_hex().as_ref()),
        ),
        (
            "tarball_crc32",
            Value::maybe_shown(tarball.crc32_hex().as_ref()),
        ),
        ("size_bytes", Value::number(tarball.size)),
    ]
}

fn of_content(content: &ContentFacts) -> [(&'static str, Value); 3] {
    let digest = format!("sha256:{}", content.digest);
    [
        ("tarball_prefix", Value::text(&content.prefix)),
        ("content_digest", Value::text(&digest)),
        ("content_size", Value::number(content.size)),
    ]
}

fn of_git(manifest: &ReleaseManifest, facts: &GitFacts) -> Members {
    let base64 = |bytes: &[u8]| Value::text(&base64::encode(bytes));
    let path = |path: &[u8]| Value::text(&text_path::encode(path));
    let tag_id = manifest.tag_object().map(|id| Value::shown(&id));
    let tags = facts.tag_objects.iter().map(|object| base64(object));
    let gitlinks = facts
        .gitlinks
        .iter()
        .map(|link| Value::object([("path", path(&link.path)), ("oid", Value::shown(&link.id))]));
    let modes = facts
        .modes
        .iter()
        .map(|odd| Value::object([("path", path(&odd.path)), ("mode", Value::text(&odd.mode))]));
    let empty = facts.empty_trees.iter().map(|tree| path(tree));
    Vec::from([
        ("upstream_ref", Value::text(&manifest.tag.git_ref())),
        ("git_tag_oid", Value::or_null(tag_id)),
        ("git_commit_object", base64(&facts.commit_object)),
        ("git_tag_objects", Value::array(tags)),
        ("gitlinks", Value::array(gitlinks)),
        ("empty_trees", Value::array(empty)),
        ("modes", Value::array(modes)),
    ])
}

fn of_zig(zig: &ZigFacts) -> [(&'static str, Value); 5] {
    let hash = zig.hash.as_ref().map(PackageHash::as_str);
    let legacy = zig.hash_legacy.as_ref().map(PackageHash::as_str);
    let manifest = zig.manifest.as_ref().map(ZigManifest::to_value);
    [
        ("zig_hash", Value::maybe_text(hash)),
        ("zig_hash_legacy", Value::maybe_text(legacy)),
        (
            "zig_hash_problem",
            Value::maybe_text(zig.hash_problem.as_deref()),
        ),
        ("zig", Value::or_null(manifest)),
        ("zig_problem", Value::maybe_text(zig.problem.as_deref())),
    ]
}
