//! The lines of answers, but for the pack itself ([`band`](super::band)).
//!
//! In protocol 2 an answer to a fetch is `[acknowledgments] [shallow-info] packfile pack flush`; in
//! 0 and 1 it is `[shallow section] NAK pack [flush]`.

use alloc::format;
use alloc::vec::Vec;
use core::fmt;

use super::boundary::Boundary;
use super::refs::{Ref, Refs};
use super::request::LsRefs;
use crate::git::client::Words;
use crate::git::id::ObjectId;
use crate::git::pktline::{self, PktError};

/// Appends the answer to `ls-refs`: `HEAD`, then the others as they are sorted.
pub fn push_refs(out: &mut Vec<u8>, refs: &Refs, asked: &LsRefs) -> Result<(), PktError> {
    if asked.matches(b"HEAD") {
        push_head(out, refs, asked)?;
    }
    for listed in refs.sorted() {
        if asked.matches(&listed.name) {
            push_ref(out, listed, &listed.name, &[], asked)?;
        }
    }
    pktline::flush(out);
    Ok(())
}

fn push_head(out: &mut Vec<u8>, refs: &Refs, asked: &LsRefs) -> Result<(), PktError> {
    let target = [b" symref-target:", refs.head()].concat();
    match refs.head_ref() {
        Some(listed) => {
            let target = if asked.symrefs {
                target.as_slice()
            } else {
                &[]
            };
            push_ref(out, listed, b"HEAD", target, asked)
        }
        // Only whoever asks for the target learns of a HEAD without one, as Git has it.
        None if asked.unborn && asked.symrefs => {
            pktline::push_text(out, [b"unborn HEAD".as_slice(), &target].concat())
        }
        None => Ok(()),
    }
}

fn push_ref(
    out: &mut Vec<u8>,
    listed: &Ref,
    name: &[u8],
    target: &[u8],
    asked: &LsRefs,
) -> Result<(), PktError> {
    let id = listed.id.to_hex();
    let peeled = listed.peeled.filter(|_| asked.peel).map(ObjectId::to_hex);
    let (word, peeled): (&[u8], &[u8]) = match &peeled {
        Some(peeled) => (b" peeled:", peeled),
        None => (b"", b""),
    };
    pktline::push_parts(out, &[&id, b" ", name, target, word, peeled, b"\n"])
}

/// Appends the section `acknowledgments`: which of the client's commits are had here too.
///
/// With `is_ready` the answer goes on with the pack, without it ends here.
pub fn push_acknowledgments(
    out: &mut Vec<u8>,
    common: &[ObjectId],
    is_ready: bool,
) -> Result<(), PktError> {
    pktline::push_text(out, "acknowledgments")?;
    if common.is_empty() {
        push_nak(out)?;
    }
    for id in common {
        pktline::push_text(out, format!("ACK {id}"))?;
    }
    if is_ready {
        pktline::push_text(out, "ready")?;
        pktline::delimiter(out);
    } else {
        pktline::flush(out);
    }
    Ok(())
}

/// Appends the section `shallow-info` (protocol 2).
pub fn push_shallow_info(out: &mut Vec<u8>, boundary: &Boundary) -> Result<(), PktError> {
    pktline::push_text(out, "shallow-info")?;
    push_boundary(out, boundary)?;
    pktline::delimiter(out);
    Ok(())
}

/// Appends the same for protocol 0 and 1: its lines, and a flush.
pub fn push_shallow_section(out: &mut Vec<u8>, boundary: &Boundary) -> Result<(), PktError> {
    push_boundary(out, boundary)?;
    pktline::flush(out);
    Ok(())
}

/// Without line feeds, as Git's own server writes these lines alone.
fn push_boundary(out: &mut Vec<u8>, boundary: &Boundary) -> Result<(), PktError> {
    for id in &boundary.shallow {
        pktline::push_data(out, format!("shallow {id}").as_bytes())?;
    }
    for id in &boundary.unshallow {
        pktline::push_data(out, format!("unshallow {id}").as_bytes())?;
    }
    Ok(())
}

/// Appends the line behind which a pack begins (protocol 2).
pub fn push_packfile(out: &mut Vec<u8>) -> Result<(), PktError> {
    pktline::push_text(out, "packfile")
}

/// Appends `NAK`: nothing in common (protocol 0 and 1).
pub fn push_nak(out: &mut Vec<u8>) -> Result<(), PktError> {
    pktline::push_text(out, "NAK")
}

/// Appends why there is no answer (gitprotocol-pack(5), "error-line"), on one line, without
/// control characters and, as Git writes it, without a line feed. It ends the answer.
pub fn push_error(out: &mut Vec<u8>, reason: &impl fmt::Display) -> Result<(), PktError> {
    let reason = Words::new(format!("{reason}").as_bytes());
    pktline::push_data(out, format!("ERR {reason}").as_bytes())
}

/// Says that an object that is wanted is not served, in the words of Git's own server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotOurRef(pub ObjectId);

impl fmt::Display for NotOurRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "upload-pack: not our ref {}", self.0)
    }
}

#[cfg(test)]
#[path = "answer_tests.rs"]
mod tests;
