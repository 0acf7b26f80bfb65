//! Fingerprints: the CRC-32 of the name in the upper half, an id in the lower half.

use core::fmt;

use crate::archive::crc32::Crc32;

/// Why Zig 0.14 and later refuse a fingerprint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FingerprintError {
    /// There is none. Up to 0.15 that is an error of root packages alone.
    Missing,
    /// It was made for another name.
    OtherName {
        /// What the upper half must be.
        checksum: u32,
    },
    /// The lower half is 0 or `ffffffff`, which are reserved.
    ReservedId,
}

impl fmt::Display for FingerprintError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => f.write_str("the fingerprint is missing"),
            Self::OtherName { checksum } => write!(
                f,
                "the fingerprint is not of this name: it must begin with 0x{checksum:08x}"
            ),
            Self::ReservedId => {
                f.write_str("the fingerprint must not end with 00000000 or ffffffff")
            }
        }
    }
}

impl core::error::Error for FingerprintError {}

pub(super) fn check(name: &str, fingerprint: Option<u64>) -> Result<(), FingerprintError> {
    let fingerprint = fingerprint.ok_or(FingerprintError::Missing)?;
    let checksum = Crc32::of(name.as_bytes());
    if fingerprint >> 32 != u64::from(checksum) {
        return Err(FingerprintError::OtherName { checksum });
    }
    match id(fingerprint) {
        0 | u32::MAX => Err(FingerprintError::ReservedId),
        _ => Ok(()),
    }
}

pub(super) fn id(fingerprint: u64) -> u32 {
    let [a, b, c, d, ..] = fingerprint.to_le_bytes();
    u32::from_le_bytes([a, b, c, d])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksum_is_that_of_zlib() {
        for (text, sum) in [("", 0), ("hello", 0x3610_a686), ("123456789", 0xcbf4_3926)] {
            assert_eq!(Crc32::of(text.as_bytes()), sum, "{text}");
        }
    }

    #[test]
    fn a_fingerprint_belongs_to_its_name_and_its_id_is_not_reserved() {
        let other = FingerprintError::OtherName {
            checksum: 0x3610_a686,
        };
        for (fingerprint, result) in [
            (Some(0x3610_a686_1234_5678), Ok(())),
            (Some(0x3610_a686_0000_0001), Ok(())),
            (Some(0x3610_a686_ffff_fffe), Ok(())),
            (
                Some(0x3610_a686_0000_0000),
                Err(FingerprintError::ReservedId),
            ),
            (
                Some(0x3610_a686_ffff_ffff),
                Err(FingerprintError::ReservedId),
            ),
            (Some(0x3610_a687_1234_5678), Err(other)),
            (Some(0x1234_5678), Err(other)),
            (None, Err(FingerprintError::Missing)),
        ] {
            assert_eq!(check("hello", fingerprint), result, "{fingerprint:x?}");
        }
    }
}
