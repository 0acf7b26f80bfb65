//! The commands beside serving: each declares its name, its flags and its help, and does its work.
//!
//! A command's exit status is 0 if all is well, 1 if what it looked for was found or could not be
//! done in full, and 2 if it could not run.

pub mod du;
pub mod fetch;
pub mod hash;
pub mod import;
pub mod purge;
pub mod update;
pub mod upstream;
pub mod vendor;
pub mod verify;

use core::fmt::{self, Write as _};
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

use zigdepot_core::config::Config;
use zigdepot_core::store::StoreError;
use zigdepot_core::time::Timestamp;

use crate::store::FileStore;

/// All commands, in the order of `--help`.
pub const COMMANDS: &[&Command] = &[
    &PREFETCH,
    &fetch::COMMAND,
    &update::COMMAND,
    &upstream::COMMAND,
    &verify::COMMAND,
    &du::COMMAND,
    &purge::COMMAND,
    &import::COMMAND,
    &hash::COMMAND,
    &vendor::COMMAND,
];

/// What found something, or did not do all.
pub const SOME: u8 = 1;
/// What could not run.
pub const NOT_RUN: u8 = 2;

/// A command.
#[derive(Clone, Copy, Debug)]
pub struct Command {
    /// The word that calls it.
    pub name: &'static str,
    /// What follows the word.
    pub usage: &'static str,
    /// One line for the list of commands.
    pub summary: &'static str,
    /// What one has to know to use it, as lines of text.
    pub help: &'static str,
    /// Its own flags; it takes those of settings, too.
    pub flags: &'static [Flag],
    /// Its work.
    pub run: Doing,
}

/// Who does the work of a command.
#[derive(Clone, Copy, Debug)]
pub enum Doing {
    /// The calling thread.
    Here(Run),
    /// The host, on one worker.
    OnWorker(OnWorker),
}

/// What is done on a worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnWorker {
    /// `prefetch`
    Prefetch,
    /// `vendor`
    Vendor,
    /// `fetch`
    Fetch,
    /// `update`
    Update,
    /// `upstream`
    Upstream,
}

/// What a command does: its exit status, or why it could not run.
pub type Run = fn(&Call) -> Result<ExitCode, CommandError>;

/// A flag of a command.
#[derive(Clone, Copy, Debug)]
pub struct Flag {
    /// Its name, without dashes.
    pub name: &'static str,
    /// What its value is called, if it takes one.
    pub value: Option<&'static str>,
    /// One line for `--help`.
    pub help: &'static str,
}

const PREFETCH: Command = Command {
    name: "prefetch",
    usage: "[VERSION|stable|nominated]...",
    summary: "fetch all files of versions; without one, of all stable and nominated ones",
    help: "What is here already is not fetched again. Exit status 1: some could not be had.\n",
    flags: &[],
    run: Doing::OnWorker(OnWorker::Prefetch),
};

/// A command as it was called.
#[derive(Debug)]
pub struct Call {
    /// The settings.
    pub config: Config,
    /// What was named.
    pub words: Vec<OsString>,
    /// The command's own flags that were given, with their values or an empty text.
    pub flags: BTreeMap<&'static str, String>,
}

/// Why a command could not run: one line.
#[derive(Debug)]
pub struct CommandError(String);

impl CommandError {
    /// An error that reads like this.
    pub fn new(problem: &dyn fmt::Display) -> Self {
        Self(problem.to_string())
    }
}

impl fmt::Display for CommandError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl core::error::Error for CommandError {}

impl Command {
    /// The command of this name.
    #[must_use]
    pub fn find(name: &str) -> Option<&'static Self> {
        COMMANDS.iter().find(|one| one.name == name).copied()
    }

    /// Its flag of this name.
    #[must_use]
    pub fn flag(&self, name: &str) -> Option<&'static Flag> {
        self.flags.iter().find(|flag| flag.name == name)
    }

    /// The text of `--help`.
    #[must_use]
    pub fn help(&self, program: &str) -> String {
        let (name, usage) = (self.name, self.usage);
        let mut text = format!(
            "{program} {name}: {}\n\nUsage: {program} {name} {usage} [--setting value]...\n\n{}\n",
            self.summary, self.help
        );
        for flag in self.flags {
            let value = flag.value.map_or_else(String::new, |v| format!(" {v}"));
            let _ = writeln!(text, "  --{}{value}\n      {}", flag.name, flag.help);
        }
        text + &format!("\nSettings are flags, too: {program} --help lists them.\n")
    }
}

impl Call {
    /// Whether a flag was given.
    #[must_use]
    pub fn has(&self, flag: &str) -> bool {
        self.flags.contains_key(flag)
    }

    /// The value of a flag; what `parse` does not read is refused with what was `expected`.
    pub fn value<T>(
        &self,
        flag: &str,
        expected: &str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Result<Option<T>, CommandError> {
        let Some(text) = self.flags.get(flag) else {
            return Ok(None);
        };
        let refused = || CommandError(format!("--{flag}={text}: expected {expected}"));
        parse(text).map(Some).ok_or_else(refused)
    }

    /// The data directory, which must be there.
    pub fn data_dir(&self) -> Result<PathBuf, CommandError> {
        let dir = Path::new(&self.config.data_dir);
        match std::fs::metadata(dir) {
            Ok(meta) if meta.is_dir() => Ok(dir.to_path_buf()),
            Ok(_) => Err(self.refuse_dir(&"it is no directory")),
            Err(error) => Err(self.refuse_dir(&error)),
        }
    }

    /// The store, which must be there.
    pub fn store(&self) -> Result<FileStore, CommandError> {
        FileStore::open(&self.data_dir()?).map_err(|error| self.refuse_dir(&error))
    }

    /// The store, which must be there and writable.
    pub fn writable_store(&self) -> Result<FileStore, CommandError> {
        let store = self.store()?;
        if store.is_writable() {
            Ok(store)
        } else {
            Err(self.refuse_dir(&StoreError::ReadOnly))
        }
    }

    fn refuse_dir(&self, problem: &dyn fmt::Display) -> CommandError {
        CommandError(format!("DATA_DIR={}: {problem}", self.config.data_dir))
    }

    /// Refuses any word.
    pub fn expect_no_words(&self) -> Result<(), CommandError> {
        match self.words.first() {
            None => Ok(()),
            Some(word) => Err(CommandError(format!(
                "{}: expected nothing",
                word.display()
            ))),
        }
    }
}

/// Writes one line to standard output; a reader that is gone is no reason to stop.
pub fn say(text: fmt::Arguments<'_>) {
    let _ = writeln!(std::io::stdout().lock(), "{text}");
}

/// The time of day.
#[must_use]
pub fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    Timestamp(since.map_or(0, |since| since.as_secs()))
}
