//! The dependency tree of a project: which packages and manifests it needs, each once.
//!
//! ```text
//!             handle_manifest          poll_want
//! manifest ──────────────────▶ queue ────────────▶ Want::Package ── got ──▶ its manifest ─┐
//!     ▲                                        └──▶ Want::Manifest ─ read ─▶ manifest ─────┤
//!     └───────────────────────────────────────────────────────────────────────────────────┘
//! ```
//!
//! A package is known by its hash, so cycles end and a package that many need is wanted once. It
//! may be named with several URLs: each is tried until one brings it. A path dependency of the
//! project may be any directory of the machine; one of a package must stay within that package.
//!
//! It refuses to fetch, to read files, and to grow past its [`Limits`].

use alloc::collections::{BTreeSet, VecDeque};
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use super::manifest::{Dependency, Manifest, Source};
use super::package::{HashError, MANIFEST, PackageHash};
use super::zon::Position;
use crate::limits::Limits;

/// What a project needs, as far as its manifests are known.
#[derive(Debug)]
pub struct Dependencies {
    follow_lazy: bool,
    most: usize,
    most_deep: usize,
    queue: VecDeque<Want>,
    /// What was ever wanted.
    known: BTreeSet<Known>,
    /// Packages that are had.
    had: BTreeSet<PackageHash>,
    refused: Vec<(Asker, Refusal)>,
}

/// A directory with a manifest.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// A directory of this machine, relative to the project's, which is `""`. It may begin with
    /// `../`.
    Local(String),
    /// A directory in a package; `""` is the package's own.
    Package(PackageHash, String),
}

/// A place and how deep in the tree it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spot {
    place: Place,
    depth: usize,
}

/// Who needs something: a dependency in a manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asker {
    /// The manifest's directory.
    pub place: Place,
    /// The dependency's name there.
    pub name: String,
    /// Where it is in the manifest.
    pub at: Position,
}

/// A package to be had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remote {
    /// Who needs it.
    pub asker: Asker,
    /// The URL, as written.
    pub url: String,
    /// The hash that it must have; `None` if the manifest lacks it.
    pub hash: Option<PackageHash>,
    depth: usize,
}

/// What is needed next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Want {
    /// The manifest in this directory, if it has one.
    Manifest(Asker, Spot),
    /// This package.
    Package(Remote),
}

/// Why a dependency cannot be followed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refusal {
    /// What is written as hash is none.
    Hash(HashError),
    /// A path is absolute, which Zig refuses.
    AbsolutePath(String),
    /// A path of a package leads out of it.
    OutsidePackage(String),
    /// It is deeper than the limit.
    TooDeep(usize),
    /// The tree has more packages and manifests than the limit.
    TooMany(usize),
}

impl Dependencies {
    /// Knows nothing yet; begin with the manifest at [`Spot::root`].
    pub fn new(follow_lazy: bool, limits: &Limits) -> Self {
        Self {
            follow_lazy,
            most: limits.tree_packages,
            most_deep: limits.tree_depth,
            queue: VecDeque::new(),
            known: BTreeSet::from([Known::Manifest(Spot::root().place)]),
            had: BTreeSet::new(),
            refused: Vec::new(),
        }
    }

    /// Takes in what a manifest says.
    pub fn handle_manifest(&mut self, spot: &Spot, manifest: &Manifest) {
        for dependency in &manifest.dependencies {
            if dependency.lazy && !self.follow_lazy {
                continue;
            }
            let asker = Asker {
                place: spot.place.clone(),
                name: dependency.name.clone(),
                at: dependency.at,
            };
            if let Err(refusal) = self.want(&asker, spot, dependency) {
                self.refused.push((asker, refusal));
            }
        }
    }

    /// A package is had.
    pub fn handle_had(&mut self, hash: &PackageHash) {
        self.had.insert(hash.clone());
    }

    /// Whether a package is had.
    pub fn has(&self, hash: &PackageHash) -> bool {
        self.had.contains(hash)
    }

