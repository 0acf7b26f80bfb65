//! The program git, without what this machine and its user have told it.

use std::ffi::OsStr;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::tools::{find, run, skipped};

/// Who makes all commits and tags.
pub(super) const NAME: &str = "A U Thor";
/// Their address.
pub(super) const EMAIL: &str = "author@example.org";
/// When, in git's own form: 2023-11-14T22:13:20Z.
pub(super) const DATE: &str = "1700000000 +0000";

/// Settings in place of those that a user may have.
const CONFIG: [(&str, &str); 8] = [
    ("init.defaultBranch", "main"),
    ("gc.auto", "0"),
    ("maintenance.auto", "false"),
    ("core.autocrlf", "false"),
    ("core.attributesFile", "/dev/null"),
    ("core.excludesFile", "/dev/null"),
    ("core.fsync", "none"),
    ("safe.directory", "*"),
];

/// git with its HTTP server.
#[derive(Clone, Debug)]
pub struct Git {
    program: PathBuf,
    backend: PathBuf,
}

/// Finds git and its `http-backend`, or says that the test is skipped.
pub fn git() -> Option<Git> {
    let program = find("git")?;
    let printed = run(&program, &["--exec-path"], Path::new("/")).stdout;
    let folder = PathBuf::from(String::from_utf8_lossy(&printed).trim());
    let backend = folder.join("git-http-backend");
    if !backend.is_file() {
        skipped("no git http-backend");
        return None;
    }
    Some(Git { program, backend })
}

impl Git {
    /// A command of git, to be given arguments.
    pub fn command(&self) -> Command {
        shielded(&self.program)
    }

    /// The CGI program that serves repositories.
    pub fn backend(&self) -> Command {
        shielded(&self.backend)
    }

    /// Runs git and returns what it printed, without the line's end; panics unless it succeeds.
    #[track_caller]
    pub fn run(&self, dir: &Path, arguments: &[&str]) -> String {
        let printed = self.feed(dir, arguments, b"");
        String::from_utf8_lossy(&printed).trim_end().into()
    }

    /// The same with standard input, byte for byte.
    #[track_caller]
    pub fn feed(&self, dir: &Path, arguments: &[impl AsRef<OsStr>], input: &[u8]) -> Vec<u8> {
        self.try_feed(dir, arguments, input)
            .unwrap_or_else(|said| panic!("{said}"))
    }

    /// Runs git and returns what it printed, or what it said when it failed.
    pub fn try_feed(
        &self,
        dir: &Path,
        arguments: &[impl AsRef<OsStr>],
        input: &[u8],
    ) -> Result<Vec<u8>, String> {
        let mut command = self.command();
        command.args(arguments).current_dir(dir);
        let piped = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = piped.spawn().expect("git starts");
        let mut stdin = child.stdin.take().expect("standard input is piped");
        let output = std::thread::scope(|scope| {
            // A git that fails early does not read to the end, and says why.
            scope.spawn(move || drop(stdin.write_all(input)));
            child.wait_with_output().expect("git ends")
        });
        if output.status.success() {
            return Ok(output.stdout);
        }
        let said = String::from_utf8_lossy(&output.stderr);
        let words: Vec<_> = command.get_args().collect();
        Err(format!("git {words:?}: {}\n{said}", output.status))
    }
}

/// A program of git's, to be given arguments.
pub(crate) fn shielded(program: &Path) -> Command {
    let mut command = Command::new(program);
    command.env_clear();
    command
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", "/nonexistent")
        .env("LC_ALL", "C")
        .env("TZ", "UTC")
        .env("no_proxy", "*")
        .env("GIT_TERMINAL_PROMPT", "0")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_COUNT", CONFIG.len().to_string());
    for (number, (key, value)) in CONFIG.into_iter().enumerate() {
        command
            .env(format!("GIT_CONFIG_KEY_{number}"), key)
            .env(format!("GIT_CONFIG_VALUE_{number}"), value);
    }
    for role in ["AUTHOR", "COMMITTER"] {
        command
            .env(format!("GIT_{role}_NAME"), NAME)
            .env(format!("GIT_{role}_EMAIL"), EMAIL)
            .env(format!("GIT_{role}_DATE"), DATE);
    }
    command
}
