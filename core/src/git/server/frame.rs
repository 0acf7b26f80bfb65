//! A pack of known length, put into its packets as its bytes come.
//!
//! It refuses more bytes than were announced, and to end before they are all there: a client would
//! wait for the rest, or take the next packet's head for a part of the pack.

use alloc::vec::Vec;
use core::fmt;

use super::band::{Bands, Framing};
use crate::git::pktline;

/// Puts a pack into packets, at the end of the caller's buffer. It holds no byte back.
#[derive(Debug, Clone)]
pub struct BandWriter {
    bands: Bands,
    /// The packet that begins next.
    number: u64,
    /// Bytes that the last one still takes.
    room: u64,
}

impl BandWriter {
    /// Takes the pack's length in bytes.
    pub const fn new(framing: Framing, length: u64) -> Self {
        Self {
            bands: Bands::new(framing, length),
            number: 0,
            room: 0,
        }
    }

    /// Bytes of all packets, the flush included; none if it has no end that can be counted.
    pub fn wire_length(&self) -> Option<u64> {
        let flush = if self.bands.has_flush() { FLUSH } else { 0 };
        self.bands.wire_length()?.checked_add(flush)
    }

    /// Takes the next bytes of the pack, cut in any way.
    pub fn push(&mut self, mut bytes: &[u8], out: &mut Vec<u8>) -> Result<(), Misframed> {
        while !bytes.is_empty() {
            if self.room == 0 {
                self.begin(out)?;
            }
            let room = usize::try_from(self.room).unwrap_or(usize::MAX);
            let (taken, rest) = bytes.split_at(room.min(bytes.len()));
            out.extend_from_slice(taken);
            self.room -= taken.len() as u64;
            bytes = rest;
        }
        Ok(())
    }

    fn begin(&mut self, out: &mut Vec<u8>) -> Result<(), Misframed> {
        let packet = self.bands.packet(self.number).ok_or(Misframed::TooLong)?;
        out.extend_from_slice(&packet.head);
        self.room = packet.pack.end - packet.pack.start;
        self.number += 1;
        Ok(())
    }

    /// Ends the pack: appends the flush, if there is to be one.
    pub fn finish(&self, out: &mut Vec<u8>) -> Result<(), Misframed> {
        if self.room > 0 || self.number < self.bands.packets() {
            return Err(Misframed::TooShort);
        }
        if self.bands.has_flush() {
            pktline::flush(out);
        }
        Ok(())
    }
}

/// Bytes of a flush.
const FLUSH: u64 = 4;

/// Why a pack does not fit its packets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Misframed {
    /// It has more bytes than announced.
    TooLong,
    /// It has fewer.
    TooShort,
}

impl fmt::Display for Misframed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TooLong => "the pack is longer than announced",
            Self::TooShort => "the pack is shorter than announced",
        })
    }
}

impl core::error::Error for Misframed {}

#[cfg(test)]
#[path = "frame_tests.rs"]
mod tests;
