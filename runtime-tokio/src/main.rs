//! `zigdepot-tokio`: the server on tokio.

use std::process::ExitCode;

use zigdepot_host::program::Program;
use zigdepot_tokio::{command, server};

fn main() -> ExitCode {
    let program = Program {
        name: "zigdepot-tokio",
        work: server::work,
    };
    program.run::<command::Solo>()
}
