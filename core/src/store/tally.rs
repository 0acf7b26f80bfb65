//! What takes the space of a data directory, by kind and by version or repository.
//!
//! Bytes are the lengths of files, which is what `STORE_MAX` counts; a file with several names
//! counts where its first name is, which the host sees to. This module refuses to list files.

use alloc::borrow::ToOwned;
use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::cmp::Reverse;
use core::fmt::{self, Write};

use super::path::first_parts;

/// Sums of files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    kinds: BTreeMap<Kind, BTreeMap<String, Sum>>,
}

/// Files and their bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Sum {
    /// Bytes of all of them.
    pub bytes: u64,
    /// How many.
    pub files: u64,
}

/// What a file is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Stable,
    Nominated,
    Dev,
    Packages,
    Artifacts,
    Registry,
    Repositories,
    Derived,
    Staging,
    Quarantine,
    State,
    Other,
}

/// First the longer prefix; how many parts after it name one thing.
const KINDS: [(&str, usize, Kind); 11] = [
    ("zig/stable/", 1, Kind::Stable),
    ("zig/nominated/", 1, Kind::Nominated),
    ("zig/dev/", 1, Kind::Dev),
    ("pkg/", 2, Kind::Packages),
    ("artifact/", 2, Kind::Artifacts),
    ("p/", 1, Kind::Registry),
    ("git/", 1, Kind::Repositories),
    (".zigdepot/git/", 1, Kind::Derived),
    (".zigdepot/staging/", 1, Kind::Staging),
    (".zigdepot/quarantine/", 3, Kind::Quarantine),
    (".zigdepot/", 1, Kind::State),
];

/// Names of things of one kind, and what they take.
type Items<'a> = Vec<(&'a str, Sum)>;

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Stable => "stable",
            Self::Nominated => "nominated",
            Self::Dev => "dev",
            Self::Packages => "packages",
            Self::Artifacts => "artifacts",
            Self::Registry => "registry",
            Self::Repositories => "repositories",
            Self::Derived => "derived",
            Self::Staging => "staging",
            Self::Quarantine => "quarantine",
            Self::State => "state",
            Self::Other => "other",
        }
    }

    /// Whether `STORE_MAX` counts it.
    fn is_stored(self) -> bool {
        self <= Self::Registry
    }
}

impl Tally {
    /// Counts one file by its path below the data directory.
    pub fn add(&mut self, path: &str, bytes: u64) {
        let (kind, item) = sort(path);
        let items = self.kinds.entry(kind).or_default();
        let sum = items.entry(item.to_owned()).or_default();
        sum.add(Sum { bytes, files: 1 });
    }

    /// Everything.
    pub fn total(&self) -> Sum {
        Sum::of(self.kinds.values().flat_map(BTreeMap::values))
    }

    /// What `STORE_MAX` counts.
    pub fn stored(&self) -> Sum {
        let stored = self.kinds.iter().filter(|(kind, _)| kind.is_stored());
        Sum::of(stored.flat_map(|(_, items)| items.values()))
    }

    /// A table for people: exact bytes, rounded ones, files and names, the largest first.
    pub fn to_text(&self) -> String {
        let mut text = format!("{:>16} {:>10} {:>8}  what\n", "bytes", "size", "files");
        for (kind, sum, items) in self.sorted() {
            row(&mut text, sum, kind.name());
            for (name, sum) in items {
                row(&mut text, sum, &format!("  {}", super::path::shown(name)));
            }
        }
        row(
            &mut text,
            self.stored(),
            "the store, as STORE_MAX counts it",
        );
        row(&mut text, self.total(), "all");
        text
    }

    /// The same as one JSON object (RFC 8259) and a newline.
    pub fn to_json(&self) -> String {
        let kinds: Vec<_> = self
            .sorted()
            .into_iter()
            .map(|(kind, sum, items)| {
                let items = items.into_iter();
                let items: Vec<_> = items.map(|(name, sum)| object(name, sum, "")).collect();
                let items = format!(",\"items\":[{}]", items.join(","));
                object(kind.name(), sum, &items)
            })
            .collect();
        let (all, stored) = (self.total(), self.stored());
        format!(
            "{{\"bytes\":{},\"files\":{},\"stored\":{{\"bytes\":{},\"files\":{}}},\"kinds\":[{}]}}\n",
            all.bytes,
            all.files,
            stored.bytes,
            stored.files,
            kinds.join(",")
        )
    }

    /// Kinds and their things, each the largest first.
    fn sorted(&self) -> Vec<(Kind, Sum, Items<'_>)> {
        let kinds = self.kinds.iter().map(|(kind, items)| {
            let mut items: Vec<_> = items.iter().map(|(n, sum)| (n.as_str(), *sum)).collect();
            items.sort_by_key(|(name, sum)| (Reverse(*sum), *name));
            (*kind, Sum::of(items.iter().map(|(_, sum)| sum)), items)
        });
        let mut kinds: Vec<_> = kinds.collect();
        kinds.sort_by_key(|(kind, sum, _)| (Reverse(*sum), *kind));
        kinds
    }
}

