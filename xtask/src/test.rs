//! `cargo xtask test`: everything that must hold, one line a step, the same here and in CI.
//!
//! What the machine lacks is `skipped: no <tool>`; with `CI=true` that is a failure, because there
//! `.ci/run` installs it (what it could not get it lists in `XTASK_MAY_SKIP`). Tests that need a
//! program (curl, minisign, zig) say `skipped: no <tool>` on standard error themselves, past the
//! test harness's capture, and are counted here too.

use core::time::Duration;
use std::{
    collections::BTreeSet,
    fs::{self, File},
    path::Path,
    process::{Command, ExitCode, Stdio},
    time::Instant,
};

use crate::{
    failure::{Doing, Failure},
    purity, tools,
};

/// No step may take longer; a test that hangs is a failure, not a lost afternoon.
const STEP_LIMIT: Duration = Duration::from_mins(50);

/// Imports nothing, because there is nothing to import from.
const PURE_TARGET: &str = "wasm32-unknown-unknown";

/// Has Node run what `cargo test` builds for this target. Cargo splits the text at blanks and runs
/// it in a package's folder; a path from there stays whole wherever the workspace lies.
const WASI_TARGET: &str = "wasm32-wasip1";
const WASI_RUNNER: (&str, &str) = (
    "CARGO_TARGET_WASM32_WASIP1_RUNNER",
    "node --no-warnings --experimental-wasi-unstable-preview1 ../xtask/wasm/wasi.mjs",
);

/// What `wasi:http` components are built for.
const COMPONENT_TARGET: &str = "wasm32-wasip2";

