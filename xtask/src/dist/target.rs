//! The machines that release files are for: what builds them there, and what starts them here.
//!
//! Nothing of this is in `.cargo/config.toml`, so that a machine without cross compilers builds
//! everything else as ever.

use core::fmt;
use std::process::Command;

use super::source::Musl;
use crate::{
    failure::{Doing, Failure},
    tools,
};

/// A machine, as seen from an x86_64 one with Debian's names of programs and packages.
#[derive(Clone, Copy)]
pub(crate) struct Target {
    pub(crate) triple: &'static str,
    /// How file names call it.
    pub(super) label: &'static str,
    /// `e_machine` in an ELF head; 0 where there is none.
    pub(super) machine: u16,
    /// The C compiler, for ring; none where nothing of C is built.
    compiler: Option<Tool>,
    /// Whether the compiler also links; Rust's own start files and libc are linked either way.
    links: bool,
    /// What the standard library can be built with where rustup has none.
    musl: Option<Musl>,
    /// Starts programs of this machine, where this one cannot.
    pub(super) emulator: Option<Tool>,
}

/// A program and the Debian packages that bring it.
#[derive(Clone, Copy)]
pub(super) struct Tool {
    pub(super) program: &'static str,
    pub(super) packages: &'static str,
}

const fn tool(program: &'static str, packages: &'static str) -> Tool {
    Tool { program, packages }
}

/// Signs what the programs are to serve.
pub(super) const MINISIGN: Tool = tool("minisign", "minisign");

pub(crate) const X86_64: Target = Target {
    triple: "x86_64-unknown-linux-musl",
    label: "x86_64-linux-musl",
    machine: 62,
    compiler: Some(tool("musl-gcc", "musl-tools")),
    links: false,
    musl: None,
    emulator: None,
};

const AARCH64: Target = Target {
    triple: "aarch64-unknown-linux-musl",
    label: "aarch64-linux-musl",
    machine: 183,
    compiler: Some(tool(
        "aarch64-linux-gnu-gcc",
        "gcc-aarch64-linux-gnu libc6-dev-arm64-cross",
    )),
    links: true,
    musl: None,
    emulator: Some(tool("qemu-aarch64-static", "qemu-user-static")),
};

const ARMV7: Target = Target {
    triple: "armv7-unknown-linux-musleabihf",
    label: "armv7-linux-musleabihf",
    machine: 40,
    compiler: Some(tool(
        "arm-linux-gnueabihf-gcc",
        "gcc-arm-linux-gnueabihf libc6-dev-armhf-cross",
    )),
    links: true,
    musl: Some(Musl {
        dir: "/usr/lib/arm-linux-musleabihf",
        package: "musl-dev:armhf",
    }),
    emulator: Some(tool("qemu-arm-static", "qemu-user-static")),
};

/// For hosts of `wasi:http` components, on whatever machine.
pub(crate) const WASI: Target = Target {
    triple: "wasm32-wasip2",
    label: "wasm",
    machine: 0,
    compiler: None,
    links: false,
    musl: None,
    emulator: None,
};

pub(super) const LINUX: &[Target] = &[X86_64, AARCH64, ARMV7];

/// What a machine lacks, and how it is had.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Lack {
    pub(crate) tool: String,
    pub(super) remedy: String,
}

impl fmt::Display for Lack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.tool, self.remedy)
    }
}

impl Tool {
    pub(super) fn lack(self) -> Option<Lack> {
        if tools::find(self.program).is_some() {
            return None;
        }
        Some(Lack {
            tool: self.program.to_owned(),
            remedy: format!("apt-get install {}", self.packages),
        })
    }
}

impl Target {
    /// What is missing to build for it.
    pub(crate) fn lack(&self) -> Option<Lack> {
        if !tools::has_target(self.triple) && self.source().is_none() {
            let remedy = format!("rustup target add {}", self.triple);
            let from_source = self.musl.map(|musl| format!("; or: {}", musl.remedy()));
            return Some(Lack {
                tool: format!("{} target", self.triple),
                remedy: remedy + &from_source.unwrap_or_default(),
            });
        }
        self.compiler.and_then(Tool::lack)
    }

    /// What the standard library is built with, if it is not installed and can be built here.
    pub(super) fn source(&self) -> Option<Musl> {
        self.musl
            .filter(|musl| !tools::has_target(self.triple) && musl.is_here())
    }

    /// Builds a package for release.
    pub(crate) fn build(&self, package: &str) -> Result<(), Failure> {
        let mut cargo = Command::new("cargo");
        cargo.args(["build", "--locked", "--release", "--package", package]);
        cargo.args(["--target", self.triple]).envs(self.variables());
        if let Some(musl) = self.source() {
            musl.set_up(&mut cargo)?;
        }
        let built = cargo
            .current_dir(tools::root())
            .status()
            .doing("cargo build")?;
        if !built.success() {
            return Err(Failure::new(format!(
                "{package} does not build for {}",
                self.triple
            )));
        }
        Ok(())
    }

    /// What tells cargo and the cc crate which compiler to use; both have a form of their own for
    /// the triple.
    fn variables(&self) -> Vec<(String, &'static str)> {
        let Some(compiler) = self.compiler else {
            return Vec::new();
        };
        let triple = self.triple.replace('-', "_");
        let mut variables = vec![(format!("CC_{triple}"), compiler.program)];
        if self.links {
            let linker = format!("CARGO_TARGET_{}_LINKER", triple.to_uppercase());
            variables.push((linker, compiler.program));
        }
        variables
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compilers_are_named_as_cargo_and_cc_ask_for_them() {
        assert_eq!(
            ARMV7.variables(),
            [
                (
                    "CC_armv7_unknown_linux_musleabihf".to_owned(),
                    "arm-linux-gnueabihf-gcc"
                ),
                (
                    "CARGO_TARGET_ARMV7_UNKNOWN_LINUX_MUSLEABIHF_LINKER".to_owned(),
                    "arm-linux-gnueabihf-gcc"
                ),
            ]
        );
        assert_eq!(X86_64.variables().len(), 1);
        assert_eq!(WASI.variables(), []);
    }

    #[test]
    fn a_missing_target_comes_with_every_remedy_it_has() {
        let nowhere = Musl {
            dir: "/no/such/musl",
            package: "musl-dev:armhf",
        };
        for (musl, ways) in [(None, 1), (Some(nowhere), 2)] {
            let triple = "armv7-no-such-triple";
            let target = Target {
                triple,
                musl,
                ..ARMV7
            };
            let remedy = target.lack().unwrap().remedy;
            assert!(remedy.starts_with("rustup target add armv7-no-such-triple"));
            assert_eq!(remedy.split("; or: ").count(), ways, "{remedy}");
        }
    }

    #[test]
    fn a_missing_program_comes_with_its_remedy() {
        let lack = tool("no-such-gcc", "gcc-no-such").lack().unwrap();
        assert_eq!(lack.tool, "no-such-gcc");
        assert_eq!(lack.remedy, "apt-get install gcc-no-such");
        assert_eq!(tool("sh", "dash").lack(), None);
    }
}
