//! Packages: the hash that Zig knows them by.
//!
//! * [`PackageHash`] is that name, of either form, parsed and checked.
//! * [`Tree`] takes files and links and computes their [`Hashes`].
//!
//! Nothing here unpacks, follows a link, or knows where a package comes from.

mod error;
mod hash;
mod path;
mod tree;

pub use error::{FileKind, PackageError};
pub use hash::{HashError, Hashes, PackageHash, Parts};
pub use path::{EntryPath, Filter, PackagePath, PathProblem};
pub use tree::Tree;

/// The name of a manifest, which stands in the root of its package.
pub const MANIFEST: &str = "build.zig.zon";

/// What the hash of a package repeats of its manifest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Label<'a> {
    /// The package's name.
    pub name: &'a str,
    /// Its version, as Zig writes it.
    pub version: &'a str,
    /// The low half of the fingerprint; 0 if there is none.
    pub id: u32,
}

/// Caps for one package. At all caps a hash takes about 60 MiB of memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PackageLimits {
    /// Most files and links, left out by `.paths` or not. 262,144.
    pub entries: usize,
    /// Most bytes of all their paths together. 32 MiB.
    pub paths_bytes: usize,
    /// Most bytes of all files together, left out or not. 4 GiB, the most that a hash can tell.
    pub content_bytes: u64,
    /// Longest manifest, in bytes. 10 MiB, as for Zig.
    pub manifest_bytes: usize,
}

impl Default for PackageLimits {
    fn default() -> Self {
        Self {
            entries: 1 << 18,
            paths_bytes: 32 << 20,
            content_bytes: 4 << 30,
            manifest_bytes: 10 << 20,
        }
    }
}
