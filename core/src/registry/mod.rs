//! The registry: names, manifests, catalogs, and the documents of its API.
//!
//! A package is a Git repository, a release is one of its tags, and a release's tarball is
//! published once and never changes. Everything here is a parser, a check or a text over what the
//! caller brings; nothing here fetches, stores or decides who may.

pub mod catalog;
pub mod documents;
mod fields;
pub mod manifest;
pub mod name;
mod order;
pub mod release;
pub mod tag;
mod text_path;

pub use fields::{FieldError, FieldProblem};
