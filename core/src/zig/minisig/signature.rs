//! Signature files: their four lines, and the check that needs no file.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;

use super::key::{Keys, PublicKey};
use crate::base64;

/// The longest signature file in bytes; ziglang.org's are below 400.
pub const MAX_LEN: usize = 2048;

/// The content of a `.minisig` file.
///
/// ```text
/// untrusted comment: <anything>
/// base64 of: algorithm (2 bytes), key id (8), signature of the file (64)
/// trusted comment: timestamp:<n>\tfile:<name>\thashed
/// base64 of: signature (64) of the file's signature followed by the trusted comment
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    algorithm: Algorithm,
    key_id: [u8; 8],
    of_file: [u8; 64],
    trusted_comment: Box<str>,
    of_comment: [u8; 64],
}

impl Signature {
    /// Parses a whole signature file: four lines, each ended by LF. No signature covers the last LF,
    /// so without this rule a file cut by one byte would pass.
    ///
    /// CR LF is refused, as is anything after the fourth line: some clients read these files
    /// strictly, so a file that they would trip over is better missed here. Comments are UTF-8
    /// without control characters other than tab, so that they may be logged.
    pub fn parse(bytes: &[u8]) -> Result<Self, SignatureError> {
        let [untrusted, of_file, trusted, of_comment] = four_lines(bytes)?;
        comment(untrusted, "untrusted comment: ")
            .ok_or(SignatureError::Encoding(Line::UntrustedComment))?;
        let (algorithm, key_id, of_file) = parse_of_file(of_file)?;
        let trusted_comment = comment(trusted, "trusted comment: ")
            .ok_or(SignatureError::Encoding(Line::TrustedComment))?;
        let of_comment =
            base64::decode(of_comment).ok_or(SignatureError::Encoding(Line::GlobalSignature))?;
        let signature = Self {
            algorithm,
            key_id,
            of_file,
            trusted_comment: trusted_comment.into(),
            of_comment,
        };
        signature.refuse_downgrade()
    }

    /// How the file was signed.
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The id of the key that it claims to be made with.
    pub fn key_id(&self) -> [u8; 8] {
        self.key_id
    }

    /// The comment that the global signature covers.
    pub fn trusted_comment(&self) -> &str {
        &self.trusted_comment
    }

    /// The name after `file:` in the trusted comment, if there is exactly one such item.
    ///
    /// Items are separated by tabs (as minisign and ziglang.org write them) or by blanks, which
    /// clients' patterns accept as well; so a name with a blank is never found whole, and no Zig
    /// archive has one.
    pub fn file_name(&self) -> Option<&str> {
        let mut names = self.items().filter_map(|item| item.strip_prefix("file:"));
        match (names.next(), names.next()) {
            (Some(name), None) => Some(name),
            (None | Some(_), _) => None,
        }
    }

    /// Checks all that needs no file: the key is known, the global signature is right, and the
    /// trusted comment names `expected_file`.
    ///
    /// The file is named last, so [`SignatureError::WrongFile`] means that a genuine signature
    /// was handed out under another name.
    pub fn verify_comment(&self, keys: &Keys, expected_file: &str) -> Result<(), SignatureError> {
        let key = self.key(keys)?.verifying_key();
        let mut message = Vec::with_capacity(self.of_file.len() + self.trusted_comment.len());
        message.extend_from_slice(&self.of_file);
        message.extend_from_slice(self.trusted_comment.as_bytes());
        let signature = ed25519_dalek::Signature::from_bytes(&self.of_comment);
        key.verify_strict(&message, &signature)
            .map_err(|_| SignatureError::GlobalSignature)?;
        let name = self.file_name().ok_or(SignatureError::NoFileName)?;
        if name == expected_file {
            Ok(())
        } else {
            Err(SignatureError::WrongFile)
        }
    }

    /// The known key that it claims to be made with.
    pub(super) fn key<'k>(&self, keys: &'k Keys) -> Result<&'k PublicKey, SignatureError> {
        keys.find(self.key_id)
            .ok_or(SignatureError::UnknownKey(self.key_id))
    }

    pub(super) fn of_file(&self) -> ed25519_dalek::Signature {
        ed25519_dalek::Signature::from_bytes(&self.of_file)
    }

    fn items(&self) -> impl Iterator<Item = &str> {
        self.trusted_comment.split(['\t', ' '])
    }

    /// Refuses a signature whose algorithm was changed from prehashed to legacy.
    ///
    /// No signature covers the two bytes that name the algorithm. With them changed, a genuine
    /// signature of a file would also fit that file's 64-byte BLAKE2b digest. minisign writes
    /// `hashed` into the trusted comment of a prehashed signature, and the comment is covered.
    fn refuse_downgrade(self) -> Result<Self, SignatureError> {
        let hashed = self.items().any(|item| item == "hashed");
        match self.algorithm {
            Algorithm::Legacy if hashed => Err(SignatureError::Downgrade),
            Algorithm::Legacy | Algorithm::Prehashed => Ok(self),
        }
    }
}

