//! Settings: text in, one checked [`Config`] out.
//!
//! The core reads no environment and no arguments; a host collects the texts by name
//! ([`SETTINGS`] lists them) and [`Config::parse`] judges them. It refuses unknown values with one
//! line that names the setting, instead of falling back to a default.

mod proxy;
mod read;
mod registry;
mod settings;
mod value;

use alloc::borrow::ToOwned;
use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::net::{IpAddr, Ipv6Addr};

pub use proxy::{Proxies, Proxy};
pub use registry::{RegistrySettings, Token};
pub use settings::{SETTINGS, Setting, find, find_flag};
pub use value::{Cidr, NoProxy, Places, age, size};

use read::{
    Values, allow_private, cidrs, log_level, miss_rate, prefetch_mode, size_or_off, workers,
};

use crate::limits::Limits;
use crate::route::mirrored::{Family, MirroredName};
use crate::route::template::Templates;
use crate::store::purge::Wish;
use crate::wire::url::Url;
use crate::zig::minisig::Keys;

/// How much is logged; each level includes those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LogLevel {
    /// Nothing.
    Off,
    /// Broken invariants.
    Error,
    /// What an operator should look at.
    Warn,
    /// One line per request, and what happens to the store.
    Info,
    /// Each upstream exchange.
    Debug,
}

/// Which addresses a redirect may lead to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AllowPrivate {
    /// Public ones only.
    No,
    /// Any.
    Any,
    /// Public ones and those listed.
    Listed(Places),
}

/// What is fetched before anyone asks for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PrefetchMode {
    /// Nothing.
    Off,
    /// All files of a version of which a client fetched one.
    Version,
    /// That, and all stable and nominated versions.
    All,
}

/// Downloads that clients may cause, per minute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MissRate {
    /// By one client address.
    pub per_client: u32,
    /// By all together.
    pub in_all: u32,
}

/// The checked settings.
#[derive(Clone, Debug)]
pub struct Config {
    /// Port for HTTP; 0 takes a free one.
    pub http_port: u16,
    /// Address to listen on; `::` takes IPv4 too.
    pub bind: IpAddr,
    /// Public URL without a slash at the end; `None` means `http://localhost:<port>`.
    pub base_url: Option<String>,
    /// Directory of the store.
    pub data_dir: String,
    /// Where toolchains come from.
    pub zig_upstream: Url,
    /// Where nominated versions come from, if elsewhere.
    pub nominated_base: Option<Url>,
    /// Where the index of nominated versions is, if there is one.
    pub nominated_index: Option<Url>,
    /// Where packages come from (`ZIG_PKG`).
    pub packages: Templates,
    /// Where artifacts come from (`ZIG_ARTIFACT`).
    pub artifacts: Templates,
    /// What is fetched before anyone asks for it.
    pub prefetch: PrefetchMode,
    /// Keys that toolchains must be signed with; `None` switches verification off.
    pub minisign_keys: Option<Keys>,
    /// Most bytes in the store.
    pub store_max: Option<u64>,
    /// Bytes of the disk left free.
    pub disk_reserve: u64,
    /// What the server deletes by itself.
    pub purge: Wish,
    /// Downloads that clients may cause; `None` means any number.
    pub miss_rate: Option<MissRate>,
    /// Peers whose forwarding headers are believed.
    pub trusted_proxies: Vec<Cidr>,
    /// Which addresses a redirect may lead to.
    pub allow_private: AllowPrivate,
    /// Egress proxies.
    pub proxies: Proxies,
    /// The registry's settings.
    pub registry: RegistrySettings,
    /// Repositories that the operator named when calling a command; no setting has them.
    pub named: Vec<Url>,
    /// PEM file of further certificate authorities.
    pub ssl_cert_file: Option<String>,
    /// Threads that serve; `None` lets the host choose.
    pub workers: Option<usize>,
    /// How much is logged.
    pub log: LogLevel,
    /// Caps and waits.
    pub limits: Limits,
}

/// Why the settings were refused: which one, and what to write instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    /// The setting's name.
    pub setting: String,
    /// The refused value.
    pub value: String,
    /// What is wrong, and what is expected.
    pub problem: String,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}: {}", self.setting, self.value, self.problem)
    }
}

