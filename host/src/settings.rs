//! Settings from the command line and the environment; a flag beats its variable.

use core::fmt::Write;
use std::ffi::OsString;

use zigdepot_core::app::prefetch::Scope;
use zigdepot_core::config::{Config, ConfigError, Given, SETTINGS, find_flag};

use crate::commands::hash::Form;

/// What the command line asks for.
#[derive(Debug)]
pub enum Command {
    /// Serve with these settings.
    Serve(Box<Config>),
    /// Fetch everything in these scopes, then end.
    Prefetch(Box<Config>, Vec<Scope>),
    /// Print the hashes of these packages, in this form.
    Hash(Vec<OsString>, Form),
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
    let mut words = Vec::new();
    let mut form = Form::New;
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
            lexopt::Arg::Long("legacy") if words.first().is_some_and(|word| word == "hash") => {
                form = Form::Legacy;
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
            lexopt::Arg::Value(word) => words.push(word),
        }
    }
    let config = Config::parse(&given)
        .map(Box::new)
        .map_err(SettingsError::Setting)?;
    command(config, &words, form)
}

fn command(config: Box<Config>, words: &[OsString], form: Form) -> Result<Command, SettingsError> {
    let Some((command, rest)) = words.split_first() else {
        return Ok(Command::Serve(config));
    };
    match &*command.to_string_lossy() {
        "hash" if rest.is_empty() => Err(SettingsError::Arguments(
            "hash: expected an archive or a directory".into(),
        )),
        "hash" => Ok(Command::Hash(rest.into(), form)),
        "prefetch" => {
            let scopes = rest.iter().map(|word| {
                let word = word.to_string_lossy();
                Scope::parse(&word).map_err(|error| {
                    SettingsError::Arguments(format!(
                        "{word}: {error}; expected stable, nominated or a version"
                    ))
                })
            });
            let scopes = scopes.collect::<Result<Vec<_>, _>>()?;
            let all = || vec![Scope::Stable, Scope::Nominated];
            Ok(Command::Prefetch(
                config,
                if scopes.is_empty() { all() } else { scopes },
            ))
        }
        other => Err(SettingsError::Arguments(format!("unknown command {other}"))),
    }
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
        "{program} {}: a mirror of Zig toolchains\n\nUsage: {program} [--setting value]...\n\
         \x20      {program} prefetch [VERSION|stable|nominated]... [--setting value]...\n\
         \x20      {program} hash [--legacy] FILE|DIR...\n\n\
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
            Command::Prefetch(..) | Command::Hash(..) | Command::Print(_) => panic!("not to serve"),
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
    fn prefetch_takes_scopes_and_by_default_all() {
        let scopes =
            |words: &[&str]| match read("zigdepot", words.iter().map(OsString::from), |_| None) {
                Ok(Command::Prefetch(_, scopes)) => scopes,
                other => panic!("{other:?}"),
            };
        assert_eq!(scopes(&["prefetch"]), [Scope::Stable, Scope::Nominated]);
        let version = Scope::parse("0.14.1").unwrap();
        assert_eq!(
            scopes(&["prefetch", "0.14.1", "stable"]),
            [version, Scope::Stable]
        );
        let error = read(
            "zigdepot",
            ["prefetch", "everything"].map(OsString::from),
            |_| None,
        )
        .unwrap_err();
        assert!(error.to_string().starts_with("everything: "), "{error}");
    }

    #[test]
    fn hash_takes_packages_and_a_flag_of_its_own() {
        let hash =
            |words: &[&str]| match read("zigdepot", words.iter().map(OsString::from), |_| None) {
                Ok(Command::Hash(packages, form)) => Ok((packages, form)),
                Ok(other) => panic!("{other:?}"),
                Err(error) => Err(error.to_string()),
            };
        let packages = vec![OsString::from("a.tar.gz"), OsString::from("dir")];
        assert_eq!(
            hash(&["hash", "a.tar.gz", "dir"]),
            Ok((packages.clone(), Form::New))
        );
        let legacy = hash(&["hash", "a.tar.gz", "--legacy", "dir"]);
        assert_eq!(legacy, Ok((packages, Form::Legacy)));
        assert!(
            hash(&["hash", "--legacy"])
                .unwrap_err()
                .starts_with("hash: expected")
        );
        for wrong in [&["--legacy", "hash", "a"][..], &["prefetch", "--legacy"]] {
            let error = hash(wrong).unwrap_err();
            assert!(error.starts_with("unknown flag --legacy"), "{error}");
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
