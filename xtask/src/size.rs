//! The static release binaries and the component, and whether they keep their budgets.

use std::{fs, process::ExitCode};

use crate::{
    dist::{self, COMPONENT, PROGRAMS, Target, WASI, X86_64},
    failure::{Doing, Failure},
    tools,
};

/// Bytes that a stripped musl binary may have: the mirror has some 3.3 MB, the registry half a million more.
pub(crate) const BUDGET: u64 = 4_500_000;
/// Bytes that the component may have.
const COMPONENT_BUDGET: u64 = 2_500_000;

pub(crate) fn run() -> Result<ExitCode, Failure> {
    let mut all_keep = true;
    for program in PROGRAMS {
        let built = (program.package, program.file);
        all_keep &= keeps(program.file, built, &X86_64, BUDGET)?;
    }
    all_keep &= keeps("zigdepot.wasm", COMPONENT, &WASI, COMPONENT_BUDGET)?;
    Ok(if all_keep {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Whether the file that cargo makes of a package keeps its budget.
fn keeps(
    name: &str,
    (package, file): (&str, &str),
    target: &Target,
    budget: u64,
) -> Result<bool, Failure> {
    if let Some(lack) = target.lack() {
        println!("skipped: no {lack}");
        return Ok(!tools::must_have(&lack.tool));
    }
    target.build(package)?;
    let built = dist::built(file, target);
    let bytes = fs::metadata(&built).doing(built.display())?.len();
    println!(
        "{name}, {}: {bytes} bytes of {budget} ({:.1} %)",
        target.triple,
        bytes as f64 / budget as f64 * 100.0
    );
    Ok(bytes <= budget)
}
