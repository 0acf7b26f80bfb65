//! A file that holds a pack in the packets of `side-band-64k`, ready to be sent: packets as [`Bands`]
//! makes them, all full but the last, and a flush.
//!
//! ```text
//! pack   0 ········ 65515 ········ 131030 ·· end
//! file  [head 0–65515][head 65515–131030][head –end][0000]
//! ```
//!
//! Because of that any part of the pack is found by arithmetic. Nothing here reads a file: whether one
//! is what its name says is for the caller to know.
//!
//! [`Bands`]: super::band::Bands

use alloc::format;
use alloc::vec::Vec;
use core::ops::Range;

use crate::git::pktline::MAX_LINE;

/// Bytes before the pack's in each packet: four digits, and the band.
pub const HEAD: u64 = 5;
/// Most bytes of the pack in a packet; fewer are only in the last.
pub const DATA: u64 = MAX_LINE as u64 - HEAD;
/// What ends the file.
pub const FLUSH: &[u8; 4] = b"0000";

/// Where in the file that byte of the pack lies; none if no file is as long.
pub const fn position(offset: u64) -> Option<u64> {
    match (offset / DATA + 1).checked_mul(HEAD) {
        Some(heads) => heads.checked_add(offset),
        None => None,
    }
}

/// Bytes of the file for a pack of that many, the flush included; none if no file is as long.
pub const fn file_length(pack_length: u64) -> Option<u64> {
    match pack_length.div_ceil(DATA).checked_mul(HEAD) {
        None => None,
        Some(heads) => match heads.checked_add(pack_length) {
            None => None,
            Some(packets) => packets.checked_add(FLUSH.len() as u64),
        },
    }
}

/// Where in the file these bytes of the pack lie, in order, none of the ranges empty: one range for
/// each packet that has some of them.
pub fn file_ranges(pack: Range<u64>) -> impl Iterator<Item = Range<u64>> {
    let Range { mut start, end } = pack;
    core::iter::from_fn(move || {
        let left = end.checked_sub(start).filter(|left| *left > 0)?;
        let length = left.min(DATA - start % DATA);
        let first = position(start)?;
        start = start.checked_add(length)?;
        Some(first..first.checked_add(length)?)
    })
}

/// Puts a pack of unknown length into packets, as its bytes come.
///
/// It holds the packet under way, at most 64 KiB: a packet's head tells how long it is.
#[derive(Debug, Default)]
pub struct Framer {
    /// Bytes of the pack in the packet under way.
    open: Vec<u8>,
    /// Bytes of the pack so far.
    length: u64,
}

impl Framer {
    /// Most bytes of the pack in a packet.
    const ROOM: usize = MAX_LINE - 5;

    /// Takes the pack's next bytes, and appends the packets that are full.
    pub fn push(&mut self, mut pack: &[u8], out: &mut Vec<u8>) {
        self.length = self.length.saturating_add(pack.len() as u64);
        while !pack.is_empty() {
            let room = Self::ROOM.saturating_sub(self.open.len());
            let (now, rest) = pack.split_at(room.min(pack.len()));
            self.open.extend_from_slice(now);
            pack = rest;
            if self.open.len() == Self::ROOM {
                self.close(out);
            }
        }
    }

    /// Appends the last packet and the flush, and tells how long the pack is.
    pub fn finish(mut self, out: &mut Vec<u8>) -> u64 {
        if !self.open.is_empty() {
            self.close(out);
        }
        out.extend_from_slice(FLUSH);
        self.length
    }

    fn close(&mut self, out: &mut Vec<u8>) {
        let head = format!("{:04x}\x01", self.open.len() + 5);
        out.extend_from_slice(head.as_bytes());
        out.append(&mut self.open);
    }
}

#[cfg(test)]
#[path = "sideband_tests.rs"]
mod tests;
