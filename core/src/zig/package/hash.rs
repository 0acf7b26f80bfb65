//! The hash that names a package: what `zig fetch` prints and a manifest's `.hash` holds.
//!
//! Two forms exist. Zig 0.14 and later write `NAME-VERSION-B64`, where B64 stands for 33 bytes: the
//! id and the size, both little-endian and 32 bits wide, and the first 25 bytes of the SHA-256
//! digest. Zig 0.11 to 0.13 write `1220` (the multihash code of SHA-256) and the digest in hex.
//!
//! Whatever is parsed here is safe as the name of a file: it is ASCII letters, digits and `._+-`,
//! begins with a letter, a digit or `_`, and is at most 110 bytes long. Refused: a name that is no bare
//! Zig identifier, hex in upper case, and anything around the hash.

use alloc::boxed::Box;
use alloc::format;
use alloc::string::String;
use core::fmt;

use crate::base64;
use crate::zig::digest::Sha256Digest;

/// Longest name and longest version, in bytes.
const WORD_BYTES: usize = 32;
/// Length of the base64 part.
const PLUS_TEXT: usize = 44;
/// How many bytes it stands for.
const PLUS_BYTES: usize = 33;
/// Bytes of the digest in it.
const DIGEST_BYTES: usize = 25;
/// Length of `1220` and 64 digits.
const LEGACY_BYTES: usize = 68;
/// The id of a package that has no manifest.
const NAKED_ID: u32 = 0xffff;

/// A package's hash, of either form.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PackageHash {
    text: Box<str>,
    form: Form,
}

/// What the hash of Zig 0.14 and later tells of its package.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parts<'a> {
    /// The manifest's name, `N` if the package has no manifest.
    pub name: &'a str,
    /// The manifest's version, `V` if the package has no manifest.
    pub version: &'a str,
    /// The low half of the manifest's fingerprint; 0 if it has none, 0xffff without a manifest.
    pub id: u32,
    /// Bytes of all files together, at most `u32::MAX`.
    pub size: u32,
}

impl PackageHash {
    /// Longest hash, in bytes.
    pub const MAX_BYTES: usize = 2 * (WORD_BYTES + 1) + PLUS_TEXT;

    /// Parses either form.
    pub fn parse(text: &str) -> Result<Self, HashError> {
        let form = if text.len() == LEGACY_BYTES && text.starts_with("1220") {
            Sha256Digest::parse(&text[4..]).map_err(|_| HashError::Digits)?;
            check(
                !text.contains(|c: char| c.is_ascii_uppercase()),
                HashError::Digits,
            )?;
            Form::Legacy
        } else {
            parse_new(text)?
        };
        Ok(Self {
            text: text.into(),
            form,
        })
    }

    /// The hash of a package with a manifest.
    pub fn new(
        name: &str,
        version: &str,
        id: u32,
        size: u64,
        digest: &Sha256Digest,
    ) -> Result<Self, HashError> {
        check_words(name, version)?;
        Ok(Self::of_words(name, version, id, size, digest))
    }

    /// The hash of a package without a manifest.
    pub fn naked(size: u64, digest: &Sha256Digest) -> Self {
        Self::of_words("N", "V", NAKED_ID, size, digest)
    }

    /// The form of Zig 0.11 to 0.13.
    pub fn legacy(digest: &Sha256Digest) -> Self {
        Self {
            text: format!("1220{digest}").into(),
            form: Form::Legacy,
        }
    }

    /// The hash as it is written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// What the hash tells of its package; `None` for the legacy form, which tells nothing.
    pub fn parts(&self) -> Option<Parts<'_>> {
        let Form::New { name, id, size } = self.form else {
            return None;
        };
        let words = &self.text[..self.text.len() - PLUS_TEXT - 1];
        let (name, version) = (&words[..name], &words[name + 1..]);
        Some(Parts {
            name,
            version,
            id,
            size,
        })
    }

    /// Takes words that are checked.
    fn of_words(name: &str, version: &str, id: u32, size: u64, digest: &Sha256Digest) -> Self {
        let size = u32::try_from(size).unwrap_or(u32::MAX);
        let text = format!("{name}-{version}-{}", plus(id, size, digest)).into();
        let name = name.len();
        Self {
            text,
            form: Form::New { name, id, size },
        }
    }
}

impl fmt::Display for PackageHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for PackageHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PackageHash({self})")
    }
}

/// Why a text is no package hash, or a package can have none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum HashError {
    /// Shorter or longer than any hash.
    Length,
    /// `1220` without 64 hex digits in lower case after it.
    Digits,
    /// Not name, version and base64 with `-` between them.
    Incomplete,
    /// The name is empty, longer than 32 bytes, or no bare Zig identifier.
    Name,
    /// The version is empty, longer than 32 bytes, or holds what no version holds.
    Version,
    /// The last 44 bytes are not base64url.
    Base64,
}

