use super::*;
use crate::zig::package::{EntryPath, FileKind, PathProblem};
use std::string::{String, ToString};
use std::vec::Vec;

const MANIFEST: &str = r#".{
    .name = .hello,
    .version = "0.1.0",
    .fingerprint = 0x3610a68612345678,
    .minimum_zig_version = "0.11.0",
    .paths = .{ "build.zig", "build.zig.zon", "src", "run.sh" },
}
"#;
const HELLO: &str = "hello-0.1.0-eFY0EhABAABNDDVZHaQcADqv6kW26WMzJgbjYE6DWZGu";
const NAKED: &str = "N-V-__8AAAoAAAAbsNxms69QgMRle3JT3tq6cci2y4vWsPwG";

#[test]
fn package_with_a_manifest_has_the_hash_of_zig() {
    let name = "    .name = \"hello\",\n";
    let old = MANIFEST.replace("    .name = .hello,\n", name);
    let old = old.replace("    .fingerprint = 0x3610a68612345678,\n", "");
    let legacy = "1220f1e7bc303e2f75d9e67ee4dbef69b1e7fb3889398cb5ef8ade35707ecc98afa3";
    for (manifest, new, legacy) in [
        (MANIFEST, HELLO, None),
        (
            &old,
            "hello-0.1.0-AAAAAOoAAADx57wwPi912eZ-5NvvabHn-ziJOYy174re",
            Some(legacy),
        ),
    ] {
        let package = package(&hello("p/", manifest));
        assert_eq!(package.hashes.new.unwrap().as_str(), new);
        assert!(legacy.is_none_or(|legacy| package.hashes.legacy.as_str() == legacy));
        assert_eq!(package.manifest.unwrap().name.as_str(), "hello");
    }
}

#[test]
fn bytes_may_come_in_any_pieces() {
    let tar = hello("p/", MANIFEST);
    for size in [1, 7, 511, 512, 513, 4096] {
        let mut reader = reader(Layout::Rooted);
        tar.chunks(size)
            .for_each(|bytes| reader.handle_bytes(bytes));
        assert_eq!(new_hash(reader.finish()), HELLO, "{size}");
    }
}

#[test]
fn gzip_is_inflated_on_the_way() {
    let tar = file("p/a.txt", b'0', "just text\n");
    let gzip = stored(&tar);
    for size in [1, 100, gzip.len()] {
        let mut reader =
            PackageReader::new(Packing::TarGz, Layout::Rooted, PackageLimits::default());
        gzip.chunks(size)
            .for_each(|bytes| reader.handle_bytes(bytes));
        assert_eq!(new_hash(reader.finish()), NAKED);
    }
    let mut reader = PackageReader::new(Packing::TarGz, Layout::Rooted, PackageLimits::default());
    reader.handle_bytes(&gzip[..gzip.len() - 1]);
    assert!(matches!(reader.finish(), Err(PackageError::Gzip(_))));
    let mut reader = PackageReader::new(Packing::TarGz, Layout::Rooted, PackageLimits::default());
    reader.handle_bytes(&tar);
    assert!(matches!(reader.finish(), Err(PackageError::Gzip(_))));
}

#[test]
fn one_top_directory_is_stripped_and_no_more() {
    let text = "just text\n";
    for entries in [
        &[("p/a.txt", b'0')][..],
        &[("p/", b'5'), ("p/a.txt", b'0')],
        &[("p", b'5'), ("p/empty/", b'5'), ("p/a.txt", b'0')],
        &[("./", b'5'), ("./p/a.txt", b'0')],
        &[("x/../p/./a.txt", b'0')],
        &[("a.txt", b'0')],
        &[("./a.txt", b'0')],
    ] {
        let tar = tar_of(entries.iter().map(|&(path, kind)| (path, kind, text)));
        assert_eq!(new_hash(read(&tar, Layout::Rooted)), NAKED, "{entries:?}");
    }
}

#[test]
fn archive_without_a_common_top_is_read_twice() {
    for entries in [
        &[("p/a", b'0'), ("q", b'0')][..],
        &[("p/a", b'0'), ("q/b", b'0')],
        &[("p/a", b'0'), ("q/", b'5')],
        &[("p/", b'5'), ("q", b'2'), ("p/a", b'0')],
    ] {
        let tar = tar_of(entries.iter().map(|&(path, kind)| (path, kind, "x")));
        let first = read(&tar, Layout::Rooted);
        assert_eq!(first, Ok(Outcome::Again(Layout::Rootless)), "{entries:?}");
        let mut rootless = entries.to_vec();
        rootless.sort_by_key(|(path, kind)| (path.contains('/'), *kind));
        let sorted = tar_of(rootless.iter().map(|&(path, kind)| (path, kind, "x")));
        let hash = new_hash(read(&tar, Layout::Rootless));
        assert_eq!(new_hash(read(&sorted, Layout::Rootless)), hash);
    }
    let tar = tar_of([("a", b'0', "x"), ("p/b", b'0', "")]);
    assert_eq!(read(&tar, Layout::Rooted), read(&tar, Layout::Rootless));
    let tar = file("p/a", b'0', "x");
    let wrong = read(&tar, Layout::Rootless);
    assert_eq!(wrong, Ok(Outcome::Again(Layout::Rooted)));
}

