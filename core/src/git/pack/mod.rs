//! Packs: many objects in one stream (`gitformat-pack`).
//!
//! ```text
//! bytes ─► Scanner ─► Scanned ─► Resolver ─► PackIndex ─► Extractor ─► content
//!    └───────────────► the pack's file ──read──┴──────────────read──┘
//! ```
//!
//! 1. The [`Scanner`] sees every byte once, as it arrives. It computes the ids of all objects that
//!    are there in full and checks the pack's own sum.
//! 2. The [`Resolver`] applies the deltas, base by base and depth first, and computes the ids of
//!    what they make. It asks for parts of the pack that lies in a file by then.
//! 3. The [`Extractor`] gives the content of objects by id. What is there in full streams through,
//!    however long; what is a delta is made whole in memory first.
//!
//! The other way, the [`PackWriter`] makes a pack of objects as they come, and [`write_index`] the
//! index file beside it; [`IndexFile`] and [`IndexSearch`] read such a file, here or by ranges.
//! [`merge`] makes one pack of several.
//!
//! Whoever reads a pack computes every id from the object's bytes; none is taken from anybody's
//! word. The checksums of the zlib streams are therefore not looked at.
//!
//! It refuses thin packs (whose deltas have bases elsewhere), SHA-256 packs, and to take a size or
//! count that a pack states for more than a claim: memory grows with the bytes that came, and all
//! that may be needed at once is capped by [`PackLimits`]. Work is capped too, for a delta of some
//! bytes can stand for megabytes.

mod cache;
mod checksum;
mod deflate;
mod entry;
mod error;
mod extract;
mod idx;
mod index;
mod inflate;
pub mod merge;
mod pages;
mod resolve;
mod scan;
mod unpack;
mod write;

pub use checksum::PackChecksum;
pub use error::PackError;
pub use extract::Extractor;
pub use idx::{IndexEntry, IndexError, IndexFile, IndexHead, IndexSearch, write_index};
pub use index::PackIndex;
pub use resolve::Resolver;
pub use scan::{Scanned, Scanner};
pub use write::{PackWriteError, PackWriter, pack_head};

/// Most bytes that one read of the pack's file is asked for.
pub const READ_BYTES: usize = pages::PAGE;

/// Caps for reading a pack. Over one of them reading ends with [`PackError::Limit`], which names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PackLimits {
    /// Most objects. Each takes 48 bytes of memory, and up to 32 more until deltas are resolved.
    /// 1,000,000.
    pub objects: u32,
    /// Most bytes of one object. 512 MiB.
    pub object_bytes: u64,
    /// Most bytes of an object that must be whole in memory: a delta, what it makes, and its base.
    /// Up to three of them are held at once. 64 MiB.
    pub delta_bytes: u64,
    /// Most bytes of the pack. 1 GiB.
    pub pack_bytes: u64,
    /// Most bytes of all objects and deltas together, inflated. 8 GiB.
    pub inflated_bytes: u64,
    /// Most deltas between an object and the base that is there in full. 4095, Git's own.
    pub chain: u32,
    /// Most bytes that are inflated, before and after, and made by deltas while a pack is resolved,
    /// and again while objects are extracted; 512 for each object besides. What streams through is
    /// not counted. 32 GiB.
    pub work_bytes: u64,
    /// Bytes of bases kept, so that they need not be made again; a longer base is kept while it is
    /// the last one. 16 MiB.
    pub cache_bytes: usize,
}

impl Default for PackLimits {
    fn default() -> Self {
        Self {
            objects: 1_000_000,
            object_bytes: 512 << 20,
            delta_bytes: 64 << 20,
            pack_bytes: 1 << 30,
            inflated_bytes: 8 << 30,
            chain: 4095,
            work_bytes: 32 << 30,
            cache_bytes: 16 << 20,
        }
    }
}

impl PackLimits {
    /// `delta_bytes`, as far as it can be counted.
    fn whole_bytes(&self) -> u64 {
        self.delta_bytes.min(self.object_bytes).min(u32::MAX.into())
    }
}

#[cfg(test)]
mod fixtures;
#[cfg(test)]
mod hostile_tests;
#[cfg(test)]
mod tests;
