//! What is not in a bundle, and how that is told.

use std::fs;
use std::path::Path;

use zigdepot_tests::command::{run, start};
use zigdepot_tests::host::Binary;
use zigdepot_tests::mount::Mount;
use zigdepot_tests::packages::Package;
use zigdepot_tests::scratch::files_below;
use zigdepot_tests::stand_in::{Answer, Gate, archive};
use zigdepot_tests::tarball::Tarball;

use crate::story::{FILE, Story, names, packages, text};

zigdepot_tests::on_socket_hosts! {
    killed_run_leaves_no_half_package
    trouble_is_told_and_stops_nothing_else
    cut_download_is_tried_again
    hostile_archives_write_nothing
    bundle_that_cannot_be_written_is_refused
    senseless_calls_are_refused
}

fn trouble_is_told_and_stops_nothing_else(program: &Binary) {
    let story = Story::new(program);
    let (good, good_hash) = story.publish(&Package::new("good"));
    let (other, other_hash) = story.publish(&Package::new("other"));
    story.publish_bytes("packed", b"\xfd7zXZ\0 and so on");
    let site = story.forge.site().url();
    let manifest = format!(
        ".wrong = .{{ .url = \"{other}\", .hash = \"{good_hash}\" }},
         .nameless = .{{ .url = \"{other}\" }},
         .gone = .{{ .url = \"{site}/gone.tar.gz\", .hash = \"{other_hash}\" }},
         .git = .{{ .url = \"git+https://example.org/x#0123\", .hash = \"1220{}\" }},
         .xz = .{{ .url = \"{}\", .hash = \"1220{}\" }},
         .no_hash = .{{ .url = \"{good}\", .hash = \"../../up\" }},
         .absolute = .{{ .path = \"/etc\" }},
         .good = .{{ .url = \"{good}\", .hash = \"{good_hash}\" }},\n",
        "ab".repeat(32),
        story.forge.archive_url("org/packed", FILE),
        "cd".repeat(32),
    );
    let (project, dir) = (story.write_manifest(&manifest), story.scratch.join("dir"));
    let told = story.vendor_dir(&project, &dir).expect(1);
    for (name, at, words) in [
        ("nameless", 4, format!(".hash = \"{other_hash}\"")),
        ("gone", 5, "not found upstream".to_owned()),
        ("git", 6, "git is not spoken here".to_owned()),
        ("xz", 7, "xz is not read here".to_owned()),
        ("no_hash", 8, ".hash: ".to_owned()),
        ("absolute", 9, "is absolute".to_owned()),
    ] {
        let start = format!(
            "zigdepot: {}:{at}:",
            project.join("build.zig.zon").display()
        );
        let line = told
            .errors
            .lines()
            .find(|line| line.contains(&format!(": {name}: ")));
        let line = line.unwrap_or_else(|| panic!("{name}: {told:?}"));
        assert!(line.starts_with(&start) && line.contains(&words), "{line}");
    }
    assert_eq!(packages(&dir), ["good"]);
    told.expect_line("packages: 1 ", "6 could not be had");

    let manifest = format!(".wrong = .{{ .url = \"{other}\", .hash = \"{good_hash}\" }},\n");
    let (project, dir) = (story.write_manifest(&manifest), story.scratch.join("two"));
    let told = story.vendor_dir(&project, &dir).expect(1);
    let told = told.expect_refusal("wrong: the manifest says ");
    for word in [&good_hash, &other_hash, &other] {
        assert!(told.errors.contains(word.as_str()), "{told:?}");
    }
    assert_eq!(names(&dir), [""; 0]);
}

fn cut_download_is_tried_again(program: &Binary) {
    let story = Story::new(program);
    let package = Package::new("leaf").file("data", &vec![7; 100_000]);
    let bytes = story.pack(&package);
    let (url, hash) = story.publish(&package);
    let cut = || archive("org/leaf", FILE, &bytes).cut_after(bytes.len() / 2);
    let manifest = format!(".leaf = .{{ .url = \"{url}\", .hash = \"{hash}\" }},\n");
    let (project, dir) = (story.write_manifest(&manifest), story.scratch.join("dir"));

    story.forge.publish_archive_as("org/leaf", FILE, cut());
    let told = story.vendor_dir(&project, &dir).expect(1);
    told.expect_refusal("leaf: upstream: ");
    assert_eq!(names(&dir), [""; 0]);
    let tries = story.asked();
    assert!(tries > 1, "tried again");

    story.forge.site().on("/once", Answer::Status(503));
    story.forge.site().then("/once", Answer::found(url));
    let line = format!(
        ".leaf = .{{ .url = \"{}/once\", .hash = \"{hash}\" }},\n",
        story.forge.site().url()
    );
    story.forge.publish_archive("org/leaf", FILE, &bytes);
    story
        .vendor_dir(&story.write_manifest(&line), &dir)
        .expect(0);
    assert_eq!(names(&dir), [hash]);
}

fn hostile_archives_write_nothing(program: &Binary) {
    let story = Story::new(program);
    let archives = [
        Tarball::default()
            .file("p/a", "a")
            .file("../../escape", "out"),
        Tarball::default()
            .file("p/a", "a")
            .file("/tmp/escape", "out"),
        Tarball::default()
            .link("p/up", "../..")
            .file("p/up/escape", "out"),
        Tarball::default()
            .link("p/up", "/")
            .link("p/up/x", "/")
            .file("p/a", ""),
        Tarball::default().file("p/a", "a").file("p/a/b", "out"),
    ];
    let lines = archives.iter().enumerate().map(|(number, tarball)| {
        let (url, _) = story.publish_bytes(&format!("bad{number}"), &tarball.tar_gz());
        format!(
            ".bad{number} = .{{ .url = \"{url}\", .hash = \"1220{}\" }},\n",
            format!("{number:02x}").repeat(32)
        )
    });
    let manifest: String = lines.collect();
    let (project, dir) = (
        story.write_manifest(&manifest),
        story.scratch.join("a/b/dir"),
    );
    let told = story.vendor_dir(&project, &dir).expect(1);
    assert_eq!(told.errors.lines().count(), archives.len(), "{told:?}");
    assert_eq!(files_below(&story.scratch.join("a")), [""; 0]);
    assert!(!Path::new("/tmp/escape").exists());
}

fn bundle_that_cannot_be_written_is_refused(program: &Binary) {
    let story = Story::new(program);
    let project = story.project();
    let below_file = project.join("build.zig/dir");
    let told = story.vendor_dir(&project, &below_file).expect(2);
    told.expect_refusal(text(&below_file));
    let dir = story.scratch.join("dir");
    fs::create_dir_all(&dir).expect("scratch directories can be made");
    let Some(_mount) = Mount::read_only(&dir) else {
        return;
    };
    let told = story.vendor_dir(&project, &dir).expect(2);
    told.expect_refusal(text(&dir));
    assert_eq!(story.asked(), 0);
}

fn senseless_calls_are_refused(program: &Binary) {
    let story = Story::new(program);
    let project = story.project();
    let dir = story.scratch.join("dir");
    let (dir, manifest) = (text(&dir), project.join("build.zig.zon"));
    let manifest = text(&manifest);
    for (words, problem) in [
        (&["vendor", "--dir", dir][..], "build.zig.zon"),
        (&["vendor", manifest], "--dir or --cache"),
        (
            &["vendor", manifest, "--dir", dir, "--cache", dir],
            "--dir or --cache",
        ),
        (&["vendor", "/no/such", "--dir", dir], "/no/such: "),
        (
            &["vendor", text(&project.join("build.zig")), "--dir", dir],
            "build.zig:1:",
        ),
        (
            &["vendor", manifest, "--dir", dir, "--fast"],
            "unknown flag --fast",
        ),
    ] {
        let refused = run(program, &story.settings, words).expect(2);
        refused.expect_refusal(problem);
    }
    assert!(!Path::new(dir).exists());
    let help = run(program, &story.settings, &["vendor", "--help"]).expect(0);
    assert!(help.lines.join("\n").contains("--no-lazy"));
}

fn killed_run_leaves_no_half_package(program: &Binary) {
    let (story, gate) = (Story::new(program), Gate::new());
    let project = story.project();
    let (dir, manifest) = (story.scratch.join("dir"), project.join("build.zig.zon"));
    let bytes = story.pack(&Package::new("leaf").file("leaf.txt", b"leaf"));
    let slow = archive("org/leaf", FILE, &bytes).gated(100, &gate);
    story.forge.publish_archive_as("org/leaf", FILE, slow);
    let words = ["vendor", text(&manifest), "--dir", text(&dir)];
    let mut child = start(program, &story.settings, &words);
    gate.wait_reached();
    child.kill().expect("it waits for the forge");
    child.wait().expect("it was killed");
    gate.open();
    let whole = packages(&dir);
    assert_eq!(whole, [".zigdepot", "extra", "middle"]);
    let again = story.vendor_dir(&project, &dir).expect(0);
    again.expect_line("packages: 3 ", "1 fetched, 0 from the store, 2 were there");
    assert_eq!(packages(&dir), ["extra", "leaf", "middle"]);
}
