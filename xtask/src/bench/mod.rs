//! `cargo xtask bench`: zigdepot against Debian's nginx, as ratios of one run on one machine.
//!
//! Both have one worker on the same processor, the load is on another, and runs alternate. The
//! figure to steer by is the server's CPU per request: it hardly moves with other work on the
//! machine. There are no timed asserts: a run fails only where something does not start, an
//! answer is an error, or bytes are wrong.

mod cold;
mod fixture;
mod load;
mod measure;
mod net;
mod report;
mod scenario;
mod servers;
mod unit;
mod upstream;

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, ExitCode, Stdio},
};

use self::{
    fixture::Fixture,
    report::Figures,
    scenario::{SCENARIOS, Scenario},
    servers::Program,
};
use crate::{
    failure::{Doing, Failure},
    tools,
};

const TOOLS: [&str; 6] = ["nginx", "wrk", "minisign", "taskset", "unshare", "ip"];

struct Options {
    only: Vec<String>,
    rounds: u32,
    seconds: u32,
    server: Option<PathBuf>,
    noise: bool,
    list: bool,
}

pub(crate) fn run(args: &[&str]) -> Result<ExitCode, Failure> {
    let options = parse(args)?;
    if options.list {
        list();
        return Ok(ExitCode::SUCCESS);
    }
    if let Some(tool) = TOOLS.iter().find(|tool| tools::find(tool).is_none()) {
        println!("skipped: no {tool}");
        return Ok(ExitCode::SUCCESS);
    }
    if net::inside().is_some() {
        return inside(&options).map(|()| ExitCode::SUCCESS);
    }
    let server = if options.noise {
        None
    } else {
        Some(server_binary(options.server.as_deref())?)
    };
    let status = net::enter(server.as_deref())?;
    Ok(if status.success() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn parse(args: &[&str]) -> Result<Options, Failure> {
    let mut options = Options {
        only: Vec::new(),
        rounds: 5,
        seconds: 4,
        server: None,
        noise: false,
        list: false,
    };
    let mut args = args.iter();
    while let Some(&arg) = args.next() {
        let mut value = || args.next().copied().doing(format!("{arg} needs a value"));
        match arg {
            "--only" => options.only = value()?.split(',').map(str::to_owned).collect(),
            "--rounds" => options.rounds = positive(value()?)?,
            "--seconds" => options.seconds = positive(value()?)?,
            "--server" => options.server = Some(value()?.into()),
            "--noise" => options.noise = true,
            "--list" => options.list = true,
            other => return Err(Failure::new(format!("bench knows no {other}"))),
        }
    }
    let unknown = options
        .only
        .iter()
        .find(|name| SCENARIOS.iter().all(|scenario| scenario.name != *name));
    match unknown {
        Some(name) => Err(Failure::new(format!(
            "no scenario {name}; --list names them"
        ))),
        None => Ok(options),
    }
}

fn positive(text: &str) -> Result<u32, Failure> {
    let number = text
        .parse()
        .ok()
        .filter(|&number| (1..=100).contains(&number));
    number.doing(format!("not a number from 1 to 100: {text}"))
}

fn list() {
    for Scenario { name, what, .. } in SCENARIOS {
        println!("{name:12} {what}");
    }
}

/// The given program, or a release build of the default one.
fn server_binary(given: Option<&Path>) -> Result<PathBuf, Failure> {
    if let Some(path) = given {
        return path.canonicalize().doing(path.display());
    }
    let mut cargo = Command::new("cargo");
    cargo
        .args(["build", "--release", "--package", "zigdepot-smol"])
        .current_dir(tools::root());
    let built = cargo.stdin(Stdio::null()).status().doing("cargo build")?;
    if !built.success() {
        return Err(Failure::new("the release build failed"));
    }
    let path = tools::target_dir().join("release/zigdepot");
    path.canonicalize().doing(path.display())
}

fn inside(options: &Options) -> Result<(), Failure> {
    net::end_with_outside();
    measure::remove_stale_groups();
    let lab = Fixture::make()?;
    let mut figures = Figures::default();
    let ours = match &options.server {
        Some(path) if !options.noise => Program::Zigdepot(path.clone()),
        _ => Program::Nginx,
    };
    if let Program::Zigdepot(path) = &ours {
        figures.note(
            "binary",
            "bytes",
            fs::metadata(path).doing(path.display())?.len() as f64,
        );
    }
    print_conditions(options);
    for scenario in SCENARIOS.iter().filter(|scenario| {
        options.only.is_empty() || options.only.iter().any(|name| name == scenario.name)
    }) {
        println!("{}: {}", scenario.name, scenario.what);
        scenario.run(&ours, options, &lab, &mut figures)?;
    }
    figures.summary(!options.noise);
    Ok(())
}

fn print_conditions(options: &Options) {
    let first_line = |path: &str| {
        fs::read_to_string(path)
            .unwrap_or_default()
            .lines()
            .next()
            .unwrap_or_default()
            .to_owned()
    };
    let cpuinfo = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpuinfo
        .lines()
        .find_map(|line| line.strip_prefix("model name"))
        .unwrap_or_default();
    let rival = if options.noise {
        "nginx against nginx: the noise"
    } else {
        "zigdepot against nginx"
    };
    println!(
        "{rival}; {} rounds of {} s",
        options.rounds, options.seconds
    );
    println!(
        "Linux {}, {}\n",
        first_line("/proc/sys/kernel/osrelease"),
        model.trim_start_matches(['\t', ' ', ':'])
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_refused_before_anything_starts() {
        assert!(parse(&["--only", "small_ka,no_such"]).is_err());
        assert!(parse(&["--rounds", "0"]).is_err());
        assert!(parse(&["--seconds"]).is_err());
        let options = parse(&["--only", "small_ka,burst", "--rounds", "3"]).unwrap();
        assert_eq!(
            (options.only.len(), options.rounds, options.seconds),
            (2, 3, 4)
        );
    }
}
