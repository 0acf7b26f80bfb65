//! The check of a file's bytes against its signature, as they pass.

use core::fmt;

use blake2::{Blake2b512, Digest as _};
use ed25519_dalek::StreamVerifier;
use ed25519_dalek::VerifyingKey;

use super::key::Keys;
use super::signature::{Algorithm, Signature, SignatureError};

/// Checks a file's bytes as they pass, with constant memory for either algorithm.
///
/// It says nothing about the file's name: that is [`Signature::verify_comment`]'s half.
pub struct Verifier(State);

impl Verifier {
    /// Starts with no bytes. Fails if the key is unknown or the signature can fit no file.
    pub fn new(signature: &Signature, keys: &Keys) -> Result<Self, SignatureError> {
        let key = *signature.key(keys)?.verifying_key();
        let of_file = signature.of_file();
        Ok(Self(match signature.algorithm() {
            Algorithm::Prehashed => State::Prehashed {
                hash: Blake2b512::default(),
                key,
                of_file,
            },
            Algorithm::Legacy => State::Legacy(strict_stream(&key, &of_file)?),
        }))
    }

    /// Goes on from bytes that passed before the signature was known; `None` for a legacy
    /// signature, which signs the bytes themselves and so needs a pass of its own.
    pub fn after(
        prehash: Prehash,
        signature: &Signature,
        keys: &Keys,
    ) -> Result<Option<Self>, SignatureError> {
        let key = *signature.key(keys)?.verifying_key();
        let of_file = signature.of_file();
        let Prehash(hash) = prehash;
        Ok(match signature.algorithm() {
            Algorithm::Prehashed => Some(Self(State::Prehashed { hash, key, of_file })),
            Algorithm::Legacy => None,
        })
    }

    /// Takes the next bytes; how the file is cut does not matter.
    pub fn update(&mut self, bytes: &[u8]) {
        match &mut self.0 {
            State::Prehashed { hash, .. } => hash.update(bytes),
            State::Legacy(stream) => stream.update(bytes),
        }
    }

    /// Says whether all bytes taken are the signed file.
    pub fn finish(self) -> Result<(), SignatureError> {
        match self.0 {
            State::Prehashed { hash, key, of_file } => {
                key.verify_strict(&hash.finalize(), &of_file)
            }
            State::Legacy(stream) => stream.finalize_and_verify(),
        }
        .map_err(|_| SignatureError::FileSignature)
    }
}

/// The BLAKE2b-512 state of bytes whose signature is not known yet.
#[derive(Clone, Debug, Default)]
pub struct Prehash(Blake2b512);

impl Prehash {
    /// Takes the next bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            State::Prehashed { .. } => "Verifier(Prehashed)",
            State::Legacy(_) => "Verifier(Legacy)",
        })
    }
}

enum State {
    Prehashed {
        hash: Blake2b512,
        key: VerifyingKey,
        of_file: ed25519_dalek::Signature,
    },
    Legacy(StreamVerifier),
}

