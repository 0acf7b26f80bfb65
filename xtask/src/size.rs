//! The static release binary, and whether it keeps its budget.

use std::{
    fs,
    process::{Command, ExitCode},
};

use crate::{
    failure::{Doing, Failure},
    tools,
};

const TARGET: &str = "x86_64-unknown-linux-musl";

/// Bytes that the stripped musl binary may have.
pub(crate) const BUDGET: u64 = 4_000_000;

pub(crate) fn run() -> Result<ExitCode, Failure> {
    if !tools::has_target(TARGET) {
        println!("skipped: no {TARGET} (rustup target add {TARGET})");
        return Ok(exit_code(tools::is_ci()));
    }
    let mut cargo = Command::new("cargo");
    cargo.args([
        "build",
        "--release",
        "--package",
        "zigdepot-smol",
        "--target",
        TARGET,
    ]);
    let built = cargo
        .current_dir(tools::root())
        .status()
        .doing("cargo build")?;
    if !built.success() {
        return Err(Failure::new("the release build failed"));
    }
    let binary = tools::target_dir().join(TARGET).join("release/zigdepot");
    let bytes = fs::metadata(&binary).doing(binary.display())?.len();
    println!(
        "zigdepot, {TARGET}: {bytes} bytes of {BUDGET} ({:.1} %)",
        bytes as f64 / BUDGET as f64 * 100.0
    );
    Ok(exit_code(bytes > BUDGET))
}

fn exit_code(failed: bool) -> ExitCode {
    if failed {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    }
}
