//! The static release binaries, and whether each keeps the budget.

use std::{fs, process::ExitCode};

use crate::{
    dist::{self, PROGRAMS, Program, X86_64},
    failure::{Doing, Failure},
    tools,
};

/// Bytes that a stripped musl binary may have.
pub(crate) const BUDGET: u64 = 4_000_000;

pub(crate) fn run() -> Result<ExitCode, Failure> {
    if let Some(lack) = X86_64.lack() {
        println!("skipped: no {lack}");
        return Ok(exit_code(tools::must_have(&lack.tool)));
    }
    let mut failed = false;
    for program in PROGRAMS {
        failed |= bytes(program)? > BUDGET;
    }
    Ok(exit_code(failed))
}

/// Builds the program and says how big it is.
fn bytes(program: &Program) -> Result<u64, Failure> {
    X86_64.build(program.package)?;
    let binary = dist::built(program.file, &X86_64);
    let bytes = fs::metadata(&binary).doing(binary.display())?.len();
    println!(
        "{}, {}: {bytes} bytes of {BUDGET} ({:.1} %)",
        program.file,
        X86_64.triple,
        bytes as f64 / BUDGET as f64 * 100.0
    );
    Ok(bytes)
}

fn exit_code(failed: bool) -> ExitCode {
    if failed {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    }
}
