//! Minisign keys and signatures, for an upstream whose files a server has to verify.
//!
//! Keys come from a one-byte seed, so they are the same in every run. They protect nothing; this
//! module refuses to read or write secret key files.

use blake2::{Blake2b512, Digest};
use ed25519_dalek::{Signer, SigningKey};

/// How the bytes of a file are signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `ED`: Ed25519 over the BLAKE2b-512 digest of the file.
    Hashed,
    /// `Ed`: Ed25519 over the file itself.
    Legacy,
}

/// A key pair with minisign's key id.
#[derive(Clone, Debug)]
pub struct Key {
    signing: SigningKey,
    id: [u8; 8],
}

impl Key {
    /// Derives a key pair from a seed.
    pub fn from_seed(seed: u8) -> Self {
        let signing = SigningKey::from_bytes(&[seed; 32]);
        Self {
            signing,
            id: [seed; 8],
        }
    }

    /// The same key pair under another key id.
    #[must_use]
    pub fn with_id(mut self, id: [u8; 8]) -> Self {
        self.id = id;
        self
    }

    /// The public key as minisign prints it: `Ed`, key id and key, in base64.
    pub fn public_text(&self) -> String {
        let mut bytes = Vec::from(*b"Ed");
        bytes.extend_from_slice(&self.id);
        bytes.extend_from_slice(self.signing.verifying_key().as_bytes());
        base64(&bytes)
    }

    /// A prehashed signature of `bytes` under the name `file`, as ziglang.org makes them.
    pub fn sign(&self, file: &str, bytes: &[u8]) -> String {
        let comment = format!("timestamp:1747866000\tfile:{file}\thashed");
        self.sign_with(Kind::Hashed, bytes, &comment)
    }

    /// A signature over the file itself, as old minisigns make them.
    pub fn sign_legacy(&self, file: &str, bytes: &[u8]) -> String {
        let comment = format!("timestamp:1747866000\tfile:{file}");
        self.sign_with(Kind::Legacy, bytes, &comment)
    }

    /// A signature with a trusted comment of the caller's choice.
    pub fn sign_with(&self, kind: Kind, bytes: &[u8], comment: &str) -> String {
        let signature = self.signature(kind, bytes);
        let signed: Vec<u8> = [&signature[..], comment.as_bytes()].concat();
        let global = self.signing.sign(&signed).to_bytes();
        let algorithm = match kind {
            Kind::Hashed => b"ED",
            Kind::Legacy => b"Ed",
        };
        let first = [&algorithm[..], &self.id[..], &signature[..]].concat();
        format!(
            "untrusted comment: signature from a test key\n{}\ntrusted comment: {comment}\n{}\n",
            base64(&first),
            base64(&global),
        )
    }

    fn signature(&self, kind: Kind, bytes: &[u8]) -> [u8; 64] {
        match kind {
            Kind::Hashed => self.signing.sign(&Blake2b512::digest(bytes)).to_bytes(),
            Kind::Legacy => self.signing.sign(bytes).to_bytes(),
        }
    }
}

/// Damages one line (0 to 3) of a signature file and leaves its form intact.
#[must_use]
pub fn damage(signature: &str, line: usize) -> String {
    let mut lines: Vec<String> = signature.lines().map(String::from).collect();
    let target = &mut lines[line];
    let at = target.len() / 2;
    let other = if &target[at..=at] == "A" { "B" } else { "A" };
    target.replace_range(at..=at, other);
    lines.join("\n") + "\n"
}

/// Standard base64 with padding.
pub fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let mut word = [0_u8; 3];
        word[..chunk.len()].copy_from_slice(chunk);
        let bits = u32::from_be_bytes([0, word[0], word[1], word[2]]);
        for place in 0..4 {
            let digit = DIGITS[usize::try_from(bits >> (18 - 6 * place) & 63).expect("six bits")];
            text.push(if place <= chunk.len() {
                char::from(digit)
            } else {
                '='
            });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scratch::Scratch;
    use crate::tools;
    use std::process::Command;

    #[test]
    fn base64_pads_as_in_rfc_4648() {
        let vectors = [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
        ];
        for (plain, coded) in vectors {
            assert_eq!(base64(plain.as_bytes()), coded);
        }
    }

    #[test]
    fn real_minisign_accepts_a_hashed_signature() {
        let key = Key::from_seed(1);
        judge(&key, &key.sign("f.tar.xz", b"bytes"), b"bytes", true);
    }

    #[test]
    fn real_minisign_accepts_a_legacy_signature() {
        let key = Key::from_seed(2);
        judge(&key, &key.sign_legacy("f.tar.xz", b"bytes"), b"bytes", true);
    }

    #[test]
    fn real_minisign_refuses_other_bytes() {
        let key = Key::from_seed(3);
        judge(&key, &key.sign("f.tar.xz", b"bytes"), b"bytez", false);
    }

    #[test]
    fn real_minisign_refuses_every_damaged_signed_line() {
        let key = Key::from_seed(4);
        for line in 1..4 {
            let damaged = damage(&key.sign("f.tar.xz", b"bytes"), line);
            judge(&key, &damaged, b"bytes", false);
        }
    }

    #[test]
    fn real_minisign_refuses_another_key() {
        let signature = Key::from_seed(5).sign("f.tar.xz", b"bytes");
        judge(&Key::from_seed(6), &signature, b"bytes", false);
    }

    #[track_caller]
    fn judge(key: &Key, signature: &str, bytes: &[u8], good: bool) {
        let Some(minisign) = tools::find("minisign") else {
            return;
        };
        let dir = Scratch::new("signer");
        let file = dir.write("f.tar.xz", bytes);
        dir.write("f.tar.xz.minisig", signature.as_bytes());
        let output = Command::new(minisign)
            .args(["-V", "-P", &key.public_text(), "-m"])
            .arg(file)
            .output();
        assert_eq!(output.unwrap().status.success(), good, "{signature}");
    }
}
