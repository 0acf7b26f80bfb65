//! From a request target to a typed [`Route`]; no raw text travels past this module.
//!
//! It knows which names can exist. An impossible name is refused here, so it reaches neither the
//! disk nor an upstream (MIRRORS.md allows 404 at once). It refuses to know what is stored.

pub mod api;
pub mod git;
pub mod mirrored;
mod path;
pub mod template;

use alloc::string::String;
use core::fmt;

pub use path::{PathError, decode, segments, split_query};

use api::ApiRoute;
use git::{GitAsked, GitRoute};
use mirrored::MirroredName;

use crate::app::indexes::Document;
use crate::registry::release::ReleaseFile;
use crate::zig::archive::ArchiveName;
use crate::zig::package::PackageHash;
use crate::zig::version::Version;

/// What a target asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Route {
    /// `/`
    Home,
    /// `/healthz`
    Health,
    /// `/metrics`
    Metrics,
    /// `/download/community-mirrors.txt`
    MirrorList,
    /// `/zig/index.json` or `/download/index.json`
    Index(Document),
    /// A file that ziglang.org publishes, under any of the five path forms.
    Toolchain(ArchiveName),
    /// `/pkg/<org>/<repo>/<file…>` or `/artifact/<org>/<repo>/<version>/<file…>`
    Mirrored(MirroredName),
    /// `/hash/<package hash>`
    Hash(PackageHash),
    /// `/p/<package>/tag/<tag>.tar.gz` or `….manifest.json`
    Release(ReleaseFile),
    /// `/api/…`
    Api(ApiRoute),
    /// A package as a Git repository.
    Git(GitRoute),
}

/// Why a target has no route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RouteError {
    /// The path cannot be read: 400.
    Path(PathError),
    /// No such route or name: 404.
    Unknown,
    /// The file's version is not the one of its directory: 404.
    VersionMismatch,
    /// Not a package hash as Zig writes them: 404.
    NoHash,
    /// Not a name that ziglang.org publishes: 404.
    Name(crate::zig::archive::NameError),
}

impl RouteError {
    /// The status of the answer.
    pub fn status(self) -> u16 {
        match self {
            Self::Path(PathError::Percent | PathError::Control | PathError::Encoding) => 400,
            Self::Path(PathError::Segment)
            | Self::Unknown
            | Self::VersionMismatch
            | Self::NoHash
            | Self::Name(_) => 404,
        }
    }
}

impl fmt::Display for RouteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path(error) => error.fmt(f),
            Self::Unknown => f.write_str("no such path"),
            Self::VersionMismatch => f.write_str("the file's version is not the directory's"),
            Self::NoHash => f.write_str("not a package hash (NAME-VERSION-… or 1220…)"),
            Self::Name(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for RouteError {}

impl Route {
    /// Reads a path (the target without its query).
    pub fn parse(path: &str) -> Result<Self, RouteError> {
        let decoded = decode(path).map_err(RouteError::Path)?;
        let segments = segments(&decoded).map_err(RouteError::Path)?;
        match segments.as_slice() {
            [] => Ok(Self::Home),
            ["healthz"] => Ok(Self::Health),
            ["metrics"] => Ok(Self::Metrics),
            ["zig", "index.json"] => Ok(Self::Index(Document::Merged)),
            ["download", "index.json"] => Ok(Self::Index(Document::Official)),
            ["download", "community-mirrors.txt"] => Ok(Self::MirrorList),
            ["pkg", org, repo, file @ ..] => mirrored(MirroredName::package(org, repo, file)),
            ["artifact", org, repo, version, file @ ..] => {
                mirrored(MirroredName::artifact(org, repo, version, file))
            }
            ["hash", hash] => PackageHash::parse(hash)
                .map(Self::Hash)
                .map_err(|_| RouteError::NoHash),
            ["p", ..] => ReleaseFile::of_segments(&segments)
                .map(Self::Release)
                .ok_or(RouteError::Unknown),
            ["api", rest @ ..] => ApiRoute::of_segments(rest)
                .map(Self::Api)
                .ok_or(RouteError::Unknown),
            ["zig" | "builds", file] => toolchain(file),
            ["zig" | "download", version, file] => toolchain_in(version, file),
            [file] if ArchiveName::looks_like_archive(file) => toolchain(file),
            _ => GitRoute::of_segments(&segments)
                .map(Self::Git)
                .ok_or(RouteError::Unknown),
        }
    }
}

fn toolchain(file: &str) -> Result<Route, RouteError> {
    ArchiveName::parse(file)
        .map(Route::Toolchain)
        .map_err(RouteError::Name)
}

fn mirrored(name: Option<MirroredName>) -> Result<Route, RouteError> {
    name.map(Route::Mirrored).ok_or(RouteError::Unknown)
}

fn toolchain_in(version: &str, file: &str) -> Result<Route, RouteError> {
    let version = Version::parse(version).map_err(|_| RouteError::Unknown)?;
    let name = ArchiveName::parse(file).map_err(RouteError::Name)?;
    if *name.version() != version {
        return Err(RouteError::VersionMismatch);
    }
    Ok(Route::Toolchain(name))
}

/// What the body of a POST is for, if anybody reads it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Body {
    /// A document, of somebody who may write.
    Document,
    /// The request of a Git client, who may be anybody.
    Git,
}

