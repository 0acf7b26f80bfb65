//! `du` and `purge`: what takes the space, and what goes.

use std::fs;

use zigdepot_tests::command::run;
use zigdepot_tests::conformance::depot::{DEV, LARGE, bytes_of};
use zigdepot_tests::host::Binary;
use zigdepot_tests::scratch::empty_dirs_below;

use crate::story::{ARTIFACT, DEV_DIR, PACKAGE, Story, age};

pub(crate) fn empty_and_missing_stores(program: &Binary) {
    let mut story = Story::new(program);
    story
        .run(&["du"])
        .expect(0)
        .expect_line("               0", "all");
    story.run(&["verify"]).expect(0).expect_line("0 files", "");
    story
        .run(&["purge", "--to-size", "0"])
        .expect(0)
        .expect_line("0 things", "");
    story
        .run(&["verify", "zig/stable"])
        .expect(0)
        .expect_line("0 files", "");
    let missing = story.path("missing");
    story
        .plan
        .settings
        .set("DATA_DIR", missing.to_str().expect("it can be done"));
    for words in [
        &["verify"][..],
        &["du"],
        &["purge", "--to-size", "0"],
        &["purge", "pkg/a/b", "--dry-run"],
    ] {
        story.run(words).expect(2).expect_refusal("DATA_DIR=");
    }
    assert!(!missing.exists());
}

pub(crate) fn space_is_told_with_links_once(program: &Binary) {
    let story = Story::new(program);
    story.plan.store("zig/stable/0.14.1/a", &[0; 3000]);
    story.plan.store(&format!("{DEV_DIR}/b"), &[0; 500]);
    story.plan.store(PACKAGE, &[0; 200]);
    fs::hard_link(
        story.path(PACKAGE),
        story.path("pkg/hexops/mach/second.tar.gz"),
    )
    .expect("it can be done");
    story
        .plan
        .store(".zigdepot/quarantine/pkg/o/r/f.1", &[0; 40]);
    story.plan.store(".zigdepot/staging/1-2/0", &[0; 60]);
    story.plan.store("lost+found", &[0; 7]);
    let lines = story.run(&["du"]).expect(0).lines;
    let row = |name: &str| {
        let line = lines
            .iter()
            .find(|line| line.ends_with(&format!("  {name}")));
        let line = line.unwrap_or_else(|| panic!("no {name} in {lines:#?}"));
        line.split_whitespace()
            .next()
            .expect("it can be done")
            .parse::<u64>()
            .expect("it can be done")
    };
    let rows = [
        "stable",
        "0.14.1",
        "dev",
        "packages",
        "hexops/mach",
        "quarantine",
        "staging",
        "other",
    ];
    assert_eq!(rows.map(row), [3000, 3000, 500, 200, 200, 40, 60, 7]);
    assert_eq!(row("the store, as STORE_MAX counts it"), 3700);
    assert_eq!(row("all"), 3807);
    let json = story.run(&["du", "--json"]).expect(0).lines.join("");
    assert!(
        json.starts_with("{\"bytes\":3807,\"files\":6,\"stored\":{\"bytes\":3700,"),
        "{json}"
    );
    assert!(
        json.contains("{\"name\":\"hexops/mach\",\"bytes\":200,\"files\":1}"),
        "{json}"
    );
}

pub(crate) fn purge_deletes_what_is_named_with_its_records(program: &Binary) {
    let story = Story::new(program);
    story.store_release();
    story.plan.store(PACKAGE, b"a package");
    story.plan.store(ARTIFACT, b"an artifact");
    story.run(&["verify"]).expect(0);
    let hash = format!("1220{}", "ab".repeat(32));
    let digest = "0".repeat(64);
    let record = format!("v1 sha256:{digest}\nnew none: no manifest\nlegacy {hash}\n");
    story
        .plan
        .store(&format!(".zigdepot/package/{PACKAGE}"), record.as_bytes());
    story
        .plan
        .store(&format!(".zigdepot/hash/{hash}"), PACKAGE.as_bytes());
    story
        .plan
        .store(".zigdepot/hash/1220def", b"pkg/hexops/mach/other");
    let words = [
        "purge",
        "zig/stable/0.14.1",
        "pkg/hexops/mach/",
        "pkg/hexops/mach-gone",
        PACKAGE,
    ];
    let dry = story.run(&[&words[..], &["--dry-run"]].concat()).expect(1);
    assert_eq!(story.stored().len(), 4);
    let done = story
        .run(&words)
        .expect(1)
        .expect_line("pkg/hexops/mach-gone: ", "not in the store");
    assert_eq!(dry.lines_of("purge "), done.lines_of("purge "));
    assert_eq!(done.lines_of("purge ").len(), 2);
    assert_eq!(story.stored(), [ARTIFACT]);
    assert_eq!(story.state("verified"), [ARTIFACT]);
    assert_eq!(
        (story.state("package"), story.state("hash")),
        (vec![], vec!["1220def".into()])
    );
    let mut empty = empty_dirs_below(&story.path(""));
    empty.retain(|path| !path.starts_with(".zigdepot/staging"));
    assert_eq!(empty, [""; 0]);
}