#[test]
fn manifest_below_what_is_no_top_is_a_file_like_any_other() {
    let link = tar_of([("p/build.zig.zon", b'2', "x"), ("a", b'0', "")]);
    assert_eq!(package(&link).manifest, None);
    let broken = tar_of([("p/build.zig.zon", b'0', ".{"), ("a", b'0', "")]);
    assert_eq!(package(&broken).manifest, None);
}

#[test]
fn what_zig_does_not_unpack_does_not_count_for_the_top() {
    let paths = MANIFEST.replace("\"build.zig\", ", "");
    let entries = [
        ("dev", b'3', ""),
        ("p/build.zig.zon", b'0', paths.as_str()),
        ("p/build.zig", b'1', "p/x"),
    ];
    let package = package(&tar_of(entries));
    assert!(package.hashes.new.is_ok());
    let error = read(
        &tar_of([("p/a", b'0', ""), ("dev", b'3', "")]),
        Layout::Rooted,
    );
    let (path, kind) = (EntryPath::new(b"dev"), FileKind::Special);
    assert_eq!(error, Err(PackageError::Unsupported { path, kind }));
}

#[test]
fn what_is_no_package_is_refused_by_name() {
    let long = "l".repeat(101);
    for (path, kind, content, line) in [
        ("/etc/x", b'0', "", "'/etc/x' is an absolute path"),
        (
            "p/../../x",
            b'0',
            "",
            "'p/../../x' is a path that leads out of the package",
        ),
        (
            "p/../..",
            b'5',
            "",
            "'p/../..' is a path that leads out of the package",
        ),
        ("/", b'5', "", "'/' is an absolute path"),
        ("", b'0', "", "'' is an empty path"),
        (
            "p/h",
            b'1',
            "p/a",
            "'h' is a hard link, which Zig does not unpack; leave it out of .paths",
        ),
        ("p/f", b'6', "", "'f' is no file and no symbolic link"),
        ("p/h", b'1', &long[..100], "'h' is a hard link"),
        (
            "p/ü",
            b'1',
            "p/a",
            "'p/ü' is a hard link, and Zig would give its long name",
        ),
        (
            "p/build.zig.zon",
            b'2',
            "b",
            "'build.zig.zon' must be a regular file",
        ),
        (
            "p/build.zig.zon/b",
            b'0',
            "",
            "'build.zig.zon' must be a regular file",
        ),
        ("p/build.zig.zon", b'0', ".{", "build.zig.zon:1:"),
        ("p/a/b", b'0', "", "'a/b' lies below a file"),
    ] {
        let tar = tar_of([("p/a", b'0', "x"), (path, kind, content)]);
        let error = read(&tar, Layout::Rooted).unwrap_err().to_string();
        assert!(error.starts_with(line), "{error} instead of {line}");
    }
}

#[test]
fn empty_and_damaged_archives_are_refused() {
    for tar in [Vec::new(), std::vec![0; 1024], file("p", b'5', "")] {
        assert_eq!(read(&tar, Layout::Rooted), Err(PackageError::Empty));
    }
    let mut tar = file("p/a", b'0', "x");
    tar[3] ^= 1;
    assert!(matches!(
        read(&tar, Layout::Rooted),
        Err(PackageError::Tar(_))
    ));
    let cut = &file("p/a", b'0', "x")[..513];
    assert!(matches!(
        read(cut, Layout::Rooted),
        Err(PackageError::Tar(_))
    ));
}

#[test]
fn after_the_first_error_bytes_are_swallowed() {
    let tar = tar_of([("/a", b'0', "x"), ("..", b'0', "x")]);
    let mut reader = reader(Layout::Rooted);
    reader.handle_bytes(&tar[..511]);
    assert!(!reader.is_decided());
    reader.handle_bytes(&tar[511..]);
    assert!(reader.is_decided());
    reader.handle_bytes(b"anything");
    let (path, problem) = (EntryPath::new(b"/a"), PathProblem::Absolute);
    assert_eq!(reader.finish(), Err(PackageError::Path { path, problem }));
}

