//! What it costs to bring a Git repository's tags and make tarballs of them.
//!
//! Each round starts the servers afresh, names the repository to them as a new package, and waits
//! for the answer. Where there is one tag, git then clones and packs the same repository from the
//! same host. The host is the real `git http-backend`; nothing it spends is counted. Memory is
//! compared with the server's own before the request.
//!
//! Whether the tarballs are right is not asked here: the tests do.

mod rival;

use core::time::Duration;
use std::time::Instant;

use self::rival::{Clone, Rival};
use super::{
    git::{Git, host::Host, repository::Repository},
    measure::{self, Load, Run},
    pairs::Contest,
    report::{self, Figures, Table},
    servers::{Role, Server},
};
use crate::{
    failure::{Doing, Failure},
    http, tools,
};

/// How long one ingest may take.
const PATIENCE: Duration = Duration::from_mins(10);

/// One round of one server.
struct Ingest {
    cpu: f64,
    seconds: f64,
    /// Bytes over those at rest, at most.
    rise: f64,
    requests: u64,
    other: f64,
}

/// One round of git.
struct Cloned {
    whole: Run,
    bare: Run,
}

/// All rounds.
#[derive(Default)]
struct Rounds {
    names: Vec<String>,
    /// The rival's and the subject's.
    servers: [Vec<Ingest>; 2],
    git: Vec<Cloned>,
}

/// Runs the scenario in alternation and prints its table, or that there is no git.
pub(super) fn run(
    name: &str,
    repository: Repository,
    contest: &Contest<'_>,
    figures: &mut Figures,
) -> Result<(), Failure> {
    let Some(git) = Git::find()? else {
        println!("skipped: no git\n");
        let allowed = !tools::must_have("git");
        return allowed.then_some(()).doing("CI must have git");
    };
    let rounds = rounds(name, repository, contest, git)?;
    rounds.print();
    rounds.note(name, figures);
    Ok(())
}

fn rounds(
    name: &str,
    repository: Repository,
    contest: &Contest<'_>,
    git: Git,
) -> Result<Rounds, Failure> {
    let dir = contest.lab.dir.join("git");
    let bare = dir.join(format!("{name}.git"));
    repository.make(&git, &bare)?;
    let mut rival = (repository == Repository::Files)
        .then(|| Rival::start(&git, dir.join("clones")))
        .transpose()?;
    let host = Host::start(git, &bare)?;
    let mut rounds = Rounds::default();
    for round in 0..contest.rounds {
        let servers = contest.start(Role::Registry { round })?;
        rounds.names = servers.iter().map(|server| server.name.clone()).collect();
        for (server, ingests) in servers.iter().zip(&mut rounds.servers) {
            ingests.push(ingest(server, repository, &host, round)?);
        }
        drop(servers);
        if let Some(rival) = &mut rival {
            rounds.git.push(cloned(rival, &host, round)?);
        }
    }
    Ok(rounds)
}

/// One POST, which is answered when the tarballs are there.
fn ingest(
    server: &Server,
    repository: Repository,
    host: &Host,
    round: u32,
) -> Result<Ingest, Failure> {
    measure::wait_quiet(Instant::now() + Duration::from_secs(5));
    host.take_requests();
    let json = format!("{{\"url\":\"{}\"}}", host.url(&format!("round{round}")));
    let start = Instant::now();
    let mut seconds = 0.0;
    let (run, rise) = server.group.rise(|| {
        measure::measured(&server.group, || {
            let answer = http::post(server.port, "/api/fetch", &json, PATIENCE)?;
            seconds = start.elapsed().as_secs_f64();
            expect(repository, &answer).map(|()| Load::default())
        })
    })?;
    let run = run.map_err(|failure| Failure::new(format!("{}: {failure}", server.name)))?;
    Ok(Ingest {
        cpu: run.cpu,
        seconds,
        rise,
        requests: host.take_requests(),
        other: run.other,
    })
}

/// All tags must have come.
fn expect(repository: Repository, (status, body): &(u16, String)) -> Result<(), Failure> {
    let made = format!("\"tarballs_created\":{},", repository.tags());
    let is_right = *status == 200 && body.contains(&made);
    let failed = || Failure::new(format!("/api/fetch: {status} {}", body.trim()));
    is_right.then_some(()).ok_or_else(failed)
}

