//! The commit that stands for a release where upstream's cannot: in the dumb protocol, which has no
//! way to say that history is cut off, and for imported tarballs, whose commit nobody knows.
//!
//! It has no parents, and is the same for the same package, tag and tree on every machine. Its id is
//! never that of an upstream's commit.

use alloc::format;
use alloc::vec::Vec;

use crate::git::id::ObjectId;
use crate::registry::name::PackageName;
use crate::registry::tag::TagName;

/// The first day of 1980, as in the tarballs; seconds of Unix time.
const TIME: u64 = 315_532_800;

/// The content of the commit object.
pub fn commit(package: &PackageName, tag: &TagName, tree: ObjectId) -> Vec<u8> {
    let who = format!("zigdepot <zigdepot@localhost> {TIME} +0000");
    format!("tree {tree}\nauthor {who}\ncommitter {who}\n\n{package} {tag}\n").into_bytes()
}
