//! Fetching a pack: the request in protocol 2 (gitprotocol-v2(5), "fetch") and 0
//! (gitprotocol-pack(5), "Packfile Negotiation"), and the answer to it.
//!
//! ```text
//!  2:  Section ─"acknowledgments", "shallow-info", "wanted-refs"─► Inside ─0001─► Section
//!      Section ─"packfile"─► Bands ─0000─► Finished
//!  0:  Shallows ─0000─► Negotiation ─"NAK"─┬─► Bands ─0000─► Finished
//!      (without depth: Negotiation)        └─► Raw ─────────► the body's end
//! ```
//!
//! One request, one answer: there is nothing to negotiate, since no history is offered. That holds
//! for protocol 0 with a depth too, where Git's own client posts twice: upload-pack answers the
//! depth at the flush and reads on for `done` (`receive_needs`, then `get_common_commits`).
//!
//! Pack bytes are passed on, not looked at: whether the pack is whole is its reader's to tell,
//! and with a `Raw` answer nobody else can.

mod answer;
mod request;
mod state;

pub use answer::FetchAnswer;
pub use request::request;

use super::words::Words;
use crate::git::id::ObjectId;

/// Most objects that one request asks for. 256 of them make a body of 13 KB, which every server
/// takes without chunks; more tags are fetched in turns.
pub const MAX_WANTS: usize = 256;

/// How an answer will be built up, as the request made it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Sections (protocol 2).
    Sections,
    /// Lines, and the pack (protocol 0).
    Plain {
        /// Whether it is only one commit deep, and the answer begins with where it is cut off. If
        /// not, the server cannot do that, and sends the whole history.
        is_shallow: bool,
        /// Whether the pack comes in packets.
        has_bands: bool,
    },
}

/// What an answer is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event<'a> {
    /// History is cut off at this commit.
    Shallow(ObjectId),
    /// The next bytes of the pack, at least one. How it is cut depends on the pushes.
    Pack(&'a [u8]),
    /// A line about the server's work, not empty.
    Progress(Words),
}

#[cfg(test)]
mod tests;
