//! Names of files that are mirrored by template: packages and artifacts.
//!
//! A name is made of checked path segments, so it can be a path in the store and part of an
//! upstream's URL. It says whether the file behind it may change: a full commit id or a release's
//! version never does, a branch does. It refuses to know templates and upstreams.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use crate::store::StoreKey;
use crate::store::path::segment;
use crate::zig::semver;

/// Longest `$FILE`, in bytes.
const FILE_BYTES: usize = 1024;
/// Most segments of a `$FILE`.
const FILE_SEGMENTS: usize = 16;

/// The two families of files that are mirrored by template.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Family {
    /// `/pkg/<org>/<repo>/<file…>`: sources of Zig packages.
    Package,
    /// `/artifact/<org>/<repo>/<version>/<file…>`: what a release is accompanied by.
    Artifact {
        /// The release's name.
        version: String,
    },
}

/// A file that is mirrored by template.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct MirroredName {
    org: String,
    repo: String,
    family: Family,
    file: String,
}

impl MirroredName {
    /// `/pkg/<org>/<repo>/<file…>`; `None` if a part is none that the store takes
    /// ([`segment`]: 1 to 255 bytes, no dot at its start), there are more than 16 in `$FILE`, or it
    /// is longer than 1024 bytes.
    pub fn package(org: &str, repo: &str, file: &[&str]) -> Option<Self> {
        Self::new(org, repo, Family::Package, file)
    }

    /// `/artifact/<org>/<repo>/<version>/<file…>`, by the same rules.
    pub fn artifact(org: &str, repo: &str, version: &str, file: &[&str]) -> Option<Self> {
        let family = Family::Artifact {
            version: version.to_owned(),
        };
        segment(version).ok()?;
        Self::new(org, repo, family, file)
    }

    /// The name of the file that lies there in the store.
    pub fn stored(key: &StoreKey) -> Option<Self> {
        let parts: Vec<&str> = key.as_str().split('/').collect();
        match parts.as_slice() {
            ["pkg", org, repo, file @ ..] => Self::package(org, repo, file),
            ["artifact", org, repo, version, file @ ..] => Self::artifact(org, repo, version, file),
            _ => None,
        }
    }

    fn new(org: &str, repo: &str, family: Family, file: &[&str]) -> Option<Self> {
        [org, repo]
            .iter()
            .chain(file)
            .try_for_each(|part| segment(part).map(drop))
            .ok()?;
        let is_short = (1..=FILE_SEGMENTS).contains(&file.len());
        let file = file.join("/");
        (is_short && file.len() <= FILE_BYTES).then(|| Self {
            org: org.to_owned(),
            repo: repo.to_owned(),
            family,
            file,
        })
    }

    /// `$ORG`, which chooses the template.
    pub fn org(&self) -> &str {
        &self.org
    }

    /// `$REPO`
    pub fn repo(&self) -> &str {
        &self.repo
    }

    /// Package or artifact.
    pub fn family(&self) -> &Family {
        &self.family
    }

    /// `$FILE`, which may hold `/`.
    pub fn file(&self) -> &str {
        &self.file
    }

    /// `$VERSION`, of an artifact.
    pub fn version(&self) -> Option<&str> {
        match &self.family {
            Family::Package => None,
            Family::Artifact { version } => Some(version),
        }
    }

    /// Whether another file may be behind this name tomorrow.
    ///
    /// Fixed are full commit ids (40 or 64 hex digits), `refs/tags/…`, and what is exactly a
    /// semantic version, with or without `v`. Anything else may be a branch or a rolling release:
    /// asking upstream once too often costs little, serving an old branch for ever costs trust.
    pub fn may_change(&self) -> bool {
        match &self.family {
            Family::Artifact { version } => !is_fixed(version),
            Family::Package => !is_fixed_file(&self.file),
        }
    }
}

impl fmt::Display for MirroredName {
    /// The path in the store, which is also the path of the request once decoded.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            org, repo, file, ..
        } = self;
        match &self.family {
            Family::Package => write!(f, "pkg/{org}/{repo}/{file}"),
            Family::Artifact { version } => write!(f, "artifact/{org}/{repo}/{version}/{file}"),
        }
    }
}

/// `v1.2.3.tar.gz`, `<commit>.tar.gz`, `refs/tags/any.tar.gz`, `v1.2.3/name-v1.2.3.tar.gz`.
fn is_fixed_file(file: &str) -> bool {
    match file.split_once('/') {
        None => is_fixed(without_suffix(file)),
        Some(("refs", rest)) => rest.starts_with("tags/"),
        Some((first, _)) => is_fixed(first),
    }
}

fn is_fixed(name: &str) -> bool {
    is_commit_id(name) || is_version(name.strip_prefix('v').unwrap_or(name))
}

