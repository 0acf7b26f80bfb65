//! How a pack becomes packets: band 1 of the side-band (gitprotocol-pack(5), "Packfile Data").
//!
//! Where the packets begin, and what their heads are, follows from the length of the pack alone, so
//! that a pack may be sent as ranges of files with heads between them. All packets are as long as
//! they may be, but for the last. None is empty: Zig 0.15 and 0.17 fail on such. Bands 2 and 3 are
//! not made; Zig 0.15 takes progress for an error.

use alloc::format;
use alloc::vec::Vec;
use core::ops::Range;

use crate::git::pktline::MAX_LINE;

/// Bytes before the pack's in each packet: four digits, and the band.
const HEAD: usize = 5;
/// Longest packet with `side-band`, its head included.
const SMALL: usize = 1000;

/// What a pack is sent in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Framing {
    /// Nothing: its bytes, up to the end of the body (protocol 0 without `side-band`).
    Bare,
    /// Packets of at most 1,000 bytes, and a flush (`side-band`).
    Small,
    /// Packets of at most 65,520 bytes, and a flush (`side-band-64k`, and protocol 2).
    Large,
}

/// The packets of a pack of known length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bands {
    /// Bytes of the pack.
    length: u64,
    /// Most bytes of the pack in a packet; none if it is sent bare.
    data: Option<usize>,
}

/// A packet, or all of a pack that is sent bare.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Packet {
    /// What comes before the bytes of the pack; empty if it is sent bare.
    pub head: Vec<u8>,
    /// Which bytes of the pack it holds, at least one.
    pub pack: Range<u64>,
}

impl Bands {
    /// Takes the pack's length in bytes.
    pub const fn new(framing: Framing, length: u64) -> Self {
        let data = match framing {
            Framing::Bare => None,
            Framing::Small => Some(SMALL - HEAD),
            Framing::Large => Some(MAX_LINE - HEAD),
        };
        Self { length, data }
    }

    /// How many packets there are.
    pub const fn packets(&self) -> u64 {
        match self.data {
            None => (self.length > 0) as u64,
            Some(data) => self.length.div_ceil(data as u64),
        }
    }

    /// Bytes of all packets, heads included and the flush behind them not; none if it has no end
    /// that can be counted.
    pub const fn wire_length(&self) -> Option<u64> {
        match self.data {
            None => Some(self.length),
            Some(_) => match self.packets().checked_mul(HEAD as u64) {
                Some(heads) => heads.checked_add(self.length),
                None => None,
            },
        }
    }

    /// True if a flush ends the answer.
    pub const fn has_flush(&self) -> bool {
        self.data.is_some()
    }

    /// The packet of that number, from 0; the last is [`packets`](Self::packets) less 1.
    pub fn packet(&self, number: u64) -> Option<Packet> {
        if number >= self.packets() {
            return None;
        }
        let Some(data) = self.data else {
            return Some(Packet {
                head: Vec::new(),
                pack: 0..self.length,
            });
        };
        let start = number.checked_mul(data as u64)?;
        let end = start.saturating_add(data as u64).min(self.length);
        let head = format!("{:04x}\x01", end - start + HEAD as u64).into_bytes();
        Some(Packet {
            head,
            pack: start..end,
        })
    }

    /// All packets, in their order.
    pub fn iter(&self) -> impl Iterator<Item = Packet> + use<> {
        let bands = *self;
        (0..bands.packets()).map_while(move |number| bands.packet(number))
    }

    /// Where the head of the packet with that number begins, counted from the first packet's: all
    /// before it are full.
    pub const fn position(&self, number: u64) -> Option<u64> {
        match self.data {
            None => Some(0),
            Some(data) => number.checked_mul((data + HEAD) as u64),
        }
    }
}

#[cfg(test)]
#[path = "band_tests.rs"]
mod tests;
