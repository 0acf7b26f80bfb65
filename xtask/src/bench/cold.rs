//! Many clients on one file that no server has yet, while the upstream is slow.
//!
//! Every body is compared byte for byte; a wrong or short one fails the run.

use core::time::Duration;
use std::{thread, time::Instant};

use super::{
    fixture,
    load::BUFFER,
    measure,
    report::{self, Figures, Table},
    servers::Server,
    upstream::{self, Upstream},
};
use crate::{failure::Failure, http};

/// Who asks when.
#[derive(Clone, Copy)]
pub(super) struct Crowd {
    pub(super) clients: u32,
    /// When the last client comes; all others come at once.
    pub(super) last_after: Duration,
}

/// What one client saw, in seconds since it connected.
#[derive(Clone, Copy, Debug)]
struct Seen {
    first: f64,
    total: f64,
}

/// What one run of one server gave.
struct Outcome {
    /// In the order in which the clients came.
    seen: Vec<Seen>,
    cpu: f64,
    idle_pss: f64,
    peak_pss: f64,
    requests: u64,
    bytes: u64,
    other: f64,
}

/// Runs the scenario in alternation and prints its table.
pub(super) fn run(
    name: &str,
    crowd: Crowd,
    servers: &[Server],
    upstream: &Upstream,
    numbers: core::ops::Range<u32>,
    figures: &mut Figures,
) -> Result<(), Failure> {
    let direct = ask(upstream.port, "/direct.tar.xz", upstream.archive())?;
    let mut outcomes: Vec<Vec<Outcome>> = servers.iter().map(|_| Vec::new()).collect();
    for number in numbers {
        for (server, outcomes) in servers.iter().zip(&mut outcomes) {
            measure::wait_quiet(Instant::now() + Duration::from_secs(5));
            outcomes.push(once(crowd, server, upstream, number)?);
        }
    }
    let perfect = perfect(crowd, upstream);
    let mut table = Table::new(&COLUMNS);
    for (server, outcomes) in servers.iter().zip(&outcomes) {
        table.row(row(&server.name, outcomes, perfect));
    }
    table.print();
    println!(
        "the upstream itself: first byte after {:.3} s, whole after {:.3} s; perfect for the last client here: {perfect:.3} s\n",
        direct.first, direct.total
    );
    note(name, &outcomes, &direct, perfect, crowd, figures);
    Ok(())
}

const COLUMNS: [&str; 10] = [
    "server",
    "first byte, first client s",
    "median s",
    "last client s",
    "total median s",
    "total last s",
    "last / perfect",
    "upstream requests (MB)",
    "CPU s",
    "PSS idle, peak MB",
];

fn perfect(crowd: Crowd, upstream: &Upstream) -> f64 {
    upstream::perfect_seconds(upstream.archive().len()) - crowd.last_after.as_secs_f64()
}

fn once(
    crowd: Crowd,
    server: &Server,
    upstream: &Upstream,
    number: u32,
) -> Result<Outcome, Failure> {
    let path = format!("/zig/{}", fixture::cold_name(number));
    let idle_pss = server.group.pss();
    upstream.take_counts();
    let mut seen = Vec::new();
    let (run, peak_pss) = server.group.peak_pss(|| {
        measure::measured(&server.group, || {
            seen = stampede(crowd, server.port, &path, upstream.archive())?;
            Ok(measure::Load::default())
        })
    });
    let run = run.map_err(|failure| Failure::new(format!("{}: {failure}", server.name)))?;
    let (requests, bytes) = upstream.take_counts();
    Ok(Outcome {
        seen,
        cpu: run.cpu,
        idle_pss,
        peak_pss,
        requests,
        bytes,
        other: run.other,
    })
}

fn stampede(crowd: Crowd, port: u16, path: &str, expected: &[u8]) -> Result<Vec<Seen>, Failure> {
    thread::scope(|scope| {
        let clients: Vec<_> = (1..=crowd.clients)
            .map(|number| {
                let wait = if number == crowd.clients {
                    crowd.last_after
                } else {
                    Duration::ZERO
                };
                scope.spawn(move || {
                    thread::sleep(wait);
                    ask(port, path, expected)
                })
            })
            .collect();
        let joined = clients.into_iter().map(|client| {
            client
                .join()
                .unwrap_or(Err(Failure::new("client panicked")))
        });
        joined.collect()
    })
}

