//! Deltas: an object told as copies from another one, its base, and bytes of its own
//! (`gitformat-pack`, "Deltified representation").
//!
//! A delta is held to its own words: the base and the result are as long as it states, copies lie
//! within the base, and the reserved instruction 0 does not occur. It refuses to allocate more than
//! the caller allows, whatever a delta states.

use alloc::vec::Vec;
use core::fmt;
use core::ops::Range;

/// What a copy of size 0 means.
const COPY_OF_ZERO: usize = 0x1_0000;

/// The lengths that a delta begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeltaHeader {
    /// Bytes of the object that it applies to.
    pub base_size: u64,
    /// Bytes of the object that it makes.
    pub result_size: u64,
}

impl DeltaHeader {
    /// Reads the header; gives also its own length in bytes.
    pub fn parse(delta: &[u8]) -> Result<(Self, usize), DeltaError> {
        let (base_size, base_length) = size(delta)?;
        let rest = delta.get(base_length..).unwrap_or_default();
        let (result_size, result_length) = size(rest)?;
        let header = Self {
            base_size,
            result_size,
        };
        Ok((header, base_length + result_length))
    }
}

/// Applies `delta` to `base`; the result may have at most `most` bytes.
pub fn apply(base: &[u8], delta: &[u8], most: usize) -> Result<Vec<u8>, DeltaError> {
    let mut applying = Applying::new(base.len(), delta, most)?;
    while !applying.step(base, delta, usize::MAX)? {}
    Ok(applying.finish())
}

/// A delta that is applied a part at a time, so that a long result does not hold its thread.
#[derive(Debug)]
pub(super) struct Applying {
    /// Where in the delta the next instruction is.
    at: usize,
    /// What is still to be copied from the base.
    copy: Range<usize>,
    result: Vec<u8>,
    result_size: usize,
}

impl Applying {
    /// Starts at the first instruction. Base and delta are given anew to each step, and must be the
    /// same.
    pub(super) fn new(base_size: usize, delta: &[u8], most: usize) -> Result<Self, DeltaError> {
        let (header, at) = DeltaHeader::parse(delta)?;
        if header.base_size != base_size as u64 {
            return Err(DeltaError::BaseSize);
        }
        let fits = usize::try_from(header.result_size).ok();
        let result_size = fits.filter(|&size| size <= most);
        let result_size = result_size.ok_or(DeltaError::TooLong { most })?;
        Ok(Self {
            at,
            copy: 0..0,
            result: Vec::with_capacity(result_size),
            result_size,
        })
    }

    /// The result as far as it is made.
    pub(super) fn made(&self) -> &[u8] {
        &self.result
    }

    /// Bytes that the result will have.
    pub(super) const fn result_size(&self) -> usize {
        self.result_size
    }

    /// Makes about `most` more bytes, at most 127 more than that; `true` once the result is
    /// complete.
    pub(super) fn step(
        &mut self,
        base: &[u8],
        delta: &[u8],
        most: usize,
    ) -> Result<bool, DeltaError> {
        let enough = self.result.len().saturating_add(most);
        while self.result.len() < enough {
            if !self.copy.is_empty() {
                self.copy_some(base, enough - self.result.len())?;
                continue;
            }
            let rest = delta.get(self.at..).unwrap_or_default();
            let Some((&instruction, operands)) = rest.split_first() else {
                return self.check_end();
            };
            let used = match instruction {
                0 => return Err(DeltaError::Reserved),
                0x80.. => self.plan_copy(instruction, operands)?,
                length => self.insert(operands, usize::from(length))?,
            };
            self.at += 1 + used;
        }
        Ok(false)
    }

    pub(super) fn finish(self) -> Vec<u8> {
        self.result
    }

    const fn check_end(&self) -> Result<bool, DeltaError> {
        if self.result.len() == self.result_size {
            Ok(true)
        } else {
            Err(DeltaError::ResultSize)
        }
    }

