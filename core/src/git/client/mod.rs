//! The client half of Git's smart HTTP protocol (gitprotocol-http(5), gitprotocol-v2(5),
//! gitprotocol-pack(5)), versions 2, 1 and 0, over bytes alone.
//!
//! ```text
//! GET  Remote::info_refs    ─► Discovery ─► Advertisement ─┬─ V2 ─► POST ls_refs::request ─► LsRefs ─► refs
//!                                                          └─ V0 ─► refs (version 1 likewise)
//! POST Remote::upload_pack  ◄─ fetch::request(wants) ─► FetchAnswer ─► pack
//! ```
//!
//! A caller sends what is made here with the fields [`PROTOCOL`], [`ADVERTISEMENT_TYPE`] and so on,
//! and pushes what comes back, in pieces of any size, into the machine for it. Each machine ends
//! with `finish`, once the HTTP body has ended; a body that is cut short is an error there. The
//! work of a push is bounded by its bytes.
//!
//! It fetches snapshots: no history is ever offered (`have`), one commit deep where the server can.
//! It refuses SHA-256 repositories, dumb servers, and answers with parts that were not asked for
//! (`packfile-uris`). Redirects are the caller's: see [`Remote::redirected`](remote::Remote).

mod band;
mod capability;
pub mod discover;
mod error;
pub mod fetch;
pub mod ls_refs;
mod refs;
pub mod remote;
#[cfg(test)]
pub(super) mod split;
mod words;

use crate::git::budget::Overspent;
pub use capability::{Capabilities, Capability};
pub use error::ClientError;
pub use refs::Ref;
pub use words::Words;

/// The field that asks for protocol 2 (gitprotocol-http(5)); it goes with every request.
pub const PROTOCOL: (&str, &str) = ("Git-Protocol", "version=2");
/// The type of the answer that discovery wants.
pub const ADVERTISEMENT_TYPE: &str = "application/x-git-upload-pack-advertisement";
/// The type of what is posted.
pub const REQUEST_TYPE: &str = "application/x-git-upload-pack-request";
/// The type of the answer to what is posted, for Accept.
pub const RESULT_TYPE: &str = "application/x-git-upload-pack-result";

/// The User-Agent of every request.
///
/// Hosts look at it: GitHub speaks Git with those alone that begin with `git/` (dulwich issue 562),
/// Bitbucket with those that hold it (ocaml-git 66), and some refuse versions before 1.6.6 that
/// speak no smart HTTP (libgit2 4041). This is the form that libgit2 came to.
pub const USER_AGENT: &str = concat!("git/2.0 (zigdepot ", env!("CARGO_PKG_VERSION"), ")");

/// The value of the `agent` capability, which cannot hold a space. Servers only log it; gitoxide,
/// dulwich and isomorphic-git put `git/` before their name there too.
pub const AGENT: &str = concat!("git/zigdepot-", env!("CARGO_PKG_VERSION"));

/// Caps for what a server says. Over one of them reading ends with an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Most references, peeled ones not counted. 100,000.
    pub refs: usize,
    /// Longest name of a reference, in bytes. 1 KiB.
    pub name_bytes: usize,
    /// Most bytes of one answer. Those of the pack are not counted, the heads of its packets are.
    /// 16 MiB.
    pub bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            refs: 100_000,
            name_bytes: 1 << 10,
            bytes: 16 << 20,
        }
    }
}

impl From<Overspent> for ClientError {
    fn from(Overspent { limit }: Overspent) -> Self {
        Self::TooManyBytes { limit }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn user_agent_begins_as_hosts_want_it() {
        let version = env!("CARGO_PKG_VERSION");
        assert_eq!(USER_AGENT, std::format!("git/2.0 (zigdepot {version})"));
        assert_eq!(AGENT, std::format!("git/zigdepot-{version}"));
        assert!(AGENT.bytes().all(|byte| byte.is_ascii_graphic()));
    }
}
