//! Zig's two indexes, and the documents that are made of them.

use super::*;
use crate::sim::catalog::NOMINATED_VERSION;
use crate::sim::registry::api::{Told, Wish, ask};

const OFFICIAL: &str = r#"{"master":{"version":"0.16.0-dev.9+abcdef012","src":{
    "tarball":"https://ziglang.org/builds/zig-0.16.0-dev.9+abcdef012.tar.xz",
    "shasum":"3333333333333333333333333333333333333333333333333333333333333333","size":"400"}},
    "0.14.1":{"date":"2025-05-21","src":{
    "tarball":"https://ziglang.org/download/0.14.1/zig-0.14.1.tar.xz",
    "shasum":"4444444444444444444444444444444444444444444444444444444444444444","size":"400"}}}"#;

fn nominated() -> String {
    let file = format!("zig-{NOMINATED_VERSION}.tar.xz");
    let shasum = "7".repeat(64);
    format!(
        r#"{{"2025.9.0-mach":{{"version":"{NOMINATED_VERSION}","src":{{
        "tarball":"https://pkg.hexops.org/zig/{file}","shasum":"{shasum}","size":"700"}}}}}}"#
    )
}

#[test]
fn nominated_index_that_comes_while_documents_are_written_is_in_them() {
    let mut overtaken = 0;
    for delay in (0..400).step_by(4) {
        let world = world();
        let mut internet = world.internet.borrow_mut();
        let mut tell = |url: &str, delay, text| {
            internet.indexes.insert(url.into(), (delay, text));
        };
        tell(
            "https://ziglang.org/download/index.json",
            0,
            OFFICIAL.into(),
        );
        tell("https://pkg.hexops.org/zig/index.json", delay, nominated());
        drop(internet);
        world.weather.borrow_mut().slow = 100;
        world.refresh();
        run(&world);
        let log = ask(&world, 0, 0, vec![Wish::Get("/zig/index.json".into())]);
        run(&world);
        let told = log.borrow()[0].clone();
        let Told::Answer(200, document) = &told else {
            panic!("{told:?}");
        };
        assert!(document.get("0.14.1").is_some());
        assert!(document.get("2025.9.0-mach").is_some(), "{delay}: {told:?}");
        let trace = world.trace.borrow();
        let line = |what: &str| trace.lines.iter().position(|line| line.contains(what));
        let written = line("record .zigdepot/index/served-merged.json");
        overtaken += usize::from(line("new nominated index") < written);
    }
    assert!(overtaken > 0, "it never came while they were written");
}
