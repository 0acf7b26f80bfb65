//! The registry: tags of Git repositories, published as tarballs that prove where they come from.
//!
//! * [`prefix`] is the top directory of a tarball;
//! * [`sums`] are a tarball's digests.
//!
//! It refuses to change what is published, and to run a program: no Git but our own.

pub mod prefix;
pub mod sums;