impl Body {
    /// What a POST to this path may bring. Whether there is such a path is judged when it is answered.
    pub fn at(path: &str) -> Option<Self> {
        if path.ends_with("/git-upload-pack") {
            return Some(Self::Git);
        }
        match Route::parse(path).ok()? {
            Route::Api(ApiRoute::Fetch | ApiRoute::Check) => Some(Self::Document),
            Route::Git(git) if git.asked == GitAsked::UploadPack => Some(Self::Git),
            Route::Home
            | Route::Health
            | Route::Metrics
            | Route::MirrorList
            | Route::Index(_)
            | Route::Toolchain(_)
            | Route::Mirrored(_)
            | Route::Hash(_)
            | Route::Release(_)
            | Route::Api(_)
            | Route::Git(_) => None,
        }
    }
}

/// The client's name from the query parameter `source` (MIRRORS.md), in the alphabet that
/// statistics keep: `[a-z0-9._-]{1,40}` after lower-casing.
pub fn source(query: Option<&str>) -> Option<String> {
    let value = query?
        .split('&')
        .find_map(|pair| pair.strip_prefix("source="))?;
    let label = value.to_ascii_lowercase();
    let known =
        |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'.' | b'_' | b'-');
    ((1..=40).contains(&label.len()) && label.bytes().all(known)).then_some(label)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "zig-x86_64-linux-0.14.1.tar.xz";

    #[test]
    fn all_path_forms_name_the_same_file() {
        let name = ArchiveName::parse(FILE).unwrap();
        for path in [
            "/zig/zig-x86_64-linux-0.14.1.tar.xz",
            "/zig/0.14.1/zig-x86_64-linux-0.14.1.tar.xz",
            "/builds/zig-x86_64-linux-0.14.1.tar.xz",
            "/download/0.14.1/zig-x86_64-linux-0.14.1.tar.xz",
            "/zig-x86_64-linux-0.14.1.tar.xz",
        ] {
            assert_eq!(
                Route::parse(path),
                Ok(Route::Toolchain(name.clone())),
                "{path}"
            );
        }
    }

    #[test]
    fn encoded_plus_is_plus() {
        let plain = Route::parse("/zig/zig-0.15.0-dev.1+abcdef012.tar.xz");
        assert!(plain.is_ok());
        assert_eq!(
            Route::parse("/zig/zig-0.15.0-dev.1%2Babcdef012.tar.xz"),
            plain
        );
    }

    #[test]
    fn version_of_directory_and_file_must_agree() {
        let route = Route::parse("/zig/0.14.0/zig-x86_64-linux-0.14.1.tar.xz");
        assert_eq!(route, Err(RouteError::VersionMismatch));
    }

    #[test]
    fn unreadable_paths_are_400_and_impossible_names_404() {
        for (path, status) in [
            ("/zig/%00", 400),
            ("/zig/%zz", 400),
            ("/zig/../x", 404),
            ("/zig/%2e%2e/x", 404),
            ("/zig/zig-win64-0.1.1.zip", 404),
            ("/zig/a/b/c", 404),
            ("/nothing", 404),
            ("/zig", 404),
            ("/download/index.html", 404),
            ("/pkg/hexops/mach", 404),
            ("/pkg/hexops/mach/", 404),
            ("/pkg/hexops/%2e%2e/x", 404),
            ("/pkg/hexops/mach/a/../../x", 404),
            ("/pkg/hexops/mach/a%00", 400),
            ("/artifact/hexops/mach/v1", 404),
            ("/pkg/hexops/.git/config", 404),
            ("/hash/", 404),
            ("/hash/x", 404),
            ("/hash/1220", 404),
        ] {
            assert_eq!(Route::parse(path).unwrap_err().status(), status, "{path}");
        }
    }

    #[test]
    fn a_mirrored_file_is_its_decoded_path() {
        let name = MirroredName::package("hexops", "mach", &["refs", "tags", "v1.tar.gz"]);
        for path in [
            "/pkg/hexops/mach/refs/tags/v1.tar.gz",
            "/pkg/hexops/mach/refs%2Ftags%2Fv1.tar.gz",
            "/pkg/hexops/m%61ch/refs/tags/v1%2etar.gz",
        ] {
            assert_eq!(Route::parse(path).ok(), name.clone().map(Route::Mirrored));
        }
        let name = MirroredName::artifact("o", "r", "v1", &["a+b.zip"]);
        let route = Route::parse("/artifact/o/r/v1/a%2Bb.zip");
        assert_eq!(route.ok(), name.map(Route::Mirrored));
    }

    #[test]
    fn source_is_lower_cased_and_bounded() {
        assert_eq!(
            source(Some("a=1&source=Nix-Zig")).as_deref(),
            Some("nix-zig")
        );
        assert_eq!(source(Some("source=")), None);
        assert_eq!(source(Some("source=a%20b")), None);
        assert_eq!(source(None), None);
    }
}
