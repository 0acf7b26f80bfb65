//! The writer: one gzip member, the same bytes for the same content on every run and machine.
//!
//! The header has no name, no time, no extra flags (XFL 0) and no system (OS 255, "unknown"). The
//! compressor is miniz_oxide's own, at level 6; its version is part of the promise, and golden
//! digests guard it. Output does not depend on how the content is cut: a match is looked for only
//! when 258 bytes lie ahead, or the content has ended.
//!
//! It refuses a choice of level or window, a second member, and large blocks of fixed Huffman
//! codes, at which Zig 0.15.2 dies beyond 64 KiB: at this level miniz_oxide writes them for less
//! than 48 bytes of content, which can only be a member's last.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;

use miniz_oxide::deflate::core::{
    CompressorOxide, TDEFLFlush, TDEFLStatus, compress_to_output, create_comp_flags_from_zip_params,
};

use crate::archive::crc32::Crc32;

/// Somewhat smaller than zlib's level 6 and as quick; 7 to 9 take up to twice the time for 0.6 %.
const LEVEL: i32 = 6;
/// A window of 32 KiB, negative for deflate without a zlib header.
const WINDOW_BITS: i32 = -15;
const DEFAULT_STRATEGY: i32 = 0;

/// Magic number, deflate, no flags, no time, no extra flags, system unknown (RFC 1952 2.3.1).
const HEADER: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];

/// Deflates what it is given into one gzip member.
///
/// It holds about 320 KiB, allocated once, whatever the content's length. A call appends at most
/// what its own bytes and 5 MiB of earlier ones, well compressed, come to.
pub struct Gzip {
    compressor: Box<CompressorOxide>,
    /// What the compressor last said: anything but `Okay` stays so.
    status: TDEFLStatus,
    crc: Crc32,
    /// Bytes taken, modulo 2^32.
    length: u32,
}

impl Gzip {
    /// Begins a member: appends its header to `out`.
    pub fn new(out: &mut Vec<u8>) -> Self {
        out.extend_from_slice(&HEADER);
        let flags = create_comp_flags_from_zip_params(LEVEL, WINDOW_BITS, DEFAULT_STRATEGY);
        Self {
            compressor: Box::new(CompressorOxide::new(flags)),
            status: TDEFLStatus::Okay,
            crc: Crc32::default(),
            length: 0,
        }
    }

    /// Takes the next bytes of content, and appends to `out` what is compressed by now.
    pub fn push(&mut self, content: &[u8], out: &mut Vec<u8>) {
        self.crc.update(content);
        // The length of a slice, modulo 2^32 as RFC 1952 2.3.1 wants it.
        #[allow(clippy::cast_possible_truncation)]
        let length = content.len() as u32;
        self.length = self.length.wrapping_add(length);
        if self.status == TDEFLStatus::Okay {
            self.compress(content, TDEFLFlush::None, out);
        }
    }

    /// Ends the member: appends what is left, checksum and length.
    ///
    /// An error means that what was appended is no gzip, and must be thrown away.
    pub fn finish(mut self, out: &mut Vec<u8>) -> Result<(), GzipWriteError> {
        if self.status == TDEFLStatus::Okay {
            self.compress(&[], TDEFLFlush::Finish, out);
        }
        if self.status != TDEFLStatus::Done {
            return Err(GzipWriteError);
        }
        out.extend_from_slice(&self.crc.finish().to_le_bytes());
        out.extend_from_slice(&self.length.to_le_bytes());
        Ok(())
    }

    fn compress(&mut self, content: &[u8], flush: TDEFLFlush, out: &mut Vec<u8>) {
        let append = |run: &[u8]| {
            out.extend_from_slice(run);
            true
        };
        let (status, used) = compress_to_output(&mut self.compressor, content, flush, append);
        self.status = if used == content.len() {
            status
        } else {
            TDEFLStatus::PutBufFailed
        };
    }
}

impl fmt::Debug for Gzip {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gzip")
            .field("length", &self.length)
            .finish_non_exhaustive()
    }
}

/// The compressor gave up. No content is known to bring it there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GzipWriteError;

impl fmt::Display for GzipWriteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the compressor of gzip gave up")
    }
}

impl core::error::Error for GzipWriteError {}

#[cfg(test)]
#[path = "write_tests.rs"]
mod tests;
