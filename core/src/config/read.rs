//! From the texts of settings to checked values, each refusal with the setting's name.

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::time::Duration;

use super::proxy::{Proxies, Proxy};
use super::settings::{SETTINGS, find};
use super::value::{self, Cidr, NoProxy, Places};
use super::{
    AllowPrivate, ConfigError, Given, LogLevel, MissRate, PrefetchMode, RegistrySettings, Token,
};
use crate::limits::Limits;
use crate::route::template::{TemplateError, Templates};
use crate::store::purge::Wish;
use crate::wire::url::Url;
use crate::zig::minisig::{Keys, PublicKey};

/// The given texts.
pub(super) struct Values<'a> {
    pub(super) given: &'a Given,
}

impl<'a> Values<'a> {
    /// The text of a setting; an empty text counts as not given.
    pub(super) fn text(&self, name: &str) -> Result<Option<&'a str>, ConfigError> {
        Ok(self.raw(name)?.filter(|text| !text.is_empty()))
    }

    /// The text of a setting or its default; an empty text is refused where it means nothing.
    fn text_or(&self, name: &str, default: &'a str) -> Result<&'a str, ConfigError> {
        match self.raw(name)? {
            Some("") if !default.is_empty() => {
                Err(error(name, "", "it is empty; give it a value or unset it"))
            }
            given => Ok(given.unwrap_or(default)),
        }
    }

    /// The text of a setting, also when empty; it and its alias must agree.
    fn raw(&self, name: &str) -> Result<Option<&'a str>, ConfigError> {
        let own = self.given.get(name).map(String::as_str);
        let alias = find(name)
            .and_then(|s| s.alias)
            .and_then(|alias| Some((alias, self.given.get(alias)?.as_str())));
        match (own, alias) {
            (Some(own), Some((alias, other))) if own != other => {
                let (own, other) = (shown(name, own), shown(name, other));
                let problem = format!("{alias}={other} says otherwise; set one of the two");
                Err(error(name, own, &problem))
            }
            (own, alias) => Ok(own.or(alias.map(|(_, other)| other))),
        }
    }

    pub(super) fn read<T>(
        &self,
        name: &str,
        default: &'a str,
        expected: &str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Result<T, ConfigError> {
        let text = self.text_or(name, default)?;
        parse(text).ok_or_else(|| error(name, text, &format!("expected {expected}")))
    }

    pub(super) fn url(&self, name: &str, default: &'a str) -> Result<Url, ConfigError> {
        let text = self.text_or(name, default)?;
        Url::parse(&value::without_slash(text))
            .map_err(|e| error(name, text, &format!("{e}; expected http://… or https://…")))
    }

    /// A URL that paths are appended to.
    pub(super) fn place(&self, name: &str, default: &'a str) -> Result<Url, ConfigError> {
        let url = self.url(name, default)?;
        refuse_query(name, self.text_or(name, default)?)?;
        Ok(url)
    }

    pub(super) fn base_url(&self) -> Result<Option<String>, ConfigError> {
        let Some(text) = self.text("BASE_URL")? else {
            return Ok(None);
        };
        Url::parse(text).map_err(|e| {
            error(
                "BASE_URL",
                text,
                &format!("{e}; expected http://… or https://…"),
            )
        })?;
        refuse_query("BASE_URL", text)?;
        Ok(Some(value::without_slash(text)))
    }

    /// Where nominated versions come from; none if the text is empty, or if that is this server.
    pub(super) fn nominated_url(
        &self,
        name: &str,
        default: &'a str,
    ) -> Result<Option<Url>, ConfigError> {
        let text = self.raw(name)?.unwrap_or(default);
        if text.is_empty() {
            return Ok(None);
        }
        let url = self.url(name, text)?;
        let own = self.own_url()?;
        Ok(Some(url).filter(|url| own.is_none_or(|own| !own.is_at(url))))
    }

    /// This server's own public place, given or not.
    fn own_url(&self) -> Result<Option<Url>, ConfigError> {
        let port = self.http_port()?;
        let own = self.base_url()?;
        let own = own.unwrap_or_else(|| format!("http://localhost:{port}"));
        Ok(Url::parse(&own).ok())
    }

    pub(super) fn http_port(&self) -> Result<u16, ConfigError> {
        self.read("HTTP_PORT", "8080", "a port from 0 to 65535", |v| {
            v.parse().ok()
        })
    }

    /// Rewrite templates, none of which may lead back to this server.
    pub(super) fn templates(
        &self,
        name: &str,
        compile: impl Fn(&str) -> Result<Templates, TemplateError>,
    ) -> Result<Templates, ConfigError> {
        let text = self.text(name)?.unwrap_or_default();
        let templates = compile(text).map_err(|e| {
            error(
                name,
                &e.entry,
                &format!("entry {}: {}", e.number, e.problem),
            )
        })?;
        let own = self.own_url()?;
        for (org, origin) in templates.origins() {
            if own.as_ref().is_some_and(|own| own.is_at(origin)) {
                let problem =
                    format!("the template of {org} leads to this server itself (BASE_URL)");
                return Err(error(name, text, &problem));
            }
        }
        Ok(templates)
    }

    pub(super) fn keys(&self) -> Result<Option<Keys>, ConfigError> {
        const NAME: &str = "ZIG_MINISIGN_KEY";
        match self.text_or(NAME, PublicKey::ZSF)? {
            "off" => Ok(None),
            text => Keys::parse(text).map(Some).map_err(|e| {
                error(
                    NAME,
                    text,
                    &format!("{e}; expected minisign public keys (RW…), or off"),
                )
            }),
        }
    }

    /// What the server deletes by itself; by default nothing.
    pub(super) fn purge(&self) -> Result<Wish, ConfigError> {
        Ok(Wish {
            dev_older_than: self.read(
                "PURGE_DEV_OLDER_THAN",
                "off",
                "an age such as 30d or 12h, or off",
                age_or_off,
            )?,
            to_size: self.read(
                "PURGE_TO_SIZE",
                "off",
                "a size such as 50G, or off",
                // Nothing at all is what `purge --to-size 0` asks for by hand.
                |text| size_or_off(text).filter(|size| *size != Some(0)),
            )?,
        })
    }

    pub(super) fn proxies(&self) -> Result<Proxies, ConfigError> {
        const EXPECTED: &str = "http://[user:password@]host:port";
        Ok(Proxies {
            https: self.read("HTTPS_PROXY", "", EXPECTED, Proxy::parse_setting)?,
            http: self.read("HTTP_PROXY", "", EXPECTED, Proxy::parse_setting)?,
            direct: NoProxy::parse(self.text("NO_PROXY")?.unwrap_or_default()),
        })
    }

    pub(super) fn registry(&self) -> Result<RegistrySettings, ConfigError> {
        const TOKEN: &str = "API_TOKEN";
        let token = self.text(TOKEN)?.map(|text| {
            let expected = "expected 1 to 512 visible ASCII characters";
            Token::parse(text).ok_or_else(|| error(TOKEN, shown(TOKEN, text), expected))
        });
        Ok(RegistrySettings {
            token: token.transpose()?,
            catalog: self.catalog()?,
            is_update_public: self.read("UPDATE_PUBLIC", "true", "true or false", |text| {
                text.parse().ok()
            })?,
            update_every: self.read(
                "UPDATE_EVERY",
                "off",
                "a pace such as 6h or 1d, or off",
                age_or_off,
            )?,
        })
    }

    fn catalog(&self) -> Result<Option<Url>, ConfigError> {
        const NAME: &str = "CATALOG_URL";
        match self.text(NAME)? {
            None => Ok(None),
            Some(text) => Url::parse(text)
                .map(Some)
                .map_err(|e| error(NAME, text, &format!("{e}; expected http://… or https://…"))),
        }
    }

    /// The limits of one ingest.
    fn ingest_limits(&self, limits: &mut Limits) -> Result<(), ConfigError> {
        const NAME: &str = "INGEST_LIMITS";
        for item in value::list(self.text(NAME)?.unwrap_or_default()) {
            let set = item
                .split_once('=')
                .is_some_and(|(name, text)| limits.ingest.set(name, text));
            if !set {
                let expected = "expected a known name and a value, such as pack=2G or time=1h";
                return Err(error(NAME, item, expected));
            }
        }
        Ok(())
    }

    pub(super) fn limits(&self) -> Result<Limits, ConfigError> {
        let mut limits = Limits::default();
        self.ingest_limits(&mut limits)?;
        let text = self.text("TIMEOUTS")?.unwrap_or_default();
        for item in value::list(text) {
            let set = item
                .split_once('=')
                .and_then(|(name, wait)| Some(limits.set_wait(name, value::wait(wait)?)));
            if set != Some(true) {
                return Err(error(
                    "TIMEOUTS",
                    item,
                    "expected a known name and a wait, such as idle=75s or retry=100ms",
                ));
            }
        }
        Ok(limits)
    }

    pub(super) fn refuse_unbuilt(&self) -> Result<(), ConfigError> {
        for setting in SETTINGS.iter().filter(|s| !s.built) {
            if let Some(text) = self.text(setting.name)? {
                return Err(error(
                    setting.name,
                    text,
                    "this version does not have that feature yet; unset it",
                ));
            }
        }
        Ok(())
    }
}

