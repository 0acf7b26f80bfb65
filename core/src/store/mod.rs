//! Where things lie in the data directory, as paths relative to it.
//!
//! Every path is made here from checked names, so no path can leave the data directory. This
//! module refuses to touch a disk; hosts do.

pub mod check;
pub mod cursor;
pub mod evict;
pub mod git;
pub mod pace;
pub mod package;
pub mod packbase;
pub mod path;
pub mod proof;
pub mod purge;
pub mod release;
pub mod tally;
pub mod validators;
pub mod wrench;

use alloc::format;
use alloc::string::String;
use core::fmt;

use crate::route::mirrored::MirroredName;
use crate::time::Timestamp;
use crate::zig::archive::ArchiveName;
use crate::zig::version::Version;

/// Our own state; all in it can be derived again.
pub const STATE_DIR: &str = ".zigdepot";
/// Downloads under way: one directory per process, below it.
pub const STAGING_DIR: &str = ".zigdepot/staging";
/// What the names of components' staging directories begin with: nobody can lock those, so they are
/// swept by age.
pub const COMPONENT_STAGING: &str = "component-";
/// Files that failed verification, kept for the operator to look at.
pub const QUARANTINE_DIR: &str = ".zigdepot/quarantine";
/// Records of what was verified, one per file, under the file's own path.
pub const PROOF_DIR: &str = ".zigdepot/verified";
/// Records of files that may change upstream, one per file, under the file's own path.
pub const ORIGIN_DIR: &str = ".zigdepot/upstream";
/// Records of what packages are, one per file, under the file's own path.
pub const PACKAGE_DIR: &str = ".zigdepot/package";
/// Records of which file a package hash stands for, one per hash: a path of the store.
pub const HASH_DIR: &str = ".zigdepot/hash";

/// The three kinds of Zig versions, which the store keeps apart so that dev versions can be purged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ZigKind {
    /// Releases.
    Stable,
    /// Dev versions that a nominated index names; kept for ever.
    Nominated,
    /// All other dev versions.
    Dev,
}

impl ZigKind {
    /// All kinds.
    pub const ALL: [Self; 3] = [Self::Stable, Self::Nominated, Self::Dev];

    /// The directory below `zig/`.
    pub fn dir(self) -> &'static str {
        match self {
            Self::Stable => "stable",
            Self::Nominated => "nominated",
            Self::Dev => "dev",
        }
    }

    /// The other two kinds.
    pub fn others(self) -> [Self; 2] {
        match self {
            Self::Stable => [Self::Nominated, Self::Dev],
            Self::Nominated => [Self::Dev, Self::Stable],
            Self::Dev => [Self::Nominated, Self::Stable],
        }
    }
}

/// A path below the data directory, made of checked names only.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct StoreKey(String);

impl StoreKey {
    /// `zig/<kind>/<version>/<file>`
    pub fn zig(kind: ZigKind, name: &ArchiveName) -> Self {
        Self(format!(
            "zig/{}/{}/{}",
            kind.dir(),
            name.version(),
            name.as_str()
        ))
    }

    /// `zig/<kind>/<version>`
    pub fn zig_version(kind: ZigKind, version: &Version) -> Self {
        Self(format!("zig/{}/{version}", kind.dir()))
    }

    /// `pkg/<org>/<repo>/<file…>` or `artifact/<org>/<repo>/<version>/<file…>`
    pub fn mirrored(name: &MirroredName) -> Self {
        Self(format!("{name}"))
    }

    /// `.zigdepot/index/<file>`; `file` is one of our own words.
    pub fn index(file: &'static str) -> Self {
        Self(format!("{STATE_DIR}/index/{file}"))
    }

    /// `.zigdepot/<file>`; `file` is one of our own words.
    pub fn state(file: &'static str) -> Self {
        Self(format!("{STATE_DIR}/{file}"))
    }

    /// The record of this file's verification.
    #[must_use]
    pub fn proof(&self) -> Self {
        Self(format!("{PROOF_DIR}/{}", self.0))
    }

    /// The record of what upstream said of this file, which may change.
    #[must_use]
    pub fn origin(&self) -> Self {
        Self(format!("{ORIGIN_DIR}/{}", self.0))
    }

    /// Where this file goes when it fails verification at that time.
    #[must_use]
    pub fn quarantine(&self, at: Timestamp) -> Self {
        Self(format!("{QUARANTINE_DIR}/{}.{}", self.0, at.0))
    }

    /// The path, with `/` between its parts.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for StoreKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A name in a directory.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Listed {
    /// The name, without the directory's path.
    pub name: String,
    /// Whether it is a directory; a link to one is.
    pub is_dir: bool,
}

/// What publishing does where a file of that name is there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Placing {
    /// The old file stays, and the answer is [`StoreError::Exists`]: nothing published changes.
    New,
    /// The new file takes its place at once; who reads the old one reads it to its end. Only for
    /// files that may change upstream.
    Replace,
}

/// What a host says of a file operation that did not work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum StoreError {
    /// The file is not there.
    NotFound,
    /// The disk is full, or a quota is.
    Full,
    /// The data directory cannot be written (read-only, or no permission).
    ReadOnly,
    /// The disk failed in another way.
    Io,
    /// A file of that name is there already; nothing was overwritten.
    Exists,
    /// A directory of that name is there, or a file where the path needs a directory.
    Clash,
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotFound => "not in the store",
            Self::Full => "the disk is full",
            Self::ReadOnly => "the data directory cannot be written",
            Self::Io => "the disk failed",
            Self::Exists => "a file of that name is in the store already",
            Self::Clash => {
                "in the store a directory has that name, or a file the name of its directory"
            }
        })
    }
}

impl core::error::Error for StoreError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layout_is_the_seeds() {
        let name = ArchiveName::parse("zig-0.15.0-dev.1+abcdef012.tar.xz.minisig").unwrap();
        let key = StoreKey::zig(ZigKind::Dev, &name);
        assert_eq!(
            key.as_str(),
            "zig/dev/0.15.0-dev.1+abcdef012/zig-0.15.0-dev.1+abcdef012.tar.xz.minisig"
        );
        assert!(
            key.proof()
                .as_str()
                .starts_with(".zigdepot/verified/zig/dev/")
        );
    }

    #[test]
    fn others_are_the_other_two() {
        for kind in ZigKind::ALL {
            let others = kind.others();
            assert!(!others.contains(&kind) && others[0] != others[1]);
        }
    }
}
