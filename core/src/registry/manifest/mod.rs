//! The manifest of a release: what its tarball is, and what proves it.
//!
//! It is the JSON document beside a tarball, with packbase's fields under packbase's names and more.
//! Of a release that this server made (`provenance` is `git`) it keeps the commit and the tag
//! objects byte for byte, and what a tar cannot carry, so that the tree's id can be recomputed and
//! compared. packbase's own manifests (`imported`) lack all that, and prove nothing.
//!
//! A manifest is refused if it contradicts itself: an object that does not have the id that is
//! named, a commit with another tree, a tag of something else. It is not compared with its
//! tarball; who reads one does that. Members that are not known are passed over. The text has at most
//! [`MAX_BYTES`] bytes, and is the same for the same facts everywhere.

mod check;
mod read;
#[cfg(test)]
pub(super) mod tests;
mod write;
mod zig;

use alloc::boxed::Box;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use super::fields::{FieldError, FieldProblem};
use super::name::PackageName;
use super::tag::TagName;
use crate::git::id::ObjectId;
use crate::json::JsonError;
use crate::time::Timestamp;
use crate::zig::digest::Sha256Digest;
use crate::zig::package::PackageHash;

pub use zig::{ZigDependency, ZigManifest};

/// Longest text, in bytes.
pub const MAX_BYTES: usize = 4 << 20;
/// The format's number. A reader refuses another one; new members do not change it.
pub const FORMAT: u64 = 1;
/// Most tag objects between a ref and its commit.
pub const MAX_TAG_OBJECTS: usize = 16;

/// What is known of a release.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReleaseManifest {
    /// The package.
    pub package: PackageName,
    /// The tag.
    pub tag: TagName,
    /// The repository that it comes from.
    pub upstream: Option<String>,
    /// The commit; always there with [`Origin::Git`].
    pub commit: Option<ObjectId>,
    /// The commit's tree; always there with [`Origin::Git`]. packbase is known to write the
    /// commit's id here.
    pub tree: Option<ObjectId>,
    /// The tarball's bytes.
    pub tarball: TarballFacts,
    /// The tar within the tarball; always there with [`Origin::Git`].
    pub content: Option<ContentFacts>,
    /// When the manifest was made.
    pub generated_at: Option<Timestamp>,
    /// The release of packbase that made an imported one; a name that packbase's tools expect.
    pub packbase_release: Option<String>,
    /// The program that made it, with its version.
    pub generator: Option<String>,
    /// What vouches for the tarball.
    pub origin: Origin,
    /// What Zig makes of it.
    pub zig: ZigFacts,
}

/// Digests of a tarball's bytes, as they are served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TarballFacts {
    /// SHA-256.
    pub sha256: Sha256Digest,
    /// MD5, for tools that know nothing better.
    pub md5: Option<[u8; 16]>,
    /// CRC-32 as in zlib.
    pub crc32: Option<u32>,
    /// Bytes.
    pub size: u64,
}

impl TarballFacts {
    /// MD5 as 32 hex digits.
    pub fn md5_hex(&self) -> Option<String> {
        let sum = self.md5.map(u128::from_be_bytes);
        sum.map(|sum| format!("{sum:032x}"))
    }

    /// CRC-32 as 8 hex digits.
    pub fn crc32_hex(&self) -> Option<String> {
        self.crc32.map(|sum| format!("{sum:08x}"))
    }
}

/// The tar, unpacked from its gzip: its digest is the release's identity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContentFacts {
    /// The one directory that everything lies in, without a slash.
    pub prefix: String,
    /// SHA-256 of the tar.
    pub digest: Sha256Digest,
    /// Bytes of the tar.
    pub size: u64,
}

/// What vouches for a tarball.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Nothing: packbase made it.
    Imported,
    /// The commit that it was made of.
    Git(Box<GitFacts>),
}

