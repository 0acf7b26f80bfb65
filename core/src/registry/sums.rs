//! The digests of a tarball that its manifest has.
//!
//! SHA-256 is what counts; MD5 and CRC-32 are there because packbase's manifests have them. None of
//! them says where a file comes from: that is the business of [`proof`](super::proof).

use core::fmt;

use md5::{Digest as _, Md5};

use crate::archive::crc32::Crc32;
use crate::zig::digest::{Hashing, Sha256Digest};

/// What a file sums up to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileSums {
    /// Its SHA-256.
    pub sha256: Sha256Digest,
    /// Its MD5, which proves nothing.
    pub md5: Md5Digest,
    /// Its CRC-32, which manifests write as eight hex digits.
    pub crc32: u32,
    /// Its length in bytes.
    pub size: u64,
}

/// The sums of a file under way.
#[derive(Clone, Default)]
pub struct Summing {
    sha256: Hashing,
    md5: Md5,
    crc32: Crc32,
    size: u64,
}

impl Summing {
    /// Starts with no bytes.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the next bytes; how the whole is cut does not matter.
    pub fn update(&mut self, bytes: &[u8]) {
        self.sha256.update(bytes);
        self.md5.update(bytes);
        self.crc32.update(bytes);
        self.size = self.size.saturating_add(bytes.len() as u64);
    }

    /// The sums of all bytes taken.
    pub fn finish(self) -> FileSums {
        FileSums {
            sha256: self.sha256.finish(),
            md5: Md5Digest(self.md5.finalize().into()),
            crc32: self.crc32.finish(),
            size: self.size,
        }
    }
}

impl fmt::Debug for Summing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Summing")
            .field("size", &self.size)
            .finish_non_exhaustive()
    }
}

/// An MD5 digest. Written as 32 lower-case hex digits.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Md5Digest([u8; 16]);

impl Md5Digest {
    /// Takes the digest's bytes.
    pub const fn new(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The digest's bytes.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Display for Md5Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Md5Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Md5Digest({self})")
    }
}

#[cfg(test)]
mod tests {
    use std::string::ToString;

    use super::*;

    #[test]
    fn sums_are_those_of_the_standards_however_the_bytes_are_cut() {
        for cut in 0..=3 {
            let (head, tail) = b"abc".split_at(cut);
            let mut summing = Summing::new();
            summing.update(head);
            summing.update(tail);
            let sums = summing.finish();
            assert_eq!(sums.sha256, Sha256Digest::of(b"abc"));
            // RFC 1321, appendix A.5.
            assert_eq!(sums.md5.to_string(), "900150983cd24fb0d6963f7d28e17f72");
            assert_eq!((sums.crc32, sums.size), (0x3524_41c2, 3));
        }
    }
}
