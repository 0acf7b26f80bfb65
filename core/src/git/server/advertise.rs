//! Discovery: what is offered, and in protocol 0 and 1 the references (gitprotocol-http(5),
//! "Discovering References"; gitprotocol-v2(5), "Capability Advertisement"; gitprotocol-pack(5),
//! "Reference Discovery").
//!
//! Nothing is offered that is not built, but for a `filter` in protocol 2, so that clients that want one
//! say so: one that is not told of it lets missing objects be fetched by need, asks for what it is told
//! to be shallow, is told so again, and asks for ever (git 2.47.3).
//!
//! `multi_ack` and `multi_ack_detailed` are offered, and never is there an `ACK` to tell: a pack leans on
//! nothing that a client has. But libgit2 (1.9) finds the pack behind the boundary of `depth` only where
//! it could have had several, and Git's client refuses the first without the second.

use alloc::format;
use alloc::vec::Vec;

use super::refs::Refs;
use crate::git::client::AGENT;
use crate::git::id::ObjectId;
use crate::git::pktline::{self, PktError};

/// Which protocol is spoken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Version {
    /// References at once; what Git spoke before there were versions.
    V0,
    /// The same behind a line that says so.
    V1,
    /// Commands.
    V2,
}

impl Version {
    /// What the value of `Git-Protocol` asks for: keys parted by `:`, of which `version` may come
    /// more than once. The highest that is known is taken, and 0 without one, as Git does
    /// (`determine_protocol_version_server`).
    pub fn asked(git_protocol: Option<&[u8]>) -> Self {
        let keys = git_protocol.unwrap_or_default().split(|&byte| byte == b':');
        let versions = keys.filter_map(|key| match key.strip_prefix(b"version=")? {
            b"0" => Some(Self::V0),
            b"1" => Some(Self::V1),
            b"2" => Some(Self::V2),
            _ => None,
        });
        versions.max().unwrap_or(Self::V0)
    }
}

/// Appends the answer to `info/refs?service=git-upload-pack`.
///
/// `boundaries` are the commits at which the repository's own history is cut off. Protocol 2 shows
/// neither them nor `refs`, and has no preamble, as Git answers.
pub fn push(
    out: &mut Vec<u8>,
    version: Version,
    refs: &Refs,
    boundaries: &[ObjectId],
) -> Result<(), PktError> {
    match version {
        Version::V2 => push_v2(out),
        Version::V1 => {
            push_preamble(out)?;
            pktline::push_text(out, "version 1")?;
            push_v0(out, refs, boundaries)
        }
        Version::V0 => {
            push_preamble(out)?;
            push_v0(out, refs, boundaries)
        }
    }
}

fn push_preamble(out: &mut Vec<u8>) -> Result<(), PktError> {
    pktline::push_text(out, "# service=git-upload-pack")?;
    pktline::flush(out);
    Ok(())
}

fn push_v2(out: &mut Vec<u8>) -> Result<(), PktError> {
    pktline::push_text(out, "version 2")?;
    pktline::push_text(out, format!("agent={AGENT}"))?;
    pktline::push_text(out, "ls-refs=unborn")?;
    pktline::push_text(out, "fetch=shallow filter")?;
    pktline::push_text(out, "object-format=sha1")?;
    pktline::flush(out);
    Ok(())
}

fn push_v0(out: &mut Vec<u8>, refs: &Refs, boundaries: &[ObjectId]) -> Result<(), PktError> {
    let mut lines = Lines {
        out,
        capabilities: capabilities(refs),
    };
    if let Some(head) = refs.head_ref() {
        lines.push(head.id, b"HEAD")?;
        if let Some(peeled) = head.peeled {
            lines.push(peeled, b"HEAD^{}")?;
        }
    }
    for listed in refs.sorted() {
        lines.push(listed.id, &listed.name)?;
        if let Some(peeled) = listed.peeled {
            lines.push(peeled, &[listed.name.as_slice(), b"^{}"].concat())?;
        }
    }
    if refs.sorted().is_empty() {
        let no_id = ObjectId::from_bytes([0; ObjectId::BYTES]);
        lines.push(no_id, b"capabilities^{}")?;
    }
    for boundary in boundaries {
        // Git's own server ends the line with a line feed, and libgit2 fails at that.
        pktline::push_data(out, format!("shallow {boundary}").as_bytes())?;
    }
    pktline::flush(out);
    Ok(())
}

/// Writes references, the capabilities behind the first of them.
struct Lines<'a> {
    out: &'a mut Vec<u8>,
    capabilities: Vec<u8>,
}

impl Lines<'_> {
    fn push(&mut self, id: ObjectId, name: &[u8]) -> Result<(), PktError> {
        let mut line = format!("{id} ").into_bytes();
        line.extend_from_slice(name);
        line.append(&mut self.capabilities);
        pktline::push_text(self.out, line)
    }
}

/// The list that hangs on the first reference, with the NUL before it. Commits and tags are given
/// by id whether shown or not; without saying so, clients refuse to ask.
fn capabilities(refs: &Refs) -> Vec<u8> {
    let mut list = b"\0multi_ack multi_ack_detailed side-band side-band-64k ofs-delta shallow \
deepen-since deepen-not deepen-relative no-progress allow-tip-sha1-in-want allow-reachable-sha1-in-want"
        .to_vec();
    if refs.head_ref().is_some() {
        list.extend_from_slice(b" symref=HEAD:");
        list.extend_from_slice(refs.head());
    }
    list.extend_from_slice(format!(" object-format=sha1 agent={AGENT}").as_bytes());
    list
}

#[cfg(test)]
#[path = "advertise_tests.rs"]
mod tests;