impl fmt::Display for HashError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Length => "a package hash is 44 to 110 bytes long",
            Self::Digits => "1220 is followed by 64 lower-case hex digits in a package hash",
            Self::Incomplete => "a package hash is NAME-VERSION-BASE64 or 1220 and hex digits",
            Self::Name => "the name must be a bare Zig identifier of at most 32 bytes",
            Self::Version => "the version must be a semantic version of at most 32 bytes",
            Self::Base64 => "a package hash ends with 44 digits of base64url",
        })
    }
}

impl core::error::Error for HashError {}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Form {
    New { name: usize, id: u32, size: u32 },
    Legacy,
}

/// Reads from the right: the base64 may hold `-`, and so may the version; the name may not.
fn parse_new(text: &str) -> Result<Form, HashError> {
    check(
        (PLUS_TEXT..=PackageHash::MAX_BYTES).contains(&text.len()),
        HashError::Length,
    )?;
    let (words, plus) = text
        .split_at_checked(text.len() - PLUS_TEXT)
        .ok_or(HashError::Base64)?;
    let words = words.strip_suffix('-').ok_or(HashError::Incomplete)?;
    let (name, version) = words.split_once('-').ok_or(HashError::Incomplete)?;
    check_words(name, version)?;
    let bytes = decode(plus)?;
    let &[id, size, ..] = bytes.as_chunks::<4>().0 else {
        return Err(HashError::Base64);
    };
    Ok(Form::New {
        name: name.len(),
        id: u32::from_le_bytes(id),
        size: u32::from_le_bytes(size),
    })
}

fn check_words(name: &str, version: &str) -> Result<(), HashError> {
    let is_identifier = |b: u8| b == b'_' || b.is_ascii_alphanumeric();
    let is_version = |b: u8| b.is_ascii_alphanumeric() || b"._+-".contains(&b);
    check(is_word(name, is_identifier), HashError::Name)?;
    check(is_word(version, is_version), HashError::Version)
}

fn is_word(word: &str, belongs: impl Fn(u8) -> bool) -> bool {
    (1..=WORD_BYTES).contains(&word.len()) && word.bytes().all(belongs)
}

fn check(holds: bool, error: HashError) -> Result<(), HashError> {
    if holds { Ok(()) } else { Err(error) }
}

/// Base64url of 33 bytes, so without padding (RFC 4648, section 5).
fn plus(id: u32, size: u32, digest: &Sha256Digest) -> String {
    let mut bytes = [0; PLUS_BYTES];
    bytes[..4].copy_from_slice(&id.to_le_bytes());
    bytes[4..8].copy_from_slice(&size.to_le_bytes());
    bytes[8..].copy_from_slice(&digest.as_bytes()[..DIGEST_BYTES]);
    let (triples, _) = bytes.as_chunks::<3>();
    let digits = triples.iter().flat_map(|&[a, b, c]| {
        let bits = u32::from_be_bytes([0, a, b, c]);
        [18, 12, 6, 0].map(|shift| char::from(DIGITS[(bits >> shift) as usize & 63]))
    });
    digits.collect()
}

fn decode(text: &str) -> Result<[u8; PLUS_BYTES], HashError> {
    let mut plain = [0; PLUS_TEXT];
    for (digit, byte) in plain.iter_mut().zip(text.bytes()) {
        *digit = match byte {
            b'-' => b'+',
            b'_' => b'/',
            b'+' | b'/' => return Err(HashError::Base64),
            other => other,
        };
    }
    base64::decode(&plain).ok_or(HashError::Base64)
}

