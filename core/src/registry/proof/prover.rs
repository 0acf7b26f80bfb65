//! Bytes of a tarball to the id of its tree.

use core::fmt;

use super::build::Forest;
use super::intake::Intake;
use super::top::Top;
use super::{Facts, Outline, ProofError};
use crate::archive::gzip::Gunzip;
use crate::archive::tar::{Event, TarLimits, TarReader};
use crate::git::id::ObjectId;

/// Reads a tarball as it comes, and tells the id of the tree that it is.
///
/// It holds ids and paths and no content: some 80 KiB, for each entry its path and 40 bytes, and at
/// the end one tree's entries more; [`TarLimits`] caps all of it. What a call costs goes with what
/// its bytes inflate to, which is at most about a thousand times as much.
pub struct Prover {
    gunzip: Gunzip,
    tar: TarReader,
    intake: Intake,
    /// None if nothing is stated of the tarball.
    facts: Option<Facts>,
    limits: TarLimits,
}

impl Prover {
    /// Makes one that stands before the tarball's first byte.
    pub fn new(facts: Facts, limits: TarLimits) -> Self {
        Self::of(Top::stated(&facts.prefix), Some(facts), limits)
    }

    /// The same for a tarball of which nothing is stated, and which proves nothing: the tree is what
    /// Git would make of its files. One top directory that everything is in goes, as Zig has it;
    /// directories without a file in them go too; and `.git` at the top, which no tree can have.
    pub fn of_anything(limits: TarLimits) -> Self {
        Self::of(Top::unknown(), None, limits)
    }

    fn of(top: Top, facts: Option<Facts>, limits: TarLimits) -> Self {
        Self {
            gunzip: Gunzip::new(),
            tar: TarReader::new(limits),
            intake: Intake::new(top),
            facts,
            limits,
        }
    }

    /// Takes the next bytes of the tarball, cut in any way; `false` means that no more are wanted.
    ///
    /// After an error it is spent: pushing more is harmless and means nothing.
    pub fn handle_bytes(&mut self, bytes: &[u8]) -> Result<bool, ProofError> {
        let (tar, intake) = (&mut self.tar, &mut self.intake);
        let mut take = |event: Event<'_>| intake.handle(event);
        self.gunzip
            .push(bytes, &mut |content| tar.push(content, &mut take))
    }

    /// The id of the tree, when there are no more bytes.
    ///
    /// This sorts all paths and hashes all trees in one go: a millisecond for a usual repository.
    pub fn finish(mut self) -> Result<ObjectId, ProofError> {
        self.gunzip.finish()?;
        self.tar.finish()?;
        self.intake.settle();
        let forest = Forest::new(self.intake, self.facts)?;
        forest.build(&mut |_, _| Ok::<_, ProofError>(()))
    }

    /// The same, with the ids of all blobs and trees, for whoever wants the objects themselves.
    pub fn outline(mut self) -> Result<Outline, ProofError> {
        self.gunzip.finish()?;
        self.tar.finish()?;
        let blobs = self.intake.settle();
        let forest = Forest::new(self.intake, self.facts)?;
        Outline::new(forest, &blobs, self.limits)
    }
}

impl fmt::Debug for Prover {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Prover")
            .field("facts", &self.facts)
            .finish_non_exhaustive()
    }
}
