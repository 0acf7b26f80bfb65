//! Properties of packages: their hashes, and the archives that they come in.
//!
//! However an archive is cut and packed, its package has one hash or one error.

use zigdepot_core::zig::package::{
    Layout, Outcome, Package, PackageError, PackageHash, PackageLimits, PackageReader, Packing,
};

use crate::archive::with_checksums;

/// Low enough for short inputs to reach each of them.
const LOW: PackageLimits = PackageLimits {
    entries: 4,
    paths_bytes: 200,
    content_bytes: 2000,
    manifest_bytes: 300,
};
/// Most bytes that one stored block of deflate holds.
const STORED: usize = 0xffff;

type Read = Result<Outcome, PackageError>;

/// The input is a hash as text; and an archive: a tar, as it is and with every block's checksum put
/// right, that tar gzipped, and a gzipped one itself.
pub fn package(data: &[u8]) {
    if let Ok(text) = str::from_utf8(data) {
        hash(text);
    }
    let _ = archive(Packing::TarGz, data);
    for tar in [data, &with_checksums(data)] {
        let outcome = archive(Packing::Tar, tar);
        if tar.len() <= STORED {
            assert_eq!(
                outcome,
                read(Packing::TarGz, &stored(tar), 999, PackageLimits::default())
            );
        }
    }
}

/// What is a hash is also a safe name of a file, and tells what is in it.
fn hash(text: &str) {
    let Ok(hash) = PackageHash::parse(text) else {
        return;
    };
    assert_eq!(hash.as_str(), text);
    assert!((44..=PackageHash::MAX_BYTES).contains(&text.len()));
    let is_safe = |c: char| c.is_ascii_alphanumeric() || "._+-".contains(c);
    assert!(
        text.chars().all(is_safe) && !text.starts_with(['.', '-', '+']),
        "{text}"
    );
    match hash.parts() {
        Some(parts) => assert!(text.starts_with(&format!("{}-{}-", parts.name, parts.version))),
        None => assert!(text.starts_with("1220") && text.len() == 68),
    }
}

/// Reads it whole and in pieces, with limits and almost without, in both layouts.
fn archive(packing: Packing, bytes: &[u8]) -> Read {
    let outcome = read(packing, bytes, bytes.len(), PackageLimits::default());
    for step in [1, 7, 512] {
        assert_eq!(
            outcome,
            read(packing, bytes, step, PackageLimits::default()),
            "by {step}"
        );
    }
    let low = read(packing, bytes, bytes.len(), LOW);
    assert_eq!(low, read(packing, bytes, 3, LOW));
    if let Ok(Outcome::Package(package)) = &low {
        assert_eq!(low, outcome);
        assert!(
            package
                .hashes
                .new
                .iter()
                .all(|new| size(new) <= LOW.content_bytes)
        );
    }
    if let Ok(Outcome::Package(package)) = &outcome {
        check(package);
    }
    outcome
}

fn check(package: &Package) {
    let hashes = &package.hashes;
    let found = [Some(&hashes.legacy), hashes.new.as_ref().ok()];
    for hash in found.into_iter().flatten() {
        assert_eq!(PackageHash::parse(hash.as_str()).as_ref(), Ok(hash));
    }
    if package.manifest.is_none() {
        let new = hashes
            .new
            .as_ref()
            .expect("one without a manifest has both");
        assert!(new.as_str().starts_with("N-V-__8A"), "{new}");
    }
}

fn size(hash: &PackageHash) -> u64 {
    hash.parts().map_or(0, |parts| parts.size.into())
}

/// As a caller reads it, twice if it must be; a third reading never must be.
fn read(packing: Packing, bytes: &[u8], step: usize, limits: PackageLimits) -> Read {
    let first = read_as(Layout::default(), packing, bytes, step, limits);
    match first {
        Ok(Outcome::Again(layout)) => {
            let second = read_as(layout, packing, bytes, step, limits);
            assert!(!matches!(second, Ok(Outcome::Again(_))), "{layout:?}");
            second
        }
        Ok(Outcome::Package(_)) => {
            let other = read_as(Layout::Rootless, packing, bytes, step, limits);
            let is_other = matches!(other, Ok(Outcome::Package(_))) && other != first;
            assert!(!is_other, "{other:?}");
            first
        }
        Err(_) => first,
    }
}

fn read_as(
    layout: Layout,
    packing: Packing,
    bytes: &[u8],
    step: usize,
    limits: PackageLimits,
) -> Read {
    let mut reader = PackageReader::new(packing, layout, limits);
    for piece in bytes.chunks(step.max(1)) {
        reader.handle_bytes(piece);
        if reader.is_decided() && step == 512 {
            break;
        }
    }
    reader.finish()
}

/// A gzip member that stores (RFC 1951, 3.2.4).
fn stored(bytes: &[u8]) -> Vec<u8> {
    let length = u16::try_from(bytes.len()).expect("at most STORED bytes");
    let mut gzip = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 1];
    gzip.extend_from_slice(&length.to_le_bytes());
    gzip.extend_from_slice(&(!length).to_le_bytes());
    gzip.extend_from_slice(bytes);
    gzip.extend_from_slice(&[0; 8]);
    gzip
}
