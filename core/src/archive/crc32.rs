//! CRC-32 as gzip, zlib and Zig's fingerprints have it (RFC 1952 section 8, IEEE 802.3).
//!
//! It works on four bits at a time: nothing long is summed here but archives that come without
//! compression. It refuses to be taken for a proof; digests are.

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
        self.0 = bytes.iter().fold(self.0, |crc, byte| {
            let crc = crc ^ u32::from(*byte);
            let crc = (crc >> 4) ^ NIBBLES[(crc & 15) as usize];
            (crc >> 4) ^ NIBBLES[(crc & 15) as usize]
        });
    }

    /// The checksum of all bytes.
    pub fn finish(&self) -> u32 {
        !self.0
    }
}

/// The checksums of all four-bit words.
const NIBBLES: [u32; 16] = nibbles();

const fn nibbles() -> [u32; 16] {
    let mut table = [0; 16];
    let mut word = 0_u32;
    while word < 16 {
        let (mut crc, mut bit) = (word, 0);
        while bit < 4 {
            crc = (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg());
            bit += 1;
        }
        table[word as usize] = crc;
        word += 1;
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksum_is_that_of_gzip() {
        assert_eq!(Crc32::of(b"123456789"), 0xcbf4_3926);
    }
}
