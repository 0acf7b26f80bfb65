//! The packages that are compared, and what each Zig makes of them.

use std::collections::BTreeMap;

use zigdepot_tests::tarball::{LongNames, Tarball};

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
                wrong += &format!("{}: ours {ours:?}, expected {expected:?}\n", self.name);
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
    let mut cases = layouts();
    cases.extend(names());
    cases.extend(contents());
    cases.extend(headers());
    cases.extend(paths_fields());
    cases.extend(manifests());
    cases.extend(clashes());
    cases.extend(refusals());
    cases
}

fn layouts() -> Vec<Case> {
    vec![
        Case::new(
            "rooted",
            tarball().dir("p/").file("p/a", "a").file("p/src/b", "b"),
        ),
        Case::new(
            "rooted-without-directories",
            tarball().file("p/a", "a").file("p/src/b", "b"),
        ),
        Case::new("rootless", tarball().file("a", "a").file("b/c", "c")),
        Case::new(
            "rootless-seen-late",
            tarball().file("b/c", "c").file("b/d", "d").file("a", "a"),
        ),
        Case::new("two-tops", tarball().file("p/a", "a").file("q/a", "a")),
        Case::new("empty-second-top", tarball().file("p/a", "a").dir("q/")),
        Case::new("link-beside-top", tarball().file("p/a", "a").link("q", "p")),
        Case::new("link-first", tarball().link("q", "p").file("p/a", "a")),
        Case::new(
            "top-in-top",
            tarball().file("p/q/a", "a").file("p/q/b", "b"),
        ),
        Case::new(
            "empty-directories",
            tarball().dir("p").dir("p/e/f/").file("p/a", "a"),
        ),
        Case::new("one-file", tarball().file("a", "a")).refused_by(&[12, 13, 14]),
        Case::new("no-entry", tarball()).refused_only_here("the package holds no file"),
        Case::new("only-directory", tarball().dir("p/"))
            .other_for(&[17])
            .refused("the package holds no file"),
        Case::new(
            "dot-slash",
            tarball().dir("./").file("./a", "a").file("./b/c", "c"),
        )
        .refused_by(&[12, 13, 14, 15]),
        Case::new(
            "dot-slash-top",
            tarball().file("./p/a", "a").file("./p/b", "b"),
        )
        .refused_by(&[12, 13, 14, 15]),
        Case::new(
            "dot-directory-then-top",
            tarball().dir(".").dir("p").file("p/a", "a"),
        )
        .other_for(&[12, 13, 14, 15]),
        Case::new(
            "through-top",
            tarball().file("p/a", "a").file("p/../q", "q"),
        )
        .other_for(&[12, 13, 14, 15]),
    ]
}

fn names() -> Vec<Case> {
    let long = format!("p/{}/{}", "d".repeat(120), "f".repeat(200));
    let split = format!("p/{}/{}", "d".repeat(90), "f".repeat(90));
    let deep = format!("p/{}x", "d/".repeat(1000));
    let target = "t/".repeat(100);
    vec![
        Case::new("long-pax", tarball().file(&long, "x").link("p/l", &target)),
        Case::new(
            "long-gnu",
            Tarball::new(LongNames::Gnu)
                .file(&long, "x")
                .link("p/l", &target),
        ),
        Case::new(
            "long-gnu-directory",
            Tarball::new(LongNames::Gnu).dir(&long).file("p/a", "x"),
        ),
        Case::new("prefix", Tarball::new(LongNames::Prefix).file(&split, "x")),
        Case::new("deep", tarball().file(&deep, "x")),
        Case::new(
            "longest-part",
            tarball().file(&format!("p/{}", "a".repeat(255)), "x"),
        ),
        Case::new(
            "unicode",
            tarball().file("p/ü/日本語.txt", "x").file("p/🦎", "y"),
        ),
        Case::new(
            "not-utf-8",
            tarball()
                .entry(b"p/\xff\xfe", b'0', b"", b"x")
                .file("p/a", "a"),
        ),
        Case::new(
            "odd-bytes",
            tarball()
                .file("p/a\nb", "1")
                .file("p/a b", "2")
                .file("p/a\\b", "3")
                .file("p/C:", "4"),
        ),
        Case::new(
            "sorted-by-bytes",
            tarball()
                .file("p/a/b", "")
                .file("p/a-b", "")
                .file("p/a.b", "")
                .file("p/Z", "")
                .file("p/ä", "")
                .file("p/a0", ""),
        ),
        Case::new(
            "inner-dots",
            tarball()
                .file("p/a/../b", "b")
                .file("p//c", "c")
                .file("p/./d", "d")
                .file("p/...", "e"),
        ),
        Case::new(
            "file-with-slash",
            tarball().file("p/a", "a").file("p/f/", "q"),
        )
        .refused_by(&[12, 13, 14, 15]),
    ]
}

