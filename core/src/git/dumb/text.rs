//! The texts of the dumb protocol: what `git update-server-info` writes (gitrepository-layout(5)).

use alloc::format;
use alloc::vec::Vec;

use crate::git::pack::PackChecksum;
use crate::git::server::refs::Refs;

/// `HEAD`, which names a reference, whether there is one of that name or not.
pub fn head(refs: &Refs) -> Vec<u8> {
    [b"ref: ", refs.head(), b"\n"].concat()
}

/// `info/refs`: a line for each reference, sorted, and one more for what an annotated tag leads to.
/// `HEAD` is none of them.
pub fn info_refs(refs: &Refs) -> Vec<u8> {
    let mut text = Vec::new();
    for listed in refs.sorted() {
        text.extend_from_slice(format!("{}\t", listed.id).as_bytes());
        text.extend_from_slice(&listed.name);
        text.push(b'\n');
        if let Some(peeled) = listed.peeled {
            text.extend_from_slice(format!("{peeled}\t").as_bytes());
            text.extend_from_slice(&listed.name);
            text.extend_from_slice(b"^{}\n");
        }
    }
    text
}

/// `objects/info/packs`: a line for each pack, and an empty one. Clients look through the packs in
/// this order.
pub fn packs(sums: impl IntoIterator<Item = PackChecksum>) -> Vec<u8> {
    let mut text = Vec::new();
    for sum in sums {
        text.extend_from_slice(format!("P pack-{sum}.pack\n").as_bytes());
    }
    text.push(b'\n');
    text
}

#[cfg(test)]
mod tests {
    use std::string::String;
    use std::vec;

    use super::*;
    use crate::git::id::ObjectId;
    use crate::git::server::refs::Ref;

    fn id(byte: u8) -> ObjectId {
        ObjectId::from_bytes([byte; 20])
    }

    fn refs() -> Refs {
        let light = |name: &str, byte| Ref {
            name: name.into(),
            id: id(byte),
            peeled: None,
        };
        let annotated = Ref {
            peeled: Some(id(0xcc)),
            ..light("refs/tags/v1", 0xbb)
        };
        let all = vec![
            light("refs/tags/v2", 0xdd),
            annotated,
            light("refs/heads/main", 0xaa),
        ];
        Refs::new(b"refs/heads/main".to_vec(), all).unwrap()
    }

    #[test]
    fn texts_are_those_of_update_server_info() {
        let text = |bytes| String::from_utf8(bytes).unwrap();
        assert_eq!(text(head(&refs())), "ref: refs/heads/main\n");
        assert_eq!(
            text(info_refs(&refs())),
            "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\trefs/heads/main\n\
             bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb\trefs/tags/v1\n\
             cccccccccccccccccccccccccccccccccccccccc\trefs/tags/v1^{}\n\
             dddddddddddddddddddddddddddddddddddddddd\trefs/tags/v2\n"
        );
        let sum = |byte| PackChecksum::from_bytes([byte; 20]);
        assert_eq!(
            text(packs([sum(0x22), sum(0x11)])),
            "P pack-2222222222222222222222222222222222222222.pack\n\
             P pack-1111111111111111111111111111111111111111.pack\n\n"
        );
    }

    #[test]
    fn repository_without_references_has_texts_too() {
        let refs = Refs::new(b"refs/heads/main".to_vec(), vec![]).unwrap();
        assert_eq!(head(&refs), b"ref: refs/heads/main\n");
        assert_eq!(info_refs(&refs), b"");
        assert_eq!(packs([]), b"\n");
    }
}
