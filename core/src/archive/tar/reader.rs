//! The reader: blocks to events.
//!
//! ```text
//!   ┌──────────────────────────────────────────────┐
//!   ▼                                              │
//! Header ─┬─► Extension (L, K, x) ──────────────►  │
//!         ├─► Content (regular files) ────────►  Skip (padding, what is read past)
//!         ├─► SparseMap (S) ──────────────────►    │
//!         ├─► ───────────────────────────────────► ┘
//!         └─► Ended (a block of zeros)
//! ```

use alloc::vec::Vec;

use super::extension::{Extension, Part};
use super::header::{FULL_PATH, Found, Header, continues_sparse_map};
use super::spent::Spent;
use super::{BLOCK, Entry, EntryKind, Event, TarError, TarLimits, padding};

/// Tells the entries of an archive from their content while its bytes pass.
///
/// It may be fed one byte at a time or a MiB at once: the events are the same, but that runs of
/// data are cut differently. It holds at most [`TarLimits::pax_bytes`] and three paths. After an
/// error it is spent: pushing more is harmless and means nothing.
#[derive(Debug)]
pub struct TarReader {
    spent: Spent,
    state: State,
    block: [u8; BLOCK],
    /// The data of a long name or a pax header, as far as it is here.
    gathered: Vec<u8>,
    extension: Extension,
    /// Bytes taken so far.
    offset: u64,
}

#[derive(Debug, Clone, Copy)]
enum State {
    /// So many bytes of a header are in `block`.
    Header { filled: usize },
    /// So many bytes of a block of a sparse map are in `block`; data of `size` bytes follows it.
    SparseMap { filled: usize, size: u64 },
    /// So many bytes of what extends the next entry are to come, and then padding.
    Extension {
        part: Part,
        left: usize,
        size: u64,
        header: u64,
    },
    /// So many bytes of a regular file are to come, and then padding.
    Content { left: u64, size: u64 },
    /// So many bytes are to be read past.
    Skip { left: u64 },
    /// Whatever comes is ignored.
    Ended,
}

const AT_HEADER: State = State::Header { filled: 0 };

impl TarReader {
    /// Makes a reader that stands before the first header.
    pub fn new(limits: TarLimits) -> Self {
        Self {
            spent: Spent::new(limits),
            state: AT_HEADER,
            block: [0; BLOCK],
            gathered: Vec::new(),
            extension: Extension::default(),
            offset: 0,
        }
    }

