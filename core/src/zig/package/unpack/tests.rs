use std::string::String;
use std::vec::Vec;

use super::*;
use crate::archive::gzip::GzipError;
use crate::zig::manifest::Manifest;
use crate::zig::package::reader::tests::tar_of;
use crate::zig::package::{Outcome, Package, PackageReader, Tree};

/// Any error of reading.
#[derive(Debug)]
struct Failed;

impl From<PackageError> for Failed {
    fn from(_: PackageError) -> Self {
        Self
    }
}

impl From<TarError> for Failed {
    fn from(_: TarError) -> Self {
        Self
    }
}

impl From<GzipError> for Failed {
    fn from(_: GzipError) -> Self {
        Self
    }
}

/// The package in an archive, and the layout that it was read with.
fn read(tar: &[u8]) -> (Package, Layout) {
    let mut layout = Layout::default();
    loop {
        let mut reader = PackageReader::new(Packing::Tar, layout, PackageLimits::default());
        reader.handle_bytes(tar);
        match reader.finish().unwrap() {
            Outcome::Package(package) => return (*package, layout),
            Outcome::Again(other) => layout = other,
        }
    }
}

/// What is handed out, as lines, with so many bytes at once; and the tree that it makes.
fn unpack(
    tar: &[u8],
    manifest: Option<&Manifest>,
    layout: Layout,
    at_once: usize,
) -> (Vec<String>, Tree) {
    let limits = PackageLimits::default();
    let mut unpacker = Unpacker::new(Packing::Tar, layout, Filter::of(manifest), limits);
    let (mut lines, mut tree) = (Vec::<String>::new(), Tree::new(limits));
    for bytes in tar.chunks(at_once) {
        let taken = unpacker.handle_bytes(bytes, &mut |piece| -> Result<(), Failed> {
            match piece {
                Piece::File(path) => {
                    lines.push(shown(path) + ": ");
                    tree.handle_file(path)?;
                }
                Piece::Data(bytes) => {
                    lines
                        .last_mut()
                        .unwrap()
                        .push_str(core::str::from_utf8(bytes).unwrap());
                    tree.handle_content(bytes)?;
                }
                Piece::End => lines.last_mut().unwrap().push('.'),
                Piece::Link(path, target) => {
                    lines.push(shown(path) + " -> " + core::str::from_utf8(target).unwrap());
                    tree.handle_link(path, target)?;
                }
            }
            Ok(())
        });
        taken.unwrap();
    }
    unpacker.finish().unwrap();
    (lines, tree)
}

fn shown(path: &PackagePath) -> String {
    String::from_utf8(path.as_bytes().into()).unwrap()
}

const MANIFEST: &str =
    ".{ .name = .p, .version = \"1.0.0\", .paths = .{ \"build.zig.zon\", \"in\" } }";

#[test]
fn what_belongs_to_the_package_is_handed_out_by_its_path() {
    let tar = tar_of([
        ("p/", b'5', ""),
        ("p/in/a", b'0', "content"),
        ("p/out", b'0', "left out"),
        ("p/in/l", b'2', "../../x"),
        ("p/out/../in/./b", b'0', ""),
        ("p/build.zig.zon", b'0', MANIFEST),
        ("p/hard", b'1', "p/in/a"),
    ]);
    let (package, layout) = read(&tar);
    for at_once in [1, 511, tar.len()] {
        let (lines, _) = unpack(&tar, package.manifest.as_ref(), layout, at_once);
        assert_eq!(lines[..3], ["in/a: content.", "in/l -> ../../x", "in/b: ."]);
        assert!(lines[3].starts_with("build.zig.zon: .{ .name"));
        assert_eq!(lines.len(), 4);
    }
}

#[test]
fn what_is_handed_out_has_the_hash_of_the_archive_in_every_layout() {
    for entries in [
        &[("p/a", b'0', "1"), ("p/b/c", b'0', "2"), ("p/l", b'2', "a")][..],
        &[("a", b'0', "1"), ("b/c", b'0', "2")],
        &[("b/c", b'0', "2"), ("b/l", b'2', "c"), ("a", b'0', "1")],
        &[("p/", b'5', ""), ("q/", b'5', ""), ("p/a", b'0', "1")],
        &[("./p/a", b'0', "1"), ("./p/b", b'0', "2")],
        &[
            ("p/x/a", b'0', "1"),
            ("p/build.zig.zon", b'0', MANIFEST),
            ("p/in/b", b'0', "2"),
        ],
    ] {
        let tar = tar_of(entries.iter().copied());
        let (package, layout) = read(&tar);
        let manifest = package.manifest.as_ref();
        let (_, tree) = unpack(&tar, manifest, layout, 1000);
        assert_eq!(
            tree.finish(manifest).unwrap(),
            package.hashes,
            "{entries:?}"
        );
    }
}

#[test]
fn no_path_leads_out_even_of_an_archive_that_was_never_read() {
    for path in ["../a", "/a", "p/../../a"] {
        let tar = tar_of([(path, b'0', "x")]);
        let limits = PackageLimits::default();
        let mut unpacker = Unpacker::new(Packing::Tar, Layout::Rooted, Filter::all(), limits);
        let taken = unpacker.handle_bytes(&tar, &mut |piece| -> Result<(), Failed> {
            panic!("{piece:?}")
        });
        assert!(taken.is_err(), "{path}");
    }
}
