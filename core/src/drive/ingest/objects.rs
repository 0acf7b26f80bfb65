//! The objects of a repository, read by id: from packs, or one by one from a repository on the disk.
//!
//! Whatever comes from here has the id it was asked for: packs were indexed by hashing all that is
//! in them, and loose objects are hashed when they are read.

use alloc::vec::Vec;

use super::local::Loose;
use super::trouble::Trouble;
use crate::drive::host::{Host, Store};
use crate::git::id::{ObjectId, ObjectKind};
use crate::git::pack::{Extractor, PackIndex, PackLimits, READ_BYTES};

/// The tree without entries, 4b825dc642cb6eb9a060e54bf8d69288fbee4904.
const EMPTY_TREE: ObjectId = ObjectId::from_bytes([
    0x4b, 0x82, 0x5d, 0xc6, 0x42, 0xcb, 0x6e, 0xb9, 0xa0, 0x60, 0xe5, 0x4b, 0xf8, 0xd6, 0x92, 0x88,
    0xfb, 0xee, 0x49, 0x04,
]);

/// Steps of an extraction, of some 256 KiB each, after which others on this worker get their
/// turn: a small tree may hang on a long chain of large deltas.
const TURN: u32 = 4;

/// A pack whose objects are all known.
pub(super) struct Pack<H: Host> {
    /// Its bytes.
    pub file: H::File,
    /// How many those are.
    pub bytes: u64,
    /// Where its objects lie.
    pub index: PackIndex,
    /// Keeps its file, if that is one of staging.
    pub _staging: Option<<H::Store as Store>::Staging>,
}

/// Reads objects, one at a time.
pub(super) struct Objects<'a, H: Host> {
    host: &'a H,
    packs: Vec<(&'a Pack<H>, Extractor<'a>)>,
    loose: Option<Loose>,
    reading: Reading,
    buffer: Vec<u8>,
    /// Steps since others had their turn.
    steps: u32,
}

/// What is being read.
enum Reading {
    Nothing,
    /// An object of the pack at this place, of which nothing was given yet.
    Opened(usize),
    /// An object of the pack at this place.
    Packed(usize),
    /// What is left of one that is whole in memory.
    Whole(Vec<u8>),
}

impl<'a, H: Host> Objects<'a, H> {
    /// The objects of these packs and of this repository.
    pub(super) fn new(
        host: &'a H,
        packs: &'a [Pack<H>],
        loose: Option<Loose>,
        limits: PackLimits,
    ) -> Self {
        let open = |pack: &'a Pack<H>| (pack, Extractor::new(&pack.index, limits));
        Self {
            host,
            packs: packs.iter().map(open).collect(),
            loose,
            reading: Reading::Nothing,
            buffer: Vec::new(),
            steps: 0,
        }
    }

    /// Counts the work anew: another tag begins.
    pub(super) fn restart(&mut self) {
        for (_, extractor) in &mut self.packs {
            extractor.restore_work();
        }
    }

    /// Reads an object of at most `most` bytes whole.
    pub(super) async fn read(
        &mut self,
        id: ObjectId,
        kind: ObjectKind,
        most: u64,
    ) -> Result<Vec<u8>, Trouble> {
        let size = self.open(id, kind).await?;
        if size > most {
            let what = format_args!("{kind} {id} has {size} bytes, and at most {most} are taken");
            return Err(Trouble::refused(what));
        }
        let mut bytes = Vec::new();
        while self.next(&mut |more| bytes.extend_from_slice(more)).await? {}
        Ok(bytes)
    }

    /// Opens an object of this kind and returns its size; [`Self::next`] brings its bytes.
    pub(super) async fn open(&mut self, id: ObjectId, kind: ObjectKind) -> Result<u64, Trouble> {
        let found = self.find(id).await?;
        let (is, size) = found.ok_or_else(|| self.missing(id))?;
        if is != kind {
            let what = format_args!("{id} is a {is}, where a {kind} is needed");
            return Err(Trouble::refused(what));
        }
        Ok(size)
    }

    /// An object is not there: an upstream has not sent what it was asked for, and a repository on
    /// the disk has a tag that is broken.
    pub(super) fn missing(&self, id: ObjectId) -> Trouble {
        match self.loose {
            None => Trouble::failed(format_args!("the pack has no object {id}")),
            Some(_) => Trouble::refused(format_args!("the repository has no object {id}")),
        }
    }

    /// Opens an object of any kind.
    pub(super) async fn find(
        &mut self,
        id: ObjectId,
    ) -> Result<Option<(ObjectKind, u64)>, Trouble> {
        if id == EMPTY_TREE {
            // Git knows it without having it, so it is not always sent.
            self.reading = Reading::Nothing;
            return Ok(Some((ObjectKind::Tree, 0)));
        }
        for (at, (pack, extractor)) in self.packs.iter_mut().enumerate() {
            if pack.index.get(&id).is_some() {
                self.reading = Reading::Opened(at);
                return Ok(Some(extractor.open(&id)?));
            }
        }
        let Some(loose) = &self.loose else {
            return Ok(None);
        };
        let found = loose.read(self.host, id).await?;
        Ok(found.map(|(kind, bytes)| {
            let size = bytes.len() as u64;
            self.reading = Reading::Whole(bytes);
            (kind, size)
        }))
    }

    /// Hands the next bytes of the open object to `sink`; false at its end.
    pub(super) async fn next(&mut self, sink: &mut impl FnMut(&[u8])) -> Result<bool, Trouble> {
        let (at, is_fresh) = match &mut self.reading {
            Reading::Nothing => return Ok(false),
            Reading::Whole(bytes) => {
                sink(&core::mem::take(bytes));
                self.reading = Reading::Nothing;
                return Ok(false);
            }
            Reading::Opened(at) => (*at, true),
            Reading::Packed(at) => (*at, false),
        };
        let Some((pack, extractor)) = self.packs.get_mut(at) else {
            return Ok(false);
        };
        match extractor.poll_read() {
            Some(offset) if !is_fresh => {
                self.buffer.resize(READ_BYTES, 0);
                let store = self.host.store();
                let n = store.read_at(&pack.file, offset, &mut self.buffer).await?;
                let read = self.buffer.get(..n).unwrap_or_default();
                extractor.handle_read(read, sink)?;
            }
            // Often what is needed was read for the object before.
            Some(_) | None => extractor.work(sink)?,
        }
        self.reading = Reading::Packed(at);
        let is_more = extractor.poll_read().is_some();
        self.steps += 1;
        if self.steps >= TURN {
            self.steps = 0;
            self.host.pause().await;
        }
        Ok(is_more)
    }
}
