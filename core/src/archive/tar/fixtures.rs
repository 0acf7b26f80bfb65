//! Archives made block by block, and events as lines of text.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::{BLOCK, Entry, EntryKind, Event, TarError, TarLimits, TarReader};

pub(super) const OK: Result<(), TarError> = Ok(());

/// Digits.
pub(super) fn long(length: usize) -> String {
    "0123456789".chars().cycle().take(length).collect()
}

/// A header with ustar's magic; its checksum is set by [`Tar::header`].
pub(super) struct Block(pub(super) [u8; BLOCK]);

impl Block {
    pub(super) fn new(kind: u8, path: &str, size: usize) -> Self {
        Self([0; BLOCK])
            .put(0, path.as_bytes())
            .put(124, format!("{size:011o}\0").as_bytes())
            .put(156, &[kind])
            .put(257, b"ustar\x0000")
    }

    pub(super) fn link(self, target: &str) -> Self {
        self.put(157, target.as_bytes())
    }

    pub(super) fn put(mut self, at: usize, bytes: &[u8]) -> Self {
        self.0[at..at + bytes.len()].copy_from_slice(bytes);
        self
    }

    pub(super) fn sum(&self) -> u32 {
        let summed = self.0[..148].iter().chain(&self.0[156..]);
        256 + summed.map(|&byte| u32::from(byte)).sum::<u32>()
    }
}

/// An archive that grows.
#[derive(Clone, Default)]
pub(super) struct Tar(pub(super) Vec<u8>);

impl Tar {
    /// A header with the right checksum.
    pub(super) fn header(self, block: Block) -> Self {
        let sum = format!("{:06o}\0 ", block.sum());
        self.raw(&block.put(148, sum.as_bytes()).0)
    }

    /// A header of a type, and data that fits it.
    pub(super) fn entry(self, kind: u8, path: &str, data: &[u8]) -> Self {
        self.header(Block::new(kind, path, data.len())).data(data)
    }

    pub(super) fn file(self, path: &str, data: &str) -> Self {
        self.entry(b'0', path, data.as_bytes())
    }

    /// A pax header of these records.
    pub(super) fn pax(self, kind: u8, records: &[(&str, &str)]) -> Self {
        let body: String = records
            .iter()
            .map(|(key, value)| record(key, value))
            .collect();
        self.entry(kind, "PaxHeaders/x", body.as_bytes())
    }

    /// Data and its padding.
    pub(super) fn data(self, data: &[u8]) -> Self {
        let padding = data.len().wrapping_neg() % BLOCK;
        self.raw(data).raw(&[0; BLOCK][..padding])
    }

    pub(super) fn zeros(self, blocks: usize) -> Self {
        (0..blocks).fold(self, |tar, _| tar.raw(&[0; BLOCK]))
    }

    pub(super) fn raw(mut self, bytes: &[u8]) -> Self {
        self.0.extend_from_slice(bytes);
        self
    }

    pub(super) fn read(&self) -> Read {
        read_in_pieces(&self.0, self.0.len().max(1), TarLimits::default())
    }
}

/// A pax record; its length counts its own digits.
pub(super) fn record(key: &str, value: &str) -> String {
    let rest = format!(" {key}={value}\n");
    let mut length = rest.len();
    while length != rest.len() + format!("{length}").len() {
        length = rest.len() + format!("{length}").len();
    }
    format!("{length}{rest}")
}

/// What came of an archive: a line for each event, all data of a file in one, and how it ended.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Read {
    pub(super) lines: Vec<String>,
    pub(super) end: Result<(), TarError>,
}

pub(super) fn read_in_pieces(bytes: &[u8], step: usize, limits: TarLimits) -> Read {
    read(bytes.chunks(step), limits)
}

pub(super) fn read<'a>(pieces: impl Iterator<Item = &'a [u8]>, limits: TarLimits) -> Read {
    let (mut reader, mut lines, mut open) = (TarReader::new(limits), Vec::<String>::new(), false);
    let mut take = |event: Event<'_>| {
        match (event, lines.last_mut()) {
            (Event::Data(data), Some(last)) if open => {
                last.push_str(&data.escape_ascii().to_string());
            }
            (event, _) => lines.push(line(event)),
        }
        open = matches!(event, Event::Data(_));
        Ok::<(), TarError>(())
    };
    let mut pieces = pieces;
    let pushed = pieces.try_for_each(|piece| reader.push(piece, &mut take));
    let end = pushed.and_then(|()| reader.finish());
    Read { lines, end }
}

fn line(event: Event<'_>) -> String {
    match event {
        Event::Entry(entry) => entry_line(entry),
        Event::Data(data) => format!("= {}", data.escape_ascii()),
        Event::End => "end".into(),
    }
}

fn entry_line(entry: Entry<'_>) -> String {
    let path = format!("{} {}", entry.path.escape_ascii(), entry.size);
    match entry.kind {
        EntryKind::File => format!("file {path}"),
        EntryKind::Directory => format!("dir {path}"),
        EntryKind::Symlink(target) => format!("symlink {path} -> {}", target.escape_ascii()),
        EntryKind::HardLink(target) => format!("hardlink {path} -> {}", target.escape_ascii()),
        EntryKind::Other(kind) => format!("other {} {path}", char::from(kind)),
    }
}
