//! A pack of the objects of several releases, made while it is sent.
//!
//! ```text
//! plan ─► Between ─┬─ open, gather ─► Copying ─┐
//!            ▲     └─ none left ─► Ended       │
//!            └─────────────────────────────────┘      (any error) ─► Broken
//! ```
//!
//! A plan reads the indexes, so that the length is known before the first byte. Then the packs are
//! read, one file open at a time, in reads of up to 64 KiB. Each object is held to the CRC-32 of its
//! index; if one is damaged the answer breaks off, and the client throws away what came. A pack is
//! never repaired while it is sent.

use alloc::collections::VecDeque;
use alloc::vec::Vec;
use core::mem;

use bytes::Bytes;

use super::source::{PackError, Source};
use crate::drive::host::{Host, Store};
use crate::drive::memory::{Room, Share};
use crate::git::pack::merge::{Chosen, Gathering, MergeError, MergedPack, Selection};
use crate::git::pack::{IndexEntry, READ_BYTES};
use crate::git::server::band::Framing;
use crate::git::server::frame::BandWriter;
use crate::git::server::sideband;
use crate::store::git::GitPart;

/// A pack under way. It holds some 256 KiB, and besides 48 bytes for each object of one release and
/// a bit for each of all. It may be dropped at any time.
pub(in crate::drive) struct PackStream<H: Host> {
    host: H,
    /// The releases that are still to be read, the first perhaps in part.
    sources: VecDeque<(Source, Chosen)>,
    state: State<H>,
    bands: BandWriter,
    /// What was read of a file.
    read: Vec<u8>,
    /// What of that belongs to the pack, or the pack's head.
    pack: Vec<u8>,
    /// What can be handed out.
    out: Vec<u8>,
    /// Bytes that are not handed out yet.
    left: u64,
}

enum State<H: Host> {
    /// The next release's pack is to be opened.
    Between(MergedPack),
    /// That of the first one is copied from this file.
    Copying(MergedPack, H::File),
    /// All is in `out`.
    Ended,
    /// It cannot be had to its end.
    Broken(PackError),
}

impl<H: Host> PackStream<H> {
    /// Plans the pack of the objects of the releases that are `wanted`, without those of releases
    /// that the client `had` before; each once. A release that it had and that cannot be read is
    /// passed over, and objects are sent that need not be. Tag objects that are wanted are sent in any
    /// case: whoever has a commit need not have what was signed of it.
    pub(in crate::drive) async fn plan(
        host: &H,
        wanted: &[Source],
        had: &[Source],
        framing: Framing,
    ) -> Result<Self, PackError> {
        let mut selection = Selection::new(host.config().limits.merge_objects);
        let mut share = Share::new(host, Room::Plans);
        for source in had {
            if !exclude(host, source, &mut selection).await {
                break;
            }
            take_room(&mut share, &selection)?;
        }
        let mut sources = VecDeque::new();
        for source in wanted {
            let chosen = pick(host, source, &mut selection).await?;
            take_room(&mut share, &selection)?;
            if !chosen.is_empty() {
                source.open(host).await?;
                sources.push_back((source.clone(), chosen));
            }
        }
        let mut pack = Vec::new();
        let merged = MergedPack::new(&selection, &mut pack);
        let mut bands = BandWriter::new(framing, selection.pack_length());
        let mut out = Vec::new();
        let left = bands.wire_length();
        let (Some(left), Ok(())) = (left, bands.push(&pack, &mut out)) else {
            let most = host.config().limits.merge_objects;
            return Err(PackError::TooManyObjects { most });
        };
        Ok(Self {
            host: host.clone(),
            sources,
            state: State::Between(merged),
            bands,
            read: Vec::new(),
            pack,
            out,
            left,
        })
    }

    /// Bytes that [`Self::next`] has not handed out yet: before its first call exactly those of the
    /// whole, the heads of packets and the flush included.
    pub(in crate::drive) const fn len(&self) -> u64 {
        self.left
    }

    /// The next chunk, of `Limits::chunk_bytes` but for the last; none at the end. Others on this
    /// worker get their turn before each. The future may be dropped while it waits, and nothing is
    /// lost. An error is given again ever after.
    pub(in crate::drive) async fn next(&mut self) -> Result<Option<Bytes>, PackError> {
        self.host.pause().await;
        let most = self.host.config().limits.chunk_bytes;
        while self.out.len() < most && !matches!(self.state, State::Ended) {
            if let Err(error) = self.step().await {
                self.state = State::Broken(error.clone());
                return Err(error);
            }
        }
        let rest = self.out.split_off(most.min(self.out.len()));
        let chunk = mem::replace(&mut self.out, rest);
        let length = u64::try_from(chunk.len()).unwrap_or(u64::MAX);
        self.left = self.left.checked_sub(length).ok_or(PackError::Changed)?;
        Ok((!chunk.is_empty()).then(|| chunk.into()))
    }

