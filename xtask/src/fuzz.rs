//! Runs the cargo-fuzz targets for a while each.
//!
//! Seeds come from the committed corpus; new finds go to `target/fuzz-corpus/`, so a run never
//! changes the repository. Committed corpora are replayed by the ordinary tests, without nightly.

use std::{
    fs,
    path::Path,
    process::{Command, ExitCode},
};

use crate::{
    failure::{Doing, Failure},
    tools,
};

const DEFAULT_SECONDS: u32 = 60;

pub(crate) fn run(args: &[&str]) -> Result<ExitCode, Failure> {
    let (only, seconds) = parse(args)?;
    if let Some(tool) = missing_tool() {
        println!("skipped: no {tool}");
        return Ok(ExitCode::SUCCESS);
    }
    let dir = tools::root().join("fuzz");
    let manifest = dir.join("Cargo.toml");
    let all = target_names(&fs::read_to_string(&manifest).doing(manifest.display())?);
    let chosen: Vec<&String> = all
        .iter()
        .filter(|name| only.is_none_or(|only| only == *name))
        .collect();
    if chosen.is_empty() {
        return Err(Failure::new(format!(
            "no such fuzz target; there are: {}",
            all.join(", ")
        )));
    }
    let mut failed = 0;
    for name in chosen {
        let clean = run_one(&dir, name, seconds)?;
        println!(
            "{} {name} ({seconds} s)",
            if clean { "ok  " } else { "FAIL" }
        );
        failed += u32::from(!clean);
    }
    Ok(if failed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// `[TARGET] [SECONDS]`: a number alone is the seconds.
fn parse<'a>(args: &[&'a str]) -> Result<(Option<&'a str>, u32), Failure> {
    match args {
        [] => Ok((None, DEFAULT_SECONDS)),
        [one] => Ok(one
            .parse()
            .map_or((Some(*one), DEFAULT_SECONDS), |seconds| (None, seconds))),
        [name, seconds] => Ok((Some(*name), seconds.parse().doing("SECONDS")?)),
        _ => Err(Failure::new("fuzz takes at most a target and seconds")),
    }
}

fn missing_tool() -> Option<&'static str> {
    let toolchains = tools::stdout_of(Command::new("rustup").args(["toolchain", "list"]));
    if !toolchains.is_ok_and(|list| list.lines().any(|line| line.starts_with("nightly"))) {
        return Some("nightly toolchain (rustup toolchain install nightly)");
    }
    let cargo_fuzz = tools::find("cargo-fuzz");
    cargo_fuzz
        .is_none()
        .then_some("cargo-fuzz (cargo install cargo-fuzz)")
}

/// The names of the `[[bin]]` tables of the fuzz manifest, in its order.
fn target_names(manifest: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut in_bin = false;
    for line in manifest.lines().map(str::trim) {
        if line.starts_with('[') {
            in_bin = line == "[[bin]]";
        }
        let name = line
            .strip_prefix("name")
            .and_then(|rest| rest.trim_start().strip_prefix('='));
        if let Some(name) = name.filter(|_| in_bin) {
            names.push(name.trim().trim_matches('"').to_owned());
        }
    }
    names
}

fn run_one(dir: &Path, name: &str, seconds: u32) -> Result<bool, Failure> {
    let finds = tools::target_dir().join("fuzz-corpus").join(name);
    fs::create_dir_all(&finds).doing(finds.display())?;
    let mut cargo = Command::new("cargo");
    cargo
        .args(["+nightly", "fuzz", "run", "--fuzz-dir"])
        .arg(dir)
        .arg(name)
        .arg(finds);
    let seeds = dir.join("corpus").join(name);
    if seeds.is_dir() {
        cargo.arg(seeds);
    }
    cargo.args([
        "--",
        &format!("-max_total_time={seconds}"),
        "-timeout=10",
        "-print_final_stats=1",
    ]);
    if let Some(dictionary) = dictionary(dir, name) {
        cargo.arg(dictionary);
    }
    // The toolchain that runs this task must not stick to the nightly one.
    cargo
        .env_remove("CARGO")
        .env_remove("RUSTUP_TOOLCHAIN")
        .current_dir(tools::root());
    Ok(cargo.status().doing("cargo fuzz")?.success())
}

fn dictionary(dir: &Path, name: &str) -> Option<String> {
    let file = format!("{name}.dict");
    let places = [
        dir.join("dict").join(&file),
        dir.join("dictionaries").join(&file),
        dir.join(&file),
    ];
    let found = places.into_iter().find(|path| path.is_file())?;
    Some(format!("-dict={}", found.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_bins_are_targets() {
        let manifest = "[package]\nname = \"fuzz\"\n\n[[bin]]\nname = \"head\"\npath = \"head.rs\"\n\n[[bin]]\nname=\"range\"\n";
        assert_eq!(target_names(manifest), ["head", "range"]);
    }

    #[test]
    fn a_number_alone_is_the_seconds() {
        assert_eq!(parse(&["90"]).unwrap(), (None, 90));
        assert_eq!(parse(&["head"]).unwrap(), (Some("head"), DEFAULT_SECONDS));
        assert_eq!(parse(&["head", "5"]).unwrap(), (Some("head"), 5));
        assert!(parse(&["head", "x"]).is_err());
    }
}
