use super::*;
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
        hashes.new.as_str(),
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
    assert_eq!(tree.finish(&Filter::all(), None), Ok(expected));
}

#[test]
fn label_is_in_the_new_hash_alone() {
    let label = Label {
        name: "hello",
        version: "1.2.3-rc.1+b-2",
        id: 7,
    };
    let filter = Filter::new([&b"a"[..]]);
    let hashes = finish(&[File("a", "x"), File("b", "y")], &filter, Some(label)).unwrap();
    let parts = hashes.new.parts().unwrap();
    assert_eq!(
        (parts.name, parts.version, parts.id, parts.size),
        ("hello", "1.2.3-rc.1+b-2", 7, 1)
    );
    assert_eq!(hashes.legacy, naked(&[File("a", "x")]).unwrap().legacy);
    let label = Label {
        name: "not-a-name",
        ..label
    };
    let refused = finish(&[File("a", "x")], &filter, Some(label));
    assert_eq!(refused, Err(PackageError::Hash(HashError::Name)));
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
    let filter = Filter::new([&b"kept"[..]]);
    let expected = finish(&[File("kept", "x")], &filter, None);
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
        assert_eq!(finish(&entries, &filter, None) == expected, !is_kept);
    }
    assert_eq!(
        finish(&[File("a", "")], &filter, None),
        Err(PackageError::Empty)
    );
}

#[test]
fn below_a_link_nothing_is_left_out() {
    let filter = Filter::new([&b"kept"[..]]);
    let entries = [File("kept", "x"), Link("l", "kept"), File("l/b", "")];
    let path = EntryPath::new(b"l/b");
    assert_eq!(
        finish(&entries, &filter, None),
        Err(PackageError::BelowLink { path })
    );
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
    finish(entries, &Filter::all(), None)
}

fn limited(limits: PackageLimits, entries: &[Has]) -> Result<Hashes, PackageError> {
    fill(limits, entries)?.finish(&Filter::all(), None)
}

fn finish(
    entries: &[Has],
    filter: &Filter,
    label: Option<Label<'_>>,
) -> Result<Hashes, PackageError> {
    fill(PackageLimits::default(), entries)?.finish(filter, label)
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
