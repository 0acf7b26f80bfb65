//! Every git on this machine's `PATH`, as the clients that clone packages.
//!
//! Two of one version are one client. Each is asked in versions 0, 1 and 2 of the protocol, and
//! checks every object that it gets as strictly as it can.
//!
//! It refuses to let a client run for ever, or to leave anything running that it has started.

use core::fmt;
use core::time::Duration;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};

use crate::process::wait_or_end_group;
use crate::repo::shielded;
use crate::scratch::Scratch;
use crate::tools::{find, run};

/// Over this a client counts as hanging.
pub const PATIENCE: Duration = Duration::from_mins(2);

/// A git that speaks one version of the protocol.
#[derive(Clone, Debug)]
pub struct Client {
    program: PathBuf,
    version: String,
    protocol: u8,
    settings: Vec<String>,
}

/// All gits of distinct versions in all versions of the protocol; none where git is missing, which
/// has been said.
pub fn clients() -> Vec<Client> {
    let programs = programs();
    let rows = programs.iter().flat_map(|(version, program)| {
        [2, 1, 0].map(|protocol| Client {
            program: program.clone(),
            version: version.clone(),
            protocol,
            settings: Vec::new(),
        })
    });
    rows.collect()
}

/// The programs by their versions.
fn programs() -> BTreeMap<String, PathBuf> {
    let mut found = BTreeMap::new();
    if find("git").is_none() {
        return found;
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    for program in std::env::split_paths(&path).map(|dir| dir.join("git")) {
        if program.is_file() {
            let printed = run(&program, &["--version"], Path::new("/")).stdout;
            let version = String::from_utf8_lossy(&printed).trim().to_owned();
            found.entry(version).or_insert(program);
        }
    }
    found
}

impl Client {
    /// The version of the protocol that it asks for: 0, 1 or 2.
    pub fn protocol(&self) -> u8 {
        self.protocol
    }

    /// The same client with a setting more, as `http.postBuffer=65536`.
    #[must_use]
    pub fn with(mut self, setting: &str) -> Self {
        self.settings.push(setting.into());
        self
    }

    /// Runs a command in a directory; panics unless it succeeds. Returns what it printed, without
    /// the line's end.
    #[track_caller]
    pub fn run(&self, dir: &Path, arguments: &[&str]) -> String {
        match self.start(dir, arguments).end() {
            Ok(said) => said.out.trim_end().into(),
            Err(failed) => panic!("{self} {arguments:?}: {failed}"),
        }
    }

    /// Runs a command in a directory; panics unless it ends by itself, and fails. Returns what it
    /// said on standard error.
    #[track_caller]
    pub fn fail(&self, dir: &Path, arguments: &[&str]) -> String {
        match self.start(dir, arguments).end() {
            Ok(said) => panic!("{self} {arguments:?} succeeds: {said:?}"),
            Err(Failed::Status(said)) => said.err,
            Err(failed @ Failed::Hangs(_)) => panic!("{self} {arguments:?}: {failed}"),
        }
    }

    /// Runs a command to its end.
    pub fn attempt(&self, dir: &Path, arguments: &[&str]) -> Result<Said, Failed> {
        self.start(dir, arguments).end()
    }

    /// Starts a command that is waited for later.
    pub fn start(&self, dir: &Path, arguments: &[&str]) -> Started {
        let said = Scratch::new("git-said");
        let mut command = shielded(&self.program);
        let protocol = format!("protocol.version={}", self.protocol);
        let settings = ["transfer.fsckObjects=true", "advice.detachedHead=false"];
        let own = self.settings.iter().map(String::as_str);
        for setting in settings.into_iter().chain([protocol.as_str()]).chain(own) {
            command.args(["-c", setting]);
        }
        let file = |name| File::create(said.join(name)).expect("scratch files can be written");
        command
            .args(arguments)
            .current_dir(dir)
            .stdin(Stdio::null())
            .stdout(file("stdout"))
            .stderr(file("stderr"));
        let child = command.process_group(0).spawn().expect("git starts");
        Started { child, said }
    }
}

impl fmt::Display for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (protocol {})", self.version, self.protocol)
    }
}

/// What a command has printed.
#[derive(Clone, Debug)]
pub struct Said {
    /// On standard output.
    pub out: String,
    /// On standard error.
    pub err: String,
}

/// How a command failed.
#[derive(Clone, Debug)]
pub enum Failed {
    /// It said so.
    Status(Said),
    /// It did not end, and was killed.
    Hangs(Said),
}

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Status(said) => write!(f, "{}{}", said.out, said.err),
            Self::Hangs(said) => write!(f, "hangs: {}{}", said.out, said.err),
        }
    }
}

/// A command at work; it ends when this is dropped.
#[derive(Debug)]
pub struct Started {
    child: Child,
    said: Scratch,
}

impl Started {
    /// Waits for its end, and no longer than [`PATIENCE`].
    pub fn end(self) -> Result<Said, Failed> {
        self.end_within(PATIENCE)
    }

    /// The same with another patience.
    pub fn end_within(mut self, patience: Duration) -> Result<Said, Failed> {
        let status = wait_or_end_group(&mut self.child, patience);
        let read = |name| {
            let bytes = fs::read(self.said.join(name)).unwrap_or_default();
            String::from_utf8_lossy(&bytes).into_owned()
        };
        let said = Said {
            out: read("stdout"),
            err: read("stderr"),
        };
        match status {
            Some(status) if status.success() => Ok(said),
            Some(_) => Err(Failed::Status(said)),
            None => Err(Failed::Hangs(said)),
        }
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        wait_or_end_group(&mut self.child, Duration::ZERO);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_client_says_its_version_and_why_it_fails() {
        for client in clients() {
            let said = client.run(Path::new("/"), &["version"]);
            assert!(client.to_string().starts_with(&said), "{client} {said}");
            let said = client.fail(Path::new("/"), &["no-such-command"]);
            assert!(said.contains("no-such-command"), "{said}");
        }
    }

    #[test]
    fn client_that_hangs_is_killed() {
        let Some(client) = clients().pop() else {
            return;
        };
        let client = client.with("alias.wait=!sleep 77");
        let started = client.start(Path::new("/"), &["wait"]);
        let ended = started.end_within(Duration::from_millis(300));
        assert!(matches!(ended, Err(Failed::Hangs(_))), "{ended:?}");
    }
}
