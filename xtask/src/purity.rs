//! Purity: the core names no std, and as a module it imports nothing.
//!
//! It looks at the core's sources and at one built module; what the core does it leaves to tests.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::{
    failure::{Doing, Failure},
    tools,
    wasm::Outline,
};

/// Code of a module that really has the core in it; of an emptied one 15 KB are left.
const LEAST_CODE: usize = 200_000;

/// A `#![no_std]` crate can name std only through `extern crate std`, which tests alone may have.
pub(crate) fn core_names_no_std() -> Result<(), Failure> {
    let src = tools::root().join("core/src");
    let lib = fs::read_to_string(src.join("lib.rs")).doing("core/src/lib.rs")?;
    if !lib.lines().any(|line| line == "#![no_std]") {
        return Err(Failure::new("core/src/lib.rs: no line says #![no_std]"));
    }
    for file in rust_files(&src)? {
        let text = fs::read_to_string(&file).doing(file.display())?;
        if let Some(line) = std_outside_tests(&text) {
            return Err(Failure::new(format!(
                "{}:{line}: std outside tests",
                file.display()
            )));
        }
    }
    Ok(())
}

/// The first line that brings std in without `#[cfg(test)]` right above it.
fn std_outside_tests(source: &str) -> Option<usize> {
    let mut above = "";
    for (number, line) in source.lines().map(str::trim).enumerate() {
        if line.contains("extern crate std") && !line.starts_with("//") && above != "#[cfg(test)]" {
            return Some(number + 1);
        }
        above = line;
    }
    None
}

fn rust_files(dir: &Path) -> Result<Vec<PathBuf>, Failure> {
    let mut files = Vec::new();
    for entry in fs::read_dir(dir).doing(dir.display())? {
        let path = entry.doing(dir.display())?.path();
        if path.is_dir() {
            files.extend(rust_files(&path)?);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// `core/examples/no_imports.rs`, as the step before built it.
fn module() -> PathBuf {
    tools::target_dir().join("wasm32-unknown-unknown/debug/examples/no_imports.wasm")
}

/// The module has no import section to speak of, exports `main`, and was not emptied.
pub(crate) fn core_imports_nothing() -> Result<(), Failure> {
    let path = module();
    let bytes = fs::read(&path).doing(path.display())?;
    let outline = Outline::read(&bytes).doing(path.display())?;
    if let Some(import) = outline.imports.first() {
        let count = outline.imports.len();
        return Err(Failure::new(format!(
            "the core imports {count} things from its host, {import} first"
        )));
    }
    if !outline.exports.iter().any(|name| name == "main") || outline.code_bytes < LEAST_CODE {
        return Err(Failure::new(format!(
            "{}: emptied: {} bytes of code, exports {:?}",
            path.display(),
            outline.code_bytes,
            outline.exports
        )));
    }
    Ok(())
}

/// Without any import, the module answers a request for a signed file with status 200.
pub(crate) fn core_serves_without_imports() -> Result<(), Failure> {
    let script = tools::root().join("xtask/wasm/no_imports.mjs");
    let said = tools::stdout_of(Command::new("node").arg(script).arg(module()))?;
    if said.trim() != "200" {
        return Err(Failure::new(format!("main returned {}", said.trim())));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn std_is_allowed_only_right_below_cfg_test() {
        assert_eq!(
            std_outside_tests("extern crate alloc;\n#[cfg(test)]\nextern crate std;\n"),
            None
        );
        assert_eq!(std_outside_tests("// no extern crate std here\n"), None);
        assert_eq!(
            std_outside_tests("#[cfg(test)]\nmod t;\nextern crate std;\n"),
            Some(3)
        );
        assert_eq!(
            std_outside_tests("pub extern crate std as other;\n"),
            Some(1)
        );
    }
}
