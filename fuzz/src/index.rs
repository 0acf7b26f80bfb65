//! The Zig index: reading, merging, documents.

use zigdepot_core::zig::index::{
    Index, IndexLimits, catalog, diff, merged_document, official_document,
};

/// Two indexes, split at the first NUL: documents are indexes again, and stay as they are when
/// made again; every fact is about a file that the documents name here.
pub fn index(data: &[u8]) {
    let (first, second) = match data.iter().position(|byte| *byte == 0) {
        Some(at) => (&data[..at], &data[at + 1..]),
        None => (data, &data[..0]),
    };
    let limits = IndexLimits::default();
    let nominated = Index::parse(second, &limits).ok();
    let Ok(official) = Index::parse_official(first, &limits) else {
        return;
    };
    let base = "http://mirror.test";
    for document in [
        official_document(&official, base),
        merged_document(&official, nominated.as_ref(), base),
    ] {
        let again =
            Index::parse_official(document.as_bytes(), &limits).expect("a document is an index");
        assert_eq!(
            official_document(&again, base),
            official_document(&again, base)
        );
        assert_eq!(
            again.master(),
            official.master(),
            "master is the official one"
        );
        assert!(again.targets().all(|target| target.url.starts_with(base)));
    }
    let once = official_document(&official, base);
    let again = Index::parse_official(once.as_bytes(), &limits).expect("a document is an index");
    assert_eq!(official_document(&again, base), once);
    assert!(diff(&official, &official).is_empty());
    let known = catalog(&official, nominated.as_ref());
    for target in official.targets() {
        let facts = known
            .file(&target.name)
            .expect("every official file is known");
        assert!(
            official
                .targets()
                .any(|t| t.name == target.name && t.digest == facts.digest && t.size == facts.size)
        );
    }
    assert!(
        known
            .nominated()
            .all(zigdepot_core::zig::version::Version::is_dev)
    );
}
