use super::*;
use std::borrow::ToOwned;
use std::format;
use std::string::ToString;
use std::vec;

const NEW: &str = r#".{
    // The name is part of the fingerprint.
    .name = .hello,
    .version = "0.1.0",
    .fingerprint = 0x3610a68612345678, // never change it
    .minimum_zig_version = "0.14.0-dev.3451+d8d2aa9af",
    .dependencies = .{
        .zap = .{
            .url = "https://example.org/zap/v0.9.1.tar.gz",
            .hash = "zap-0.9.1-GoeB84M8JACjZKDNq2LA5hB24Z-ZrZ_HUKRXd8qxL2JW",
        },
        .@"zig-cli" = .{
            .url = "git+https://example.org/cli?ref=v1#9c0a4f2c1d8e7b6a59483726150493827160fedc",
            .hash = "12208a4377c7699927605e5a797bad5ae2ba8be4b49f68b9f522b3a755597a21f1cf",
            .lazy = true,
        },
        .local = .{ .path = "../local", .lazy = false },
    },
    .paths = .{
        "build.zig",
        "build.zig.zon",
        "src",
        "",
    },
}
"#;

#[test]
fn a_manifest_of_today_is_read_whole() {
    let manifest = read(NEW);
    assert_eq!(manifest.name, PackageName::Identifier("hello".to_owned()));
    assert_eq!(manifest.name.as_str(), "hello");
    assert_eq!(manifest.version, "0.1.0");
    assert_eq!(manifest.fingerprint, Some(0x3610_a686_1234_5678));
    assert_eq!(manifest.id(), Some(0x1234_5678));
    assert_eq!(manifest.check_fingerprint(), Ok(()));
    let oldest = manifest.minimum_zig_version.as_deref();
    assert_eq!(oldest, Some("0.14.0-dev.3451+d8d2aa9af"));
    let paths = manifest.paths.unwrap();
    assert_eq!(paths, [&b"build.zig"[..], b"build.zig.zon", b"src", b""]);

    let [zap, cli, local] = &manifest.dependencies[..] else {
        panic!("{:?}", manifest.dependencies);
    };
    assert_eq!((zap.name.as_str(), zap.lazy), ("zap", false));
    assert_eq!(
        zap.at,
        Position {
            line: 8,
            column: 10
        }
    );
    let Source::Url { url, hash } = &zap.source else {
        panic!("{zap:?}");
    };
    assert_eq!(url, "https://example.org/zap/v0.9.1.tar.gz");
    let hash = hash.as_deref().unwrap();
    assert_eq!(
        hash,
        "zap-0.9.1-GoeB84M8JACjZKDNq2LA5hB24Z-ZrZ_HUKRXd8qxL2JW"
    );
    assert_eq!((cli.name.as_str(), cli.lazy), ("zig-cli", true));
    assert_eq!(local.source, Source::Path("../local".to_owned()));
    assert!(!local.lazy);
}

#[test]
fn a_manifest_for_zig_0_11_needs_name_and_version_only() {
    let manifest = read(".{ .name = \"foo-bar\", .version = \"1.2.3\" }");
    assert_eq!(manifest.name, PackageName::Text("foo-bar".to_owned()));
    assert_eq!(manifest.version, "1.2.3");
    assert_eq!(manifest.fingerprint, None);
    assert_eq!(manifest.id(), None);
    assert_eq!(manifest.check_fingerprint(), Err(FingerprintError::Missing));
    assert_eq!(manifest.minimum_zig_version, None);
    assert_eq!(manifest.paths, None);
    assert_eq!(manifest.dependencies, []);
}