/// A value as an error may show it.
fn shown<'t>(setting: &str, value: &'t str) -> &'t str {
    if setting == "API_TOKEN" { "…" } else { value }
}

fn error(setting: &str, value: &str, problem: &str) -> ConfigError {
    ConfigError {
        setting: setting.to_owned(),
        value: value.to_owned(),
        problem: problem.to_owned(),
    }
}

#[expect(clippy::option_option, reason = "outer: readable; inner: a limit")]
pub(super) fn size_or_off(text: &str) -> Option<Option<u64>> {
    if text == "off" {
        Some(None)
    } else {
        value::size(text).map(Some)
    }
}

#[expect(clippy::option_option, reason = "outer: readable; inner: a limit")]
pub(super) fn age_or_off(text: &str) -> Option<Option<Duration>> {
    if text == "off" {
        Some(None)
    } else {
        value::age(text).map(Some)
    }
}

#[expect(clippy::option_option, reason = "outer: readable; inner: a limit")]
pub(super) fn miss_rate(text: &str) -> Option<Option<MissRate>> {
    if text == "off" {
        return Some(None);
    }
    let (per_client, in_all) = text.split_once(',')?;
    let read = |text: &str| {
        value::number(text.trim())
            .and_then(|n| u32::try_from(n).ok())
            .filter(|n| *n > 0)
    };
    Some(Some(MissRate {
        per_client: read(per_client)?,
        in_all: read(in_all)?,
    }))
}

