//! Programs that a test borrows from the machine.
//!
//! What is missing is reported as `skipped: no <tool>`, and the test passes; with `CI=true` the
//! absence is a failure, so that a full run cannot silently prove nothing.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// Finds `name` in `PATH`, or says that the test is skipped.
pub fn find(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path)
        .map(|dir| dir.join(name))
        .find(|file| file.is_file());
    if found.is_none() {
        skipped(&format!("no {name}"));
    }
    found
}

/// Says that a test is skipped and why; a failure where `CI=true`.
pub fn skipped(why: &str) {
    let strict = std::env::var("CI").is_ok_and(|value| value == "true");
    assert!(!strict, "skipped: {why} (and CI=true)");
    eprintln!("skipped: {why}");
}

/// Says that a test is skipped because this machine or host cannot run it, which CI cannot change.
pub fn not_here(why: &str) {
    eprintln!("skipped: {why}");
}

/// Runs a program to its end, without this machine's proxies and locale, and returns what it printed; panics unless it succeeds.
#[track_caller]
pub fn run(program: &Path, arguments: &[&str], dir: &Path) -> Output {
    let mut command = Command::new(program);
    let output = command
        .args(arguments)
        .current_dir(dir)
        .env("LC_ALL", "C")
        .env("no_proxy", "*")
        .output();
    let output =
        output.unwrap_or_else(|error| panic!("{} does not start: {error}", program.display()));
    assert!(
        output.status.success(),
        "{} {arguments:?}: {}\n{}",
        program.display(),
        output.status,
        String::from_utf8_lossy(&output.stderr),
    );
    output
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tool_that_exists_is_found_and_runs() {
        let Some(cat) = find("cat") else { return };
        let output = run(&cat, &["/dev/null"], Path::new("/"));
        assert!(output.stdout.is_empty());
    }
}
