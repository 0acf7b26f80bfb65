//! Properties of Git's dumb HTTP protocol.
//!
//! A path is a file by one spelling alone, from which nothing leads elsewhere; every range of a pack
//! that is put together is that range of the pack.

use zigdepot_core::git::dumb::{DumbFile, PackLayout, PackPart};
use zigdepot_core::git::pack::PackChecksum;
use zigdepot_core::git::server::sideband;
use zigdepot_core::route;

/// A path behind that of a repository, percent-encoded or not: what names a file is written as that
/// file is, and names nothing but letters, digits and what separates them.
pub fn dumb_path(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let Ok(decoded) = route::decode(text) else {
        return;
    };
    let raw: Vec<&str> = decoded.trim_start_matches('/').split('/').collect();
    let found = DumbFile::of_segments(&raw);
    if let Ok(segments) = route::segments(&decoded) {
        assert_eq!(
            DumbFile::of_segments(&segments),
            DumbFile::of_segments(&raw)
        );
    }
    let Some(file) = found else {
        return;
    };
    let path = file.to_string();
    assert_eq!(path, raw.join("/"));
    assert!(!path.contains("..") && !path.starts_with(['/', '.']) && !path.contains("//"));
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '-' | '.');
    assert!(path.chars().all(is_plain), "{path:?}");
    assert!(path == "HEAD" || !path.contains(|c: char| c.is_ascii_uppercase()));
}

/// Bytes 0 to 2 say where the shared objects end, 3 to 5 and 6 to 8 where a range begins and ends;
/// the rest is the last entry.
pub fn pack_layout(data: &[u8]) {
    let Some((numbers, last)) = data.split_at_checked(9) else {
        return;
    };
    let number = |at: usize| {
        let bytes = [0, numbers[at], numbers[at + 1], numbers[at + 2]];
        u64::from(u32::from_be_bytes(bytes)) % 200_000
    };
    let (content_end, range) = (number(0), number(3)..number(6));
    let sum = PackChecksum::from_bytes([0xee; 20]);
    let Some(layout) = PackLayout::new(7, content_end, last, sum) else {
        assert!(content_end < 12);
        return;
    };
    let byte = |at: u64| u8::try_from(at % 251).expect("it is less than 256");
    let mut pack = b"PACK\0\0\0\x02\0\0\0\x07".to_vec();
    pack.extend((12..content_end).map(byte));
    pack.extend_from_slice(last);
    pack.extend_from_slice(sum.as_bytes());
    assert_eq!(layout.length(), pack.len() as u64);
    let mut found = Vec::new();
    for part in layout.parts(range.clone()) {
        let before = found.len();
        match part {
            PackPart::Bytes(bytes) => found.extend_from_slice(bytes),
            PackPart::Other(range) => {
                check_ranges(&range);
                found.extend(range.map(byte));
            }
        }
        assert!(found.len() > before, "no part is empty");
    }
    let index = |at: u64| usize::try_from(at).map_or(pack.len(), |at| at.min(pack.len()));
    let expected = pack.get(index(range.start)..index(range.end));
    assert_eq!(found, expected.unwrap_or_default());
}

/// The packets of a file have just these bytes, and heads between them.
fn check_ranges(range: &std::ops::Range<u64>) {
    let mut at = range.start;
    for piece in sideband::file_ranges(range.clone()) {
        assert_eq!(Some(piece.start), sideband::position(at));
        at += piece.end - piece.start;
    }
    assert_eq!(at, range.end);
}
