use alloc::string::ToString;

use super::fixtures::{NOMINATED, OFFICIAL};
use super::*;

fn index(text: &str) -> Index {
    Index::parse(text.as_bytes(), &IndexLimits::default()).unwrap()
}

fn error(text: &str) -> IndexError {
    Index::parse_official(text.as_bytes(), &IndexLimits::default()).unwrap_err()
}

fn version(text: &str) -> Version {
    Version::parse(text).unwrap()
}

#[test]
fn official_document_differs_only_in_the_urls_of_what_is_served_here() {
    let expected = OFFICIAL
        .replace(
            "https://ziglang.org/builds/zig-x86_64-linux-0.16.0-dev.9%2B",
            "http://h/builds/zig-x86_64-linux-0.16.0-dev.9+",
        )
        .replace("https://ziglang.org/builds/", "http://h/builds/")
        .replace(
            "https://ziglang.org/download/0.15.2/",
            "http://h/download/0.15.2/",
        )
        .replace(
            "https://ziglang.org/download/0.1.1/zig-0.1.1",
            "http://h/download/0.1.1/zig-0.1.1",
        )
        .replace(
            "https://evil.example/zig-x86_64-linux-0.15.2",
            "http://h/download/0.15.2/zig-x86_64-linux-0.15.2",
        )
        .replace(
            "{\"unknown\": [1.50, null]}",
            "{\n      \"unknown\": [\n        1.50,\n        null\n      ]\n    }",
        );
    assert_eq!(
        official_document(&index(OFFICIAL), "http://h"),
        expected + "\n"
    );
}

#[test]
fn merged_document_has_what_clients_look_for() {
    let merged = merged_document(&index(OFFICIAL), Some(&index(NOMINATED)), "http://h/base");
    let value = Value::parse(&merged, &json::Limits::DEFAULT).unwrap();
    let keys: Vec<_> = value
        .members()
        .unwrap()
        .iter()
        .map(|(key, _)| key.as_str())
        .collect();
    assert_eq!(
        keys,
        ["master", "0.15.2", "0.1.1", "mach-latest", "2025.1.0-mach"]
    );
    let target = |entry: &str, key: &str| {
        let target = value.get(entry).unwrap().get(key).unwrap();
        ["tarball", "zigTarball", "size"].map(|field| {
            target
                .get(field)
                .and_then(Value::as_text)
                .map(|text| text.to_string())
        })
    };
    let text = |text: &str| Some(text.to_string());
    assert_eq!(
        target("master", "src"),
        [
            text("http://h/base/zig/zig-0.16.0-dev.9+abcdef012.tar.xz"),
            text("https://ziglang.org/builds/zig-0.16.0-dev.9+abcdef012.tar.xz"),
            text("100")
        ]
    );
    assert_eq!(
        target("0.15.2", "x86_64-linux")[0],
        text("http://h/base/zig/0.15.2/zig-x86_64-linux-0.15.2.tar.xz")
    );
    assert_eq!(
        target("0.1.1", "x86_64-windows")[..2],
        [
            text("https://ziglang.org/download/0.1.1/zig-win64-0.1.1.zip"),
            None
        ]
    );
    assert_eq!(
        target("mach-latest", "src")[..2],
        [
            text("http://h/base/zig/zig-0.14.0-dev.7+0123abcde.tar.xz"),
            text("https://ziglang.org/builds/zig-0.14.0-dev.7+0123abcde.tar.xz")
        ]
    );
    assert_eq!(
        value
            .get("0.1.1")
            .unwrap()
            .get("version")
            .and_then(Value::as_text)
            .as_deref(),
        Some("0.1.1")
    );
}

#[test]
fn nothing_but_targets_is_touched_in_master() {
    let merged = merged_document(&index(OFFICIAL), None, "http://h");
    let value = Value::parse(&merged, &json::Limits::DEFAULT).unwrap();
    let keys: Vec<_> = value
        .get("master")
        .unwrap()
        .members()
        .unwrap()
        .iter()
        .map(|(key, _)| key.as_str())
        .collect();
    assert_eq!(keys, ["version", "date", "docs", "src", "x86_64-linux"]);
}

