//! Gzip without compression, for archives that come without any (RFC 1952, RFC 1951 3.2.4).
//!
//! It refuses to compress: such archives are rare, and the cache that it is for is on a disk.

use std::io::{self, Read, Write};

use zigdepot_core::archive::crc32::Crc32;

/// Longest stored block, in bytes.
const BLOCK: usize = 0xffff;
/// Magic number, deflate, no flags, no time, no level, Unix.
const HEADER: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3];

/// Writes everything as one gzip member of stored blocks.
pub(super) fn store(from: &mut impl Read, to: &mut impl Write) -> io::Result<()> {
    to.write_all(&HEADER)?;
    let (mut crc, mut total) = (Crc32::default(), 0_u32);
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
        crc.update(&block);
        total = total.wrapping_add(u32::from(length));
    }
    to.write_all(&crc.finish().to_le_bytes())?;
    to.write_all(&total.to_le_bytes())
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
}
