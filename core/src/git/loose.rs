//! Files of a repository on the disk: loose objects and `packed-refs` (gitformat-pack is not here).
//!
//! It refuses to know where files lie. What it reads is not believed: whoever needs an object hashes
//! it.

use alloc::vec::Vec;
use core::fmt;

use miniz_oxide::inflate::decompress_to_vec_zlib_with_limit;

use super::client::Ref;
use super::id::{ObjectId, ObjectKind};

/// Longest header of a loose object: a kind, a space, 20 digits and NUL.
const HEADER: usize = 32;

/// Why a file is no loose object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LooseError {
    /// It is not compressed with zlib, or larger than allowed.
    Zlib,
    /// It does not begin with its kind and its length.
    Header,
    /// It is not as long as it says.
    Length,
}

impl fmt::Display for LooseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Zlib => "not a zlib stream, or larger than INGEST_LIMITS delta",
            Self::Header => "it does not begin with its kind and length",
            Self::Length => "it is not as long as it says",
        })
    }
}

impl core::error::Error for LooseError {}

/// Reads a loose object: zlib of `<kind> <length>`, NUL, and the content, of at most `most` bytes.
pub fn object(file: &[u8], most: usize) -> Result<(ObjectKind, Vec<u8>), LooseError> {
    let most = most.saturating_add(HEADER);
    let mut bytes = decompress_to_vec_zlib_with_limit(file, most).map_err(|_| LooseError::Zlib)?;
    let end = memchr::memchr(0, bytes.get(..HEADER.min(bytes.len())).unwrap_or_default());
    let end = end.ok_or(LooseError::Header)?;
    let (kind, length) = header(bytes.get(..end).unwrap_or_default()).ok_or(LooseError::Header)?;
    bytes.drain(..=end);
    if bytes.len() == length {
        Ok((kind, bytes))
    } else {
        Err(LooseError::Length)
    }
}

fn header(text: &[u8]) -> Option<(ObjectKind, usize)> {
    let at = memchr::memchr(b' ', text)?;
    let digits = core::str::from_utf8(text.get(at + 1..)?).ok()?;
    let is_plain = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    let length = is_plain.then(|| digits.parse().ok())??;
    Some((ObjectKind::of_name(text.get(..at)?)?, length))
}

/// Reads `packed-refs`: lines `<id> <name>`, each perhaps followed by `^<id>`, what the tag leads
/// to. Lines that are neither are passed over.
pub fn packed_refs(text: &[u8]) -> Vec<Ref> {
    let mut refs: Vec<Ref> = Vec::new();
    for line in text.split(|b| *b == b'\n') {
        if let Some(hex) = line.strip_prefix(b"^") {
            if let Some(last) = refs.last_mut() {
                last.peeled = ObjectId::parse(hex);
            }
        } else if let Some((hex, rest)) = line.split_at_checked(2 * ObjectId::BYTES)
            && let (Some(id), Some(name)) = (ObjectId::parse(hex), rest.strip_prefix(b" "))
        {
            refs.push(Ref {
                name: name.to_vec(),
                id,
                peeled: None,
                symref_target: None,
            });
        }
    }
    refs
}

#[cfg(test)]
mod tests {
    use miniz_oxide::deflate::compress_to_vec_zlib;

    use super::*;

    fn file(content: &str) -> Vec<u8> {
        compress_to_vec_zlib(content.as_bytes(), 6)
    }

    #[test]
    fn object_is_kind_and_content() {
        let read = object(&file("blob 5\0hello"), 100);
        assert_eq!(read, Ok((ObjectKind::Blob, b"hello".to_vec())));
        assert_eq!(
            object(&file("tree 0\0"), 0),
            Ok((ObjectKind::Tree, Vec::new()))
        );
    }

    #[test]
    fn what_is_no_object_is_refused() {
        for (content, error) in [
            ("blob 4\0hello", LooseError::Length),
            ("blob 6\0hello", LooseError::Length),
            ("blob hello", LooseError::Header),
            ("blub 5\0hello", LooseError::Header),
            ("blob +5\0hello", LooseError::Header),
            ("blob \0hello", LooseError::Header),
            ("blob 99999999999999999999999\0", LooseError::Header),
            ("", LooseError::Header),
        ] {
            assert_eq!(object(&file(content), 100), Err(error), "{content:?}");
        }
        assert_eq!(object(b"plain", 100), Err(LooseError::Zlib));
        let long = "x".repeat(1000);
        assert_eq!(object(&file(&long), 10), Err(LooseError::Zlib));
    }

    #[test]
    fn packed_tags_come_with_what_they_lead_to() {
        let (a, b, c) = ("a".repeat(40), "b".repeat(40), "c".repeat(40));
        let text = alloc::format!(
            "# pack-refs with: peeled fully-peeled sorted \n{a} refs/heads/main\n{b} refs/tags/v1\n^{c}\nnonsense\n"
        );
        let refs = packed_refs(text.as_bytes());
        assert_eq!(refs.len(), 2);
        assert_eq!(refs[0].peeled, None);
        assert_eq!(refs[1].name, b"refs/tags/v1");
        assert_eq!(refs[1].peeled, ObjectId::parse(c.as_bytes()));
    }
}
