//! The record of a package's tarball: its hashes, or why it has none; and where it is noted which
//! tarball has a hash.
//!
//! A mirror does not judge: a tarball that Zig could not use is kept bit for bit all the same, and
//! its record says why it cannot be found by hash. Both kinds of records can be derived again from
//! the tarballs. A note of a hash is only a hint: the record of the tarball it names has the word.

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::String;

use super::StoreKey;
use crate::route::mirrored::MirroredName;
use crate::zig::digest::Sha256Digest;
use crate::zig::package::{Hashes, PackageHash};

/// What is known of a stored tarball.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackageRecord {
    /// SHA-256 of the tarball that this is about.
    pub digest: Sha256Digest,
    /// The hash as Zig 0.14 and later compute it.
    pub new: Result<PackageHash, String>,
    /// The hash as Zig 0.11 to 0.13 compute it.
    pub legacy: Result<PackageHash, String>,
}

impl PackageRecord {
    /// A package with hashes.
    pub fn hashed(digest: Sha256Digest, hashes: Hashes) -> Self {
        Self {
            digest,
            new: hashes.new.map_err(|reason| one_line(&format!("{reason}"))),
            legacy: Ok(hashes.legacy),
        }
    }

    /// A tarball that has no hash.
    pub fn refused(digest: Sha256Digest, reason: &str) -> Self {
        let reason = one_line(reason);
        Self {
            digest,
            new: Err(reason.clone()),
            legacy: Err(reason),
        }
    }

    /// The hashes that it can be found by.
    pub fn hashes(&self) -> impl Iterator<Item = &PackageHash> {
        [&self.new, &self.legacy].into_iter().flatten()
    }

    /// Three lines: `v1 sha256:<hex>`, then `new` and `legacy`, each with the hash or with `none:`
    /// and the reason.
    pub fn to_text(&self) -> String {
        let line = |hash: &Result<PackageHash, String>| match hash {
            Ok(hash) => hash.as_str().to_owned(),
            Err(reason) => format!("none: {reason}"),
        };
        format!(
            "v1 sha256:{}\nnew {}\nlegacy {}\n",
            self.digest,
            line(&self.new),
            line(&self.legacy)
        )
    }

    /// Reads these lines; anything else is no record.
    pub fn parse(text: &[u8]) -> Option<Self> {
        let text = core::str::from_utf8(text).ok()?.strip_suffix('\n')?;
        let mut lines = text.split('\n');
        let digest = lines.next()?.strip_prefix("v1 sha256:")?;
        let record = Self {
            digest: Sha256Digest::parse(digest).ok()?,
            new: outcome(lines.next()?.strip_prefix("new ")?)?,
            legacy: outcome(lines.next()?.strip_prefix("legacy ")?)?,
        };
        lines.next().is_none().then_some(record)
    }
}

fn outcome(text: &str) -> Option<Result<PackageHash, String>> {
    match text.strip_prefix("none: ") {
        Some(reason) => Some(Err(reason.to_owned())),
        None => PackageHash::parse(text).ok().map(Ok),
    }
}

/// A reason may quote a path of the tarball; a record is small.
fn one_line(text: &str) -> String {
    const MOST: usize = 500;
    text.chars()
        .take(MOST)
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect()
}

/// The note that a tarball has a hash: its path, as one line.
pub fn note(key: &StoreKey) -> String {
    format!("{key}\n")
}

/// Whether a hash that leads to the tarball `there` still leads to it when `other` has it, too: what
/// stays as it is wins over what may change upstream, and else the first one. Releases stay.
pub fn keeps(there: &StoreKey, other: &StoreKey) -> bool {
    let may_change =
        |key: &StoreKey| MirroredName::stored(key).is_some_and(|name| name.may_change());
    !may_change(there) || may_change(other)
}

/// Reads such a note.
pub fn noted(text: &[u8]) -> Option<StoreKey> {
    StoreKey::stored(core::str::from_utf8(text).ok()?.strip_suffix('\n')?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAKED: &str = "N-V-__8AAAoAAAAbsNxms69QgMRle3JT3tq6cci2y4vWsPwG";

    #[test]
    fn text_round_trips() {
        let digest = Sha256Digest::of(b"x");
        let hashed = PackageRecord {
            digest,
            new: PackageHash::parse(NAKED).map_err(|_| String::new()),
            legacy: Ok(PackageHash::legacy(&digest)),
        };
        let refused = PackageRecord::refused(digest, "two\nlines: none");
        for record in [hashed, refused] {
            let text = record.to_text();
            assert_eq!(PackageRecord::parse(text.as_bytes()), Some(record));
            for end in 0..text.len() {
                assert_eq!(PackageRecord::parse(&text.as_bytes()[..end]), None);
            }
        }
    }

    #[test]
    fn a_hash_leads_to_what_stays() {
        let key = |path: &str| StoreKey::stored(path).unwrap();
        let branch = key("pkg/o/r/refs/heads/main.tar.gz");
        let fixed = key("pkg/o/r/refs/tags/v1.tar.gz");
        let release = key("p/r/tag/v1.tar.gz");
        for (there, other, stays) in [
            (&branch, &fixed, false),
            (&branch, &release, false),
            (&branch, &branch, true),
            (&fixed, &branch, true),
            (&fixed, &release, true),
            (&release, &branch, true),
            (&release, &fixed, true),
        ] {
            assert_eq!(keeps(there, other), stays, "{there} {other}");
        }
    }

    #[test]
    fn a_note_names_a_path_of_the_store_and_nothing_else() {
        let key = StoreKey::stored("pkg/o/r/refs/tags/v1.tar.gz").unwrap();
        assert_eq!(noted(note(&key).as_bytes()), Some(key));
        for text in ["pkg/o/r/v1", "pkg/../x\n", "/etc/passwd\n", "\n", ""] {
            assert_eq!(noted(text.as_bytes()), None, "{text:?}");
        }
    }
}
