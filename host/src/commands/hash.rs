//! `hash`: what `zig fetch` prints for a package, without Zig and without a cache.

use std::io::{Write, stderr};
use std::path::Path;
use std::process::ExitCode;

use zigdepot_core::zig::package::{PackageHash, PackageLimits};

use super::{Call, Command, CommandError, Doing, Flag, SOME, say};
use crate::package;

/// The command.
pub const COMMAND: Command = Command {
    name: "hash",
    usage: "FILE|DIR... [--legacy]",
    summary: "the package hash that zig fetch prints for an archive or a directory",
    help: "Archives are tar and tar.gz; a directory is taken as it is, .git and all, but for what\n\
           .paths leaves out. Nothing is unpacked, written or fetched.\n\
           Exit status 1: something named is no package.\n",
    flags: &[Flag {
        name: "legacy",
        value: None,
        help: "the hash of Zig 0.13 and older (1220...)",
    }],
    run: Doing::Here(run),
};

fn run(call: &Call) -> Result<ExitCode, CommandError> {
    if call.words.is_empty() {
        return Err(CommandError::new(&"name an archive or a directory"));
    }
    let mut status = ExitCode::SUCCESS;
    for word in &call.words {
        match hash(Path::new(word), call.has("legacy")) {
            Ok(hash) => say(format_args!("{}", hash.as_str())),
            Err(problem) => {
                status = ExitCode::from(SOME);
                let _ = writeln!(stderr(), "zigdepot: {}: {problem}", word.display());
            }
        }
    }
    Ok(status)
}

/// The hash of one package, or why it has none.
fn hash(path: &Path, is_legacy: bool) -> Result<PackageHash, String> {
    let hashes = package::read(path, PackageLimits::default())
        .map_err(|error| error.to_string())?
        .hashes;
    if is_legacy {
        return Ok(hashes.legacy);
    }
    let of_old = |error| format!("{error}; --legacy prints the hash of Zig 0.13 and older");
    hashes.new.map_err(of_old)
}
