//! The packs of one release and their indexes, from the tarball.
//!
//! ```text
//!            ┌─ 12 bytes ─┬─ trees, blobs ─┬─ commit, tags ────┬─ SHA-1 ─┐  smart, in packets
//! tarball ──►│            │  the same      │                   │         │
//!            └─ 12 bytes ─┴────────────────┴─ synthetic commit ┴─ SHA-1 ─┘  dumb, not written
//! ```
//!
//! One pass compresses everything once and sums up both packs. Of the dumb one only what differs is
//! kept, in the note ([`FaceNote`]); the rest of it lies in the other.
//!
//! A pack is derived: the same tarball and manifest make the same bytes on every machine, so that it
//! may be thrown away and made again. It refuses to be made by halves: an error means that what was
//! appended must be thrown away.

use alloc::vec::Vec;
use core::fmt;

use sha1_checked::{Digest as _, Sha1};

use super::face::note::{FaceNote, PlainPack};
use super::manifest::ReleaseManifest;
use super::objects::{ObjectEvent, ObjectsError, ReleaseObjects};
use super::proof::Outline;
use super::survey::{Head, heads, plain_head};
use crate::archive::crc32::Crc32;
use crate::git::id::{ObjectId, ObjectKind, plain_sha1};
use crate::git::object::Commit;
use crate::git::pack::{IndexEntry, PackChecksum, PackWriter, write_index};
use crate::git::server::sideband::Framer;
use crate::zig::digest::Sha256Digest;

/// Bytes of a pack before its first object.
const PACK_HEAD: usize = 12;

/// Makes the packs while the release's tarball passes for the second time.
///
/// It holds what [`ReleaseObjects`], [`PackWriter`] and [`Framer`] hold, some 500 KiB and the
/// outline, and 32 bytes for each object; at the end their indexes too, 28 bytes for each object.
pub struct ReleasePack<'m> {
    objects: ReleaseObjects<'m>,
    packing: Packing,
    known: Known,
}

/// What was made of a release, beside its pack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Derived {
    /// The index of the pack.
    pub index: Vec<u8>,
    /// The index of the pack that the dumb protocol shows.
    pub plain_index: Vec<u8>,
    /// What is known of both.
    pub note: FaceNote,
}

/// What is known before the first byte.
struct Known {
    tarball: Sha256Digest,
    commit: ObjectId,
    has_parents: bool,
    tags: Vec<ObjectId>,
    plain_commit: ObjectId,
}

struct Packing {
    writer: PackWriter,
    framer: Framer,
    entries: Vec<IndexEntry>,
    /// Bytes of the pack that are not in packets yet.
    made: Vec<u8>,
    plain: Plain,
}

/// The pack of the dumb protocol, of which nothing is written.
struct Plain {
    sum: Sha1,
    objects: u32,
    entry: Vec<u8>,
}

impl<'m> ReleasePack<'m> {
    /// Begins the packs of the release with this manifest, whose tarball passed for the first time:
    /// appends the trees, in packets, to `out`.
    pub fn new(
        manifest: &'m ReleaseManifest,
        outline: Outline,
        out: &mut Vec<u8>,
    ) -> Result<Self, ObjectsError> {
        let tree = outline.tree();
        let (heads, plain_head) = (heads(manifest, tree)?, plain_head(manifest, tree)?);
        let known = Known::new(manifest, &heads, plain_head.id);
        let plain = Plain::new(count(outline.objects() + 1)?, &plain_head)?;
        let objects = ReleaseObjects::new(outline, heads);
        let mut packing = Packing::new(objects.objects(), plain)?;
        objects.start(&mut |event| packing.handle(event))?;
        packing.flush(out);
        Ok(Self {
            objects,
            packing,
            known,
        })
    }

    /// Takes the next bytes of the tarball, cut in any way, and appends the blobs in them, in
    /// packets; `false` means that no more are wanted.
    pub fn handle_bytes(&mut self, bytes: &[u8], out: &mut Vec<u8>) -> Result<bool, ObjectsError> {
        let packing = &mut self.packing;
        let wants_more = self
            .objects
            .handle_bytes(bytes, &mut |event| packing.handle(event))?;
        self.packing.flush(out);
        Ok(wants_more)
    }

