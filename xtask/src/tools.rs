//! Programs that tasks need: finding them, running them in bounded time, and fetching a real Zig.
//!
//! Nothing is installed on the machine; what is fetched lies under `target/tools/`.

use core::time::Duration;
use std::{
    env, fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    thread,
    time::Instant,
};

use crate::failure::{Doing, Failure};

/// The folder that holds the workspace's Cargo.toml.
pub(crate) fn root() -> PathBuf {
    let mut dir = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    dir.pop();
    dir
}

/// Cargo's target folder, wherever the environment puts it.
pub(crate) fn target_dir() -> PathBuf {
    env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), |dir| root().join(dir))
}

/// Whether this run is CI's, where a missing tool is a failure and warnings are errors.
pub(crate) fn is_ci() -> bool {
    env::var("CI").is_ok_and(|value| value == "true")
}

/// Whether the lack of a tool is a failure: in CI, unless `XTASK_MAY_SKIP` lists its first word.
pub(crate) fn must_have(tool: &str) -> bool {
    let may_skip = env::var("XTASK_MAY_SKIP").unwrap_or_default();
    let word = tool.split(' ').next();
    is_ci() && !may_skip.split(' ').any(|listed| Some(listed) == word)
}

/// Looks a program up in PATH.
pub(crate) fn find(program: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    env::split_paths(&path)
        .chain([PathBuf::from("/usr/sbin"), PathBuf::from("/sbin")])
        .map(|dir| dir.join(program))
        .find(|file| is_program(file))
}

fn is_program(file: &Path) -> bool {
    fs::metadata(file).is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
}

/// Whether the compiler has the standard library of a target.
pub(crate) fn has_target(triple: &str) -> bool {
    let libdir =
        stdout_of(Command::new("rustc").args(["--print", "target-libdir", "--target", triple]));
    libdir.is_ok_and(|dir| Path::new(dir.trim()).is_dir())
}

/// Runs a program and returns what it printed; anything but success is a failure.
pub(crate) fn stdout_of(command: &mut Command) -> Result<String, Failure> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command.stdin(Stdio::null()).output().doing(&name)?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(Failure::new(format!(
        "{name}: {}: {}",
        output.status,
        said.trim()
    )))
}

/// Waits for a child; past the limit it and all that it started are killed, which is `None`.
pub(crate) fn wait_bounded(
    child: &mut Child,
    limit: Duration,
) -> Result<Option<ExitStatus>, Failure> {
    let end = Instant::now() + limit;
    loop {
        if let Some(status) = child.try_wait().doing("wait")? {
            return Ok(Some(status));
        }
        if Instant::now() >= end {
            kill_tree(child)?;
            return Ok(None);
        }
        thread::sleep(Duration::from_millis(20));
    }
}

fn kill_tree(child: &mut Child) -> Result<(), Failure> {
    for pid in descendants(child.id()) {
        signal(pid, "KILL");
    }
    child.kill().doing("kill")?;
    child.wait().doing("wait").map(drop)
}

/// Sends a signal to one process, by id; a process that is gone already is no failure.
pub(crate) fn signal(pid: u32, name: &str) {
    let script = "kill -s \"$1\" \"$2\"";
    let mut kill = Command::new("sh");
    kill.args(["-c", script, "sh", name, &pid.to_string()]);
    kill.stderr(Stdio::null()).status().ok();
}

/// All processes below one, by what /proc says now.
pub(crate) fn descendants(root: u32) -> Vec<u32> {
    let parents: Vec<(u32, u32)> = processes()
        .into_iter()
        .filter_map(|pid| Some((pid, parent_of(pid)?)))
        .collect();
    let mut found = vec![root];
    let mut next = 0;
    while let Some(&parent) = found.get(next) {
        found.extend(
            parents
                .iter()
                .filter(|(_, p)| *p == parent)
                .map(|(pid, _)| *pid),
        );
        next += 1;
    }
    found.remove(0);
    found
}

fn processes() -> Vec<u32> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    entries
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .collect()
}

