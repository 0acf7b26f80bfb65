//! The reader: gzip, inflated as it comes.
//!
//! ```text
//! Fixed ─► [ExtraLength ─► Extra] ─► [Text: name] ─► [Text: comment] ─► [HeaderCheck] ─► Deflated ─► Trailer ─► Ended
//! ```
//!
//! It takes what the Zig client takes, for a mirror hashes what Zig would hash:
//!
//! * only the first member counts; whatever follows it is ignored;
//! * the trailer (CRC-32 and length) must be there, and is not looked at; no more are the check of
//!   the header and its reserved flags. Nothing relies on them: a package is known by its hash.
//!
//! It refuses to hold output: a run is handed out as soon as it is made. How much output is too
//! much is for the caller to say, in `take`.

use alloc::boxed::Box;
use core::fmt;

use miniz_oxide::inflate::TINFLStatus;
use miniz_oxide::inflate::core::inflate_flags::TINFL_FLAG_HAS_MORE_INPUT;
use miniz_oxide::inflate::core::{DecompressorOxide, decompress};

/// Bytes of the ring that output is written to: what a match may point back to (RFC 1951 2), twice
/// for longer runs. A power of two.
const RING: usize = 64 << 10;
/// CRC-32 and length (RFC 1952 2.3.1).
const TRAILER: u8 = 8;

const FLAG_HEADER_CHECK: u8 = 1 << 1;
const FLAG_EXTRA: u8 = 1 << 2;
const FLAG_NAME: u8 = 1 << 3;
const FLAG_COMMENT: u8 = 1 << 4;

/// Inflates one gzip member that comes in pieces.
///
/// It holds about 75 KiB, allocated once. After an error it is spent: pushing more is harmless
/// and means nothing.
pub struct Gunzip {
    state: State,
    inflater: Box<DecompressorOxide>,
    ring: Box<[u8]>,
    /// Where in the ring the next output goes.
    at: usize,
}

impl Gunzip {
    /// Makes one that stands before the header.
    pub fn new() -> Self {
        Self {
            state: State::Fixed { at: 0, flags: 0 },
            inflater: Box::default(),
            ring: alloc::vec![0; RING].into(),
            at: 0,
        }
    }

    /// Inflates `bytes` and calls `take` with each run of output, of at most 64 KiB and never empty.
    ///
    /// `Ok(false)` means that the member has ended and nothing more is wanted; it stays so. An
    /// error of `take` ends the call.
    pub fn push<E: From<GzipError>>(
        &mut self,
        bytes: &[u8],
        take: &mut impl FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<bool, E> {
        let mut rest = bytes;
        while let Some((&byte, after)) = rest.split_first() {
            match self.state {
                State::Ended => break,
                State::Deflated => rest = self.inflate(rest, take)?,
                State::Fixed { .. }
                | State::ExtraLength { .. }
                | State::Extra { .. }
                | State::Text { .. }
                | State::HeaderCheck { .. }
                | State::Trailer { .. } => {
                    self.state = self.state.handle_byte(byte)?;
                    rest = after;
                }
            }
        }
        Ok(!matches!(self.state, State::Ended))
    }

    /// To be called when there are no more bytes: [`GzipError::Truncated`], if the member has not
    /// ended, trailer included.
    pub fn finish(&self) -> Result<(), GzipError> {
        match self.state {
            State::Ended => Ok(()),
            State::Fixed { .. }
            | State::ExtraLength { .. }
            | State::Extra { .. }
            | State::Text { .. }
            | State::HeaderCheck { .. }
            | State::Deflated
            | State::Trailer { .. } => Err(GzipError::Truncated),
        }
    }

    /// Inflates until `input` is used up or the deflate stream ends; gives what is left.
    fn inflate<'a, E: From<GzipError>>(
        &mut self,
        mut input: &'a [u8],
        take: &mut impl FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<&'a [u8], E> {
        loop {
            let flags = TINFL_FLAG_HAS_MORE_INPUT;
            let (status, used, made) =
                decompress(&mut self.inflater, input, &mut self.ring, self.at, flags);
            let run = self.at..self.at + made;
            self.at = run.end % RING;
            input = &input[used..];
            if !run.is_empty() {
                take(&self.ring[run])?;
            }
            match status {
                TINFLStatus::HasMoreOutput => {}
                TINFLStatus::NeedsMoreInput => return Ok(input),
                TINFLStatus::Done => {
                    self.state = State::Trailer { left: TRAILER };
                    return Ok(input);
                }
                // The last arm: the enum is not ours, and may grow.
                TINFLStatus::FailedCannotMakeProgress
                | TINFLStatus::BadParam
                | TINFLStatus::Adler32Mismatch
                | TINFLStatus::Failed
                | _ => return Err(GzipError::Corrupt.into()),
            }
        }
    }
}

