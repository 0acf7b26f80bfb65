//! The registry: tags of Git repositories, published as tarballs that prove where they come from.
//!
//! A package is a Git repository, a release is one of its tags, and a release's tarball is
//! published once and never changes.
//!
//! * [`name`], [`tag`], [`release`]: what packages, tags and the files of releases may be called;
//! * [`plan`]: which of a repository's tags are to be fetched;
//! * [`prefix`] and [`tarball`] make the one file that a tag's tree becomes, [`sums`] are its
//!   digests, and [`proof`] turns it back into the id of that tree and holds that against the commit;
//! * [`check`] holds a stored release against its manifest, with all of these;
//! * [`survey`] finds the ids of all Git objects of a release, [`objects`] are these objects once
//!   more, [`release_pack`] is the pack of them;
//! * [`face`] is what a Git client is shown of a release;
//! * [`manifest`] keeps all that is known of a release, [`catalog`] lists repositories to publish;
//! * [`documents`] are what the API says, and what is recorded beside releases.
//!
//! Everything here is a parser, a check or a text over what the caller brings; nothing here fetches,
//! stores or decides who may. It refuses to change what is published, and to run a program: no Git
//! but our own.

use alloc::string::String;

pub mod catalog;
pub mod check;
pub mod documents;
pub mod face;
mod fields;
pub mod manifest;
pub mod name;
pub mod objects;
mod order;
pub mod plan;
pub mod prefix;
pub mod proof;
pub mod release;
pub mod release_pack;
pub mod sums;
pub mod survey;
pub mod tag;
pub mod tarball;
mod text_path;

#[cfg(test)]
mod fixtures;

pub use fields::{FieldError, FieldProblem};

/// A path as errors show it: escaped, and cut to 128 characters.
fn shown(path: &[u8]) -> String {
    path.escape_ascii().take(128).map(char::from).collect()
}
