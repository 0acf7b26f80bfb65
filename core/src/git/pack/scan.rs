//! The first pass over a pack, as its bytes arrive.
//!
//! ```text
//! Prefix ─┬─► Head ─► Body ─┬─► Trailer ─► Ended
//!         │     ▲           │      ▲
//!         │     └───────────┘      │         (any) ─► Failed
//!         └────────────────────────┘
//! ```

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;

use sha1_checked::{Digest as _, Sha1};

use super::entry::{Entry, Form, Head, HeadReader};
use super::inflate::{Ending, Inflater, Ring};
use super::{PackError, PackLimits};
use crate::git::id::{ObjectHasher, ObjectId, plain_sha1};

/// Bytes before the first object: `PACK`, version, number of objects.
const PREFIX: usize = 12;

/// Reads a pack once, in pieces.
///
/// It holds some 90 KiB and 48 bytes for each object that came, 72 for one that is a delta to a base
/// by id. What it does for a push is bounded by the push's length, but deflate may tell a thousand
/// bytes by one: 16 KiB may cost as much as hashing 16 MiB, some 50 ms.
pub struct Scanner {
    state: State,
    /// Bytes of the pack that were read.
    offset: u64,
    /// Of all bytes before the trailer.
    sum: Sha1,
    inflater: Inflater,
    ring: Ring,
    scanned: Scanned,
    /// Objects that are still to come.
    left: u32,
}

/// What the first pass has found: all objects, those that are deltas yet unresolved.
pub struct Scanned {
    pub(super) limits: PackLimits,
    /// In the order of their offsets.
    pub(super) entries: Vec<Entry>,
    /// The entries that are deltas to a base by id, with that id.
    pub(super) refs: Vec<(ObjectId, u32)>,
    /// Bytes of all objects and deltas so far.
    pub(super) inflated_bytes: u64,
}

enum State {
    Prefix(Gather<PREFIX>),
    /// The header of the object that begins at `offset`.
    Head {
        offset: u64,
        reader: HeadReader,
    },
    Body(Box<Body>),
    Trailer(Gather<{ ObjectId::BYTES }>),
    Ended,
    Failed(PackError),
}

/// An object whose zlib stream is under way.
struct Body {
    entry: Entry,
    /// Of a delta, none.
    hasher: Option<ObjectHasher>,
    /// Bytes that are still to be inflated, as stated.
    left: u64,
}

impl Scanner {
    /// Starts before the first byte.
    pub fn new(limits: PackLimits) -> Self {
        Self {
            state: State::Prefix(Gather::new()),
            offset: 0,
            sum: plain_sha1(),
            inflater: Inflater::new(),
            ring: Ring::new(),
            scanned: Scanned {
                limits,
                entries: Vec::new(),
                refs: Vec::new(),
                inflated_bytes: 0,
            },
            left: 0,
        }
    }

    /// Takes the next bytes of the pack, cut in any way. The first error is given again ever after.
    pub fn handle_bytes(&mut self, bytes: &[u8]) -> Result<(), PackError> {
        if let State::Failed(error) = self.state {
            return Err(error);
        }
        let result = self.read(bytes);
        if let Err(error) = result {
            self.state = State::Failed(error);
        }
        result
    }

    /// To be called when there are no more bytes.
    pub fn finish(mut self) -> Result<Scanned, PackError> {
        match self.state {
            State::Ended => {
                self.scanned.entries.shrink_to_fit();
                Ok(self.scanned)
            }
            State::Failed(error) => Err(error),
            State::Prefix(_) | State::Head { .. } | State::Body(_) | State::Trailer(_) => {
                let offset = self.offset;
                Err(PackError::Truncated { offset })
            }
        }
    }

    /// Objects that came so far, for telling progress.
    pub fn objects(&self) -> u32 {
        self.scanned.objects()
    }

    /// Objects that the pack has in all, as it states; none before it is known.
    pub fn total(&self) -> Option<u32> {
        let is_known = !matches!(self.state, State::Prefix(_));
        is_known.then(|| self.objects().saturating_add(self.left))
    }

