//! What a request may want from the store, as one ordered type: the key of flights.

use alloc::format;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;
use core::fmt;

use super::media;
use super::stats::RouteKind;
use crate::config::Config;
use crate::registry::name::PackageName;
use crate::registry::release::ReleasePart;
use crate::registry::tag::TagName;
use crate::route::mirrored::MirroredName;
use crate::store::{StoreKey, ZigKind};
use crate::wire::url::Url;
use crate::zig::archive::{ArchiveKind, ArchiveName};
use crate::zig::index::FileFacts;
use crate::zig::version::Version;

/// A file that this server can have.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Asset {
    /// A file that ziglang.org publishes.
    Zig(ArchiveName),
    /// A package or an artifact, mirrored by template.
    Mirrored(MirroredName),
    /// The tarball of a release.
    Release(PackageName, TagName),
}

/// What can say that an asset's bytes are right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Vouching {
    /// The signature that is this asset, or else the index.
    Signature(Asset),
    /// The asset itself: it is a signature.
    Itself,
    /// Nothing but the way they came.
    Nothing,
    /// The manifest of this release.
    Manifest(PackageName, TagName),
}

impl Asset {
    /// What vouches for its bytes.
    pub fn vouching(&self) -> Vouching {
        match self {
            Self::Zig(name) if name.is_signature() => Vouching::Itself,
            Self::Zig(name) => Vouching::Signature(Self::Zig(name.signature())),
            Self::Mirrored(_) => Vouching::Nothing,
            Self::Release(package, tag) => Vouching::Manifest(package.clone(), tag.clone()),
        }
    }

    /// The asset whose content signs this one, if there is one.
    pub fn signature(&self) -> Option<Self> {
        match self.vouching() {
            Vouching::Signature(signature) => Some(signature),
            Vouching::Itself | Vouching::Nothing | Vouching::Manifest(..) => None,
        }
    }

    /// The name that a signature of this asset must carry; of a signature, the file it signs.
    pub fn signed_name(&self) -> String {
        match self {
            Self::Zig(name) => name.signed().as_str().into(),
            Self::Mirrored(name) => name.file().into(),
            Self::Release(_, tag) => tag.as_str().into(),
        }
    }

    /// The Zig version that it belongs to.
    pub fn zig_version(&self) -> Option<&Version> {
        match self {
            Self::Zig(name) => Some(name.version()),
            Self::Mirrored(_) | Self::Release(..) => None,
        }
    }

    /// The paths it may have in the store, the right one first; a Zig file may lie with any kind.
    pub fn places(&self, kind: ZigKind) -> Vec<StoreKey> {
        match self {
            Self::Zig(name) => {
                let [second, third] = kind.others();
                [kind, second, third]
                    .map(|kind| StoreKey::zig(kind, name))
                    .into()
            }
            Self::Mirrored(name) => vec![StoreKey::mirrored(name)],
            Self::Release(package, tag) => vec![StoreKey::tarball(package, tag)],
        }
    }

    /// Whether upstream may have other bytes under that name tomorrow.
    pub fn may_change(&self) -> bool {
        match self {
            Self::Zig(_) | Self::Release(..) => false,
            Self::Mirrored(name) => name.may_change(),
        }
    }

    /// The media type, from the name's suffix.
    pub fn content_type(&self) -> &'static str {
        match self {
            Self::Zig(name) => media::of_name(name.as_str()),
            Self::Mirrored(name) => media::of_name(name.file()),
            Self::Release(..) => media::of_name(ReleasePart::Tarball.suffix()),
        }
    }

    /// The route it is asked for on, as counted.
    pub fn route(&self) -> RouteKind {
        match self {
            Self::Zig(_) => RouteKind::Toolchain,
            Self::Mirrored(name) => RouteKind::of(name.family()),
            Self::Release(..) => RouteKind::Release,
        }
    }

    /// The URLs to ask, in order; none if there is no template for it.
    pub fn sources(&self, kind: ZigKind, config: &Config, facts: Option<&FileFacts>) -> Vec<Url> {
        match self {
            Self::Zig(name) => zig_sources(name, kind, config, facts),
            Self::Mirrored(name) => config.templates(name).expand(name).into_iter().collect(),
            // What is published comes from an ingest, and from nowhere else.
            Self::Release(..) => Vec::new(),
        }
    }
}

