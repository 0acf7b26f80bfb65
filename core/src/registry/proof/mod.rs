//! The proof that a tarball is a commit: from the file back to the id of its tree.
//!
//! ```text
//!  tarball ──► Prover ──► id of the tree ──► verify_commit ──► it is the commit, and the tag
//!               ▲                              ▲
//!             Facts (from the manifest)      commit and tag objects (from the manifest)
//! ```
//!
//! [`Prover`] computes the id of every blob while the tarball passes, builds the trees from what it
//! found and from the [`Facts`] that a tar cannot hold, and gives the root's id: the very id that
//! Git has for it. [`verify_commit`] holds it against the commit, byte for byte as upstream made it.
//!
//! Whoever has tarball and manifest can check this, without trust in who keeps them; that the
//! commit's id is the one that upstream has under that name is what they then ask upstream.
//!
//! [`Outline`] is all that was found: which blobs the tarball has, and the trees' bytes. It is what
//! [`objects`](super::objects) are made from. Of a tarball whose commit nobody knows it can be had too.
//!
//! It refuses trees that `git fsck` would not let pass ([`Tree::parse`](crate::git::object::Tree)),
//! what is neither file, link nor directory, and directories that nothing accounts for. It does not
//! ask for the canonical order, times or owners: those are no part of a tree.

mod build;
mod commit;
mod error;
mod facts;
mod intake;
mod outline;
mod prover;
mod top;

pub use commit::{ChainError, Kept, verify_commit};
pub use error::ProofError;
pub use facts::Facts;
pub use outline::Outline;
pub(super) use outline::OutlinedBlob;
pub use prover::Prover;

#[cfg(test)]
mod commit_tests;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod top_tests;
