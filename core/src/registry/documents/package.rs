//! A package: `GET /api/info/<package>` and `/api/check/<package>`, which are the same.

use alloc::string::String;
use alloc::vec::Vec;

use super::super::catalog::DEFAULT_LANGUAGE;
use super::super::manifest::{Origin, ReleaseManifest, TarballFacts};
use super::super::name::PackageName;
use super::super::tag::TagName;
use super::{Trouble, line};
use crate::git::id::ObjectId;
use crate::json::Value;
use crate::time::Timestamp;
use crate::zig::package::PackageHash;

/// What is known of a package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackageInfo {
    /// Its name.
    pub package: PackageName,
    /// Whether the catalog names it.
    pub registered: bool,
    /// Whether there is a directory for its releases.
    pub local: bool,
    /// The repository that it comes from.
    pub upstream: Option<String>,
    /// Its language, if the catalog says one.
    pub language: Option<String>,
    /// Its releases, in any order.
    pub tags: Vec<TagInfo>,
    /// Whether Git can fetch it from here.
    pub probe: Probe,
    /// What went wrong with it.
    pub trouble: Trouble,
    /// When all this was true.
    pub updated_at: Timestamp,
}

/// Whether Git can fetch a package from here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Probe {
    /// Nobody has looked.
    Unknown,
    /// It can; this is the commit of its `HEAD`.
    Fetchable(ObjectId),
    /// It cannot, and why, in one line.
    Failed(String),
}

/// What is known of a release.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TagInfo {
    /// The tag.
    pub tag: TagName,
    /// Bytes of its tarball.
    pub size: u64,
    /// What its manifest says; none if it has no manifest that can be read.
    pub facts: Option<TagFacts>,
}

/// What is shown of a manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TagFacts {
    tarball: TarballFacts,
    commit: Option<ObjectId>,
    tree: Option<ObjectId>,
    hash: Option<PackageHash>,
    hash_legacy: Option<PackageHash>,
    is_imported: bool,
}

impl TagInfo {
    /// A release with its manifest.
    pub fn of_manifest(manifest: &ReleaseManifest) -> Self {
        let facts = TagFacts {
            tarball: manifest.tarball.clone(),
            commit: manifest.commit,
            tree: manifest.tree,
            hash: manifest.zig.hash.clone(),
            hash_legacy: manifest.zig.hash_legacy.clone(),
            is_imported: manifest.origin == Origin::Imported,
        };
        Self {
            tag: manifest.tag.clone(),
            size: manifest.tarball.size,
            facts: Some(facts),
        }
    }

    /// A tarball without a manifest.
    pub fn bare(tag: TagName, size: u64) -> Self {
        Self {
            tag,
            size,
            facts: None,
        }
    }

    fn to_value(&self) -> Value {
        let facts = self.facts.as_ref();
        let tarball = facts.map(|facts| &facts.tarball);
        let commit = facts.and_then(|facts| facts.commit);
        let tree = facts.and_then(|facts| facts.tree);
        let md5 = tarball.and_then(TarballFacts::md5_hex);
        let crc32 = tarball.and_then(TarballFacts::crc32_hex);
        let hash = facts.and_then(|facts| facts.hash.as_ref());
        let legacy = facts.and_then(|facts| facts.hash_legacy.as_ref());
        let provenance = facts.map(|facts| if facts.is_imported { "imported" } else { "git" });
        Value::object([
            ("tag", Value::shown(&self.tag)),
            ("size_bytes", Value::number(self.size)),
            ("manifest_present", Value::bool(facts.is_some())),
            ("git_commit_oid", Value::maybe_shown(commit.as_ref())),
            ("git_tree_oid", Value::maybe_shown(tree.as_ref())),
            (
                "tarball_sha256",
                Value::maybe_shown(tarball.map(|it| &it.sha256)),
            ),
            ("tarball_md5", Value::maybe_text(md5.as_deref())),
            ("tarball_crc32", Value::maybe_text(crc32.as_deref())),
            ("zig_hash", Value::maybe_text(hash.map(PackageHash::as_str))),
            (
                "zig_hash_legacy",
                Value::maybe_text(legacy.map(PackageHash::as_str)),
            ),
            ("provenance", Value::maybe_text(provenance)),
        ])
    }
}

