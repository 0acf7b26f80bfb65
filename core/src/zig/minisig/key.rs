//! Public keys of minisign, and the list of those that this server believes.

use alloc::vec::Vec;
use core::fmt;

use ed25519_dalek::VerifyingKey;

use crate::base64;

/// A public key of minisign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKey {
    key_id: [u8; 8],
    key: VerifyingKey,
}

impl PublicKey {
    /// The Zig Software Foundation's key, which signs all that ziglang.org publishes.
    pub const ZSF: &str = "RWSGOq2NVecA2UPNdBUZykf1CCb147pkmdtYxgb3Ti+JO/wCYvhbAb/U";

    /// Parses the one line of base64 that a public key file holds under its comment.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let bytes: [u8; 42] = base64::decode(text.as_bytes()).ok_or(KeyError::Encoding)?;
        let (algorithm, rest) = bytes.split_first_chunk().ok_or(KeyError::Encoding)?;
        let (key_id, rest) = rest.split_first_chunk().ok_or(KeyError::Encoding)?;
        let point = rest.first_chunk().ok_or(KeyError::Encoding)?;
        if algorithm != b"Ed" {
            return Err(KeyError::UnknownAlgorithm);
        }
        let key = VerifyingKey::from_bytes(point).map_err(|_| KeyError::Point)?;
        if key.is_weak() {
            return Err(KeyError::Point);
        }
        Ok(Self {
            key_id: *key_id,
            key,
        })
    }

    /// The id that ties a signature to its key, in file order; minisign prints it reversed.
    pub fn key_id(&self) -> [u8; 8] {
        self.key_id
    }

    pub(super) fn verifying_key(&self) -> &VerifyingKey {
        &self.key
    }
}

/// The public keys that a signature may be made with. The default is none: no signature passes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Keys(Vec<PublicKey>);

impl Keys {
    /// Parses one or more public keys with commas between, and blanks around the commas.
    ///
    /// An empty list or item is refused, so that a stray comma or an emptied setting never
    /// switches verification off by accident.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let mut keys = Self::default();
        for item in text.split(',').map(str::trim) {
            if item.is_empty() {
                return Err(KeyError::Empty);
            }
            let key = PublicKey::parse(item)?;
            if keys.find(key.key_id).is_some() {
                return Err(KeyError::Duplicate);
            }
            keys.0.push(key);
        }
        Ok(keys)
    }

    /// The key with this id.
    pub fn find(&self, key_id: [u8; 8]) -> Option<&PublicKey> {
        self.0.iter().find(|key| key.key_id == key_id)
    }

    /// Whether there is no key at all.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Why a text is not a public key or a list of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyError {
    /// No key where one belongs.
    Empty,
    /// Not the base64 of 42 bytes.
    Encoding,
    /// The first two bytes are not `Ed`.
    UnknownAlgorithm,
    /// The key is no point of the curve, or one of small order, which proves nothing.
    Point,
    /// A second key with the same id.
    Duplicate,
}

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "a minisign public key is missing",
            Self::Encoding => "a minisign public key is 56 characters of base64, as in RWSGOq...",
            Self::UnknownAlgorithm => "this is not a minisign public key: it starts with RW",
            Self::Point => "the minisign public key is not a usable ed25519 key",
            Self::Duplicate => "two minisign public keys have the same key id",
        })
    }
}

impl core::error::Error for KeyError {}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{OTHER_KEY, TEST_KEY, TEST_KEY_ID};
    use super::*;

    #[test]
    fn a_public_key_knows_its_id() {
        assert_eq!(PublicKey::parse(TEST_KEY).unwrap().key_id(), TEST_KEY_ID);
        assert!(PublicKey::parse(PublicKey::ZSF).is_ok());
    }

    #[test]
    fn a_damaged_public_key_is_refused() {
        assert_eq!(PublicKey::parse(""), Err(KeyError::Encoding));
        assert_eq!(PublicKey::parse(&TEST_KEY[1..]), Err(KeyError::Encoding));
        assert_eq!(
            PublicKey::parse(&std::format!("{TEST_KEY}\n")),
            Err(KeyError::Encoding)
        );
        assert_eq!(
            PublicKey::parse(&TEST_KEY.replace('+', "-")),
            Err(KeyError::Encoding)
        );
        assert_eq!(
            PublicKey::parse(&TEST_KEY.replace("RW", "RU")),
            Err(KeyError::UnknownAlgorithm)
        );
    }

    #[test]
    fn a_key_of_small_order_is_refused() {
        // The neutral element (y = 1), y = -1, and y = 2, which is not on the curve.
        for point in [
            "AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
            "7P///////////////////////////////////////38=",
            "AgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
        ] {
            let text = key_text(&base64::decode(point.as_bytes()).unwrap());
            assert_eq!(PublicKey::parse(&text), Err(KeyError::Point), "{text}");
        }
    }

    #[test]
    fn keys_are_found_by_id() {
        let keys = Keys::parse(&std::format!("{} , {TEST_KEY}", PublicKey::ZSF)).unwrap();
        assert_eq!(
            keys.find(TEST_KEY_ID),
            Some(&PublicKey::parse(TEST_KEY).unwrap())
        );
        let other = PublicKey::parse(OTHER_KEY).unwrap();
        assert_eq!(keys.find(other.key_id()), None);
        assert!(!keys.is_empty());
        assert!(Keys::default().is_empty());
    }

    #[test]
    fn an_empty_item_never_means_no_verification() {
        for text in [
            "",
            " ",
            ",",
            &std::format!("{TEST_KEY},"),
            &std::format!(",{TEST_KEY}"),
        ] {
            assert_eq!(Keys::parse(text), Err(KeyError::Empty), "{text}");
        }
        assert_eq!(Keys::parse("off"), Err(KeyError::Encoding));
    }

    #[test]
    fn one_id_belongs_to_one_key() {
        let text = std::format!("{TEST_KEY},{TEST_KEY}");
        assert_eq!(Keys::parse(&text), Err(KeyError::Duplicate));
    }

    /// Encodes `Ed`, eight zero bytes and `point`; 42 bytes need no padding.
    fn key_text(point: &[u8; 32]) -> std::string::String {
        const DIGITS: &[u8; 64] =
            b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        let mut bytes = b"Ed\0\0\0\0\0\0\0\0".to_vec();
        bytes.extend_from_slice(point);
        let digits = bytes.chunks(3).flat_map(|three| {
            let word = u32::from_be_bytes([0, three[0], three[1], three[2]]);
            [18, 12, 6, 0].map(|shift| DIGITS[(word >> shift & 63) as usize] as char)
        });
        digits.collect()
    }
}
