//! Manifests, and what their `.paths` leave out.

use super::{Case, manifest, tarball, text_manifest, with};

/// Every form of `.paths`, in a manifest for 0.14 and later or in one for 0.12 to 0.15.
pub(super) fn paths_fields(is_modern: bool) -> Vec<Case> {
    let with = |paths: &str| {
        let text = text_manifest("hello", "0.1.0", paths);
        let text = if is_modern { manifest(paths) } else { text };
        tarball().file("p/build.zig.zon", text)
    };
    let case = |name: &str, tarball| {
        if is_modern {
            Case::modern(name, tarball)
        } else {
            Case::new(&format!("text-{name}"), tarball).refused_by(&[16, 17])
        }
    };
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
    .map(|(name, paths)| case(name, files(paths)))
    .collect()
}

pub(super) fn manifests() -> Vec<Case> {
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
    ]
}
