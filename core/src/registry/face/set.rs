//! What names a set of releases: the pack of all of them is stored under it.
//!
//! A name says which tags there are and what each of them stands for, so that a pack of other
//! releases is never taken for theirs. It proves nothing: who stored the pack knows what is in it.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use sha1_checked::Digest as _;

use crate::git::id::{ObjectId, plain_sha1};
use crate::registry::tag::TagName;

/// The SHA-1 of a line `<id> <tag>` for each release, sorted by their bytes; the id is that of the
/// tag object that the tag names, or else of the commit.
pub fn set_id<'t>(releases: impl IntoIterator<Item = (ObjectId, &'t TagName)>) -> ObjectId {
    let line = |(id, tag): (ObjectId, &TagName)| format!("{id} {}\n", tag.as_str());
    let mut lines: Vec<String> = releases.into_iter().map(line).collect();
    lines.sort_unstable();
    let mut sum = plain_sha1();
    for line in &lines {
        sum.update(line);
    }
    ObjectId::from_bytes(sum.finalize().into())
}

#[cfg(test)]
mod tests {
    use std::string::ToString;

    use super::*;

    #[test]
    fn name_is_of_tags_and_ids_in_any_order() {
        let tag = |name| TagName::parse(name).unwrap();
        let id = |byte| ObjectId::from_bytes([byte; 20]);
        let (a, b) = (tag("v1.0"), tag("v2/ß"));
        let name = set_id([(id(0xbb), &a), (id(0x0a), &b)]);
        // As `sha1sum` has it of the two lines, that of v2/ß first.
        assert_eq!(name.to_string(), "2d6fd0cf6cf2a366dac0d3557988e625031ce4c8");
        assert_eq!(set_id([(id(0x0a), &b), (id(0xbb), &a)]), name);
        assert_ne!(set_id([(id(0xbb), &b), (id(0x0a), &a)]), name);
        assert_ne!(set_id([(id(0x0a), &b)]), name);
        // Of nothing.
        let none = "da39a3ee5e6b4b0d3255bfef95601890afd80709";
        assert_eq!(set_id([]).to_string(), none);
    }
}