impl fmt::Display for Asset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Zig(name) => f.write_str(name.as_str()),
            Self::Mirrored(name) => name.fmt(f),
            Self::Release(package, tag) => write!(f, "p/{package}/tag/{tag}.tar.gz"),
        }
    }
}

/// The path is computed from the version (MIRRORS.md): releases lie in `/download/<version>/`,
/// all else in `/builds/`.
fn zig_sources(
    name: &ArchiveName,
    kind: ZigKind,
    config: &Config,
    facts: Option<&FileFacts>,
) -> Vec<Url> {
    let mut urls = computed_sources(name, kind, config);
    // The index's own path is the second try, on our upstream's host whatever host it names.
    let listed = facts.and_then(|facts| Url::parse(&facts.url).ok());
    let rebased = listed.map(|url| below(&config.zig_upstream, url.path().trim_start_matches('/')));
    for url in rebased.into_iter().flatten() {
        if !urls.contains(&url) {
            urls.push(url);
        }
    }
    urls
}

fn computed_sources(name: &ArchiveName, kind: ZigKind, config: &Config) -> Vec<Url> {
    let file = name.as_str();
    let builds = format!("builds/{file}");
    let release = format!("download/{}/{file}", name.version());
    match (name.kind(), kind) {
        (ArchiveKind::Index, _) | (_, ZigKind::Dev) => below(&config.zig_upstream, &builds),
        (ArchiveKind::Source | ArchiveKind::Bootstrap | ArchiveKind::Binary, ZigKind::Stable) => {
            below(&config.zig_upstream, &release)
        }
        (
            ArchiveKind::Source | ArchiveKind::Bootstrap | ArchiveKind::Binary,
            ZigKind::Nominated,
        ) => {
            let mut urls = config
                .nominated_base
                .as_ref()
                .map_or_else(Vec::new, |base| below(base, file));
            urls.extend(below(&config.zig_upstream, &builds));
            urls
        }
    }
}

fn below(base: &Url, path: &str) -> Vec<Url> {
    let text = format!("{base}");
    let text = text.strip_suffix('/').unwrap_or(&text);
    Url::parse(&format!("{text}/{path}")).map_or_else(|_| Vec::new(), |url| vec![url])
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;
    use crate::config::Given;

    fn urls(name: &str, kind: ZigKind) -> Vec<String> {
        let config = Config::parse(&Given::new()).unwrap();
        let asset = Asset::Zig(ArchiveName::parse(name).unwrap());
        asset
            .sources(kind, &config, None)
            .iter()
            .map(ToString::to_string)
            .collect()
    }

    #[test]
    fn upstream_path_follows_the_version() {
        assert_eq!(
            urls("zig-0.14.1.tar.xz", ZigKind::Stable),
            ["https://ziglang.org/download/0.14.1/zig-0.14.1.tar.xz"]
        );
        assert_eq!(
            urls("zig-0.16.0-dev.1+abcdef012.zip", ZigKind::Dev),
            ["https://ziglang.org/builds/zig-0.16.0-dev.1+abcdef012.zip"]
        );
        assert_eq!(
            urls("zig-0.16.0-dev.1+abcdef012.zip", ZigKind::Nominated),
            [
                "https://pkg.hexops.org/zig/zig-0.16.0-dev.1+abcdef012.zip",
                "https://ziglang.org/builds/zig-0.16.0-dev.1+abcdef012.zip"
            ]
        );
        assert_eq!(
            urls("zig-0.14.1-index.json", ZigKind::Stable),
            ["https://ziglang.org/builds/zig-0.14.1-index.json"]
        );
    }

    #[test]
    fn a_mirrored_file_comes_from_its_template_and_a_stranger_from_nowhere() {
        let given = [("ZIG_PKG", "o::https://h/$REPO/$FILE")];
        let given = given.map(|(name, value)| (name.into(), value.into()));
        let config = Config::parse(&Given::from(given)).unwrap();
        let urls = |org| {
            let name = MirroredName::package(org, "r", &["v1.tar.gz"]).unwrap();
            Asset::Mirrored(name).sources(ZigKind::Stable, &config, None)
        };
        assert_eq!(urls("o")[0].to_string(), "https://h/r/v1.tar.gz");
        assert!(urls("x").is_empty());
    }
}
