//! Keeping a store in order: `verify`, `du`, `purge` and `import`, with the real programs.

use core::time::Duration;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::time::SystemTime;

use zigdepot_tests::command::{Outcome, run, start};
use zigdepot_tests::conformance::depot::{
    DEV, LARGE, Plan, RELEASE, RELEASE_STORED, SMALL, bytes_of,
};
use zigdepot_tests::host::{Binary, Host};
use zigdepot_tests::process::eventually;
use zigdepot_tests::scratch::{empty_dirs_below, files_below};
use zigdepot_tests::signer::{Key, damage};
use zigdepot_tests::stand_in::{File, Gate};

zigdepot_tests::on_socket_hosts! {
    verify_beside_a_server_finds_all_right
    wrong_files_are_set_aside_and_fetched_anew
    wrong_signatures_are_found
    packages_are_held_to_their_first_digest
    records_of_gone_files_are_swept
    killed_verify_goes_on
    restart_reads_all_again
    read_only_store_is_read
    empty_and_missing_stores
    odd_names_are_left
    space_is_told_with_links_once
    purge_deletes_what_is_named_with_its_records
    old_dev_versions_are_purged
    least_used_are_purged_to_a_size
    senseless_purges_are_refused
    purged_version_is_fetched_again
    wrench_is_imported_beside_it
    wrench_is_imported_in_place
    every_command_helps_itself
}

const DEV_DIR: &str = "zig/dev/0.15.0-dev.631+9a3540d61";
const PACKAGE: &str = "pkg/hexops/mach/0123456789abcdef.tar.gz";
const ARTIFACT: &str = "artifact/hexops/dawn/v1/lib.tar.gz";

/// What a story is about: a program, a data directory, an upstream.
struct Story<'p> {
    program: &'p Binary,
    plan: Plan<'p>,
}

impl<'p> Story<'p> {
    fn new(program: &'p Binary) -> Self {
        let plan = Plan::new(program);
        Self { program, plan }
    }

    fn run(&self, words: &[&str]) -> Outcome {
        run(self.program, &self.plan.settings, words)
    }

    fn path(&self, path: &str) -> std::path::PathBuf {
        self.plan.path(path)
    }

    fn stored(&self) -> Vec<String> {
        let mut files = files_below(&self.path(""));
        files.retain(|path| !path.starts_with(".zigdepot/"));
        files
    }

    fn state(&self, dir: &str) -> Vec<String> {
        files_below(&self.path(".zigdepot").join(dir))
    }

    fn store_release(&self) -> std::sync::Arc<[u8]> {
        let bytes = bytes_of(1, LARGE);
        self.plan.store_signed("zig/stable/0.14.1", RELEASE, &bytes);
        bytes
    }

    /// Changes the file's bytes and nothing else that can be seen of it.
    fn damage(&self, path: &str, change: impl FnOnce(&mut Vec<u8>)) {
        let path = self.path(path);
        let modified = fs::metadata(&path).unwrap().modified().unwrap();
        let mut bytes = fs::read(&path).unwrap();
        change(&mut bytes);
        fs::write(&path, bytes).unwrap();
        fs::File::open(&path)
            .unwrap()
            .set_modified(modified)
            .unwrap();
    }
}

/// Lets a file or a directory look unused and unchanged for so many hours.
fn age(path: &Path, hours: u64) {
    let at = SystemTime::now() - Duration::from_hours(hours);
    let times = fs::FileTimes::new().set_accessed(at).set_modified(at);
    fs::File::open(path).unwrap().set_times(times).unwrap();
}

fn verify_beside_a_server_finds_all_right(program: &Binary) {
    let story = Story::new(program);
    story.store_release();
    let legacy = bytes_of(2, SMALL);
    let signature = story.plan.upstream.key().sign_legacy(DEV, &legacy);
    story.plan.store(&format!("{DEV_DIR}/{DEV}"), &legacy);
    let path = format!("{DEV_DIR}/{DEV}.minisig");
    story.plan.store(&path, signature.as_bytes());
    let gate = Gate::new();
    let other = "zig-x86_64-linux-0.13.0.tar.xz";
    let coming = bytes_of(3, LARGE);
    let file = File::new(coming.clone()).gated(LARGE / 2, &gate);
    story.plan.upstream.publish_as(other, &coming, file);
    let before = story.stored();
    let Story { program, plan } = story;
    let depot = plan.start();
    let (mut client, _) = depot.first_bytes(other, 1000);
    let settings = &depot.plan().settings;
    run(program, settings, &["verify", "--rate", "off"])
        .expect(0)
        .expect_line(
            "5 files",
            "5 right, 0 adopted, 0 unprovable, 0 by unknown keys, 0 wrong",
        );
    gate.open();
    let rest = client.exactly(LARGE - 1000).expect("the rest");
    assert!(rest == coming[1000..]);
    depot.wait_stored(&format!("zig/stable/0.13.0/{other}"));
    run(program, settings, &["verify", "zig/stable"])
        .expect(0)
        .expect_line("4 files", "4 right");
    assert!(before.iter().all(|path| depot.stored().contains(path)));
    let proofs = files_below(&depot.plan().path(".zigdepot/verified"));
    assert_eq!(proofs, depot.stored());
}