    /// Reads `bytes` and calls `take` with each event. An error of `take` ends the call.
    pub fn push<E: From<TarError>>(
        &mut self,
        bytes: &[u8],
        take: &mut impl FnMut(Event<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        let rest = &mut &*bytes;
        while !rest.is_empty() {
            match self.state {
                State::Header { filled } => self.handle_header_bytes(filled, rest, take)?,
                State::SparseMap { filled, size } => self.handle_map_bytes(filled, size, rest)?,
                State::Extension { left, .. } => self.handle_extension_bytes(left, rest)?,
                State::Content { left, size } => {
                    self.handle_content_bytes(left, size, rest, take)?;
                }
                State::Skip { left } => {
                    let skipped = self.advance(rest, left);
                    self.state = skip(left - skipped.len() as u64);
                }
                State::Ended => return Ok(()),
            }
        }
        Ok(())
    }

    /// To be called when there are no more bytes: [`TarError::Truncated`], if they do not end
    /// between two entries or after the end of the archive.
    pub const fn finish(&self) -> Result<(), TarError> {
        match self.state {
            State::Header { filled: 0 } | State::Ended => Ok(()),
            State::Header { .. }
            | State::SparseMap { .. }
            | State::Extension { .. }
            | State::Content { .. }
            | State::Skip { .. } => Err(TarError::Truncated {
                offset: self.offset,
            }),
        }
    }

    /// True once the block of zeros was read that ends the archive: nothing more is wanted.
    pub const fn is_ended(&self) -> bool {
        matches!(self.state, State::Ended)
    }

    fn handle_header_bytes<E: From<TarError>>(
        &mut self,
        filled: usize,
        rest: &mut &[u8],
        take: &mut impl FnMut(Event<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        let filled = self.fill_block(filled, rest);
        if filled < BLOCK {
            self.state = State::Header { filled };
            return Ok(());
        }
        match Found::in_block(&self.block) {
            Found::Header => self.handle_header(&Header::copied(&self.block), take),
            Found::Zeros => {
                self.state = State::Ended;
                Ok(())
            }
            Found::Damaged => {
                let offset = self.block_start();
                Err(TarError::Checksum { offset }.into())
            }
        }
    }

    fn handle_header<E: From<TarError>>(
        &mut self,
        header: &Header,
        take: &mut impl FnMut(Event<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        self.spent.count_header()?;
        let offset = self.block_start();
        let size = header.size().ok_or(TarError::Size { offset })?;
        match header.kind() {
            b'L' => self.gather(Part::Path, size)?,
            b'K' => self.gather(Part::Link, size)?,
            b'x' => self.gather(Part::Pax, size)?,
            b'g' => {
                self.spent.count_content(size)?;
                self.state = skip(padded(size));
            }
            _ => self.handle_entry(header, size, take)?,
        }
        Ok(())
    }

    /// Begins to gather what extends the next entry.
    fn gather(&mut self, part: Part, size: u64) -> Result<(), TarError> {
        self.spent.count_content(size)?;
        let header = self.block_start();
        let limit = part.limit(self.spent.limits());
        let left = usize::try_from(size).ok().filter(|&size| size <= limit);
        let left = left.ok_or_else(|| part.too_long(header, limit))?;
        self.gathered.clear();
        self.await_extension(part, left, size, header)
    }

    /// Waits for the rest of what extends the next entry, or takes it if nothing is left.
    fn await_extension(
        &mut self,
        part: Part,
        left: usize,
        size: u64,
        header: u64,
    ) -> Result<(), TarError> {
        self.state = State::Extension {
            part,
            left,
            size,
            header,
        };
        match left {
            0 => self.handle_extension(part, size, header),
            _ => Ok(()),
        }
    }

    fn handle_extension_bytes(&mut self, left: usize, rest: &mut &[u8]) -> Result<(), TarError> {
        let State::Extension {
            part, size, header, ..
        } = self.state
        else {
            return Ok(());
        };
        let run = self.advance(rest, left as u64);
        self.gathered.extend_from_slice(run);
        let left = left - run.len();
        self.await_extension(part, left, size, header)
    }

    fn handle_extension(&mut self, part: Part, size: u64, header: u64) -> Result<(), TarError> {
        match part {
            Part::Path => Extension::set(&mut self.extension.path, &self.gathered),
            Part::Link => Extension::set(&mut self.extension.link, &self.gathered),
            Part::Pax => {
                let limit = self.spent.limits().path_bytes;
                let taken = self.extension.take_pax(&self.gathered, limit);
                taken.map_err(|fault| fault.at(header, limit))?;
            }
        }
        self.state = skip(padding(size) as u64);
        Ok(())
    }

    fn handle_entry<E: From<TarError>>(
        &mut self,
        header: &Header,
        stated: u64,
        take: &mut impl FnMut(Event<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut room = [0; FULL_PATH];
        let path = or(&self.extension.path, header.path(&mut room));
        let kind = kind(header, &self.extension);
        // Zig goes by the header's own size for types that it does not support.
        let size = match (header.kind(), self.extension.size) {
            (b'0' | b'2' | b'5', size @ 1..) => size,
            _ => stated,
        };
        self.spent.count_content(size)?;
        self.spent.count_paths(path.len() + kind.target().len())?;
        self.state = State::before_data(header, kind, size);
        take(Event::Entry(Entry {
            path,
            kind,
            size,
            is_executable: header.is_executable(),
        }))?;
        if kind == EntryKind::File && size == 0 {
            take(Event::End)?;
        }
        self.extension.clear();
        Ok(())
    }

    fn handle_content_bytes<E: From<TarError>>(
        &mut self,
        left: u64,
        size: u64,
        rest: &mut &[u8],
        take: &mut impl FnMut(Event<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        let run = self.advance(rest, left);
        let left = left - run.len() as u64;
        self.state = State::Content { left, size };
        take(Event::Data(run))?;
        if left == 0 {
            self.state = skip(padding(size) as u64);
            take(Event::End)?;
        }
        Ok(())
    }

    fn handle_map_bytes(
        &mut self,
        filled: usize,
        size: u64,
        rest: &mut &[u8],
    ) -> Result<(), TarError> {
        let filled = self.fill_block(filled, rest);
        self.state = State::SparseMap { filled, size };
        if filled == BLOCK {
            self.spent.count_header()?;
            self.state = if continues_sparse_map(&self.block) {
                State::SparseMap { filled: 0, size }
            } else {
                skip(padded(size))
            };
        }
        Ok(())
    }

    fn fill_block(&mut self, filled: usize, rest: &mut &[u8]) -> usize {
        let run = self.advance(rest, (BLOCK - filled) as u64);
        let end = filled + run.len();
        self.block[filled..end].copy_from_slice(run);
        end
    }

    /// Takes at most `most` bytes off the front of `rest`.
    fn advance<'a>(&mut self, rest: &mut &'a [u8], most: u64) -> &'a [u8] {
        let length = usize::try_from(most).map_or(rest.len(), |most| most.min(rest.len()));
        let (run, after) = rest.split_at(length);
        *rest = after;
        self.offset += length as u64;
        run
    }

    /// Where the block begins that was just filled.
    const fn block_start(&self) -> u64 {
        self.offset - BLOCK as u64
    }
}

impl State {
    /// What follows an entry's header.
    const fn before_data(header: &Header, kind: EntryKind<'_>, size: u64) -> Self {
        match kind {
            EntryKind::File if size > 0 => Self::Content { left: size, size },
            EntryKind::Other(_) if header.kind() == b'S' && header.has_sparse_map() => {
                Self::SparseMap { filled: 0, size }
            }
            EntryKind::File
            | EntryKind::Directory
            | EntryKind::Symlink(_)
            | EntryKind::HardLink(_)
            | EntryKind::Other(_) => skip(padded(size)),
        }
    }
}

impl<'a> EntryKind<'a> {
    /// What a link refers to; nothing for all else.
    const fn target(self) -> &'a [u8] {
        match self {
            Self::Symlink(target) | Self::HardLink(target) => target,
            Self::File | Self::Directory | Self::Other(_) => &[],
        }
    }
}

fn kind<'a>(header: &'a Header, extension: &'a Extension) -> EntryKind<'a> {
    let link = or(&extension.link, header.link());
    match header.kind() {
        b'0' if extension.is_sparse => EntryKind::Other(b'S'),
        b'0' => EntryKind::File,
        b'1' => EntryKind::HardLink(link),
        b'2' => EntryKind::Symlink(link),
        b'5' => EntryKind::Directory,
        other => EntryKind::Other(other),
    }
}

const fn or<'a>(extended: &'a [u8], own: &'a [u8]) -> &'a [u8] {
    if extended.is_empty() { own } else { extended }
}

const fn skip(left: u64) -> State {
    match left {
        0 => AT_HEADER,
        _ => State::Skip { left },
    }
}

/// `size` in whole blocks; near 2^64, where nobody gets, in fewer.
const fn padded(size: u64) -> u64 {
    size.saturating_add(padding(size) as u64)
}
