//! What is known of the files that were derived from a release, as one small text beside them.
//!
//! It is written when the others are there, and so says that they are. One that cannot be read counts
//! as missing: all of it can be derived again.

use alloc::vec::Vec;

use crate::git::id::ObjectId;
use crate::git::pack::PackChecksum;
use crate::zig::digest::Sha256Digest;

/// What is known of a release's pack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FaceNote {
    /// The tarball that it was derived from.
    pub tarball: Sha256Digest,
    /// The commit that the release shows: upstream's, or of an imported release the synthetic one.
    pub commit: ObjectId,
    /// Whether that has parents, none of which is served.
    pub has_parents: bool,
    /// The tag objects, from the one that the tag names down to the one that names the commit.
    pub tags: Vec<ObjectId>,
    /// Objects in the pack.
    pub objects: u32,
    /// Bytes of the pack, out of its packets.
    pub length: u64,
    /// Where in the pack its trees and blobs end, and commit and tags begin.
    pub content_end: u64,
    /// The pack's own sum.
    pub sum: PackChecksum,
    /// The pack that the dumb protocol shows.
    pub plain: PlainPack,
}

/// The pack of the dumb protocol: trees and blobs are those of the other, one commit is behind them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlainPack {
    /// The synthetic commit.
    pub commit: ObjectId,
    /// Its entry in the pack, as it stands there.
    pub entry: Vec<u8>,
    /// Objects in the pack.
    pub objects: u32,
    /// The pack's own sum, which is its name too.
    pub sum: PackChecksum,
}
