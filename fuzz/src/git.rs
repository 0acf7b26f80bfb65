//! Git's objects, deltas and packs.

use std::collections::{BTreeMap, BTreeSet};

use sha1_checked::{Digest as _, Sha1};
use zigdepot_core::git::delta::{DeltaHeader, apply};
use zigdepot_core::git::id::{ObjectId, ObjectKind, object_id};
use zigdepot_core::git::object::{Commit, Mode, Tag, Tree, tree_order};
use zigdepot_core::git::pack::{Extractor, PackError, PackLimits, READ_BYTES, Resolver, Scanner};

/// So small that an input hits them.
const LIMITS: PackLimits = PackLimits {
    objects: 1000,
    object_bytes: 1 << 20,
    delta_bytes: 1 << 18,
    pack_bytes: 1 << 24,
    inflated_bytes: 1 << 22,
    chain: 20,
    work_bytes: 1 << 24,
    cache_bytes: 1 << 12,
};
/// More calls than any pack within the limits needs.
const CALLS: u32 = 100_000;

/// A pack, whose own sum is mended: what it resolves to hashes to its id and can be extracted; how it
/// is cut for scanning and reading does not matter; and work is bounded.
pub fn pack(data: &[u8]) {
    let _ = contents(data, data.len().max(1), READ_BYTES);
    let Some((rest, _)) = data.split_last_chunk::<20>() else {
        return;
    };
    let mut mended = rest.to_vec();
    mended.extend_from_slice(&Sha1::digest(rest));
    let whole = contents(&mended, mended.len(), READ_BYTES);
    let cut = usize::from(rest.last().copied().unwrap_or(0)) % 61 + 1;
    let parts = contents(&mended, cut, cut * 64);
    // Which of two faults is met first may depend on the cuts.
    match (whole, parts) {
        (Ok(whole), Ok(parts)) => assert!(whole == parts, "cuts change what is there"),
        (Err(_), Err(_)) => {}
        (whole, parts) => panic!("{:?} but in parts {:?}", whole.err(), parts.err()),
    }
}

/// Kind and content by id.
pub(crate) type Contents = BTreeMap<ObjectId, (ObjectKind, Vec<u8>)>;

/// What a pack holds, pushed and read in pieces of these lengths.
pub(crate) fn contents(pack: &[u8], push: usize, read: usize) -> Result<Contents, PackError> {
    let mut scanner = Scanner::new(LIMITS);
    pack.chunks(push)
        .try_for_each(|bytes| scanner.handle_bytes(bytes))?;
    let mut resolver = Resolver::new(scanner.finish()?);
    let mut calls = 0;
    while let Some(offset) = resolver.poll_read() {
        calls += 1;
        assert!(calls < CALLS, "resolving does not end");
        resolver.handle_read(part(pack, offset, read))?;
    }
    let index = resolver.finish()?;
    let mut extractor = Extractor::new(&index, LIMITS);
    let mut contents = Contents::new();
    for id in index.ids() {
        let (kind, size) = index.get(&id).expect("the index has its own ids");
        extractor.restore_work();
        assert_eq!(extractor.open(&id), Ok((kind, size)));
        let mut content = Vec::new();
        let mut calls = 0;
        while let Some(offset) = extractor.poll_read() {
            calls += 1;
            assert!(calls < CALLS, "extracting does not end");
            let bytes = part(pack, offset, read);
            let mut sink = |run: &[u8]| content.extend_from_slice(run);
            extractor.handle_read(bytes, &mut sink)?;
        }
        assert_eq!(content.len() as u64, size);
        assert!(size <= LIMITS.object_bytes);
        assert_eq!(
            object_id(kind, &content),
            Ok(id),
            "another object than resolved"
        );
        contents.insert(id, (kind, content));
    }
    Ok(contents)
}

fn part(pack: &[u8], offset: u64, most: usize) -> &[u8] {
    let at = usize::try_from(offset).unwrap_or(usize::MAX);
    let rest = pack.get(at..).unwrap_or_default();
    &rest[..rest.len().min(most)]
}