fn wrong_files_are_set_aside_and_fetched_anew(program: &Binary) {
    let story = Story::new(program);
    let bytes = story.store_release();
    let other = "zig-x86_64-linux-0.13.0.tar.xz";
    story.plan.store_signed("zig/stable/0.13.0", other, &bytes);
    for name in [RELEASE, other] {
        story.plan.upstream.publish(name, &bytes);
    }
    story.run(&["verify"]).expect(0);
    let cut = format!("zig/stable/0.13.0/{other}");
    story.damage(RELEASE_STORED, |bytes| bytes[LARGE / 2] ^= 1);
    story.damage(&cut, |bytes| bytes.truncate(LARGE - 1));
    let Story { program, plan } = story;
    let depot = plan.start();
    run(program, &depot.plan().settings, &["verify"])
        .expect(1)
        .expect_line(
            &format!("wrong: {RELEASE_STORED}: "),
            "not the one that was signed; moved to ",
        )
        .expect_line(
            &format!("wrong: {cut}: "),
            "moved to .zigdepot/quarantine/zig/stable/",
        )
        .expect_line(
            "4 files",
            "2 right, 0 adopted, 0 unprovable, 0 by unknown keys, 2 wrong",
        );
    let aside = files_below(&depot.plan().path(".zigdepot/quarantine"));
    assert_eq!(aside.len(), 2, "{aside:?}");
    for name in [RELEASE, other] {
        depot.zig(name).expect_bytes(&bytes);
        assert_eq!(depot.asked(name), 1);
    }
    run(program, &depot.plan().settings, &["verify"]).expect(0);
}

fn wrong_signatures_are_found(program: &Binary) {
    let story = Story::new(program);
    story.store_release();
    let signature = format!("{RELEASE_STORED}.minisig");
    let good = fs::read_to_string(story.path(&signature)).unwrap();
    // By another key: the settings may be wrong as well as the file.
    let other = Key::from_seed(99).sign(RELEASE, &bytes_of(1, LARGE));
    story.plan.store(&signature, other.as_bytes());
    story
        .run(&["verify"])
        .expect(1)
        .expect_line(
            &format!("unknown key: {RELEASE_STORED}: "),
            "left where it is",
        )
        .expect_line("2 files", "2 by unknown keys, 0 wrong");
    assert_eq!(story.stored().len(), 2);
    assert_eq!(story.state("verified"), [""; 0]);
    // Damaged: the archive is not known to be wrong, and not known to be right.
    story.plan.store(&signature, damage(&good, 1).as_bytes());
    story
        .run(&["verify"])
        .expect(1)
        .expect_line(&format!("wrong: {signature}: "), "not genuine; moved to ")
        .expect_line(&format!("unprovable: {RELEASE_STORED}: "), "no signature");
    assert_eq!(story.stored(), [RELEASE_STORED]);
    assert_eq!(story.state("verified"), [""; 0]);
}

fn packages_are_held_to_their_first_digest(program: &Binary) {
    let story = Story::new(program);
    story.plan.store(PACKAGE, b"a package");
    story.plan.store(ARTIFACT, b"an artifact");
    story
        .run(&["verify"])
        .expect(0)
        .expect_line(&format!("unprovable: {PACKAGE}: "), "recorded now")
        .expect_line("2 files", "0 right, 2 adopted");
    story
        .run(&["verify"])
        .expect(0)
        .expect_line("2 files", "2 right, 0 adopted");
    // Touched, but the same bytes.
    age(&story.path(ARTIFACT), 1000);
    story
        .run(&["verify", "artifact"])
        .expect(0)
        .expect_line("1 files", "1 right");
    story
        .plan
        .store(&format!(".zigdepot/package/{PACKAGE}"), b"v1 1220abc\n");
    story
        .plan
        .store(".zigdepot/hash/1220abc", PACKAGE.as_bytes());
    story.damage(PACKAGE, |bytes| bytes[0] ^= 1);
    story
        .run(&["verify"])
        .expect(1)
        .expect_line(&format!("wrong: {PACKAGE}: "), "recorded was ");
    assert_eq!(story.stored(), [ARTIFACT]);
    assert_eq!(story.state("verified"), [ARTIFACT]);
    assert_eq!(
        (story.state("package"), story.state("hash")),
        (vec![], vec![])
    );
    assert_eq!(story.state("quarantine").len(), 1);
}

