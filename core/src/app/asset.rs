//! What a request may want from the store, as one ordered type: the key of flights.

use alloc::format;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;
use core::fmt;

use crate::config::Config;
use crate::store::{StoreKey, ZigKind};
use crate::wire::url::Url;
use crate::zig::archive::{ArchiveKind, ArchiveName};
use crate::zig::index::FileFacts;

/// A file that this server can have.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Asset {
    /// A file that ziglang.org publishes.
    Zig(ArchiveName),
}

impl Asset {
    /// The asset whose content signs this one; a signature has none.
    pub fn signature(&self) -> Option<Self> {
        match self {
            Self::Zig(name) if name.is_signature() => None,
            Self::Zig(name) => Some(Self::Zig(name.signature())),
        }
    }

    /// The name that a signature of this asset must carry; of a signature, the file it signs.
    pub fn signed_name(&self) -> String {
        let Self::Zig(name) = self;
        name.signed().as_str().into()
    }

    /// The paths it may have in the store, the one for `kind` first.
    pub fn candidates(&self, kind: ZigKind) -> [StoreKey; 3] {
        let Self::Zig(name) = self;
        let [second, third] = kind.others();
        [kind, second, third].map(|kind| StoreKey::zig(kind, name))
    }

    /// The media type, from the name's suffix.
    pub fn content_type(&self) -> &'static str {
        let Self::Zig(name) = self;
        content_type(name.as_str())
    }

    /// The URLs to ask, in order. The path is computed from the version (MIRRORS.md): releases
    /// lie in `/download/<version>/`, all else in `/builds/`.
    pub fn sources(&self, kind: ZigKind, config: &Config, facts: Option<&FileFacts>) -> Vec<Url> {
        let mut urls = self.computed_sources(kind, config);
        // The index's own path is the second try, on our upstream's host whatever host it names.
        let listed = facts.and_then(|facts| Url::parse(&facts.url).ok());
        let rebased =
            listed.map(|url| below(&config.zig_upstream, url.path().trim_start_matches('/')));
        for url in rebased.into_iter().flatten() {
            if !urls.contains(&url) {
                urls.push(url);
            }
        }
        urls
    }

    fn computed_sources(&self, kind: ZigKind, config: &Config) -> Vec<Url> {
        let Self::Zig(name) = self;
        let file = name.as_str();
        let builds = format!("builds/{file}");
        let release = format!("download/{}/{file}", name.version());
        match (name.kind(), kind) {
            (ArchiveKind::Index, _) | (_, ZigKind::Dev) => below(&config.zig_upstream, &builds),
            (
                ArchiveKind::Source | ArchiveKind::Bootstrap | ArchiveKind::Binary,
                ZigKind::Stable,
            ) => below(&config.zig_upstream, &release),
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
}

impl fmt::Display for Asset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self::Zig(name) = self;
        f.write_str(name.as_str())
    }
}

/// Media types by suffix; Zig clients refuse archives without a known one.
fn content_type(name: &str) -> &'static str {
    const TABLE: &[(&str, &str)] = &[
        (".minisig", "text/plain; charset=utf-8"),
        (".tar.xz", "application/x-xz"),
        (".zip", "application/zip"),
        (".json", "application/json"),
    ];
    let known = TABLE.iter().find(|(suffix, _)| name.ends_with(suffix));
    known.map_or("application/octet-stream", |(_, media)| *media)
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
    fn media_type_is_by_suffix() {
        assert_eq!(
            content_type("zig-0.14.1.tar.xz.minisig"),
            "text/plain; charset=utf-8"
        );
        assert_eq!(content_type("zig-0.14.1.tar.xz"), "application/x-xz");
        assert_eq!(content_type("zig-0.14.1.zip"), "application/zip");
    }
}
