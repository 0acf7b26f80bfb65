//! Settings from the command line and the environment; a flag beats its variable.

use core::fmt::Write;
use core::mem::take;
use std::collections::BTreeMap;
use std::ffi::OsString;

use zigdepot_core::app::prefetch::Scope;
use zigdepot_core::config::{Config, ConfigError, Given, SETTINGS, find_flag};

use crate::commands::{COMMANDS, Call, Command, Doing, NOT_RUN, OnWorker};

/// What the command line asks for.
#[derive(Debug)]
pub enum Order {
    /// Serve with these settings.
    Serve(Box<Config>),
    /// Fetch everything in these scopes, then end.
    Prefetch(Box<Config>, Vec<Scope>),
    /// Do the work of this command.
    Run(&'static Command, Box<Call>),
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
    /// The command was called in a way that it does not understand, or with such a setting.
    Command(&'static Command, Box<Self>),
}

impl SettingsError {
    /// The exit status that says so.
    #[must_use]
    pub fn status(&self) -> u8 {
        match self {
            Self::Arguments(_) | Self::Setting(_) => 1,
            Self::Command(..) => NOT_RUN,
        }
    }
}

impl core::fmt::Display for SettingsError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Arguments(problem) => write!(f, "{problem}; --help lists the flags"),
            Self::Setting(error) => error.fmt(f),
            Self::Command(_, error) => error.fmt(f),
        }
    }
}

impl core::error::Error for SettingsError {}

/// Reads the arguments (without the program's name) and the environment.
pub fn read(
    program: &str,
    arguments: impl IntoIterator<Item = OsString>,
    environment: impl Fn(&str) -> Option<String>,
) -> Result<Order, SettingsError> {
    let mut line = Line::default();
    let order = line.read(program, arguments, from_environment(environment));
    match line.command.filter(|command| !is_prefetch(command)) {
        Some(command) => order.map_err(|error| SettingsError::Command(command, Box::new(error))),
        None => order,
    }
}

/// The command line: a command, what follows it, and its own flags.
#[derive(Debug, Default)]
struct Line {
    command: Option<&'static Command>,
    words: Vec<OsString>,
    flags: BTreeMap<&'static str, String>,
}

impl Line {
    fn read(
        &mut self,
        program: &str,
        arguments: impl IntoIterator<Item = OsString>,
        mut given: Given,
    ) -> Result<Order, SettingsError> {
        let mut parser = lexopt::Parser::from_args(arguments);
        while let Some(argument) = parser.next().map_err(unreadable)? {
            match argument {
                lexopt::Arg::Short('h') | lexopt::Arg::Long("help") => {
                    let of_command = self.command.map(|command| command.help(program));
                    return Ok(Order::Print(of_command.unwrap_or_else(|| help(program))));
                }
                lexopt::Arg::Short('V') | lexopt::Arg::Long("version") => {
                    let version = env!("CARGO_PKG_VERSION");
                    return Ok(Order::Print(format!("{program} {version}\n")));
                }
                lexopt::Arg::Long(flag) => {
                    let flag = flag.to_owned();
                    self.take_flag(&flag, &mut parser, &mut given)?;
                }
                lexopt::Arg::Short(letter) => {
                    return Err(SettingsError::Arguments(format!("unknown flag -{letter}")));
                }
                lexopt::Arg::Value(word) => self.take_word(word)?,
            }
        }
        let config = Config::parse(&given).map_err(SettingsError::Setting)?;
        self.order(config)
    }

    /// The first word is the command.
    fn take_word(&mut self, word: OsString) -> Result<(), SettingsError> {
        if self.command.is_some() {
            self.words.push(word);
            return Ok(());
        }
        let unknown = || SettingsError::Arguments(format!("unknown command {}", word.display()));
        let command = word.to_str().and_then(Command::find);
        self.command = Some(command.ok_or_else(unknown)?);
        Ok(())
    }

    /// A flag of the command before it, or else one of a setting.
    fn take_flag(
        &mut self,
        flag: &str,
        parser: &mut lexopt::Parser,
        given: &mut Given,
    ) -> Result<(), SettingsError> {
        if let Some(own) = self.command.and_then(|command| command.flag(flag)) {
            let value = match own.value {
                Some(_) => value_of(parser, own.name)?,
                None => String::new(),
            };
            self.flags.insert(own.name, value);
            return Ok(());
        }
        let Some(setting) = find_flag(flag) else {
            return Err(SettingsError::Arguments(format!("unknown flag --{flag}")));
        };
        let value = value_of(parser, setting.name)?;
        if let Some(alias) = setting.alias {
            given.remove(alias);
        }
        given.insert(setting.name.to_owned(), value);
        Ok(())
    }

