//! Whether a package that is stored costs more to serve than a toolchain of the same size.
//!
//! Each server is asked for both in alternation; ratios are of the package to the toolchain, in one
//! server. Both are warm, and every byte of each is compared once before.

use std::time::Instant;

use super::{
    fixture::{Artifact, Fixture},
    load::{self, BUFFER, Wrk},
    measure::{self, Run},
    pairs::Contest,
    report::{self, Figures},
    scenario::{PATIENCE, no_errors},
    servers::{Role, Server},
    unit::{REQUESTS, Unit},
};
use crate::{failure::Failure, http};

const CONNECTIONS: u32 = 32;

/// Runs the scenario and prints a table for each server.
pub(super) fn run(
    name: &str,
    file: Artifact,
    contest: &Contest<'_>,
    figures: &mut Figures,
) -> Result<(), Failure> {
    let servers = contest.start(Role::Warm)?;
    let whose = [
        "the rival's package to toolchain CPU ratio",
        "package to toolchain CPU ratio",
    ];
    for (server, figure) in servers.iter().zip(whose) {
        warm(server, file, contest.lab)?;
        let runs = alternate(server, file, contest)?;
        let names = ["toolchain", "package"].map(|what| format!("{}, {what}", server.name));
        REQUESTS.table(&names, &runs).print();
        no_errors(name, &names, &runs)?;
        let [base, ours] = &runs;
        let ratios = REQUESTS.ratios(ours, base, Unit::cost_of);
        figures.note(name, figure, report::median(&ratios));
        let others = base.iter().chain(ours).map(|run| run.other);
        figures.other(others.fold(0.0, f64::max));
    }
    println!();
    Ok(())
}

fn alternate(
    server: &Server,
    file: Artifact,
    contest: &Contest<'_>,
) -> Result<[Vec<Run>; 2], Failure> {
    let patience = Instant::now() + PATIENCE;
    let wrk = Wrk {
        connections: CONNECTIONS,
        headers: &[],
        body: None,
    };
    let paths = [file.path(), file.package_path()];
    let mut runs = [Vec::new(), Vec::new()];
    for round in 0..contest.rounds {
        // Neither always comes after the other.
        let first = usize::from(round % 2 == 1);
        for which in [first, 1 - first] {
            runs[which].push(measure::quietest(&server.group, patience, || {
                load::wrk(wrk, server.port, &paths[which], contest.seconds)
            })?);
        }
    }
    Ok(runs)
}

/// Asks for both once, and compares every byte.
fn warm(server: &Server, file: Artifact, lab: &Fixture) -> Result<(), Failure> {
    let mut buffer = vec![0; BUFFER];
    let package = lab.package(file)?;
    for (path, body) in [(file.path(), file.body()), (file.package_path(), package)] {
        let response = http::get(server.port, &path, None)?;
        let compared = response.compare(&body, &mut buffer);
        compared.map_err(|failure| Failure::new(format!("{}: {path}: {failure}", server.name)))?;
    }
    Ok(())
}
