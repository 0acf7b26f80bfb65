//! `import wrench`: beside a cache of wrench, and in place.

use std::fs;

use zigdepot_tests::conformance::depot::{DEV, RELEASE, RELEASE_STORED, SMALL, bytes_of};
use zigdepot_tests::host::Binary;
use zigdepot_tests::scratch::files_below;
use zigdepot_tests::signer::Key;

use crate::story::Story;

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

pub(crate) fn wrench_is_imported_beside_it(program: &Binary) {
    for how in [None, Some("--copy")] {
        let mut story = Story::new(program);
        story
            .plan
            .settings
            .set("ZIG_MINISIGN_KEY", &Key::from_seed(1).public_text());
        story.plan.upstream.otherwise(503);
        let wrench = story.plan.scratch.join("wrench");
        fill_wrench(|path, bytes| drop(story.plan.scratch.write(format!("wrench/{path}"), bytes)));
        fs::create_dir_all(wrench.join("zig/stable/0.9.0")).expect("it can be done");
        let before = files_below(&wrench);
        // One file is there already, and another of that name.
        story
            .plan
            .store("pkg/hexops/mach/0123.tar.gz", b"another package");
        let dir = wrench.to_str().expect("it can be done");
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
            fs::read(story.path(IMPORTED[1])).expect("it can be done"),
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
        let links = fs::metadata(story.path(RELEASE_STORED)).expect("it can be done");
        let links = std::os::unix::fs::MetadataExt::nlink(&links);
        assert_eq!(links, if how.is_some() { 1 } else { 2 });
        let depot = story.plan.start();
        for name in [RELEASE, DEV] {
            depot.zig(name).expect_bytes(&bytes_of(9, SMALL));
        }
    }
}

pub(crate) fn wrench_is_imported_in_place(program: &Binary) {
    let story = Story::new(program);
    fill_wrench(|path, bytes| story.plan.store(path, bytes));
    fs::create_dir_all(story.path("pkg/empty")).expect("it can be done");
    let dir = story.path("");
    let words = [
        "import",
        "wrench",
        dir.to_str().expect("it can be done"),
        "--org",
        "hexops",
    ];
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