fn ask(port: u16, path: &str, expected: &[u8]) -> Result<Seen, Failure> {
    let mut buffer = vec![0; BUFFER];
    let start = Instant::now();
    let response = http::get(port, path, None)?;
    let first = response.compare(expected, &mut buffer)?;
    Ok(Seen {
        first: (first - start).as_secs_f64(),
        total: start.elapsed().as_secs_f64(),
    })
}

fn sorted(outcome: &Outcome, of: fn(&Seen) -> f64) -> Vec<f64> {
    let mut values: Vec<f64> = outcome.seen.iter().map(of).collect();
    values.sort_by(f64::total_cmp);
    values
}

/// The last client's figures: of a crowd the slowest one's, of a late joiner its own.
fn last(outcome: &Outcome, crowd_of_two: bool, of: fn(&Seen) -> f64) -> f64 {
    let late = outcome.seen.last().filter(|_| crowd_of_two).map(of);
    late.unwrap_or_else(|| sorted(outcome, of).last().copied().unwrap_or(f64::NAN))
}

fn row(name: &str, outcomes: &[Outcome], perfect: f64) -> Vec<String> {
    let of =
        |figure: &dyn Fn(&Outcome) -> f64| -> Vec<f64> { outcomes.iter().map(figure).collect() };
    let two = |outcome: &Outcome| outcome.seen.len() == 2;
    let first_byte = |seen: &Seen| seen.first;
    let whole = |seen: &Seen| seen.total;
    let total_last = of(&|outcome| last(outcome, two(outcome), whole));
    vec![
        name.to_owned(),
        report::spread(&of(&|outcome| sorted(outcome, first_byte)[0]), 3),
        report::spread(
            &of(&|outcome| report::median(&sorted(outcome, first_byte))),
            3,
        ),
        report::spread(&of(&|outcome| last(outcome, two(outcome), first_byte)), 3),
        report::spread(&of(&|outcome| report::median(&sorted(outcome, whole))), 3),
        report::spread(&total_last, 3),
        format!("{:.3}", report::median(&total_last) / perfect),
        format!(
            "{:.0} ({:.0})",
            report::median(&of(&|outcome| outcome.requests as f64)),
            report::median(&of(&|outcome| outcome.bytes as f64 / 1e6))
        ),
        report::spread(&of(&|outcome| outcome.cpu), 2),
        format!(
            "{:.1}, {:.1}",
            report::median(&of(&|outcome| outcome.idle_pss / 1e6)),
            report::median(&of(&|outcome| outcome.peak_pss / 1e6))
        ),
    ]
}

/// Keeps what the summary compares with the targets: the last server against the first.
fn note(
    name: &str,
    outcomes: &[Vec<Outcome>],
    direct: &Seen,
    perfect: f64,
    crowd: Crowd,
    figures: &mut Figures,
) {
    let [base, .., ours] = outcomes else { return };
    let two = crowd.clients == 2;
    // A late joiner finds bytes already there: nothing is to be waited for.
    let upstream_first = if two { 0.0 } else { direct.first };
    let behind = |run: &Outcome| (last(run, two, |seen| seen.first) - upstream_first) * 1e3;
    let stretch = |run: &Outcome| last(run, two, |seen| seen.total) / perfect;
    let cpu = |runs: &[Outcome]| median_of(runs, |run| run.cpu);
    let noted = [
        ("first byte behind upstream, ms", median_of(ours, behind)),
        ("total / perfect", median_of(ours, stretch)),
        ("CPU ratio", cpu(ours) / cpu(base)),
        (
            "upstream requests",
            median_of(ours, |run| run.requests as f64),
        ),
    ];
    for (figure, value) in noted {
        figures.note(name, figure, value);
    }
    let peak = |runs: &[Outcome]| median_of(runs, |run| run.peak_pss);
    figures.memory(name, "peak PSS", peak(base), peak(ours));
    let others = base.iter().chain(ours).map(|run| run.other);
    figures.other(others.fold(0.0, f64::max));
}

fn median_of(runs: &[Outcome], figure: impl Fn(&Outcome) -> f64) -> f64 {
    report::median(&runs.iter().map(figure).collect::<Vec<f64>>())
}