/// Adds to `verify_stream` the one check that `verify_strict` makes beyond it: `R` is a point
/// and not of small order. (The key was checked when it was parsed.)
fn strict_stream(
    key: &VerifyingKey,
    of_file: &ed25519_dalek::Signature,
) -> Result<StreamVerifier, SignatureError> {
    let r = VerifyingKey::from_bytes(of_file.r_bytes());
    if r.map_or(true, |point| point.is_weak()) {
        return Err(SignatureError::FileSignature);
    }
    key.verify_stream(of_file)
        .map_err(|_| SignatureError::FileSignature)
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{FILE, LEGACY, OTHER_KEY, PREHASHED, TEST_KEY, edit_line};
    use super::*;

    #[test]
    fn file_cut_at_every_byte_is_the_signed_one() {
        for signature in [PREHASHED, LEGACY] {
            for cut in 0..=FILE.len() {
                let (head, tail) = FILE.split_at(cut);
                assert_eq!(check(signature, &[head, tail]), Ok(()), "cut at {cut}");
            }
        }
    }

    #[test]
    fn file_fed_byte_by_byte_is_the_signed_one() {
        for signature in [PREHASHED, LEGACY] {
            let bytes: std::vec::Vec<&[u8]> = FILE.chunks(1).collect();
            assert_eq!(check(signature, &bytes), Ok(()));
        }
    }

    #[test]
    fn bytes_may_pass_before_a_prehashed_signature_is_known() {
        let keys = Keys::parse(TEST_KEY).unwrap();
        let (head, tail) = FILE.split_at(FILE.len() / 2);
        let mut prehash = Prehash::default();
        prehash.update(head);
        let signature = Signature::parse(PREHASHED.as_bytes()).unwrap();
        let mut verifier = Verifier::after(prehash.clone(), &signature, &keys)
            .unwrap()
            .expect("prehashed");
        verifier.update(tail);
        assert_eq!(verifier.finish(), Ok(()));
        let legacy = Signature::parse(LEGACY.as_bytes()).unwrap();
        assert!(Verifier::after(prehash, &legacy, &keys).unwrap().is_none());
    }

    #[test]
    fn one_changed_bit_anywhere_is_noticed() {
        for signature in [PREHASHED, LEGACY] {
            for at in 0..FILE.len() {
                let mut file = FILE.to_vec();
                file[at] ^= 1;
                assert_eq!(
                    check(signature, &[&file]),
                    Err(SignatureError::FileSignature)
                );
            }
        }
    }

    #[test]
    fn a_file_cut_short_or_with_a_tail_is_noticed() {
        for signature in [PREHASHED, LEGACY] {
            for file in [&FILE[..FILE.len() - 1], b"", &[FILE, b"\0"].concat()] {
                assert_eq!(
                    check(signature, &[file]),
                    Err(SignatureError::FileSignature)
                );
            }
        }
    }

    #[test]
    fn a_signature_by_an_unknown_key_starts_nothing() {
        let signature = Signature::parse(PREHASHED.as_bytes()).unwrap();
        let unknown = SignatureError::UnknownKey(signature.key_id());
        let keys = Keys::parse(OTHER_KEY).unwrap();
        assert_eq!(Verifier::new(&signature, &keys).unwrap_err(), unknown);
        assert_eq!(
            Verifier::new(&signature, &Keys::default()).unwrap_err(),
            unknown
        );
    }

    #[test]
    fn a_changed_signature_fits_no_file() {
        for signature in [PREHASHED, LEGACY] {
            for at in [20, 40, 60, 80, 97] {
                let changed = edit_line(signature, 1, |line| {
                    let digit = if &line[at..=at] == "A" { "B" } else { "A" };
                    line.replace_range(at..=at, digit);
                });
                assert_eq!(check(&changed, &[FILE]), Err(SignatureError::FileSignature));
            }
        }
    }

    #[test]
    fn a_legacy_signature_with_r_of_small_order_starts_nothing() {
        // R = the neutral element, S = 0.
        let start = "RWSZaIAI+GcHTQEA";
        let forged = edit_line(LEGACY, 1, |line| {
            *line = std::format!("{start}{}=", "A".repeat(99 - start.len()));
        });
        let signature = Signature::parse(forged.as_bytes()).unwrap();
        let started = Verifier::new(&signature, &Keys::parse(TEST_KEY).unwrap());
        assert_eq!(started.unwrap_err(), SignatureError::FileSignature);
    }

    fn check(signature: &str, parts: &[&[u8]]) -> Result<(), SignatureError> {
        let signature = Signature::parse(signature.as_bytes()).unwrap();
        let mut verifier = Verifier::new(&signature, &Keys::parse(TEST_KEY).unwrap())?;
        for part in parts {
            verifier.update(part);
        }
        verifier.finish()
    }
}