impl Default for Gunzip {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Gunzip {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Gunzip").field(&self.state).finish()
    }
}

/// Why bytes are not a gzip member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum GzipError {
    /// They do not begin with 1f 8b.
    Magic,
    /// The compression method is not deflate (8).
    Method(u8),
    /// The deflate stream breaks its own rules.
    Corrupt,
    /// They end before the member does.
    Truncated,
}

impl fmt::Display for GzipError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Magic => f.write_str("the archive is not gzip: it does not begin with 1f 8b"),
            Self::Method(method) => {
                write!(f, "gzip's compression method {method} is not deflate (8)")
            }
            Self::Corrupt => f.write_str("the gzip stream is damaged"),
            Self::Truncated => f.write_str("the gzip stream is cut off"),
        }
    }
}

impl core::error::Error for GzipError {}

#[derive(Debug, Clone, Copy)]
enum State {
    Fixed { at: u8, flags: u8 },
    ExtraLength { low: Option<u8>, flags: u8 },
    Extra { left: u16, flags: u8 },
    Text { flags: u8 },
    HeaderCheck { left: u8 },
    Deflated,
    Trailer { left: u8 },
    Ended,
}

impl State {
    fn handle_byte(self, byte: u8) -> Result<Self, GzipError> {
        Ok(match self {
            Self::Fixed { at, flags } => return Self::handle_fixed(at, flags, byte),
            Self::ExtraLength { low: None, flags } => Self::ExtraLength {
                low: Some(byte),
                flags,
            },
            Self::ExtraLength {
                low: Some(low),
                flags,
            } => Self::extra(u16::from_le_bytes([low, byte]), flags),
            Self::Extra { left, flags } => Self::extra(left - 1, flags),
            Self::Text { flags } if byte == 0 => Self::after(flags),
            Self::HeaderCheck { left: 1 } => Self::Deflated,
            Self::HeaderCheck { left } => Self::HeaderCheck { left: left - 1 },
            Self::Trailer { left: 1 } => Self::Ended,
            Self::Trailer { left } => Self::Trailer { left: left - 1 },
            Self::Text { .. } | Self::Deflated | Self::Ended => self,
        })
    }

    /// The ten bytes that every header has: magic, method, flags, time, extra flags, system.
    fn handle_fixed(at: u8, flags: u8, byte: u8) -> Result<Self, GzipError> {
        let flags = if at == 3 { byte } else { flags };
        match (at, byte) {
            (0, 0x1f) | (1, 0x8b) | (2, 8) | (3..=8, _) => Ok(Self::Fixed { at: at + 1, flags }),
            (0 | 1, _) => Err(GzipError::Magic),
            (2, method) => Err(GzipError::Method(method)),
            (9.., _) => Ok(Self::after(flags)),
        }
    }

    const fn extra(left: u16, flags: u8) -> Self {
        match left {
            0 => Self::after(flags),
            _ => Self::Extra { left, flags },
        }
    }

    /// What comes next: the first field that `flags` still announces, in the order of RFC 1952 2.3.
    const fn after(flags: u8) -> Self {
        if flags & FLAG_EXTRA != 0 {
            let flags = flags & !FLAG_EXTRA;
            Self::ExtraLength { low: None, flags }
        } else if flags & FLAG_NAME != 0 {
            let flags = flags & !FLAG_NAME;
            Self::Text { flags }
        } else if flags & FLAG_COMMENT != 0 {
            let flags = flags & !FLAG_COMMENT;
            Self::Text { flags }
        } else if flags & FLAG_HEADER_CHECK != 0 {
            Self::HeaderCheck { left: 2 }
        } else {
            Self::Deflated
        }
    }
}

#[cfg(test)]
#[path = "reader_tests.rs"]
mod tests;
