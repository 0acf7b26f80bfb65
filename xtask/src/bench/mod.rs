//! `cargo xtask bench`: programs against rivals, as ratios of one run on one machine.
//!
//! The server on smol meets Debian's nginx, its Git face meets Git's own server behind nginx, the
//! one on tokio meets smol's, and the tower service meets a plain file server, both under hyper.
//! Both of a pair have one worker on the same processor, the load is on another, and runs
//! alternate. The figure to steer by is the server's CPU per request: it hardly moves with other
//! work on the machine. Between the two servers of our own, what packages cost is measured too,
//! each against itself. A pair one of whose programs is missing is left out, and said to be. There
//! are no timed asserts: a run fails only where something does not start, an answer is an error, or
//! bytes are wrong.

mod cold;
mod fixture;
mod floor;
mod git;
mod git_face;
mod ingest;
mod load;
mod measure;
mod net;
mod options;
mod pairs;
mod pkg_fill;
mod pkg_hits;
mod programs;
mod report;
mod scenario;
mod scenarios;
mod servers;
mod sizes;
mod tarball;
mod targets;
mod unit;
mod upstream;
mod words;

use std::{fs, process::ExitCode};

use self::{
    fixture::Fixture,
    options::Options,
    pairs::{PAIRS, Pair},
    programs::{Contender, Program},
    scenario::Scenario,
    scenarios::SCENARIOS,
};
use crate::{failure::Failure, tools};

const TOOLS: [&str; 6] = ["wrk", "minisign", "gzip", "taskset", "unshare", "ip"];

pub(crate) fn run(args: &[&str]) -> Result<ExitCode, Failure> {
    let options = Options::parse(args)?;
    if options.list {
        list();
        return Ok(ExitCode::SUCCESS);
    }
    let programs = programs(&options);
    if let Some(tool) = lacking() {
        println!("skipped: no {tool}");
        return Ok(ExitCode::SUCCESS);
    }
    if net::inside().is_some() {
        return inside(&options, &programs).map(|()| ExitCode::SUCCESS);
    }
    for program in &programs {
        options.build(*program)?;
    }
    if options.scenarios().any(Scenario::is_package_fill) {
        floor::PROGRAM.build()?;
    }
    Ok(if net::enter()?.success() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// All that this run starts, each once.
fn programs(options: &Options) -> Vec<Program> {
    let mut programs = Vec::new();
    for program in options
        .pairs()
        .filter(|pair| pair.lacks(options.noise).is_none())
        .flat_map(|pair| pair.programs(options.noise))
    {
        if !programs.contains(&program) {
            programs.push(program);
        }
    }
    programs
}

/// What any run needs; what one program needs is asked of each pair.
fn lacking() -> Option<&'static str> {
    TOOLS.into_iter().find(|tool| tools::find(tool).is_none())
}

fn list() {
    for Pair {
        word, what, rounds, ..
    } in PAIRS
    {
        println!("--against {word:6} {what}, {rounds} rounds");
    }
    println!();
    for Scenario { name, what, .. } in SCENARIOS {
        let own = |pair: &&Pair| {
            let scenarios = pair.scenarios(&[]);
            scenarios.iter().any(|scenario| scenario.name == *name)
        };
        let words: Vec<&str> = PAIRS.iter().filter(own).map(|pair| pair.word).collect();
        println!("--only {name:16} {:16} {what}", words.join(","));
    }
}

fn inside(options: &Options, programs: &[Program]) -> Result<(), Failure> {
    net::end_with_outside();
    measure::remove_stale_groups();
    let lab = Fixture::make()?;
    print_machine();
    for pair in options.pairs() {
        pair.run(options, &lab)?;
    }
    let ours = programs.iter().filter(|program| program.is_ours());
    let ours: Result<Vec<Contender>, Failure> =
        ours.map(|program| options.contender(*program)).collect();
    sizes::print(&ours?)
}

fn print_machine() {
    let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
    let release = read("/proc/sys/kernel/osrelease");
    let cpuinfo = read("/proc/cpuinfo");
    let model = cpuinfo
        .lines()
        .find_map(|line| line.strip_prefix("model name"))
        .unwrap_or_default();
    println!(
        "Linux {}, {}\n",
        release.trim(),
        model.trim_start_matches(['\t', ' ', ':'])
    );
}
