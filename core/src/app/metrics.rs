//! `/metrics`: counts and gauges in Prometheus' text format, version 0.0.4.
//!
//! Everything comes from counters that exist anyway; a scrape costs nobody else anything.

use alloc::collections::BTreeMap;
use alloc::string::String;
use core::fmt::Write as _;

use super::answer::Answer;
use super::stats::Stats;
use super::{App, FillCounts};
use crate::store::evict::Space;

/// What the gauges show that the application does not know.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Gauges {
    /// Requests, summed over workers.
    pub stats: Stats,
    /// The store and its disk, if they could be read.
    pub space: Option<Space>,
}

/// The document.
pub fn answer(app: &App, gauges: &Gauges, sources: usize) -> Answer {
    let mut page = Page(String::new());
    page.requests(&gauges.stats, sources);
    page.fills(app.counts());
    page.indexes(app);
    page.gauge("connections", "Open client connections.", app.connections());
    page.gauge("flights", "Downloads under way.", app.flights().under_way());
    page.gauge(
        "followers",
        "Requests that follow downloads.",
        app.flights().followers(),
    );
    page.gauge(
        "missing_names",
        "Names remembered as missing upstream.",
        app.missing_names(),
    );
    page.gauge(
        "prefetch_files_left",
        "Files still to be prefetched.",
        app.prefetch().files_left(),
    );
    page.gauge(
        "prefetch_bytes_left",
        "Bytes still to be prefetched.",
        app.prefetch().bytes_left(),
    );
    if let Some(space) = gauges.space {
        page.gauge(
            "store_bytes",
            "Bytes of all files in the store.",
            space.used,
        );
    }
    if let Some(free) = gauges.space.and_then(|space| space.free) {
        page.gauge("disk_free_bytes", "Bytes of the disk that are free.", free);
    }
    Answer::document("text/plain; version=0.0.4; charset=utf-8", page.0)
}

struct Page(String);

impl Page {
    fn family(&mut self, name: &str, kind: &str, help: &str) {
        let _ = writeln!(
            self.0,
            "# HELP zigdepot_{name} {help}\n# TYPE zigdepot_{name} {kind}"
        );
    }

    fn sample(&mut self, name: &str, labels: &[(&str, &str)], value: impl core::fmt::Display) {
        let _ = write!(self.0, "zigdepot_{name}");
        for (at, (label, text)) in labels.iter().enumerate() {
            let open = if at == 0 { '{' } else { ',' };
            let _ = write!(self.0, "{open}{label}=\"{}\"", escape(text));
        }
        let close = if labels.is_empty() { "" } else { "}" };
        let _ = writeln!(self.0, "{close} {value}");
    }

    fn gauge(&mut self, name: &str, help: &str, value: impl core::fmt::Display) {
        self.family(name, "gauge", help);
        self.sample(name, &[], value);
    }

    fn requests(&mut self, stats: &Stats, cap: usize) {
        self.family(
            "requests_total",
            "counter",
            "Requests by route, status and whether the file was in the store.",
        );
        for ((route, status, cache), count) in &stats.requests {
            let labels = [
                ("route", route.label()),
                ("status", &alloc::format!("{status}")),
                ("cache", cache.label()),
            ];
            self.sample("requests_total", &labels, count);
        }
        self.family("body_bytes_total", "counter", "Bytes of bodies sent.");
        self.sample("body_bytes_total", &[], stats.bytes);
        self.family(
            "source_requests_total",
            "counter",
            "Requests by the client's own name (?source=).",
        );
        for (source, count) in capped(&stats.sources, cap) {
            self.sample("source_requests_total", &[("source", source)], count);
        }
    }

    fn fills(&mut self, counts: &FillCounts) {
        self.family(
            "fills_total",
            "counter",
            "Files fetched or verified for the store, by outcome.",
        );
        self.sample("fills_total", &[("outcome", "published")], counts.published);
        for (kind, count) in &counts.failed {
            self.sample("fills_total", &[("outcome", kind)], count);
        }
        self.family(
            "upstream_errors_total",
            "counter",
            "Failed attempts to get a file, by kind.",
        );
        for (kind, count) in &counts.attempts {
            self.sample("upstream_errors_total", &[("kind", kind)], count);
        }
        self.family(
            "verification_failures_total",
            "counter",
            "Files that were not what was signed.",
        );
        let wrong = ["signature", "unsigned", "digest"]
            .iter()
            .filter_map(|kind| counts.failed.get(kind))
            .sum::<u64>();
        self.sample("verification_failures_total", &[], wrong);
    }

    fn indexes(&mut self, app: &App) {
        self.family(
            "index_refreshes_total",
            "counter",
            "Refreshes of the Zig indexes, by index and outcome.",
        );
        for ((index, outcome), count) in app.indexes().counts() {
            self.sample(
                "index_refreshes_total",
                &[("index", index.label()), ("outcome", outcome)],
                count,
            );
        }
        self.family(
            "index_contradictions_total",
            "counter",
            "Signed files whose digest or size differs from the index.",
        );
        self.sample("index_contradictions_total", &[], app.counts().contradicted);
    }
}

/// Clients by count, the most frequent `cap` by name and the rest as `other`.
fn capped(sources: &BTreeMap<String, u64>, cap: usize) -> alloc::vec::Vec<(&str, u64)> {
    let mut all: alloc::vec::Vec<_> = sources
        .iter()
        .map(|(name, count)| (name.as_str(), *count))
        .collect();
    all.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
    let rest = all.iter().skip(cap).map(|(_, count)| count).sum::<u64>();
    all.truncate(cap);
    if rest > 0 {
        match all
            .iter_mut()
            .find(|(name, _)| *name == super::stats::OTHER_SOURCE)
        {
            Some((_, count)) => *count += rest,
            None => all.push((super::stats::OTHER_SOURCE, rest)),
        }
    }
    all
}

/// Backslash, quote and line feed are escaped in label values.
fn escape(text: &str) -> String {
    text.replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use alloc::format;

    use super::*;

    #[test]
    fn names_beyond_the_cap_are_summed() {
        let sources = (0..5).map(|n| (format!("c{n}"), n + 1)).collect();
        assert_eq!(capped(&sources, 2), [("c4", 5), ("c3", 4), ("other", 6)]);
        assert_eq!(capped(&sources, 9).len(), 5);
    }

    #[test]
    fn labels_are_escaped_and_separated() {
        let mut page = Page(String::new());
        page.sample("x", &[("a", "q\"\\"), ("b", "c")], 3);
        page.sample("y", &[], 4);
        assert_eq!(
            page.0,
            "zigdepot_x{a=\"q\\\"\\\\\",b=\"c\"} 3\nzigdepot_y 4\n"
        );
    }
}
