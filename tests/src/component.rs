//! The `wasi:http` component on the two programs that run such components: wasmtime and jco.
//!
//! `ZIGDEPOT_WASMTIME` names wasmtime, which is otherwise looked for in `PATH`; `ZIGDEPOT_JCO` names
//! the folder that holds jco's `node_modules`, otherwise `wasi-host/jco`. A machine needs neither:
//! [`Host::missing`] says what is not there. The component is always built for release; compiling
//! an unoptimised one takes its host longer than a whole test.

use core::net::Ipv4Addr;
use std::collections::BTreeMap;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use crate::host::{Ability, Host, Settings};
use crate::process::{Refused, Running};
use crate::scratch::target_dir;

const TARGET: &str = "wasm32-wasip2";
const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// What no component can do.
const CANNOT: [Ability; 9] = [
    Ability::Wire,
    Ability::SharedState,
    Ability::Peers,
    Ability::Addresses,
    Ability::Proxies,
    Ability::Tls,
    Ability::Settings,
    Ability::Signals,
    Ability::Locks,
];

/// `wasmtime serve`: an instance for each request, several at once.
pub static WASMTIME: Wasmtime = Wasmtime;

/// `jco serve` on Node: one instance, one request at a time.
pub static JCO: Jco = Jco;

/// See [`WASMTIME`].
#[derive(Debug)]
pub struct Wasmtime;

impl Wasmtime {
    fn program() -> Option<PathBuf> {
        let named = std::env::var_os("ZIGDEPOT_WASMTIME").map(PathBuf::from);
        named.or_else(|| in_path("wasmtime"))
    }
}

impl Host for Wasmtime {
    fn name(&self) -> &'static str {
        "wasmtime"
    }

    fn can(&self, ability: Ability) -> bool {
        !CANNOT.contains(&ability)
    }

    fn missing(&self) -> Option<&'static str> {
        missing_target().or_else(|| Self::program().is_none().then_some("wasmtime"))
    }

    fn launch(&self, settings: &Settings) -> Result<Running, Refused> {
        let mut command = Command::new(Self::program().expect("wasmtime is there"));
        command.args(["serve", "-S", "cli", "-O", "pooling-allocator=n"]);
        command.args(["--no-logging-prefix", "--addr", "127.0.0.1:0"]);
        let (data, variables) = for_component(settings);
        command.args(["--dir", &format!("{data}::/data")]);
        for (name, value) in variables {
            command.args(["--env", &format!("{name}={value}")]);
        }
        Running::launch(command.arg(component()))
    }
}

/// See [`JCO`].
#[derive(Debug)]
pub struct Jco;

impl Jco {
    fn dir() -> Option<PathBuf> {
        let named = std::env::var_os("ZIGDEPOT_JCO").map(PathBuf::from);
        let dir = named.unwrap_or_else(|| Path::new(ROOT).join("wasi-host/jco"));
        Self::program(&dir).is_file().then_some(dir)
    }

    fn program(dir: &Path) -> PathBuf {
        dir.join("node_modules/.bin/jco")
    }
}

impl Host for Jco {
    fn name(&self) -> &'static str {
        "jco"
    }

    fn can(&self, ability: Ability) -> bool {
        !CANNOT.contains(&ability) && ability != Ability::Background
    }

    fn missing(&self) -> Option<&'static str> {
        missing_target().or_else(|| Self::dir().is_none().then_some("jco"))
    }

    fn launch(&self, settings: &Settings) -> Result<Running, Refused> {
        let dir = Self::dir().expect("jco is there");
        let preopen = dir.join("preopen.mjs");
        // Its own copy of the shim is found from where the file lies.
        if !preopen.is_file() {
            let ours = Path::new(ROOT).join("wasi-host/jco/preopen.mjs");
            std::fs::copy(ours, &preopen).expect("the folder can be written");
        }
        let mut command = Command::new(Self::program(&dir));
        command.arg("serve").arg(component()).arg("--jco-import");
        command.arg(&preopen).args(["--host", "127.0.0.1"]);
        command.args(["--port", &free_port().to_string()]);
        let (data, variables) = for_component(settings);
        command.env_clear().env("DATA_HOST_DIR", data);
        command.envs(variables);
        for kept in ["PATH", "HOME"] {
            command.envs(std::env::var_os(kept).map(|value| (kept, value)));
        }
        Running::launch_group(&mut command)
    }
}

/// The data directory of a server's settings, and what of them a component is told.
fn for_component(settings: &Settings) -> (String, BTreeMap<String, String>) {
    let mut variables = settings.environment();
    let data = variables.remove("DATA_DIR").expect("a data directory");
    for of_sockets in ["HTTP_PORT", "BIND"] {
        variables.remove(of_sockets);
    }
    (data, variables)
}

/// The component's file, built once.
fn component() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| {
        let mut build = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        build.args([
            "build",
            "--quiet",
            "--release",
            "--package",
            "zigdepot-wasi",
        ]);
        build.args(["--target", TARGET]).current_dir(ROOT);
        let status = build.status().expect("cargo starts");
        assert!(status.success(), "cargo build zigdepot-wasi: {status}");
        target_dir().join(TARGET).join("release/zigdepot_wasi.wasm")
    })
}

fn missing_target() -> Option<&'static str> {
    static FOUND: OnceLock<bool> = OnceLock::new();
    let is_here = FOUND.get_or_init(|| {
        let mut rustc = Command::new("rustc");
        rustc.args(["--print", "target-libdir", "--target", TARGET]);
        rustc.output().is_ok_and(|output| {
            let dir = String::from_utf8_lossy(&output.stdout);
            output.status.success() && Path::new(dir.trim()).is_dir()
        })
    });
    (!is_here).then_some("wasm32-wasip2 target")
}

fn in_path(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|dir| dir.join(program))
        .find(|file| file.is_file())
}

/// A port that was free a moment ago: jco does not say which it took.
fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    listener.local_addr().expect("it is bound").port()
}