fn contents() -> Vec<Case> {
    let mut many = tarball();
    for number in 0..1500 {
        many = many.file(&format!("p/{}/{number}", number % 37), number.to_string());
    }
    let big: Vec<u8> = (0..3_000_000_u32)
        .flat_map(|n| {
            n.wrapping_mul(2_654_435_761)
                .to_le_bytes()
                .into_iter()
                .take(1)
        })
        .collect();
    vec![
        Case::new("empty-files", tarball().file("p/a", "").file("p/b", "")),
        Case::new("many-files", many),
        Case::new("big-file", tarball().file("p/big", big)),
        Case::new(
            "block-sizes",
            [0, 1, 511, 512, 513, 1024]
                .into_iter()
                .fold(tarball(), |tarball, size| {
                    tarball.file(&format!("p/{size}"), vec![b'x'; size])
                }),
        ),
        Case::new(
            "executables",
            tarball()
                .file("p/run.sh", "#!/bin/sh\n")
                .file("p/elf", "\x7fELF")
                .file("p/macho", [0xcf, 0xfa, 0xed, 0xfe])
                .entry(b"p/mode", b'0', b"", b"")
                .edit_header(|header| header[100..107].copy_from_slice(b"0000755")),
        ),
        Case::new(
            "links",
            tarball()
                .file("p/a", "a")
                .link("p/l", "a")
                .link("p/up", "../../x")
                .link("p/abs", "/etc/passwd")
                .link("p/none", "none")
                .link("p/d/loop", "loop")
                .link("p/back\\slash", "a\\b"),
        ),
        Case::new(
            "git-files",
            tarball()
                .file("p/.git/config", "x")
                .file("p/.gitignore", "y")
                .file("p/a", ""),
        ),
    ]
}

fn headers() -> Vec<Case> {
    let comment: &[(&str, &[u8])] = &[("comment", b"7b8fbec15a71714619a7e06d617045ffdd6d176b")];
    let pax =
        |key: &'static str, value: &'static [u8]| tarball().pax(&[("mtime", b"1.5"), (key, value)]);
    vec![
        Case::new(
            "global-header",
            tarball()
                .raw(
                    b"pax_global_header",
                    b"",
                    b'g',
                    b"",
                    b"52 comment=7b8fbec15a71714619a7e06d617045ffdd6d176b\n",
                )
                .dir("p/")
                .file("p/a", "a"),
        ),
        Case::new("pax-comment", tarball().pax(comment).file("p/a", "a")),
        Case::new(
            "pax-path",
            pax("path", b"p/named")
                .file("p/other", "a")
                .file("p/b", "b"),
        ),
        Case::new(
            "pax-linkpath",
            pax("linkpath", b"target")
                .link("p/l", "other")
                .file("p/b", "b"),
        ),
        Case::new(
            "pax-size",
            pax("size", b"3").file("p/a", "abc").file("p/b", "b"),
        ),
        Case::new(
            "pax-then-gnu",
            pax("path", b"p/pax")
                .raw(b"L", b"", b'L', b"", b"p/gnu\0")
                .file("p/a", "a"),
        ),
        Case::new(
            "gnu-then-pax",
            tarball()
                .raw(b"L", b"", b'L', b"", b"p/gnu\0")
                .pax(comment)
                .file("p/a", "a"),
        ),
        Case::new(
            "v7",
            tarball()
                .entry(b"p/a", 0, b"", b"")
                .edit_header(|header| header[257..265].fill(0))
                .file("p/b", "b"),
        ),
        Case::new(
            "gnu-magic",
            tarball()
                .entry(b"p/a", b'0', b"", b"")
                .edit_header(|header| header[257..265].copy_from_slice(b"ustar  \0")),
        ),
        Case::new(
            "size-in-base-256",
            tarball()
                .entry(b"p/a", b'0', b"", b"")
                .edit_header(|header| {
                    header[124..136].fill(0);
                    (header[124], header[135]) = (0x80, 5);
                })
                .bytes(&{
                    let mut block = [0; 512];
                    block[..5].copy_from_slice(b"hello");
                    block
                }),
        ),
        Case::new(
            "junk-after-the-end",
            tarball()
                .file("p/a", "a")
                .bytes(&[0; 1024])
                .bytes(&[0xee; 700]),
        ),
        Case::new(
            "one-block-of-zeros",
            tarball().file("p/a", "a").bytes(&[0; 512]).file("p/b", "b"),
        ),
    ]
}

