//! `verify`: what is wrong is found, set aside and told; all else stays.

use std::fs;
use std::os::unix::ffi::OsStrExt;

use zigdepot_tests::command::{run, start};
use zigdepot_tests::conformance::depot::{DEV, LARGE, RELEASE, RELEASE_STORED, SMALL, bytes_of};
use zigdepot_tests::host::Binary;
use zigdepot_tests::process::eventually;
use zigdepot_tests::scratch::files_below;
use zigdepot_tests::signer::{Key, damage};
use zigdepot_tests::stand_in::{File, Gate};
use zigdepot_tests::tarball::Tarball;

use crate::story::{ARTIFACT, DEV_DIR, PACKAGE, Story, age};

pub(crate) fn verify_beside_a_server_finds_all_right(program: &Binary) {
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

/// A store whose own state is gone, or that was filled by hand, gets its hashes back.
pub(crate) fn hashes_of_packages_are_found_again(program: &Binary) {
    const NAKED: &str = "N-V-__8AAAoAAAAbsNxms69QgMRle3JT3tq6cci2y4vWsPwG";
    let story = Story::new(program);
    let package = Tarball::default().file("p/a.txt", "just text\n").tar_gz();
    story.plan.store("pkg/o/p/v1.0.0.tar.gz", &package);
    story.plan.store("pkg/o/p/v2.0.0.tar.gz", b"no package");
    let Story { program, plan } = story;
    let depot = plan.start();
    depot.get(&format!("/hash/{NAKED}")).expect(404);
    let settings = &depot.plan().settings;
    run(program, settings, &["verify"]).expect(0);
    depot.get(&format!("/hash/{NAKED}")).expect_bytes(&package);
    let record = depot.read_stored(".zigdepot/package/pkg/o/p/v2.0.0.tar.gz");
    assert!(String::from_utf8_lossy(&record).contains("\nnew none: "));
    fs::remove_dir_all(depot.plan().path(".zigdepot/hash")).expect("it is there");
    run(program, settings, &["verify", "pkg/o"]).expect(0);
    depot.get(&format!("/hash/{NAKED}")).expect_bytes(&package);
}

pub(crate) fn wrong_files_are_set_aside_and_fetched_anew(program: &Binary) {
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

pub(crate) fn wrong_signatures_are_found(program: &Binary) {
    let story = Story::new(program);
    story.store_release();
    let signature = format!("{RELEASE_STORED}.minisig");
    let good = fs::read_to_string(story.path(&signature)).expect("it can be done");
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

pub(crate) fn packages_are_held_to_their_first_digest(program: &Binary) {
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

/// As a server leaves it that is killed between a branch's new copy and its record.
pub(crate) fn new_copy_of_a_branch_with_the_record_of_the_old_one_stays(program: &Binary) {
    let story = Story::new(program);
    story.plan.store(PACKAGE, b"yesterday's branch");
    story.run(&["verify"]).expect(0);
    fs::remove_file(story.path(PACKAGE)).expect("it can be done");
    story.plan.store(PACKAGE, b"today's branch");
    story
        .run(&["verify"])
        .expect(0)
        .expect_line("1 files", "0 right, 1 adopted, 0 unprovable");
    assert_eq!(story.stored(), [PACKAGE]);
    story
        .run(&["verify"])
        .expect(0)
        .expect_line("1 files", "1 right, 0 adopted");
}

pub(crate) fn records_of_gone_files_are_swept(program: &Binary) {
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

pub(crate) fn killed_verify_goes_on(program: &Binary) {
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
        let ended = child.try_wait().expect("it can be done");
        (cursor.exists() || ended.is_some()).then_some(ended)
    });
    assert_eq!(ended, None, "it is at work");
    child.kill().expect("it can be done");
    child.wait().expect("it can be done");
    assert_eq!(story.stored(), before);
    let rest = story
        .run(&["verify", "--rate", "off"])
        .expect(0)
        .expect_line("going on after pkg/", "begun at ");
    let read: usize = rest
        .lines
        .last()
        .expect("it can be done")
        .split(' ')
        .next()
        .expect("it can be done")
        .parse()
        .expect("it can be done");
    assert!((1..60).contains(&read), "{read} were left");
    assert!(!cursor.exists());
    let again = story.run(&["verify", "--rate", "off"]).expect(0);
    again.expect_line("60 files", "60 right");
    assert_eq!(story.state("verified"), before);
}

pub(crate) fn restart_reads_all_again(program: &Binary) {
    let story = Story::new(program);
    story.plan.store(PACKAGE, b"a package");
    let cursor = format!("v1 1700000000\n{PACKAGE}\nend\n");
    let plant = || {
        story
            .plan
            .store(".zigdepot/verify.cursor", cursor.as_bytes());
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

pub(crate) fn read_only_store_is_read(program: &Binary) {
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

pub(crate) fn odd_names_are_left(program: &Binary) {
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
    .expect("it can be done");
    std::os::unix::fs::symlink("/etc/passwd", story.path("pkg/hexops/mach/link.tar.gz"))
        .expect("it can be done");
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