pub(super) fn prefetch_mode(text: &str) -> Option<PrefetchMode> {
    Some(match text {
        "off" => PrefetchMode::Off,
        "version" => PrefetchMode::Version,
        "all" => PrefetchMode::All,
        _ => return None,
    })
}

pub(super) fn cidrs(text: &str) -> Option<Vec<Cidr>> {
    value::list(text).map(Cidr::parse).collect()
}

pub(super) fn allow_private(text: &str) -> Option<AllowPrivate> {
    match text {
        "false" => Some(AllowPrivate::No),
        "true" => Some(AllowPrivate::Any),
        list => Places::parse(list).map(AllowPrivate::Listed),
    }
}

#[expect(
    clippy::option_option,
    reason = "outer: readable; inner: chosen by the operator"
)]
pub(super) fn workers(text: &str) -> Option<Option<usize>> {
    if text.is_empty() {
        return Some(None);
    }
    value::number(text)
        .and_then(|n| usize::try_from(n).ok())
        .filter(|n| (1..=64).contains(n))
        .map(Some)
}

pub(super) fn log_level(text: &str) -> Option<LogLevel> {
    Some(match text {
        "off" => LogLevel::Off,
        "error" => LogLevel::Error,
        "warn" => LogLevel::Warn,
        "info" => LogLevel::Info,
        "debug" => LogLevel::Debug,
        _ => return None,
    })
}

fn refuse_query(name: &str, text: &str) -> Result<(), ConfigError> {
    if text.contains(['?', '#']) {
        let problem = "paths are appended to it, so it has no query and no fragment";
        return Err(error(name, text, problem));
    }
    Ok(())
}
