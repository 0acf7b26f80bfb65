//! x
use crate::failure::Failure;
use std::process::ExitCode;
pub(crate) fn run(_: &[&str]) -> Result<ExitCode, Failure> {
    Ok(ExitCode::SUCCESS)
}