    fn order(&mut self, config: Config) -> Result<Order, SettingsError> {
        let (words, flags) = (take(&mut self.words), take(&mut self.flags));
        let call = Call {
            config,
            words,
            flags,
        };
        Ok(match self.command {
            None => Order::Serve(Box::new(call.config)),
            Some(command) if is_prefetch(command) => {
                Order::Prefetch(Box::new(call.config), scopes(&call.words)?)
            }
            Some(command) => Order::Run(command, Box::new(call)),
        })
    }
}

/// The one that is older than the others' exit statuses.
fn is_prefetch(command: &Command) -> bool {
    matches!(command.run, Doing::OnWorker(OnWorker::Prefetch))
}

fn value_of(parser: &mut lexopt::Parser, name: &str) -> Result<String, SettingsError> {
    let value = parser.value().map_err(unreadable)?;
    value
        .into_string()
        .map_err(|_| SettingsError::Arguments(format!("the value of --{name} is not UTF-8")))
}

fn scopes(words: &[OsString]) -> Result<Vec<Scope>, SettingsError> {
    if words.is_empty() {
        return Ok(vec![Scope::Stable, Scope::Nominated]);
    }
    let scopes = words.iter().map(|word| {
        let word = word.to_string_lossy();
        Scope::parse(&word).map_err(|error| {
            SettingsError::Arguments(format!(
                "{word}: {error}; expected stable, nominated or a version"
            ))
        })
    });
    scopes.collect()
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
        "{program} {}: a mirror of Zig toolchains and packages, and a registry\n\nUsage: {program} [--setting value]...\n\
         \x20      {program} COMMAND [--setting value]...\n\nCommands, each with its own --help:\n\n",
        env!("CARGO_PKG_VERSION")
    );
    for command in COMMANDS {
        let _ = writeln!(text, "  {:<10}{}", command.name, command.summary);
    }
    text += "\nEach setting is an environment variable (HTTP_PORT) and a flag (--http-port).\n\n";
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
            Order::Serve(config) => Ok(config),
            Order::Prefetch(..) | Order::Run(..) | Order::Print(_) => {
                panic!("not to serve")
            }
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
                Ok(Order::Prefetch(_, scopes)) => scopes,
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

    fn order(words: &[&str]) -> Result<Order, SettingsError> {
        read("zigdepot", words.iter().map(OsString::from), |_| None)
    }

    #[test]
    fn command_has_flags_of_its_own_beside_settings() {
        let words = [
            "purge",
            "pkg/o/r",
            "--dry-run",
            "--to-size",
            "5G",
            "--data-dir=x",
        ];
        let Ok(Order::Run(command, call)) = order(&words) else {
            panic!("not a command");
        };
        assert_eq!(
            (command.name, call.config.data_dir.as_str()),
            ("purge", "x")
        );
        assert_eq!(call.words, ["pkg/o/r"]);
        assert!(call.has("dry-run") && !call.has("dev-older-than"));
        assert_eq!(call.flags["to-size"], "5G");
        for words in [
            &["--dry-run", "purge"][..],
            &["du", "--dry-run"],
            &["purge", "--dry-run=yes"],
            &["purge", "--to-size"],
        ] {
            assert!(order(words).is_err(), "{words:?}");
        }
    }

    #[test]
    fn refusal_of_a_command_has_a_status_of_its_own() {
        assert_eq!(order(&["du", "--frob"]).unwrap_err().status(), NOT_RUN);
        assert_eq!(
            order(&["du", "--http-port=x"]).unwrap_err().status(),
            NOT_RUN
        );
        assert_eq!(order(&["--frob"]).unwrap_err().status(), 1);
    }

    #[test]
    fn help_lists_every_command_and_each_helps_itself() {
        let text = help("zigdepot");
        for command in COMMANDS {
            assert!(text.contains(&format!("\n  {}", command.name)), "{text}");
            let Ok(Order::Print(own)) = order(&[command.name, "--help"]) else {
                panic!("{} has no help", command.name);
            };
            assert!(own.contains(command.usage), "{own}");
            let listed = |name| own.contains(&format!("  --{name}"));
            assert!(command.flags.iter().all(|flag| listed(flag.name)), "{own}");
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