    /// Bits 0 to 3 tell which bytes of the offset follow, bits 4 to 6 which of the size.
    fn plan_copy(&mut self, instruction: u8, operands: &[u8]) -> Result<usize, DeltaError> {
        let mut operands = Operands { operands, used: 0 };
        let offset = operands.number(instruction & 0x0f)?;
        let size = match operands.number((instruction >> 4) & 0x07)? {
            0 => COPY_OF_ZERO,
            size => size,
        };
        self.check_room(size)?;
        let end = offset.checked_add(size).ok_or(DeltaError::Copy)?;
        self.copy = offset..end;
        Ok(operands.used)
    }

    fn copy_some(&mut self, base: &[u8], most: usize) -> Result<(), DeltaError> {
        let end = self.copy.start + most.min(self.copy.len());
        // The whole range is looked at, for an error must not depend on how it is cut.
        let whole = base.get(self.copy.clone()).ok_or(DeltaError::Copy)?;
        let part = whole.get(..end - self.copy.start).unwrap_or(whole);
        self.result.extend_from_slice(part);
        self.copy.start = end;
        Ok(())
    }

    fn insert(&mut self, operands: &[u8], length: usize) -> Result<usize, DeltaError> {
        self.check_room(length)?;
        let bytes = operands.get(..length).ok_or(DeltaError::Cut)?;
        self.result.extend_from_slice(bytes);
        Ok(length)
    }

    const fn check_room(&self, size: usize) -> Result<(), DeltaError> {
        if size > self.result_size - self.result.len() {
            return Err(DeltaError::ResultSize);
        }
        Ok(())
    }
}

/// The bytes behind an instruction to copy.
struct Operands<'a> {
    operands: &'a [u8],
    used: usize,
}

impl Operands<'_> {
    /// A little-endian number of which only the bytes told by `present` are there.
    fn number(&mut self, present: u8) -> Result<usize, DeltaError> {
        let mut number = 0;
        for index in (0..4).filter(|index| present & (1 << index) != 0) {
            let byte = self.operands.get(self.used).ok_or(DeltaError::Cut)?;
            number |= u32::from(*byte) << (8 * index);
            self.used += 1;
        }
        usize::try_from(number).map_err(|_| DeltaError::Copy)
    }
}

/// A size of seven bits a byte, the lowest first; gives also its own length in bytes.
fn size(bytes: &[u8]) -> Result<(u64, usize), DeltaError> {
    let mut size = 0_u64;
    for (index, &byte) in bytes.iter().enumerate().take(10) {
        let bits = u64::from(byte & 0x7f);
        let shifted = bits << (7 * index);
        if shifted >> (7 * index) != bits {
            return Err(DeltaError::Header);
        }
        size |= shifted;
        if byte & 0x80 == 0 {
            return Ok((size, index + 1));
        }
    }
    Err(DeltaError::Header)
}

/// Why a delta cannot be applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum DeltaError {
    /// It does not begin with two sizes of 64 bits.
    Header,
    /// It is for a base of another length.
    BaseSize,
    /// Its result would be longer than the caller allows.
    TooLong {
        /// The limit, in bytes.
        most: usize,
    },
    /// It copies from beyond the end of its base.
    Copy,
    /// It ends within an instruction.
    Cut,
    /// It has the instruction 0, which is reserved.
    Reserved,
    /// Its instructions make more or fewer bytes than it states.
    ResultSize,
}

impl fmt::Display for DeltaError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Header => f.write_str("the delta has no valid sizes"),
            Self::BaseSize => f.write_str("the delta is for a base of another length"),
            Self::TooLong { most } => write!(f, "the delta makes more than {most} bytes"),
            Self::Copy => f.write_str("the delta copies from beyond its base"),
            Self::Cut => f.write_str("the delta is cut off"),
            Self::Reserved => f.write_str("the delta has the reserved instruction 0"),
            Self::ResultSize => f.write_str("the delta does not make as many bytes as it states"),
        }
    }
}

impl core::error::Error for DeltaError {}

#[cfg(test)]
#[path = "delta_tests.rs"]
mod tests;