/// What a step cannot do without.
#[derive(Clone, Copy)]
enum Need {
    Nothing,
    Program(&'static str),
    Target(&'static str),
    All(&'static [Self]),
}

/// What a step does.
enum Action {
    Cargo(&'static str),
    Check(fn() -> Result<(), Failure>),
}

struct Step {
    name: &'static str,
    need: Need,
    action: Action,
}

const fn cargo(name: &'static str, arguments: &'static str) -> Step {
    Step {
        name,
        need: Need::Nothing,
        action: Action::Cargo(arguments),
    }
}

/// The core for a machine or runtime smaller than this one; nothing is linked or run.
macro_rules! core_for {
    ($triple:literal) => {
        Step {
            name: concat!("small targets: the core builds for ", $triple),
            need: Need::Target($triple),
            action: Action::Cargo(concat!("build --package zigdepot-core --target ", $triple)),
        }
    };
}

/// The whole list, in its order: cheap and telling first.
const STEPS: &[Step] = &[
    cargo("format", "fmt --all --check"),
    cargo("lints", "clippy --quiet --workspace --all-targets"),
    Step {
        name: "dependencies: bans, licenses, sources",
        need: Need::Program("cargo-deny"),
        action: Action::Cargo("deny --workspace check bans licenses sources"),
    },
    Step {
        name: "purity: the core names no std",
        need: Need::Nothing,
        action: Action::Check(purity::core_names_no_std),
    },
    Step {
        name: "purity: the core builds for wasm32-unknown-unknown",
        need: Need::Target(PURE_TARGET),
        action: Action::Cargo(
            "build --package zigdepot-core --lib --example no_imports --target wasm32-unknown-unknown",
        ),
    },
    Step {
        name: "purity: the core imports nothing",
        need: Need::Target(PURE_TARGET),
        action: Action::Check(purity::core_imports_nothing),
    },
    Step {
        name: "purity: the core serves a file with nothing imported",
        need: Need::All(&[Need::Target(PURE_TARGET), Need::Program("node")]),
        action: Action::Check(purity::core_serves_without_imports),
    },
    core_for!("wasm32-wasip1"),
    core_for!("wasm32-wasip2"),
    core_for!("x86_64-unknown-linux-musl"),
    core_for!("aarch64-unknown-linux-musl"),
    // The core knows no libc, and every mirror has this one.
    core_for!("armv7-unknown-linux-gnueabihf"),
    Step {
        name: "component builds",
        need: Need::Target(COMPONENT_TARGET),
        action: Action::Cargo(
            "build --quiet --release --package zigdepot-wasi --target wasm32-wasip2",
        ),
    },
    Step {
        name: "component lints",
        need: Need::Target(COMPONENT_TARGET),
        action: Action::Cargo("clippy --quiet --package zigdepot-wasi --target wasm32-wasip2"),
    },
    Step {
        name: "small targets: the core's tests as wasm32-wasip1",
        need: Need::All(&[Need::Target(WASI_TARGET), Need::Program("node")]),
        action: Action::Cargo("test --package zigdepot-core --target wasm32-wasip1"),
    },
    cargo(
        "core alone",
        "test --package zigdepot-core --no-default-features",
    ),
    cargo(
        "host alone",
        "test --package zigdepot-host --no-default-features",
    ),
    cargo(
        "runtime-smol alone",
        "test --package zigdepot-smol --no-default-features",
    ),
    cargo(
        "runtime-tokio alone",
        "test --package zigdepot-tokio --no-default-features",
    ),
    cargo("workspace tests", "test --workspace"),
    cargo("documentation", "doc --workspace --no-deps"),
];

pub(crate) fn run() -> Result<ExitCode, Failure> {
    let logs = tools::target_dir().join("xtask-test");
    fs::create_dir_all(&logs).doing(logs.display())?;
    let mut tally = Tally::default();
    for (number, step) in STEPS.iter().enumerate() {
        let log = logs.join(format!("{number:02}.log"));
        let start = Instant::now();
        let end = step.run(&log);
        tally.report(step.name, &end, start.elapsed());
    }
    println!(
        "{} passed, {} failed, {} skipped",
        tally.passed, tally.failed, tally.skipped
    );
    Ok(if tally.failed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// How a step ended.
enum End {
    Passed(Said),
    Failed(String),
    Lacks(String),
}

/// What of a passed step's output a person should see.
#[derive(Default)]
struct Said {
    tests: u32,
    warnings: String,
    skips: BTreeSet<String>,
}

#[derive(Default)]
struct Tally {
    passed: u32,
    failed: u32,
    skipped: u32,
}

impl Tally {
    fn report(&mut self, name: &str, end: &End, took: Duration) {
        match end {
            End::Passed(said) => self.passed(name, said, took),
            End::Failed(output) => self.failed(name, output),
            End::Lacks(tool) => self.lacks(name, tool),
        }
    }

    fn passed(&mut self, name: &str, said: &Said, took: Duration) {
        self.passed += 1;
        print!("{}", said.warnings);
        let tests = if said.tests == 0 {
            String::new()
        } else {
            format!(", {} tests", said.tests)
        };
        println!("ok   {name} ({:.1} s{tests})", took.as_secs_f64());
        for skip in &said.skips {
            self.lacks("a test", skip);
        }
    }

    fn failed(&mut self, name: &str, output: &str) {
        self.failed += 1;
        println!("{}", output.trim_end());
        println!("FAIL {name}");
    }

    fn lacks(&mut self, name: &str, tool: &str) {
        if tools::must_have(tool) {
            self.failed(name, &format!("{name} needs {tool}, which CI must have"));
        } else {
            self.skipped += 1;
            println!("skipped: no {tool} ({name})");
        }
    }
}

impl Step {
    fn run(&self, log: &Path) -> End {
        if let Some(tool) = self.need.missing() {
            return End::Lacks(tool);
        }
        let output = match self.action {
            Action::Cargo(arguments) => run_cargo(arguments, log),
            Action::Check(check) => check().map(|()| String::new()),
        };
        match output {
            Ok(text) => End::Passed(Said::of(&text)),
            Err(failure) => End::Failed(failure.to_string()),
        }
    }
}

impl Need {
    fn missing(self) -> Option<String> {
        match self {
            Self::Program(name) if tools::find(name).is_none() => Some(name.to_owned()),
            Self::Target(triple) if !tools::has_target(triple) => Some(format!("{triple} target")),
            Self::All(needs) => needs.iter().find_map(|need| need.missing()),
            Self::Nothing | Self::Program(_) | Self::Target(_) => None,
        }
    }
}

impl Said {
    fn of(output: &str) -> Self {
        let mut said = Self::default();
        for line in output.lines() {
            if let Some(count) = passed_tests(line) {
                said.tests += count;
            }
            if let Some((_, tool)) = line.split_once("skipped: no ") {
                said.skips.insert(tool.trim().to_owned());
            }
        }
        if output.lines().any(|line| line.starts_with("warning")) {
            output.clone_into(&mut said.warnings);
        }
        said
    }
}

/// The count in libtest's closing line, `test result: ok. 12 passed; 0 failed; ...`.
fn passed_tests(line: &str) -> Option<u32> {
    let (count, _) = line
        .strip_prefix("test result: ok. ")?
        .split_once(" passed")?;
    count.parse().ok()
}

/// Runs cargo with its output in a file, so that nothing waits for a pipe that a stray child holds.
fn run_cargo(arguments: &str, log: &Path) -> Result<String, Failure> {
    let out = File::create(log).doing(log.display())?;
    let err = out.try_clone().doing(log.display())?;
    let mut command = cargo_command(arguments);
    let mut child = command
        .stdin(Stdio::null())
        .stdout(out)
        .stderr(err)
        .spawn()
        .doing("cargo")?;
    let status = tools::wait_bounded(&mut child, STEP_LIMIT)?;
    let bytes = fs::read(log).doing(log.display())?;
    let text = String::from_utf8_lossy(&bytes).into_owned();
    match status {
        Some(status) if status.success() => Ok(text),
        Some(_) => Err(Failure::new(text)),
        None => Err(Failure::new(format!(
            "{text}\nkilled after {} s",
            STEP_LIMIT.as_secs()
        ))),
    }
}

fn cargo_command(arguments: &str) -> Command {
    let mut command = Command::new("cargo");
    command
        .args(arguments.split(' '))
        .current_dir(tools::root());
    command
        .env("CARGO_TERM_COLOR", "never")
        .env("RUSTDOCFLAGS", "-D warnings")
        .env(WASI_RUNNER.0, WASI_RUNNER.1);
    if arguments.starts_with("clippy") && tools::is_ci() {
        command.args(["--", "-D", "warnings"]);
    }
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn skips_inside_tests_are_seen_once_each() {
        let output = "running 2 tests\ntest a ... skipped: no nginx\nok\nskipped: no nginx\n\
                      test result: ok. 2 passed; 0 failed; 0 ignored\n\
                      test result: ok. 40 passed; 0 failed; 0 ignored\n";
        let said = Said::of(output);
        assert_eq!(said.tests, 42);
        assert_eq!(said.skips.into_iter().collect::<Vec<_>>(), ["nginx"]);
        assert!(said.warnings.is_empty());
    }
}
