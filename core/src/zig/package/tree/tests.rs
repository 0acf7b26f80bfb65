use super::*;
use crate::zig::manifest::FingerprintError;
use crate::zig::package::HashError;
use std::string::ToString;

/// What stands in an archive, in its order.
#[derive(Clone, Copy)]
enum Has {
    File(&'static str, &'static str),
    Link(&'static str, &'static str),
    Other(&'static str),
}
use Has::{File, Link, Other};

#[test]
fn sorting_links_and_empty_files_are_as_for_zig() {
    let entries = [
        File("run.sh", "#!/bin/sh\necho hi\n"),
        File("a/b", "slash\n"),
        Link("link", "a/b"),
        File("a.b", "dot\n"),
        File("a-b", ""),
        File("Z.txt", "upper\n"),
    ];
    let hashes = naked(&entries).unwrap();
    assert_eq!(
        hashes.new.unwrap().as_str(),
        "N-V-__8AACIAAABaPFrF1OfwxAIgCDxnXslu6lufGGrvCum8"
    );
    assert_eq!(
        hashes.legacy.as_str(),
        "12205a3c5ac5d4e7f0c40220083c675ec96eea5b9f186aef0ae9bc4c3ddba5d8164b"
    );
}

#[test]
fn order_and_cuts_do_not_matter() {
    let files = [("b", "bbbb"), ("a/c", "c"), ("a", ""), ("a-", "dash")];
    let files = &files[..2];
    let mut tree = Tree::new(PackageLimits::default());
    for (path, content) in files.iter().rev() {
        tree.handle_file(&parsed(path)).unwrap();
        for byte in content.as_bytes().chunks(1) {
            tree.handle_content(byte).unwrap();
        }
    }
    let expected = naked(&[File("b", "bbbb"), File("a/c", "c")]).unwrap();
    assert_eq!(tree.finish(None), Ok(expected));
}

#[test]
fn manifest_is_in_the_new_hash_alone() {
    let mut manifest = manifest(".name = .hello, .fingerprint = 0x3610a68612345678");
    let hashes = finish(&[File("a", "x"), File("b", "y")], Some(&manifest)).unwrap();
    let new = hashes.new.unwrap();
    let parts = new.parts().unwrap();
    let words = (parts.name, parts.version, parts.id, parts.size);
    assert_eq!(words, ("hello", "1.2.3-rc.1+b-2", 0x1234_5678, 1));
    assert_eq!(hashes.legacy, naked(&[File("a", "x")]).unwrap().legacy);
    manifest.paths = None;
    let all = finish(&[File("a", "x"), File("b", "y")], Some(&manifest)).unwrap();
    assert_eq!(all.new.unwrap().parts().unwrap().size, 2);
}

#[test]
fn manifest_that_only_old_zigs_read_leaves_the_legacy_hash() {
    let of = |fields| {
        finish(&[File("a", "x")], Some(&manifest(fields)))
            .unwrap()
            .new
    };
    let id = of(".name = \"hello\"").unwrap().parts().unwrap().id;
    assert_eq!(id, 0);
    let words = Err(NoHash::Words(HashError::Name));
    assert_eq!(of(".name = \"not-a-name\""), words);
    let checksum = 0x3610_a686;
    let fingerprint = NoHash::Fingerprint(FingerprintError::OtherName { checksum });
    assert_eq!(of(".name = .hello, .fingerprint = 7"), Err(fingerprint));
}

#[test]
fn what_cannot_be_unpacked_is_refused_by_name() {
    for (entries, line) in [
        (&[File("a", ""), File("a", "")][..], "'a' is there twice"),
        (&[Link("a", "b"), File("a", "")], "'a' is there twice"),
        (&[File("a", ""), File("a/b", "")], "'a/b' lies below a file"),
        (
            &[File("a", ""), File("a-", ""), File("a/b/c", "")],
            "'a/b/c' lies below a file",
        ),
        (
            &[File("a/b", ""), File("a", "")],
            "'a' is a file, and there are others below it",
        ),
        (
            &[File("a/b", ""), Link("a", "c")],
            "'a' is a file, and there are others below it",
        ),
        (
            &[Link("a", "c"), File("a/b", "")],
            "'a/b' lies below a symbolic link",
        ),
        (
            &[Link("a", "a"), Link("a/a", "a")],
            "'a/a' lies below a symbolic link",
        ),
        (&[File("a", ""), Other("b")], "'b' is a hard link"),
        (
            &[File("a", ""), Link("b", "")],
            "'b' is a symbolic link with an empty target",
        ),
        (&[], "the package holds no file"),
    ] {
        let error = naked(entries).unwrap_err().to_string();
        assert!(error.starts_with(line), "{error} instead of {line}");
    }
}

#[test]
fn of_several_errors_the_one_that_came_first_is_told() {
    let entries = [
        File("z", ""),
        File("y", ""),
        File("z", ""),
        Other("a"),
        File("y/b", ""),
    ];
    let error = naked(&entries).unwrap_err();
    assert_eq!(error.to_string(), "'z' is there twice");
}

#[test]
fn what_paths_leaves_out_may_be_wrong() {
    let expected = sum(&[File("kept", "x")]);
    for wrong in [
        &[File("a", ""), File("a", "")][..],
        &[File("a", ""), File("a/b", "")],
        &[File("a/b", ""), File("a", "")],
        &[Other("a")],
        &[Link("a", "")],
        &[Other("kept/b")],
    ] {
        let entries = [&[File("kept", "x")], wrong].concat();
        let is_kept = matches!(wrong, [Other("kept/b")]);
        assert_eq!(sum(&entries) == expected, !is_kept);
    }
    assert_eq!(sum(&[File("a", "")]), Err(PackageError::Empty));
}

#[test]
fn below_a_link_nothing_is_left_out() {
    let entries = [File("kept", "x"), Link("l", "kept"), File("l/b", "")];
    let path = EntryPath::new(b"l/b");
    assert_eq!(sum(&entries), Err(PackageError::BelowLink { path }));
}

#[test]
fn caps_hold() {
    let limits = PackageLimits {
        entries: 2,
        paths_bytes: 6,
        content_bytes: 3,
        ..PackageLimits::default()
    };
    let too_many = [File("a", ""), Link("b", "x"), Other("c")];
    let entries = limited(limits, &too_many);
    assert_eq!(entries, Err(PackageError::TooManyEntries { limit: 2 }));
    let paths = limited(limits, &[File("abc", ""), File("defg", "")]);
    assert_eq!(paths, Err(PackageError::PathsTooLong { limit: 6 }));
    let content = limited(limits, &[File("a", "xx"), File("b", "xx")]);
    assert_eq!(content, Err(PackageError::TooMuchContent { limit: 3 }));
    assert!(limited(limits, &[File("abc", "xxx"), Link("def", "long target")]).is_ok());
}

fn naked(entries: &[Has]) -> Result<Hashes, PackageError> {
    finish(entries, None)
}

fn limited(limits: PackageLimits, entries: &[Has]) -> Result<Hashes, PackageError> {
    fill(limits, entries)?.finish(None)
}

fn finish(entries: &[Has], manifest: Option<&Manifest>) -> Result<Hashes, PackageError> {
    fill(PackageLimits::default(), entries)?.finish(manifest)
}

/// Of a package that holds `kept` alone.
fn sum(entries: &[Has]) -> Result<(Sha256Digest, u64), PackageError> {
    let filter = Filter::new([&b"kept"[..]]);
    fill(PackageLimits::default(), entries)?.sum(&filter)
}

/// One that leaves out all but `a`.
fn manifest(fields: &str) -> Manifest {
    let rest = r#".version = "1.2.3-rc.1+b-2", .paths = .{"a"}"#;
    Manifest::parse(std::format!(".{{ {fields}, {rest} }}").as_bytes()).unwrap()
}

fn fill(limits: PackageLimits, entries: &[Has]) -> Result<Tree, PackageError> {
    let mut tree = Tree::new(limits);
    for entry in entries {
        match *entry {
            File(path, content) => {
                tree.handle_file(&parsed(path))?;
                tree.handle_content(content.as_bytes())?;
            }
            Link(path, target) => tree.handle_link(&parsed(path), target.as_bytes())?,
            Other(path) => tree.handle_other(&parsed(path), FileKind::HardLink)?,
        }
    }
    Ok(tree)
}

fn parsed(path: &str) -> PackagePath {
    PackagePath::parse(path.as_bytes()).unwrap()
}
