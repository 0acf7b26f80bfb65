//! `cargo xtask dist`: release files for every machine, checked, with their checksums, in
//! `target/dist/`.
//!
//! A program must be static and stripped, and must serve a signed file when it is started here,
//! under QEMU if it is for another machine. The WebAssembly component is checked to be one; its own
//! tests run it. What this machine lacks for that is said with the
//! command that brings it, and is a failure with `CI=true`. It publishes and signs nothing.

mod elf;
mod smoke;
mod source;
mod target;

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, ExitCode},
};

use crate::{
    failure::{Doing, Failure},
    tools,
};
use smoke::Depot;
use target::{LINUX, Lack, MINISIGN, Tool};
pub(crate) use target::{Target, WASI, X86_64};

const VERSION: &str = env!("CARGO_PKG_VERSION");

/// A package of the workspace, the file that cargo makes of it, and the machines it is for.
pub(crate) struct Program {
    pub(crate) package: &'static str,
    pub(crate) file: &'static str,
    targets: &'static [Target],
}

pub(crate) const PROGRAMS: &[Program] = &[
    Program {
        package: "zigdepot-smol",
        file: "zigdepot",
        targets: LINUX,
    },
    Program {
        package: "zigdepot-tokio",
        file: "zigdepot-tokio",
        targets: LINUX,
    },
];

/// The component's package, and the file that cargo makes of it.
pub(crate) const COMPONENT: (&str, &str) = ("zigdepot-wasi", "zigdepot_wasi.wasm");

/// How a component begins (Component Model, Binary.md: version 0x0d, layer 1).
const COMPONENT_START: &[u8] = b"\0asm\x0d\0\x01\0";

pub(crate) fn run() -> Result<ExitCode, Failure> {
    let mut shelf = Shelf::make()?;
    for program in PROGRAMS {
        for target in program.targets {
            shelf.add(program, target)?;
        }
    }
    shelf.add_component()?;
    shelf.write_checksums()?;
    shelf.print();
    Ok(if shelf.failures.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// What is in `target/dist/`, and what should be.
struct Shelf {
    dir: PathBuf,
    depot: Option<Depot>,
    rows: Vec<Row>,
    skips: Vec<String>,
    failures: Vec<String>,
}

struct Row {
    name: String,
    bytes: u64,
    /// What it is and what was done with it: `served a file`, and how.
    checked: String,
}

impl Shelf {
    /// An empty folder, so that nothing of another version gets a checksum.
    fn make() -> Result<Self, Failure> {
        let dir = tools::target_dir().join("dist");
        if dir.exists() {
            fs::remove_dir_all(&dir).doing(dir.display())?;
        }
        fs::create_dir_all(&dir).doing(dir.display())?;
        let mut shelf = Self {
            dir,
            depot: None,
            rows: Vec::new(),
            skips: Vec::new(),
            failures: Vec::new(),
        };
        match MINISIGN.lack() {
            None => shelf.depot = Some(Depot::make(tools::target_dir().join("dist-check"))?),
            Some(lack) => shelf.lacks(&lack, "to start the programs"),
        }
        Ok(shelf)
    }

    fn add(&mut self, program: &Program, target: &Target) -> Result<(), Failure> {
        let name = format!("{}-{VERSION}-{}", program.file, target.label);
        if let Some(lack) = target.lack() {
            self.lacks(&lack, &format!("to build {name}"));
            return Ok(());
        }
        target.build(program.package)?;
        let path = self.dir.join(&name);
        fs::copy(built(program.file, target), &path).doing(path.display())?;
        let file = fs::read(&path).doing(path.display())?;
        elf::judge(&file, target.machine).doing(&name)?;
        let mut checked = self.start(&path, target, &name)?;
        if target.source().is_some() {
            checked.push_str(", with std from source");
        }
        let bytes = file.len() as u64;
        self.rows.push(Row {
            name,
            bytes,
            checked,
        });
        Ok(())
    }

    fn add_component(&mut self) -> Result<(), Failure> {
        let name = format!("zigdepot-{VERSION}.{}", WASI.label);
        if let Some(lack) = WASI.lack() {
            self.lacks(&lack, &format!("to build {name}"));
            return Ok(());
        }
        let (package, file) = COMPONENT;
        WASI.build(package)?;
        let path = self.dir.join(&name);
        fs::copy(built(file, &WASI), &path).doing(path.display())?;
        let file = fs::read(&path).doing(path.display())?;
        if !file.starts_with(COMPONENT_START) {
            return Err(Failure::new(format!("{name} is no component")));
        }
        self.rows.push(Row {
            name,
            bytes: file.len() as u64,
            checked: "a wasi:http component, not started".to_owned(),
        });
        Ok(())
    }

    /// Starts the program if that can be done here; says what was seen.
    fn start(&mut self, path: &Path, target: &Target, name: &str) -> Result<String, Failure> {
        let Some(depot) = &self.depot else {
            return Ok("static, stripped, not started".to_owned());
        };
        if let Some(lack) = target.emulator.and_then(Tool::lack) {
            self.lacks(&lack, &format!("to start {name}"));
            return Ok("static, stripped, not started".to_owned());
        }
        let emulator = target.emulator.map(|emulator| emulator.program);
        depot.check(emulator, path)?;
        Ok(match emulator {
            Some(emulator) => format!("static, stripped, served a file under {emulator}"),
            None => "static, stripped, served a file".to_owned(),
        })
    }

    fn lacks(&mut self, lack: &Lack, what: &str) {
        let line = format!("skipped: no {lack}, {what}");
        if tools::must_have(&lack.tool) {
            self.failures.push(line);
        } else {
            self.skips.push(line);
        }
    }

    /// In the form that `sha256sum --check` reads.
    fn write_checksums(&self) -> Result<(), Failure> {
        if self.rows.is_empty() {
            return Ok(());
        }
        let mut sha256sum = Command::new("sha256sum");
        sha256sum.args(self.rows.iter().map(|row| &row.name));
        let sums = tools::stdout_of(sha256sum.current_dir(&self.dir))?;
        let path = self.dir.join("SHA256SUMS");
        fs::write(&path, sums).doing(path.display())
    }

    fn print(&self) {
        println!("{}:", self.dir.display());
        for row in &self.rows {
            println!("{:44} {:>9} bytes  {}", row.name, row.bytes, row.checked);
        }
        for line in &self.skips {
            println!("{line}");
        }
        for line in &self.failures {
            println!("FAIL {line}");
        }
    }
}

/// Where cargo puts a release program.
pub(crate) fn built(file: &str, target: &Target) -> PathBuf {
    tools::target_dir()
        .join(target.triple)
        .join("release")
        .join(file)
}
