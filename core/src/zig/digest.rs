//! SHA-256 digests: the `shasum` of an index, and the proof that a stored file was checked.
//!
//! This module refuses abbreviated digests and any prefix such as `sha256:`.

use core::fmt;

use sha2::{Digest as _, Sha256};

/// A SHA-256 digest. Written as 64 lower-case hex digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Sha256Digest([u8; 32]);

impl Sha256Digest {
    /// Takes the digest's bytes.
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Parses exactly 64 hex digits of either case.
    pub fn parse(text: &str) -> Result<Self, DigestError> {
        let (pairs, rest) = text.as_bytes().as_chunks::<2>();
        if pairs.len() != 32 || !rest.is_empty() {
            return Err(DigestError::Length);
        }
        let mut bytes = [0; 32];
        for (byte, &[high, low]) in bytes.iter_mut().zip(pairs) {
            *byte = (hex_value(high)? << 4) | hex_value(low)?;
        }
        Ok(Self(bytes))
    }

    /// The digest of `bytes`.
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// The digest's bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for Sha256Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Sha256Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sha256Digest({self})")
    }
}

/// A SHA-256 digest in the making, fed as the bytes pass.
#[derive(Clone, Debug, Default)]
pub struct Hashing(Sha256);

impl Hashing {
    /// Starts with no bytes.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the next bytes; how the whole is cut does not matter.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The digest of all bytes taken.
    pub fn finish(self) -> Sha256Digest {
        Sha256Digest(self.0.finalize().into())
    }
}

/// Why a text is not a SHA-256 digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum DigestError {
    /// Not 64 bytes long.
    Length,
    /// A byte that is no hex digit.
    Digit,
}

impl fmt::Display for DigestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Length => "a sha256 digest is 64 hex digits long",
            Self::Digit => "a sha256 digest holds only hex digits",
        })
    }
}

impl core::error::Error for DigestError {}

fn hex_value(digit: u8) -> Result<u8, DigestError> {
    match digit {
        b'0'..=b'9' => Ok(digit - b'0'),
        b'a'..=b'f' => Ok(digit - b'a' + 10),
        b'A'..=b'F' => Ok(digit - b'A' + 10),
        _ => Err(DigestError::Digit),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::ToString;

    /// FIPS 180-2, appendix B.1.
    const ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    #[test]
    fn digest_of_abc_is_that_of_the_standard() {
        assert_eq!(Sha256Digest::of(b"abc").to_string(), ABC);
        assert_eq!(
            std::format!("{:?}", Sha256Digest::of(b"abc")),
            std::format!("Sha256Digest({ABC})")
        );
    }

    #[test]
    fn where_the_bytes_are_cut_does_not_matter() {
        for cut in 0..=3 {
            let (head, tail) = b"abc".split_at(cut);
            let mut hashing = Hashing::new();
            hashing.update(head);
            hashing.update(tail);
            assert_eq!(hashing.finish().to_string(), ABC);
        }
    }

    #[test]
    fn hex_of_either_case_is_the_same_digest() {
        let digest = Sha256Digest::parse(ABC).unwrap();
        assert_eq!(digest, Sha256Digest::of(b"abc"));
        assert_eq!(Sha256Digest::parse(&ABC.to_uppercase()), Ok(digest));
        assert_eq!(Sha256Digest::new(*digest.as_bytes()), digest);
    }

    #[test]
    fn anything_but_64_hex_digits_is_refused() {
        for text in [
            "",
            "ba78",
            &ABC[1..],
            &std::format!("{ABC}0"),
            &std::format!("sha256:{ABC}"),
        ] {
            assert_eq!(
                Sha256Digest::parse(text),
                Err(DigestError::Length),
                "{text}"
            );
        }
        for bad in ["g", "+", " ", "\0"] {
            let text = std::format!("{bad}{}", &ABC[1..]);
            assert_eq!(
                Sha256Digest::parse(&text),
                Err(DigestError::Digit),
                "{text}"
            );
        }
        let wide = std::format!("é{}", &ABC[2..]);
        assert_eq!(Sha256Digest::parse(&wide), Err(DigestError::Digit));
    }
}