fn parent_of(pid: u32) -> Option<u32> {
    stat_fields(pid)?.get(1)?.parse().ok()
}

/// The fields of /proc/PID/stat after the name, which may hold blanks itself: state, parent, ...
pub(crate) fn stat_fields(pid: u32) -> Option<Vec<String>> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (_, rest) = text.rsplit_once(')')?;
    Some(rest.split_whitespace().map(str::to_owned).collect())
}

/// Fetches a Zig of this version from PyPI once, and returns the path of the program.
pub(crate) fn zig(version: &str) -> Result<PathBuf, Failure> {
    if version.is_empty()
        || !version
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'.')
    {
        return Err(Failure::new(format!(
            "not a version of the ziglang package: {version}"
        )));
    }
    let tools = target_dir().join("tools");
    let done = tools.join(format!("zig-{version}"));
    let program = done.join("ziglang/zig");
    if is_program(&program) {
        return Ok(program);
    }
    let staging = tools.join(format!(".zig-{version}-{}", std::process::id()));
    fs::create_dir_all(&staging).doing(staging.display())?;
    let made = unpack_zig(version, &staging).and_then(|()| match fs::rename(&staging, &done) {
        Err(_) if is_program(&program) => Ok(()), // another run was faster
        renamed => renamed.doing(done.display()),
    });
    if staging.exists() {
        fs::remove_dir_all(&staging).doing(staging.display())?;
    }
    made.map(|()| program)
}

fn unpack_zig(version: &str, into: &Path) -> Result<(), Failure> {
    let download = [
        "-m",
        "pip",
        "download",
        "--quiet",
        "--no-deps",
        "--only-binary",
        ":all:",
    ];
    let package = format!("ziglang=={version}");
    retry(|| {
        let mut pip = Command::new("python3");
        stdout_of(pip.args(download).arg("--dest").arg(into).arg(&package))
    })?;
    let wheel = only_wheel(into)?;
    stdout_of(
        Command::new("python3")
            .args(["-m", "zipfile", "-e"])
            .arg(&wheel)
            .arg(into),
    )?;
    fs::remove_file(&wheel).doing(wheel.display())?;
    let program = into.join("ziglang/zig");
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).doing(program.display())
}

fn only_wheel(dir: &Path) -> Result<PathBuf, Failure> {
    let entries = fs::read_dir(dir).doing(dir.display())?.flatten();
    let mut wheels = entries
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|ext| ext == "whl"));
    wheels.next().doing("pip downloaded no wheel")
}

/// Registries fail now and then: three tries, with a pause that grows.
fn retry<T>(mut attempt: impl FnMut() -> Result<T, Failure>) -> Result<T, Failure> {
    for pause in [2, 8] {
        match attempt() {
            Ok(value) => return Ok(value),
            Err(failure) => eprintln!("trying again in {pause} s: {failure}"),
        }
        thread::sleep(Duration::from_secs(pause));
    }
    attempt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shell_is_found_and_nonsense_is_not() {
        assert!(find("sh").is_some());
        assert!(find("no-such-program-anywhere").is_none());
    }

    #[test]
    fn a_zig_version_that_could_be_an_option_or_a_path_is_refused() {
        for version in ["", "../x", "--index-url=x", "0.14.1 pip"] {
            assert!(zig(version).is_err(), "{version}");
        }
    }

    #[test]
    fn a_child_past_its_limit_is_killed_with_all_it_started() {
        let mut child = Command::new("sh")
            .args(["-c", "sleep 77 & wait"])
            .spawn()
            .unwrap();
        thread::sleep(Duration::from_millis(200));
        let below = descendants(child.id());
        assert_eq!(below.len(), 1);
        assert!(wait_bounded(&mut child, Duration::ZERO).unwrap().is_none());
        thread::sleep(Duration::from_millis(100));
        let state = |pid| stat_fields(pid).map(|fields| fields[0].clone());
        assert!(
            below
                .into_iter()
                .all(|pid| state(pid).is_none_or(|state| state == "Z"))
        );
    }
}