    /// Ends the packs: appends the last packets and the flush.
    pub fn finish(self, out: &mut Vec<u8>) -> Result<Derived, ObjectsError> {
        let Self {
            objects,
            mut packing,
            known,
        } = self;
        let (content_end, content) = (packing.writer.bytes(), packing.entries.len());
        objects.finish(&mut |event| packing.handle(event))?;
        let Packing {
            writer,
            mut framer,
            mut entries,
            mut made,
            plain,
        } = packing;
        let sum = writer.finish(&mut made)?;
        framer.push(&made, out);
        let length = framer.finish(out);
        let objects = count(entries.len())?;
        let last = plain.last(known.plain_commit, content_end);
        let plain = plain.finish(known.plain_commit);
        // Sorting mixes the entries, so the dumb pack's are set aside before.
        let shared = entries.iter().take(content).copied();
        let mut shared: Vec<_> = shared.chain([last]).collect();
        Ok(Derived {
            index: index(&mut entries, sum),
            plain_index: index(&mut shared, plain.sum),
            note: FaceNote {
                tarball: known.tarball,
                commit: known.commit,
                has_parents: known.has_parents,
                tags: known.tags,
                objects,
                length,
                content_end,
                sum,
                plain,
            },
        })
    }
}

fn index(entries: &mut [IndexEntry], sum: PackChecksum) -> Vec<u8> {
    let mut index = Vec::new();
    write_index(entries, sum, &mut index);
    index
}

impl Known {
    fn new(manifest: &ReleaseManifest, heads: &[Head<'_>], plain_commit: ObjectId) -> Self {
        let of = |kind| heads.iter().filter(move |head| head.kind == kind);
        let commit = of(ObjectKind::Commit).next();
        let parsed = commit.and_then(|head| Commit::parse(&head.bytes).ok());
        Self {
            tarball: manifest.tarball.sha256,
            commit: commit.map_or(plain_commit, |head| head.id),
            has_parents: parsed.is_some_and(|commit| commit.parents().next().is_some()),
            tags: of(ObjectKind::Tag).map(|head| head.id).collect(),
            plain_commit,
        }
    }
}

impl Packing {
    fn new(objects: usize, plain: Plain) -> Result<Self, ObjectsError> {
        // The head of the dumb pack is another one, and summed up already.
        let mut head = Vec::with_capacity(PACK_HEAD);
        let writer = PackWriter::new(count(objects)?, &mut head);
        let mut framer = Framer::default();
        let mut made = Vec::new();
        framer.push(&head, &mut made);
        debug_assert!(made.is_empty(), "the head is no full packet");
        Ok(Self {
            writer,
            framer,
            entries: Vec::with_capacity(objects),
            made,
            plain,
        })
    }

    fn handle(&mut self, event: ObjectEvent<'_>) -> Result<(), ObjectsError> {
        let out = &mut self.made;
        match event {
            ObjectEvent::Begin { id, kind, size } => self.writer.begin(id, kind, size, out)?,
            ObjectEvent::Data(bytes) => self.writer.content(bytes, out)?,
            ObjectEvent::End => self.entries.push(self.writer.end(out)?),
        }
        Ok(())
    }

    /// Sums up what was made of trees and blobs, and puts it into packets.
    fn flush(&mut self, out: &mut Vec<u8>) {
        self.plain.sum.update(&self.made);
        self.framer.push(&self.made, out);
        self.made.clear();
    }
}

impl Plain {
    fn new(objects: u32, head: &Head<'_>) -> Result<Self, ObjectsError> {
        let (mut start, mut alone) = (Vec::new(), Vec::new());
        PackWriter::new(objects, &mut start);
        let mut sum = plain_sha1();
        sum.update(&start);
        // The entry, as a pack of its own has it.
        let mut writer = PackWriter::new(1, &mut alone);
        writer.object(head.id, head.kind, &head.bytes, &mut alone)?;
        let entry = alone.split_off(PACK_HEAD);
        Ok(Self {
            sum,
            objects,
            entry,
        })
    }

    /// Where its commit is, at the end of trees and blobs.
    fn last(&self, id: ObjectId, offset: u64) -> IndexEntry {
        let crc32 = Crc32::of(&self.entry);
        IndexEntry { id, offset, crc32 }
    }

    fn finish(mut self, commit: ObjectId) -> PlainPack {
        self.sum.update(&self.entry);
        PlainPack {
            commit,
            entry: self.entry,
            objects: self.objects,
            sum: PackChecksum::from_bytes(self.sum.finalize().into()),
        }
    }
}

fn count(objects: usize) -> Result<u32, ObjectsError> {
    u32::try_from(objects).map_err(|_| ObjectsError::TooMany)
}

impl fmt::Debug for ReleasePack<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReleasePack")
            .field("writer", &self.packing.writer)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
#[path = "release_pack_tests.rs"]
mod tests;
