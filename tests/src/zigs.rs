//! Every Zig from 0.11 to 0.17, as the clients that fetch packages.
//!
//! They come from PyPI's `ziglang` and are kept below the target directory, or in the directory that
//! `ZIGDEPOT_TOOLS` names, so that several target directories can share them. What one run compiles
//! stays with them; packages do not: each command starts with a global cache without a package, so
//! whatever it has came over the network during that command. Tests may run them in parallel, in one
//! process or in many.
//!
//! It refuses to let a command see this machine's proxies, its own caches, or run for ever: Zig has
//! no timeout of its own, and an answer with wrong framing makes it hang.

use core::time::Duration;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Mutex, PoisonError};

use crate::process::wait_or_end_group;
use crate::scratch::{Scratch, target_dir};
use crate::toolchain::wheel;
use crate::tools::{find, not_here, run};

/// All versions, the newest patch release of each minor version.
pub const VERSIONS: [&str; 7] = [
    "0.11.0", "0.12.1", "0.13.0", "0.14.1", "0.15.2", "0.16.0", "0.17.0",
];

/// What a global cache holds besides packages; all commands of a version share it.
const COMPILED: [&str; 4] = ["b", "h", "o", "z"];
/// Over this a fetch counts as hanging.
const FETCH: Duration = Duration::from_mins(1);
/// Over this a build counts as hanging; the first one compiles the build runner.
const BUILD: Duration = Duration::from_mins(5);

/// What the wheel is unpacked without: C and C++ libraries for all targets, half of its bytes.
const UNPACK: &str = "import sys, zipfile
wheel = zipfile.ZipFile(sys.argv[1])
without = tuple('ziglang/lib/' + name + '/' for name in ('libc', 'libcxx', 'libcxxabi', 'libunwind', 'libtsan'))
wheel.extractall(sys.argv[2], [name for name in wheel.namelist() if not name.startswith(without)])
";

/// The smallest build script that all versions accept.
const SCRIPT: &str = "pub fn build(_: *@import(\"std\").Build) void {}\n";

/// A Zig of one version.
#[derive(Clone, Debug)]
pub struct Zig {
    version: &'static str,
    home: PathBuf,
}

/// The Zig of that version, which must be one of [`VERSIONS`]; `None` where a tool or the network is
/// missing, which has been said.
#[track_caller]
pub fn zig(version: &str) -> Option<Zig> {
    static READY: Mutex<BTreeMap<&str, Option<Zig>>> = Mutex::new(BTreeMap::new());
    let known = VERSIONS.into_iter().find(|known| *known == version);
    let version = known.unwrap_or_else(|| panic!("{version} is not one of {VERSIONS:?}"));
    let mut ready = READY.lock().unwrap_or_else(PoisonError::into_inner);
    let zig = ready.entry(version).or_insert_with(|| prepare(version));
    zig.clone()
}

/// All versions that can be had, oldest first.
pub fn zigs() -> Vec<Zig> {
    VERSIONS.into_iter().filter_map(zig).collect()
}

impl Zig {
    /// Its version.
    pub fn version(&self) -> &'static str {
        self.version
    }

    /// The minor version: 14 for 0.14.1.
    pub fn minor(&self) -> u32 {
        let minor = self.version.split('.').nth(1);
        minor
            .and_then(|minor| minor.parse().ok())
            .expect("a version has a minor number")
    }

    /// Fetches a package over the network and returns its hash, or what Zig said.
    ///
    /// `dir` is the working directory, which gets a build script if it has none, for 0.16 fetches
    /// only beside one.
    pub fn fetch(&self, url: &str, dir: &Path) -> Result<String, String> {
        if self.minor() == 11 {
            return self.fetch_by_building(url);
        }
        put_script(dir);
        let said = self.command(&["fetch", url], dir, FETCH)?;
        Ok(said.out.trim().to_owned())
    }

    /// Fetches a package and saves it under this name in the manifest of a project, as 0.12 is the
    /// first to do.
    pub fn save(&self, name: &str, url: &str, dir: &Path) -> Result<(), String> {
        put_script(dir);
        let save = format!("--save={name}");
        self.command(&["fetch", &save, url], dir, FETCH).map(drop)
    }

    /// Runs `zig build` in a project and returns what its scripts and Zig have printed on standard
    /// error, also if it failed.
    ///
    /// Compiling the build runner takes 5 to 20 seconds; `--fetch`, which 0.12 is the first to
    /// know, stops before that.
    pub fn build(&self, dir: &Path, arguments: &[&str]) -> Result<String, String> {
        let arguments: Vec<&str> = [&["build"], arguments].concat();
        self.command(&arguments, dir, BUILD).map(|said| said.err)
    }

    /// The same with this global cache, packages and all, which gets what this Zig has compiled.
    pub fn build_with(
        &self,
        cache: &Path,
        dir: &Path,
        arguments: &[&str],
    ) -> Result<String, String> {
        self.share_compiled(cache);
        let arguments: Vec<&str> = [&["build"], arguments].concat();
        let said = self.command_with(cache, &arguments, dir, BUILD);
        said.map(|said| said.err)
    }

    /// 0.11 has no `zig fetch`, but tells the hash that a manifest lacks.
    fn fetch_by_building(&self, url: &str) -> Result<String, String> {
        let project = Scratch::new("fetch");
        project.write("build.zig", SCRIPT.as_bytes());
        let manifest = format!(
            ".{{ .name = \"x\", .version = \"0.0.0\", .dependencies = .{{ .x = .{{ .url = \"{url}\" }} }} }}\n"
        );
        project.write("build.zig.zon", manifest.as_bytes());
        let said = self.command(&["build"], project.path(), FETCH);
        let said = said.map_or_else(|said| said, |said| said.err);
        let hash = said
            .split_once("expected .hash = \"")
            .and_then(|(_, rest)| rest.split_once('"'));
        hash.map(|(hash, _)| hash.to_owned()).ok_or(said)
    }

    /// Runs a command with a cache that holds no package.
    fn command(&self, arguments: &[&str], dir: &Path, limit: Duration) -> Result<Said, String> {
        let cache = Scratch::new("zig-cache");
        self.share_compiled(cache.path());
        self.command_with(cache.path(), arguments, dir, limit)
    }

    fn command_with(
        &self,
        cache: &Path,
        arguments: &[&str],
        dir: &Path,
        limit: Duration,
    ) -> Result<Said, String> {
        let said = Scratch::new("zig-said");
        let (out, err) = (said.join("stdout"), said.join("stderr"));
        let mut command = Command::new(self.home.join("zig"));
        command.args(arguments).current_dir(dir).env_clear();
        command
            .env("ZIG_GLOBAL_CACHE_DIR", cache)
            .env("HOME", said.path())
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            // 0.17 compiles its fetching and building part on first use: with all safety checks,
            // and in a tenth of the time.
            .env("ZIG_DEBUG_CMD", "1");
        command
            .stdin(Stdio::null())
            .stdout(File::create(&out).expect("scratch files can be written"))
            .stderr(File::create(&err).expect("scratch files can be written"));
        let mut child = command.process_group(0).spawn().expect("zig starts");
        let status = wait_or_end_group(&mut child, limit);
        let read = |file| String::from_utf8_lossy(&fs::read(file).unwrap_or_default()).into_owned();
        let err = read(&err);
        match status {
            Some(status) if status.success() => Ok(Said {
                out: read(&out),
                err,
            }),
            Some(status) => Err(format!("{err}{status}")),
            None => Err(format!("{err}hangs: killed after {limit:?}")),
        }
    }

    /// Puts the compiled parts into a global cache, those that all commands share: Zig locks them.
    fn share_compiled(&self, cache: &Path) {
        // 0.16 does not make it itself before it unpacks a zip.
        fs::create_dir_all(cache.join("tmp")).expect("scratch directories can be made");
        for name in COMPILED {
            let link = cache.join(name);
            if !link.exists() {
                symlink(self.home.join("cache").join(name), link)
                    .expect("scratch directories can be written");
            }
        }
    }
}

