//! What is derived from a package's tarball: the record of its hashes, and the notes that lead from
//! a hash to it. What is there and fits stays; the rest is made anew.

use std::fs;
use std::path::Path;

use zigdepot_core::store::package::{PackageRecord, keeps, note, noted};
use zigdepot_core::store::{StoreError, StoreKey};
use zigdepot_core::zig::digest::Sha256Digest;
use zigdepot_core::zig::package::{PackageLimits, Packing};

use crate::package::{HashingError, read};
use crate::store::FileStore;

/// Sees to the records of the tarball `key`, which has this digest.
pub(in crate::commands) fn rebuild(
    store: &FileStore,
    key: &StoreKey,
    digest: Sha256Digest,
    limits: PackageLimits,
) -> Result<(), String> {
    let known = fs::read(at(store, &key.package())).ok();
    let known = known.and_then(|text| PackageRecord::parse(&text));
    let record = match known.filter(|record| record.digest == digest) {
        Some(record) => record,
        None => make(store, key, digest, limits)?,
    };
    add_notes(store, key, &record).map_err(|error| format!("its hashes: {error}"))
}

/// Reads the tarball, and records its hashes or why it has none.
fn make(
    store: &FileStore,
    key: &StoreKey,
    digest: Sha256Digest,
    limits: PackageLimits,
) -> Result<PackageRecord, String> {
    let hashed = match Packing::of_name(key.as_str()) {
        Ok(_) => read(&at(store, key), limits),
        Err(reason) => Err(HashingError::Packing(reason)),
    };
    let record = match hashed {
        Ok(package) => PackageRecord::hashed(digest, package.hashes),
        Err(HashingError::Read(error)) => return Err(error.to_string()),
        Err(reason) => PackageRecord::refused(digest, &reason.to_string()),
    };
    let recorded = store.record(&key.package(), record.to_text().as_bytes());
    recorded.map_err(|error| format!("its hashes: {error}"))?;
    Ok(record)
}

/// A hash that leads to another tarball of the same package is left to it, if that stays.
fn add_notes(store: &FileStore, key: &StoreKey, record: &PackageRecord) -> Result<(), StoreError> {
    for hash in record.hashes() {
        let place = StoreKey::hash(hash);
        let leads_to = fs::read_to_string(at(store, &place)).unwrap_or_default();
        let is_good = noted(leads_to.as_bytes())
            .is_some_and(|other| is_of(store, &other, hash.as_str()) && keeps(&other, key));
        if !is_good {
            store.record(&place, note(key).as_bytes())?;
        }
    }
    Ok(())
}

/// Whether a stored tarball is recorded to have this hash.
fn is_of(store: &FileStore, key: &StoreKey, hash: &str) -> bool {
    let record = fs::read(at(store, &key.package())).unwrap_or_default();
    let has_it = PackageRecord::parse(&record)
        .is_some_and(|record| record.hashes().any(|own| own.as_str() == hash));
    has_it && at(store, key).is_file()
}

fn at(store: &FileStore, key: &StoreKey) -> std::path::PathBuf {
    Path::new(store.root()).join(key.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use zigdepot_core::zig::package::PackageHash;

    #[test]
    fn records_are_made_anew_and_lost_notes_come_back() {
        let dir = tempfile::tempdir().unwrap();
        let store = FileStore::open(dir.path()).unwrap();
        let key = StoreKey::stored("pkg/o/r/a.zip").unwrap();
        fs::create_dir_all(dir.path().join("pkg/o/r")).unwrap();
        fs::write(dir.path().join(key.as_str()), "x").unwrap();
        let digest = Sha256Digest::of(b"x");
        let limits = PackageLimits::default();
        rebuild(&store, &key, digest, limits).unwrap();
        let record = fs::read(at(&store, &key.package())).unwrap();
        let refused = PackageRecord::parse(&record).unwrap();
        assert!(refused.new.is_err() && refused.digest == digest);

        let hash = PackageHash::legacy(&digest);
        let hashed = PackageRecord {
            legacy: Ok(hash.clone()),
            ..refused
        };
        let text = hashed.to_text();
        store.record(&key.package(), text.as_bytes()).unwrap();
        rebuild(&store, &key, digest, limits).unwrap();
        let leads_to = fs::read_to_string(at(&store, &StoreKey::hash(&hash))).unwrap();
        assert_eq!(leads_to, "pkg/o/r/a.zip\n");

        // The same package as a release, which stays.
        let release = StoreKey::stored("p/r/tag/v1.tar.gz").unwrap();
        fs::create_dir_all(dir.path().join("p/r/tag")).unwrap();
        fs::write(dir.path().join(release.as_str()), "x").unwrap();
        store.record(&release.package(), text.as_bytes()).unwrap();
        for again in [&release, &key] {
            rebuild(&store, again, digest, limits).unwrap();
            let leads_to = fs::read_to_string(at(&store, &StoreKey::hash(&hash))).unwrap();
            assert_eq!(leads_to, "p/r/tag/v1.tar.gz\n");
        }
    }
}
