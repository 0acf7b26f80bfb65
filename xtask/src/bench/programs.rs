//! The programs that are compared: how each is built, and how it is started.
//!
//! All have one worker under the bench's pin to one processor, and no log. Each package is built
//! by a cargo of its own, so that a program has the features a person's build of it has.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use super::{
    fixture::Fixture,
    git::{self, Git},
    servers::Role,
};
use crate::{
    failure::{Doing, Failure},
    tools,
};

const NGINX: &str = "nginx";
const FCGIWRAP: &str = "fcgiwrap";

const STATIC_CONF: &str = include_str!("../../bench/nginx.conf.in");
const CACHE_CONF: &str = include_str!("../../bench/nginx-cache.conf.in");
const GIT_CONF: &str = include_str!("../../bench/nginx-git.conf.in");

/// Starts fcgiwrap with as many processes as the load has connections, then becomes nginx.
const BEHIND: &str = "\
\"$1\" -c 8 -s \"unix:$2\" &
tries=0
while ! [ -S \"$2\" ] && [ $tries -lt 100 ]; do sleep 0.05; tries=$((tries + 1)); done
shift 2
exec \"$@\"";

/// One of the programs compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Program {
    Nginx,
    /// Git's own server, run by fcgiwrap, behind Debian's nginx.
    HttpBackend,
    /// The server on smol.
    Smol,
    /// The server on tokio.
    Tokio,
    /// The tower service under hyper.
    Service,
    /// A file server on hyper without zigdepot.
    HyperFiles,
}

/// What cargo makes a program of, and the file it makes, below `release/`.
pub(super) struct Source {
    pub(super) arguments: &'static [&'static str],
    pub(super) file: &'static str,
}

impl Program {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Nginx => "nginx",
            Self::HttpBackend => "git http-backend",
            Self::Smol => "zigdepot",
            Self::Tokio => "zigdepot-tokio",
            Self::Service => "service under hyper",
            Self::HyperFiles => "hyper file server",
        }
    }

    /// Whether it serves files at all.
    pub(super) fn serves_files(self) -> bool {
        self != Self::HttpBackend
    }

    /// Whether Git's clients can fetch from it.
    pub(super) fn serves_git(self) -> bool {
        match self {
            Self::Smol | Self::Tokio | Self::HttpBackend => true,
            Self::Service | Self::Nginx | Self::HyperFiles => false,
        }
    }

    /// Whether it can fetch what it has not.
    pub(super) fn fetches(self) -> bool {
        self != Self::HyperFiles
    }

    /// Whether it mirrors packages and artifacts.
    pub(super) fn has_packages(self) -> bool {
        match self {
            Self::Smol | Self::Tokio | Self::Service => true,
            Self::Nginx | Self::HttpBackend | Self::HyperFiles => false,
        }
    }

    /// None for what the machine has.
    fn source(self) -> Option<Source> {
        let (arguments, file): (&[&str], _) = match self {
            Self::Nginx | Self::HttpBackend => return None,
            Self::Smol => (&["zigdepot-smol"], "zigdepot"),
            Self::Tokio => (&["zigdepot-tokio"], "zigdepot-tokio"),
            Self::Service => (
                &["zigdepot-examples", "--example", "hyper"],
                "examples/hyper",
            ),
            Self::HyperFiles => (
                &["zigdepot-examples", "--example", "hyper_files"],
                "examples/hyper_files",
            ),
        };
        Some(Source { arguments, file })
    }

    /// Makes the release build, if it is the project's.
    pub(super) fn build(self) -> Result<(), Failure> {
        self.source().map_or(Ok(()), |source| source.build())
    }

    /// Where it is once it is built.
    pub(super) fn binary(self) -> Result<PathBuf, Failure> {
        match self.source() {
            None => tools::find(NGINX).doing(NGINX),
            Some(source) => source.binary(),
        }
    }

    /// What it needs and the machine has not.
    pub(super) fn lacks(self) -> Option<&'static str> {
        let tools: &[&str] = match self {
            Self::Nginx => &[NGINX],
            Self::HttpBackend => &[NGINX, FCGIWRAP, "git"],
            Self::Smol | Self::Tokio | Self::Service | Self::HyperFiles => &[],
        };
        let lacking = tools.iter().find(|tool| tools::find(tool).is_none());
        let backend = || self == Self::HttpBackend && !Git::find().is_ok_and(|git| git.is_some());
        lacking
            .copied()
            .or_else(|| backend().then_some("git-http-backend"))
    }

    /// Whether its size is the project's business.
    pub(super) fn is_ours(self) -> bool {
        self.source().is_some()
    }
}

impl Source {
    /// Makes the release build.
    pub(super) fn build(&self) -> Result<(), Failure> {
        let mut cargo = Command::new("cargo");
        cargo.args(["build", "--release", "--package"]);
        cargo.args(self.arguments).current_dir(tools::root());
        forget_own_package(&mut cargo);
        let built = cargo.stdin(Stdio::null()).status().doing("cargo build")?;
        let failed = || Failure::new(format!("the release build of {} failed", self.file));
        built.success().then_some(()).ok_or_else(failed)
    }