const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::ToString;

    const HELLO: &str = "hello-0.1.0-eFY0EhABAABNDDVZHaQcADqv6kW26WMzJgbjYE6DWZGu";
    const NAKED: &str = "N-V-__8AAAoAAAAbsNxms69QgMRle3JT3tq6cci2y4vWsPwG";
    const LEGACY: &str = "12201bb0dc66b3af5080c4657b7253dedaba71c8b6cb8bd6b0fc064eca96fc8cbd73";

    #[test]
    fn hash_tells_name_version_id_and_size() {
        let hash = PackageHash::parse(HELLO).unwrap();
        let parts = Parts {
            name: "hello",
            version: "0.1.0",
            id: 0x1234_5678,
            size: 272,
        };
        assert_eq!(hash.parts(), Some(parts));
        assert_eq!(hash.to_string(), HELLO);
        assert_eq!(
            std::format!("{hash:?}"),
            std::format!("PackageHash({HELLO})")
        );
    }

    #[test]
    fn version_and_base64_may_hold_dashes() {
        for (text, version) in [
            (
                "pulseaudio-16.1.1-9-mk_62MZkNwBaFwiZ7ZVrYRIf_3dTqqJR5PbMRCJzSuLw",
                "16.1.1-9",
            ),
            (
                "dvui-0.4.0-dev-AQFJmayi2gAKE7FeJoF61v5U1IV9-SupoEcFutIZYpkC",
                "0.4.0-dev",
            ),
            (
                "a-1.0.0+b-__8AAAoAAAAbsNxms69QgMRle3JT3tq6cci2y4vWsPwG",
                "1.0.0+b",
            ),
        ] {
            let hash = PackageHash::parse(text).unwrap();
            assert_eq!(hash.parts().unwrap().version, version);
        }
    }

    #[test]
    fn one_digest_makes_both_forms() {
        let digest = Sha256Digest::parse(&LEGACY[4..]).unwrap();
        assert_eq!(PackageHash::naked(10, &digest).as_str(), NAKED);
        assert_eq!(PackageHash::legacy(&digest).as_str(), LEGACY);
        for made in [
            PackageHash::naked(10, &digest),
            PackageHash::legacy(&digest),
        ] {
            assert_eq!(PackageHash::parse(made.as_str()), Ok(made));
        }
        assert_eq!(PackageHash::parse(LEGACY).unwrap().parts(), None);
    }

    #[test]
    fn a_size_over_32_bits_is_the_greatest_that_fits() {
        let digest = Sha256Digest::of(b"");
        for (size, kept) in [(u64::from(u32::MAX) - 1, u32::MAX - 1), (1 << 32, u32::MAX)] {
            let hash = PackageHash::naked(size, &digest);
            assert_eq!(hash.parts().unwrap().size, kept);
        }
    }

    #[test]
    fn longest_and_shortest_hash_are_read_back() {
        let digest = Sha256Digest::of(b"");
        let (name, version) = ("n".repeat(32), "1".repeat(32));
        let hash = PackageHash::new(&name, &version, 7, 0, &digest).unwrap();
        assert_eq!(hash.as_str().len(), PackageHash::MAX_BYTES);
        assert_eq!(PackageHash::parse(hash.as_str()), Ok(hash));
        let hash = PackageHash::new("a", "1", 7, 0, &digest).unwrap();
        assert_eq!(PackageHash::parse(hash.as_str()), Ok(hash));
        let long = name + "n";
        assert_eq!(
            PackageHash::new(&long, "1", 7, 0, &digest),
            Err(HashError::Name)
        );
        let long = version + "1";
        assert_eq!(
            PackageHash::new("n", &long, 7, 0, &digest),
            Err(HashError::Version)
        );
    }

    #[test]
    fn what_is_no_hash_is_refused_with_the_reason() {
        let b64 = &NAKED[4..];
        for (text, error) in [
            ("", HashError::Length),
            (&NAKED[5..], HashError::Length),
            (
                &std::format!("{}-1-{b64}", "n".repeat(65)),
                HashError::Length,
            ),
            (&LEGACY.to_uppercase(), HashError::Digits),
            (&LEGACY.replace('b', "A"), HashError::Digits),
            (&LEGACY.replace('b', "g"), HashError::Digits),
            (&LEGACY[1..], HashError::Incomplete),
            (b64, HashError::Incomplete),
            (&std::format!("a-{b64}"), HashError::Incomplete),
            (&std::format!("a-1.0.0_{b64}"), HashError::Incomplete),
            (&std::format!("-1.0.0-{b64}"), HashError::Name),
            (&std::format!(".-1.0.0-{b64}"), HashError::Name),
            (&std::format!("a/b-1.0.0-{b64}"), HashError::Name),
            (&std::format!("a--{b64}"), HashError::Version),
            (&std::format!("a-1/2-{b64}"), HashError::Version),
            (&std::format!("a-1.0.0\n-{b64}"), HashError::Version),
            (
                &std::format!("a-1.0.0-{}", b64.replace('_', "/")),
                HashError::Base64,
            ),
            (
                &std::format!("a-1.0.0-{}", b64.replace('_', "=")),
                HashError::Base64,
            ),
            (&std::format!("a-1.0.0-é{}", &b64[2..]), HashError::Base64),
            (&std::format!("a-1.0.0-é{}", &b64[1..]), HashError::Base64),
        ] {
            assert_eq!(PackageHash::parse(text), Err(error), "{text:?}");
        }
    }
}
