//! The check of a stored file, fed with its bytes as they are read: is it what it should be?
//!
//! ```text
//! a signature ─────────────── vouches for itself
//! signed by a file beside it ─ the signature decides, whatever is recorded
//! anything else ────────────── the recorded digest decides; without one: adopted, or unproven
//! ```
//!
//! A file that may change upstream has its record a moment after it has its place. Where the record
//! is about a file that looks otherwise, a crash or a server at work came between the two, and it
//! says nothing of this one.
//!
//! A Zig file without signature is never adopted, for a record says that a file was verified. A
//! signature by a key that is not configured proves neither that the file is right nor that it is
//! wrong: a check with other settings than the server's must not empty a store.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use super::StoreKey;
use super::path::Place;
use super::proof::{Proof, Stat};
use crate::route::mirrored::MirroredName;
use crate::zig::digest::{Hashing, Sha256Digest};
use crate::zig::minisig::{Keys, MAX_LEN, Signature, SignatureError, Verifier};

/// A check under way.
#[derive(Debug)]
pub struct Check {
    sha256: Hashing,
    voucher: Voucher,
    recorded: Option<Proof>,
    may_change: bool,
}

#[derive(Debug)]
enum Voucher {
    /// The file is a signature of the file with this name; its first bytes.
    Itself(String, Vec<u8>),
    /// A genuine signature for a file of this name.
    Signature(Box<Verifier>),
    /// A genuine signature that fits no file.
    Misfit(SignatureError),
    /// A Zig file without usable signature.
    Nothing(Unproven),
    /// What was recorded, or nothing: then this is recorded now.
    Record,
}

/// What came of a check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is right; this is to be recorded.
    Right(Proof),
    /// Nothing is known of it; this is to be recorded from now on.
    Adopted(Proof),
    /// It is neither known to be right nor known to be wrong; nothing is to be recorded.
    Unproven(Unproven),
    /// It is wrong.
    Wrong(Wrong),
}

/// Why nothing can be said of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unproven {
    /// A Zig file without signature: it is verified when it is first asked for.
    Unsigned,
    /// The signature is by a key that is not configured.
    UnknownKey([u8; 8]),
}

/// Why a file is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wrong {
    /// The signature says so, or is no signature.
    Signature(SignatureError),
    /// It is not the file that was verified or adopted before.
    Digest {
        /// Its digest.
        found: Sha256Digest,
        /// What was recorded.
        recorded: Sha256Digest,
    },
}

impl Check {
    /// Begins with no bytes: of the file at `key`, the configured keys (none if verification is
    /// switched off), the signature that lies beside the file, and what is recorded of it.
    pub fn new(
        key: &StoreKey,
        keys: Option<&Keys>,
        signature: Option<&[u8]>,
        recorded: Option<&Proof>,
    ) -> Self {
        Self {
            sha256: Hashing::new(),
            voucher: Voucher::of(&key.place(), keys, signature),
            recorded: recorded.cloned(),
            may_change: MirroredName::stored(key).is_some_and(|name| name.may_change()),
        }
    }

    /// Takes the next bytes; how the file is cut does not matter.
    pub fn update(&mut self, bytes: &[u8]) {
        self.sha256.update(bytes);
        match &mut self.voucher {
            Voucher::Itself(_, text) => {
                let room = (MAX_LEN + 1).saturating_sub(text.len()).min(bytes.len());
                text.extend_from_slice(bytes.get(..room).unwrap_or_default());
            }
            Voucher::Signature(verifier) => verifier.update(bytes),
            Voucher::Misfit(_) | Voucher::Nothing(_) | Voucher::Record => {}
        }
    }

    /// The verdict on a file that looks like this, all of whose bytes were taken.
    pub fn finish(self, stat: Stat, keys: Option<&Keys>) -> Verdict {
        let digest = self.sha256.finish();
        let proof = Proof { stat, digest };
        let recorded = self.recorded.filter(|recorded| {
            !self.may_change || recorded.digest == digest || recorded.covers(&proof.stat)
        });
        let signed = match self.voucher {
            Voucher::Itself(name, text) => of_itself(&name, &text, keys),
            Voucher::Signature(verifier) => verifier.finish(),
            Voucher::Misfit(error) => Err(error),
            Voucher::Nothing(why) => {
                return by_record(recorded, proof).unwrap_or(Verdict::Unproven(why));
            }
            Voucher::Record => {
                return by_record(recorded, proof.clone()).unwrap_or(Verdict::Adopted(proof));
            }
        };
        match signed {
            Ok(()) => Verdict::Right(proof),
            Err(SignatureError::UnknownKey(id)) => Verdict::Unproven(Unproven::UnknownKey(id)),
            Err(error) => Verdict::Wrong(Wrong::Signature(error)),
        }
    }
}

impl Voucher {
    fn of(place: &Place, keys: Option<&Keys>, signature: Option<&[u8]>) -> Self {
        let (Place::Zig(_, name), Some(keys)) = (place, keys) else {
            return Self::Record;
        };
        if name.is_signature() {
            return Self::Itself(name.signed().as_str().into(), Vec::new());
        }
        let Some(bytes) = signature else {
            return Self::Nothing(Unproven::Unsigned);
        };
        let genuine = Signature::parse(bytes).and_then(|signature| {
            signature.verify_comment(keys, name.as_str())?;
            Ok(signature)
        });
        match genuine.map(|signature| Verifier::new(&signature, keys)) {
            Ok(Ok(verifier)) => Self::Signature(Box::new(verifier)),
            Ok(Err(error)) => Self::Misfit(error),
            Err(SignatureError::UnknownKey(id)) => Self::Nothing(Unproven::UnknownKey(id)),
            // The signature is wrong, which its own check says; of the file it says nothing.
            Err(_) => Self::Nothing(Unproven::Unsigned),
        }
    }
}

fn of_itself(name: &str, text: &[u8], keys: Option<&Keys>) -> Result<(), SignatureError> {
    let none = Keys::default();
    Signature::parse(text)?.verify_comment(keys.unwrap_or(&none), name)
}

fn by_record(recorded: Option<Proof>, proof: Proof) -> Option<Verdict> {
    let (recorded, found) = (recorded?.digest, proof.digest);
    Some(if found == recorded {
        Verdict::Right(proof)
    } else {
        Verdict::Wrong(Wrong::Digest { found, recorded })
    })
}

impl fmt::Display for Unproven {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unsigned => f.write_str("no signature of it is here"),
            Self::UnknownKey(id) => SignatureError::UnknownKey(*id).fmt(f),
        }
    }
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Signature(error) => error.fmt(f),
            Self::Digest { found, recorded } => {
                write!(f, "its digest is {found}, recorded was {recorded}")
            }
        }
    }
}

#[cfg(test)]
mod tests;