    /// Where it is once it is built.
    pub(super) fn binary(&self) -> Result<PathBuf, Failure> {
        let path = tools::target_dir().join("release").join(self.file);
        path.canonicalize().doing(path.display())
    }
}

/// `cargo xtask` tells this process its package. Build scripts (ring's) look at the same names,
/// and would be run again each time that a person's own build and the bench's alternate.
fn forget_own_package(cargo: &mut Command) {
    let names = env::vars_os().map(|(name, _)| name);
    for name in names.filter(|name| {
        let name = name.to_string_lossy();
        name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_")
    }) {
        cargo.env_remove(name);
    }
}

/// A program that is there to be started.
#[derive(Clone, Debug)]
pub(super) struct Contender {
    pub(super) program: Program,
    /// What tables call it.
    pub(super) name: String,
    pub(super) binary: PathBuf,
}

/// Where and as what a program is to run.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) role: Role,
    pub(super) port: u16,
    /// A folder of its own.
    pub(super) dir: &'a Path,
    pub(super) lab: &'a Fixture,
}

impl Contender {
    /// Adds the program and all it has to know to a command.
    pub(super) fn say(&self, command: &mut Command, place: Place<'_>) -> Result<(), Failure> {
        command.current_dir(place.dir);
        match self.program {
            Program::Nginx => nginx(command.arg(&self.binary), place)?,
            Program::HttpBackend => http_backend(command, &self.binary, place)?,
            Program::Smol | Program::Tokio | Program::Service => {
                zigdepot(command.arg(&self.binary), &self.name, place);
            }
            Program::HyperFiles => {
                command
                    .arg(&self.binary)
                    .arg(place.lab.www())
                    .arg(place.port.to_string());
            }
        }
        Ok(())
    }
}

fn nginx(command: &mut Command, place: Place<'_>) -> Result<(), Failure> {
    let (template, upstream) = match place.role {
        Role::Warm | Role::Registry { .. } | Role::Git => (STATIC_CONF, 0),
        Role::Cold { upstream } => (CACHE_CONF, upstream),
    };
    let text = template
        .replace("@WWW@", &place.lab.www().to_string_lossy())
        .replace("@UPSTREAM@", &upstream.to_string());
    with_conf(command, &text, place)
}

/// nginx as `binary`, and all that stands behind it.
fn http_backend(command: &mut Command, binary: &Path, place: Place<'_>) -> Result<(), Failure> {
    let git = Git::find()?.doing("no git-http-backend")?;
    let fcgiwrap = tools::find(FCGIWRAP).doing(FCGIWRAP)?;
    let text = GIT_CONF
        .replace("@ROOT@", &place.lab.repositories().to_string_lossy())
        .replace("@BACKEND@", &git.backend.to_string_lossy());
    git::shield(command);
    command.args(["sh", "-c", BEHIND, "sh"]).arg(fcgiwrap);
    command.arg(place.dir.join("fcgi.sock")).arg(binary);
    with_conf(command, &text, place)
}

/// What nginx is told with its name.
fn with_conf(command: &mut Command, text: &str, place: Place<'_>) -> Result<(), Failure> {
    let text = text
        .replace("@DIR@", &place.dir.to_string_lossy())
        .replace("@PORT@", &place.port.to_string());
    let conf = place.dir.join("nginx.conf");
    fs::write(&conf, text).doing(conf.display())?;
    command.arg("-e").arg(place.dir.join("error.log"));
    command.arg("-p").arg(place.dir).arg("-c").arg(conf);
    Ok(())
}

/// The settings are the same whichever way it is hosted.
fn zigdepot(command: &mut Command, name: &str, place: Place<'_>) {
    // Some must not ask for toolchains: nothing listens on the discard port.
    let (data, upstream) = match place.role {
        Role::Warm => (place.lab.data(), 9),
        Role::Registry { round } => (place.dir.join(format!("data{round}")), 9),
        Role::Git => (place.lab.dir.join("git/data").join(name), 9),
        Role::Cold { upstream } => (place.dir.join("data"), upstream),
    };
    let local = |port| format!("http://127.0.0.1:{port}");
    let mirrored = |path| format!("bench::{}{path}", local(upstream));
    command
        .env("HTTP_PORT", place.port.to_string())
        .env("BIND", "127.0.0.1")
        .env("BASE_URL", local(place.port))
        .env("DATA_DIR", data)
        .env("ZIG_UPSTREAM_URL", local(upstream))
        .env("ZIG_MINISIGN_KEY", &place.lab.key.public)
        .env("ZIG_PREFETCH", "off")
        .env("ZIG_PKG", mirrored("/$REPO/$FILE"))
        .env("ZIG_ARTIFACT", mirrored("/$REPO/$VERSION/$FILE"))
        .env("UPSTREAM_ALLOW_PRIVATE", "127.0.0.1")
        .env("TIMEOUTS", "ingest=600s")
        .env("LOG", "off")
        .env("WORKERS", "1");
}
