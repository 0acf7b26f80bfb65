//! What Zig defines: versions, archive names, signatures, digests, manifests of packages, and the
//! hashes that name packages.
//!
//! Everything here is a parser or a check over bytes that the caller brings. Nothing here knows
//! where a file lies, where it comes from, or which architectures exist.

pub mod archive;
pub mod dependencies;
pub mod digest;
pub mod index;
pub mod manifest;
pub mod minisig;
pub mod package;
pub mod semver;
pub mod version;
pub mod zon;
