//! Settings from the command line and the environment; a flag beats its variable.

use core::fmt::Write;
use std::ffi::OsString;

use zigdepot_core::config::{Config, ConfigError, Given, SETTINGS, find_flag};

/// What the command line asks for.
#[derive(Debug)]
pub enum Command {
    /// Serve with these settings.
    Serve(Box<Config>),
    /// Print this text and end.
    Print(String),
}

/// Why the command line or a setting was refused.
#[derive(Debug)]
pub enum SettingsError {
    /// The command line cannot be read.
    Arguments(String),
    /// A setting was refused.
    Setting(ConfigError),
}

impl core::fmt::Display for SettingsError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Arguments(problem) => write!(f, "{problem}; --help lists the flags"),
            Self::Setting(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for SettingsError {}

/// Reads the arguments (without the program's name) and the environment.
pub fn read(
    program: &str,
    arguments: impl IntoIterator<Item = OsString>,
    environment: impl Fn(&str) -> Option<String>,
) -> Result<Command, SettingsError> {
    let mut given = from_environment(environment);
    let mut parser = lexopt::Parser::from_args(arguments);
    while let Some(argument) = parser.next().map_err(unreadable)? {
        match argument {
            lexopt::Arg::Short('h') | lexopt::Arg::Long("help") => {
                return Ok(Command::Print(help(program)));
            }
            lexopt::Arg::Short('V') | lexopt::Arg::Long("version") => {
                return Ok(Command::Print(format!(
                    "{program} {}\n",
                    env!("CARGO_PKG_VERSION")
                )));
            }
            lexopt::Arg::Long(flag) => {
                let Some(setting) = find_flag(flag) else {
                    return Err(SettingsError::Arguments(format!("unknown flag --{flag}")));
                };
                let value = parser.value().map_err(unreadable)?;
                let value = value.into_string().map_err(|_| {
                    SettingsError::Arguments(format!(
                        "the value of --{} is not UTF-8",
                        setting.name
                    ))
                })?;
                if let Some(alias) = setting.alias {
                    given.remove(alias);
                }
                given.insert(setting.name.to_owned(), value);
            }
            lexopt::Arg::Short(letter) => {
                return Err(SettingsError::Arguments(format!("unknown flag -{letter}")));
            }
            lexopt::Arg::Value(word) => {
                return Err(SettingsError::Arguments(format!(
                    "unknown command {}",
                    word.to_string_lossy()
                )));
            }
        }
    }
    Config::parse(&given)
        .map(Box::new)
        .map(Command::Serve)
        .map_err(SettingsError::Setting)
}

#[expect(clippy::needless_pass_by_value, reason = "map_err hands it over")]
fn unreadable(error: lexopt::Error) -> SettingsError {
    SettingsError::Arguments(error.to_string())
}

fn from_environment(environment: impl Fn(&str) -> Option<String>) -> Given {
    let names = SETTINGS
        .iter()
        .flat_map(|setting| core::iter::once(setting.name).chain(setting.alias));
    names
        .filter_map(|name| Some((name.to_owned(), environment(name)?)))
        .collect()
}

fn help(program: &str) -> String {
    let mut text = format!(
        "{program} {}: a mirror of Zig toolchains\n\nUsage: {program} [--setting value]...\n\n\
         Each setting is an environment variable (HTTP_PORT) and a flag (--http-port).\n\n",
        env!("CARGO_PKG_VERSION")
    );
    for setting in SETTINGS.iter().filter(|setting| setting.built) {
        let alias = setting
            .alias
            .map_or_else(String::new, |alias| format!(" (also {alias})"));
        let default = if setting.default.is_empty() {
            "none"
        } else {
            setting.default
        };
        let _ = writeln!(
            text,
            "  {}{alias}\n      {} [default: {default}]",
            setting.name, setting.help
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(
        arguments: &[&str],
        environment: &[(&str, &str)],
    ) -> Result<Box<Config>, SettingsError> {
        let arguments = arguments.iter().map(OsString::from);
        let lookup = |name: &str| {
            environment
                .iter()
                .find(|(n, _)| *n == name)
                .map(|(_, v)| (*v).to_owned())
        };
        match read("zigdepot", arguments, lookup)? {
            Command::Serve(config) => Ok(config),
            Command::Print(text) => panic!("{text}"),
        }
    }

    #[test]
    fn flag_beats_variable_and_alias() {
        let environment = [("HTTP_PORT", "1"), ("PACKBASE_PORT", "1")];
        assert_eq!(
            config(&["--http-port", "2"], &environment)
                .unwrap()
                .http_port,
            2
        );
        assert_eq!(
            config(&["--http-port=3"], &environment).unwrap().http_port,
            3
        );
        assert_eq!(config(&[], &environment).unwrap().http_port, 1);
    }

    #[test]
    fn unknown_words_are_refused_by_name() {
        for (arguments, expected) in [
            (&["--http-prot", "1"][..], "unknown flag --http-prot"),
            (&["frobnicate"][..], "unknown command frobnicate"),
            (&["-x"][..], "unknown flag -x"),
        ] {
            let line = config(arguments, &[]).unwrap_err().to_string();
            assert!(line.starts_with(expected), "{line}");
        }
    }

    #[test]
    fn help_lists_every_built_setting() {
        let text = help("zigdepot");
        assert!(
            SETTINGS
                .iter()
                .filter(|s| s.built)
                .all(|s| text.contains(s.name))
        );
        assert!(!text.contains("ACME"));
    }
}
