//! The check of a file that holds a pack in packets, fed with its bytes as they are read: are the
//! packets those of a pack of that length, and is the pack's own sum right?
//!
//! It refuses to look into objects: a sum that is right says that the bytes are those that were
//! written, and whoever derived them computed every id.

use alloc::format;
use alloc::vec::Vec;
use core::fmt;

use sha1_checked::{Digest as _, Sha1};

use super::sideband::{DATA, FLUSH, HEAD, pack_length};
use crate::git::id::plain_sha1;
use crate::git::pack::PackChecksum;

/// Bytes of a full packet.
const PACKET: u64 = HEAD + DATA;

/// A check under way. It holds a few hundred bytes.
pub struct SidebandCheck {
    /// Bytes of the pack that are summed up; its own sum follows.
    summed: u64,
    /// Bytes of the file but for the flush.
    packets: u64,
    /// Bytes that were taken.
    at: u64,
    is_framed: bool,
    sum: Sha1,
    stated: Vec<u8>,
}

impl SidebandCheck {
    /// Begins with no bytes, of a file of so many; none if no pack makes one of that length.
    pub fn new(file_length: u64) -> Option<Self> {
        let length = pack_length(file_length)?;
        Some(Self {
            summed: length.checked_sub(PackChecksum::BYTES as u64)?,
            packets: file_length.checked_sub(FLUSH.len() as u64)?,
            at: 0,
            is_framed: true,
            sum: plain_sha1(),
            stated: Vec::new(),
        })
    }

    /// Takes the next bytes; how the file is cut does not matter.
    pub fn update(&mut self, mut bytes: &[u8]) {
        while let Some(&first) = bytes.first() {
            let (packet, within) = (self.at / PACKET, self.at % PACKET);
            if self.at >= self.packets {
                let at = self.at - self.packets;
                self.is_framed &= byte(FLUSH, at) == Some(first);
            } else if within < HEAD {
                self.is_framed &= byte(&self.head(packet), within) == Some(first);
            } else {
                let end = (packet + 1).saturating_mul(PACKET).min(self.packets);
                let room = usize::try_from(end - self.at).unwrap_or(usize::MAX);
                let (data, rest) = bytes.split_at(room.min(bytes.len()));
                self.take(packet * DATA + within - HEAD, data);
                self.at += data.len() as u64;
                bytes = rest;
                continue;
            }
            self.at += 1;
            bytes = bytes.get(1..).unwrap_or_default();
        }
    }

    /// The pack's sum, when all bytes were taken.
    pub fn finish(self) -> Result<PackChecksum, SidebandFault> {
        if !self.is_framed || self.at != self.packets + FLUSH.len() as u64 {
            return Err(SidebandFault::Framing);
        }
        let sum: [u8; PackChecksum::BYTES] = self.sum.finalize().into();
        if self.stated == sum {
            Ok(PackChecksum::from_bytes(sum))
        } else {
            Err(SidebandFault::Sum)
        }
    }

    /// Takes bytes of the pack from `offset` on.
    fn take(&mut self, offset: u64, data: &[u8]) {
        let left = self.summed.saturating_sub(offset);
        let left = usize::try_from(left).unwrap_or(usize::MAX);
        let (content, stated) = data.split_at(left.min(data.len()));
        self.sum.update(content);
        self.stated.extend_from_slice(stated);
    }

    fn head(&self, packet: u64) -> Vec<u8> {
        let left = self.packets.saturating_sub(packet.saturating_mul(PACKET));
        format!("{:04x}\x01", left.min(PACKET)).into_bytes()
    }
}

fn byte(bytes: &[u8], at: u64) -> Option<u8> {
    bytes.get(usize::try_from(at).ok()?).copied()
}

impl fmt::Debug for SidebandCheck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SidebandCheck")
            .field("at", &self.at)
            .finish_non_exhaustive()
    }
}

/// What is wrong with a file of packets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum SidebandFault {
    /// It is no sequence of full packets, a last one and a flush.
    Framing,
    /// The SHA-1 at the pack's end is not that of its bytes.
    Sum,
}

impl fmt::Display for SidebandFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Framing => "its packets are damaged",
            Self::Sum => "the pack in it is damaged: its sha-1 is another",
        })
    }
}

impl core::error::Error for SidebandFault {}

#[cfg(test)]
#[path = "sideband_check_tests.rs"]
mod tests;