#[test]
fn documents_are_indexes_again_and_stable() {
    let official = index(OFFICIAL);
    let once = official_document(&official, "http://h");
    assert_eq!(official_document(&index(&once), "http://h"), once);
    let merged = merged_document(&official, Some(&index(NOMINATED)), "http://h");
    assert_eq!(merged_document(&index(&merged), None, "http://h"), merged);
}

#[test]
fn catalog_knows_versions_and_files() {
    let catalog = catalog(&index(OFFICIAL), Some(&index(NOMINATED)));
    assert_eq!(catalog.master(), Some(&version("0.16.0-dev.9+abcdef012")));
    assert_eq!(
        catalog
            .stable()
            .map(ToString::to_string)
            .collect::<Vec<_>>(),
        ["0.15.2", "0.1.1"]
    );
    assert_eq!(
        catalog
            .nominated()
            .map(ToString::to_string)
            .collect::<Vec<_>>(),
        ["0.14.0-dev.7+0123abcde"]
    );
    let file = |name: &str| {
        catalog
            .file(&ArchiveName::parse(name).unwrap())
            .map(|facts| facts.size)
    };
    assert_eq!(
        file("zig-x86_64-linux-0.16.0-dev.9+abcdef012.tar.xz"),
        Some(200)
    );
    assert_eq!(file("zig-0.14.0-dev.7+0123abcde.tar.xz"), Some(700));
    assert_eq!(
        file("zig-arm-linux-0.15.2.tar.xz"),
        None,
        "its size is a number"
    );
    assert_eq!(
        file("zig-0.15.2.tar.xz"),
        None,
        "only the nominated index has it, for an official entry"
    );
    assert_eq!(catalog.files_of(&version("0.1.1")).len(), 1);
}

#[test]
fn stale_copies_in_the_nominated_index_nominate_nothing() {
    let catalog = catalog(&index(OFFICIAL), Some(&index(NOMINATED)));
    assert!(!catalog.is_nominated(&version("0.14.0-dev.8+0123abcde")));
    assert!(!catalog.is_nominated(&version("0.15.2")));
}

#[test]
fn entries_of_releases_outweigh_master() {
    let text = r#"{"master":{"version":"0.15.2","src":{"tarball":"https://z/builds/zig-0.15.2.tar.xz","shasum":"HEX","size":"1"}},
        "0.15.2":{"src":{"tarball":"https://z/download/0.15.2/zig-0.15.2.tar.xz","shasum":"HEX","size":"1"}}}"#;
    let catalog = catalog(&index(&text.replace("HEX", &"ab".repeat(32))), None);
    let facts = catalog
        .file(&ArchiveName::parse("zig-0.15.2.tar.xz").unwrap())
        .unwrap();
    assert!(facts.url.contains("/download/"));
}

#[test]
fn what_is_no_index_is_refused_by_its_culprit() {
    assert_eq!(error("<html>"), IndexError::Json(0));
    assert_eq!(error("[]"), IndexError::NotAnObject(String::new()));
    assert_eq!(
        error(r#"{"master":1}"#),
        IndexError::NotAnObject("master".into())
    );
    assert_eq!(error("{}"), IndexError::NoFiles);
    assert_eq!(
        error(NOMINATED.replace("\"master\"", "\"wip\"").as_str()),
        IndexError::NoMaster
    );
    assert_eq!(
        Index::parse(b"{}", &IndexLimits { bytes: 1 }),
        Err(IndexError::TooLong)
    );
    assert_eq!(
        Index::parse(b"\xff", &IndexLimits::default()),
        Err(IndexError::Encoding)
    );
}

#[test]
fn broken_targets_are_counted_and_kept() {
    assert_eq!(index(OFFICIAL).skipped(), 2);
    assert!(official_document(&index(OFFICIAL), "http://h").contains("\"size\": 400"));
}

#[test]
fn diff_names_entries() {
    let old = index(OFFICIAL);
    let new = index(
        &OFFICIAL
            .replace("0.16.0-dev.9", "0.16.0-dev.10")
            .replace("\"0.1.1\"", "\"0.1.0\""),
    );
    assert_eq!(
        diff(&old, &new),
        [
            "~ master: 0.16.0-dev.9+abcdef012 -> 0.16.0-dev.10+abcdef012",
            "+ 0.1.0",
            "- 0.1.1"
        ]
    );
    assert_eq!(diff(&old, &old), Vec::<String>::new());
}