#[test]
fn manifests_of_the_wild_are_taken() {
    let long_version = format!(
        ".{{ .name = \"a\", .version = \"1.0.0-{}\" }}",
        "x".repeat(90)
    );
    let long_name = format!(
        ".{{ .name = \"{}\", .version = \"1.0.0\" }}",
        "x".repeat(90)
    );
    let mark = format!("\u{feff}{}", NEW.replace('\n', "\r\n"));
    for text in [
        long_version.as_str(),
        long_name.as_str(),
        mark.as_str(),
        // Older than paths, with a dependency that has no hash yet.
        ".{ .name = \"a\", .version = \"0.0.0\", .dependencies = .{ .b = .{ .url = \"http://x\" } } }",
        // Names that are no identifiers, or none at all.
        ".{ .name = \"libgit2.zig\", .version = \"1.0.0\" }",
        ".{ .name = \"\", .version = \"1.0.0\" }",
        ".{ .@\"name\" = .a, .@\"ver\\x73ion\" = \"1.0\\x2e0\" }",
        // Words that only some versions reserve.
        ".{ .name = .async, .version = \"1.0.0\" }",
        ".{ .name = .u8, .version = \"1.0.0\" }",
        // Fields that no Zig knows, of any form.
        ".{ .name = .a, .version = \"1.0.0\", .license = \"MIT\", .authors = .{ \"x\" }, .x = f(1, .{}) }",
        ".{ .name = .a, .version = \"1.0.0\", .bad = \"\\q\", .number = 0b9, .big = -99999999999999999999 }",
        ".{ .name = .a, .version = \"1.0.0\", .description = \n\\\\Reads\n\\\\files.\n,}",
        ".{ .name = .a, .version = \"1.0.0\", .dependencies = .{ .b = .{ .path = \"b\", .module = .{1} } } }",
        // Dependencies: none, odd names, a path with a hash.
        ".{ .name = .a, .version = \"1.0.0\", .dependencies = .{}, }",
        ".{ .name = .a, .version = \"1.0.0\", .dependencies = .{ .@\"\" = .{ .path = \"\" } } }",
        ".{ .name = .a, .version = \"1.0.0\", .dependencies = .{ .b = .{ .path = \"b\", .hash = \"\" } } }",
        // A comment with a tab, which 0.14 refuses, and one that is not doc.
        ".{ //\tx\n//// x\n .name = .a, .version = \"1.0.0\" }",
        // A fingerprint that is not of this name.
        ".{ .name = .a, .version = \"1.0.0\", .fingerprint = 1_0 }",
        ".{ .name = .abcdefghijklmnopqrstuvwxyz012345, .version = \"1.0.0-aaaaaaaaaaaaaaaaaaaaaaaaaa\" }",
    ] {
        if let Err(error) = Manifest::parse(text.as_bytes()) {
            panic!("{text}\n{error}");
        }
    }
}

#[test]
fn paths_may_hold_any_bytes() {
    let text =
        b".{ .name = .a, .version = \"1.0.0\", .paths = .{ \"\xff\", \"\\x80\", \"./src/\" } }";
    let paths = Manifest::parse(text).unwrap().paths.unwrap();
    assert_eq!(paths, [&b"\xff"[..], b"\x80", b"./src/"]);
}

