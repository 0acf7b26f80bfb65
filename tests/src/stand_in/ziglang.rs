//! A stand-in with the layout of ziglang.org, whose files are signed.

use core::ops::Deref;
use std::sync::Arc;

use super::{Answer, File, StandIn};
use crate::signer::Key;

/// A stand-in ziglang.org and the key that signs its files.
#[derive(Debug)]
pub struct Ziglang {
    server: StandIn,
    key: Key,
}

impl Ziglang {
    /// Starts one without files.
    pub fn start() -> Self {
        Self {
            server: StandIn::start(),
            key: Key::from_seed(7),
        }
    }

    /// The key that signs.
    pub fn key(&self) -> &Key {
        &self.key
    }

    /// Publishes a file and its signature, well delivered.
    pub fn publish(&self, name: &str, bytes: &Arc<[u8]>) {
        self.publish_as(name, bytes, File::new(Arc::clone(bytes)));
    }

    /// Publishes the signature of `bytes`, and answers the file itself by script.
    pub fn publish_as(&self, name: &str, bytes: &[u8], answer: impl Into<Answer>) {
        self.publish_signature(name, &self.key.sign(name, bytes));
        self.on(&upstream_path(name), answer);
    }

    /// Publishes only a signature, given as text.
    pub fn publish_signature(&self, name: &str, text: &str) {
        let path = upstream_path(name) + ".minisig";
        self.on(&path, File::new(text.as_bytes()));
    }

    /// How often the file (not its signature) was asked for.
    pub fn asked(&self, name: &str) -> usize {
        self.count(&upstream_path(name))
    }
}

impl Deref for Ziglang {
    type Target = StandIn;

    fn deref(&self) -> &StandIn {
        &self.server
    }
}

/// Where ziglang.org keeps a file: releases below their version, everything else in `/builds/`.
pub fn upstream_path(name: &str) -> String {
    let version = version_of(name);
    if version.contains("-dev.") || name.contains("-index.json") {
        format!("/builds/{name}")
    } else {
        format!("/download/{version}/{name}")
    }
}

/// The version in a well-formed file name.
fn version_of(name: &str) -> &str {
    let stem = name.strip_suffix(".minisig").unwrap_or(name);
    let stem = [".tar.xz", ".zip", "-index.json"]
        .iter()
        .find_map(|end| stem.strip_suffix(end))
        .unwrap_or(stem);
    let last = stem.rfind('-').map_or(0, |dash| dash + 1);
    if stem[last..].starts_with("dev.") {
        let dash = stem[..last - 1].rfind('-').map_or(0, |dash| dash + 1);
        return &stem[dash..];
    }
    &stem[last..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_lie_where_ziglang_org_keeps_them() {
        let rows = [
            (
                "zig-x86_64-linux-0.14.1.tar.xz",
                "/download/0.14.1/zig-x86_64-linux-0.14.1.tar.xz",
            ),
            (
                "zig-0.13.0.tar.xz.minisig",
                "/download/0.13.0/zig-0.13.0.tar.xz.minisig",
            ),
            (
                "zig-a-b-0.15.0-dev.631+9a3540d61.zip",
                "/builds/zig-a-b-0.15.0-dev.631+9a3540d61.zip",
            ),
            ("zig-0.15.1-index.json", "/builds/zig-0.15.1-index.json"),
        ];
        for (name, path) in rows {
            assert_eq!(upstream_path(name), path);
        }
    }
}
