//! Real clones: `git clone --depth 1`, eight at once.
//!
//! git itself is the limit, so nothing is checked out, which no server sees. Clones lie in one folder
//! that is emptied before each run.

use core::time::Duration;
use std::{path::Path, thread, time::Instant};

use super::{
    super::{
        measure::{self, Load},
        pairs::Contest,
        report::{Figures, Table},
        scenario::PATIENCE,
        servers::{Role, Server},
    },
    Costs, Stage,
};
use crate::failure::Failure;

/// Clones at once.
const AT_ONCE: u32 = 8;

/// Clones from both in alternation.
pub(super) fn run(stage: &Stage, contest: &Contest<'_>) -> Result<Costs, Failure> {
    let servers = contest.start(Role::Git)?;
    for server in &servers {
        check(server, stage)?;
    }
    let patience = Instant::now() + PATIENCE;
    let time = Duration::from_secs(u64::from(contest.seconds));
    let mut runs = [Vec::new(), Vec::new()];
    for _ in 0..contest.rounds {
        for (server, runs) in servers.iter().zip(&mut runs) {
            runs.push(measure::quietest(&server.group, patience, || {
                clone_for(time, server, stage)
            })?);
        }
    }
    let names = servers.each_ref().map(|server| server.name.clone());
    Ok(Costs {
        names,
        runs,
        what: "clone",
    })
}

/// What a clone has checked out must be the release.
fn check(server: &Server, stage: &Stage) -> Result<(), Failure> {
    let dir = stage.empty_scratch()?;
    clone(server, stage, dir, "first")?;
    let head = stage
        .git
        .stdout(&dir.join("first"), &["rev-parse", "HEAD"])?;
    let wrong = || Failure::new(format!("{}: clones get {}", server.name, head.trim()));
    (head.trim() == stage.commit)
        .then_some(())
        .ok_or_else(wrong)
}

/// Clones again and again; each client ends with its clone.
fn clone_for(time: Duration, server: &Server, stage: &Stage) -> Result<Load, Failure> {
    let dir = stage.empty_scratch()?;
    let start = Instant::now();
    let requests = all_at_once(|client| {
        let mut count = 0;
        while start.elapsed() < time {
            clone(server, stage, dir, &format!("{client}-{count}"))?;
            count += 1;
        }
        Ok(count)
    })?;
    Ok(Load {
        requests,
        seconds: start.elapsed().as_secs_f64(),
        ..Load::default()
    })
}

/// Runs so many clients, and adds up what they return.
fn all_at_once(client: impl Fn(u32) -> Result<u64, Failure> + Sync) -> Result<u64, Failure> {
    thread::scope(|scope| {
        let client = &client;
        let clients: Vec<_> = (0..AT_ONCE)
            .map(|number| scope.spawn(move || client(number)))
            .collect();
        let lost = |_| Err(Failure::new("client panicked"));
        let counts = clients
            .into_iter()
            .map(|client| client.join().unwrap_or_else(lost));
        counts.sum()
    })
}

fn clone(server: &Server, stage: &Stage, dir: &Path, name: &str) -> Result<(), Failure> {
    let url = format!("http://127.0.0.1:{}{}", server.port, stage.path());
    let arguments = [
        "clone",
        "--quiet",
        "--depth",
        "1",
        "--no-checkout",
        &url,
        name,
    ];
    let cloned = stage.git.run(dir, &arguments);
    cloned.map_err(|failure| Failure::new(format!("{}: {failure}", server.name)))
}

/// One round of one server's memory, in bytes.
struct Memory {
    /// All processes, before anything was asked.
    idle: f64,
    /// All processes, at most; looked at now and then.
    peak: f64,
    /// How much the processes that were there before had more than then; the kernel's own mark.
    rise: f64,
}

/// Looks at the memory of fresh servers while each is asked for eight clones at once.
pub(super) fn memory(
    name: &str,
    stage: &Stage,
    contest: &Contest<'_>,
    figures: &mut Figures,
) -> Result<(), Failure> {
    let mut all = [Vec::new(), Vec::new()];
    let mut names = Vec::new();
    for _ in 0..contest.rounds {
        let servers = contest.start(Role::Git)?;
        names = servers.iter().map(|server| server.name.clone()).collect();
        for (server, all) in servers.iter().zip(&mut all) {
            all.push(one_round(server, stage)?);
        }
    }
    let mut table = Table::new(&[
        "server",
        "idle PSS MB",
        "peak PSS over idle MB",
        "its own processes' peak memory over idle MB",
    ]);
    for ((server, all), whose) in names.iter().zip(&all).zip(["the rival's ", ""]) {
        let most = |of: fn(&Memory) -> f64| all.iter().map(of).fold(0.0, f64::max) / 1e6;
        let rises = [most(|one| one.peak - one.idle), most(|one| one.rise)];
        let cells = [most(|one| one.idle), rises[0], rises[1]];
        let cells = cells.map(|megabytes| format!("{megabytes:.2}"));
        table.row([&[server.clone()][..], &cells].concat());
        figures.note(name, &format!("{whose}peak PSS over idle, MB"), rises[0]);
        figures.note(name, &format!("{whose}peak memory over idle, MB"), rises[1]);
    }
    table.print();
    println!();
    Ok(())
}

fn one_round(server: &Server, stage: &Stage) -> Result<Memory, Failure> {
    let dir = stage.empty_scratch()?;
    let idle = server.group.pss();
    let (risen, peak) = server.group.peak_pss(|| {
        server.group.rise(|| {
            all_at_once(|client| clone(server, stage, dir, &client.to_string()).map(|()| 1))
        })
    });
    let (cloned, rise) = risen?;
    cloned.map(|_| Memory { idle, peak, rise })
}