/// A semantic version, spelled the one way that it is written.
fn is_version(name: &str) -> bool {
    semver::canonical(name).as_deref() == Some(name)
}

fn is_commit_id(name: &str) -> bool {
    matches!(name.len(), 40 | 64) && name.bytes().all(|b| b.is_ascii_hexdigit())
}

/// The name of a commit, tag or branch in the name of its archive.
fn without_suffix(file: &str) -> &str {
    const SUFFIXES: &[&str] = &[
        ".tar.gz", ".tgz", ".tar.xz", ".txz", ".tar.zst", ".tzst", ".tar.bz2", ".tar", ".zip",
    ];
    SUFFIXES
        .iter()
        .find_map(|suffix| file.strip_suffix(suffix))
        .unwrap_or(file)
}

#[cfg(test)]
mod tests {
    use alloc::format;
    use alloc::string::ToString;
    use alloc::vec::Vec;

    use super::*;

    fn package(file: &str) -> Option<MirroredName> {
        MirroredName::package("hexops", "mach", &file.split('/').collect::<Vec<_>>())
    }

    #[test]
    fn commits_tags_and_versions_are_fixed_and_all_else_may_change() {
        let commit = "a".repeat(40);
        for (file, may_change) in [
            (format!("{commit}.tar.gz").as_str(), false),
            (&format!("{}.zip", "0".repeat(64)), false),
            ("v0.1.0.tar.gz", false),
            ("0.1.0-dev.3+abc.tar.xz", false),
            ("refs/tags/anything.tar.gz", false),
            ("v1.0.0/name-v1.0.0.tar.gz", false),
            ("refs/heads/v1.0.0.tar.gz", true),
            ("main.tar.gz", true),
            ("v1.0.tar.gz", true),
            ("v1.0.x.tar.gz", true),
            ("v01.0.0.tar.gz", true),
            ("release-0.14.0.tar.gz", true),
            (&format!("{}.tar.gz", "a".repeat(39)), true),
            (&format!("{}g.tar.gz", "a".repeat(39)), true),
        ] {
            assert_eq!(package(file).unwrap().may_change(), may_change, "{file}");
        }
    }

    #[test]
    fn a_rolling_release_may_change() {
        let artifact =
            |version| MirroredName::artifact("o", "r", version, &["x-1.0.0.zip"]).unwrap();
        assert!(artifact("nightly").may_change());
        assert!(!artifact("v1.2.3").may_change());
    }

    #[test]
    fn a_name_is_its_path_in_the_store() {
        let name = package("refs/tags/v1.tar.gz").unwrap();
        assert_eq!(name.to_string(), "pkg/hexops/mach/refs/tags/v1.tar.gz");
        let name = MirroredName::artifact("o", "r", "v1", &["a+b.zip"]).unwrap();
        assert_eq!(name.to_string(), "artifact/o/r/v1/a+b.zip");
    }

    #[test]
    fn what_the_store_does_not_list_is_refused() {
        for file in [".x", "a/.x", "a/..", "..", "", "a//b", "a\u{85}"] {
            assert_eq!(package(file), None, "{file:?}");
        }
        assert_eq!(MirroredName::package(".o", "r", &["f"]), None);
        assert_eq!(MirroredName::package("o", ".r", &["f"]), None);
        assert_eq!(MirroredName::artifact("o", "r", ".v", &["f"]), None);
        assert_eq!(MirroredName::package("o", "r", &["a/b"]), None);
    }

    #[test]
    fn a_name_is_found_where_it_is_stored() {
        let name = package("refs/tags/v1.tar.gz").unwrap();
        let artifact = MirroredName::artifact("o", "r", "v1", &["a+b.zip"]).unwrap();
        for name in [name, artifact] {
            let key = StoreKey::mirrored(&name);
            assert_eq!(MirroredName::stored(&key), Some(name));
        }
        for path in ["pkg/o/r", "artifact/o/r/v1", "zig/stable/0.14.1/x", "p/x"] {
            let key = StoreKey::stored(path).unwrap();
            assert_eq!(MirroredName::stored(&key), None, "{path}");
        }
    }

    #[test]
    fn endless_names_are_refused() {
        assert_eq!(package(&"a".repeat(256)), None);
        assert_eq!(package(&["a"; 17].join("/")), None);
        assert_eq!(package(&["a".repeat(200).as_str(); 6].join("/")), None);
        assert_eq!(MirroredName::package(&"o".repeat(256), "r", &["f"]), None);
        assert_eq!(
            MirroredName::artifact("o", "r", &"v".repeat(256), &["f"]),
            None
        );
        assert_eq!(MirroredName::package("o", "r", &[]), None);
        assert_eq!(package(".git"), None);
        assert_eq!(package("a/.b"), None);
    }
}
