//! How large the files are that this run measured, and those that `cargo xtask dist` made.
//!
//! Nothing is built for it: a program for another machine, or a WebAssembly component, has a row
//! where it is there already.

use std::{fs, path::Path, path::PathBuf};

use super::{programs::Contender, report::Table};
use crate::{
    failure::{Doing, Failure},
    tools,
};

const CHECKSUMS: &str = "SHA256SUMS";

/// Prints one row a file.
pub(super) fn print(contenders: &[Contender]) -> Result<(), Failure> {
    let mut table = Table::new(&["program", "file", "bytes"]);
    for contender in contenders {
        table.row(row(&contender.name, &contender.binary)?);
    }
    for path in shelf() {
        table.row(row("", &path)?);
    }
    println!("## sizes\n");
    table.print();
    Ok(())
}

fn row(name: &str, path: &Path) -> Result<Vec<String>, Failure> {
    let bytes = fs::metadata(path).doing(path.display())?.len();
    let target = tools::target_dir();
    let target = target.canonicalize().unwrap_or(target);
    let shown = path.strip_prefix(&target).unwrap_or(path);
    Ok(vec![
        name.to_owned(),
        shown.display().to_string(),
        bytes.to_string(),
    ])
}

/// What `dist` made, and release components.
fn shelf() -> Vec<PathBuf> {
    let target = tools::target_dir();
    let target = target.canonicalize().unwrap_or(target);
    let is_component = |path: &PathBuf| path.extension().is_some_and(|end| end == "wasm");
    let dist = files(&target.join("dist"));
    let dist = dist.into_iter().filter(|path| !path.ends_with(CHECKSUMS));
    let components = files(&target.join("wasm32-wasip2/release"));
    dist.chain(components.into_iter().filter(is_component))
        .collect()
}

fn files(dir: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(dir).into_iter().flatten().flatten();
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    files.retain(|path| path.is_file());
    files.sort();
    files
}
