//! What both servers spent on the same clients, as a table and as figures.

use super::super::{
    measure::Run,
    report::{self, Figures, Table},
    scenario::no_errors,
    unit::{REQUESTS, Unit},
};
use crate::failure::Failure;

/// All rounds of the rival and of the subject.
pub(super) struct Costs {
    pub(super) names: [String; 2],
    pub(super) runs: [Vec<Run>; 2],
    /// What is counted: `request` or `clone`.
    pub(super) what: &'static str,
}

impl Costs {
    /// Prints the table, notes how many times the subject's CPU the rival needs, and fails if any
    /// run saw an error.
    pub(super) fn report(&self, name: &str, figures: &mut Figures) -> Result<(), Failure> {
        let (rate, cost) = (format!("{}s/s", self.what), format!("CPU us/{}", self.what));
        let mut table = Table::new(&[
            "server",
            &rate,
            &cost,
            "the rival's CPU to its own",
            "busy",
            "errors",
            "other work",
        ]);
        for (whose, runs) in self.names.iter().zip(&self.runs) {
            table.row(self.row(whose, runs));
        }
        table.print();
        println!();
        let [rival, subject] = &self.runs;
        let saved = report::median(&saved(rival, subject));
        figures.note(name, "the rival's CPU to ours", saved);
        let each = format!("CPU us/{}", self.what);
        figures.note(name, &each, report::median(&all(subject, Unit::cost_of)));
        figures.other(most(rival, |run| run.other).max(most(subject, |run| run.other)));
        no_errors(name, &self.names, &self.runs)
    }

    fn row(&self, whose: &str, runs: &[Run]) -> Vec<String> {
        let busy: Vec<f64> = runs.iter().map(|run| run.busy).collect();
        let errors: u64 = runs.iter().map(|run| run.load.errors).sum();
        vec![
            whose.to_owned(),
            report::spread(&all(runs, Unit::rate_of), 1),
            report::spread(&all(runs, Unit::cost_of), 1),
            report::spread(&saved(&self.runs[0], runs), 1),
            format!("{:.2}", report::median(&busy)),
            errors.to_string(),
            format!("{:.2}", most(runs, |run| run.other)),
        ]
    }
}

/// How many times their CPU the rival needs for the same, round by round.
fn saved(rival: &[Run], runs: &[Run]) -> Vec<f64> {
    REQUESTS.ratios(rival, runs, Unit::cost_of)
}

fn all(runs: &[Run], of: fn(Unit, &Run) -> f64) -> Vec<f64> {
    runs.iter().map(|run| of(REQUESTS, run)).collect()
}

fn most(runs: &[Run], of: fn(&Run) -> f64) -> f64 {
    runs.iter().map(of).fold(0.0, f64::max)
}
