//! Settings from the environment, as far as a component can do what they say.
//!
//! What is set and would have no effect is refused by name; variables that are no settings are
//! ignored, for hosts add their own. Where the usual default needs a process that lives longer, a
//! component has another.

use zigdepot_core::config::{Config, ConfigError, Given, SETTINGS, find};

/// Defaults of a component where they are not the server's.
const DEFAULTS: [(&str, &str); 3] = [
    ("DATA_DIR", "/data"),
    ("MISS_RATE", "off"),
    ("ZIG_PREFETCH", "off"),
];

/// Settings without effect, the value that says so, and the reason.
const REFUSED: [(&str, &str, &str); 10] = [
    ("BIND", "", "the component's host listens"),
    (
        "WORKERS",
        "",
        "the component's host decides how many requests run at once",
    ),
    ("ZIG_PREFETCH", "off", "a component lives for one request"),
    ("UPDATE_EVERY", "off", "a component lives for one request"),
    (
        "MISS_RATE",
        "off",
        "a component lives for one request and cannot count",
    ),
    (
        "TRUSTED_PROXIES",
        "",
        "a component is not told who connects",
    ),
    (
        "HTTPS_PROXY",
        "",
        "the component's host connects to upstreams",
    ),
    (
        "HTTP_PROXY",
        "",
        "the component's host connects to upstreams",
    ),
    (
        "SSL_CERT_FILE",
        "",
        "the component's host has its own roots",
    ),
    (
        "DISK_RESERVE",
        "0",
        "a component cannot ask how much room the disk has",
    ),
];

/// The settings, or which one cannot be followed.
pub(crate) fn read(environment: impl Fn(&str) -> Option<String>) -> Result<Config, ConfigError> {
    let mut given = Given::new();
    for setting in SETTINGS {
        for name in core::iter::once(setting.name).chain(setting.alias) {
            given.extend(environment(name).map(|value| (name.to_owned(), value)));
        }
    }
    REFUSED
        .into_iter()
        .try_for_each(|row| refuse(&given, row))?;
    for (name, value) in DEFAULTS {
        if value_of(&given, name).is_none() {
            given.insert(name.to_owned(), value.to_owned());
        }
    }
    Config::parse(&given)
}

fn refuse(given: &Given, (name, harmless, why): (&str, &str, &str)) -> Result<(), ConfigError> {
    match value_of(given, name) {
        Some(value) if !value.is_empty() && value != harmless => Err(ConfigError {
            setting: name.to_owned(),
            value: value.to_owned(),
            problem: format!("{why}; unset it"),
        }),
        _ => Ok(()),
    }
}

/// What a setting or its alias was given.
fn value_of<'g>(given: &'g Given, name: &str) -> Option<&'g str> {
    let alias = find(name).and_then(|setting| setting.alias);
    let value = given.get(name).or_else(|| given.get(alias?));
    value.map(String::as_str)
}

#[cfg(test)]
mod tests {
    use zigdepot_core::config::PrefetchMode;

    use super::*;

    fn config(given: &[(&str, &str)]) -> Result<Config, ConfigError> {
        read(|name| {
            let found = given.iter().find(|(given, _)| *given == name);
            found.map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn nothing_given_gives_what_a_component_can_do() {
        let config = config(&[]).unwrap();
        assert_eq!(config.data_dir, "/data");
        assert_eq!(config.prefetch, PrefetchMode::Off);
        assert!(config.miss_rate.is_none());
    }

    #[test]
    fn what_would_have_no_effect_is_refused_by_name() {
        for (name, value) in [
            ("WORKERS", "4"),
            ("ZIG_PREFETCH", "version"),
            ("MISS_RATE", "1,1"),
            ("UPDATE_EVERY", "1h"),
            ("TRUSTED_PROXIES", "10.0.0.1"),
            ("https_proxy", "http://proxy:1"),
            ("HTTP_PROXY", "http://proxy:1"),
            ("SSL_CERT_FILE", "/etc/x.pem"),
            ("DISK_RESERVE", "1G"),
        ] {
            let line = config(&[(name, value)]).unwrap_err().to_string();
            assert!(
                line.starts_with(&format!("{}=", name.to_uppercase())),
                "{line}"
            );
        }
    }

    #[test]
    fn off_is_no_reason_to_refuse() {
        let off = [
            ("ZIG_PREFETCH", "off"),
            ("MISS_RATE", "off"),
            ("TRUSTED_PROXIES", ""),
            ("DISK_RESERVE", "0"),
            ("PACKBASE_ROOT", "/elsewhere"),
        ];
        assert_eq!(config(&off).unwrap().data_dir, "/elsewhere");
    }
}
