//! CRC-32 as gzip, zlib and Zig's fingerprints have it (RFC 1952 section 8, IEEE 802.3).
//!
//! It takes sixteen bytes at a time by as many tables (16 KiB, made by the compiler): a tarball is
//! summed twice while it is made, and a sum of a byte at a time would show. It refuses to be taken
//! for a proof; digests are.

/// Bytes that are taken at a time.
const WORD: usize = 16;

/// A checksum under way.
#[derive(Clone, Debug)]
pub struct Crc32(u32);

impl Default for Crc32 {
    fn default() -> Self {
        Self(u32::MAX)
    }
}

impl Crc32 {
    /// The checksum of these bytes.
    pub fn of(bytes: &[u8]) -> u32 {
        let mut crc = Self::default();
        crc.update(bytes);
        crc.finish()
    }

    /// Takes the next bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        let (words, rest) = bytes.as_chunks::<WORD>();
        let crc = words
            .iter()
            .fold(self.0, |crc, word| after_word(crc, *word));
        self.0 = rest.iter().fold(crc, |crc, &byte| {
            let [low, ..] = crc.to_le_bytes();
            (crc >> 8) ^ TABLES[0][usize::from(low ^ byte)]
        });
    }

    /// The checksum of all bytes.
    pub fn finish(&self) -> u32 {
        !self.0
    }
}

/// The sum after another word: each byte goes through the table of its distance from the end.
#[inline]
fn after_word(crc: u32, mut word: [u8; WORD]) -> u32 {
    for (byte, sum) in word.iter_mut().zip(crc.to_le_bytes()) {
        *byte ^= sum;
    }
    let looked_up = word.iter().zip(TABLES.iter().rev());
    looked_up.fold(0, |crc, (&byte, table)| crc ^ table[usize::from(byte)])
}

/// In table `n` the sums of each byte with `n` zeros behind it.
static TABLES: [[u32; 256]; WORD] = tables();

const fn tables() -> [[u32; 256]; WORD] {
    let mut tables = [[0; 256]; WORD];
    let mut byte = 0;
    while byte < 256_u32 {
        let mut table = 0;
        let mut crc = shifted(byte, 8);
        while table < WORD {
            tables[table][byte as usize] = crc;
            crc = shifted(crc, 8);
            table += 1;
        }
        byte += 1;
    }
    tables
}

const fn shifted(mut crc: u32, bits: u32) -> u32 {
    let mut bit = 0;
    while bit < bits {
        crc = (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg());
        bit += 1;
    }
    crc
}

#[cfg(test)]
mod tests {
    use std::vec::Vec;

    use super::*;

    #[test]
    fn checksum_is_that_of_gzip() {
        assert_eq!(Crc32::of(b"123456789"), 0xcbf4_3926);
        assert_eq!(Crc32::of(b""), 0);
    }

    /// The definition, bit by bit.
    fn by_bits(bytes: &[u8]) -> u32 {
        !bytes
            .iter()
            .fold(u32::MAX, |crc, &byte| shifted(crc ^ u32::from(byte), 8))
    }

    #[test]
    fn any_length_cut_anywhere_is_summed_as_bit_by_bit() {
        let bytes: Vec<u8> = (0..100_u8).map(|n| n.wrapping_mul(151) ^ 0x5a).collect();
        for end in 0..bytes.len() {
            let expected = by_bits(&bytes[..end]);
            for cut in 0..=end {
                let mut crc = Crc32::default();
                crc.update(&bytes[..cut]);
                crc.update(&bytes[cut..end]);
                assert_eq!(crc.finish(), expected, "{cut} of {end}");
            }
        }
    }
}