fn records_of_gone_files_are_swept(program: &Binary) {
    let story = Story::new(program);
    story.plan.store(PACKAGE, b"a package");
    story
        .plan
        .store(".zigdepot/hash/1220abc", PACKAGE.as_bytes());
    story
        .plan
        .store(&format!(".zigdepot/package/{PACKAGE}"), b"v1 1220abc");
    for gone in [
        ".zigdepot/verified/zig/stable/0.1.0/zig-0.1.0.zip",
        ".zigdepot/package/pkg/o/r/gone",
    ] {
        story.plan.store(gone, b"v1");
    }
    story
        .plan
        .store(".zigdepot/hash/1220def", b"pkg/o/r/gone\n");
    story
        .run(&["verify"])
        .expect(0)
        .expect_line("1 files", "3 records without file removed");
    assert_eq!(story.state("hash"), ["1220abc"]);
    assert_eq!(story.state("package"), [PACKAGE]);
    assert_eq!(story.state("verified"), [PACKAGE]);
}

fn killed_verify_goes_on(program: &Binary) {
    let story = Story::new(program);
    for number in 0..60_u64 {
        let path = format!("pkg/hexops/mach/{number:02}.tar.gz");
        story.plan.store(&path, &bytes_of(number, 100_000));
    }
    let before = story.stored();
    let settings = &story.plan.settings;
    let mut child = start(program, settings, &["verify", "--rate", "1M"]);
    let cursor = story.path(".zigdepot/verify.cursor");
    let ended = eventually("a cursor, or the end", || {
        let ended = child.try_wait().unwrap();
        (cursor.exists() || ended.is_some()).then_some(ended)
    });
    assert_eq!(ended, None, "it is at work");
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(story.stored(), before);
    let rest = story
        .run(&["verify", "--rate", "off"])
        .expect(0)
        .expect_line("going on after pkg/", "begun at ");
    let read: usize = rest
        .lines
        .last()
        .unwrap()
        .split(' ')
        .next()
        .unwrap()
        .parse()
        .unwrap();
    assert!((1..60).contains(&read), "{read} were left");
    assert!(!cursor.exists());
    let again = story.run(&["verify", "--rate", "off"]).expect(0);
    again.expect_line("60 files", "60 right");
    assert_eq!(story.state("verified"), before);
}

fn restart_reads_all_again(program: &Binary) {
    let story = Story::new(program);
    story.plan.store(PACKAGE, b"a package");
    let cursor = format!("v1 1700000000\n{PACKAGE}\nend\n");
    let plant = || {
        story
            .plan
            .store(".zigdepot/verify.cursor", cursor.as_bytes())
    };
    plant();
    story
        .run(&["verify"])
        .expect(0)
        .expect_line("going on after", "begun at 2023-11-14T22:13:20Z")
        .expect_line("0 files", "");
    plant();
    story
        .run(&["verify", "--restart"])
        .expect(0)
        .expect_line("1 files", "");
    plant();
    // Another scope is another run.
    story
        .run(&["verify", "pkg/hexops"])
        .expect(0)
        .expect_line("1 files", "");
    story.plan.store(".zigdepot/verify.cursor", b"garbage");
    story.run(&["verify"]).expect(0).expect_line("1 files", "");
}

fn read_only_store_is_read(program: &Binary) {
    let story = Story::new(program);
    story.store_release();
    story.plan.store(PACKAGE, b"a package");
    story.damage(RELEASE_STORED, |bytes| bytes[7] ^= 1);
    let Some(plan) = story.plan.read_only() else {
        return;
    };
    let story = Story { program, plan };
    story
        .run(&["verify"])
        .expect(1)
        .expect_line(&format!("wrong: {RELEASE_STORED}: "), "it stays")
        .expect_line(
            &format!("unprovable: {PACKAGE}: "),
            "nothing can be recorded",
        );
    story.run(&["du"]).expect(0);
    story
        .run(&["purge", PACKAGE, "--dry-run"])
        .expect(0)
        .expect_line("purge pkg/", "named");
    story
        .run(&["purge", PACKAGE])
        .expect(2)
        .expect_refusal("cannot be written");
    assert_eq!(story.stored().len(), 3);
}

