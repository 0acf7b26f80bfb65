//! The registry: tags of Git repositories, published as tarballs that prove where they come from.
//!
//! * [`prefix`] and [`tarball`] make the one file that a tag's tree becomes;
//! * [`sums`] are its digests;
//! * [`proof`] turns it back into the id of that tree, and holds that against the commit.
//!
//! It refuses to change what is published, and to run a program: no Git but our own.

use alloc::string::String;

pub mod prefix;
pub mod proof;
pub mod sums;
pub mod tarball;

#[cfg(test)]
mod fixtures;

/// A path as errors show it: escaped, and cut to 128 characters.
fn shown(path: &[u8]) -> String {
    path.escape_ascii().take(128).map(char::from).collect()
}