impl Sum {
    fn add(&mut self, other: Self) {
        self.bytes = self.bytes.saturating_add(other.bytes);
        self.files = self.files.saturating_add(other.files);
    }

    fn of<'a>(all: impl Iterator<Item = &'a Self>) -> Self {
        let mut sum = Self::default();
        all.for_each(|one| sum.add(*one));
        sum
    }
}

fn sort(path: &str) -> (Kind, &str) {
    let found = KINDS
        .iter()
        .find_map(|(prefix, parts, kind)| Some((*kind, path.strip_prefix(prefix)?, *parts)));
    match found {
        Some((kind, rest, parts)) => (kind, first_parts(rest, parts)),
        None => (Kind::Other, first_parts(path, 1)),
    }
}

fn row(text: &mut String, sum: Sum, name: &str) {
    let size = format!("{}", Size(sum.bytes));
    let _ = writeln!(
        text,
        "{:>16} {size:>10} {:>8}  {name}",
        sum.bytes, sum.files
    );
}

fn object(name: &str, sum: Sum, more: &str) -> String {
    let (name, Sum { bytes, files }) = (quoted(name), sum);
    format!("{{\"name\":{name},\"bytes\":{bytes},\"files\":{files}{more}}}")
}

fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            c if c < ' ' => {
                let _ = write!(quoted, "\\u{:04x}", u32::from(c));
            }
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

/// Bytes for people: powers of 1024, one digit after the point, rounded down.
#[derive(Clone, Copy, Debug)]
pub struct Size(pub u64);

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const UNITS: [(u32, &str); 4] = [(40, "TiB"), (30, "GiB"), (20, "MiB"), (10, "KiB")];
        let unit = UNITS.iter().find(|(shift, _)| self.0 >> shift > 0);
        let Some((shift, unit)) = unit else {
            return write!(f, "{} B", self.0);
        };
        let tenths = ((self.0 >> (shift - 10)) & 1023) * 10 / 1024;
        write!(f, "{}.{tenths} {unit}", self.0 >> shift)
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;

    fn tally() -> Tally {
        let mut tally = Tally::default();
        for (path, bytes) in [
            ("zig/stable/0.14.1/a", 100),
            ("zig/stable/0.14.1/b", 50),
            ("zig/stable/0.13.0/a", 200),
            ("zig/dev/0.15.0-dev.1+abcdef012/a", 4000),
            ("pkg/hexops/mach/a.tar.gz", 10),
            ("pkg/hexops/mach/b.tar.gz", 20),
            ("artifact/hexops/dawn/v1/a", 6),
            ("p/mach/tag/v1", 1),
            ("git/own.git/packed-refs", 5),
            (".zigdepot/git/mach/tag/v1.sideband", 4),
            (".zigdepot/staging/1-2/0", 7),
            (".zigdepot/quarantine/zig/dev/x/y.1", 8),
            (".zigdepot/verified/zig/dev/x/y", 9),
            ("lost+found", 3),
            ("zig/stray", 2),
        ] {
            tally.add(path, bytes);
        }
        tally
    }

    #[test]
    fn largest_comes_first_and_sums_are_right() {
        let text = tally().to_text();
        let names: Vec<_> = text.lines().skip(1).map(|line| &line[38..]).collect();
        assert_eq!(
            names,
            [
                "dev",
                "  0.15.0-dev.1+abcdef012",
                "stable",
                "  0.13.0",
                "  0.14.1",
                "packages",
                "  hexops/mach",
                "state",
                "  verified",
                "quarantine",
                "  zig/dev/x",
                "staging",
                "  1-2",
                "artifacts",
                "  hexops/dawn",
                "other",
                "  lost+found",
                "  zig",
                "repositories",
                "  own.git",
                "derived",
                "  mach",
                "registry",
                "  mach",
                "the store, as STORE_MAX counts it",
                "all"
            ]
        );
        assert!(text.contains("            4000    3.9 KiB        1  dev\n"));
        assert!(text.contains("             350      350 B        3  stable\n"));
        assert_eq!(tally().stored().bytes, 4387);
        assert_eq!(tally().total().bytes, 4425);
    }

    #[test]
    fn json_is_of_the_same_numbers() {
        let mut tally = Tally::default();
        tally.add("pkg/o/\"\n\\/f", 7);
        assert_eq!(
            tally.to_json(),
            "{\"bytes\":7,\"files\":1,\"stored\":{\"bytes\":7,\"files\":1},\"kinds\":[{\"name\":\
             \"packages\",\"bytes\":7,\"files\":1,\"items\":[{\"name\":\"o/\\\"\\u000a\\\\\",\
             \"bytes\":7,\"files\":1}]}]}\n"
        );
    }

    #[test]
    fn sizes_are_for_people() {
        for (bytes, shown) in [
            (0, "0 B"),
            (1023, "1023 B"),
            (1024, "1.0 KiB"),
            (1536, "1.5 KiB"),
            ((1 << 20) - 1, "1023.9 KiB"),
            (u64::MAX, "16777215.9 TiB"),
        ] {
            assert_eq!(Size(bytes).to_string(), shown);
        }
    }
}
