//! What is in a bundle, and where it came from.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use zigdepot_tests::command::run;
use zigdepot_tests::host::Binary;
use zigdepot_tests::packages::{Entry, Package, Tree};
use zigdepot_tests::scratch::files_below;
use zigdepot_tests::stand_in::refused_address;
use zigdepot_tests::tarball::Tarball;

use crate::story::{FILE, MINOR, Story, names, packages, text};

zigdepot_tests::on_socket_hosts! {
    bundle_is_where_zig_looks_for_it
    second_run_fetches_nothing
    mirror_keeps_what_a_template_makes
    urls_of_the_mirror_itself_are_its_files
    package_in_the_store_is_found_by_its_hash
    lazy_dependencies_can_be_left_out
    local_packages_are_followed_and_those_of_packages_stay_inside
    one_url_of_two_is_enough
    packages_are_unpacked_as_by_zig
    leftovers_of_a_stopped_run_are_swept
}

fn bundle_is_where_zig_looks_for_it(program: &Binary) {
    for minor in [13, 14] {
        let story = Story::for_zig(program, minor);
        let project = story.project();
        let (dir, cache) = (story.scratch.join("dir"), story.scratch.join("cache"));
        let made = story.vendor_dir(&project, &dir).expect(0);
        made.expect_line("packages: 3 ", "3 fetched")
            .expect_line("build with: zig build --system ", "/dir");
        let made = story.vendor(&project, &["--cache", text(&cache)]).expect(0);
        made.expect_line("build with: ZIG_GLOBAL_CACHE_DIR=", "/cache zig build");
        assert!(!story.scratch.join("data").exists(), "no store is made");
        let hashes = names(&dir);
        assert_eq!(hashes.len(), 3);
        let mut cached: Vec<String> = hashes.iter().map(|hash| format!("{hash}.tar.gz")).collect();
        cached.extend(hashes);
        cached.sort();
        assert_eq!(names(&cache.join("p")), cached);
        for hash in names(&dir) {
            let (one, two) = (dir.join(&hash), cache.join("p").join(&hash));
            let legacy: &[&str] = if minor < 14 { &["--legacy"] } else { &[] };
            let archive = cache.join(format!("p/{hash}.tar.gz"));
            let words = [&["hash", text(&one), text(&two), text(&archive)], legacy].concat();
            let told = run(program, &story.settings, &words).expect(0);
            assert_eq!(told.lines, [hash.as_str(); 3]);
        }
    }
}

fn second_run_fetches_nothing(program: &Binary) {
    let story = Story::new(program);
    let (project, dir) = (story.project(), story.scratch.join("dir"));
    story.vendor_dir(&project, &dir).expect(0);
    let (asked, before) = (story.asked(), names(&dir));
    story
        .vendor_dir(&project, &dir)
        .expect(0)
        .expect_line("packages: 3 ", "0 fetched, 0 from the store, 3 were there");
    assert_eq!((story.asked(), names(&dir)), (asked, before));
    // What is gone is fetched again, and nothing else is.
    let gone = names(&dir).remove(0);
    fs::remove_dir_all(dir.join(gone)).expect("it is there");
    let again = story.vendor_dir(&project, &dir).expect(0);
    again.expect_line("packages: 3 ", "1 fetched, 0 from the store, 2 were there");
    assert_eq!(story.asked(), asked + 1);
}

fn mirror_keeps_what_a_template_makes(program: &Binary) {
    let mut story = Story::new(program);
    let template = story.forge.package_template("org");
    story.settings.set("ZIG_PKG", &template);
    let project = story.project();
    story
        .vendor_dir(&project, &story.scratch.join("one"))
        .expect(0);
    for name in ["leaf", "middle", "extra"] {
        let path = format!("data/pkg/org/{name}/{FILE}");
        assert!(story.scratch.join(&path).is_file(), "{path}");
    }
    story.forge.switch_off();
    let other = story.scratch.join("other");
    let found = story.vendor_dir(&project, &other).expect(0);
    found.expect_line("packages: 3 ", "0 fetched, 3 from the store");
    assert_eq!(names(&other), names(&story.scratch.join("one")));
}