#[test]
fn caps_of_the_archive_hold() {
    let limits = PackageLimits {
        manifest_bytes: 10,
        content_bytes: 2000,
        ..PackageLimits::default()
    };
    let manifest = read_with(
        limits,
        Packing::Tar,
        &file("p/build.zig.zon", b'0', "12345678901"),
    );
    assert_eq!(manifest, Err(PackageError::ManifestTooLong { limit: 10 }));
    let limits = PackageLimits {
        entries: 1,
        ..limits
    };
    let mut padded = file("p/a", b'0', "x");
    padded.resize(2000 + 3 * 1024, 0);
    assert!(read_with(limits, Packing::TarGz, &stored(&padded)).is_ok());
    padded.push(0);
    let trailing = read_with(limits, Packing::TarGz, &stored(&padded));
    assert_eq!(trailing, Err(PackageError::TooMuchContent { limit: 2000 }));
    let others = [("p/a", b'0', ""), ("p/b", b'6', ""), ("p/c", b'6', "")];
    let others = read_with(limits, Packing::Tar, &tar_of(others));
    assert_eq!(others, Err(PackageError::TooManyEntries { limit: 1 }));
}

/// Reads as a caller would, twice if it must be.
fn package(tar: &[u8]) -> Package {
    match read(tar, Layout::default()).unwrap() {
        Outcome::Package(package) => *package,
        Outcome::Again(layout) => match read(tar, layout).unwrap() {
            Outcome::Package(package) => *package,
            Outcome::Again(layout) => panic!("{layout:?} again"),
        },
    }
}

fn new_hash(outcome: Result<Outcome, PackageError>) -> String {
    match outcome.unwrap() {
        Outcome::Package(package) => package.hashes.new.unwrap().to_string(),
        Outcome::Again(layout) => panic!("{layout:?} again"),
    }
}

fn reader(layout: Layout) -> PackageReader {
    PackageReader::new(Packing::Tar, layout, PackageLimits::default())
}

fn read(tar: &[u8], layout: Layout) -> Result<Outcome, PackageError> {
    let mut reader = reader(layout);
    reader.handle_bytes(tar);
    reader.finish()
}

fn read_with(
    limits: PackageLimits,
    packing: Packing,
    bytes: &[u8],
) -> Result<Outcome, PackageError> {
    let mut reader = PackageReader::new(packing, Layout::Rooted, limits);
    reader.handle_bytes(bytes);
    reader.finish()
}

fn hello(top: &str, manifest: &str) -> Vec<u8> {
    let files = [
        ("ignored.txt", "not included\n"),
        ("src/root.zig", "pub const answer = 42;\n"),
        ("run.sh", "#!/bin/sh\necho hi\n"),
        ("build.zig.zon", manifest),
        ("build.zig", "pub fn build(b: anytype) void { _ = b; }\n"),
    ];
    let files = files.map(|(path, text)| (std::format!("{top}{path}"), text));
    tar_of(
        files
            .iter()
            .map(|(path, text)| (path.as_str(), b'0', *text)),
    )
}

/// Of links the content is the target.
pub(in crate::zig::package) fn tar_of<'a>(
    entries: impl IntoIterator<Item = (&'a str, u8, &'a str)>,
) -> Vec<u8> {
    let entries = entries.into_iter();
    entries
        .flat_map(|(path, kind, content)| file(path, kind, content))
        .collect()
}

fn file(path: &str, kind: u8, content: &str) -> Vec<u8> {
    let (target, data) = match kind {
        b'0' => ("", content),
        b'5' => ("", ""),
        _ => (content, ""),
    };
    let mut header = std::vec![0; 512];
    let mut put =
        |at: usize, text: &str| header[at..at + text.len()].copy_from_slice(text.as_bytes());
    put(0, path);
    put(124, &std::format!("{:011o}", data.len()));
    put(148, "        ");
    put(157, target);
    put(257, "ustar\x0000");
    header[156] = kind;
    let sum: u32 = header.iter().map(|&byte: &u8| u32::from(byte)).sum();
    header[148..156].copy_from_slice(std::format!("{sum:06o}\0 ").as_bytes());
    header.extend_from_slice(data.as_bytes());
    header.resize(header.len().next_multiple_of(512), 0);
    header
}

/// A gzip member that stores, in blocks of at most 65,535 bytes (RFC 1951, 3.2.4).
fn stored(bytes: &[u8]) -> Vec<u8> {
    let mut gzip = std::vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3];
    let mut blocks = bytes.chunks(0xffff).peekable();
    while let Some(block) = blocks.next() {
        let length = u16::try_from(block.len()).unwrap();
        gzip.push(u8::from(blocks.peek().is_none()));
        gzip.extend_from_slice(&length.to_le_bytes());
        gzip.extend_from_slice(&(!length).to_le_bytes());
        gzip.extend_from_slice(block);
    }
    gzip.extend_from_slice(&[0; 8]);
    gzip
}
