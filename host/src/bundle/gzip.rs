//! Gzip without compression, for archives that come without any (RFC 1952, RFC 1951 3.2.4).
//!
//! It refuses to compress: such archives are rare, and the cache that it is for is on a disk.

use std::io::{self, Read, Write};

/// Longest stored block, in bytes.
const BLOCK: usize = 0xffff;
/// Magic number, deflate, no flags, no time, no level, Unix.
const HEADER: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3];

/// Writes everything as one gzip member of stored blocks.
pub(super) fn store(from: &mut impl Read, to: &mut impl Write) -> io::Result<()> {
    to.write_all(&HEADER)?;
    let (mut crc, mut total) = (u32::MAX, 0_u32);
    let mut block = Vec::with_capacity(BLOCK);
    loop {
        block.clear();
        from.by_ref().take(BLOCK as u64).read_to_end(&mut block)?;
        let length = u16::try_from(block.len()).unwrap_or(u16::MAX);
        to.write_all(&[u8::from(length == 0)])?;
        to.write_all(&length.to_le_bytes())?;
        to.write_all(&(!length).to_le_bytes())?;
        to.write_all(&block)?;
        if length == 0 {
            break;
        }
        crc = checksum(crc, &block);
        total = total.wrapping_add(u32::from(length));
    }
    to.write_all(&(!crc).to_le_bytes())?;
    to.write_all(&total.to_le_bytes())
}

/// CRC-32 (RFC 1952 8), four bits at a time.
fn checksum(crc: u32, bytes: &[u8]) -> u32 {
    bytes.iter().fold(crc, |crc, byte| {
        let crc = crc ^ u32::from(*byte);
        let crc = (crc >> 4) ^ NIBBLES[(crc & 15) as usize];
        (crc >> 4) ^ NIBBLES[(crc & 15) as usize]
    })
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
    use zigdepot_core::archive::gzip::{Gunzip, GzipError};

    use super::*;

    #[test]
    fn what_is_stored_comes_out_again() {
        for length in [0, 1, BLOCK, BLOCK + 1, 3 * BLOCK + 7] {
            let bytes: Vec<u8> = (0..=255).cycle().take(length).collect();
            let mut packed = Vec::new();
            store(&mut &*bytes, &mut packed).unwrap();
            let mut gunzip = Gunzip::new();
            let mut read = Vec::new();
            gunzip
                .push::<GzipError>(&packed, &mut |run| {
                    read.extend_from_slice(run);
                    Ok(())
                })
                .unwrap();
            gunzip.finish().unwrap();
            assert_eq!(read, bytes);
        }
    }

    #[test]
    fn checksum_is_that_of_gzip() {
        assert_eq!(!checksum(u32::MAX, b"123456789"), 0xcbf4_3926);
    }
}