/// What the signature of a file covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    /// `ED`: the BLAKE2b-512 digest of the file. ziglang.org and minisign make these.
    Prehashed,
    /// `Ed`: the file itself.
    Legacy,
}

/// A line of a signature file, in the order of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Line {
    /// Line 1.
    UntrustedComment,
    /// Line 2: algorithm, key id and signature of the file.
    FileSignature,
    /// Line 3.
    TrustedComment,
    /// Line 4.
    GlobalSignature,
}

/// Why a signature, or a file under it, is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum SignatureError {
    /// Longer than [`MAX_LEN`] bytes.
    TooLong,
    /// Not exactly four lines.
    Lines,
    /// This line is not what belongs there.
    Encoding(Line),
    /// The algorithm is neither `ED` nor `Ed`.
    UnknownAlgorithm,
    /// The algorithm says that the file itself is signed, the trusted comment that its hash is.
    Downgrade,
    /// It was made with a key of this id, which is not among the known ones.
    UnknownKey([u8; 8]),
    /// The global signature does not fit the trusted comment and the file's signature.
    GlobalSignature,
    /// The trusted comment does not name one file.
    NoFileName,
    /// The trusted comment names another file.
    WrongFile,
    /// The file's signature does not fit the file.
    FileSignature,
}

impl fmt::Display for SignatureError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TooLong => "not a minisign signature: longer than 2048 bytes",
            Self::Lines => "not a minisign signature: it has four lines",
            Self::Encoding(Line::UntrustedComment) => {
                "not a minisign signature: line 1 is no untrusted comment"
            }
            Self::Encoding(Line::FileSignature) => {
                "not a minisign signature: line 2 is not 100 characters of base64"
            }
            Self::Encoding(Line::TrustedComment) => {
                "not a minisign signature: line 3 is no trusted comment"
            }
            Self::Encoding(Line::GlobalSignature) => {
                "not a minisign signature: line 4 is not 88 characters of base64"
            }
            Self::UnknownAlgorithm => "the signature's algorithm is neither ED nor Ed",
            Self::Downgrade => "the signature's algorithm is not the one its comment speaks of",
            Self::UnknownKey(id) => {
                let id = u64::from_le_bytes(*id);
                return write!(
                    f,
                    "the signature is by key {id:016X}, which is not a known one"
                );
            }
            Self::GlobalSignature => "the signature's trusted comment is not genuine",
            Self::NoFileName => "the signature's trusted comment does not name one file",
            Self::WrongFile => "the signature is that of a file with another name",
            Self::FileSignature => "the file is not the one that was signed",
        })
    }
}

impl core::error::Error for SignatureError {}

fn four_lines(bytes: &[u8]) -> Result<[&[u8]; 4], SignatureError> {
    if bytes.len() > MAX_LEN {
        return Err(SignatureError::TooLong);
    }
    let whole = bytes.strip_suffix(b"\n").ok_or(SignatureError::Lines)?;
    let mut lines = whole.split(|&b| b == b'\n');
    let mut next = || lines.next().ok_or(SignatureError::Lines);
    let four = [next()?, next()?, next()?, next()?];
    if lines.next().is_some() {
        return Err(SignatureError::Lines);
    }
    Ok(four)
}

fn comment<'a>(line: &'a [u8], prefix: &str) -> Option<&'a str> {
    let text = str::from_utf8(line).ok()?.strip_prefix(prefix)?;
    let plain = |c: char| c == '\t' || !c.is_control();
    text.chars().all(plain).then_some(text)
}

fn parse_of_file(line: &[u8]) -> Result<(Algorithm, [u8; 8], [u8; 64]), SignatureError> {
    const WRONG: SignatureError = SignatureError::Encoding(Line::FileSignature);
    let bytes: [u8; 74] = base64::decode(line).ok_or(WRONG)?;
    let (algorithm, rest) = bytes.split_first_chunk::<2>().ok_or(WRONG)?;
    let (key_id, rest) = rest.split_first_chunk().ok_or(WRONG)?;
    let signature = rest.first_chunk().ok_or(WRONG)?;
    let algorithm = match algorithm {
        b"ED" => Algorithm::Prehashed,
        b"Ed" => Algorithm::Legacy,
        _ => return Err(SignatureError::UnknownAlgorithm),
    };
    Ok((algorithm, *key_id, *signature))
}

#[cfg(test)]
mod tests;
