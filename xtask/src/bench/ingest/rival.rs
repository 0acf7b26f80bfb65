//! What git itself spends to bring one tag and pack it: `git clone --depth 1`, then
//! `git archive --format=tar.gz`.
//!
//! It runs on the servers' processor, and its CPU time is counted as theirs is, children included.

use core::time::Duration;
use std::{
    fs,
    io::{BufRead as _, BufReader, Write as _},
    path::PathBuf,
    process::{Child, ChildStdout, Stdio},
};

use super::super::{
    git::{self, Git, repository::TAG},
    measure::{self, Group, Load, Run},
    net,
    servers::pinned,
};
use crate::{
    failure::{Doing, Failure},
    tools,
};

/// Stays while git comes and goes: where there is no control group, it is asked what its children
/// have spent.
const SCRIPT: &str = "\
echo ready
while read -r how url dir; do
    \"$1\" -c advice.detachedHead=false clone --quiet --depth 1 --branch \"$2\" \"$how\" \"$url\" \"$dir\" \
        && \"$1\" -C \"$dir\" archive --format=tar.gz --output=\"$dir.tar.gz\" HEAD \
        && echo done || echo failed
done";

/// How the clone is made.
#[derive(Clone, Copy)]
pub(super) enum Clone {
    /// As a person makes one, with its files checked out.
    Whole,
    /// As a server makes one: `git archive` needs no files.
    Bare,
}

impl Clone {
    fn word(self) -> &'static str {
        match self {
            Self::Whole => "--no-bare",
            Self::Bare => "--bare",
        }
    }
}

/// The shell that runs git; dropping it stops it.
pub(super) struct Rival {
    group: Group,
    child: Child,
    says: BufReader<ChildStdout>,
    dir: PathBuf,
}

impl Rival {
    /// Starts the shell, which keeps clones in a new folder.
    pub(super) fn start(git: &Git, dir: PathBuf) -> Result<Self, Failure> {
        fs::create_dir_all(&dir).doing(dir.display())?;
        let group = Group::new(&format!("{}-git", net::inside().unwrap_or_default()));
        let mut command = pinned(&group);
        git::shield(&mut command);
        command.args(["sh", "-c", SCRIPT, "sh"]);
        command.arg(&git.program).arg(TAG);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().doing("git")?;
        let says = BufReader::new(child.stdout.take().doing("git")?);
        let mut rival = Self {
            group,
            child,
            says,
            dir,
        };
        rival.group.set_root(rival.child.id());
        expect(&mut rival.says, "ready")?;
        Ok(rival)
    }

    /// Clones and packs once, under a name that is new.
    pub(super) fn run(&mut self, how: Clone, url: &str, name: &str) -> Result<Run, Failure> {
        let dir = self.dir.join(name);
        let order = format!("{} {url} {}\n", how.word(), dir.display());
        let Self {
            group, child, says, ..
        } = self;
        let run = measure::measured(group, || {
            let input = child.stdin.as_mut().doing("git")?;
            input.write_all(order.as_bytes()).doing("git")?;
            expect(says, "done").map(|()| Load::default())
        })?;
        fs::remove_dir_all(&dir).doing(dir.display())?;
        Ok(run)
    }
}

fn expect(says: &mut BufReader<ChildStdout>, word: &str) -> Result<(), Failure> {
    let mut line = String::new();
    says.read_line(&mut line).doing("git")?;
    let failed = || Failure::new(format!("git clone: '{}'", line.trim()));
    (line.trim() == word).then_some(()).ok_or_else(failed)
}

impl Drop for Rival {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        if tools::wait_bounded(&mut self.child, Duration::from_secs(5)).is_err() {
            eprintln!("git would not stop");
        }
        self.group.remove();
    }
}
