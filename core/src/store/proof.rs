//! The record that a stored file was verified.
//!
//! A file found in a store carries no proof of itself. Once verified, its digest is recorded
//! beside length and modification time; a file that no longer has these is verified again. The
//! record says nothing about who may write to the disk: whoever can, can also forge it.

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::String;

use crate::time::Timestamp;
use crate::zig::digest::Sha256Digest;

/// What a host sees of an open file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stat {
    /// Bytes.
    pub len: u64,
    /// Modification time, whole seconds.
    pub modified: Timestamp,
    /// The rest of the modification time.
    pub modified_nanos: u32,
}

/// A verified file's digest, bound to its length and modification time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// The file as it was when verified.
    pub stat: Stat,
    /// SHA-256 of its bytes.
    pub digest: Sha256Digest,
}

impl Proof {
    /// One line of text: `v1 <length> <seconds>.<nanoseconds> sha256:<hex>`.
    pub fn to_text(&self) -> String {
        let Stat {
            len,
            modified,
            modified_nanos,
        } = self.stat;
        format!(
            "v1 {len} {}.{modified_nanos:09} sha256:{}\n",
            modified.0, self.digest
        )
    }

    /// Reads that line; anything else is no proof. Words after the fourth are ignored.
    pub fn parse(text: &[u8]) -> Option<Self> {
        let mut words = core::str::from_utf8(text)
            .ok()?
            .strip_suffix('\n')?
            .split(' ');
        if words.next()? != "v1" {
            return None;
        }
        let len = words.next()?.parse().ok()?;
        let (seconds, nanos) = words.next()?.split_once('.')?;
        let stat = Stat {
            len,
            modified: Timestamp(seconds.parse().ok()?),
            modified_nanos: nanos.parse().ok()?,
        };
        let digest = Sha256Digest::parse(words.next()?.strip_prefix("sha256:")?).ok()?;
        Some(Self { stat, digest })
    }

    /// Whether the proof is about a file that looks like this.
    pub fn covers(&self, stat: &Stat) -> bool {
        self.stat == *stat
    }

    /// A strong entity tag (RFC 9110 section 8.8.3): the same on every mirror with these bytes.
    pub fn etag(&self) -> String {
        let hex = format!("{}", self.digest);
        format!(
            "\"{}\"",
            hex.get(..32).map_or(hex.clone(), ToOwned::to_owned)
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proof() -> Proof {
        let digest = Sha256Digest::parse(&"ab".repeat(32)).unwrap();
        Proof {
            stat: Stat {
                len: 7,
                modified: Timestamp(1_700_000_000),
                modified_nanos: 5,
            },
            digest,
        }
    }

    #[test]
    fn text_round_trips() {
        let proof = proof();
        assert_eq!(
            proof.to_text(),
            format!("v1 7 1700000000.000000005 sha256:{}\n", "ab".repeat(32))
        );
        assert_eq!(Proof::parse(proof.to_text().as_bytes()), Some(proof));
    }

    #[test]
    fn torn_record_is_no_proof() {
        let text = proof().to_text();
        for end in 0..text.len() {
            assert_eq!(Proof::parse(&text.as_bytes()[..end]), None, "{end}");
        }
    }

    #[test]
    fn changed_file_is_not_covered() {
        let proof = proof();
        assert!(proof.covers(&proof.stat));
        assert!(!proof.covers(&Stat {
            len: 8,
            ..proof.stat
        }));
        assert!(!proof.covers(&Stat {
            modified_nanos: 6,
            ..proof.stat
        }));
    }
}
