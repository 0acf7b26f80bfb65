use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::*;

/// packbase's shape.
const PACKBASE: &str = r#"{"version":1,"packages":[
  {"id":"a1","title":"hello","language":"zig","repository":{"url":"https://f.test/o/hi.git","default_ref":"main"},
   "github":{"name":"hi","stars":3},"updated_at":"2026-01-01T00:00:00Z","tags":["x"]},
  {"id":"a2","repository":{"url":"https://f.test/o/two"},"github":{"name":"second"}},
  {"id":"a3","title":"","repository":{"url":"https://f.test/o/three.git/"}},
  {"id":"four","repository":{"url":"file:"}}
]}"#;

/// The published schema's shape.
const SCHEMA: &str = r#"{"filename":"packbase.json","manifest":"https://s.test/v1.json","protocol":"v1",
 "packages":[{"url":"https://f.test/o/tool","license":"MIT","versions":[{"a":1}],"flags":{"unsafe":false}},
  {"url":"https://f.test/p/lib.git","github":{"owner":"p","name":"lib.zig"}}]}"#;

fn names(catalog: &Catalog) -> Vec<&str> {
    let records = catalog.records.iter();
    records.map(|record| record.package.as_str()).collect()
}

#[test]
fn both_shapes_are_read() {
    let catalog = Catalog::parse(PACKBASE.as_bytes()).unwrap();
    assert_eq!(names(&catalog), ["hello", "second", "three", "four"]);
    assert_eq!(catalog.skipped, Skipped::default());
    let first = &catalog.records[0];
    assert_eq!((first.id.as_str(), first.language.as_str()), ("a1", "zig"));
    assert_eq!(first.url, "https://f.test/o/hi.git");
    assert_eq!(first.updated_at, "2026-01-01T00:00:00Z");
    assert_eq!(first.default_ref.as_deref(), Some("main"));
    let second = &catalog.records[1];
    assert_eq!(
        (second.language.as_str(), second.updated_at.as_str()),
        ("shell", "")
    );
    let catalog = Catalog::parse(SCHEMA.as_bytes()).unwrap();
    assert_eq!(names(&catalog), ["tool", "lib.zig"]);
    assert_eq!(catalog.records[0].id, "https://f.test/o/tool");
}

fn of_records(records: &[&str]) -> Catalog {
    let text = format!("{{\"packages\":[{}]}}", records.join(","));
    Catalog::parse(text.as_bytes()).unwrap()
}

#[test]
fn bad_records_are_skipped_and_the_others_count() {
    let long = format!(r#"{{"url":"https://f.test/{}"}}"#, "x".repeat(MAX_URL));
    let odd = format!(
        r#"{{"url":"https://f.test/o/odd","language":"{}"}}"#,
        "x".repeat(256)
    );
    let catalog = of_records(&[
        "7",
        r#"{"id":"x"}"#,
        r#"{"id":"x","repository":{"url":7}}"#,
        r#"{"url":"https://f.test/a b"}"#,
        &long,
        r#"{"url":"https://f.test/o/api"}"#,
        r#"{"title":"../up","url":"https://f.test/o/up"}"#,
        &odd,
        r#"{"id":"1","url":"https://f.test/o/one"}"#,
        r#"{"id":"1","url":"https://f.test/o/two"}"#,
        r#"{"id":"2","url":"https://f.test/p/ONE"}"#,
        r#"{"id":"2","url":"https://f.test/p/three"}"#,
    ]);
    assert_eq!(names(&catalog), ["one", "three"]);
    assert_eq!(catalog.skipped.count, 10);
    assert_eq!(
        catalog.skipped.first,
        [
            (0, SkipReason::NotAnObject),
            (1, SkipReason::NoUrl),
            (2, SkipReason::NoUrl),
            (3, SkipReason::Url),
            (4, SkipReason::Url),
            (5, SkipReason::Name(NameError::Reserved)),
            (6, SkipReason::Name(NameError::Character)),
            (7, SkipReason::TooLong),
            (9, SkipReason::SameId),
            (10, SkipReason::SameName),
        ]
    );
}

#[test]
fn reasons_are_bounded_and_the_count_is_not() {
    let catalog = of_records(&["1"; 50]);
    assert_eq!(
        (catalog.skipped.count, catalog.skipped.first.len()),
        (50, MAX_REASONS)
    );
}

#[test]
fn what_is_no_catalog_is_refused() {
    let many = format!("{{\"packages\":[{}1]}}", "1,".repeat(MAX_RECORDS));
    for (text, error) in [
        ("{}", CatalogError::NoPackages),
        (r#"{"packages":{}}"#, CatalogError::NoPackages),
        ("[]", CatalogError::Json(JsonError::Syntax(0))),
        (
            r#"{"packages":[{]}"#,
            CatalogError::Json(JsonError::Syntax(14)),
        ),
        ("<html>", CatalogError::Json(JsonError::Syntax(0))),
        (&many, CatalogError::TooMany),
    ] {
        assert_eq!(Catalog::parse(text.as_bytes()), Err(error));
    }
    assert_eq!(Catalog::parse(b"\xff"), Err(CatalogError::Encoding));
    let long = " ".repeat(MAX_BYTES + 1);
    assert_eq!(Catalog::parse(long.as_bytes()), Err(CatalogError::TooLong));
}

#[test]
fn a_snapshot_is_a_catalog_again() {
    for text in [PACKBASE, SCHEMA, r#"{"packages":[]}"#] {
        let catalog = Catalog::parse(text.as_bytes()).unwrap();
        let snapshot = catalog.to_text();
        assert_eq!(Catalog::parse(snapshot.as_bytes()), Ok(catalog));
    }
}

#[test]
fn a_catalog_can_be_read_with_breaks() {
    let mut reader = CatalogReader::new(PACKBASE.as_bytes()).unwrap();
    let mut turns = 1;
    while reader.handle_records(1).unwrap() {
        turns += 1;
    }
    assert_eq!(turns, 5);
    assert_eq!(reader.finish(), Catalog::parse(PACKBASE.as_bytes()));
}

#[test]
fn changes_are_told_by_ids() {
    let record = |id: u8, name: &str, more: &str| {
        format!(r#"{{"id":"{id}","title":"{name}","url":"https://f.test/{name}"{more}}}"#)
    };
    let read = |records: &[String]| {
        let records: Vec<&str> = records.iter().map(String::as_str).collect();
        of_records(&records)
    };
    let old = read(&[record(1, "a", ""), record(2, "b", ""), record(3, "c", "")]);
    let same = read(&[
        record(3, "c", r#","language":"zig""#),
        record(2, "b", r#","updated_at":"x""#),
        record(1, "a", ""),
    ]);
    assert!(same.diff(&old).is_empty());
    let branch = r#","repository":{"default_ref":"x"}"#;
    let new = read(&[
        record(4, "d", ""),
        record(2, "b", branch),
        record(3, "e", ""),
    ]);
    let diff = new.diff(&old);
    assert_eq!(
        (diff.added, diff.updated, diff.removed),
        ([0].into(), [1, 2].into(), [0].into())
    );
}