fn empty_and_missing_stores(program: &Binary) {
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
        .set("DATA_DIR", missing.to_str().unwrap());
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

fn odd_names_are_left(program: &Binary) {
    let story = Story::new(program);
    let names = [
        "pkg/hexops/mach/.hidden",
        "pkg/hexops/stray",
        "zig/stable/0.14.1/notes.txt",
        "zig/stable/0.14.1/deeper/zig-0.14.1.tar.xz",
        "zig/stray",
        "pkg/hexops/mach/line\nbreak",
    ];
    for name in names {
        story.plan.store(name, b"odd");
    }
    let bytes = [b"pkg/hexops/mach/".as_slice(), b"\xff.tar.gz"].concat();
    fs::write(
        story.path("").join(std::ffi::OsStr::from_bytes(&bytes)),
        "odd",
    )
    .unwrap();
    std::os::unix::fs::symlink("/etc/passwd", story.path("pkg/hexops/mach/link.tar.gz")).unwrap();
    let before = story.stored();
    let outcome = story
        .run(&["verify"])
        .expect(0)
        .expect_line("0 files", "8 not the store's");
    assert_eq!(
        outcome.lines_of("not the store's: ").len(),
        8,
        "{outcome:#?}"
    );
    story.run(&["du"]).expect(0);
    story.run(&["purge", "--to-size", "0"]).expect(1);
    assert_eq!(story.stored(), before);
}

fn space_is_told_with_links_once(program: &Binary) {
    let story = Story::new(program);
    story.plan.store("zig/stable/0.14.1/a", &[0; 3000]);
    story.plan.store(&format!("{DEV_DIR}/b"), &[0; 500]);
    story.plan.store(PACKAGE, &[0; 200]);
    fs::hard_link(
        story.path(PACKAGE),
        story.path("pkg/hexops/mach/second.tar.gz"),
    )
    .unwrap();
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
            .unwrap()
            .parse::<u64>()
            .unwrap()
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

fn purge_deletes_what_is_named_with_its_records(program: &Binary) {
    let story = Story::new(program);
    story.store_release();
    story.plan.store(PACKAGE, b"a package");
    story.plan.store(ARTIFACT, b"an artifact");
    story.run(&["verify"]).expect(0);
    story.plan.store(
        &format!(".zigdepot/package/{PACKAGE}"),
        b"v1 1220abc mach-0.1",
    );
    story
        .plan
        .store(".zigdepot/hash/1220abc", PACKAGE.as_bytes());
    story
        .plan
        .store(".zigdepot/hash/1220def", b"pkg/hexops/mach/other");
    let words = [
        "purge",
        "zig/stable/0.14.1",
        "pkg/hexops/mach/",
        "pkg/hexops/gone",
    ];
    let dry = story.run(&[&words[..], &["--dry-run"]].concat()).expect(1);
    assert_eq!(story.stored().len(), 4);
    let done = story
        .run(&words)
        .expect(1)
        .expect_line("pkg/hexops/gone: ", "not in the store");
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

fn old_dev_versions_are_purged(program: &Binary) {
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

fn least_used_are_purged_to_a_size(program: &Binary) {
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

fn senseless_purges_are_refused(program: &Binary) {
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

fn purged_version_is_fetched_again(program: &Binary) {
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

/// A cache of wrench: one file of each kind, and junk.
fn fill_wrench(put: impl Fn(&str, &[u8])) {
    let key = Key::from_seed(1);
    let bytes = bytes_of(9, SMALL);
    for (dir, name) in [
        ("stable/0.14.1", RELEASE),
        ("mach/0.15.0-dev.631+9a3540d61", DEV),
    ] {
        put(&format!("zig/{dir}/{name}"), &bytes);
        let signature = key.sign(name, &bytes);
        put(&format!("zig/{dir}/{name}.minisig"), signature.as_bytes());
    }
    put("pkg/mach/0123.tar.gz", b"a package");
    put("pkg-artifact/dawn/v1/lib.tar.gz", b"an artifact");
    put("pkg/mach/.partial", b"junk");
    put("zig/dev/notes.txt", b"junk");
    put("config.toml", b"junk");
}

const IMPORTED: [&str; 6] = [
    "artifact/hexops/dawn/v1/lib.tar.gz",
    "pkg/hexops/mach/0123.tar.gz",
    "zig/nominated/0.15.0-dev.631+9a3540d61/zig-x86_64-linux-0.15.0-dev.631+9a3540d61.tar.xz",
    "zig/nominated/0.15.0-dev.631+9a3540d61/zig-x86_64-linux-0.15.0-dev.631+9a3540d61.tar.xz.minisig",
    RELEASE_STORED,
    "zig/stable/0.14.1/zig-x86_64-linux-0.14.1.tar.xz.minisig",
];

fn wrench_is_imported_beside_it(program: &Binary) {
    for how in [None, Some("--copy")] {
        let mut story = Story::new(program);
        story
            .plan
            .settings
            .set("ZIG_MINISIGN_KEY", &Key::from_seed(1).public_text());
        story.plan.upstream.otherwise(503);
        let wrench = story.plan.scratch.join("wrench");
        fill_wrench(|path, bytes| drop(story.plan.scratch.write(format!("wrench/{path}"), bytes)));
        fs::create_dir_all(wrench.join("zig/stable/0.9.0")).unwrap();
        let before = files_below(&wrench);
        // One file is there already, and another of that name.
        story
            .plan
            .store("pkg/hexops/mach/0123.tar.gz", b"another package");
        let dir = wrench.to_str().unwrap();
        let words = [
            &["import", "wrench", dir, "--org", "hexops"][..],
            how.as_slice(),
        ]
        .concat();
        let dry = story.run(&[&words[..], &["--dry-run"]].concat()).expect(0);
        assert_eq!(story.stored(), ["pkg/hexops/mach/0123.tar.gz"]);
        let done = story
            .run(&words)
            .expect(0)
            .expect_line("left \"pkg/mach/0123.tar.gz\"", "is another file")
            .expect_line("left \"zig/stable/0.9.0\"", "an empty directory")
            .expect_line("left \"pkg/mach/.partial\"", "a dot")
            .expect_line("5 imported", "0 there already, 5 left, 0 failed");
        assert_eq!(dry.lines_of("zig/"), done.lines_of("zig/"));
        assert_eq!(story.stored(), IMPORTED);
        assert_eq!(files_below(&wrench), before);
        assert!(wrench.join("zig/stable/0.9.0").is_dir());
        assert_eq!(
            fs::read(story.path(IMPORTED[1])).unwrap(),
            b"another package"
        );
        story
            .run(&words)
            .expect(0)
            .expect_line("0 imported", "5 there already");
        assert_eq!(
            story.state("verified"),
            [""; 0],
            "nothing is taken for verified"
        );
        let links = fs::metadata(story.path(RELEASE_STORED)).unwrap();
        let links = std::os::unix::fs::MetadataExt::nlink(&links);
        assert_eq!(links, if how.is_some() { 1 } else { 2 });
        let depot = story.plan.start();
        for name in [RELEASE, DEV] {
            depot.zig(name).expect_bytes(&bytes_of(9, SMALL));
        }
    }
}

fn wrench_is_imported_in_place(program: &Binary) {
    let story = Story::new(program);
    fill_wrench(|path, bytes| story.plan.store(path, bytes));
    fs::create_dir_all(story.path("pkg/empty")).unwrap();
    let dir = story.path("");
    let words = ["import", "wrench", dir.to_str().unwrap(), "--org", "hexops"];
    story
        .run(&words)
        .expect(0)
        .expect_line("left \"pkg/empty\"", "an empty directory")
        .expect_line("4 imported", "2 there already, 4 left, 0 failed");
    let stored = story.stored();
    assert!(
        IMPORTED.iter().all(|path| stored.iter().any(|s| s == path)),
        "{stored:#?}"
    );
    assert_eq!(stored.len(), IMPORTED.len() + 3, "{stored:#?}");
    assert!(!story.path("pkg-artifact").exists() && !story.path("zig/mach").exists());
    story
        .run(&words)
        .expect(0)
        .expect_line("0 imported", "6 there already, 4 left");
    assert_eq!(story.stored(), stored);
}

fn every_command_helps_itself(program: &Binary) {
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

impl Story<'_> {
    fn name(&self) -> &'static str {
        match self.program.name() {
            "smol" => "zigdepot",
            _ => "zigdepot-tokio",
        }
    }
}
