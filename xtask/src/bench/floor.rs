//! What a package's hash costs at least, measured beside the servers that compute it.
//!
//! `core/examples/package_costs.rs` does the work with the core's own code, in a release build, on
//! the servers' processor; its CPU time is counted as theirs is.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    path::Path,
    process::{Child, ChildStdout, Stdio},
};

use core::time::Duration;

use super::{measure::Group, net, programs::Source, servers::pinned};
use crate::{
    failure::{Doing, Failure},
    tools,
};

/// The program that does the work.
pub(super) const PROGRAM: Source = Source {
    arguments: &["zigdepot-core", "--example", "package_costs"],
    file: "examples/package_costs",
};

/// CPU seconds of the two parts.
#[derive(Clone, Copy, Debug)]
pub(super) struct Costs {
    pub(super) inflate: f64,
    pub(super) sha256: f64,
}

/// The running program; dropping it stops it.
pub(super) struct Floor {
    group: Group,
    child: Child,
    says: BufReader<ChildStdout>,
}

impl Floor {
    /// Starts it with a package to work on, and waits until it is ready.
    pub(super) fn start(package: &Path) -> Result<Self, Failure> {
        let group = Group::new(&format!("{}-floor", net::inside().unwrap_or_default()));
        let mut command = pinned(&group);
        command.arg(PROGRAM.binary()?).arg(package);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().doing("package_costs")?;
        let says = BufReader::new(child.stdout.take().doing("package_costs")?);
        let mut floor = Self { group, child, says };
        floor.group.set_root(floor.child.id());
        floor.expect("ready")?;
        Ok(floor)
    }

    /// Has each part done once.
    pub(super) fn measure(&mut self) -> Result<Costs, Failure> {
        Ok(Costs {
            inflate: self.cost("inflate")?,
            sha256: self.cost("sha256")?,
        })
    }

    fn cost(&mut self, part: &str) -> Result<f64, Failure> {
        let before = self.group.cpu();
        let input = self.child.stdin.as_mut().doing("package_costs")?;
        input
            .write_all(format!("{part}\n").as_bytes())
            .doing("package_costs")?;
        self.expect("done")?;
        Ok(self.group.cpu() - before)
    }

    fn expect(&mut self, word: &str) -> Result<(), Failure> {
        let mut line = String::new();
        self.says.read_line(&mut line).doing("package_costs")?;
        let failed = || Failure::new(format!("package_costs said '{}'", line.trim()));
        (line.trim() == word).then_some(()).ok_or_else(failed)
    }
}

impl Drop for Floor {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        if tools::wait_bounded(&mut self.child, Duration::from_secs(5)).is_err() {
            eprintln!("package_costs would not stop");
        }
        self.group.remove();
    }
}
