//! From the tree to the commit, and from the tag to it.

use core::fmt;

use crate::git::id::{HashError, ObjectId, ObjectKind, object_id};
use crate::git::object::{Commit, ObjectError, Tag};

/// An object that a manifest keeps, and the id that it is kept under.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kept<'a> {
    /// The id that it must have.
    pub id: ObjectId,
    /// Its bytes, as upstream made them.
    pub bytes: &'a [u8],
}

/// Checks that `commit` has its id and is a commit of the tree `tree`, and that `tags` have theirs
/// and lead to it: the first names the second and so on, and the last names the commit. A
/// lightweight tag has none.
pub fn verify_commit(
    tree: ObjectId,
    commit: Kept<'_>,
    tags: &[Kept<'_>],
) -> Result<(), ChainError> {
    check_id(ObjectKind::Commit, &commit)?;
    let malformed = |kind| move |fault| ChainError::Malformed { kind, fault };
    let parsed = Commit::parse(commit.bytes).map_err(malformed(ObjectKind::Commit))?;
    if parsed.tree != tree {
        let (stated, computed) = (parsed.tree, tree);
        return Err(ChainError::Tree { stated, computed });
    }
    let mut next = (ObjectKind::Commit, commit.id);
    for tag in tags.iter().rev() {
        check_id(ObjectKind::Tag, tag)?;
        let parsed = Tag::parse(tag.bytes).map_err(malformed(ObjectKind::Tag))?;
        if (parsed.kind, parsed.object) != next {
            return Err(ChainError::Target {
                tag: tag.id,
                stated: (parsed.kind, parsed.object),
                kept: next,
            });
        }
        next = (ObjectKind::Tag, tag.id);
    }
    Ok(())
}

fn check_id(kind: ObjectKind, kept: &Kept<'_>) -> Result<(), ChainError> {
    let computed = object_id(kind, kept.bytes);
    let computed = computed.map_err(|fault| ChainError::Hash { kind, fault })?;
    let stated = kept.id;
    if computed == stated {
        Ok(())
    } else {
        Err(ChainError::Id {
            kind,
            stated,
            computed,
        })
    }
}

/// Why a commit is not proven.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ChainError {
    /// An object has no id.
    Hash {
        /// What it is kept as.
        kind: ObjectKind,
        /// Why.
        fault: HashError,
    },
    /// An object has another id than the one that it is kept under.
    Id {
        /// What it is kept as.
        kind: ObjectKind,
        /// The id that it is kept under.
        stated: ObjectId,
        /// The id that it has.
        computed: ObjectId,
    },
    /// An object is not what it is kept as.
    Malformed {
        /// What it is kept as.
        kind: ObjectKind,
        /// What is wrong with it.
        fault: ObjectError,
    },
    /// The commit's tree is not that of the tarball.
    Tree {
        /// The tree that the commit names.
        stated: ObjectId,
        /// The tree that the tarball is.
        computed: ObjectId,
    },
    /// A tag names another object than the one that is kept behind it.
    Target {
        /// The tag's id.
        tag: ObjectId,
        /// What it names.
        stated: (ObjectKind, ObjectId),
        /// What is kept.
        kept: (ObjectKind, ObjectId),
    },
}

impl fmt::Display for ChainError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Hash { kind, fault } => write!(f, "the {kind} has no id: {fault}"),
            Self::Id {
                kind,
                stated,
                computed,
            } => write!(f, "the {kind} has the id {computed}, and not {stated}"),
            Self::Malformed { kind, fault } => write!(f, "the {kind} is none: {fault}"),
            Self::Tree { stated, computed } => write!(
                f,
                "the tarball is the tree {computed}, and the commit's is {stated}"
            ),
            Self::Target { tag, stated, kept } => write!(
                f,
                "the tag {tag} names the {} {}, and not the {} {}",
                stated.0, stated.1, kept.0, kept.1
            ),
        }
    }
}

impl core::error::Error for ChainError {}
