//! How each kind of scenario runs.

use core::time::Duration;
use std::time::Instant;

use super::{
    cold::{self, Crowd},
    fixture::{Artifact, BIG, INDEX_SIZED, SMALL},
    git::repository::Repository,
    git_face::{self, Clients},
    ingest,
    load::{self, BUFFER, Wrk},
    measure::{self, Load, Run},
    pairs::Contest,
    pkg_fill, pkg_hits,
    report::{self, Figures, Table},
    servers::{Role, Server},
    unit::{BULK, REQUESTS, Unit},
    upstream::Upstream,
};
use crate::{
    failure::{Doing, Failure},
    http,
};

/// One thing measured.
pub(super) struct Scenario {
    pub(super) name: &'static str,
    pub(super) what: &'static str,
    pub(super) kind: Kind,
}

/// How something is measured.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    /// wrk over these connections, with this field if any.
    Many(Artifact, u32, Option<&'static str>),
    /// As `Many`, asking with the ETag that the server gave.
    Revalidate(Artifact, u32),
    /// This many clients downloading.
    Bulk(Artifact, u32),
    /// Memory with this many slow downloads; none: at rest.
    Memory(u32),
    Cold(Crowd),
    /// A package of the file's size beside the file.
    PackageHits(Artifact),
    /// A package of 50 MB, which is hashed, beside an artifact, which is not.
    PackageFill,
    /// A Git repository's tags, made into tarballs.
    Ingest(Repository),
    /// The release of a Git repository, asked for by Git's clients.
    GitFace(Clients),
}

/// How long a scenario may wait for a quiet machine and make disturbed runs again.
pub(super) const PATIENCE: Duration = Duration::from_secs(45);

impl Scenario {
    /// Whether the servers have to fetch for it.
    pub(super) fn is_cold(&self) -> bool {
        matches!(self.kind, Kind::Cold(_))
    }

    /// Whether it is about packages, which only our own servers have.
    pub(super) fn is_about_packages(&self) -> bool {
        matches!(
            self.kind,
            Kind::PackageHits(_) | Kind::PackageFill | Kind::Ingest(_)
        )
    }

    /// Whether Git's clients ask.
    pub(super) fn is_git_face(&self) -> bool {
        matches!(self.kind, Kind::GitFace(_))
    }

    /// Whether it needs [`super::floor`].
    pub(super) fn is_package_fill(&self) -> bool {
        matches!(self.kind, Kind::PackageFill)
    }

    /// Starts fresh servers, runs, prints the table, stops the servers.
    pub(super) fn run(&self, contest: &Contest<'_>, figures: &mut Figures) -> Result<(), Failure> {
        match self.kind {
            Kind::Cold(crowd) => self.cold(crowd, contest, figures),
            Kind::PackageFill => pkg_fill::run(self.name, contest, figures),
            Kind::Ingest(repository) => ingest::run(self.name, repository, contest, figures),
            Kind::GitFace(clients) => git_face::run(self.name, clients, contest, figures),
            Kind::PackageHits(file) => pkg_hits::run(self.name, file, contest, figures),
            Kind::Memory(clients) => self.memory(clients, &contest.start(Role::Warm)?, figures),
            Kind::Many(..) | Kind::Revalidate(..) | Kind::Bulk(..) => {
                self.throughput(&contest.start(Role::Warm)?, contest, figures)
            }
        }
    }

    fn cold(
        &self,
        crowd: Crowd,
        contest: &Contest<'_>,
        figures: &mut Figures,
    ) -> Result<(), Failure> {
        let signatures = contest.lab.cold_signatures(contest.rounds)?;
        let upstream = Upstream::start(BIG.body(), signatures)?;
        let role = Role::Cold {
            upstream: upstream.port,
        };
        let servers = contest.start(role)?;
        cold::run(
            self.name,
            crowd,
            &servers,
            &upstream,
            0..contest.rounds,
            figures,
        )
    }

    fn memory(
        &self,
        clients: u32,
        servers: &[Server; 2],
        figures: &mut Figures,
    ) -> Result<(), Failure> {
        let mut table = Table::new(&["server", "processes", "PSS MB"]);
        let mut peaks = [0.0; 2];
        for (server, peak) in servers.iter().zip(&mut peaks) {
            *peak = peak_pss(server, clients)?;
            let processes = server.group.pids().len();
            table.row(vec![
                server.name.clone(),
                processes.to_string(),
                format!("{:.2}", *peak / 1e6),
            ]);
        }
        table.print();
        println!();
        let [rival, subject] = peaks;
        figures.memory(self.name, "PSS", rival, subject);
        Ok(())
    }