    /// Goes on a little. What is changed is changed behind the last wait.
    async fn step(&mut self) -> Result<(), PackError> {
        match &self.state {
            State::Between(_) if self.sources.is_empty() => self.finish(),
            State::Between(_) => self.open().await,
            State::Copying(..) => self.copy().await,
            State::Ended => Ok(()),
            State::Broken(error) => Err(error.clone()),
        }
    }

    /// Opens the next release's pack.
    async fn open(&mut self) -> Result<(), PackError> {
        let (source, chosen) = self.sources.front().ok_or(PackError::Changed)?;
        let mut gathering = Gathering::new(chosen, source.length);
        let take = |entry| {
            gathering.handle_entry(entry);
            Ok(())
        };
        source.each_entry(&self.host, take).await?;
        let copies = match gathering.finish() {
            Ok(copies) => copies,
            Err(error) => return Err(source.refuse(&self.host, &error).await),
        };
        let file = source.open(&self.host).await?;
        if let State::Between(mut merged) = self.take() {
            merged.begin(copies);
            self.state = State::Copying(merged, file);
        }
        Ok(())
    }

    /// Copies what one read gives.
    async fn copy(&mut self) -> Result<(), PackError> {
        let (State::Copying(merged, file), Some((source, _))) =
            (&mut self.state, self.sources.front())
        else {
            return Err(PackError::Changed);
        };
        let Some(range) = merged.poll_read() else {
            self.close();
            return Ok(());
        };
        let range = sideband::file_ranges(range).next();
        let range = range.ok_or(PackError::Changed)?;
        let wanted = usize::try_from(range.end - range.start).unwrap_or(READ_BYTES);
        self.read.resize(READ_BYTES, 0);
        let into = self.read.get_mut(..wanted).unwrap_or_default();
        let n = self.host.store().read_at(file, range.start, into).await?;
        if n == 0 {
            source.warn(&self.host, GitPart::Sideband, &"it is shorter than it was");
            return Err(source.forget(&self.host).await);
        }
        self.pack.clear();
        let read = self.read.get(..n).unwrap_or_default();
        if let Err(error) = merged.handle_read(read, &mut self.pack) {
            return Err(source.refuse(&self.host, &error).await);
        }
        let framed = self.bands.push(&self.pack, &mut self.out);
        framed.map_err(|_| PackError::Changed)
    }

    /// The first release's pack is copied.
    fn close(&mut self) {
        if let State::Copying(merged, _) = self.take() {
            self.sources.pop_front();
            self.state = State::Between(merged);
        }
    }

    /// All packs are copied.
    fn finish(&mut self) -> Result<(), PackError> {
        let State::Between(merged) = self.take() else {
            return Err(PackError::Changed);
        };
        self.pack.clear();
        let made = merged.finish(&mut self.pack);
        made.map_err(|_| PackError::Changed)?;
        let framed = self.bands.push(&self.pack, &mut self.out);
        let ended = framed.and_then(|()| self.bands.finish(&mut self.out));
        ended.map_err(|_| PackError::Changed)?;
        self.state = State::Ended;
        Ok(())
    }

    /// Takes the state, in the place of which another is put at once.
    fn take(&mut self) -> State<H> {
        mem::replace(&mut self.state, State::Broken(PackError::Changed))
    }
}

/// Counts the memory of a plan; those of all requests together are bounded.
fn take_room<H: Host>(share: &mut Share<H>, selection: &Selection) -> Result<(), PackError> {
    let has_room = share.holds(selection.memory());
    has_room.then_some(()).ok_or(PackError::NoRoom)
}

/// Sees to it that the objects of a release are not sent; false if no more can be kept in mind.
///
/// Its tag objects are, if they are wanted: a client names commits that it has, which lead to trees
/// and blobs, and no tag.
async fn exclude<H: Host>(host: &H, source: &Source, selection: &mut Selection) -> bool {
    let full = MergeError::TooManyObjects {
        most: host.config().limits.merge_objects,
    };
    let take = |entry: IndexEntry| {
        let is_had = source.tags.contains(&entry.id) || selection.exclude(entry.id);
        is_had.then_some(()).ok_or(full)
    };
    let result = source.each_entry(host, take).await;
    !matches!(result, Err(PackError::TooManyObjects { .. }))
}

/// Chooses what is to be sent of a release.
async fn pick<H: Host>(
    host: &H,
    source: &Source,
    selection: &mut Selection,
) -> Result<Chosen, PackError> {
    let mut picking = selection.pick(source.length);
    let take = |entry| picking.handle_entry(&entry);
    source.each_entry(host, take).await?;
    match picking.finish() {
        Ok(chosen) => Ok(chosen),
        Err(error) => Err(source.refuse(host, &error).await),
    }
}
#[cfg(test)]
#[path = "stream_tests.rs"]
mod tests;
