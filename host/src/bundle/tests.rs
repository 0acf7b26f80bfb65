use std::os::unix::fs::symlink;

use tempfile::TempDir;
use zigdepot_core::drive::vendor::Bundle as _;
use zigdepot_core::zig::package::{Layout, Outcome, PackageReader};

use super::*;

#[derive(Debug)]
struct Silent;

impl Observer for Silent {
    fn handle(&mut self, _: Event<'_>) {}
}

fn bundle(dir: &TempDir, form: Form) -> Result<Bundle<Silent>, String> {
    Bundle::open(
        &dir.path().join("project"),
        &dir.path().join("bundle"),
        form,
        Silent,
    )
}

/// A tar archive of one file.
fn archive(dir: &TempDir, path: &str, content: &str) -> Archive<OpenFile> {
    let mut header = [0; 512];
    let mut put =
        |at: usize, text: &str| header[at..at + text.len()].copy_from_slice(text.as_bytes());
    put(0, path);
    put(124, &format!("{:011o}", content.len()));
    put(148, "        ");
    put(156, "0");
    put(257, "ustar\x0000");
    let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
    header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    let mut tar = [&header[..], content.as_bytes()].concat();
    tar.resize(tar.len().next_multiple_of(512) + 1024, 0);
    let limits = PackageLimits::default();
    let mut reader = PackageReader::new(Packing::Tar, Layout::Rooted, limits);
    reader.handle_bytes(&tar);
    let Ok(Outcome::Package(package)) = reader.finish() else {
        panic!("no package")
    };
    let file = dir.path().join("archive.tar");
    fs::write(&file, tar).unwrap();
    Archive {
        file: Arc::new(File::open(file).unwrap()),
        packing: Packing::Tar,
        layout: Layout::Rooted,
        package: *package,
    }
}

fn hash_of(archive: &Archive<OpenFile>) -> PackageHash {
    archive.package.hashes.new.clone().unwrap()
}

#[test]
fn uncompressed_archive_is_cached_as_gzip_with_the_same_hash() {
    let dir = TempDir::new().unwrap();
    let archive = archive(&dir, "p/a", "content");
    let hash = hash_of(&archive);
    let mut bundle = bundle(&dir, Form::Cache).unwrap();
    assert!(!bundle.has(&hash));
    bundle.write(&hash, &archive).unwrap();
    assert!(bundle.has(&hash));
    let place = dir.path().join("bundle/p");
    for made in [hash.to_string(), format!("{hash}.tar.gz")] {
        let package = crate::package::read(&place.join(made), PackageLimits::default()).unwrap();
        assert_eq!(package.hashes.new.unwrap(), hash);
    }
    drop(bundle);
    assert_eq!(fs::read_dir(place).unwrap().count(), 2);
}

#[test]
fn what_is_there_stays_as_it_is() {
    let dir = TempDir::new().unwrap();
    let archive = archive(&dir, "p/a", "content");
    let hash = hash_of(&archive);
    let place = dir.path().join("bundle").join(hash.as_str());
    fs::create_dir_all(&place).unwrap();
    fs::write(place.join("a"), "patched").unwrap();
    let mut bundle = bundle(&dir, Form::System).unwrap();
    assert!(bundle.has(&hash));
    bundle.write(&hash, &archive).unwrap();
    assert_eq!(fs::read_to_string(place.join("a")).unwrap(), "patched");
}

#[test]
fn two_runs_do_not_share_a_bundle() {
    let dir = TempDir::new().unwrap();
    let first = bundle(&dir, Form::System).unwrap();
    assert!(
        bundle(&dir, Form::System)
            .unwrap_err()
            .contains("another zigdepot")
    );
    drop(first);
    bundle(&dir, Form::System).unwrap();
}

#[test]
fn manifest_of_a_package_is_not_read_through_a_link_out_of_it() {
    let dir = TempDir::new().unwrap();
    let archive = archive(&dir, "p/in/build.zig.zon", "text");
    let hash = hash_of(&archive);
    let mut bundle = bundle(&dir, Form::System).unwrap();
    bundle.write(&hash, &archive).unwrap();
    let package = dir.path().join("bundle").join(hash.as_str());
    symlink("in", package.join("inside")).unwrap();
    symlink(dir.path(), package.join("outside")).unwrap();
    fs::write(dir.path().join("build.zig.zon"), "secret").unwrap();
    let mut read = |below: &str| bundle.manifest(&Place::Package(hash.clone(), below.into()));
    assert_eq!(read("in"), Ok(Some(b"text".to_vec())));
    assert_eq!(read("inside"), Ok(Some(b"text".to_vec())));
    assert_eq!(read(""), Ok(None));
    assert_eq!(read("gone"), Ok(None));
    assert!(
        read("outside")
            .unwrap_err()
            .contains("leads out of the package")
    );
}

#[test]
fn workplace_that_is_a_link_is_refused() {
    let dir = TempDir::new().unwrap();
    fs::create_dir_all(dir.path().join("bundle")).unwrap();
    fs::create_dir_all(dir.path().join("precious")).unwrap();
    fs::write(dir.path().join("precious/file"), "").unwrap();
    symlink("../precious", dir.path().join("bundle/.zigdepot-vendor")).unwrap();
    assert!(
        bundle(&dir, Form::System)
            .unwrap_err()
            .contains("is a link")
    );
    assert!(dir.path().join("precious/file").exists());
}