/// Puts a build script into a directory that has none.
fn put_script(dir: &Path) {
    let script = dir.join("build.zig");
    if !script.exists() {
        fs::write(script, SCRIPT).expect("the directory is writable");
    }
}

/// What a command has printed.
#[derive(Debug)]
struct Said {
    out: String,
    err: String,
}

fn prepare(version: &'static str) -> Option<Zig> {
    if !cfg!(all(target_os = "linux", target_arch = "x86_64")) {
        not_here("the Zig clients are for x86_64-linux");
        return None;
    }
    let tools = std::env::var_os("ZIGDEPOT_TOOLS");
    let tools = tools.map_or_else(|| target_dir().join("tools"), PathBuf::from);
    let home = tools.join(format!("client-{version}"));
    fs::create_dir_all(&tools).expect("the tools directory is writable");
    // Other test processes wait here; a process that is killed lets go.
    let lock = File::create(tools.join(format!("client-{version}.lock"))).expect("a lock file");
    lock.lock().expect("files can be locked");
    let zig = Zig { version, home };
    if !zig.home.join("ready").exists() {
        zig.install()?;
    }
    Some(zig)
}

impl Zig {
    /// Downloads and unpacks it, and lets it compile what it compiles on first use.
    fn install(&self) -> Option<()> {
        let python = find("python3")?;
        let download = Scratch::new("client");
        let wheel = wheel(&python, self.version, &download)?;
        let wheel = wheel.to_str().expect("scratch paths are UTF-8");
        // What an interrupted run has left.
        let _ = fs::remove_dir_all(&self.home);
        let part = self.home.with_extension("part");
        let _ = fs::remove_dir_all(&part);
        let arguments = ["-c", UNPACK, wheel, part.to_str().expect("UTF-8")];
        run(&python, &arguments, download.path());
        fs::rename(part.join("ziglang"), &self.home).expect("the wheel holds ziglang/");
        let _ = fs::remove_dir_all(&part);
        self.make_ready();
        Some(())
    }

    fn make_ready(&self) {
        let program = self.home.join("zig");
        fs::set_permissions(program, PermissionsExt::from_mode(0o755)).expect("it is ours");
        for name in COMPILED {
            fs::create_dir_all(self.home.join("cache").join(name)).expect("it is ours");
        }
        // Fails for want of a package, after the part that fetches was compiled.
        let nothing = Scratch::new("client");
        let arguments = ["fetch", "./no-such-package"];
        let _ = self.command(&arguments, nothing.path(), BUILD);
        File::create(self.home.join("ready")).expect("it is ours");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stand_in::{Answer, StandIn};

    #[test]
    fn every_version_runs_and_says_why_a_fetch_failed() {
        let forge = StandIn::start();
        forge.on("/no.tar.gz", Answer::Status(404));
        let url = format!("{}/no.tar.gz", forge.url());
        for (number, zig) in (1..).zip(zigs()) {
            let dir = Scratch::new("zigs");
            let said = zig.command(&["version"], dir.path(), FETCH).unwrap();
            assert_eq!(said.out.trim(), zig.version());
            let said = zig.fetch(&url, dir.path()).unwrap_err();
            assert!(said.contains("404"), "{}: {said}", zig.version());
            assert_eq!(forge.count("/no.tar.gz"), number, "{}", zig.version());
        }
    }
}