    fn read(&mut self, bytes: &[u8]) -> Result<(), PackError> {
        let mut rest = bytes;
        while let Some((&byte, after)) = rest.split_first() {
            let left = match self.state {
                State::Prefix(_) | State::Head { .. } => {
                    self.offset += 1;
                    self.handle_byte(byte)?;
                    after
                }
                State::Body(_) => self.inflate(rest)?,
                State::Trailer(_) | State::Ended | State::Failed(_) => break,
            };
            rest = left;
        }
        let (summed, rest) = bytes.split_at(bytes.len() - rest.len());
        self.sum.update(summed);
        self.count_bytes(rest.len())?;
        rest.iter().try_for_each(|&byte| self.handle_end(byte))
    }

    fn count_bytes(&self, rest: usize) -> Result<(), PackError> {
        let most = self.scanned.limits.pack_bytes;
        if self.offset.saturating_add(rest as u64) > most {
            return Err(PackError::limit("pack_bytes", most));
        }
        Ok(())
    }

    /// One byte of the prefix or of an object's header, which are short.
    fn handle_byte(&mut self, byte: u8) -> Result<(), PackError> {
        match &mut self.state {
            State::Prefix(gather) => match gather.push(byte) {
                Some(prefix) => self.start(prefix),
                None => Ok(()),
            },
            State::Head { offset, reader } => {
                let offset = *offset;
                let head = reader.handle_byte(byte);
                match head.map_err(|_| PackError::Header { offset })? {
                    Some(head) => self.open(offset, head),
                    None => Ok(()),
                }
            }
            State::Body(_) | State::Trailer(_) | State::Ended | State::Failed(_) => Ok(()),
        }
    }

    fn start(&mut self, prefix: [u8; PREFIX]) -> Result<(), PackError> {
        let (words, _) = prefix.as_chunks::<4>();
        let [magic, version, count] = *words else {
            return Err(PackError::Magic);
        };
        if magic != *b"PACK" {
            return Err(PackError::Magic);
        }
        let version = u32::from_be_bytes(version);
        if !matches!(version, 2 | 3) {
            return Err(PackError::Version(version));
        }
        self.left = u32::from_be_bytes(count);
        let most = self.scanned.limits.objects;
        if self.left > most {
            return Err(PackError::limit("objects", most.into()));
        }
        self.state = self.next_object();
        Ok(())
    }

    /// What comes once an object, or the prefix, is complete.
    const fn next_object(&self) -> State {
        match self.left {
            0 => State::Trailer(Gather::new()),
            _ => State::Head {
                offset: self.offset,
                reader: HeadReader::Start,
            },
        }
    }

    /// An object's header is complete: its zlib stream begins.
    fn open(&mut self, offset: u64, head: Head) -> Result<(), PackError> {
        let index = self.objects();
        let header = u8::try_from(self.offset - offset);
        let header = header.map_err(|_| PackError::Header { offset })?;
        let mut entry = Entry::new(offset, header, head.size);
        let mut hasher = None;
        self.scanned.check_size(head)?;
        match head.form {
            Form::Full(kind) => {
                entry.kind = Some(kind);
                hasher = Some(ObjectHasher::new(kind, head.size));
            }
            Form::OffsetDelta(distance) => entry.base = self.scanned.base(offset, distance)?,
            Form::RefDelta(base) => self.scanned.refs.push((base, index)),
        }
        self.inflater.restart();
        self.ring.restart();
        let left = head.size;
        self.state = State::Body(Box::new(Body {
            entry,
            hasher,
            left,
        }));
        Ok(())
    }

    /// Inflates until `input` is used up or the object ends; gives what is left.
    fn inflate<'a>(&mut self, mut input: &'a [u8]) -> Result<&'a [u8], PackError> {
        let State::Body(body) = &mut self.state else {
            return Ok(input);
        };
        let offset = body.entry.offset;
        loop {
            let run = self.inflater.run(input, &mut self.ring);
            let (ending, used, output) = run.map_err(|_| PackError::Zlib { offset })?;
            input = input.get(used..).unwrap_or_default();
            self.offset += used as u64;
            body.handle(output)?;
            match ending {
                Ending::MoreOutput => {}
                Ending::MoreInput => return Ok(input),
                Ending::Done => break,
            }
        }
        self.close()?;
        Ok(input)
    }

    /// An object is complete.
    fn close(&mut self) -> Result<(), PackError> {
        self.left -= 1;
        let next = self.next_object();
        if let State::Body(body) = core::mem::replace(&mut self.state, next) {
            self.scanned.entries.push(body.finish()?);
        }
        Ok(())
    }

    /// One byte of the trailer, or behind it.
    fn handle_end(&mut self, byte: u8) -> Result<(), PackError> {
        let State::Trailer(gather) = &mut self.state else {
            let offset = self.offset;
            return Err(PackError::Trailing { offset });
        };
        self.offset += 1;
        let Some(stated) = gather.push(byte) else {
            return Ok(());
        };
        let sum = core::mem::replace(&mut self.sum, plain_sha1()).finalize();
        if sum[..] != stated {
            return Err(PackError::Checksum);
        }
        self.state = State::Ended;
        Ok(())
    }
}

