//! What lets upstream say "the same" next time, kept beside a copy that may change upstream.
//!
//! The record names the digest of the copy it is about: whoever shares the directory writes both,
//! and an ETag beside another copy would make an old one stay. The record's own time of change
//! tells when upstream last confirmed the copy.

use alloc::format;
use alloc::string::String;

use crate::zig::digest::Sha256Digest;

/// Longest value that is kept, in bytes.
const LONGEST: usize = 1024;

/// The validators (RFC 9110 section 8.8) of a copy.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Validators {
    /// The value of ETag.
    pub etag: Option<String>,
    /// The value of Last-Modified.
    pub last_modified: Option<String>,
    /// The digest of the copy.
    pub digest: Option<Sha256Digest>,
}

impl Validators {
    /// Three lines, ETag, Last-Modified and the digest, any perhaps empty; a header value has no
    /// line feed. One of more than 1024 bytes is left out: records are small, and are read up to
    /// 4 KiB.
    pub fn to_text(&self) -> String {
        let is_short = |value: &String| value.len() <= LONGEST;
        let line = |value: &Option<String>| value.clone().filter(is_short).unwrap_or_default();
        format!(
            "{}\n{}\n{}\n",
            line(&self.etag),
            line(&self.last_modified),
            line(&self.digest.map(|digest| format!("{digest}"))),
        )
    }

    /// Reads these lines; `None` if they are torn.
    pub fn parse(text: &[u8]) -> Option<Self> {
        let text = core::str::from_utf8(text).ok()?;
        let (etag, rest) = text.split_once('\n')?;
        let (last_modified, rest) = rest.split_once('\n')?;
        let digest = rest.strip_suffix('\n')?;
        let value = |text: &str| (!text.is_empty()).then(|| text.into());
        Some(Self {
            etag: value(etag),
            last_modified: value(last_modified),
            digest: Sha256Digest::parse(digest).ok(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_value_is_left_out_and_the_rest_stays() {
        let validators = Validators {
            etag: Some("x".repeat(5000)),
            last_modified: Some("y".repeat(1024)),
            digest: Some(Sha256Digest::of(b"x")),
        };
        let kept = Validators {
            etag: None,
            ..validators.clone()
        };
        assert_eq!(
            Validators::parse(validators.to_text().as_bytes()),
            Some(kept)
        );
    }

    #[test]
    fn text_round_trips() {
        for validators in [
            Validators::default(),
            Validators {
                etag: Some("\"x\"".into()),
                last_modified: None,
                digest: Some(Sha256Digest::of(b"x")),
            },
            Validators {
                etag: None,
                last_modified: Some("Sun, 06 Nov 1994 08:49:37 GMT".into()),
                digest: None,
            },
        ] {
            let text = validators.to_text();
            assert_eq!(Validators::parse(text.as_bytes()), Some(validators));
        }
        assert_eq!(Validators::parse(b"torn"), None);
    }
}