#[test]
fn of_doubles_the_last_counts_but_lists_add_up() {
    let manifest = read(
        ".{ .name = \"a\", .name = .b, .version = \"1.0.0\", .version = \"2.0.0\",
            .fingerprint = 1, .fingerprint = 2, .paths = .{\"x\"}, .paths = .{\"y\", \"x\"},
            .dependencies = .{ .p = .{ .path = \"1\" }, .q = .{ .path = \"2\" } },
            .dependencies = .{ .r = .{ .path = \"3\" }, .p = .{ .path = \"4\", .lazy = true, .lazy = false } } }",
    );
    assert_eq!(manifest.name, PackageName::Identifier("b".to_owned()));
    assert_eq!(manifest.version, "2.0.0");
    assert_eq!(manifest.fingerprint, Some(2));
    assert_eq!(manifest.paths.unwrap(), [b"x", b"y", b"x"]);
    let dependencies: Vec<_> = manifest
        .dependencies
        .iter()
        .map(|d| (d.name.as_str(), d.source.clone(), d.lazy))
        .collect();
    let path = |text: &str| Source::Path(text.to_owned());
    let expected = vec![
        ("p", path("4"), false),
        ("q", path("2"), false),
        ("r", path("3"), false),
    ];
    assert_eq!(dependencies, expected);
}

#[test]
fn a_version_is_written_as_zig_writes_it() {
    let manifest = read(
        ".{ .name = .a, .version = \"1_0.2.3-rc.1+b.7\", .minimum_zig_version = \"0.1_4.0\" }",
    );
    assert_eq!(manifest.version, "10.2.3-rc.1+b.7");
    assert_eq!(manifest.minimum_zig_version.as_deref(), Some("0.14.0"));
}

#[test]
fn errors_name_the_field_and_its_place() {
    for (text, shown) in REFUSED {
        let error = Manifest::parse(text.as_bytes()).expect_err(text);
        assert_eq!(error.to_string(), *shown, "{text}");
    }
}

#[test]
fn an_error_is_short_whatever_the_names_are() {
    let name = "\\n".repeat(10_000);
    let text = format!(".{{ .dependencies = .{{ .@\"{name}\" = .{{ .lazy = 1 }} }} }}");
    let error = Manifest::parse(text.as_bytes()).unwrap_err().to_string();
    assert!(error.len() < 400 && !error.contains('\n'), "{error}");
}

#[test]
fn many_doubles_cost_no_more_than_as_many_names() {
    let entry = |n| format!(".@\"{}\" = .{{ .path = \"{n}\" }},", n % 10_000);
    let entries: Vec<String> = (0..20_000).map(entry).collect();
    let entries = entries.concat();
    let text = format!(".{{ .name = .a, .version = \"1.0.0\", .dependencies = .{{{entries}}} }}");
    let dependencies = read(&text).dependencies;
    assert_eq!(dependencies.len(), 10_000);
    assert_eq!(dependencies[7].source, Source::Path("10007".to_owned()));
}

fn read(text: &str) -> Manifest {
    Manifest::parse(text.as_bytes()).unwrap()
}

/// Texts, and what is said of them.
const REFUSED: &[(&str, &str)] = &[
    ("", "1:1: expected a value"),
    (".{", "1:3: expected a value"),
    ("1", "1:1: expected a struct, .{ .field = value }"),
    ("{}", "1:1: expected a struct, .{ .field = value }"),
    (".{ 1 }", "1:1: expected a struct, .{ .field = value }"),
    ("// a\n .{}", "2:2: .name: the field is missing"),
    (".{ .name = .a }", "1:1: .version: the field is missing"),
    (
        ".{ .version = \"1.0.0\" }",
        "1:1: .name: the field is missing",
    ),
    (
        ".{\n  .name = 1 }",
        "2:11: .name: expected a name, .hello or \"hello\"",
    ),
    (
        ".{ .name = hello }",
        "1:12: .name: expected a name, .hello or \"hello\"",
    ),
    (
        ".{ .name = \"a\" ++ \"b\" }",
        "1:12: .name: expected a name, .hello or \"hello\"",
    ),
    (
        ".{ .name = .@\"a-b\" }",
        "1:12: .name: expected a bare name such as .hello, without @ and quotes",
    ),
    (
        ".{ .name = .abcdefghijklmnopqrstuvwxyz0123456 }",
        "1:12: .name: a name is at most 32 bytes long",
    ),
    (
        ".{ .name = \"\\xff\" }",
        "1:12: .name: the text is not UTF-8",
    ),
    (
        ".{ .name = \"a\\q\" }",
        "1:15: .name: unknown escape; known are \\n \\r \\t \\\\ \\' \\\" \\xNN \\u{N}",
    ),
    (".{ .version = .a }", "1:15: .version: expected a string"),
    (
        ".{ .version =\n\\\\1.0.0\n}",
        "2:1: .version: expected a string",
    ),
    (
        ".{ .version = (\"1.0.0\") }",
        "1:15: .version: expected a string",
    ),
    (
        ".{ .version = \"v1.0.0\" }",
        "1:15: .version: expected a semantic version such as \"1.2.3\"",
    ),
    (
        ".{ .name = .a, .version = \"1.0.0-aaaaaaaaaaaaaaaaaaaaaaaaaaa\" }",
        "1:27: .version: a version is at most 32 bytes long",
    ),
    (
        ".{ .minimum_zig_version = \"0.14\" }",
        "1:27: .minimum_zig_version: expected a semantic version such as \"1.2.3\"",
    ),
    (
        ".{ .fingerprint = -1 }",
        "1:19: .fingerprint: expected an integer below 2^64",
    ),
    (
        ".{ .fingerprint = 1.0 }",
        "1:19: .fingerprint: expected an integer below 2^64",
    ),
    (
        ".{ .fingerprint = \"1\" }",
        "1:19: .fingerprint: expected an integer below 2^64",
    ),
    (
        ".{ .fingerprint = 0x10000000000000000 }",
        "1:19: .fingerprint: expected an integer below 2^64",
    ),
    (
        ".{ .fingerprint = 0x }",
        "1:19: .fingerprint: not a number in Zig's notation",
    ),
    (
        ".{ .paths = .{} }",
        "1:13: .paths: expected a list of strings, .{ \"build.zig\", \"src\" }",
    ),
    (
        ".{ .paths = \"src\" }",
        "1:13: .paths: expected a list of strings, .{ \"build.zig\", \"src\" }",
    ),
    (
        ".{ .paths = .{ \"a\", .b } }",
        "1:21: .paths: expected a string",
    ),
    (
        ".{ .dependencies = .{ 1 } }",
        "1:20: .dependencies: expected a struct, .{ .field = value }",
    ),
    (
        ".{ .dependencies = .{ .a = \"x\" } }",
        "1:28: .dependencies.a: expected a struct, .{ .field = value }",
    ),
    (
        ".{ .dependencies = .{ .a = .{} } }",
        "1:28: .dependencies.a: expected .url or .path",
    ),
    (
        ".{ .dependencies = .{ .@\"a\\n\\\"b\" = .{ .hash = \"x\" } } }",
        "1:36: .dependencies.@\"a\\n\\\"b\": expected .url or .path",
    ),
    (
        ".{ .dependencies = .{ .a = .{ .url = \"x\", .path = \"y\" } } }",
        "1:51: .dependencies.a.path: expected only one .url or .path",
    ),
    (
        ".{ .dependencies = .{ .a = .{ .url = \"x\", .url = \"y\" } } }",
        "1:50: .dependencies.a.url: expected only one .url or .path",
    ),
    (
        ".{ .dependencies = .{ .a = .{ .url = b } } }",
        "1:38: .dependencies.a.url: expected a string",
    ),
    (
        ".{ .dependencies = .{ .a = .{ .path = \"\\xff\" } } }",
        "1:39: .dependencies.a.path: the text is not UTF-8",
    ),
    (
        ".{ .dependencies = .{ .a = .{ .path = \"\", .hash = null } } }",
        "1:51: .dependencies.a.hash: expected a string",
    ),
    (
        ".{ .dependencies = .{ .a = .{ .lazy = 1 } } }",
        "1:39: .dependencies.a.lazy: expected true or false",
    ),
    (
        ".{\n  .name = .a\n  .version = \"1.0.0\",\n}",
        "3:12: expected a comma or the end of the list",
    ),
    (
        ".{ .name = .a, .version = \"1.0.0\" } .{}",
        "1:37: expected the end of the text",
    ),
    // The first of two is looked at, too.
    (
        ".{ .version = \"1\", .version = \"1.0.0\", .name = .a }",
        "1:15: .version: expected a semantic version such as \"1.2.3\"",
    ),
];