    fn throughput(
        &self,
        servers: &[Server],
        contest: &Contest<'_>,
        figures: &mut Figures,
    ) -> Result<(), Failure> {
        let patience = Instant::now() + PATIENCE;
        let mut runs: Vec<Vec<Run>> = servers.iter().map(|_| Vec::new()).collect();
        for server in servers {
            warm(server)?;
            self.load(server, 1)?;
        }
        for _ in 0..contest.rounds {
            for (server, runs) in servers.iter().zip(&mut runs) {
                runs.push(measure::quietest(&server.group, patience, || {
                    self.load(server, contest.seconds)
                })?);
            }
        }
        let names: Vec<String> = servers.iter().map(|server| server.name.clone()).collect();
        self.unit().table(&names, &runs).print();
        println!();
        self.note(&runs, figures);
        no_errors(self.name, &names, &runs)
    }

    /// Keeps what the summary compares with the targets: the last server against the first.
    fn note(&self, runs: &[Vec<Run>], figures: &mut Figures) {
        let [base, .., ours] = runs else { return };
        let unit = self.unit();
        let rate = report::median(&unit.ratios(ours, base, Unit::rate_of));
        let cost = report::median(&unit.ratios(ours, base, Unit::cost_of));
        figures.note(self.name, "rate ratio", rate);
        figures.note(self.name, "CPU ratio", cost);
        figures.other(
            base.iter()
                .chain(ours)
                .map(|run| run.other)
                .fold(0.0, f64::max),
        );
    }

    fn load(&self, server: &Server, seconds: u32) -> Result<Load, Failure> {
        let port = server.port;
        match self.kind {
            Kind::Many(file, connections, header) => load::wrk(
                Wrk {
                    connections,
                    headers: header.as_slice(),
                    body: None,
                },
                port,
                &file.path(),
                seconds,
            ),
            Kind::Revalidate(file, connections) => {
                let header = condition(port, &file.path())?;
                load::wrk(
                    Wrk {
                        connections,
                        headers: &[&header],
                        body: None,
                    },
                    port,
                    &file.path(),
                    seconds,
                )
            }
            Kind::Bulk(file, clients) => load::bulk(clients, port, file, f64::from(seconds)),
            Kind::Memory(_)
            | Kind::Cold(_)
            | Kind::PackageHits(_)
            | Kind::PackageFill
            | Kind::Ingest(_)
            | Kind::GitFace(_) => Err(Failure::new("not a load")),
        }
    }

    fn unit(&self) -> Unit {
        match self.kind {
            Kind::Bulk(..) => BULK,
            Kind::Many(..)
            | Kind::Revalidate(..)
            | Kind::Memory(_)
            | Kind::Cold(_)
            | Kind::PackageHits(_)
            | Kind::PackageFill
            | Kind::Ingest(_)
            | Kind::GitFace(_) => REQUESTS,
        }
    }
}

/// The most memory while clients read slowly, or with none, at rest.
fn peak_pss(server: &Server, clients: u32) -> Result<f64, Failure> {
    warm(server)?;
    let (load, peak) = server
        .group
        .peak_pss(|| load::slow(clients, server.port, &BIG.path(), 3.0));
    match load?.errors {
        0 => Ok(peak),
        _ => Err(Failure::new(format!(
            "{}: slow downloads broke off",
            server.name
        ))),
    }
}

/// Asks for each file once, and compares every byte.
fn warm(server: &Server) -> Result<(), Failure> {
    let mut buffer = vec![0; BUFFER];
    for file in [SMALL, INDEX_SIZED, BIG] {
        let response = http::get(server.port, &file.path(), None)?;
        response
            .compare(&file.body(), &mut buffer)
            .map_err(|failure| {
                Failure::new(format!("{}: {}: {failure}", server.name, file.name))
            })?;
    }
    Ok(())
}

/// The conditional field that this server answers with 304.
fn condition(port: u16, path: &str) -> Result<String, Failure> {
    let etag = http::get(port, path, None)?.etag.doing("no ETag")?;
    let header = format!("If-None-Match: {etag}");
    match http::get(port, path, Some(&header))?.status {
        304 => Ok(header),
        status => Err(Failure::new(format!("{header} was answered {status}"))),
    }
}

/// Fails if any run of those named saw an error.
pub(super) fn no_errors(name: &str, whose: &[String], runs: &[Vec<Run>]) -> Result<(), Failure> {
    for (who, runs) in whose.iter().zip(runs) {
        let errors: u64 = runs.iter().map(|run| run.load.errors).sum();
        if errors > 0 {
            return Err(Failure::new(format!("{name}: {errors} errors from {who}")));
        }
    }
    Ok(())
}
