//! A real Zig toolchain, as an archive of the kind that ziglang.org serves.
//!
//! It comes from PyPI's `ziglang` and is kept below the target directory. Nothing is written
//! elsewhere, and nothing is downloaded twice.

use std::fs;
use std::path::{Path, PathBuf};

use crate::scratch::{Scratch, target_dir};
use crate::tools::{find, run, skipped};

/// The version of the toolchain.
pub const VERSION: &str = "0.14.1";
/// The file name of the archive.
pub const ARCHIVE: &str = "zig-x86_64-linux-0.14.1.tar.xz";
/// The archive's top directory.
pub const TOP: &str = "zig-x86_64-linux-0.14.1";

/// The archive, made now if it was not made before; `None` where a tool or the network is missing.
pub fn archive() -> Option<PathBuf> {
    if !cfg!(all(target_os = "linux", target_arch = "x86_64")) {
        crate::tools::not_here("the toolchain is for x86_64-linux");
        return None;
    }
    let archive = target_dir().join("tools").join(ARCHIVE);
    if archive.is_file() {
        return Some(archive);
    }
    let (python, tar, _xz) = (find("python3")?, find("tar")?, find("xz")?);
    let scratch = Scratch::new("toolchain");
    let wheel = wheel(&python, VERSION, &scratch)?;
    let wheel = wheel.to_str().expect("scratch paths are UTF-8");
    run(
        &python,
        &["-m", "zipfile", "-e", wheel, "wheel"],
        scratch.path(),
    );
    fs::rename(scratch.join("wheel/ziglang"), scratch.join(TOP)).expect("the wheel holds ziglang/");
    run(
        Path::new("/bin/chmod"),
        &["+x", &format!("{TOP}/zig")],
        scratch.path(),
    );
    run(
        &tar,
        &["-I", "xz -1 -T2", "-cf", ARCHIVE, TOP],
        scratch.path(),
    );
    // Renamed when complete, so that a test that is stopped leaves no half archive.
    fs::create_dir_all(archive.parent()?).expect("the target directory is writable");
    fs::rename(scratch.join(ARCHIVE), &archive).expect("one file system");
    Some(archive)
}

/// Signs a file with a fresh key of the real minisign; returns the public key and the signature.
pub fn sign(minisign: &Path, file: &Path) -> (String, String) {
    let scratch = Scratch::new("sign");
    run(
        minisign,
        &["-G", "-W", "-p", "key.pub", "-s", "key.sec"],
        scratch.path(),
    );
    let name = file
        .file_name()
        .and_then(|name| name.to_str())
        .expect("a name in UTF-8");
    let comment = format!("timestamp:1747866000\tfile:{name}\thashed");
    let path = file.to_str().expect("target paths are UTF-8");
    run(
        minisign,
        &[
            "-S",
            "-s",
            "key.sec",
            "-t",
            &comment,
            "-m",
            path,
            "-x",
            "signature",
        ],
        scratch.path(),
    );
    let key = fs::read_to_string(scratch.join("key.pub")).expect("minisign wrote a key");
    let signature =
        fs::read_to_string(scratch.join("signature")).expect("minisign wrote a signature");
    (
        key.lines()
            .nth(1)
            .expect("the key is on the second line")
            .into(),
        signature,
    )
}

/// Downloads PyPI's wheel of a version into `scratch`; `None` where that fails, which has been said.
pub(crate) fn wheel(python: &Path, version: &str, scratch: &Scratch) -> Option<PathBuf> {
    let package = format!("ziglang=={version}");
    let mut command = std::process::Command::new(python);
    command.args([
        "-m",
        "pip",
        "download",
        "--quiet",
        "--no-deps",
        "--dest",
        ".",
        &package,
    ]);
    let downloaded = command
        .current_dir(scratch.path())
        .status()
        .is_ok_and(|status| status.success());
    let wheel = fs::read_dir(scratch.path())
        .ok()?
        .flatten()
        .map(|entry| entry.path());
    let wheel = wheel
        .into_iter()
        .find(|path| path.extension().is_some_and(|end| end == "whl"));
    if !downloaded || wheel.is_none() {
        skipped("no ziglang from PyPI");
    }
    wheel.filter(|_| downloaded)
}
