//! Tables, medians, and figures beside their targets.
//!
//! Nothing here fails a run: a figure that misses its target is printed as such, because a busy
//! machine is no defect.

use std::collections::BTreeMap;

use super::targets::Target;

/// A table whose columns are as wide as their widest cell; it reads as Markdown too.
pub(super) struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    pub(super) fn new(columns: &[&str]) -> Self {
        Self {
            rows: vec![columns.iter().map(|&column| column.to_owned()).collect()],
        }
    }

    pub(super) fn row(&mut self, cells: Vec<String>) {
        self.rows.push(cells);
    }

    pub(super) fn print(&self) {
        let columns = self.rows[0].len();
        let widest = |column: usize| {
            self.rows
                .iter()
                .map(|row| row[column].chars().count())
                .max()
                .unwrap_or(0)
        };
        let widths: Vec<usize> = (0..columns).map(widest).collect();
        for (number, row) in self.rows.iter().enumerate() {
            let cells: Vec<String> = row
                .iter()
                .zip(&widths)
                .map(|(cell, width)| format!("{cell:width$}"))
                .collect();
            println!("| {} |", cells.join(" | "));
            if number == 0 {
                let lines: Vec<String> =
                    widths.iter().map(|width| "-".repeat(*width + 2)).collect();
                println!("|{}|", lines.join("|"));
            }
        }
    }
}

pub(super) fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    match sorted.len() {
        0 => f64::NAN,
        odd if odd % 2 == 1 => sorted[odd / 2],
        even => f64::midpoint(sorted[even / 2 - 1], sorted[even / 2]),
    }
}

/// `median (min-max)`.
pub(super) fn spread(values: &[f64], digits: usize) -> String {
    let low = values.iter().copied().fold(f64::INFINITY, f64::min);
    let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    format!(
        "{:.digits$} ({low:.digits$}-{high:.digits$})",
        median(values)
    )
}

/// Figures by scenario and name, for the summary.
#[derive(Default)]
pub(super) struct Figures {
    values: BTreeMap<String, f64>,
    other: f64,
}

impl Figures {
    pub(super) fn note(&mut self, scenario: &str, figure: &str, value: f64) {
        self.values.insert(format!("{scenario}: {figure}"), value);
    }

    /// Remembers the most other work seen in any run.
    pub(super) fn other(&mut self, processors: f64) {
        self.other = self.other.max(processors);
    }

    /// Notes the memory of both, and how much more of it the subject has.
    pub(super) fn memory(&mut self, scenario: &str, what: &str, rival: f64, subject: f64) {
        self.note(scenario, &format!("{what}, MB"), subject / 1e6);
        self.note(scenario, &format!("{what} of the rival, MB"), rival / 1e6);
        let over = (subject - rival) / 1e6;
        self.note(scenario, &format!("{what} over the rival's, MB"), over);
    }

    /// Prints each figure beside its target.
    pub(super) fn summary(&self, targets: &[Target]) {
        let mut table = Table::new(&["figure", "measured", "target", "aim", "verdict"]);
        for (name, &value) in &self.values {
            let target = targets.iter().find(|target| target.figure == name);
            table.row(summary_row(name, value, target));
        }
        table.print();
        println!(
            "most other work during a run: {:.2} processors (above 0.10 the figures are doubtful)",
            self.other
        );
    }
}

fn summary_row(name: &str, value: f64, target: Option<&Target>) -> Vec<String> {
    let [limit, aim] = target.map(Target::bounds).unwrap_or_default();
    let verdict = target.map_or("", |target| target.verdict(value));
    let measured = format!("{value:.3}");
    vec![name.to_owned(), measured, limit, aim, verdict.to_owned()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_of_an_even_count_lies_between() {
        assert!((median(&[4.0, 1.0, 2.0]) - 2.0).abs() < f64::EPSILON);
        assert!((median(&[4.0, 1.0, 2.0, 3.0]) - 2.5).abs() < f64::EPSILON);
        assert_eq!(spread(&[2.0, 1.0, 4.0], 1), "2.0 (1.0-4.0)");
    }
}