/// A manifest that names this mirror is understood without a server that runs.
fn urls_of_the_mirror_itself_are_its_files(program: &Binary) {
    let mut story = Story::new(program);
    let template = story.forge.package_template("org");
    story.settings.set("ZIG_PKG", &template);
    let base = format!("http://{}", refused_address());
    story.settings.set("BASE_URL", &base);
    let (_, hash) = story.publish(&Package::new("leaf").file("leaf.txt", b"leaf"));
    let url = format!("{base}/pkg/org/leaf/{FILE}");
    let manifest = format!(".leaf = .{{ .url = \"{url}\", .hash = \"{hash}\" }},\n");
    let (project, dir) = (story.write_manifest(&manifest), story.scratch.join("dir"));
    story.vendor_dir(&project, &dir).expect(0);
    assert_eq!(names(&dir), [hash]);
}

/// Wherever it came from, also for a URL that cannot be had at all.
fn package_in_the_store_is_found_by_its_hash(program: &Binary) {
    let mut story = Story::new(program);
    let template = story.forge.package_template("org");
    story.settings.set("ZIG_PKG", &template);
    let project = story.project();
    story
        .vendor_dir(&project, &story.scratch.join("one"))
        .expect(0);
    let bytes = story.pack(&Package::new("leaf").file("leaf.txt", b"leaf"));
    let hash = story.hash(&bytes);
    let dead = refused_address();
    for url in [
        format!("https://{dead}/x.tar.gz"),
        "git+https://example.org/x#0123".to_owned(),
    ] {
        let manifest = format!(".leaf = .{{ .url = \"{url}\", .hash = \"{hash}\" }},\n");
        let (project, dir) = (story.write_manifest(&manifest), story.scratch.join("two"));
        let found = story.vendor_dir(&project, &dir).expect(0);
        found.expect_line("packages: 1 ", "1 from the store");
        assert_eq!(files_below(&dir.join(&hash)).len(), 3);
        fs::remove_dir_all(&dir).expect("it is there");
    }
}

fn lazy_dependencies_can_be_left_out(program: &Binary) {
    let story = Story::new(program);
    let (project, dir) = (story.project(), story.scratch.join("dir"));
    story
        .vendor(&project, &["--dir", text(&dir), "--no-lazy"])
        .expect(0);
    assert_eq!(packages(&dir), ["leaf", "middle"]);
    story.vendor_dir(&project, &dir).expect(0);
    assert_eq!(packages(&dir), ["extra", "leaf", "middle"]);
}

fn local_packages_are_followed_and_those_of_packages_stay_inside(program: &Binary) {
    let story = Story::new(program);
    let (leaf, leaf_hash) = story.publish(&Package::new("leaf"));
    let inner = Package::new("inner").needs("leaf", &leaf, &leaf_hash);
    let entry = |name: &str, path: &str| {
        format!(
            ".{{ .name = .{name}, .version = \"1.0.0\", .dependencies = .{{ .inner = .{{ .path = \"{path}\" }} }} }}\n"
        )
    };
    let mut tree = Tree::default();
    let manifest = inner.manifest(MINOR);
    for (path, text) in [
        ("build.zig.zon", entry("outer", "./sub//inner/")),
        ("sub/inner/build.zig.zon", manifest.clone()),
    ] {
        tree.add(path, Entry::File(text.into_bytes()));
    }
    let (outer, outer_hash) = story.publish_bytes("outer", &tree.tar_gz("outer-1"));
    let mut tree = Tree::default();
    let text = entry("bad", "sub/../../../project");
    tree.add("build.zig.zon", Entry::File(text.into_bytes()));
    let (bad, bad_hash) = story.publish_bytes("bad", &tree.tar_gz("bad-1"));

    let dir = story.scratch.join("dir");
    let project = story.write_manifest(".beside = .{ .path = \"../beside\" },\n");
    let beside = format!(
        ".{{ .name = .beside, .version = \"1.0.0\", .dependencies = .{{ .root = .{{ .path = \"../project\" }}, .outer = .{{ .url = \"{outer}\", .hash = \"{outer_hash}\" }} }} }}\n"
    );
    story
        .scratch
        .write("beside/build.zig.zon", beside.as_bytes());
    story.vendor_dir(&project, &dir).expect(0);
    assert_eq!(packages(&dir), ["leaf", "outer"]);

    let line = format!(".bad = .{{ .url = \"{bad}\", .hash = \"{bad_hash}\" }},\n");
    let project = story.write_manifest(&line);
    let refused = story.vendor_dir(&project, &dir).expect(1);
    assert!(
        refused
            .errors
            .contains(&format!("{bad_hash}/build.zig.zon:1:")),
        "{refused:?}"
    );
    assert!(
        refused.errors.contains("leads out of the package"),
        "{refused:?}"
    );
}

