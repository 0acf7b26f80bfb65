//! A project's dependencies, brought together so that it can be built without a network.
//!
//! ```text
//! manifest ─▶ Dependencies ─▶ in the bundle? ── yes ──▶ its manifest
//!                                  └ no ─▶ store by hash ─▶ mirror ─▶ URL ─▶ right hash? ─▶ Bundle::write
//! ```
//!
//! A package gets into the bundle only if it has the hash that its manifest says. One that cannot
//! be had does not stop the others. Nothing here writes into the bundle, or knows how one looks:
//! that is the [`Bundle`]'s.

mod archive;
mod get;
mod trouble;

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

pub use archive::Archive;
pub use trouble::Trouble;

use super::host::Host;
use crate::zig::dependencies::{Asker, Dependencies, Place, Remote, Spot, Want};
use crate::zig::manifest::Manifest;
use crate::zig::package::PackageHash;

/// Where packages go, and what is read of the project. An error is one line for people.
pub trait Bundle<F> {
    /// The text of the manifest in this directory; `None` if there is none.
    fn manifest(&mut self, place: &Place) -> Result<Option<Vec<u8>>, String>;
    /// A file that a manifest in a directory of this machine names.
    fn open(&mut self, dir: &str, path: &str) -> Result<F, String>;
    /// Whether this package is in the bundle, whole.
    fn has(&mut self, hash: &PackageHash) -> bool;
    /// Puts a package into the bundle. An error ends everything: the next one would not fit either.
    fn write(&mut self, hash: &PackageHash, archive: &Archive<F>) -> Result<(), String>;
    /// Is told how it goes.
    fn handle(&mut self, event: Event<'_>);
}

/// What happens on the way.
#[derive(Clone, Copy, Debug)]
pub enum Event<'a> {
    /// So many bytes of a package have come.
    Progress(&'a Remote, u64),
    /// A package is in the bundle now.
    Had(&'a Remote, From),
}

/// Where a package came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum From {
    /// It was in the bundle already.
    Bundle,
    /// The mirror's store, where it was found by its hash.
    Store,
    /// Its URL, or what the mirror has of it.
    Url,
}

/// A dependency that could not be had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// Who needs it.
    pub asker: Asker,
    /// Its URL, if it has one.
    pub url: Option<String>,
    /// The hash that it must have, if one is known.
    pub hash: Option<PackageHash>,
    /// Why.
    pub trouble: Trouble,
}

/// What became of a tree.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Packages that were in the bundle.
    pub kept: usize,
    /// Packages that came from the store, found by their hashes.
    pub from_store: usize,
    /// Packages that came from their URLs, or from the mirror.
    pub fetched: usize,
    /// What could not be had.
    pub missing: Vec<Missing>,
}

impl Report {
    /// Packages that are in the bundle.
    pub fn packages(&self) -> usize {
        self.kept + self.from_store + self.fetched
    }
}

/// Brings together what a project needs, whose manifest this is; lazy dependencies too, if they
/// are to be followed.
pub async fn vendor<H: Host, B: Bundle<H::File>>(
    host: &H,
    root: &Manifest,
    follow_lazy: bool,
    bundle: &mut B,
) -> Report {
    let mut tree = Dependencies::new(follow_lazy, &host.config().limits);
    tree.handle_manifest(&Spot::root(), root);
    let mut trip = Trip {
        host,
        bundle,
        tree,
        report: Report::default(),
    };
    trip.run().await;
    let Trip {
        tree, mut report, ..
    } = trip;
    // Another URL may have brought it since.
    report
        .missing
        .retain(|missing| missing.hash.as_ref().is_none_or(|hash| !tree.has(hash)));
    report
}

/// One run over a tree.
struct Trip<'a, H: Host, B: Bundle<H::File>> {
    host: &'a H,
    bundle: &'a mut B,
    tree: Dependencies,
    report: Report,
}

impl<H: Host, B: Bundle<H::File>> Trip<'_, H, B> {
    async fn run(&mut self) {
        self.note_refused();
        while let Some(want) = self.tree.poll_want() {
            let missing = match want {
                Want::Manifest(asker, spot) => self
                    .read(&spot)
                    .map_err(|trouble| Missing::local(asker, trouble)),
                Want::Package(remote) => self.bring(remote).await,
            };
            self.note_refused();
            let Err(missing) = missing else { continue };
            let is_full = matches!(missing.trouble, Trouble::Full(_));
            self.note(missing);
            if is_full {
                return;
            }
        }
    }

    /// Follows the manifest in this directory, if it has one.
    fn read(&mut self, spot: &Spot) -> Result<(), Trouble> {
        let text = self.bundle.manifest(spot.place()).map_err(Trouble::Files)?;
        if let Some(text) = text {
            let manifest = Manifest::parse(&text).map_err(Trouble::Manifest)?;
            self.tree.handle_manifest(spot, &manifest);
        }
        Ok(())
    }

    /// Sees to it that a package is in the bundle, and follows its manifest.
    async fn bring(&mut self, remote: Remote) -> Result<(), Missing> {
        let Some(hash) = &remote.hash else {
            let trouble = match self.tell_hash(&remote).await {
                Ok(hash) => Trouble::NoHash(hash),
                Err(trouble) => trouble,
            };
            return Err(Missing::remote(remote, trouble));
        };
        match self.fetch(&remote, hash).await {
            Ok(from) => self.count(&remote, from),
            Err(trouble) => return Err(Missing::remote(remote, trouble)),
        }
        self.tree.handle_had(hash);
        let read = self.read(&remote.spot(hash));
        read.map_err(|trouble| Missing::local(remote.asker, trouble))
    }

    /// The hash that a manifest lacks.
    async fn tell_hash(&mut self, remote: &Remote) -> Result<PackageHash, Trouble> {
        self.at_url(remote).await?.archive.hash(None)
    }

    /// Gets a package that is not in the bundle, checks it, and puts it there.
    async fn fetch(&mut self, remote: &Remote, hash: &PackageHash) -> Result<From, Trouble> {
        if self.bundle.has(hash) {
            return Ok(From::Bundle);
        }
        let (got, from) = match self.stored(hash).await {
            Some(got) => (got, From::Store),
            None => (self.at_url(remote).await?, From::Url),
        };
        got.archive.check(hash)?;
        let written = self.bundle.write(hash, &got.archive);
        written.map_err(Trouble::Full)?;
        Ok(from)
    }

    fn count(&mut self, remote: &Remote, from: From) {
        match from {
            From::Bundle => self.report.kept += 1,
            From::Store => self.report.from_store += 1,
            From::Url => self.report.fetched += 1,
        }
        self.bundle.handle(Event::Had(remote, from));
    }

    fn note(&mut self, missing: Missing) {
        self.report.missing.push(missing);
    }

    fn note_refused(&mut self) {
        while let Some((asker, refusal)) = self.tree.poll_refused() {
            self.note(Missing::local(asker, Trouble::Refused(refusal)));
        }
    }
}

impl Missing {
    fn local(asker: Asker, trouble: Trouble) -> Self {
        Self {
            asker,
            url: None,
            hash: None,
            trouble,
        }
    }

    fn remote(remote: Remote, trouble: Trouble) -> Self {
        Self {
            asker: remote.asker,
            url: Some(remote.url),
            hash: remote.hash,
            trouble,
        }
    }
}

impl fmt::Display for Missing {
    /// One line: who needs it, why it is not here, and from where it was to come.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.asker, self.trouble)?;
        match &self.url {
            Some(url) => write!(f, " ({})", url.escape_debug()),
            None => Ok(()),
        }
    }
}
