//! The genuine files: small, in some generations each, made once; what ziglang.org has is signed.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use zigdepot_core::zig::digest::Sha256Digest;

use super::forge;
use super::random::Random;
use crate::signer::Key;

/// A release.
pub const STABLE: &str = "zig-x86_64-linux-0.14.1.tar.xz";
/// A release's source, not much longer than what is held back.
pub const SOURCE: &str = "zig-0.15.1.tar.xz";
/// A dev version's file.
pub const DEV: &str = "zig-x86_64-linux-0.16.0-dev.1+abcdef012.tar.xz";
/// A file of another dev version; its generations have one length.
pub const DEV_TWO: &str = "zig-x86_64-linux-0.16.0-dev.2+abcdef012.tar.xz";
/// So short that it waits whole.
pub const SHORT: &str = "zig-x86_64-linux-0.16.0-dev.3+abcdef012.zip";
/// A file of a version that may be nominated.
pub const NOMINATED: &str = "zig-aarch64-macos-0.16.0-dev.7+abcdef012.tar.xz";
/// A signed index, with a signature of the old kind.
pub const INDEX: &str = "zig-0.14.1-index.json";

/// The version that may be nominated.
pub const NOMINATED_VERSION: &str = "0.16.0-dev.7+abcdef012";

/// Names and lengths of the two generations.
const FILES: [(&str, [usize; 2]); 7] = [
    (STABLE, [3000, 3500]),
    (SOURCE, [700, 650]),
    (DEV, [5000, 4000]),
    (DEV_TWO, [2500, 2500]),
    (SHORT, [100, 200]),
    (NOMINATED, [4000, 4100]),
    (INDEX, [900, 900]),
];

/// One genuine content of a file.
#[derive(Debug)]
pub struct Genuine {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// The entity tag of whoever verified them.
    pub etag: String,
    /// The hashes of the package in them.
    pub hashes: Vec<String>,
}

/// All genuine files.
#[derive(Debug)]
pub struct Catalog {
    files: BTreeMap<String, Vec<Genuine>>,
    /// The public key that signs them.
    pub key: String,
}

/// The catalog; the same in every run.
pub static CATALOG: LazyLock<Catalog> = LazyLock::new(Catalog::new);

impl Catalog {
    fn new() -> Self {
        let key = Key::from_seed(77);
        let random = Random::new(1);
        let mut files = BTreeMap::new();
        for (name, lengths) in FILES {
            let bodies = lengths.map(|len| noise(&random, len));
            let signatures = bodies.each_ref().map(|bytes| {
                let text = if name == INDEX {
                    key.sign_legacy(name, bytes)
                } else {
                    key.sign(name, bytes)
                };
                Genuine::new(name, text.into_bytes())
            });
            files.insert(signature_of(name), signatures.into());
            let bodies = bodies.map(|bytes| Genuine::new(name, bytes));
            files.insert(name.to_owned(), bodies.into());
        }
        for forge::Mirrored { name, .. } in forge::FILES {
            let contents = forge::contents(name).into_iter();
            let contents = contents.map(|bytes| Genuine::new(name, bytes));
            files.insert(name.to_owned(), contents.collect());
        }
        let key = key.public_text();
        Self { files, key }
    }

    /// The genuine contents of a name, if there are any.
    pub fn find(&self, name: &str) -> Option<&[Genuine]> {
        self.files.get(name).map(Vec::as_slice)
    }

    /// The genuine contents of a name that is known to be there.
    pub fn genuine(&self, name: &str) -> &[Genuine] {
        self.find(name)
            .expect("the test asks for a file of the catalog")
    }

    /// The bytes of a generation, or of the last one.
    pub fn bytes(&self, name: &str, generation: usize) -> &[u8] {
        let known = self.genuine(name);
        &known[generation.min(known.len() - 1)].bytes
    }

    /// All contents whose package has this hash.
    pub fn of_hash(&self, hash: &str) -> Vec<&Genuine> {
        let all = self.files.values().flatten();
        all.filter(|genuine| genuine.hashes.iter().any(|own| own == hash))
            .collect()
    }

    /// The generation that these bytes are.
    pub fn generation_of(&self, name: &str, bytes: &[u8]) -> Option<usize> {
        let known = self.find(name)?;
        known.iter().position(|genuine| genuine.bytes == bytes)
    }

    /// All names that are signed, without their signatures.
    pub fn names() -> [&'static str; 7] {
        FILES.map(|(name, _)| name)
    }
}

impl Genuine {
    /// A file that nothing but its bytes is known of.
    pub fn plain(bytes: Vec<u8>) -> Self {
        Self::new("", bytes)
    }

    fn new(name: &str, bytes: Vec<u8>) -> Self {
        let hex = Sha256Digest::of(&bytes).to_string();
        let etag = format!("\"{}\"", &hex[..32]);
        let hashes = forge::hashes(name, &bytes);
        Self {
            bytes,
            etag,
            hashes,
        }
    }
}

/// The name of a file's signature.
pub fn signature_of(name: &str) -> String {
    format!("{name}.minisig")
}

/// The version in a name of the catalog.
pub fn version_of(name: &str) -> &str {
    let name = name.strip_suffix(".minisig").unwrap_or(name);
    let stem = [".tar.xz", ".zip", "-index.json"]
        .iter()
        .find_map(|suffix| name.strip_suffix(suffix))
        .unwrap_or(name);
    let start = stem.find("-0.").map_or(0, |at| at + 1);
    &stem[start..]
}

fn noise(random: &Random, len: usize) -> Vec<u8> {
    let words = core::iter::repeat_with(|| random.bits().to_le_bytes());
    words.flatten().take(len).collect()
}
