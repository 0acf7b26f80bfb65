//! Tables, medians, and the targets that the figures stand beside.
//!
//! Nothing here fails a run: a figure that misses its target is printed as such, because a busy
//! machine is no defect.

use std::collections::BTreeMap;

use crate::size;

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

    /// Prints each figure beside its target.
    pub(super) fn summary(&self, with_targets: bool) {
        let mut table = Table::new(&["figure", "measured", "target", "aim", "verdict"]);
        for (name, &value) in &self.values {
            let target = TARGETS
                .iter()
                .find(|target| with_targets && target.figure == name);
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
    let blank = String::new;
    let (limit, aim, verdict) = target.map_or_else(
        || (blank(), blank(), blank()),
        |target| {
            let sign = if target.at_most { "<=" } else { ">=" };
            let aim = target.aim.map_or_else(blank, |aim| format!("{sign} {aim}"));
            (
                format!("{sign} {}", target.limit),
                aim,
                target.verdict(value).to_owned(),
            )
        },
    );
    vec![name.to_owned(), format!("{value:.3}"), limit, aim, verdict]
}

/// Two copies of one server differ by up to this factor (`--noise` shows it).
const NOISE: f64 = 1.03;

/// What a figure should be. Ratios are to nginx in the same run, memory is in MB.
struct Target {
    figure: &'static str,
    at_most: bool,
    limit: f64,
    aim: Option<f64>,
}

impl Target {
    fn verdict(&self, value: f64) -> &'static str {
        let keeps = |bound: f64| {
            if self.at_most {
                value <= bound
            } else {
                value >= bound
            }
        };
        match self.aim {
            Some(aim) if keeps(aim) => "aim met",
            _ if keeps(self.limit) => "met",
            _ if self.is_ratio_near(value) => "within noise",
            _ => "missed",
        }
    }

    fn is_ratio_near(&self, value: f64) -> bool {
        let over = if self.at_most {
            value / self.limit
        } else {
            self.limit / value
        };
        self.figure.ends_with("ratio") && over <= NOISE
    }
}

const fn at_most(figure: &'static str, limit: f64, aim: Option<f64>) -> Target {
    Target {
        figure,
        at_most: true,
        limit,
        aim,
    }
}

const fn at_least(figure: &'static str, limit: f64, aim: Option<f64>) -> Target {
    Target {
        figure,
        at_most: false,
        limit,
        aim,
    }
}

const TARGETS: &[Target] = &[
    at_most("small_ka: CPU ratio", 0.85, Some(0.70)),
    at_least("small_ka: rate ratio", 1.15, Some(1.25)),
    at_most("index_ka: CPU ratio", 1.0, None),
    at_most("index_304: CPU ratio", 1.0, None),
    at_most("big1: CPU ratio", 1.0, None),
    at_most("big8: CPU ratio", 1.0, None),
    at_most("burst: first byte behind upstream, ms", 10.0, None),
    at_most("burst: total / perfect", 1.03, None),
    at_most("burst: CPU ratio", 1.0, None),
    at_most("burst: peak PSS, MB", 8.0, None),
    at_most("burst: upstream requests", 1.0, None),
    at_most("late: first byte behind upstream, ms", 10.0, None),
    at_most("late: total / perfect", 1.03, None),
    at_most("late: upstream requests", 1.0, None),
    at_most("idle: PSS, MB", 3.0, None),
    at_most("slow200: PSS, MB", 6.0, None),
    at_most("binary: bytes", size::BUDGET as f64, None),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_of_an_even_count_lies_between() {
        assert!((median(&[4.0, 1.0, 2.0]) - 2.0).abs() < f64::EPSILON);
        assert!((median(&[4.0, 1.0, 2.0, 3.0]) - 2.5).abs() < f64::EPSILON);
        assert_eq!(spread(&[2.0, 1.0, 4.0], 1), "2.0 (1.0-4.0)");
    }

    #[test]
    fn a_verdict_knows_its_direction() {
        let cpu = at_most("x", 0.85, Some(0.70));
        assert_eq!(cpu.verdict(0.86), "missed");
        assert_eq!(
            at_most("x: CPU ratio", 1.0, None).verdict(1.02),
            "within noise"
        );
        assert_eq!(at_least("x: rate ratio", 1.15, None).verdict(1.0), "missed");
        assert_eq!(
            [0.6, 0.8, 0.9].map(|value| cpu.verdict(value)),
            ["aim met", "met", "missed"]
        );
        let rate = at_least("x", 1.15, Some(1.25));
        assert_eq!(
            [1.3, 1.2, 1.1].map(|value| rate.verdict(value)),
            ["aim met", "met", "missed"]
        );
    }
}
