//! The registry: catalogs, manifests, and the names in them.

use std::collections::BTreeSet;

use zigdepot_core::json::{Limits, Value};
use zigdepot_core::registry::catalog::{Catalog, CatalogReader, MAX_REASONS};
use zigdepot_core::registry::documents::{Trouble, UpdateStatus, Upstream};
use zigdepot_core::registry::manifest::{ManifestError, ReleaseManifest};
use zigdepot_core::registry::name::PackageName;
use zigdepot_core::registry::release::{ReleaseFile, ReleasePart};
use zigdepot_core::registry::tag::TagName;
use zigdepot_core::route::{decode, segments};
use zigdepot_core::store::StoreKey;
use zigdepot_core::store::path::Place;
use zigdepot_core::store::release::Published;

/// A catalog is a catalog again, differs from itself in nothing, has each id and name once, and is
/// the same when read record by record.
pub fn catalog(data: &[u8]) {
    let catalog = Catalog::parse(data);
    assert_eq!(stepwise(data).as_ref(), catalog.as_ref().ok());
    let Ok(catalog) = catalog else {
        return;
    };
    assert!(catalog.skipped.first.len() <= MAX_REASONS.min(catalog.skipped.count));
    let again = Catalog::parse(catalog.to_text().as_bytes()).expect("a snapshot is a catalog");
    assert_eq!(again.records, catalog.records, "a snapshot loses nothing");
    assert_eq!(again.skipped.count, 0, "a snapshot has nothing to skip");
    assert!(again.diff(&catalog).is_empty());
    let ids: BTreeSet<_> = catalog.records.iter().map(|record| &record.id).collect();
    let names = catalog.records.iter().map(|record| record.package.folded());
    let names: BTreeSet<_> = names.collect();
    assert_eq!(
        (ids.len(), names.len()),
        (catalog.records.len(), catalog.records.len())
    );
    let added = catalog.diff(&Catalog::default()).added.len();
    assert_eq!(added, catalog.records.len(), "to nothing all are added");
}

fn stepwise(data: &[u8]) -> Option<Catalog> {
    let mut reader = CatalogReader::new(data).ok()?;
    while reader.handle_records(1).ok()? {}
    reader.finish().ok()
}

/// What is read is written, and what is written is read as the same. The same bytes as other
/// records, as JSON and as names never panic.
pub fn manifest_json(data: &[u8]) {
    if let Ok(manifest) = ReleaseManifest::parse(data) {
        match manifest.to_text() {
            Ok(text) => {
                let again = ReleaseManifest::parse(text.as_bytes()).expect("it is a manifest");
                assert_eq!(again, manifest);
                assert_eq!(
                    again.to_text().as_ref(),
                    Ok(&text),
                    "one text for the same facts"
                );
            }
            Err(error) => assert_eq!(error, ManifestError::TooLong, "only indenting makes longer"),
        }
    }
    records(data);
    if let Ok(text) = str::from_utf8(data) {
        json(text);
        release(text);
    }
}

fn records(data: &[u8]) {
    if let Some(trouble) = Trouble::parse(data) {
        assert_eq!(Trouble::parse(trouble.to_text().as_bytes()), Some(trouble));
    }
    if let Some(update) = UpdateStatus::parse(data) {
        assert_eq!(
            UpdateStatus::parse(update.to_text().as_bytes()),
            Some(update)
        );
    }
    if let Some(upstream) = Upstream::parse(data) {
        assert_eq!(
            Upstream::parse(upstream.to_text().as_bytes()),
            Some(upstream)
        );
    }
}

/// Both ways of writing keep a value.
fn json(text: &str) {
    let Ok(value) = Value::parse(text, &Limits::DEFAULT) else {
        return;
    };
    let mut indented = String::new();
    value.write(0, &mut indented);
    for written in [indented, value.compact()] {
        assert_eq!(
            Value::parse(&written, &Limits::DEFAULT).as_ref(),
            Ok(&value)
        );
    }
}

/// `package` and tag, split at the first blank: a release's file is found again by its URL and in
/// the store.
fn release(text: &str) {
    let (package, tag) = text.split_once(' ').unwrap_or(("hello", text));
    let (Ok(package), Ok(tag)) = (PackageName::parse(package), TagName::parse(tag)) else {
        return;
    };
    assert_eq!(TagName::of_stored(&tag.stored()).as_ref(), Some(&tag));
    assert_eq!(tag.cmp(&tag), std::cmp::Ordering::Equal);
    for part in ReleasePart::ALL {
        let (package, tag) = (package.clone(), tag.clone());
        let file = ReleaseFile { package, tag, part };
        let path = decode(&file.url_path()).expect("a URL is decoded");
        let parts = segments(&path).expect("a URL has parts");
        assert_eq!(ReleaseFile::of_segments(&parts).as_ref(), Some(&file));
        let key = StoreKey::release(&file);
        assert_eq!(
            StoreKey::stored(key.as_str()).as_ref(),
            Ok(&key),
            "it is a path of the store"
        );
        assert_eq!(key.place(), Place::Registry(Published::File(file)));
    }
}
