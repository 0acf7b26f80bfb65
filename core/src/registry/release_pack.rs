//! The pack of one release and its index, from the tarball.
//!
//! A pack is derived: the same tarball and manifest make the same bytes on every machine, so that it
//! may be thrown away and made again. It refuses to be made by halves: an error means that what was
//! appended must be thrown away.

use alloc::vec::Vec;
use core::fmt;

use super::objects::{ObjectEvent, ObjectsError, ReleaseObjects};
use crate::git::pack::{IndexEntry, PackChecksum, PackWriter, write_index};

/// Makes the pack while the release's tarball passes for the second time.
///
/// It holds what [`ReleaseObjects`] and [`PackWriter`] hold, some 400 KiB and the outline, and 32
/// bytes for each object.
pub struct ReleasePack<'m> {
    objects: ReleaseObjects<'m>,
    packing: Packing,
}

struct Packing {
    writer: PackWriter,
    entries: Vec<IndexEntry>,
}

impl<'m> ReleasePack<'m> {
    /// Begins the pack: appends commit, tags and trees to `out`.
    pub fn new(objects: ReleaseObjects<'m>, out: &mut Vec<u8>) -> Result<Self, ObjectsError> {
        let count = u32::try_from(objects.objects()).map_err(|_| ObjectsError::TooMany)?;
        let mut packing = Packing {
            writer: PackWriter::new(count, out),
            entries: Vec::with_capacity(objects.objects()),
        };
        objects.start(&mut |event| packing.handle(event, out))?;
        Ok(Self { objects, packing })
    }

    /// Takes the next bytes of the tarball, cut in any way, and appends the blobs in them; `false`
    /// means that no more are wanted.
    pub fn handle_bytes(&mut self, bytes: &[u8], out: &mut Vec<u8>) -> Result<bool, ObjectsError> {
        let packing = &mut self.packing;
        let mut take = |event: ObjectEvent<'_>| packing.handle(event, out);
        self.objects.handle_bytes(bytes, &mut take)
    }

    /// Ends the pack, and appends its index to `index`.
    pub fn finish(
        self,
        out: &mut Vec<u8>,
        index: &mut Vec<u8>,
    ) -> Result<PackChecksum, ObjectsError> {
        self.objects.finish()?;
        let Packing {
            writer,
            mut entries,
        } = self.packing;
        let sum = writer.finish(out)?;
        write_index(&mut entries, sum, index);
        Ok(sum)
    }
}

impl Packing {
    fn handle(&mut self, event: ObjectEvent<'_>, out: &mut Vec<u8>) -> Result<(), ObjectsError> {
        match event {
            ObjectEvent::Begin { id, kind, size } => self.writer.begin(id, kind, size, out)?,
            ObjectEvent::Data(bytes) => self.writer.content(bytes, out)?,
            ObjectEvent::End => self.entries.push(self.writer.end(out)?),
        }
        Ok(())
    }
}

impl fmt::Debug for ReleasePack<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReleasePack")
            .field("writer", &self.packing.writer)
            .finish_non_exhaustive()
    }
}
