//! One header block, as the writer fills it (POSIX.1-2024, pax utility, "ustar Header Block").

use super::BLOCK;

/// The time of every entry, in seconds since 1970: 1980-01-01T00:00:00Z, the oldest that all
/// formats and file systems can tell which an archive may be repacked for (zip and FAT begin
/// there), and one that no program takes for a missing time, as it may 0.
pub const MTIME: u64 = 315_532_800;

/// What an entry is, and with it type and mode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    File { is_executable: bool },
    Symlink,
    Directory,
    Pax,
}

impl Kind {
    const fn letter(self) -> u8 {
        match self {
            Self::File { .. } => b'0',
            Self::Symlink => b'2',
            Self::Directory => b'5',
            Self::Pax => b'x',
        }
    }

    const fn mode(self) -> u64 {
        match self {
            Self::File {
                is_executable: true,
            }
            | Self::Directory => 0o755,
            Self::File {
                is_executable: false,
            }
            | Self::Pax => 0o644,
            Self::Symlink => 0o777,
        }
    }
}

/// A header whose fields are being set. Text that is longer than its field is cut.
pub(super) struct Block([u8; BLOCK]);

impl Block {
    pub(super) fn new(kind: Kind, name: &[u8], size: u64) -> Self {
        let block = Self([0; BLOCK]).text::<0, 100>(name);
        let block = block.number::<100, 108>(kind.mode());
        let block = block.number::<108, 116>(0).number::<116, 124>(0);
        let block = block.number::<124, 136>(size).number::<136, 148>(MTIME);
        let block = block.text::<148, 156>(b"        ");
        let block = block.text::<156, 157>(&[kind.letter()]);
        // Major and minor of a device, which none is.
        let block = block.text::<257, 265>(b"ustar\x0000");
        block.number::<329, 337>(0).number::<337, 345>(0)
    }

    pub(super) fn target(self, target: &[u8]) -> Self {
        self.text::<157, 257>(target)
    }

    pub(super) fn prefix(self, prefix: &[u8]) -> Self {
        self.text::<345, 500>(prefix)
    }

    /// Sets the checksum: six digits, NUL, space.
    pub(super) fn finish(self) -> [u8; BLOCK] {
        let sum = self.0.iter().map(|&byte| u64::from(byte)).sum();
        self.number::<148, 155>(sum).0
    }

    fn text<const START: usize, const END: usize>(mut self, text: &[u8]) -> Self {
        for (byte, &from) in self.0[START..END].iter_mut().zip(text) {
            *byte = from;
        }
        self
    }

    /// Octal digits that fill the field but for a NUL at its end.
    fn number<const START: usize, const END: usize>(mut self, number: u64) -> Self {
        let mut rest = number;
        let field = &mut self.0[START..END];
        for (at, byte) in field.iter_mut().rev().enumerate() {
            if at == 0 {
                *byte = 0;
            } else {
                *byte = b"01234567"[(rest & 7) as usize];
                rest >>= 3;
            }
        }
        self
    }
}
