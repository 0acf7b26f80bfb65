//! Commits, tags and trees, parsed from their bytes and judged (git's `Documentation/gitformat-*`
//! and `fsck.c`).
//!
//! Of a commit and a tag it takes what Git itself cannot do without, in Git's order; what else their
//! headers hold is not looked at, and dates that make no sense are no error, for old histories hold
//! many. A tree is held to the rules of `git fsck` that keep a checkout safe: see [`Tree::parse`].
//!
//! It refuses to own: everything borrows from the object's bytes, which stay the truth.

mod commit;
mod error;
mod name;
mod tree;

pub use commit::{Commit, Signature, Tag};
pub use error::{NameFault, ObjectError};
pub use tree::{Mode, Tree, TreeEntry, tree_order};