    /// What to get or to read next; `None` when all is known.
    pub fn poll_want(&mut self) -> Option<Want> {
        loop {
            let want = self.queue.pop_front()?;
            match &want {
                Want::Package(Remote {
                    hash: Some(hash), ..
                }) if self.has(hash) => {}
                Want::Package(_) | Want::Manifest(..) => return Some(want),
            }
        }
    }

    /// A dependency that cannot be followed; `None` when all were told.
    pub fn poll_refused(&mut self) -> Option<(Asker, Refusal)> {
        self.refused.pop()
    }

    fn want(&mut self, asker: &Asker, spot: &Spot, dependency: &Dependency) -> Result<(), Refusal> {
        let asker = asker.clone();
        let depth = spot.depth + 1;
        let (known, want) = match &dependency.source {
            Source::Url { url, hash } => {
                let hash = hash.as_deref().map(PackageHash::parse).transpose();
                let hash = hash.map_err(Refusal::Hash)?;
                let known = Known::Package(hash.clone(), url.clone());
                let url = url.clone();
                let remote = Remote {
                    asker,
                    url,
                    hash,
                    depth,
                };
                (known, Want::Package(remote))
            }
            Source::Path(path) => {
                let place = spot.place.join(path)?;
                let known = Known::Manifest(place.clone());
                (known, Want::Manifest(asker, Spot { place, depth }))
            }
        };
        if self.known.contains(&known) {
            return Ok(());
        }
        if depth > self.most_deep {
            return Err(Refusal::TooDeep(self.most_deep));
        }
        if self.known.len() > self.most {
            return Err(Refusal::TooMany(self.most));
        }
        self.known.insert(known);
        self.queue.push_back(want);
        Ok(())
    }
}

impl Place {
    /// The directory that a path dependency means here.
    fn join(&self, path: &str) -> Result<Self, Refusal> {
        if path.starts_with('/') {
            return Err(Refusal::AbsolutePath(path.into()));
        }
        match self {
            Self::Local(dir) => Ok(Self::Local(join(dir, path))),
            Self::Package(hash, dir) => {
                let joined = join(dir, path);
                if joined == ".." || joined.starts_with("../") {
                    return Err(Refusal::OutsidePackage(path.into()));
                }
                Ok(Self::Package(hash.clone(), joined))
            }
        }
    }
}

impl Spot {
    /// The project itself.
    pub const fn root() -> Self {
        Self {
            place: Place::Local(String::new()),
            depth: 0,
        }
    }

    /// The directory.
    pub fn place(&self) -> &Place {
        &self.place
    }
}

impl Remote {
    /// Where the manifest of the package with this hash is.
    pub fn spot(&self, hash: &PackageHash) -> Spot {
        Spot {
            place: Place::Package(hash.clone(), String::new()),
            depth: self.depth,
        }
    }
}

impl fmt::Display for Asker {
    /// As compilers name a place: the manifest, line, column, and the dependency's name.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Position { line, column } = self.at;
        let name = self.name.escape_debug();
        write!(f, "{}:{line}:{column}: {name}", self.place)
    }
}

impl fmt::Display for Place {
    /// The manifest's path.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let dir = match self {
            Self::Local(dir) => dir,
            Self::Package(hash, dir) => {
                write!(f, "{hash}/")?;
                dir
            }
        };
        if !dir.is_empty() {
            write!(f, "{}/", dir.escape_debug())?;
        }
        f.write_str(MANIFEST)
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Hash(error) => write!(f, ".hash: {error}"),
            Self::AbsolutePath(path) => write!(
                f,
                "the path {path:?} is absolute; it must be relative to the manifest's directory"
            ),
            Self::OutsidePackage(path) => {
                write!(
                    f,
                    "the path {path:?} leads out of the package that names it"
                )
            }
            Self::TooDeep(most) => write!(f, "the tree is deeper than {most} dependencies"),
            Self::TooMany(most) => write!(f, "the tree has more than {most} packages"),
        }
    }
}

impl core::error::Error for Refusal {}

/// What is wanted once.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Known {
    Package(Option<PackageHash>, String),
    Manifest(Place),
}

/// Joins paths by their text, as Zig does: links are not looked at. `""` is the directory itself.
fn join(dir: &str, path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in dir.split('/').chain(path.split('/')) {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests;