fn paths_fields() -> Vec<Case> {
    let files = |paths: &str| {
        with(paths)
            .file("p/src/a", "a")
            .file("p/src-x", "x")
            .file("p/doc/b", "b")
            .file("p/LICENSE", "l")
            .link("p/src/l", "a")
    };
    [
        ("paths-empty-text", "\"\""),
        ("paths-dot", "\".\""),
        ("paths-dot-slash", "\"./\""),
        ("paths-plain", "\"src\", \"build.zig.zon\""),
        ("paths-slash", "\"src/\", \"LICENSE/\""),
        ("paths-dots", "\"./src\", \"src/../doc\", \"x//../LICENSE\""),
        ("paths-one-file", "\"src/a\""),
        ("paths-one-link", "\"src/l\""),
        ("paths-escapes", "\"\\x73rc\", \"L\\u{49}CENSE\""),
        (
            "paths-outside",
            "\"LICENSE\", \"/src\", \"../p/src\", \"..\", \"absent\"",
        ),
        ("paths-case", "\"SRC\", \"license\", \"doc\""),
        ("paths-glob", "\"src*\", \"doc\""),
        ("paths-twice", "\"src\", \"src/a\", \"src\""),
    ]
    .into_iter()
    .map(|(name, paths)| Case::modern(name, files(paths)))
    .chain([
        Case::modern(
            "paths-manifest-last",
            tarball()
                .file("p/a", "a")
                .file("p/b", "b")
                .file("p/build.zig.zon", manifest("\"b\", \"build.zig.zon\"")),
        ),
        Case::modern("paths-leave-no-file", with("\"absent\"").file("p/a", "a"))
            .other_for(&[17])
            .refused("the package holds no file"),
    ])
    .collect()
}

fn manifests() -> Vec<Case> {
    let of = |text: &str| tarball().file("p/build.zig.zon", text).file("p/a", "a");
    let all = manifest("\"\"");
    let nested = tarball().file("p/q/build.zig.zon", &all).file("p/a", "a");
    let modern = |name, from: &str, to: &str| Case::modern(name, of(&all.replace(from, to)));
    let text =
        |name, package, version| Case::new(name, of(&text_manifest(package, version, "\"\"")));
    vec![
        Case::new("naked", tarball().file("p/build.zig", "x")),
        Case::new("manifest-below-top", nested),
        modern("pre-and-build", "0.1.0", "1.2.3-rc.1+b-2"),
        modern(
            "longest-version",
            "0.1.0",
            "1.2.3-a5678901234567890123456789",
        ),
        modern("big-numbers", "0.1.0", "4294967296.0.1844674407370955161"),
        modern(
            "decimal-fingerprint",
            "0x3610a68612345678",
            "3_895_796_772_436_727_416",
        ),
        modern("byte-order-mark", ".{ .name", "\u{feff}.{ .name"),
        modern(
            "crlf-and-comments",
            ".version",
            "// comment\r\n    .version",
        ),
        modern(
            "unknown-fields",
            ".version",
            ".foo = .{ .bar = \"x\", .baz = 1.5 }, .version",
        ),
        modern("quoted-field", ".version", ".@\"version\""),
        modern(
            "dependencies",
            ".version",
            ".dependencies = .{ .@\"a-b\" = .{ .url = \"https://x.example/a.tar.gz\", .hash = \"N-V-__8AAAoAAAAbsNxms69QgMRle3JT3tq6cci2y4vWsPwG\", .lazy = true }, .c = .{ .path = \"c\" } }, .version",
        ),
        text("text-name", "hello", "0.1.0").refused_by(&[16, 17]),
        text("text-name-pre", "hello", "0.1.0-dev+abc").refused_by(&[16, 17]),
        text("text-name-dash", "foo-bar", "0.1.0")
            .legacy_only("the name must be a bare Zig identifier"),
        text(
            "text-name-long",
            "a23456789012345678901234567890123",
            "0.1.0",
        )
        .legacy_only("the name must be"),
        Case::new("no-paths", of(&all.replace(", .paths = .{ \"\" }", "")))
            .refused_by(&[12, 13, 14, 15, 16, 17]),
        Case::new("wrong-fingerprint", of(&all.replace("0x3610", "0x3611")))
            .refused_by(&[12, 13])
            .legacy_only("the fingerprint is not of this name"),
        Case::new("broken-manifest", of(".{ .name = ")).refused("build.zig.zon:1:"),
        Case::new("bad-version", of(&all.replace("0.1.0", "0.1"))).refused("build.zig.zon:1:"),
        Case::new("no-version", of(&all.replace(".version", ".x"))).refused("build.zig.zon:1:"),
        Case::modern(
            "manifest-is-link",
            tarball()
                .file("p/o.zon", manifest("\"\""))
                .link("p/build.zig.zon", "o.zon"),
        )
        .refused_only_here("'build.zig.zon' must be a regular file"),
        Case::new(
            "manifest-is-directory",
            tarball().file("p/build.zig.zon/x", "x"),
        )
        .refused("'build.zig.zon' must be a regular file"),
    ]
}