/// The same package at two URLs, of which the first is dead.
fn one_url_of_two_is_enough(program: &Binary) {
    let story = Story::new(program);
    let (url, hash) = story.publish(&Package::new("leaf"));
    let manifest = format!(
        ".dead = .{{ .url = \"{url}/not\", .hash = \"{hash}\" }},\n.alive = .{{ .url = \"{url}\", .hash = \"{hash}\" }},\n"
    );
    let (project, dir) = (story.write_manifest(&manifest), story.scratch.join("dir"));
    let made = story.vendor_dir(&project, &dir).expect(0);
    made.expect_line("packages: 1 ", "0 could not be had");
}

fn packages_are_unpacked_as_by_zig(program: &Binary) {
    let story = Story::new(program);
    let manifest = ".{ .name = .p, .version = \"1.0.0\", .paths = .{ \"build.zig.zon\", \"in\" } }";
    let tarball = Tarball::default()
        .dir("p/")
        .file("p/in/run.sh", "#!/bin/sh\n")
        .file("p/in/elf", "\x7fELF and so on")
        .file("p/in/plain", "text")
        .file("p/in/empty", "")
        .link("p/in/link", "../../../etc/passwd")
        .file("p/out/left", "out")
        .link("p/left", "in")
        .file("p/build.zig.zon", manifest);
    let (url, hash) = story.publish_bytes("p", &tarball.tar_gz());
    let line = format!(".p = .{{ .url = \"{url}\", .hash = \"{hash}\" }},\n");
    let (project, dir) = (story.write_manifest(&line), story.scratch.join("dir"));
    story.vendor_dir(&project, &dir).expect(0);
    let package = dir.join(&hash);
    let files = [
        "build.zig.zon",
        "in/elf",
        "in/empty",
        "in/link",
        "in/plain",
        "in/run.sh",
    ];
    assert_eq!(files_below(&package), files);
    let mode = |file: &str| {
        fs::metadata(package.join(file))
            .expect("a file")
            .permissions()
            .mode()
            & 0o777
    };
    assert_eq!(
        files[1..]
            .iter()
            .filter(|file| **file != "in/link")
            .map(|file| mode(file))
            .collect::<Vec<_>>(),
        [0o755, 0o644, 0o644, 0o755]
    );
    let target = fs::read_link(package.join("in/link")).expect("a link");
    assert_eq!(text(&target), "../../../etc/passwd");
    // What was written has the hash of what was packed.
    let words = ["hash", text(&package)];
    run(program, &story.settings, &words)
        .expect(0)
        .expect_line(&hash, "");
}

fn leftovers_of_a_stopped_run_are_swept(program: &Binary) {
    let story = Story::new(program);
    let (project, dir) = (story.project(), story.scratch.join("dir"));
    story
        .scratch
        .write("dir/.zigdepot-vendor/1/build.zig", b"half");
    story.scratch.write("dir/own-file", b"not ours");
    story.vendor_dir(&project, &dir).expect(0);
    assert_eq!(packages(&dir), ["extra", "leaf", "middle", "own"]);
}
