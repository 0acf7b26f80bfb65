//! Packages: the hash that Zig knows them by.
//!
//! * [`PackageHash`] is that name, of either form, parsed and checked.
//! * [`Tree`] takes files and links and computes their [`Hashes`].
//! * [`PackageReader`] takes the bytes of an archive as they come, and fills a tree.
//! * [`Unpacker`] reads such an archive once more, and hands out what belongs to the package.
//!
//! Where versions of Zig differ, this is what 0.16 and 0.17 compute:
//!
//! | archive | 0.12 to 0.15 | 0.16, 0.17 |
//! |---|---|---|
//! | all names begin with `./` | refused, or hashed with the top directory | normalised first |
//! | a single file and no directory | refused up to 0.14 | hashed |
//! | a file whose name ends with `/` | refused | hashed |
//! | a name that changes the top directory, `p/../q` | hashed below `p`, which is stripped | hashed |
//!
//! Refused here, while Zig computes a hash or crashes: an archive without a file; names that are
//! absolute or lead out of the package; entries below a symbolic link; a manifest that is a link;
//! a hard link or special file with a long name, even if left out, for Zig gives its name to the next
//! entry. A manifest without `.paths` is taken as for a dependency, which `zig fetch` refuses.
//!
//! Nothing here writes a file, follows a link, or knows where a package comes from.

mod entries;
mod error;
mod hash;
mod intake;
mod packing;
mod path;
mod reader;
mod tree;
mod unpack;

pub use entries::PackageEntries;
pub use error::{FileKind, NoHash, PackageError};
pub use hash::{HashError, PackageHash, Parts};
pub use packing::{Packing, PackingError};
pub use path::{EntryPath, Filter, PackagePath, PathProblem};
pub use reader::{Layout, Outcome, Package, PackageReader};
pub use tree::Tree;
pub use unpack::{Piece, Unpacker};

/// The name of a manifest, which stands in the root of its package.
pub const MANIFEST: &str = "build.zig.zon";

/// Both hashes of one package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hashes {
    /// As Zig 0.14 and later compute it, or why they do not.
    pub new: Result<PackageHash, NoHash>,
    /// As Zig 0.11 to 0.13 compute it (0.11 only if `.paths` includes everything).
    pub legacy: PackageHash,
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