impl core::error::Error for ConfigError {}

/// The texts of the settings that were given, by their names or aliases.
pub type Given = BTreeMap<String, String>;

impl Config {
    /// Checks all given settings; what is not given takes its default.
    pub fn parse(given: &Given) -> Result<Self, ConfigError> {
        let values = Values { given };
        values.refuse_unbuilt()?;
        Ok(Self {
            http_port: values.http_port()?,
            bind: values.read(
                "BIND",
                "[::]",
                "an address such as [::] or 127.0.0.1",
                value::address,
            )?,
            base_url: values.base_url()?,
            data_dir: values.text("DATA_DIR")?.unwrap_or("data").to_owned(),
            zig_upstream: values.place("ZIG_UPSTREAM_URL", "https://ziglang.org")?,
            nominated_base: values.nominated_url(
                "ZIG_NOMINATED_VERSION_BASE_URL",
                "https://pkg.hexops.org/zig/",
            )?,
            nominated_index: values.nominated_url(
                "ZIG_NOMINATED_INDEX_URL",
                "https://pkg.hexops.org/zig/index.json",
            )?,
            packages: values.templates("ZIG_PKG", Templates::packages)?,
            artifacts: values.templates("ZIG_ARTIFACT", Templates::artifacts)?,
            prefetch: values.read(
                "ZIG_PREFETCH",
                "version",
                "off, version or all",
                prefetch_mode,
            )?,
            minisign_keys: values.keys()?,
            store_max: values.read(
                "STORE_MAX",
                "off",
                "a size such as 40G, or off",
                size_or_off,
            )?,
            disk_reserve: values.read("DISK_RESERVE", "512M", "a size such as 512M, or 0", size)?,
            purge: values.purge()?,
            miss_rate: values.read(
                "MISS_RATE",
                "240,2400",
                "two numbers such as 240,2400, or off",
                miss_rate,
            )?,
            trusted_proxies: values.read(
                "TRUSTED_PROXIES",
                "",
                "addresses or CIDR blocks, comma-separated",
                cidrs,
            )?,
            allow_private: values.read(
                "UPSTREAM_ALLOW_PRIVATE",
                "false",
                "true, false, or a list of hosts and CIDR blocks",
                allow_private,
            )?,
            proxies: values.proxies()?,
            registry: values.registry()?,
            named: Vec::new(),
            ssl_cert_file: values.text("SSL_CERT_FILE")?.map(ToOwned::to_owned),
            workers: values.read("WORKERS", "", "a number from 1 to 64", workers)?,
            log: values.read("LOG", "info", "off, error, warn, info or debug", log_level)?,
            limits: values.limits()?,
        })
    }

    /// Where the official index is.
    pub fn official_index(&self) -> Option<Url> {
        let base = format!("{}", self.zig_upstream);
        Url::parse(&format!(
            "{}/download/index.json",
            value::without_slash(&base)
        ))
        .ok()
    }

    /// The public URL once the port is known.
    pub fn base_url_at(&self, port: u16) -> String {
        self.base_url
            .clone()
            .unwrap_or_else(|| format!("http://localhost:{port}"))
    }

    /// The templates that a mirrored file's organisation is looked up in.
    pub fn templates(&self, name: &MirroredName) -> &Templates {
        match name.family() {
            Family::Package => &self.packages,
            Family::Artifact { .. } => &self.artifacts,
        }
    }

    /// Whether the operator named this host and port as an upstream, so that it may be private.
    pub fn is_operators(&self, url: &Url) -> bool {
        let forges = [&self.packages, &self.artifacts];
        core::iter::once(&self.zig_upstream)
            .chain(&self.nominated_base)
            .chain(&self.nominated_index)
            .chain(&self.registry.catalog)
            .chain(&self.named)
            .chain(
                forges
                    .into_iter()
                    .flat_map(Templates::origins)
                    .map(|(_, origin)| origin),
            )
            .any(|own| own.is_at(url))
    }
}

/// The address that takes connections of both IP versions.
pub const ANY: IpAddr = IpAddr::V6(Ipv6Addr::UNSPECIFIED);

#[cfg(test)]
mod tests;
