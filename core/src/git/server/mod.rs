//! The server half of Git's smart HTTP protocol (gitprotocol-http(5), gitprotocol-v2(5),
//! gitprotocol-pack(5)), versions 2, 1 and 0, over bytes alone.
//!
//! ```text
//! GET  info/refs?service=git-upload-pack ─► Version::asked ─► advertise::push
//! POST git-upload-pack ─┬─ 2 ─────► RequestReader ─► Request ─┬─ LsRefs ─► answer::push_refs
//!                       │                                     └─ Fetch ──► Fetch::stage ─┐
//!                       └─ 0, 1 ──► NegotiationReader ─► Negotiation ─► Negotiation::reply │
//!      Boundary::of ─► answer::push_shallow_info ─► answer::push_packfile ─► Bands ◄──────┘
//! ```
//!
//! A caller pushes the body of a request, unpacked and in pieces of any size, into the reader for
//! its version, and appends the answer with the functions of [`answer`]. Readers keep what they
//! understood, not the body; what they keep is bounded by [`Limits`].
//!
//! It serves snapshots: every commit with parents is a shallow boundary ([`boundary`]). It makes no
//! packs and looks nothing up: whether a want is served is for the caller to know. It refuses
//! SHA-256, receiving packs, and whatever it does not offer, but for a filter, which is asked for by
//! some clients without looking and needs no answer.

pub mod advertise;
pub mod answer;
mod arguments;
pub mod band;
pub mod boundary;
mod error;
pub mod frame;
pub mod negotiate;
pub mod refs;
pub mod request;
#[cfg(test)]
mod samples;
pub mod sideband;
pub mod sideband_check;

use crate::git::budget::Overspent;
pub use arguments::{Deepen, Fetch, FetchOption, FetchOptions, Stage};
pub use error::RequestError;

/// Caps for what a client asks. Over one of them a request ends with an error, if not said
/// otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Most bytes of a request's body, unpacked. 2 MiB, which is 40,000 lines with an id.
    pub bytes: u64,
    /// Most objects asked for, the same one counted each time. 10,000: a clone asks for each tag.
    pub wants: usize,
    /// Most commits that a client says it has. 40,000; Git's own client names 16,384 at once, then
    /// a tenth more each time.
    pub haves: usize,
    /// Most commits that a client says its history is cut off at. 40,000: one for each tag it has.
    pub shallow: usize,
    /// Most names of references: prefixes, over which all references are listed, and those not to
    /// deepen beyond. 10,000.
    pub names: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            bytes: 2 << 20,
            wants: 10_000,
            haves: 40_000,
            shallow: 40_000,
            names: 10_000,
        }
    }
}

impl From<Overspent> for RequestError {
    fn from(Overspent { limit }: Overspent) -> Self {
        Self::TooManyBytes { limit }
    }
}
