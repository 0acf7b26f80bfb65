//! The files that are served: made from a seed, signed by the real minisign with a key of this run.
//!
//! They have names of Zig archives, because that is what the mirror serves; nginx gets the same
//! files by hard link. All of it lies under `target/bench/`.

use std::{collections::BTreeMap, fs, path::PathBuf};

use super::tarball;
use crate::{
    failure::{Doing, Failure},
    sample::{Key, bytes, signature_of},
    tools,
};

const VERSION: &str = "0.14.1";

/// A file that both servers have.
#[derive(Clone, Copy)]
pub(super) struct Artifact {
    pub(super) name: &'static str,
    size: usize,
}

impl Artifact {
    pub(super) fn path(self) -> String {
        format!("/zig/{}", self.name)
    }

    /// Where a package of the same size is.
    pub(super) fn package_path(self) -> String {
        format!("/{}", self.package_key())
    }

    fn package_key(self) -> String {
        format!("pkg/bench/same-size/v1.0.{}.tar.gz", self.size)
    }

    pub(super) fn body(self) -> Vec<u8> {
        bytes(self.size as u64, self.size)
    }
}

/// As small as the small files of a package server.
pub(super) const SMALL: Artifact = Artifact {
    name: "zig-x86_64-linux-0.14.1.tar.xz",
    size: 371,
};
/// As large as the index.
pub(super) const INDEX_SIZED: Artifact = Artifact {
    name: "zig-aarch64-linux-0.14.1.tar.xz",
    size: 205_501,
};
/// As large as a toolchain.
pub(super) const BIG: Artifact = Artifact {
    name: "zig-riscv64-linux-0.14.1.tar.xz",
    size: 50_000_000,
};

const ARTIFACTS: [Artifact; 3] = [SMALL, INDEX_SIZED, BIG];

/// Everything on disk that a run needs.
pub(super) struct Fixture {
    pub(super) dir: PathBuf,
    pub(super) key: Key,
}

impl Fixture {
    /// Starts afresh in `target/bench/`.
    pub(super) fn make() -> Result<Self, Failure> {
        let dir = tools::target_dir().join("bench");
        if dir.exists() {
            fs::remove_dir_all(&dir).doing(dir.display())?;
        }
        let store = dir.join("data/zig/stable").join(VERSION);
        let www = dir.join("www/zig");
        fs::create_dir_all(&store).doing(store.display())?;
        fs::create_dir_all(&www).doing(www.display())?;
        let key = Key::make(&dir)?;
        for artifact in ARTIFACTS {
            let file = store.join(artifact.name);
            fs::write(&file, artifact.body()).doing(file.display())?;
            key.sign(&file, artifact.name, &signature_of(&file))?;
            fs::hard_link(&file, www.join(artifact.name)).doing("hard link")?;
        }
        Ok(Self { dir, key })
    }

    /// A package of this file's size, put into the store.
    pub(super) fn package(&self, file: Artifact) -> Result<Vec<u8>, Failure> {
        let bytes = tarball::of_size(file.size, &self.dir.join("scratch.tar.gz"))?;
        let path = self.data().join(file.package_key());
        let dir = path.parent().doing(path.display())?;
        fs::create_dir_all(dir).doing(dir.display())?;
        fs::write(&path, &bytes).doing(path.display())?;
        Ok(bytes)
    }

    pub(super) fn data(&self) -> PathBuf {
        self.dir.join("data")
    }

    pub(super) fn www(&self) -> PathBuf {
        self.dir.join("www")
    }

    /// The Git repositories that both servers have.
    pub(super) fn repositories(&self) -> PathBuf {
        self.dir.join("git/served")
    }

    /// Signatures of the big file under the names of `count` archives that no server has yet.
    pub(super) fn cold_signatures(&self, count: u32) -> Result<BTreeMap<String, Vec<u8>>, Failure> {
        let file = self.data().join("zig/stable").join(VERSION).join(BIG.name);
        let signature = self.dir.join("cold.minisig");
        let mut signatures = BTreeMap::new();
        for number in 0..count {
            let name = cold_name(number);
            self.key.sign(&file, &name, &signature)?;
            signatures.insert(
                format!("{name}.minisig"),
                fs::read(&signature).doing(signature.display())?,
            );
        }
        Ok(signatures)
    }
}

/// The archive that is cold in one run.
pub(super) fn cold_name(number: u32) -> String {
    format!("zig-x86_64-linux-0.15.{number}.tar.xz")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_has_its_size_and_is_the_same_each_time() {
        assert_eq!(SMALL.body().len(), 371);
        assert_eq!(SMALL.body(), SMALL.body());
        assert_ne!(SMALL.body()[..64], INDEX_SIZED.body()[..64]);
    }
}
