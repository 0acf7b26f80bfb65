//! `zigdepot`: the server on smol's executor.

use std::process::ExitCode;

use zigdepot_host::program::Program;
use zigdepot_smol::{command, server};

fn main() -> ExitCode {
    let program = Program {
        name: "zigdepot",
        work: server::work,
    };
    program.run::<command::Solo>()
}
