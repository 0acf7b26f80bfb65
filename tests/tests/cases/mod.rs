//! The packages that are compared, and what each Zig makes of them.

mod archives;
mod manifests;
mod refused;

use core::fmt::Write as _;
use std::collections::BTreeMap;

use zigdepot_tests::tarball::Tarball;

/// What a Zig makes of a package, compared with what we do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Expected {
    /// The same hash.
    Same,
    /// It has no hash for it.
    Refused,
    /// Another hash than ours, or one where we refuse.
    Other,
}

/// A package and who differs.
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) tarball: Tarball,
    differs: BTreeMap<u32, Expected>,
    /// How our error begins, where there is no hash.
    no_new: Option<&'static str>,
    no_legacy: Option<&'static str>,
}

impl Case {
    fn new(name: &str, tarball: Tarball) -> Self {
        Self {
            name: name.into(),
            tarball,
            differs: BTreeMap::new(),
            no_new: None,
            no_legacy: None,
        }
    }

    /// With a manifest of enum name, which 0.12 and 0.13 do not read.
    fn modern(name: &str, tarball: Tarball) -> Self {
        Self::new(name, tarball).refused_by(&[12, 13])
    }

    fn refused_by(self, minors: &[u32]) -> Self {
        self.expect(minors, Expected::Refused)
    }

    fn other_for(self, minors: &[u32]) -> Self {
        self.expect(minors, Expected::Other)
    }

    fn expect(mut self, minors: &[u32], expected: Expected) -> Self {
        self.differs
            .extend(minors.iter().map(|minor| (*minor, expected)));
        self
    }

    /// We refuse it, and so do those of which nothing else is said.
    fn refused(self, line: &'static str) -> Self {
        self.refused_here(line, Expected::Refused)
    }

    /// We refuse it, and all Zigs of which nothing else is said have a hash.
    fn refused_only_here(self, line: &'static str) -> Self {
        self.refused_here(line, Expected::Other)
    }

    fn refused_here(mut self, line: &'static str, theirs: Expected) -> Self {
        (self.no_new, self.no_legacy) = (Some(line), Some(line));
        for minor in 12..=17 {
            self.differs.entry(minor).or_insert(theirs);
        }
        self
    }

    /// There is no new hash, and so there is none for 0.14 and later.
    fn legacy_only(mut self, line: &'static str) -> Self {
        self.no_new = Some(line);
        self.refused_by(&[14, 15, 16, 17])
    }

    pub(crate) fn expected(&self, minor: u32) -> Expected {
        self.differs.get(&minor).copied().unwrap_or(Expected::Same)
    }

    /// Complains if one of our hashes or errors is not what the case says.
    pub(crate) fn check_ours(
        &self,
        new: &Result<String, String>,
        legacy: &Result<String, String>,
    ) -> String {
        let mut wrong = String::new();
        for (ours, expected) in [(new, self.no_new), (legacy, self.no_legacy)] {
            let fits = match (ours, expected) {
                (Ok(_), None) => true,
                (Err(line), Some(start)) => line.starts_with(start),
                (Ok(_), Some(_)) | (Err(_), None) => false,
            };
            if !fits {
                let _ = writeln!(wrong, "{}: ours {ours:?}, expected {expected:?}", self.name);
            }
        }
        wrong
    }
}

/// A manifest with these `.paths`, for 0.14 and later.
fn manifest(paths: &str) -> String {
    format!(
        ".{{ .name = .hello, .version = \"0.1.0\", .fingerprint = 0x3610a68612345678, .paths = .{{ {paths} }} }}\n"
    )
}

fn text_manifest(name: &str, version: &str, paths: &str) -> String {
    format!(".{{ .name = \"{name}\", .version = \"{version}\", .paths = .{{ {paths} }} }}\n")
}

fn tarball() -> Tarball {
    Tarball::default()
}

/// Begins with a manifest in the top directory `p`.
fn with(paths: &str) -> Tarball {
    tarball().file("p/build.zig.zon", manifest(paths))
}

/// Directories as they come from a checkout.
pub(crate) fn directories() -> Vec<Case> {
    let work = |tarball: Tarball| {
        tarball
            .file("build.zig", "pub fn build(_: anytype) void {}\n")
            .file(".git/HEAD", "ref: refs/heads/main\n")
            .file(".zig-cache/o/x", "cached")
            .file("zig-out/bin/hello", "\x7fELF")
            .file("src/deep/er/a", "a")
            .link("src/link", "deep/er")
            .link("dangling", "/no/where")
            .dir("empty")
    };
    let manifest = |paths: &str| tarball().file("build.zig.zon", manifest(paths));
    vec![
        Case::new("naked", work(tarball())),
        Case::modern("all", work(manifest("\"\""))),
        Case::modern(
            "some",
            work(manifest("\"src\", \"build.zig\", \"build.zig.zon\"")),
        ),
        Case::new(
            "text",
            work(tarball().file("build.zig.zon", text_manifest("hello", "1.0.0", "\"src\""))),
        )
        .refused_by(&[16, 17]),
        Case::new("one-directory", tarball().file("only/a", "a")),
        Case::new("one-file", tarball().file("a", "a")),
        Case::new(
            "script",
            tarball().file("run.sh", "#!/bin/sh\n").file("b", "#!"),
        ),
        Case::new(
            "bytes",
            tarball()
                .entry(b"\xff\xfe", b'0', b"", b"x")
                .file("ü b\n", ""),
        ),
        Case::new("no-file", tarball().dir("empty")).refused_only_here("the package holds no file"),
    ]
}

/// Archives, in the order of what is odd about them.
pub(crate) fn archives() -> Vec<Case> {
    let lists = [
        archives::layouts(),
        archives::names(),
        archives::contents(),
        archives::headers(),
        manifests::paths_fields(true),
        manifests::paths_fields(false),
        manifests::manifests(),
        refused::clashes(),
        refused::refusals(),
    ];
    lists.into_iter().flatten().collect()
}
