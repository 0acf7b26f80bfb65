//! The project's own tasks: `cargo xtask test | fuzz | size | dist | bench | tools`.
//!
//! Every task drives programs that a person could run by hand, and reports a program that is
//! missing as `skipped: no <tool>`. Nothing here is part of the server, and no task changes files
//! outside `target/`.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "printing is what these tasks are for"
)]
#![allow(
    clippy::cast_precision_loss,
    reason = "figures are printed with three digits; f64 holds more"
)]

mod bench;
mod dist;
mod failure;
mod fuzz;
mod http;
mod purity;
mod sample;
mod size;
mod test;
mod tools;
mod wasm;

use std::process::ExitCode;

use crate::failure::Failure;

const USAGE: &str = "\
cargo xtask test                             everything that must hold; CI runs the same
cargo xtask fuzz [TARGET] [SECONDS]          the fuzz targets, 60 s each unless told otherwise
cargo xtask size                             the static binaries and the component against their budgets
cargo xtask dist                             static binaries, component, checksums, in target/dist/
cargo xtask bench [--against nginx,smol,hyper] [--only NAME,..] [--rounds N] [--seconds N]
                  [--server PATH] [--noise] [--list]
                                             ratios against rivals, in one run on this machine
cargo xtask tools zig VERSION                a real Zig from PyPI; prints the path of the program
";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match dispatch(&args) {
        Ok(code) => code,
        Err(failure) => {
            eprintln!("xtask: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch(args: &[String]) -> Result<ExitCode, Failure> {
    let words: Vec<&str> = args.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["test"] => test::run(),
        ["fuzz", rest @ ..] => fuzz::run(rest),
        ["size"] => size::run(),
        ["dist"] => dist::run(),
        ["bench", rest @ ..] => bench::run(rest),
        ["tools", "zig", version] => {
            println!("{}", tools::zig(version)?.display());
            Ok(ExitCode::SUCCESS)
        }
        [] | ["help" | "--help" | "-h"] => {
            print!("{USAGE}");
            Ok(ExitCode::SUCCESS)
        }
        _ => Err(Failure::new(format!("unknown arguments\n{USAGE}"))),
    }
}
