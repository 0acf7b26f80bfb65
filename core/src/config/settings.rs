//! The table of settings: names, defaults and one line of help each.
//!
//! It refuses to interpret values; that is [`super::Config::parse`]'s work.

/// One setting, known as an environment variable and as a flag of the same name in kebab case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Setting {
    /// The variable's name.
    pub name: &'static str,
    /// Another variable with the same meaning; if both are set they must agree.
    pub alias: Option<&'static str>,
    /// The value taken when nothing is set, as shown by `--help`.
    pub default: &'static str,
    /// One line for `--help`.
    pub help: &'static str,
    /// Whether this build carries the feature; otherwise setting it stops the start.
    pub built: bool,
}

const fn setting(name: &'static str, default: &'static str, help: &'static str) -> Setting {
    Setting {
        name,
        alias: None,
        default,
        help,
        built: true,
    }
}

const fn aliased(setting: Setting, alias: &'static str) -> Setting {
    Setting {
        alias: Some(alias),
        ..setting
    }
}

const fn later(name: &'static str) -> Setting {
    Setting {
        name,
        alias: None,
        default: "",
        help: "not built yet",
        built: false,
    }
}

/// All settings, in the order of `--help`; those not built yet come last.
pub const SETTINGS: &[Setting] = &[
    aliased(
        setting(
            "HTTP_PORT",
            "8080",
            "port for HTTP; 0 takes a free one and prints it",
        ),
        "PACKBASE_PORT",
    ),
    setting(
        "BIND",
        "[::]",
        "address to listen on; [::] takes IPv6 and IPv4",
    ),
    setting(
        "BASE_URL",
        "http://localhost:<HTTP_PORT>",
        "public URL of this server, without a slash at the end",
    ),
    aliased(
        setting(
            "DATA_DIR",
            "data",
            "directory of the store; a read-only one is served as it is",
        ),
        "PACKBASE_ROOT",
    ),
    setting(
        "ZIG_UPSTREAM_URL",
        "https://ziglang.org",
        "where toolchains come from",
    ),
    setting(
        "ZIG_MINISIGN_KEY",
        "the Zig Software Foundation's",
        "public keys, comma-separated, that toolchains must be signed with; off serves unverified files",
    ),
    setting(
        "ZIG_NOMINATED_VERSION_BASE_URL",
        "https://pkg.hexops.org/zig/",
        "where nominated versions come from; empty = ZIG_UPSTREAM_URL",
    ),
    setting(
        "STORE_MAX",
        "off",
        "most bytes in the store (500M, 40G); over it old dev versions make room",
    ),
    setting(
        "DISK_RESERVE",
        "512M",
        "bytes of the disk that are left free",
    ),
    setting(
        "PURGE_DEV_OLDER_THAN",
        "off",
        "age (12h, 30d, 8w) at which dev versions are deleted, counted from their last new file; looked at once an hour",
    ),
    setting(
        "PURGE_TO_SIZE",
        "off",
        "bytes (50G) that the store is brought down to once an hour, least recently used first: dev versions, packages, artifacts",
    ),
    setting(
        "MISS_RATE",
        "240,2400",
        "downloads a minute that one client, and all together, may cause; off = no limit",
    ),
    setting(
        "TRUSTED_PROXIES",
        "",
        "addresses (CIDR, comma-separated) whose Forwarded and X-Forwarded-For are believed",
    ),
    setting(
        "UPSTREAM_ALLOW_PRIVATE",
        "false",
        "true, or hosts and CIDRs: private addresses that redirects may lead to",
    ),
    aliased(
        setting(
            "HTTPS_PROXY",
            "",
            "proxy for https upstreams, http://[user:password@]host:port",
        ),
        "https_proxy",
    ),
    aliased(
        setting("HTTP_PROXY", "", "proxy for http upstreams"),
        "http_proxy",
    ),
    aliased(
        setting(
            "NO_PROXY",
            "",
            "hosts (comma-separated, also .domain and *) reached without proxy",
        ),
        "no_proxy",
    ),
    setting(
        "SSL_CERT_FILE",
        "",
        "PEM file of further certificate authorities for upstreams",
    ),
    setting("WORKERS", "one per core, at most 8", "threads that serve"),
    setting(
        "TIMEOUTS",
        "head=10s,idle=75s,body=60s,connect=10s,upstream=30s,follow=300s,ingest=60s,drain=30s,retry=1s,missing=90s,change=60s,change-retry=30s,index=900s,index-retry=30s",
        "waits to change, each name=<n>s or <n>ms",
    ),
    setting(
        "LOG",
        "info",
        "off, error, warn, info (a line per request) or debug",
    ),
    setting(
        "ZIG_NOMINATED_INDEX_URL",
        "https://pkg.hexops.org/zig/index.json",
        "index of nominated versions; empty = none",
    ),
    setting(
        "ZIG_PREFETCH",
        "version",
        "off; version: one fetched file brings its version; all: also every stable and nominated version, 11+ GiB",
    ),
    setting(
        "ZIG_PKG",
        "",
        "packages to mirror, <org>::<template URL>, comma-separated: hexops::https://github.com/hexops/$REPO/archive/$FILE",
    ),
    setting(
        "ZIG_ARTIFACT",
        "",
        "artifacts to mirror: hexops::https://github.com/hexops/$REPO/releases/download/$VERSION/$FILE",
    ),
    aliased(
        setting(
            "API_TOKEN",
            "",
            "bearer token for requests that write; without one only this machine's own may",
        ),
        "PACKBASE_TOKEN",
    ),
    aliased(
        setting(
            "CATALOG_URL",
            "",
            "catalog of Git repositories to publish; empty = none",
        ),
        "PACKBASE_SOURCE",
    ),
    setting(
        "UPDATE_PUBLIC",
        "true",
        "whether POST /api/update needs no token",
    ),
    setting(
        "UPDATE_EVERY",
        "off",
        "pace (6h, 1d) at which new tags are looked for; off = on request",
    ),
    setting(
        "INGEST_LIMITS",
        "pack=1G,object=512M,delta=64M,inflated=8G,work=32G,content=2G,objects=1000000,files=200000,tags=2000,path=4096,depth=1024,time=30m",
        "most that one package may bring, each name=<number, size or age>",
    ),
    later("HTTPS_PORT"),
    later("ACME_DOMAIN"),
    later("ACME_CERT_DIR"),
    later("ACME_SH_PATH"),
    later("ACME_WEBROOT"),
    later("ACME_RELOAD_CMD"),
];

/// Finds a setting by its variable's name or alias.
pub fn find(name: &str) -> Option<&'static Setting> {
    SETTINGS
        .iter()
        .find(|s| s.name == name || s.alias == Some(name))
}

/// Finds a setting by its flag without the dashes (`http-port`).
pub fn find_flag(flag: &str) -> Option<&'static Setting> {
    SETTINGS.iter().find(|s| is_flag_of(s.name, flag))
}

fn is_flag_of(name: &str, flag: &str) -> bool {
    name.len() == flag.len()
        && name.bytes().zip(flag.bytes()).all(|(n, f)| match n {
            b'_' => f == b'-',
            _ => n.to_ascii_lowercase() == f,
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flag_is_the_name_in_kebab_case() {
        assert_eq!(find_flag("http-port").map(|s| s.name), Some("HTTP_PORT"));
        assert_eq!(find_flag("HTTP-PORT"), None);
        assert_eq!(find_flag("http_port"), None);
    }

    #[test]
    fn alias_finds_the_same_setting() {
        assert_eq!(find("PACKBASE_ROOT"), find("DATA_DIR"));
    }
}
