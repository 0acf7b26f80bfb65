//! `build.zig.zon`, the manifest of a Zig package.
//!
//! Versions of Zig differ in what they ask for; here a manifest is taken if one of 0.11 to 0.17
//! takes it as that of a dependency. So a name may be a string (0.11 to 0.15) or an enum literal
//! (from 0.14 on), `.paths` and `.fingerprint` may be absent, and what only the fingerprint's
//! value decides is asked for apart, with [`Manifest::check_fingerprint`]. A field that some of
//! them know is held to its form even if others pass over it; fields that none knows are passed
//! over whatever they hold.
//!
//! As in Zig, of a field that is there twice the last counts, but `.paths` and `.dependencies`
//! add up, and each is checked.
//!
//! It refuses, against Zig, names, URLs, hashes and paths of dependencies that are not UTF-8, and
//! lists with a type before them (`T{ ... }`, `[_][]const u8{ ... }`). It does not look at what
//! URLs, hashes and paths say, and knows no files. The limits are those of [`zon`].

use alloc::string::String;
use alloc::vec::Vec;

use super::zon::{self, Position};

mod error;
mod fingerprint;
mod read;
#[cfg(test)]
mod tests;

pub use error::{ManifestError, Problem};
pub use fingerprint::FingerprintError;

/// The longest name that is an enum literal, in bytes.
pub const MAX_NAME: usize = 32;

/// The longest version beside a name that is an enum literal, in bytes.
pub const MAX_VERSION: usize = 32;

/// What a manifest says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifest {
    /// The package's name.
    pub name: PackageName,
    /// The version, a Semantic Version 2.0, as Zig writes it: digits without the underscores that
    /// it reads in numbers, `-pre` and `+build` kept.
    pub version: String,
    /// Who the package is: the name's checksum above, the [id](Self::id) below. Zig 0.16 and
    /// later ask for it, 0.14 and 0.15 ask the root package only.
    pub fingerprint: Option<u64>,
    /// The oldest Zig that the package is for, spelled as `version` is. No Zig up to 0.17 enforces it.
    pub minimum_zig_version: Option<String>,
    /// The files and folders that make up the package, as written: not normalised, perhaps twice
    /// or absent, not always UTF-8. `None` is everything.
    pub paths: Option<Vec<Vec<u8>>>,
    /// Other packages, each name once, in the order in which the names first appear.
    pub dependencies: Vec<Dependency>,
}

impl Manifest {
    /// Reads a whole manifest.
    pub fn parse(text: &[u8]) -> Result<Self, ManifestError> {
        read::manifest(&zon::parse(text)?)
    }

    /// The lower half of the fingerprint, which tells packages with the same name apart.
    pub fn id(&self) -> Option<u32> {
        self.fingerprint.map(fingerprint::id)
    }

    /// Whether the fingerprint is one that Zig 0.14 and later accept for this name.
    pub fn check_fingerprint(&self) -> Result<(), FingerprintError> {
        fingerprint::check(self.name.as_str(), self.fingerprint)
    }
}

/// The name of a package, which is written in one of two ways.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PackageName {
    /// `.name = .hello`: a bare identifier of at most [`MAX_NAME`] bytes. Zig 0.14 and later.
    Identifier(String),
    /// `.name = "hello"`: any text, even none. Zig 0.11 to 0.13; of a dependency also 0.14 and
    /// 0.15, if the text is an identifier.
    Text(String),
}

impl PackageName {
    /// The name, however it was written.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Identifier(name) | Self::Text(name) => name,
        }
    }
}

/// Another package that this one needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dependency {
    /// What this package calls it: any text.
    pub name: String,
    /// Where it is.
    pub source: Source,
    /// Whether it is fetched only when the build asks for it.
    pub lazy: bool,
    /// Where its name is in the manifest.
    pub at: Position,
}

/// Where a dependency is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// Elsewhere.
    Url {
        /// The URL, as written.
        url: String,
        /// The package hash, as written. Without one no build succeeds.
        hash: Option<String>,
    },
    /// In a folder, relative to the manifest's.
    Path(String),
}
