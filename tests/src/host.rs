//! The kinds of host under test and the settings they are started with.
//!
//! A new host plugs in with one [`Host`]. What it cannot do it says through [`Ability`], and the
//! cases that need it are reported as skipped; no case asks for a host by name.

use core::fmt;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use crate::process::{Refused, Running};
use crate::scratch::profile_dir;

/// What some hosts can do and others cannot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ability {
    /// Reads HTTP/1.1 from a socket itself, so framing, timeouts and connections are its own.
    Wire,
    /// Keeps state across requests: flights, the negative cache, rates and caps.
    SharedState,
    /// Goes on working after a client has left.
    Background,
    /// Sees the peer's address.
    Peers,
    /// Checks the address it connects to, so redirects into private networks are refused.
    Addresses,
    /// Goes out through a proxy.
    Proxies,
    /// Speaks TLS itself, with roots that `SSL_CERT_FILE` adds to.
    Tls,
    /// Reads its settings at start and refuses bad ones.
    Settings,
    /// Finishes its answers after SIGTERM.
    Signals,
    /// Knows by a lock whether the process that a staging directory belongs to is alive.
    Locks,
}

/// All abilities, for the table of hosts.
pub const ABILITIES: [Ability; 10] = [
    Ability::Wire,
    Ability::SharedState,
    Ability::Background,
    Ability::Peers,
    Ability::Addresses,
    Ability::Proxies,
    Ability::Tls,
    Ability::Settings,
    Ability::Signals,
    Ability::Locks,
];

/// A kind of host under test.
pub trait Host: Sync {
    /// Its name, for messages.
    fn name(&self) -> &'static str;

    /// Whether it has an ability.
    fn can(&self, ability: Ability) -> bool;

    /// The path that its paths lie below, without a slash at its end.
    fn prefix(&self) -> &'static str {
        ""
    }

    /// The tool without which it cannot be started on this machine, if that is not here.
    fn missing(&self) -> Option<&'static str> {
        None
    }

    /// Starts a server, or says how it refused.
    fn launch(&self, settings: &Settings) -> Result<Running, Refused>;

    /// Starts a server; panics if it refuses.
    #[track_caller]
    fn start(&self, settings: &Settings) -> Running {
        match self.launch(settings) {
            Ok(running) => running,
            Err(refused) => panic!("{} does not start: {refused}", self.name()),
        }
    }
}

/// The environment and arguments of a server.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    variables: BTreeMap<String, String>,
    timeouts: BTreeMap<String, String>,
    arguments: Vec<String>,
}

impl Settings {
    /// The settings that every case starts from: nothing leaves this machine, nothing is waited for long.
    pub fn new(data: &Path, upstream: &str, public_key: &str) -> Self {
        let mut settings = Self::default();
        settings.set("HTTP_PORT", "0").set("BIND", "127.0.0.1");
        settings.set("DATA_DIR", data.to_str().expect("scratch paths are UTF-8"));
        settings
            .set("ZIG_UPSTREAM_URL", upstream)
            .set("ZIG_MINISIGN_KEY", public_key);
        settings
            .set("ZIG_NOMINATED_INDEX_URL", "")
            .set("ZIG_PREFETCH", "off");
        settings.set("MISS_RATE", "off").set("LOG", "debug");
        settings.timeout("retry", "20ms");
        settings
    }

    /// Sets an environment variable.
    pub fn set(&mut self, name: &str, value: &str) -> &mut Self {
        self.variables.insert(name.into(), value.into());
        self
    }

    /// Leaves a variable to the server's default.
    pub fn unset(&mut self, name: &str) -> &mut Self {
        self.variables.remove(name);
        self
    }

    /// Sets one of the timeouts, such as `head` to `300ms`.
    pub fn timeout(&mut self, name: &str, value: &str) -> &mut Self {
        self.timeouts.insert(name.into(), value.into());
        self
    }

    /// Adds a command line argument.
    pub fn argument(&mut self, argument: &str) -> &mut Self {
        self.arguments.push(argument.into());
        self
    }

    /// All variables, the timeouts among them.
    pub fn environment(&self) -> BTreeMap<String, String> {
        let mut variables = self.variables.clone();
        let timeouts = self.timeouts.iter();
        let timeouts: Vec<String> = timeouts
            .map(|(name, wait)| format!("{name}={wait}"))
            .collect();
        variables
            .entry("TIMEOUTS".into())
            .or_insert_with(|| timeouts.join(","));
        variables
    }

    /// Puts everything into a command, and nothing else of this process's environment.
    pub fn apply(&self, command: &mut Command) {
        command
            .env_clear()
            .envs(self.environment())
            .args(&self.arguments);
        for kept in ["PATH", "HOME", "LLVM_PROFILE_FILE"] {
            if let Some(value) = std::env::var_os(kept) {
                command.env(kept, value);
            }
        }
    }
}