/// A release's Git objects, and what a tar cannot carry of its tree.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GitFacts {
    /// The content of the commit object.
    pub commit_object: Vec<u8>,
    /// The contents of the tag objects, from the one that the ref names down to the one that names
    /// the commit; none for a light tag. At most [`MAX_TAG_OBJECTS`].
    pub tag_objects: Vec<Vec<u8>>,
    /// Commits of other repositories. In the tar they are empty directories.
    pub gitlinks: Vec<Gitlink>,
    /// Trees without entries, the root excepted.
    pub empty_trees: Vec<Vec<u8>>,
    /// Entries whose modes are not spelled as Git spells them.
    pub modes: Vec<OddMode>,
}

impl GitFacts {
    /// A walk of the tree meets paths in another order: a directory as if it ended in a slash.
    fn sort(&mut self) {
        self.gitlinks.sort_by(|a, b| a.path.cmp(&b.path));
        self.empty_trees.sort();
        self.modes.sort_by(|a, b| a.path.cmp(&b.path));
    }
}

/// A submodule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gitlink {
    /// Its path from the top of the tree: any bytes, no empty part, no `.` or `..`.
    pub path: Vec<u8>,
    /// The commit.
    pub id: ObjectId,
}

/// A tree's entry whose mode is spelled in another way than Git does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OddMode {
    /// Its path from the top of the tree.
    pub path: Vec<u8>,
    /// The mode as the tree has it: octal digits.
    pub mode: String,
}

/// What Zig makes of a release.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ZigFacts {
    /// The hash of Zig 0.14 and later.
    pub hash: Option<PackageHash>,
    /// The hash of Zig 0.11 to 0.13.
    pub hash_legacy: Option<PackageHash>,
    /// Why one of them is not there.
    pub hash_problem: Option<String>,
    /// What `build.zig.zon` says.
    pub manifest: Option<ZigManifest>,
    /// Why there is nothing of it, if there is such a file.
    pub problem: Option<String>,
}

impl ReleaseManifest {
    /// Reads a manifest.
    pub fn parse(bytes: &[u8]) -> Result<Self, ManifestError> {
        let manifest = read::manifest(bytes)?;
        check::check(&manifest)?;
        Ok(manifest)
    }

    /// The text: fields in a fixed order, lists sorted by their paths, indented by two blanks, a
    /// newline at the end. Facts that [`parse`](Self::parse) would refuse have none.
    pub fn to_text(&self) -> Result<String, ManifestError> {
        let mut manifest = self.clone();
        if let Origin::Git(facts) = &mut manifest.origin {
            facts.sort();
        }
        check::check(&manifest)?;
        let text = write::text(&manifest);
        if text.len() > MAX_BYTES {
            return Err(ManifestError::TooLong);
        }
        Ok(text)
    }

    /// The id of the object that the ref names, if it is a tag object.
    pub fn tag_object(&self) -> Option<ObjectId> {
        check::tag_object(self)
    }

    /// The Git facts, if the release was made of a commit.
    pub fn git(&self) -> Option<&GitFacts> {
        match &self.origin {
            Origin::Git(facts) => Some(facts),
            Origin::Imported => None,
        }
    }
}

/// Why a manifest is not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ManifestError {
    /// The text is longer than [`MAX_BYTES`].
    TooLong,
    /// It is not UTF-8.
    Encoding,
    /// It is not JSON, or has too many values.
    Json(JsonError),
    /// A field is not as it must be.
    Field(FieldError),
}

impl ManifestError {
    fn field(field: &str, problem: FieldProblem) -> Self {
        Self::Field(FieldError {
            field: field.into(),
            problem,
        })
    }
}

impl From<JsonError> for ManifestError {
    fn from(error: JsonError) -> Self {
        Self::Json(error)
    }
}

impl From<FieldError> for ManifestError {
    fn from(error: FieldError) -> Self {
        Self::Field(error)
    }
}

impl fmt::Display for ManifestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong => f.write_str("the manifest is longer than 4 MiB"),
            Self::Encoding => f.write_str("the manifest is not UTF-8"),
            Self::Json(error) => write!(f, "the manifest cannot be read: {error}"),
            Self::Field(error) => write!(f, "the manifest cannot be used: {error}"),
        }
    }
}

impl core::error::Error for ManifestError {}
