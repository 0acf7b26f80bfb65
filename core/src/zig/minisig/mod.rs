//! minisign signatures: keys, signature files, and the check of a file's bytes as they pass.
//!
//! A file is right when both halves hold: [`Signature::verify_comment`] (the signature file was
//! made by a known key for a file of this name) and [`Verifier`] (these are the signed bytes).
//! The first half needs no file, so a `.minisig` can be checked by itself. Either algorithm is
//! checked in one pass with constant memory.
//!
//! Ed25519 is checked strictly, which is the set of checks that the minisign program makes too:
//! no public key and no `R` of small order, `R` compared by its bytes (so only its canonical
//! encoding passes), and `S` below the group order (RFC 8032 section 5.1.7). What passes here
//! passes at a client.
//!
//! This module refuses to sign, to read secret keys, and to look at the untrusted comment beyond
//! its being one.

mod key;
mod signature;
mod verifier;

pub use key::{KeyError, Keys, PublicKey};
pub use signature::{Algorithm, Line, MAX_LEN, Signature, SignatureError};
pub use verifier::{Prehash, Verifier};

#[cfg(test)]
pub(crate) mod fixtures;
