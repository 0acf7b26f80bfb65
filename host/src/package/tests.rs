use super::*;
use zigdepot_core::zig::package::PackageHash;

fn new(path: &Path) -> PackageHash {
    read(path, PackageLimits::default())
        .unwrap()
        .hashes
        .new
        .unwrap()
}

const NAKED: &str = "N-V-__8AAAoAAAAbsNxms69QgMRle3JT3tq6cci2y4vWsPwG";

#[test]
fn directory_is_hashed_with_all_that_is_in_it() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir_all(dir.path().join("empty/dir")).unwrap();
    fs::write(dir.path().join("a.txt"), "just text\n").unwrap();
    assert_eq!(new(dir.path()).as_str(), NAKED);
    let legacy = "12201bb0dc66b3af5080c4657b7253dedaba71c8b6cb8bd6b0fc064eca96fc8cbd73";
    assert_eq!(
        read(dir.path(), PackageLimits::default())
            .unwrap()
            .hashes
            .legacy
            .as_str(),
        legacy
    );
    fs::write(dir.path().join("empty/dir/.hidden"), "").unwrap();
    assert_ne!(new(dir.path()).as_str(), NAKED);
}

#[test]
fn links_and_files_are_as_for_zig() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("a")).unwrap();
    for (path, text) in [
        ("Z.txt", "upper\n"),
        ("a-b", ""),
        ("a.b", "dot\n"),
        ("a/b", "slash\n"),
        ("run.sh", "#!/bin/sh\necho hi\n"),
    ] {
        fs::write(dir.path().join(path), text).unwrap();
    }
    std::os::unix::fs::symlink("a/b", dir.path().join("link")).unwrap();
    let expected = "N-V-__8AACIAAABaPFrF1OfwxAIgCDxnXslu6lufGGrvCum8";
    assert_eq!(new(dir.path()).as_str(), expected);
}

#[test]
fn what_is_left_out_is_not_even_opened() {
    let dir = tempfile::tempdir().unwrap();
    let fields = ".name = .hello, .version = \"0.1.0\", .fingerprint = 0x3610a68612345678";
    let manifest = format!(".{{ {fields}, .paths = .{{\"build.zig.zon\"}} }}");
    fs::write(dir.path().join(MANIFEST), manifest).unwrap();
    let alone = new(dir.path());
    fs::write(dir.path().join("big"), "").unwrap();
    let big = File::options().write(true).open(dir.path().join("big"));
    big.unwrap().set_len(5 << 30).unwrap();
    assert_eq!(new(dir.path()), alone);
}

#[test]
fn errors_name_the_cause_on_one_line() {
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| dir.path().join(name);
    fs::write(at("a.zip"), "").unwrap();
    fs::write(at("a.txt"), "text").unwrap();
    fs::write(at("a.tar"), "x".repeat(512)).unwrap();
    fs::create_dir_all(at("old")).unwrap();
    fs::write(
        at("old/build.zig.zon"),
        ".{ .name = \"a-b\", .version = \"1.0.0\" }",
    )
    .unwrap();
    fs::create_dir_all(at("broken")).unwrap();
    fs::write(at("broken/build.zig.zon"), ".{").unwrap();
    fs::create_dir_all(at("linked")).unwrap();
    std::os::unix::fs::symlink("x", at("linked/build.zig.zon")).unwrap();
    fs::create_dir_all(at("none/dir")).unwrap();
    std::os::unix::net::UnixListener::bind(at("socket")).unwrap();
    for (name, line) in [
        ("absent", "No such file"),
        ("socket", "it is neither a file nor a directory"),
        ("a.zip", "zip is not read here"),
        ("a.txt", "not a .tar, .tar.gz or .tgz archive"),
        ("a.tar", "the tar header at byte 0 has a wrong checksum"),
        ("broken", "build.zig.zon:1:"),
        ("linked", "'build.zig.zon' must be a regular file"),
        ("none", "the package holds no file"),
    ] {
        let error = read(&at(name), PackageLimits::default())
            .unwrap_err()
            .to_string();
        assert!(
            error.starts_with(line) && !error.contains('\n'),
            "{name}: {error}"
        );
    }
    let old = read(&at("old"), PackageLimits::default())
        .unwrap()
        .hashes
        .new
        .unwrap_err()
        .to_string();
    assert!(
        old.starts_with("the name must be a bare Zig identifier"),
        "{old}"
    );
}
