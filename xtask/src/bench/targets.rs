//! What figures should be, pair by pair.
//!
//! Ratios are of the subject to its rival in the same run; memory is in MB.

use crate::size;

/// Two copies of one server differ by up to this factor (`--noise` shows it).
const NOISE: f64 = 1.03;

/// What a figure should be.
pub(super) struct Target {
    pub(super) figure: &'static str,
    at_most: bool,
    limit: f64,
    aim: Option<f64>,
}

impl Target {
    pub(super) fn verdict(&self, value: f64) -> &'static str {
        match self.aim {
            Some(aim) if self.keeps(value, aim) => "aim met",
            _ if self.keeps(value, self.limit) => "met",
            _ if self.is_ratio_near(value) => "within noise",
            _ => "missed",
        }
    }

    /// `<= 0.85`, and the aim likewise, empty where there is none.
    pub(super) fn bounds(&self) -> [String; 2] {
        let sign = if self.at_most { "<=" } else { ">=" };
        let say = |bound| format!("{sign} {bound}");
        [say(self.limit), self.aim.map(say).unwrap_or_default()]
    }

    fn keeps(&self, value: f64, bound: f64) -> bool {
        if self.at_most {
            value <= bound
        } else {
            value >= bound
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

/// zigdepot against nginx.
pub(super) const NGINX: &[Target] = &[
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

/// The Git face against `git http-backend`.
pub(super) const GIT: &[Target] = &[
    at_least("git_refs: the rival's CPU to ours", 300.0, None),
    at_least("git_ls_refs: the rival's CPU to ours", 300.0, None),
    at_least("git_fetch_small: the rival's CPU to ours", 300.0, None),
    at_least("git_fetch_big: the rival's CPU to ours", 100.0, None),
    at_least("git_clone_small: the rival's CPU to ours", 50.0, None),
    at_least("git_clone_big: the rival's CPU to ours", 50.0, None),
    at_most("git_clone_memory: peak memory over idle, MB", 8.0, None),
];

/// tokio against smol: what the runtime alone may cost.
pub(super) const SMOL: &[Target] = &[
    at_most("small_ka: CPU ratio", 1.1, None),
    at_most("small_ka1000: CPU ratio", 1.1, None),
    at_most("small_close: CPU ratio", 1.1, None),
    at_most("index_ka: CPU ratio", 1.1, None),
    at_most("index_304: CPU ratio", 1.1, None),
    at_most("big1: CPU ratio", 1.1, None),
    at_most("big8: CPU ratio", 1.1, None),
    at_most("burst: first byte behind upstream, ms", 10.0, None),
    at_most("burst: total / perfect", 1.03, None),
    at_most("burst: upstream requests", 1.0, None),
    at_most("late: first byte behind upstream, ms", 10.0, None),
    at_most("late: total / perfect", 1.03, None),
    at_most("late: upstream requests", 1.0, None),
    at_most("pkg_small_ka: package to toolchain CPU ratio", 1.0, None),
    at_most(
        "pkg_small_ka: the rival's package to toolchain CPU ratio",
        1.0,
        None,
    ),
    at_most("pkg_index_ka: package to toolchain CPU ratio", 1.0, None),
    at_most(
        "pkg_index_ka: the rival's package to toolchain CPU ratio",
        1.0,
        None,
    ),
    at_most("pkg_fill: CPU to budget ratio", 1.0, None),
    at_most("pkg_fill: the rival's CPU to budget ratio", 1.0, None),
    at_most("ingest: CPU to git ratio", 1.0, None),
    at_most("ingest: the rival's CPU to git ratio", 1.0, None),
    at_most("ingest: peak memory over idle, MB", 24.0, None),
    at_most("ingest: the rival's peak memory over idle, MB", 24.0, None),
    at_most("ingest_tags: upstream requests", 10.0, None),
    at_most("ingest_tags: the rival's upstream requests", 10.0, None),
    at_most("idle: PSS over the rival's, MB", 1.0, None),
    at_most("slow200: PSS over the rival's, MB", 1.0, None),
    at_most("burst: peak PSS over the rival's, MB", 1.0, None),
];

/// The service against a file server, both under hyper: verified files for nothing.
pub(super) const HYPER: &[Target] = &[
    at_most("small_ka: CPU ratio", 1.0, None),
    at_least("small_ka: rate ratio", 1.0, None),
    at_most("index_ka: CPU ratio", 1.0, None),
    at_least("index_ka: rate ratio", 1.0, None),
    at_most("big1: CPU ratio", 1.0, None),
    at_least("big1: rate ratio", 1.0, None),
    at_most("big8: CPU ratio", 1.0, None),
    at_least("big8: rate ratio", 1.0, None),
];

#[cfg(test)]
mod tests {
    use super::*;

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
        assert_eq!(rate.bounds(), [">= 1.15", ">= 1.25"]);
    }
}