fn clashes() -> Vec<Case> {
    let kept = || with("\"build.zig.zon\", \"kept\"").file("p/kept", "k");
    vec![
        Case::new("twice", tarball().file("p/a", "a").file("p/a", "b"))
            .refused("'a' is there twice"),
        Case::new("twice-as-link", tarball().file("p/a", "a").link("p/a", "b"))
            .refused("'a' is there twice"),
        Case::modern(
            "twice-left-out",
            kept().file("p/a", "a").file("p/a", "b").link("p/a", "c"),
        ),
        Case::new("below-file", tarball().file("p/a", "a").file("p/a/b", "b"))
            .refused("'a/b' lies below a file"),
        Case::new(
            "file-is-directory",
            tarball().file("p/a/b", "b").file("p/a", "a"),
        )
        .refused("'a' is a file, and there are others below it"),
        Case::modern(
            "file-and-directory-left-out",
            kept()
                .file("p/q/a", "a")
                .file("p/q", "q")
                .file("p/r", "r")
                .file("p/r/s", "s"),
        ),
        Case::modern(
            "hard-link-left-out",
            kept().entry(b"p/h", b'1', b"p/kept", b""),
        ),
        Case::modern(
            "hard-link-beside-top-left-out",
            kept().entry(b"h", b'1', b"p/kept", b""),
        ),
        Case::modern(
            "device-left-out",
            kept()
                .entry(b"p/d", b'3', b"", b"")
                .entry(b"p/f", b'6', b"", b"")
                .entry(b"p/7", b'7', b"", b"xyz"),
        ),
        Case::modern(
            "link-without-target-left-out",
            kept().entry(b"p/l", b'2', b"", b""),
        ),
        Case::modern("link-left-out", kept().link("p/l", "nowhere")),
        Case::new(
            "hard-link",
            tarball().file("p/a", "a").entry(b"p/h", b'1', b"p/a", b""),
        )
        .refused("'h' is a hard link"),
        Case::new(
            "fifo",
            tarball().file("p/a", "a").entry(b"p/f", b'6', b"", b""),
        )
        .refused("'f' is no file"),
        Case::new(
            "link-without-target",
            tarball().file("p/a", "a").entry(b"p/l", b'2', b"", b""),
        )
        .refused("'l' is a symbolic link with"),
        Case::modern(
            "hard-link-with-long-name",
            with("\"build.zig.zon\", \"kept\"")
                .entry(
                    format!("p/{}", "h".repeat(120)).as_bytes(),
                    b'1',
                    b"p/kept",
                    b"",
                )
                .file("p/kept", "k"),
        )
        .refused_only_here("'p/hhh"),
        Case::new(
            "below-link",
            tarball()
                .link("p/l", "d")
                .file("p/d/x", "x")
                .file("p/l/y", "y"),
        )
        .refused_only_here("'l/y' lies below a symbolic link"),
        Case::new(
            "below-dangling-link",
            tarball().link("p/l", "d").file("p/l/y", "y"),
        )
        .refused("'l/y' lies below a symbolic link"),
    ]
}

fn refusals() -> Vec<Case> {
    let long = format!("p/{}", "a".repeat(256));
    let out = "'p/../../x' is a path that leads out of the package";
    vec![
        Case::new("too-long-part", tarball().file(&long, "x")).refused("'p/aaa"),
        Case::new(
            "bad-checksum",
            tarball()
                .file("p/a", "")
                .edit_header(|_| ())
                .bytes(&[1; 512]),
        )
        .refused("the tar header at byte 512"),
        Case::new(
            "cut-in-content",
            tarball()
                .file("p/a", "")
                .edit_header(|header| header[124..135].copy_from_slice(b"00000100000")),
        )
        .refused("the tar archive is cut off"),
        // They write it beside their cache, or crash.
        Case::new("way-out", tarball().file("p/a", "a").file("p/../../x", "x"))
            .other_for(&[12, 13, 14, 15])
            .refused(out),
    ]
}