/// A base (its length is the first byte, times 16) and a delta: the result is that of the plainest
/// reading of the format, and as long as stated and allowed.
pub fn delta(data: &[u8]) {
    let Some((&length, rest)) = data.split_first() else {
        return;
    };
    let (base, delta) = rest.split_at(rest.len().min(16 * usize::from(length)));
    let most = 1 << 18;
    let result = apply(base, delta, most);
    let plain = DeltaHeader::parse(delta).ok().and_then(|(header, length)| {
        let is_fine = header.base_size == base.len() as u64 && header.result_size <= most as u64;
        let size = usize::try_from(header.result_size)
            .ok()
            .filter(|_| is_fine)?;
        plain_apply(base, &delta[length..], size)
    });
    assert_eq!(result.ok(), plain);
}

fn plain_apply(base: &[u8], mut rest: &[u8], size: usize) -> Option<Vec<u8>> {
    let mut result = Vec::new();
    while let Some((&code, mut after)) = rest.split_first() {
        if code & 0x80 == 0 {
            let (own, behind) = after
                .split_at_checked(usize::from(code))
                .filter(|_| code != 0)?;
            result.extend_from_slice(own);
            rest = behind;
        } else {
            let mut number = [0_u8; 8];
            for (bit, place) in [0, 1, 2, 3, 4, 5, 6].into_iter().zip(&mut number) {
                if code & (1 << bit) != 0 {
                    (*place, after) = after.split_first().map(|(byte, rest)| (*byte, rest))?;
                }
            }
            let from = u32::from_le_bytes([number[0], number[1], number[2], number[3]]) as usize;
            let length = u32::from_le_bytes([number[4], number[5], number[6], 0]) as usize;
            let length = if length == 0 { 0x1_0000 } else { length };
            result.extend_from_slice(base.get(from..from + length)?);
            rest = after;
        }
        if result.len() > size {
            return None;
        }
    }
    (result.len() == size).then_some(result)
}

/// A tree: what is taken writes itself as it was, in order, and every name is one that a checkout
/// can stand.
pub fn tree(data: &[u8]) {
    let Ok(tree) = Tree::parse(data) else {
        return;
    };
    let mut written = Vec::new();
    tree.entries().for_each(|entry| entry.write(&mut written));
    assert_eq!(written, data);
    let mut names = BTreeSet::new();
    let mut last: Option<(Vec<u8>, Mode)> = None;
    for entry in tree.entries() {
        assert!(names.insert(entry.name), "a name comes twice");
        assert!(!entry.name.is_empty() && !entry.name.contains(&b'/') && !entry.name.contains(&0));
        assert!(!entry.name.eq_ignore_ascii_case(b".git") && !matches!(entry.name, b"." | b".."));
        let mut path = entry.name.to_vec();
        if entry.mode == Mode::Tree {
            path.push(b'/');
        }
        if let Some((before, mode)) = last {
            assert!(before < path, "not in the order of paths");
            let name = before.strip_suffix(b"/").unwrap_or(&before);
            assert!(tree_order((name, mode), (entry.name, entry.mode)).is_lt());
        }
        last = Some((path, entry.mode));
    }
}

/// A commit, or a tag: what is taken says what its first lines say.
pub fn commit(data: &[u8]) {
    if let Ok(commit) = Commit::parse(data) {
        let mut lines = data.split(|&byte| byte == b'\n');
        let mut next_id = |word: &[u8]| {
            let line = lines.next().expect("there is a line");
            ObjectId::parse(line.strip_prefix(word).expect("it begins so"))
        };
        assert_eq!(next_id(b"tree "), Some(commit.tree));
        for parent in commit.parents() {
            assert_eq!(next_id(b"parent "), Some(parent));
        }
        let next = lines.next().unwrap_or_default();
        assert!(!next.starts_with(b"parent "), "a parent is left out");
        assert!(data.ends_with(commit.message));
    }
    if let Ok(tag) = Tag::parse(data) {
        let head = format!("object {}\ntype {}\ntag ", tag.object, tag.kind);
        let (start, rest) = data.split_at(head.len());
        assert!(start.eq_ignore_ascii_case(head.as_bytes()));
        assert!(rest.starts_with(tag.name) && !tag.name.is_empty());
        assert!(data.ends_with(tag.message));
    }
}
