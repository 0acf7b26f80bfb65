//! What of the paths in a tarball is the tree's.
//!
//! ```text
//! Stated                      everything must be below that directory
//! Unknown ─┬─► One ───────┐   everything is below one directory so far
//!          └─► Several ◄──┘   nothing is taken away
//! ```

use alloc::borrow::Cow;
use alloc::vec::Vec;

use super::super::prefix::Prefix;
use super::ProofError;
use crate::zig::package::{PackagePath, PathProblem};

/// The top directory of a tarball.
#[derive(Debug)]
pub(super) enum Top {
    /// The manifest states it; with its slash.
    Stated(Vec<u8>),
    /// Nobody states it, and there was no entry so far.
    Unknown,
    /// Nobody states it, and all entries so far are below this one.
    One(Vec<u8>),
    /// Nobody states it, and there is none.
    Several,
}

impl Top {
    pub(super) fn stated(prefix: &Prefix) -> Self {
        Self::Stated([prefix.as_str().as_bytes(), b"/"].concat())
    }

    pub(super) const fn unknown() -> Self {
        Self::Unknown
    }

    /// The path of what is no directory. Below a top directory that nobody states it has that yet.
    pub(super) fn leaf<'a>(&mut self, whole: &'a [u8]) -> Result<Cow<'a, [u8]>, ProofError> {
        if let Self::Stated(top) = self {
            return below(top, whole);
        }
        let path = parse(whole)?;
        self.see(path.split_top().map(|(top, _)| top));
        Ok(Cow::Owned(path.as_bytes().into()))
    }

    /// The path of a directory; none if it need not be accounted for.
    pub(super) fn directory<'a>(
        &mut self,
        whole: &'a [u8],
    ) -> Result<Option<Cow<'a, [u8]>>, ProofError> {
        if let Self::Stated(top) = self {
            let whole = whole.strip_suffix(b"/").unwrap_or(whole);
            let is_top = top.strip_suffix(b"/") == Some(whole);
            return (!is_top).then(|| below(top, whole)).transpose();
        }
        match PackagePath::parse(whole) {
            Ok(path) => self.see(Some(path.top())),
            // The archive's own top, as in `./`.
            Err(PathProblem::Empty) => {}
            Err(problem) => return Err(ProofError::path(whole, problem)),
        }
        Ok(None)
    }

    /// How many bytes are to be taken away from the paths of leaves.
    pub(super) fn skip(&self) -> usize {
        match self {
            Self::One(top) => top.len() + 1,
            Self::Stated(_) | Self::Unknown | Self::Several => 0,
        }
    }

    /// Whether the tree does without what lies there: whoever packed a checkout with `.git` in it
    /// meant its files. Of what is stated nothing is left out.
    pub(super) fn leaves_out(&self, path: &[u8]) -> bool {
        let rest = path.strip_prefix(b".git");
        !matches!(self, Self::Stated(_))
            && rest.is_some_and(|rest| rest.first().is_none_or(|&byte| byte == b'/'))
    }

    /// Takes the top directory of the next entry, or that it has none.
    fn see(&mut self, top: Option<&[u8]>) {
        match (&*self, top) {
            (Self::Unknown, Some(top)) => *self = Self::One(top.into()),
            (Self::One(one), Some(top)) if one == top => {}
            (Self::Unknown | Self::One(_), _) => *self = Self::Several,
            (Self::Stated(_) | Self::Several, _) => {}
        }
    }
}

fn below<'a>(top: &[u8], whole: &'a [u8]) -> Result<Cow<'a, [u8]>, ProofError> {
    let path = whole.strip_prefix(top).map(Cow::Borrowed);
    path.ok_or_else(|| ProofError::outside(whole))
}

fn parse(whole: &[u8]) -> Result<PackagePath, ProofError> {
    PackagePath::parse(whole).map_err(|problem| ProofError::path(whole, problem))
}
