//! What it costs to compute a package's hash while the package passes.
//!
//! A server fetches the same bytes twice: as an artifact, which only passes, and as a package. What
//! the second may cost more is what inflating and SHA-256 cost by themselves in the same run, and a
//! little for reading tar. Names are fresh in each round, every byte is compared, and the bench's
//! paced upstream is the same for both, so that neither finds more waiting for it than the other.

use core::time::Duration;
use std::{fs, time::Instant};

use super::{
    floor::{Costs, Floor},
    load::BUFFER,
    measure::{self, Load, Run},
    pairs::Contest,
    report::{self, Figures, Table},
    servers::{Role, Server},
    tarball,
    upstream::Upstream,
};
use crate::{
    failure::{Doing, Failure},
    http,
};

/// What a package may cost of what an artifact costs, beside inflating and SHA-256.
const SHARE: f64 = 1.15;

/// One round of one server.
struct Fill {
    artifact: f64,
    package: f64,
    costs: Costs,
    other: f64,
}

impl Fill {
    /// What the package should cost at most.
    fn budget(&self) -> f64 {
        SHARE * self.artifact + self.costs.inflate + self.costs.sha256
    }

    fn ratio(&self) -> f64 {
        self.package / self.budget()
    }
}

/// Runs the scenario in alternation and prints its table.
pub(super) fn run(name: &str, contest: &Contest<'_>, figures: &mut Figures) -> Result<(), Failure> {
    let path = contest.lab.dir.join("large.tar.gz");
    tarball::large(&path)?;
    let package = fs::read(&path).doing(path.display())?;
    let upstream = Upstream::start(package, [].into())?;
    let mut floor = Floor::start(&path)?;
    let servers = contest.start(Role::Cold {
        upstream: upstream.port,
    })?;
    let mut fills: [Vec<Fill>; 2] = [Vec::new(), Vec::new()];
    for round in 0..contest.rounds {
        for (server, fills) in servers.iter().zip(&mut fills) {
            measure::wait_quiet(Instant::now() + Duration::from_secs(5));
            let costs = floor.measure()?;
            fills.push(fill(server, &upstream, round, costs)?);
        }
    }
    print(&servers, &fills, upstream.archive().len());
    note(name, &fills, figures);
    Ok(())
}

fn fill(server: &Server, upstream: &Upstream, round: u32, costs: Costs) -> Result<Fill, Failure> {
    let artifact = format!("/artifact/bench/round{round}/v1.0.0/file.tar.gz");
    let package = format!("/pkg/bench/round{round}/v1.0.0.tar.gz");
    let [artifact, package] = [artifact, package].map(|path| fetch(server, upstream, &path));
    let (artifact, package) = (artifact?, package?);
    Ok(Fill {
        artifact: artifact.cpu,
        package: package.cpu,
        costs,
        other: artifact.other.max(package.other),
    })
}

/// One cold file through the server, to its last byte, which comes when it is published.
fn fetch(server: &Server, upstream: &Upstream, path: &str) -> Result<Run, Failure> {
    measure::wait_quiet(Instant::now() + Duration::from_secs(5));
    let mut buffer = vec![0; BUFFER];
    let run = measure::measured(&server.group, || {
        let response = http::get(server.port, path, None)?;
        response.compare(upstream.archive(), &mut buffer)?;
        Ok(Load::default())
    });
    run.map_err(|failure| Failure::new(format!("{}: {path}: {failure}", server.name)))
}

fn print(servers: &[Server; 2], fills: &[Vec<Fill>; 2], bytes: usize) {
    let mut table = Table::new(&[
        "server",
        "artifact CPU s",
        "package CPU s",
        "inflate CPU s",
        "SHA-256 CPU s",
        "CPU to budget ratio",
        "other work",
    ]);
    for (server, fills) in servers.iter().zip(fills) {
        table.row(row(&server.name, fills));
    }
    table.print();
    println!(
        "{:.1} MB packed; the budget is {SHARE} x artifact + inflate + SHA-256\n",
        bytes as f64 / 1e6
    );
}

fn row(name: &str, fills: &[Fill]) -> Vec<String> {
    let all = |of: fn(&Fill) -> f64| fills.iter().map(of).collect::<Vec<f64>>();
    vec![
        name.to_owned(),
        report::spread(&all(|fill| fill.artifact), 3),
        report::spread(&all(|fill| fill.package), 3),
        report::spread(&all(|fill| fill.costs.inflate), 3),
        report::spread(&all(|fill| fill.costs.sha256), 3),
        report::spread(&all(Fill::ratio), 3),
        format!(
            "{:.2}",
            all(|fill| fill.other).into_iter().fold(0.0, f64::max)
        ),
    ]
}

fn note(name: &str, fills: &[Vec<Fill>; 2], figures: &mut Figures) {
    let whose = ["the rival's CPU to budget ratio", "CPU to budget ratio"];
    for (fills, figure) in fills.iter().zip(whose) {
        let ratios: Vec<f64> = fills.iter().map(Fill::ratio).collect();
        figures.note(name, figure, report::median(&ratios));
        let others = fills.iter().map(|fill| fill.other);
        figures.other(others.fold(0.0, f64::max));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_budget_is_the_artifact_and_a_share_and_both_parts_of_the_hash() {
        let costs = Costs {
            inflate: 0.6,
            sha256: 0.17,
        };
        let fill = Fill {
            artifact: 0.2,
            package: 1.1,
            costs,
            other: 0.0,
        };
        assert!((fill.budget() - 1.0).abs() < 1e-9);
        assert!((fill.ratio() - 1.1).abs() < 1e-9);
    }
}
