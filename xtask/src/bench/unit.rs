//! What a load is counted in: requests, or bytes by the GB.

use super::{
    measure::Run,
    report::{self, Table},
};

/// What a load is counted in.
#[derive(Clone, Copy)]
pub(super) struct Unit {
    rate: &'static str,
    cost: &'static str,
    bulk: bool,
}

/// Small answers: requests a second, microseconds of CPU each.
pub(super) const REQUESTS: Unit = Unit {
    rate: "req/s",
    cost: "CPU us/req",
    bulk: false,
};

/// Large files: GB a second, seconds of CPU a GB.
pub(super) const BULK: Unit = Unit {
    rate: "GB/s",
    cost: "CPU s/GB",
    bulk: true,
};

impl Unit {
    fn amount(self, run: &Run) -> f64 {
        if self.bulk {
            run.load.bytes as f64 / 1e9
        } else {
            run.load.requests as f64
        }
    }

    pub(super) fn rate_of(self, run: &Run) -> f64 {
        self.amount(run) / run.load.seconds
    }

    /// Seconds a GB, or microseconds a request.
    pub(super) fn cost_of(self, run: &Run) -> f64 {
        let scale = if self.bulk { 1.0 } else { 1e6 };
        run.cpu * scale / self.amount(run)
    }

    /// Round by round, so that a slow minute of the machine falls on both.
    pub(super) fn ratios(self, ours: &[Run], base: &[Run], of: fn(Self, &Run) -> f64) -> Vec<f64> {
        ours.iter()
            .zip(base)
            .map(|(ours, base)| of(self, ours) / of(self, base))
            .collect()
    }

    /// One row a name; the first is the base of the ratios.
    pub(super) fn table(self, names: &[String], runs: &[Vec<Run>]) -> Table {
        let ratios = ["rate ratio", "CPU ratio", "busy", "errors", "other work"];
        let mut table = Table::new(&[&["server", self.rate, self.cost], &ratios[..]].concat());
        for (name, ours) in names.iter().zip(runs) {
            table.row(self.row(name, ours, &runs[0]));
        }
        table
    }

    fn row(self, name: &str, runs: &[Run], base: &[Run]) -> Vec<String> {
        let all = |of: fn(Self, &Run) -> f64| -> Vec<f64> {
            runs.iter().map(|run| of(self, run)).collect()
        };
        let (rate_digits, cost_digits) = if self.bulk { (2, 4) } else { (0, 2) };
        let busy: Vec<f64> = runs.iter().map(|run| run.busy).collect();
        vec![
            name.to_owned(),
            report::spread(&all(Self::rate_of), rate_digits),
            report::spread(&all(Self::cost_of), cost_digits),
            report::spread(&self.ratios(runs, base, Self::rate_of), 2),
            report::spread(&self.ratios(runs, base, Self::cost_of), 2),
            format!("{:.2}", report::median(&busy)),
            runs.iter()
                .map(|run| run.load.errors)
                .sum::<u64>()
                .to_string(),
            format!(
                "{:.2}",
                runs.iter().map(|run| run.other).fold(0.0, f64::max)
            ),
        ]
    }
}