impl PackageInfo {
    /// Whether it has releases, and nobody has seen that Git cannot fetch it.
    pub fn is_healthy(&self) -> bool {
        self.local && !self.tags.is_empty() && !matches!(self.probe, Probe::Failed(_))
    }

    /// The language that is shown: the catalog's word, or what stands for none.
    pub fn language(&self) -> &str {
        self.language.as_deref().unwrap_or(DEFAULT_LANGUAGE)
    }

    /// The latest release.
    pub fn latest(&self) -> Option<&TagInfo> {
        let latest = TagName::latest(self.tags.iter().map(|info| &info.tag))?;
        self.tags.iter().find(|info| info.tag == *latest)
    }

    /// The body of `/api/info/<package>`; releases are in the order of versions, the newest last.
    pub fn to_document(&self) -> String {
        line(&Value::object(self.members()))
    }

    /// The answer of `POST /api/check`: the same, and whether Git could fetch it just now.
    pub fn check_document(&self, live_probe_ok: bool) -> String {
        let mut members = self.members();
        members.push(("live_probe_ok", Value::bool(live_probe_ok)));
        line(&Value::object(members))
    }

    /// The answer of `POST /api/check` for a package that is not here, with 404.
    pub fn check_not_found(
        package: &PackageName,
        language: Option<&str>,
        probe_ok: bool,
    ) -> String {
        line(&Value::object([
            ("status", Value::text("not_found")),
            ("package", Value::shown(package)),
            (
                "language",
                Value::text(language.unwrap_or(DEFAULT_LANGUAGE)),
            ),
            ("probe_ok", Value::bool(probe_ok)),
        ]))
    }

    fn members(&self) -> Vec<(&'static str, Value)> {
        let latest = self.latest();
        let size = self
            .tags
            .iter()
            .fold(0_u64, |sum, info| sum.saturating_add(info.size));
        let mut tags: Vec<&TagInfo> = self.tags.iter().collect();
        tags.sort_by(|a, b| a.tag.cmp(&b.tag));
        let mut members = Vec::from([
            ("package", Value::shown(&self.package)),
            ("available", Value::bool(true)),
            ("registered", Value::bool(self.registered)),
            ("local", Value::bool(self.local)),
            ("tarball_dir_present", Value::bool(self.local)),
            ("tarball_count", Value::count(tags.len())),
            (
                "latest_tag",
                Value::maybe_shown(latest.map(|info| &info.tag)),
            ),
            (
                "latest_size_bytes",
                Value::or_null(latest.map(|info| Value::number(info.size))),
            ),
            ("size_bytes", Value::number(size)),
            (
                "tarballs",
                Value::array(tags.into_iter().map(TagInfo::to_value)),
            ),
            (
                "smart_http_ready",
                Value::bool(matches!(self.probe, Probe::Fetchable(_))),
            ),
        ]);
        members.extend(self.probe.members());
        members.extend([
            ("healthy", Value::bool(self.is_healthy())),
            ("updated_at", Value::number(self.updated_at.0)),
            ("language", Value::text(self.language())),
            (
                "upstream_repo_url",
                Value::maybe_text(self.upstream.as_deref()),
            ),
        ]);
        members.extend(self.trouble.members());
        members
    }
}

impl Probe {
    fn members(&self) -> [(&'static str, Value); 3] {
        let (commit, error) = match self {
            Self::Unknown => (None, None),
            Self::Fetchable(commit) => (Some(commit), None),
            Self::Failed(error) => (None, Some(error.as_str())),
        };
        [
            ("pseudo_git_fetchable", Value::bool(commit.is_some())),
            ("fetch_probe_commit", Value::maybe_shown(commit)),
            ("fetch_probe_error", Value::maybe_text(error)),
        ]
    }
}