impl Scanned {
    /// Objects, each as often as it occurs.
    pub fn objects(&self) -> u32 {
        // The number is that of the prefix, at most.
        u32::try_from(self.entries.len()).unwrap_or(u32::MAX)
    }

    /// Objects that are deltas.
    pub fn deltas(&self) -> u32 {
        let deltas = self.entries.iter().filter(|entry| entry.kind.is_none());
        u32::try_from(deltas.count()).unwrap_or(u32::MAX)
    }

    fn check_size(&mut self, head: Head) -> Result<(), PackError> {
        let limits = &self.limits;
        if head.size > limits.object_bytes {
            return Err(PackError::limit("object_bytes", limits.object_bytes));
        }
        let is_delta = !matches!(head.form, Form::Full(_));
        if is_delta && head.size > limits.whole_bytes() {
            return Err(PackError::limit("delta_bytes", limits.whole_bytes()));
        }
        self.count_inflated(head.size)
    }

    /// Counts the bytes of one more object or delta.
    pub(super) fn count_inflated(&mut self, size: u64) -> Result<(), PackError> {
        let most = self.limits.inflated_bytes;
        let sum = self.inflated_bytes.checked_add(size);
        let sum = sum.filter(|&sum| sum <= most);
        self.inflated_bytes = sum.ok_or(PackError::limit("inflated_bytes", most))?;
        Ok(())
    }

    /// The entry that begins `distance` bytes before `offset`.
    fn base(&self, offset: u64, distance: u64) -> Result<u32, PackError> {
        let start = offset.checked_sub(distance);
        let found = start.and_then(|start| {
            let by_offset = |entry: &Entry| entry.offset;
            self.entries.binary_search_by_key(&start, by_offset).ok()
        });
        let index = found.and_then(|index| u32::try_from(index).ok());
        index.ok_or(PackError::BaseOffset { offset })
    }
}

impl Body {
    fn handle(&mut self, output: &[u8]) -> Result<(), PackError> {
        let offset = self.entry.offset;
        let left = self.left.checked_sub(output.len() as u64);
        self.left = left.ok_or(PackError::Size { offset })?;
        if let Some(hasher) = &mut self.hasher {
            hasher.update(output);
        }
        Ok(())
    }

    fn finish(self) -> Result<Entry, PackError> {
        let mut entry = self.entry;
        let offset = entry.offset;
        if self.left != 0 {
            return Err(PackError::Size { offset });
        }
        if let Some(hasher) = self.hasher {
            let id = hasher.finish();
            entry.id = id.map_err(|error| PackError::Hash { offset, error })?;
        }
        Ok(entry)
    }
}

/// Brings a few bytes together that may come one by one.
struct Gather<const N: usize> {
    bytes: [u8; N],
    got: usize,
}

impl<const N: usize> Gather<N> {
    const fn new() -> Self {
        let bytes = [0; N];
        Self { bytes, got: 0 }
    }

    /// Takes one more; gives all with the last.
    fn push(&mut self, byte: u8) -> Option<[u8; N]> {
        *self.bytes.get_mut(self.got)? = byte;
        self.got += 1;
        (self.got == N).then_some(self.bytes)
    }
}

impl fmt::Debug for Scanner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut scanner = f.debug_struct("Scanner");
        scanner.field("offset", &self.offset);
        scanner.field("left", &self.left).finish_non_exhaustive()
    }
}

impl fmt::Debug for Scanned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut scanned = f.debug_struct("Scanned");
        scanned.field("objects", &self.objects());
        scanned.finish_non_exhaustive()
    }
}