pub(crate) fn old_dev_versions_are_purged(program: &Binary) {
    let story = Story::new(program);
    let young = "zig/dev/0.15.0-dev.2+abcdef012";
    for dir in [
        DEV_DIR,
        young,
        "zig/nominated/0.15.0-dev.3+abcdef012",
        "zig/stable/0.14.1",
    ] {
        story.plan.store(&format!("{dir}/f"), b"bytes");
        age(&story.path(&format!("{dir}/f")), 24 * 365);
        age(&story.path(dir), 24 * 31);
    }
    age(&story.path(young), 24 * 29);
    let outcome = story.run(&["purge", "--dev-older-than", "30d"]).expect(0);
    assert_eq!(outcome.lines_of("purge ").len(), 1, "{outcome:#?}");
    outcome.expect_line(&format!("purge {DEV_DIR}: 5 B"), "nothing was added since");
    assert_eq!(story.stored().len(), 3);
    assert!(!story.path(DEV_DIR).exists());
}

pub(crate) fn least_used_are_purged_to_a_size(program: &Binary) {
    let story = Story::new(program);
    story.plan.store("zig/stable/0.14.1/f", &[0; 1000]);
    for (path, hours) in [
        (format!("{DEV_DIR}/f"), 10),
        (PACKAGE.to_owned(), 40),
        ("pkg/hexops/mach/second.tar.gz".to_owned(), 20),
        (ARTIFACT.to_owned(), 30),
    ] {
        story.plan.store(&path, &[0; 1000]);
        age(&story.path(&path), hours);
    }
    story
        .run(&["purge", "--to-size", "999"])
        .expect(1)
        .expect_line("999 B cannot be reached", "1000 B");
    assert_eq!(story.stored().len(), 5);
    story
        .run(&["purge", "--to-size", "10K"])
        .expect(0)
        .expect_line("0 things", "");
    let outcome = story.run(&["purge", "--to-size", "3000"]).expect(0);
    let lines = outcome.lines_of("purge ");
    assert!(
        lines[0].starts_with(&format!("purge {PACKAGE}: ")),
        "{lines:?}"
    );
    assert!(
        lines[1].starts_with("purge artifact/hexops/dawn/v1: "),
        "{lines:?}"
    );
    assert_eq!(lines.len(), 2);
    assert_eq!(story.stored().len(), 3);
}

pub(crate) fn senseless_purges_are_refused(program: &Binary) {
    let story = Story::new(program);
    story.plan.store("zig/stable/0.14.1/f", b"x");
    for (words, problem) in [
        (&[][..], "nothing to purge"),
        (&["--dry-run"], "nothing to purge"),
        (
            &["--dev-older-than", "30"],
            "--dev-older-than=30: expected an age such as 30d",
        ),
        (&["--dev-older-than", "0d"], "expected an age"),
        (
            &["--to-size", "50GB"],
            "--to-size=50GB: expected a size such as 500M",
        ),
        (&["--to-size=-1"], "expected a size"),
        (&["zig/stable"], "more than one thing"),
        (&["zig"], "more than one thing"),
        (&["pkg/../zig/stable/0.14.1"], "begins with a dot"),
        (&["/etc/passwd"], "1 to 255 bytes"),
        (&[".zigdepot/verified/zig"], "begins with a dot"),
        (&["--frob"], "unknown flag --frob"),
    ] {
        let words = [&["purge"], words].concat();
        story.run(&words).expect(2).expect_refusal(problem);
    }
    for words in [
        &["verify", "--rate", "fast"][..],
        &["verify", "etc"],
        &["du", "zig"],
        &["import", "wrench", "."],
        &["import", "tar", ".", "--org=a"],
        &["import", "wrench", ".", "--org", "a/b"],
        &["import", "wrench", "/nonexistent", "--org=a"],
    ] {
        story.run(words).expect(2).expect_refusal("");
    }
    assert_eq!(story.stored().len(), 1);
}

pub(crate) fn purged_version_is_fetched_again(program: &Binary) {
    let story = Story::new(program);
    let bytes = bytes_of(5, LARGE);
    story.plan.upstream.publish(DEV, &bytes);
    let Story { program, plan } = story;
    let depot = plan.start();
    depot.zig(DEV).expect_bytes(&bytes);
    depot.wait_stored(&format!("{DEV_DIR}/{DEV}"));
    let settings = &depot.plan().settings;
    run(program, settings, &["purge", "--to-size", "0"])
        .expect(0)
        .expect_line(&format!("purge {DEV_DIR}"), "last used");
    assert_eq!(depot.stored(), [""; 0]);
    // The server may serve what it still has open, and then fetches it again.
    let depot = depot.crash_and_restart();
    depot.zig(DEV).expect_bytes(&bytes);
    assert_eq!(depot.asked(DEV), 2);
}

pub(crate) fn every_command_helps_itself(program: &Binary) {
    let story = Story::new(program);
    let all = story.run(&["--help"]).expect(0);
    for command in ["prefetch", "verify", "du", "purge", "import"] {
        assert!(
            all.lines
                .iter()
                .any(|line| line.starts_with(&format!("  {command} "))),
            "{all:#?}"
        );
        let start = format!("{} {command}: ", story.name());
        story
            .run(&[command, "--help"])
            .expect(0)
            .expect_line(&start, "");
    }
}
