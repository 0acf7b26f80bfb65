//! A standard library from its source, for a target of which rustup has none to install.
//!
//! The compiler that builds everything else builds its own library too, with the same switches
//! that its makers set; Debian has the C library and the start files. It patches nothing, and
//! fetches only what that library's own lock file names.

use std::{fs, path::Path, process::Command};

use crate::{
    failure::{Doing, Failure},
    tools,
};

/// Debian's musl for another machine.
#[derive(Clone, Copy)]
pub(super) struct Musl {
    /// Where its libc.a and start files lie.
    pub(super) dir: &'static str,
    /// Its package, with Debian's name of the machine.
    pub(super) package: &'static str,
}

impl Musl {
    /// Whether both sources are here: the library's, and the C library.
    pub(super) fn is_here(self) -> bool {
        let sysroot = tools::stdout_of(Command::new("rustc").args(["--print", "sysroot"]));
        let library = "lib/rustlib/src/rust/library/Cargo.lock";
        let has_source = sysroot.is_ok_and(|root| Path::new(root.trim()).join(library).is_file());
        has_source && Path::new(self.dir).join("libc.a").is_file()
    }

    /// What brings both.
    pub(super) fn remedy(self) -> String {
        let machine = self.package.rsplit(':').next().unwrap_or_default();
        format!(
            "rustup component add rust-src, dpkg --add-architecture {machine}, apt-get update, \
             apt-get install {}",
            self.package
        )
    }

    /// Has cargo build the library as well. A GCC for glibc links it, so the start files and libc
    /// come by path.
    pub(super) fn set_up(self, cargo: &mut Command) -> Result<(), Failure> {
        let unwinder = unwinder()?;
        let flags = [
            "-Clink-self-contained=no",
            &format!("-Clink-arg=-B{}", self.dir),
            &format!("-Lnative={}", self.dir),
            &format!("-Lnative={unwinder}"),
        ];
        cargo.arg("-Zbuild-std=std,panic_abort");
        cargo.env("CARGO_ENCODED_RUSTFLAGS", flags.join("\x1f"));
        // A library builds with the compiler it belongs to, and no nightly has this one's.
        cargo.env("RUSTC_BOOTSTRAP", "1");
        Ok(())
    }
}

/// The folder of a libunwind that is GCC's; the standard library asks for it by this name.
fn unwinder() -> Result<String, Failure> {
    let dir = tools::target_dir().join("dist-unwind");
    fs::create_dir_all(&dir).doing(dir.display())?;
    let script = dir.join("libunwind.a");
    fs::write(&script, "INPUT(-lgcc_eh)\n").doing(script.display())?;
    Ok(dir.display().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOWHERE: Musl = Musl {
        dir: "/no/such/musl",
        package: "musl-dev:armhf",
    };

    #[test]
    fn a_libc_that_is_not_there_comes_with_its_remedy() {
        assert!(!NOWHERE.is_here());
        let remedy = NOWHERE.remedy();
        for command in [
            "rustup component add rust-src",
            "dpkg --add-architecture armhf,",
            "apt-get install musl-dev:armhf",
        ] {
            assert!(remedy.contains(command), "{remedy}");
        }
    }

    #[test]
    fn cargo_builds_the_library_and_the_linker_finds_the_libc() {
        let mut cargo = Command::new("cargo");
        NOWHERE.set_up(&mut cargo).unwrap();
        let arguments: Vec<_> = cargo.get_args().collect();
        assert_eq!(arguments, ["-Zbuild-std=std,panic_abort"]);
        let flags = cargo
            .get_envs()
            .find(|(name, _)| *name == "CARGO_ENCODED_RUSTFLAGS")
            .and_then(|(_, value)| value?.to_str())
            .unwrap();
        let flags: Vec<&str> = flags.split('\x1f').collect();
        assert!(flags.contains(&"-Clink-arg=-B/no/such/musl"));
        let unwinder = Path::new(flags.last().unwrap().strip_prefix("-Lnative=").unwrap());
        let script = fs::read_to_string(unwinder.join("libunwind.a")).unwrap();
        assert_eq!(script, "INPUT(-lgcc_eh)\n");
    }
}