impl fmt::Display for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, value) in &self.variables {
            write!(f, "{name}={value} ")?;
        }
        write!(f, "{:?}", self.arguments)
    }
}

/// The server on smol, as a process.
pub static SMOL: Binary = Binary::new("smol", "ZIGDEPOT_BIN", "zigdepot-smol", "zigdepot");

/// The server on tokio, as a process.
pub static TOKIO: Binary = Binary::new(
    "tokio",
    "ZIGDEPOT_TOKIO_BIN",
    "zigdepot-tokio",
    "zigdepot-tokio",
);

/// The tower service behind hyper, which has the connections.
pub static HYPER: Binary = Binary::example(
    "hyper",
    &[Ability::Wire, Ability::Settings, Ability::Signals],
);

/// The core on std threads: it answers one request a connection, and speaks no TLS.
pub static BLOCKING: Binary = Binary::example(
    "blocking",
    &[
        Ability::Wire,
        Ability::Settings,
        Ability::Signals,
        Ability::Tls,
    ],
);

/// The depot under a path of an axum server: for those cases of the suite that heed [`Host::prefix`].
pub static AXUM: Binary = Binary::example(
    "axum",
    &[Ability::Wire, Ability::Settings, Ability::Signals],
)
.below("/zig-mirror");

/// A host as a program of its own: what `variable` names, or else built when first needed.
#[derive(Debug)]
pub struct Binary {
    name: &'static str,
    variable: &'static str,
    package: &'static str,
    /// What cargo is asked for, and where it puts it.
    built: (&'static str, &'static str, &'static str),
    lacks: &'static [Ability],
    prefix: &'static str,
    path: OnceLock<PathBuf>,
}

impl Binary {
    const fn new(
        name: &'static str,
        variable: &'static str,
        package: &'static str,
        file: &'static str,
    ) -> Self {
        Self {
            name,
            variable,
            package,
            built: ("--bin", file, ""),
            lacks: &[],
            prefix: "",
            path: OnceLock::new(),
        }
    }

    const fn example(name: &'static str, lacks: &'static [Ability]) -> Self {
        Self {
            name,
            variable: "ZIGDEPOT_EXAMPLE_BIN",
            package: "zigdepot-examples",
            built: ("--example", name, "examples"),
            lacks,
            prefix: "",
            path: OnceLock::new(),
        }
    }

    const fn below(mut self, prefix: &'static str) -> Self {
        self.prefix = prefix;
        self
    }

    /// The program, to be started.
    pub fn command(&self) -> Command {
        Command::new(self.path.get_or_init(|| self.path()))
    }

    /// The path of the program, built with the profile of this test.
    fn path(&self) -> PathBuf {
        if let Some(path) = std::env::var_os(self.variable) {
            return path.into();
        }
        let dir = profile_dir();
        let (kind, file, below) = self.built;
        let mut build = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        build.args(["build", "--quiet", "--package", self.package]);
        build.args([kind, file, "--manifest-path"]);
        build.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.toml"));
        if dir.ends_with("release") {
            build.arg("--release");
        }
        let status = build.status().expect("cargo starts");
        assert!(status.success(), "cargo build {}: {status}", self.package);
        dir.join(below).join(file)
    }
}

impl Host for Binary {
    fn name(&self) -> &'static str {
        self.name
    }

    fn can(&self, ability: Ability) -> bool {
        !self.lacks.contains(&ability)
    }

    fn prefix(&self) -> &'static str {
        self.prefix
    }

    fn launch(&self, settings: &Settings) -> Result<Running, Refused> {
        let mut command = self.command();
        settings.apply(&mut command);
        Running::launch(&mut command)
    }
}

/// Makes one test of each story for each socket host: a story takes a `&dyn Host`.
#[macro_export]
macro_rules! on_socket_hosts {
    ($($story:ident)+) => {
        $crate::on_socket_hosts! { @ smol SMOL: $($story)+ }
        $crate::on_socket_hosts! { @ tokio TOKIO: $($story)+ }
    };
    (@ $module:ident $host:ident: $($story:ident)+) => {
        mod $module {
            $(#[test]
            fn $story() {
                super::$story(&$crate::host::$host);
            })+
        }
    };
}

/// Says for each host what it cannot do.
pub fn table(hosts: &[&dyn Host]) -> String {
    let mut table = String::new();
    for host in hosts {
        let missing: Vec<_> = ABILITIES
            .into_iter()
            .filter(|ability| !host.can(*ability))
            .collect();
        table += &format!("{}: cannot {missing:?}\n", host.name());
    }
    table
}
