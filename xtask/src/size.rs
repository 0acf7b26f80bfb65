//! The static release binary, and whether it keeps its budget.

use std::{fs, process::ExitCode};

use crate::{
    dist::{self, X86_64},
    failure::{Doing, Failure},
    tools,
};

/// Bytes that the stripped musl binary may have.
pub(crate) const BUDGET: u64 = 4_000_000;

pub(crate) fn run() -> Result<ExitCode, Failure> {
    let target = X86_64.triple;
    if let Some(lack) = X86_64.lack() {
        println!("skipped: no {lack}");
        return Ok(exit_code(tools::must_have(&lack.tool)));
    }
    X86_64.build("zigdepot-smol")?;
    let binary = dist::built("zigdepot", &X86_64);
    let bytes = fs::metadata(&binary).doing(binary.display())?.len();
    println!(
        "zigdepot, {target}: {bytes} bytes of {BUDGET} ({:.1} %)",
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
