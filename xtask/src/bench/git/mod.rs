//! The program git and its HTTP server, without what this machine and its user have told them.

pub(super) mod host;
pub(super) mod repository;

use std::{
    env,
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use crate::{
    failure::{Doing, Failure},
    tools,
};

/// Settings in place of those that a user may have.
const ENVIRONMENT: [(&str, &str); 7] = [
    ("HOME", "/nonexistent"),
    ("LC_ALL", "C"),
    ("TZ", "UTC"),
    ("no_proxy", "*"),
    ("GIT_TERMINAL_PROMPT", "0"),
    ("GIT_CONFIG_NOSYSTEM", "1"),
    ("GIT_CONFIG_GLOBAL", "/dev/null"),
];

/// git, found on this machine.
#[derive(Clone)]
pub(super) struct Git {
    pub(super) program: PathBuf,
    /// The CGI program that serves repositories.
    pub(super) backend: PathBuf,
}

impl Git {
    /// None where git is missing, or its HTTP server, which some systems package apart.
    pub(super) fn find() -> Result<Option<Self>, Failure> {
        let Some(program) = tools::find("git") else {
            return Ok(None);
        };
        let folder = tools::stdout_of(Command::new(&program).arg("--exec-path"))?;
        let backend = Path::new(folder.trim()).join("git-http-backend");
        Ok(backend.is_file().then_some(Self { program, backend }))
    }

    /// A run of the CGI program.
    pub(super) fn backend(&self) -> Command {
        let mut command = Command::new(&self.backend);
        shield(&mut command);
        command
    }

    /// Runs git in a folder and returns what it printed.
    pub(super) fn stdout(&self, dir: &Path, arguments: &[&str]) -> Result<String, Failure> {
        let mut command = Command::new(&self.program);
        shield(&mut command);
        tools::stdout_of(command.args(arguments).current_dir(dir))
    }

    /// Runs git in a folder.
    pub(super) fn run(&self, dir: &Path, arguments: &[&str]) -> Result<(), Failure> {
        self.feed(dir, arguments, |_| Ok(()))
    }

    /// Runs git in a folder; it reads what `write` writes.
    pub(super) fn feed(
        &self,
        dir: &Path,
        arguments: &[&str],
        write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> Result<(), Failure> {
        let mut command = Command::new(&self.program);
        shield(&mut command);
        command.args(arguments).current_dir(dir);
        command.stdin(Stdio::piped()).stdout(Stdio::null());
        let mut child = command.spawn().doing("git")?;
        let written = child.stdin.take().map_or(Ok(()), |input| {
            let mut input = BufWriter::new(input);
            write(&mut input)?;
            input.flush()
        });
        let status = child.wait().doing("git")?;
        let what = format!("git {}: {status}", arguments.join(" "));
        // A git that fails does not read to the end; its status says more than the pipe's.
        status.success().then_some(()).doing(&what)?;
        written.doing(what)
    }
}

/// Leaves a command nothing of this process's environment but PATH.
pub(super) fn shield(command: &mut Command) {
    command.env_clear().envs(ENVIRONMENT);
    command.env("PATH", env::var_os("PATH").unwrap_or_default());
}