fn cloned(rival: &mut Rival, host: &Host, round: u32) -> Result<Cloned, Failure> {
    let mut one = |how: Clone, name: &str| {
        measure::wait_quiet(Instant::now() + Duration::from_secs(5));
        let name = format!("{name}{round}");
        rival.run(how, &host.url(&name), &name)
    };
    Ok(Cloned {
        whole: one(Clone::Whole, "whole")?,
        bare: one(Clone::Bare, "bare")?,
    })
}

const COLUMNS: [&str; 6] = [
    "who",
    "CPU s",
    "seconds",
    "peak memory over idle MB",
    "upstream requests",
    "other work",
];

impl Rounds {
    fn print(&self) {
        let mut table = Table::new(&COLUMNS);
        for (name, ingests) in self.names.iter().zip(&self.servers) {
            table.row(server_row(name, ingests));
        }
        if !self.git.is_empty() {
            table.row(git_row("git clone, archive", &self.git, |one| &one.whole));
            table.row(git_row("git clone --bare, archive", &self.git, |one| {
                &one.bare
            }));
        }
        table.print();
        println!();
    }

    fn note(&self, name: &str, figures: &mut Figures) {
        for (ingests, whose) in self.servers.iter().zip(["the rival's ", ""]) {
            let mut note = |what: &str, value| {
                figures.note(name, &format!("{whose}{what}"), value);
            };
            note("seconds", median_of(ingests, |one| one.seconds));
            note("peak memory over idle, MB", median_of(ingests, rise));
            note(
                "upstream requests",
                median_of(ingests, |one| one.requests as f64),
            );
            if self.git.is_empty() {
                note("CPU s", median_of(ingests, |one| one.cpu));
            } else {
                note("CPU to git ratio", self.ratio(ingests, |one| &one.whole));
                note(
                    "CPU to bare git ratio",
                    self.ratio(ingests, |one| &one.bare),
                );
            }
        }
        let ours = self.servers.iter().flatten().map(|one| one.other);
        let git = self
            .git
            .iter()
            .flat_map(|one| [one.whole.other, one.bare.other]);
        figures.other(ours.chain(git).fold(0.0, f64::max));
    }

    /// The median over rounds of one round's ratio.
    fn ratio(&self, ingests: &[Ingest], git: fn(&Cloned) -> &Run) -> f64 {
        let pairs = ingests.iter().zip(&self.git);
        let ratios: Vec<f64> = pairs.map(|(ours, one)| ours.cpu / git(one).cpu).collect();
        report::median(&ratios)
    }
}

fn server_row(name: &str, ingests: &[Ingest]) -> Vec<String> {
    let all = |of: fn(&Ingest) -> f64| ingests.iter().map(of).collect::<Vec<f64>>();
    vec![
        name.to_owned(),
        report::spread(&all(|one| one.cpu), 3),
        report::spread(&all(|one| one.seconds), 2),
        report::spread(&all(rise), 1),
        format!("{:.0}", median_of(ingests, |one| one.requests as f64)),
        most_other(ingests.iter().map(|one| one.other)),
    ]
}

fn git_row(name: &str, rounds: &[Cloned], of: fn(&Cloned) -> &Run) -> Vec<String> {
    let runs = || rounds.iter().map(of);
    let none = String::new;
    vec![
        name.to_owned(),
        report::spread(&runs().map(|run| run.cpu).collect::<Vec<f64>>(), 3),
        report::spread(
            &runs().map(|run| run.cpu / run.busy).collect::<Vec<f64>>(),
            2,
        ),
        none(),
        none(),
        most_other(runs().map(|run| run.other)),
    ]
}

fn rise(one: &Ingest) -> f64 {
    one.rise / 1e6
}

fn most_other(values: impl Iterator<Item = f64>) -> String {
    format!("{:.2}", values.fold(0.0, f64::max))
}

fn median_of(ingests: &[Ingest], figure: impl Fn(&Ingest) -> f64) -> f64 {
    report::median(&ingests.iter().map(figure).collect::<Vec<f64>>())
}
